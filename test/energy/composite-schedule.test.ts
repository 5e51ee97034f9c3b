/** Composite schedules: each rule in a row, and all together against a reference that looks at every second. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompositeSchedule, decimalText, mostMoves, ProfileCursor, type Stack } from '../../src/energy/composite-schedule.ts';
import { type PlainDefaults, type PlainPeriod, type PlainProfile, saidAt } from './schedule-reference.ts';

const day = 86_400;
const week = 604_800;
const defaults: PlainDefaults = { voltage: 230, amps: 480, watts: 331_200, phases: 3 };

/** A profile over a list of periods, which counts how often it is moved and asked. */
class Listed extends ProfileCursor {
  private readonly periods: readonly PlainPeriod[];
  private index = 0;
  moves = 0;
  seeks = 0;

  constructor(profile: PlainProfile) {
    super();
    this.periods = profile.periods;
    this.stackLevel = profile.stackLevel;
    this.unit = profile.unit;
    this.start = profile.start;
    this.recurrence = profile.recurrence;
    this.duration = profile.duration ?? Number.POSITIVE_INFINITY;
    this.validFrom = profile.validFrom ?? Number.NEGATIVE_INFINITY;
    this.validTo = profile.validTo ?? Number.POSITIVE_INFINITY;
  }

  override seek(time: number): number {
    this.seeks++;
    return super.seek(time);
  }

  protected rewind(): void {
    this.index = -1;
    this.following = 0;
  }

  protected advance(): void {
    this.index++;
    this.moves++;
    const period = this.periods[this.index]!;
    this.limit = period.limit;
    this.numberPhases = period.numberPhases ?? 3;
    this.following = this.periods[this.index + 1]?.startPeriod ?? Number.POSITIVE_INFINITY;
  }
}

interface Shown {
  readonly start: number;
  readonly limit: number;
  readonly numberPhases: number;
  readonly stackLevel: number;
  readonly converted: boolean;
}

interface Asked {
  readonly connectors?: number;
  readonly connector?: number;
  readonly unit?: 'A' | 'W';
  readonly from?: number;
  readonly seconds: number;
  readonly detailed?: boolean;
}

function cursors(profiles: readonly PlainProfile[], asked: Asked): { station: Listed[]; stacks: Listed[][] } {
  const { connectors = 2, connector = 1 } = asked;
  const rank = (profile: PlainProfile) =>
    (profile.purpose === 'TxProfile' ? 1000 : 0) + profile.stackLevel * 2 + Math.sign(profile.connector);
  const sorted = [...profiles].sort((a, b) => rank(b) - rank(a));
  const stacks: Listed[][] = [];
  for (let each = 1; each <= connectors; each++) {
    if (connector !== 0 && connector !== each) continue;
    const here = (profile: PlainProfile) => profile.connector === 0 || profile.connector === each;
    stacks.push(
      sorted.filter((profile) => profile.purpose !== 'ChargePointMaxProfile' && here(profile)).map((profile) => new Listed(profile)),
    );
  }
  const station = sorted.filter((profile) => profile.purpose === 'ChargePointMaxProfile').map((profile) => new Listed(profile));
  return { station, stacks };
}

function stackOf(profiles: ProfileCursor[], unit: 'A' | 'W' = 'A'): Stack {
  return { profiles, defaultLimit: unit === 'A' ? defaults.amps : defaults.watts, defaultPhases: defaults.phases, phases: 3 };
}

function composite(profiles: readonly PlainProfile[], asked: Asked): Shown[] {
  const { station, stacks } = cursors(profiles, asked);
  const { from = 0, seconds, unit = 'A', connector = 1, detailed = true } = asked;
  const schedule = new CompositeSchedule(from, from + seconds, unit);
  schedule.stationStack.push(...station);
  for (const profiles of stacks) schedule.stacks.push(stackOf(profiles, unit));
  schedule.isSum = connector === 0;
  schedule.detailed = detailed;
  const shown: Shown[] = [];
  while (schedule.next()) {
    const { start, limit, numberPhases, stackLevel, converted } = schedule;
    shown.push({ start: start - from, limit, numberPhases, stackLevel, converted });
  }
  return shown;
}

