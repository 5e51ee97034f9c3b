/** Transactions: online, offline, and all that can go wrong between. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const second = 1000;
const minute = 60_000;

export const stories: Story[] = [
  {
    name: 'A card starts and ends a transaction online',
    run(world) {
      world.plug(1);
      world.tag('A');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging']);
      world.advance(5 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
      const [bill] = world.transactions;
      expect(world.transactions).toHaveLength(1);
      expect(bill?.start).toMatch({ connectorId: 1, idTag: 'A', meterStart: 1001, timestamp: '2025-01-01T00:00:00.000Z' });
      expect(bill?.values).toHaveLength(5);
      expect(bill?.stop).toMatch({
        transactionId: 1001,
        idTag: 'A',
        reason: 'Local',
        meterStop: 1918,
        timestamp: '2025-01-01T00:05:00.000Z',
      });
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Available']);
      expect(world.sent('Authorize')).toEqual([{ idTag: 'A' }]);
    },
  },
  {
    name: 'An offline transaction is told after the reconnect, in order',
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(3 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(10 * minute);
      expect(world.transactions).toHaveLength(0);
      world.reconnect();
      const [bill] = world.transactions;
      expect(world.transactions).toHaveLength(1);
      expect(bill?.start.timestamp).toBe('2025-01-01T00:00:00.000Z');
      expect(bill?.values.map((value) => value.timestamp)).toEqual([
        '2025-01-01T00:01:00.000Z',
        '2025-01-01T00:02:00.000Z',
        '2025-01-01T00:03:00.000Z',
      ]);
      expect(bill?.stop).toMatch({ timestamp: '2025-01-01T00:03:00.000Z', transactionId: 1001 });
    },
  },
  {
    name: 'A transaction starts offline and ends online',
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.reconnect();
      expect(world.transactions).toHaveLength(1);
      expect(world.called('transactionUpdated')).toHaveLength(1);
      world.advance(2 * minute);
      world.tag('A');
      world.unplug(1);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', transactionId: 1001 });
    },
  },
  {
    name: 'Unplugged at the EV: EVDisconnected, Finishing with a word, unlocked',
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.unplug(1);
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'EVDisconnected' });
      expect(world.transactions[0]?.stop?.idTag).toBe(undefined);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Available']);
      const finishing = world.sent('StatusNotification').find(({ status }) => status === 'Finishing');
      expect(finishing?.info).toBe('EV side disconnected');
      expect(world.called('unlockConnector')).toEqual([[1]]);
    },
  },
  {
    name: 'UnlockConnectorOnEVSideDisconnect false leaves the cable locked',
    world: { keys: { UnlockConnectorOnEVSideDisconnect: 'false' } },
    run(world) {
      world.charge(1, 'A');
      world.unplug(1);
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'EVDisconnected' });
      expect(world.called('unlockConnector')).toHaveLength(0);
    },
  },
  {
    name: '13: StopTransactionOnEVSideDisconnect false: suspended, another car goes on with it, one transaction',
    world: { keys: { StopTransactionOnEVSideDisconnect: 'false' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.unplug(1);
      world.advance(minute);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'SuspendedEV', info: 'EV side disconnected' });
      expect(world.transactions[0]?.stop).toBe(undefined);
      world.plug(1);
      world.input('onResumeCharging', 1);
      world.advance(minute);
      expect(world.transactions).toHaveLength(1);
      world.tag('A');
      world.advance(second);
      world.unplug(1);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'SuspendedEV', 'Charging', 'Finishing', 'Available']);
    },
  },
  {
    name: 'StopTransactionOnInvalidId true: a refused start is stopped',
    run(world) {
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'ConcurrentTx' } } });
      world.charge(1, 'A');
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'DeAuthorized', transactionId: 1001 });
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing']);
      world.unplug(1);
    },
  },
  {
    name: 'StopTransactionOnInvalidId false: no energy, but the transaction waits for its card',
    world: { keys: { StopTransactionOnInvalidId: 'false' } },
    run(world) {
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(2 * minute);
      expect(world.called('pauseCharging')).toEqual([[1]]);
      expect(world.statuses(1).at(-1)).toBe('SuspendedEVSE');
      expect(world.transactions[0]?.stop).toBe(undefined);
      expect(world.authorize('A').answers).toEqual([[{ status: 'Accepted' }, 'csms']]);
      expect(world.called('resumeCharging')).toEqual([[1]]);
      expect(world.statuses(1).at(-1)).toBe('Charging');
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'MaxEnergyOnInvalidId: energy stops after that many Wh',
    world: { keys: { StopTransactionOnInvalidId: 'false', MaxEnergyOnInvalidId: '500' } },
    run(world) {
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(2 * minute);
      expect(world.called('pauseCharging')).toHaveLength(0);
      world.advance(minute);
      expect(world.called('pauseCharging')).toHaveLength(1);
      expect(world.statuses(1).at(-1)).toBe('SuspendedEVSE');
      world.tag('A');
      world.advance(second);
    },
  },
  {
    name: '7: refused after the car has left: the next driver is not touched',
    run(world) {
      world.csms.next('StartTransaction', { after: 20, merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(5 * second);
      world.unplug(1);
      world.advance(5 * second);
      world.csms.idTags.set('A', { status: 'Accepted' });
      world.plug(1);
      world.csms.next('Authorize', {});
      world.tag('B');
      world.advance(minute);
      expect(world.transactions).toHaveLength(2);
      expect(world.transactions[0]?.stop?.reason).toBe('EVDisconnected');
      expect(world.transactions[1]?.stop).toBe(undefined);
      expect(world.called('stopTransaction')).toHaveLength(1);
    },
  },
  {
    name: '7: offline starts of two drivers, the first refused: only the first is refused',
    world: { keys: { AllowOfflineTxForUnknownId: 'true', StopTransactionOnInvalidId: 'false' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(minute);
      world.tag('A');
      world.unplug(1);
      world.charge(1, 'B');
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } }, {});
      world.reconnect();
      expect(world.transactions).toHaveLength(2);
      expect(world.called('pauseCharging')).toHaveLength(0);
      expect(world.transactions[1]?.stop).toBe(undefined);
    },
  },
  {
    name: '6: transactionId 0, negative, above 2^31, and one used before',
    run(world) {
      for (const transactionId of [0, -5, 1_099_511_627_776, 1_099_511_627_776]) {
        world.csms.next('StartTransaction', { merge: { transactionId } });
        world.charge(1, 'A');
        world.advance(minute);
        const before = world.transactions.length;
        expect(world.request('RemoteStopTransaction', { transactionId: transactionId + 1 }).payload).toEqual({ status: 'Rejected' });
        expect(world.request('RemoteStopTransaction', { transactionId }).payload).toEqual({ status: 'Accepted' });
        world.unplug(1);
        world.advance(second);
        const bill = world.transactions[before - 1];
        expect(bill?.values).toHaveLength(1);
        expect(bill?.stop).toMatch({ transactionId, reason: 'Remote' });
      }
    },
  },
  {
    name: 'Emergency stop',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.end(1, 'EmergencyStop');
      world.fault(1, 'OtherError', { info: 'emergency stop' });
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('EmergencyStop');
      expect(world.statuses(1).at(-1)).toBe('Faulted');
    },
  },
  {
    name: '19: faulted during a transaction, then cleared: it goes on',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.fault(1, 'HighTemperature');
      world.advance(minute);
      expect(world.statuses(1).at(-1)).toBe('Faulted');
      expect(world.transactions[0]?.stop).toBe(undefined);
      world.input('onErrorCleared', 1, 'HighTemperature');
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Faulted', 'Charging']);
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.transactions[0]?.values).toHaveLength(3);
    },
  },
  {
    name: '19: a welded contactor: stopped all the same, and Faulted',
    run(world) {
      world.charge(1, 'A');
      world.fault(1, 'PowerSwitchFailure', { info: 'welded' });
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.statuses(1).at(-1)).toBe('Faulted');
      world.unplug(1);
      world.plug(1);
      world.tag('B', [1]);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
      world.unplug(1);
      world.input('onAllErrorsCleared', 1);
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: '14: the meter falls during a transaction: meterStop is clamped and reported',
    losesSamples: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.setMeter(1, 5);
      world.advance(10 * second);
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      // What went through before it fell is billed.
      expect(world.transactions[0]?.stop).toMatch({ meterStop: 1184 });
      expect(world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'PowerMeterFailure')).toHaveLength(1);
      world.wallbox.setMeter(1, 5000);
    },
  },
  {
    name: 'A stop that fails is reported and tried again; the transaction stays open until the wallbox ends it',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { value: false }, { throws: 'jammed' }, { value: false, after: 3 });
      world.tag('A');
      expect(world.transactions[0]?.stop).toBe(undefined);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'Charging', errorCode: 'InternalError' });
      world.advance(10 * second);
      expect(world.called('stopTransaction')).toHaveLength(2);
      world.advance(10 * second);
      expect(world.called('stopTransaction')).toHaveLength(3);
      world.advance(12 * second);
      expect(world.called('stopTransaction')).toHaveLength(3);
      world.advance(second);
      expect(world.called('stopTransaction')).toHaveLength(4);
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'A' });
      expect(world.statuses(1).filter((status) => status === 'Finishing')).toHaveLength(1);
      // Told once, however often it failed.
      expect(world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'InternalError')).toHaveLength(1);
    },
  },
  {
    name: 'A card that wished the stop is not named when the transaction ended for another reason',
    run(world) {
      world.charge(1, 'A');
      world.advance(10 * second);
      world.wallbox.next('stopTransaction', { value: true });
      world.tag('A');
      world.wallbox.end(1, 'EmergencyStop');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('EmergencyStop');
      expect(world.transactions[0]?.stop?.idTag).toBe(undefined);
    },
  },
  {
    name: 'A stop that the wallbox promised and forgot is asked for again',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { value: true });
      world.tag('A');
      world.advance(29 * second);
      expect(world.called('stopTransaction')).toHaveLength(1);
      world.advance(2 * second);
      expect(world.called('stopTransaction')).toHaveLength(2);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'A' });
      world.advance(2 * minute);
      expect(world.called('stopTransaction')).toHaveLength(2);
    },
  },
  {
    name: 'A session that cannot be stored is asked to end until the wallbox says that it has',
    losesSamples: true,
    run(world) {
      world.plug(1);
      world.power.full = true;
      world.wallbox.always('stopTransaction', { value: true });
      world.input('onTransactionStarted', 1, 'X', 'A', 1000);
      world.input('onTransactionStarted', 1, 'X', 'A', 1000);
      world.advance(35 * second);
      expect(world.called('stopTransaction')).toEqual([
        [1, 'Other'],
        [1, 'Other'],
        [1, 'Other'],
        [1, 'Other'],
      ]);
      expect(world.events.filter(({ event }) => event === 'dropped')).toHaveLength(1);
      world.power.full = false;
      world.input('onTransactionStopped', 1, 'X', 'Other', 1100);
      world.advance(minute);
      expect(world.called('stopTransaction')).toHaveLength(4);
      expect(world.sent('StartTransaction')).toHaveLength(0);
      world.wallbox.behave();
      world.unplug(1);
      world.charge(1, 'B');
      world.advance(minute);
      expect(world.called('stopTransaction')).toHaveLength(4);
      expect(world.transactions).toMatch([{ start: { idTag: 'B' } }]);
    },
  },
  {
    name: 'The next car begins although the last end was not stored yet, as soon as it can be',
    losesSamples: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.power.full = true;
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      world.power.full = false;
      world.wallbox.begin(1, 'B');
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toMatch([{ start: { idTag: 'A' }, stop: { reason: 'Local' } }, { start: { idTag: 'B' } }]);
    },
  },
  {
    name: 'Whatever is pressed while a transaction ends, it is stopped once',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { value: true, after: 5 });
      world.tag('A');
      world.tag('A');
      world.request('RemoteStopTransaction', { transactionId: 1001 });
      world.unplug(1);
      world.request('UnlockConnector', { connectorId: 1 });
      world.fault(1, 'GroundFailure');
      world.advance(10 * second);
      expect(world.called('stopTransaction')).toHaveLength(1);
      world.wallbox.end(1, 'Local');
      world.wallbox.end(1, 'Other');
      world.input('onTransactionStopped', 1, 'S1', 'Other', 5000);
      world.advance(second);
      expect(world.sent('StopTransaction')).toHaveLength(1);
    },
  },
  {
    name: 'A second transaction on a connector, and the end of a strange session, are ignored',
    run(world) {
      world.charge(1, 'A');
      world.input('onTransactionStarted', 1, 'X', 'B', 1);
      world.input('onTransactionStopped', 1, 'X', 'Local', 2);
      world.input('onTransactionStarted', 7, 'Y', 'B', 1);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.stop).toBe(undefined);
    },
  },
  {
    name: 'The wallbox dates the start and the end',
    run(world) {
      world.plug(1);
      world.advance(5000);
      world.wallbox.always('provideToken', { value: undefined });
      world.tag('A');
      world.advance(5000);
      world.wallbox.behave();
      world.wallbox.draw(1, 3600);
      world.wallbox.begin(1, 'A', { time: world.now() - 2000, reservationId: 0 }, 0.5);
      world.advance(8000);
      world.wallbox.end(1, 'Other', { time: world.now() - 1000 });
      world.advance(1000);
      const [bill] = world.transactions;
      expect(bill?.start).toMatch({ timestamp: '2025-01-01T00:00:08.000Z', meterStart: 1002, reservationId: 0 });
      expect(bill?.stop).toMatch({ timestamp: '2025-01-01T00:00:17.000Z', meterStop: 1010, reason: 'Other' });
    },
  },
  {
    name: 'The wallbox keeps its promise to stop late: taken as failed, then tried again',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { after: 'never' });
      world.tag('A');
      world.advance(19 * second);
      expect(world.called('stopTransaction')).toHaveLength(1);
      world.advance(12 * second);
      expect(world.called('stopTransaction')).toHaveLength(2);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'Two connectors charge at the same time',
    run(world) {
      world.charge(1, 'A');
      world.advance(30 * second);
      world.charge(2, 'B');
      world.advance(3 * minute);
      world.tag('B');
      world.tag('A');
      world.unplug(2);
      world.unplug(1);
      world.advance(second);
      expect(world.transactions).toMatch([{ start: { connectorId: 1 } }, { start: { connectorId: 2 } }]);
      expect(world.transactions[0]?.values).toHaveLength(3);
      expect(world.transactions[1]?.values).toHaveLength(3);
    },
  },
];
