/** Smart Charging: limits that come, change and go while cars charge. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const minute = 60_000;

const also = ['signalSetChargingProfiles'];

function profile(chargingProfileId: number, purpose: string, periods: (readonly [startPeriod: number, limit: number])[]): object {
  return {
    chargingProfileId,
    stackLevel: 0,
    chargingProfilePurpose: purpose,
    chargingProfileKind: 'Absolute',
    chargingSchedule: {
      chargingRateUnit: 'A',
      startSchedule: '2025-01-01T00:00:00Z',
      chargingSchedulePeriod: periods.map(([startPeriod, limit]) => ({ startPeriod, limit })),
    },
  };
}

function set(world: World, connectorId: number, csChargingProfiles: object): unknown {
  return world.request('SetChargingProfile', { connectorId, csChargingProfiles }).payload?.['status'];
}

/** Start and limit of each period of the next hour, in A. */
function limits(world: World, connectorId: number): unknown[] {
  const { payload } = world.request('GetCompositeSchedule', { connectorId, duration: 3600, chargingRateUnit: 'A' });
  const schedule = payload?.['chargingSchedule'] as { chargingSchedulePeriod: { startPeriod: number; limit: number }[] };
  return schedule.chargingSchedulePeriod.map(({ startPeriod, limit }) => [startPeriod, limit]);
}

/** A that flow on each connector. */
function currents(world: World): number[] {
  return world.wallbox.sockets.slice(1).map(({ current }) => current);
}