function profile(given: Partial<PlainProfile>): PlainProfile {
  return {
    purpose: 'TxDefaultProfile',
    connector: 1,
    stackLevel: 0,
    unit: 'A',
    start: 0,
    recurrence: 0,
    periods: [{ startPeriod: 0, limit: 160 }],
    ...given,
  };
}

function periods(...pairs: (readonly [startPeriod: number, limit: number, numberPhases?: number])[]): PlainPeriod[] {
  return pairs.map(([startPeriod, limit, numberPhases]) => ({ startPeriod, limit, ...(numberPhases ? { numberPhases } : {}) }));
}

describe('rules', () => {
  const rows: [rule: string, profiles: Partial<PlainProfile>[], asked: Asked, expected: (readonly [start: number, limit: number])[]][] = [
    ["nothing: the station's maximum", [], { seconds: 100 }, [[0, 480]]],
    ['nothing, in W', [], { seconds: 100, unit: 'W' }, [[0, 331_200]]],
    ['nothing, whole station: what its connectors can take together', [], { seconds: 100, connector: 0 }, [[0, 960]]],
    ['no seconds: one period', [{}], { seconds: 0 }, [[0, 160]]],
    [
      'periods',
      [{ periods: periods([0, 160], [50, 60]) }],
      { seconds: 100 },
      [
        [0, 160],
        [50, 60],
      ],
    ],
    [
      'equal neighbours are one',
      [{ periods: periods([0, 160], [50, 160], [60, 60]) }],
      { seconds: 100 },
      [
        [0, 160],
        [60, 60],
      ],
    ],
    [
      'a schedule that began earlier',
      [{ start: -30, periods: periods([0, 160], [50, 60]) }],
      { seconds: 100 },
      [
        [0, 160],
        [20, 60],
      ],
    ],
    [
      'a schedule that begins later',
      [{ start: 30 }],
      { seconds: 100 },
      [
        [0, 480],
        [30, 160],
      ],
    ],
    [
      'a duration',
      [{ duration: 40 }],
      { seconds: 100 },
      [
        [0, 160],
        [40, 480],
      ],
    ],
    [
      'periods behind the duration',
      [{ duration: 40, periods: periods([0, 160], [50, 60]) }],
      { seconds: 100 },
      [
        [0, 160],
        [40, 480],
      ],
    ],
    [
      'validFrom and validTo',
      [{ validFrom: 10, validTo: 20 }],
      { seconds: 100 },
      [
        [0, 480],
        [10, 160],
        [20, 480],
      ],
    ],
    [
      'validFrom inside a period',
      [{ validFrom: 60, periods: periods([0, 160], [50, 60]) }],
      { seconds: 100 },
      [
        [0, 480],
        [60, 60],
      ],
    ],
    [
      'daily, from startSchedule',
      [{ recurrence: day, start: 50 - day, duration: 10 }],
      { seconds: 100 },
      [
        [0, 480],
        [50, 160],
        [60, 480],
      ],
    ],
    [
      'daily, not before startSchedule',
      [{ recurrence: day, start: 50, duration: 10 }],
      { seconds: 100, from: -10 },
      [
        [0, 480],
        [60, 160],
        [70, 480],
      ],
    ],
    [
      'daily, longer than a day',
      [{ recurrence: day, start: 50 - 2 * day, duration: 2 * day, periods: periods([0, 160], [100, 60], [day + 10, 10]) }],
      { seconds: 200 },
      [
        [0, 60],
        [50, 160],
        [150, 60],
      ],
    ],
    [
      'weekly',
      [{ recurrence: week, start: 50 - 3 * week, duration: 10 }],
      { seconds: 100 },
      [
        [0, 480],
        [50, 160],
        [60, 480],
      ],
    ],
    ['weekly: not on another day', [{ recurrence: week, start: 50 - day, duration: 10 }], { seconds: 100 }, [[0, 480]]],
    ['the higher level prevails', [{}, { stackLevel: 1, periods: periods([0, 200]) }], { seconds: 100 }, [[0, 200]]],
    [
      'then the lower one',
      [{}, { stackLevel: 1, duration: 40, periods: periods([0, 200]) }],
      { seconds: 100 },
      [
        [0, 200],
        [40, 160],
      ],
    ],
    [
      'the higher one begins later',
      [{}, { stackLevel: 1, start: 40, periods: periods([0, 200]) }],
      { seconds: 100 },
      [
        [0, 160],
        [40, 200],
      ],
    ],
    [
      'TxProfile over a higher TxDefaultProfile',
      [{ stackLevel: 5 }, { purpose: 'TxProfile', periods: periods([0, 60]) }],
      { seconds: 100 },
      [[0, 60]],
    ],
    [
      'a gap of the TxProfile',
      [{ stackLevel: 5 }, { purpose: 'TxProfile', duration: 30, periods: periods([0, 60]) }],
      { seconds: 100 },
      [
        [0, 60],
        [30, 160],
      ],
    ],
    ['default of 0', [{ connector: 0 }], { seconds: 100 }, [[0, 160]]],
    ['own default at an equal level', [{ connector: 0 }, { periods: periods([0, 60]) }], { seconds: 100 }, [[0, 60]]],
    ['default of 0 at a higher level', [{ connector: 0, stackLevel: 1 }, { periods: periods([0, 60]) }], { seconds: 100 }, [[0, 160]]],
    ['default of another connector', [{ connector: 2 }], { seconds: 100 }, [[0, 480]]],
    [
      "the station's profile is lower",
      [{}, { purpose: 'ChargePointMaxProfile', connector: 0, periods: periods([0, 100], [50, 200]) }],
      { seconds: 100 },
      [
        [0, 100],
        [50, 160],
      ],
    ],
    [
      "the station's profile alone",
      [{ purpose: 'ChargePointMaxProfile', connector: 0, periods: periods([0, 600]) }],
      { seconds: 100 },
      [[0, 600]],
    ],
    [
      'sum',
      [{}, { connector: 2, periods: periods([0, 60], [50, 70]) }],
      { seconds: 100, connector: 0 },
      [
        [0, 220],
        [50, 230],
      ],
    ],
    ['sum: a connector without limit counts its default', [{}], { seconds: 100, connector: 0 }, [[0, 640]]],
    [
      "sum, and the station's profile",
      [{ connector: 0 }, { purpose: 'ChargePointMaxProfile', connector: 0, periods: periods([0, 250]) }],
      { seconds: 100, connector: 0 },
      [[0, 250]],
    ],
    [
      "the station's profile alone, whole station",
      [{ purpose: 'ChargePointMaxProfile', connector: 0, periods: periods([0, 250]) }],
      { seconds: 100, connector: 0 },
      [[0, 250]],
    ],
    ['A in W', [{}], { seconds: 100, unit: 'W' }, [[0, 160 * 690]]],
    ['A in W, one phase', [{ periods: periods([0, 160, 1]) }], { seconds: 100, unit: 'W' }, [[0, 160 * 230]]],
    ['W in A, rounded down', [{ unit: 'W', periods: periods([0, 110_000]) }], { seconds: 100 }, [[0, 159]]],
    ['W in A, one phase', [{ unit: 'W', periods: periods([0, 36_800, 1]) }], { seconds: 100 }, [[0, 160]]],
    [
      'sum over both units',
      [{}, { connector: 2, unit: 'W', periods: periods([0, 36_800, 1]) }],
      { seconds: 100, connector: 0 },
      [[0, 320]],
    ],
    [
      'the lower of A and W, over the fewer phases',
      [{}, { purpose: 'ChargePointMaxProfile', connector: 0, unit: 'W', periods: periods([0, 50_000, 1]) }],
      { seconds: 100, unit: 'W' },
      [[0, 36_800]],
    ],
  ];

  test.each(rows)('%s', (_rule, given, asked, expected) => {
    const shown = composite(given.map(profile), { ...asked, detailed: false });
    expect(shown.map(({ start, limit }) => [start, limit])).toEqual(expected);
  });

  test('phases: 3 where none are given, the fewer of two profiles, the most of several connectors', () => {
    const phases = (given: Partial<PlainProfile>[], connector = 1) =>
      composite(given.map(profile), { seconds: 10, connector })[0]?.numberPhases;
    const max: Partial<PlainProfile> = { purpose: 'ChargePointMaxProfile', connector: 0, periods: periods([0, 200, 2]) };
    expect(phases([{}])).toBe(3);
    expect(phases([{ periods: periods([0, 160, 1]) }, max])).toBe(1);
    expect(phases([{}, max])).toBe(2);
    expect(phases([{ periods: periods([0, 160, 1]) }, { connector: 2 }], 0)).toBe(3);
    expect(phases([max], 0)).toBe(2);
  });

  test('enhanced: whose limit it is, and whether it was converted', () => {
    const given = [
      profile({ stackLevel: 2, unit: 'W', periods: periods([0, 36_800]), duration: 50 }),
      profile({ stackLevel: 1, periods: periods([0, 53]) }),
    ];
    expect(composite(given, { seconds: 100 })).toEqual([
      { start: 0, limit: 53, numberPhases: 3, stackLevel: 2, converted: true },
      { start: 50, limit: 53, numberPhases: 3, stackLevel: 1, converted: false },
    ]);
    expect(composite(given, { seconds: 100, detailed: false })).toHaveLength(1);
  });

  test('minChargingRate of the profile that prevails, in the unit asked for, rounded up', () => {
    const cursor = new Listed(profile({ unit: 'W' }));
    cursor.minChargingRate = 41_401;
    const schedule = new CompositeSchedule(0, 10, 'A');
    schedule.stacks.push(stackOf([cursor]));
    schedule.next();
    expect(schedule.minChargingRate).toBe(61);
  });

  test('exact decimals', () => {
    expect([0, 1, 10, 48, 160, 100_000_001].map(decimalText)).toEqual(['0', '0.1', '1', '4.8', '16', '10000000.1']);
  });
});

