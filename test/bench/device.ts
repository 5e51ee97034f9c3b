/**
 * The device's side of BOOT+100: host and wallbox of the measured machine, as thin as a board's. Everything else (clock, wire, central
 * system, flash) is on the other side of the bridge, outside the measured memory.
 */

import { type Flash, SectorJournal } from '../../hosts/journal.ts';
import { freeze } from '../../src/freeze.ts';
import {
  type Callbacks,
  ChargePoint,
  type Connection,
  type Crypto,
  type Host,
  type Journal,
  type LogLevel,
  type Options,
  type Parts,
  type ReservationStatus,
  type Socket,
  type SocketListener,
  type Storage,
} from '../../src/index.ts';

type Value = string | number | boolean | Uint8Array | undefined;
export type Bridge = (name: string, ...values: Value[]) => Value;

const maximum = 8192;

class DeviceFlash implements Flash {
  readonly sectorSize = 4096;
  readonly sectors: number;
  private readonly bridge: Bridge;
  constructor(bridge: Bridge) {
    this.bridge = bridge;
    this.sectors = bridge('sectors') as number;
  }
  read(offset: number, length: number): Uint8Array {
    return this.bridge('flashRead', offset, length) as Uint8Array;
  }
  program(offset: number, bytes: Uint8Array): void {
    this.bridge('flashProgram', offset, bytes);
  }
  erase(sector: number): void {
    this.bridge('flashErase', sector);
  }
}

class DeviceHost implements Host, Storage, Socket, Crypto {
  readonly maxMessageBytes = maximum;
  readonly localListCapacity = 500;
  readonly cacheCapacity = 300;
  readonly journal: Journal;
  private readonly bridge: Bridge;
  constructor(bridge: Bridge) {
    this.bridge = bridge;
    this.journal = new SectorJournal(new DeviceFlash(bridge));
  }
  get storage(): Storage {
    return this;
  }
  get socket(): Socket {
    return this;
  }
  get crypto(): Crypto {
    return this;
  }
  now(): number {
    return this.bridge('now') as number;
  }
  alarm(at: number | undefined): void {
    this.bridge('alarm', at);
  }
  wallClockHint(): undefined {
    return undefined;
  }
  log(level: LogLevel, text: string): void {
    if (level === 'error' || level === 'warn') this.bridge('log', level, text);
  }
  read(key: string): string | undefined {
    return this.bridge('read', key) as string | undefined;
  }
  write(key: string, text: string): void {
    this.bridge('write', key, text);
  }
  remove(key: string): void {
    this.bridge('remove', key);
  }
  keys(shelf: string): string[] {
    const keys = this.bridge('keys', shelf) as string;
    return keys === '' ? [] : keys.split(' ');
  }
  open(connection: Connection, _listener: SocketListener): void {
    this.bridge('open', connection.url);
  }
  send(parts: Parts): boolean {
    for (let piece = parts.next(); piece !== undefined; piece = parts.next()) this.bridge('piece', piece);
    this.bridge('sent', parts.byteLength);
    return true;
  }
  ping(): void {
    this.bridge('ping');
  }
  close(): void {
    this.bridge('close');
  }
  random(length: number): Uint8Array {
    return this.bridge('random', length) as Uint8Array;
  }
}

class BenchWallbox implements Callbacks {
  private readonly bridge: Bridge;
  constructor(bridge: Bridge) {
    this.bridge = bridge;
  }
  provideToken(idTag: string, connectors: readonly number[]): void {
    this.bridge('provideToken', idTag, connectors[0]);
  }
  stopTransaction(connector: number, reason: string): boolean {
    this.bridge('stopTransaction', connector, reason);
    return true;
  }
  // What makes a profile exist; the bench asks nothing of them.
  reserveNow(): ReservationStatus {
    return 'Accepted';
  }
  cancelReservation(): boolean {
    return true;
  }
  unlockConnector(): 'Unlocked' {
    return 'Unlocked';
  }
  updateFirmware(): void {}
  uploadDiagnostics(): { filename: string } {
    return { filename: 'diagnostics.txt' };
  }
  isResetAllowed(): boolean {
    return true;
  }
  reset(): boolean {
    return true;
  }
  signalSetChargingProfiles(): void {}
}

const keys = /* @__PURE__ */ freeze({
  ChargePointVendor: 'Bench Vendor',
  ChargePointModel: 'Bench Charger',
  ChargePointSerialNumber: 'SN000001',
  FirmwareVersion: '1.0.0',
  ChargePointId: 'BENCH-1',
  CentralSystemURI: 'ws://bench/ocpp',
  MeterValuesSampledData: 'Energy.Active.Import.Register,Power.Active.Import,Voltage,Current.Import',
  MeterValueSampleInterval: '60',
  WebSocketPingInterval: '0',
});
const oneConnector: Options = /* @__PURE__ */ freeze({ numberOfConnectors: 1, keys });
const twoConnectors: Options = /* @__PURE__ */ freeze({ numberOfConnectors: 2, keys });

/** A message that arrives in pieces, as from a socket; undefined once it is longer than the host takes. */
class Receiver {
  text: string | undefined = '';
  /** Its beginning, then. */
  start = '';

  add(part: string): void {
    if (this.text === undefined) return;
    if (this.text.length + part.length > maximum) {
      this.start = (this.text + part).slice(0, 128);
      this.text = undefined;
    } else this.text += part;
  }
}

/** What the world says becomes an input, without a frame in between: the stack is part of what is measured. */
export function startDevice(bridge: Bridge, onBridge: (handler: (name: string, ...values: Value[]) => Value) => void): void {
  const options = bridge('connectors') === 2 ? twoConnectors : oneConnector;
  const station = new ChargePoint(new DeviceHost(bridge), new BenchWallbox(bridge), options);
  const receiver = new Receiver();
  onBridge((name, a, b, c, d, e): Value => {
    switch (name) {
      case 'text':
        station.onText(a as string);
        break;
      case 'part':
        receiver.add(a as string);
        break;
      case 'end':
        if (receiver.text === undefined) station.onUnreadable(receiver.start);
        else station.onText(receiver.text);
        receiver.text = '';
        break;
      case 'alarm':
        station.onAlarm();
        break;
      case 'open':
        station.onOpen();
        break;
      case 'closed':
        station.onClosed({ reason: 'network' });
        break;
      case 'start':
        station.start();
        break;
      case 'plug':
        station.onPlugged(a as number);
        break;
      case 'unplug':
        station.onUnplugged(a as number);
        break;
      case 'tag':
        station.onToken(a as string);
        break;
      case 'started':
        station.onTransactionStarted(a as number, b as string, c as string, d as number);
        break;
      case 'stopped':
        station.onTransactionStopped(a as number, b as string, c as 'Local', d as number);
        break;
      case 'meter':
        station.onMeterValues(a as number, {
          'Energy.Active.Import.Register': b as number,
          'Power.Active.Import': c as number,
          Voltage: d as number,
          'Current.Import': e as number,
        });
        break;
      default:
        throw new RangeError(name);
    }
    return undefined;
  });
}
