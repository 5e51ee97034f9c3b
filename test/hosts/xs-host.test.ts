/** xs-host: the engine with the device's memory, its ROM, the two machines and the stand-ins for Moddable's modules. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildXs, type XsHost } from '../../hosts/xs/build.mjs';
import { findEngine } from '../xs/engine.ts';

const { host, bits } = findEngine();
const is32 = bits === 32;
const wide = is32 ? buildXs({ bits: 64 }) : host;

interface Run {
  readonly status: number | null;
  readonly lines: string[];
  readonly errors: string;
  readonly report: Record<string, number>;
}

const folder = mkdtempSync(join(tmpdir(), 'xs-host-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function runWith(xs: XsHost, args: string[]): Run {
  const report = join(folder, 'report.json');
  const [program, ...before] = xs.command;
  const { status, stdout, stderr } = spawnSync(program!, [...before, '--report', report, ...args], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n'), errors: stderr, report: JSON.parse(readFileSync(report, 'utf8')) };
}

const rom = ['--rom', '--profile', 'esp32'];
const run = (text: string, ...options: string[]) => runWith(host, [...rom, ...options, file('main.js', text)]);

describe.skipIf(!is32)('one machine', () => {
  it('has the slots of the device, and a fresh clone of 28 slots without chunks', () => {
    const { status, report } = runWith(host, [...rom, '--preload', `empty=${file('empty.js', '')}`, 'empty']);
    expect(status).toBe(0);
    expect(report).toMatchObject({ slotSize: 16, slotsUsed: 28, stackTotal: 8192, chunksTotal: 78848, slotsTotal: 4927, keys: 0 });
    expect(report.romSlots).toBeGreaterThan(40_000);
    expect(report.romSlots).toBeLessThan(60_000);
  });

  it('counts code points, as the device does', () => {
    expect(run("print('é😀'.length);").lines).toEqual(['2']);
  });

  it('reports what a program holds', () => {
    const text = "host.gc(); const before = host.memory(); globalThis.kept = 'x'.repeat(1000); host.gc(); const after = host.memory();";
    const { lines } = run(`${text} print(after.chunksUsed - before.chunksUsed, after.collections, after.stackPeak < 2048);`);
    expect(lines).toEqual(['1012 2 true']);
  });

  it('aborts with a report when memory is full, past any try', () => {
    const { status, errors, report } = run('const list = []; try { for (;;) list.push({}); } catch { print("caught"); }');
    expect(status).toBe(71);
    expect(errors).toContain('XS abort: memory full');
    expect(report).toMatchObject({ status: 71, reason: 'memory full' });
  });

  it('runs from one static block, and says when that is too small', () => {
    const text = "globalThis.kept = []; for (let i = 0; i < 100; i++) kept.push('text ' + i); print(kept.length);";
    expect(run(text, '--static', '16384', '--stack', '256').lines).toEqual(['100']);
    expect(run(text, '--static', '7000', '--stack', '256').status).toBe(71);
    expect(run(text, '--static', '3000', '--stack', '256').status).toBe(71);
  });

  it.each([
    [72, 'stack overflow', 'const f = (n) => f(n + 1) + 1; try { f(0); } catch { print("caught"); }'],
    [75, 'unhandled exception: Error: no', "throw new Error('no');"],
    [75, 'unhandled exception: Error: late', "import Timer from 'timer'; Timer.set(() => { throw new Error('late'); }, 1);"],
    [78, 'unhandled rejection: Error: no', "Promise.reject(new Error('no'));"],
    [76, 'not enough keys', "const o = {}; for (let i = 0; i < 99; i++) o['key' + i] = i;"],
    [77, 'too much computation', 'for (;;);'],
  ])('ends with status %i after: %s', (status, message, text) => {
    const result = run(text, '--meter', '100000', '--keys', '32+0');
    expect(result.status).toBe(status);
    expect(result.errors).toContain(`XS abort: ${message}`);
  });

  it('keeps a program that cannot be parsed from running', () => {
    const [program, ...before] = host.command;
    const { status, stderr } = spawnSync(program!, [...before, '--rom', file('bad.js', 'let let = 1;')], { encoding: 'utf8' });
    expect(status).toBe(64);
    expect(stderr).toContain('bad.js:1: ');
  });

  it('counts the same steps run after run, with 32 and 64 bits, with and without ROM', () => {
    const text =
      "let s = ''; for (let i = 0; i < 500; i++) s = JSON.stringify({ i, s: s.length }); print([3, 1, 2].sort(), /b+/.exec('abbb')[0], s);";
    const main = file('meter.js', text);
    const runs = [runWith(host, [...rom, main]), runWith(host, [...rom, main]), runWith(host, [main]), runWith(wide, [...rom, main])];
    expect(runs[0]!.report.meter).toBeGreaterThan(10_000);
    expect(runs.map(({ report }) => report.meter)).toEqual(Array(4).fill(runs[0]!.report.meter));
    expect(runs.map(({ lines }) => lines)).toEqual(Array(4).fill(runs[0]!.lines));
  });
});

const preloaded = `
export let count = 0;
export function increment() { return ++count; }
export const table = Object.freeze(['A', Object.freeze({ x: 1 })]);
export const open = { a: 1 };
export const map = new Map();
export const pattern = /a(b+)/;
export class Counted { static total = 0; }
`;

describe.skipIf(!is32)('preloaded code', () => {
  function attempt(expression: string): string {
    const text = `import * as pre from 'pre'; import { count, increment, table, open, map, pattern, Counted } from 'pre';
      try { print((${expression})); } catch (error) { print('threw ' + error); }`;
    return run(text, '--preload', `pre=${file('pre.js', preloaded)}`).lines[0]!;
  }

  it.each([
    ["table[0] = 'B'", 'threw TypeError: set ?: not writable'],
    ['table[1].x = 2', 'threw TypeError: set x: not writable'],
    ["table.push('B')", 'threw TypeError: C: xsSet ?: not extensible'],
    ["map.set('a', 1)", 'threw TypeError: Map instance is read-only'],
    ['Counted.total = 1', 'threw TypeError: set total: not writable'],
    ['JSON.stringify(open)', 'threw TypeError: read only value'],
    ['Array.prototype.extra = 1', 'threw TypeError: set extra: not extensible'],
    ['increment(), increment(), count', '2'],
    ['increment(), pre.count', '0'],
    ['open.a = 2, open.b = 3, JSON.stringify({ ...open })', '{"a":2,"b":3}'],
    ["pattern.exec('xabb')[1]", 'bb'],
    ['(function named() {}).name', 'undefined'],
  ])('%s gives %s', (expression, result) => {
    expect(attempt(expression)).toBe(result);
  });
});

describe.skipIf(!is32)('JSON.parse', () => {
  const keys = (text: string) =>
    Number(
      run(`const t = '{"known":1,"un' + 'known":2,"known2":[{"unk' + 'nown3":3,"known":4}]}'; const names = ['known', 'known2'];
      const rows = { known: 0, known2: 0 }; ${text} print(host.memory().keys);`).lines.at(-1),
    );

  it('keeps every name of a text for ever', () => {
    expect(keys('JSON.parse(t);')).toBe(2);
  });

  it('with a list of names drops other fields at every depth, and keeps no name', () => {
    expect(keys('JSON.parse(t, names);')).toBe(0);
    expect(run(`print(JSON.stringify(JSON.parse('{"a":1,"b":{"a":2,"c":3}}', ['a', 'b'])));`).lines).toEqual(['{"a":1,"b":{"a":2}}']);
  });
});

const device = `
function deep(n) { return n > 0 ? bridge('deep', n - 1) + 1 : 0; }
export default function () {
  onBridge(function (name, value) {
    if (name === 'add') return value + 1;
    if (name === 'deep') return deep(value);
    if (name === 'bytes') return bridge('bytes', value);
    if (name === 'throw') throw new RangeError('from the device');
    if (name === 'write') { try { bridge('write'); } catch (error) { return (error instanceof Error) + ' ' + error.message; } }
    if (name === 'cut') { try { bridge('cut'); } catch (error) { print('caught'); } finally { print('finally'); } }
    if (name === 'fill') { const list = []; for (;;) list.push({}); }
    if (name === 'keep') { globalThis.kept = 'x'.repeat(value); }
    if (name === 'later') { Promise.resolve(value).then((v) => bridge('late', v)); }
    if (name === 'loop') { for (let i = 0; i < value; i++); }
  });
}
`;

const worldStart = `
const late = [];
onBridge(function (name, value) {
  if (name === 'deep') return bridge('deep', value);
  if (name === 'bytes') return value.map((byte) => byte + 1);
  if (name === 'write') throw new TypeError('power cut');
  if (name === 'cut') { device.cut(); bridge('add', 1); }
  if (name === 'late') late.push(value);
});
function attempt(call) { try { return call(); } catch (error) { return 'threw ' + error; } }
`;

describe.skipIf(!is32)('two machines', () => {
  function world(text: string, ...options: string[]): Run {
    return run(device, ...options, '--world', file('world.js', worldStart + text));
  }

  it('call each other, also re-entrantly', () => {
    const { lines } = world("device.boot(); print(bridge('add', 1.5), bridge('add', 'é'), bridge('deep', 6));");
    expect(lines).toEqual(['2.5 é1 6']);
  });

  it('pass byte buffers as copies, and nothing else that is an object', () => {
    const { lines } = world(`device.boot(); const sent = Uint8Array.of(1, 255); const got = bridge('bytes', sent);
      print(got instanceof Uint8Array, got.join(), sent.join(), attempt(() => bridge('add', {})));`);
    expect(lines).toEqual(['true 2,0 1,255 threw Error: bridge: only text, numbers, booleans and byte buffers cross']);
  });

  it('pass exceptions as an Error with the same message', () => {
    expect(world("device.boot(); print(attempt(() => bridge('throw')), '/', bridge('write'));").lines).toEqual([
      'threw Error: from the device / true power cut',
    ]);
  });

  it('run the promise jobs of the device when the world has called it', () => {
    expect(world("device.boot(); bridge('later', 7); print(late.join());").lines).toEqual(['7']);
  });

  it('run no device code after a power cut, and can boot again', () => {
    const { lines } = world(`print(device.alive()); device.boot();
      print(attempt(() => bridge('cut')), device.alive(), attempt(() => bridge('add', 1)));
      device.boot(); print(bridge('add', 1)); device.cut(); print(device.alive());`);
    expect(lines).toEqual(['false', 'threw Error: the power was cut false threw Error: bridge: the device is off', '2', 'false']);
  });

  it('may lose power while booting', () => {
    const booting = "export default function () { bridge('cut'); print('up'); }";
    const { lines } = run(
      booting,
      '--world',
      file(
        'world.js',
        `let cuts = 2; onBridge(function () { if (cuts-- > 0) device.cut(); });
      for (let i = 0; i < 3; i++) try { device.boot(); } catch (error) { print(error.message, device.alive()); }`,
      ),
    );
    expect(lines).toEqual(['the power was cut false', 'the power was cut false', 'up']);
  });

  it('reboot 1,000 times without keeping anything', () => {
    const { lines } = world(`const size = () => { device.boot(); bridge('keep', 9000); return JSON.stringify(device.memory()); };
      const first = size(); for (let i = 0; i < 1000; i++) { size(); if (i % 2) attempt(() => bridge('cut')); }
      print(size() === first); host.gc(); print(host.memory().live < 400000);`);
    expect(lines).toEqual(['true', 'true']);
  });

  it('measure only the device', () => {
    const { lines } = world(`device.boot(); const before = device.meter(); for (let i = 0; i < 1000; i++) { }
      const idle = device.meter() - before; bridge('loop', 1000); print(idle, device.meter() - before > 5000); device.gc();
      const { live } = device.memory(); bridge('keep', 1000); device.gc(); print(device.memory().live - live > 1000);`);
    expect(lines).toEqual(['0 true', 'true']);
  });

  it('end with the status of the device abort, or throw it in the world', () => {
    const text = "device.boot(); print(attempt(() => bridge('fill')), device.alive()); device.boot(); print(bridge('add', 1));";
    expect(world(text)).toMatchObject({ status: 71, report: { reason: 'memory full' } });
    expect(world(text, '--catch-aborts')).toMatchObject({ status: 0, lines: ['threw Error: memory full false', '2'] });
  });
});

describe.skipIf(!is32)('stand-ins', () => {
  it('run timers in order, once or repeatedly, and let them be cleared', () => {
    const { lines } = run(`import Timer from 'timer'; import Time from 'time';
      const log = []; const start = Time.ticks;
      Timer.set(() => log.push('third'), 40); Timer.set(() => log.push('second'), 10);
      Timer.clear(Timer.set(() => log.push('never'), 5)); Promise.resolve().then(() => log.push('first'));
      let n = 0; host.gc();
      Timer.repeat((timer) => { if (++n === 3) { Timer.clear(timer); print(log.join(), n, Time.delta(start) >= 75); } }, 25);`);
    expect(lines).toEqual(['first,second,third 3 true']);
  });

  it('keep values in files, within the limits of NVS', () => {
    const { lines } = run(
      `import keyValue from 'embedded:storage/key-value';
      const store = keyValue.open({ path: 'c', format: 'string' }); store.write('a.1', 'é'); print(store.read('a.1'), store.read('b'), [...store].join());
      store.delete('a.1'); print([...store].length);
      for (const [key, value] of [['0123456789abcdef', 'x'], ['k', 'x'.repeat(1985)]]) try { store.write(key, value); } catch (error) { print(error.message); }`,
      '--kv',
      join(folder, 'kv'),
    );
    expect(lines).toEqual(['é undefined a.1', '0', 'key-value: invalid key', 'key-value: cannot write']);
  });

  it('write flash by clearing bits and erase it by blocks', () => {
    const { lines } = run(
      `import flash from 'embedded:storage/flash'; const part = flash.open({ path: 'ring' });
      part.write(Uint8Array.of(0xF0), 4100); part.write(Uint8Array.of(0x3C), 4100); const before = new Uint8Array(part.read(2, 4100)).join();
      part.eraseBlock(1); print(before, new Uint8Array(part.read(1, 4100)).join(), part.status().blocks);
      try { part.read(2, 8191); } catch (error) { print(error.message); }`,
      '--flash',
      'ring=8192',
    );
    expect(lines).toEqual(['48,255 255 2', 'flash: out of range']);
  });
});

describe.skipIf(!is32)('TCP', () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => (data.includes('bye') ? socket.end() : socket.write(data)));
  });
  beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)));
  afterAll(() => void server.close());

  it('connects, echoes, refuses what does not fit, and reports the end as an error', async () => {
    const { port } = server.address() as { port: number };
    const main = file(
      'tcp.js',
      `import TCP from 'embedded:io/socket/tcp';
      let got = 0;
      const open = (port, target, onError) => new TCP({ address: '127.0.0.1', port, target, onError,
        onWritable(room) {
          if (this.started) return;
          this.started = true;
          try { this.write(new Uint8Array(room + 1)); } catch (error) { print(room, error.message, this.target); }
          print(this.write(new Uint8Array(8000)));
        },
        onReadable(count) {
          try { this.read(count + 1); } catch (error) { if (!got) print(error.message); }
          got += this.read(count).byteLength;
          if (got === 8000) this.write(ArrayBuffer.fromString('bye'));
        },
      });
      open(${port}, 'target', function () { print('ended', got); this.close(); open(1, '', () => print('refused')); });`,
    );
    const [program, ...before] = host.command;
    const child = spawn(program!, [...before, ...rom, main]);
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    const status = await new Promise((done) => child.on('close', done));
    expect(output.trim().split('\n')).toEqual(['8192 would block target', '192', 'invalid', 'ended 8000', 'refused']);
    expect(status).toBe(0);
  });
});
