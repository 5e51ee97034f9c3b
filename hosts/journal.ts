/**
 * The ring of flash sectors behind Journal, shared by all hosts.
 *
 * A sector is a header and then records, densely packed, in the order of their numbers. Whatever a power cut can leave behind
 * fails a checksum; a torn place is overwritten with zeros, which flash always allows, and readers skip zeros.
 *
 * Header (little endian): `OJ`, version (1), length of the header (1), sequence of the sector (4), number of its first record (4),
 * release mark (4), CRC-32 of all that (4, always last). Every version keeps these places; a longer header puts more before the CRC.
 *
 * Record: a word (4), the text, a CRC-32 (4). The word is `distance << 11 | (length - 1) << 1 | 1`, where all records older than
 * this one's number minus `distance` are released. It is odd, so never taken for zeros, and never all ones, which is erased flash. The CRC is
 * XORed with the record's number: a record proves which one it is, and the chain is found again behind a damaged one.
 */

import type { Journal } from '../src/host.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

/** NOR flash, seen as bytes. Each method throws when the flash fails. */
export interface Flash {
  /** Bytes that are erased together, 4,096 on the ESP32. */
  readonly sectorSize: number;
  readonly sectors: number;
  /** A fresh copy of `length` bytes. */
  read(offset: number, length: number): Uint8Array;
  /** Clears the bits that are 0 in `bytes`; none is ever set. Durable on return. Stays within one sector. */
  program(offset: number, bytes: Uint8Array): void;
  /** Sets every bit of the sector. Durable on return. */
  erase(sector: number): void;
}

/** Version of the format, in each sector's header. Its neighbours are read too; only sectors of this one are written. */
const VERSION = 1;
const HEADER_BYTES = 20;
/** Bytes of flash that a record takes beyond its text. */
const RECORD_OVERHEAD = 8;
const LARGEST_RECORD = 1024;
/** The largest release distance that fits; a longer one is cut, which makes the mark older, never newer. */
const LARGEST_DISTANCE = 0x1ffffe;

/** CRC-32 (IEEE 802.3) of the 16 values of four bits. */
const crcTable = /* @__PURE__ */ Object.freeze([
  0, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, -0x12477ce0, -0xff06cbc, -0x29295c18, -0x349e4c74,
  -0x649b3d50, -0x792c2d2c, -0x5ff51d88, -0x42420de4,
]);

export class SectorJournal implements Journal {
  first = 1;
  next = 1;
  private readonly flash: Flash;
  /** Sequence of the newest sector. */
  private sequence = 0;
  /** Where the next record goes; at the end of the newest sector if that is closed, 0 if there is none. */
  private at = 0;
  /** End of a torn place that begins at `at` and must be overwritten with zeros first; 0: none. */
  private soiled = 0;
  /** The oldest sector that must be kept. */
  private tail = -1;
  /** First number behind the tail sector. Without meaning while the tail is the newest sector. */
  private bound = 0;
  /** The record read last, and where it is. */
  private cursor = 0;
  private cursorAt = 0;

  /**
   * Finds the newest intact state. Never throws for what the flash holds; what had to be set aside is told to `onReport`, one line each.
   * One program: the last thing written is written again over itself, in case the power failed in the middle of it.
   */
  constructor(flash: Flash, onReport?: (text: string) => void) {
    if (!(flash.sectors >= 2)) throw new RangeError('a journal needs at least 2 sectors');
    this.flash = flash;
    const header = this.newestHeader();
    if (header !== undefined) this.mount(header, onReport);
  }

  append(record: string): number {
    const length = utf8Length(record);
    if (length < 1 || length > LARGEST_RECORD) throw new RangeError('journal record of ' + length + ' bytes');
    const bytes = new Uint8Array(length + RECORD_OVERHEAD);
    const distance = Math.min(this.next - this.first, LARGEST_DISTANCE);
    put32(bytes, 0, (distance << 11) | ((length - 1) << 1) | 1);
    encodeUtf8(record, bytes, 4);
    put32(bytes, length + 4, crc32(bytes, length + 4) ^ this.next);
    for (let attempt = 1; !this.store(bytes); attempt++) {
      if (attempt === 3) throw new Error('journal flash does not keep what is written');
    }
    this.at += bytes.length;
    return this.next++;
  }

