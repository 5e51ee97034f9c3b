/** The program: reads the command line, puts the parts together, and ends cleanly. */

import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LogLevel } from '../../src/index.ts';
import { type Arguments, readArguments, UsageError, usage } from './arguments.ts';
import { Clock } from './clock.ts';
import { Control } from './control.ts';
import type { Csms } from './csms.ts';
import { Keyboard } from './keyboard.ts';
import { Narrator } from './narrator.ts';
import { Screen } from './screen.ts';
import { maskedUrls } from './trace.ts';
import { Wallbox } from './wallbox.ts';

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

type Fields = Readonly<Record<string, unknown>>;
type Log = (level: LogLevel, text: string) => void;
type Emit = (event: string, fields: Fields) => void;
type Trace = (direction: 'in' | 'out', text: string) => void;

/** Streams whose reader is gone: nothing is written to them any more. */
const deaf = new Set<NodeJS.WriteStream>();

const screen = new Screen((text) => write(process.stderr, text));

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2), process.env);
  if (given === 'help') {
    process.stdout.write(usage);
    return;
  }
  // Keys, passwords and idTags: whatever is written is for the user alone.
  process.umask(0o077);
  const clock = new Clock(given.isVirtual);
  const log = logger(given, clock);
  const csms = given.csms === undefined ? await embeddedCsms(clock, log) : undefined;
  const url = given.csms ?? csms?.url ?? '';
  // Whoever drives the program finds it alive, whatever goes wrong inside.
  process.on('uncaughtException', (error) => log('error', `internal: ${error.stack}`));
  const narrator = new Narrator({ log, isUnregistered: () => isUnregistered(wallbox) });
  const emit: Emit = given.control
    ? (event, fields) => writeLine({ event, ts: clock.iso(), ...fields })
    : (event, fields) => narrator.event(event, fields);
  const isForeign = !given.control && csms === undefined;
  const traces = [tracer(given, clock, emit), isForeign ? narrator.frame.bind(narrator) : undefined];
  const wallbox = openWallbox(given, url, clock, log, emit, traces);
  const end = () => void shutDown(wallbox, csms, given.control ? undefined : log);
  if (given.control) emit('ready', { csms: url, virtual: given.isVirtual });
  const keyboard = !given.control && process.stdin.isTTY ? openKeyboard(wallbox, csms, end) : undefined;
  if (given.control) openControl(wallbox, given, end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      keyboard?.close();
      end();
    });
  }
  // Nobody reads replies and events any more: that is an end, too.
  onDeaf(process.stdout, given.control ? end : undefined);
  if (!given.control) log('info', `wallbox ${given.id}, central system ${url}, state in ${given.state}`);
  try {
    wallbox.powerOn();
  } catch (error) {
    // What the station cannot start with, the user has given.
    if (error instanceof TypeError && error.message.startsWith('The station cannot start')) throw new UsageError(error.message);
    throw error;
  }
}

function openWallbox(given: Arguments, csms: string, clock: Clock, log: Log, emit: Emit, traces: readonly (Trace | undefined)[]): Wallbox {
  const trace: Trace = (direction, text) => {
    for (const each of traces) each?.(direction, text);
  };
  try {
    return new Wallbox({ ...given, csms, allowsFiles: given.test || given.csms === undefined, clock, log, emit, trace });
  } catch (error) {
    throw new UsageError(`--state: ${(error as Error).message}`);
  }
}

/** Loaded only when it is needed: its package takes longer to start than the wallbox. */
async function embeddedCsms(clock: Clock, log: Log): Promise<Csms> {
  const { Csms } = await import('./csms.ts');
  const csms = new Csms({ now: () => clock.unix(), log: (text) => log('info', `csms: ${text}`) });
  await csms.listen();
  return csms;
}

/** Cards are decided without a central system that would know them. */
function isUnregistered({ station }: Wallbox): boolean {
  if (station === undefined || station.session.registration === 'Accepted') return false;
  return station.session.registration !== undefined || !station.connection.wasAccepted();
}

function logger(given: Arguments, clock: Clock): Log {
  const most = levels.indexOf(given.log);
  return (level, text) => {
    if (levels.indexOf(level) > most) return;
    const line = `${clock.iso().slice(11, 23)} ${level.padEnd(5)} ${maskedUrls(text)}\n`;
    screen.above(() => write(process.stderr, line));
  };
}

function tracer(given: Arguments, clock: Clock, emit: Emit): Trace | undefined {
  const path = given.trace;
  if (path === undefined) return undefined;
  if (path === '-') return (dir, text) => emit('frame', { dir, text });
  try {
    appendFileSync(path, '');
  } catch (error) {
    throw new UsageError(`--trace: ${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return (dir, text) => appendFileSync(path, `${JSON.stringify({ ts: clock.iso(), dir, text })}\n`);
}

function write(stream: NodeJS.WriteStream, text: string): void {
  if (!deaf.has(stream)) stream.write(text);
}

/** A stream whose reader is gone fails with every write, which must neither be logged to it again nor end the program. */
function onDeaf(stream: NodeJS.WriteStream, then?: () => void): void {
  stream.on('error', () => {
    deaf.add(stream);
    then?.();
  });
}

function writeLine(object: object): void {
  write(process.stdout, `${JSON.stringify(object)}\n`);
}

function openControl(wallbox: Wallbox, given: Arguments, onEnd: () => void): void {
  const control = new Control({ wallbox, isTest: given.test, write: (line) => write(process.stdout, `${line}\n`), onEnd });
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => control.line(line));
  lines.on('close', () => control.end());
}

function openKeyboard(wallbox: Wallbox, csms: Csms | undefined, end: () => void): Keyboard {
  const print = (text: string) => screen.above(() => write(process.stdout, `${text}\n`));
  const onQuit = () => {
    keyboard.close();
    end();
  };
  const keyboard: Keyboard = new Keyboard({ wallbox, csms, screen, print, onQuit });
  keyboard.open();
  return keyboard;
}

let isEnding = false;

/** `log`: where people read what becomes of a transaction that runs. */
async function shutDown(wallbox: Wallbox, csms: Csms | undefined, log: Log | undefined): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  const exit = () => process.exit(0);
  try {
    if (log) for (const line of wallbox.unfinished()) log('info', line);
    await wallbox.close();
    await csms?.close();
  } finally {
    // What was written to a pipe must arrive before the process ends.
    if (deaf.has(process.stdout)) exit();
    else process.stdout.write('', exit);
  }
}

onDeaf(process.stderr);

main().catch((error: unknown) => {
  const text = error instanceof UsageError ? error.message : `${(error as Error)?.stack ?? error}`;
  process.stderr.write(`ocpp-xs: ${text}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
