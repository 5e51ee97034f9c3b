/** The shares of the station's limit: each rule in a row, what time and the meter do to them, and that nobody ever gets more than there is. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Allotment, allot, type Share } from '../../src/energy/allotment.ts';

describe('who gets how much', () => {
  // Tenths of A.
  const rows: [rule: string, limit: number, wishes: number[], given: number[]][] = [
    ['nobody wishes', 160, [], []],
    ['one gets all that is whole', 165, [480], [160]],
    ['two get equal shares', 160, [480, 480], [80, 80]],
    ['shares are whole amperes', 250, [480, 480], [120, 120]],
    ['never below 6 A: who began first keeps his', 160, [480, 480, 480], [80, 80, 0]],
    ['just 6 A for each', 180, [480, 480, 480], [60, 60, 60]],
    ['one below 6 A for two', 119, [480, 480], [110, 0]],
    ['less than 6 A is nothing', 59, [480, 480], [0, 0]],
    ['nothing', 0, [480], [0]],
    ["what a lower limit leaves goes to the other's", 320, [100, 480], [100, 220]],
    ['in any order', 320, [480, 100], [220, 100]],
    ['a lower limit in tenths', 320, [104, 480], [104, 210]],
    ['two lower ones', 400, [60, 480, 100], [60, 240, 100]],
    ['a limit below 6 A of its own is its own affair', 160, [40, 480], [40, 120]],
    ['a limit of 0 of its own', 160, [0, 480, 480], [0, 80, 80]],
    ['who waits holds up those behind', 130, [480, 480, 40], [60, 60, 0]],
    ['enough for all', 1000, [320, 160, 104], [320, 160, 104]],
  ];

  test.each(rows)('%s', (_rule, limit, wishes, given) => {
    expect(allot(limit, wishes)).toEqual(given);
  });

  test('property: never more than there is, nobody more than he wishes or less than 6 A, and equal where nobody wishes less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1300 }), fc.array(fc.integer({ min: 0, max: 640 }), { maxLength: 16 }), (limit, wishes) => {
        const given = allot(limit, wishes);
        expect(given.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(limit);
        const waits = given.findIndex((each, index) => each === 0 && wishes[index]! > 0);
        for (let index = 0; index < wishes.length; index++) {
          if (waits >= 0 && index >= waits) expect(given[index]).toBe(0);
          else {
            expect(given[index]).toBeLessThanOrEqual(wishes[index]!);
            expect(given[index]).toBeGreaterThanOrEqual(Math.min(60, wishes[index]!));
            // Whoever does not get his wish gets whole amperes, and as much as anybody.
            if (given[index]! < wishes[index]!) {
              expect(given[index]! % 10).toBe(0);
              expect(given[index]).toBe(Math.max(...given.filter((each, other) => each < wishes[other]!)));
            }
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** A station whose cars begin, end and draw. */
class Station {
  readonly allotment = new Allotment();
  now = 0;
  limit: number;
  review = Number.POSITIVE_INFINITY;
  /** Own limits of those that charge, in the order in which they began. */
  readonly charging = new Map<number, { start: number; most: number }>();
  private starts = 0;

  constructor(limit: number) {
    this.limit = limit;
    this.settle();
  }

  settle(): void {
    const shares: Share[] = [];
    for (const [connector, { start, most }] of this.charging) shares.push(this.allotment.enter(connector, start, most, this.now));
    this.review = this.allotment.share(this.limit, shares, this.now);
  }

  begin(connector: number, most = 320): void {
    this.charging.set(connector, { start: ++this.starts, most });
    this.settle();
  }

  end(connector: number): void {
    this.charging.delete(connector);
    this.settle();
  }

  uses(connector: number, used: number): void {
    if (this.allotment.onUsed(connector, used, this.now)) this.settle();
  }

