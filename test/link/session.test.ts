/** The session among others that fail: whatever an owner, the listener or the store does, the conversation goes on. */

import { describe, expect, test } from 'vitest';
import type { Host, Parts } from '../../src/host.ts';
import { Deadline, Deadlines } from '../../src/link/deadlines.ts';
import { type CallOwner, Session, type SessionListener } from '../../src/link/session.ts';
import type { ConnectionSettings } from '../../src/settings/connection.ts';
import type { Settings } from '../../src/settings/settings.ts';

const numbers: Record<string, number> = {
  MessageTimeout: 30,
  HeartbeatInterval: 300,
  WebSocketPingInterval: 54,
  RetryBackoffWaitMinimum: 3,
  RetryBackoffRepeatTimes: 3,
  RetryBackoffRandomRange: 0,
};

class Fails extends Error {}

function fail(): never {
  throw new Fails('as asked');
}

/** A session whose listener throws in everything that `failing` names, and whose store refuses to write. */
class Bench {
  time = 0;
  opened = 0;
  readonly sent: unknown[][] = [];
  readonly heard: string[] = [];
  readonly logs: string[] = [];
  readonly deadlines = new Deadlines(1);
  readonly session: Session;
  readonly owner: CallOwner;

  constructor(failing: readonly string[] = []) {
    const note = (name: string) => {
      this.heard.push(name);
      if (failing.includes(name)) fail();
    };
    const listener = {
      onConnectionOpened: () => note('onConnectionOpened'),
      onConnectionClosed: () => note('onConnectionClosed'),
      onRegistration: () => note('onRegistration'),
      onTime: () => note('onTime'),
      onCall: () => note('onCall'),
      onAnswered: () => note('onAnswered'),
      onLateAnswer: () => note('onLateAnswer'),
    } as unknown as SessionListener;
    const host = {
      now: () => this.time,
      log: (_level: string, text: string) => void this.logs.push(text),
      maxMessageBytes: 8192,
      crypto: { random: (length: number) => new Uint8Array(length) },
      socket: {
        open: () => {
          this.opened++;
          if (failing.includes('open')) fail();
        },
        send: (parts: Parts) => this.sent.push(JSON.parse(parts.next() ?? '')) > 0,
        ping: () => {},
        close: () => {},
      },
    } as unknown as Host;
    const settings = {
      number: (key: string) => numbers[key] ?? 0,
      text: () => '',
      boolean: () => false,
      includes: () => false,
      set: (key: string) => note(`set ${key}`),
    } as unknown as Settings;
    this.session = new Session(
      host,
      settings,
      { current: () => ({ url: 'ws://x/y' }) } as unknown as ConnectionSettings,
      this.deadlines,
      listener,
    );
    this.owner = { onResult: () => note('onResult'), onCallError: () => note('onCallError'), onNoAnswer: () => note('onNoAnswer') };
  }

  open(): this {
    this.session.connect();
    this.session.onOpen();
    return this;
  }

  /** Open, and accepted. */
  accept(): this {
    this.open();
    this.session.callBoot({ chargePointVendor: 'V', chargePointModel: 'M' });
    this.answer({ status: 'Accepted', currentTime: '2025-01-01T00:00:00Z', interval: 60 });
    return this;
  }

  /** Answers the CALL that was sent last. */
  answer(payload: object): void {
    this.session.onText(JSON.stringify([3, this.sent.at(-1)?.[1], payload]), 8192);
  }
}

describe('an owner or listener that throws', () => {
  test('when the link drops: there is a next attempt all the same', () => {
    const bench = new Bench(['onNoAnswer', 'onConnectionClosed']).accept();
    bench.session.call(bench.owner, 'DataTransfer', {});
    expect(() => bench.session.onClosed({ reason: 'network' })).toThrow(Fails);
    expect(bench.heard).toContain('onNoAnswer');
    expect(bench.heard).toContain('onConnectionClosed');
    bench.time = bench.deadlines.get(Deadline.Connect);
    expect(bench.time).toBe(3000);
    bench.session.onDeadline(Deadline.Connect);
    expect(bench.opened).toBe(2);
  });

  test('when a CALLRESULT comes: its owner hears it', () => {
    const bench = new Bench(['onAnswered', 'onTime', 'onRegistration', 'set HeartbeatInterval']).accept();
    expect(bench.session.registration).toBe('Accepted');
    expect(bench.heard).toContain('onRegistration');
    expect(bench.deadlines.get(Deadline.Heartbeat)).toBe(300_000);
    bench.session.call(bench.owner, 'Authorize', {});
    bench.answer({});
    expect(bench.heard.at(-1)).toBe('onResult');
    expect(bench.session.isIdle).toBe(true);
  });

  test.each(['onResult', 'onCallError', 'onNoAnswer'])('in %s: the next CALL may leave', (failing) => {
    const bench = new Bench([failing]).accept();
    bench.session.call(bench.owner, 'Authorize', {});
    if (failing === 'onResult') bench.answer({});
    else if (failing === 'onCallError') bench.session.onText(JSON.stringify([4, bench.sent.at(-1)?.[1], 'GenericError', '', {}]), 8192);
    else bench.session.onDeadline(Deadline.Answer);
    expect(bench.heard.at(-1)).toBe(failing);
    expect(bench.session.isIdle).toBe(true);
    expect(bench.logs.join()).toContain('as asked');
  });
});

test('Rejected while an answer was being made: silence', () => {
  const bench = new Bench().open();
  bench.session.callBoot({ chargePointVendor: 'V', chargePointModel: 'M' });
  const [boot] = bench.sent;
  bench.session.onText('[2,"1","DataTransfer",{"vendorId":"v"}]', 8192);
  bench.session.onText(JSON.stringify([3, boot?.[1], { status: 'Rejected', currentTime: '2025-01-01T00:00:00Z', interval: 60 }]), 8192);
  bench.session.reply('1', { status: 'Accepted' });
  expect(bench.sent).toHaveLength(1);
});

test('a socket that cannot be opened: tried again after the back-off, for ever', () => {
  const bench = new Bench(['open']);
  bench.session.connect();
  for (let attempt = 1; attempt < 5; attempt++) {
    expect(bench.opened).toBe(attempt);
    expect(bench.heard.at(-1)).toBe('onConnectionClosed');
    const next = bench.deadlines.get(Deadline.Connect);
    expect(next - bench.time).toBe(3000 * 2 ** (attempt - 1));
    bench.time = next;
    bench.session.onDeadline(Deadline.Connect);
  }
});
