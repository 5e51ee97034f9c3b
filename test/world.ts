/**
 * A station's whole world in one object: time, power, flash, wire, wallbox and central system. Stories drive it and look at what happened.
 *
 * Three parts, as the station sees them: `Platform` is its host, `Wallbox` its callbacks, `CentralSystem` (central-system.ts) the other end
 * of the wire. Everything runs synchronously and in virtual time; ES2022 only, so that it runs on any engine.
 */

import { SectorJournal } from '../hosts/journal.ts';
import type { Options, StationEvent } from '../src/callbacks.ts';
import type { Closed, LogLevel } from '../src/host.ts';
import type { ChargePoint } from '../src/index.ts';
import { check, type Table } from '../src/wire/check.ts';
import * as tables from '../src/wire/generated/tables.ts';
import type { Action, Request } from '../src/wire/types.ts';
import { CentralSystem } from './central-system.ts';
import { FlashStandIn, Power, PowerCut, StorageStandIn, type Tear } from './flash.ts';
import { type Invariant, Judge } from './judge.ts';
import { type Address, type CallbackAnswer, type CreateStation, type Inside, localStation, type Outside } from './local-station.ts';

import { Wallbox } from './wallbox.ts';

export type { Socket } from './physics.ts';
export type { Behaviour, Session } from './wallbox.ts';
export { PowerCut, Wallbox };

export interface WorldOptions {
  /** Builds the station; default: in this machine. */
  readonly createStation?: CreateStation;
  /** The wire; default: in memory. */
  readonly createWire?: (world: World) => Wire;
  /** Configuration keys of the factory-fresh station. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly connectors?: number;
  readonly options?: Partial<Omit<Options, 'keys' | 'numberOfConnectors' | 'observer'>>;
  /** Callbacks that the wallbox leaves out, and others that it has beside the usual ones. */
  readonly without?: readonly string[];
  readonly also?: readonly string[];
  /** Sectors of 4 kB of the journal's flash. */
  readonly sectors?: number;
  /** The wallbox reports starts and stops from inside the callback that asks for them; default: at the next turn. */
  readonly immediate?: boolean;
  /** It has a clock chip that survives power cuts. */
  readonly rtc?: boolean;
  readonly maxMessageBytes?: number;
  readonly seed?: number;
  /** False: the wallbox does not read its meters before the station starts, so a power cut costs what was not stored. */
  readonly metersFirst?: boolean;
  /** What a story breaks on purpose, or cannot be judged by. */
  readonly breaks?: readonly Invariant[];
}

/** One story: what happens at a wallbox, told to any engine. */
export interface Story {
  readonly name: string;
  readonly world?: Omit<WorldOptions, 'createStation' | 'createWire' | 'seed'>;
  /** False: the story boots the station itself. */
  readonly booted?: boolean;
  /** Not to be told over a real WebSocket: it needs a wire that fails on demand, or frames that no library sends. */
  readonly memoryOnly?: boolean;
  /** It thins, refuses or loses samples on purpose: the ledger does not look for each of them. */
  readonly losesSamples?: boolean;
  /** The central system's clock jumps, so dates are not held against the world's. */
  readonly jumps?: boolean;
  readonly run: (world: World) => void;
}

/** The names of the inputs, and their arguments. */
type InputName = { [K in keyof ChargePoint]: ChargePoint[K] extends (...args: never[]) => unknown ? K : never }[keyof ChargePoint];

/** The outcome of one attempt to connect. */
export interface ConnectOutcome {
  readonly http?: number;
  readonly retryAfter?: number;
  /** 101 without subprotocol. */
  readonly noSubprotocol?: boolean;
  /** No route, refused. */
  readonly refused?: boolean;
  /** Opens and is closed with this code at once. */
  readonly close?: number;
}

/** A connection between station and central system. */
export interface Wire {
  open(address: Address): void;
  /** From the station. False: not open. */
  send(text: string): boolean;
  ping(payload: string): void;
  /** By the station. */
  close(code: number): void;
  readonly isOpen: boolean;
  /** From the central system, now. */
  deliver(text: string): void;
  closeByPeer(code: number): void;
  /** The central system will not answer this CALL. */
  noAnswer(id: string): void;
  /** The network failed. */
  lose(): void;
  /** The station lost its power: it hears nothing any more. */
  forget(): void;
  /** Takes in what came from outside the world; true when there was something. */
  pump(): boolean;
}

