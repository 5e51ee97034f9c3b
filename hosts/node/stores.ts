/** Both stores of the desktop wallbox in one directory: a file for each key, and one file that behaves like the flash behind the journal. */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Storage } from '../../src/host.ts';
import type { Flash } from '../journal.ts';
import { checkKey, checkShelf, checkShelfRoom, checkValue } from '../storage-limits.ts';
import { WriteGate } from '../write-gate.ts';
import { makePrivate, makePrivateFolder, privateMode } from './private-files.ts';

/**
 * A directory that one process at a time may use. The lock is a file that names its holder; one whose holder is gone counts for nothing,
 * so a crash needs no cleaning up. Locks the second opener out even within one process.
 */
export class DirectoryLock {
  private readonly path: string;
  private readonly holder: string;

  /** Makes the directory if need be. Throws an Error that names the process when another one holds it. */
  constructor(directory: string) {
    makePrivateFolder(directory);
    this.path = join(directory, 'lock');
    this.holder = process.pid + ' ' + startOf(process.pid);
    while (!this.acquire()) {
      const other = readIfThere(this.path);
      if (other === undefined) continue;
      if (isRunning(other)) throw new Error('state directory ' + directory + ' is in use by process ' + Number.parseInt(other, 10));
      this.discard(other);
    }
  }

  close(): void {
    if (readIfThere(this.path) === this.holder) rmSync(this.path, { force: true });
  }

