/** One conversation with one central system: connecting and backing off, the boot gate, ids, and one CALL in flight. */

import { freeze } from '../freeze.ts';
import type { Closed, Host, Parts, SocketListener } from '../host.ts';
import type { ConnectionSettings } from '../settings/connection.ts';
import type { Settings } from '../settings/settings.ts';
import { callParts, callText, errorParts, type Frame, readError, readResult, resultParts, scan } from '../wire/frame.ts';
import { TextParts } from '../wire/parts.ts';
import { parseTime } from '../wire/time.ts';
import type { Action, ErrorCode, RegistrationStatus, Request } from '../wire/types.ts';
import { Deadline, type Deadlines } from './deadlines.ts';
import { waitsOffline } from './queueing.ts';

/** Who made a CALL hears of its end, exactly once. */
export interface CallOwner {
  /** CALLRESULT; `payload` is what could be read of it, undefined when nothing could. */
  onResult(action: Action, payload: object | undefined): void;
  onCallError(action: Action, code: string): void;
  /** No answer in time, or the connection went. `timedOut` tells which. */
  onNoAnswer(action: Action, timedOut: boolean): void;
}

/** What the session tells the charge point, which also stands between the socket and the session. */
export interface SessionListener extends SocketListener {
  onConnectionOpened(): void;
  onConnectionClosed(closed: Closed, wasOpen: boolean, retryAfter: number | undefined): void;
  /** Any BootNotification.conf. `firstAcceptance`: the gate opened with it. */
  onRegistration(status: RegistrationStatus, interval: number, currentTime: string, firstAcceptance: boolean): void;
  onTime(unix: number): void;
  /** A CALL that passed the gate. It must be answered through `reply` or `replyError`. */
  onCall(frame: Frame): void;
  /** A CALLRESULT came: the connection and its settings work. */
  onAnswered(): void;
  /** An answer whose id is not in flight; true when it was used. */
  onLateAnswer(frame: Frame): boolean;
}

const second = 1000;
/** Seconds until BootNotification is repeated when the answer named no interval, was a CALLERROR, or did not come. */
const bootRetry = 60;
/** Seconds of open connection after which the back-off starts anew (protocol.md section 3). */
const stableAfter = 60;
/** Not more often than this do we complain about what cannot be read, in milliseconds. */
const complaintInterval = 10_000;
const day = 86_400;
/** Seconds that the station stays away at most, whatever the back-off has grown to and whatever Retry-After says (protocol.md section 3). */
const longestAway = 3600;
/** CALLs that may wait for an answer of ours at a time (protocol.md section 2). */
const mostHandled = 32;

const Link = /* @__PURE__ */ freeze({ Closed: 0, Connecting: 1, Open: 2, Closing: 3 } as const);

export class Session {
  private readonly host: Host;
  private readonly settings: Settings;
  private readonly connection: ConnectionSettings;
  private readonly deadlines: Deadlines;
  private readonly listener: SessionListener;
  private link: number = Link.Closed;
  private wanted = false;
  private opened = false;
  /** Doublings of the back-off so far, and the last wait in seconds. */
  private failures?: number;
  private lastWait?: number;
  registration: RegistrationStatus | undefined;
  private bootDue = true;
  /** The last BootNotification got no answer that says when to repeat it. */
  private bootFailed = true;
  /** Random for each boot, so that ids are unique for the station across boots and wiped states (OCPP-J errata 3.1, 3.7). */
  private readonly prefix: string;
  private counter = 0;
  /** The CALL in flight, and the last BootNotification, whose answer counts even when it is late. */
  private flightId = '';
  private flightAction: Action = 'Heartbeat';
  private flightOwner: CallOwner | undefined;
  private bootId = '';
  /** The text of the last BootNotification, until it is answered: a retry repeats it (OCPP-J errata 3.1). */
  private bootText?: string;
  /** Time-outs since anything was received: two in a row mean that the link is dead, whatever TCP believes. */
  private silence?: number;
  private complainedAt?: number;
  private heartbeatAt = 0;
  /** Ids of CALLs that wait for a promise of the firmware. */
  private handling: string[] | undefined;

