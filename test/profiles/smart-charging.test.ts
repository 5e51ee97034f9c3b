/** Smart Charging: every ruling of protocol.md section 10 and of the remote starts in section 8, the wallbox's view, and power cuts at every write. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChargePoint } from '../../src/index.ts';
import { type PlainPeriod, type PlainProfile, saidAt } from '../energy/schedule-reference.ts';
import { PowerCut, type Tear, tears } from '../flash.ts';
import { World, type WorldOptions } from '../world.ts';

const minute = 60_000;
const hour = 3600;
const day = 86_400;
/** Unix seconds at which the worlds begin. */
const epoch = Date.UTC(2025, 0, 1) / 1000;

type Period = { startPeriod: number; limit: number; numberPhases?: number };

function at(seconds: number): string {
  return new Date((epoch + seconds) * 1000).toISOString();
}

function world(options: WorldOptions = {}): World {
  const made = new World({ ...options, also: ['signalSetChargingProfiles', ...(options.also ?? [])] });
  made.boot();
  made.advance(1000);
  return made;
}

/** A chargingSchedule that begins with the world. */
function schedule(limits: number | Period[], more: object = {}): object {
  const chargingSchedulePeriod = typeof limits === 'number' ? [{ startPeriod: 0, limit: limits }] : limits;
  return { chargingRateUnit: 'A', startSchedule: at(0), chargingSchedulePeriod, ...more };
}

/** A TxDefaultProfile of level 0, Absolute, unless told otherwise. `undefined` takes a member away. */
function profile(chargingProfileId: number, limits: number | Period[], more: object = {}, inSchedule: object = {}): object {
  return {
    chargingProfileId,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Absolute',
    chargingSchedule: schedule(limits, inSchedule),
    ...more,
  };
}

function txProfile(chargingProfileId: number, limits: number | Period[], more: object = {}, inSchedule: object = {}): object {
  return profile(chargingProfileId, limits, { chargingProfilePurpose: 'TxProfile', ...more }, inSchedule);
}

function maxProfile(chargingProfileId: number, limits: number | Period[], more: object = {}, inSchedule: object = {}): object {
  return profile(chargingProfileId, limits, { chargingProfilePurpose: 'ChargePointMaxProfile', ...more }, inSchedule);
}

/** The status of the answer, or the code of the CALLERROR. */
function set(world: World, connectorId: number, csChargingProfiles: object): unknown {
  const { payload, error } = world.request('SetChargingProfile', { connectorId, csChargingProfiles });
  return error ?? payload?.['status'];
}

function clear(world: World, filter: object = {}): unknown {
  return world.request('ClearChargingProfile', filter).payload?.['status'];
}

interface Composite {
  chargingRateUnit: string;
  chargingSchedulePeriod: Period[];
  duration: number;
  minChargingRate?: number;
  startSchedule?: string;
}

function composite(world: World, connectorId: number, duration: number, chargingRateUnit?: string): Composite {
  const { payload } = world.request('GetCompositeSchedule', { connectorId, duration, ...(chargingRateUnit ? { chargingRateUnit } : {}) });
  expect(payload).toMatchObject({ status: 'Accepted', connectorId });
  return payload?.['chargingSchedule'] as Composite;
}

/** Start and limit of each period from now on. */
function limits(world: World, connectorId = 1, duration = hour, unit = 'A'): [number, number][] {
  return composite(world, connectorId, duration, unit).chargingSchedulePeriod.map(({ startPeriod, limit }) => [startPeriod, limit]);
}

/** The limit now. */
function limit(world: World, connectorId = 1, unit = 'A'): number {
  return limits(world, connectorId, 1, unit)[0]![1];
}

function signals(world: World): number {
  return world.called('signalSetChargingProfiles').length;
}

function stored(world: World): string[] {
  return [...world.storage.content.keys()].filter((key) => key.startsWith('p/')).sort();
}

describe('SetChargingProfile: what is accepted', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ startPeriod: index, limit: 10 }));
  const rows: [what: string, connectorId: number, profile: object, answer: string][] = [
    ['a TxDefaultProfile for a connector', 1, profile(1, 16), 'Accepted'],
    ['a TxDefaultProfile for all', 0, profile(1, 16), 'Accepted'],
    ['a relative TxDefaultProfile', 1, profile(1, 16, { chargingProfileKind: 'Relative' }, { startSchedule: undefined }), 'Accepted'],
    ['a ChargePointMaxProfile', 0, maxProfile(1, 16), 'Accepted'],
    ['a ChargePointMaxProfile for a connector', 1, maxProfile(1, 16), 'Rejected'],
    ['a relative ChargePointMaxProfile', 0, maxProfile(1, 16, { chargingProfileKind: 'Relative' }), 'Accepted'],
    ['a TxProfile without transaction', 1, txProfile(1, 16), 'Rejected'],
    ['a TxProfile for connector 0', 0, txProfile(1, 16), 'Rejected'],
    ['an unknown connector (errata 3.39)', 3, profile(1, 16), 'PropertyConstraintViolation'],
    ['a negative connector', -1, profile(1, 16), 'PropertyConstraintViolation'],
    ['a unit of nobody (errata 3.38)', 1, profile(1, 16, {}, { chargingRateUnit: 'kW' }), 'PropertyConstraintViolation'],
    ['the highest stackLevel', 1, profile(1, 16, { stackLevel: 10 }), 'Accepted'],
    ['a stackLevel above', 1, profile(1, 16, { stackLevel: 11 }), 'Rejected'],
    ['a stackLevel below 0', 1, profile(1, 16, { stackLevel: -1 }), 'Rejected'],
    ['the most periods', 1, profile(1, many(119)), 'Accepted'],
    ['a period more', 1, profile(1, many(120)), 'Rejected'],
    ['no period', 1, profile(1, []), 'Rejected'],
    ['a first period not at 0 (errata 3.45)', 1, profile(1, [{ startPeriod: 1, limit: 1 }]), 'Rejected'],
    [
      'periods out of order',
      1,
      profile(
        1,
        [0, 10, 5].map((startPeriod) => ({ startPeriod, limit: 1 })),
      ),
      'Rejected',
    ],
    [
      'two periods at once',
      1,
      profile(
        1,
        [0, 10, 10].map((startPeriod) => ({ startPeriod, limit: 1 })),
      ),
      'Rejected',
    ],
    ['a limit of 0', 1, profile(1, 0), 'Accepted'],
    ['a limit below 0', 1, profile(1, -1), 'Rejected'],
    ['tenths', 1, profile(1, 4.8), 'Accepted'],
    ['hundredths', 1, profile(1, 4.85), 'PropertyConstraintViolation'],
    ['0 phases', 1, profile(1, [{ startPeriod: 0, limit: 1, numberPhases: 0 }]), 'Rejected'],
    ['4 phases', 1, profile(1, [{ startPeriod: 0, limit: 1, numberPhases: 4 }]), 'Rejected'],
    ['a duration below 0', 1, profile(1, 1, {}, { duration: -1 }), 'Rejected'],
    ['an absolute profile without startSchedule (errata 3.57)', 1, profile(1, 1, {}, { startSchedule: undefined }), 'Accepted'],
    ['Recurring without recurrencyKind', 1, profile(1, 1, { chargingProfileKind: 'Recurring' }), 'Rejected'],
    ['Daily', 1, profile(1, 1, { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' }), 'Accepted'],
    [
      'Weekly without startSchedule',
      1,
      profile(1, 1, { chargingProfileKind: 'Recurring', recurrencyKind: 'Weekly' }, { startSchedule: undefined }),
      'Rejected',
    ],
    ['validFrom and validTo', 1, profile(1, 1, { validFrom: at(0), validTo: at(9) }), 'Accepted'],
  ];

  test.each(rows)('%s', (_what, connectorId, given, answer) => {
    const told = world();
    expect(set(told, connectorId, given)).toBe(answer);
    expect(signals(told)).toBe(answer === 'Accepted' ? 1 : 0);
    expect(stored(told).length > 0).toBe(answer === 'Accepted');
  });

  test('purposes and units as the keys allow them', () => {
    const keys = { SupportedChargingProfilePurposeTypes: 'TxDefaultProfile', ChargingScheduleAllowedChargingRateUnit: 'Power' };
    const told = world({ keys });
    expect(set(told, 0, maxProfile(1, 16, {}, { chargingRateUnit: 'W' }))).toBe('Rejected');
    expect(set(told, 1, profile(1, 16))).toBe('Rejected');
    expect(set(told, 1, profile(1, 16, {}, { chargingRateUnit: 'W' }))).toBe('Accepted');
    expect(composite(told, 1, 10).chargingRateUnit).toBe('W');
    expect(told.request('GetCompositeSchedule', { connectorId: 1, duration: 10, chargingRateUnit: 'A' }).payload).toEqual({
      status: 'Rejected',
    });
  });

  test('AllowChargingProfileWithoutStartSchedule: it starts now', () => {
    const told = world({ keys: { AllowChargingProfileWithoutStartSchedule: 'true' } });
    told.advance(9000);
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    expect(set(told, 1, profile(1, 16, daily, { startSchedule: undefined, duration: 50 }))).toBe('Accepted');
    told.advance(10_000);
    expect(limits(told)).toEqual([
      [0, 16],
      [40, 48],
    ]);
  });

  test('MaxChargingProfilesInstalled: replacing is not one more', () => {
    const told = world({ keys: { MaxChargingProfilesInstalled: '2' } });
    expect(set(told, 1, profile(1, 16))).toBe('Accepted');
    expect(set(told, 2, profile(2, 16))).toBe('Accepted');
    expect(set(told, 0, profile(3, 16))).toBe('Rejected');
    expect(set(told, 1, profile(1, 10))).toBe('Accepted');
    expect(set(told, 2, profile(4, 10))).toBe('Accepted');
    expect(limit(told)).toBe(10);
  });

  test('a full store: Rejected, and what was installed stays', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    for (let index = 0; told.storage.keys('p').length < 256; index++) told.storage.write(`p/zz.${index}`, 'x');
    expect(set(told, 1, profile(2, 10))).toBe('Rejected');
    expect(limit(told)).toBe(16);
  });
});

