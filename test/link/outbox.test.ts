/** The outbox among others that fail: a reader that throws, a store that refuses, marks of a journal that is gone. */

import { describe, expect, test } from 'vitest';
import { SectorJournal } from '../../hosts/journal.ts';
import type { Host, Parts } from '../../src/host.ts';
import { Clock } from '../../src/link/clock.ts';
import { Deadline, Deadlines } from '../../src/link/deadlines.ts';
import { Outbox, type RecordReader } from '../../src/link/outbox.ts';
import type { Session } from '../../src/link/session.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { TextParts } from '../../src/wire/parts.ts';
import type { Action } from '../../src/wire/types.ts';
import { FlashStandIn, Power, StorageStandIn } from '../flash.ts';

const numbers: Record<string, number> = {
  MessageTimeout: 30,
  TransactionMessageAttempts: 3,
  TransactionMessageRetryInterval: 60,
  MessageQueueSizeThreshold: 1000,
};

/** Flash that stays, and an outbox on it that can be mounted again and again. Records are `s`, `e`, or `p` with a number. */
class Bench {
  time = 0;
  readonly power = new Power();
  readonly flash = new FlashStandIn(this.power, 8);
  readonly storage = new StorageStandIn(this.power);
  readonly deadlines = new Deadlines(1);
  readonly logs: string[] = [];
  readonly dropped: string[] = [];
  readonly sent: { id: string; text: string }[] = [];
  failing = '';
  outbox!: Outbox;

  mount(told = 0): this {
    const journal = new SectorJournal(this.flash);
    const host = {
      now: () => this.time,
      wallClockHint: () => undefined,
      log: (_level: string, text: string) => void this.logs.push(text),
      storage: this.storage,
      journal,
    } as unknown as Host;
    let ids = 0;
    const session = {
      nextId: () => `boot${this.time}-${++ids}`,
      send: (_owner: unknown, _action: Action, id: string, parts: Parts) => void this.sent.push({ id, text: parts.next() ?? '' }),
      close: () => {},
    } as unknown as Session;
    const reader: RecordReader = {
      actionOf: (record) => {
        // Once: what is behind it can be read.
        if (this.failing === 'actionOf' && record[0] === 's') throw new Error('of another version');
        return record[0] === 's'
          ? 'StartTransaction'
          : record[0] === 'e'
            ? 'StopTransaction'
            : record[0] === 'p'
              ? 'MeterValues'
              : undefined;
      },
      partsOf: (_id, _number, record) => {
        if (this.failing === 'partsOf') throw new Error('no text');
        return new TextParts(record);
      },
      isPartOfStart: () => false,
      onConfirmed: () => {
        if (this.failing === 'onConfirmed') throw new Error('no room');
        return true;
      },
      onDropped: (_number, record) => {
        if (this.failing === 'onDropped') throw new Error('no id');
        this.dropped.push(record);
      },
      oldestRefused: () => Number.POSITIVE_INFINITY,
      onThinning: () => {},
      oldestNeeded: () => Number.POSITIVE_INFINITY,
      onRecovered: () => {
        if (this.failing === 'onRecovered') throw new Error('of another version');
      },
      onDated: () => {},
      onJournalLost: () => {},
    };
    const settings = { number: (key: string) => numbers[key] ?? 0 } as unknown as Settings;
    const clock = new Clock(host);
    clock.learn(Date.UTC(2025, 5, 1) + this.time);
    this.outbox = new Outbox(host, settings, this.deadlines, clock, session, reader);
    this.outbox.mount(told);
    this.deadlines.clear(Deadline.Outbox);
    return this;
  }

  append(text: string): void {
    this.outbox.append(`${text},${(1_750_000_000).toString(36)},`, true);
  }

  /** Tells what can be told now, each confirmed at once. */
  tell(most = 1000): number {
    let told = 0;
    for (; told < most && this.outbox.send(); told++) this.outbox.onResult('MeterValues', {});
    return told;
  }
}

describe('a reader that throws', () => {
  test('when a message is made: retried like one that is refused, then given up, and what waits behind it is told', () => {
    const bench = new Bench().mount();
    bench.append('s1');
    bench.append('p2');
    bench.failing = 'partsOf';
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(bench.outbox.send()).toBe(false);
      bench.deadlines.clear(Deadline.Outbox);
    }
    bench.failing = '';
    expect(bench.dropped).toHaveLength(1);
    expect(bench.tell()).toBe(1);
    expect(bench.sent.map(({ text }) => text.slice(0, 2))).toEqual(['p2']);
  });

  test('when a confirmation comes: it is told, and not told again', () => {
    const bench = new Bench().mount();
    bench.append('s1');
    bench.append('p2');
    bench.failing = 'onConfirmed';
    expect(bench.tell()).toBe(2);
    expect(bench.outbox.isEmpty).toBe(true);
    expect(bench.logs.join()).toContain('no room');
  });
});

