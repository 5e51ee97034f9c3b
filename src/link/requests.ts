/** CALLs the firmware makes itself (DataTransfer), one after the other; each ends with an answer to its caller. */

import type { Action } from '../wire/types.ts';
import type { CallOwner, Session } from './session.ts';

export interface FirmwareRequest {
  readonly action: Action;
  readonly payload: object;
  /** `answer` is undefined when none came, or a CALLERROR did. Called exactly once. */
  readonly done: (answer: object | undefined) => void;
}

export class FirmwareRequests implements CallOwner {
  private readonly session: Session;
  private queue: FirmwareRequest[] | undefined;
  private flight: FirmwareRequest | undefined;

  constructor(session: Session) {
    this.session = session;
  }

  /** Fails at once while the central system has not accepted the station (OCPP 1.6 4.2). */
  ask(request: FirmwareRequest): void {
    if (!this.session.isOnline) request.done(undefined);
    else if (this.queue === undefined) this.queue = [request];
    else this.queue.push(request);
  }

  send(): boolean {
    this.flight = this.queue?.shift();
    if (this.queue?.length === 0) this.queue = undefined;
    if (this.flight === undefined) return false;
    this.session.call(this, this.flight.action, this.flight.payload);
    return true;
  }

  onResult(_action: Action, payload: object | undefined): void {
    this.finish(payload);
  }

  onCallError(): void {
    this.finish(undefined);
  }

  onNoAnswer(): void {
    this.finish(undefined);
  }

  onDisconnected(): void {
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
