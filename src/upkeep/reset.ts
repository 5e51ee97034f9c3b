/** Reset: end every transaction, wait for the confirmations, then let the wallbox restart (OCPP 1.6 5.14, errata 3.36). */

import type { Callbacks, ResetType } from '../callbacks.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import type { Host } from '../host.ts';
import { Deadline, type Deadlines } from '../link/deadlines.ts';
import { doneOrNothing, type Gate } from '../link/gate.ts';
import type { Outbox } from '../link/outbox.ts';
import type { Session } from '../link/session.ts';
import type { Settings } from '../settings/settings.ts';
import { askOutstandingStops, type StoppingStation, wishToStop } from '../transaction/stop.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import type { Reason } from '../wire/types.ts';

/** What a reset needs of the station around it. */
export interface ResetStation extends StoppingStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly statuses: StatusNotifications;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly ChargingConnector[];
  readonly gate: Gate;
}

/** Milliseconds between the attempts of ResetRetries. */
const retryAfter = 5000;
/** Milliseconds after which a wallbox that has said yes and still runs has failed: till then it is out of service, and nobody can help from afar. */
const goneWithin = 300_000;

export class Resetter {
  private readonly station: ResetStation;
  private type: ResetType | undefined;
  /** What must be confirmed before the reset: records below this number. Infinity: transactions have not ended yet. */
  private waitsFor?: number;
  private attempts?: number;
  private rebooting?: boolean;
  /** The wallbox has said that it resets. Absent until it did: */
  private isPromised?: boolean;

  constructor(station: ResetStation) {
    this.station = station;
  }

  /** A reset is under way: another one is Rejected. */
  get isUnderWay(): boolean {
    return this.type !== undefined;
  }

  /** Before Accepted leaves: why the transactions end outlives a power cut. */
  wish(type: ResetType): void {
    for (const connector of this.station.connectors) wishToStop(this.station, connector, reasonOf(type), undefined);
  }

  /** The answer has left: begins. */
  begin(type: ResetType): void {
    const { deadlines, host, settings } = this.station;
    this.type = type;
    delete this.attempts;
    delete this.waitsFor;
    this.setEnding(true);
    this.station.gate.report({ event: 'reset', type, phase: 'stopping' });
    this.endTransactions(type);
    deadlines.set(Deadline.Reset, host.now() + settings.number('WaitForStopTransactionsOnResetTimeout') * 1000);
  }

  /** Runs in `settle`: resets as soon as nothing is left to wait for. */
  check(): void {
    if (this.type === undefined || this.rebooting) return;
    const { host, outbox, session } = this.station;
    if (this.endTransactions(this.type)) return;
    if (this.waitsFor === Number.POSITIVE_INFINITY) this.waitsFor = host.journal.next;
    // Offline no confirmation can come; what is unconfirmed stays queued.
    if (session.isOnline && outbox.head < (this.waitsFor ?? 0)) return;
    this.reset();
  }

  /** From the acceptance of a reset nothing begins any more (protocol.md section 8). */
  private setEnding(isEnding: boolean): void {
    const [whole] = this.station.connectors;
    if (whole) whole.isEnding = isEnding;
  }

  /** Also one that the wallbox had been told to begin, and reports only now. True while there are any. */
  private endTransactions(type: ResetType): boolean {
    let isAny = false;
    for (const connector of this.station.connectors) {
      if (connector.transaction === undefined) continue;
      isAny = true;
      this.waitsFor = Number.POSITIVE_INFINITY;
      wishToStop(this.station, connector, reasonOf(type), undefined);
    }
    if (isAny) askOutstandingStops(this.station);
    return isAny;
  }

  /** The wait is over: resets whatever happened. */
  onDeadline(): void {
    if (this.type === undefined) return;
    if (this.isPromised) this.failed();
    else this.reset();
  }

  /** Nothing is asked for any more: the station stops or starts, be it in the same process. */
  end(): void {
    this.type = undefined;
    delete this.rebooting;
    delete this.isPromised;
    this.station.deadlines.clear(Deadline.Reset);
    this.setEnding(false);
  }

  private reset(): void {
    const { type } = this;
    if (type === undefined) return;
    this.rebooting = true;
    this.station.outbox.noteTold();
    this.station.deadlines.clear(Deadline.Reset);
    this.station.gate.report({ event: 'reset', type, phase: 'rebooting' });
    this.station.gate.whenAnswered(
      () => this.station.callbacks.reset?.(type),
      false,
      (done) => {
        // It may have been started again meanwhile.
        if (this.type !== type) return;
        if (done === false) return this.failed();
        this.isPromised = true;
        this.station.deadlines.set(Deadline.Reset, this.station.host.now() + goneWithin);
      },
      doneOrNothing,
    );
  }

  private failed(): void {
    const { settings, deadlines, host, statuses, connectors } = this.station;
    delete this.isPromised;
    this.attempts = (this.attempts ?? 0) + 1;
    if (this.attempts <= settings.number('ResetRetries')) {
      deadlines.set(Deadline.Reset, host.now() + retryAfter);
      return;
    }
    this.end();
    const station = connectors[0];
    if (station) statuses.tell(station, 'ResetFailure', 'The wallbox could not be reset');
  }
}

function reasonOf(type: ResetType): Reason {
  return type === 'Hard' ? 'HardReset' : 'SoftReset';
}
