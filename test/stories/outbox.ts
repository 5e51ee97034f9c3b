/** What must arrive: attempts, time-outs, ids of retries, answers that cannot be used. */

import type { Received } from '../central-system.ts';
import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;

function calls(world: World, action: string): Received[] {
  return world.csms.received.filter((call) => call.action === action);
}

function times(world: World, action: string): number[] {
  return calls(world, action).map((call) => call.at / second);
}

function ids(world: World, action: string): number {
  return new Set(calls(world, action).map((call) => call.id)).size;
}

export const stories: Story[] = [
  {
    name: 'CALLERROR to StartTransaction: attempts at once, after 1 and after 2 intervals, each with a new id; then given up',
    losesSamples: true,
    run(world) {
      world.csms.always('StartTransaction', { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(10 * minute);
      expect(times(world, 'StartTransaction')).toEqual([0, 60, 180]);
      expect(ids(world, 'StartTransaction')).toBe(3);
      expect(world.called('transactionUpdated')).toMatch([[1, 'S1', undefined, { status: 'Invalid' }]]);
      expect(world.events.filter((event) => event.event === 'dropped')).toMatch([{ action: 'StartTransaction', reason: 'InternalError' }]);
      expect(world.request('RemoteStopTransaction', { transactionId: -1 }).payload).toEqual({ status: 'Rejected' });
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.csms.looseValues.length).toBeAtLeast(10);
      for (const values of world.csms.looseValues) expect(values.transactionId).toBe(-1);
      expect(world.csms.looseStops).toMatch([{ transactionId: -1, reason: 'Local' }]);
    },
  },
  {
    name: 'TransactionMessageAttempts 1 and 0: one transmission',
    losesSamples: true,
    run(world) {
      for (const attempts of ['1', '0']) {
        world.configure('TransactionMessageAttempts', attempts);
        world.csms.next('StartTransaction', { error: 'GenericError' });
        world.charge(1, 'A');
        world.advance(5 * minute);
        world.tag('A');
        world.unplug(1);
        world.advance(11 * second);
      }
      expect(calls(world, 'StartTransaction')).toHaveLength(2);
      expect(world.csms.looseStops).toHaveLength(2);
    },
  },
  {
    name: 'CALLERROR to StopTransaction: retried, then given up; the next transaction is told',
    run(world) {
      world.charge(1, 'A');
      world.csms.always('StopTransaction', { error: 'InternalError' });
      world.tag('A');
      world.unplug(1);
      world.advance(10 * minute);
      expect(calls(world, 'StopTransaction')).toHaveLength(3);
      world.csms.behave();
      world.charge(1, 'B');
      world.tag('B');
      world.unplug(1);
      world.advance(second);
      expect(world.transactions[1]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'Attempts are counted over a power cut',
    losesSamples: true,
    run(world) {
      world.csms.always('StartTransaction', { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(61 * second);
      expect(calls(world, 'StartTransaction')).toHaveLength(2);
      world.reboot();
      world.advance(10 * minute);
      expect(calls(world, 'StartTransaction')).toHaveLength(3);
      expect(ids(world, 'StartTransaction')).toBe(3);
    },
  },
  {
    name: 'A time-out is no attempt: the same id and text again, after n intervals, at most 10 minutes',
    world: { keys: { TransactionMessageRetryInterval: '100' } },
    run(world) {
      for (let round = 0; round < 8; round++) world.csms.next('StartTransaction', { silent: true });
      world.charge(1, 'A');
      world.advance(90 * minute);
      const waits = times(world, 'StartTransaction').map((time, index, all) => (index === 0 ? 0 : time - all[index - 1]!));
      expect(ids(world, 'StartTransaction')).toBe(1);
      expect(waits.slice(0, 4)).toEqual([0, 130, 230, 330]);
      for (const wait of waits) expect(wait).toBeAtMost(632);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.values.length).toBeAtLeast(80);
    },
  },
  {
    name: 'While the head waits for its retry, Heartbeat, Authorize and StatusNotification pass',
    run(world) {
      world.csms.next('StartTransaction', { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(10 * second);
      world.charge(2, 'B');
      expect(world.sent('Authorize')).toHaveLength(2);
      expect(world.statuses(2).at(-1)).toBe('Charging');
      expect(world.transactions).toHaveLength(0);
      world.advance(minute);
      expect(world.transactions.map(({ start }) => start.idTag)).toEqual(['A', 'B']);
    },
  },
  {
    name: 'A late answer of the head counts while its retry waits',
    run(world) {
      world.csms.next('StartTransaction', { after: 40 });
      world.charge(1, 'A');
      world.advance(41 * second);
      expect(world.called('transactionUpdated')).toHaveLength(1);
      world.advance(minute);
      expect(calls(world, 'StartTransaction')).toHaveLength(1);
    },
  },
  {
    name: 'Other late answers, and answers given twice, are dropped',
    run(world) {
      world.csms.next('Authorize', { after: 40 });
      world.csms.next('StartTransaction', { twice: true });
      world.csms.next('MeterValues', { twice: true });
      world.charge(1, 'A');
      world.advance(41 * second);
      expect(world.called('provideToken')).toHaveLength(0);
      world.tag('A');
      world.advance(2 * minute);
      expect(world.transactions).toHaveLength(1);
      expect(world.called('transactionUpdated')).toHaveLength(1);
    },
  },
  {
    name: 'A CALLERROR right after a same-id retry may mean "still at it": it is no attempt',
    losesSamples: true,
    world: { keys: { TransactionMessageAttempts: '1' } },
    run(world) {
      world.csms.next('StartTransaction', { silent: true, ignored: true }, { error: 'GenericError' });
      world.charge(1, 'A');
      world.advance(5 * minute);
      expect(calls(world, 'StartTransaction')).toHaveLength(3);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: '24: a poisoned MeterValues that is never answered: the StopTransaction behind it arrives',
    memoryOnly: true,
    losesSamples: true,
    run(world) {
      world.csms.always('MeterValues', { silent: true, ignored: true });
      world.charge(1, 'A');
      world.advance(70 * second);
      world.tag('A');
      world.unplug(1);
      for (let step = 0; step < 40; step++) {
        world.advance(30 * second);
        world.input('onError', 2, { id: `e${step}`, errorCode: 'WeakSignal', faulted: false });
      }
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.attempts.length).toBeAtLeast(2);
      expect(world.events.filter((event) => event.event === 'dropped')).toMatch([{ action: 'MeterValues' }]);
      world.input('onAllErrorsCleared', 2);
    },
  },
  {
    name: 'A StartTransaction.conf that cannot be used counts like a CALLERROR',
    losesSamples: true,
    memoryOnly: true,
    run(world) {
      world.csms.next(
        'StartTransaction',
        { payload: {} },
        { payload: { transactionId: '7', idTagInfo: { status: 'Accepted' } } },
        { payload: { transactionId: 1.5 } },
      );
      world.charge(1, 'A');
      world.advance(10 * minute);
      expect(calls(world, 'StartTransaction')).toHaveLength(3);
      expect(ids(world, 'StartTransaction')).toBe(3);
      expect(world.called('transactionUpdated')).toMatch([[1, 'S1', undefined, {}]]);
    },
  },
  {
    name: 'A StartTransaction.conf with an id and little else is accepted; any CALLRESULT confirms the others',
    memoryOnly: true,
    run(world) {
      world.csms.next('StartTransaction', { payload: { transactionId: 2e3, more: [1] } });
      world.csms.next('MeterValues', { payload: { strange: 1 } }, { payload: [] }, { payload: null });
      world.csms.next('StopTransaction', { payload: 'thanks' });
      world.charge(1, 'A');
      world.advance(3 * minute + second);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
      expect(calls(world, 'MeterValues')).toHaveLength(3);
      expect(calls(world, 'StopTransaction')).toHaveLength(1);
      expect(world.isToldAll).toBe(true);
    },
  },
  {
    name: '22: the central system asks before it answers',
    run(world) {
      const asks = ['GetConfiguration', { key: ['HeartbeatInterval'] }] as const;
      for (const action of ['Authorize', 'StartTransaction', 'StatusNotification', 'StopTransaction'] as const) {
        world.csms.next(action, { asksFirst: asks as never });
      }
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.csms.asked).toHaveLength(4);
      for (const { payload } of world.csms.asked) expect(payload).toMatch({ configurationKey: [{ value: '300' }] });
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: '26: a CALL that crosses one of the central system\u2019s is refused, seconds later: retried, nothing lost',
    run(world) {
      const busy = { error: 'GenericError', description: 'Call already in progress', after: 3, asksFirst: ['ClearCache', {}] as never };
      world.csms.next('StartTransaction', busy, {});
      world.csms.next('StopTransaction', busy, {});
      world.csms.next('MeterValues', busy, {});
      world.charge(1, 'A');
      world.advance(5 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(5 * minute);
      expect(world.csms.asked.map(({ payload }) => payload)).toEqual([
        { status: 'Accepted' },
        { status: 'Accepted' },
        { status: 'Accepted' },
      ]);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.values).toHaveLength(5);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: '27: CALLERRORs with any code',
    memoryOnly: true,
    losesSamples: true,
    run(world) {
      const codes = [
        'NotImplemented',
        'NotSupported',
        'InternalError',
        'ProtocolError',
        'SecurityError',
        'FormatViolation',
        'RpcFrameworkError',
      ];
      for (const error of [...codes, '', 'x'.repeat(5000), 'Caf\u00e9 \ud83d\ude00']) {
        world.csms.next('MeterValues', { error }, { error }, { error });
        world.csms.next('Heartbeat', { error });
        world.csms.next('StatusNotification', { error });
      }
      world.charge(1, 'A');
      world.advance(60 * minute);
      world.tag('A');
      world.unplug(1);
      world.reconnect();
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'setMessageQueueResumeDelay: the outbox waits after a reconnect',
    memoryOnly: true,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.input('setMessageQueueResumeDelay', 30);
      world.offline();
      world.charge(1, 'A');
      world.advance(2 * second);
      world.online();
      world.advance(5 * second);
      expect(world.wire.isOpen).toBe(true);
      expect(world.transactions).toHaveLength(0);
      world.advance(30 * second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'The connection goes before the answer: the same id again, as often as it takes',
    memoryOnly: true,
    run(world) {
      world.csms.next('StartTransaction', { close: 1000 }, { close: 1000, ignored: true });
      world.csms.next('MeterValues', { close: 1000 });
      world.csms.next('StopTransaction', { close: 1000 }, { close: 1000 });
      world.charge(1, 'A');
      world.advance(5 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(5 * minute);
      expect(world.transactions).toHaveLength(1);
      expect(ids(world, 'StartTransaction')).toBe(1);
      expect(ids(world, 'StopTransaction')).toBe(1);
      expect(world.transactions[0]?.values).toHaveLength(5);
    },
  },
  {
    name: 'The wait after a CALLERROR has no ceiling',
    losesSamples: true,
    world: { keys: { TransactionMessageRetryInterval: '1500', MeterValueSampleInterval: '0' } },
    run(world) {
      world.csms.always('StartTransaction', { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(100 * minute);
      expect(times(world, 'StartTransaction')).toEqual([0, 1500, 4500]);
    },
  },
  {
    name: 'What was confirmed is never told again after a reset, an update, or a restart',
    memoryOnly: true,
    world: { also: ['updateFirmware'], keys: { ClockAlignedDataInterval: '60', MeterValuesAlignedData: 'Energy.Active.Import.Register' } },
    run(world) {
      const quiet = () => world.advance(5 * minute + second);
      world.input('onMeterValues', 1, { 'Energy.Active.Import.Register': 1 });
      quiet();
      world.request('Reset', { type: 'Soft' });
      world.advance(2 * second);
      world.input('onMeterValues', 1, { 'Energy.Active.Import.Register': 1 });
      quiet();
      world.input('stop');
      world.advance(second);
      world.reboot();
      quiet();
      const payload = { location: 'ftp://x/f', retrieveDate: new Date(world.csms.now).toISOString() };
      expect(world.request('UpdateFirmware', payload).error).toBe(undefined);
      world.advance(second);
      for (const status of ['Downloading', 'Downloaded', 'Installing'] as const) {
        world.input('onFirmwareUpdateStatusNotification', -1, status);
        world.advance(second);
      }
      world.reboot();
      quiet();
      expect(calls(world, 'MeterValues').length).toBeAtLeast(10);
      expect(calls(world, 'MeterValues').filter((call) => call.repeated)).toHaveLength(0);
    },
  },
  {
    name: 'What was confirmed is told again after a power cut at most once, under its old id',
    memoryOnly: true,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(60 * minute);
      world.network = 'up';
      for (let round = 0; round < 8; round++) {
        world.reboot();
        // A while for a few of them, each time.
        world.later(40, () => world.cut());
        for (let step = 0; step < 8 && world.isOn; step++) world.advance(10);
      }
      world.boot();
      world.reconnect();
      expect(world.transactions[0]?.values.length).toBeAtLeast(59);
      const told = new Map<string, number>();
      for (const { id, action } of world.csms.received) if (action === 'MeterValues') told.set(id, (told.get(id) ?? 0) + 1);
      for (const [id, count] of told) expect(count, id).toBeAtMost(2);
    },
  },
  {
    name: 'The journal is erased, the store stays: what comes then is told, a running transaction and all',
    losesSamples: true,
    run(world) {
      for (let round = 0; round < 4; round++) {
        world.charge(1, 'A');
        world.advance(3 * minute);
        world.tag('A');
        world.unplug(1);
        world.advance(11 * second);
      }
      world.charge(1, 'B');
      world.charge(2, 'C');
      world.advance(3 * minute);
      world.cut();
      world.flash.content.fill(0xff);
      world.boot();
      world.advance(3 * minute);
      world.tag('B');
      world.unplug(1);
      world.advance(second);
      world.charge(1, 'D');
      world.advance(3 * minute);
      world.reboot();
      world.tag('D');
      world.unplug(1);
      world.advance(second);
      world.reboot();
      world.tag('C');
      world.unplug(2);
      world.advance(second);
      expect(world.transactions.map(({ start, stop }) => [start.idTag, stop?.reason])).toEqual([
        ['A', 'Local'],
        ['A', 'Local'],
        ['A', 'Local'],
        ['A', 'Local'],
        ['B', 'Local'],
        ['C', 'Local'],
        ['D', 'Local'],
      ]);
      expect(world.transactions[5]?.values.length).toBeAtLeast(8);
      expect(world.isToldAll).toBe(true);
    },
  },
  {
    name: 'The store is lost, the journal stays: what waits in it is told',
    losesSamples: true,
    memoryOnly: true,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(3 * minute);
      world.tag('A');
      world.unplug(1);
      world.cut();
      world.storage.content.clear();
      world.network = 'up';
      world.boot();
      world.reconnect();
      world.charge(1, 'B');
      world.advance(3 * minute);
      world.tag('B');
      world.unplug(1);
      world.advance(second);
      expect(world.transactions.map(({ start, stop }) => [start.idTag, stop?.reason])).toEqual([
        ['A', 'Local'],
        ['B', 'Local'],
      ]);
      expect(world.transactions[1]?.values).toHaveLength(3);
    },
  },
  {
    name: 'A start or stop is told before the status that it brings about; behind older records the statuses go first',
    memoryOnly: true,
    run(world) {
      const since = (from: number) =>
        world.csms.received.slice(from).map(({ action, payload }) => (action === 'StatusNotification' ? payload['status'] : action));
      let from = world.csms.received.length;
      world.charge(1, 'A');
      world.advance(second);
      expect(since(from)).toEqual(['Preparing', 'Authorize', 'StartTransaction', 'Charging']);
      from = world.csms.received.length;
      world.tag('A');
      world.advance(second);
      expect(since(from)).toEqual(['StopTransaction', 'Finishing']);
      world.unplug(1);
      world.advance(minute);
      // The start waits for its retry: news pass it.
      from = world.csms.received.length;
      world.csms.next('StartTransaction', { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(second);
      world.tag('A');
      world.advance(second);
      expect(since(from)).toEqual(['Preparing', 'Authorize', 'StartTransaction', 'Charging', 'Finishing']);
      world.unplug(1);
      world.advance(2 * minute);
      // Older records wait: what is true now goes first.
      world.csms.next('MeterValues', { silent: true, ignored: true }, { silent: true, ignored: true });
      world.charge(1, 'A');
      world.advance(91 * second);
      from = world.csms.received.length;
      world.tag('A');
      world.advance(second);
      expect(since(from)).toEqual(['Finishing']);
    },
  },
];