const smallInterval = fc.integer({ min: 0, max: 1500 });

const anyPeriods = fc
  .uniqueArray(fc.integer({ min: 1, max: 1200 }), { maxLength: 4 })
  .chain((starts) =>
    fc.tuple(
      ...[0, ...starts.sort((a, b) => a - b)].map((startPeriod) =>
        fc.record(
          { startPeriod: fc.constant(startPeriod), limit: fc.integer({ min: 0, max: 400 }), numberPhases: fc.integer({ min: 1, max: 3 }) },
          { requiredKeys: ['startPeriod', 'limit'] },
        ),
      ),
    ),
  );

/** Moments lie around 0, where the window is; recurring ones began days ago. */
const anyProfile = fc
  .record(
    {
      purpose: fc.constantFrom('ChargePointMaxProfile' as const, 'TxDefaultProfile' as const, 'TxProfile' as const),
      place: fc.integer({ min: 0, max: 2 }),
      stackLevel: fc.integer({ min: 0, max: 3 }),
      unit: fc.constantFrom('A' as const, 'W' as const),
      offset: fc.integer({ min: -1500, max: 1500 }),
      recurrence: fc.constantFrom(0 as const, 86_400 as const, 604_800 as const),
      rounds: fc.integer({ min: 0, max: 3 }),
      duration: smallInterval,
      validFrom: fc.integer({ min: -500, max: 1500 }),
      validTo: fc.integer({ min: -500, max: 1500 }),
      periods: anyPeriods,
    },
    { requiredKeys: ['purpose', 'place', 'stackLevel', 'unit', 'offset', 'recurrence', 'rounds', 'periods'] },
  )
  .map(({ place, offset, rounds, ...rest }): PlainProfile => {
    const connector = rest.purpose === 'ChargePointMaxProfile' ? 0 : rest.purpose === 'TxProfile' ? Math.max(1, place) : place;
    const scale = rest.unit === 'W' ? 690 : 1;
    return {
      ...rest,
      connector,
      start: offset - rounds * rest.recurrence,
      periods: rest.periods.map((period) => ({ ...period, limit: period.limit * scale })),
    };
  });

