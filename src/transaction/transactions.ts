/** Begins and ends transactions, and decides at boot about those that a power cut interrupted. */

import { dateOfStamp, floorOfStamp, momentOfStamp, stampText, undatedStamp } from '../link/clock.ts';
import { stampOf } from '../link/dating.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { BootReason, Reason } from '../wire/types.ts';
import { Entries } from './entries.ts';
import { keep, onRegister, onRegisterKept, stopKeeping } from './kept.ts';
import type { Meter, MeterStation } from './meter.ts';
import {
  adoptKept,
  isTransaction,
  type KeptMoment,
  keptOf,
  readEntry,
  readStart,
  readStop,
  startRecord,
  startStampOf,
  stopRecord,
  toldBy,
} from './records.ts';
import { askForPause, onAllowance, type RefusingStation } from './refusal.ts';
import { needRoomForStart } from './room.ts';
import { isSample, sampleOf } from './samples.ts';
import { storeSigned } from './signed.ts';
import { type ChargingConnector, type StartDetails, type StopDetails, Transaction } from './transaction.ts';
import { belongsTo } from './transaction-data.ts';

export interface TransactionStation extends MeterStation, RefusingStation {
  readonly settings: MeterStation['settings'];
  /** Hears of each end. Undefined without Smart Charging. */
  readonly chargingProfiles: { onTransactionEnded(): void } | undefined;
  readonly gate: Gate;
}

/** Wh. */
const fallTolerance = 10;
/** A station has no more; one that has fewer than before still owes the central system the ends of the others. */
const mostConnectors = 16;
/** Milliseconds until what failed is tried again. */
const retryAfter = 10_000;

export class Transactions {
  private readonly station: TransactionStation;
  readonly meter: Meter;
  readonly entries: Entries;
  /** Transactions found at boot: those whose session does not go on wait for `start` to say why they ended. */
  private recovered: Transaction[] | undefined;

  constructor(station: TransactionStation, meter: Meter) {
    this.station = station;
    this.meter = meter;
    this.entries = new Entries(station.host);
  }

  // The beginning.

  /** Stores the start, then shows it. Undefined when it cannot be stored: then nobody may charge (a bill depends on it). */
  begin(connector: ChargingConnector, session: string, idTag: string, meterStart: number, details: StartDetails): Transaction | undefined {
    const { clock, host, outbox } = this.station;
    if (this.recovered !== undefined) this.endLostAt(connector);
    if (connector.transaction !== undefined && !this.storeLateEnd(connector, connector.transaction)) return undefined;
    const stamp = clock.stamp(details.time ?? host.now());
    const meter = Math.max(0, Math.floor(meterStart + 0.5));
    // Whoever else was authorized here, it is not his group and not his reservation.
    const user = connector.authorization && equalsIgnoringCase(connector.authorization.idTag, idTag) ? connector.authorization : undefined;
    const reservationId = details.reservationId ?? user?.reservationId;
    const parentIdTag = user?.parentIdTag;
    let start: number;
    try {
      needRoomForStart(this.station);
      const names = parentIdTag === undefined ? [idTag, session] : [idTag, session, parentIdTag];
      start = outbox.append(startRecord(connector.id, stamp, meter, reservationId, names), true);
    } catch (error) {
      host.log('error', `A transaction on connector ${connector.id} could not be stored: ${error}`);
      return undefined;
    }
    const transaction = new Transaction(connector.id, session, idTag, start, meter);
    clock.stamp(details.time ?? host.now(), transaction);
    transaction.parentIdTag = parentIdTag;
    transaction.reservationId = reservationId;
    transaction.began = details.time ?? host.now();
    connector.transaction = transaction;
    return transaction;
  }

  /** The start is stored: its first values, and what goes on while it runs. Not in `begin`, for the stack. */
  onBegun(connector: ChargingConnector, transaction: Transaction, details: StartDetails): void {
    const stamp = this.station.clock.stamp(transaction.latest, transaction);
    connector.authorization = undefined;
    connector.finishing = false;
    this.forgetStray(connector);
    this.meter.takeBoundary(connector, transaction, 'B', stamp, transaction.meterStart);
    if (details.signed !== undefined) storeSigned(this.station, connector, transaction, 'B', stamp, details.signed);
    this.meter.armSampling(connector);
    onRegisterKept(this.station, transaction);
    this.station.deadlines.clear(this.station.deadlines.slotOf(connector.id, ConnectorDeadline.ConnectionTimeOut));
  }

