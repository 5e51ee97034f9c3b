/** Power: cuts, flickers, stores that are full or fail, a journal that wraps round. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const second = 1000;
const minute = 60_000;
const offline = { AllowOfflineTxForUnknownId: 'true' };

export const stories: Story[] = [
  {
    name: 'A session that is still there goes on after a power cut',
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute + 10 * second);
      world.reboot(true, 30 * second);
      expect(world.statuses(1).at(-1)).toBe('Charging');
      world.advance(2 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', transactionId: 1001, idTag: 'A' });
      expect(world.transactions[0]?.values).toHaveLength(4);
    },
  },
  {
    name: 'A session that is gone ends with PowerLoss and the last stored value',
    world: { metersFirst: false },
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute + 10 * second);
      world.reboot(false, 30 * second);
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'PowerLoss', meterStop: 1368, transactionId: 1001 });
      world.unplug(1);
      world.charge(1, 'B');
      world.advance(second);
      expect(world.transactions).toHaveLength(2);
    },
  },
  {
    name: 'PowerLoss before the first sample: the value of the start',
    world: { metersFirst: false },
    run(world) {
      world.charge(1, 'A');
      world.advance(10 * second);
      world.reboot(false);
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'PowerLoss', meterStop: 1001 });
    },
  },
  {
    name: 'The car left while the power was off: PowerLoss, and nothing that runs',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.cut();
      world.wallbox.sockets[1]!.plugged = false;
      world.advance(minute);
      world.boot();
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('PowerLoss');
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'An offline transaction over two boots without a clock',
    world: { keys: offline },
    run(world) {
      world.offline();
      world.reboot();
      world.charge(1, 'A');
      world.advance(90 * second);
      world.reboot();
      world.advance(90 * second);
      world.tag('A');
      world.unplug(1);
      world.charge(2, 'B');
      world.advance(70 * second);
      world.reboot(false);
      world.advance(minute);
      world.reconnect();
      expect(world.transactions.map(({ start }) => start.idTag)).toEqual(['A', 'B']);
      expect(world.transactions.map(({ stop }) => stop?.reason)).toEqual(['Local', 'PowerLoss']);
      expect(world.transactions[0]?.values).toHaveLength(2);
    },
  },
  {
    name: 'A transaction whose StartTransaction was never answered before the cut keeps its one start',
    run(world) {
      world.csms.next('StartTransaction', { silent: true });
      world.charge(1, 'A');
      world.advance(5 * second);
      world.reboot();
      world.advance(minute);
      expect(world.transactions).toHaveLength(1);
      expect(world.sent('StartTransaction')).toHaveLength(1);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.transactionId).toBe(1001);
    },
  },
  {
    name: '17: the power flickers five times during boot and during StopTransaction',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.csms.next('StopTransaction', { silent: true }, { silent: true }, { silent: true });
      world.tag('A');
      world.advance(second);
      for (let flicker = 0; flicker < 5; flicker++) world.reboot(true, 200);
      world.advance(2 * minute);
      expect(world.transactions).toHaveLength(1);
      expect(world.sent('StopTransaction')).toHaveLength(1);
      world.unplug(1);
      world.charge(1, 'B');
      for (let flicker = 0; flicker < 5; flicker++) world.reboot(true, 50);
      world.advance(minute);
      expect(world.transactions).toHaveLength(2);
      expect(world.transactions[1]?.stop).toBe(undefined);
      expect(world.statuses(1).at(-1)).toBe('Charging');
    },
  },
  {
    name: 'The journal wraps round',
    world: {
      keys: { ...offline, SampledDataSignReadings: 'true', StopTxnSampledData: 'Voltage' },
      options: { connectors: [{ signed: true }] },
      sectors: 2,
    },
    run(world) {
      // A signed value fills half a sector.
      const signed = 'SIGNED VALUE OF 40 CHARACTERS, REPEATED '.repeat(45);
      for (let round = 1; round <= 6; round++) {
        if (round === 4) world.offline();
        world.plug(1);
        world.wallbox.next('provideToken', { value: undefined });
        world.tag('A');
        world.wallbox.begin(1, 'A', round % 2 === 0 ? { signed } : {});
        world.advance(70 * second);
        world.wallbox.end(1, 'Local', round === 5 ? {} : { signed });
        world.unplug(1);
        world.drain();
        if (round === 4) world.reconnect();
      }
      world.advance(second);
      expect(world.power.erases).toBeAtLeast(5);
      expect(world.transactions).toHaveLength(6);
      for (const { values, stop } of world.transactions) {
        expect(values).toHaveLength(1);
        expect(stop?.transactionData?.length).toBeAtLeast(3);
      }
    },
  },
  {
    name: '23: offline until the journal is full: samples are thinned, start and stop are kept, then nobody charges',
    world: { keys: { ...offline, MeterValueSampleInterval: '10', StopTxnSampledData: 'Energy.Active.Import.Register' }, sectors: 2 },
    losesSamples: true,
    run(world) {
      world.offline();
      for (let round = 0; round < 150 && world.wallbox.sessions.every((session) => !session.abandoned); round++) {
        world.charge(1, `CARD${round}`);
        world.advance(50 * second);
        world.tag(`CARD${round}`);
        world.unplug(1);
        world.advance(20 * second);
      }
      const kept = world.wallbox.sessions.filter((session) => session.durable).length;
      expect(kept).toBeAtLeast(10);
      const refused = world.wallbox.sessions.filter((session) => session.abandoned).length;
      expect(refused).toBeAtLeast(1);
      expect(world.wallbox.sessions.length).toBe(kept + refused);
      const dropped = world.events.filter((event) => event.event === 'dropped');
      expect(dropped.filter(({ action }) => action === 'StartTransaction')).toHaveLength(refused);
      expect(dropped.filter(({ action }) => action === 'MeterValues').length > 0).toBe(true);
      world.reconnect();
      expect(world.transactions).toHaveLength(kept);
      for (const { stop } of world.transactions) {
        const contexts = (stop?.transactionData ?? []).map((value) => value.sampledValue[0]?.context);
        if (contexts.length > 0) expect(contexts[0]).toBe('Transaction.Begin');
      }
      world.charge(1, 'LAST');
      world.advance(second);
      expect(world.transactions).toHaveLength(kept + 1);
    },
  },
  {
    name: 'A stop that does not fit is stored as soon as there is room',
    losesSamples: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.power.full = true;
      world.tag('A');
      world.unplug(1);
      world.advance(30 * second);
      expect(world.transactions[0]?.stop).toBe(undefined);
      world.plug(1);
      world.tag('B', [1]);
      world.advance(second);
      world.power.full = false;
      world.advance(15 * second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', timestamp: '2025-01-01T00:01:00.000Z' });
    },
  },
  {
    name: 'The store fails when a stop is confirmed: no second stop after the next boot',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.csms.next('StopTransaction', { after: 5 });
      world.tag('A');
      world.unplug(1);
      world.power.full = true;
      world.advance(10 * second);
      world.power.full = false;
      world.charge(2, 'B');
      world.advance(3 * minute);
      world.reboot();
      world.advance(minute);
      world.reboot(false);
      world.advance(minute);
      expect(world.sent('StopTransaction').map(({ reason }) => reason)).toEqual(['Local', 'PowerLoss']);
    },
  },
  {
    name: 'A stop without date that waits for room until the time is known is dated all the same',
    world: { keys: offline },
    run(world) {
      world.network = 'down';
      world.reboot(true, 10 * minute);
      world.charge(1, 'A');
      world.advance(minute);
      world.power.full = true;
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      world.online();
      world.power.full = false;
      world.advance(2 * minute);
      expect(world.transactions[0]?.start.timestamp).toBe('2025-01-01T00:10:00.000Z');
      expect(Date.parse(world.transactions[0]?.stop?.timestamp ?? '')).toBeAtLeast(Date.UTC(2025, 0, 1, 0, 11));
    },
  },
  {
    name: 'Writes that fail now and then harm nothing but what they would have stored',
    losesSamples: true,
    world: { keys: { AuthorizationCacheEnabled: 'true' } },
    run(world) {
      for (let round = 0; round < 6; round++) {
        world.power.failWrites = round % 3;
        world.charge(1, `CARD${round}`);
        world.advance(90 * second);
        world.power.failWrites = (round + 1) % 3;
        world.tag(`CARD${round}`);
        world.unplug(1);
        world.advance(20 * second);
      }
      world.power.failWrites = 0;
      world.advance(minute);
      const durable = world.wallbox.sessions.filter((session) => session.durable).length;
      expect(durable).toBeAtLeast(2);
      expect(world.transactions).toHaveLength(durable);
    },
  },
];
