/** The desktop wallbox as one thing: board, station, stores and network, with a power switch. */

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChargePoint, type LogLevel, type Options, type ResetType, type StationEvent } from '../../src/index.ts';
import { untilPowerCut } from '../write-gate.ts';
import { Board } from './board.ts';
import { Overrides } from './callbacks.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { Firmware, type Machine } from './firmware.ts';
import { largestLocalList, NodeHost, Stores } from './host.ts';
import { ResponseOverrides } from './overrides.ts';
import { privateMode } from './private-files.ts';
import { NetworkFaults, type SocketWatcher, type TlsFiles } from './socket.ts';
import { masked, maskedUrls, maskedValue } from './trace.ts';
import { ChosenOutcomes, type TransferListener, Transfers } from './transfers.ts';

export interface WallboxOptions {
  /** URL of the central system, without the id. */
  readonly csms: string;
  readonly id: string;
  readonly config: Config;
  /** Directory of what survives a power cut. */
  readonly state: string;
  readonly clock: Clock;
  /** AuthorizationKey of a factory-fresh station. */
  readonly password?: string | undefined;
  readonly tls?: TlsFiles;
  /** Firmware and uploads may be `file:` locations below `state`: for tests, and for a central system that is this program's own. */
  readonly allowsFiles: boolean;
  readonly log: (level: LogLevel, text: string) => void;
  /** What happens, for control channel, terminal and tests. */
  readonly emit: (event: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Every frame, masked. */
  readonly trace?: ((direction: 'in' | 'out', text: string) => void) | undefined;
}

type BootReason = Parameters<ChargePoint['start']>[0];

/** Real milliseconds without traffic after which nothing more is expected. */
const calm = 10;
/** Real milliseconds for which a station that boots is gone: there are central systems that need them to notice. */
const bootTime = 500;
const meterInterval = 1000;
const saveInterval = 60_000;

/** Lines of the log that an upload of diagnostics holds. */
const keptLines = 2000;

export class Wallbox implements Machine {
  readonly clock: Clock;
  /** Directory of what survives a power cut. */
  readonly state: string;
  readonly board: Board;
  readonly firmware: Firmware;
  readonly network = new NetworkFaults();
  readonly overrides: Overrides;
  readonly responses = new ResponseOverrides();
  readonly stores: Stores;
  readonly outcomes = new ChosenOutcomes();
  transfers: Transfers | undefined;
  /** Undefined while the power is off. */
  station: ChargePoint | undefined;
  host: NodeHost | undefined;
  /** How often something is under way that is no frame: reboots. */
  pending = 0;
  private readonly options: WallboxOptions;
  private isOn = false;
  /** The boot that waits for its time; another one, or a power cut, takes its place. */
  private reboot: object | undefined;
  private readonly intervals: NodeJS.Timeout[] = [];
  private readonly lines: { time: number; text: string }[] = [];

  /** Opens the stores. Throws when another process uses them. Nothing runs before `powerOn`. */
  constructor(options: WallboxOptions) {
    this.options = options;
    this.clock = options.clock;
    this.state = options.state;
    this.stores = new Stores(options.state);
    this.stores.gate.onCut = () => this.powerOff();
    this.board = new Board(options.config.board, this.clock);
    this.firmware = new Firmware(this.board, this);
    this.overrides = new Overrides(this.clock, (name, args, returned) => this.emit('callback', { name, args, returned: returned ?? null }));
    this.loadMeters();
    if (this.clock.isVirtual) this.clock.onStep = () => this.board.feed();
    else this.intervals.push(setInterval(() => untilPowerCut(() => this.board.feed()), meterInterval).unref());
    this.intervals.push(setInterval(() => this.saveMeters(), saveInterval).unref());
  }

  // Power.

  /** Boots from the stores. Transactions on the connectors `resumed` go on. */
  powerOn(reason: BootReason = 'PowerUp', resumed: readonly number[] = []): void {
    if (this.isOn) return;
    const ignored = ignoredKeys(this.options);
    if (ignored.length > 0) this.log('warn', `--config: keys without effect: ${ignored.join(', ')}.`);
    this.emit('power', { state: 'on' });
    this.start(reason, resumed);
  }