describe('identity', () => {
  test('the same chargingProfileId replaces, wherever it was', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    set(told, 2, profile(1, 10, { stackLevel: 3 }));
    expect([limit(told, 1), limit(told, 2)]).toEqual([48, 10]);
  });

  test('the same level, purpose and connector replaces; equal levels on two connectors stand side by side', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    set(told, 2, profile(2, 10));
    set(told, 0, profile(3, 8));
    expect([limit(told, 1), limit(told, 2)]).toEqual([16, 10]);
    set(told, 1, profile(4, 13));
    expect(limit(told)).toBe(13);
    expect(clear(told, { id: 1 })).toBe('Unknown');
  });

  test('defaults of 0 and of a connector merge by level; the own one wins at an equal level, and 0 stays behind it', () => {
    const told = world();
    set(told, 0, profile(1, 20, { stackLevel: 1 }));
    set(told, 1, profile(2, 16));
    expect(limit(told)).toBe(20);
    set(told, 1, profile(3, 10, { stackLevel: 1 }, { duration: 100 }));
    expect(limits(told)).toEqual([
      [0, 10],
      [99, 20],
    ]);
  });

  test('a replacement with a later validFrom: default behaviour until then', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    set(told, 1, profile(1, 10, { validFrom: at(60) }));
    expect(limits(told)).toEqual([
      [0, 48],
      [59, 10],
    ]);
  });
});

describe('TxProfile', () => {
  test('with the right transactionId or without; with another one, or while the right one is unknown, Rejected', () => {
    const told = world();
    told.csms.next('StartTransaction', { after: 10 });
    told.charge(1, 'A');
    expect(set(told, 1, txProfile(1, 16, { transactionId: 1001 }))).toBe('Rejected');
    expect(set(told, 1, txProfile(1, 16))).toBe('Accepted');
    expect(set(told, 2, txProfile(2, 16))).toBe('Rejected');
    told.advance(11_000);
    expect(set(told, 1, txProfile(1, 10, { transactionId: 1002 }))).toBe('Rejected');
    expect(limit(told)).toBe(16);
    expect(set(told, 1, txProfile(1, 10, { transactionId: 1001 }))).toBe('Accepted');
    expect(limit(told)).toBe(10);
  });

  test('overrules the default while it says something, and ends with its transaction', () => {
    const told = world();
    set(told, 0, profile(1, 20, { stackLevel: 5 }));
    told.charge(1, 'A');
    set(told, 1, txProfile(2, 16, { validFrom: at(100), validTo: at(200) }));
    expect(limits(told)).toEqual([
      [0, 20],
      [99, 16],
      [199, 20],
    ]);
    told.tag('A');
    told.unplug(1);
    expect(limits(told)).toEqual([[0, 20]]);
    expect(clear(told, { id: 2 })).toBe('Unknown');
    expect(stored(told)).toEqual(['p/0', 'p/i']);
  });

  test('a default that changes or goes during a transaction takes effect at once (errata 3.8)', () => {
    const told = world();
    told.charge(1, 'A');
    expect(limit(told)).toBe(48);
    set(told, 1, profile(1, 16));
    expect(limit(told)).toBe(16);
    set(told, 1, profile(1, 10));
    expect(limit(told)).toBe(10);
    clear(told, { id: 1 });
    expect(limit(told)).toBe(48);
    expect(signals(told)).toBe(3);
  });

  test('Relative counts from the start of the transaction, also after it is confirmed and after a power cut', () => {
    const told = world({ rtc: true });
    const steps = [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 600, limit: 10 },
    ];
    set(told, 0, profile(1, steps, { chargingProfileKind: 'Relative' }, { startSchedule: undefined }));
    expect(limits(told)).toEqual([
      [0, 16],
      [600, 10],
    ]);
    told.csms.next('StartTransaction', { after: 10 });
    told.charge(1, 'A');
    told.advance(5000);
    expect(limits(told, 1)[1]).toEqual([595, 10]);
    told.advance(95_000);
    expect(limits(told, 1)[1]).toEqual([500, 10]);
    expect(limits(told, 2)[1]).toEqual([600, 10]);
    told.reboot(true, 100_000);
    told.reconnect();
    const passed = told.time / 1000 - 1;
    expect(limits(told, 1)[1]).toEqual([600 - passed, 10]);
  });
});

