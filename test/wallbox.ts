/** The wallbox of a world: a sensible driver that does what the station says and physics allows, unless a story scripts that it does not. */

import type { MeterReadings } from '../src/callbacks.ts';
import type { Reason } from '../src/wire/types.ts';
import type { CallbackAnswer } from './local-station.ts';
import { Socket } from './physics.ts';
import type { World } from './world.ts';

/** What a callback does instead of the usual thing. */
export interface Behaviour {
  readonly value?: unknown;
  readonly throws?: string;
  /** Seconds until a promise is kept; `never`: it is not. */
  readonly after?: number | 'never';
  readonly rejects?: boolean;
  /** Does what it usually does, too. */
  readonly acts?: boolean;
  /** Does what it usually does, so many seconds later. */
  readonly slow?: number;
}

/** What the next report of a connector says instead of the truth. */
export interface Lie {
  readonly meterStart?: unknown;
  readonly meterStop?: unknown;
  readonly time?: unknown;
  readonly reason?: string;
}

/** A session as the wallbox knows it. */
export interface Session {
  readonly session: string;
  readonly connector: number;
  readonly idTag: string;
  readonly meterStart: number;
  /** Milliseconds of the world: when it began as the wallbox says, and the last moment before a power cut that it ran. */
  readonly startedAt: number;
  cutAt?: number;
  /** The boot that the power cut ended. */
  cutIn?: number;
  endedAt?: number;
  readonly boot: number;
  /** Thousandths of Wh that had gone through the contactor when it began, and when it was over. */
  readonly deliveredBefore: number;
  deliveredAfter?: number;
  /** The station said that StartTransaction is stored. */
  durable: boolean;
  /** The station would not store it: nobody may charge. */
  abandoned: boolean;
  stop?: { readonly reason: string; readonly meterStop: number; readonly at: number; readonly boot: number };
  /** The station said that StopTransaction is stored, with what the wallbox reported. */
  stopDurable: boolean;
  /** The station ended it after a power cut. */
  lost: boolean;
  /** The register that the wallbox read after the last boot, before `start`. */
  metersAtBoot?: number[];
  /** It had ended and its stop was not stored yet when the station had itself reset. */
  wasReset?: boolean;
  /** What the station knew of it may have gone with one of its stores. */
  isForgotten?: boolean;
  /** It ran when the journal was lost, and the dates of its records with that. */
  hasLostDates?: boolean;
  /** A station that lost its store may call again, by another name, what it told before. */
  isToldAgain?: boolean;
  /** The register jumped meanwhile. */
  isMeterMoved?: boolean;
  resumed: number;
  transactionIds: (number | undefined)[];
}

/** What a wallbox adds to a report. */
export interface Details {
  readonly time?: number;
  readonly [name: string]: unknown;
}

/** Seconds of a schedule that the wallbox asks for at a time. */
const horizon = 900;

export class Wallbox {
  private readonly world: World;
  private readonly immediate: boolean;
  readonly sockets: Socket[] = [];
  readonly calls: { readonly at: number; readonly name: string; readonly args: readonly unknown[] }[] = [];
  readonly sessions: Session[] = [];
  private readonly queued = new Map<string, Behaviour[]>();
  private readonly lasting = new Map<string, Behaviour>();
  private readonly lies = new Map<number, Lie>();
  /** Callbacks that did not always do the usual thing. */
  readonly scripted = new Set<string>();
  /** When a meter last showed a value: milliseconds of the world by connector and Wh. */
  readonly shown = new Map<string, number>();
  /** It shows its meters once a minute, not when something begins or ends. */
  isTerse = false;
  /** It follows charging schedules. */
  readonly follows: boolean;
  /** A callback threw, or broke its promise. */
  hasFailed = false;
  private tickets = 0;
  private schedules = 0;

  constructor(world: World, connectors: number, immediate: boolean) {
    this.world = world;
    this.immediate = immediate;
    const { options, without, also } = world.options;
    for (let id = 0; id <= connectors; id++) {
      const socket = new Socket(id);
      socket.hasLock = id > 0 && !(without ?? []).includes('unlockConnector') && options?.connectors?.[id - 1]?.lock !== false;
      this.sockets.push(socket);
    }
    this.follows = (also ?? []).includes('signalSetChargingProfiles');
  }