  /** The power may be cut in it at any write, and so is off when it does not succeed. */
  private start(reason: BootReason, resumed: readonly number[]): void {
    this.isOn = true;
    try {
      untilPowerCut(() => {
        this.stores.gate.on();
        const station = this.boot();
        if (station === undefined) return;
        this.transfers?.resume();
        if (this.station !== station) return;
        this.firmware.attach(station);
        this.board.boot(station, reason, resumed);
      });
    } catch (error) {
      this.powerOff();
      throw error;
    }
  }

  /** Undefined: the power was cut again while the station read its stores. */
  private boot(): ChargePoint | undefined {
    const { config, tls = {} } = this.options;
    const host = new NodeHost({
      clock: this.clock,
      stores: this.stores,
      network: this.network,
      tls,
      hasClockChip: config.board.rtc,
      maxMessageBytes: 8192,
      localListCapacity: localListCapacity(config.keys),
      watcher: this.watcher(),
      log: (level, text) => this.log(level, text),
    });
    this.host = host;
    const callbacks = this.overrides.wrap(this.firmware, config.board.without, () => host.isAlive);
    try {
      const station = new ChargePoint(host, callbacks, this.stationOptions(host));
      if (!host.isAlive) return undefined;
      this.station = station;
      host.attach(station);
      this.transfers = this.transfersOf(station);
      return station;
    } catch (error) {
      // Whatever a station says that lost its power in the middle of its first steps.
      if (host.isAlive) throw error;
      return undefined;
    }
  }

  /** At once, writes in progress included. */
  powerOff(): void {
    if (!this.isOn) return;
    this.stop();
    this.emit('power', { state: 'cut' });
  }

  private stop(): void {
    this.isOn = false;
    this.reboot = undefined;
    this.host?.die();
    this.host = undefined;
    this.station = undefined;
    this.transfers?.close();
    this.transfers = undefined;
    this.firmware.attach(undefined);
    this.board.powerOff();
    this.saveMeters();
  }

  /** With one second to say PowerLoss. */
  async powerOffSlowly(): Promise<void> {
    this.board.announcePowerLoss();
    await this.clock.pass(1000, () => this.quiet(200));
    this.powerOff();
  }

  /** Asked for by the core. The callback returns first. */
  reset(_type: ResetType): void {
    this.restart('RemoteReset');
  }

  /** Goes away with a Close frame, and is back after the time that a boot takes. */
  restart(reason: BootReason): void {
    this.pending++;
    const reboot = {};
    this.reboot = reboot;
    setImmediate(() => {
      this.bootAgain(reboot, reason).finally(() => {
        this.pending--;
      });
    });
  }

  private async bootAgain(reboot: object, reason: BootReason): Promise<void> {
    if (this.reboot !== reboot) return;
    const gone = this.host?.leave();
    this.stop();
    this.isOn = true;
    this.reboot = reboot;
    await gone;
    await new Promise((resolve) => setTimeout(resolve, bootTime));
    if (this.reboot !== reboot) return;
    this.reboot = undefined;
    this.start(reason, []);
  }

  /** Forgets everything, as in the factory; a running station boots anew. */
  wipe(): void {
    const runs = this.isOn;
    this.stop();
    this.stores.gate.on();
    this.stores.wipe();
    rmSync(this.metersPath(), { force: true });
    Transfers.wipe(this.state);
    if (runs) this.start('PowerUp', []);
  }

  /** What becomes of the transactions that run, when the program ends now; one line for each. */
  unfinished(): string[] {
    return (this.station?.connectors ?? []).flatMap(({ id, transaction }) =>
      transaction === undefined
        ? []
        : [
            `connector ${id}: transaction ${transaction.transactionId ?? '(no id yet)'} of ${transaction.idTag} breaks off as in a power cut; ` +
              `it is stopped with PowerLoss when the wallbox starts again from ${this.state}`,
          ],
    );
  }

