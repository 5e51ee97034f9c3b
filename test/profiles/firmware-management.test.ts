/** Firmware Management: the table of the update's machine, stories of updates and diagnostics, and power cuts at every write of an update. */

import { describe, expect, test } from 'vitest';
import { holdsConnectors, nextState, type UpdateEvent, type UpdateState } from '../../src/upkeep/firmware.ts';
import { PowerCut, type Tear, tears } from '../flash.ts';
import type { CallbackAnswer } from '../local-station.ts';
import { World, type WorldOptions } from '../world.ts';

const location = 'http://files.example/firmware.bin';
const retrieveDate = '2025-01-01T00:00:00Z';
const callbacks = ['updateFirmware', 'uploadDiagnostics', 'allConnectorsUnavailable'];

describe('machine', () => {
  const reports = ['Downloading', 'Downloaded', 'DownloadFailed', 'Installing', 'InstallationFailed', 'Installed', 'Idle'] as const;
  /** What does not simply lead to the state of the same name. */
  const exceptions: readonly [UpdateState, UpdateEvent, UpdateState | undefined][] = [
    ['Downloading', 'Silence', 'DownloadFailed'],
    ['Downloaded', 'Downloaded', undefined],
    ['Downloaded', 'Free', 'Ready'],
    ['Ready', 'Downloaded', undefined],
    ['Ready', 'Boot', 'Downloaded'],
    ['Ready', 'Silence', 'InstallationFailed'],
    ['Installing', 'Downloaded', undefined],
    ['Installing', 'Installing', undefined],
    ['Installing', 'Boot', 'Restarted'],
    ['Restarted', 'Downloaded', undefined],
    ['Restarted', 'Silence', 'InstallationFailed'],
  ];
  const states: readonly UpdateState[] = [
    'Idle',
    'Downloading',
    'DownloadFailed',
    'Downloaded',
    'Ready',
    'Installing',
    'Restarted',
    'InstallationFailed',
    'Installed',
  ];

  for (const state of states) {
    for (const event of [...reports, 'Free', 'Boot', 'Silence'] as const) {
      const exception = exceptions.find((row) => row[0] === state && row[1] === event);
      const usual = (reports as readonly string[]).includes(event) ? (event as UpdateState) : undefined;
      const expected = exception ? exception[2] : usual;
      test(`${state}, ${event}: ${expected ?? 'nothing'}`, () => expect(nextState(state, event)).toBe(expected));
    }
  }

  test('connectors are held from Downloaded to the end', () => {
    expect(states.filter(holdsConnectors)).toEqual(['Downloaded', 'Ready', 'Installing', 'Restarted']);
  });
});

/** A wallbox whose own memory outlives power cuts: it downloads for 60 s, installs for 30 s when it may, and restarts. */
class Box {
  readonly world: World;
  step: 'none' | 'downloading' | 'downloaded' | 'installing' | 'rebooting' = 'none';
  installations = 0;
  private resumedIn = 0;

  constructor(options: WorldOptions = {}) {
    this.world = new World({ ...options, also: callbacks });
    const { wallbox } = this.world;
    const usual = wallbox.onCallback.bind(wallbox);
    wallbox.onCallback = (name, args) => this.onCallback(name, usual(name, args));
  }

  report(status: string): void {
    this.world.call('onFirmwareUpdateStatusNotification', [-1, status]);
  }

  private onCallback(name: string, answer: CallbackAnswer): CallbackAnswer {
    if (this.resumedIn !== this.world.boots) {
      this.resumedIn = this.world.boots;
      this.resume();
    }
    if (name === 'updateFirmware') this.world.later(10_000, () => this.download());
    if (name === 'allConnectorsUnavailable') this.install();
    return answer;
  }

  /** After a boot, before the station has settled. */
  private resume(): void {
    if (this.step === 'downloading') this.download();
    else if (this.step === 'downloaded') this.report('Downloaded');
    else if (this.step === 'installing') this.install();
    else if (this.step === 'rebooting') this.finish();
  }

  private download(): void {
    this.step = 'downloading';
    this.world.later(60_000, () => {
      this.step = 'downloaded';
      this.report('Downloaded');
    });
    this.report('Downloading');
  }

