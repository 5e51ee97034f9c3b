/** The platform of the device behind the core's Host interface: one object for each time the power is on, over Moddable's modules. */

import type { Crypto, Host, Journal, LogLevel, Socket, Storage } from '../../src/index.ts';
import { type Flash, SectorJournal } from '../journal.ts';
import { checkKey, checkShelf, checkShelfRoom, checkValue } from '../storage-limits.ts';
import type { Network } from './network.ts';
import type { Codec } from './text.ts';
import { type Surroundings, WebSocketClient } from './websocket.ts';

/** Moddable's modules, or stand-ins for them. */
export interface Platform {
  readonly timer: ModdableTimerModule;
  readonly time: ModdableTimeModule;
  readonly keyValue: ModdableKeyValueModule;
  readonly flash: ModdableFlashModule;
  readonly network: Network;
  readonly codec: Codec;
  /** 32 random bits of a cryptographic source: Math.irandom on the ESP32, whose noise is real while the radio is on. */
  random(): number;
  /** Unix time in milliseconds by the board's clock chip, or the date of the build; absent or undefined: no idea. */
  wallClockHint?(): number | undefined;
  trace(line: string): void;
}

export interface HostOptions {
  /** Label of the data partition for the journal, of at least two sectors. */
  readonly journal: string;
  readonly maxMessageBytes?: number;
  readonly localListCapacity?: number;
  readonly cacheCapacity?: number;
  /** What is traced at most. Default `'info'`. */
  readonly logLevel?: LogLevel;
}

/** Whom the alarm wakes. */
export interface Sleeper {
  onAlarm(): void;
}

/** Below 2^31 ms, of Moddable's timers as of its ticks: so long the alarm sleeps at most, and the ticks are read at least so often. */
const longestSleep = 20 * 24 * 3600 * 1000;
const levels = /* @__PURE__ */ Object.freeze(['error', 'warn', 'info', 'debug'] as const);

export class ModdableHost implements Host, Surroundings, Storage, Crypto {
  readonly journal: Journal;
  readonly socket: Socket;
  private readonly platform: Platform;
  private readonly options: HostOptions;
  /** Milliseconds since this boot when the ticks were read last. */
  private elapsed = 0;
  private ticks: number;
  private readonly timer: ModdableTimer;
  private alarmAt = Number.POSITIVE_INFINITY;
  private sleeper: Sleeper | undefined;

  /** Boots: mounts the journal. Throws when there is no such partition. */
  constructor(platform: Platform, options: HostOptions) {
    this.platform = platform;
    this.options = options;
    this.ticks = platform.time.ticks;
    this.timer = platform.timer.set(
      () => {
        try {
          if (this.isDue()) this.sleeper?.onAlarm();
        } catch (error) {
          this.log('error', 'onAlarm failed: ' + error);
        }
      },
      longestSleep,
      longestSleep,
    );
    this.socket = new WebSocketClient(this);
    this.journal = new SectorJournal(new PartitionFlash(platform.flash.open({ path: options.journal, mode: 'r+' })), (text) =>
      this.log('warn', text),
    );
  }

  /** Whom `alarm` wakes: the charge point, as soon as it exists. */
  attach(sleeper: Sleeper): void {
    this.sleeper = sleeper;
  }

  get maxMessageBytes(): number {
    return this.options.maxMessageBytes ?? 8192;
  }

  get localListCapacity(): number {
    return this.options.localListCapacity ?? 500;
  }

  get cacheCapacity(): number {
    return this.options.cacheCapacity ?? 300;
  }

  get storage(): Storage {
    return this;
  }

  get crypto(): Crypto {
    return this;
  }

  // Time

  now(): number {
    const { time } = this.platform;
    const { ticks } = time;
    this.elapsed += time.delta(this.ticks, ticks);
    this.ticks = ticks;
    return this.elapsed;
  }