  constructor(host: Host, settings: Settings, connection: ConnectionSettings, deadlines: Deadlines, listener: SessionListener) {
    this.host = host;
    this.settings = settings;
    this.connection = connection;
    this.deadlines = deadlines;
    this.listener = listener;
    this.prefix = hexadecimal(host.crypto.random(6));
  }

  get isOpen(): boolean {
    return this.link === Link.Open;
  }

  /** Open and Accepted: what counts as online for authorization (protocol.md section 6). */
  get isOnline(): boolean {
    return this.link === Link.Open && this.registration === 'Accepted';
  }

  /** A CALL may leave now. */
  get isIdle(): boolean {
    return this.link === Link.Open && this.flightOwner === undefined;
  }

  /** Lets the station connect; without effect when it does already. */
  connect(): void {
    this.wanted = true;
    if (this.link === Link.Closed) this.open();
  }

  /** Closes politely and stays away until `connect`. */
  disconnect(): void {
    this.wanted = false;
    this.deadlines.clear(Deadline.Connect);
    this.close(1000, '');
  }

  /** Closes what is open; the back-off decides when to connect again. */
  close(code: number, reason: string): void {
    if (this.link !== Link.Open && this.link !== Link.Connecting) return;
    this.link = Link.Closing;
    this.host.socket.close(code, reason);
  }

  /** Closes and connects again at once, with whatever connection settings hold then. */
  reconnect(): void {
    delete this.failures;
    this.lastWait = -1;
    if (this.link === Link.Closed) this.deadlines.set(Deadline.Connect, this.host.now());
    else this.close(1000, '');
  }

  /** A new boot without a new process: the next connection begins with BootNotification. */
  forgetRegistration(): void {
    this.registration = undefined;
    this.bootDue = true;
    this.bootFailed = true;
    this.forgetBoot();
    this.deadlines.clear(Deadline.Boot);
  }

  /** The next BootNotification is a message of its own. */
  private forgetBoot(): void {
    this.bootId = '';
    delete this.bootText;
  }

  nextId(): string {
    this.counter++;
    return this.prefix + '-' + this.counter.toString(36);
  }

  /** Whether BootNotification is what has to leave next. */
  isBootDue(): boolean {
    return this.isIdle && this.bootDue;
  }

  /** Asks for BootNotification now: the first, a repeated or a triggered one. */
  wantBoot(): void {
    this.bootDue = true;
    this.deadlines.clear(Deadline.Boot);
  }

  /** BootNotification is in flight or about to be: a trigger for it needs nothing more (OCPP 1.6 5.17). */
  get isBooting(): boolean {
    return this.bootDue || (this.flightOwner !== undefined && this.flightAction === 'BootNotification');
  }

  /** What was triggered may leave: Accepted or Pending (OCPP 1.6 4.2). */
  get mayBeTriggered(): boolean {
    return this.registration === 'Accepted' || this.registration === 'Pending';
  }

  /** The first, or one that was triggered, says `request`; a retry has id and text of the one that was not answered (OCPP-J errata 3.1). */
  callBoot(request: Request<'BootNotification'>): void {
    this.bootDue = false;
    if (this.bootText === undefined || this.registration === 'Accepted') {
      this.bootId = this.nextId();
      this.bootText = callText(this.bootId, 'BootNotification', request);
    }
    this.send(ownCalls, 'BootNotification', this.bootId, new TextParts(this.bootText));
  }

  callHeartbeat(): void {
    this.call(ownCalls, 'Heartbeat', {});
  }

  /** Sends a CALL; it is in flight until its owner hears of its end. */
  call(owner: CallOwner, action: Action, payload: object): void {
    const id = this.nextId();
    this.send(owner, action, id, callParts(id, action, payload));
  }

  /** As `call`, with an id and text of the owner's (retries keep their id, OCPP-J errata 3.1). */
  send(owner: CallOwner, action: Action, id: string, parts: Parts): void {
    this.flightId = id;
    this.flightAction = action;
    this.flightOwner = owner;
    const now = this.host.now();
    this.deadlines.set(Deadline.Answer, now + this.settings.number('MessageTimeout') * second);
    if (action === 'Heartbeat') this.heartbeatAt = now;
    this.armHeartbeat();
    if (!this.host.socket.send(parts)) this.close(1001, '');
  }

