/** The composite schedule where no charging profile applies: what the station itself can do (protocol.md section 10), and from when schedules count. */

import type { Options } from '../callbacks.ts';
import type { Connector } from '../connector/connector.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingRateUnit } from '../wire/types.ts';
import { CompositeSchedule, type Stack } from './composite-schedule.ts';

/** What a schedule must know of the station, whatever profiles there are. */
export interface ScheduleStation {
  readonly host: Host;
  readonly options: Options;
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
  schedule.isSum = connector === 0;
  if (connector > 0) schedule.stacks.push(emptyStack(station, connector, unit));
  else for (let id = 1; id < connectors.length; id++) schedule.stacks.push(emptyStack(station, id, unit));
  return schedule;
}

/** What a connector may take where no limit applies: what the keys say, and never more than its board can. */
function emptyStack({ settings, options }: ScheduleStation, connector: number, unit: ChargingRateUnit): Stack {
  const board = options.connectors?.[connector - 1];
  const phases = board?.phases ?? 3;
  const amps = board?.maximumCurrent ?? Number.POSITIVE_INFINITY;
  const most =
    unit === 'A'
      ? Math.min(settings.number('CompositeScheduleDefaultLimitAmps'), amps)
      : Math.min(settings.number('CompositeScheduleDefaultLimitWatts'), amps * settings.number('SupplyVoltage') * phases);
  const defaultPhases = Math.min(settings.number('CompositeScheduleDefaultNumberPhases'), phases);
  return { profiles: [], defaultLimit: Math.floor(most * 10), defaultPhases, phases };
}

/** Unix milliseconds at which schedules are read: the time, or what it is at least while nobody knows it (protocol.md section 10). */
export function unixNow(station: ScheduleStation): number {
  return station.clock.lowerBoundAt(station.host.now());
}
