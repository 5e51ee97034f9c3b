/** The simulated board: what a hand does to its cables, EVs, meters and errors, and its transactions. What the core asks for is firmware.ts. */

import { randomUUID } from 'node:crypto';
import type { Callbacks, ChargePoint, CompositeChargingSchedule, ErrorInfo } from '../../src/index.ts';
import type { Clock } from './clock.ts';
import type { BoardConfig } from './config.ts';
import { BoardConnector, type LockOutcome } from './connector.ts';
import { Meter, type Shown } from './meter.ts';

type Reason = Parameters<Callbacks['stopTransaction']>[1];

export class Board {
  readonly config: BoardConfig;
  readonly connectors: readonly BoardConnector[];
  /** Of the whole station; shows something once it was set. */
  readonly mainMeter: Meter;
  private mainMeterIsUsed = false;
  private readonly clock: Clock;
  private cp: ChargePoint | undefined;

  constructor(config: BoardConfig, clock: Clock) {
    this.config = config;
    this.clock = clock;
    this.connectors = config.connectors.map((connector, index) => new BoardConnector(index + 1, connector, clock.now()));
    this.mainMeter = new Meter(clock.now(), 3);
  }

  // Power.

  /** The controller runs: it finds cables and errors as they are. The sessions on `resumed` go on, the others are over. */
  boot(cp: ChargePoint, reason: Parameters<ChargePoint['start']>[0], resumed: readonly number[]): void {
    this.cp = cp;
    for (const connector of this.connectors) {
      connector.limit = undefined;
      if (resumed.includes(connector.id)) continue;
      connector.session = undefined;
      connector.isPaused = false;
      connector.isLocked = false;
    }
    this.settle();
    const sessions = this.connectors.flatMap((connector) => (connector.session ? [connector.session.id] : []));
    cp.init(undefined, sessions);
    for (const connector of this.connectors) this.report(cp, connector);
    cp.start(reason, sessions);
  }

  private report(cp: ChargePoint, connector: BoardConnector): void {
    for (const error of connector.errors.values()) cp.onError(connector.id, error);
    if (connector.isPlugged) cp.onPlugged(connector.id);
    if (connector.session && !connector.isPlugged) cp.onUnplugged(connector.id);
    if (connector.session) this.tellReadiness(cp, connector);
  }

  /** The controller is without power; contactors are open. */
  powerOff(): void {
    this.cp = undefined;
    this.settle();
  }

  /** What the station is told when a power cut is coming. */
  announcePowerLoss(): void {
    for (const connector of this.connectors) this.end(connector, 'PowerLoss');
  }

  // Cables, EVs and meters, as a hand at the box moves them. Each needs power unless it says otherwise.

  connector(id: number): BoardConnector {
    const connector = this.connectors[id - 1];
    if (connector === undefined) throw new RangeError(`there is no connector ${id}`);
    return connector;
  }

  /** Without effect on a plugged connector. Works without power. */
  plug(connector: BoardConnector, draw = 16, isReady = true): void {
    if (connector.isPlugged) return;
    this.change(() => {
      connector.isPlugged = true;
      connector.draw = draw;
      connector.evReady = isReady;
    });
    this.cp?.onPlugged(connector.id);
    if (connector.session && this.cp) this.tellReadiness(this.cp, connector);
  }

  /** Works without power. */
  unplug(connector: BoardConnector): void {
    if (!connector.isPlugged) return;
    this.change(() => {
      connector.isPlugged = false;
    });
    this.cp?.onUnplugged(connector.id);
    if (!connector.session) connector.isLocked = false;
    this.clearErrors(connector, 'lock');
  }

  setReadiness(connector: BoardConnector, side: 'ev' | 'evse', isReady: boolean, draw: number | undefined): void {
    const before = connector.evReady && connector.evseReady;
    const changed = (side === 'ev' ? connector.evReady : connector.evseReady) !== isReady;
    this.change(() => {
      if (side === 'ev') connector.evReady = isReady;
      else connector.evseReady = isReady;
      if (draw !== undefined) connector.draw = draw;
    });
    if (!changed || !connector.session || !this.cp) return;
    const after = connector.evReady && connector.evseReady;
    if (isReady && !before) this.cp.onResumeCharging(connector.id);
    if (!after) this.tellReadiness(this.cp, connector);
  }

  /** 0: the main meter. */
  setMeter(id: number, values: Readonly<Record<string, Shown | null>>, rate: number | undefined): void {
    const meter = id === 0 ? this.mainMeter : this.connector(id).meter;
    if (id === 0) this.mainMeterIsUsed = true;
    meter.advance(this.clock.now());
    meter.set(values, rate);
    const current = values['Current.Offered'];
    const power = values['Power.Offered'];
    if (typeof current === 'number') this.cp?.onMaxCurrentOffered(id, current);
    if (typeof power === 'number') this.cp?.onMaxPowerOffered(id, power);
    this.feed();
  }

