/** The gate to firmware: whatever a callback, a `done` or an observer does, exactly one answer comes out and the station goes on. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/host.ts';
import { Deadline, Deadlines } from '../../src/link/deadlines.ts';
import { Gate } from '../../src/link/gate.ts';
import { checkLedger, settleUp } from '../ledger.ts';
import { World } from '../world.ts';

class Bench {
  time = 0;
  entered = 0;
  readonly logs: string[] = [];
  readonly deadlines = new Deadlines(1);
  readonly gate: Gate;

  constructor(observe: () => void = () => {}) {
    const host = { now: () => this.time, log: (_level: string, text: string) => void this.logs.push(text) } as unknown as Host;
    const entrance = { enter: () => void this.entered++, leave: () => void this.entered-- };
    this.gate = new Gate(host, { observe }, this.deadlines, entrance, 20);
  }

  /** What comes out of the gate, in order. */
  ask<T>(answer: () => T | Promise<T>, refusing: T, allowed?: readonly string[]): T[] {
    const heard: T[] = [];
    this.gate.whenAnswered(answer, refusing, (value) => heard.push(value), allowed);
    return heard;
  }
}

const statuses = ['Accepted', 'Rejected'];
const never = new Promise<never>(() => {});

describe('answers', () => {
  test.each([
    ['a value', () => true, false, undefined, true],
    ['a throw', () => raise('x'), false, undefined, false],
    ['undefined where a boolean is due', () => undefined, false, undefined, false],
    ['null where a boolean is due', () => null, false, undefined, false],
    ['a text where a boolean is due', () => 'yes', false, undefined, false],
    ['null where an object is due', () => null, { status: 'Rejected' }, undefined, { status: 'Rejected' }],
    ['a status', () => 'Accepted', 'Rejected', statuses, 'Accepted'],
    ['a status that is none', () => 'Perhaps', 'Rejected', statuses, 'Rejected'],
    ['nothing where anything is fine', () => undefined, undefined, undefined, undefined],
  ])('%s', (_name, answer, refusing, allowed, expected) => {
    const bench = new Bench();
    expect(bench.ask(answer as () => unknown, refusing as unknown, allowed)).toEqual([expected]);
  });

  test.each([
    ['kept', () => Promise.resolve(true), true],
    ['kept with undefined', () => Promise.resolve(undefined), false],
    ['broken', () => Promise.reject(new Error('x')), false],
    ['broken with nothing', () => Promise.reject(), false],
  ])('a promise that is %s: one answer, through the entrance, and no alarm is left', async (_name, answer, expected) => {
    const bench = new Bench();
    const heard = bench.ask(answer as () => Promise<unknown>, false as unknown);
    expect(heard).toEqual([]);
    expect(bench.deadlines.get(Deadline.Callback)).toBe(20_000);
    await turns(3);
    expect(heard).toEqual([expected]);
    expect(bench.entered).toBe(0);
    expect(bench.deadlines.isSet(Deadline.Callback)).toBe(false);
  });

  test('a promise that is late: the refusing answer at its deadline, and nothing when it comes at last', async () => {
    const bench = new Bench();
    let keep: (value: boolean) => void = () => {};
    const heard = bench.ask(() => new Promise<boolean>((done) => (keep = done)), false);
    bench.ask(() => never, false);
    bench.time = 19_999;
    bench.gate.onDeadline();
    expect(heard).toEqual([]);
    bench.time = 20_000;
    bench.gate.onDeadline();
    expect(heard).toEqual([false]);
    keep(true);
    await turns(3);
    expect(heard).toEqual([false]);
  });

  test('whoever hears the answer may fail: it is logged', () => {
    const bench = new Bench();
    bench.gate.whenAnswered(
      () => true,
      false,
      () => raise('the store is full'),
    );
    expect(bench.logs.join()).toContain('the store is full');
  });
});

test('what is only told may throw anything, also what has no text, and reject; an observer too', async () => {
  const bench = new Bench(() => raise('watcher'));
  bench.gate.inform(() => raise(Object.create(null)));
  bench.gate.inform(() => Promise.reject(new Error('later')));
  bench.gate.report({ event: 'connected' });
  await turns(3);
  expect(bench.logs).toHaveLength(3);
});

test('firmware that throws wherever it is called harms nothing: the day is billed to the watt-hour', () => {
  const world = new World({ also: ['cancelReservation', 'signalSetChargingProfiles'] });
  for (const name of ['setConnectionTimeout', 'setSystemTime', 'bootNotificationResponse', 'connectionStateChanged']) {
    world.wallbox.always(name, { throws: name });
  }
  for (const name of ['transactionStarted', 'transactionStopped', 'transactionUpdated', 'signalSetChargingProfiles', 'provideToken']) {
    world.wallbox.always(name, { throws: name, acts: true });
  }
  world.boot();
  world.charge(1, 'A');
  world.advance(600_000);
  world.offline();
  world.advance(60_000);
  world.reconnect();
  world.tag('A', [1]);
  world.advance(1000);
  settleUp(world);
  checkLedger(world);
  expect(world.transactions[0]?.stop?.meterStop).toBe(Math.floor(world.wallbox.energy(1) + 0.5));
});

describe('the gate is the only way', () => {
  const root = new URL('../../src', import.meta.url).pathname;

  function files(folder: string): string[] {
    return readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
    });
  }

  /** Calls of firmware code: callbacks by name, handlers, watchers, observers, and `done`. */
  const calls = /\bcallbacks\??\.\w+(\?\.)?\(|\.call\(this\.callbacks|\.handle\(|watcher\.changed\(|\.observe\(|\bdone\??\.?\(/g;

  /** Whether the place lies inside the parentheses of a call of the gate. */
  function isGuarded(text: string, at: number): boolean {
    let depth = 0;
    for (let index = at - 1; index >= 0; index--) {
      if (text[index] === ')') depth++;
      else if (text[index] !== '(') continue;
      else if (depth > 0) depth--;
      else if (/(inform|whenAnswered)(<[^()]*>)?$/.test(text.slice(Math.max(0, index - 80), index))) return true;
    }
    return false;
  }

  /** Firmware code that is handed on here is called from inside the gate by whoever takes it. */
  const handedOn: readonly string[] = [
    'callbacks.ts',
    // Asked by core.ts inside `whenAnswered`.
    'link/data-transfer.ts',
    // `done` was wrapped in `inform` at the door (charge-point.ts).
    'link/requests.ts',
    'access/authorize.ts',
    // `done` is a reply of ours.
    'connector/unlock.ts',
  ];

  test('no other call of firmware in src', () => {
    const wrong: string[] = [];
    let seen = 0;
    for (const path of files(root)) {
      const name = path.slice(root.length + 1);
      const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => ' '.repeat(comment.length));
      for (const match of text.matchAll(calls)) {
        seen++;
        if (name === 'link/gate.ts') continue;
        if (handedOn.includes(name) && !/callbacks\??\.(?!dataTransfer)/.test(match[0])) continue;
        if (!isGuarded(text, match.index)) wrong.push(`${name}: ${match[0]}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(seen).toBeGreaterThan(30);
  });
});

function raise(error: unknown): never {
  throw error;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}
