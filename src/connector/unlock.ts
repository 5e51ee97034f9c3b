/**
 * UnlockConnector, and the lock of a cable whose EV is gone: a lock opens only when the wallbox has reported that no transaction is left on
 * its connector, never under load (OCPP 1.6 5.18, protocol.md section 8).
 */

import type { Callbacks, UnlockStatus } from '../callbacks.ts';
import type { Host } from '../host.ts';
import { Deadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import { UnlockStatus as statuses } from '../wire/generated/tables.ts';
import type { Connector } from './connector.ts';

export interface UnlockStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly deadlines: Deadlines;
  /** Asks the wallbox to end the transaction that runs there, if one does and it was not asked yet. */
  stopForUnlock(connector: number): void;
  readonly gate: Gate;
}

interface Waiting {
  readonly connector: Connector;
  /** Milliseconds of `host.now()`. */
  readonly until: number;
  readonly done: (status: UnlockStatus) => void;
}

export class Unlocker {
  private readonly station: UnlockStation;
  private readonly seconds: number;
  private waiting: Waiting[] | undefined;

  /** `seconds`: how long all of it may take. */
  constructor(station: UnlockStation, seconds: number) {
    this.station = station;
    this.seconds = seconds;
  }

  /** Opens the lock as soon as nothing charges there. No end by the deadline is UnlockFailed, and the lock stays shut. */
  unlock(connector: Connector, done: (status: UnlockStatus) => void): void {
    this.station.stopForUnlock(connector.id);
    const until = this.station.host.now() + this.seconds * 1000;
    if (!isCharging(connector)) return this.open({ connector, until, done });
    this.waiting = [...(this.waiting ?? []), { connector, until, done }];
    this.arm();
  }

  get isIdle(): boolean {
    return this.waiting === undefined;
  }

  /** Runs in `settle`: a transaction may have ended. */
  check(): void {
    if (this.waiting === undefined) return;
    const now = this.station.host.now();
    const asked = this.waiting;
    this.waiting = undefined;
    // One that the wallbox was about to begin has begun.
    for (const { connector } of asked) this.station.stopForUnlock(connector.id);
    const left = asked.filter(({ connector, until }) => isCharging(connector) && until > now);
    this.waiting = left.length > 0 ? left : undefined;
    this.arm();
    for (const each of asked) if (!left.includes(each)) this.conclude(each);
  }

  private conclude(waiting: Waiting): void {
    if (!isCharging(waiting.connector)) return this.open(waiting);
    this.station.gate.report({ event: 'unlock', connector: waiting.connector.id, outcome: 'UnlockFailed' });
    waiting.done('UnlockFailed');
  }

  /** The lock gets what is left of the time, so that the answer is not too late for the central system. */
  private open({ connector, until, done }: Waiting): void {
    connector.unlocking = (connector.unlocking ?? 0) + 1;
    this.station.gate.whenAnswered<UnlockStatus>(
      () => this.station.callbacks.unlockConnector?.(connector.id) ?? 'NotSupported',
      'UnlockFailed',
      (status) => {
        if (connector.unlocking && connector.unlocking > 1) connector.unlocking--;
        else delete connector.unlocking;
        this.station.gate.report({ event: 'unlock', connector: connector.id, outcome: status });
        done(status);
      },
      statuses,
      Math.max(1, (until - this.station.host.now()) / 1000),
    );
  }

  private arm(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { until } of this.waiting ?? []) earliest = Math.min(earliest, until);
    this.station.deadlines.set(Deadline.Unlock, earliest);
  }
}

/** A transaction begins or runs, or a session that is not stored. When its end was reported, it does not matter to the lock whether the record is. */
function isCharging({ plugged, authorization, transaction, strays }: Connector): boolean {
  return (
    (plugged && authorization?.provided === true) ||
    strays !== undefined ||
    (transaction !== undefined && transaction.unstored === undefined)
  );
}
