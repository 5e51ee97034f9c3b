/** CALLs the firmware makes itself (DataTransfer), one after the other; each ends with an answer to its caller. */

import { freeze } from '../freeze.ts';
import type { Settings } from '../settings/settings.ts';
import type { Action } from '../wire/types.ts';
import { waitsOffline } from './queueing.ts';
import type { CallOwner, Session } from './session.ts';

export interface FirmwareRequest {
  readonly action: Action;
  readonly payload: object;
  /** `answer` is undefined when none came, or a CALLERROR did. Called exactly once; what firmware does in it has passed the gate. */
  readonly done: (answer: object | undefined) => void;
}

/** How many wait at most, with how much JSON text; the oldest ones fail. One alone may be longer, while online. */
const longestQueue = 8;
const mostText = 2000;
/** What a central system may answer to DataTransfer (OCPP 1.6 7.17). */
const known = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'UnknownMessageId', 'UnknownVendorId']);

export class FirmwareRequests implements CallOwner {
  private readonly session: Session;
  private readonly settings: Settings;
  private queue: FirmwareRequest[] | undefined;
  private flight: FirmwareRequest | undefined;

  constructor(session: Session, settings: Settings) {
    this.session = session;
    this.settings = settings;
  }

  /** Fails at once while the central system has not accepted the station (OCPP 1.6 4.2); offline, unless QueueAllMessages keeps it. */
  ask(request: FirmwareRequest): void {
    const { isOnline, isOpen } = this.session;
    const waits = !isOpen && waitsOffline(this.settings, request.action);
    if (!isOnline && !waits) return request.done(undefined);
    if (this.queue === undefined) this.queue = [request];
    else this.queue.push(request);
    this.shorten(waits ? 0 : 1);
  }

  /** Whether there is a connection or not, what waits is bounded. At least `least` of them go on waiting. */
  private shorten(least: number): void {
    const queue = this.queue ?? [];
    let length = 0;
    for (const request of queue) length += lengthOf(request);
    while (queue.length > least && (queue.length > longestQueue || length > mostText)) {
      const oldest = queue.shift();
      if (oldest === undefined) break;
      length -= lengthOf(oldest);
      oldest.done(undefined);
    }
    if (queue.length === 0) this.queue = undefined;
  }

  send(): boolean {
    this.flight = this.queue?.shift();
    if (this.queue?.length === 0) this.queue = undefined;
    if (this.flight === undefined) return false;
    this.session.call(this, this.flight.action, this.flight.payload);
    return true;
  }

  onResult(_action: Action, payload: object | undefined): void {
    this.finish(payload === undefined ? undefined : readable(payload));
  }

  onCallError(): void {
    this.finish(undefined);
  }

  onNoAnswer(): void {
    this.finish(undefined);
  }

  onDisconnected(): void {
    if (waitsOffline(this.settings, 'DataTransfer')) return this.shorten(0);
    const waiting = this.queue;
    this.queue = undefined;
    for (const request of waiting ?? []) request.done(undefined);
  }

  private finish(answer: object | undefined): void {
    const request = this.flight;
    this.flight = undefined;
    request?.done(answer);
  }
}

/** An unknown status is Rejected; data of another type than text is left out (protocol.md section 2). */
function readable(payload: { status?: unknown; data?: unknown }): object {
  const index = known.indexOf(payload.status as string);
  const { data } = payload;
  return { status: index < 0 ? 'Rejected' : known[index], ...(typeof data === 'string' ? { data } : {}) };
}

function lengthOf(request: FirmwareRequest): number {
  return JSON.stringify(request.payload).length;
}