  next(name: string, ...behaviours: Behaviour[]): void {
    this.scripted.add(name);
    this.queued.set(name, [...(this.queued.get(name) ?? []), ...behaviours]);
  }

  always(name: string, behaviour?: Behaviour): void {
    this.scripted.add(name);
    if (behaviour) this.lasting.set(name, behaviour);
    else this.lasting.delete(name);
  }

  /** The next start or stop that this connector reports is told wrongly. */
  lie(connector: number, lie: Lie): void {
    this.lies.set(connector, lie);
  }

  behave(): void {
    this.queued.clear();
    this.lasting.clear();
    this.lies.clear();
    for (const socket of this.sockets) socket.isLockJammed = false;
  }

  // Power.

  /** The contactors open. */
  onPowerOff(): void {
    for (const socket of this.sockets) {
      socket.drive(this.world.time, false);
      if (socket.session === undefined) continue;
      socket.session.cutAt = this.world.time;
      socket.session.cutIn = this.world.boots;
    }
  }

  /** The sessions that go on: those that the station had stored and the wallbox had not ended. The others are over. */
  onPowerOn(resume: boolean): string[] {
    const sessions: string[] = [];
    for (const socket of this.sockets) {
      socket.since = this.world.time;
      socket.paused = false;
      socket.disabled = false;
      socket.faults.length = 0;
      socket.limit = Number.POSITIVE_INFINITY;
      const { session } = socket;
      if (session === undefined) continue;
      if (resume && session.durable && socket.plugged) {
        session.resumed++;
        sessions.push(session.session);
      } else this.close(socket, session);
    }
    return sessions;
  }

  /** The meters are read before the station starts: what the power cut left open is billed by them (protocol.md section 7). */
  beforeStart(): void {
    if (!this.world.readsMetersFirst) return;
    for (const socket of this.sockets) {
      const last = this.lastOf(socket.id);
      if (last === undefined || last.stopDurable || last.lost) continue;
      const open = this.sessions.filter(({ connector, stopDurable, lost }) => connector === socket.id && !stopDurable && !lost);
      for (const session of open) session.metersAtBoot = [...(session.metersAtBoot ?? []), socket.energy];
      // The register is read now, whatever else the meter shows.
      this.showMeter(socket, { [register]: socket.energy });
    }
  }

  afterBoot(): void {
    this.askLimits();
    for (const socket of this.sockets) {
      if (socket.plugged && (socket.session === undefined || socket.session.isForgotten)) this.world.call('onPlugged', [socket.id]);
      if (socket.session) {
        this.showMeter(socket);
        this.watch(socket.session);
      }
      this.drive(socket);
    }
  }

  private lastOf(connector: number): Session | undefined {
    for (let index = this.sessions.length - 1; index >= 0; index--) {
      if (this.sessions[index]!.connector === connector) return this.sessions[index];
    }
    return undefined;
  }

  // Cables and meters.

  plug(connector: number): void {
    const socket = this.sockets[connector]!;
    socket.plugged = true;
    this.drive(socket);
    this.world.call('onPlugged', [connector]);
  }

  /** The EV lets go of the cable: the pilot is gone, so the contactor opens before anybody is told. */
  unplug(connector: number): void {
    const socket = this.sockets[connector]!;
    socket.plugged = false;
    this.drive(socket);
    if (socket.faults.includes(lockFailure)) this.world.call('onErrorCleared', [connector, lockFailure]);
    this.world.call('onUnplugged', [connector]);
  }

  /** W. */
  draw(connector: number, power: number, phases: 1 | 3 = 3): void {
    const socket = this.sockets[connector]!;
    socket.count(this.world.time);
    socket.power = power;
    socket.phases = phases;
    this.drive(socket);
  }

  /** The register shows this, in Wh. */
  setMeter(connector: number, energy: number): void {
    const socket = this.sockets[connector]!;
    socket.count(this.world.time);
    socket.energy = energy;
    if (socket.session) socket.session.isMeterMoved = true;
    this.showMeter(socket);
  }

