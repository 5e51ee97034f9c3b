/** The ring of flash sectors against a plain model, with the power cut in every write and every kind of tear. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Flash, SectorJournal } from '../../hosts/journal.ts';
import { FlashStandIn, Power, PowerCut, type Tear, tears } from '../flash.ts';

/** What a journal must hold: every record ever appended, what is released, and what of that must survive a power cut. */
class Model {
  readonly records: string[] = [];
  released = 1;
  durable = 1;
  /** The append that the power cut interrupted. */
  pending: string | undefined;

  get next(): number {
    return this.records.length + 1;
  }
}

class Bench {
  readonly power: Power;
  readonly flash: FlashStandIn;
  readonly model = new Model();
  readonly reports: string[] = [];
  journal: SectorJournal;

  constructor(sectors: number, seed: number, sectorSize = 4096) {
    this.power = new Power(seed);
    this.flash = new FlashStandIn(this.power, sectors, sectorSize);
    this.journal = new SectorJournal(this.flash);
  }

  /** Appends; a full ring must say so, and beforehand. */
  append(record: string): void {
    const { model } = this;
    model.pending = record;
    const free = this.journal.free;
    let number: number;
    try {
      number = this.journal.append(record);
    } catch (error) {
      if (error instanceof PowerCut || this.power.off) throw new PowerCut();
      expect((error as Error).message).toBe('journal full');
      expect(free).toBeLessThan(byteLength(record));
      model.pending = undefined;
      return;
    }
    model.pending = undefined;
    expect(number).toBe(model.next);
    model.records.push(record);
    model.durable = model.released;
  }

  release(before: number): void {
    this.journal.release(before);
    this.model.released = Math.max(this.model.released, Math.min(before, this.model.next));
    expect(this.journal.first).toBe(this.model.released);
  }

  /** Switches the power on until the journal is there; the power may be cut again while it mounts. */
  boot(): void {
    this.power.on();
    this.journal = new SectorJournal(this.flash, (text) => this.reports.push(text));
    if (this.power.off) return;
    this.accept();
    this.check();
  }

  /** Takes over what the contract leaves open after a power cut, and checks the rest. */
  accept(): void {
    const { journal, model } = this;
    if (model.pending !== undefined && journal.next === model.next + 1) model.records.push(model.pending);
    model.pending = undefined;
    expect(journal.next).toBe(model.next);
    expect(journal.first).toBeGreaterThanOrEqual(model.durable);
    expect(journal.first).toBeLessThanOrEqual(model.released);
    model.released = journal.first;
    model.durable = journal.first;
  }

  check(): void {
    const { journal, model } = this;
    expect(journal.first).toBe(model.released);
    expect(journal.next).toBe(model.next);
    for (let n = model.released; n < model.next; n++)
      if (journal.read(n) !== model.records[n - 1]) throw new Error('record ' + n + ' differs');
    for (let n = Math.max(1, model.released - 30); n < model.released; n++) {
      const record = journal.read(n);
      if (record !== undefined) expect(record).toBe(model.records[n - 1]);
    }
    expect(journal.read(model.next)).toBeUndefined();
    expect(journal.free).toBeLessThanOrEqual(journal.capacity);
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Runs steps until the power is cut. False: it was. */
function survives(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof PowerCut) return false;
    throw error;
  }
}

const text = fc.oneof(
  { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 60 }) },
  { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1024 }).map((length) => 'x'.repeat(length)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('y', 'z'.repeat(1024), 'ü'.repeat(512), '\u20ac'.repeat(341), '\u{1f50c}'.repeat(256), '\u0000\u007f'),
  },
);

type Step =
  | { kind: 'append'; record: string }
  | { kind: 'release'; share: number }
  | { kind: 'boot' }
  | { kind: 'cut'; at: number; tear: Tear };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: text.filter((record) => byteLength(record) <= 1024).map((record) => ({ kind: 'append' as const, record })) },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => ({ kind: 'release' as const, share })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'boot' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.integer({ min: 1, max: 6 }), tear: fc.constantFrom(...tears) }),
  },
);

function perform(bench: Bench, next: Step): void {
  const { model } = bench;
  if (next.kind === 'append') bench.append(next.record);
  else if (next.kind === 'release') bench.release(model.released + Math.ceil((model.next - model.released) * next.share));
  else if (next.kind === 'boot') bench.boot();
  else bench.power.cutAt(next.at, next.tear);
}