interface Task {
  readonly at: number;
  /** Dropped when the station of this boot is gone; 0: never. */
  readonly boot: number;
  readonly run: () => void;
}

const callbackNames = [
  'provideToken',
  'stopTransaction',
  'enableEvse',
  'disableEvse',
  'pauseCharging',
  'resumeCharging',
  'unlockConnector',
  'setConnectionTimeout',
  'isResetAllowed',
  'reset',
  'setSystemTime',
  'bootNotificationResponse',
  'connectionStateChanged',
  'transactionStarted',
  'transactionStopped',
  'transactionUpdated',
  'configurationKeyChanged',
  'securityEvent',
];

const factoryKeys = {
  ChargePointVendor: 'Bench Vendor',
  ChargePointModel: 'Bench Charger',
  ChargePointSerialNumber: 'SN000001',
  FirmwareVersion: '1.0.0',
  ChargePointId: 'CP 1',
  CentralSystemURI: 'ws://csms.example/ocpp',
  RetryBackoffRandomRange: '0',
};

const epoch = Date.UTC(2025, 0, 1);
/** So many turns at one moment mean that something never rests. */
const restless = 200_000;

export class World {
  readonly power: Power;
  readonly flash: FlashStandIn;
  readonly storage: StorageStandIn;
  readonly csms: CentralSystem;
  readonly wallbox: Wallbox;
  /** Looks at the physical world at every step. */
  readonly judge: Judge;
  readonly wire: Wire;
  readonly options: WorldOptions;
  /** Milliseconds since the world began; goes on without power. */
  time = 0;
  /** How often the station booted, the present boot included. */
  boots = 0;
  bootedAt = 0;
  /** What no story may make a station do. */
  readonly faults: string[] = [];
  readonly logs: string[] = [];
  /** The station is told what cannot be read, so it may answer what was not asked. */
  garbled = false;
  /** The store took no date of a record that was told, or no id: after a power cut it is told with another one. */
  datesMayDiffer = false;
  /** People at the box changed what the central system believes to know about availability. */
  touched = false;
  readonly events: StationEvent[] = [];
  /** Every frame, as it passed: `>` from the station, `<` to it. */
  readonly frames: string[] = [];
  /** Attempts to connect: when, and where to. */
  readonly attempts: { readonly at: number; readonly address: Address }[] = [];
  /** Outcomes of the next attempts to connect; none: it opens. */
  readonly outcomes: ConnectOutcome[] = [];
  network: 'up' | 'down' | 'blackhole' = 'up';
  /** Whoever asked a question as firmware throws when the answer comes. */
  doneThrows = false;
  observerThrows = false;
  /** The CSMS's side answers pings. */
  pongs = true;
  /** The platform's guess of the time; undefined: none. */
  wallClockHint: (() => number | undefined) | undefined;
  /** Runs between the construction of the station and its start. */
  beforeStart: (() => void) | undefined;
  private station: Inside | undefined;
  journal: SectorJournal | undefined;
  alarmAt: number | undefined;
  private tasks: Task[] = [];
  private depth = 0;
  private readonly rules: FrameRules;
  private readonly answersWanted: ((answer: readonly unknown[]) => void)[] = [];
  /** Frames that the station sent while it heard the present one. */
  private heard: { readonly id: string; answered: boolean; spoke: boolean } | undefined;

  constructor(options: WorldOptions = {}) {
    this.options = options;
    this.power = new Power(options.seed ?? 1);
    this.flash = new FlashStandIn(this.power, options.sectors ?? 8);
    this.storage = new StorageStandIn(this.power);
    this.csms = new CentralSystem(lineOf(this));
    this.wallbox = new Wallbox(this, options.connectors ?? 2, options.immediate ?? false);
    this.judge = new Judge(this);
    this.rules = new FrameRules(this);
    this.wire = options.createWire?.(this) ?? new MemoryWire(this);
    if (options.rtc) this.wallClockHint = () => epoch + this.time;
  }

  // Time and power.

  /** Milliseconds since this boot. */
  now(): number {
    return this.time - this.bootedAt;
  }

  /** True time as the central system's clock had it from the beginning, in Unix milliseconds. */
  unixAt(time: number): number {
    return epoch + time;
  }

  /** The wallbox shows its meters before the station starts. */
  get readsMetersFirst(): boolean {
    return this.options.metersFirst ?? true;
  }

  get isOn(): boolean {
    return this.station !== undefined;
  }

