/** The Host of the device over stand-ins of Moddable's modules: clock, alarm, storage, journal, random bytes and log. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ModdableHost, type Platform } from '../../hosts/moddable/host.ts';
import { Network } from '../../hosts/moddable/network.ts';

const day = 24 * 3600 * 1000;

/** One object for everything: a clock in 32 bits, one repeating timer, NVS in memory, a partition of four sectors. */
class Board implements Platform {
  milliseconds = 0x7fffff00;
  readonly lines: string[] = [];
  readonly spaces = new Map<string, Map<string, string>>();
  readonly bytes = new Uint8Array(4 * 4096).fill(0xff);
  isBroken = false;
  private wake: { callback: () => void; at: number; repeat: number } | undefined;
  private word = 0x04030201;

  readonly network = new Network(class {} as never);
  readonly codec = { encode: () => new Uint8Array(0), decode: () => '' };
  readonly random = () => (this.word = (this.word + 0x10101010) | 0);
  readonly trace = (line: string) => {
    this.lines.push(line);
  };
  readonly wallClockHint = () => 123;

  get time(): ModdableTimeModule {
    return { ticks: this.milliseconds | 0, delta: (start, end) => ((end ?? this.milliseconds | 0) - start) | 0 };
  }

  readonly timer: ModdableTimerModule = {
    set: (callback, delay = 0, repeat = 0) => {
      this.wake = { callback, at: this.milliseconds + delay, repeat };
      return this.wake as unknown as ModdableTimer;
    },
    schedule: (_timer, delay, repeat = 0) => {
      if (delay < 0 || delay >= 2 ** 31) throw new RangeError(`delay ${delay}`);
      this.wake!.at = this.milliseconds + delay;
      this.wake!.repeat = repeat;
    },
    clear: () => {
      throw new Error('the alarm is one timer for ever');
    },
  };

  readonly keyValue: ModdableKeyValueModule = {
    open: ({ path }) => {
      if (this.isBroken) throw new Error('ESP_ERR_NVS_NOT_INITIALIZED');
      const space = this.spaces.get(path) ?? new Map<string, string>();
      this.spaces.set(path, space);
      return {
        read: (key) => space.get(key),
        write: (key, value) => void space.set(key, value),
        delete: (key) => void space.delete(key),
        close: () => {
          this.closed++;
        },
        [Symbol.iterator]: () => space.keys(),
      };
    },
  };
  closed = 0;

  readonly flash: ModdableFlashModule = {
    open: ({ path }) => {
      if (path !== 'journal') throw new Error("can't find partition");
      return {
        read: (length, offset) => this.bytes.slice(offset, offset + length).buffer,
        write: (buffer, offset) => {
          for (let i = 0; i < buffer.length; i++) this.bytes[offset + i]! &= buffer[i]!;
        },
        eraseBlock: (start) => void this.bytes.fill(0xff, start * 4096, (start + 1) * 4096),
        status: () => ({ size: this.bytes.length, blockLength: 4096, blocks: 4 }),
      };
    },
  };

  /** Time passes, with the timer firing. Returns how often it did. */
  sleep(ms: number): number {
    const end = this.milliseconds + ms;
    let fired = 0;
    while (this.wake && this.wake.at <= end) {
      this.milliseconds = Math.max(this.milliseconds, this.wake.at);
      this.wake.at += this.wake.repeat;
      fired++;
      this.wake.callback();
    }
    this.milliseconds = end;
    return fired;
  }
}

let board: Board;
let host: ModdableHost;
let alarms: number[];

beforeEach(() => {
  board = new Board();
  host = new ModdableHost(board, { journal: 'journal' });
  alarms = [];
  host.attach({ onAlarm: () => alarms.push(host.now()) });
});

