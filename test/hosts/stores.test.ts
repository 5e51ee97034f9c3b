/** The file-backed stores of the desktop wallbox, the device's limits, and the stand-ins that tests use instead. */

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SectorJournal } from '../../hosts/journal.ts';
import { DirectoryLock, FileFlash, FileStorage } from '../../hosts/node/stores.ts';
import { PowerCut, WriteGate } from '../../hosts/write-gate.ts';
import type { Storage } from '../../src/host.ts';
import { FlashStandIn, Power, StorageStandIn, tears } from '../flash.ts';

let directory: string;
const open: { close(): void }[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stores-'));
});

afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(directory, { recursive: true, force: true });
});

function storageIn(path: string, gate?: WriteGate): FileStorage {
  const storage = new FileStorage(path, gate);
  open.push(storage);
  return storage;
}

/** A process that opens the directory and waits. */
async function otherProcess(path: string): Promise<{ pid: number; kill(): Promise<void> }> {
  const lock = join(path, 'lock');
  const script = `const fs = require('fs'); const stat = fs.existsSync('/proc/self/stat') ? fs.readFileSync('/proc/self/stat', 'utf8') : '';
    fs.writeFileSync(${JSON.stringify(lock)}, process.pid + ' ' + (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''));
    console.log('ready'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return {
    pid: child.pid!,
    kill: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

const stores: [string, () => Storage][] = [
  ['files', () => storageIn(directory)],
  ['stand-in', () => new StorageStandIn(new Power())],
];

describe.each(stores)('contract of Storage: %s', (_name, make) => {
  test('values come back, are replaced and removed', () => {
    const storage = make();
    expect(storage.read('t/1')).toBeUndefined();
    storage.write('t/1', 'one');
    storage.write('t/2', '');
    storage.write('t/1', 'eins \u00fc\u20ac\u{1f50c}');
    expect(storage.read('t/1')).toBe('eins \u00fc\u20ac\u{1f50c}');
    expect(storage.read('t/2')).toBe('');
    storage.remove('t/1');
    storage.remove('t/1');
    expect(storage.read('t/1')).toBeUndefined();
    expect(storage.keys('t')).toEqual(['t/2']);
  });

  test('odd but allowed keys are kept apart', () => {
    const storage = make();
    const keys = ['a/.', 'a/..', 'a/con', 'a/-', 'a/_', 'a/a.txt', 'a/123456789012345', 'b/.', 'l/lock'];
    for (const key of keys) storage.write(key, 'value of ' + key);
    for (const key of keys) expect(storage.read(key)).toBe('value of ' + key);
    expect(storage.keys('a').sort()).toEqual(keys.filter((key) => key.startsWith('a/')).sort());
  });

  test.each(['', 'a', 'a/', 'A/1', 'a/A', 'a/1234567890123456', 'a/b c', 'a/\u00e4', '1/a', 'ab/c', 'a/b/c', 'a/b\n'])(
    'no key: %j',
    (key) => {
      const storage = make();
      expect(() => storage.write(key, 'x')).toThrow(RangeError);
      expect(() => storage.read(key)).toThrow(RangeError);
      expect(() => storage.remove(key)).toThrow(RangeError);
    },
  );

  test.each(['x'.repeat(1985), '\u00fc'.repeat(993), '\u{1f50c}'.repeat(497), 'a\nb', '\u0000', '\u007f'])('no value: %#', (text) => {
    const storage = make();
    storage.write('s/1', 'before');
    expect(() => storage.write('s/1', text)).toThrow(RangeError);
    expect(storage.read('s/1')).toBe('before');
  });

  test('the largest values fit', () => {
    const storage = make();
    for (const text of ['x'.repeat(1984), '\u00fc'.repeat(992), '\u{1f50c}'.repeat(496)]) {
      storage.write('s/1', text);
      expect(storage.read('s/1')).toBe(text);
    }
  });

  test('256 keys a shelf', () => {
    const storage = make();
    for (let i = 0; i < 256; i++) storage.write('l/' + i, 'x');
    expect(() => storage.write('l/256', 'x')).toThrow(RangeError);
    storage.write('l/255', 'replaced');
    storage.write('p/256', 'another shelf');
    storage.remove('l/0');
    storage.write('l/256', 'x');
    expect(storage.keys('l')).toHaveLength(256);
    expect(() => storage.keys('')).toThrow(RangeError);
  });
});

describe('files', () => {
  test('survive closing, and leave nothing else behind', () => {
    const first = storageIn(directory);
    first.write('a/1', 'kept');
    first.close();
    const second = storageIn(directory);
    expect(second.read('a/1')).toBe('kept');
    expect(readdirSync(directory).sort()).toEqual(['a-1.txt', 'lock']);
    second.wipe();
    expect(second.keys('a')).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('are for the user alone, also those that an earlier version has made', () => {
    const state = join(directory, 'new', 'state');
    const first = storageIn(state);
    first.write('s/key', 'secret');
    first.close();
    new FileFlash(join(state, 'journal.bin')).close();
    const modeOf = (path: string) => statSync(path).mode & 0o777;
    expect(modeOf(state)).toBe(0o700);
    const files = [join(state, 's-key.txt'), join(state, 'journal.bin')];
    expect(files.map(modeOf)).toEqual([0o600, 0o600]);
    for (const path of files) chmodSync(path, 0o644);
    storageIn(state).close();
    new FileFlash(join(state, 'journal.bin')).close();
    expect(files.map(modeOf)).toEqual([0o600, 0o600]);
  });

  test('broken, empty or foreign files are not there, and can be written over', () => {
    const storage = storageIn(directory);
    for (const key of ['a/1', 'a/2', 'a/3']) storage.write(key, 'value');
    writeFileSync(join(directory, 'a-1.txt'), '');
    writeFileSync(join(directory, 'a-2.txt'), readFileSync(join(directory, 'a-2.txt'), 'utf8').replace('value', 'Value'));
    rmSync(join(directory, 'a-3.txt'));
    mkdirSync(join(directory, 'b-1.txt'));
    writeFileSync(join(directory, 'unrelated.md'), 'x');
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1']) expect(storage.read(key)).toBeUndefined();
    storage.write('a/1', 'again');
    expect(storage.read('a/1')).toBe('again');
  });

  test('the power cut in a write leaves the old value; nothing works until it is on again', () => {
    const gate = new WriteGate();
    let cuts = 0;
    gate.onCut = () => cuts++;
    const storage = storageIn(directory, gate);
    storage.write('t/1', 'old');
    gate.cutAtWrite = 2;
    storage.write('t/2', 'done');
    expect(() => storage.write('t/1', 'new')).toThrow(PowerCut);
    expect(() => storage.read('t/1')).toThrow(PowerCut);
    expect(() => storage.write('t/3', 'x')).toThrow(PowerCut);
    expect(cuts).toBe(1);
    expect(existsSync(join(directory, 'unfinished'))).toBe(true);
    storage.close();
    gate.on();
    const again = storageIn(directory, gate);
    expect([again.read('t/1'), again.read('t/2'), again.read('t/3')]).toEqual(['old', 'done', undefined]);
    expect(existsSync(join(directory, 'unfinished'))).toBe(false);
  });

  test('full and failing', () => {
    const gate = new WriteGate();
    const storage = storageIn(directory, gate);
    storage.write('t/1', 'old');
    gate.full = true;
    expect(() => storage.write('t/1', 'new')).toThrow('store full');
    storage.remove('t/1');
    gate.full = false;
    gate.failWrites = 2;
    expect(() => storage.write('t/2', 'x')).toThrow('write failed');
    expect(() => storage.write('t/2', 'x')).toThrow('write failed');
    storage.write('t/2', 'y');
    expect([storage.read('t/1'), storage.read('t/2')]).toEqual([undefined, 'y']);
    expect(gate.writes).toBe(6);
  });
});

describe('lock', () => {
  test('a second opener is refused, also in the same process', () => {
    const storage = storageIn(directory);
    expect(() => new FileStorage(directory)).toThrow('in use by process ' + process.pid);
    storage.close();
    storageIn(directory);
  });

  test('a living process keeps others out, a killed one does not', async () => {
    const other = await otherProcess(directory);
    expect(() => new DirectoryLock(directory)).toThrow(directory + ' is in use by process ' + other.pid);
    await other.kill();
    const lock = new DirectoryLock(directory);
    lock.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each(['', 'nonsense', '0 0', '4194303999 1'])('a lock that names nobody counts for nothing: %j', (content) => {
    writeFileSync(join(directory, 'lock'), content);
    open.push(new DirectoryLock(directory));
  });

  test.runIf(existsSync('/proc/self/stat'))('a process id that was reused counts for nothing', () => {
    writeFileSync(join(directory, 'lock'), process.pid + ' 1');
    open.push(new DirectoryLock(directory));
  });

  test('closing does not take away the lock of someone else', () => {
    const lock = new DirectoryLock(directory);
    writeFileSync(join(directory, 'lock'), '1 2');
    lock.close();
    expect(readFileSync(join(directory, 'lock'), 'utf8')).toBe('1 2');
  });
});

describe('flash in a file', () => {
  function flashAt(name: string, gate?: WriteGate, size?: number): FileFlash {
    const flash = new FileFlash(join(directory, name), gate, size);
    open.push(flash);
    return flash;
  }

  test('is 512 kB, erased, and only clears bits', () => {
    const flash = flashAt('journal');
    expect([flash.sectors, flash.sectorSize, statSync(join(directory, 'journal')).size]).toEqual([128, 4096, 524_288]);
    expect(flash.read(4090, 12).every((value) => value === 0xff)).toBe(true);
    flash.program(4096, new Uint8Array([0xf0, 0x0f]));
    flash.program(4096, new Uint8Array([0x3c, 0xff]));
    expect([...flash.read(4096, 3)]).toEqual([0x30, 0x0f, 0xff]);
    expect([...readFileSync(join(directory, 'journal')).subarray(4096, 4099)]).toEqual([0x30, 0x0f, 0xff]);
    flash.erase(1);
    expect(flash.read(4096, 4096).every((value) => value === 0xff)).toBe(true);
  });

  test('a copy that was read does not change with the flash', () => {
    const flash = flashAt('journal', undefined, 8192);
    const copy = flash.read(0, 4);
    flash.program(0, new Uint8Array(4));
    expect([...copy]).toEqual([255, 255, 255, 255]);
  });

  test('nothing beyond its end', () => {
    const flash = flashAt('journal', undefined, 8192);
    expect(() => flash.read(8190, 4)).toThrow(RangeError);
    expect(() => flash.program(-1, new Uint8Array(1))).toThrow(RangeError);
    expect(() => flash.erase(2)).toThrow(RangeError);
  });

  test('an existing file keeps its size, a broken one becomes a whole one', () => {
    flashAt('small', undefined, 12_288).program(0, new Uint8Array([1]));
    expect(flashAt('small').sectors).toBe(3);
    writeFileSync(join(directory, 'short'), 'abc');
    const short = flashAt('short', undefined, 16_384);
    expect([short.sectors, ...short.read(0, 4)]).toEqual([4, 97, 98, 99, 255]);
    writeFileSync(join(directory, 'odd'), Buffer.alloc(10_000));
    expect([flashAt('odd').sectors, statSync(join(directory, 'odd')).size]).toEqual([2, 8192]);
  });

  test('a journal on it goes through power cuts, failures and a full store', () => {
    const gate = new WriteGate();
    let flash = flashAt('journal', gate, 8192);
    let journal = new SectorJournal(flash);
    const kept: string[] = [];
    for (let i = 0; i < 60; i++) {
      const record = 'record ' + i + ' ' + '\u00fc'.repeat((i * 41) % 300);
      if (i % 3 === 0) gate.cutAtWrite = 1 + (i % 4);
      if (i % 3 === 1) gate.failWrites = 1;
      try {
        expect(journal.append(record)).toBe(kept.length + 1);
        kept.push(record);
        journal.release(kept.length - 2);
      } catch (error) {
        if (gate.off) {
          gate.on();
          flash.close();
          open.pop();
          flash = flashAt('journal', gate, 8192);
          journal = new SectorJournal(flash);
          if (journal.next === kept.length + 2) kept.push(record);
        } else expect((error as Error).message).toBe('write failed');
      }
      expect(journal.next).toBe(kept.length + 1);
      for (let n = journal.first; n < journal.next; n++) expect(journal.read(n)).toBe(kept[n - 1]);
    }
    expect(kept.length).toBeGreaterThan(20);
    gate.clear();
    gate.full = true;
    expect(() => journal.append('x')).toThrow('store full');
    flash.wipe();
    gate.clear();
    expect(new SectorJournal(flash).next).toBe(1);
  });
});

describe('stand-ins', () => {
  test('storage: old or new after a cut, by kind of tear, then silence', () => {
    for (const tear of tears) {
      const power = new Power(5);
      const storage = new StorageStandIn(power);
      storage.write('t/1', 'old');
      power.cutAt(1, tear);
      expect(() => storage.write('t/1', 'new')).toThrow(PowerCut);
      expect(() => storage.keys('t')).toThrow(PowerCut);
      power.on();
      const value = storage.read('t/1');
      if (tear === 'none' || tear === 'prefix') expect(value).toBe('old');
      else if (tear === 'all') expect(value).toBe('new');
      else expect(['old', 'new']).toContain(value);
    }
  });

  test('one count for both stores, and counters for the bench', () => {
    const power = new Power();
    const storage = new StorageStandIn(power);
    const flash = new FlashStandIn(power, 2);
    storage.write('t/1', '\u00fc');
    flash.program(10, new Uint8Array(7));
    flash.erase(1);
    storage.remove('t/1');
    storage.remove('t/1');
    expect([power.writes, power.programs, power.programmedBytes, power.erases]).toEqual([4, 1, 7, 1]);
    expect([power.storageWrites, power.storageBytes, power.storageRemoves]).toEqual([1, 5, 1]);
    power.cutAt(3, 'none');
    flash.erase(0);
    storage.write('t/1', 'x');
    expect(() => flash.program(0, new Uint8Array(1))).toThrow(PowerCut);
    expect(() => flash.read(0, 1)).toThrow(PowerCut);
    expect(power.off).toBe(true);
  });

  test('a torn program lies between old and new, bit by bit', () => {
    for (let seed = 1; seed < 200; seed++) {
      for (const tear of tears) {
        const power = new Power(seed);
        const flash = new FlashStandIn(power, 2);
        flash.program(0, new Uint8Array([0xf0, 0xf0, 0xf0, 0xf0]));
        power.cutAt(1, tear);
        expect(() => flash.program(0, new Uint8Array([0x33, 0x33, 0x33, 0x33]))).toThrow(PowerCut);
        power.on();
        for (let again = 0; again < 2; again++) for (const value of flash.read(0, 4)) expect(value & ~0xc0).toBe(0x30);
      }
    }
  });

  test('unstable cells settle after they were read once, and by a program', () => {
    let differed = 0;
    for (let seed = 1; seed < 50; seed++) {
      const flash = new FlashStandIn(new Power(seed), 2);
      flash.power.cutAt(1, 'unstable');
      expect(() => flash.program(0, new Uint8Array(64))).toThrow(PowerCut);
      flash.power.on();
      const reads = [0, 1, 2].map(() => flash.read(0, 64).join());
      expect(reads[1]).toBe(reads[2]);
      if (reads[0] !== reads[1]) differed++;
      flash.program(0, new Uint8Array(64));
      expect(flash.read(0, 64).every((value) => value === 0)).toBe(true);
    }
    expect(differed).toBeGreaterThan(30);
  });
});