  /** Heartbeat is due after HeartbeatInterval without any message sent, and at least once in 24 hours (OCPP 1.6 4.6). */
  armHeartbeat(): void {
    if (this.registration !== 'Accepted') return;
    const interval = this.settings.number('HeartbeatInterval') * second;
    const quiet = interval > 0 ? this.host.now() + interval : Number.POSITIVE_INFINITY;
    this.deadlines.set(Deadline.Heartbeat, Math.min(quiet, this.heartbeatAt + day * second));
  }

  armPing(): void {
    const interval = this.settings.number('WebSocketPingInterval') * second;
    this.deadlines.clear(Deadline.Pong);
    if (interval > 0 && this.link === Link.Open) this.deadlines.set(Deadline.Ping, this.host.now() + interval);
    else this.deadlines.clear(Deadline.Ping);
  }

  reply(id: string, payload: object): void {
    this.replyParts(id, resultParts(id, payload));
  }

  /** As `reply`, for answers too long for one text. Dropped when the CALL's connection is gone. */
  replyParts(id: string, parts: Parts): void {
    if (!this.finish(id)) return;
    this.armHeartbeat();
    if (!this.host.socket.send(parts)) this.close(1001, '');
  }

  replyError(id: string, code: ErrorCode, description: string): void {
    this.replyParts(id, errorParts(id, code, description));
  }

  /** True while the CALL waits for its answer on the connection it came by. */
  isHandling(id: string): boolean {
    return this.handling?.includes(id) ?? false;
  }

  onOpen(): void {
    this.link = Link.Open;
    this.opened = true;
    delete this.silence;
    this.deadlines.set(Deadline.Stable, this.host.now() + stableAfter * second);
    this.armPing();
    // Also when there is nothing to tell: without it a dead link would never be found (protocol.md section 3).
    this.armHeartbeat();
    // A reconnect does not shorten a Pending or Rejected interval (protocol.md section 3); after anything else BootNotification leaves at once.
    if (this.registration !== 'Accepted' && this.bootFailed) this.wantBoot();
    this.listener.onConnectionOpened();
  }

  onPong(): void {
    delete this.silence;
    this.armPing();
  }

  onClosed(closed: Closed): void {
    const wasOpen = this.opened;
    this.opened = false;
    this.link = Link.Closed;
    this.handling = undefined;
    for (const slot of [Deadline.Stable, Deadline.Ping, Deadline.Pong, Deadline.Answer]) this.deadlines.clear(slot);
    // One that falls due meanwhile leaves after the reconnect; more of them would say nothing more.
    if (!waitsOffline(this.settings, 'Heartbeat')) this.deadlines.clear(Deadline.Heartbeat);
    // Before anybody is told: whatever they do, there is a next attempt.
    const wait = this.wanted ? this.backOff(closed.retryAfter ?? 0) : undefined;
    if (wait !== undefined) this.deadlines.set(Deadline.Connect, this.host.now() + wait * second);
    this.endFlight(false);
    this.listener.onConnectionClosed(closed, wasOpen, wait);
  }

  /** What somebody who was told has thrown. It is theirs; the conversation goes on. */
  private failed(error: unknown): void {
    this.host.log('error', `What was received could not be dealt with: ${error}`);
  }

  /** A message. Of one that is longer than `maxBytes` the beginning is enough. */
  onText(text: string, maxBytes: number): void {
    delete this.silence;
    const frame = scan(text, maxBytes);
    switch (frame.kind) {
      case 'call':
        this.onCall(frame);
        break;
      case 'result':
      case 'error':
        this.onAnswer(frame);
        break;
      case 'formation':
        if (this.registration !== 'Rejected') this.refuse(frame.id, 'FormationViolation');
        break;
      case 'overlong':
        this.host.log('warn', 'A CALL that is too long was refused.');
        if (this.registration !== 'Rejected') this.refuse(frame.id, 'GenericError');
        break;
      case 'unreadable':
        this.complain();
        break;
      default:
        this.host.log('warn', 'An answer that cannot be read was dropped.');
    }
  }

