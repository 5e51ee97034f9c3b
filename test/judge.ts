/**
 * The judge: looks at the physical world at every step of every story, and says what no station may let happen.
 *
 * It knows what passed on the wire, what the wallbox was asked and what its sensors saw; it knows no code of src. A story may declare with
 * `breaks` what it breaks on purpose.
 */

import { Facts } from './facts.ts';
import { isRemovedBy, Limits } from './limits.ts';
import { Model, same } from './model.ts';
import type { Socket } from './physics.ts';
import type { Session } from './wallbox.ts';
import type { World } from './world.ts';

export type Invariant =
  /** Current flows only where it may, with a transaction that was not refused beyond its allowance. */
  | 'stray'
  /** No lock opens under current. */
  | 'lock'
  /** Nothing begins on a connector that may not supply. */
  | 'start'
  /** Each transaction belongs to the card or remote start that the model says. */
  | 'person'
  /** No more current than every profile allows. */
  | 'limits'
  /** What was delivered is what is billed (ledger.ts). */
  | 'billed'
  /** Dates are true, and in order (ledger.ts). */
  | 'times'
  /** Accepted, heard of, told, and true to its word. */
  | 'alive';

/** Milliseconds in which a station asks the wallbox to end what must end: an answer's deadline, a retry, and a little. */
const reaction = 35_000;
/** Milliseconds in which a changed limit is followed. */
const reactionToLimits = 10_000;
/** Milliseconds in which a station that nothing hinders is accepted: the longest back-off, and a little. */
const untilAccepted = 65 * 60_000;
/** Milliseconds beyond HeartbeatInterval without a word. */
const silence = 65_000;
/** Milliseconds in which statuses agree with what is true. */
const untilTold = 90_000;
/** Milliseconds in which what was accepted has begun. */
const untilKept = 120_000;

/** What the station is known to do, and is being mended: named here so that nobody forgets it. */
export const notYet: string[] = [];

/** The central system would not let this one charge. */
interface Refusal {
  readonly at: number;
  /** Wh of the register. */
  readonly energy: number;
  readonly stops: boolean;
  readonly allowance: number;
}

interface Promised {
  readonly at: number;
  readonly boot: number;
  readonly what: string;
  isKept(): boolean;
  /** Milliseconds. */
  readonly within: number;
}

export class Judge {
  private readonly world: World;
  readonly facts: Facts;
  readonly model: Model;
  private readonly limits: Limits;
  /** CALLs of the station and to it, by id. */
  private readonly sent = new Map<string, { readonly action: string; readonly payload: Record<string, unknown> }>();
  private readonly asked = new Map<string, { readonly action: string; readonly payload: Record<string, unknown> }>();
  private readonly refusals = new Map<Session, Refusal>();
  private readonly wished = new Map<Session, string>();
  /** Wishes made while the store took nothing, and when that was last so, and when anything was last looked at: before the power went. */
  private readonly unkept = new Set<Session>();
  private fullAt = 0;
  private lookedAt = 0;
  private readonly sessionIds = new Map<number, Session>();
  /** When the wallbox was asked to stop, or to pause, a connector. */
  private readonly stopAsked: number[] = [];
  private readonly pauseAsked: number[] = [];
  private readonly straying: ({ readonly why: string; readonly since: number } | undefined)[] = [];
  private overLimitSince: number | undefined;
  private promises: Promised[] = [];
  /** Connectors of all provideToken. */
  private readonly provided: string[] = [];
  /** What each connector was last told to be. */
  private readonly toldStatus: (string | undefined)[] = [];
  /** When anything that statuses depend on last changed. */
  private readonly changedAt: number[] = [];
  private readonly suspended: boolean[] = [];
  private lastState: string[] = [];
  private lastSentAt = 0;
  /** Of the BootNotification that was sent last: an answer to an older one may have come too late. */
  private bootId = '';
  private registeredAt: number | undefined;
  private wellSince: number | undefined;
  /** What meters showed, in thousandths. */
  private readonly shown = new Set<string>();
  /** What the central system refused: how often, and when last. By the text of the payload. */
  private readonly errors = new Map<string, { readonly count: number; readonly at: number }>();
  /** What it confirmed, by id: how often it was told again. */
  private readonly confirmed = new Map<string, { again: number; last?: number; readonly boot: number }>();
  /** No store has failed since the world began. */
  private wasStoreSound = true;
  /** An input took the station off the network, or overruled what it knows. */
  private isTakenOver = false;

