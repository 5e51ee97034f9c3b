/** The composite schedule where no charging profile applies: what the station itself can do (protocol.md section 10), and from when schedules count. */

import type { Connector } from '../connector/connector.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingRateUnit } from '../wire/types.ts';
import { CompositeSchedule } from './composite-schedule.ts';

/** What a schedule must know of the station, whatever profiles there are. */
export interface ScheduleStation {
  readonly host: Host;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly Connector[];
}

/** The composite schedule without any profile: the station's maximum. */
export function unlimitedSchedule(station: ScheduleStation, connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
  const { settings, connectors } = station;
  const now = Math.floor(unixNow(station) / 1000);
  const schedule = new CompositeSchedule(now, now + seconds, unit);
  schedule.voltage = settings.number('SupplyVoltage');
  schedule.defaultLimit = settings.number(unit === 'A' ? 'CompositeScheduleDefaultLimitAmps' : 'CompositeScheduleDefaultLimitWatts') * 10;
  schedule.defaultPhases = settings.number('CompositeScheduleDefaultNumberPhases');
  schedule.isSum = connector === 0;
  for (let stacks = connector === 0 ? connectors.length - 1 : 1; stacks > 0; stacks--) schedule.stacks.push([]);
  return schedule;
}

/** Milliseconds; while nobody knows the time, those of this boot. */
export function unixNow(station: ScheduleStation): number {
  const now = station.host.now();
  return station.clock.estimateAt(now) ?? now;
}
