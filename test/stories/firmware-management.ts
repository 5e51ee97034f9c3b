/** Firmware updates and diagnostics: what is told, when the connectors are held, and what the central system may ask meanwhile. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const location = 'http://files.example/firmware.bin';
const retrieveDate = '2025-01-01T00:00:00Z';
const world = { also: ['updateFirmware', 'uploadDiagnostics', 'allConnectorsUnavailable'] };

function report(at: World, ...statuses: string[]): void {
  for (const status of statuses) {
    at.input('onFirmwareUpdateStatusNotification', -1, status as 'Installed');
    at.advance(second);
  }
}

function told(at: World): string[] {
  return at.sent('FirmwareStatusNotification').map((payload) => payload.status);
}

/** The status that a trigger brings. */
function triggered(at: World, requestedMessage: 'FirmwareStatusNotification' | 'DiagnosticsStatusNotification'): string | undefined {
  expect(at.request('TriggerMessage', { requestedMessage }).payload).toEqual({ status: 'Accepted' });
  at.advance(second);
  const sent: readonly { status: string }[] = at.sent(requestedMessage);
  return sent[sent.length - 1]?.status;
}

export const stories: Story[] = [
  {
    name: 'An update: downloaded, installed after the transaction, rebooted',
    world,
    run(at) {
      at.charge(1, 'A');
      at.advance(minute);
      expect(at.request('UpdateFirmware', { location, retrieveDate, retries: 1, retryInterval: 10 }).payload).toEqual({});
      expect(at.called('updateFirmware')).toEqual([
        [{ location, retrieveDate: '2025-01-01T00:00:00.000Z', retries: 1, retryInterval: 10 }],
      ]);
      report(at, 'Downloading', 'DownloadFailed', 'Downloading', 'Downloaded');
      expect(at.statuses(1)).toEqual(['Available', 'Preparing', 'Charging']);
      expect(at.statuses(2)).toEqual(['Available', 'Unavailable']);
      at.advance(10 * minute);
      expect(at.called('allConnectorsUnavailable')).toHaveLength(0);
      at.tag('A');
      at.advance(second);
      at.unplug(1);
      expect(at.statuses(1).slice(-2)).toEqual(['Finishing', 'Unavailable']);
      expect(at.called('allConnectorsUnavailable')).toHaveLength(1);
      report(at, 'Installing');
      at.reboot();
      report(at, 'Installed');
      at.advance(second);
      expect(told(at)).toEqual(['Downloading', 'DownloadFailed', 'Downloading', 'Downloaded', 'Installing', 'Installed']);
      expect(at.called('allConnectorsUnavailable')).toHaveLength(1);
      for (const connector of [0, 1, 2]) expect(at.statuses(connector).slice(-1)).toEqual(['Available']);
    },
  },
  {
    name: 'Nobody begins to charge while an update waits; a remote start is Rejected',
    world,
    run(at) {
      at.charge(1, 'A');
      at.advance(second);
      report(at, 'Downloaded');
      at.charge(2, 'B');
      expect(at.request('RemoteStartTransaction', { connectorId: 2, idTag: 'B' }).payload).toEqual({ status: 'Rejected' });
      at.advance(minute);
      expect(at.transactions).toHaveLength(1);
      report(at, 'InstallationFailed');
      expect(at.statuses(2).slice(-1)).toEqual(['Preparing']);
      at.tag('B', [2]);
      at.advance(second);
      expect(at.transactions).toHaveLength(2);
    },
  },
  {
    name: 'What the wallbox itself took out of service stays so when an update fails: nobody charges there',
    world,
    run(at) {
      at.input('onDisabled', 2);
      report(at, 'Downloaded');
      expect(at.statuses(1).slice(-1)).toEqual(['Unavailable']);
      const asked = at.called('enableEvse').length;
      report(at, 'InstallationFailed');
      expect(at.called('enableEvse').slice(asked)).toEqual([[0], [1]]);
      expect(at.statuses(1).slice(-1)).toEqual(['Available']);
      expect(at.statuses(2)).toEqual(['Available', 'Unavailable']);
      at.charge(2, 'A');
      expect(at.request('RemoteStartTransaction', { connectorId: 2, idTag: 'A' }).payload).toEqual({ status: 'Rejected' });
      at.advance(minute);
      expect(at.transactions).toHaveLength(0);
      at.input('onEnabled', 2);
      at.tag('A', [2]);
      at.advance(second);
      expect(at.transactions).toHaveLength(1);
    },
  },
  {
    name: 'An update while offline: the latest status of each phase after the reconnect',
    world,
    run(at) {
      at.offline();
      report(at, 'Downloading', 'Downloaded', 'Installing');
      at.reboot();
      report(at, 'Installed');
      at.reconnect();
      expect(told(at)).toEqual(['Downloaded', 'Installed']);
    },
  },
  {
    name: 'Firmware status that is refused for ever is not repeated',
    world,
    run(at) {
      at.csms.always('FirmwareStatusNotification', { error: 'NotImplemented' });
      report(at, 'Downloading', 'DownloadFailed');
      at.advance(30 * minute);
      expect(at.actions.filter((action) => action === 'FirmwareStatusNotification')).toHaveLength(2);
      expect(at.sent('Heartbeat').length).toBeAtLeast(2);
    },
  },
  {
    name: 'Diagnostics: the name of the file, and how far the upload is',
    world,
    run(at) {
      at.wallbox.next('uploadDiagnostics', { value: { filename: 'diagnostics.tar.gz' } });
      expect(at.request('GetDiagnostics', { location: 'ftp://files.example/' }).payload).toEqual({ fileName: 'diagnostics.tar.gz' });
      at.input('onLogStatusNotification', -1, 'Uploading');
      expect(triggered(at, 'DiagnosticsStatusNotification')).toBe('Uploading');
      at.input('onLogStatusNotification', -1, 'Uploaded');
      expect(triggered(at, 'DiagnosticsStatusNotification')).toBe('Idle');
      expect(at.sent('DiagnosticsStatusNotification').map((payload) => payload.status)).toEqual([
        'Uploading',
        'Uploading',
        'Uploaded',
        'Idle',
      ]);
    },
  },
  {
    name: 'Triggered firmware status: the last one, Idle before an update and after Installed',
    world,
    run(at) {
      expect(triggered(at, 'FirmwareStatusNotification')).toBe('Idle');
      report(at, 'Downloading', 'DownloadFailed');
      expect(triggered(at, 'FirmwareStatusNotification')).toBe('DownloadFailed');
      at.reboot();
      at.advance(second);
      expect(triggered(at, 'FirmwareStatusNotification')).toBe('DownloadFailed');
      report(at, 'Downloaded');
      expect(triggered(at, 'FirmwareStatusNotification')).toBe('Downloaded');
      report(at, 'Installing', 'Installed');
      expect(triggered(at, 'FirmwareStatusNotification')).toBe('Idle');
    },
  },
  {
    name: 'A wallbox without firmware management says so',
    run(at) {
      expect(at.request('UpdateFirmware', { location, retrieveDate }).error).toBe('NotSupported');
      expect(at.request('GetDiagnostics', { location }).error).toBe('NotSupported');
      expect(at.request('TriggerMessage', { requestedMessage: 'FirmwareStatusNotification' }).payload).toEqual({
        status: 'NotImplemented',
      });
    },
  },
];