  constructor(world: World) {
    this.world = world;
    this.facts = new Facts(world);
    this.model = new Model(world, this.facts);
    this.limits = new Limits(world, this.facts);
  }

  accuse(invariant: Invariant, what: string, kind = ''): void {
    if (!this.isExcused(invariant) && !notYet.includes(kind)) this.world.faults.push(`[${invariant}] ${what}`);
  }

  isExcused(invariant: Invariant): boolean {
    return this.world.options.breaks?.includes(invariant) === true;
  }

  private get coreAuthorizes(): boolean {
    return this.world.options.options?.authorization !== 'firmware';
  }

  /** One of both stores was lost: what was in it is forgiven, and nothing that comes after. */
  onLost(store: 'journal' | 'store'): void {
    const { wallbox, csms } = this.world;
    for (const session of wallbox.sessions) {
      if (store === 'store') session.isToldAgain = true;
      session.hasLostDates = true;
      const bill = this.world.transactions.find(({ start }) => isOf(session, start));
      const isKept =
        store === 'journal' && this.wasStoreSound && this.isKnown(session) && wallbox.sockets[session.connector]!.session === session;
      if (isKept || bill?.stop !== undefined) continue;
      session.isForgotten = true;
      this.refusals.delete(session);
      if (bill) bill.refusedStop = true;
    }
    this.confirmed.clear();
    csms.isForgiving = true;
    if (store !== 'store') return;
    this.facts.onStoreLost();
    this.model.onStoreLost();
    this.limits.onStoreLost();
    csms.answersCountFrom = csms.asked.length;
  }

  /** The station heard that the central system knows it. */
  private isKnown(session: Session): boolean {
    for (const known of this.sessionIds.values()) if (known === session) return true;
    return false;
  }

  onBoot(): void {
    this.model.doubtWhereNothingMaySupply();
    // A store that takes nothing keeps no wish either.
    if (this.world.power.full) this.wished.clear();
    // Each is tried again within 10 s of there being room.
    if (this.lookedAt - this.fullAt <= 10_000) for (const session of this.unkept) this.wished.delete(session);
    this.unkept.clear();
    this.facts.onBoot();
    this.model.onBoot();
    this.asked.clear();
    this.registeredAt = undefined;
    this.wellSince = undefined;
    this.promises = this.promises.filter(({ what }) => what === 'reset');
    this.toldStatus.length = 0;
    this.straying.length = 0;
    this.suspended.length = 0;
  }

  /** Nobody knows whether it happened. */
  private onUnanswered(action: string, payload: Record<string, unknown>): void {
    this.limits.onCutIn(action, payload);
    if (action === 'ReserveNow') this.model.onReserved(payload, true);
    if (action === 'CancelReservation') this.model.doubt(payload['reservationId']);
  }

  // What reaches the station.

  /** Gives what to do when the power is cut in the middle of it, if there is anything. */
  onInput(name: string, args: readonly unknown[]): (() => void) | undefined {
    const connector = args[0] as number;
    if (name === 'onToken' && this.coreAuthorizes) return this.onCard(args[0] as string, args[1] as number[] | undefined);
    if (name === 'onMeterValues') this.onReadings(connector, args[1] as object);
    else if (name === 'onPlugged') this.model.onPlugged(connector);
    else if (name === 'onUnplugged') this.model.onUnplugged(connector);
    else if (name === 'onSuspendChargingEV' || name === 'onSuspendChargingEVSE') this.suspended[connector] = true;
    else if (name === 'onResumeCharging') this.suspended[connector] = false;
    else if (name === 'setConfigurationKey') this.facts.onKey(args[0] as string, args[1] as string);
    else if (name === 'onChangeAvailability') this.facts.setOperative(connector, args[1] as boolean);
    else if (name === 'onFirmwareUpdateStatusNotification') return this.onUpdate(args[1] as string);
    else if (takesOver.includes(name)) this.isTakenOver = true;
    else if (name === 'onClosed' || name === 'onOpen') this.onConnection(name === 'onOpen');
    return undefined;
  }