  private install(): void {
    if (this.step !== 'installing') this.installations++;
    this.step = 'installing';
    this.world.later(30_000, () => {
      this.step = 'rebooting';
      this.world.cut();
      this.world.later(1000, () => this.world.boot(), false);
    });
    this.report('Installing');
  }

  private finish(): void {
    this.report('Installed');
    this.step = 'none';
  }

  get told(): string[] {
    return this.world.sent('FirmwareStatusNotification').map((payload) => payload.status);
  }
}

function booted(options: WorldOptions = {}): World {
  const world = new World({ also: callbacks, ...options });
  world.boot();
  world.advance(1000);
  return world;
}

function toldBy(world: World): string[] {
  return world.sent('FirmwareStatusNotification').map((payload) => payload.status);
}

function report(world: World, ...statuses: string[]): void {
  for (const status of statuses) world.input('onFirmwareUpdateStatusNotification', -1, status as 'Installed');
}

describe('UpdateFirmware', () => {
  test('a whole update, and what the central system sees of it', () => {
    const box = new Box();
    const { world } = box;
    world.boot();
    world.advance(1000);
    expect(world.request('UpdateFirmware', { location, retrieveDate }).payload).toEqual({});
    world.advance(300_000);
    expect(box.told).toEqual(['Downloading', 'Downloaded', 'Installing', 'Installed']);
    for (const connector of [0, 1, 2]) expect(world.statuses(connector)).toEqual(['Available', 'Unavailable', 'Available']);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
    expect(world.actions.lastIndexOf('BootNotification')).toBeLessThan(world.actions.lastIndexOf('FirmwareStatusNotification'));
    expect(world.storage.keys('f')).toEqual([]);
  });

  test('the wallbox hears when, how often and how long apart; times in UTC', () => {
    const world = booted();
    world.request('UpdateFirmware', { location, retrieveDate: '2025-06-01T10:00:00+02:00' });
    world.request('UpdateFirmware', { location, retrieveDate: '2025-06-01T10:00:00.1234567', retries: 0, retryInterval: 5 });
    world.request('UpdateFirmware', { location, retrieveDate, retries: 50_000, retryInterval: 0 });
    world.request('UpdateFirmware', { location, retrieveDate, retries: -1, retryInterval: -1 });
    world.request('GetDiagnostics', { location, retries: 50_000, retryInterval: 0 });
    expect(world.called('uploadDiagnostics')).toEqual([[{ location, retries: 99, retryInterval: 1 }]]);
    expect(world.called('updateFirmware')).toEqual([
      [{ location, retrieveDate: '2025-06-01T08:00:00.000Z', retries: 3, retryInterval: 60 }],
      [{ location, retrieveDate: '2025-06-01T10:00:00.123Z', retries: 0, retryInterval: 5 }],
      [{ location, retrieveDate: '2025-01-01T00:00:00.000Z', retries: 99, retryInterval: 1 }],
      [{ location, retrieveDate: '2025-01-01T00:00:00.000Z', retries: 0, retryInterval: 1 }],
    ]);
  });

  test('installation waits until all transactions have ended; connectors without one are Unavailable meanwhile', () => {
    const world = booted();
    world.charge(1, 'A');
    world.advance(1000);
    report(world, 'Downloading', 'Downloaded');
    expect(world.called('disableEvse')).toEqual([[2]]);
    expect(world.statuses(2).at(-1)).toBe('Unavailable');
    expect(world.statuses(0).at(-1)).toBe('Available');
    world.charge(2, 'B');
    world.advance(600_000);
    expect(world.transactions).toHaveLength(1);
    expect(world.statuses(1).at(-1)).toBe('Charging');
    expect(world.called('allConnectorsUnavailable')).toEqual([]);
    world.tag('A', [1]);
    world.advance(1000);
    expect(world.statuses(1).slice(-2)).toEqual(['Finishing', 'Unavailable']);
    expect(world.statuses(0).at(-1)).toBe('Unavailable');
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
    report(world, 'Downloaded', 'Installing', 'Installing');
    world.advance(600_000);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
    expect(toldBy(world)).toEqual(['Downloading', 'Downloaded', 'Installing']);
  });

  test('a card that waits for its cable gets nothing more; a start that is under way is waited for', () => {
    const world = booted();
    world.tag('A', [1]);
    world.wallbox.next('provideToken', {});
    world.charge(2, 'B');
    world.advance(1000);
    report(world, 'Downloaded');
    expect(world.statuses(1).at(-1)).toBe('Unavailable');
    expect(world.called('allConnectorsUnavailable')).toEqual([]);
    world.wallbox.begin(2, 'B');
    world.advance(60_000);
    expect(world.statuses(2).at(-1)).toBe('Charging');
    world.tag('B', [2]);
    world.advance(1000);
    world.unplug(2);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
  });

  test.each(['InstallationFailed', 'Installed', 'DownloadFailed', 'Idle', 'Downloading'])('%s restores what is operative', (status) => {
    const world = booted();
    world.request('ChangeAvailability', { connectorId: 2, type: 'Inoperative' });
    report(world, 'Downloaded');
    world.advance(1000);
    world.wallbox.calls.length = 0;
    report(world, status);
    world.advance(1000);
    expect(world.called('enableEvse')).toEqual([[0], [1]]);
    expect(world.statuses(1).at(-1)).toBe('Available');
    expect(world.statuses(2).at(-1)).toBe('Unavailable');
    expect(toldBy(world)).toEqual(status === 'Idle' ? ['Downloaded'] : ['Downloaded', status]);
  });

  test('Operative during an update: the connector stays held until its end', () => {
    const world = booted();
    world.request('ChangeAvailability', { connectorId: 1, type: 'Inoperative' });
    report(world, 'Downloaded');
    expect(world.request('ChangeAvailability', { connectorId: 1, type: 'Operative' }).payload).toEqual({ status: 'Accepted' });
    world.advance(1000);
    expect(world.statuses(1)).toEqual(['Available', 'Unavailable']);
    expect(world.called('enableEvse').filter(([connector]) => connector === 1)).toHaveLength(1); // at the boot
    report(world, 'InstallationFailed');
    world.advance(1000);
    expect(world.statuses(1).at(-1)).toBe('Available');
  });

  test('what the wallbox says of a connector during an update holds afterwards; the update holds it meanwhile', () => {
    const world = booted();
    report(world, 'Downloaded');
    world.advance(1000);
    const asked = world.called('disableEvse').length;
    world.input('onEnabled', 1);
    world.input('onDisabled', 2);
    world.advance(1000);
    expect(world.called('disableEvse')).toHaveLength(asked);
    expect([1, 2].map((connector) => world.statuses(connector).at(-1))).toEqual(['Unavailable', 'Unavailable']);
    world.wallbox.calls.length = 0;
    report(world, 'InstallationFailed');
    world.advance(1000);
    // A wallbox that answers disableEvse with onDisabled waits for enableEvse, and says onEnabled then.
    expect(world.called('enableEvse')).toEqual([[0], [1], [2]]);
    expect([1, 2].map((connector) => world.statuses(connector).at(-1))).toEqual(['Available', 'Unavailable']);
    world.input('onEnabled', 2);
    expect(world.statuses(2).at(-1)).toBe('Available');
  });

  test('a connector that the wallbox does not take back after an update stays Unavailable until it does', () => {
    const world = booted();
    report(world, 'Downloaded');
    world.wallbox.next('enableEvse', { value: true }, { value: false });
    report(world, 'InstallationFailed');
    world.advance(1000);
    const refused = world.sent('StatusNotification').filter((payload) => payload.errorCode === 'InternalError');
    expect(refused).toMatchObject([{ connectorId: 1, status: 'Unavailable' }]);
    expect(world.statuses(1).at(-1)).toBe('Unavailable');
    world.request('ChangeAvailability', { connectorId: 1, type: 'Operative' });
    expect(world.statuses(1).at(-1)).toBe('Available');
  });

  test('a connector that the wallbox cannot disable is told, and does not stop the update', () => {
    const world = booted();
    world.wallbox.next('disableEvse', { value: false }, { value: true });
    report(world, 'Downloaded');
    world.advance(1000);
    const refused = world.sent('StatusNotification').filter((payload) => payload.errorCode === 'InternalError');
    expect(refused).toMatchObject([{ connectorId: 1, status: 'Available' }]);
    expect(world.called('disableEvse')).toEqual([[1], [2], [0]]);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
  });

  test('offline only the latest status of each phase waits, also over a power cut', () => {
    const world = booted();
    world.offline();
    report(world, 'Downloading', 'DownloadFailed', 'Downloading', 'Downloaded');
    report(world, 'Installing', 'Installed');
    world.input('onLogStatusNotification', -1, 'Uploading');
    world.input('onLogStatusNotification', -1, 'UploadFailure');
    world.reboot();
    world.reconnect();
    const told = world.csms.received.filter((call) => /Firmware|Diagnostics/.test(call.action)).map((call) => call.payload['status']);
    expect(told).toEqual(['Downloaded', 'Installed', 'UploadFailed']);
    expect(world.storage.keys('f')).toEqual([]);
  });

  test('online each attempt is told, in order, behind the outbox and before Heartbeat', () => {
    const world = booted();
    world.csms.always('StatusNotification', { after: 2 });
    world.fault(1, 'GroundFailure');
    report(world, 'Downloading', 'DownloadFailed', 'Downloading', 'Downloaded');
    world.advance(20_000);
    expect(toldBy(world)).toEqual(['Downloading', 'DownloadFailed', 'Downloading', 'Downloaded']);
    expect(world.actions.indexOf('FirmwareStatusNotification')).toBeGreaterThan(world.actions.lastIndexOf('StatusNotification') - 3);
  });

  test('refused for ever: told once each, never repeated', () => {
    const world = booted();
    world.csms.always('FirmwareStatusNotification', { error: 'NotSupported' });
    report(world, 'Downloading', 'Downloaded');
    world.advance(3_600_000);
    expect(world.actions.filter((action) => action === 'FirmwareStatusNotification')).toHaveLength(2);
    expect(world.actions).toContain('Heartbeat');
  });

  test('never answered: repeated twice, then given up', () => {
    const world = booted();
    world.csms.always('FirmwareStatusNotification', { silent: true });
    world.csms.interval = 10;
    world.configure('HeartbeatInterval', '10');
    report(world, 'Downloading');
    for (let minute = 0; minute < 10; minute++) {
      world.advance(20_000);
      world.request('GetConfiguration', { key: ['HeartbeatInterval'] });
    }
    expect(world.actions.filter((action) => action === 'FirmwareStatusNotification')).toHaveLength(3);
  });

  test('statuses that OCPP 1.6 has not, and those of signed updates, are dropped with a line in the log', () => {
    const world = booted();
    for (const status of ['DownloadScheduled', 'InvalidSignature', 'Free', 'Boot']) report(world, status);
    world.input('onFirmwareUpdateStatusNotification', 7, 'Downloading');
    world.input('onLogStatusNotification', -1, 'PermissionDenied');
    world.input('onLogStatusNotification', 7, 'Uploading');
    world.advance(1000);
    expect(toldBy(world)).toEqual([]);
    expect(world.sent('DiagnosticsStatusNotification')).toEqual([]);
    expect(world.logs.filter((line) => line.startsWith('warn Ignored'))).toHaveLength(7);
  });

  test('without the callback, and from security profile 2 on where there is signed firmware: NotSupported', () => {
    const without = booted({ also: ['uploadDiagnostics'] });
    expect(without.request('UpdateFirmware', { location, retrieveDate }).error).toBe('NotSupported');
    expect(booted({ also: [] }).request('GetDiagnostics', { location }).error).toBe('NotSupported');
    const off = booted({ keys: { SupportedFeatureProfiles: 'Core' } });
    expect(off.request('UpdateFirmware', { location, retrieveDate }).error).toBe('NotSupported');
    expect(off.request('GetDiagnostics', { location }).error).toBe('NotSupported');
    const rows = [
      { profile: 2, also: ['signedUpdateFirmware'], unsignedFirmware: 'profile', error: 'NotSupported' },
      { profile: 2, also: ['signedUpdateFirmware'], unsignedFirmware: 'always', error: undefined },
      { profile: 2, also: [], unsignedFirmware: 'profile', error: undefined },
      { profile: 1, also: ['signedUpdateFirmware'], unsignedFirmware: 'profile', error: undefined },
    ] as const;
    for (const { profile, also, unsignedFirmware, error } of rows) {
      const world = booted({ also: [...callbacks, ...also], options: { unsignedFirmware } });
      (
        world as unknown as { station: { chargePoint: { settings: { securityProfile: number } } } }
      ).station.chargePoint.settings.securityProfile = profile;
      expect(world.request('UpdateFirmware', { location, retrieveDate }).error, profile + unsignedFirmware).toBe(error);
    }
  });

  test('a callback that throws: InternalError, since the answer has no status', () => {
    const world = booted();
    world.wallbox.next('updateFirmware', { throws: 'out of order' });
    expect(world.request('UpdateFirmware', { location, retrieveDate }).error).toBe('InternalError');
    expect(world.request('UpdateFirmware', { location, retrieveDate }).payload).toEqual({});
  });
});