  read(number: number): string | undefined {
    if (!(number >= 1 && number < this.next)) return undefined;
    let at = this.besideCursor(number);
    let bytes = this.recordOf(number, at);
    if (bytes === undefined) {
      at = this.locate(number);
      bytes = this.recordOf(number, at);
    }
    if (bytes === undefined) return undefined;
    this.cursor = number;
    this.cursorAt = at;
    return decodeUtf8(bytes, 4, bytes.length - 4);
  }

  release(before: number): void {
    if (!(before > this.first)) return;
    this.first = Math.min(before, this.next);
    if (this.tail !== this.newest() && this.first >= this.bound) this.advanceTail();
  }

  /**
   * Bytes that can still be appended. A record of up to this many (and 1,024) bytes fits now. Further records cost 8 bytes each, and the end
   * of a sector is lost when the next record does not fit there.
   */
  get free(): number {
    const newest = this.newest();
    const sectors = newest < 0 ? this.flash.sectors : (this.tail - newest - 1 + this.flash.sectors) % this.flash.sectors;
    const rest = newest < 0 ? 0 : this.endOf(newest) - Math.max(this.at, this.soiled) - RECORD_OVERHEAD;
    return Math.max(rest, 0) + sectors * this.usable();
  }

  get capacity(): number {
    return this.flash.sectors * this.usable();
  }

  /** Bytes of one record that would fill a sector. */
  private usable(): number {
    return this.flash.sectorSize - HEADER_BYTES - RECORD_OVERHEAD;
  }

  /** The sector that is being filled, or -1. `at` may be its end. */
  private newest(): number {
    return Math.floor((this.at - 1) / this.flash.sectorSize);
  }

  private endOf(sector: number): number {
    return (sector + 1) * this.flash.sectorSize;
  }

  // ---- writing

  /** Stores a finished record at `at`, in a new sector if need be. False: it could not be read back, and its place is given up. */
  private store(bytes: Uint8Array): boolean {
    this.cleanUp();
    if (this.at === 0 || this.endOf(this.newest()) - this.at < bytes.length) this.openSector();
    try {
      this.flash.program(this.at, bytes);
    } catch (error) {
      this.giveUp(bytes.length);
      throw error;
    }
    if (this.holds(this.at, bytes)) return true;
    this.giveUp(bytes.length);
    return false;
  }

  /** What was written at `at` must never be taken for a record. If the flash fails again, the next append tries again first. */
  private giveUp(length: number): void {
    this.soiled = this.at + length;
    try {
      this.cleanUp();
    } catch {
      // still soiled
    }
  }

  private cleanUp(): void {
    if (this.soiled > this.at) {
      this.flash.program(this.at, new Uint8Array(this.soiled - this.at));
      this.at = this.soiled;
    }
    this.soiled = 0;
  }

  private holds(offset: number, bytes: Uint8Array): boolean {
    const found = this.flash.read(offset, bytes.length);
    for (let i = 0; i < bytes.length; i++) if (found[i] !== bytes[i]) return false;
    return true;
  }

  /** Begins the next sector of the ring. Throws when it holds unreleased records. */
  private openSector(): void {
    const flash = this.flash;
    const newest = this.newest();
    const sector = (newest + 1) % flash.sectors;
    if (sector === this.tail) throw new Error('journal full');
    // A release that is not durable yet may be what frees this sector: it must be gone before it is half gone.
    const start = sector * flash.sectorSize;
    if (readHeader(flash, sector) !== undefined) flash.program(start, new Uint8Array(HEADER_BYTES));
    flash.erase(sector);
    const header = new Uint8Array(HEADER_BYTES);
    put32(header, 0, 0x4a4f | (VERSION << 16) | (HEADER_BYTES << 24));
    put32(header, 4, this.sequence + 1);
    put32(header, 8, this.next);
    put32(header, 12, this.first);
    put32(header, 16, crc32(header, 16));
    if (newest >= 0) this.close(newest); // if this header fails it may still be there: nothing may follow in the old sector
    flash.program(start, header);
    if (!this.holds(start, header)) throw new Error('journal flash does not keep what is written');
    if (this.tail === newest) {
      this.bound = this.next;
      if (this.first === this.next) this.tail = sector;
    }
    this.sequence = (this.sequence + 1) >>> 0;
    this.at = start + HEADER_BYTES;
  }