  private onUpdate(status: string): (() => void) | undefined {
    const { facts } = this;
    const was = facts.isUpdating;
    facts.onUpdate(status);
    return was ? () => (facts.isUpdating = true) : undefined;
  }

  private onReadings(connector: number, readings: object): void {
    for (const [measurand, value] of Object.entries(readings as Record<string, unknown>)) {
      if (typeof value === 'number') this.shown.add(keyOf(connector, measurand, '', value));
      else for (const [phase, each] of Object.entries(value as object)) this.shown.add(keyOf(connector, measurand, phase, each as number));
    }
  }

  wasShown(connector: number, measurand: string, phase: string, value: number): boolean {
    return measurand.endsWith('.Offered') || this.shown.has(keyOf(connector, measurand, phase, value));
  }

  private onConnection(isOpen: boolean): void {
    this.model.aloneAt = this.world.time;
    // What was triggered goes with the connection that it was asked on.
    if (!isOpen) this.promises = this.promises.filter(({ what }) => !what.startsWith('TriggerMessage'));
    this.model.isConnected = isOpen && this.registeredAt !== undefined;
  }

  private onCard(idTag: string, connectors: readonly number[] | undefined): (() => void) | undefined {
    const isTap = this.model.isSecondTap(idTag, connectors ?? this.world.wallbox.sockets.map(({ id }) => id));
    this.model.onCard(idTag, connectors);
    if (isTap) return undefined;
    const running = this.world.wallbox.sockets.filter(({ id, session }) => session?.durable && (connectors?.includes(id) ?? true));
    const own =
      running.find(({ session }) => same(session!.idTag, idTag)) ??
      running.find(({ session }) => this.model.isGroup(session!.idTag, idTag));
    if (own === undefined) return this.promiseStart(idTag);
    const session = own.session!;
    if (this.wished.has(session)) return undefined;
    this.wished.set(session, 'its card was shown');
    if (this.world.power.full) {
      this.unkept.add(session);
      this.fullAt = this.world.time;
    }
    return () => this.wished.delete(session);
  }

  /** Whoever may charge for certain does so. */
  private promiseStart(idTag: string): undefined {
    const connector = this.model.certainOf(idTag);
    if (connector === undefined) return undefined;
    const { wallbox } = this.world;
    const { length } = this.provided;
    let hindered = false;
    this.promise(`the card ${idTag}`, untilKept, () => {
      hindered ||= !wallbox.sockets[connector]!.plugged || this.facts.whyNotSupply(connector) !== undefined;
      hindered ||= this.facts.isUpdating || !this.isStoreSound;
      return hindered || this.provided.indexOf(`${connector}`, length) >= 0;
    });
    return undefined;
  }

  onCallback(name: string, args: readonly unknown[]): void {
    const { time, wallbox } = this.world;
    const connector = args[0] as number;
    if (name === 'stopTransaction') {
      this.stopAsked[connector] = time;
      if (args[1] === 'Local') this.model.onStoppedByCard(connector);
    } else if (name === 'pauseCharging') this.pauseAsked[connector] = time;
    else if (name === 'unlockConnector') this.onUnlock(wallbox.sockets[connector]);
    else if (name === 'provideToken') this.onProvided(args[0] as string, (args[1] as number[])[0]!);
    else if (name === 'transactionStarted') {
      const session = wallbox.sessions.find(({ session: id }) => id === args[1]);
      if (session) this.limits.onStarted(session, this.model.claimsAt(session.idTag, connector), this.isStoreSound);
      this.model.onStarted(connector);
    }
  }

  private onUnlock(socket: Socket | undefined): void {
    if (socket?.session?.durable)
      this.accuse('lock', `the lock of connector ${socket.id} was to open during ${socket.session.session}`, 'unlock');
  }

