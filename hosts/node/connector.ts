/** What is physical at one connector of the simulated board: cable, lock, EV, contactor, meter, and the current that follows from them. */

import type { ErrorInfo } from '../../src/index.ts';
import type { ConnectorConfig } from './config.ts';
import { Meter } from './meter.ts';

export type LockOutcome = 'Unlocked' | 'UnlockFailed' | 'NotSupported' | 'Timeout';

/** What the wallbox calls a transaction. */
export interface Session {
  readonly id: string;
  readonly idTag: string;
}

/** What the station allows. */
export interface Limit {
  /** A in each phase. */
  readonly current: number;
  readonly phases: number;
}

export class BoardConnector {
  readonly id: number;
  readonly config: ConnectorConfig;
  readonly meter: Meter;
  /** An EV is at the cable. */
  isPlugged = false;
  isLocked = false;
  isEnabled = true;
  evReady = true;
  evseReady = true;
  /** A that the EV would draw in each phase. */
  draw = 16;
  /** Undefined: what the connector carries. */
  limit: Limit | undefined;
  isPaused = false;
  session: Session | undefined;
  readonly errors = new Map<string, ErrorInfo>();
  /** The contactor: the EV gets what it draws. */
  isClosed = false;
  /** Who may have the cable, which stays locked until this card is shown (OCPP 1.6 4.8, 4.10). */
  lockedFor: string | undefined;
  nextUnlock: LockOutcome | undefined;
  nextLockFails = false;
  /** Whose transaction did not begin because the lock did not close. */
  waitsForLock: string | undefined;

  constructor(id: number, config: ConnectorConfig, now: number) {
    this.id = id;
    this.config = config;
    this.meter = new Meter(now, config.phases, config.measurands);
  }

  get isFaulted(): boolean {
    return [...this.errors.values()].some((error) => error.faulted);
  }

  /** A in each phase that the EV is told that it may draw. */
  get offered(): number {
    return Math.min(this.config.maxA, this.limit?.current ?? this.config.maxA);
  }

  /** Phases in which it may. */
  get phases(): number {
    return Math.min(this.config.phases, this.limit?.phases ?? this.config.phases);
  }

  /** Somebody charges, and both sides want current to flow. Whether it may is asked elsewhere. */
  get wantsCurrent(): boolean {
    return this.session !== undefined && this.isPlugged && this.evReady && this.evseReady && !this.isPaused && this.offered > 0;
  }

  /** A that flow in each of `phases`. */
  get current(): number {
    return this.isClosed ? Math.min(this.draw, this.offered) : 0;
  }

  unlock(): void {
    this.isLocked = false;
    this.lockedFor = undefined;
  }
}