  /** Moves the tail to the sector of the oldest unreleased record. */
  private advanceTail(): void {
    const newest = this.newest();
    for (let sector = this.tail; sector !== newest; ) {
      sector = (sector + 1) % this.flash.sectors;
      const header = this.member(sector);
      if (header === undefined) continue;
      this.bound = get32(header, 8);
      if (this.bound > this.first) return;
      this.tail = sector;
    }
  }

  // ---- finding the newest state

  /** The header with the highest sequence; sets `sequence` and `at`. Downwards, because then hardly any checksum must be computed. */
  private newestHeader(): Uint8Array | undefined {
    const flash = this.flash;
    let newest: Uint8Array | undefined;
    for (let sector = flash.sectors - 1; sector >= 0; sector--) {
      const sequence = get32(flash.read(sector * flash.sectorSize + 4, 4), 0);
      if (newest !== undefined && !isLater(sequence, this.sequence)) continue;
      const header = readHeader(flash, sector);
      if (header === undefined || (newest !== undefined && !isLater(get32(header, 4), this.sequence))) continue;
      newest = header;
      this.sequence = get32(header, 4);
      this.at = this.endOf(sector);
    }
    return newest;
  }

  private mount(header: Uint8Array, onReport?: (text: string) => void): void {
    const sector = this.newest();
    const end = this.at;
    this.next = get32(header, 8);
    this.first = get32(header, 12);
    let last = header;
    if (isKnown(header)) last = this.walk(this.skim(end - this.flash.sectorSize + header[3]!, end), end, onReport) ?? header;
    else this.next += this.flash.sectorSize >> 3; // more than the records in it can be
    try {
      this.settle(last === header ? end - this.flash.sectorSize : this.cursorAt, last);
    } catch {
      this.close(sector);
      onReport?.('journal: flash fails');
    }
    if (header[2] !== VERSION) this.close(sector);
    if (!isKnown(header)) onReport?.('journal: sector of unknown version ' + header[2] + ' set aside');
    this.findTail(sector);
  }

  /**
   * A power cut may leave cells that read now as 0 and now as 1. So the last thing that was read intact is written over itself, the torn
   * place behind it is zeroed, and so is a header that was about to open the next sector.
   */
  private settle(lastAt: number, last: Uint8Array): void {
    if (this.soiled > 0) this.cleanUp();
    else this.flash.program(lastAt, last);
    const following = (this.newest() + 1) % this.flash.sectors;
    const blank = new Uint8Array(HEADER_BYTES);
    const start = following * this.flash.sectorSize;
    if (this.member(following) === undefined && !this.holds(start, blank)) this.flash.program(start, blank);
  }

  /** Nothing more is written to the sector. */
  private close(sector: number): void {
    this.at = this.endOf(sector);
    this.soiled = 0;
  }

  /**
   * Follows the lengths of the records of the newest sector, without checksums: the last but one (the last if need be) proves by its number
   * that nothing went wrong. Sets `next` to the record where `walk` shall begin, and returns its place; the given one if there is no proof.
   */
  private skim(start: number, end: number): number {
    let number = this.next;
    let previous = 0;
    let last = 0;
    for (let at = this.skipZeros(start, end), length = this.lengthAt(at, end); length > 0; length = this.lengthAt(at, end)) {
      previous = last;
      last = at;
      number++;
      at = this.skipZeros(at + length, end);
    }
    if (this.recordOf(number - 2, previous) !== undefined) last = previous;
    else if (this.recordOf(number - 1, last) === undefined) return start;
    this.next = last === previous ? number - 2 : number - 1;
    return last;
  }

