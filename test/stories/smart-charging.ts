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

export const stories: Story[] = [
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
      world.request('ClearChargingProfile', { id: 2 });
      expect(limits(world, 1)).toEqual([[0, 48]]);
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
];
