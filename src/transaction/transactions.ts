/** Begins and ends transactions, and decides at boot about those that a power cut interrupted. */

import type { Callbacks, StationEvent } from '../callbacks.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import { dateOfStamp, floorOfStamp, momentOfStamp, stampText, undatedStamp } from '../link/clock.ts';
import { stampOf } from '../link/dating.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import type { Reason } from '../wire/types.ts';
import { Entries } from './entries.ts';
import { isSample, type Meter, type MeterStation, sampleOf } from './meter.ts';
import { isTransaction, readEntry, readStart, readStop, startRecord, startStampOf, stopRecord, toldBy } from './records.ts';
import { storeSigned } from './signed.ts';
import { type ChargingConnector, type StartDetails, type StopDetails, Transaction } from './transaction.ts';
import { belongsTo } from './transaction-data.ts';

export interface TransactionStation extends MeterStation {
  readonly callbacks: Callbacks;
  readonly statuses: StatusNotifications;
  /** Hears of each end. Undefined without Smart Charging. */
  readonly chargingProfiles: { onTransactionEnded(): void } | undefined;
  report(event: StationEvent): void;
  inform(callback: () => unknown): void;
}

export class Transactions {
  private readonly station: TransactionStation;
  readonly meter: Meter;
  readonly entries: Entries;
  /** Transactions found at boot that wait for `start` to say whether their session goes on. */
  private recovered: Transaction[] | undefined;

  constructor(station: TransactionStation, meter: Meter) {
    this.station = station;
    this.meter = meter;
    this.entries = new Entries(station.host);
  }

  /** Stores the start, then shows it. Undefined when it cannot be stored: then nobody may charge (a bill depends on it). */
  begin(connector: ChargingConnector, session: string, idTag: string, meterStart: number, details: StartDetails): Transaction | undefined {
    const { clock, host, outbox } = this.station;
    const stamp = clock.stamp(details.time ?? host.now());
    const meter = Math.max(0, Math.floor(meterStart + 0.5));
    const reservationId = details.reservationId ?? connector.authorization?.reservationId;
    let start: number;
    try {
      start = outbox.append(startRecord(connector.id, stamp, meter, reservationId, idTag, session), true);
    } catch (error) {
      host.log('error', `A transaction on connector ${connector.id} could not be stored: ${error}`);
      return undefined;
    }
    const transaction = new Transaction(connector.id, session, idTag, start, meter);
    clock.stamp(details.time ?? host.now(), transaction);
    transaction.parentIdTag = connector.authorization?.parentIdTag;
    transaction.reservationId = reservationId;
    transaction.began = details.time ?? host.now();
    connector.transaction = transaction;
    connector.authorization = undefined;
    connector.finishing = false;
    this.boundarySample(connector, 'B', stamp);
    if (details.signed !== undefined) storeSigned(this.station, connector, transaction, 'B', stamp, details.signed);
    this.meter.armSampling(connector);
    this.station.deadlines.clear(this.station.deadlines.slotOf(connector.id, ConnectorDeadline.ConnectionTimeOut));
    return transaction;
  }

  /** Stores the end. The transaction is over for the station whatever happens; a stop that does not fit now is stored later. */
  end(connector: ChargingConnector, transaction: Transaction, reason: Reason, meterStop: number, details: StopDetails): void {
    const { clock, host, deadlines } = this.station;
    const stamp = clock.stamp(details.time ?? host.now(), transaction);
    this.boundarySample(connector, 'E', stamp);
    if (details.signed !== undefined) storeSigned(this.station, connector, transaction, 'E', stamp, details.signed);
    const meter = this.clamped(connector, transaction, Math.floor(meterStop + 0.5));
    const idTag = details.idTag ?? transaction.stopIdTag;
    transaction.unstored = stopRecord(transaction, stamp, meter, reason, idTag);
    deadlines.clear(deadlines.slotOf(connector.id, ConnectorDeadline.Sample));
    this.storeEnd(connector, transaction);
  }

  /** As `storeEnd`, for one that had to wait: a moment of this boot becomes a date as soon as the time is known. */
  storeLateEnd(connector: ChargingConnector, transaction: Transaction): boolean {
    const { clock } = this.station;
    const record = transaction.unstored ?? '';
    const stamp = stampOf(record);
    if (stamp[0] === '~' && clock.known) transaction.unstored = record.replace(stamp, stampText(this.dateOfLate(stamp)));
    return this.storeEnd(connector, transaction);
  }

  private dateOfLate(stamp: string): number {
    return Math.max(floorOfStamp(stamp), Math.floor(this.station.clock.lowerBoundAt(momentOfStamp(stamp))));
  }

  /** Tries to store the end; until it is stored the transaction stays on its connector, so that nothing new can hide it. */
  storeEnd(connector: ChargingConnector, transaction: Transaction): boolean {
    const { outbox, host, deadlines } = this.station;
    const slot = deadlines.slotOf(connector.id, ConnectorDeadline.Stop);
    if (transaction.unstored === undefined) return false;
    try {
      outbox.append(transaction.unstored, true);
    } catch (error) {
      host.log('error', `The end of a transaction on connector ${connector.id} waits for room: ${error}`);
      deadlines.set(slot, host.now() + 10_000);
      return false;
    }
    const { reason } = readStop(transaction.unstored);
    transaction.unstored = undefined;
    deadlines.clear(slot);
    connector.transaction = undefined;
    connector.suspendedByEV = false;
    connector.suspendedByEVSE = false;
    this.stopped(transaction, reason);
    return true;
  }

