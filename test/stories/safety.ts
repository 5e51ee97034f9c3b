/** What must not happen at a wallbox whatever is asked of it: a lock that opens under load, a start where nothing may flow. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;

function ask(world: World, action: string, payload: object): unknown {
  return world.request(action, payload).payload?.['status'];
}

/** The lock was asked to open while a session ran at the wallbox. */
function watchTheLock(world: World): { opened: boolean; underLoad: boolean } {
  const seen = { opened: false, underLoad: false };
  const { wallbox } = world;
  const usual = wallbox.onCallback.bind(wallbox);
  wallbox.onCallback = (name, args) => {
    if (name === 'unlockConnector') {
      seen.opened = true;
      if (wallbox.sockets[args[0] as number]?.session !== undefined) seen.underLoad = true;
    }
    return usual(name, args);
  };
  return seen;
}

export const stories: Story[] = [
  {
    name: 'UnlockConnector: the lock opens when the wallbox has reported the end, however long it takes',
    run(world) {
      const lock = watchTheLock(world);
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.next('stopTransaction', { value: true });
      const asked = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(6 * second);
      expect(asked.payload).toBe(undefined);
      expect(lock.opened).toBe(false);
      world.wallbox.end(1, 'UnlockCommand');
      world.drain();
      expect(asked.payload).toEqual({ status: 'Unlocked' });
      expect(lock.underLoad).toBe(false);
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
    },
  },
  {
    name: 'UnlockConnector: a transaction that the wallbox does not end keeps its cable locked',
    run(world) {
      const lock = watchTheLock(world);
      world.charge(1, 'A');
      world.wallbox.always('stopTransaction', { value: false });
      const asked = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(19 * second);
      expect(asked.payload).toBe(undefined);
      world.advance(second);
      expect(asked.payload).toEqual({ status: 'UnlockFailed' });
      expect(lock.opened).toBe(false);
      world.wallbox.always('stopTransaction');
      world.advance(minute);
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
      expect(lock.underLoad).toBe(false);
    },
  },
  {
    name: 'UnlockConnector while the wallbox is about to begin: what begins is ended first',
    run(world) {
      const lock = watchTheLock(world);
      world.wallbox.next('provideToken', { value: undefined });
      world.charge(1, 'A');
      const asked = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(second);
      expect(lock.opened).toBe(false);
      world.wallbox.begin(1, 'A');
      world.drain();
      world.advance(second);
      expect(asked.payload).toEqual({ status: 'Unlocked' });
      expect(lock.underLoad).toBe(false);
      expect(world.transactions[0]?.stop?.reason).toBe('UnlockCommand');
    },
  },
  {
    name: 'A lock that takes its time to open: a card that comes meanwhile waits until it has answered',
    run(world) {
      world.plug(1);
      world.wallbox.next('unlockConnector', { value: 'Unlocked', after: 5, slow: 5 });
      const asked = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.drain();
      world.advance(second);
      world.tag('A', [1]);
      world.advance(second);
      expect(world.called('provideToken')).toEqual([]);
      expect(world.statuses(1).at(-1)).toBe('Preparing');
      world.advance(10 * second);
      expect(asked.payload).toEqual({ status: 'Unlocked' });
      expect(world.wallbox.sockets[1]!.isLocked).toBe(true);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'UnlockConnector while a session that could not be stored still flows: the lock opens when the wallbox has ended it, or stays shut',
    world: { breaks: ['stray'] },
    run(world) {
      world.power.full = true;
      world.wallbox.always('stopTransaction', { value: true });
      world.charge(1, 'A');
      world.advance(second);
      const refused = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.advance(20 * second);
      expect(refused.payload).toEqual({ status: 'UnlockFailed' });
      expect(world.wallbox.sockets[1]!.isLocked).toBe(true);
      const asked = world.csms.request('UnlockConnector', { connectorId: 1 });
      world.wallbox.always('stopTransaction');
      world.advance(11 * second);
      expect(asked.payload).toEqual({ status: 'Unlocked' });
      expect(world.wallbox.sockets[1]!.flow).toBe(0);
      world.power.full = false;
    },
  },
  {
    name: 'The wallbox had begun before it knew that the car was gone: what it reports then ends, and the next car is not charged by it',
    run(world) {
      world.wallbox.next('provideToken', { value: undefined });
      world.charge(1, 'A');
      world.advance(second);
      world.unplug(1);
      world.wallbox.begin(1, 'A');
      world.drain();
      world.advance(second);
      expect(world.transactions.map(({ start, stop }) => [start.idTag, stop?.reason])).toEqual([['A', 'EVDisconnected']]);
      expect(world.statuses(1).at(-1)).toBe('Available');
      world.plug(1);
      world.advance(minute);
      expect(world.wallbox.sockets[1]!.flow).toBe(0);
      world.tag('B', [1]);
      world.advance(second);
      expect(world.transactions.at(-1)?.start.idTag).toBe('B');
    },
  },
  {
    name: 'pauseCharging says no: it is asked again until the energy is held back, and the central system hears of it once',
    world: { keys: { StopTransactionOnInvalidId: 'false' } },
    run(world) {
      world.wallbox.next('pauseCharging', { value: false }, { throws: 'no driver' }, { value: false, after: 5 });
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(40 * second);
      expect(world.called('pauseCharging')).toHaveLength(4);
      expect(world.wallbox.sockets[1]!.flow).toBe(0);
      const told = world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'InternalError');
      expect(told.map(({ connectorId, status }) => [connectorId, status])).toEqual([[1, 'SuspendedEVSE']]);
      world.advance(minute);
      expect(world.called('pauseCharging')).toHaveLength(4);
      world.tag('A', [1]);
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'A refused transaction that is accepted after all goes on only when no limit of zero holds it back',
    world: { also: ['signalSetChargingProfiles'], keys: { StopTransactionOnInvalidId: 'false' } },
    run(world) {
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(5 * second);
      const zero = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 0 }] };
      const kind = { chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative' };
      const csChargingProfiles = { chargingProfileId: 1, stackLevel: 0, ...kind, chargingSchedule: zero };
      expect(ask(world, 'SetChargingProfile', { connectorId: 1, csChargingProfiles })).toBe('Accepted');
      world.authorize('A');
      world.advance(5 * second);
      expect(world.called('resumeCharging')).toEqual([]);
      expect(world.statuses(1).at(-1)).toBe('SuspendedEVSE');
      expect(ask(world, 'ClearChargingProfile', { id: 1 })).toBe('Accepted');
      world.advance(5 * second);
      expect(world.called('resumeCharging')).toEqual([[1]]);
      expect(world.statuses(1).at(-1)).toBe('Charging');
    },
  },
  {
    name: 'One profile id in two remote starts: each driver keeps his limit',
    world: { also: ['signalSetChargingProfiles'] },
    run(world) {
      const six = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] };
      const kind = { chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative' };
      const chargingProfile = { chargingProfileId: 5, stackLevel: 0, ...kind, chargingSchedule: six };
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A', chargingProfile })).toBe('Accepted');
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'B', chargingProfile })).toBe('Accepted');
      world.plug(1);
      world.advance(second);
      world.plug(2);
      world.advance(second);
      expect([1, 2].map((connector) => world.wallbox.sockets[connector]!.limit)).toEqual([6, 6]);
      world.tag('A', [1]);
      world.advance(second);
      expect(world.wallbox.sockets[2]!.limit).toBe(6);
    },
  },
  {
    name: 'An error that gets worse under its id is a fault; what it forbids is not begun, and what says the same is no news',
    run(world) {
      world.input('onError', 1, { id: 'e', errorCode: 'HighTemperature', faulted: false });
      world.input('onError', 1, { id: 'e', errorCode: 'HighTemperature', faulted: true });
      expect(world.statuses(1).at(-1)).toBe('Faulted');
      const told = world.actions.length;
      world.input('onError', 1, { id: 'e', errorCode: 'HighTemperature', faulted: true, info: '83 degrees' });
      expect(world.actions.length).toBe(told);
      world.charge(1, 'A');
      world.advance(minute);
      expect(world.called('provideToken')).toEqual([]);
      world.unplug(1);
      world.input('onErrorCleared', 1, 'e');
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'A fault of the station is a fault of each of its connectors, told with its code, and over with it',
    run(world) {
      world.fault(0, 'GroundFailure');
      for (const connector of [0, 1, 2]) {
        const last = world.sent('StatusNotification').filter(({ connectorId }) => connectorId === connector);
        expect(last.at(-1)).toMatch({ status: 'Faulted', errorCode: 'GroundFailure' });
      }
      world.charge(1, 'A');
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'B' })).toBe('Rejected');
      world.advance(minute);
      expect(world.called('provideToken')).toEqual([]);
      world.input('onAllErrorsCleared', 0);
      expect(world.statuses(2).at(-1)).toBe('Available');
      expect(world.statuses(1).at(-1)).toBe('Preparing');
      world.tag('A', [1]);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'A reset was accepted: nobody begins any more, and what begins all the same is ended and told before it',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { value: true });
      world.wallbox.next('provideToken', { value: undefined });
      world.charge(2, 'B');
      expect(ask(world, 'Reset', { type: 'Soft' })).toBe('Accepted');
      // The wallbox was told to begin on 2 and reports it only now; it still ends what runs on 1.
      world.wallbox.begin(2, 'B');
      world.drain();
      world.advance(second);
      expect(world.called('reset')).toEqual([]);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 2, idTag: 'D' })).toBe('Rejected');
      world.advance(5 * second);
      world.wallbox.end(1, 'SoftReset');
      world.drain();
      world.advance(5 * second);
      expect(world.boots).toBe(2);
      expect(world.transactions.map(({ start, stop }) => [start.idTag, stop?.reason])).toEqual([
        ['A', 'SoftReset'],
        ['B', 'SoftReset'],
      ]);
    },
  },
  {
    name: 'The whole station goes out of service when its last car is done: nobody who charges is cut off',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      expect(ask(world, 'ChangeAvailability', { connectorId: 0, type: 'Inoperative' })).toBe('Scheduled');
      expect(world.called('disableEvse')).toEqual([[2]]);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Unavailable', 'Charging', 'Unavailable']);
      world.advance(minute);
      world.tag('A', [1]);
      world.advance(second);
      world.unplug(1);
      world.advance(second);
      expect(world.called('disableEvse')).toEqual([[2], [1], [0]]);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Unavailable', 'Unavailable', 'Unavailable']);
      world.reboot();
      expect(world.statuses(0).at(-1)).toBe('Unavailable');
    },
  },
  {
    name: 'A remote start whose profile has the id of the station limit takes that limit away from nobody',
    world: { also: ['signalSetChargingProfiles'] },
    run(world) {
      const schedule = (limit: number) => ({ chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] });
      const fuse = {
        chargingProfileId: 1,
        stackLevel: 0,
        chargingProfilePurpose: 'ChargePointMaxProfile',
        chargingProfileKind: 'Absolute',
      };
      const start = { startSchedule: '2025-01-01T00:00:00Z' };
      const csChargingProfiles = { ...fuse, chargingSchedule: { ...schedule(10), ...start } };
      expect(ask(world, 'SetChargingProfile', { connectorId: 0, csChargingProfiles })).toBe('Accepted');
      const own = { chargingProfileId: 1, stackLevel: 0, chargingProfilePurpose: 'TxProfile', chargingProfileKind: 'Relative' };
      const chargingProfile = { ...own, chargingSchedule: schedule(32) };
      world.plug(1);
      expect(ask(world, 'RemoteStartTransaction', { connectorId: 1, idTag: 'A', chargingProfile })).toBe('Accepted');
      world.advance(minute);
      const { payload } = world.request('GetCompositeSchedule', { connectorId: 1, duration: 60, chargingRateUnit: 'A' });
      const periods = (payload as { chargingSchedule?: { chargingSchedulePeriod: { limit: number }[] } }).chargingSchedule;
      expect(periods?.chargingSchedulePeriod[0]?.limit).toBe(10);
    },
  },
  {
    name: 'A session that could not be stored and that nobody ended charges no second car: the wallbox is asked again with the next cable',
    // The wallbox of the world goes on with a session whose stop it could not carry out.
    run(world) {
      world.wallbox.next('stopTransaction', { throws: 'the contactor is stuck' });
      world.power.full = true;
      world.charge(1, 'B');
      world.unplug(1);
      world.power.full = false;
      world.plug(1);
      world.advance(15 * second);
      expect(world.wallbox.sockets[1]?.session).toBe(undefined);
      world.tag('C', [1]);
      world.advance(second);
      expect(world.transactions.at(-1)?.start.idTag).toBe('C');
    },
  },
  {
    name: 'The end of one session that could not be stored leaves the other to be ended with its next cable',
    run(world) {
      world.wallbox.next('stopTransaction', { throws: 'the contactor is stuck' });
      world.power.full = true;
      world.charge(1, 'B');
      world.unplug(1);
      world.charge(2, 'C');
      world.advance(second);
      expect(world.wallbox.sockets[2]?.session).toBe(undefined);
      world.plug(1);
      world.advance(15 * second);
      expect(world.wallbox.sockets[1]?.session).toBe(undefined);
    },
  },
];
