/** When limits change, and what is told of it: to the wallbox, to the status of the connector, to whoever watches (protocol.md sections 5 and 10). */

import type { Callbacks, Options } from '../callbacks.ts';
import type { Host } from '../host.ts';
import { Deadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import type { ChargingRateUnit } from '../wire/types.ts';
import type { CompositeSchedule } from './composite-schedule.ts';
import { isRunning } from './stack-builder.ts';
import { type ScheduleStation, unixNow } from './unlimited-schedule.ts';

/** Who is told, and who waits for the next change. */
export interface LimitStation extends ScheduleStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  readonly deadlines: Deadlines;
  readonly connectors: readonly ChargingConnector[];
  readonly gate: Gate;
}

/** Who knows the schedules. */
export interface Schedules {
  allotted(connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule;
}

/** Seconds that are looked ahead for the next change of a limit. */
const horizon = 86_400;

export class Limits {
  private readonly station: LimitStation;
  private readonly schedules: Schedules;
  /** The last `limit` events; only while somebody watches. */
  private reported: string[] | undefined;

  constructor(station: LimitStation, schedules: Schedules) {
    this.station = station;
    this.schedules = schedules;
  }

  /** Looks at every limit, tells the wallbox, and waits for the next period, but not longer than `review` (milliseconds of `host.now()`). */
  tell(review: number): void {
    const { station } = this;
    let next = Number.POSITIVE_INFINITY;
    for (const connector of station.connectors) {
      const schedule = this.schedules.allotted(connector.id, horizon, 'W');
      schedule.detailed = true;
      schedule.next();
      next = Math.min(next, schedule.following);
      if (connector.id > 0) this.showZero(connector, schedule.applies && schedule.limit === 0);
      if (station.options.observer) this.report(connector.id, schedule);
    }
    const wait = next * 1000 - unixNow(station);
    station.deadlines.set(Deadline.Schedule, Math.min(review, station.host.now() + Math.max(0, Math.ceil(wait))));
    station.gate.inform(() => station.callbacks.signalSetChargingProfiles?.());
  }

  /** A limit of zero is SuspendedEVSE; its lifting lets charging go on (protocol.md section 5). */
  private showZero(connector: ChargingConnector, isZero: boolean): void {
    const { station } = this;
    const runs = isRunning(connector.transaction);
    const was = connector.limitedToZero === true;
    if (was !== (isZero && runs)) connector.limitedToZero = isZero && runs;
    if (was && !isZero && runs && connector.transaction?.isPaused !== true) {
      station.gate.inform(() => station.callbacks.resumeCharging?.(connector.id));
    }
  }

  private report(connector: number, watts: CompositeSchedule): void {
    const amps = this.schedules.allotted(connector, 0, 'A');
    amps.next();
    const A = watts.applies ? amps.limit / 10 : null;
    const W = watts.applies ? watts.limit / 10 : null;
    const phases = watts.applies ? watts.numberPhases : null;
    const text = `${A} ${W} ${phases}`;
    this.reported ??= [];
    if ((this.reported[connector] ?? 'null null null') === text) return;
    this.reported[connector] = text;
    this.station.gate.report({ event: 'limit', connector, A, W, phases });
  }
}