describe('against a model', () => {
  for (const sectors of [2, 3, 5]) {
    test(sectors + ' sectors', () => {
      const property = fc.property(fc.integer(), fc.array(step, { minLength: 1, maxLength: 150 }), (seed, steps) => {
        const bench = new Bench(sectors, seed);
        for (const next of steps) {
          if (!survives(() => perform(bench, next)) || bench.power.off) {
            bench.boot();
            expect(bench.power.off).toBe(false);
          }
        }
        bench.power.clear();
        bench.boot();
      });
      fc.assert(property, { numRuns: 120 });
    });
  }

  test('small sectors: hundreds of turns of the ring', () => {
    const property = fc.property(fc.integer(), fc.array(step, { minLength: 200, maxLength: 400 }), (seed, steps) => {
      const bench = new Bench(2 + (seed & 3), seed, 2048);
      for (const next of steps) {
        if (!survives(() => perform(bench, next)) || bench.power.off) bench.boot();
        if (bench.model.next - bench.model.released > 40) bench.release(bench.model.next - 3);
      }
      bench.power.clear();
      bench.boot();
    });
    fc.assert(property, { numRuns: 30 });
  });
});

describe('power cut at every write', () => {
  /** 60 appends of mixed lengths over 3 sectors, released in lumps: turns the ring several times. */
  function script(bench: Bench, from: number): void {
    for (let i = from; i < 60; i++) {
      bench.append('#' + i + '-' + 'ab\u00e9'.repeat((i * 37) % 250));
      if (i % 5 === 4) bench.release(bench.model.next - (i % 3));
    }
  }

  for (const tear of tears) {
    test(tear, () => {
      const whole = new Bench(3, 1);
      script(whole, 0);
      expect(whole.model.next).toBe(61);
      const writes = whole.power.writes;
      expect(writes).toBeGreaterThan(70);
      for (let seed = 1; seed <= 3; seed++) {
        for (let cut = 1; cut <= writes; cut++) {
          const bench = new Bench(3, seed * 1000 + cut);
          bench.power.cutAt(cut, tear);
          expect(survives(() => script(bench, 0))).toBe(false);
          const before = bench.model.next - 1;
          bench.boot();
          expect(bench.model.next - 1 - before).toBeLessThanOrEqual(1);
          script(bench, before);
          bench.boot();
          expect(bench.reports).toEqual([]);
        }
      }
    });

    test(tear + ', and again while mounting and after it', () => {
      const whole = new Bench(3, 1);
      script(whole, 0);
      for (let cut = 1; cut <= whole.power.writes; cut += 1) {
        for (let second = 1; second <= 4; second++) {
          const bench = new Bench(3, cut * 5 + second);
          bench.power.cutAt(cut, tear);
          survives(() => script(bench, 0));
          const before = bench.model.next - 1;
          bench.power.on();
          bench.power.cutAt(second, tear);
          const mounted = survives(() => {
            bench.journal = new SectorJournal(bench.flash);
            if (bench.power.off) throw new PowerCut();
          });
          if (mounted) {
            bench.accept();
            survives(() => script(bench, before));
          }
          bench.power.clear();
          bench.boot();
          script(bench, bench.model.next - 1);
          bench.boot();
        }
      }
    });
  }

  test('a torn record may be what it was or nothing; its neighbours are untouched', () => {
    for (const tear of tears) {
      for (let length = 1; length <= 40; length++) {
        const bench = new Bench(2, length);
        for (let i = 0; i < 20; i++) bench.append('neighbour ' + i);
        bench.power.cutAt(1, tear);
        expect(survives(() => bench.append('v'.repeat(length)))).toBe(false);
        bench.boot();
        if (tear === 'all') expect(bench.journal.next).toBe(22);
        if (tear === 'none') expect(bench.journal.next).toBe(21);
        bench.append('w');
        bench.boot();
        expect(bench.reports).toEqual([]);
      }
    }
  });

  /** Mounts while the flash reads like `seen`, and goes on with what its cells turn out to hold. */
  function mountSeeing(bench: Bench, seen: Uint8Array): SectorJournal {
    let mounting = true;
    const { flash } = bench;
    const flickering: Flash = {
      sectorSize: flash.sectorSize,
      sectors: flash.sectors,
      read: (offset, length) => (mounting ? seen.slice(offset, offset + length) : flash.read(offset, length)),
      program: (offset, bytes) => {
        flash.program(offset, bytes);
        for (let i = 0; i < bytes.length; i++) seen[offset + i]! &= bytes[i]!;
      },
      erase: (sector) => flash.erase(sector),
    };
    const journal = new SectorJournal(flickering);
    mounting = false;
    return journal;
  }

  test('a torn record that reads well while mounting is made to stay so', () => {
    const bench = new Bench(2, 1);
    bench.append('before');
    bench.append('torn');
    const seen = bench.flash.content.slice();
    bench.flash.content[20 + 14 + 9] = 0xff;
    const journal = mountSeeing(bench, seen);
    expect([journal.next, journal.read(1), journal.read(2)]).toEqual([3, 'before', 'torn']);
    bench.boot();
  });

  test('a torn header that is not seen while mounting hides no later record', () => {
    const bench = new Bench(2, 1);
    for (let i = 0; i < 4; i++) bench.append('x'.repeat(900));
    const seen = bench.flash.content.slice();
    bench.power.cutAt(2, 'all');
    expect(survives(() => bench.append('y'.repeat(900)))).toBe(false);
    bench.power.on();
    const journal = mountSeeing(bench, seen);
    expect(journal.append('in the old sector')).toBe(5);
    bench.model.pending = undefined;
    bench.model.records.push('in the old sector');
    bench.boot();
  });

  test('flickering supply: five cuts in a row cost at most a few bytes, not the ring', () => {
    const bench = new Bench(2, 9);
    bench.append('kept');
    const free = bench.journal.free;
    for (let i = 0; i < 50; i++) {
      bench.power.cutAt(1, 'prefix');
      survives(() => bench.append('boot ' + i));
      bench.boot();
    }
    expect(free - bench.journal.free).toBeLessThan(50 * 16);
    expect(bench.journal.read(1)).toBe('kept');
  });
});