  private onProvided(idTag: string, connector: number): void {
    if (!this.coreAuthorizes) return;
    this.provided.push(`${connector}`);
    const why = this.facts.whyNotSupply(connector);
    if (why !== undefined) this.accuse('start', `provideToken for connector ${connector}: ${why}`);
    const { session, plugged } = this.world.wallbox.sockets[connector]!;
    // Of a forgotten session no transaction is stored, as of one that never was: the next that begins there is.
    if (session?.durable && !session.isForgotten) this.accuse('start', `provideToken for connector ${connector} during ${session.session}`);
    if (!plugged) this.accuse('start', `provideToken for connector ${connector} without a cable`);
    const wrong = this.model.onProvided(idTag, connector);
    if (wrong !== undefined) this.accuse('person', wrong);
  }

  // What passes on the wire.

  /** Gives what forgets it again. */
  onHeard(frame: unknown[] | undefined): () => void {
    const { told } = this.facts;
    const { length } = told;
    const refused = new Map(this.refusals);
    this.hear(frame);
    return () => {
      told.length = length;
      const id = String(frame?.[1]);
      this.confirmed.delete(id);
      const asked = frame?.[0] === 2 ? this.asked.get(id) : undefined;
      if (asked) this.onUnanswered(asked.action, asked.payload);
      for (const session of this.refusals.keys()) if (!refused.has(session)) this.refusals.delete(session);
    };
  }

  private hear(frame: unknown[] | undefined): void {
    const id = String(frame?.[1]);
    if (frame?.[0] === 2) {
      const asked = { action: String(frame[2]), payload: (frame[3] ?? {}) as Record<string, unknown> };
      this.asked.set(id, asked);
      this.facts.onAsked(asked.action, asked.payload);
    } else if (frame?.[0] === 3) this.onResult(id, frame[2]);
    else if (frame?.[0] === 4) this.onError(id);
  }

  private onError(id: string): void {
    const call = this.sent.get(id);
    if (call?.action === 'Authorize') this.model.aloneAt = this.world.time;
    if (call === undefined || !outboxActions.includes(call.action)) return;
    const text = JSON.stringify(call.payload);
    this.errors.set(text, { count: (this.errors.get(text)?.count ?? 0) + 1, at: this.world.time });
  }

  /** A refused message comes again after n times TransactionMessageRetryInterval; a confirmed one once after a power cut, and not with every boot. */
  private checkRetry(id: string, action: string, payload: object): void {
    if (!outboxActions.includes(action)) return;
    const error = this.errors.get(JSON.stringify(payload));
    const wait = this.facts.number('TransactionMessageRetryInterval') * 1000 * (error?.count ?? 0);
    if (
      error &&
      this.facts.isSure('TransactionMessageRetryInterval') &&
      this.world.time - error.at < wait - 1000 &&
      error.at >= this.world.bootedAt
    ) {
      this.accuse('alive', `${action} comes again ${this.world.time - error.at} ms after CALLERROR ${error.count}`);
    }
    const confirmed = this.confirmed.get(id);
    if (confirmed === undefined) return;
    // Once in one boot, however often the connection goes meanwhile.
    if (confirmed.last !== this.world.boots) confirmed.again++;
    confirmed.last = this.world.boots;
    if (confirmed.again > 1 || confirmed.boot === this.world.boots)
      this.accuse('alive', `${action} ${id} was confirmed, and is told again`);
  }