  energy(connector: number): number {
    const socket = this.sockets[connector]!;
    socket.count(this.world.time);
    return socket.energy;
  }

  /** Pushes what the meters of the charging connectors show. */
  showMeters(): void {
    if (this.isTerse) return;
    for (const socket of this.sockets) if (socket.session) this.showMeter(socket);
  }

  /** A meter is read once a minute at least while it counts. */
  private watch(session: Session): void {
    this.world.later(60_000, () => {
      const socket = this.sockets[session.connector]!;
      if (socket.session !== session) return;
      this.showMeter(socket);
      this.watch(session);
    });
  }

  showMeter(socket: Socket, also: MeterReadings = {}): void {
    socket.count(this.world.time);
    const usual = {
      [register]: socket.energy,
      'Power.Active.Import': socket.flow,
      Voltage: 230,
      'Current.Import': socket.current,
    };
    this.shown.set(`${socket.id}:${socket.energy}`, this.world.time);
    this.world.call('onMeterValues', [
      socket.id,
      { ...also, ...(socket.readings ?? usual) },
      ...(socket.signed === undefined ? [] : [socket.signed]),
    ]);
  }

  // The contactor.

  /** Closed while a session runs on a locked cable, nothing is broken, and nobody wants a pause. */
  private drive(socket: Socket): void {
    const { session, hasLock, isLocked, paused, disabled, plugged } = socket;
    const isSound = this.world.isOn && !disabled && !this.isBroken(socket);
    socket.drive(this.world.time, isSound && session !== undefined && plugged && !paused && (!hasLock || isLocked));
  }

  private isBroken(socket: Socket): boolean {
    const [station] = this.sockets;
    return socket.faults.length > 0 || station!.faults.length > 0 || station!.disabled;
  }

  /** What the wallbox's own sensors and switches say reaches the contactor before it reaches the station. */
  onInput(name: string, args: readonly unknown[]): void {
    if (name === 'init') this.noteFound(args[0] as readonly unknown[]);
    const socket = this.sockets[args[0] as number];
    if (socket === undefined || !this.note(socket, name, args[1])) return;
    for (const each of this.sockets) this.drive(each);
  }

  /** What it says to have found at power on, by connector. */
  private noteFound(statuses: readonly unknown[]): void {
    for (const socket of this.sockets) {
      const status = statuses[socket.id];
      if (status === 'Faulted') socket.faults.push('found');
      if (status === 'Unavailable') socket.disabled = true;
    }
  }

  private note(socket: Socket, name: string, what: unknown): boolean {
    const { faults } = socket;
    const id = (what as { id?: string } | undefined)?.id ?? String(what);
    const known = faults.indexOf(id);
    if (name === 'onError' && (what as { faulted?: boolean }).faulted === true) {
      if (known < 0) faults.push(id);
    } else if (name === 'onErrorCleared') {
      if (known >= 0) faults.splice(known, 1);
    } else if (name === 'onAllErrorsCleared') faults.length = 0;
    else if (name === 'onDisabled' || name === 'onEnabled') socket.disabled = name === 'onDisabled';
    else return false;
    return true;
  }

  /** Shuts the lock; when its feedback does not follow nobody charges (protocol.md section 7). */
  private shutLock(socket: Socket): boolean {
    if (!socket.hasLock) return true;
    if (!socket.isLockJammed) socket.isLocked = true;
    if (socket.isLocked) return true;
    this.world.call('onError', [socket.id, { id: lockFailure, errorCode: lockFailure, faulted: true }]);
    return false;
  }

  private openLock(connector: number): string {
    const socket = this.sockets[connector]!;
    if (!socket.isLockJammed) socket.isLocked = false;
    return socket.isLocked ? 'UnlockFailed' : 'Unlocked';
  }

  // Limits.

