/** Configuration keys, and DataTransfer both ways. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;

function change(world: World, key: string, value: string): unknown {
  return world.request('ChangeConfiguration', { key, value }).payload?.['status'];
}

function read(world: World, key: string): unknown {
  const { payload } = world.request('GetConfiguration', { key: [key] });
  return (payload?.['configurationKey'] as { value?: string }[] | undefined)?.[0]?.value;
}

/** Key, value, status, what is read then. */
const rows: readonly (readonly [key: string, value: string, status: string, read: string])[] = [
  ['HeartbeatInterval', ' 900 ', 'Accepted', '900'],
  ['heartbeatinterval', '901', 'Accepted', '901'],
  ['HeartbeatInterval', '900.0', 'Accepted', '900'],
  ['HeartbeatInterval', '900.5', 'Rejected', '900'],
  ['HeartbeatInterval', '-1', 'Rejected', '900'],
  ['HeartbeatInterval', '', 'Rejected', '900'],
  ['HeartbeatInterval', '1e3', 'Rejected', '900'],
  ['HeartbeatInterval', '99999999999', 'Rejected', '900'],
  ['LocalPreAuthorize', 'TRUE', 'Accepted', 'true'],
  ['LocalPreAuthorize', '1', 'Rejected', 'true'],
  ['LocalPreAuthorize', 'yes', 'Rejected', 'true'],
  ['LocalPreAuthorize', ' False ', 'Accepted', 'false'],
  ['LocalPreAuthorize', '', 'Rejected', 'false'],
  ['MeterValuesSampledData', 'voltage , Current.Import,', 'Accepted', 'Voltage,Current.Import'],
  ['MeterValuesSampledData', ',,Voltage,,', 'Accepted', 'Voltage'],
  ['MeterValuesSampledData', 'Frequency', 'Rejected', 'Voltage'],
  ['MeterValuesSampledData', 'Voltage,Nonsense', 'Rejected', 'Voltage'],
  ['MeterValuesSampledData', 'Voltage.L1', 'Rejected', 'Voltage'],
  ['MeterValuesSampledData', '', 'Accepted', ''],
  ['NumberOfConnectors', '3', 'Rejected', '2'],
  ['GetConfigurationMaxKeys', '3', 'Rejected', '64'],
  ['ConnectorPhaseRotation', '0.RST,1.RTS,2.NotApplicable', 'Accepted', '0.RST,1.RTS,2.NotApplicable'],
  ['ConnectorPhaseRotation', '3.RST', 'Rejected', '0.RST,1.RTS,2.NotApplicable'],
  ['ConnectorPhaseRotation', '1.RST,1.RTS', 'Rejected', '0.RST,1.RTS,2.NotApplicable'],
  ['MinimumStatusDuration', 'soon', 'Rejected', '0'],
  ['StopTransactionMaxMeterValues', '3', 'Rejected', '200'],
  ['MessageTimeout', '0', 'Rejected', '30'],
  ['SecurityProfile', '0', 'Rejected', '0'],
];

