/** Transactions: online, offline, and all that can go wrong between. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const minute = 60_000;

export const stories: Story[] = [
  {
    name: 'A card starts and ends a transaction online',
    run(world) {
      world.plug(1);
      world.tag('A');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging']);
      world.advance(5 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
      const [bill] = world.transactions;
      expect(world.transactions).toHaveLength(1);
      expect(bill?.start).toMatch({ connectorId: 1, idTag: 'A', meterStart: 1001, timestamp: '2025-01-01T00:00:00.000Z' });
      expect(bill?.values).toHaveLength(5);
      expect(bill?.stop).toMatch({
        transactionId: 1001,
        idTag: 'A',
        reason: 'Local',
        meterStop: 1918,
        timestamp: '2025-01-01T00:05:00.000Z',
      });
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Available']);
      expect(world.sent('Authorize')).toEqual([{ idTag: 'A' }]);
    },
  },
  {
    name: 'An offline transaction is told after the reconnect, in order',
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(3 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(10 * minute);
      expect(world.transactions).toHaveLength(0);
      world.reconnect();
      const [bill] = world.transactions;
      expect(world.transactions).toHaveLength(1);
      expect(bill?.start.timestamp).toBe('2025-01-01T00:00:00.000Z');
      expect(bill?.values.map((value) => value.timestamp)).toEqual([
        '2025-01-01T00:01:00.000Z',
        '2025-01-01T00:02:00.000Z',
        '2025-01-01T00:03:00.000Z',
      ]);
      expect(bill?.stop).toMatch({ timestamp: '2025-01-01T00:03:00.000Z', transactionId: 1001 });
    },
  },
  {
    name: 'A transaction starts offline and ends online',
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.reconnect();
      expect(world.transactions).toHaveLength(1);
      expect(world.called('transactionUpdated')).toHaveLength(1);
      world.advance(2 * minute);
      world.tag('A');
      world.unplug(1);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', transactionId: 1001 });
    },
  },
];