  private onResult(id: string, payload: unknown): void {
    const call = this.sent.get(id);
    if (call === undefined || typeof payload !== 'object' || payload === null) return;
    this.sent.delete(id);
    // A store that fails cannot keep what was confirmed.
    const { power } = this.world;
    if (!power.full && power.failWrites === 0) this.confirmed.set(id, { again: 0, ...this.confirmed.get(id), boot: this.world.boots });
    else this.confirmed.delete(id);
    const { status, interval, currentTime, idTagInfo } = payload as Record<string, unknown>;
    if (call.action === 'BootNotification' && id === this.bootId) {
      this.registeredAt = status === 'Accepted' ? this.world.time : undefined;
      this.model.isConnected = status === 'Accepted';
      if (status === 'Accepted') this.model.wasAccepted = true;
      if (status === 'Accepted' && typeof interval === 'number' && interval > 0) this.facts.onKey('HeartbeatInterval', String(interval));
    }
    if (currentTime !== undefined) this.facts.onTime(currentTime);
    const idTag = call.payload['idTag'];
    if (typeof idTag === 'string') this.model.onIdTagInfo(idTag, idTagInfo as object | undefined, call.action === 'Authorize');
    if (call.action === 'StartTransaction') this.onStarted(call.payload, payload as Record<string, unknown>);
    else if ((idTagInfo as { status?: unknown } | undefined)?.status === 'Accepted') this.lift(String(idTag));
  }

  private onStarted(start: Record<string, unknown>, payload: Record<string, unknown>): void {
    const { transactionId, idTagInfo } = payload;
    if (typeof transactionId !== 'number' || !Number.isInteger(transactionId)) return;
    const session = this.world.wallbox.sessions.find(
      ({ connector, idTag, meterStart }) =>
        connector === start['connectorId'] && same(idTag, String(start['idTag'])) && Math.floor(meterStart + 0.5) === start['meterStart'],
    );
    if (session === undefined) return;
    this.sessionIds.set(transactionId, session);
    const status = (idTagInfo as { status?: unknown } | undefined)?.status ?? 'Accepted';
    const keys = ['StopTransactionOnInvalidId', 'MaxEnergyOnInvalidId'];
    if (status === 'Accepted') this.lift(session.idTag);
    else if (this.facts.isSure(...keys) && this.world.wallbox.sockets[session.connector]!.session === session) {
      this.refusals.set(session, {
        at: this.world.time,
        energy: this.world.wallbox.energy(session.connector),
        stops: this.facts.is('StopTransactionOnInvalidId'),
        allowance: this.facts.number('MaxEnergyOnInvalidId'),
      });
    }
  }

  /** A later Accepted lets a paused one go on. */
  private lift(idTag: string): void {
    for (const [session, { stops }] of this.refusals) if (!stops && same(session.idTag, idTag)) this.refusals.delete(session);
  }

  onSent(frame: unknown[] | undefined): void {
    if (frame === undefined) return;
    this.lastSentAt = this.world.time;
    const id = String(frame[1]);
    if (frame[0] === 2) this.onCall(id, String(frame[2]), frame[3] as Record<string, unknown>);
    const asked = this.asked.get(id);
    if (asked === undefined || frame[0] === 2) return;
    this.asked.delete(id);
    const status = (frame[2] as { status?: unknown } | undefined)?.status;
    if (frame[0] === 3) this.onAnswered(asked.action, asked.payload, status);
    else {
      this.facts.onAnswered(asked.action, asked.payload, 'Refused');
      this.onUnanswered(asked.action, asked.payload);
      // ClearChargingProfile.conf has no status for a store that fails.
      const isStore = frame[3] === 'The store failed' && asked.action === 'ClearChargingProfile';
      if (frame[2] === 'InternalError' && !isStore && !this.world.wallbox.hasFailed)
        this.accuse('alive', `InternalError for ${asked.action}`);
    }
  }

  private onCall(id: string, action: string, payload: Record<string, unknown>): void {
    this.checkRetry(id, action, payload);
    if (action === 'BootNotification') this.bootId = id;
    this.sent.set(id, { action, payload });
    if (action === 'StatusNotification' && payload['errorCode'] === 'ResetFailure') this.facts.resetSince = undefined;
    if (action === 'StatusNotification') this.facts.onStatus(payload['connectorId'] as number, payload['status'] as string);
    if (action === 'StatusNotification') this.toldStatus[payload['connectorId'] as number] = payload['status'] as string;
  }