  /** Asks what the connectors may take, and again when that changes. */
  private askLimits(): void {
    if (!this.follows || !this.world.isOn) return;
    const turn = ++this.schedules;
    const schedules = this.world.call('getAllCompositeChargingSchedules', [horizon, 'A']) as readonly Schedule[] | undefined;
    let next = horizon;
    for (const socket of this.sockets) {
      const periods = schedules?.[socket.id]?.chargingSchedulePeriod ?? [];
      socket.limit = periods[0]?.limit ?? Number.POSITIVE_INFINITY;
      if (periods[1]) next = Math.min(next, periods[1].startPeriod);
      this.drive(socket);
    }
    if (this.sockets.some(({ session }) => session !== undefined)) {
      this.world.later(next * 1000, () => (turn === this.schedules ? this.askLimits() : undefined));
    }
  }

  // Sessions.

  /** The station says that this user may charge: a driver that sees for itself that the connector may supply. */
  private beginAsTold(connector: number, idTag: string): void {
    const socket = this.sockets[connector]!;
    if (!socket.plugged || socket.disabled || this.isBroken(socket)) return;
    this.begin(connector, idTag);
  }

  /** Begins to charge, and reports it. */
  begin(connector: number, idTag: string, details: Details = {}, fraction = 0): void {
    const socket = this.sockets[connector]!;
    if (socket.session || !this.shutLock(socket)) return;
    socket.count(this.world.time);
    // Every session has a meterStart of its own: the meter and the contactor take a little themselves.
    socket.energy = Math.floor(socket.energy) + 1 + fraction;
    socket.paused = false;
    const session: Session = {
      session: `S${this.sessions.length + 1}`,
      connector,
      idTag,
      meterStart: socket.energy,
      startedAt: this.saidAt(details),
      boot: this.world.boots,
      deliveredBefore: socket.delivered,
      durable: false,
      abandoned: false,
      stopDurable: false,
      lost: false,
      resumed: 0,
      transactionIds: [],
    };
    this.sessions.push(session);
    if (!this.isTerse) this.showMeter(socket);
    socket.session = session;
    this.drive(socket);
    const { meterStart = session.meterStart, time } = this.takeLie(connector);
    const told = time === undefined ? details : { ...details, time };
    const { next } = this.world.journal ?? {};
    this.world.call('onTransactionStarted', [connector, session.session, idTag, meterStart, told]);
    if (this.isStoredUnheard('transactionStarted', next)) session.durable = true;
    if (!session.durable) {
      session.abandoned = true;
      this.world.judge.model.onNotStarted(connector, idTag);
    }
    this.watch(session);
    if (this.follows) this.world.later(0, () => this.askLimits());
  }

  /** Ends the session, and reports it. */
  end(connector: number, reason: Reason, details: Details = {}): void {
    const socket = this.sockets[connector]!;
    const { session } = socket;
    if (session === undefined) return;
    if (!this.isTerse) this.showMeter(socket);
    this.close(socket, session);
    if (reason === 'Local') this.openLock(connector);
    const { meterStop = socket.energy, time, reason: said = reason } = this.takeLie(connector);
    session.stop = {
      reason: said === reason ? reason : 'Other',
      meterStop: socket.energy,
      at: this.saidAt(details),
      boot: this.world.boots,
    };
    const told = time === undefined ? details : { ...details, time };
    const { next } = this.world.journal ?? {};
    this.world.call('onTransactionStopped', [connector, session.session, said, meterStop, told]);
    if (this.isStoredUnheard('transactionStopped', next)) this.onStored(session.session);
    if (this.follows) this.world.later(0, () => this.askLimits());
  }

  /** It left the callback out that tells it so, and the journal has grown. */
  private isStoredUnheard(callback: string, before: number | undefined): boolean {
    return this.world.options.without?.includes(callback) === true && this.world.journal?.next !== before;
  }

  private close(socket: Socket, session: Session): void {
    socket.session = undefined;
    this.drive(socket);
    session.deliveredAfter = socket.delivered;
    session.endedAt = this.world.time;
  }

  /** The moment that a report is about. */
  private saidAt(details: { readonly time?: number }): number {
    return details.time === undefined ? this.world.time : this.world.bootedAt + details.time;
  }

  private takeLie(connector: number): Lie {
    const lie = this.lies.get(connector) ?? {};
    this.lies.delete(connector);
    return lie;
  }