  /** The start could not be stored: the wallbox is asked to end the session until it says that it has (a bill depends on it). */
  onNotBegun(connector: ChargingConnector, session: string): void {
    connector.authorization = undefined;
    if (connector.strays?.includes(session)) return;
    this.forgetStray(connector);
    this.station.gate.report({ event: 'dropped', action: 'StartTransaction', reason: 'The store is full' });
    this.addStray(connector, session);
  }

  private addStray(connector: ChargingConnector, session: string): void {
    connector.strays = [...(connector.strays ?? []), session];
    this.askToEndStray(connector);
  }

  private askToEndStray(connector: ChargingConnector): void {
    const { deadlines, host, callbacks } = this.station;
    deadlines.set(deadlines.slotOf(connector.id, ConnectorDeadline.Stop), host.now() + retryAfter);
    this.station.gate.inform(() => callbacks.stopTransaction(connector.id, 'Other'));
  }

  /** Whoever charges at the connector does so with a transaction that is stored. */
  private forgetStray(connector: ChargingConnector): void {
    delete connector.strays;
    delete connector.restingStrays;
  }

  /** The cable is out, so nothing flows, and the wallbox is left alone; it has not said that the session is over. */
  restStray(connector: ChargingConnector): void {
    const { strays } = connector;
    delete connector.strays;
    if (strays !== undefined) connector.restingStrays = strays;
  }

  /** A cable is in again: a session that the wallbox never ended would charge this car with no transaction. */
  wakeStray(connector: ChargingConnector): void {
    const { restingStrays } = connector;
    delete connector.restingStrays;
    for (const session of restingStrays ?? []) this.addStray(connector, session);
  }

  /** The wallbox has ended a session; true when it was one that could not be stored. */
  onStrayEnded(connector: ChargingConnector, session: string): boolean {
    // Of several strange sessions nobody knows which is where.
    if (!connector.strays?.includes(session) && !connector.restingStrays?.includes(session)) return false;
    for (const each of this.station.connectors) {
      for (const list of ['strays', 'restingStrays'] as const) {
        const left = each[list]?.filter((stray) => stray !== session);
        if (left?.length) each[list] = left;
        else delete each[list];
      }
    }
    return true;
  }

  // While it runs.

  /** The meter of the connector has moved. */
  onMeterValues(connector: ChargingConnector): void {
    const { transaction, energy } = connector;
    if (connector.id === 0) this.meter.onMainMeter(connector);
    if (transaction === undefined || energy === undefined || transaction.unstored !== undefined) return;
    onRegister(this.station, transaction, energy);
    onAllowance(this.station, connector, transaction);
  }

  /** ConnectorDeadline.Register: nothing has put the register into flash for too long. */
  onRegisterDeadline(connector: ChargingConnector): void {
    if (connector.transaction) keep(this.station, connector.transaction);
  }

  /** ConnectorDeadline.Stop: what did not end or pause, or could not be stored, is tried again. */
  onStopDeadline(connector: ChargingConnector): void {
    if (connector.transaction?.unstored !== undefined) this.storeLateEnd(connector, connector.transaction);
    else if (connector.transaction !== undefined) connector.transaction.asked = false; // `settle` asks again
    askForPause(this.station, connector);
    if (connector.strays !== undefined) this.askToEndStray(connector);
  }

  // The end.

  /** Stores the end. The transaction is over for the station whatever happens; a stop that does not fit now is stored later. */
  end(connector: ChargingConnector, transaction: Transaction, reason: Reason, meterStop: number, details: StopDetails): void {
    const { clock, host } = this.station;
    const stamp = clock.stamp(details.time ?? host.now(), transaction);
    const meter = this.clamped(connector, transaction, Math.floor(meterStop + 0.5));
    this.stopSampling(connector);
    this.meter.takeBoundary(connector, transaction, 'E', stamp, meter);
    if (details.signed !== undefined) storeSigned(this.station, connector, transaction, 'E', stamp, details.signed);
    // A card that wished it has not ended what ended for another reason (1.6 4.10).
    const idTag = details.idTag ?? (reason === transaction.stopping ? transaction.stopIdTag : undefined);
    transaction.unstored = stopRecord(transaction, stamp, meter, reason, idTag, this.meter.keepsTransactionData);
    // The other store may have room for it, should the power go before the journal has.
    if (this.storeEnd(connector, transaction)) this.stopped(transaction, reason);
    else keep(this.station, transaction);
  }