  /** Follows the records of the newest sector from `at`: sets `next`, `first`, `at`, `soiled` and the cursor. The last record, if any. */
  private walk(at: number, end: number, onReport?: (text: string) => void): Uint8Array | undefined {
    let last: Uint8Array | undefined;
    for (;;) {
      at = this.skipZeros(at, end);
      let bytes = this.record(at, end);
      if (bytes === undefined || claimedNumber(bytes) !== this.next) {
        const used = this.endOfUsed(at, end);
        const found = this.search(at + 1, used, end, this.next, this.next + (this.flash.sectorSize >> 3));
        this.at = at;
        this.soiled = used > at ? used : 0;
        if (found === 0) return last;
        bytes = this.record(found, end)!;
        onReport?.('journal: records ' + this.next + ' to ' + (claimedNumber(bytes) - 1) + ' damaged');
        at = found;
        this.next = claimedNumber(bytes);
      }
      this.first = Math.max(this.first, this.next - (get32(bytes, 0) >>> 11));
      this.cursor = this.next++;
      this.cursorAt = at;
      at += bytes.length;
      last = bytes;
    }
  }

  /** The end of what may have been written from `at` on: an interrupted program touched at most one record. */
  private endOfUsed(at: number, end: number): number {
    let to = Math.min(at + LARGEST_RECORD + RECORD_OVERHEAD, end);
    while (to > at) {
      const from = Math.max(at, to - 32);
      const bytes = this.flash.read(from, to - from);
      const isErased = Math.min.apply(null, bytes as unknown as number[]) === 0xff; // one call: a loop takes its time on XS
      for (let i = bytes.length - 1; !isErased && i >= 0; i--) if (bytes[i] !== 0xff) return from + i + 1;
      to = from;
    }
    return at;
  }

  /** Sets `tail`. If what the release mark names is gone already, `first` is the oldest record that is left. */
  private findTail(newest: number): void {
    const sectors = this.flash.sectors;
    this.tail = this.first < this.next ? this.sectorOf(this.first) : newest;
    for (let age = sectors - 1; this.tail < 0; age--) {
      const sector = (newest - age + sectors) % sectors;
      const header = this.member(sector);
      if (header === undefined && age > 0) continue;
      this.tail = sector;
      if (header !== undefined) this.first = get32(header, 8);
    }
  }

  // ---- finding records

  /** The header of a sector that belongs to the ring as it is now. */
  private member(sector: number): Uint8Array | undefined {
    const header = readHeader(this.flash, sector);
    if (header === undefined) return undefined;
    const age = (this.newest() - sector + this.flash.sectors) % this.flash.sectors;
    return get32(header, 4) === (this.sequence - age) >>> 0 ? header : undefined;
  }

  /** The sector in which a record must be, or -1. By halving; one by one when a sector without header got in the way. */
  private sectorOf(number: number): number {
    const sectors = this.flash.sectors;
    const newest = this.newest();
    let low = 0;
    let high = sectors;
    while (low < high) {
      const middle = (low + high) >> 1;
      const header = this.member((newest - middle + sectors) % sectors);
      if (header === undefined || get32(header, 8) <= number) high = middle;
      else low = middle + 1;
    }
    for (; low < sectors; low++) {
      const sector = (newest - low + sectors) % sectors;
      const header = this.member(sector);
      if (header !== undefined && get32(header, 8) <= number) return sector;
    }
    return -1;
  }

  /** Where a record is when it is the one read last or its successor in the same sector; 0: elsewhere. */
  private besideCursor(number: number): number {
    if (number === this.cursor) return this.cursorAt;
    if (this.cursor === 0 || number !== this.cursor + 1) return 0;
    const end = this.endOf(Math.floor(this.cursorAt / this.flash.sectorSize));
    const at = this.behind(this.cursorAt, end);
    return at < end ? at : 0;
  }