  /** A link appears whole or not at all, so nobody reads a lock without a holder. */
  private acquire(): boolean {
    const own = this.path + '-' + process.pid;
    writeFileSync(own, this.holder);
    try {
      linkSync(own, this.path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Takes a dead holder's lock away; if someone else was quicker, puts back what it got. */
  private discard(dead: string): void {
    const aside = this.path + '-stale-' + process.pid;
    try {
      renameSync(this.path, aside);
      if (readFileSync(aside, 'utf8') !== dead) linkSync(aside, this.path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
    }
    rmSync(aside, { force: true });
  }
}

/** Storage in a directory that it locks. A file holds the value, a line feed, and the CRC-32 of the value; what does not match is not there. */
export class FileStorage implements Storage {
  readonly gate: WriteGate;
  private readonly directory: string;
  private readonly lock: DirectoryLock;

  /** Throws when the directory cannot be made, or another process uses it. */
  constructor(directory: string, gate = new WriteGate()) {
    this.directory = directory;
    this.gate = gate;
    this.lock = new DirectoryLock(directory);
    rmSync(this.temporary(), { force: true });
    for (const name of this.files()) makePrivate(join(directory, name));
  }

  read(key: string): string | undefined {
    checkKey(key);
    this.gate.checkOn();
    const content = readIfThere(this.pathOf(key));
    const text = content?.slice(0, -9);
    return content !== undefined && content === text + checksumOf(text!) ? text : undefined;
  }

  write(key: string, text: string): void {
    checkKey(key);
    checkValue(text);
    const path = this.pathOf(key);
    if (!existsSync(path)) checkShelfRoom(this.keys(key[0]!).length);
    const content = text + checksumOf(text);
    if (this.gate.enter(true)) {
      writeFileSync(this.temporary(), content.slice(0, content.length >> 1), { mode: privateMode });
      this.gate.cut();
    }
    this.replace(path, content);
  }

  remove(key: string): void {
    checkKey(key);
    this.gate.checkOn();
    const path = this.pathOf(key);
    if (!existsSync(path)) return;
    if (this.gate.enter(false)) this.gate.cut();
    rmSync(path, { force: true });
    syncDirectory(this.directory);
  }

  keys(shelf: string): string[] {
    checkShelf(shelf);
    this.gate.checkOn();
    return this.files()
      .filter((name) => name.startsWith(shelf + '-'))
      .map((name) => shelf + '/' + name.slice(2, -4));
  }

  /** Forgets every value, as in the factory. */
  wipe(): void {
    for (const name of this.files()) rmSync(join(this.directory, name), { force: true });
    syncDirectory(this.directory);
  }

  /** Gives the directory free. */
  close(): void {
    this.lock.close();
  }

  private files(): string[] {
    return readdirSync(this.directory).filter((name) => /^[a-z]-[a-z0-9._-]{1,15}\.txt$/.test(name));
  }

  /** No key is a name that some file system treats specially: it stands between a letter and an ending. */
  private pathOf(key: string): string {
    return join(this.directory, key[0] + '-' + key.slice(2) + '.txt');
  }

  private temporary(): string {
    return join(this.directory, 'unfinished');
  }

  private replace(path: string, content: string): void {
    const temporary = this.temporary();
    try {
      writeFileSync(temporary, content, { flush: true, mode: privateMode });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncDirectory(this.directory);
  }
}

/** NOR flash in one file: programming only clears bits. A cut write leaves its first half behind. */
export class FileFlash implements Flash {
  readonly sectorSize = 4096;
  readonly sectors: number;
  readonly gate: WriteGate;
  private readonly file: number;
  private readonly content: Buffer;

  /**
   * Opens the file or makes one of `size` bytes (512 kB), erased. An existing file of two sectors or more keeps its own size: a ring cannot grow.
   * Locks nothing: the FileStorage beside it does.
   */
  constructor(path: string, gate = new WriteGate(), size = 512 * 1024) {
    this.gate = gate;
    this.file = openSync(path, existsSync(path) ? 'r+' : 'w+', privateMode);
    makePrivate(path);
    const found = statSync(path).size;
    this.sectors = Math.floor((found >= 2 * this.sectorSize ? found : size) / this.sectorSize);
    this.content = Buffer.alloc(this.sectors * this.sectorSize, 0xff);
    readSync(this.file, this.content, 0, Math.min(found, this.content.length), 0);
    if (found !== this.content.length) {
      ftruncateSync(this.file, this.content.length);
      this.store(0, this.content);
    }
  }

  read(offset: number, length: number): Uint8Array {
    this.gate.checkOn();
    this.checkRange(offset, length);
    return Uint8Array.prototype.slice.call(this.content, offset, offset + length);
  }

  program(offset: number, bytes: Uint8Array): void {
    this.checkRange(offset, bytes.length);
    const target = Buffer.from(bytes.map((value, i) => value & this.content[offset + i]!));
    this.change(offset, target, this.gate.enter(true));
  }

  erase(sector: number): void {
    this.checkRange(sector * this.sectorSize, this.sectorSize);
    this.change(sector * this.sectorSize, Buffer.alloc(this.sectorSize, 0xff), this.gate.enter(false));
  }

  /** Erases everything, as in the factory. */
  wipe(): void {
    this.store(0, Buffer.alloc(this.content.length, 0xff));
  }

  close(): void {
    closeSync(this.file);
  }

  private change(offset: number, target: Buffer, cut: boolean): void {
    this.store(offset, cut ? target.subarray(0, target.length >> 1) : target);
    if (cut) this.gate.cut();
  }

  /** Memory follows the file, also when the file could be written only in part. */
  private store(offset: number, bytes: Buffer): void {
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.file, bytes, written, bytes.length - written, offset + written);
      fdatasyncSync(this.file);
      bytes.copy(this.content, offset);
    } catch (error) {
      readSync(this.file, this.content, offset, bytes.length, offset);
      throw error;
    }
  }

  private checkRange(offset: number, length: number): void {
    const isInside = Number.isInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.content.length;
    if (!isInside) throw new RangeError('flash of ' + this.content.length + ' bytes has no ' + length + ' bytes at ' + offset);
  }
}

function checksumOf(text: string): string {
  return '\n' + crc32(text).toString(16).padStart(8, '0');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Broken files and directories in the way read as nothing. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Makes a rename or removal durable. Windows cannot, and need not. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** When a process started, as far as the system tells; together with its id it is not reused. */
function startOf(pid: number): string {
  const status = readIfThere('/proc/' + pid + '/stat');
  return status?.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Whether the process that a lock names still runs. */
function isRunning(holder: string): boolean {
  const pid = Number.parseInt(holder, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  const started = holder.split(' ')[1] ?? '';
  return started === '' || started === startOf(pid);
}
