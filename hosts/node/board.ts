/** The simulated board: what a hand does to its cables, EVs, meters and errors, and its transactions. What the core asks for is firmware.ts. */

import { randomUUID } from 'node:crypto';
import type { Callbacks, ChargePoint, CompositeChargingSchedule, ErrorInfo } from '../../src/index.ts';
import type { Clock } from './clock.ts';
import type { BoardConfig } from './config.ts';
import { BoardConnector, type LockOutcome } from './connector.ts';
import { Meter, type Shown } from './meter.ts';

type Reason = Parameters<Callbacks['stopTransaction']>[1];

/** The error of a lock that did not close. */
const lockFailure = 'lock';

export class Board {
  readonly config: BoardConfig;
  readonly connectors: readonly BoardConnector[];
  /** Of the whole station; shows something once it was set. */
  readonly mainMeter: Meter;
  private mainMeterIsUsed = false;
  /** Of the whole station. */
  private readonly errors = new Map<string, ErrorInfo>();
  private readonly clock: Clock;
  private cp: ChargePoint | undefined;
  /** The station has started, and said what it knows of its transactions. */
  private isRunning = false;

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
      // What the controller remembers nothing of, the station says again.
      connector.limit = undefined;
      connector.isPaused = false;
      if (resumed.includes(connector.id)) continue;
      connector.session = undefined;
      if (connector.lockedFor === undefined) connector.unlock();
    }
    this.reportAll(cp);
    // The registers come before `init` ends what the power cut interrupted: they have counted what flowed until then.
    this.feed();
    const sessions = this.connectors.flatMap((connector) => (connector.session ? [connector.session.id] : []));
    cp.init(undefined, sessions);
    for (const connector of this.connectors) {
      if (connector.isPlugged) cp.onPlugged(connector.id);
      else if (connector.session) cp.onUnplugged(connector.id);
    }
    cp.start(reason, sessions);
    // Only now do contactors close.
    this.isRunning = true;
    this.feed();
  }

  /** What must be known before a transaction goes on, so that its status is right from the first moment. */
  private reportAll(cp: ChargePoint): void {
    for (const error of this.errors.values()) cp.onError(0, error);
    for (const connector of this.connectors) {
      for (const error of connector.errors.values()) cp.onError(connector.id, error);
      if (connector.session) this.tellReadiness(cp, connector);
    }
  }

  /** The controller is without power; contactors are open. */
  powerOff(): void {
    this.cp = undefined;
    this.isRunning = false;
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
    connector.waitsForLock = undefined;
    this.clearErrors(connector.id, lockFailure);
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
    const errors = this.errorsOf(connector);
    this.change(() => errors.set(error.id, error));
    this.cp?.onError(connector, error);
  }

  /** `id` undefined: all of them. Those of connector 0 are the station's. */
  clearErrors(connector: number, id: string | undefined): void {
    const errors = this.errorsOf(connector);
    if (id !== undefined && !errors.has(id)) return;
    if (id === undefined) errors.clear();
    else errors.delete(id);
    if (id === undefined) this.cp?.onAllErrorsCleared(connector);
    else this.cp?.onErrorCleared(connector, id);
    // The contactors close once the station knows of it.
    this.feed();
  }

  errorsOf(connector: number): Map<string, ErrorInfo> {
    return connector === 0 ? this.errors : this.connector(connector).errors;
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

  /** Counts what flowed until now; then each contactor is where it has to be. */
  private settle(): void {
    const now = this.clock.now();
    for (const connector of this.connectors) {
      connector.meter.advance(now);
      connector.isClosed = connector.wantsCurrent && this.maySupply(connector);
      connector.meter.carry(connector.current, connector.phases);
    }
    this.mainMeter.advance(now);
    this.mainMeter.carryPower(this.connectors.reduce((sum, { meter }) => sum + meter.carried, 0));
  }

  /** Not without power, not over a fault of the connector or the station, and not where the station says no (protocol.md section 5). */
  private maySupply(connector: BoardConnector): boolean {
    const isFaulted = connector.isFaulted || [...this.errors.values()].some((error) => error.faulted);
    return this.isRunning && !isFaulted && this.cp?.maySupply(connector.id) === true;
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
    if (connector === undefined || cp === undefined || connector.session || !this.maySupply(connector)) return;
    if (connector.config.lock && !this.lock(connector)) {
      connector.waitsForLock = idTag;
      return;
    }
    this.settle();
    // The station hears of it before the contactor closes, and knows by then whether both sides are ready: its first status is the right one.
    this.tellReadiness(cp, connector);
    const session = { id: randomUUID(), idTag };
    connector.session = session;
    connector.isPaused = false;
    connector.lockedFor = undefined;
    connector.waitsForLock = undefined;
    cp.onTransactionStarted(connector.id, session.id, idTag, connector.meter.energy, this.signedValue(connector, 'B'));
    this.feed();
  }

  /** False: there is none. */
  end(connector: BoardConnector, reason: Reason): boolean {
    const { session } = connector;
    if (session === undefined) return false;
    this.change(() => {
      connector.session = undefined;
      connector.isPaused = false;
    });
    // The contactor is open by now.
    if (reason === 'DeAuthorized' || reason === 'EVDisconnected') connector.lockedFor = session.idTag;
    else if (reason !== 'UnlockCommand') connector.unlock();
    this.cp?.onTransactionStopped(connector.id, session.id, reason, connector.meter.energy, this.signedValue(connector, 'E'));
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
      for (const connector of this.connectors) {
        const period = schedules[connector.id]?.chargingSchedulePeriod[0];
        connector.limit = period && { current: period.limit, phases: period.numberPhases };
      }
    });
  }

  // The lock.

  /** Nothing begins on a cable that can be pulled out (protocol.md section 7). */
  private lock(connector: BoardConnector): boolean {
    connector.isLocked = !connector.nextLockFails;
    connector.nextLockFails = false;
    if (connector.isLocked) return true;
    this.setError(connector.id, { id: lockFailure, errorCode: 'ConnectorLockFailure', faulted: true });
    return false;
  }

  /** What the next locking comes to. One that failed before is tried again when it can succeed. */
  setLockOutcome(connector: BoardConnector, succeeds: boolean): void {
    connector.nextLockFails = !succeeds;
    if (!succeeds) return;
    this.clearErrors(connector.id, lockFailure);
    const { waitsForLock } = connector;
    connector.waitsForLock = undefined;
    // Whoever waits still: the station knows whether his time is over.
    const authorized = this.cp?.connectors[connector.id]?.authorization;
    if (waitsForLock !== undefined && authorized?.provided && authorized.idTag === waitsForLock) this.begin([connector.id], waitsForLock);
  }

  /** Never under load, whoever asks. */
  unlock(connector: BoardConnector): LockOutcome {
    const outcome = connector.nextUnlock ?? 'Unlocked';
    connector.nextUnlock = undefined;
    if (connector.isClosed) return 'UnlockFailed';
    if (outcome === 'Unlocked') connector.unlock();
    return outcome;
  }

  /** A card is shown: a cable that waits for it is free (OCPP 1.6 4.10), before the station hears of the card. */
  present(idTag: string, connectors: readonly number[] | undefined): void {
    for (const connector of this.connectors) {
      const isServed = connectors === undefined || connectors.includes(connector.id);
      if (isServed && !connector.session && connector.lockedFor?.toLowerCase() === idTag.toLowerCase()) connector.unlock();
    }
    this.cp?.onToken(idTag, connectors);
  }

  private signedValue(connector: BoardConnector, context: 'B' | 'C' | 'E'): { signed?: ReturnType<Meter['signedValue']> } {
    const { signed, meterPublicKey } = connector.config;
    return signed ? { signed: connector.meter.signedValue(context, meterPublicKey, this.clock.iso()) } : {};
  }
}
