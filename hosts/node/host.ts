/** The platform of the desktop wallbox behind the core's Host interface: one object for each time the power is on. */

import { join } from 'node:path';
import type { Connection, Crypto, Host, Journal, LogLevel, Parts, Socket, SocketListener, Storage } from '../../src/index.ts';
import { type Flash, SectorJournal } from '../journal.ts';
import { PowerCut, untilPowerCut, WriteGate } from '../write-gate.ts';
import { Clock, type Timer } from './clock.ts';
import { NodeCrypto } from './crypto.ts';
import { NetworkFaults, NodeSocket, type SocketWatcher, type TlsFiles } from './socket.ts';
import { FileFlash, FileStorage } from './stores.ts';

/** What stays when the power goes: both stores, the clock on the wall, the network. */
export interface Surroundings {
  readonly clock: Clock;
  readonly stores: Stores;
  readonly network: NetworkFaults;
  readonly tls: TlsFiles;
  /** The board has a clock that goes on without power. */
  readonly hasClockChip: boolean;
  readonly maxMessageBytes: number;
  /** idTags of the local list; absent: as many as the stores take. */
  readonly localListCapacity?: number | undefined;
  readonly watcher: SocketWatcher;
  log(level: LogLevel, text: string): void;
}

/** idTags that the stores take in a local list. */
export const largestLocalList = 1000;

/** Both stores in one directory, which this process locks. */
export class Stores {
  readonly gate = new WriteGate();
  readonly storage: FileStorage;
  readonly flash: FileFlash;

  /** Throws when the directory cannot be used, or another process uses it. */
  constructor(directory: string, journalBytes?: number) {
    this.storage = new FileStorage(directory, this.gate);
    this.flash = new FileFlash(join(directory, 'journal.bin'), this.gate, journalBytes);
  }

  wipe(): void {
    this.storage.wipe();
    this.flash.wipe();
  }

  close(): void {
    this.flash.close();
    this.storage.close();
  }
}

/** Whom the alarm wakes. */
export interface Sleeper {
  onAlarm(): void;
}

export class NodeHost implements Host, Storage, Socket {
  readonly journal: Journal;
  readonly crypto: Crypto = new NodeCrypto();
  readonly maxMessageBytes: number;
  readonly localListCapacity: number;
  readonly cacheCapacity = 500;
  /** False once the power was cut: whatever the old station still does has no effect. */
  isAlive = true;
  readonly wire: NodeSocket;
  private readonly around: Surroundings;
  private readonly bootedAt: number;
  private timer: Timer | undefined;
  private sleeper: Sleeper | undefined;

  /** Boots: mounts the journal. */
  constructor(around: Surroundings) {
    this.around = around;
    this.bootedAt = around.clock.now();
    this.maxMessageBytes = around.maxMessageBytes;
    this.localListCapacity = around.localListCapacity ?? largestLocalList;
    this.wire = new NodeSocket(around.clock, around.tls, around.maxMessageBytes, around.watcher, around.network);
    this.journal = new SectorJournal(this.flashOfThisBoot(), (text) => this.log('warn', text));
  }

  /** Whom `alarm` wakes. */
  attach(sleeper: Sleeper): void {
    this.sleeper = sleeper;
  }

  /** The power is gone. */
  die(): void {
    this.isAlive = false;
    this.timer?.cancel();
    this.wire.cut();
  }

  /** As `die`, but the central system is told that the station goes away: it boots. Resolves when the connection is closed. */
  leave(): Promise<void> {
    this.isAlive = false;
    this.timer?.cancel();
    return this.wire.leave(1001);
  }

  /** The end of the program: as `die`, and the stores are free for others. */
  shutDown(): void {
    this.die();
    this.around.stores.close();
  }

  get storage(): Storage {
    return this;
  }

  get socket(): Socket {
    return this;
  }

  now(): number {
    return Math.floor(this.around.clock.now() - this.bootedAt);
  }

  alarm(at: number | undefined): void {
    this.timer?.cancel();
    if (at === undefined || !this.isAlive) return;
    this.timer = this.around.clock.at(Math.ceil(this.bootedAt + at), () => this.sleeper?.onAlarm());
  }

  wallClockHint(): number | undefined {
    return this.around.hasClockChip ? this.around.clock.unix() : undefined;
  }

  log(level: LogLevel, text: string): void {
    if (this.isAlive) this.around.log(level, text);
  }

  // Storage

  read(key: string): string | undefined {
    return this.filesOfThisBoot().read(key);
  }

  write(key: string, text: string): void {
    this.filesOfThisBoot().write(key, text);
  }

  remove(key: string): void {
    this.filesOfThisBoot().remove(key);
  }

  keys(shelf: string): string[] {
    return this.filesOfThisBoot().keys(shelf);
  }

  // Socket

  open(connection: Connection, listener: SocketListener): void {
    if (this.isAlive) this.wire.open(connection, untilCut(listener));
  }

  send(parts: Parts): boolean {
    return this.isAlive && this.wire.send(parts);
  }

  ping(payload: string): void {
    if (this.isAlive) this.wire.ping(payload);
  }

  close(code: number, reason: string): void {
    if (this.isAlive) this.wire.close(code, reason);
  }

  private filesOfThisBoot(): FileStorage {
    if (!this.isAlive) throw new PowerCut();
    return this.around.stores.storage;
  }

  private flashOfThisBoot(): Flash {
    const { flash } = this.around.stores;
    const live = (): FileFlash => {
      if (!this.isAlive) throw new PowerCut();
      return flash;
    };
    return {
      sectorSize: flash.sectorSize,
      sectors: flash.sectors,
      read: (offset, length) => live().read(offset, length),
      program: (offset, bytes) => live().program(offset, bytes),
      erase: (sector) => live().erase(sector),
    };
  }
}

/** A listener in whose turn the power may be cut. */
function untilCut(listener: SocketListener): SocketListener {
  return {
    onOpen: () => untilPowerCut(() => listener.onOpen()),
    onText: (text) => untilPowerCut(() => listener.onText(text)),
    onUnreadable: () => untilPowerCut(() => listener.onUnreadable()),
    onPong: () => untilPowerCut(() => listener.onPong()),
    onClosed: (closed) => untilPowerCut(() => listener.onClosed(closed)),
  };
}

/** A host of one's own, in real time, with its state in `directory`: all that a wallbox in a few lines needs. */
export function openHost(directory: string, tls: TlsFiles = {}): NodeHost {
  return new NodeHost({
    clock: new Clock(),
    stores: new Stores(directory),
    network: new NetworkFaults(),
    tls,
    hasClockChip: true,
    maxMessageBytes: 8192,
    watcher: { frame() {} },
    log: (level, text) => process.stderr.write(`${level} ${text}\n`),
  });
}