  /** Power on: mounts the stores, builds and starts the station, and tells it which cables are in. `resume`: sessions survive the cut. */
  boot(resume = true, reason = 'PowerUp'): void {
    this.power.on();
    this.boots++;
    this.bootedAt = this.time;
    this.alarmAt = undefined;
    this.rules.onBoot();
    this.csms.onBoot();
    this.judge.onBoot();
    this.enter(() => {
      this.journal = new SectorJournal(this.flash, (text) => this.logs.push(`warn ${text}`));
      const sessions = this.wallbox.onPowerOn(resume);
      const { options = {}, keys, connectors = 2, without = [], also = [] } = this.options;
      const build = {
        options: { ...options, keys: { ...factoryKeys, ...keys }, numberOfConnectors: connectors },
        callbacks: [...callbackNames, ...also].filter((name) => !without.includes(name)),
      };
      this.station = (this.options.createStation ?? localStation)(new Platform(this), build);
      this.beforeStart?.();
      this.wallbox.beforeStart();
      this.station.input('start', [reason, sessions]);
    });
    this.wallbox.afterBoot();
    this.drain();
  }

  /** The power is cut between two instructions. */
  cut(): void {
    this.power.off = true;
    this.die();
  }

  /** Cut, and on again after so many milliseconds. */
  reboot(resume = true, after = 1000): void {
    if (this.isOn) this.cut();
    this.advance(after);
    if (!this.isOn) this.boot(resume);
  }

  /** One of both stores is lost while the power is off: its flash was replaced. What was in it is gone, and nothing that comes after. */
  lose(store: 'journal' | 'store', after = 1000): void {
    if (this.isOn) this.cut();
    this.judge.onLost(store);
    if (store === 'journal') this.flash.content.fill(0xff);
    else this.storage.content.clear();
    this.advance(after);
    this.boot();
  }

  /** Walks from deadline to deadline. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    this.drain();
    for (let at = this.nextMoment(); at <= end; at = this.nextMoment()) {
      this.time = Math.max(this.time, at);
      this.drain();
    }
    this.time = end;
    this.drain();
  }

  private nextMoment(): number {
    let next = this.alarmAt === undefined || !this.isOn ? Number.POSITIVE_INFINITY : this.alarmAt + this.bootedAt;
    for (const task of this.tasks) next = Math.min(next, task.at);
    return next;
  }

  /** Everything that is due at this moment, until all is quiet. */
  drain(): void {
    if (this.depth > 0) return;
    for (let turn = 0; ; turn++) {
      if (turn > restless) throw new Error(`the world never rests at ${this.time}: ${this.frames.slice(-4).join(' ')}`);
      const task = this.takeDue();
      if (task) task.run();
      else if (this.wire.pump()) continue;
      else if (this.isOn && this.alarmAt !== undefined && this.alarmAt <= this.now()) {
        this.alarmAt = undefined;
        this.wallbox.showMeters();
        this.enter(() => this.station?.input('onAlarm', []));
      } else break;
    }
    this.judge.look();
    this.checkFaults();
  }

  private checkFaults(): void {
    if (this.faults.length > 0) throw new Error(`At ${this.time} ms: ${this.faults.join('\n')}`);
  }

  private takeDue(): Task | undefined {
    let index = -1;
    for (let each = 0; each < this.tasks.length; each++) {
      const task = this.tasks[each]!;
      if (task.at <= this.time && (index < 0 || task.at < this.tasks[index]!.at)) index = each;
    }
    if (index < 0) return undefined;
    const [task] = this.tasks.splice(index, 1);
    return task!.boot !== 0 && (task!.boot !== this.boots || !this.isOn) ? this.takeDue() : task;
  }

  /** Runs something so many milliseconds from now; with `forStation` only if the station has not lost its power until then. */
  later(after: number, run: () => void, forStation = true): void {
    this.tasks.push({ at: this.time + after, boot: forStation ? this.boots : 0, run });
  }

  /** Runs the station's code. What it may not do, and a power cut in it, come out here. */
  enter<T>(work: () => T): T | undefined {
    let result: T | undefined;
    this.depth++;
    try {
      result = work();
    } catch (error) {
      if (!this.power.off) throw error;
    } finally {
      this.depth--;
    }
    if (this.power.off) {
      if (this.depth === 0) this.die();
      throw new PowerCut();
    }
    if (this.depth === 0) this.checkFaults();
    return result;
  }