export const stories: Story[] = [
  {
    name: '16: ChangeConfiguration takes what can be meant, and nothing else',
    memoryOnly: true,
    run(world) {
      for (const [key, value, status, text] of rows) {
        expect(change(world, key, value), `${key} = ${value}`).toBe(status);
        expect(read(world, key), `${key} after ${value}`).toBe(text);
      }
      expect(change(world, 'NoSuchKey', '1')).toBe('NotSupported');
      expect(change(world, 'LightIntensity', '1')).toBe('NotSupported');
      expect(change(world, 'HeartbeatInterval', '9'.repeat(501))).toBe(undefined);
    },
  },
  {
    name: 'A changed key survives a reboot, is told to the wallbox once, and its default frees its place',
    run(world) {
      change(world, 'MeterValueSampleInterval', '17');
      change(world, 'MeterValueSampleInterval', '17.0');
      expect(world.called('configurationKeyChanged')).toEqual([[{ key: 'MeterValueSampleInterval', readonly: false, value: '17' }]]);
      world.reboot();
      expect(read(world, 'MeterValueSampleInterval')).toBe('17');
      change(world, 'MeterValueSampleInterval', '60');
      expect(world.storage.keys('c').length).toBe(0);
      world.reboot();
      expect(read(world, 'MeterValueSampleInterval')).toBe('60');
    },
  },
  {
    name: 'GetConfiguration: known and unknown keys in the order asked',
    run(world) {
      expect(
        world.request('GetConfiguration', { key: ['nope', 'meterValueSampleInterval', 'Other', 'NumberOfConnectors'] }).payload,
      ).toEqual({
        configurationKey: [
          { key: 'MeterValueSampleInterval', readonly: false, value: '60' },
          { key: 'NumberOfConnectors', readonly: true, value: '2' },
        ],
        unknownKey: ['nope', 'Other'],
      });
      expect(world.request('GetConfiguration', { key: ['nope'] }).payload).toEqual({ unknownKey: ['nope'] });
    },
  },
  {
    name: '15: GetConfiguration with all keys, in one frame',
    run(world) {
      for (const payload of [{}, { key: [] }]) {
        const answer = world.request('GetConfiguration', payload).payload as { configurationKey: { key: string }[] };
        const keys = answer.configurationKey.map(({ key }) => key);
        expect(keys.length).toBeAtLeast(45);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys).notToContain('AuthorizationKey');
      }
    },
  },
  {
    name: 'More keys asked than GetConfigurationMaxKeys are refused',
    world: { keys: { GetConfigurationMaxKeys: '3' } },
    run(world) {
      expect(world.request('GetConfiguration', { key: ['a', 'b', 'c', 'd'] }).error).toBe('OccurenceConstraintViolation');
      expect(world.request('GetConfiguration', { key: ['a', 'b', 'c'] }).payload).toEqual({ unknownKey: ['a', 'b', 'c'] });
      const { payload } = world.request('GetConfiguration', {});
      expect(((payload?.['configurationKey'] ?? []) as unknown[]).length).toBeAtLeast(45);
    },
  },
  {
    name: 'CentralSystemURI takes effect at the next boot',
    run(world) {
      expect(change(world, 'CentralSystemURI', 'ws://other.example/x/')).toBe('RebootRequired');
      expect(change(world, 'CentralSystemURI', 'not a url')).toBe('Rejected');
      expect(read(world, 'CentralSystemURI')).toBe('ws://other.example/x/');
      world.reboot();
      expect(world.attempts.at(-1)?.address.url).toBe('ws://other.example/x/CP%201');
    },
  },
  {
    name: 'An address that nobody can connect to is Rejected: the station is still there after the next boot',
    run(world) {
      for (const url of [
        'ws://csms.example:0',
        'ws://csms.example:99999',
        'ws://[',
        'ws://"csms.example"',
        'ws://me@csms.example',
        'ws://:80',
      ])
        expect(change(world, 'CentralSystemURI', url), url).toBe('Rejected');
      expect(read(world, 'CentralSystemURI')).toBe('ws://csms.example/ocpp');
      world.reboot();
      world.advance(second);
      expect(world.attempts.at(-1)?.address.url).toBe('ws://csms.example/ocpp/CP%201');
      world.charge(1, 'A');
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'An AuthorizationKey that cannot be sent is Rejected: the station is not locked out',
    world: { keys: { SecurityProfile: '1', AuthorizationKey: 'the old key of 16' } },
    run(world) {
      for (const key of ['0123456789abcde\ud800', '\udc000123456789abcde', '0123456789\u0007abcdef', '0123456789abcde\u007f', 'too short'])
        expect(change(world, 'AuthorizationKey', key)).toBe('Rejected');
      world.advance(second);
      expect(world.attempts).toHaveLength(1);
      world.offline();
      world.reconnect();
      expect(world.wire.isOpen).toBe(true);
      world.reboot();
      world.charge(1, 'A');
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'An equal AuthorizationKey is Accepted, and nothing else happens',
    world: { keys: { SecurityProfile: '1', AuthorizationKey: 'the old key of 16' } },
    run(world) {
      const writes = world.power.writes;
      expect(change(world, 'AuthorizationKey', 'the old key of 16')).toBe('Accepted');
      world.advance(second);
      expect(world.attempts).toHaveLength(1);
      expect(world.power.writes).toBe(writes);
      expect(change(world, 'AuthorizationKey', 'the new key of 16')).toBe('Accepted');
      world.advance(30 * second);
      expect(world.attempts).toHaveLength(2);
      expect(change(world, 'AuthorizationKey', 'the new key of 16')).toBe('Accepted');
      world.advance(30 * second);
      expect(world.attempts).toHaveLength(2);
      expect(read(world, 'AuthorizationKey')).toBe(undefined);
      expect(world.called('configurationKeyChanged')).toEqual([[{ key: 'AuthorizationKey', readonly: false }]]);
    },
  },
  {
    name: 'A ChargePointId in any alphabet stands in the address as UTF-8, percent-encoded',
    world: { keys: { ChargePointId: 'Säule 1/電😀' } },
    run(world) {
      expect(world.attempts.at(-1)?.address.url).toBe('ws://csms.example/ocpp/S%C3%A4ule%201%2F%E9%9B%BB%F0%9F%98%80');
    },
  },
  {
    name: 'The firmware reads and writes keys as the central system does',
    run(world) {
      expect(world.input('setConfigurationKey', 'HeartbeatInterval', '50')).toBe('Accepted');
      expect(world.input('setConfigurationKey', 'NumberOfConnectors', '5')).toBe('Rejected');
      expect(world.input('getConfigurationKey', ['HeartbeatInterval', 'x'])).toEqual({
        configurationKey: [{ key: 'HeartbeatInterval', readonly: false, value: '50' }],
        unknownKey: ['x'],
      });
      world.call('watchConfigurationKey', ['LocalPreAuthorize']);
      change(world, 'LocalPreAuthorize', 'true');
      expect(world.called('watchConfigurationKey')).toEqual([[{ key: 'LocalPreAuthorize', readonly: false, value: 'true' }]]);
      expect(world.called('configurationKeyChanged')).toHaveLength(1);
    },
  },
  {
    name: 'A store that is full: the change is Rejected, and everything goes on',
    run(world) {
      world.power.full = true;
      expect(change(world, 'MeterValueSampleInterval', '5')).toBe('Rejected');
      expect(read(world, 'MeterValueSampleInterval')).toBe('60');
      world.power.full = false;
      expect(change(world, 'MeterValueSampleInterval', '5')).toBe('Accepted');
    },
  },
  {
    name: 'A store that is full when the station is accepted for the first time: statuses are told, and the acceptance is noted later',
    booted: false,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.network = 'down';
      world.boot();
      world.power.full = true;
      world.reconnect();
      for (const connector of [0, 1, 2]) expect(world.statuses(connector)).toEqual(['Available']);
      world.offline();
      world.power.full = false;
      world.charge(1, 'A');
      world.advance(second);
      world.reconnect();
      expect(world.transactions).toHaveLength(1);
      world.tag('A', [1]);
      world.unplug(1);
      world.advance(second);
      world.cut();
      world.network = 'down';
      world.boot();
      world.charge(2, 'B');
      world.advance(second);
      world.reconnect();
      expect(world.transactions).toHaveLength(2);
    },
  },
  {
    name: 'A store that is full while a new AuthorizationKey is proven: every answer is heard, and the key is proven by a later one',
    world: { keys: { SecurityProfile: '1', AuthorizationKey: 'the old key of 16' } },
    memoryOnly: true,
    run(world) {
      world.outcomes.push({ refused: true });
      expect(change(world, 'AuthorizationKey', 'the new key of 16')).toBe('Accepted');
      world.power.full = true;
      world.advance(30 * second);
      expect(world.attempts).toHaveLength(3);
      expect(world.authorize('A').answers).toEqual([[{ status: 'Accepted' }, 'csms']]);
      world.power.full = false;
      expect(world.storage.read('s/key')).toBe(undefined);
      expect(world.authorize('A').answers).toHaveLength(1);
      expect(world.storage.read('s/key')).toBe('the new key of 16');
      expect(world.storage.read('s/key.new')).toBe(undefined);
    },
  },
  {
    name: 'DataTransfer of the central system: the handler of vendor and message, of the vendor, the callback, nobody',
    run(world) {
      expect(world.request('DataTransfer', { vendorId: 'com.x' }).payload).toEqual({ status: 'UnknownVendorId' });
      world.call('handleDataTransfer', ['com.x', 'ping']);
      expect(world.request('DataTransfer', { vendorId: 'COM.X', messageId: 'PING', data: '1' }).payload).toEqual({ status: 'Accepted' });
      expect(world.called('handleDataTransfer')).toEqual([['com.x', 'ping', '1']]);
      expect(world.request('DataTransfer', { vendorId: 'com.x', messageId: 'pong' }).payload).toEqual({ status: 'UnknownMessageId' });
      world.call('handleDataTransfer', ['com.x', undefined]);
      world.wallbox.next('handleDataTransfer', { value: { status: 'Rejected', data: '{"a":1}' }, after: 2 }, { throws: 'x' });
      const late = world.csms.request('DataTransfer', { vendorId: 'com.x', messageId: 'pong' });
      world.advance(2 * second);
      expect(late.payload).toEqual({ status: 'Rejected', data: '{"a":1}' });
      expect(world.request('DataTransfer', { vendorId: 'com.x' }).payload).toEqual({ status: 'Rejected' });
      expect(world.request('DataTransfer', { vendorId: 'com.y' }).payload).toEqual({ status: 'UnknownVendorId' });
    },
  },
  {
    name: 'DataTransfer with the general callback',
    world: { also: ['dataTransfer'] },
    run(world) {
      expect(world.request('DataTransfer', { vendorId: 'v', messageId: 'm', data: 'd' }).payload).toEqual({ status: 'Accepted' });
      expect(world.called('dataTransfer')).toEqual([[{ vendorId: 'v', messageId: 'm', data: 'd' }]]);
      world.wallbox.next('dataTransfer', { after: 'never' });
      const never = world.csms.request('DataTransfer', { vendorId: 'v' });
      world.advance(21 * second);
      expect(never.payload).toEqual({ status: 'Rejected' });
    },
  },
  {
    name: '20: DataTransfer with data that is no text',
    memoryOnly: true,
    world: { also: ['dataTransfer'] },
    run(world) {
      expect(world.request('DataTransfer', { vendorId: 'v', data: { a: 1 } }).error).toBe('TypeConstraintViolation');
      world.csms.next('DataTransfer', { payload: { status: 'Accepted', data: { a: [1, 'x'] } } });
      expect(world.dataTransfer('v', 'm', 'd').answers).toEqual([{ status: 'Accepted', data: '{"a":[1,"x"]}' }]);
    },
  },
  {
    name: 'DataTransfer of the firmware: one answer each, whatever happens',
    run(world) {
      expect(world.dataTransfer('v', 'm', 'd').answers).toEqual([{ status: 'Accepted' }]);
      expect(world.sent('DataTransfer')).toEqual([{ vendorId: 'v', messageId: 'm', data: 'd' }]);
      world.csms.next('DataTransfer', { error: 'NotSupported' }, { silent: true });
      expect(world.dataTransfer('v').answers).toEqual([undefined]);
      const silent = world.dataTransfer('v');
      expect(silent.answers).toEqual([]);
      const queued = world.dataTransfer('w');
      world.advance(31 * second);
      expect(silent.answers).toEqual([undefined]);
      expect(queued.answers).toEqual([{ status: 'Accepted' }]);
      world.csms.next('DataTransfer', { silent: true });
      const inFlight = world.dataTransfer('v');
      const waiting = world.dataTransfer('w');
      world.offline();
      expect(inFlight.answers).toEqual([undefined]);
      expect(waiting.answers).toEqual([undefined]);
      expect(world.dataTransfer('v').answers).toEqual([undefined]);
      world.reconnect();
    },
  },
];
