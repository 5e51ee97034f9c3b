/** BootNotification: the gate that opens only when the central system accepts the station. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;

/** When the station sent BootNotification, in seconds since its last boot. */
function boots(world: World): number[] {
  const times: number[] = [];
  for (const { action, at, boot } of world.csms.received) {
    if (action === 'BootNotification' && boot === world.boots) times.push((at - world.bootedAt) / second);
  }
  return times;
}

export const stories: Story[] = [
  {
    name: 'A new station says who it is, then tells every connector',
    run(world) {
      world.advance(minute);
      expect(world.actions).toEqual(['BootNotification', 'StatusNotification', 'StatusNotification', 'StatusNotification']);
      expect(world.sent('BootNotification')).toEqual([
        {
          chargePointVendor: 'Bench Vendor',
          chargePointModel: 'Bench Charger',
          chargePointSerialNumber: 'SN000001',
          firmwareVersion: '1.0.0',
        },
      ]);
      const statuses = world.sent('StatusNotification');
      expect(statuses.map((status) => status.connectorId)).toEqual([0, 1, 2]);
      for (const status of statuses) expect(status).toMatch({ status: 'Available', errorCode: 'NoError' });
      expect(world.called('bootNotificationResponse')).toEqual([['Accepted', 300, '2025-01-01T00:00:00.000Z']]);
      expect(world.called('setSystemTime')).toEqual([[Date.UTC(2025, 0, 1)]]);
      expect(world.attempts[0]?.address.url).toBe('ws://csms.example/ocpp/CP%201');
    },
  },
  {
    name: 'Everything that is known goes into BootNotification, cut to its length',
    booted: false,
    world: {
      keys: { ICCID: '8931', IMSI: '2620', MeterType: 'EHZ', MeterSerialNumber: 'M1', ChargeBoxSerialNumber: 'B1' },
    },
    run(world) {
      world.boot();
      expect(world.sent('BootNotification')[0]).toMatch({
        iccid: '8931',
        imsi: '2620',
        meterType: 'EHZ',
        meterSerialNumber: 'M1',
        chargeBoxSerialNumber: 'B1',
      });
      world.input('updateChargePointInformation', 'x'.repeat(30), 'Model', 'S2', undefined, '2.0');
      world.input('updateModemInformation', '1'.repeat(40));
      world.input('updateMeterInformation', 'M2', 'T2');
      world.reboot();
      expect(world.sent('BootNotification')[1]).toMatch({
        chargePointVendor: 'x'.repeat(20),
        chargePointModel: 'Model',
        chargePointSerialNumber: 'S2',
        firmwareVersion: '2.0',
        iccid: '1'.repeat(20),
        meterSerialNumber: 'M2',
        meterType: 'T2',
      });
    },
  },
  {
    name: 'Pending: asks again after the interval, answers, starts nothing, tells nothing',
    booted: false,
    world: { keys: { ConnectionTimeOut: '0' } },
    run(world) {
      world.csms.next('BootNotification', { payload: { status: 'Pending', currentTime: '2025-01-01T00:00:00Z', interval: 90 } });
      world.boot();
      expect(world.request('GetConfiguration', { key: ['HeartbeatInterval'] }).payload).toMatch({
        configurationKey: [{ key: 'HeartbeatInterval', value: '300' }],
      });
      expect(world.request('ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '30' }).payload).toEqual({
        status: 'Accepted',
      });
      expect(world.request('RemoteStartTransaction', { idTag: 'A' }).payload).toEqual({ status: 'Rejected' });
      expect(world.request('RemoteStopTransaction', { transactionId: 1 }).payload).toEqual({ status: 'Rejected' });
      expect(world.dataTransfer('v', 'm', 'd').answers).toEqual([undefined]);
      world.plug(1);
      world.advance(89 * second);
      expect(world.actions).toEqual(['BootNotification']);
      world.advance(second);
      expect(boots(world)).toEqual([0, 90]);
      expect(world.statuses(1)).toEqual(['Preparing']);
    },
  },
  {
    name: 'Rejected: silent until the interval is over',
    memoryOnly: true,
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { merge: { status: 'Rejected', interval: 120 } });
      world.boot();
      const asked = world.csms.request('GetConfiguration', {});
      world.csms.send('{"no":"frame"}');
      world.csms.send('[2,"x"]');
      world.advance(119 * second);
      expect(asked.payload).toBe(undefined);
      expect(asked.error).toBe(undefined);
      expect(world.frames.filter((frame) => frame.startsWith('>'))).toHaveLength(1);
      world.advance(second);
      expect(boots(world)).toEqual([0, 120]);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'An interval of 0 means 60 s while not accepted',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { merge: { status: 'Pending', interval: 0 } }, { merge: { status: 'Rejected', interval: 0 } });
      world.boot();
      world.advance(3 * minute);
      expect(boots(world)).toEqual([0, 60, 120]);
    },
  },
  {
    name: '1: BootNotification is never answered: asked again 60 s after each time-out',
    booted: false,
    world: { keys: { ConnectionTimeOut: '0' } },
    run(world) {
      world.csms.next('BootNotification', { silent: true, ignored: true }, { silent: true, ignored: true });
      world.boot();
      world.plug(1);
      world.advance(4 * minute);
      expect(boots(world)).toHaveLength(3);
      expect(boots(world)[1]).toBeAtLeast(90);
      expect(world.statuses(1)).toEqual(['Preparing']);
    },
  },
  {
    name: '1: the answer to BootNotification after 40 s counts',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { after: 40 });
      world.boot();
      world.advance(41 * second);
      expect(world.statuses(1)).toEqual(['Available']);
      world.advance(5 * minute);
      expect(boots(world)).toEqual([0]);
    },
  },
  {
    name: '1: the answer to BootNotification after 95 s counts: a retry has id and text of what was not answered',
    memoryOnly: true,
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { after: 95 }, { after: 95 }, { after: 95 });
      world.boot();
      world.input('updateModemInformation', '8931');
      world.advance(96 * second);
      expect(world.statuses(1)).toEqual(['Available']);
      world.advance(5 * minute);
      expect(boots(world)).toEqual([0, 90]);
      const texts = world.frames.filter((frame) => frame.includes('"BootNotification"'));
      expect(texts[1]).toBe(texts[0]);
      expect(world.called('bootNotificationResponse')).toHaveLength(1);
    },
  },
  {
    name: '1: the answer after 45 s counts after Pending, too',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { merge: { status: 'Pending', interval: 20 } }, { after: 45 }, { after: 45 });
      world.boot();
      world.advance(66 * second);
      expect(world.statuses(1)).toEqual(['Available']);
      world.advance(5 * minute);
      expect(boots(world)).toEqual([0, 20]);
    },
  },
  {
    name: 'BootNotification has a new id after a CALLERROR and after an answer, the old one after a lost connection',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.csms.next(
        'BootNotification',
        { error: 'InternalError' },
        { close: 1011, ignored: true },
        { merge: { status: 'Pending', interval: 10 } },
      );
      world.boot();
      world.advance(3 * minute);
      const ids = world.csms.received.filter(({ action }) => action === 'BootNotification').map(({ id }) => id);
      expect(ids).toHaveLength(4);
      expect(ids[1] === ids[0]).toBe(false);
      expect(ids[2]).toBe(ids[1]);
      expect(ids[3] === ids[2]).toBe(false);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'The store fails while the station is accepted: every status is told, and what could not be stored is stored later',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.csms.interval = 77;
      world.beforeStart = () => {
        world.power.full = true;
      };
      world.boot();
      world.beforeStart = undefined;
      world.advance(minute);
      for (const connector of [0, 1, 2]) expect(world.statuses(connector)).toEqual(['Available']);
      expect(world.called('bootNotificationResponse')).toHaveLength(1);
      world.power.full = false;
      world.request('TriggerMessage', { requestedMessage: 'BootNotification' });
      world.advance(minute);
      expect(world.request('GetConfiguration', { key: ['HeartbeatInterval'] }).payload).toMatch({ configurationKey: [{ value: '77' }] });
    },
  },
  {
    name: '1: BootNotification answered twice',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { twice: true });
      world.boot();
      world.advance(minute);
      expect(world.statuses(0)).toEqual(['Available']);
      expect(world.called('bootNotificationResponse')).toHaveLength(1);
    },
  },
  {
    name: 'A CALLERROR to BootNotification: asked again after 60 s',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { error: 'InternalError' }, { error: 'SomethingElse' });
      world.boot();
      world.advance(3 * minute);
      expect(boots(world)).toEqual([0, 60, 120]);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'A status that nobody knows counts as no answer',
    memoryOnly: true,
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { payload: { status: 'Perhaps', interval: 5 } }, { payload: {} });
      world.boot();
      world.advance(3 * minute);
      expect(boots(world)).toEqual([0, 60, 120]);
    },
  },
  {
    name: 'A reconnect does not shorten the interval of Pending',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.csms.next('BootNotification', { merge: { status: 'Pending', interval: 300 } });
      world.boot();
      world.advance(10 * second);
      world.offline();
      world.online();
      world.advance(minute);
      expect(world.wire.isOpen).toBe(true);
      expect(boots(world)).toEqual([0]);
      world.advance(4 * minute);
      expect(boots(world)).toEqual([0, 300]);
    },
  },
  {
    name: 'A reconnect after a CALLERROR sends BootNotification at once',
    booted: false,
    memoryOnly: true,
    run(world) {
      world.csms.next('BootNotification', { error: 'GenericError' });
      world.boot();
      world.advance(second);
      world.offline();
      world.online();
      world.advance(10 * second);
      expect(boots(world)).toHaveLength(2);
    },
  },
  {
    name: 'A reconnect needs no BootNotification, a reboot does',
    memoryOnly: true,
    run(world) {
      world.offline();
      world.online();
      world.advance(minute);
      expect(boots(world)).toHaveLength(1);
      world.reboot();
      expect(boots(world)).toHaveLength(1);
      expect(world.sent('BootNotification')).toHaveLength(2);
      expect(world.statuses(1)).toEqual(['Available', 'Available']);
    },
  },
  {
    name: 'Accepted sets HeartbeatInterval for good; 0 keeps it',
    booted: false,
    run(world) {
      world.csms.interval = 120;
      world.boot();
      world.advance(minute);
      expect(world.request('GetConfiguration', { key: ['HeartbeatInterval'] }).payload).toMatch({ configurationKey: [{ value: '120' }] });
      world.csms.interval = 0;
      world.reboot();
      expect(world.request('GetConfiguration', { key: ['HeartbeatInterval'] }).payload).toMatch({ configurationKey: [{ value: '120' }] });
      const before = world.sent('Heartbeat').length;
      world.advance(119 * second);
      expect(world.sent('Heartbeat').length).toBe(before);
      world.advance(second);
      expect(world.sent('Heartbeat').length).toBe(before + 1);
    },
  },
  {
    name: 'Heartbeat counts other traffic, and comes once a day at least',
    run(world) {
      world.advance(299 * second);
      expect(world.sent('Heartbeat')).toHaveLength(0);
      world.plug(1);
      world.advance(299 * second);
      // ConnectionTimeOut after 60 s is news of its own.
      expect(world.sent('Heartbeat')).toHaveLength(0);
      world.configure('HeartbeatInterval', '0');
      world.advance(23 * 60 * minute);
      expect(world.sent('Heartbeat')).toHaveLength(0);
      world.advance(60 * minute);
      expect(world.sent('Heartbeat')).toHaveLength(1);
      world.configure('HeartbeatInterval', '10');
      world.advance(10 * second);
      expect(world.sent('Heartbeat')).toHaveLength(2);
    },
  },
  {
    name: '29: the central system asks before it answers BootNotification, with decimal ids',
    booted: false,
    run(world) {
      world.csms.next('BootNotification', { after: 3 });
      world.boot();
      const asked = world.csms.request('ChangeConfiguration', { key: 'HeartbeatInterval', value: '77' }, '1234567890');
      const trigger = world.csms.request('RemoteStartTransaction', { idTag: 'A' }, '2');
      world.advance(second);
      expect(asked.payload).toEqual({ status: 'Accepted' });
      expect(trigger.payload).toEqual({ status: 'Rejected' });
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available']);
    },
  },
  {
    name: 'Nobody charges before a central system has accepted the station once',
    booted: false,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.network = 'down';
      world.boot();
      world.charge(1, 'A');
      world.advance(minute);
      expect(world.called('provideToken')).toHaveLength(0);
      world.unplug(1);
      world.reconnect();
      world.csms.always('BootNotification', { merge: { status: 'Pending', interval: 60 } });
      world.reboot();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(1);
      world.advance(2 * minute);
      expect(world.transactions).toHaveLength(0);
      world.csms.behave();
      world.advance(2 * minute);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'stop and restart work, any number of times',
    run(world) {
      for (let round = 1; round <= 3; round++) {
        world.charge(1, 'A');
        world.advance(10 * second);
        expect(world.input('stop')).toBe(true);
        expect(world.input('stop')).toBe(false);
        world.advance(minute);
        expect(world.wire.isOpen).toBe(false);
        world.unplug(1);
        world.csms.onBoot();
        expect(world.input('restart')).toBe(true);
        expect(world.input('start')).toBe(false);
        world.advance(minute);
        expect(world.sent('BootNotification')).toHaveLength(round + 1);
        expect(world.transactions).toHaveLength(round);
        expect(world.transactions[round - 1]?.stop?.reason).toBe('Other');
      }
    },
  },
];
