/** StatusNotification: the nine states, errors, and what a reconnect tells. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const second = 1000;
const minute = 60_000;

export const stories: Story[] = [
  {
    name: 'Eight of the nine states, in their order of precedence',
    run(world) {
      world.charge(1, 'A');
      world.input('onSuspendChargingEV', 1, 'full');
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'SuspendedEV', info: 'full' });
      world.input('onSuspendChargingEVSE', 1);
      world.input('onResumeCharging', 1);
      world.fault(1, 'GroundFailure');
      world.input('onDisabled', 1);
      world.input('onAllErrorsCleared', 1);
      world.input('onEnabled', 1);
      world.tag('A');
      world.unplug(1);
      expect(world.statuses(1)).toEqual([
        'Available',
        'Preparing',
        'Charging',
        'SuspendedEV',
        'SuspendedEVSE',
        'Charging',
        'Faulted',
        'Unavailable',
        'Charging',
        'Finishing',
        'Available',
      ]);
    },
  },
  {
    name: 'Reserved, as the wallbox keeps it (firmware authorization)',
    world: { options: { authorization: 'firmware' } },
    run(world) {
      world.input('onReservationStart', 1);
      world.input('onReservationEnd', 1);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Available']);
    },
  },
  {
    name: 'An error that does not fault is told with the status as it is; its code, its vendor',
    run(world) {
      world.input('onError', 1, {
        id: 'e1',
        errorCode: 'WeakSignal',
        faulted: false,
        info: 'i'.repeat(60),
        vendorId: 'com.example',
        vendorErrorCode: 'E-17',
      });
      expect(world.sent('StatusNotification').at(-1)).toEqual({
        connectorId: 1,
        errorCode: 'WeakSignal',
        status: 'Available',
        info: 'i'.repeat(50),
        timestamp: '2025-01-01T00:00:00.000Z',
        vendorId: 'com.example',
        vendorErrorCode: 'E-17',
      });
      const told = world.actions.length;
      world.input('onError', 1, { id: 'e1', errorCode: 'WeakSignal', faulted: false });
      expect(world.actions.length).toBe(told);
      world.input('onError', 1, { id: 'e2', errorCode: 'NeverHeardOf', faulted: true });
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'Faulted', errorCode: 'OtherError' });
      world.input('onErrorCleared', 1, 'e2');
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'Available', errorCode: 'WeakSignal' });
      world.input('onErrorCleared', 1, 'e1');
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'Available', errorCode: 'NoError' });
    },
  },
  {
    name: 'Connector 0 is Available, Unavailable or Faulted, nothing else',
    run(world) {
      world.charge(1, 'A');
      world.fault(0, 'InternalError');
      world.input('onAllErrorsCleared', 0);
      world.input('onDisabled', 0);
      world.input('onEnabled', 0);
      expect(world.statuses(0)).toEqual(['Available', 'Faulted', 'Available', 'Unavailable', 'Available']);
    },
  },
  {
    name: 'MinimumStatusDuration: what passes quickly is not told; the time is that of the event',
    world: { keys: { MinimumStatusDuration: '10' } },
    run(world) {
      world.plug(1);
      world.advance(5 * second);
      world.unplug(1);
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available']);
      world.plug(1);
      world.advance(9 * second);
      expect(world.statuses(1)).toEqual(['Available']);
      world.advance(second);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ status: 'Preparing', timestamp: '2025-01-01T00:01:05.000Z' });
      world.fault(1, 'GroundFailure');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Faulted']);
    },
  },
  {
    name: 'MinimumStatusDuration that is no number is Rejected',
    run(world) {
      for (const value of ['soon', '', '-1', '1.5']) {
        expect(world.request('ChangeConfiguration', { key: 'MinimumStatusDuration', value }).payload, value).toEqual({
          status: 'Rejected',
        });
      }
    },
  },
  {
    name: 'A reconnect tells only what differs from the last confirmed status, and no history',
    memoryOnly: true,
    world: { keys: { ConnectionTimeOut: '0' } },
    run(world) {
      world.offline();
      world.plug(1);
      world.plug(2);
      world.unplug(1);
      world.advance(minute);
      world.online();
      world.advance(minute);
      expect(world.statuses(0)).toEqual(['Available']);
      expect(world.statuses(1)).toEqual(['Available']);
      expect(world.statuses(2)).toEqual(['Available', 'Preparing']);
    },
  },
  {
    name: 'A status that was not confirmed before the connection went is told again',
    memoryOnly: true,
    run(world) {
      world.csms.next('StatusNotification', { close: 1001, ignored: true });
      world.fault(1, 'GroundFailure');
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available', 'Faulted']);
    },
  },
  {
    name: 'A status whose answer stays away is told again after the next reconnect',
    memoryOnly: true,
    run(world) {
      world.csms.next('StatusNotification', { silent: true, ignored: true });
      world.fault(1, 'GroundFailure');
      world.advance(minute);
      world.offline();
      world.online();
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available', 'Faulted']);
    },
  },
  {
    name: 'A status that the central system refuses counts as told',
    memoryOnly: true,
    run(world) {
      world.csms.next('StatusNotification', { error: 'FormationViolation' });
      world.fault(1, 'GroundFailure');
      world.advance(minute);
      world.offline();
      world.online();
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'Statuses leave in the order of events, pinned to their moment',
    run(world) {
      world.csms.next('StatusNotification', { after: 5 });
      world.plug(1);
      world.advance(second);
      world.fault(2, 'GroundFailure');
      world.advance(second);
      world.unplug(1);
      world.advance(second);
      world.input('onAllErrorsCleared', 2);
      world.advance(10 * second);
      const told = world.sent('StatusNotification').slice(3);
      expect(told.map(({ connectorId, status, timestamp }) => [connectorId, status, timestamp?.slice(17, 19)])).toEqual([
        [1, 'Preparing', '00'],
        [2, 'Faulted', '01'],
        [1, 'Available', '02'],
        [2, 'Available', '03'],
      ]);
    },
  },
  {
    name: 'resetStateMachine overwrites what is known',
    run(world) {
      world.fault(1, 'GroundFailure');
      world.input('resetStateMachine', ['Available', 'Preparing', 'Unavailable']);
      expect(world.statuses(1)).toEqual(['Available', 'Faulted', 'Preparing']);
      expect(world.statuses(2)).toEqual(['Available', 'Unavailable']);
      world.input('onEnabled', 2);
      world.input('resetStateMachine', ['Available', 'Available', 'Available']);
    },
  },
  {
    name: 'init tells the station what the wallbox found at power on',
    booted: false,
    run(world) {
      world.beforeStart = () => world.call('init', [['Available', 'Faulted', 'Unavailable'], []]);
      world.boot();
      expect(world.statuses(1)).toEqual(['Faulted']);
      expect(world.statuses(2)).toEqual(['Unavailable']);
      expect(world.called('enableEvse')).toHaveLength(0);
      world.input('onAllErrorsCleared', 1);
      world.input('onEnabled', 2);
      world.beforeStart = undefined;
    },
  },
  {
    name: 'Inputs outside their limits are ignored',
    run(world) {
      const told = world.actions.length;
      world.input('onPlugged', 3);
      world.input('onPlugged', -1);
      world.input('onUnplugged', 1);
      world.input('onErrorCleared', 1, 'none');
      world.input('onSessionStarted', 1, 'S', 'EVConnected');
      world.input('onSessionStopped', 1, 'S');
      world.input('onPluginTimeout', 1);
      world.input('onReservationStart', 1);
      world.advance(second);
      expect(world.actions.length).toBe(told);
    },
  },
  {
    name: 'Words belong to their event: they leave with it or not at all, also when MinimumStatusDuration holds it back',
    run(world) {
      const told = () => world.sent('StatusNotification').filter(({ connectorId }) => connectorId === 1);
      world.charge(1, 'A');
      world.input('onSuspendChargingEV', 1, 'The battery is full');
      expect(told().at(-1)).toMatch({ status: 'SuspendedEV', info: 'The battery is full' });
      // Said again nothing changes, and it must not be said with what comes next.
      world.input('onSuspendChargingEV', 1, 'Still full');
      world.input('onResumeCharging', 1);
      expect(told().at(-1)).toEqual({ connectorId: 1, errorCode: 'NoError', status: 'Charging', timestamp: '2025-01-01T00:00:00.000Z' });
      world.configure('MinimumStatusDuration', '5');
      world.input('onSuspendChargingEVSE', 1, 'The fuse is warm');
      world.advance(2000);
      world.input('onResumeCharging', 1);
      world.advance(10_000);
      expect(told().at(-1)?.status).toBe('Charging');
      world.input('onSuspendChargingEVSE', 1, 'The fuse is hot');
      world.advance(5000);
      expect(told().at(-1)).toMatch({ status: 'SuspendedEVSE', info: 'The fuse is hot' });
    },
  },
  {
    name: 'EVCommunicationError is a warning: told with Preparing, SuspendedEV, SuspendedEVSE and Finishing, never with Available or Charging',
    run(world) {
      const warning = { id: 'cp', errorCode: 'EVCommunicationError', faulted: false };
      const told = () => world.sent('StatusNotification').filter(({ connectorId }) => connectorId === 1);
      world.input('onError', 1, warning);
      world.plug(1);
      expect(told().at(-1)).toMatch({ status: 'Preparing', errorCode: 'EVCommunicationError' });
      world.tag('A', [1]);
      world.advance(1000);
      expect(told().at(-1)).toMatch({ status: 'Charging', errorCode: 'NoError' });
      world.input('onSuspendChargingEV', 1);
      expect(told().at(-1)).toMatch({ status: 'SuspendedEV', errorCode: 'EVCommunicationError' });
      world.tag('A', [1]);
      world.advance(1000);
      expect(told().at(-1)).toMatch({ status: 'Finishing', errorCode: 'EVCommunicationError' });
      world.unplug(1);
      expect(told().at(-1)).toMatch({ status: 'Available', errorCode: 'NoError' });
      const wrong = told().filter(
        ({ status, errorCode }) => errorCode === 'EVCommunicationError' && (status === 'Available' || status === 'Charging'),
      );
      expect(wrong).toEqual([]);
    },
  },
];
