/** StatusNotification: notices changes of status, pins what was true at the event, and sends them in the order of events. */

import type { ErrorInfo } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import { ConnectorDeadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import { waitsOffline } from '../link/queueing.ts';
import type { CallOwner, Session } from '../link/session.ts';
import type { Settings } from '../settings/settings.ts';
import { cut } from '../wire/text.ts';
import { formatTime } from '../wire/time.ts';
import type { ChargePointErrorCode, ChargePointStatus, Request } from '../wire/types.ts';
import { errorCodes } from '../wire/types.ts';
import type { Connector } from './connector.ts';
import { statusOf } from './status.ts';

/** More than this many waiting notifications of a central system that does not answer: the oldest that is out of date is dropped. */
const longestQueue = 24;

interface Notification {
  readonly connector: Connector;
  readonly status: ChargePointStatus;
  readonly error: ErrorInfo | undefined;
  readonly info: string | undefined;
  readonly time: number;
  /** The record of the start or stop that made it so, which is told before it where nothing older waits (protocol.md section 4). */
  readonly cause: number;
}

export interface NotifyingStation {
  readonly host: Host;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly session: Session;
  readonly connectors: readonly Connector[];
  readonly gate: Gate;
}

export class StatusNotifications implements CallOwner {
  private readonly station: NotifyingStation;
  private queue: Notification[] | undefined;
  private flight: Notification | undefined;

  constructor(station: NotifyingStation) {
    this.station = station;
  }

  /** Looks at every connector and sees what changed. Runs in `settle`, and wherever two changes must not melt into one. */
  look(): void {
    for (const connector of this.station.connectors) this.lookAt(connector);
  }

  lookAt(connector: Connector): void {
    const status = statusOf(connector);
    const error = connector.errorFor(status);
    const { info } = connector;
    // It belongs to this event: a later status must not say it.
    delete connector.info;
    if (status === connector.seen && error === connector.seenError) return;
    const previous = connector.seen;
    const errorChanged = error !== connector.seenError;
    connector.seen = status;
    if (error === undefined) delete connector.seenError;
    else connector.seenError = error;
    if (info === undefined) delete connector.seenInfo;
    else connector.seenInfo = info;
    connector.seenAt = (errorChanged ? error?.time : undefined) ?? this.station.host.now();
    this.station.gate.report({ event: 'connector_status', connector: connector.id, status, errorCode: errorCodeOf(error), previous });
    this.announceWhenStable(connector, errorChanged || status === 'Faulted');
  }

  /** MinimumStatusDuration delays everything but Faulted, errors and what was triggered (OCPP 1.6 4.9, errata 3.19). */
  private announceWhenStable(connector: Connector, atOnce: boolean): void {
    const slot = this.station.deadlines.slotOf(connector.id, ConnectorDeadline.Status);
    const wait = this.station.settings.number('MinimumStatusDuration');
    this.station.deadlines.clear(slot);
    if (wait === 0 || atOnce) this.announce(connector);
    else if (connector.seen !== connector.announced) this.station.deadlines.set(slot, this.station.host.now() + wait * 1000);
  }

  onStatusDeadline(connector: Connector): void {
    if (connector.seen !== connector.announced) this.announce(connector);
  }

  private announce(connector: Connector): void {
    connector.announced = connector.seen;
    // Offline nothing is queued: the difference is told after the reconnect (1.6 4.9). QueueAllMessages keeps the history.
    if (this.station.session.isOnline || this.keepsHistory) this.enqueue(connector);
  }

  private get keepsHistory(): boolean {
    return waitsOffline(this.station.settings, 'StatusNotification');
  }

  private enqueue(connector: Connector): void {
    this.push(present(connector));
  }

  private push(notification: Notification): void {
    if (this.queue === undefined) this.queue = [notification];
    else this.queue.push(notification);
    if (this.queue.length > longestQueue) this.shorten(this.queue);
  }

  /** What is true now is never dropped: with more places than connectors there is always one that has a later one. */
  private shorten(queue: Notification[]): void {
    const isOutOfDate = ({ connector }: Notification, at: number) =>
      queue.some((later, place) => place > at && later.connector === connector);
    queue.splice(Math.max(0, queue.findIndex(isOutOfDate)), 1);
  }

  /** The gate has opened with a new boot: every connector is told (errata 3.22). */
  forgetConfirmed(): void {
    for (const connector of this.station.connectors) delete connector.confirmed;
  }

  /** Online again: the connectors whose status differs from the last one that was confirmed; no history (OCPP 1.6 4.9). */
  tellDifferences(): void {
    if (!this.keepsHistory) this.queue = undefined;
    for (const connector of this.station.connectors) {
      const status = statusOf(connector);
      if (this.isQueued(connector)) continue;
      if (connector.confirmed === status && (connector.confirmedError ?? 'NoError') === errorCodeOf(connector.errorFor(status))) continue;
      connector.seen ??= status;
      connector.announced = status;
      this.enqueue(connector);
    }
  }

  private isQueued(connector: Connector): boolean {
    for (const notification of this.queue ?? []) if (notification.connector === connector) return true;
    return false;
  }

  onDisconnected(): void {
    if (!this.keepsHistory) this.queue = undefined;
  }

  /** The record of the start or stop that has made the oldest waiting status so; -1: there is none. */
  get cause(): number {
    return this.queue?.[0]?.cause ?? -1;
  }

  /** Sends the oldest waiting notification; false when there is none. */
  send(): boolean {
    const notification = this.queue?.shift();
    if (this.queue?.length === 0) this.queue = undefined;
    if (notification === undefined) return false;
    this.flight = notification;
    this.station.session.call(this, 'StatusNotification', this.payload(notification));
    return true;
  }

  /** What is true now, for a trigger: sent at once whatever MinimumStatusDuration says. */
  sendTriggered(connector: Connector): void {
    this.flight = present(connector);
    this.station.session.call(this, 'StatusNotification', this.payload(this.flight));
  }

  /** A notification with an error code of its own while the status stays: a request the wallbox could not carry out. */
  tell(connector: Connector, errorCode: ChargePointErrorCode, info: string): void {
    if (!this.station.session.isOnline && !this.keepsHistory) return;
    const error = { id: '', errorCode, faulted: false, info };
    this.push({ connector, status: statusOf(connector), error, info: undefined, time: this.station.host.now(), cause: causeOf(connector) });
  }

  onResult(): void {
    const told = this.flight;
    this.flight = undefined;
    if (told === undefined) return;
    told.connector.confirmed = told.status;
    if (told.error === undefined) delete told.connector.confirmedError;
    else told.connector.confirmedError = errorCodeOf(told.error);
  }

  /** A central system that refuses a status will refuse it again: it counts as told. */
  onCallError(): void {
    this.onResult();
  }

  /** Not confirmed: told again after the next reconnect, unless something newer is told before. Of a history nothing is left out. */
  onNoAnswer(_action: unknown, timedOut: boolean): void {
    const { flight } = this;
    this.flight = undefined;
    if (flight === undefined) return;
    delete flight.connector.confirmed;
    if (!timedOut && this.keepsHistory) this.queue = [flight, ...(this.queue ?? [])];
  }

  private payload(notification: Notification): Request<'StatusNotification'> {
    const { connector, status, error, info, time } = notification;
    const unix = this.station.clock.unixAt(time);
    const text = error?.info ?? info;
    return {
      connectorId: connector.id,
      errorCode: errorCodeOf(error),
      status,
      ...(text ? { info: cut(text, 50) } : {}),
      ...(unix === undefined ? {} : { timestamp: formatTime(unix) }),
      ...(error?.vendorId ? { vendorId: cut(error.vendorId, 255) } : {}),
      ...(error?.vendorErrorCode ? { vendorErrorCode: cut(error.vendorErrorCode, 50) } : {}),
    };
  }
}

/** What is true at a connector, as it was seen last. */
function present(connector: Connector): Notification {
  const status = statusOf(connector);
  const info = status === connector.seen ? connector.seenInfo : undefined;
  return { connector, status, error: connector.errorFor(status), info, time: connector.seenAt, cause: causeOf(connector) };
}

function causeOf(connector: Connector): number {
  return connector.transaction?.start ?? connector.lastStop ?? -1;
}

/** OCPP 1.6 7.6: a code of the board that the specification does not know is OtherError. */
export function errorCodeOf(error: ErrorInfo | undefined): ChargePointErrorCode {
  if (error === undefined) return 'NoError';
  const known = errorCodes.indexOf(error.errorCode as ChargePointErrorCode);
  return known < 0 ? 'OtherError' : (errorCodes[known] as ChargePointErrorCode);
}
