/** What holds when a wallbox leaves a callback out: the answers that the docstrings of callbacks.ts, and so README.md, promise. */

import { describe, expect, test } from 'vitest';
import { checkLedger, settleUp } from '../ledger.ts';
import { World, type WorldOptions } from '../world.ts';

const firmware = { location: 'http://files.example/f', retrieveDate: '2025-01-01T00:00:00Z' };

function worldOf(options: WorldOptions): World {
  const world = new World(options);
  world.boot();
  world.advance(1000);
  return world;
}

/** An ordinary day, which touches every callback that is only told. */
function day(world: World): void {
  world.charge(1, 'A');
  world.advance(120_000);
  world.request('ChangeConfiguration', { key: 'ConnectionTimeOut', value: '50' });
  world.offline();
  world.reconnect();
  world.tag('A');
  world.unplug(1);
  world.advance(1000);
}

type Row = readonly [name: string, options: WorldOptions, action: string, request: object, answer: object | string];

const rows: readonly Row[] = [
  ['enableEvse', {}, 'ChangeAvailability', { connectorId: 2, type: 'Operative' }, { status: 'Accepted' }],
  ['disableEvse', {}, 'ChangeAvailability', { connectorId: 2, type: 'Inoperative' }, { status: 'Accepted' }],
  [
    'reserveNow',
    {},
    'ReserveNow',
    { connectorId: 1, idTag: 'A', reservationId: 1, expiryDate: '2025-01-01T01:00:00Z' },
    { status: 'Rejected' },
  ],
  ['reserveNow', {}, 'CancelReservation', { reservationId: 1 }, 'NotSupported'],
  [
    'cancelReservation',
    { also: ['reserveNow'], options: { authorization: 'firmware' } },
    'CancelReservation',
    { reservationId: 1 },
    { status: 'Rejected' },
  ],
  [
    'isTokenReservedForConnector',
    { options: { authorization: 'firmware' } },
    'RemoteStartTransaction',
    { connectorId: 1, idTag: 'A' },
    { status: 'Accepted' },
  ],
  ['unlockConnector', {}, 'UnlockConnector', { connectorId: 1 }, { status: 'NotSupported' }],
  ['uploadDiagnostics', { also: ['updateFirmware'] }, 'GetDiagnostics', { location: 'http://files.example/' }, {}],
  ['uploadDiagnostics', {}, 'GetDiagnostics', { location: 'http://files.example/' }, 'NotSupported'],
  ['updateFirmware', {}, 'UpdateFirmware', firmware, 'NotSupported'],
  ['updateFirmware', { also: ['uploadDiagnostics'] }, 'UpdateFirmware', firmware, 'NotSupported'],
  ['isResetAllowed', {}, 'Reset', { type: 'Soft' }, { status: 'Rejected' }],
  ['reset', {}, 'Reset', { type: 'Hard' }, { status: 'Rejected' }],
  ['signalSetChargingProfiles', {}, 'ClearChargingProfile', {}, 'NotSupported'],
  ['signalSetChargingProfiles', {}, 'GetCompositeSchedule', { connectorId: 1, duration: 60 }, 'NotSupported'],
  ['dataTransfer', {}, 'DataTransfer', { vendorId: 'v' }, { status: 'UnknownVendorId' }],
  ['sessionCost', {}, 'DataTransfer', { vendorId: 'org.openchargealliance.costmsg' }, { status: 'UnknownVendorId' }],
];

test.each(rows)('without %s, with %j: %s', (name, options, action, request, answer) => {
  const world = worldOf({ ...options, without: [name] });
  const answered = world.request(action, request);
  if (typeof answer === 'string') expect(answered.error).toBe(answer);
  else expect(answered.payload).toEqual(answer);
  world.wallbox.always('provideToken', { value: undefined });
  world.advance(1000);
  expect(world.faults).toEqual([]);
});

