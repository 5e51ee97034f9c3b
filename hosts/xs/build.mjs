/**
 * Builds xs-host into build/xs, once for each state of its sources, the engine's package and the compiler.
 *
 *   node hosts/xs/build.mjs [32|64] [--debug]     npm run build:xs
 *
 * Prints how to run it. Without a compiler for 32 bits, or without a way to run such programs, it builds for 64 bits and says so:
 * behaviour and meter are then the same, but slots, pointers and so all memory figures are twice as large.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const xsnap = join(root, 'node_modules/@agoric/xsnap');

/** Builds for 32 bits if this machine can, else for 64. `command` runs it; `note` says why it is not 32 bits, or what it needs. */
export function buildXs({ bits = 32, debug = false } = {}) {
  if (bits === 64) return { ...buildFor(64, debug), note: '' };
  if (!compilesFor32())
    return { ...buildFor(64, debug), note: 'gcc -m32 does not work here (apt: gcc-multilib), so 64 bits: memory figures are doubled' };
  const built = buildFor(32, debug);
  for (const emulator of [[], ['qemu-i386'], ['qemu-i386-static']]) {
    const command = [...emulator, ...built.command];
    if (spawnSync(command[0], command.slice(1)).status === 64)
      return { ...built, command, note: emulator.length ? `run with ${emulator[0]}` : '' };
  }
  return { ...buildFor(64, debug), note: 'this kernel runs no 32-bit programs (apt: qemu-user), so 64 bits: memory figures are doubled' };
}

function buildFor(bits, debug) {
  const kind = `${bits}${debug ? '-debug' : ''}`;
  const engine = join(root, 'build/xs', `engine-${kind}-${fingerprint(/^(makefile|xs-host-platform\.h)$/)}`);
  const out = join(root, 'build/xs', `${kind}-${fingerprint(/\.(c|h|js)$|^makefile$/)}`);
  const path = join(out, 'xs-host');
  if (!existsSync(path)) {
    if (!existsSync(engine)) make(engine, (directory) => ['engine', `BITS=${bits}`, `DEBUG=${debug ? 1 : 0}`, `ENGINE=${directory}`]);
    make(out, (directory) => [`BITS=${bits}`, `DEBUG=${debug ? 1 : 0}`, `ENGINE=${engine}`, `OUT=${directory}`]);
  }
  return { bits, path, command: [path] };
}

/** In a directory of its own first: others may be building the same. */
function make(directory, argumentsFor) {
  const temporary = `${directory}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  const { status, stderr, error } = spawnSync(
    'make',
    ['-s', '-j2', '-C', here, `XS=${join(xsnap, 'moddable')}`, ...argumentsFor(temporary)],
    {
      encoding: 'utf8',
    },
  );
  if (error) throw new Error(`xs-host does not build: make cannot be run (${error.message})`);
  if (status === 0 && !existsSync(directory)) renameSync(temporary, directory);
  rmSync(temporary, { recursive: true, force: true });
  if (status !== 0) throw new Error(`xs-host does not build: ${stderr}`);
}

function compilesFor32() {
  const source = join(tmpdir(), `xs-host-${process.pid}.c`);
  writeFileSync(source, '#include <sys/socket.h>\nint main(void) { return 0; }\n');
  const { status } = spawnSync('gcc', ['-m32', '-o', `${source}.out`, source]);
  rmSync(source, { force: true });
  rmSync(`${source}.out`, { force: true });
  return status === 0;
}

/** Of those sources of ours whose name matches, of the engine and of the compiler. */
function fingerprint(names) {
  const hash = createHash('sha256');
  const files = readdirSync(here, { recursive: true }).filter((name) => names.test(name));
  for (const name of files.sort()) hash.update(name).update(readFileSync(join(here, name)));
  hash.update(JSON.parse(readFileSync(join(xsnap, 'package.json'), 'utf8')).version);
  hash.update(spawnSync('gcc', ['-v'], { encoding: 'utf8' }).stderr ?? '');
  return hash.digest('hex').slice(0, 12);
}

function main() {
  const started = Date.now();
  const built = buildXs({ bits: process.argv.includes('64') ? 64 : 32, debug: process.argv.includes('--debug') });
  console.log(`${built.command.join(' ')}\n${built.bits} bits, ${Date.now() - started} ms${built.note ? `; ${built.note}` : ''}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
