/** Configuration keys with an effect of their own: what is kept while offline, connector 0 at the reader, lights and rotations. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const firmware = ['updateFirmware', 'uploadDiagnostics'];

function status(world: World, key: string, value: string): unknown {
  return world.request('ChangeConfiguration', { key, value }).payload?.['status'];
}

function value(world: World, key: string): unknown {
  const { payload } = world.request('GetConfiguration', { key: [key] });
  return (payload?.['configurationKey'] as { value?: string }[] | undefined)?.[0]?.value;
}

/** What the station sent since `from`, as action or as action and status. */
function since(world: World, from: number): string[] {
  return world.csms.received.slice(from).map(({ action, payload }) => {
    const { connectorId, status } = payload as { connectorId?: number; status?: string };
    return status === undefined ? action : `${action} ${connectorId ?? ''}${connectorId === undefined ? '' : ' '}${status}`;
  });
}

/** A transaction, a status of the firmware and a message of the wallbox's own, all while offline. */
function offlineDay(world: World): { answers: unknown[] } {
  world.advance(second);
  world.offline();
  world.plug(1);
  world.wallbox.begin(1, 'A');
  world.advance(10 * second);
  const asked = world.dataTransfer('com.box', 'note', 'x');
  world.wallbox.end(1, 'Local');
  world.unplug(1);
  world.input('onFirmwareUpdateStatusNotification', -1, 'Downloading');
  world.input('onFirmwareUpdateStatusNotification', -1, 'DownloadFailed');
  world.input('onLogStatusNotification', -1, 'Uploading');
  world.input('onLogStatusNotification', -1, 'Uploaded');
  world.advance(10 * minute);
  return asked;
}