describe('contract', () => {
  test('empty', () => {
    const { journal } = new Bench(4, 1);
    expect([journal.first, journal.next]).toEqual([1, 1]);
    expect(journal.free).toBe(journal.capacity);
    expect(journal.read(0)).toBeUndefined();
    expect(journal.read(1)).toBeUndefined();
    expect(journal.read(Number.NaN)).toBeUndefined();
  });

  test('limits of a record', () => {
    const { journal, power } = new Bench(2, 1);
    expect(() => journal.append('')).toThrow(RangeError);
    expect(() => journal.append('x'.repeat(1025))).toThrow(RangeError);
    expect(() => journal.append('\u00fc'.repeat(513))).toThrow(RangeError);
    expect(power.writes).toBe(0);
    expect(journal.append('\u00fc'.repeat(512))).toBe(1);
  });

  test('text of every width comes back; a lone surrogate as U+FFFD', () => {
    const bench = new Bench(2, 1);
    bench.append('a\u00e4\u20ac\u{10ffff}z'.repeat(20));
    bench.append('\u0000');
    bench.boot();
    expect(bench.journal.append('\ud800x')).toBe(3);
    expect(bench.journal.read(3)).toBe('\ufffdx');
  });

  test('at least two sectors', () => {
    expect(() => new SectorJournal(new FlashStandIn(new Power(), 1))).toThrow(RangeError);
  });

  test('a full ring throws, loses nothing, and recovers after a release', () => {
    for (const sectors of [2, 3, 8]) {
      const bench = new Bench(sectors, 1);
      let appended = 0;
      for (; bench.journal.free >= 40; appended++) bench.append('r'.repeat(40));
      const { writes } = bench.power;
      expect(() => bench.journal.append('r'.repeat(40))).toThrow('journal full');
      expect(bench.power.writes).toBe(writes);
      bench.check();
      bench.release(10);
      expect(() => bench.journal.append('r'.repeat(40))).toThrow('journal full');
      bench.release(Math.floor(4076 / 48) + 1);
      expect(bench.journal.free).toBeGreaterThan(4000);
      for (let i = 0; i < Math.floor(4076 / 48); i++) bench.append('r'.repeat(40));
      expect(() => bench.journal.append('r'.repeat(40))).toThrow('journal full');
      bench.boot();
      expect(bench.model.next - 1).toBe(appended + Math.floor(4076 / 48));
    }
  });

  test('whatever free promises fits', () => {
    const property = fc.property(fc.array(fc.integer({ min: 1, max: 1024 }), { maxLength: 40 }), (lengths) => {
      const bench = new Bench(2, 1);
      for (const length of lengths) bench.append('f'.repeat(length));
      const promised = Math.min(bench.journal.free, 1024);
      if (promised > 0) expect(bench.journal.append('p'.repeat(promised))).toBe(bench.model.next);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('a release is in force at once, becomes durable with the next append, and costs no write', () => {
    const bench = new Bench(2, 1);
    for (let i = 0; i < 10; i++) bench.append('s' + i);
    const { writes } = bench.power;
    bench.release(6);
    bench.release(3);
    bench.journal.release(Number.NaN);
    expect(bench.power.writes).toBe(writes);
    expect(new SectorJournal(bench.flash).first).toBe(1);
    bench.append('carrier');
    expect(new SectorJournal(bench.flash).first).toBe(6);
    bench.release(1e9);
    expect(bench.journal.first).toBe(bench.journal.next);
    bench.append('after');
    expect(bench.journal.first).toBe(12);
    expect(bench.journal.read(2)).toBe('s1');
  });

  test('numbers go on after everything was released and every sector erased, wherever the opening of a sector is cut', () => {
    for (const tear of tears) {
      for (let write = 1; write <= 3; write++) {
        const bench = new Bench(2, write);
        for (let i = 0; i < 20; i++) {
          bench.append('x'.repeat(900));
          bench.release(bench.model.next);
        }
        const { next } = bench.model;
        expect(next).toBe(21);
        // The 21st needs a new sector: the old header is killed, the sector erased, its new header programmed.
        bench.power.cutAt(write, tear);
        expect(survives(() => bench.append('y'.repeat(900)))).toBe(false);
        bench.boot();
        expect(bench.journal.next).toBe(next);
        expect(bench.journal.append('small enough for what is left of the old sector')).toBe(next);
        bench.model.records.push('small enough for what is left of the old sector');
        bench.boot();
      }
    }
  });

  test('reads forward cost one look at the record, random ones a search by halving', () => {
    const bench = new Bench(128, 1);
    while (bench.journal.free > 100) bench.append('m'.repeat(40));
    let reads = 0;
    const counting = {
      sectorSize: 4096,
      sectors: 128,
      read: (offset: number, length: number) => {
        reads++;
        return bench.flash.read(offset, length);
      },
      program: () => {},
      erase: () => {},
    };
    const journal = new SectorJournal(counting);
    expect(reads).toBeLessThan(600);
    reads = 0;
    for (let n = 1; n <= 8500; n++) expect(journal.read(n)).toBeDefined();
    expect(reads / 8500).toBeLessThan(5);
    reads = 0;
    for (let n = 1; n <= 8500; n += 997) expect(journal.read(n)).toBeDefined();
    expect(reads / 9).toBeLessThan(220);
  });
});

describe('failing flash', () => {
  test('a failed write stores nothing, and the next one works', () => {
    for (let failing = 1; failing <= 3; failing++) {
      const bench = new Bench(2, 1);
      bench.append('before');
      bench.power.failWrites = failing;
      const failed = failing === 3 ? 2 : 1;
      for (let i = 0; i < failed; i++) expect(() => bench.journal.append('fails')).toThrow('write failed');
      bench.append('after');
      bench.check();
      bench.boot();
      expect(bench.journal.read(2)).toBe('after');
    }
  });

  test('opening a sector fails at each of its writes: nothing that follows is lost', () => {
    for (let failing = 1; failing <= 8; failing++) {
      const bench = new Bench(2, failing);
      for (let i = 0; i < 3; i++) bench.append('a'.repeat(1000));
      bench.release(3);
      let failures = 0;
      bench.power.failWrites = failing;
      for (let i = 0; i < 12; i++) {
        try {
          bench.journal.append('b'.repeat(1000 - i));
          bench.model.records.push('b'.repeat(1000 - i));
        } catch {
          failures++;
        }
        bench.release(bench.model.next - 1);
      }
      expect(failures).toBeGreaterThan(0);
      bench.model.durable = 1;
      bench.boot();
    }
  });

  test('a header that failed after it was written hides no later record', () => {
    const bench = new Bench(3, 1);
    for (let i = 0; i < 3; i++) bench.append('a'.repeat(1024));
    const program = bench.flash.program.bind(bench.flash);
    let broken = false;
    bench.flash.program = (offset, bytes) => {
      program(offset, bytes);
      if (!broken && offset === 4096 && bytes[0] === 0x4f) {
        broken = true;
        throw new Error('late failure');
      }
    };
    expect(() => bench.journal.append('b'.repeat(1024))).toThrow('late failure');
    bench.append('small enough for the old sector');
    bench.boot();
  });

  test('a full store throws and is left alone', () => {
    const bench = new Bench(2, 1);
    bench.append('one');
    bench.power.full = true;
    expect(() => bench.journal.append('two')).toThrow('store full');
    bench.power.full = false;
    bench.append('two');
    bench.boot();
  });

  test('a cell that is stuck makes the record move on', () => {
    const bench = new Bench(2, 1);
    bench.append('one');
    bench.flash.content[20 + 11 + 6] = 0;
    bench.append('two');
    bench.check();
    bench.boot();
  });
});

describe('damage', () => {
  test('a damaged record is undefined and takes no neighbour with it, wherever it is hit', () => {
    for (let at = 0; at < 28; at++) {
      const bench = new Bench(2, 1);
      for (let i = 0; i < 30; i++) bench.append('record number ' + String(i).padStart(6, '0'));
      bench.flash.content[20 + 28 * 10 + at]! ^= 0x24;
      for (const journal of [bench.journal, new SectorJournal(bench.flash, (report) => bench.reports.push(report))]) {
        expect(journal.next).toBe(31);
        for (let n = 1; n <= 30; n++) expect(journal.read(n)).toBe(n === 11 ? undefined : bench.model.records[n - 1]);
      }
      // Only what breaks the chain of lengths is noticed while mounting.
      expect(bench.reports).toEqual(at < 2 ? ['journal: records 11 to 11 damaged'] : []);
    }
  });

  test('a sector whose header is damaged costs its own records only', () => {
    const bench = new Bench(4, 1);
    while (bench.journal.free > 1000) bench.append('h'.repeat(500));
    bench.flash.content[4096 + 5]! ^= 1;
    const journal = new SectorJournal(bench.flash);
    expect(journal.next).toBe(bench.model.next);
    for (let n = 1; n < bench.model.next; n++) expect(journal.read(n)).toBe(n >= 9 && n <= 16 ? undefined : bench.model.records[n - 1]);
    journal.release(20);
    expect(journal.first).toBe(20);
    expect(journal.append('goes on')).toBe(bench.model.next);
  });

  test('garbage in every sector is an empty ring', () => {
    const bench = new Bench(3, 77);
    for (let i = 0; i < bench.flash.content.length; i++) bench.flash.content[i] = bench.power.random(256);
    bench.boot();
    for (let i = 0; i < 100; i++) {
      bench.append('g'.repeat(100));
      bench.release(bench.model.next - 10);
    }
    bench.boot();
  });
});

describe('format', () => {
  /** CRC-32 bit by bit, independent of the journal's. */
  function crc32(bytes: Uint8Array): number {
    let crc = ~0;
    for (const value of bytes) {
      crc ^= value;
      for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return ~crc >>> 0;
  }

  interface Header {
    version?: number;
    length?: number;
    sequence: number;
    number: number;
    released: number;
  }

  function writeHeader(flash: FlashStandIn, sector: number, { version = 1, length = 20, sequence, number, released }: Header): void {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    bytes.set([0x4f, 0x4a, version, length]);
    view.setUint32(4, sequence, true);
    view.setUint32(8, number, true);
    view.setUint32(12, released, true);
    view.setUint32(length - 4, crc32(bytes.subarray(0, length - 4)), true);
    flash.content.set(bytes, sector * flash.sectorSize);
  }

  function writeRecord(flash: FlashStandIn, at: number, number: number, released: number, record: string): number {
    const body = new TextEncoder().encode(record);
    const bytes = new Uint8Array(body.length + 8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, (((number - released) << 11) | ((body.length - 1) << 1) | 1) >>> 0, true);
    bytes.set(body, 4);
    view.setUint32(body.length + 4, (crc32(bytes.subarray(0, body.length + 4)) ^ number) >>> 0, true);
    flash.content.set(bytes, at);
    return at + bytes.length;
  }

  test('is as described', () => {
    const bench = new Bench(2, 1);
    bench.append('first');
    bench.append('second, \u00fcber');
    bench.release(2);
    bench.append('third');
    const flash = new FlashStandIn(new Power(), 2);
    writeHeader(flash, 0, { sequence: 1, number: 1, released: 1 });
    let at = writeRecord(flash, 20, 1, 1, 'first');
    at = writeRecord(flash, at, 2, 1, 'second, \u00fcber');
    writeRecord(flash, at, 3, 2, 'third');
    expect(Buffer.from(bench.flash.content).equals(Buffer.from(flash.content))).toBe(true);
  });

  test('sequences wrap around', () => {
    for (const start of [0xfffffffe, 0xffffffff, 0x7ffffffe]) {
      const bench = new Bench(3, 1);
      writeHeader(bench.flash, 2, { sequence: start, number: 1, released: 1 });
      bench.boot();
      for (let i = 0; i < 40; i++) {
        bench.append('w'.repeat(700));
        bench.release(bench.model.next - 8);
        if (i % 7 === 0) bench.boot();
      }
      bench.boot();
    }
  });

  test('a sector of the next version is read, and left alone for writing', () => {
    const bench = new Bench(3, 1);
    bench.append('one');
    writeHeader(bench.flash, 1, { version: 2, length: 32, sequence: 2, number: 2, released: 1 });
    writeRecord(bench.flash, 4096 + 32, 2, 1, 'two');
    bench.model.records.push('two');
    bench.boot();
    expect(bench.journal.read(2)).toBe('two');
    const before = Buffer.from(bench.flash.content.subarray(4096, 8192));
    bench.append('three');
    expect(before.equals(Buffer.from(bench.flash.content.subarray(4096, 8192)))).toBe(true);
    bench.boot();
    expect(bench.reports).toEqual([]);
  });

  test('a sector of an unknown version is set aside and reported; numbers and sequences go on behind it', () => {
    const bench = new Bench(4, 1);
    bench.append('one');
    writeHeader(bench.flash, 1, { version: 9, length: 24, sequence: 2, number: 2, released: 1 });
    bench.flash.content.fill(0x5a, 4096 + 24, 4096 + 900);
    const journal = new SectorJournal(bench.flash, (report) => bench.reports.push(report));
    expect(bench.reports).toEqual(['journal: sector of unknown version 9 set aside']);
    expect([journal.first, journal.next]).toEqual([1, 514]);
    expect(journal.read(1)).toBe('one');
    expect(journal.read(2)).toBeUndefined();
    expect(journal.append('later')).toBe(514);
    expect(bench.flash.content[4096 + 2]).toBe(9);
    const again = new SectorJournal(bench.flash);
    expect([again.first, again.next, again.read(1), again.read(514)]).toEqual([1, 515, 'one', 'later']);
    again.release(515);
    for (let i = 0; i < 30; i++) again.release(again.append('o'.repeat(500)));
    expect(bench.flash.content[4096 + 2]).toBe(1);
  });
});

describe('figures', () => {
  test('8 bytes a record, 20 a sector; 512 kB hold more than 10,800 records of 40 bytes', () => {
    const bench = new Bench(128, 1);
    let bytes = bench.power.programmedBytes;
    let erases = bench.power.erases;
    bench.append('c'.repeat(40));
    bytes = bench.power.programmedBytes;
    bench.append('c'.repeat(40));
    expect(bench.power.programmedBytes - bytes).toBe(48);
    while (bench.journal.free >= 40) bench.append('c'.repeat(40));
    expect(bench.model.next - 1).toBe(128 * 84);
    erases = bench.power.erases;
    expect(erases).toBe(128);
    bench.boot();
  });

  test('wear is even: no sector is erased more than once per turn of the ring', () => {
    const bench = new Bench(16, 3);
    for (let i = 0; i < 6000; i++) {
      bench.append('e'.repeat(1 + ((i * 31) % 90)));
      bench.release(bench.model.next - (i % 50));
      if (i % 500 === 0) bench.boot();
    }
    const most = Math.max(...bench.flash.erases);
    expect(most - Math.min(...bench.flash.erases)).toBeLessThanOrEqual(1);
    expect(most).toBeGreaterThan(4);
  });

  test('a transaction of 14 records costs 14 programs, 600 bytes and 0.15 erases at most', () => {
    const bench = new Bench(128, 1);
    const transactions = 300;
    const run = () => {
      for (let i = 0; i < transactions; i++) {
        bench.append('a StartTransaction: '.padEnd(70));
        bench.append('its transaction id: '.padEnd(28));
        for (let sample = 0; sample < 10; sample++) bench.append('a sample: '.padEnd(30));
        bench.append('what ended it: '.padEnd(20));
        bench.append('a StopTransaction: '.padEnd(60));
        bench.release(bench.model.next);
      }
    };
    run();
    run();
    const { power } = bench;
    const before = [power.programs, power.programmedBytes, power.erases];
    run();
    // Opening a sector adds two programs: the old header is killed, the new one written.
    expect((power.programs - before[0]!) / transactions).toBeLessThan(14.4);
    expect((power.programmedBytes - before[1]!) / transactions).toBeLessThan(600);
    expect((power.erases - before[2]!) / transactions).toBeLessThan(0.15);
  });
});
