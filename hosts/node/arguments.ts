/** The command line. */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { LogLevel } from '../../src/index.ts';
import { callbackNames } from './callbacks.ts';
import { type Config, readConfig, usualConfig } from './config.ts';
import type { TlsFiles } from './socket.ts';
import { maskedUrls } from './trace.ts';

export interface Arguments {
  /** Undefined: the embedded one. */
  readonly csms: string | undefined;
  readonly id: string;
  readonly state: string;
  readonly config: Config;
  readonly password: string | undefined;
  readonly tls: TlsFiles;
  readonly control: boolean;
  readonly isVirtual: boolean;
  readonly test: boolean;
  /** A file, or `-` for `frame` events. */
  readonly trace: string | undefined;
  readonly log: LogLevel;
}

/** A mistake on the command line, for one line on standard error and exit status 2. */
export class UsageError extends Error {}

export const usage = `ocpp-xs: an OCPP 1.6 wallbox on your desktop

  --csms URL            central system, without the charge point's id (ws:// or wss://); default: an embedded one
  --id ID               charge point id (default WALLBOX-1)
  --connectors N        1 to 16 (default 2)
  --state DIR           what survives a power cut (default: a folder of the user's state directory, by id;
                        one of its own without --csms)
  --config FILE         JSON: the board, and the configuration keys of a factory-fresh station
  --password TEXT       AuthorizationKey of a factory-fresh station
  --tls-ca FILE         root certificates (PEM); --tls-cert and --tls-key: client certificate and key
  --control             commands on standard input, replies and events on standard output, log on standard error
  --clock real|virtual  virtual: time stands still but for the clock command
  --test                allows the commands that are for tests only
  --trace FILE          every frame as a JSON line, secrets masked; - makes them frame events
  --log LEVEL           error, warn, info (default) or debug
`;

const withValue = [
  'csms',
  'id',
  'connectors',
  'state',
  'config',
  'password',
  'tls-ca',
  'tls-cert',
  'tls-key',
  'clock',
  'trace',
  'log',
] as const;
const flags = ['control', 'test', 'help'] as const;
type Values = Partial<Record<(typeof withValue)[number], string>> & { readonly set: ReadonlySet<string> };

/** Throws a UsageError. `help`: the caller asked for nothing but the usage. */
export function readArguments(list: readonly string[], environment: NodeJS.ProcessEnv): Arguments | 'help' {
  const values = split(list);
  if (values.set.has('help')) return 'help';
  const id = values.id ?? 'WALLBOX-1';
  if (id === '' || [...id].length > 255) throw new UsageError('--id: 1 to 255 characters');
  const connectors = wholeNumber(values.connectors ?? '2');
  const config = values.config === undefined ? usualConfig(connectors) : configOf(values.config, connectors);
  if (values.password === '' || Buffer.byteLength(values.password ?? '') > 40) throw new UsageError('--password: 1 to 40 bytes');
  if ((values['tls-cert'] === undefined) !== (values['tls-key'] === undefined))
    throw new UsageError('--tls-cert and --tls-key belong together');
  const tls = { ca: fileOf('tls-ca', values), cert: fileOf('tls-cert', values), key: fileOf('tls-key', values) };
  return {
    csms: values.csms === undefined ? undefined : addressOf(values.csms),
    id,
    state: values.state ?? defaultState(id, values.csms === undefined, environment),
    config,
    password: values.password,
    tls,
    control: values.set.has('control'),
    isVirtual: oneOf('clock', values.clock ?? 'real', ['real', 'virtual']) === 'virtual',
    test: values.set.has('test'),
    trace: values.trace,
    log: oneOf('log', values.log ?? 'info', ['error', 'warn', 'info', 'debug']),
  };
}

/** `--name value` and `--name=value`. */
function split(list: readonly string[]): Values {
  const values: Partial<Record<string, string>> = {};
  const set = new Set<string>();
  for (let index = 0; index < list.length; index++) {
    const text = list[index] as string;
    const [, name = '', , given] = /^--([a-z-]+)(=(.*))?$/s.exec(text) ?? [];
    const isFlag = (flags as readonly string[]).includes(name);
    if (!isFlag && !(withValue as readonly string[]).includes(name)) throw new UsageError(`unknown option ${text}; --help lists them`);
    if (set.has(name)) throw new UsageError(`--${name} is given twice`);
    set.add(name);
    if (isFlag && given !== undefined) throw new UsageError(`--${name} takes no value`);
    if (isFlag) continue;
    const value = given ?? list[++index];
    if (value === undefined || value === '' || (given === undefined && value.startsWith('--')))
      throw new UsageError(`--${name} needs a value`);
    values[name] = value;
  }
  return { ...values, set };
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 16) throw new UsageError(`--connectors: ${text} is not a number from 1 to 16`);
  return number;
}

function oneOf<T extends string>(name: string, value: string, values: readonly T[]): T {
  if (!values.includes(value as T)) throw new UsageError(`--${name}: ${value} is not one of ${values.join(', ')}`);
  return value as T;
}

function addressOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError(`--csms: ${maskedUrls(text)} is not a URL`);
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new UsageError(`--csms: ${maskedUrls(text)} does not begin with ws:// or wss://`);
  if (url.port === '0' || url.hostname === '') throw new UsageError(`--csms: ${maskedUrls(text)} is no address to connect to`);
  if (url.username !== '' || url.password !== '') throw new UsageError('--csms: give the password with --password, not in the URL');
  if (url.hash !== '' || url.search !== '') throw new UsageError(`--csms: ${maskedUrls(text)} goes on behind its path`);
  return text;
}

function fileOf(name: 'tls-ca' | 'tls-cert' | 'tls-key', values: Values): string | undefined {
  const path = values[name];
  return path === undefined ? undefined : textOf(name, path);
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--${name}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function configOf(path: string, connectors: number): Config {
  const text = textOf('config', path);
  try {
    return readConfig(text, connectors, callbackNames);
  } catch (error) {
    throw new UsageError(`--config: ${path}: ${(error as Error).message}`);
  }
}

/**
 * A folder of the user's state directory, by platform. That of the embedded central system's trials is another one: what was not told to it
 * is nothing for the next central system. An id such as `..` must not lead out of it.
 */
function defaultState(id: string, isTrial: boolean, environment: NodeJS.ProcessEnv): string {
  const folder = encodeURIComponent(id)
    .replace(/^\.+/, (dots) => '%2E'.repeat(dots.length))
    .replace(/\*/g, '%2A')
    .slice(0, 200);
  return join(stateHome(environment), isTrial ? 'ocpp-xs-trial' : 'ocpp-xs', folder);
}

function stateHome(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support');
  return environment['XDG_STATE_HOME'] || join(homedir(), '.local', 'state');
}
