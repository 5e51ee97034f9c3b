/** The control channel: commands as JSON lines in, replies and events as JSON lines out. It touches the board's side only. */

import type { ChargePoint } from '../../src/index.ts';
import { PowerCut } from '../write-gate.ts';
import { callbackNames } from './callbacks.ts';
import { mostSeconds } from './clock.ts';
import type { LockOutcome } from './connector.ts';
import type { Shown } from './meter.ts';
import { NotAvailable, query } from './query.ts';
import { type TransferOutcome, transferKinds, transferOutcomes } from './transfers.ts';
import type { Wallbox } from './wallbox.ts';

type FirmwareStatus = Parameters<ChargePoint['onFirmwareUpdateStatusNotification']>[1];
type LogStatus = Parameters<ChargePoint['onLogStatusNotification']>[1];

/** Raw statuses and outcomes are checked against these. */
const lockOutcomes = ['Unlocked', 'UnlockFailed', 'NotSupported', 'Timeout'] as const;
const bootReasons = [
  'ApplicationReset',
  'FirmwareUpdate',
  'LocalReset',
  'PowerUp',
  'RemoteReset',
  'ScheduledReset',
  'Triggered',
  'Unknown',
  'Watchdog',
] as const;
const dataTransferStatuses = ['Accepted', 'Rejected', 'UnknownMessageId', 'UnknownVendorId'] as const;
const defaultWait = 200;
const longestWait = 600_000;
/** Characters of a line, and brackets within each other: beyond them it is no command. */
const longestLine = 1_000_000;
const deepest = 32;
/** Wh that a simulated meter may count in a second. */
const mostWattHours = 1_000_000;
/** A that a simulated EV may want at most. */
const mostAmperes = 1000;

type Command = (box: Wallbox, args: Arguments) => unknown;

/** Commands by name. A promise holds up the commands behind it, unless the command is among `unhurried`. */
const commands: Readonly<Record<string, Command>> = {
  connect: (box) => live(box).connect(),
  disconnect: (box) => live(box).disconnect(),
  stop: (box) => live(box).stop(),
  start: (box, args) => live(box).start(args.oneOf('reason', bootReasons)),
  restart: (box, args) => live(box).restart(args.oneOf('reason', bootReasons)),
  net,
  power,
  storage,
  wipe: (box) => box.wipe(),
  clock,
  plug: (box, args) => box.board.plug(connector(box, args), args.number('draw', 0, mostAmperes), args.boolean('ready')),
  unplug: (box, args) => box.board.unplug(connector(box, args)),
  tag,
  ev: (box, args) => box.board.setReadiness(connector(box, args), 'ev', args.needBoolean('ready'), args.number('draw', 0, mostAmperes)),
  evse: (box, args) => box.board.setReadiness(connector(box, args), 'evse', args.needBoolean('ready'), args.number('draw', 0, mostAmperes)),
  meter,
  fault,
  fault_clear: faultClear,
  availability: (box, args) =>
    live(box).onChangeAvailability(args.has('connector') ? connectorOrStation(box, args) : 0, args.needBoolean('operative')),
  enabled: (box, args) => live(box).onEnabled(connectorOrStation(box, args)),
  disabled: (box, args) => live(box).onDisabled(connectorOrStation(box, args)),
  unlock_outcome: (box, args) => {
    connector(box, args).nextUnlock = args.needOneOf('outcome', lockOutcomes) as LockOutcome;
  },
  lock_outcome: (box, args) => {
    box.board.setLockOutcome(connector(box, args), args.needBoolean('ok'));
  },
  transfer_outcome: transferOutcome,
  firmware_status: (box, args) =>
    live(box).onFirmwareUpdateStatusNotification(args.integer('requestId') ?? -1, args.needText('status') as FirmwareStatus),
  log_status: (box, args) => live(box).onLogStatusNotification(args.integer('requestId') ?? -1, args.needText('status') as LogStatus),
  data_transfer: dataTransfer,
  data_transfer_reply: dataTransferReply,
  security_event: (box, args) => live(box).onSecurityEvent(args.needText('type'), args.text('techInfo'), args.boolean('critical')),
  certs: later,
  iso,
  config_get: (box, args) => live(box).getConfigurationKey(args.texts('keys')),
  config_set: (box, args) => live(box).setConfigurationKey(args.needText('key'), args.needText('value')),
  reset_outcome: (box, args) => {
    box.firmware.isResetPossible = args.needBoolean('allowed');
  },
  callback,
  response_override: (box, args) => {
    args.demandTest();
    box.responses.set(args.needText('action'), args.needText('status'), args.boolean('always') ?? false);
  },
  query: (box, args) => query(box, live(box), args.needText('what'), args.all),
};

