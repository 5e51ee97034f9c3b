/** What the central system does from afar: start, stop, unlock, reset. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;

function ask(world: World, action: string, payload: object): unknown {
  return world.request(action, payload).payload?.['status'];
}

export const stories: Story[] = [
  {
    name: 'RemoteStart on a plugged connector: the answer, then Authorize, then the transaction',
    run(world) {
      world.plug(1);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Accepted');
      expect(world.sent('Authorize')).toEqual([{ idTag: 'A' }]);
      expect(world.transactions[0]?.start).toMatch({ connectorId: 1, idTag: 'A' });
    },
  },
  {
    name: 'RemoteStart without connector: the plugged one, else whichever is plugged next',
    run(world) {
      world.plug(2);
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'A' })).toBe('Accepted');
      expect(world.transactions[0]?.start.connectorId).toBe(2);
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'B' })).toBe('Accepted');
      world.advance(10 * second);
      world.plug(1);
      world.advance(second);
      expect(world.transactions[1]?.start).toMatch({ connectorId: 1, idTag: 'B' });
    },
  },
  {
    name: 'RemoteStart waits for its own plug, and is forgotten after ConnectionTimeOut',
    run(world) {
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Accepted');
      expect(world.statuses(1).at(-1)).toBe('Preparing');
      world.plug(2);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
      world.advance(minute);
      expect(world.statuses(1).at(-1)).toBe('Available');
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
    },
  },
  {
    name: 'RemoteStart is Rejected where nobody can charge',
    run(world) {
      world.charge(1, 'A');
      world.fault(2, 'GroundFailure');
      for (const connectorId of [0, 1, 2, 3, -1]) {
        expect(ask(world, 'RemoteStartTransaction', { connectorId, idTag: 'B' }), `connector ${connectorId}`).toBe('Rejected');
      }
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'B' })).toBe('Rejected');
      world.input('onAllErrorsCleared', 2);
      world.input('onChangeAvailability', 2, false);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'B' })).toBe('Rejected');
      world.input('onChangeAvailability', 2, true);
    },
  },
  {
    name: '12: RemoteStart arrives twice',
    run(world) {
      world.csms.next('Authorize', { after: 2 });
      world.plug(1);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Accepted');
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Rejected');
      world.advance(10 * second);
      expect(world.transactions).toHaveLength(1);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Rejected');
    },
  },
  {
    name: 'RemoteStart is Rejected while the station is Faulted or Unavailable',
    run(world) {
      world.plug(1);
      world.fault(0, 'GroundFailure');
      for (const connectorId of [undefined, 1, 2])
        expect(ask(world, 'RemoteStartTransaction', { connectorId, idTag: 'A' })).toBe('Rejected');
      world.input('onAllErrorsCleared', 0);
      world.input('onDisabled', 0);
      for (const connectorId of [undefined, 1, 2])
        expect(ask(world, 'RemoteStartTransaction', { connectorId, idTag: 'A' })).toBe('Rejected');
      world.input('onEnabled', 0);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
    },
  },
  {
    name: 'While another one waits for the same plug a RemoteStart is Rejected; where a car stands it is not',
    run(world) {
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'A' })).toBe('Accepted');
      for (const connectorId of [undefined, 1, 2])
        expect(ask(world, 'RemoteStartTransaction', { connectorId, idTag: 'B' })).toBe('Rejected');
      world.plug(2);
      world.advance(second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([[2, 'A']]);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'B' })).toBe('Accepted');
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'C' })).toBe('Rejected');
      world.plug(1);
      world.advance(second);
      expect(world.transactions[1]?.start).toMatch({ connectorId: 1, idTag: 'B' });
    },
  },
  {
    name: 'While a card waits, or is being asked about, a RemoteStart for the same plug or car is Rejected',
    run(world) {
      world.csms.next('Authorize', { after: 5 });
      world.tag('A');
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'B' })).toBe('Rejected');
      world.advance(6 * second);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'B' })).toBe('Rejected');
      world.plug(1);
      world.advance(second);
      expect(world.transactions[0]?.start).toMatch({ connectorId: 1, idTag: 'A' });
      world.csms.next('Authorize', { after: 5 });
      world.plug(2);
      world.tag('C', [2]);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'B' })).toBe('Rejected');
      world.advance(6 * second);
      expect(world.transactions[1]?.start).toMatch({ connectorId: 2, idTag: 'C' });
    },
  },
  {
    name: 'From the acceptance of a Reset nothing begins: no card, no remote start, and none that was accepted before',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.next('stopTransaction', { value: true });
      world.tag('B', [2]);
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      const energy = world.wallbox.energy(2);
      world.plug(2);
      world.advance(second);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'C' })).toBe('Rejected');
      world.tag('D', [2]);
      world.advance(10 * second);
      expect(world.called('provideToken')).toHaveLength(1);
      expect(world.wallbox.energy(2)).toBe(energy);
      world.wallbox.end(1, 'SoftReset');
      world.drain();
      world.advance(5 * second);
      expect(world.boots).toBe(2);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: '12: RemoteStop between StartTransaction.req and .conf is Rejected, afterwards Accepted',
    run(world) {
      world.csms.next('StartTransaction', { after: 5 });
      world.charge(1, 'A');
      expect(ask(world, 'RemoteStopTransaction', { transactionId: 1001 })).toBe('Rejected');
      world.advance(6 * second);
      expect(ask(world, 'RemoteStopTransaction', { transactionId: 1002 })).toBe('Rejected');
      expect(ask(world, 'RemoteStopTransaction', { transactionId: -1 })).toBe('Rejected');
      expect(ask(world, 'RemoteStopTransaction', { transactionId: 1001 })).toBe('Accepted');
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Remote' });
      expect(world.transactions[0]?.stop?.idTag).toBe(undefined);
    },
  },
  {
    name: 'A refused Authorize of a RemoteStart: no transaction, the former status',
    run(world) {
      world.csms.idTags.set('A', { status: 'Invalid' });
      world.plug(1);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A' })).toBe('Accepted');
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
    },
  },
  {
    name: 'AuthorizeRemoteTxRequests false: nobody is asked',
    world: { keys: { AuthorizeRemoteTxRequests: 'false' } },
    run(world) {
      world.plug(1);
      expect(ask(world, 'RemoteStartTransaction', { idTag: 'A' })).toBe('Accepted');
      world.advance(second);
      expect(world.sent('Authorize')).toHaveLength(0);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'UnlockConnector ends the transaction, then unlocks',
    run(world) {
      world.charge(1, 'A');
      expect(ask(world, 'UnlockConnector', { connectorId: 1 })).toBe('Unlocked');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
      const names = world.wallbox.calls.map((call) => call.name);
      expect(names.indexOf('stopTransaction') < names.indexOf('unlockConnector')).toBe(true);
    },
  },
  {
    name: 'UnlockConnector: what the lock says, when it says it',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('unlockConnector', { value: 'UnlockFailed', after: 2 }, { throws: 'no' }, { after: 'never' });
      const late = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(3 * second);
      expect(late.payload).toEqual({ status: 'UnlockFailed' });
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
      expect(ask(world, 'UnlockConnector', { connectorId: 1 })).toBe('UnlockFailed');
      const never = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(19 * second);
      expect(never.payload).toBe(undefined);
      world.advance(second);
      expect(never.payload).toEqual({ status: 'UnlockFailed' });
    },
  },
  {
    name: 'UnlockConnector without lock, or of an unknown connector, stops nothing',
    world: { options: { connectors: [{ lock: false }] } },
    run(world) {
      world.charge(1, 'A');
      for (const connectorId of [0, 1, 3, -1]) expect(ask(world, 'UnlockConnector', { connectorId })).toBe('NotSupported');
      world.advance(second);
      expect(world.transactions[0]?.stop).toBe(undefined);
      world.configure('StopTransactionIfUnlockNotSupported', 'true');
      expect(ask(world, 'UnlockConnector', { connectorId: 1 })).toBe('NotSupported');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
    },
  },
  {
    name: 'UnlockConnector without the callback is NotSupported',
    world: { without: ['unlockConnector'] },
    run(world) {
      expect(ask(world, 'UnlockConnector', { connectorId: 1 })).toBe('NotSupported');
    },
  },
  {
    name: 'Reset without transactions: answered, then done',
    run(world) {
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      expect(world.called('reset')).toEqual([['Soft']]);
      world.advance(5 * second);
      expect(world.boots).toBe(2);
      expect(world.sent('BootNotification')).toHaveLength(2);
    },
  },
  {
    name: 'Reset during transactions: ended, told, then done',
    run(world) {
      world.charge(1, 'A');
      world.charge(2, 'B');
      world.advance(minute);
      expect(ask(world, 'Reset', { type: 'Hard' })).toBe('Accepted');
      expect(world.transactions.map(({ stop }) => stop?.reason)).toEqual(['HardReset', 'HardReset']);
      expect(world.called('reset')).toEqual([['Hard']]);
      world.advance(5 * second);
      expect(world.boots).toBe(2);
      expect(world.sent('StopTransaction')).toHaveLength(2);
    },
  },
  {
    name: 'Reset waits for the confirmations no longer than its time-out; the rest stays queued',
    world: { keys: { WaitForStopTransactionsOnResetTimeout: '20' } },
    run(world) {
      world.charge(1, 'A');
      world.csms.next('StopTransaction', { silent: true, ignored: true });
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      world.advance(19 * second);
      expect(world.called('reset')).toHaveLength(0);
      world.advance(10 * second);
      expect(world.boots).toBe(2);
      world.advance(minute);
      expect(world.transactions[0]?.stop?.reason).toBe('SoftReset');
    },
  },
  {
    name: 'Reset refused by the wallbox, impossible without callbacks',
    run(world) {
      world.wallbox.next('isResetAllowed', { value: false }, { throws: 'x' }, { value: true, after: 2 });
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Rejected');
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Rejected');
      const late = world.csms.request('Reset', { type: 'Soft' });
      world.advance(2 * second);
      expect(late.payload).toEqual({ status: 'Accepted' });
    },
  },
  {
    name: 'Reset without callback is Rejected',
    world: { without: ['reset'] },
    run(world) {
      expect(ask(world, 'Reset', { type: 'Hard' })).toBe('Rejected');
    },
  },
  {
    name: 'A Reset during a reset is Rejected; a reset that fails is tried ResetRetries times, then reported',
    world: { keys: { ResetRetries: '2' } },
    run(world) {
      world.wallbox.next('reset', { value: false }, { throws: 'x' }, { value: false, after: 1 });
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Rejected');
      world.advance(minute);
      expect(world.called('reset')).toHaveLength(3);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ connectorId: 0, errorCode: 'ResetFailure', status: 'Available' });
      expect(ask(world, 'Reset', { type: 'Hard' })).toBe('Accepted');
      world.advance(5 * second);
      expect(world.boots).toBe(2);
    },
  },
  {
    name: 'A transaction that the wallbox cannot stop does not hold a reset for ever',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.always('stopTransaction', { value: false });
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      world.advance(59 * second);
      expect(world.called('reset')).toHaveLength(0);
      world.advance(2 * second);
      expect(world.called('reset')).toHaveLength(1);
      world.advance(5 * second);
      expect(world.boots).toBe(2);
    },
  },
];