  /** At boot, before the outbox is read: what the store knows. Returns below which record everything was told. */
  load(): number {
    let told = 0;
    for (const connector of this.station.connectors) {
      if (connector.id === 0) continue;
      const text = this.entries.read(connector.id);
      if (text === undefined) continue;
      if (!isTransaction(text)) told = Math.max(told, toldBy(text) || 0);
      else {
        const transaction = readEntry(connector.id, text);
        if (transaction === undefined) this.station.host.log('error', `The transaction of connector ${connector.id} cannot be read back.`);
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
    for (const { id } of this.station.connectors) if (id > 0) this.entries.onJournalLost(id, next);
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

  /** Goes on with the sessions that are still there and ends the others with PowerLoss, before anything new happens (OCPP 1.6 4.10). */
  resume(sessions: readonly string[]): void {
    for (const transaction of this.recovered ?? []) {
      const connector = this.station.connectors[transaction.connector];
      if (connector === undefined || connector.id === 0) this.endLost(transaction);
      else if (sessions.includes(transaction.session) && connector.transaction === undefined) {
        connector.transaction = transaction;
        connector.plugged = true;
        transaction.floor = this.newestDate(transaction);
        this.meter.armSampling(connector);
      } else {
        this.endLost(transaction);
        this.stopped(transaction, 'PowerLoss');
      }
    }
    this.recovered = undefined;
  }

  private endLost(transaction: Transaction): void {
    const { host, outbox, connectors } = this.station;
    const record = stopRecord(transaction, this.lastStamp(transaction), this.lastMeter(transaction), 'PowerLoss', undefined);
    try {
      outbox.append(record, true);
    } catch (error) {
      host.log('error', `The end of a transaction on connector ${transaction.connector} waits for room: ${error}`);
      const connector = connectors[transaction.connector];
      if (connector === undefined) return;
      transaction.unstored = record;
      connector.transaction = transaction;
      this.storeEnd(connector, transaction);
    }
  }

  /** The moment of the last record of a transaction, as a stamp of this boot: the last that is known of it. */
  private lastStamp(transaction: Transaction): string {
    const { outbox } = this.station;
    const number = this.lastRecord(transaction);
    if (number > 0) return outbox.stampAgain(number, stampOf(outbox.read(number) ?? ''));
    const started = this.startTime(transaction) ?? 0;
    // What was told of it went with its journal: it ended before this boot, at the latest.
    return transaction.start < 0 ? undatedStamp(0, started) : stampText(started);
  }

  /** The newest date of a transaction; 0: it has none for certain. */
  private newestDate(transaction: Transaction): number {
    const { outbox } = this.station;
    const number = this.lastRecord(transaction);
    const stamp = stampOf(outbox.read(number) ?? '');
    if (number === 0) return this.startTime(transaction) ?? 0;
    return outbox.isOpen(number, stamp) ? floorOfStamp(stamp) : outbox.dateOf(number, stamp);
  }

  /** The number of the last record of a transaction that can still be read; 0: none. */
  private lastRecord(transaction: Transaction): number {
    const { outbox, host } = this.station;
    let last = 0;
    for (let number = Math.max(1, transaction.start); number < host.journal.next; number++) {
      const record = outbox.read(number);
      if (number === transaction.start ? record?.[0] === 's' : record && belongsTo(number, record, transaction.start)) last = number;
    }
    return last;
  }

  /** The last stored sample of the import register; the start's value when there is none. */
  private lastMeter(transaction: Transaction): number {
    const { outbox, host } = this.station;
    for (let number = host.journal.next - 1; number > transaction.start; number--) {
      const record = outbox.read(number);
      if (record === undefined && number < outbox.head) break;
      if (record === undefined || !isSample(record)) continue;
      const sample = sampleOf(number, record);
      if (sample.start !== transaction.start) continue;
      for (const value of [...this.meter.sampledValues(sample, false), ...this.meter.sampledValues(sample, true)]) {
        if (value.measurand === 'Energy.Active.Import.Register' && value.phase === undefined) {
          return Math.max(transaction.meterStart, Math.floor(Number(value.value) + 0.5));
        }
      }
    }
    return transaction.meterStart;
  }

  /** Tells whoever wants to know that a StopTransaction is stored. */
  private stopped(transaction: Transaction, reason: Reason): void {
    const { connector, session, transactionId } = transaction;
    this.station.chargingProfiles?.onTransactionEnded();
    this.station.report({ event: 'tx_stopped', connector, session, transactionId, reason });
    this.station.inform(() => this.station.callbacks.transactionStopped?.(connector, session, transactionId));
  }

  /** A meter that fell is clamped and reported (protocol.md section 7). */
  private clamped(connector: ChargingConnector, transaction: Transaction, meterStop: number): number {
    if (meterStop >= transaction.meterStart) return meterStop;
    this.station.statuses.tell(connector, 'PowerMeterFailure', 'meterStop below meterStart');
    return transaction.meterStart;
  }

  private boundarySample(connector: ChargingConnector, context: 'B' | 'E', stamp: string): void {
    try {
      this.meter.take(connector, context, stamp);
    } catch (error) {
      this.station.host.log('error', `Meter values of connector ${connector.id} could not be stored: ${error}`);
    }
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