const unhurried: readonly string[] = ['data_transfer', 'iso'];

export interface ControlOptions {
  readonly wallbox: Wallbox;
  /** The commands marked test are allowed. */
  readonly isTest: boolean;
  readonly write: (line: string) => void;
  /** `shutdown`, or the end of input. Called once. */
  readonly onEnd: () => void;
}

export class Control {
  private readonly options: ControlOptions;
  private queue: Promise<void> = Promise.resolve();
  private hasEnded = false;

  constructor(options: ControlOptions) {
    this.options = options;
  }

  /** One line of input. Lines are carried out one after the other. */
  line(text: string): void {
    if (text.trim() === '') return;
    this.queue = this.queue.then(() => this.carryOut(text)).catch(() => {});
  }

  /** The end of input: what was asked is carried out first. */
  end(): void {
    this.queue = this.queue.then(() => this.finish());
  }

  private finish(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.options.onEnd();
  }

  private async carryOut(text: string): Promise<void> {
    if (this.hasEnded) return;
    const mistake = text.length > longestLine ? 'the line is too long' : isTooDeep(text) ? 'nested too deeply' : undefined;
    const command = mistake === undefined ? parsed(text) : undefined;
    const id = command?.['id'];
    if (command === undefined) return this.reply(id, false, mistake ?? 'not a JSON object');
    const name = command['cmd'];
    if (name === 'shutdown') {
      this.reply(id, true, undefined);
      return this.finish();
    }
    const action = typeof name === 'string' && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (action === undefined) return this.reply(id, false, `unknown command ${JSON.stringify(name ?? null)}`);
    const done = this.run(action, id, command);
    if (!unhurried.includes(name as string)) await done;
  }

  private async run(action: Command, id: unknown, command: Record<string, unknown>): Promise<void> {
    try {
      this.reply(id, true, await action(this.options.wallbox, new Arguments(command, this.options.isTest)));
    } catch (error) {
      // The power was cut in the middle of what was asked: an event has told that.
      if (error instanceof PowerCut) this.reply(id, true, undefined);
      else this.reply(id, false, error instanceof Error ? error.message : String(error));
    }
  }

  private reply(id: unknown, ok: boolean, result: unknown): void {
    const rest = ok ? (result === undefined ? {} : { data: result }) : { error: result };
    this.options.write(JSON.stringify({ id: id ?? null, ok, ...rest }));
  }
}

/** Brackets and braces within each other, those in texts aside: deeper than any command needs, and what is parsed must be written again. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index];
    if (letter === '\\' && isText) index++;
    else if (letter === '"') isText = !isText;
    else if (isText) continue;
    else if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') depth--;
    if (depth > deepest) return true;
  }
  return false;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The station, which is there while the power is on. */
function live(box: Wallbox): ChargePoint {
  if (box.station === undefined) throw new Error('the power is off');
  return box.station;
}

function connector(box: Wallbox, args: Arguments) {
  return box.board.connector(args.needWhole('connector'));
}

function connectorOrStation(box: Wallbox, args: Arguments): number {
  return knownConnector(box, args.needWhole('connector'));
}

function knownConnector(box: Wallbox, id: number): number {
  return id === 0 ? 0 : box.board.connector(id).id;
}

function later(): never {
  throw new NotAvailable();
}

function tag(box: Wallbox, args: Arguments): void {
  live(box);
  const served = args.numbers('connectors')?.map((id) => knownConnector(box, id));
  box.board.present(args.needText('idTag'), served);
}

function net(box: Wallbox, args: Arguments): void {
  const up = args.boolean('up');
  const blackhole = args.boolean('blackhole');
  const pongs = args.boolean('pongs');
  if (up === undefined && blackhole === undefined && pongs === undefined) throw new Error('up, blackhole or pongs is wanted');
  if (pongs !== undefined) box.network.isMute = !pongs;
  if (blackhole !== undefined) box.network.setBlackhole(blackhole);
  if (up !== undefined) box.network.setDown(!up);
}

async function power(box: Wallbox, args: Arguments): Promise<unknown> {
  const action = args.needOneOf('action', ['cut', 'on'] as const);
  const unplugged = (args.numbers('unplug') ?? []).map((id) => box.board.connector(id));
  const resumed = (args.numbers('resume') ?? []).map((id) => box.board.connector(id).id);
  const reason = args.oneOf('reason', bootReasons);
  if (action === 'cut') {
    if (box.station && (args.boolean('ups') ?? box.board.config.ups)) await box.powerOffSlowly();
    box.powerOff();
  }
  for (const found of unplugged) box.board.unplug(found);
  if (action === 'on') box.powerOn(reason, resumed);
  return undefined;
}