  private onAnswered(action: string, request: Record<string, unknown>, status: unknown): void {
    this.facts.onAnswered(action, request, status);
    if (action === 'UnlockConnector' && status === 'Unlocked') this.onUnlocked(request['connectorId'] as number);
    if (action === 'SendLocalList' && status === 'Accepted') this.model.onList(request);
    if (action === 'ReserveNow' && status === 'Occupied') this.onOccupied(request);
    if (status !== 'Accepted') return;
    this.limits.onAccepted(action, request);
    this.model.onProfilesRemoved((profile, connector) => isRemovedBy(action, request, profile, connector));
    if (action === 'ClearCache') this.model.onCacheCleared();
    if (action === 'RemoteStartTransaction') this.onRemoteStart(request);
    else if (action === 'ReserveNow') this.model.onReserved(request);
    else if (action === 'CancelReservation') this.model.onCancelled(request['reservationId']);
    else if (action === 'RemoteStopTransaction') this.onRemoteStop(request['transactionId'] as number);
    else if (action === 'Reset') this.promiseReset();
    else if (action === 'TriggerMessage') this.promiseMessage(String(request['requestedMessage']));
  }

  private onOccupied({ reservationId, connectorId }: Record<string, unknown>): void {
    const socket = this.world.wallbox.sockets[connectorId as number];
    const own = this.model.reservations.find(({ id, connector, unsure }) => id === reservationId && connector === connectorId && !unsure);
    if (own && !socket?.session && connectorId !== 0 && !this.model.isClaimed(own.connector) && this.world.wallbox.scripted.size === 0)
      this.accuse('alive', `reservation ${own.id} cannot be replaced`);
  }

  private onUnlocked(connector: number): void {
    const socket = this.world.wallbox.sockets[connector];
    if (socket?.isLocked && !this.world.wallbox.scripted.has('unlockConnector')) {
      this.accuse('alive', `UnlockConnector was answered Unlocked, and connector ${connector} is locked`);
    }
  }

  private onRemoteStop(transactionId: number): void {
    const session = this.sessionIds.get(transactionId);
    if (session && this.world.wallbox.sockets[session.connector]!.session === session) this.wished.set(session, 'RemoteStop was Accepted');
  }

  private onRemoteStart(request: Record<string, unknown>): void {
    if (!this.coreAuthorizes) return;
    const idTag = String(request['idTag']);
    const connector = request['connectorId'] as number | undefined;
    this.model.onRemoteStart(idTag, connector, request['chargingProfile'] as object | undefined);
    if (connector === undefined || !this.world.wallbox.sockets[connector]?.plugged) return;
    const { wallbox } = this.world;
    const { length } = wallbox.sessions;
    const asked = this.world.time;
    const isHindered = () =>
      !wallbox.sockets[connector]!.plugged ||
      this.facts.whyNotSupply(connector) !== undefined ||
      this.facts.isUpdating ||
      wallbox.scripted.size > 0 ||
      !this.world.csms.isSensible ||
      // Whom the central system would not answer about may be refused.
      this.model.aloneAt >= asked ||
      (this.world.csms.idTags.get(idTag) as { status?: string } | undefined)?.status !== undefined;
    let hindered = false;
    this.promise('RemoteStartTransaction', untilKept, () => {
      hindered ||= isHindered();
      return hindered || wallbox.sessions.length > length;
    });
  }

  private promiseReset(): void {
    const { boots, wallbox } = this.world;
    if (wallbox.scripted.has('reset') || wallbox.scripted.has('isResetAllowed')) return;
    const within = this.facts.number('WaitForStopTransactionsOnResetTimeout') * 1000 + reaction;
    this.promise('reset', within, () => this.world.boots > boots || !this.world.isOn);
  }

  private promiseMessage(action: string): void {
    const from = this.world.frames.length;
    this.promise(`TriggerMessage ${action}`, untilKept, () =>
      this.world.frames.slice(from - 1).some((frame) => frame.startsWith('> [2,') && frame.includes(`"${action}"`)),
    );
  }

  private promise(what: string, within: number, isKept: () => boolean): void {
    this.promises.push({ at: this.world.time, boot: this.world.boots, what, within, isKept });
  }

  // What is true.