  /** Nothing sensible to answer to: said so, but not to every piece of a flood (OCPP-J 4.2.3). */
  private complain(): void {
    const now = this.host.now();
    this.host.log('warn', 'A message that cannot be read was refused.');
    if (this.registration === 'Rejected' || now - (this.complainedAt ?? Number.NEGATIVE_INFINITY) < complaintInterval) return;
    this.complainedAt = now;
    this.refuse('-1', 'GenericError');
  }

  /** A deadline of the session's own has come. */
  onDeadline(slot: number): void {
    switch (slot) {
      case Deadline.Answer:
        this.onAnswerDeadline();
        break;
      case Deadline.Boot:
        this.bootDue = true;
        break;
      case Deadline.Connect:
        if (this.link === Link.Closed && this.wanted) this.open();
        break;
      case Deadline.Stable:
        delete this.failures;
        break;
      case Deadline.Ping:
        this.host.socket.ping(this.settings.text('WebsocketPingPayload'));
        this.deadlines.set(Deadline.Pong, this.host.now() + Math.max(1, this.settings.number('WebsocketPongTimeout')) * second);
        break;
      case Deadline.Pong:
        this.host.log('warn', 'No pong in time: the connection is opened anew.');
        this.close(1001, '');
        break;
    }
  }

  private open(): void {
    this.link = Link.Connecting;
    this.deadlines.clear(Deadline.Connect);
    try {
      this.host.socket.open(this.connection.current(), this.listener);
    } catch (error) {
      // No socket, so nobody will say that it is closed: the station would never try again.
      this.onClosed({ reason: 'network', detail: `The socket could not be opened: ${error}` });
    }
  }

  /** Seconds until the next attempt (protocol.md section 3). -1 as the last wait asks for an attempt at once. */
  private backOff(retryAfter: number): number {
    const random = this.randomUpTo(this.settings.number('RetryBackoffRandomRange'));
    const asked = Math.min(retryAfter, longestAway);
    const { failures = 0, lastWait = 0 } = this;
    if (lastWait < 0) {
      delete this.lastWait;
      return asked;
    }
    let wait = lastWait;
    if (failures === 0) wait = this.settings.number('RetryBackoffWaitMinimum') + random;
    else if (failures <= this.settings.number('RetryBackoffRepeatTimes')) wait = 2 * lastWait + random;
    this.failures = failures + 1;
    this.lastWait = Math.min(wait, longestAway);
    return Math.max(this.lastWait, asked);
  }