  private die(): void {
    this.station = undefined;
    this.journal = undefined;
    this.alarmAt = undefined;
    this.heard = undefined;
    this.wallbox.onPowerOff();
    this.csms.onGone();
    this.wire.forget();
  }

  // The station's inputs.

  /** Calls an input of the charge point, and lets everything settle. */
  input<K extends InputName>(name: K, ...args: Parameters<Extract<ChargePoint[K], (...args: never[]) => unknown>>): unknown {
    if (name === 'onChangeAvailability' || name === 'onDisabled' || name === 'resetStateMachine') this.touched = true;
    const result = this.call(name, args);
    this.drain();
    return result;
  }

  /** As `input`, but nothing else happens yet. */
  call(name: string, args: readonly unknown[]): unknown {
    if (this.isOn) {
      this.wallbox.onInput(name, args);
    }
    const forget = this.isOn ? this.judge.onInput(name, args) : undefined;
    try {
      return this.enter(() => this.station?.input(name, args));
    } finally {
      // As in `hear`.
      if (this.power.off) forget?.();
    }
  }

  /** A question of the firmware; the answer is put into what is returned. */
  dataTransfer(vendorId: string, messageId?: string, data?: string): { answers: unknown[] } {
    return this.ask('dataTransfer', [vendorId, messageId, data]);
  }

  authorize(idTag: string): { answers: unknown[] } {
    return this.ask('authorizeIdToken', [idTag]);
  }

  /** What an ISO 15118 stack asks about a contract. */
  authorizeContract(emaid: string, certificate?: string): { answers: unknown[] } {
    return this.ask('dataTransferPncAuthorize', [emaid, certificate, undefined]);
  }

  private ask(name: string, args: readonly unknown[]): { answers: unknown[] } {
    const heard: { answers: unknown[] } = { answers: [] };
    const ticket = this.answersWanted.push((answer) => heard.answers.push(answer.length === 1 ? answer[0] : answer)) - 1;
    this.call(name, [...args, ticket]);
    this.drain();
    return heard;
  }

  onAnswered(ticket: number, answer: readonly unknown[]): void {
    if (this.doneThrows) throw new Error('done throws');
    this.answersWanted[ticket]?.(answer);
  }

  // What people do at the wallbox.

  plug(connector: number): void {
    this.wallbox.plug(connector);
    this.drain();
  }

  unplug(connector: number): void {
    this.wallbox.unplug(connector);
    this.drain();
  }

  tag(idTag: string, connectors?: readonly number[]): void {
    this.input('onToken', idTag, ...((connectors ? [connectors] : []) as [number[]?]));
  }

  /** Plugs in and presents the card: a transaction begins, if the card may. */
  charge(connector: number, idTag: string): void {
    this.plug(connector);
    this.tag(idTag, [connector]);
  }

  fault(connector: number, errorCode: string, more: object = {}): void {
    this.input('onError', connector, { id: errorCode, errorCode, faulted: true, ...more });
  }

  // The network.

  offline(): void {
    this.network = 'down';
    this.wire.lose();
    this.drain();
  }

  online(): void {
    this.network = 'up';
    this.drain();
  }

  /** Half-open: nothing arrives any more, and nobody is told. */
  blackhole(): void {
    this.network = 'blackhole';
  }

  /** Connected, accepted, and everything told: waits for it, an hour at most. */
  reconnect(): void {
    this.online();
    for (let minutes = 0; minutes < 60; minutes++) {
      this.advance(60_000);
      if (this.wire.isOpen && this.isToldAll) return;
    }
  }

  /** Nothing in the journal waits to be told. */
  get isToldAll(): boolean {
    return this.journal === undefined || this.journal.first === this.journal.next;
  }

  // The central system.

  /** Asks the station something, and waits for what can be answered at once. */
  request(action: string, payload: object = {}): { payload?: Record<string, unknown>; error?: string } {
    const asked = this.csms.request(action, payload);
    this.drain();
    return asked;
  }

  /** Sets a key as the central system does; anything but Accepted is a fault. */
  configure(key: string, value: string): void {
    const { payload } = this.request('ChangeConfiguration', { key, value });
    if (payload?.['status'] !== 'Accepted') throw new Error(`${key} = ${value}: ${JSON.stringify(payload)}`);
  }

  // What happened.

