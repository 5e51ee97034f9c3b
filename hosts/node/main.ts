/** The program: reads the command line, puts the parts together, and ends cleanly. */

import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LogLevel } from '../../src/index.ts';
import { type Arguments, readArguments, UsageError, usage } from './arguments.ts';
import { Clock } from './clock.ts';
import { Control } from './control.ts';
import type { Csms } from './csms.ts';
import { Keyboard } from './keyboard.ts';
import { brief, maskedUrls } from './trace.ts';
import { Wallbox } from './wallbox.ts';

const levels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

type Fields = Readonly<Record<string, unknown>>;

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
  const emit = given.control ? (event: string, fields: Fields) => writeLine({ event, ts: clock.iso(), ...fields }) : eventLogger(log);
  const wallbox = openWallbox(given, url, clock, log, emit);
  const end = () => void shutDown(wallbox, csms);
  if (given.control) emit('ready', { csms: url, virtual: given.isVirtual });
  const keyboard = !given.control && process.stdin.isTTY ? openKeyboard(wallbox, csms, end) : undefined;
  if (given.control) openControl(wallbox, given, end);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      keyboard?.close();
      end();
    });
  }
  if (!given.control) log('info', `wallbox ${given.id}, central system ${url}, state in ${given.state}`);
  wallbox.powerOn();
}

function openWallbox(given: Arguments, csms: string, clock: Clock, log: Log, emit: (event: string, fields: Fields) => void): Wallbox {
  const trace = tracer(given, clock, emit);
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

type Log = (level: LogLevel, text: string) => void;

function logger(given: Arguments, clock: Clock): Log {
  const most = levels.indexOf(given.log);
  return (level, text) => {
    if (levels.indexOf(level) <= most) process.stderr.write(`${clock.iso().slice(11, 23)} ${level.padEnd(5)} ${maskedUrls(text)}\n`);
  };
}

/** Without control channel: what people want to see. */
function eventLogger(log: Log): (event: string, fields: Fields) => void {
  return (event, fields) => log(event === 'callback' ? 'debug' : 'info', `${event} ${brief(fields)}`);
}

function tracer(given: Arguments, clock: Clock, emit: (event: string, fields: Fields) => void) {
  const path = given.trace;
  if (path === undefined) return undefined;
  if (path === '-') return (dir: 'in' | 'out', text: string) => emit('frame', { dir, text });
  try {
    appendFileSync(path, '');
  } catch (error) {
    throw new UsageError(`--trace: ${path} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  return (dir: 'in' | 'out', text: string) => appendFileSync(path, `${JSON.stringify({ ts: clock.iso(), dir, text })}\n`);
}

function writeLine(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

function openControl(wallbox: Wallbox, given: Arguments, onEnd: () => void): void {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const control = new Control({ wallbox, isTest: given.test, write, onEnd });
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => control.line(line));
  lines.on('close', () => control.end());
}

function openKeyboard(wallbox: Wallbox, csms: Csms | undefined, end: () => void): Keyboard {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const onQuit = () => {
    keyboard.close();
    end();
  };
  const keyboard: Keyboard = new Keyboard({ wallbox, csms, print, onQuit });
  keyboard.open();
  return keyboard;
}

let isEnding = false;

async function shutDown(wallbox: Wallbox, csms: Csms | undefined): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await wallbox.close();
  await csms?.close();
  // What was written to a pipe must arrive before the process ends.
  process.stdout.write('', () => process.exit(0));
}

/** Nobody reads any more: that is an end, too. */
process.stdout.on('error', () => process.exit(0));

main().catch((error: unknown) => {
  const text = error instanceof UsageError ? error.message : `${(error as Error)?.stack ?? error}`;
  process.stderr.write(`ocpp-xs: ${text}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
});