/** As a station has them: one profile for each level, purpose and connector. */
const anyProfiles = fc.uniqueArray(anyProfile, {
  maxLength: 7,
  selector: (each) => `${each.purpose} ${each.connector} ${each.stackLevel}`,
});

test('property: every second of a composite schedule is what the profiles say at that second', () => {
  fc.assert(
    fc.property(
      anyProfiles,
      fc.integer({ min: 0, max: 2 }),
      fc.constantFrom('A' as const, 'W' as const),
      smallInterval,
      (profiles, connector, unit, seconds) => {
        const shown = composite(profiles, { connector, unit, seconds, detailed: false });
        expect(shown[0]?.start).toBe(0);
        let index = 0;
        for (let second = 0; second < Math.max(1, seconds); second++) {
          if (shown[index + 1]?.start === second) {
            // A period of its own says something else.
            index++;
            const { limit, numberPhases } = shown[index - 1]!;
            expect(saidAt(profiles, 2, connector, unit, defaults, second)).not.toEqual({ limit, numberPhases });
          }
          const { limit, numberPhases } = shown[index]!;
          const said = saidAt(profiles, 2, connector, unit, defaults, second);
          if (said.limit !== limit || said.numberPhases !== numberPhases)
            expect({ second, limit, numberPhases }).toEqual({ second, ...said });
        }
        expect(index).toBe(shown.length - 1);
      },
    ),
    { numRuns: 400 },
  );
});