  /** The end of the program: what is stored stays, nobody is told more than a close. */
  async close(): Promise<void> {
    for (const interval of this.intervals) clearInterval(interval);
    this.host?.wire.close(1001, '');
    if (this.host?.wire.isBusy) await this.quiet(500);
    this.stop();
    this.stores.close();
  }

  /** Waits until sockets, transfers and promises are quiet, at most `wait` milliseconds of real time. */
  async quiet(wait: number): Promise<void> {
    const start = performance.now();
    await turn();
    await turn();
    for (;;) {
      const now = performance.now();
      const wire = this.host?.wire;
      const isBusy =
        this.pending > 0 || this.transfers?.isBusy === true || (wire !== undefined && (wire.isBusy || now - wire.lastActivity < calm));
      // A boot takes its time, and virtual time waits for it.
      if (!isBusy || (now - start >= wait && this.reboot === undefined)) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  log(level: LogLevel, text: string): void {
    const line = maskedUrls(text);
    this.lines.push({ time: this.clock.unix(), text: `${this.clock.iso()} ${level} ${line}` });
    if (this.lines.length > keptLines) this.lines.shift();
    this.options.log(level, line);
  }

  emit(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.options.emit(event, maskedValue(fields) as typeof fields);
  }

  private transfersOf(station: ChargePoint): Transfers {
    const { clock, outcomes } = this;
    return new Transfers({
      directory: this.state,
      clock,
      outcomes,
      listener: this.transferListener(station),
      ca: this.options.tls?.ca,
      allowsFiles: this.options.allowsFiles,
    });
  }

  private transferListener(station: ChargePoint): TransferListener {
    return {
      onFirmware: (requestId, status) => station.onFirmwareUpdateStatusNotification(requestId, status),
      onLog: (requestId, status) => station.onLogStatusNotification(requestId, status),
      onTransfer: (kind, attempt, status) => this.emit('transfer', { kind, attempt, status }),
      reboot: () => this.restart('FirmwareUpdate'),
      collect: (_kind, from, to) => this.collect(from, to),
      log: (level, text) => this.log(level, text),
    };
  }

  /** The last lines of the log, and the configuration without secrets. */
  private collect(from: number, to: number): { name: string; text: string }[] {
    const keys = this.station?.getConfigurationKey().configurationKey ?? [];
    const lines = this.lines.filter(({ time }) => time >= from && time <= to);
    return [
      { name: 'log.txt', text: lines.map(({ text }) => `${text}\n`).join('') },
      { name: 'configuration.txt', text: keys.map(({ key, value }) => `${key}=${value ?? ''}\n`).join('') },
    ];
  }

  // What the station is, and what it tells.

  private stationOptions(host: NodeHost): Options {
    const { board } = this.options.config;
    return {
      keys: factoryKeys(this.options),
      numberOfConnectors: board.connectors.length,
      connectors: board.connectors.map(({ lock, cable, phases, maxA, measurands, meterPublicKey, signed }) => ({
        lock,
        cable,
        phases,
        maximumCurrent: maxA,
        ...(measurands === undefined ? {} : { measurands }),
        ...(meterPublicKey === undefined ? {} : { meterPublicKey }),
        ...(signed === undefined ? {} : { signed }),
      })),
      mainMeterMeasurands: mainMeter,
      lights: board.lights,
      unsignedFirmware: board.unsignedFirmware,
      observer: { observe: (event) => host.isAlive && this.observe(event) },
    };
  }

  private observe(event: StationEvent): void {
    const told = translated(event);
    if (told) this.emit(event.event, told);
  }

  private watcher(): SocketWatcher {
    return {
      frame: (direction, text) => {
        if (direction === 'in') this.responses.received(text);
        this.options.trace?.(direction, masked(text));
      },
      outgoing: (text) => this.responses.sent(text),
    };
  }

  // A real meter remembers its register.

  private metersPath(): string {
    return join(this.state, 'meters.json');
  }

  private loadMeters(): void {
    try {
      const registers: unknown = JSON.parse(readFileSync(this.metersPath(), 'utf8'));
      if (!Array.isArray(registers)) return;
      for (const connector of this.board.connectors) {
        const register: unknown = registers[connector.id];
        if (typeof register === 'number') connector.meter.energy = register;
      }
      if (typeof registers[0] === 'number') this.board.mainMeter.energy = registers[0];
    } catch {
      // New, or broken: they begin at zero.
    }
  }

  private saveMeters(): void {
    const registers = [this.board.mainMeter, ...this.board.connectors.map(({ meter }) => meter)].map(({ energy }) => energy);
    const temporary = `${this.metersPath()}.new`;
    try {
      writeFileSync(temporary, JSON.stringify(registers), { mode: privateMode });
      renameSync(temporary, this.metersPath());
    } catch (error) {
      this.log('error', `The meters' registers could not be saved: ${(error as Error).message}`);
    }
  }
}

const mainMeter = ['Energy.Active.Import.Register', 'Power.Active.Import', 'Current.Import', 'Voltage'];

/** Configuration keys of a factory-fresh station, as command line and file say. */
function factoryKeys({ config, csms, id, password, tls }: WallboxOptions): Record<string, string> {
  const { board } = config;
  const profile = csms.startsWith('wss:') ? (tls?.cert === undefined ? '2' : '3') : password === undefined ? undefined : '1';
  const keys: Record<string, string | undefined> = {
    ChargePointVendor: board.vendor,
    ChargePointModel: board.model,
    ChargePointSerialNumber: board.chargePointSerialNumber,
    ChargeBoxSerialNumber: board.chargeBoxSerialNumber,
    FirmwareVersion: board.firmwareVersion,
    ICCID: board.iccid,
    IMSI: board.imsi,
    MeterType: board.meterType,
    MeterSerialNumber: board.meterSerialNumber,
    SecurityProfile: profile,
    SupportedFileTransferProtocols: 'FTP,FTPS,HTTP,HTTPS',
    ...config.keys,
    CentralSystemURI: csms,
    ChargePointId: id,
  };
  if (password !== undefined) keys['AuthorizationKey'] = password;
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

/** What LocalAuthListMaxLength asks for, if the stores take as much: the station's limit is that of its host. */
function localListCapacity(keys: Config['keys']): number | undefined {
  const wanted = keys['LocalAuthListMaxLength']?.trim() ?? '';
  return /^\d+$/.test(wanted) && Number(wanted) >= 1 && Number(wanted) <= largestLocalList ? Number(wanted) : undefined;
}

/** Keys of the file that something else decides, each with what it is. */
function ignoredKeys({ config: { keys, board }, csms, id, password }: WallboxOptions): string[] {
  const count = board.connectors.length;
  const decided: Record<string, string> = {
    NumberOfConnectors: `${count}`,
    ConnectorPhaseRotationMaxLength: `${count + 1}`,
    CentralSystemURI: csms,
    ChargePointId: id,
    LocalAuthListMaxLength: `${localListCapacity(keys) ?? largestLocalList}`,
  };
  if (password !== undefined) decided['AuthorizationKey'] = password;
  const ignored = Object.keys(decided).filter((name) => keys[name] !== undefined && keys[name].trim() !== decided[name]);
  return ignored.map((name) => (name === 'AuthorizationKey' ? `${name} (--password is given)` : `${name} (it is ${decided[name]})`));
}

/** The event as the control channel tells it; undefined: not told. */
function translated(event: StationEvent): Record<string, unknown> | undefined {
  const { event: _, ...fields } = event;
  switch (event.event) {
    case 'connecting':
      return undefined;
    case 'connect_failed': {
      const { detail, ...rest } = fields as { detail?: string; reason: string };
      return rest.reason === 'tls' && detail !== undefined ? { ...rest, tls: detail } : { ...rest, ...(detail ? { detail } : {}) };
    }
    case 'tx_updated':
    case 'tx_stopped': {
      const { transactionId, ...rest } = fields as { transactionId?: number };
      return { ...rest, txId: transactionId ?? null };
    }
    case 'connector_status':
      return { ...fields, previous: event.previous ?? null };
    case 'clock':
      return { now: new Date(event.now).toISOString() };
    default:
      return fields;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
