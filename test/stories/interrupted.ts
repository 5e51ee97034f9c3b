/** Interrupted transactions: what the driver is billed and what was decided about him, whatever the power does (protocol.md section 7). */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const register = 'Energy.Active.Import.Register';
const offline = { AllowOfflineTxForUnknownId: 'true' };

function stopOf(world: World, index = 0) {
  const stop = world.transactions[index]?.stop;
  if (stop === undefined) throw new Error('no stop');
  return stop;
}

/** The power is gone for a while, and the session with it; the wallbox reads its meter before it starts the station. */
function loseSession(world: World, reading?: number, reason = 'PowerUp'): void {
  world.cut();
  world.advance(minute);
  world.beforeStart = reading === undefined ? undefined : () => world.call('onMeterValues', [1, { [register]: reading }]) as undefined;
  world.boot(false, reason);
  world.beforeStart = undefined;
  world.advance(second);
}

/** The session goes on after the power cut; a wallbox has forgotten that it was paused. */
function resume(world: World): void {
  world.cut();
  world.wallbox.sockets[1]!.paused = false;
  world.advance(minute);
  world.boot(true);
  world.advance(second);
}

/** Time goes by, and the meter is read every ten seconds. */
function read(world: World, milliseconds: number): void {
  for (let time = 0; time < milliseconds; time += 10 * second) {
    world.advance(10 * second);
    world.wallbox.showMeters();
    world.drain();
  }
}

const billing: Story[] = ['0', '900'].map((interval) => ({
  name: `MeterValueSampleInterval ${interval}: a power cut costs the operator no more than 1,000 Wh or 5 minutes`,
  world: { metersFirst: false, keys: { MeterValueSampleInterval: interval } },
  run(world) {
    world.charge(1, 'A');
    world.wallbox.draw(1, 22_000);
    read(world, 14 * minute);
    const delivered = world.wallbox.energy(1);
    loseSession(world);
    expect(stopOf(world)).toMatch({ reason: 'PowerLoss' });
    expect(stopOf(world).meterStop).toBeAtMost(Math.floor(delivered));
    expect(stopOf(world).meterStop).toBeAtLeast(Math.floor(delivered) - 1000);
    world.unplug(1);
    world.charge(1, 'B');
    world.wallbox.draw(1, 1_400);
    world.advance(14 * minute);
    const slowly = world.wallbox.energy(1);
    loseSession(world);
    expect(stopOf(world, 1).meterStop).toBeAtMost(Math.floor(slowly));
    expect(stopOf(world, 1).meterStop).toBeAtLeast(Math.floor(slowly) - 118);
    // The last moment known of it lies at most five minutes before the power went.
    expect(Date.parse(stopOf(world, 1).timestamp)).toBeAtLeast(world.unixAt(world.time) - 6 * minute - 5 * second);
  },
}));