  /** Payloads of the CALLs of one action that had an effect, retries not counted. */
  sent<A extends Action>(action: A): Request<A>[] {
    return this.csms.payloads(action);
  }

  /** Everything the station asked, by action, retries included. */
  get actions(): string[] {
    return this.csms.received.map((call) => call.action);
  }

  /** The statuses that were told of a connector. */
  statuses(connector: number): string[] {
    const list: string[] = [];
    for (const { connectorId, status } of this.sent('StatusNotification')) if (connectorId === connector) list.push(status);
    return list;
  }

  get transactions(): CentralSystem['transactions'] {
    return this.csms.transactions;
  }

  /** Callbacks that were called, with their arguments. */
  called(name: string): (readonly unknown[])[] {
    const list: (readonly unknown[])[] = [];
    for (const call of this.wallbox.calls) if (call.name === name) list.push(call.args);
    return list;
  }

  // What passes on the wire.

  /** A frame on its way to the station. */
  hear(text: string): void {
    this.frames.push(`< ${text}`);
    this.heard = this.rules.toStation(text);
    const forget = this.judge.onHeard(parsed(text));
    try {
      this.call('onText', [text]);
    } finally {
      // A power cut in the middle: nobody knows what of it the station remembers.
      if (this.power.off) forget();
    }
    this.heard = undefined;
  }

  /** A frame of the station's that the socket took. */
  onSent(text: string): void {
    this.frames.push(`> ${text}`);
    const { heard } = this;
    const kind = this.rules.fromStation(text, heard?.id);
    this.judge.onSent(parsed(text));
    if (heard === undefined) return;
    if (kind === 'answer') {
      if (heard.spoke) this.faults.push(`news before the answer to ${heard.id}: ${text}`);
      heard.answered = true;
    } else heard.spoke = true;
  }
}

/** What the central system sees of the world. */
function lineOf(world: World): ConstructorParameters<typeof CentralSystem>[0] {
  return {
    get time() {
      return world.time;
    },
    get boot() {
      return world.boots;
    },
    isConnected: () => world.wire.isOpen,
    deliver: (text, after) => world.later(after, () => world.wire.deliver(text)),
    noAnswer: (id) => world.wire.noAnswer(id),
    closeByPeer: (code, after) => world.later(after, () => world.wire.closeByPeer(code)),
    fault: (text) => {
      if (world.datesMayDiffer && (text.includes('was used for two texts') || text.includes(' after one of '))) return;
      if (!world.garbled || !text.includes('to nothing asked')) world.faults.push(text);
    },
  };
}

/** The host: what the station's platform gives it. A platform dies with its boot. */
class Platform implements Outside {
  private readonly world: World;
  private readonly boot: number;
  readonly maxMessageBytes: number;
  readonly localListCapacity = 100;
  readonly cacheCapacity = 50;
  private seed: number;

  constructor(world: World) {
    this.world = world;
    this.boot = world.boots;
    this.maxMessageBytes = world.options.maxMessageBytes ?? 8192;
    this.seed = 1000 * (world.options.seed ?? 1) + world.boots;
  }

  /** The station of a boot that is over still runs to the end of its stack: nobody hears it. */
  private get isDead(): boolean {
    return this.world.power.off || this.boot !== this.world.boots;
  }

  now(): number {
    return this.world.now();
  }

  alarm(at: number | undefined): void {
    if (!this.isDead) this.world.alarmAt = at;
  }

  wallClockHint(): number | undefined {
    return this.world.wallClockHint?.();
  }

  read(key: string): string | undefined {
    return this.world.storage.read(key);
  }

  write(key: string, text: string): void {
    this.world.storage.write(key, text);
  }

  remove(key: string): void {
    this.world.storage.remove(key);
  }

  keys(shelf: string): string[] {
    return this.world.storage.keys(shelf);
  }

  append(record: string): number {
    return this.journal().append(record);
  }

  record(number: number): string | undefined {
    return this.journal().read(number);
  }

  release(before: number): void {
    this.journal().release(before);
  }

  first(): number {
    return this.journal().first;
  }

  next(): number {
    return this.journal().next;
  }

  free(): number {
    return this.journal().free;
  }

  capacity(): number {
    return this.journal().capacity;
  }

  private journal(): SectorJournal {
    const { journal } = this.world;
    if (this.isDead || journal === undefined) throw new PowerCut();
    return journal;
  }

  open(address: Address): void {
    if (this.isDead) return;
    this.world.attempts.push({ at: this.world.time, address });
    this.world.wire.open(address);
  }

