/**
 * A wallbox for the XS engine that is a device as far as it can be here: core, device host and WebSocket over the stand-ins for Moddable's
 * modules, with a central system on the other end of a real TCP connection. It plugs and swipes by itself once it is accepted, and ends when
 * the central system sends it a DataTransfer of vendor `Test`.
 */

import TCP from 'embedded:io/socket/tcp';
import flash from 'embedded:storage/flash';
import keyValue from 'embedded:storage/key-value';
import Time from 'time';
import Timer from 'timer';
import { ModdableHost, type Platform } from '../../hosts/moddable/host.ts';
import { Network, type StreamClass } from '../../hosts/moddable/network.ts';
import type { Codec } from '../../hosts/moddable/text.ts';
import { type Callbacks, ChargePoint, type DataTransferResponse, type Options } from '../../src/index.ts';

declare const host: { gc(): void; memory(): Record<string, number>; exit(status: number): void; randomBytes(length: number): ArrayBuffer };
declare const print: (text: string) => void;
/** Host and port of the central system, put in when this is bundled. */
declare const CSMS: string;

interface XsString {
  fromArrayBuffer(buffer: ArrayBufferLike, offset: number, length: number): string;
}
interface XsArrayBuffer {
  fromString(text: string): ArrayBuffer;
}

const codec: Codec = /* @__PURE__ */ Object.freeze({
  encode: (text: string): Uint8Array => new Uint8Array((ArrayBuffer as unknown as XsArrayBuffer).fromString(text)),
  decode: (bytes: Uint8Array): string => (String as unknown as XsString).fromArrayBuffer(bytes.buffer, bytes.byteOffset, bytes.length),
});

function platform(): Platform {
  return {
    timer: Timer,
    time: Time,
    keyValue,
    flash,
    network: new Network(TCP as unknown as StreamClass),
    codec,
    random: () => new DataView(host.randomBytes(4)).getInt32(0),
    trace: (line) => print(line.trim()),
  };
}

const options: Options = /* @__PURE__ */ Object.freeze({
  numberOfConnectors: 2,
  keys: /* @__PURE__ */ Object.freeze({
    ChargePointVendor: 'Vendor',
    ChargePointModel: 'Model',
    ChargePointId: 'CP 1',
    CentralSystemURI: 'ws://' + CSMS + '/ocpp',
    SecurityProfile: '1',
    AuthorizationKey: 'correct horse battery',
    MeterValuesSampledData: 'Energy.Active.Import.Register,Power.Active.Import',
    MeterValueSampleInterval: '1',
    RetryBackoffWaitMinimum: '1',
    RetryBackoffRandomRange: '0',
    WebSocketPingInterval: '1',
  }),
});

class Wallbox implements Callbacks {
  station: ChargePoint | undefined;
  private energy = 1000;
  private meter: ModdableTimer | undefined;
  private hasPlugged = false;
  private isFinishing = false;

  bootNotificationResponse(status: string): void {
    if (status !== 'Accepted' || this.hasPlugged) return;
    this.hasPlugged = true;
    Timer.set(() => {
      this.station?.onPlugged(1);
      this.station?.onToken('CARD é');
    }, 1);
  }

  provideToken(idTag: string): void {
    Timer.set(() => {
      this.station?.onTransactionStarted(1, 'session', idTag, this.energy);
      this.measure();
    }, 1);
    this.meter = Timer.set(() => this.measure(), 250, 250);
  }

  stopTransaction(connector: number, reason: 'Remote'): boolean {
    if (this.meter) Timer.clear(this.meter);
    Timer.set(() => {
      report('charging');
      this.station?.onTransactionStopped(connector, 'session', reason, this.energy);
      this.station?.onUnplugged(connector);
    }, 1);
    return true;
  }

  dataTransfer(): DataTransferResponse {
    Timer.set(() => {
      report('idle');
      this.isFinishing = true;
      this.station?.disconnect();
    }, 100);
    return { status: 'Accepted' };
  }

  connectionStateChanged(isConnected: boolean): void {
    if (!isConnected && this.isFinishing) Timer.set(() => host.exit(0), 0);
  }

  isResetAllowed(): boolean {
    return false;
  }

  private measure(): void {
    this.energy += 1;
    this.station?.onMeterValues(1, { 'Energy.Active.Import.Register': this.energy, 'Power.Active.Import': 3680 });
  }
}

/** Memory that is in use, after a collection, in bytes. */
function report(moment: string): void {
  host.gc();
  const { slotsUsed = 0, slotSize = 0, chunksUsed = 0, stackPeak = 0, keys = 0 } = host.memory();
  print(JSON.stringify({ moment, live: slotsUsed * slotSize + chunksUsed, slotsUsed, chunksUsed, stackPeak, keys }));
}

export default function main(): void {
  const moddable = new ModdableHost(platform(), { journal: 'journal', logLevel: 'warn' });
  const wallbox = new Wallbox();
  const station = new ChargePoint(moddable, wallbox, options);
  wallbox.station = station;
  moddable.attach(station);
  station.start();
}