function storage(box: Wallbox, args: Arguments): void {
  args.demandTest();
  const { gate } = box.stores;
  const full = args.boolean('full');
  const failWrites = args.whole('failWrites');
  const cutAtWrite = args.whole('cutAtWrite');
  if (full === undefined && failWrites === undefined && cutAtWrite === undefined)
    throw new Error('full, failWrites or cutAtWrite is wanted');
  if (full !== undefined) gate.full = full;
  if (failWrites !== undefined) gate.failWrites = failWrites;
  if (cutAtWrite !== undefined) gate.cutAtWrite = cutAtWrite;
}

async function clock(box: Wallbox, args: Arguments): Promise<unknown> {
  if (!box.clock.isVirtual) throw new Error('time is real; --clock virtual makes it stand still');
  const set = args.text('set');
  const seconds = args.number('advance', 0, mostSeconds);
  const wait = args.number('wait', 0, longestWait) ?? defaultWait;
  if (set === undefined && seconds === undefined) throw new Error('advance or set is wanted');
  if (set !== undefined) {
    const unix = Date.parse(set);
    if (Number.isNaN(unix)) throw new Error('set: an ISO 8601 time is wanted');
    box.clock.set(unix);
    box.transfers?.onClockSet();
  }
  if (seconds !== undefined) await box.clock.advance(seconds * 1000, () => box.quiet(wait));
  box.emit('clock', { now: box.clock.iso() });
  return { now: box.clock.iso() };
}

function meter(box: Wallbox, args: Arguments): void {
  const id = connectorOrStation(box, args);
  const values = args.object('values') ?? {};
  for (const [name, value] of Object.entries(values)) if (!isShown(value)) throw new Error(`values.${name}: a number, or numbers by phase`);
  const signed = args.object('signed');
  if (signed) {
    if (id === 0) throw new Error('signed: the main meter signs nothing');
    const parts = new Arguments(signed, false);
    box.board.connector(id).meter.setSigned(parts.needText('data'), parts.needText('encoding'), parts.text('key') ?? '');
  }
  box.board.setMeter(id, values as Record<string, Shown | null>, args.number('rate', -mostWattHours, mostWattHours));
}

function isShown(value: unknown): boolean {
  if (value === null || Number.isFinite(value)) return true;
  return typeof value === 'object' && !Array.isArray(value) && Object.values(value as object).every(Number.isFinite);
}

function fault(box: Wallbox, args: Arguments): void {
  const info = args.text('info');
  const vendorId = args.text('vendorId');
  const vendorErrorCode = args.text('vendorErrorCode');
  live(box);
  box.board.setError(connectorOrStation(box, args), {
    id: args.needText('error'),
    errorCode: args.needText('errorCode'),
    faulted: args.needBoolean('faulted'),
    ...(info === undefined ? {} : { info }),
    ...(vendorId === undefined ? {} : { vendorId }),
    ...(vendorErrorCode === undefined ? {} : { vendorErrorCode }),
  });
}

/** One error, or all of them. */
function faultClear(box: Wallbox, args: Arguments): void {
  live(box);
  const id = connectorOrStation(box, args);
  const name = args.text('error');
  if (name !== undefined && !box.board.errorsOf(id).has(name)) throw new Error(`error: ${name} is not known`);
  box.board.clearErrors(id, name);
}

function dataTransfer(box: Wallbox, args: Arguments): Promise<unknown> {
  const station = live(box);
  const vendorId = args.needText('vendorId');
  const messageId = args.text('messageId');
  const data = args.text('data');
  return new Promise((resolve, reject) => {
    station.dataTransfer(vendorId, messageId, data, (answer) => {
      if (answer === undefined) reject(new Error('no answer: offline, refused or timed out'));
      else resolve(answer);
    });
  });
}

function dataTransferReply(box: Wallbox, args: Arguments): void {
  const data = args.text('data');
  const status = args.needOneOf('status', dataTransferStatuses);
  box.firmware.setReply(args.needText('vendorId'), args.text('messageId'), { status, ...(data === undefined ? {} : { data }) });
}