describe('only told: the day goes on as ever', () => {
  const told = [
    ...['enableEvse', 'disableEvse', 'unlockConnector', 'setConnectionTimeout', 'setSystemTime', 'bootNotificationResponse'],
    ...['connectionStateChanged', 'configurationKeyChanged', 'transactionUpdated', 'securityEvent'],
  ];

  test.each(told)('without %s', (name) => {
    const world = worldOf({ without: [name] });
    day(world);
    expect(world.transactions).toHaveLength(1);
    expect(world.transactions[0]?.stop?.reason).toBe('Local');
    settleUp(world);
    checkLedger(world);
  });

  test('without all of them', () => {
    const world = worldOf({ without: told });
    day(world);
    expect(world.transactions[0]?.stop?.reason).toBe('Local');
    settleUp(world);
    checkLedger(world);
  });

  test.each(['transactionStarted', 'transactionStopped'])('without %s', (name) => {
    const world = worldOf({ without: [name] });
    world.charge(1, 'A');
    world.advance(60_000);
    world.wallbox.end(1, 'Local');
    world.advance(1000);
    expect(world.transactions).toMatchObject([{ start: { idTag: 'A' }, stop: { reason: 'Local', meterStop: 1184 } }]);
    settleUp(world);
    checkLedger(world);
  });

  test.each(['pauseCharging', 'resumeCharging'])(
    'without %s: a refused transaction waits for its card, and goes on when it is accepted',
    (name) => {
      const world = worldOf({ without: [name], keys: { StopTransactionOnInvalidId: 'false' } });
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(1000);
      expect(world.authorize('A').answers).toHaveLength(1);
      world.tag('A');
      world.advance(1000);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.faults).toEqual([]);
    },
  );

  test('without allConnectorsUnavailable an update goes on', () => {
    const world = worldOf({ also: ['updateFirmware'] });
    world.request('UpdateFirmware', firmware);
    for (const status of ['Downloading', 'Downloaded', 'Installing', 'Installed'] as const) {
      world.input('onFirmwareUpdateStatusNotification', -1, status);
      world.advance(1000);
    }
    expect(world.sent('FirmwareStatusNotification').map(({ status }) => status)).toEqual([
      'Downloading',
      'Downloaded',
      'Installing',
      'Installed',
    ]);
  });

  test('without cancelReservation the core cancels all the same', () => {
    const world = worldOf({ also: ['reserveNow'] });
    world.wallbox.always('reserveNow', { value: 'Accepted' });
    const request = { connectorId: 1, idTag: 'A', reservationId: 1, expiryDate: '2025-01-01T01:00:00Z' };
    expect(world.request('ReserveNow', request).payload).toEqual({ status: 'Accepted' });
    expect(world.request('CancelReservation', { reservationId: 1 }).payload).toEqual({ status: 'Accepted' });
  });

  test('without get15118EvCertificateResponse nobody hears of the refusal', () => {
    const world = worldOf({});
    world.input('dataTransferPncGet15118EvCertificate', 1, 'ZXhp', 'urn', 'Install');
    expect(world.faults).toEqual([]);
  });
});

test.each(['signedUpdateFirmware', 'uploadLogs'])('%s is not wired yet: refused with or without it', (name) => {
  const signed = {
    requestId: 1,
    firmware: { location: 'x', retrieveDateTime: '2025-01-01T00:00:00Z', signingCertificate: 'c', signature: 's' },
  };
  const log = { logType: 'SecurityLog', requestId: 1, log: { remoteLocation: 'http://x' } };
  for (const options of [{}, { also: [name] }]) {
    const world = worldOf(options);
    const [action, request] = name === 'uploadLogs' ? ['GetLog', log] : ['SignedUpdateFirmware', signed];
    expect(world.request(action as string, request as object).error).toBe('NotSupported');
  }
});

test.each(['provideToken', 'stopTransaction'])('%s is demanded', (name) => {
  expect(() => worldOf({ without: [name] })).toThrow(TypeError);
});