  /** At every step. */
  look(): void {
    const { wallbox, isOn } = this.world;
    this.wasStoreSound &&= this.isStoreSound;
    if (!isOn) return;
    this.lookedAt = this.world.time;
    if (this.world.power.full) this.fullAt = this.world.time;
    for (const socket of wallbox.sockets) if (socket.id > 0) this.lookAt(socket);
    this.lookAtLimits();
    this.model.endReservations();
    this.lookAtLife();
  }

  private lookAt(socket: Socket): void {
    const { time, bootedAt } = this.world;
    const { id } = socket;
    if (socket.flow > 0 && socket.hasLock && !socket.isLocked)
      this.accuse('lock', `connector ${id} is unlocked, and ${socket.flow} W flow`);
    const why = socket.flow > 0 ? this.whyStray(socket) : undefined;
    const before = this.straying[id];
    if (why === undefined) this.straying[id] = undefined;
    else if (before?.why !== why) this.straying[id] = { why, since: time };
    else {
      const since = Math.max(before.since, this.stopAsked[id] ?? 0, bootedAt);
      if (time - since > reaction) {
        this.accuse('stray', `${socket.flow} W flow on connector ${id} for ${(time - since) / 1000} s and nobody stops it: ${why}`);
      }
    }
  }

  /** Why no current should flow; undefined: it may. */
  private whyStray(socket: Socket): string | undefined {
    const { session, id } = socket;
    if (session === undefined || !session.durable) return 'there is no transaction';
    if (session.isForgotten) return undefined;
    const wish = this.wished.get(session);
    if (wish !== undefined) return wish;
    if (this.facts.resetSince !== undefined && !this.world.wallbox.scripted.has('reset')) return 'a reset was accepted';
    const refusal = this.refusals.get(session);
    if (refusal === undefined) return undefined;
    if (refusal.stops) return 'its start was refused';
    // The wallbox shows its meters once a minute at least.
    const over = this.world.wallbox.energy(id) - refusal.energy - refusal.allowance - (socket.power * 65) / 3600;
    if (over <= 0) return undefined;
    const asked = (this.pauseAsked[id] ?? -1) >= Math.max(refusal.at, this.world.bootedAt);
    return asked && this.world.wallbox.scripted.has('pauseCharging')
      ? undefined
      : `its start was refused, and ${refusal.allowance} Wh are used up`;
  }

  private lookAtLimits(): void {
    const broken = this.world.wallbox.follows ? this.limits.broken() : undefined;
    const { time, bootedAt } = this.world;
    if (broken === undefined) this.overLimitSince = undefined;
    else {
      this.overLimitSince ??= time;
      if (time - Math.max(this.overLimitSince, bootedAt) > reactionToLimits) this.accuse('limits', broken);
    }
  }

  // Alive.

  private lookAtLife(): void {
    const { time, wire } = this.world;
    this.noteChanges();
    if (!this.isWell()) {
      this.wellSince = undefined;
      return this.lookAtPromises(false);
    }
    this.wellSince ??= time;
    const isAccepted = wire.isOpen && this.registeredAt !== undefined;
    if (!isAccepted) {
      if (time - this.wellSince > untilAccepted) this.accuse('alive', `not accepted, though nothing hinders it since ${this.wellSince}`);
      return;
    }
    this.lookAtHeartbeat(this.wellSince);
    this.lookAtStatuses(this.wellSince);
    this.lookAtPromises(true);
  }

  private get isStoreSound(): boolean {
    const { power } = this.world;
    return !power.full && power.failWrites === 0 && power.cutAtWrite === 0;
  }

  /** Network, central system and stores do what they should. */
  private isWell(): boolean {
    const { network, pongs, csms } = this.world;
    const sound = network === 'up' && pongs && this.isStoreSound;
    if (!sound || this.isTakenOver || this.world.outcomes.length > 0) return false;
    return csms.isSensible;
  }

  private lookAtHeartbeat(wellSince: number): void {
    const interval = this.facts.number('HeartbeatInterval') * 1000;
    if (interval <= 0 || !this.facts.isSure('HeartbeatInterval')) return;
    const since = Math.max(this.lastSentAt, wellSince, this.registeredAt ?? 0, this.model.aloneAt);
    if (this.world.time - since > interval + silence)
      this.accuse('alive', `not a word since ${since}, HeartbeatInterval is ${interval / 1000} s`, 'silence');
  }

