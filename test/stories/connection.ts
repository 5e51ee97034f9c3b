/** Connecting: back-off, what is not a WebSocket, links that die without a word. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const key = '0123456789abcdef0123456789abcdef';

/** Seconds between the attempts to connect of this boot. */
function waits(world: World): number[] {
  const times = world.attempts.filter((attempt) => attempt.at >= world.bootedAt).map((attempt) => attempt.at / second);
  return times.slice(1).map((time, index) => time - times[index]!);
}

function passwords(world: World): string[] {
  return world.attempts.map(({ address }) => String.fromCharCode(...(address.password ?? [])));
}

export const stories: Story[] = [
  {
    name: 'The back-off doubles up to its last value, and never ends',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.network = 'down';
      world.boot();
      world.advance(3 * minute);
      expect(waits(world)).toEqual([3, 6, 12, 24, 24, 24, 24, 24, 24]);
      world.online();
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'The back-off starts anew after BootNotification was accepted',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.outcomes.push({ refused: true }, { refused: true }, { refused: true });
      world.boot();
      world.advance(30 * second);
      expect(waits(world)).toEqual([3, 6, 12]);
      world.offline();
      world.online();
      world.advance(minute);
      expect(waits(world)).toEqual([3, 6, 12, 12]);
    },
  },
  {
    name: 'RetryBackoff keys act',
    booted: false,
    memoryOnly: true,
    world: { keys: { RetryBackoffWaitMinimum: '5', RetryBackoffRepeatTimes: '1', RetryBackoffRandomRange: '4' } },
    run(world) {
      world.network = 'down';
      world.boot();
      world.advance(minute);
      const [first = 0, next = 0, third = 0] = waits(world);
      expect(first).toBeAtLeast(5);
      expect(first).toBeAtMost(9);
      expect(next).toBeAtLeast(2 * first);
      expect(next).toBeAtMost(2 * first + 4);
      expect(third).toBe(next);
    },
  },
  {
    name: '2: HTTP 404, 429, 503 with Retry-After, 200 and 301: growing back-off, nothing sent, nothing lost',
    booted: false,
    memoryOnly: true,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.boot();
      world.offline();
      world.charge(1, 'A');
      world.advance(second);
      world.outcomes.push({ http: 404 }, { http: 429 }, { http: 503, retryAfter: 40 }, { http: 200 }, { http: 301 });
      const told = world.actions.length;
      world.online();
      const before = world.attempts.length;
      world.advance(90 * second);
      expect(world.actions.length).toBe(told);
      expect(world.attempts.length - before).toBe(5);
      const times = world.attempts.slice(before).map((attempt) => attempt.at / second);
      expect(times.slice(1).map((time, index) => time - times[index]!)).toEqual([6, 12, 40, 24]);
      world.advance(3 * minute);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: '3: 101 without subprotocol: nothing is sent',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.outcomes.push({ noSubprotocol: true }, { noSubprotocol: true });
      world.boot();
      world.advance(5 * second);
      expect(world.frames).toHaveLength(0);
      world.advance(minute);
      expect(waits(world)).toEqual([3, 6]);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: '4: a half-open connection is found by pings; the queue is not told twice',
    memoryOnly: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(30 * second);
      world.blackhole();
      world.advance(28 * second);
      expect(world.attempts).toHaveLength(1);
      world.advance(minute);
      expect(world.attempts.length).toBeAtLeast(2);
      world.online();
      world.advance(3 * minute);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.values).toHaveLength(4);
    },
  },
  {
    name: 'Pongs that stay away close the connection',
    memoryOnly: true,
    run(world) {
      world.pongs = false;
      world.advance(54 * second);
      expect(world.wire.isOpen).toBe(true);
      world.advance(5 * second);
      expect(world.wire.isOpen).toBe(false);
      world.pongs = true;
      world.advance(10 * second);
      expect(world.wire.isOpen).toBe(true);
      world.advance(10 * minute);
      expect(world.attempts).toHaveLength(2);
    },
  },
  {
    name: '21: without pings a dead connection is found by answers that stay away',
    memoryOnly: true,
    world: { keys: { WebSocketPingInterval: '0' } },
    run(world) {
      world.charge(1, 'A');
      world.blackhole();
      world.advance(10 * minute);
      world.online();
      world.reconnect();
      world.advance(2 * minute);
      expect(world.attempts.length).toBeAtLeast(2);
      expect(world.transactions).toHaveLength(1);
      world.tag('A');
      world.advance(minute);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.transactions[0]?.values.length).toBeAtLeast(10);
    },
  },
  {
    name: '5: closed after every StartTransaction: the back-off grows although each connect succeeds',
    memoryOnly: true,
    run(world) {
      world.csms.next('StartTransaction', { close: 1011 }, { close: 1011 }, { close: 1011 }, { close: 1011 });
      world.charge(1, 'A');
      world.advance(2 * minute);
      expect(waits(world)).toEqual([3, 6, 12, 24]);
      expect(world.transactions).toHaveLength(1);
      const starts = world.csms.received.filter((call) => call.action === 'StartTransaction');
      expect(starts).toHaveLength(5);
      for (const start of starts) expect(start.id).toBe(starts[0]?.id);
      expect(world.called('transactionUpdated')).toHaveLength(1);
    },
  },
  {
    name: '60 s of open connection start the back-off anew',
    memoryOnly: true,
    run(world) {
      for (let round = 0; round < 3; round++) {
        world.csms.close(1001);
        world.advance(2 * minute);
      }
      expect(waits(world)).toEqual([3, 120, 120]);
    },
  },
  {
    name: '28: refused with 1008 until the old connection is noticed to be dead',
    memoryOnly: true,
    world: { keys: { ConnectionTimeOut: '0' } },
    run(world) {
      world.offline();
      world.outcomes.push({ close: 1008 }, { close: 1008 }, { close: 1008 });
      world.online();
      world.plug(1);
      world.advance(minute);
      expect(world.wire.isOpen).toBe(true);
      expect(waits(world).length).toBe(4);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
    },
  },
  {
    name: '31: every close code is followed by a new connection',
    memoryOnly: true,
    run(world) {
      for (const code of [1000, 1001, 1002, 1003, 1007, 1009, 1010, 1011, 1012, 1013, 3000, 4999]) {
        world.csms.close(code);
        world.advance(5 * minute);
        expect(world.wire.isOpen, `after ${code}`).toBe(true);
      }
      expect(world.sent('BootNotification')).toHaveLength(1);
    },
  },
  {
    name: 'An answer that stays away is waited for MessageTimeout seconds; then the next CALL leaves',
    world: { keys: { MessageTimeout: '10' } },
    run(world) {
      world.csms.next('Authorize', { silent: true });
      world.plug(1);
      world.tag('A');
      world.plug(2);
      world.advance(9 * second);
      expect(world.statuses(2)).toEqual(['Available']);
      world.advance(second);
      expect(world.statuses(2)).toEqual(['Available', 'Preparing']);
    },
  },
  {
    name: 'disconnect stays away until connect',
    memoryOnly: true,
    run(world) {
      world.input('disconnect');
      world.advance(10 * minute);
      expect(world.wire.isOpen).toBe(false);
      expect(world.attempts).toHaveLength(1);
      world.input('connect');
      world.advance(second);
      expect(world.wire.isOpen).toBe(true);
      expect(world.called('connectionStateChanged')).toEqual([[true], [false], [true]]);
    },
  },
  {
    name: 'A new AuthorizationKey: answered first, then reconnected with it, and proven',
    memoryOnly: true,
    world: { keys: { AuthorizationKey: 'old-password-0000' } },
    run(world) {
      world.configure('AuthorizationKey', 'new-password-1111');
      world.advance(second);
      expect(passwords(world)).toEqual(['old-password-0000', 'new-password-1111']);
      expect(world.sent('BootNotification')).toHaveLength(1);
      expect(world.sent('Heartbeat')).toHaveLength(1);
      world.reboot();
      expect(passwords(world)[2]).toBe('new-password-1111');
      expect(world.request('GetConfiguration', { key: ['AuthorizationKey'] }).payload).toEqual({ unknownKey: ['AuthorizationKey'] });
    },
  },
  {
    name: '25: the network fails between AuthorizationKey and the reconnect: both keys are tried, new first',
    memoryOnly: true,
    world: { keys: { AuthorizationKey: 'old-password-0000' } },
    run(world) {
      world.csms.request('ChangeConfiguration', { key: 'AuthorizationKey', value: 'new-password-1111' });
      world.network = 'down';
      world.advance(minute);
      world.cut();
      world.online();
      world.outcomes.push({ http: 401 });
      world.reboot();
      world.advance(minute);
      expect(world.wire.isOpen).toBe(true);
    },
  },
  {
    name: '30: a hexadecimal AuthorizationKey is tried as bytes, then as text; what worked is remembered',
    memoryOnly: true,
    world: { keys: { AuthorizationKey: key } },
    booted: false,
    run(world) {
      world.outcomes.push({ http: 401 });
      world.boot();
      world.advance(10 * second);
      expect(world.attempts.map(({ address }) => address.password?.length)).toEqual([16, 32]);
      expect(world.attempts[0]?.address.user).toBe('CP 1');
      world.reboot();
      expect(world.attempts[2]?.address.password?.length).toBe(32);
    },
  },
  ...['false', 'true'].map(
    (queueing): Story => ({
      name: `After a reconnect with nothing to tell Heartbeats go on, and a dead link is found (QueueAllMessages ${queueing})`,
      memoryOnly: true,
      world: { keys: { WebSocketPingInterval: '0', QueueAllMessages: queueing } },
      run(world) {
        world.offline();
        world.online();
        world.advance(10 * second);
        const heartbeats = world.sent('Heartbeat').length;
        world.advance(11 * minute);
        expect(world.sent('Heartbeat').length).toBe(heartbeats + 2);
        world.offline();
        world.online();
        world.advance(10 * second);
        const attempts = world.attempts.length;
        world.blackhole();
        world.advance(15 * minute);
        expect(world.attempts.length).toBeAtLeast(attempts + 1);
        world.offline();
        world.online();
        world.advance(10 * minute);
        expect(world.wire.isOpen).toBe(true);
      },
    }),
  ),
  {
    name: 'The back-off and Retry-After end at one hour',
    booted: false,
    memoryOnly: true,
    world: { keys: { RetryBackoffWaitMinimum: '1000', RetryBackoffRepeatTimes: '30' } },
    run(world) {
      world.outcomes.push({ http: 503, retryAfter: 1_000_000 }, { refused: true }, { refused: true }, { refused: true }, { refused: true });
      world.boot();
      world.advance(5 * 60 * minute);
      expect(waits(world)).toEqual([3600, 2000, 3600, 3600, 3600]);
      expect(world.wire.isOpen).toBe(true);
    },
  },
  {
    name: 'At most 32 CALLs wait for an answer of the firmware; the next ones are refused, and the 32 are answered',
    memoryOnly: true,
    world: { also: ['dataTransfer'] },
    run(world) {
      world.wallbox.always('dataTransfer', { value: { status: 'Accepted' }, after: 10 });
      const asked: ReturnType<World['request']>[] = [];
      for (let count = 0; count < 3000; count++) asked.push(world.csms.request('DataTransfer', { vendorId: 'v' }));
      world.advance(second);
      expect(asked.filter(({ error }) => error === 'GenericError')).toHaveLength(3000 - 32);
      world.advance(20 * second);
      expect(asked.filter(({ payload }) => payload?.['status'] === 'Accepted')).toHaveLength(32);
      world.wallbox.always('dataTransfer');
      expect(world.request('DataTransfer', { vendorId: 'v' }).payload).toEqual({ status: 'Accepted' });
    },
  },
  {
    name: 'A CALL that is too long is answered by its id',
    memoryOnly: true,
    run(world) {
      const list = {
        listVersion: 1,
        updateType: 'Full',
        localAuthorizationList: new Array(400).fill({ idTag: 'ABCDEFGHIJ', idTagInfo: { status: 'Accepted' } }),
      };
      const asked = world.request('SendLocalList', list);
      world.advance(second);
      expect(asked.error).toBe('GenericError');
      expect(world.request('ClearCache').payload).toEqual({ status: 'Accepted' });
    },
  },
  {
    name: 'null for what may be absent, dates without seconds and with a comma',
    memoryOnly: true,
    world: { also: ['reserveNow'] },
    run(world) {
      world.wallbox.always('reserveNow', { value: 'Accepted' });
      expect(world.request('GetConfiguration', { key: null }).payload?.['unknownKey']).toBe(undefined);
      expect(world.request('TriggerMessage', { requestedMessage: 'Heartbeat', connectorId: null }).payload).toEqual({ status: 'Accepted' });
      for (const [reservationId, expiryDate] of [
        [1, '2025-01-01T00:30Z'],
        [2, '2025-01-01T00:30:00,5Z'],
      ] as const) {
        const payload = { connectorId: reservationId, expiryDate, idTag: 'A', parentIdTag: null, reservationId };
        expect(world.request('ReserveNow', payload).payload).toEqual({ status: 'Accepted' });
      }
      world.advance(31 * minute);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Available']);
    },
  },
  {
    name: 'DataTransfer of the firmware: an unknown status is Rejected, and what waits is bounded',
    memoryOnly: true,
    run(world) {
      world.csms.next(
        'DataTransfer',
        { payload: { status: 'Perhaps', data: 'x' } },
        { payload: { status: 'UnknownVendorId', data: 7 } },
        { payload: {} },
      );
      const heard = [1, 2, 3].map(() => world.dataTransfer('v'));
      world.advance(second);
      expect(heard.map(({ answers }) => answers)).toEqual([
        [{ status: 'Rejected', data: 'x' }],
        [{ status: 'UnknownVendorId', data: '7' }],
        [{ status: 'Rejected' }],
      ]);
      world.csms.next('DataTransfer', { after: 5 });
      const many = new Array(50).fill('v').map((vendor) => world.dataTransfer(vendor));
      world.advance(second);
      expect(many.filter(({ answers }) => answers.length > 0 && answers[0] === undefined).length).toBeAtLeast(40);
      world.advance(minute);
      expect(many.filter(({ answers }) => answers.length === 1)).toHaveLength(50);
      expect(many.filter(({ answers }) => answers[0] !== undefined).length).toBeAtLeast(8);
    },
  },
];