  send(text: string): boolean {
    return !this.isDead && this.world.wire.send(text);
  }

  ping(payload: string): void {
    if (!this.isDead) this.world.wire.ping(payload);
  }

  close(code: number, _reason: string): void {
    if (!this.isDead) this.world.wire.close(code);
  }

  random(length: number): number[] {
    const bytes: number[] = [];
    for (let index = 0; index < length; index++) {
      this.seed = (this.seed * 1103515245 + 12345) % 2147483648;
      bytes.push(Math.floor(this.seed / 65536) % 256);
    }
    return bytes;
  }

  log(level: LogLevel, text: string): void {
    if (this.isDead) return;
    this.world.logs.push(`${level} ${text}`);
    if (text.includes('dates may differ') || text.includes('will change the ids')) this.world.datesMayDiffer = true;
    if (text.startsWith('An input failed')) this.world.faults.push(text);
  }

  observe(event: StationEvent): void {
    if (this.isDead) return;
    this.world.events.push(event);
    if (this.world.observerThrows) throw new Error('the observer throws');
  }

  callback(name: string, args: readonly unknown[]): CallbackAnswer {
    return this.isDead ? {} : this.world.wallbox.onCallback(name, args);
  }

  answered(ticket: number, answer: readonly unknown[]): void {
    if (!this.isDead) this.world.onAnswered(ticket, answer);
  }
}

/** A wire in memory: what is sent arrives at once, what is answered comes at the next turn. */
class MemoryWire implements Wire {
  private readonly world: World;
  private state: 'closed' | 'connecting' | 'open' | 'closing' = 'closed';
  /** Counts connections, so that what belonged to an old one is lost. */
  private connection = 0;

  constructor(world: World) {
    this.world = world;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  private later(after: number, run: () => void): void {
    const { connection } = this;
    this.world.later(after, () => {
      if (connection === this.connection) run();
    });
  }

  private closed(closed: Closed): void {
    this.state = 'closed';
    this.connection++;
    this.world.csms.onGone();
    this.world.call('onClosed', [closed]);
  }

  open({ url }: Address): void {
    const { world } = this;
    if (this.state !== 'closed') world.faults.push(`open while the socket is ${this.state}`);
    this.state = 'connecting';
    if (world.network === 'blackhole') return this.later(30_000, () => this.closed({ reason: 'network' }));
    const refused = world.network === 'down' || !isPossible(url);
    const outcome = refused ? { refused } : (world.outcomes.shift() ?? {});
    this.later(0, () => this.conclude(outcome));
  }

  private conclude(outcome: ConnectOutcome): void {
    const { http, retryAfter, close } = outcome;
    if (outcome.refused) this.closed({ reason: 'network' });
    else if (outcome.noSubprotocol) this.closed({ reason: 'protocol', httpStatus: 101 });
    else if (http !== undefined) this.closed({ reason: 'http', httpStatus: http, ...(retryAfter === undefined ? {} : { retryAfter }) });
    else {
      this.state = 'open';
      this.world.call('onOpen', []);
      if (close !== undefined) this.later(0, () => this.closed({ reason: 'closed', code: close }));
    }
  }

  send(text: string): boolean {
    if (this.state !== 'open') return false;
    this.world.onSent(text);
    if (this.world.network === 'up') dispatch(this.world, text);
    return true;
  }

  ping(_payload: string): void {
    if (this.state === 'open' && this.world.network === 'up' && this.world.pongs) this.later(0, () => this.world.call('onPong', []));
  }

  close(code: number): void {
    if (this.state === 'closed' || this.state === 'closing') return;
    this.state = 'closing';
    this.later(0, () => this.closed({ reason: 'closed', code }));
  }

  deliver(text: string): void {
    if (this.state === 'open' && this.world.network === 'up') this.world.hear(text);
    else this.world.csms.onLost(parsed(text)?.[1]);
  }

  closeByPeer(code: number): void {
    if ((this.state === 'open' || this.state === 'closing') && this.world.network === 'up') this.closed({ reason: 'closed', code });
  }

  noAnswer(_id: string): void {}

  lose(): void {
    if (this.state === 'open' || this.state === 'closing') this.closed({ reason: 'network' });
  }

  forget(): void {
    this.state = 'closed';
    this.connection++;
  }

  pump(): boolean {
    return false;
  }
}

/** There can be a host of this name and port. */
function isPossible(url: string): boolean {
  const [, authority = ''] = url.split('/').filter((part) => part !== '');
  const [host = '', port = '80', ...more] = authority.split(':');
  const isName = host !== '' && !['"', "'", '[', ']', ' ', '<', '>'].some((letter) => host.includes(letter));
  return isName && more.length === 0 && Number(port) >= 1 && Number(port) <= 65_535;
}

/** Hands a frame of the station's to the central system. */
export function dispatch(world: World, text: string): void {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return;
  }
  if (!Array.isArray(frame)) return;
  const [type, id, third, fourth] = frame;
  if (type === 2) world.csms.onCall(text, id, third, fourth);
  else if (type === 3) world.csms.onResult(id, third);
  else if (type === 4) world.csms.onError(id, third);
}

