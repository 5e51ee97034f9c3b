/** Remote Trigger: the answer for each message and connector as rows, and stories of what is sent, when, and in which order. */

import { describe, expect, test } from 'vitest';
import { Triggers } from '../../src/link/triggers.ts';
import { World, type WorldOptions } from '../world.ts';

function booted(options: WorldOptions = {}): World {
  const world = new World(options);
  world.boot();
  return world;
}

function trigger(world: World, requestedMessage: string, connectorId?: number): unknown {
  const asked = world.request('TriggerMessage', { requestedMessage, ...(connectorId === undefined ? {} : { connectorId }) });
  return asked.payload?.['status'] ?? asked.error;
}

/** What the station asks from now on: action, and connector where there is one. */
function listen(world: World): () => string[] {
  const start = world.csms.received.length;
  return () =>
    world.csms.received
      .slice(start)
      .map(({ action, payload }) => ('connectorId' in payload ? `${action} ${payload['connectorId']}` : action));
}

const firmware = { also: ['updateFirmware', 'uploadDiagnostics'] };

describe('answers', () => {
  const statuses = ['StatusNotification 0', 'StatusNotification 1', 'StatusNotification 2'];
  const rows: readonly [
    message: string,
    connectorId: number | undefined,
    options: WorldOptions,
    status: string,
    sent: readonly string[],
  ][] = [
    ['BootNotification', undefined, {}, 'Accepted', ['BootNotification']],
    ['BootNotification', 77, {}, 'Accepted', ['BootNotification']],
    ['Heartbeat', undefined, {}, 'Accepted', ['Heartbeat']],
    ['Heartbeat', -3, {}, 'Accepted', ['Heartbeat']],
    ['StatusNotification', undefined, {}, 'Accepted', statuses],
    ['StatusNotification', 0, {}, 'Accepted', ['StatusNotification 0']],
    ['StatusNotification', 2, {}, 'Accepted', ['StatusNotification 2']],
    ['StatusNotification', 3, {}, 'Rejected', []],
    ['StatusNotification', -1, {}, 'Rejected', []],
    ['MeterValues', undefined, {}, 'Accepted', ['MeterValues 1']],
    ['MeterValues', 1, {}, 'Accepted', ['MeterValues 1']],
    ['MeterValues', 0, {}, 'Rejected', []],
    ['MeterValues', 2, {}, 'Rejected', []],
    ['MeterValues', 3, {}, 'Rejected', []],
    ['MeterValues', undefined, { keys: { MeterValuesSampledData: '' } }, 'Rejected', []],
    ['DiagnosticsStatusNotification', undefined, firmware, 'Accepted', ['DiagnosticsStatusNotification']],
    ['FirmwareStatusNotification', 9, firmware, 'Accepted', ['FirmwareStatusNotification']],
    ['DiagnosticsStatusNotification', undefined, {}, 'NotImplemented', []],
    ['FirmwareStatusNotification', undefined, {}, 'NotImplemented', []],
    ['StartTransaction', undefined, {}, 'NotImplemented', []],
    ['Heartbeat', undefined, { keys: { SupportedFeatureProfiles: 'Core' } }, 'NotSupported', []],
  ];
  test.each(rows)('%s, connector %s, %j: %s', (message, connectorId, options, status, sent) => {
    const world = booted(options);
    // Connector 1 has a meter that has shown something.
    world.input('onMeterValues', 1, { 'Energy.Active.Import.Register': 4711 });
    const heard = listen(world);
    expect(trigger(world, message, connectorId)).toBe(status);
    expect(heard()).toEqual(sent);
  });

  test("a requestedMessage that is missing or no text is the peer's mistake", () => {
    const world = booted();
    expect(world.request('TriggerMessage', {}).error).toBe('OccurenceConstraintViolation');
    expect(world.request('TriggerMessage', { requestedMessage: 5 }).error).toBe('TypeConstraintViolation');
  });
});

describe('registration', () => {
  test('before any BootNotification.conf only BootNotification is Accepted, and the one in flight counts', () => {
    const world = new World();
    world.csms.next('BootNotification', { after: 10 });
    world.boot();
    for (const message of ['Heartbeat', 'StatusNotification', 'MeterValues']) expect(trigger(world, message)).toBe('Rejected');
    expect(trigger(world, 'BootNotification')).toBe('Accepted');
    world.advance(60_000);
    expect(world.sent('BootNotification')).toHaveLength(1);
    expect(world.sent('Heartbeat')).toHaveLength(0);
  });

  test('a refused BootNotification is repeated at once when it is triggered', () => {
    const world = new World();
    world.csms.next('BootNotification', { error: 'InternalError' });
    world.boot();
    expect(world.actions).toEqual(['BootNotification']);
    expect(trigger(world, 'BootNotification')).toBe('Accepted');
    expect(world.actions.slice(0, 3)).toEqual(['BootNotification', 'BootNotification', 'StatusNotification']);
  });

  test('while Pending triggered messages leave, and nothing else', () => {
    const world = new World(firmware);
    world.csms.always('BootNotification', { merge: { status: 'Pending', interval: 600 } });
    world.boot();
    const heard = listen(world);
    world.plug(1);
    world.fault(2, 'GroundFailure');
    for (const message of ['StatusNotification', 'Heartbeat', 'FirmwareStatusNotification', 'BootNotification']) {
      expect(trigger(world, message)).toBe('Accepted');
    }
    expect(heard()).toEqual([
      'StatusNotification 0',
      'StatusNotification 1',
      'StatusNotification 2',
      'Heartbeat',
      'FirmwareStatusNotification',
      'BootNotification',
    ]);
    expect(world.statuses(1)).toEqual(['Preparing']);
    expect(world.statuses(2)).toEqual(['Faulted']);
    world.csms.always('BootNotification');
    world.advance(600_000);
    expect(world.sent('BootNotification').length).toBeGreaterThanOrEqual(3);
  });

  test('a triggered BootNotification that is answered Pending closes the gate, and the transaction goes on', () => {
    const world = booted();
    world.charge(1, 'A');
    world.csms.next('BootNotification', { merge: { status: 'Pending', interval: 300 } });
    expect(trigger(world, 'BootNotification')).toBe('Accepted');
    const heard = listen(world);
    world.advance(200_000);
    expect(heard()).toEqual([]);
    world.advance(200_000);
    expect(heard().slice(0, 1)).toEqual(['BootNotification']);
    expect(heard().filter((action) => action === 'MeterValues 1')).toHaveLength(6);
    world.tag('A', [1]);
    expect(world.transactions[0]?.stop?.reason).toBe('Local');
  });
});