  private sessionOf(name: unknown): Session | undefined {
    return this.sessions.find((session) => session.session === name);
  }

  // Callbacks.

  onCallback(name: string, args: readonly unknown[]): CallbackAnswer {
    this.calls.push({ at: this.world.time, name, args });
    this.world.judge.onCallback(name, args);
    const behaviour = this.queued.get(name)?.shift() ?? this.lasting.get(name);
    if (behaviour === undefined) return { now: this.usual(name, args) };
    if (behaviour.acts) this.usual(name, args);
    if (behaviour.slow !== undefined) this.world.later(behaviour.slow * 1000, () => this.usual(name, args));
    if (behaviour.throws !== undefined || behaviour.rejects) this.hasFailed = true;
    if (behaviour.throws !== undefined) return { throws: behaviour.throws };
    if (behaviour.after === undefined) return { now: behaviour.value };
    const ticket = ++this.tickets;
    if (behaviour.after !== 'never') {
      this.world.later(behaviour.after * 1000, () => this.world.call('settle', [ticket, behaviour.rejects ?? false, behaviour.value]));
    }
    return { later: ticket };
  }

  private usual(name: string, args: readonly unknown[]): unknown {
    switch (name) {
      case 'provideToken':
        return this.soon(() => this.beginAsTold((args[1] as number[])[0]!, args[0] as string));
      case 'stopTransaction':
        return this.onStop(args[0] as number, args[1] as Reason);
      case 'pauseCharging':
      case 'resumeCharging':
        return this.setPaused(args[0] as number, name === 'pauseCharging');
      case 'enableEvse':
        // What it took out of service itself stays so.
        return !this.sockets[args[0] as number]!.disabled;
      case 'reset':
        return this.onReset();
      case 'transactionStarted':
        this.sessionOf(args[1])!.durable = true;
        return undefined;
      case 'transactionStopped':
        this.onStored(args[1]);
        return undefined;
      case 'transactionUpdated':
        this.sessionOf(args[1])?.transactionIds.push(args[2] as number | undefined);
        return undefined;
      case 'unlockConnector':
        return this.openLock(args[0] as number);
      case 'signalSetChargingProfiles':
        this.world.later(0, () => this.askLimits());
        return undefined;
      case 'reserveNow':
        return 'Accepted';
      case 'updateFirmware':
        return undefined;
      case 'dataTransfer':
      case 'handleDataTransfer':
        return { status: 'Accepted' };
      default:
        return true;
    }
  }

  private onReset(): boolean {
    this.world.later(0, () => {
      // With no room in either store nothing outlives the reset.
      const isKept = !this.world.power.full;
      for (const session of this.sessions) if (isKept && session.stop && !session.stopDurable && !session.lost) session.wasReset = true;
      this.world.cut();
      this.world.later(1000, () => (this.world.isOn ? undefined : this.world.boot()), false);
    });
    return true;
  }

  private onStop(connector: number, reason: Reason): boolean {
    if (this.sockets[connector]!.session) this.soon(() => this.end(connector, reason));
    return true;
  }

  /** StopTransaction is stored: also for what the power cut has ended. */
  private onStored(name: unknown): void {
    const session = this.sessionOf(name)!;
    if (session.stop?.boot === this.world.boots) session.stopDurable = true;
    else session.lost = true;
    const socket = this.sockets[session.connector]!;
    if (socket.session === session) this.close(socket, session);
  }

  private setPaused(connector: number, paused: boolean): boolean {
    const socket = this.sockets[connector]!;
    socket.paused = paused;
    this.drive(socket);
    return true;
  }

  private soon(work: () => void): undefined {
    if (this.immediate) work();
    else this.world.later(0, work);
    return undefined;
  }
}

const register = 'Energy.Active.Import.Register';
const lockFailure = 'ConnectorLockFailure';

/** The part of a CompositeChargingSchedule that a contactor and a pilot care for. */
interface Schedule {
  readonly chargingSchedulePeriod: readonly { readonly startPeriod: number; readonly limit: number }[];
}