describe('RemoteStart with a profile', () => {
  function remote(told: World, chargingProfile: object | undefined, connectorId: number | undefined = 1): unknown {
    const { payload } = told.request('RemoteStartTransaction', {
      idTag: 'A',
      ...(connectorId ? { connectorId } : {}),
      ...(chargingProfile ? { chargingProfile } : {}),
    });
    return payload?.['status'];
  }

  test.each([
    ['another purpose', profile(1, 16), 'Rejected'],
    ['a transactionId (errata 3.41)', txProfile(1, 16, { transactionId: 5 }), 'Rejected'],
    ['a profile that could not be set', txProfile(1, -1), 'Rejected'],
    ['a profile as it should be', txProfile(1, 16), 'Accepted'],
  ])('%s', (_what, given, answer) => {
    expect(remote(world(), given)).toBe(answer);
  });

  test('is applied to the transaction that follows; the default is not used for it (errata 3.67)', () => {
    const told = world();
    set(told, 0, profile(9, 20));
    expect(remote(told, txProfile(1, 16, {}, { duration: 100 }))).toBe('Accepted');
    expect(limit(told)).toBe(20);
    const before = signals(told);
    told.plug(1);
    expect(told.transactions).toHaveLength(1);
    expect(signals(told)).toBeGreaterThan(before);
    expect(limits(told)).toEqual([
      [0, 16],
      [99, 48],
    ]);
    expect(limit(told, 2)).toBe(20);
    // Nor is it when the profile is gone.
    clear(told, { id: 1 });
    expect(limit(told)).toBe(48);
    told.tag('A');
    told.unplug(1);
    expect(limit(told)).toBe(20);
    expect(stored(told)).toEqual(['p/0', 'p/i']);
  });

  test('at whichever connector it begins', () => {
    const told = world();
    remote(told, txProfile(1, 16), 0);
    told.plug(2);
    expect([limit(told, 1), limit(told, 2)]).toEqual([48, 16]);
  });

  test('stays; one of the same level takes its place, another level stacks (errata 3.42)', () => {
    const told = world();
    remote(told, txProfile(1, 16));
    told.plug(1);
    expect(set(told, 1, txProfile(2, 20, { stackLevel: 1, transactionId: 1001 }, { duration: 100 }))).toBe('Accepted');
    expect(limits(told)).toEqual([
      [0, 20],
      [99, 16],
    ]);
    expect(set(told, 1, txProfile(3, 10, { transactionId: 1001 }))).toBe('Accepted');
    expect(limits(told)[1]).toEqual([99, 10]);
    expect(clear(told, { id: 1 })).toBe('Unknown');
  });

  test('replaces the profile of the same id when it begins', () => {
    const told = world();
    set(told, 2, profile(1, 20));
    remote(told, txProfile(1, 16));
    expect(limit(told, 2)).toBe(20);
    told.plug(1);
    expect([limit(told, 1), limit(told, 2)]).toEqual([16, 48]);
  });

  test('dropped at ConnectionTimeOut', () => {
    const told = world();
    remote(told, txProfile(1, 16));
    expect(stored(told)).toHaveLength(2);
    told.advance(3 * minute);
    expect(stored(told)).toHaveLength(0);
    told.charge(1, 'A');
    expect(limit(told)).toBe(48);
  });

  test('dropped at refusal', () => {
    const told = world();
    told.configure('AuthorizeRemoteTxRequests', 'true');
    told.csms.idTags.set('A', { status: 'Blocked' });
    remote(told, txProfile(1, 16));
    expect(stored(told)).toHaveLength(0);
    expect(told.transactions).toHaveLength(0);
  });

  test('kept while Authorize is under way', () => {
    const told = world();
    told.configure('AuthorizeRemoteTxRequests', 'true');
    told.csms.next('Authorize', { after: 20 });
    told.plug(1);
    remote(told, txProfile(1, 16));
    told.advance(10_000);
    expect(stored(told)).toHaveLength(2);
    told.advance(11_000);
    expect(limit(told)).toBe(16);
  });

  test('dropped at a reboot before the start', () => {
    const told = world();
    remote(told, txProfile(1, 16));
    told.reboot();
    told.reconnect();
    expect(stored(told)).toHaveLength(0);
    told.charge(1, 'A');
    expect(limit(told)).toBe(48);
  });

  test('a second remote start for the same plug is Rejected, and the profile of the first one stays', () => {
    const told = world();
    remote(told, txProfile(1, 16), 0);
    expect(told.request('RemoteStartTransaction', { idTag: 'A' }).payload).toEqual({ status: 'Rejected' });
    expect(stored(told)).toHaveLength(2);
    told.plug(1);
    expect(limit(told)).toBe(16);
  });

  test('firmware authorization: waits for the wallbox until its timeout, or ConnectionTimeOut', () => {
    const options: WorldOptions = { options: { authorization: 'firmware' } };
    const told = world(options);
    told.wallbox.always('provideToken', { value: undefined });
    remote(told, txProfile(1, 16));
    expect(stored(told)).toHaveLength(2);
    told.wallbox.begin(1, 'A');
    expect(limit(told)).toBe(16);
    const late = world(options);
    late.wallbox.always('provideToken', { value: undefined });
    remote(late, txProfile(1, 16));
    late.input('onPluginTimeout', 1);
    expect(stored(late)).toHaveLength(0);
    remote(late, txProfile(1, 16));
    late.advance(3 * minute);
    late.plug(1);
    late.wallbox.begin(1, 'A');
    expect(limit(late)).toBe(48);
  });
});

describe('ClearChargingProfile', () => {
  const rows: [what: string, filter: object, left: number[]][] = [
    ['no field: all (S 6.13)', {}, []],
    ['an id: all else is ignored (errata 3.26)', { id: 2, connectorId: 7, stackLevel: 9 }, [1, 3, 4]],
    ['a connector', { connectorId: 1 }, [1, 2, 4]],
    ['connector 0: stored for 0 only', { connectorId: 0 }, [3, 4]],
    ['a purpose', { chargingProfilePurpose: 'TxDefaultProfile' }, [1]],
    ['a level', { stackLevel: 0 }, [4]],
    ['fields combined with AND (errata 3.25)', { chargingProfilePurpose: 'TxDefaultProfile', stackLevel: 0, connectorId: 1 }, [1, 2, 4]],
    ['nothing matches', { connectorId: 1, stackLevel: 1 }, [1, 2, 3, 4]],
    ['an unknown connector', { connectorId: 7 }, [1, 2, 3, 4]],
  ];

  test.each(rows)('%s', (_what, filter, left) => {
    const told = world();
    set(told, 0, maxProfile(1, 63));
    set(told, 0, profile(2, 20));
    set(told, 1, profile(3, 16));
    set(told, 2, profile(4, 10, { stackLevel: 1 }));
    expect(clear(told, filter)).toBe(left.length < 4 ? 'Accepted' : 'Unknown');
    expect(signals(told)).toBe(left.length < 4 ? 5 : 4);
    expect([1, 2, 3, 4].filter((id) => clear(told, { id }) === 'Accepted')).toEqual(left);
    expect(stored(told)).toHaveLength(0);
  });

  test('an empty store: Unknown', () => {
    expect(clear(world())).toBe('Unknown');
  });
});