describe('GetDiagnostics', () => {
  test('an answer that is none names no file', () => {
    const world = booted();
    for (const value of [{ filename: 5 }, { filename: '' }, { filename: null }, {}, null, 'name', 7]) {
      world.wallbox.next('uploadDiagnostics', { value });
      expect(world.request('GetDiagnostics', { location }).payload).toEqual({});
    }
  });

  test('names the file, and tells how far the upload is', () => {
    const world = booted();
    world.wallbox.next('uploadDiagnostics', { value: { filename: 'x'.repeat(300) } });
    const { payload } = world.request('GetDiagnostics', { location, startTime: '2025-01-01T00:00:00' });
    expect(payload).toEqual({ fileName: 'x'.repeat(255) });
    expect(world.called('uploadDiagnostics')).toEqual([
      [{ location, retries: 3, retryInterval: 60, startTime: '2025-01-01T00:00:00.000Z' }],
    ]);
    for (const status of ['Uploading', 'UploadFailed', 'Uploading', 'Uploaded', 'Idle'] as const)
      world.input('onLogStatusNotification', -1, status);
    world.advance(1000);
    expect(world.sent('DiagnosticsStatusNotification').map((told) => told.status)).toEqual([
      'Uploading',
      'UploadFailed',
      'Uploading',
      'Uploaded',
    ]);
    expect(world.storage.keys('f')).toEqual([]);
  });

  test('no file: when the callback is missing, throws, or says so', () => {
    expect(booted({ also: ['updateFirmware'] }).request('GetDiagnostics', { location }).payload).toEqual({});
    const world = booted();
    world.wallbox.next('uploadDiagnostics', { throws: 'none' }, { value: {} }, { value: { filename: '' } });
    for (let time = 0; time < 3; time++) expect(world.request('GetDiagnostics', { location }).payload).toEqual({});
  });

  test('a promised answer', () => {
    const world = booted();
    world.wallbox.next('uploadDiagnostics', { value: { filename: 'late.tgz' }, after: 5 });
    const asked = world.request('GetDiagnostics', { location });
    expect(asked.payload).toBeUndefined();
    world.advance(5000);
    expect(asked.payload).toEqual({ fileName: 'late.tgz' });
  });
});

