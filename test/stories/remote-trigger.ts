/** Messages that the central system asks for. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

function trigger(world: World, requestedMessage: string, more: object = {}): unknown {
  return world.request('TriggerMessage', { requestedMessage, ...more }).payload?.['status'];
}

export const stories: Story[] = [
  {
    name: 'Each message is sent when it is asked for',
    world: { also: ['updateFirmware', 'uploadDiagnostics'] },
    run(world) {
      world.charge(1, 'A');
      const before = world.actions.length;
      for (const message of ['BootNotification', 'Heartbeat', 'DiagnosticsStatusNotification', 'FirmwareStatusNotification']) {
        expect(trigger(world, message, { connectorId: 99 }), message).toBe('Accepted');
      }
      expect(trigger(world, 'StatusNotification', { connectorId: 1 })).toBe('Accepted');
      expect(trigger(world, 'MeterValues')).toBe('Accepted');
      expect(trigger(world, 'StatusNotification', { connectorId: 9 })).toBe('Rejected');
      expect(world.actions.slice(before)).toEqual([
        'BootNotification',
        'Heartbeat',
        'DiagnosticsStatusNotification',
        'FirmwareStatusNotification',
        'StatusNotification',
        'MeterValues',
      ]);
      expect(world.transactions[0]?.values).toMatch([{ sampledValue: [{ context: 'Trigger' }] }]);
      world.tag('A', [1]);
    },
  },
  {
    name: 'While Pending what is asked for leaves, and nothing else',
    booted: false,
    run(world) {
      world.csms.always('BootNotification', { merge: { status: 'Pending', interval: 300 } });
      world.boot();
      world.plug(1);
      expect(trigger(world, 'StatusNotification', { connectorId: 1 })).toBe('Accepted');
      expect(world.statuses(1)).toEqual(['Preparing']);
      expect(world.actions).toEqual(['BootNotification', 'StatusNotification']);
      world.csms.always('BootNotification');
      expect(trigger(world, 'BootNotification')).toBe('Accepted');
      world.tag('A', [1]);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'Triggered values overtake what waits',
    run(world) {
      world.charge(1, 'A');
      world.csms.next('MeterValues', { error: 'InternalError' });
      world.advance(100_000);
      expect(trigger(world, 'MeterValues', { connectorId: 1 })).toBe('Accepted');
      const { values } = world.transactions[0]!;
      expect(values).toMatch([{ timestamp: '2025-01-01T00:01:40.000Z' }]);
      world.advance(120_000);
      world.tag('A', [1]);
    },
  },
];
