/** Dates of boots that learnt the time late or never: what stands behind a record in the journal says when it was. */

import { describe, expect, test } from 'vitest';
import { SectorJournal } from '../../hosts/journal.ts';
import type { Host } from '../../src/host.ts';
import { Clock } from '../../src/link/clock.ts';
import { Dating, stampOf } from '../../src/link/dating.ts';
import { FlashStandIn, Power } from '../flash.ts';

const june = Date.UTC(2025, 5, 1);
const minute = 60_000;

/** One boot after the other on the same journal. */
class Boots {
  private readonly flash = new FlashStandIn(new Power(), 8);
  journal!: SectorJournal;
  clock!: Clock;
  dating!: Dating;
  now = 0;

  boot(): this {
    this.now = 0;
    this.journal = new SectorJournal(this.flash);
    const host = { now: () => this.now, wallClockHint: () => undefined, log: () => {}, journal: this.journal } as unknown as Host;
    this.clock = new Clock(host);
    this.dating = new Dating(host, this.clock, { store: (record) => void this.journal.append(record) });
    return this;
  }

  /** A record of this moment of the boot; its number. */
  record(at: number): number {
    this.now = at;
    this.dating.prepare();
    return this.journal.append(`p,${this.clock.stamp(at)},`);
  }

  learn(unix: number): void {
    this.clock.learn(unix);
    this.dating.settle();
  }

  dateOf(number: number): number {
    return this.dating.dateOf(number, stampOf(this.journal.read(number) ?? ''));
  }
}

describe('a boot that', () => {
  test('learns the time late: now minus what has passed', () => {
    const boots = new Boots().boot();
    const early = boots.record(minute);
    boots.now = 10 * minute;
    boots.learn(june);
    expect(boots.dateOf(early)).toBe(june - 9 * minute);
    // It stays so, whatever the clock does, and in any later boot.
    boots.now = 20 * minute;
    boots.clock.learn(june + 24 * 60 * minute);
    expect(boots.dateOf(early)).toBe(june - 9 * minute);
    boots.boot();
    expect(boots.dateOf(early)).toBe(june - 9 * minute);
  });

  test.each([1, 2, 3])('never learnt it, %i in a row: as late as the next known time and their own uptimes allow', (count) => {
    const boots = new Boots();
    const numbers: number[] = [];
    for (let each = 0; each < count; each++) {
      boots.boot();
      numbers.push(boots.record(minute), boots.record(3 * minute));
    }
    boots.boot();
    boots.now = 5 * minute;
    boots.learn(june + 5 * minute);
    const dates = numbers.map((number) => boots.dateOf(number));
    for (let each = 0; each < count; each++) {
      const end = june - (count - 1 - each) * 3 * minute;
      expect(dates.slice(2 * each, 2 * each + 2)).toEqual([end - 2 * minute, end]);
    }
    boots.boot();
    expect(numbers.map((number) => boots.dateOf(number))).toEqual(dates);
  });

  test('has records of its own when the chain is solved: all by its beginning', () => {
    const boots = new Boots().boot();
    const first = boots.record(2 * minute);
    boots.boot();
    const second = boots.record(minute);
    boots.now = 2 * minute;
    boots.learn(june);
    expect(boots.dateOf(first)).toBe(june - 2 * minute);
    expect(boots.dateOf(second)).toBe(june - minute);
  });

  test('is accepted without a time: never before 2025, and what was dated once stays when the truth comes', () => {
    const boots = new Boots().boot();
    const number = boots.record(minute);
    expect(boots.dating.isOpen(number, stampOf(boots.journal.read(number) ?? ''))).toBe(true);
    boots.dating.settle();
    const date = boots.dateOf(number);
    expect(date).toBe(Date.UTC(2025, 0, 1) + minute);
    const later = boots.record(2 * minute);
    boots.learn(june);
    expect([boots.dateOf(number), boots.dateOf(later)]).toEqual([date, june]);
    boots.boot();
    expect([boots.dateOf(number), boots.dateOf(later)]).toEqual([date, june]);
  });
});

test('a moment of an older boot, kept elsewhere and later than its last record, is over when this boot begins', () => {
  const boots = new Boots().boot();
  const number = boots.record(minute);
  boots.boot();
  expect(boots.dating.stampAgain(number, '~' + (5 * minute).toString(36))).toBe('~0');
  expect(boots.dating.stampAgain(number, '~' + (minute / 2).toString(36))).toBe('~' + (-minute / 2).toString(36));
});

test('the lower bound of the time is the newest date in the journal and what its boot lasted after it', () => {
  const boots = new Boots().boot();
  boots.record(minute);
  boots.record(4 * minute);
  boots.learn(june);
  boots.boot();
  expect(boots.clock.lowerBoundAt(0)).toBe(june);
  boots.record(7 * minute);
  boots.boot();
  expect(boots.clock.lowerBoundAt(minute)).toBe(june + 8 * minute);
});

test('a clock that ran ahead raises nothing for good', () => {
  const boots = new Boots().boot();
  boots.learn(june + 24 * 60 * minute);
  boots.record(0);
  boots.learn(june);
  boots.record(minute);
  boots.boot();
  expect(boots.clock.lowerBoundAt(0)).toBe(june + minute);
});