  private noteChanges(): void {
    for (const { id, plugged, session, faults, disabled, paused } of this.world.wallbox.sockets) {
      const state = [
        plugged,
        session?.session,
        session?.durable,
        faults.length,
        disabled,
        paused,
        this.facts.operative[id],
        this.suspended[id],
      ];
      const text = `${state},${this.model.isHeld(id)},${this.model.isClaimed(id)},${this.world.boots}`;
      if (text !== this.lastState[id]) this.changedAt[id] = this.world.time;
      this.lastState[id] = text;
    }
  }

  private lookAtStatuses(wellSince: number): void {
    if (!this.facts.isSure('MinimumStatusDuration') || this.world.touched) return;
    const patience = untilTold + this.facts.number('MinimumStatusDuration') * 1000;
    const stable = Math.max(wellSince, this.registeredAt ?? 0, this.changedAt[0] ?? 0);
    for (const socket of this.world.wallbox.sockets) {
      if (this.world.time - Math.max(stable, this.changedAt[socket.id] ?? 0) < patience) continue;
      const may = this.statusesOf(socket);
      const told = this.toldStatus[socket.id];
      if (may && !may.includes(told ?? ''))
        this.accuse('alive', `connector ${socket.id} is told to be ${told}, not ${may}: ${this.lastState[socket.id]}`);
    }
  }

  /** What a connector may be said to be; undefined: nobody knows. */
  private statusesOf(socket: Socket): readonly string[] | undefined {
    const { id, session, plugged } = socket;
    const [station] = this.world.wallbox.sockets;
    if (socket.faults.length > 0 || station!.faults.length > 0) return ['Faulted'];
    if (this.world.wallbox.scripted.size > 0 || this.facts.operative[id] === undefined || this.facts.isUpdating) return undefined;
    if (socket.disabled || station!.disabled || this.facts.operative[id] === false)
      return session ? undefined : plugged ? ['Unavailable', 'Preparing', 'Finishing'] : ['Unavailable'];
    if (id === 0) return ['Available'];
    if (session?.abandoned || session?.isForgotten) return undefined;
    if (session) return this.statusesOfSession(socket);
    if (plugged) return ['Preparing', 'Finishing', 'Reserved'];
    if (this.model.isClaimed(id)) return undefined;
    const held = this.model.reservations.filter((each) => each.connector === id || each.connector === 0);
    if (held.some((each) => each.connector === 0 || each.unsure)) return ['Available', 'Reserved'];
    return held.length > 0 ? ['Reserved'] : ['Available'];
  }

  private statusesOfSession({ id, paused, flow, limit }: Socket): readonly string[] {
    if (paused) return ['SuspendedEVSE'];
    if (this.suspended[id] || flow === 0 || limit < 6) return ['SuspendedEV', 'SuspendedEVSE', 'Charging'];
    return ['Charging'];
  }

  private lookAtPromises(isWell: boolean): void {
    const { time, boots } = this.world;
    this.promises = this.promises.filter((each) => {
      if (each.isKept() || (each.boot !== boots && each.what !== 'reset')) return false;
      if (!isWell && each.what !== 'reset' && !each.what.startsWith('the card')) return false;
      if (time - each.at <= each.within) return true;
      this.accuse('alive', `${each.what} was Accepted at ${each.at}, and nothing happened`);
      return false;
    });
  }
}

function isOf(session: Session, start: { connectorId: number; idTag: string; meterStart: number }): boolean {
  const { connector, idTag, meterStart } = session;
  return connector === start.connectorId && same(idTag, start.idTag) && Math.floor(meterStart + 0.5) === start.meterStart;
}

function keyOf(connector: number, measurand: string, phase: string, value: number): string {
  return `${connector}:${measurand}:${phase}:${Math.round(value * 1000)}`;
}

const outboxActions = ['StartTransaction', 'StopTransaction', 'MeterValues'];
const takesOver = ['stop', 'disconnect', 'resetStateMachine', 'onSessionStarted'];