describe('order', () => {
  test('triggered MeterValues overtake the outbox, with context Trigger and the running transaction', () => {
    const world = booted();
    world.charge(1, 'A');
    world.csms.next('MeterValues', { error: 'InternalError' });
    world.advance(125_000);
    const heard = listen(world);
    expect(trigger(world, 'MeterValues', 1)).toBe('Accepted');
    expect(heard()).toEqual(['MeterValues 1']);
    const values = world.sent('MeterValues').at(-1);
    expect(values).toMatchObject({ connectorId: 1, transactionId: 1001, meterValue: [{ timestamp: '2025-01-01T00:02:05.000Z' }] });
    expect(values?.meterValue[0]?.sampledValue.every((sample) => sample.context === 'Trigger')).toBe(true);
    world.advance(120_000);
    expect(world.transactions[0]?.values.length).toBeGreaterThanOrEqual(5);
  });

  test('they leave before everything but BootNotification, one CALL at a time', () => {
    const world = booted();
    world.csms.next('Heartbeat', { after: 5 });
    expect(trigger(world, 'Heartbeat')).toBe('Accepted');
    const heard = listen(world);
    world.tag('A');
    world.plug(1);
    trigger(world, 'StatusNotification', 2);
    trigger(world, 'BootNotification');
    expect(heard()).toEqual([]);
    world.advance(10_000);
    expect(heard().slice(0, 3)).toEqual(['BootNotification', 'StatusNotification 2', 'Authorize']);
  });

  test('MinimumStatusDuration does not delay a triggered status', () => {
    const world = booted({ keys: { MinimumStatusDuration: '60' } });
    world.plug(1);
    expect(world.statuses(1)).toEqual(['Available']);
    trigger(world, 'StatusNotification', 1);
    expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
  });

  test('a flood is bounded, and each kind leaves once', () => {
    const world = booted();
    world.csms.next('Heartbeat', { after: 20 });
    trigger(world, 'Heartbeat');
    const heard = listen(world);
    for (let index = 0; index < 200; index++) {
      trigger(world, 'Heartbeat');
      trigger(world, 'StatusNotification');
    }
    world.advance(60_000);
    expect(heard()).toEqual(['Heartbeat', 'StatusNotification 0', 'StatusNotification 1', 'StatusNotification 2']);
  });

  test('what was not sent before the connection was lost is not sent after it', () => {
    const world = booted();
    world.csms.next('Heartbeat', { silent: true });
    trigger(world, 'Heartbeat');
    trigger(world, 'StatusNotification');
    world.offline();
    const heard = listen(world);
    world.online();
    world.advance(20_000);
    expect(heard()).toEqual([]);
  });

  test('a triggered message without answer or with a CALLERROR holds up nothing', () => {
    const world = booted(firmware);
    world.csms.next('FirmwareStatusNotification', { error: 'NotImplemented' }, { silent: true });
    trigger(world, 'FirmwareStatusNotification');
    trigger(world, 'FirmwareStatusNotification');
    world.advance(31_000);
    const heard = listen(world);
    trigger(world, 'Heartbeat');
    expect(heard()).toEqual(['Heartbeat']);
  });
});

describe('transfers', () => {
  test('Idle while nothing happens, else the last status', () => {
    const world = booted(firmware);
    trigger(world, 'FirmwareStatusNotification');
    trigger(world, 'DiagnosticsStatusNotification');
    world.request('UpdateFirmware', { location: 'http://files.example/f', retrieveDate: '2025-01-01T00:00:00Z' });
    world.input('onFirmwareUpdateStatusNotification', -1, 'Downloading');
    world.input('onLogStatusNotification', -1, 'Uploading');
    trigger(world, 'FirmwareStatusNotification');
    trigger(world, 'DiagnosticsStatusNotification');
    expect(world.sent('FirmwareStatusNotification').map(({ status }) => status)).toEqual(['Idle', 'Downloading', 'Downloading']);
    expect(world.sent('DiagnosticsStatusNotification').map(({ status }) => status)).toEqual(['Idle', 'Uploading', 'Uploading']);
  });
});

test('the queue keeps the order and takes each message and connector once', () => {
  const triggers = new Triggers();
  triggers.add('StatusNotification', 1);
  triggers.add('Heartbeat', 0);
  triggers.add('StatusNotification', 1);
  triggers.add('StatusNotification', 0);
  const taken = [triggers.take(), triggers.take(), triggers.take(), triggers.take()];
  expect(taken.map((trigger) => trigger && `${trigger.message} ${trigger.connector}`)).toEqual([
    'StatusNotification 1',
    'Heartbeat 0',
    'StatusNotification 0',
    undefined,
  ]);
});