export const stories: Story[] = [
  {
    name: 'Two cars share what the station may take, and never draw more together; what one leaves goes to the other',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'ChargePointMaxProfile', [[0, 20]]));
      world.wallbox.draw(1, 22_080);
      world.wallbox.draw(2, 22_080);
      world.charge(1, 'A');
      world.advance(minute);
      expect(currents(world)).toEqual([20, 0]);
      world.charge(2, 'B');
      expect(currents(world)[1]).toBe(0);
      world.advance(minute);
      expect(currents(world)).toEqual([10, 10]);
      expect(world.statuses(2).slice(-1)).toEqual(['Charging']);
      // The first car is nearly full: what it leaves unused for a minute goes to the other.
      world.wallbox.draw(1, 4140);
      world.advance(4 * minute);
      expect(currents(world)).toEqual([6, 12]);
      world.wallbox.draw(1, 22_080);
      world.advance(4 * minute);
      expect(currents(world)).toEqual([10, 10]);
      world.tag('A', [1]);
      world.unplug(1);
      world.advance(minute);
      expect(currents(world)).toEqual([0, 20]);
    },
  },
  {
    name: 'Too little for two: who came second waits, and charges when the first has gone',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'ChargePointMaxProfile', [[0, 10]]));
      world.charge(2, 'B');
      world.charge(1, 'A');
      world.advance(minute);
      expect(currents(world)).toEqual([0, 10]);
      expect(world.statuses(1).slice(-1)).toEqual(['SuspendedEVSE']);
      world.tag('B', [2]);
      world.unplug(2);
      world.advance(minute);
      expect(currents(world)).toEqual([10, 0]);
      expect(world.statuses(1).slice(-1)).toEqual(['Charging']);
      expect(world.called('resumeCharging').slice(-1)).toEqual([[1]]);
    },
  },
  {
    name: 'A boot without clock and network: the fuse keeps its limit, and a pause stays a pause',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'ChargePointMaxProfile', [[0, 16]]));
      set(
        world,
        2,
        profile(2, 'TxDefaultProfile', [
          [0, 0],
          [36_000, 10],
        ]),
      );
      world.wallbox.draw(1, 22_080);
      world.charge(1, 'A');
      world.charge(2, 'B');
      world.advance(minute);
      expect(currents(world)).toEqual([16, 0]);
      world.cut();
      world.offline();
      world.advance(24 * 60 * minute);
      world.boot();
      world.advance(10 * minute);
      expect(currents(world)).toEqual([16, 0]);
    },
  },
  {
    name: 'A profile of a transaction pauses it, lets it go on, and ends with it',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'TxDefaultProfile', [[0, 20]]));
      world.charge(1, 'A');
      expect(
        set(
          world,
          1,
          profile(2, 'TxProfile', [
            [0, 16],
            [120, 0],
            [240, 6],
          ]),
        ),
      ).toBe('Accepted');
      world.advance(3 * minute);
      expect(world.statuses(1).slice(-1)).toEqual(['SuspendedEVSE']);
      expect(world.called('resumeCharging')).toHaveLength(0);
      world.advance(2 * minute);
      expect(world.statuses(1).slice(-1)).toEqual(['Charging']);
      expect(world.called('resumeCharging')).toEqual([[1]]);
      world.tag('A');
      world.unplug(1);
      expect(limits(world, 1)).toEqual([[0, 20]]);
      expect(world.request('ClearChargingProfile', { id: 2 }).payload).toEqual({ status: 'Unknown' });
    },
  },
  {
    name: 'A remote start brings its profile; the default is not used',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'TxDefaultProfile', [[0, 20]]));
      const chargingProfile = profile(2, 'TxProfile', [[0, 10]]);
      expect(world.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1, chargingProfile }).payload).toEqual({
        status: 'Accepted',
      });
      world.plug(1);
      expect(limits(world, 1)).toEqual([[0, 10]]);
      expect(limits(world, 2)).toEqual([[0, 20]]);
      // It belongs to the transaction, also when the power goes: the car gets what it got before, and no more (errata 3.42).
      world.advance(minute);
      expect(world.wallbox.sockets[1]!.current).toBe(10);
      world.reboot();
      world.reconnect();
      expect([limits(world, 1), limits(world, 2)]).toEqual([[[0, 10]], [[0, 20]]]);
      expect(world.wallbox.sockets[1]!.current).toBe(10);
      world.request('ClearChargingProfile', { id: 2 });
      expect(limits(world, 1)).toEqual([[0, 48]]);
      world.reboot();
      world.reconnect();
      expect([limits(world, 1), limits(world, 2)]).toEqual([[[0, 48]], [[0, 20]]]);
      world.tag('A');
      world.unplug(1);
      expect(limits(world, 1)).toEqual([[0, 20]]);
    },
  },
  {
    name: 'Profiles outlive a power cut, with the transaction that goes on',
    world: { also },
    run(world) {
      set(world, 0, profile(1, 'ChargePointMaxProfile', [[0, 25]]));
      set(world, 0, profile(2, 'TxDefaultProfile', [[0, 20]]));
      world.charge(1, 'A');
      set(world, 1, profile(3, 'TxProfile', [[0, 10]]));
      world.reboot();
      world.reconnect();
      expect([limits(world, 0), limits(world, 1), limits(world, 2)]).toEqual([[[0, 25]], [[0, 10]], [[0, 20]]]);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
      expect(limits(world, 1)).toEqual([[0, 20]]);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'A limit that counts from its acceptance outlives one boot after another, and never begins in the future',
    world: { also },
    run(world) {
      const { chargingSchedule, ...made } = profile(1, 'ChargePointMaxProfile', [[0, 8]]) as { chargingSchedule: object };
      const { chargingSchedulePeriod } = chargingSchedule as { chargingSchedulePeriod: object };
      const relative = { chargingRateUnit: 'A', duration: 7200, chargingSchedulePeriod };
      expect(set(world, 0, { ...made, chargingProfileKind: 'Relative', chargingSchedule: relative })).toBe('Accepted');
      world.advance(20 * minute);
      for (let boot = 0; boot < 3; boot++) {
        world.reboot();
        world.advance(minute);
        expect(limits(world, 0)).toEqual([[0, 8]]);
      }
      world.charge(1, 'A');
      world.advance(minute);
      expect(currents(world)).toEqual([8, 0]);
    },
  },
  {
    name: 'The limit of a transaction stays when the journal is lost',
    world: { also },
    run(world) {
      world.charge(1, 'A');
      set(world, 1, profile(1, 'TxProfile', [[0, 8]]));
      world.advance(minute);
      world.lose('journal');
      world.advance(minute);
      expect(currents(world)).toEqual([8, 0]);
      set(world, 1, profile(2, 'TxProfile', [[0, 10]]));
      world.advance(minute);
      expect(currents(world)).toEqual([10, 0]);
      world.tag('A');
      world.advance(minute);
      world.charge(2, 'B');
      world.advance(minute);
      expect(currents(world)).toEqual([0, 15.9]);
    },
  },
  {
    name: 'Two remote starts of one idTag keep their profiles; one that is cleared while its start waits limits nobody',
    world: { also },
    run(world) {
      const start = (chargingProfile: object | undefined, connectorId?: number) =>
        world.request('RemoteStartTransaction', { idTag: 'A', connectorId, chargingProfile });
      start(profile(1, 'TxProfile', [[0, 8]]), 2);
      start(profile(2, 'TxProfile', [[0, 10]]));
      world.plug(1);
      world.plug(2);
      world.advance(minute);
      expect(currents(world)).toEqual([10, 8]);
      for (const id of [1, 2]) world.unplug(id);
      world.advance(minute);
      start(profile(1, 'TxProfile', [[0, 8]]), 2);
      start(undefined);
      world.plug(1);
      world.plug(2);
      world.advance(minute);
      expect(currents(world)).toEqual([15.9, 8]);
      for (const id of [1, 2]) world.unplug(id);
      world.advance(minute);
      start(profile(3, 'TxProfile', [[0, 8]]), 1);
      world.request('ClearChargingProfile', { id: 3 });
      world.plug(1);
      world.advance(minute);
      expect(currents(world)).toEqual([15.9, 0]);
    },
  },
];