describe('GetCompositeSchedule', () => {
  test("no profile: the station's maximum as a period of its own", () => {
    const told = world();
    expect(told.request('GetCompositeSchedule', { connectorId: 1, duration: 60 }).payload).toEqual({
      status: 'Accepted',
      connectorId: 1,
      scheduleStart: at(1),
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 48, numberPhases: 3 }], duration: 60 },
    });
    told.configure('CompositeScheduleDefaultLimitWatts', '11000');
    told.configure('CompositeScheduleDefaultNumberPhases', '1');
    expect(composite(told, 0, 60, 'W').chargingSchedulePeriod).toEqual([{ startPeriod: 0, limit: 22_000, numberPhases: 1 }]);
  });

  test('an unknown connector and a unit of nobody', () => {
    const told = world();
    expect(told.request('GetCompositeSchedule', { connectorId: 3, duration: 60 }).payload).toEqual({ status: 'Rejected' });
    expect(told.request('GetCompositeSchedule', { connectorId: -1, duration: 60 }).payload).toEqual({ status: 'Rejected' });
    expect(told.request('GetCompositeSchedule', { connectorId: 1, duration: 60, chargingRateUnit: 'V' }).error).toBe(
      'PropertyConstraintViolation',
    );
  });

  test('the duration is cut to MaxCompositeScheduleDuration', () => {
    const told = world({ keys: { MaxCompositeScheduleDuration: '100' } });
    expect(composite(told, 1, 1000).duration).toBe(100);
    expect(composite(told, 1, -5)).toMatchObject({ duration: 0, chargingSchedulePeriod: [{ startPeriod: 0, limit: 48 }] });
  });

  test('exact decimals, phases and both units', () => {
    const told = world();
    set(told, 1, profile(1, [{ startPeriod: 0, limit: 4.8, numberPhases: 1 }]));
    set(told, 2, profile(2, 11_000, {}, { chargingRateUnit: 'W', minChargingRate: 4140 }));
    const text = () => told.frames.at(-1);
    composite(told, 1, 60);
    expect(text()).toContain('{"startPeriod":0,"limit":4.8,"numberPhases":1}');
    composite(told, 1, 60, 'W');
    expect(text()).toContain('{"startPeriod":0,"limit":1104,"numberPhases":1}');
    composite(told, 2, 60);
    expect(text()).toContain('"minChargingRate":6,"chargingSchedulePeriod":[{"startPeriod":0,"limit":15.9,"numberPhases":3}]');
    told.configure('SupplyVoltage', '110');
    expect(limit(told, 1, 'W')).toBe(528);
  });

  test('the whole station: the sum of its connectors, at most its ChargePointMaxProfile', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    set(
      told,
      2,
      profile(2, [
        { startPeriod: 0, limit: 10 },
        { startPeriod: 61, limit: 6 },
      ]),
    );
    expect(limits(told, 0)).toEqual([
      [0, 26],
      [60, 22],
    ]);
    set(told, 0, maxProfile(3, 24));
    expect(limits(told, 0)).toEqual([
      [0, 24],
      [60, 22],
    ]);
  });

  test('daily and weekly from startSchedule, not from midnight (errata 3.79)', () => {
    const told = world();
    const night = [
      { startPeriod: 0, limit: 32 },
      { startPeriod: 2 * hour, limit: 10 },
    ];
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    set(told, 1, profile(1, night, daily, { startSchedule: at(22 * hour - 30 * day), duration: 8 * hour }));
    told.advance(11 * minute - 1000);
    expect(limits(told, 1, day)).toEqual([
      [0, 10],
      [6 * hour - 660, 48],
      [22 * hour - 660, 32],
      [24 * hour - 660, 10],
    ]);
    set(
      told,
      1,
      profile(1, 6, { chargingProfileKind: 'Recurring', recurrencyKind: 'Weekly' }, { startSchedule: at(day - 7 * day), duration: hour }),
    );
    expect(limits(told, 1, 2 * day)).toEqual([
      [0, 48],
      [day - 660, 6],
      [day + hour - 660, 48],
    ]);
  });

  test('offline, IgnoredProfilePurposesOffline do not apply', () => {
    const told = world();
    told.configure('IgnoredProfilePurposesOffline', 'TxDefaultProfile');
    set(told, 1, profile(1, 16));
    expect(limit(told)).toBe(16);
    const before = signals(told);
    told.offline();
    const schedules = () => told.input('getAllCompositeChargingSchedules', 60) as Composite[];
    expect(schedules()[1]!.chargingSchedulePeriod[0]!.limit).toBe(48);
    expect(signals(told)).toBe(before + 1);
    told.reconnect();
    expect(schedules()[1]!.chargingSchedulePeriod[0]!.limit).toBe(16);
    expect(signals(told)).toBe(before + 2);
  });

  test('what does not fit into MaxMessageSize ends earlier, and says so', () => {
    const told = world({ keys: { MaxMessageSize: '32000' } });
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    const hours = Array.from({ length: 24 }, (_, index) => ({ startPeriod: index * hour, limit: 6 + index }));
    set(told, 1, profile(1, hours, daily));
    const { chargingSchedulePeriod, duration } = composite(told, 1, 365 * day);
    expect(told.frames.at(-1)!.length).toBeLessThanOrEqual(32_002);
    expect(told.frames.at(-1)!.length).toBeGreaterThan(31_000);
    expect(duration).toBe(chargingSchedulePeriod.length * hour - 1);
    expect(chargingSchedulePeriod.at(-1)!.startPeriod).toBe(duration - hour);
  });

  test('property: what the central system reads is what the profiles say at every second', () => {
    const period = fc.record(
      { length: fc.integer({ min: 1, max: 400 }), limit: fc.integer({ min: 0, max: 400 }), numberPhases: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: ['length', 'limit'] },
    );
    const given = fc.record({
      purpose: fc.constantFrom('ChargePointMaxProfile' as const, 'TxDefaultProfile' as const, 'TxProfile' as const),
      place: fc.integer({ min: 0, max: 2 }),
      stackLevel: fc.integer({ min: 0, max: 2 }),
      unit: fc.constantFrom('A' as const, 'W' as const),
      kind: fc.constantFrom(0 as const, 86_400 as const, 604_800 as const),
      offset: fc.integer({ min: -900, max: 900 }),
      duration: fc.option(fc.integer({ min: 0, max: 1200 }), { nil: undefined }),
      validFrom: fc.option(fc.integer({ min: -100, max: 900 }), { nil: undefined }),
      validTo: fc.option(fc.integer({ min: -100, max: 900 }), { nil: undefined }),
      periods: fc.array(period, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(given, { maxLength: 6 }), (all) => {
        const told = world();
        told.charge(1, 'A');
        told.charge(2, 'B');
        const known: PlainProfile[] = [];
        all.forEach((each, index) => {
          const connector =
            each.purpose === 'ChargePointMaxProfile' ? 0 : each.purpose === 'TxProfile' ? Math.max(1, each.place) : each.place;
          const plain = plainOf(each, connector);
          const same = known.findIndex(
            (other) => other.purpose === plain.purpose && other.connector === connector && other.stackLevel === plain.stackLevel,
          );
          if (same >= 0) known.splice(same, 1);
          known.push(plain);
          expect(set(told, connector, wireOf(plain, index + 1))).toBe('Accepted');
        });
        const now = epoch + Math.floor(told.time / 1000);
        for (const connector of [0, 1, 2]) {
          for (const unit of ['A', 'W'] as const) {
            const { chargingSchedulePeriod: shown } = composite(told, connector, 1000, unit);
            let index = 0;
            for (let second = 0; second < 1000; second += 1) {
              if (shown[index + 1]?.startPeriod === second) index++;
              const defaults = { voltage: 230, amps: 480, watts: 331_200, phases: 3 };
              const said = saidAt(known, 2, connector, unit, defaults, now + second);
              const { limit, numberPhases } = shown[index]!;
              if (limit * 10 !== said.limit && limit !== said.limit / 10)
                expect({ second, limit }).toEqual({ second, limit: said.limit / 10 });
              if (numberPhases !== said.numberPhases) expect({ second, numberPhases }).toEqual({ second, numberPhases: said.numberPhases });
            }
            expect(index).toBe(shown.length - 1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

interface Given {
  readonly purpose: PlainProfile['purpose'];
  readonly stackLevel: number;
  readonly unit: 'A' | 'W';
  readonly kind: PlainProfile['recurrence'];
  readonly offset: number;
  readonly duration: number | undefined;
  readonly validFrom: number | undefined;
  readonly validTo: number | undefined;
  readonly periods: readonly { readonly length: number; readonly limit: number; readonly numberPhases?: number }[];
}

function plainOf(given: Given, connector: number): PlainProfile {
  const { purpose, stackLevel, unit, kind, offset, duration, validFrom, validTo } = given;
  const periods: PlainPeriod[] = [];
  let startPeriod = 0;
  for (const { length, limit, numberPhases } of given.periods) {
    periods.push({ startPeriod, limit: unit === 'W' ? limit * 690 : limit, ...(numberPhases ? { numberPhases } : {}) });
    startPeriod += length;
  }
  return {
    purpose,
    connector,
    stackLevel,
    unit,
    start: epoch + offset - 2 * kind,
    recurrence: kind,
    periods,
    ...(duration === undefined ? {} : { duration }),
    ...(validFrom === undefined ? {} : { validFrom: epoch + validFrom }),
    ...(validTo === undefined ? {} : { validTo: epoch + validTo }),
  };
}

function wireOf(plain: PlainProfile, id: number): object {
  const { stackLevel, purpose, recurrence, unit, start, duration, validFrom, validTo } = plain;
  return {
    chargingProfileId: id,
    stackLevel,
    chargingProfilePurpose: purpose,
    chargingProfileKind: recurrence > 0 ? 'Recurring' : 'Absolute',
    ...(recurrence > 0 ? { recurrencyKind: recurrence === day ? 'Daily' : 'Weekly' } : {}),
    ...(validFrom === undefined ? {} : { validFrom: at(validFrom - epoch) }),
    ...(validTo === undefined ? {} : { validTo: at(validTo - epoch) }),
    chargingSchedule: {
      chargingRateUnit: unit,
      startSchedule: at(start - epoch),
      ...(duration === undefined ? {} : { duration }),
      chargingSchedulePeriod: plain.periods.map((period) => ({ ...period, limit: period.limit / 10 })),
    },
  };
}

describe('the wallbox', () => {
  test('hears when a period ends, and only then', () => {
    const told = world();
    set(
      told,
      1,
      profile(
        1,
        [
          { startPeriod: 0, limit: 16 },
          { startPeriod: 100, limit: 16 },
          { startPeriod: 200, limit: 10 },
        ],
        {},
        { duration: 300 },
      ),
    );
    expect(signals(told)).toBe(1);
    told.advance(198_000);
    expect(signals(told)).toBe(1);
    told.advance(1000);
    expect(told.time).toBe(200_000);
    expect(signals(told)).toBe(2);
    told.advance(100_000);
    expect(signals(told)).toBe(3);
    told.advance(3 * day * 1000);
    expect(signals(told)).toBe(3);
  });

  test('hears of changed defaults', () => {
    const told = world();
    told.configure('CompositeScheduleDefaultLimitAmps', '32');
    told.configure('CompositeScheduleDefaultLimitWatts', '22000');
    told.configure('CompositeScheduleDefaultNumberPhases', '1');
    told.configure('SupplyVoltage', '240');
    expect(signals(told)).toBe(4);
    told.configure('HeartbeatInterval', '600');
    expect(signals(told)).toBe(4);
  });

  test('hears of a clock that jumps, and waits for the right moment', () => {
    const told = world();
    set(
      told,
      1,
      profile(1, [
        { startPeriod: 0, limit: 16 },
        { startPeriod: 7200, limit: 10 },
      ]),
    );
    told.csms.clockOffset = hour * 1000;
    told.advance(6 * minute);
    expect(signals(told)).toBe(2);
    told.advance(hour * 1000 - told.time - 1000);
    expect(signals(told)).toBe(2);
    told.advance(1000);
    expect(signals(told)).toBe(3);
    expect(limit(told)).toBe(10);
  });

  test('reads schedules as objects, enhanced ones with level and origin', () => {
    const told = world();
    set(told, 1, profile(1, 4.8, { stackLevel: 3 }));
    const plain = told.input('getAllCompositeChargingSchedules', 60) as Composite[];
    expect(plain).toHaveLength(3);
    expect(plain[1]).toEqual({
      startSchedule: at(1),
      duration: 60,
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 4.8, numberPhases: 3 }],
    });
    expect(plain[2]!.chargingSchedulePeriod).toEqual([{ startPeriod: 0, limit: 48, numberPhases: 3 }]);
    expect(plain[0]!.chargingSchedulePeriod[0]!.limit).toBe(52.8);
    const enhanced = told.input('getAllEnhancedCompositeChargingSchedules', 60, 'W') as Composite[];
    expect(enhanced[1]!.chargingSchedulePeriod).toEqual([{ startPeriod: 0, limit: 3312, numberPhases: 3, stackLevel: 3, converted: true }]);
    expect(enhanced[2]!.chargingSchedulePeriod).toEqual([
      { startPeriod: 0, limit: 33_120, numberPhases: 3, stackLevel: 0, converted: false },
    ]);
  });

  test('a limit of 0 is SuspendedEVSE; its lifting resumes', () => {
    const told = world();
    told.charge(1, 'A');
    set(
      told,
      1,
      txProfile(1, [
        { startPeriod: 0, limit: 0 },
        { startPeriod: 100, limit: 16 },
      ]),
    );
    expect(told.statuses(1).at(-1)).toBe('SuspendedEVSE');
    expect(told.called('resumeCharging')).toHaveLength(0);
    told.advance(99_000);
    expect(told.called('resumeCharging')).toEqual([[1]]);
    expect(told.statuses(1).at(-1)).toBe('Charging');
    set(told, 0, maxProfile(2, 0));
    expect(told.statuses(1).at(-1)).toBe('SuspendedEVSE');
    clear(told, { id: 2 });
    expect(told.statuses(1).at(-1)).toBe('Charging');
    expect(told.called('resumeCharging')).toEqual([[1], [1]]);
  });

  test('a transaction that begins under a limit of 0 is SuspendedEVSE from the first', () => {
    const told = world();
    set(told, 0, profile(1, 0));
    told.charge(1, 'A');
    expect(told.statuses(1)).toEqual(['Available', 'Preparing', 'SuspendedEVSE']);
    told.tag('A');
    told.unplug(1);
    expect(told.statuses(1).slice(-2)).toEqual(['Finishing', 'Available']);
    expect(told.called('resumeCharging')).toHaveLength(0);
  });

  test('limits are reported as they change', () => {
    const told = world();
    const events = () => told.events.filter((event) => event.event === 'limit');
    set(told, 1, profile(1, 16, {}, { duration: 100 }));
    const both = { event: 'limit', A: 16, W: 11_040, phases: 3, connector: 1 };
    expect(events()).toEqual([{ event: 'limit', connector: 0, A: 64, W: 44_160, phases: 3 }, both]);
    told.advance(99_000);
    expect(events().slice(2)).toEqual([0, 1].map((connector) => ({ event: 'limit', connector, A: null, W: null, phases: null })));
  });
});

describe('the clock', () => {
  /** Without network and clock chip nothing is known of the time but what was known before. */
  function blind(told: World, off = 0): void {
    told.cut();
    told.advance(off);
    told.offline();
    told.boot();
  }

  function now(told: World, connector = 1): number {
    const schedules = told.input('getAllCompositeChargingSchedules', 1) as Composite[];
    return schedules[connector]!.chargingSchedulePeriod[0]!.limit;
  }

  test('a boot without clock and network: absolute and recurring profiles are read at the last known time', () => {
    const told = world();
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    set(told, 1, profile(1, 10));
    set(told, 2, profile(2, 12, daily));
    blind(told, hour * 1000);
    expect([now(told, 1), now(told, 2)]).toEqual([10, 12]);
    told.advance(3 * day * 1000);
    expect([now(told, 1), now(told, 2)]).toEqual([10, 12]);
  });

  test('a pause of 0 A does not end, and a period goes on to its next one by the uptime', () => {
    const told = world();
    told.charge(1, 'A');
    set(
      told,
      1,
      txProfile(1, [
        { startPeriod: 0, limit: 0 },
        { startPeriod: hour, limit: 10 },
      ]),
    );
    expect(told.statuses(1).at(-1)).toBe('SuspendedEVSE');
    blind(told, 2 * hour * 1000);
    const resumed = told.called('resumeCharging').length;
    told.advance(50 * minute);
    expect(now(told)).toBe(0);
    expect(told.called('resumeCharging')).toHaveLength(resumed);
    told.advance(11 * minute);
    expect(now(told)).toBe(10);
    expect(told.called('resumeCharging')).toHaveLength(resumed + 1);
  });

  test('a relative profile goes on from the last known time, and is not moved when the time is learnt', () => {
    const told = world();
    const steps = [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 600, limit: 10 },
    ];
    set(told, 0, profile(1, steps, { chargingProfileKind: 'Relative' }, { startSchedule: undefined }));
    told.charge(1, 'A');
    told.advance(5 * minute);
    blind(told, 5 * hour * 1000);
    expect(now(told)).toBe(16);
    told.reconnect();
    told.advance(minute);
    expect(now(told)).toBe(16);
    told.advance(5 * minute);
    expect(now(told)).toBe(10);
  });

  test.each([
    [3_600_000, 16],
    [-3_600_000, 16],
  ])('a step of the clock of %i ms moves no relative schedule', (step, expected) => {
    const told = world();
    const steps = [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 1200, limit: 10 },
    ];
    const relative = { chargingProfileKind: 'Relative' };
    set(told, 1, profile(1, steps, relative, { startSchedule: undefined }));
    set(told, 2, profile(2, steps, {}, { startSchedule: undefined }));
    set(told, 0, maxProfile(3, steps, relative, { startSchedule: undefined }));
    told.charge(1, 'A');
    told.charge(2, 'B');
    told.csms.clockOffset = step;
    told.advance(6 * minute);
    for (const connector of [0, 1, 2]) expect(limits(told, connector, hour)[0]![1], `${connector}`).toBe(expected);
    told.advance(15 * minute);
    for (const connector of [0, 1, 2]) expect(limit(told, connector), `${connector}`).toBe(10);
  });

  test('ChargePointMaxProfile holds the lowest limit that it could have, until the time is known', () => {
    const told = world();
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    set(
      told,
      0,
      maxProfile(
        1,
        [
          { startPeriod: 0, limit: 32 },
          { startPeriod: 6 * hour, limit: 10 },
          { startPeriod: 7 * hour, limit: 32 },
        ],
        daily,
      ),
    );
    expect(now(told)).toBe(32);
    blind(told, 5000);
    expect(now(told)).toBe(10);
    told.advance(2 * hour * 1000);
    expect(now(told)).toBe(10);
    told.reconnect();
    told.advance(1000);
    expect(now(told)).toBe(32);
  });

  test('the lowest limit: W by the phases of their period, what is over counts no more, what is hidden for ever not at all', () => {
    const told = world();
    set(told, 0, maxProfile(1, 8));
    set(
      told,
      0,
      maxProfile(
        2,
        [
          { startPeriod: 0, limit: 2300, numberPhases: 1 },
          { startPeriod: 100, limit: 13_800 },
          { startPeriod: day, limit: 8280 },
        ],
        { stackLevel: 1 },
        { chargingRateUnit: 'W' },
      ),
    );
    told.advance(200_000);
    told.charge(1, 'A');
    blind(told);
    expect(now(told)).toBe(12);
    expect(told.events.filter((event) => event.event === 'limit' && event.connector === 1).at(-1)).toMatchObject({ A: 12 });
  });

  test('the time is noted once a day, not with every look at the limits', () => {
    const told = world();
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    const hours = Array.from({ length: 24 }, (_, index) => ({ startPeriod: index * hour, limit: 6 + index }));
    set(told, 1, profile(1, hours, daily));
    const before = told.power.writes;
    told.advance(5 * day * 1000);
    expect(told.power.writes - before).toBeLessThan(8);
    blind(told, minute);
    expect(limitOf(told, 1)).toBe(now(told));
  });

  function limitOf(told: World, connector: number): number {
    return (told.input('getAllCompositeChargingSchedules', 1) as Composite[])[connector]!.chargingSchedulePeriod[0]!.limit;
  }
});

describe('the allotment', () => {
  function told(world: World, unit: 'A' | 'W' = 'A'): number[] {
    const schedules = world.input('getAllCompositeChargingSchedules', 60, unit) as Composite[];
    return schedules.slice(1).map((each) => each.chargingSchedulePeriod[0]!.limit);
  }

  function reported(world: World, connector: number): unknown {
    return world.events.filter((event) => event.event === 'limit' && event.connector === connector).at(-1);
  }

  test('is what the wallbox is told: as schedule, in both units, and as event; the central system reads what the profiles say', () => {
    const shared = world();
    set(shared, 0, maxProfile(1, 16));
    expect(told(shared)).toEqual([16, 16]);
    shared.charge(1, 'A');
    expect(told(shared)).toEqual([16, 0]);
    shared.charge(2, 'B');
    expect(shared.statuses(2).at(-1)).toBe('SuspendedEVSE');
    const before = signals(shared);
    shared.advance(5000);
    expect(signals(shared)).toBe(before + 1);
    expect([told(shared), told(shared, 'W')]).toEqual([
      [8, 8],
      [5520, 5520],
    ]);
    expect(reported(shared, 2)).toMatchObject({ A: 8, W: 5520, phases: 3 });
    expect(shared.statuses(2).at(-1)).toBe('Charging');
    expect([limit(shared, 0), limit(shared, 1), limit(shared, 2)]).toEqual([16, 16, 16]);
    shared.tag('A', [1]);
    expect(told(shared)).toEqual([0, 16]);
    clear(shared);
    expect(told(shared)).toEqual([48, 48]);
  });

  test('periods that lie ahead are shared as well', () => {
    const shared = world();
    set(
      shared,
      0,
      maxProfile(1, [
        { startPeriod: 0, limit: 32 },
        { startPeriod: 600, limit: 10 },
        { startPeriod: 1200, limit: 20 },
      ]),
    );
    set(shared, 2, profile(2, 10));
    shared.charge(1, 'A');
    shared.charge(2, 'B');
    shared.advance(9000);
    const schedules = shared.input('getAllCompositeChargingSchedules', 2000) as Composite[];
    const shown = schedules.slice(1).map((each) => each.chargingSchedulePeriod.map((period) => [period.startPeriod, period.limit]));
    expect(shown).toEqual([
      [
        [0, 22],
        [590, 10],
        [1190, 10],
      ].slice(0, 2),
      [
        [0, 10],
        [590, 0],
        [1190, 10],
      ],
    ]);
  });

  test('one connector alone, or no profile: nothing is allotted', () => {
    const single = world({ connectors: 1 });
    set(single, 0, maxProfile(1, 10.1));
    single.charge(1, 'A');
    expect(told(single)).toEqual([10.1]);
    set(single, 0, maxProfile(1, 4));
    expect(told(single)).toEqual([4]);
  });

  test('property: the connectors together are never told more than the station may take, in A and in W', () => {
    const periods = fc.array(
      fc.record(
        { length: fc.integer({ min: 5, max: 90 }), limit: fc.integer({ min: 0, max: 640 }), numberPhases: fc.constantFrom(1, 3) },
        { requiredKeys: ['length', 'limit'] },
      ),
      { minLength: 1, maxLength: 4 },
    );
    const given = fc.record({ unit: fc.constantFrom('A' as const, 'W' as const), periods });
    const car = fc.record({
      at: fc.integer({ min: 0, max: 60 }),
      power: fc.integer({ min: 0, max: 22_080 }),
      own: fc.option(given, { nil: undefined }),
    });
    fc.assert(
      fc.property(given, fc.array(car, { minLength: 3, maxLength: 3 }), (most, cars) => {
        const shared = world({ connectors: 3 });
        const plain = (each: typeof most, purpose: PlainProfile['purpose'], connector: number) =>
          plainOf(
            { ...each, purpose, stackLevel: 0, kind: 0, offset: 0, duration: undefined, validFrom: undefined, validTo: undefined },
            connector,
          );
        const station = plain(most, 'ChargePointMaxProfile', 0);
        expect(set(shared, 0, wireOf(station, 1))).toBe('Accepted');
        cars.forEach(({ own, power }, index) => {
          if (own) expect(set(shared, index + 1, wireOf(plain(own, 'TxDefaultProfile', index + 1), index + 2))).toBe('Accepted');
          shared.wallbox.draw(index + 1, power);
        });
        for (let second = 0; second < 240; second++) {
          cars.forEach(({ at: start }, index) => {
            if (start === second) shared.charge(index + 1, `T${index}`);
          });
          if (second % 40 === 39) shared.wallbox.draw(1 + (second % 3), (second * 997) % 22_080);
          const now = epoch + Math.floor(shared.time / 1000);
          for (const unit of ['A', 'W'] as const) {
            const { limit } = saidAt([station], 3, 1, unit, { voltage: 230, amps: 480, watts: 331_200, phases: 3 }, now);
            const amounts = told(shared, unit).filter((_, index) => shared.wallbox.sockets[index + 1]!.session);
            const sum = amounts.reduce((total, each) => total + Math.round(each * 10), 0);
            if (sum > limit) expect({ second, unit, amounts }).toEqual({ second, unit, limit });
          }
          shared.advance(1000);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('work within bounds', () => {
  test('a composite schedule costs a bounded number of reads, whatever the profiles say; what is beyond is cut and logged', () => {
    const told = world({ maxMessageBytes: 65_536, keys: { MaxChargingProfilesInstalled: '100' } });
    const daily = { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' };
    const even = Array.from({ length: 200 }, (_, index) => ({ startPeriod: index, limit: 16 }));
    for (let level = 0; level <= 10; level++) {
      for (let connector = 0; connector <= 2; connector++) {
        const id = level * 10 + connector;
        const more = { stackLevel: level, ...(level % 2 === 0 ? { chargingProfileKind: 'Relative' } : daily) };
        expect(set(told, connector, profile(id, even, more, { duration: 200 + level }))).toBe('Accepted');
      }
    }
    const { storage } = told;
    const read = storage.read.bind(storage);
    let reads = 0;
    storage.read = (key) => {
      reads++;
      return read(key);
    };
    for (const connector of [0, 1]) {
      reads = 0;
      const { duration } = composite(told, connector, 365 * day);
      // Heads: 33 profiles, those of connector 0 once more for each connector; then two passes of at most 2,000 periods and those of the first look.
      expect(reads).toBeLessThanOrEqual(100 + 2 * 2 * (2000 + 3 * 200));
      expect(duration).toBeLessThan(365 * day);
      expect(duration).toBeGreaterThan(day);
    }
    expect(told.logs.filter((line) => line.includes('is cut after'))).toHaveLength(2);
  });

  test('profiles that are over are removed and count for nothing', () => {
    const told = world({ keys: { MaxChargingProfilesInstalled: '3' } });
    told.advance(2 * hour * 1000);
    told.charge(1, 'A');
    set(told, 1, profile(1, 16, {}, { duration: 2 * hour + 100 }));
    set(told, 2, profile(2, 16, { validTo: at(2 * hour + 100) }));
    set(told, 1, txProfile(3, 16, { chargingProfileKind: 'Relative' }, { startSchedule: undefined, duration: 100 }));
    expect(set(told, 2, profile(4, 16, { stackLevel: 1 }))).toBe('Rejected');
    told.advance(101_000);
    expect(set(told, 2, profile(4, 16, { stackLevel: 1 }))).toBe('Accepted');
    expect([1, 2, 3, 4].map((id) => clear(told, { id }))).toEqual(['Unknown', 'Unknown', 'Unknown', 'Accepted']);
    expect(stored(told)).toHaveLength(0);
  });
});

test('a clock that is wrong for some minutes costs the station no limit', () => {
  const told = world();
  set(told, 0, maxProfile(1, 16, { validTo: at(30 * day) }));
  set(told, 1, profile(2, 10, {}, { duration: 30 * day }));
  told.advance(2 * hour * 1000);
  told.csms.clockOffset = 40 * day * 1000;
  told.advance(6 * minute);
  expect([limit(told, 1), limit(told, 2)]).toEqual([48, 48]);
  told.csms.clockOffset = 0;
  told.advance(6 * minute);
  expect([limit(told, 1), limit(told, 2)]).toEqual([10, 16]);
  // The time that is noted is the right one again.
  told.cut();
  told.offline();
  told.boot();
  const schedules = told.input('getAllCompositeChargingSchedules', 1) as Composite[];
  expect(schedules.map((each) => each.chargingSchedulePeriod[0]!.limit)).toEqual([16, 10, 16]);
});

describe('a store that fails', () => {
  /** The key whose write fails, of each write that the action makes. */
  function failing(told: World, act: () => unknown): unknown[] {
    const answers: unknown[] = [];
    const { storage } = told;
    const write = storage.write.bind(storage);
    const remove = storage.remove.bind(storage);
    for (let fail = 1; fail <= 5; fail++) {
      let count = 0;
      const counted = (key: string) => {
        if (key.startsWith('p/') && ++count === fail) throw new Error('flash failure');
      };
      storage.write = (key, text) => {
        counted(key);
        write(key, text);
      };
      const before = JSON.stringify([...storage.content].filter(([key]) => key.startsWith('p/')));
      const answer = act();
      answers.push(answer);
      storage.write = write;
      storage.remove = remove;
      if (answer !== 'Accepted') expect(JSON.stringify([...storage.content].filter(([key]) => key.startsWith('p/')))).toBe(before);
    }
    return answers;
  }

  const long = Array.from({ length: 110 }, (_, index) => ({ startPeriod: index * hour, limit: 7 + (index % 3) / 10, numberPhases: 1 }));

  test('SetChargingProfile: Rejected, and nothing of it stays', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    expect(failing(told, () => set(told, 1, profile(2, long)))).toEqual(['Rejected', 'Rejected', 'Rejected', 'Rejected', 'Accepted']);
    expect(limit(told)).toBe(7);
  });

  test('ClearChargingProfile: refused, and everything is as it was', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    set(told, 2, profile(2, 10));
    const { storage } = told;
    const write = storage.write.bind(storage);
    storage.write = () => {
      throw new Error('flash failure');
    };
    const { payload, error } = told.request('ClearChargingProfile', { id: 1 });
    expect([payload, error]).toEqual([undefined, 'InternalError']);
    expect(told.logs.filter((line) => line.includes('TypeError'))).toEqual([]);
    storage.write = write;
    expect([limit(told, 1), limit(told, 2)]).toEqual([16, 10]);
    expect(clear(told, { id: 1 })).toBe('Accepted');
  });

  test('RemoteStart with a profile: Rejected, and the profile that waits stays', () => {
    const told = world();
    const start = (chargingProfile: object) => told.request('RemoteStartTransaction', { idTag: 'A', chargingProfile }).payload?.['status'];
    expect(start(txProfile(1, 16))).toBe('Accepted');
    expect(failing(told, () => start(txProfile(2, long))).slice(0, 3)).toEqual(['Rejected', 'Rejected', 'Rejected']);
  });

  test('a piece that could not be removed goes with the next change', () => {
    const told = world();
    set(told, 1, profile(1, long));
    const { storage } = told;
    const remove = storage.remove.bind(storage);
    storage.remove = (key) => {
      if (key !== 'p/i') throw new Error('flash failure');
      remove(key);
    };
    expect(clear(told)).toBe('Accepted');
    expect(stored(told).length).toBeGreaterThan(0);
    storage.remove = remove;
    set(told, 1, profile(2, 16));
    expect(stored(told)).toHaveLength(2);
  });
});

test('a remote start that is refused leaves the profile of the one that waits', () => {
  const told = world();
  const start = (chargingProfile: object) => told.request('RemoteStartTransaction', { idTag: 'A', chargingProfile }).payload?.['status'];
  expect(start(txProfile(1, 16))).toBe('Accepted');
  expect(start(txProfile(2, 10, { transactionId: 5 }))).toBe('Rejected');
  expect(start(profile(3, 10))).toBe('Rejected');
  told.plug(1);
  expect(limit(told)).toBe(16);
});

test('replacing never counts as one more, not even by the profile of a remote start', () => {
  const told = world({ keys: { MaxChargingProfilesInstalled: '1' } });
  const start = (chargingProfile: object) =>
    told.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1, chargingProfile }).payload?.['status'];
  set(told, 2, profile(1, 20));
  expect(start(txProfile(2, 16))).toBe('Rejected');
  expect(start(txProfile(1, 16))).toBe('Accepted');
  told.plug(1);
  expect([limit(told, 1), limit(told, 2)]).toEqual([16, 48]);
});

test('a board of 32 A says 32 A where nothing limits it, and W by its phases', () => {
  const connectors = [{ maximumCurrent: 32 }, { maximumCurrent: 16, phases: 1 as const }];
  const told = world({ options: { connectors } });
  expect([limit(told, 0), limit(told, 1), limit(told, 2)]).toEqual([48, 32, 16]);
  expect([limit(told, 0, 'W'), limit(told, 1, 'W'), limit(told, 2, 'W')]).toEqual([22_080 + 3680, 22_080, 3680]);
  set(told, 2, profile(1, 10));
  expect([limit(told, 0), limit(told, 2, 'W')]).toEqual([42, 2300]);
  told.configure('CompositeScheduleDefaultLimitAmps', '20');
  expect([limit(told, 0), limit(told, 1), limit(told, 2)]).toEqual([30, 20, 10]);
});

test('an answer that leaves late says what was true when it was made, although its profile has gone meanwhile', () => {
  const told = world();
  const periods = Array.from({ length: 110 }, (_, index) => ({ startPeriod: index * 60, limit: 6 + (index % 2), numberPhases: 1 }));
  told.charge(1, 'A');
  set(told, 1, txProfile(1, periods));
  const { socket } = (told as unknown as { station: { chargePoint: ChargePoint } }).station.chargePoint.host;
  const send = socket.send.bind(socket);
  const late: Parameters<typeof send>[0][] = [];
  socket.send = (parts) => {
    late.push(parts);
    return true;
  };
  told.csms.request('GetCompositeSchedule', { connectorId: 1, duration: 3600 });
  told.drain();
  const [parts] = late;
  const text = [parts!.next()];
  socket.send = send;
  // The transaction ends, and its profile with it, between two pieces of the answer.
  told.tag('A', [1]);
  told.unplug(1);
  expect(told.storage.content.get('p/i')).toBe(undefined);
  expect(stored(told).length).toBeGreaterThan(1);
  for (let piece = parts!.next(); piece !== undefined; piece = parts!.next()) text.push(piece);
  expect(text.join('').length).toBe(parts!.byteLength);
  expect(JSON.parse(text.join(''))[2].chargingSchedule.chargingSchedulePeriod).toHaveLength(61);
  expect(stored(told)).toHaveLength(0);
});

describe('Smart Charging is off', () => {
  const off: [why: string, options: WorldOptions][] = [
    ['signalSetChargingProfiles is missing', { also: [] }],
    ['SupportedFeatureProfiles lacks it', { also: ['signalSetChargingProfiles'], keys: { SupportedFeatureProfiles: 'Core' } }],
  ];

  test.each(off)('%s', (_why, options) => {
    const told = new World(options);
    told.boot();
    expect(set(told, 1, profile(1, 16))).toBe('NotSupported');
    expect(told.request('ClearChargingProfile', {}).error).toBe('NotSupported');
    expect(told.request('GetCompositeSchedule', { connectorId: 1, duration: 1 }).error).toBe('NotSupported');
    expect(told.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1, chargingProfile: profile(1, 16) }).payload).toEqual({
      status: 'Accepted',
    });
    expect(told.request('ChangeConfiguration', { key: 'CompositeScheduleDefaultLimitAmps', value: '5' }).payload).toEqual({
      status: 'NotSupported',
    });
    const schedules = told.input('getAllCompositeChargingSchedules', 60) as Composite[];
    expect(schedules.map((each) => each.chargingSchedulePeriod)).toEqual(
      [96, 48, 48].map((limit) => [{ startPeriod: 0, limit, numberPhases: 3 }]),
    );
    expect(stored(told)).toHaveLength(0);
    expect(signals(told)).toBe(0);
  });

  test('it is declared when it is on', () => {
    const { payload } = world().request('GetConfiguration', { key: ['SupportedFeatureProfiles', 'ChargeProfileMaxStackLevel'] });
    expect(JSON.stringify(payload)).toContain('SmartCharging');
    expect(payload?.['unknownKey']).toBeUndefined();
  });
});

describe('persistence', () => {
  test('over a reboot (errata 3.37); a TxProfile only with its transaction', () => {
    for (const resume of [true, false]) {
      const told = world();
      set(told, 0, profile(1, 20));
      told.charge(1, 'A');
      told.charge(2, 'B');
      set(told, 1, txProfile(2, 16));
      told.reboot(resume);
      told.reconnect();
      expect([limit(told, 1), limit(told, 2)]).toEqual([resume ? 16 : 20, 20]);
      expect(stored(told)).toEqual(resume ? ['p/0', 'p/1', 'p/i'] : ['p/0', 'p/i']);
      expect(signals(told)).toBeGreaterThan(0);
    }
  });

  test('an index of another version is set aside, not fatal', () => {
    const told = world();
    set(told, 1, profile(1, 16));
    told.cut();
    told.storage.content.set('p/i', '9 0.1.1.');
    told.boot();
    told.reconnect();
    expect(limit(told)).toBe(48);
    expect(set(told, 1, profile(1, 10))).toBe('Accepted');
    expect(limit(told)).toBe(10);
  });

  test('a profile with a lost piece is gone, the others stay', () => {
    const told = world({ maxMessageBytes: 65_536 });
    set(
      told,
      1,
      profile(
        1,
        Array.from({ length: 200 }, (_, index) => ({ startPeriod: index * 900, limit: index / 10 })),
      ),
    );
    set(told, 2, profile(2, 10));
    expect(stored(told).length).toBeGreaterThan(3);
    told.cut();
    told.storage.content.delete('p/1');
    told.boot();
    told.reconnect();
    expect([limit(told, 1), limit(told, 2)]).toEqual([48, 10]);
    expect(stored(told)).toHaveLength(2);
  });

  test('a store that fails while tidying up harms nothing, and is tidied later', () => {
    const told = world();
    set(told, 0, profile(1, 20));
    told.charge(1, 'A');
    set(told, 1, txProfile(2, 16));
    const { storage } = told;
    const write = storage.write.bind(storage);
    storage.write = (key, text) => {
      if (key.startsWith('p/')) throw new Error('flash failure');
      write(key, text);
    };
    told.tag('A');
    told.unplug(1);
    expect(told.transactions[0]?.stop).toBeDefined();
    expect(limit(told)).toBe(20);
    expect(set(told, 2, profile(3, 10))).toBe('Rejected');
    told.charge(1, 'A');
    expect(limit(told)).toBe(20);
    storage.write = write;
    set(told, 2, profile(3, 10));
    expect([limit(told, 1), limit(told, 2)]).toEqual([20, 10]);
    expect(stored(told)).toHaveLength(3);
  });

  test('1,000 periods over a year, through the store and over the wire', () => {
    const told = world({ keys: { ChargingScheduleMaxPeriods: '1000' }, maxMessageBytes: 65_536 });
    const many = Array.from({ length: 1000 }, (_, index) => ({ startPeriod: index * 31_536, limit: 6 + (index % 26) }));
    expect(set(told, 1, profile(1, many))).toBe('Accepted');
    let reads = 0;
    const { storage } = told;
    const read = storage.read.bind(storage);
    storage.read = (key) => {
      if (key.startsWith('p/')) reads++;
      return read(key);
    };
    const began = performance.now();
    expect(limits(told, 1, 364 * day)).toHaveLength(998);
    const asked = performance.now();
    expect(reads).toBeLessThan(2100);
    reads = 0;
    const [, own] = told.input('getAllCompositeChargingSchedules', 364 * day) as Composite[];
    const both = performance.now();
    console.log(
      `1,000 periods over a year: ${(asked - began).toFixed(1)} ms until the central system has read them, ` +
        `${(both - asked).toFixed(1)} ms and ${reads} reads for the schedules of three connectors as objects.`,
    );
    expect(own!.chargingSchedulePeriod).toHaveLength(998);
  });

  test('bytes of a stored profile of 24 hours', () => {
    const told = world();
    const hours = Array.from({ length: 24 }, (_, index) => ({ startPeriod: index * hour, limit: 6 + index, numberPhases: 3 }));
    set(told, 0, profile(1, hours, { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' }, { duration: day }));
    const bytes = [...told.storage.content].filter(([key]) => key.startsWith('p/')).map(([key, value]) => key.length + value.length);
    console.log(`A daily profile of 24 periods: ${bytes.join(' + ')} bytes in the store.`);
    expect(bytes.reduce((sum, each) => sum + each)).toBeLessThan(280);
  });
});

describe('power cuts at every write', () => {
  interface Sweep {
    readonly name: string;
    readonly prepare: (told: World) => void;
    readonly act: (told: World) => void;
    /** What may be read after the boot: limits of connectors 1 and 2. */
    readonly allowed: readonly string[];
    readonly resume?: boolean;
  }

  const long = Array.from({ length: 119 }, (_, index) => ({ startPeriod: index * hour, limit: 7 }));
  const sweeps: Sweep[] = [
    { name: 'the first profile', prepare: () => {}, act: (told) => set(told, 1, profile(1, long)), allowed: ['48 48', '7 48'] },
    {
      name: 'a replacement',
      prepare: (told) => set(told, 1, profile(1, long)),
      act: (told) =>
        set(
          told,
          1,
          profile(
            1,
            long.map((period) => ({ ...period, limit: 9 })),
          ),
        ),
      allowed: ['7 48', '9 48'],
    },
    {
      name: 'one profile that replaces two',
      prepare: (told) => {
        set(told, 1, profile(1, 7));
        set(told, 2, profile(2, 7));
      },
      act: (told) => set(told, 1, profile(2, 9)),
      allowed: ['7 7', '9 48'],
    },
    {
      name: 'clearing all',
      prepare: (told) => {
        set(told, 1, profile(1, long));
        set(told, 2, profile(2, 7));
      },
      act: (told) => clear(told),
      allowed: ['7 7', '48 48'],
    },
    {
      name: 'the end of a transaction',
      prepare: (told) => {
        set(told, 0, profile(1, 20));
        told.charge(1, 'A');
        set(told, 1, txProfile(2, 7));
      },
      act: (told) => told.tag('A'),
      // Cut before the wish to stop is in flash the transaction goes on, with its profile.
      allowed: ['20 20', '7 20'],
      resume: true,
    },
    {
      name: 'a remote start with a profile',
      prepare: (told) => {
        set(told, 0, profile(1, 20));
        told.plug(1);
      },
      act: (told) => told.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1, chargingProfile: txProfile(2, 7) }),
      allowed: ['20 20', '7 20'],
      resume: true,
    },
  ];

  test('a start that was stored goes on with its profile, although the power was cut before they were bound', () => {
    let bound = 0;
    for (let cut = 1; ; cut++) {
      const told = world({ seed: cut });
      told.plug(1);
      told.advance(5000);
      told.power.cutAt(cut, 'none');
      try {
        told.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1, chargingProfile: txProfile(2, 7) });
        told.advance(5000);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      if (!told.power.off) break;
      // The wallbox itself remembers the session, whether or not it heard that its start was stored.
      const { session } = told.wallbox.sockets[1]!;
      if (session) session.durable = true;
      told.boot();
      told.reconnect();
      if (told.transactions.length === 0) continue;
      expect(told.transactions[0]!.stop).toBeUndefined();
      expect(limit(told)).toBe(7);
      bound++;
    }
    expect(bound).toBeGreaterThan(1);
  });

  test.each(sweeps)('$name', ({ prepare, act, allowed, resume = false }) => {
    const uncut = world();
    prepare(uncut);
    uncut.advance(5000);
    const from = uncut.power.writes;
    act(uncut);
    uncut.advance(5000);
    const writes = uncut.power.writes - from;
    expect(writes).toBeGreaterThan(1);
    const seen = new Set<string>();
    for (let cut = 1; cut <= writes; cut++) {
      for (const tear of tears) seen.add(cutOnce(cut, tear, prepare, act, resume));
    }
    expect([...seen].filter((each) => !allowed.includes(each))).toEqual([]);
    expect(seen.size).toBe(allowed.length);
  });

  /** What is read after a power cut in that write. Whatever a running transaction was promised must still be there. */
  function cutOnce(cut: number, tear: Tear, prepare: (told: World) => void, act: (told: World) => void, resume: boolean): string {
    const told = world({ seed: cut });
    prepare(told);
    told.advance(5000);
    told.power.cutAt(cut, tear);
    try {
      act(told);
      told.advance(5000);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    told.advance(1000);
    told.boot(resume);
    told.reconnect();
    const remote = told.csms.asked.some(({ action }) => action === 'RemoteStartTransaction');
    const runs = told.wallbox.sockets[1]!.session !== undefined;
    const text = `${limit(told, 1)} ${limit(told, 2)}`;
    // A transaction that goes on has its profile, and none that has ended.
    if (resume && (remote || told.wallbox.sessions.length > 0)) expect(text).toBe(runs ? '7 20' : '20 20');
    const pieces =
      told.storage.content
        .get('p/i')
        ?.split(' ')
        .slice(1)
        .filter((entry) => entry[0] !== '!') ?? [];
    const named = pieces.reduce((sum, entry) => sum + Number.parseInt(entry.split('.')[1]!, 36), 0);
    expect(stored(told)).toHaveLength(pieces.length > 0 ? named + 1 : 0);
    return text;
  }
});
