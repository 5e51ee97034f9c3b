/** What is physical at one connector of the simulated board: cable, lock, EV, meter, and the current that follows from them. */

import type { ErrorInfo } from '../../src/index.ts';
import type { ConnectorConfig } from './config.ts';
import { Meter } from './meter.ts';

export type LockOutcome = 'Unlocked' | 'UnlockFailed' | 'NotSupported' | 'Timeout';

/** What the wallbox calls a transaction. */
export interface Session {
  readonly id: string;
  readonly idTag: string;
}

export class BoardConnector {
  readonly id: number;
  readonly config: ConnectorConfig;
  readonly meter: Meter;
  isPlugged = false;
  isLocked = false;
  isEnabled = true;
  evReady = true;
  evseReady = true;
  /** A that the EV would draw in each phase. */
  draw = 16;
  /** A that the station allows; undefined: what the connector carries. */
  limit: number | undefined;
  isPaused = false;
  session: Session | undefined;
  readonly errors = new Map<string, ErrorInfo>();
  nextUnlock: LockOutcome | undefined;
  nextLockFails = false;

  constructor(id: number, config: ConnectorConfig, now: number) {
    this.id = id;
    this.config = config;
    this.meter = new Meter(now, config.phases, config.measurands);
  }

  get offered(): number {
    return Math.min(this.config.maxA, this.limit ?? this.config.maxA);
  }

  /** A that flow in each phase. */
  get current(): number {
    const isFaulted = [...this.errors.values()].some((error) => error.faulted);
    const flows = this.session && this.isPlugged && this.evReady && this.evseReady && !this.isPaused && !isFaulted;
    return flows ? Math.min(this.draw, this.offered) : 0;
  }
}