/** What an ISO 15118 stack would ask. */
function iso(box: Wallbox, args: Arguments): Promise<unknown> {
  const station = live(box);
  const { id } = connector(box, args);
  if (args.needOneOf('action', ['authorize', 'ev_certificate'] as const) === 'ev_certificate') {
    const action = args.oneOf('certificateAction', ['Install', 'Update'] as const) ?? 'Install';
    return box.firmware.evCertificate(station, id, args.needText('exiRequest'), args.needText('schemaVersion'), action);
  }
  const hashData = args.all['hashData'];
  if (hashData !== undefined && !Array.isArray(hashData)) throw new Error('hashData: a list is wanted');
  return new Promise((resolve) => station.dataTransferPncAuthorize(args.needText('emaid'), args.text('certificate'), hashData, resolve));
}

function transferOutcome(box: Wallbox, args: Arguments): void {
  const outcomes = args.texts('outcomes') ?? [];
  const unknown = outcomes.find((outcome) => !transferOutcomes.includes(outcome as TransferOutcome));
  if (unknown !== undefined) throw new Error(`outcomes: ${unknown} is not one of ${transferOutcomes.join(', ')}`);
  box.outcomes.set(args.needOneOf('kind', transferKinds), outcomes as TransferOutcome[], args.number('delay', 0, mostSeconds) ?? 0);
}

function callback(box: Wallbox, args: Arguments): void {
  const name = args.needOneOf('name', callbackNames);
  const delay = args.number('delay', 0, mostSeconds);
  const throws = args.text('throw');
  const isEmpty = !args.has('returns') && delay === undefined && throws === undefined;
  const override = {
    ...(args.has('returns') ? { returns: args.all['returns'] } : {}),
    ...(delay === undefined ? {} : { delay }),
    ...(throws === undefined ? {} : { throws }),
    always: args.boolean('always') ?? false,
  };
  box.overrides.set(name, isEmpty ? undefined : override);
}

/** The arguments of one command. What is missing or of the wrong kind throws an Error that names it. */
class Arguments {
  readonly all: Readonly<Record<string, unknown>>;
  private readonly isTest: boolean;

  constructor(all: Readonly<Record<string, unknown>>, isTest: boolean) {
    this.all = all;
    this.isTest = isTest;
  }

  demandTest(): void {
    if (!this.isTest) throw new Error('only with --test');
  }

  has(name: string): boolean {
    return Object.hasOwn(this.all, name);
  }

  text(name: string): string | undefined {
    return this.typed(name, 'a text', (value) => typeof value === 'string') as string | undefined;
  }

  boolean(name: string): boolean | undefined {
    return this.typed(name, 'true or false', (value) => typeof value === 'boolean') as boolean | undefined;
  }

  number(name: string, least: number, most: number): number | undefined {
    const is = (value: unknown) => typeof value === 'number' && value >= least && value <= most;
    return this.typed(name, `a number from ${least} to ${most}`, is) as number | undefined;
  }

  integer(name: string): number | undefined {
    return this.typed(name, 'a whole number', Number.isSafeInteger) as number | undefined;
  }

  whole(name: string): number | undefined {
    return this.typed(name, 'a whole number', (value) => Number.isSafeInteger(value) && (value as number) >= 0) as number | undefined;
  }

  numbers(name: string): number[] | undefined {
    return this.typed(name, 'a list of numbers', (value) => isListOf(value, 'number')) as number[] | undefined;
  }

  texts(name: string): string[] | undefined {
    return this.typed(name, 'a list of texts', (value) => isListOf(value, 'string')) as string[] | undefined;
  }

  object(name: string): Record<string, unknown> | undefined {
    const isObject = (value: unknown) => typeof value === 'object' && !Array.isArray(value);
    return this.typed(name, 'an object', isObject) as Record<string, unknown> | undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    return this.typed(name, `one of ${values.join(', ')}`, (value) => values.includes(value as T)) as T | undefined;
  }

  needText(name: string): string {
    return this.need(name, this.text(name));
  }

  needBoolean(name: string): boolean {
    return this.need(name, this.boolean(name));
  }

  needWhole(name: string): number {
    return this.need(name, this.whole(name));
  }

  needOneOf<T extends string>(name: string, values: readonly T[]): T {
    return this.need(name, this.oneOf(name, values));
  }

  /** null counts as absent. */
  private typed(name: string, wanted: string, is: (value: unknown) => boolean): unknown {
    const value = this.has(name) ? this.all[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw new Error(`${name}: ${wanted} is wanted`);
    return value;
  }

  private need<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw new Error(`${name} is missing`);
    return value;
  }
}

function isListOf(value: unknown, type: 'number' | 'string'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