  private randomUpTo(range: number): number {
    const bytes = this.host.crypto.random(2);
    return ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) % (range + 1);
  }

  private onCall(frame: Frame): void {
    // 1.6 4.2: while Rejected the station is silent.
    if (this.registration === 'Rejected') return;
    if (this.isHandling(frame.id)) return this.refuse(frame.id, 'GenericError', 'This id is being handled');
    if (this.handling === undefined) this.handling = [frame.id];
    else if (this.handling.length < mostHandled) this.handling.push(frame.id);
    else return this.refuse(frame.id, 'GenericError', 'Too many calls wait for their answers');
    this.listener.onCall(frame);
  }

  private finish(id: string): boolean {
    const index = this.handling?.indexOf(id) ?? -1;
    if (index < 0 || !this.handling) return false;
    this.handling.splice(index, 1);
    if (this.handling.length === 0) this.handling = undefined;
    // 1.6 4.2: Rejected meanwhile, the station is silent.
    return this.link === Link.Open && this.registration !== 'Rejected';
  }

  private refuse(id: string, code: ErrorCode, description = ''): void {
    if (!this.host.socket.send(errorParts(id, code, description))) this.close(1001, '');
  }

  private onAnswer(frame: Frame): void {
    try {
      if (frame.kind === 'result') this.listener.onAnswered();
    } catch (error) {
      this.failed(error);
    }
    if (this.flightOwner && frame.id === this.flightId) {
      const owner = this.flightOwner;
      const action = this.flightAction;
      this.flightOwner = undefined;
      this.deadlines.clear(Deadline.Answer);
      this.deliver(frame, owner, action);
    } else if (frame.id === this.bootId) this.deliver(frame, ownCalls, 'BootNotification');
    else if (!this.listener.onLateAnswer(frame)) this.host.log('warn', 'An answer to nothing in flight was dropped.');
  }

  /** Hands an answer to its owner. Public for the outbox, whose head may be answered late. */
  deliver(frame: Frame, owner: CallOwner, action: Action): void {
    try {
      if (owner === ownCalls) this.onOwnAnswer(frame, action);
      else if (frame.kind === 'result') owner.onResult(action, readResult(frame, action));
      else owner.onCallError(action, readError(frame).code);
    } catch (error) {
      this.failed(error);
    }
  }

  private onAnswerDeadline(): void {
    this.silence = (this.silence ?? 0) + 1;
    this.host.log('warn', `${this.flightAction} was not answered in time.`);
    this.endFlight(true);
    if (this.silence >= 2) this.close(1001, '');
  }

  private endFlight(timedOut: boolean): void {
    const owner = this.flightOwner;
    this.flightOwner = undefined;
    try {
      if (owner === ownCalls) this.onOwnFailure(this.flightAction);
      else owner?.onNoAnswer(this.flightAction, timedOut);
    } catch (error) {
      this.failed(error);
    }
  }

  private onOwnFailure(action: Action): void {
    if (action !== 'BootNotification' || this.registration === 'Accepted') return;
    this.bootFailed = true;
    this.repeatBootAfter(bootRetry);
  }

  private repeatBootAfter(seconds: number): void {
    this.deadlines.set(Deadline.Boot, this.host.now() + seconds * second);
  }

  private onOwnAnswer(frame: Frame, action: Action): void {
    const payload = frame.kind === 'result' ? readResult(frame, action) : undefined;
    if (action === 'Heartbeat') this.learn((payload as { currentTime?: unknown } | undefined)?.currentTime);
    else this.onBootAnswer(payload as { status?: unknown; interval?: unknown; currentTime?: unknown } | undefined);
  }

  private learn(currentTime: unknown): void {
    const unix = typeof currentTime === 'string' ? parseTime(currentTime) : undefined;
    if (unix === undefined) return this.host.log('warn', 'The central system told a time that cannot be read.');
    try {
      this.listener.onTime(unix);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Whatever it says, the next BootNotification is another one. */
  private onBootAnswer(payload: { status?: unknown; interval?: unknown; currentTime?: unknown } | undefined): void {
    this.forgetBoot();
    const status = payload?.status;
    if (status !== 'Accepted' && status !== 'Pending' && status !== 'Rejected') return this.onOwnFailure('BootNotification');
    const interval = typeof payload?.interval === 'number' && payload.interval > 0 ? Math.floor(payload.interval) : 0;
    const first = status === 'Accepted' && this.registration !== 'Accepted';
    this.registration = status;
    this.bootDue = false;
    this.bootFailed = false;
    this.learn(payload?.currentTime);
    if (status === 'Accepted') this.onAccepted(interval);
    else this.onNotAccepted(interval);
    this.listener.onRegistration(status, interval, typeof payload?.currentTime === 'string' ? payload.currentTime : '', first);
  }

  /** Only an Accepted answer sets HeartbeatInterval; 0 keeps the old value (OCPP 1.6 4.2). */
  private onAccepted(interval: number): void {
    delete this.failures;
    this.deadlines.clear(Deadline.Boot);
    if (this.heartbeatAt === 0) this.heartbeatAt = this.host.now();
    try {
      if (interval > 0) this.settings.set('HeartbeatInterval', interval);
    } catch (error) {
      this.host.log('error', `HeartbeatInterval could not be stored: ${error}`);
    }
    this.armHeartbeat();
  }

  private onNotAccepted(interval: number): void {
    this.deadlines.clear(Deadline.Heartbeat);
    this.repeatBootAfter(interval > 0 ? interval : bootRetry);
  }
}

/** Stands for the session itself as owner of BootNotification and Heartbeat. */
const ownCalls: CallOwner = /* @__PURE__ */ freeze({ onResult() {}, onCallError() {}, onNoAnswer() {} });

function hexadecimal(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index++) text += (256 + (bytes[index] ?? 0)).toString(16).slice(1);
  return text;
}