  setError(connector: number, error: ErrorInfo): void {
    if (connector > 0) {
      const found = this.connector(connector);
      this.change(() => found.errors.set(error.id, error));
    }
    this.cp?.onError(connector, error);
  }

  clearError(connector: number, id: string | undefined): void {
    if (connector === 0) {
      if (id === undefined) this.cp?.onAllErrorsCleared(0);
      else this.cp?.onErrorCleared(0, id);
    } else this.clearErrors(this.connector(connector), id);
  }

  private clearErrors(connector: BoardConnector, id: string | undefined): void {
    if (id !== undefined && !connector.errors.has(id)) return;
    this.change(() => (id === undefined ? connector.errors.clear() : connector.errors.delete(id)));
    if (id === undefined) this.cp?.onAllErrorsCleared(connector.id);
    else this.cp?.onErrorCleared(connector.id, id);
  }

  /** The meters show the present moment. */
  feed(): void {
    this.settle();
    const cp = this.cp;
    if (cp === undefined) return;
    for (const connector of this.connectors) {
      const { signed } = connector.session ? this.signedValue(connector, 'C') : {};
      cp.onMeterValues(connector.id, connector.meter.readings(connector.offered), signed);
    }
    if (this.mainMeterIsUsed) cp.onMeterValues(0, this.mainMeter.readings(this.offered));
  }

  /** A of all connectors. */
  private get offered(): number {
    return this.connectors.reduce((sum, connector) => sum + connector.offered, 0);
  }

  private settle(): void {
    const now = this.clock.now();
    for (const connector of this.connectors) {
      connector.meter.advance(now);
      connector.meter.carry(this.cp ? connector.current : 0);
    }
    this.mainMeter.advance(now);
    this.mainMeter.carry(this.connectors.reduce((sum, connector) => sum + (this.cp ? connector.current : 0), 0));
  }

  private change(change: () => void): void {
    this.settle();
    change();
    this.feed();
  }

  private tellReadiness(cp: ChargePoint, connector: BoardConnector): void {
    if (!connector.evseReady) cp.onSuspendChargingEVSE(connector.id);
    if (!connector.evReady) cp.onSuspendChargingEV(connector.id);
    else if (connector.isPlugged && connector.evseReady) cp.onResumeCharging(connector.id);
  }

  // Transactions.

  /** Begins one where a cable is. */
  begin(ids: readonly number[], idTag: string): void {
    const candidates = ids.map((id) => this.connector(id));
    const connector = candidates.find(({ isPlugged }) => isPlugged) ?? candidates[0];
    const cp = this.cp;
    if (connector === undefined || cp === undefined || connector.session) return;
    if (connector.config.lock && !this.lock(connector)) return;
    const session = { id: randomUUID(), idTag };
    this.change(() => {
      connector.session = session;
      connector.isPaused = false;
    });
    const signed = this.signedValue(connector, 'B');
    cp.onTransactionStarted(connector.id, session.id, idTag, connector.meter.energy, signed);
    if (!connector.evseReady) cp.onSuspendChargingEVSE(connector.id);
    if (!connector.evReady) cp.onSuspendChargingEV(connector.id);
  }

  /** False: there is none. */
  end(connector: BoardConnector, reason: Reason): boolean {
    const { session } = connector;
    if (session === undefined) return false;
    this.change(() => {
      connector.session = undefined;
      connector.isPaused = false;
    });
    this.cp?.onTransactionStopped(connector.id, session.id, reason, connector.meter.energy, this.signedValue(connector, 'E'));
    if (reason !== 'EVDisconnected') connector.isLocked = false;
    return true;
  }

  setPaused(connector: BoardConnector, isPaused: boolean): void {
    this.change(() => {
      connector.isPaused = isPaused;
    });
  }

  /** What each connector may carry from now on: connector 0 first. */
  setLimits(schedules: readonly CompositeChargingSchedule[]): void {
    this.change(() => {
      for (const connector of this.connectors) connector.limit = schedules[connector.id]?.chargingSchedulePeriod[0]?.limit;
    });
  }

  // The lock.

  private lock(connector: BoardConnector): boolean {
    connector.isLocked = !connector.nextLockFails;
    if (!connector.nextLockFails) return true;
    connector.nextLockFails = false;
    this.setError(connector.id, { id: 'lock', errorCode: 'ConnectorLockFailure', faulted: false });
    return false;
  }

  unlock(connector: BoardConnector): LockOutcome {
    const outcome = connector.nextUnlock ?? 'Unlocked';
    connector.nextUnlock = undefined;
    if (outcome === 'Unlocked') connector.isLocked = false;
    return outcome;
  }

  private signedValue(connector: BoardConnector, context: 'B' | 'C' | 'E'): { signed?: ReturnType<Meter['signedValue']> } {
    const { signed, meterPublicKey } = connector.config;
    return signed ? { signed: connector.meter.signedValue(context, meterPublicKey, this.clock.iso()) } : {};
  }
}