describe('clock and alarm', () => {
  it('starts at 0 and does not wrap: not with the ticks, and not while nobody asks for months', () => {
    expect(host.now()).toBe(0);
    board.sleep(1000);
    expect(host.now()).toBe(1000);
    expect(board.sleep(100 * day)).toBe(5);
    expect(host.now()).toBe(100 * day + 1000);
    expect(alarms).toEqual([]);
  });

  it('wakes once, at the time of the last alarm, also after more than the longest sleep', () => {
    host.alarm(5000);
    host.alarm(2000.5);
    board.sleep(10_000);
    host.alarm(60 * day);
    board.sleep(70 * day);
    host.alarm(0);
    board.sleep(0);
    host.alarm(host.now() + 1);
    host.alarm(undefined);
    board.sleep(day);
    expect(alarms).toEqual([2001, 60 * day, 70 * day + 10_000]);
  });

  it('lets no exception out', () => {
    host.attach({
      onAlarm() {
        throw new Error('bug');
      },
    });
    host.alarm(10);
    board.sleep(10);
    expect(board.lines).toEqual(['error onAlarm failed: Error: bug\n']);
  });
});

describe('storage', () => {
  it('is a namespace for each shelf, which is closed after each use', () => {
    host.write('t/1', 'one');
    host.write('t/1', 'two');
    host.write('c/a.b_c-d', '');
    expect([host.read('t/1'), host.read('c/a.b_c-d'), host.read('t/2')]).toEqual(['two', '', undefined]);
    expect(host.keys('t')).toEqual(['t/1']);
    expect([...board.spaces.keys()]).toEqual(['ocpp-t', 'ocpp-c']);
    host.remove('t/1');
    host.remove('t/1');
    expect(host.keys('t')).toEqual([]);
    expect(board.closed).toBe(10);
  });

  it('has the limits of every host', () => {
    expect(() => host.read('t/name-of-17-chars')).toThrow(RangeError);
    expect(() => host.write('T/1', 'x')).toThrow(RangeError);
    expect(() => host.write('t/1', 'x'.repeat(1985))).toThrow(RangeError);
    expect(() => host.write('t/1', 'a\nb')).toThrow(RangeError);
    expect(() => host.keys('tt')).toThrow(RangeError);
    for (let i = 0; i < 256; i++) host.write(`t/${i}`, 'x');
    expect(() => host.write('t/256', 'x')).toThrow(RangeError);
    host.write('t/255', 'y');
    host.write('u/256', 'x');
  });

  it('reads nothing from a store that fails, and says that writing failed', () => {
    board.isBroken = true;
    expect(host.read('t/1')).toBeUndefined();
    expect(board.lines).toEqual(['error reading t/1: Error: ESP_ERR_NVS_NOT_INITIALIZED\n']);
    expect(() => host.write('t/1', 'x')).toThrow('ESP_ERR_NVS_NOT_INITIALIZED');
  });
});

it('keeps the journal in its partition over boots', () => {
  for (let i = 0; i < 20; i++) host.journal.release(host.journal.append('x'.repeat(1000)) - 2);
  host.journal.append('last');
  const again = new ModdableHost(board, { journal: 'journal' });
  expect([again.journal.first, again.journal.next, again.journal.read(21)]).toEqual([18, 22, 'last']);
  expect(() => new ModdableHost(board, { journal: 'elsewhere' })).toThrow("can't find partition");
});

it('takes random bytes four at a time', () => {
  expect([...host.random(6)]).toEqual([0x11, 0x12, 0x13, 0x14, 0x21, 0x22]);
  expect(host.random(0)).toHaveLength(0);
});

it('traces up to its level, and knows its numbers', () => {
  for (const level of ['error', 'warn', 'info', 'debug'] as const) host.log(level, 'text');
  expect(board.lines).toEqual(['error text\n', 'warn text\n', 'info text\n']);
  expect([host.maxMessageBytes, host.localListCapacity, host.cacheCapacity, host.wallClockHint()]).toEqual([8192, 500, 300, 123]);
});
