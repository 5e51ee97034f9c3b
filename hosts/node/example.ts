/** The smallest wallbox: one connector, a contactor and a meter. README.md shows this file. */

import { type Callbacks, ChargePoint } from '../../src/index.ts';
import { openHost } from './host.ts';

class SmallWallbox implements Callbacks {
  readonly host: ReturnType<typeof openHost>;
  readonly station: ChargePoint;
  private session = '';
  private energy = 0; // Wh

  constructor(csms: string, directory: string) {
    this.host = openHost(directory);
    const keys = { CentralSystemURI: csms, ChargePointId: 'SMALL-1', ChargePointVendor: 'Example', ChargePointModel: 'Small' };
    this.station = new ChargePoint(this.host, this, { keys, numberOfConnectors: 1 });
    this.host.attach(this.station);
    this.readMeter();
    this.station.start();
    setInterval(() => this.everySecond(), 1000).unref();
  }

  /** The card was accepted and the cable is in: the contactor may close, but only while `maySupply` says so. */
  provideToken(idTag: string, [connector = 1]: readonly number[]): void {
    this.session = crypto.randomUUID();
    this.station.onTransactionStarted(connector, this.session, idTag, this.energy);
  }

  /** Open the contactor here. */
  stopTransaction(connector: number, reason: Parameters<Callbacks['stopTransaction']>[1]): boolean {
    this.station.onTransactionStopped(connector, this.session, reason, this.energy);
    this.session = '';
    return true;
  }

  private everySecond(): void {
    if (this.session !== '' && this.station.maySupply(1)) this.energy += 11_000 / 3600;
    this.readMeter();
  }

  /** Before `start`, too: what a power cut interrupted is billed up to here. */
  private readMeter(): void {
    this.station.onMeterValues(1, { 'Energy.Active.Import.Register': this.energy });
  }
}

/** Runs it; `station.onPlugged(1)`, `station.onToken('CARD')` and `station.onUnplugged(1)` are what its switches and its reader say. */
export function startSmallWallbox(csms: string, directory: string): SmallWallbox {
  return new SmallWallbox(csms, directory);
}