  alarm(at: number | undefined): void {
    this.alarmAt = at ?? Number.POSITIVE_INFINITY;
    this.rearm();
  }

  wallClockHint(): number | undefined {
    return this.platform.wallClockHint?.();
  }

  /** One timer for the whole boot, moved: nothing is allocated for an alarm. */
  private rearm(): void {
    const delay = Math.ceil(this.alarmAt - this.now());
    this.platform.timer.schedule(this.timer, Math.max(0, Math.min(delay, longestSleep)), longestSleep);
  }

  /** The alarm has come, and is spent; a timer that fires early or after its longest sleep is set again. */
  private isDue(): boolean {
    const isDue = this.now() >= this.alarmAt;
    if (isDue) this.alarmAt = Number.POSITIVE_INFINITY;
    else this.rearm();
    return isDue;
  }

  // Surroundings of the WebSocket: taken from the platform when needed, as a field would cost 16 bytes

  get network(): Network {
    return this.platform.network;
  }

  get codec(): Codec {
    return this.platform.codec;
  }

  get timers(): ModdableTimerModule {
    return this.platform.timer;
  }

  log(level: LogLevel, text: string): void {
    if (levels.indexOf(level) <= levels.indexOf(this.options.logLevel ?? 'info')) this.platform.trace(level + ' ' + text + '\n');
  }

  // Crypto

  random(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0, word = 0; i < length; i++, word >>>= 8) {
      if ((i & 3) === 0) word = this.platform.random();
      bytes[i] = word;
    }
    return bytes;
  }

  // Storage: a namespace of NVS for each shelf, open for as long as a call takes

  read(key: string): string | undefined {
    checkKey(key);
    try {
      return this.onShelf(key, readFrom, key.slice(2), '');
    } catch (error) {
      this.log('error', 'reading ' + key + ': ' + error);
      return undefined;
    }
  }

  write(key: string, text: string): void {
    checkKey(key);
    checkValue(text);
    this.onShelf(key, writeTo, key.slice(2), text);
  }

  remove(key: string): void {
    checkKey(key);
    this.onShelf(key, removeFrom, key.slice(2), '');
  }

  keys(shelf: string): string[] {
    checkShelf(shelf);
    return this.onShelf(shelf, keysOn, shelf, '');
  }

  private onShelf<Result>(
    key: string,
    action: (store: ModdableKeyValueStore, name: string, text: string) => Result,
    name: string,
    text: string,
  ): Result {
    const store = this.platform.keyValue.open({ path: 'ocpp-' + key.charAt(0), format: 'string', mode: 'r+' });
    try {
      return action(store, name, text);
    } finally {
      store.close();
    }
  }
}

function readFrom(store: ModdableKeyValueStore, name: string): string | undefined {
  return store.read(name);
}

function writeTo(store: ModdableKeyValueStore, name: string, text: string): void {
  if (store.read(name) === undefined) checkShelfRoom(namesOf(store).length);
  store.write(name, text);
}

function removeFrom(store: ModdableKeyValueStore, name: string): void {
  store.delete(name);
}

function keysOn(store: ModdableKeyValueStore, shelf: string): string[] {
  return namesOf(store).map((name) => shelf + '/' + name);
}

function namesOf(store: ModdableKeyValueStore): string[] {
  const names: string[] = [];
  for (const name of store) names.push(name);
  return names;
}

/** A partition as the journal sees it. */
export class PartitionFlash implements Flash {
  readonly sectorSize: number;
  readonly sectors: number;
  private readonly partition: ModdableFlash;

  constructor(partition: ModdableFlash) {
    const { blockLength, blocks } = partition.status();
    this.partition = partition;
    this.sectorSize = blockLength;
    this.sectors = blocks;
  }

  read(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.partition.read(length, offset));
  }

  program(offset: number, bytes: Uint8Array): void {
    this.partition.write(bytes, offset);
  }

  erase(sector: number): void {
    this.partition.eraseBlock(sector);
  }
}