describe('records that cannot be read', () => {
  test('stop no boot, and nothing behind them', () => {
    const bench = new Bench().mount();
    bench.append('s1');
    bench.append('p2');
    bench.failing = 'onRecovered';
    bench.mount();
    expect(bench.logs.join()).toContain('cannot be read');
    expect(bench.tell()).toBe(2);
  });

  test.each(['actionOf', 'onDropped'])('%s throws: named, passed over, and the next one is told', (failing) => {
    const bench = new Bench().mount();
    bench.append('s1');
    bench.append('p2');
    bench.failing = failing;
    for (let attempt = 0; attempt < 4 && bench.sent.at(-1)?.text.slice(0, 2) !== 'p2'; attempt++) {
      if (bench.outbox.send() && bench.sent.at(-1)?.text.slice(0, 2) === 's1') {
        bench.outbox.onCallError('StartTransaction', 'InternalError');
        bench.deadlines.clear(Deadline.Outbox);
      }
    }
    expect(bench.sent.at(-1)?.text.slice(0, 2)).toBe('p2');
    expect(bench.dropped.length + bench.logs.filter((text) => text.includes('given up')).length).toBe(1);
  });
});

test('TransactionMessageRetryInterval 0: a CALL that is refused for ever is tried once a second, not at the speed of the network', () => {
  const bench = new Bench().mount();
  numbers['TransactionMessageRetryInterval'] = 0;
  numbers['TransactionMessageAttempts'] = 2_147_483_647;
  bench.append('s1');
  for (; bench.time < 10_000; bench.time += 100) {
    if (bench.deadlines.get(Deadline.Outbox) <= bench.time) bench.deadlines.clear(Deadline.Outbox);
    if (bench.outbox.send()) bench.outbox.onCallError('StartTransaction', 'InternalError');
  }
  expect(bench.sent).toHaveLength(10);
  numbers['TransactionMessageRetryInterval'] = 60;
  numbers['TransactionMessageAttempts'] = 3;
});

describe('marks of how far was told', () => {
  test('cost nothing while records come, and one write for many where none comes', () => {
    const bench = new Bench().mount();
    const before = bench.power.storageWrites;
    for (let count = 0; count < 200; count++) {
      bench.append(`p${count}`);
      bench.tell();
    }
    expect(bench.power.storageWrites).toBe(before);
    for (let count = 0; count < 160; count++) bench.append(`p${count}`);
    bench.tell();
    expect(bench.power.storageWrites - before).toBeLessThanOrEqual(10);
  });

  test('however often the power goes, nothing is told more than twice', () => {
    const bench = new Bench().mount();
    for (let count = 0; count < 120; count++) bench.append(`p${count}`);
    for (let round = 1; !bench.outbox.isEmpty; round++) {
      bench.tell(1 + ((round * 7) % 23));
      bench.mount();
    }
    const times = new Map<string, number>();
    for (const { id } of bench.sent) times.set(id, (times.get(id) ?? 0) + 1);
    expect(times.size).toBe(120);
    expect(Math.max(...times.values())).toBeLessThanOrEqual(2);
  });

  test('after noteTold nothing is told twice', () => {
    const bench = new Bench().mount();
    for (let count = 0; count < 30; count++) bench.append(`p${count}`);
    bench.tell(7);
    bench.outbox.noteTold();
    bench.mount().tell();
    expect(new Set(bench.sent.map(({ id }) => id)).size).toBe(30);
    expect(bench.sent).toHaveLength(30);
  });

  test.each([
    ['t/attempts', '500,2'],
    ['t/boot', '500'],
    ['t/boot', '500,k3x'],
    ['told by the reader', ''],
  ])('beyond the end of the journal count for nothing: %s %s', (key, value) => {
    const bench = new Bench();
    if (value !== '') bench.storage.write(key, value);
    bench.storage.write('t/id', 'old');
    bench.mount(value === '' ? 500 : 0);
    for (let count = 0; count < 3; count++) bench.append(`p${count}`);
    expect(bench.tell()).toBe(3);
    expect(bench.sent[0]?.id.startsWith('old')).toBe(false);
    const sent = bench.sent.length;
    for (let count = 0; count < 3; count++) bench.append(`p${count}`);
    bench.mount();
    expect(bench.tell()).toBeGreaterThanOrEqual(3);
    expect(bench.sent.length - sent).toBeLessThanOrEqual(6);
  });

  test('of the version before are read: t/boot with something behind a comma', () => {
    const bench = new Bench().mount();
    for (let count = 0; count < 5; count++) bench.append(`p${count}`);
    bench.storage.write('t/boot', '4,k3x');
    bench.mount();
    expect(bench.tell()).toBe(2);
  });
});
