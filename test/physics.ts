/** One socket of the world as physics has it: cable, lock, contactor, EV, current, register and what is broken. It knows no protocol. */

import type { MeterReadings, SignedMeterValue } from '../src/callbacks.ts';
import type { Session } from './wallbox.ts';

/** V between a phase and neutral. */
const voltage = 230;
/** A that no EV charges below (IEC 61851-1). */
const leastCurrent = 6;

export class Socket {
  readonly id: number;
  /** An EV hangs on the cable. */
  plugged = false;
  /** The register of the meter in Wh, as a multiple of 0.001, at `since`. It counts whatever the station does. */
  energy = 1000;
  since = 0;
  /** Thousandths of Wh that went through the contactor since the world began. */
  delivered = 0;
  /** W that the EV wants, on so many phases, if it is ready. */
  power = 11_000;
  phases: 1 | 3 = 3;
  ready = true;
  /** A per phase that the charging schedules allow. */
  limit = Number.POSITIVE_INFINITY;
  /** False: a fixed cable, or no motor to lock it. */
  hasLock = true;
  /** What the feedback of the lock says. */
  isLocked = false;
  /** The motor does not move any more. */
  isLockJammed = false;
  session: Session | undefined;
  /** The station asked for no energy. */
  paused = false;
  /** Errors that fault the connector, by id. */
  readonly faults: string[] = [];
  /** The wallbox itself took it out of service. */
  disabled = false;
  /** Between EV and grid. */
  isClosed = false;
  /** W that flow now, and A on each phase. */
  flow = 0;
  current = 0;
  /** The register jumped: nobody can tell what was delivered. */
  isMeterMoved = false;
  /** Overrides what the meter shows. */
  readings: MeterReadings | undefined;
  /** What the meter signs of them. */
  signed: SignedMeterValue | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** The register counts up to this moment. */
  count(time: number): void {
    // Whole thousandths of Wh: engines round decimal fractions differently.
    const thousandths = Math.floor((this.flow * (time - this.since)) / 3600);
    if (thousandths > 0) {
      this.energy = (Math.round(this.energy * 1000) + thousandths) / 1000;
      this.delivered += thousandths;
    }
    this.since = time;
  }

  /** The contactor follows, and the current. */
  drive(time: number, closes: boolean): void {
    this.count(time);
    this.isClosed = closes;
    const wanted = closes && this.plugged && this.ready ? this.power : 0;
    const allowed = this.limit < leastCurrent ? 0 : Math.floor(this.limit * voltage * this.phases);
    this.flow = Math.min(wanted, allowed);
    this.current = Math.floor((this.flow * 10) / (voltage * this.phases)) / 10;
  }
}