describe('power cuts', () => {
  test('a wallbox that never goes on: failed after 5 minutes, availability restored', () => {
    const world = booted();
    world.request('UpdateFirmware', { location, retrieveDate });
    report(world, 'Downloading');
    world.input('onLogStatusNotification', -1, 'Uploading');
    world.reboot();
    world.advance(310_000);
    expect(toldBy(world)).toEqual(['Downloading', 'DownloadFailed']);
    expect(world.sent('DiagnosticsStatusNotification').at(-1)?.status).toBe('UploadFailed');
    report(world, 'Downloading', 'Downloaded', 'Installing');
    world.reboot();
    world.advance(200_000);
    expect(world.statuses(1).at(-1)).toBe('Unavailable');
    world.advance(110_000);
    expect(toldBy(world).slice(-2)).toEqual(['Installing', 'InstallationFailed']);
    expect(world.statuses(1).at(-1)).toBe('Available');
    world.reboot();
    world.advance(400_000);
    expect(toldBy(world).at(-1)).toBe('InstallationFailed');
  });

  test('a wallbox that forgot what it had downloaded does not hold the connectors for ever; transactions may take their time', () => {
    const world = booted();
    world.charge(1, 'A');
    world.advance(1000);
    report(world, 'Downloaded');
    world.reboot();
    world.advance(3_600_000);
    expect(world.statuses(2).at(-1)).toBe('Unavailable');
    world.tag('A', [1]);
    world.advance(200_000);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(1);
    expect(toldBy(world)).toEqual(['Downloaded']);
    world.advance(110_000);
    expect(toldBy(world)).toEqual(['Downloaded', 'InstallationFailed']);
    expect(world.statuses(2).at(-1)).toBe('Available');
  });

  test('after a boot the installation is offered again only when it had not begun', () => {
    const world = booted();
    report(world, 'Downloaded');
    world.reboot();
    world.advance(60_000);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(2);
    report(world, 'Installing');
    world.reboot();
    world.advance(60_000);
    expect(world.called('allConnectorsUnavailable')).toHaveLength(2);
    expect(toldBy(world)).toEqual(['Downloaded', 'Installing']);
  });

  test('a state that cannot be read back is set aside; a store that fails loses nothing while the power is on', () => {
    const world = booted();
    world.storage.write('f/u', '9zz');
    world.reboot();
    world.advance(1000);
    expect(world.logs).toContain('error The state of the firmware update cannot be read back.');
    world.power.failWrites = 2;
    report(world, 'Downloading');
    world.advance(1000);
    report(world, 'DownloadFailed');
    world.advance(1000);
    expect(toldBy(world)).toEqual(['Downloading', 'DownloadFailed']);
  });

  /** An update with a transaction that ends in the middle of it. */
  function update(box: Box): void {
    const { world } = box;
    const steps = [
      () => world.boot(),
      () => world.charge(1, 'A'),
      () => world.request('UpdateFirmware', { location, retrieveDate }),
      () => world.advance(120_000),
      () => world.tag('A', [1]),
      () => world.unplug(1),
    ];
    const restart = () => {
      world.later(1000, () => world.boot(), false);
      guarded(() => world.advance(1000), restart);
    };
    for (const step of steps) {
      guarded(step, restart);
      guarded(() => world.advance(20_000), restart);
    }
    if (world.called('updateFirmware').length === 0) guarded(() => world.request('UpdateFirmware', { location, retrieveDate }), restart);
    guarded(() => world.advance(1_200_000), restart);
  }

  function guarded(work: () => unknown, restart: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      restart();
    }
  }

  function run(cutAt: number, tear: Tear): Box {
    const box = new Box({ seed: cutAt + 1 });
    if (cutAt > 0) box.world.power.cutAt(cutAt, tear);
    update(box);
    return box;
  }

  const writes = run(0, 'none').world.power.writes;

  test('the sweep sees the whole update', () => {
    const box = run(0, 'none');
    expect(box.told).toEqual(['Downloading', 'Downloaded', 'Installing', 'Installed']);
    expect(writes).toBeGreaterThan(12);
  });

  test.each(tears)('at every write, tear %s: goes on, in order, installed once', (tear) => {
    for (let cutAt = 1; cutAt <= writes; cutAt++) {
      const box = run(cutAt, tear);
      const { world, told } = box;
      const what = `cut at ${cutAt}: ${told}`;
      const distinct = told.filter((status, index) => status !== told[index - 1]);
      expect(['Downloading,Downloaded,Installing,Installed', 'Downloaded,Installing,Installed'], what).toContain(distinct.join());
      expect(told.length, what).toBeLessThanOrEqual(5);
      expect(world.called('allConnectorsUnavailable').length, what).toBe(1);
      expect(box.installations, what).toBe(1);
      expect(world.storage.keys('f'), what).toEqual([]);
      for (const connector of [0, 1, 2]) expect(world.statuses(connector).at(-1), what).toBe('Available');
    }
  });
});