/** What OCPP-J and the schemas ask of every frame of a station. */
class FrameRules {
  private readonly world: World;
  /** Every CALL of the station by id: its text. */
  private readonly texts = new Map<string, string>();
  private flight: { readonly id: string; readonly since: number; readonly attempt: number } | undefined;
  /** CALLs of the central system that wait for their answer. */
  private readonly open = new Map<string, number>();

  constructor(world: World) {
    this.world = world;
  }

  onBoot(): void {
    this.flight = undefined;
    this.open.clear();
  }

  /** A frame that the station hears. Gives the CALL in it. */
  toStation(text: string): { id: string; answered: boolean; spoke: boolean } | undefined {
    const frame = parsed(text);
    const id = frame?.[1];
    if (typeof id !== 'string') return undefined;
    if ((frame?.[0] === 3 || frame?.[0] === 4) && this.flight?.id === id) this.flight = undefined;
    if (frame?.[0] !== 2) return undefined;
    this.open.set(id, (this.open.get(id) ?? 0) + 1);
    return { id, answered: false, spoke: false };
  }

  fromStation(text: string, hearing: string | undefined): 'answer' | 'news' {
    const frame = parsed(text);
    const id = frame?.[1];
    if (!frame || typeof id !== 'string' || id === '' || id.length > 36) this.fault('not a frame', text);
    else if (frame[0] === 2) this.onCall(id, frame, text);
    else if (frame[0] === 3 || frame[0] === 4) {
      this.onAnswer(id, frame, text);
      return id === hearing || id === '-1' ? 'answer' : 'news';
    } else this.fault('an unknown message type', text);
    return 'news';
  }

  private onCall(id: string, frame: unknown[], text: string): void {
    const action = frame[2] as string;
    const table = (tables as unknown as Record<string, Table | undefined>)[`${action}Request`];
    if (!table || !tables.sent.some((row) => row.action === action)) this.fault('an action that no station sends', text);
    else {
      const violation = check(table, frame[3] as object);
      if (violation) this.fault(`a payload against its schema at ${violation.field}`, text);
    }
    if (frame.length !== 4) this.fault('a CALL of not four elements', text);
    if (hasNull(frame[3])) this.fault('a null', text);
    const before = this.texts.get(id);
    if (before !== undefined && before !== text && !this.world.datesMayDiffer) this.fault(`an id used before for ${before}`, text);
    this.texts.set(id, text);
    const { flight, world } = this;
    const timeout = Number(world.options.keys?.['MessageTimeout'] ?? 30) * 1000;
    if (flight && flight.attempt === world.attempts.length && world.time - flight.since < timeout) {
      this.fault(`a second CALL while ${flight.id} is in flight`, text);
    }
    this.flight = { id, since: world.time, attempt: world.attempts.length };
  }

  private onAnswer(id: string, frame: unknown[], text: string): void {
    if (frame[0] === 4 && (frame.length !== 5 || typeof frame[2] !== 'string' || JSON.stringify(frame[4]) !== '{}'))
      this.fault('a CALLERROR', text);
    if (id === '-1') return;
    const open = this.open.get(id) ?? 0;
    if (open === 0 && !this.world.garbled) this.fault('an answer to nothing asked', text);
    else this.open.set(id, open - 1);
  }

  private fault(what: string, text: string): void {
    this.world.faults.push(`${what}: ${text}`);
  }
}

/** What a station must never send, though it reads it. */
function hasNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null;
  for (const part of Object.values(value)) if (hasNull(part)) return true;
  return false;
}

function parsed(text: string): unknown[] | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return Array.isArray(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

export type { Tear };