  private stopSampling(connector: ChargingConnector): void {
    const { deadlines } = this.station;
    deadlines.clear(deadlines.slotOf(connector.id, ConnectorDeadline.Sample));
    stopKeeping(this.station, connector.id);
  }

  /**
   * A meter that fell is clamped to the last register that is known, and reported (protocol.md section 7). A little less is no fall: the
   * wallbox read it a moment before the values that it told last.
   */
  private clamped(connector: ChargingConnector, transaction: Transaction, meterStop: number): number {
    if (meterStop >= Math.max(transaction.meterStart, transaction.register - fallTolerance)) return meterStop;
    this.station.host.log('error', `The meter of connector ${connector.id} fell from ${transaction.register} to ${meterStop} Wh.`);
    this.station.statuses.tell(connector, 'PowerMeterFailure', 'meterStop below the last register');
    return transaction.register;
  }

  /** As `endStored`, for one that had to wait: a moment of this boot becomes a date as soon as the time is known. */
  private storeLateEnd(connector: ChargingConnector, transaction: Transaction): boolean {
    const { clock } = this.station;
    const record = transaction.unstored ?? '';
    const stamp = stampOf(record);
    if (stamp[0] === '~' && clock.known) transaction.unstored = record.replace(stamp, stampText(this.dateOfLate(stamp)));
    return this.endStored(connector, transaction);
  }

  private dateOfLate(stamp: string): number {
    return Math.max(floorOfStamp(stamp), Math.floor(this.station.clock.lowerBoundAt(momentOfStamp(stamp))));
  }

  /** Tries to store the end; until it is stored the transaction stays on its connector, so that nothing new can hide it. */
  private storeEnd(connector: ChargingConnector, transaction: Transaction): boolean {
    const { outbox, host, deadlines } = this.station;
    const slot = deadlines.slotOf(connector.id, ConnectorDeadline.Stop);
    if (transaction.unstored === undefined) return false;
    try {
      connector.lastStop = outbox.append(transaction.unstored, true);
    } catch (error) {
      host.log('error', `The end of a transaction on connector ${connector.id} waits for room: ${error}`);
      deadlines.set(slot, host.now() + retryAfter);
      return false;
    }
    transaction.unstored = undefined;
    if (connector.strays === undefined) deadlines.clear(slot);
    stopKeeping(this.station, connector.id);
    connector.transaction = undefined;
    delete connector.suspendedByEV;
    delete connector.suspendedByEVSE;
    return true;
  }

  /** Stores an end that is told at once if it could be stored. */
  private endStored(connector: ChargingConnector, transaction: Transaction): boolean {
    const { reason } = readStop(transaction.unstored ?? '');
    const isStored = this.storeEnd(connector, transaction);
    if (isStored) this.stopped(transaction, reason);
    return isStored;
  }

  /** Tells whoever wants to know that a StopTransaction is stored. */
  private stopped(transaction: Transaction, reason: Reason): void {
    const { connector, session, transactionId } = transaction;
    this.station.chargingProfiles?.onTransactionEnded();
    this.station.gate.report({ event: 'tx_stopped', connector, session, transactionId, reason });
    this.station.gate.inform(() => this.station.callbacks.transactionStopped?.(connector, session, transactionId));
  }

  // After a boot.

  /** Before the outbox is read: what the store knows. Returns below which record everything was told. */
  load(): number {
    let told = 0;
    for (let id = 1; id <= mostConnectors; id++) {
      const text = this.entries.read(id);
      if (text === undefined) continue;
      if (!isTransaction(text)) told = Math.max(told, toldBy(text) || 0);
      else {
        const transaction = readEntry(id, text);
        if (transaction === undefined) this.station.host.log('error', `The transaction of connector ${id} cannot be read back.`);
        else {
          this.found(transaction);
          told = Math.max(told, transaction.start + 1);
        }
      }
    }
    return told;
  }

  onRecovered(number: number, record: string): void {
    if (record[0] === 's') this.found(readStart(number, record));
    else if (record[0] === 'e') this.ended(readStop(record).start);
  }