  /** Where a record is; 0: nowhere. */
  private locate(number: number): number {
    const sector = this.sectorOf(number);
    if (sector < 0) return 0;
    const header = this.member(sector);
    if (header === undefined || !isKnown(header)) return 0;
    const end = this.endOf(sector);
    const start = end - this.flash.sectorSize + header[3]!;
    let at = this.skipZeros(start, end);
    for (let n = get32(header, 8); n < number && at < end; n++) at = this.behind(at, end);
    if (this.recordOf(number, at) !== undefined) return at;
    return this.search(start, end, end, number, number);
  }

  /** Where the record behind the one at `at` begins. */
  private behind(at: number, end: number): number {
    const word = get32(this.flash.read(at, Math.min(4, end - at)), 0);
    return this.skipZeros(at + lengthOf(word), end);
  }

  private skipZeros(at: number, end: number): number {
    while (at < end) {
      const bytes = this.flash.read(at, Math.min(8, end - at));
      for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return at + i;
      at += bytes.length;
    }
    return end;
  }

  /** The first place from `at` on and before `to` with an intact record whose number lies between `low` and `high`; 0: none. */
  private search(at: number, to: number, end: number, low: number, high: number): number {
    for (; at < to; at++) {
      const bytes = this.record(at, end);
      if (bytes === undefined || get32(bytes, 0) >>> 11 > high) continue;
      const number = claimedNumber(bytes);
      if (number >= low && number <= high) return at;
    }
    return 0;
  }

  /** The bytes of a record with the given number, if it is at `at` and intact. */
  private recordOf(number: number, at: number): Uint8Array | undefined {
    if (at === 0) return undefined;
    const bytes = this.record(at, this.endOf(Math.floor(at / this.flash.sectorSize)));
    return bytes !== undefined && claimedNumber(bytes) === number ? bytes : undefined;
  }

  /** The bytes of what may be a record at `at`. */
  private record(at: number, end: number): Uint8Array | undefined {
    const length = this.lengthAt(at, end);
    return length > 0 ? this.flash.read(at, length) : undefined;
  }

  /** The length of what may be a record at `at`, all included; 0: there is none. */
  private lengthAt(at: number, end: number): number {
    if (end - at <= RECORD_OVERHEAD) return 0;
    const word = get32(this.flash.read(at, 4), 0);
    const length = lengthOf(word);
    return (word & 1) === 0 || word === 0xffffffff || length > end - at ? 0 : length;
  }
}

/** The header of a sector if it is intact, of whatever version. */
function readHeader(flash: Flash, sector: number): Uint8Array | undefined {
  const start = sector * flash.sectorSize;
  let header = flash.read(start, HEADER_BYTES);
  const length = header[3]!;
  if (header[0] !== 0x4f || header[1] !== 0x4a || length < HEADER_BYTES || length > 128) return undefined;
  if (length > HEADER_BYTES) header = flash.read(start, length);
  return get32(header, length - 4) === crc32(header, length - 4) >>> 0 ? header : undefined;
}

/** Sequences wrap around: only their difference counts. */
function isLater(sequence: number, other: number): boolean {
  return ((sequence - other) | 0) > 0;
}

/** A version reads what the one before and the one after wrote. */
function isKnown(header: Uint8Array): boolean {
  return Math.abs(header[2]! - VERSION) <= 1;
}

/** The number of a record, if its bytes are intact; any other number if not. */
function claimedNumber(bytes: Uint8Array): number {
  const length = bytes.length - 4;
  return (get32(bytes, length) ^ crc32(bytes, length)) >>> 0;
}

/** Bytes of a record, all included, by the word that begins it. */
function lengthOf(word: number): number {
  return ((word >>> 1) & 0x3ff) + 1 + RECORD_OVERHEAD;
}

/** CRC-32 of the first `length` bytes, as a signed integer. */
function crc32(bytes: Uint8Array, length: number): number {
  let crc = -1;
  for (let i = 0; i < length; i++) {
    crc ^= bytes[i]!;
    crc = (crc >>> 4) ^ crcTable[crc & 15]!;
    crc = (crc >>> 4) ^ crcTable[crc & 15]!;
  }
  return ~crc;
}

function get32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}