test('1,000 periods over a year take a few steps a period, however many seconds they last', () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({ startPeriod: index * 31_536, limit: 60 + (index % 260) }));
  const cursor = new Listed(profile({ periods: many }));
  const hidden = new Listed(profile({ recurrence: day, start: -day, periods: periods([0, 1], [3600, 2]) }));
  const began = performance.now();
  const schedule = new CompositeSchedule(0, 365 * day, 'A');
  schedule.stacks.push(stackOf([cursor, hidden]));
  let count = 0;
  while (schedule.next()) count++;
  const milliseconds = performance.now() - began;
  console.log(`1,000 periods over a year: ${cursor.moves} moves, ${cursor.seeks} look-ups, ${milliseconds.toFixed(2)} ms.`);
  expect(count).toBe(1000);
  expect(cursor.moves).toBe(1000);
  expect(cursor.seeks).toBeLessThanOrEqual(2000);
  expect(hidden.seeks).toBe(0);
});

test('a schedule that says the same for ever is cut after so many periods, and goes the same way again after a rewind', () => {
  const even = Array.from({ length: 200 }, (_, index) => ({ startPeriod: index, limit: 100 }));
  const cursor = new Listed(profile({ recurrence: day, duration: 200, periods: even }));
  const schedule = new CompositeSchedule(0, 365 * day, 'A');
  schedule.stacks.push(stackOf([cursor]));
  const walk = () => {
    const shown: string[] = [];
    while (schedule.next()) shown.push(`${schedule.start} ${schedule.limit}`);
    return `${shown.join()} ${schedule.to}`;
  };
  const first = walk();
  expect(schedule.isCut).toBe(true);
  expect(schedule.to).toBeGreaterThan(9 * day);
  expect(schedule.to).toBeLessThan(12 * day);
  expect(cursor.moves).toBeLessThanOrEqual(mostMoves + 200);
  schedule.rewind();
  expect(walk()).toBe(first);
  expect(cursor.moves).toBeLessThanOrEqual(2 * (mostMoves + 200));
});

test('W over three phases are never more amperes on one: 7,000 W and a car on one phase', () => {
  const given = [
    profile({ purpose: 'ChargePointMaxProfile', connector: 0, unit: 'W', periods: periods([0, 70_000]) }),
    profile({ periods: periods([0, 320, 1]) }),
  ];
  expect(composite(given, { seconds: 1 })[0]).toMatchObject({ limit: 101, numberPhases: 1 });
  expect(composite(given, { seconds: 1, unit: 'W' })[0]).toMatchObject({ limit: 23_333, numberPhases: 1 });
});