  /** A transaction that the store remembers goes on, or ends, all the same. */
  onJournalLost(next: number): void {
    for (let id = 1; id <= mostConnectors; id++) this.entries.onJournalLost(id, next);
    this.recovered = undefined;
    this.load();
  }

  /** Whether a transaction that runs, or was found at boot, has used this reservation up. */
  hasBegunWith(reservationId: number): boolean {
    if (this.recovered?.some((transaction) => transaction.reservationId === reservationId)) return true;
    return this.station.connectors.some(({ transaction }) => transaction?.reservationId === reservationId);
  }

  private found(transaction: Transaction): void {
    if (this.recovered === undefined) this.recovered = [transaction];
    else this.recovered.push(transaction);
  }

  private ended(start: number): void {
    const index = this.recovered?.findIndex((transaction) => transaction.start === start) ?? -1;
    if (index >= 0) this.recovered?.splice(index, 1);
  }

  /** Goes on with the sessions that are still there; the others wait for `endLost`. */
  resume(sessions: readonly string[]): void {
    const lost: Transaction[] = [];
    for (const transaction of this.recovered ?? []) {
      const connector = this.station.connectors[transaction.connector];
      this.adoptLastKnown(transaction);
      if (connector === undefined || connector.id === 0 || connector.transaction !== undefined) lost.push(transaction);
      else if (transaction.unstored !== undefined) this.storeKeptEnd(connector, transaction);
      else if (sessions.includes(transaction.session)) this.goOn(connector, transaction);
      else lost.push(transaction);
    }
    for (const session of sessions) if (!this.recovered?.some((known) => known.session === session)) this.onStrange(session);
    this.recovered = lost.length > 0 ? lost : undefined;
  }

  /** The wallbox goes on with a session that was never stored, or is over: nobody knows where, so it is asked to end wherever it may be. */
  private onStrange(session: string): void {
    const { host, connectors } = this.station;
    host.log('error', `The wallbox goes on with session ${session}, of which no transaction is stored.`);
    for (const connector of connectors) if (connector.id > 0 && connector.transaction === undefined) this.addStray(connector, session);
  }

  /** The wallbox goes on with it; what was decided is done again. */
  private goOn(connector: ChargingConnector, transaction: Transaction): void {
    const stamp = transaction.lastStamp ?? '';
    transaction.floor = stamp[0] === '~' ? floorOfStamp(stamp) : dateOfStamp(stamp);
    transaction.confirmed = transaction.register;
    delete transaction.lastStamp;
    connector.transaction = transaction;
    connector.plugged = true;
    this.meter.armSampling(connector);
    onRegisterKept(this.station, transaction);
    if (connector.energy !== undefined) onRegister(this.station, transaction, connector.energy);
    // A wished stop is asked for again by `settle`.
    askForPause(this.station, connector);
  }

  /** Its end had happened, and found no room in the journal before the power went. */
  private storeKeptEnd(connector: ChargingConnector, transaction: Transaction): void {
    const record = transaction.unstored ?? '';
    // Kept in the moment of its end, which is the last that is known.
    transaction.unstored = record.replace(stampOf(record), transaction.lastStamp ?? '');
    connector.transaction = transaction;
    this.endStored(connector, transaction);
  }

  /** Ends the transactions whose session does not go on, before anything new happens (OCPP 1.6 4.10). */
  endLost(bootReason: BootReason): void {
    const lost = this.recovered;
    this.recovered = undefined;
    for (const transaction of lost ?? []) this.endAfterBoot(transaction, reasonAfter(bootReason, transaction.stopping));
  }

  /** A wallbox that reports before `start` did not go on with what was at this connector before. `init` may not have been called. */
  private endLostAt(connector: ChargingConnector): void {
    const { recovered = [] } = this;
    const left = recovered.filter((transaction) => transaction.connector !== connector.id);
    this.recovered = left.length > 0 ? left : undefined;
    for (const transaction of recovered) {
      if (transaction.connector !== connector.id) continue;
      if (transaction.lastStamp === undefined) this.adoptLastKnown(transaction);
      if (transaction.unstored !== undefined) this.storeKeptEnd(connector, transaction);
      else this.endAfterBoot(transaction, reasonAfter('PowerUp', transaction.stopping));
    }
  }

