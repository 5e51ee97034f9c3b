/** Stand-ins for both stores whose power can be cut in any write, with every kind of tear. For Node.js and XS alike. */

import type { Flash } from '../hosts/journal.ts';
import { checkKey, checkShelf, checkShelfRoom, checkValue } from '../hosts/storage-limits.ts';
import { utf8Length } from '../hosts/utf8.ts';
import { PowerCut, WriteGate } from '../hosts/write-gate.ts';
import type { Storage } from '../src/host.ts';

export { PowerCut };

/**
 * What the write in which the power is cut leaves behind. `none`: nothing. `all`: everything. `prefix`: a program its first bytes, an erase
 * its first half. `bits`: any pattern between old and new, an erase any garbage. `unstable`: like `bits`, and the cells concerned may read
 * otherwise the first time. A storage write is old (`none`, `prefix`) or new (`all`), or either by chance.
 */
export type Tear = 'none' | 'all' | 'prefix' | 'bits' | 'unstable';

/** Every kind of tear, for sweeps. */
export const tears: readonly Tear[] = ['none', 'all', 'prefix', 'bits', 'unstable'];

/** The power supply of one station: counts each program, erase, storage write and remove, and is cut in a chosen one of them. */
export class Power extends WriteGate {
  tear: Tear = 'none';
  programs = 0;
  programmedBytes = 0;
  erases = 0;
  storageWrites = 0;
  storageBytes = 0;
  storageRemoves = 0;
  private seed: number;

  /** `seed` makes the random tears repeatable. */
  constructor(seed = 1) {
    super();
    this.seed = seed | 0 || 1;
  }

  /** The power is cut in the n-th write from now. */
  cutAt(n: number, tear: Tear): void {
    this.cutAtWrite = n;
    this.tear = tear;
  }

  /** A random integer from 0 to `below` - 1. */
  random(below: number): number {
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return (this.seed >>> 0) % below;
  }
}

/** NOR flash in memory. */
export class FlashStandIn implements Flash {
  readonly sectorSize: number;
  readonly sectors: number;
  readonly power: Power;
  readonly content: Uint8Array;
  /** Erases of each sector so far. */
  readonly erases: number[] = [];
  /** Where cells read otherwise the first time, and what they then read. */
  private unstableAt = 0;
  private unstable: Uint8Array | undefined;

  constructor(power: Power, sectors: number, sectorSize = 4096) {
    this.power = power;
    this.sectors = sectors;
    this.sectorSize = sectorSize;
    this.content = new Uint8Array(sectors * sectorSize).fill(0xff);
    for (let i = 0; i < sectors; i++) this.erases.push(0);
  }

  read(offset: number, length: number): Uint8Array {
    this.power.checkOn();
    if (offset < 0 || length < 0 || offset + length > this.content.length) throw new RangeError('flash read at ' + offset);
    const bytes = this.content.slice(offset, offset + length);
    if (this.unstable !== undefined) this.flicker(offset, bytes);
    return bytes;
  }

  program(offset: number, bytes: Uint8Array): void {
    const last = offset + bytes.length - 1;
    if (bytes.length < 1 || Math.floor(offset / this.sectorSize) !== Math.floor(last / this.sectorSize)) {
      throw new RangeError('flash program at ' + offset);
    }
    const cut = this.power.enter(true);
    this.power.programs++;
    this.power.programmedBytes += bytes.length;
    const target = bytes.map((value, i) => value & this.content[offset + i]!);
    this.write(offset, target, cut);
  }

  erase(sector: number): void {
    if (!(sector >= 0 && sector < this.sectors)) throw new RangeError('flash erase of sector ' + sector);
    const cut = this.power.enter(false);
    this.power.erases++;
    this.erases[sector]!++;
    this.write(sector * this.sectorSize, new Uint8Array(this.sectorSize).fill(0xff), cut);
  }

  private write(offset: number, target: Uint8Array, cut: boolean): void {
    if (!cut) this.content.set(target, offset);
    else {
      this.content.set(this.torn(offset, target), offset);
      this.power.cut();
    }
    if (this.unstable !== undefined && offset <= this.unstableAt && offset + target.length > this.unstableAt) this.unstable = undefined;
  }

  private torn(offset: number, target: Uint8Array): Uint8Array {
    const power = this.power;
    const old = this.content.slice(offset, offset + target.length);
    if (power.tear === 'none') return old;
    if (power.tear === 'all') return target;
    if (power.tear === 'prefix') {
      old.set(target.subarray(0, target.length === this.sectorSize ? target.length >> 1 : power.random(target.length)));
      return old;
    }
    // An erase first clears all cells, then sets them: with luck its garbage is anything.
    const garbage = target.length === this.sectorSize && power.random(2) === 0;
    const left = this.mixture(old, target, garbage);
    if (power.tear === 'unstable') {
      this.unstableAt = offset;
      this.unstable = this.mixture(old, target, garbage);
    }
    return left;
  }

  /** Bits of `old` and `target` by chance, few or many of each; or anything. */
  private mixture(old: Uint8Array, target: Uint8Array, garbage: boolean): Uint8Array {
    const density = this.power.random(4);
    return old.map((value, i) => {
      if (garbage) return this.power.random(256);
      let mask = this.power.random(256);
      if (density === 1) mask &= this.power.random(256) & this.power.random(256) & this.power.random(256);
      if (density === 2) mask |= this.power.random(256) | this.power.random(256) | this.power.random(256);
      if (density === 3) mask = this.power.random(8) > 0 ? 0xff : mask;
      return (value & ~mask) | (target[i]! & mask);
    });
  }

  /** Replaces cells that were never read since the power cut by what they read the first time. */
  private flicker(offset: number, bytes: Uint8Array): void {
    const unstable = this.unstable!;
    for (let i = 0; i < bytes.length; i++) {
      const place = offset + i - this.unstableAt;
      if (place < 0 || place >= unstable.length) continue;
      bytes[i] = unstable[place]!;
      unstable[place] = this.content[offset + i]!;
    }
  }
}

/** The key-value store of the device in memory. */
export class StorageStandIn implements Storage {
  readonly power: Power;
  /** What is stored, by key. */
  readonly content = new Map<string, string>();

  constructor(power: Power) {
    this.power = power;
  }

  read(key: string): string | undefined {
    this.power.checkOn();
    checkKey(key);
    return this.content.get(key);
  }

  write(key: string, text: string): void {
    checkKey(key);
    checkValue(text);
    if (!this.content.has(key)) checkShelfRoom(this.count(key[0]!));
    const cut = this.power.enter(true);
    this.power.storageWrites++;
    this.power.storageBytes += key.length + utf8Length(text);
    if (!cut || this.tornToNew()) this.content.set(key, text);
    if (cut) this.power.cut();
  }

  remove(key: string): void {
    checkKey(key);
    this.power.checkOn();
    if (!this.content.has(key)) return;
    const cut = this.power.enter(false);
    this.power.storageRemoves++;
    if (!cut || this.tornToNew()) this.content.delete(key);
    if (cut) this.power.cut();
  }

  keys(shelf: string): string[] {
    this.power.checkOn();
    checkShelf(shelf);
    const keys: string[] = [];
    for (const key of this.content.keys()) if (key[0] === shelf) keys.push(key);
    return keys;
  }

  private count(shelf: string): number {
    let count = 0;
    for (const key of this.content.keys()) if (key[0] === shelf) count++;
    return count;
  }

  private tornToNew(): boolean {
    const tear = this.power.tear;
    return tear === 'all' || ((tear === 'bits' || tear === 'unstable') && this.power.random(2) === 0);
  }
}