export const stories: Story[] = [
  ...billing,
  {
    name: 'The register that the meter shows after the boot is billed; one that fell is not',
    world: { metersFirst: false, keys: { StopTxnSampledData: `${register},Voltage` } },
    run(world) {
      world.charge(1, 'A');
      read(world, 90 * second);
      loseSession(world, 1500.5);
      expect(stopOf(world).meterStop).toBe(1501);
      world.unplug(1);
      world.charge(1, 'B');
      read(world, 60 * second);
      loseSession(world, 3);
      const [, bill] = world.transactions;
      expect(bill?.stop?.meterStop).toBe(Number(bill?.start.meterStart) + 183);
      for (const { start, stop } of world.transactions) {
        const values = stop?.transactionData?.map(({ sampledValue }) => sampledValue.find(({ measurand }) => measurand === register));
        expect(values?.[0]).toMatch({ context: 'Transaction.Begin', value: String(start.meterStart) });
        expect(values?.at(-1)).toMatch({ context: 'Transaction.End', value: String(stop?.meterStop) });
        expect(stop?.transactionData?.at(-1)?.timestamp).toBe(stop?.timestamp);
      }
      // The minute without power is nobody's.
      expect(stopOf(world, 0).timestamp).toBe('2025-01-01T00:01:00.000Z');
    },
  },
  {
    name: 'Transaction.Begin and Transaction.End show meterStart and meterStop, also where the meter shows more digits or none',
    world: { keys: { StopTxnSampledData: register, StartTxnSampledData: register } },
    run(world) {
      world.plug(1);
      world.wallbox.next('provideToken', { value: undefined });
      world.tag('A');
      world.wallbox.begin(1, 'A', {}, 0.5);
      world.advance(50 * second);
      world.tag('A');
      world.unplug(1);
      world.wallbox.sockets[2]!.readings = { Voltage: 230 };
      world.charge(2, 'B');
      world.advance(10 * second);
      world.tag('B');
      world.unplug(2);
      world.advance(second);
      expect(world.transactions).toHaveLength(2);
      for (const { start, stop, values } of world.transactions) {
        expect(values[0]?.sampledValue).toMatch([{ context: 'Transaction.Begin', value: String(start.meterStart) }]);
        const data = stop?.transactionData?.map(({ sampledValue }) => [sampledValue[0]?.context, Number(sampledValue[0]?.value)]);
        expect(data).toEqual([
          ['Transaction.Begin', start.meterStart],
          ['Transaction.End', stop?.meterStop],
        ]);
      }
    },
  },
  {
    name: 'Why a session ended: the power, the watchdog, or a Reset that the power overtook',
    run(world) {
      const reasons = [
        ['PowerUp', 'PowerLoss'],
        ['Watchdog', 'Reboot'],
        ['LocalReset', 'Reboot'],
        ['Unknown', 'PowerLoss'],
      ];
      for (const [boot] of reasons) {
        world.charge(1, 'A');
        world.advance(10 * second);
        loseSession(world, undefined, boot);
        world.unplug(1);
      }
      for (const type of ['Hard', 'Soft']) {
        world.charge(1, 'A');
        world.advance(10 * second);
        world.wallbox.next('stopTransaction', { value: true }, { value: true });
        world.request('Reset', { type });
        world.advance(5 * second);
        expect(world.transactions.at(-1)?.stop).toBe(undefined);
        loseSession(world);
        world.unplug(1);
      }
      const told = world.transactions.map(({ stop }) => stop?.reason);
      expect(told).toEqual([...reasons.map(([, reason]) => reason), 'HardReset', 'SoftReset']);
    },
  },
  {
    name: 'A refused driver gets MaxEnergyOnInvalidId and no more, whatever the power does',
    world: { keys: { StopTransactionOnInvalidId: 'false', MaxEnergyOnInvalidId: '500' } },
    run(world) {
      world.csms.next('StartTransaction', { payload: { transactionId: 7, idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      const before = world.wallbox.energy(1);
      read(world, minute);
      resume(world);
      read(world, 10 * minute);
      expect(world.wallbox.sockets[1]!.paused).toBe(true);
      const used = world.wallbox.energy(1) - before;
      expect(used).toBeAtLeast(500);
      // Ten seconds at 11 kW are 31 Wh.
      expect(used).toBeAtMost(531);
      resume(world);
      read(world, 10 * minute);
      expect(world.wallbox.energy(1) - before).toBeAtMost(used + 31);
      expect(world.statuses(1).at(-1)).toBe('SuspendedEVSE');
      world.wallbox.end(1, 'Local');
      world.unplug(1);
    },
  },
  {
    name: 'A paused transaction stays paused after a power cut, and goes on when the driver is accepted after all',
    world: { keys: { StopTransactionOnInvalidId: 'false' } },
    run(world) {
      world.csms.next('StartTransaction', { payload: { transactionId: 7, idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(10 * second);
      const before = world.wallbox.energy(1);
      resume(world);
      read(world, 5 * minute);
      expect(world.wallbox.energy(1)).toBe(before);
      world.authorize('A');
      world.advance(second);
      resume(world);
      read(world, 2 * minute);
      expect(world.wallbox.energy(1)).toBeAtLeast(before + 300);
      world.wallbox.end(1, 'Local');
      world.unplug(1);
    },
  },
  {
    name: 'An allowance is lifted when the driver is accepted before it is used up',
    world: { keys: { StopTransactionOnInvalidId: 'false', MaxEnergyOnInvalidId: '500' } },
    run(world) {
      world.csms.next('StartTransaction', { payload: { transactionId: 7, idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      const before = world.wallbox.energy(1);
      read(world, minute);
      world.authorize('A');
      world.advance(second);
      read(world, 10 * minute);
      expect(world.wallbox.energy(1)).toBeAtLeast(before + 1500);
      world.wallbox.end(1, 'Local');
      world.unplug(1);
    },
  },
  {
    name: 'A wished stop is asked for again after a power cut, with its reason and its card, before and after the start is told',
    world: { keys: { ...offline, LocalPreAuthorize: 'true' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(10 * second);
      world.wallbox.always('stopTransaction', { value: false });
      world.tag('A');
      world.cut();
      world.wallbox.behave();
      world.advance(minute);
      world.boot(true);
      world.advance(second);
      expect(world.called('stopTransaction').at(-1)).toEqual([1, 'Local']);
      expect(stopOf(world)).toMatch({ reason: 'Local', idTag: 'A' });
      world.unplug(1);
      world.offline();
      world.charge(1, 'B');
      world.advance(10 * second);
      world.wallbox.always('stopTransaction', { value: false });
      world.tag('B');
      world.cut();
      world.wallbox.behave();
      world.advance(minute);
      world.boot(true);
      expect(world.called('stopTransaction').at(-1)).toEqual([1, 'Local']);
      world.unplug(1);
      world.reconnect();
      expect(stopOf(world, 1)).toMatch({ reason: 'Local', idTag: 'B' });
    },
  },
  {
    name: 'A refused driver is stopped after the power cut, if the wallbox did not get to it before',
    run(world) {
      world.wallbox.always('stopTransaction', { value: false });
      world.csms.next('StartTransaction', { payload: { transactionId: 7, idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(5 * second);
      world.cut();
      world.wallbox.behave();
      world.advance(minute);
      world.boot(true);
      world.advance(second);
      expect(stopOf(world)).toMatch({ reason: 'DeAuthorized', transactionId: 7 });
    },
  },
  {
    name: 'The group of whoever started may stop after a power cut, also before the start is told',
    world: { keys: { LocalAuthListEnabled: 'true', LocalAuthorizeOffline: 'true' } },
    run(world) {
      const listed = ['A', 'B'].map((idTag) => ({ idTag, idTagInfo: { status: 'Accepted', parentIdTag: 'FAMILY' } }));
      world.request('SendLocalList', { listVersion: 1, updateType: 'Full', localAuthorizationList: listed });
      world.offline();
      world.charge(1, 'A');
      world.advance(10 * second);
      resume(world);
      world.tag('B');
      world.unplug(1);
      world.reconnect();
      expect(stopOf(world)).toMatch({ reason: 'Local', idTag: 'B' });
    },
  },
  {
    name: 'An end that the journal could not take outlives the boot with its reason, its card and its register',
    losesSamples: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(minute + 30 * second);
      const { flash } = world;
      const program = flash.program.bind(flash);
      flash.program = () => {
        throw new Error('the flash failed');
      };
      try {
        world.tag('A');
        world.unplug(1);
        world.advance(20 * second);
      } finally {
        flash.program = program;
      }
      world.cut();
      world.advance(minute);
      world.boot(true);
      world.advance(15 * second);
      expect(stopOf(world)).toMatch({ reason: 'Local', idTag: 'A', meterStop: 1276, timestamp: '2025-01-01T00:01:30.000Z' });
    },
  },
  {
    name: 'A session that the wallbox goes on with, and of which nothing is stored, is asked to end until it has',
    run(world) {
      const { wallbox } = world;
      const onPowerOn = wallbox.onPowerOn.bind(wallbox);
      wallbox.onPowerOn = (goesOn) => [...onPowerOn(goesOn), 'STRANGE'];
      world.reboot();
      wallbox.onPowerOn = onPowerOn;
      world.advance(15 * second);
      const asked = world.called('stopTransaction').length;
      expect(asked).toBeAtLeast(2);
      expect(world.called('stopTransaction')).toContain([2, 'Other']);
      world.input('onTransactionStopped', 2, 'STRANGE', 'Other', 5000);
      world.advance(minute);
      expect(world.called('stopTransaction')).toHaveLength(asked);
      expect(world.sent('StopTransaction')).toHaveLength(0);
    },
  },
  {
    name: 'Each transaction has one Transaction.Begin and one Transaction.End, whenever the power went',
    world: { keys: { StopTxnSampledData: register } },
    run(world) {
      world.charge(1, 'A');
      world.advance(70 * second);
      world.tag('A');
      world.unplug(1);
      world.charge(2, 'B');
      world.advance(70 * second);
      world.tag('B');
      world.unplug(2);
      world.advance(second);
      expect(world.transactions).toHaveLength(2);
      for (const { stop } of world.transactions) {
        const contexts = stop?.transactionData?.map(({ sampledValue }) => sampledValue[0]?.context);
        expect(contexts).toEqual(['Transaction.Begin', 'Sample.Periodic', 'Transaction.End']);
      }
    },
  },
  {
    name: 'Nobody begins where his end would find no room: a Reset with a full journal loses no stop',
    world: { keys: { ...offline, MeterValueSampleInterval: '10', StopTxnSampledData: register }, sectors: 2 },
    losesSamples: true,
    run(world) {
      world.charge(2, 'LONG');
      world.offline();
      for (let round = 0; round < 150 && world.wallbox.sessions.every((session) => !session.abandoned); round++) {
        world.charge(1, `CARD${round}`);
        world.advance(50 * second);
        world.tag(`CARD${round}`, [1]);
        world.unplug(1);
        world.advance(20 * second);
      }
      expect(world.wallbox.sessions.at(-1)?.abandoned).toBe(true);
      const stop = world.time;
      world.tag('LONG', [2]);
      world.unplug(2);
      world.cut();
      world.advance(minute);
      world.boot(false);
      world.reconnect();
      const bill = world.transactions.find(({ start }) => start.idTag === 'LONG');
      expect(bill?.stop).toMatch({ reason: 'Local', idTag: 'LONG' });
      expect(Date.parse(bill?.stop?.timestamp ?? '')).toBe(world.unixAt(stop));
      const contexts = bill?.stop?.transactionData?.map(({ sampledValue }) => sampledValue[0]?.context);
      expect(contexts?.[0]).toBe('Transaction.Begin');
      expect(contexts?.at(-1)).toBe('Transaction.End');
    },
  },
  {
    name: 'Thinned samples are thinned alike on both connectors, and a power cut bills both',
    world: { keys: { ...offline, MessageQueueSizeThreshold: '3' } },
    losesSamples: true,
    run(world) {
      world.offline();
      world.charge(1, 'A');
      world.charge(2, 'B');
      read(world, 60 * minute);
      const delivered = [1, 2].map((connector) => Math.floor(world.wallbox.energy(connector)));
      loseSession(world);
      world.reconnect();
      for (const { start, stop, values } of world.transactions) {
        expect(values.length).toBeAtLeast(28);
        expect(stop?.meterStop).toBeAtLeast(delivered[start.connectorId - 1]! - 1000);
      }
    },
  },
  {
    name: 'A stop that was wished while one write failed outlives the power cut right behind it',
    run(world) {
      world.wallbox.next('stopTransaction', { value: false });
      world.charge(1, 'A');
      world.power.failWrites = 1;
      world.tag('A');
      world.reboot();
      world.advance(minute);
      expect(world.wallbox.sockets[1]!.flow).toBe(0);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'A' });
    },
  },
];