  /** The energy went through this meter, also what the station did not see any more before the power went. */
  private endAfterBoot(transaction: Transaction, reason: Reason): void {
    const { connectors, outbox, host } = this.station;
    const connector = connectors[transaction.connector];
    const read = connector?.energy === undefined ? 0 : this.clamped(connector, transaction, connector.energy);
    const meterStop = Math.max(transaction.register, read);
    const stamp = transaction.lastStamp ?? undatedStamp(0, 0);
    const record = stopRecord(transaction, stamp, meterStop, reason, undefined, this.meter.keepsTransactionData);
    if (connector !== undefined && connector.id > 0 && connector.transaction === undefined) {
      connector.transaction = transaction;
      transaction.unstored = record;
      this.meter.takeBoundary(connector, transaction, 'E', stamp, meterStop);
      this.endStored(connector, transaction);
      return;
    }
    try {
      outbox.append(record, true);
      this.stopped(transaction, reason);
    } catch (error) {
      host.log('error', `The end of a transaction on connector ${transaction.connector} waits for the next boot: ${error}`);
    }
  }

  /** What flash knows of a transaction that a power cut interrupted, and the last moment known of it. */
  private adoptLastKnown(transaction: Transaction): void {
    const { host, outbox } = this.station;
    const number = this.adoptSamples(transaction);
    const told = number > 0 ? outbox.stampAgain(number, stampOf(outbox.read(number) ?? '')) : this.startStampAgain(transaction);
    const text = host.storage.read(keptOf(transaction.connector));
    const kept = text === undefined ? undefined : adoptKept(transaction, text);
    transaction.lastStamp = kept === undefined ? told : laterStamp(told, this.keptStampAgain(kept) ?? told);
  }

  private startStampAgain(transaction: Transaction): string {
    const started = this.startTime(transaction) ?? 0;
    // What was told of it went with its journal: it ended before this boot, at the latest.
    return transaction.start < 0 ? undatedStamp(0, started) : stampText(started);
  }

  private keptStampAgain({ stamp, number }: KeptMoment): string | undefined {
    if (stamp[0] !== '~') return stamp === '' ? undefined : stamp;
    return number > 0 ? this.station.outbox.stampAgain(number, stamp) : undefined;
  }

  /** Goes back through the journal to the last sample of the register. The number of its last record; 0: none can be read. */
  private adoptSamples(transaction: Transaction): number {
    const { outbox, host } = this.station;
    let last = 0;
    for (let number = host.journal.next - 1; number >= Math.max(1, transaction.start); number--) {
      const record = outbox.read(number);
      if (record === undefined && number < outbox.head) break;
      if (record === undefined) continue;
      if (number === transaction.start && last === 0 && record[0] === 's') last = number;
      if (!belongsTo(number, record, transaction.start)) continue;
      if (last === 0) last = number;
      const register = isSample(record) ? this.meter.registerOf(sampleOf(number, record)) : undefined;
      if (register === undefined) continue;
      transaction.register = Math.max(transaction.register, register);
      break;
    }
    return last;
  }

  /** Unix milliseconds of the start; undefined when the store does not tell. */
  startTime(transaction: Transaction): number | undefined {
    const { outbox } = this.station;
    const text = this.entries.read(transaction.connector);
    const kept = text === undefined ? undefined : startStampOf(text, transaction.start);
    if (kept !== undefined) return dateOfStamp(kept);
    const record = outbox.read(transaction.start);
    if (record?.[0] !== 's') return undefined;
    return outbox.dateOf(transaction.start, stampOf(record));
  }
}

/** Of two stamps of this boot; one without date is of a boot after those that have one. */
function laterStamp(one: string, other: string): string {
  const isOpen = one[0] === '~';
  if (isOpen === (other[0] === '~')) {
    const momentOf = isOpen ? momentOfStamp : dateOfStamp;
    return momentOf(one) > momentOf(other) ? one : other;
  }
  const [open, dated] = isOpen ? [one, other] : [other, one];
  return undatedStamp(momentOfStamp(open), Math.max(floorOfStamp(open), dateOfStamp(dated)));
}

/** Why a transaction ended whose session did not outlive the boot (OCPP 1.6 4.10, 7.36). */
function reasonAfter(boot: BootReason, wished: Reason | undefined): Reason {
  if (wished === 'HardReset' || wished === 'SoftReset') return wished;
  if (boot === 'PowerUp' || boot === 'Unknown') return 'PowerLoss';
  return boot === 'RemoteReset' ? 'SoftReset' : 'Reboot';
}