export const stories: Story[] = [
  {
    name: 'QueueAllMessages: all that was said offline is told, behind the outbox, in the order of events',
    world: { keys: { QueueAllMessages: 'true', MeterValueSampleInterval: '0' }, also: firmware },
    memoryOnly: true,
    run(world) {
      const asked = offlineDay(world);
      const from = world.csms.received.length;
      expect(asked.answers).toEqual([]);
      world.reconnect();
      expect(since(world, from)).toEqual([
        'StartTransaction',
        'StopTransaction',
        'StatusNotification 1 Preparing',
        'StatusNotification 1 Charging',
        'StatusNotification 1 Finishing',
        'StatusNotification 1 Available',
        'DataTransfer',
        'FirmwareStatusNotification Downloading',
        'FirmwareStatusNotification DownloadFailed',
        'DiagnosticsStatusNotification Uploading',
        'DiagnosticsStatusNotification Uploaded',
        'Heartbeat',
      ]);
      expect(asked.answers).toEqual([{ status: 'Accepted' }]);
      const times = world
        .sent('StatusNotification')
        .slice(-4)
        .map(({ timestamp }) => timestamp?.slice(11, 19));
      expect(times).toEqual(['00:00:01', '00:00:01', '00:00:11', '00:00:11']);
      // Online again news come first, but the start before the status that it brings about.
      world.charge(2, 'B');
      expect(since(world, from).slice(-4)).toEqual([
        'StatusNotification 2 Preparing',
        'Authorize',
        'StartTransaction',
        'StatusNotification 2 Charging',
      ]);
    },
  },
  {
    name: 'QueueAllMessages without the types that are to be discarded',
    world: {
      keys: {
        QueueAllMessages: 'true',
        MessageTypesDiscardForQueueing: 'StatusNotification, Heartbeat,DataTransfer,FirmwareStatusNotification',
        MeterValueSampleInterval: '0',
      },
      also: firmware,
    },
    memoryOnly: true,
    run(world) {
      const asked = offlineDay(world);
      expect(asked.answers).toEqual([undefined]);
      const from = world.csms.received.length;
      world.reconnect();
      expect(since(world, from)).toEqual([
        'StartTransaction',
        'StopTransaction',
        'FirmwareStatusNotification DownloadFailed',
        'DiagnosticsStatusNotification Uploading',
        'DiagnosticsStatusNotification Uploaded',
      ]);
    },
  },
  {
    name: 'QueueAllMessages: what waits is bounded, the oldest goes; nothing of the outbox is lost',
    world: { keys: { QueueAllMessages: 'true', MessageTypesDiscardForQueueing: 'Heartbeat' } },
    memoryOnly: true,
    run(world) {
      world.advance(second);
      world.offline();
      world.plug(2);
      world.wallbox.begin(2, 'A');
      const asked = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) => world.dataTransfer('com.box', name));
      const long = world.dataTransfer('com.box', 'long', 'x'.repeat(1800));
      for (let fault = 0; fault < 20; fault++) {
        world.fault(1, 'GroundFailure');
        world.advance(second);
        world.input('onAllErrorsCleared', 1);
        world.advance(second);
      }
      expect(asked.map(({ answers }) => answers.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
      const from = world.csms.received.length;
      world.reconnect();
      const told = since(world, from);
      expect(told[0]).toBe('StartTransaction');
      expect(told.filter((text) => text.startsWith('StatusNotification '))).toHaveLength(24);
      expect(told).toContain('StatusNotification 2 Charging');
      expect(told.filter((text) => text.startsWith('StatusNotification 1 ')).slice(-1)).toEqual(['StatusNotification 1 Available']);
      expect(asked.slice(7).map(({ answers }) => answers)).toEqual([
        [{ status: 'Accepted' }],
        [{ status: 'Accepted' }],
        [{ status: 'Accepted' }],
      ]);
      expect(long.answers).toEqual([{ status: 'Accepted' }]);
    },
  },
  {
    name: 'QueueAllMessages: before the first connection, and what was in flight when it broke',
    world: { keys: { QueueAllMessages: 'true', ConnectionTimeOut: '0' } },
    booted: false,
    memoryOnly: true,
    run(world) {
      world.network = 'down';
      world.boot();
      world.advance(second);
      world.plug(1);
      world.advance(second);
      world.csms.next('StatusNotification', {}, {}, {}, { ignored: true, close: 1001 });
      world.reconnect();
      expect(world.statuses(0)).toEqual(['Available']);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
      expect(world.statuses(2)).toEqual(['Available']);
    },
  },
  {
    name: 'Without QueueAllMessages only the difference is told',
    world: { keys: { MeterValueSampleInterval: '0' }, also: firmware },
    memoryOnly: true,
    run(world) {
      const asked = offlineDay(world);
      expect(asked.answers).toEqual([undefined]);
      const from = world.csms.received.length;
      world.reconnect();
      expect(since(world, from)).toEqual([
        'StartTransaction',
        'StopTransaction',
        'FirmwareStatusNotification DownloadFailed',
        'DiagnosticsStatusNotification Uploaded',
      ]);
    },
  },
  {
    name: 'AuthorizeConnectorZeroOnConnectorOne: connector 0 of the reader is connector 1',
    world: { connectors: 1 },
    run(world) {
      expect(value(world, 'AuthorizeConnectorZeroOnConnectorOne')).toBe('true');
      world.plug(1);
      world.tag('A', [0]);
      world.advance(minute);
      expect(world.transactions[0]?.start).toMatch({ connectorId: 1, idTag: 'A' });
      world.tag('A', [0]);
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'Connector 0 of the reader is ignored: with the key false, and with more connectors than one',
    world: { keys: { AuthorizeConnectorZeroOnConnectorOne: 'true' } },
    run(world) {
      expect(value(world, 'AuthorizeConnectorZeroOnConnectorOne')).toBe('false');
      world.plug(1);
      world.tag('A', [0]);
      world.advance(second);
      expect(world.sent('Authorize')).toHaveLength(0);
      world.tag('A', [0, 1]);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'One connector, the key false: connector 0 of the reader is ignored',
    world: { connectors: 1, keys: { AuthorizeConnectorZeroOnConnectorOne: 'false' } },
    run(world) {
      world.plug(1);
      world.tag('A', [0]);
      world.advance(second);
      expect(world.sent('Authorize')).toHaveLength(0);
    },
  },
  {
    name: 'Lights and rotations act at the board: it hears of each change once',
    world: { options: { lights: true } },
    run(world) {
      expect(status(world, 'LightIntensity', '55')).toBe('Accepted');
      expect(status(world, 'LightIntensity', '101')).toBe('Rejected');
      expect(status(world, 'BlinkRepeat', '3')).toBe('Accepted');
      expect(status(world, 'BlinkRepeat', '3')).toBe('Accepted');
      expect(status(world, 'ConnectorPhaseRotation', '1.RST, 2.TRS')).toBe('Accepted');
      expect(world.called('configurationKeyChanged')).toEqual([
        [{ key: 'LightIntensity', readonly: false, value: '55' }],
        [{ key: 'BlinkRepeat', readonly: false, value: '3' }],
        [{ key: 'ConnectorPhaseRotation', readonly: false, value: '1.RST,2.TRS' }],
      ]);
      world.reboot();
      expect(value(world, 'LightIntensity')).toBe('55');
      expect(value(world, 'ConnectorPhaseRotation')).toBe('1.RST,2.TRS');
    },
  },
  {
    name: 'ConnectorSwitch3to1PhaseSupported says what the board can do, and is not to be changed',
    world: { keys: { ConnectorSwitch3to1PhaseSupported: 'true' }, also: ['signalSetChargingProfiles'] },
    run(world) {
      expect(value(world, 'ConnectorSwitch3to1PhaseSupported')).toBe('true');
      expect(status(world, 'ConnectorSwitch3to1PhaseSupported', 'false')).toBe('Rejected');
      expect(world.called('configurationKeyChanged')).toHaveLength(0);
    },
  },
];