  /** As the core's alarm: looks again when it was asked to, and only then. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.review <= end) {
      this.now = Math.max(this.now, this.review);
      this.settle();
    }
    this.now = end;
  }

  get told(): number[] {
    return [1, 2, 3].map((connector) => this.allotment.toldTo(connector));
  }
}

describe('time and the meter', () => {
  test('a second car waits until the first has followed: its meter says so', () => {
    const station = new Station(160);
    expect(station.told).toEqual([160, 160, 160]);
    station.begin(1);
    expect(station.told).toEqual([160, 0, 0]);
    station.uses(1, 158);
    station.begin(2);
    expect(station.told).toEqual([80, 0, 0]);
    station.uses(1, 158);
    expect(station.told).toEqual([80, 0, 0]);
    station.uses(1, 79);
    expect(station.told).toEqual([80, 80, 0]);
  });

  test('or 5 s have passed', () => {
    const station = new Station(160);
    station.begin(1);
    station.begin(2);
    station.advance(4999);
    expect(station.told).toEqual([80, 0, 0]);
    station.advance(1);
    expect(station.told).toEqual([80, 80, 0]);
    station.end(1);
    expect(station.told).toEqual([0, 160, 0]);
  });

  test('a third car waits for its turn', () => {
    const station = new Station(160);
    for (const connector of [3, 1, 2]) station.begin(connector);
    station.advance(6000);
    expect(station.told).toEqual([80, 0, 80]);
    station.end(3);
    expect(station.told).toEqual([80, 80, 0]);
  });

  test('what is unused for 60 s goes to the other, who gives it back before it is drawn again', () => {
    const station = new Station(320);
    station.begin(1);
    station.begin(2);
    station.advance(5000);
    expect(station.told.slice(0, 2)).toEqual([160, 160]);
    station.uses(2, 158);
    station.uses(1, 72);
    station.advance(59_999);
    expect(station.told.slice(0, 2)).toEqual([160, 160]);
    station.advance(1);
    expect(station.told.slice(0, 2)).toEqual([100, 160]);
    station.advance(5000);
    expect(station.told.slice(0, 2)).toEqual([100, 220]);
    station.uses(1, 74);
    station.uses(2, 215);
    station.advance(200_000);
    expect(station.told.slice(0, 2)).toEqual([100, 220]);
    // It wants more: the other goes back first.
    station.uses(1, 95);
    expect(station.told.slice(0, 2)).toEqual([100, 160]);
    station.uses(2, 160);
    expect(station.told.slice(0, 2)).toEqual([160, 160]);
  });

  test('a car that sleeps keeps 6 A to wake up with; where nobody wants more nothing is taken', () => {
    const station = new Station(400);
    station.begin(1);
    station.uses(1, 0);
    station.advance(600_000);
    expect(station.told[0]).toBe(320);
    station.begin(2);
    station.advance(66_000);
    expect(station.told.slice(0, 2)).toEqual([60, 320]);
    station.uses(1, 55);
    station.advance(5000);
    expect(station.told.slice(0, 2)).toEqual([200, 200]);
  });

  test('one car alone keeps all that there is, also when it sleeps', () => {
    const station = new Station(160);
    station.begin(1);
    station.uses(1, 0);
    station.advance(600_000);
    expect(station.review).toBe(Number.POSITIVE_INFINITY);
    expect(station.told[0]).toBe(160);
    station.begin(2);
    expect(station.told.slice(0, 2)).toEqual([60, 0]);
    station.advance(5000);
    expect(station.told.slice(0, 2)).toEqual([60, 100]);
  });

  test('a use that grew while there was enough for all is not cut when it gets short', () => {
    const station = new Station(250);
    station.begin(1);
    station.begin(2);
    station.uses(1, 0);
    station.advance(70_000);
    expect(station.told[0]).toBe(60);
    station.limit = 800;
    station.settle();
    station.uses(1, 150);
    station.limit = 400;
    station.settle();
    expect(station.told[0]).toBe(200);
  });

  test('property: the cars together never draw more than there is, however slowly they follow and whatever their meters say', () => {
    const event = fc.oneof(
      fc.record({ what: fc.constant('begin' as const), connector: fc.integer({ min: 1, max: 4 }), most: fc.integer({ min: 0, max: 400 }) }),
      fc.record({ what: fc.constant('end' as const), connector: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        what: fc.constant('read' as const),
        connector: fc.integer({ min: 1, max: 4 }),
        part: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ what: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 70_000 }) }),
      fc.record({ what: fc.constant('own' as const), connector: fc.integer({ min: 1, max: 4 }), most: fc.integer({ min: 0, max: 400 }) }),
      fc.record({ what: fc.constant('limit' as const), limit: fc.integer({ min: 0, max: 700 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), fc.array(event, { maxLength: 60 }), (limit, events) => {
        const station = new Station(limit);
        /** What a car may be drawing: what it was told, or what it was told before it could follow. */
        const drawn = new Map<number, { amperes: number; told: number; since: number }>();
        let limitSince = Number.NEGATIVE_INFINITY;
        const look = () => {
          let told = 0;
          let sum = 0;
          for (const connector of station.charging.keys()) {
            const now = station.allotment.toldTo(connector);
            const car = drawn.get(connector) ?? { amperes: 0, told: 0, since: station.now };
            if (now < car.told) car.since = station.now;
            car.told = now;
            car.amperes = station.now - car.since >= 5000 ? now : Math.max(car.amperes, now);
            drawn.set(connector, car);
            told += now;
            sum += car.amperes;
          }
          expect(told).toBeLessThanOrEqual(station.limit);
          // A limit that falls is followed, too; until then the cars cannot help it.
          if (station.now - limitSince >= 5000) expect(sum).toBeLessThanOrEqual(station.limit);
          for (const connector of [1, 2, 3, 4]) {
            if (station.charging.has(connector)) continue;
            drawn.delete(connector);
            expect(told + station.allotment.toldTo(connector)).toBeLessThanOrEqual(station.limit);
          }
        };
        for (const each of events) {
          if (each.what === 'begin' && !station.charging.has(each.connector)) station.begin(each.connector, each.most);
          if (each.what === 'end' && station.charging.has(each.connector)) station.end(each.connector);
          if (each.what === 'own' && station.charging.has(each.connector)) {
            station.charging.get(each.connector)!.most = each.most;
            station.settle();
          }
          if (each.what === 'limit') {
            if (each.limit < station.limit) limitSince = station.now;
            station.limit = each.limit;
            station.settle();
          }
          if (each.what === 'read' && station.charging.has(each.connector)) {
            const car = drawn.get(each.connector)!;
            car.amperes = Math.floor(car.amperes * each.part);
            const used = car.amperes;
            // What it draws now it may keep; it draws up to what it is told at once.
            station.uses(each.connector, used);
          }
          if (each.what === 'pass') {
            const end = station.now + each.time;
            while (station.review <= end) {
              station.advance(Math.max(0, station.review - station.now));
              look();
            }
            station.advance(end - station.now);
          }
          look();
        }
      }),
      { numRuns: 1500 },
    );
  });
});
