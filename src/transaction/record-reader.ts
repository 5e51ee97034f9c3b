/** What the outbox asks of the records of transactions: the message that each stands for, and what follows from its answer. */

import type { Parts } from '../host.ts';
import { stampOf } from '../link/dating.ts';
import type { Gate } from '../link/gate.ts';
import type { RecordReader } from '../link/outbox.ts';
import { callParts } from '../wire/frame.ts';
import { idTagInfoOf } from '../wire/id-tag-info.ts';
import { formatTime } from '../wire/time.ts';
import type { Action, IdTagInfo, Request } from '../wire/types.ts';
import type { Meter, MeterStation } from './meter.ts';
import { readStart, readStop } from './records.ts';
import { onStartRefused, type RefusingStation } from './refusal.ts';
import { contextOf, isSample, sampleOf } from './samples.ts';
import { signedBehind } from './signed.ts';
import { refusedForGood } from './transaction.ts';
import { stopParts } from './transaction-data.ts';
import type { Transactions } from './transactions.ts';

/** Who is told what the central system answered about an idTag. */
export interface IdTagListener {
  learn(idTag: string, info: IdTagInfo): void;
}

export interface ReaderStation extends MeterStation, RefusingStation {
  readonly settings: MeterStation['settings'];
  readonly authorizer: IdTagListener;
  readonly gate: Gate;
}

export class TransactionReader implements RecordReader {
  private readonly station: ReaderStation;
  private readonly meter: Meter;
  private readonly transactions: Transactions;

  constructor(station: ReaderStation, meter: Meter, transactions: Transactions) {
    this.station = station;
    this.meter = meter;
    this.transactions = transactions;
  }

  onRecovered(number: number, record: string): void {
    this.transactions.onRecovered(number, record);
  }

  onDated(unix: number): void {
    for (const { transaction } of this.station.connectors) if (transaction) transaction.floor = Math.max(transaction.floor, unix);
  }

  onJournalLost(next: number): void {
    this.transactions.onJournalLost(next);
  }

  actionOf(record: string): Action | undefined {
    switch (record[0]) {
      case 's':
        return 'StartTransaction';
      case 'e':
        return 'StopTransaction';
      default:
        return isSample(record) && this.meter.asksForMeterValues(record) ? 'MeterValues' : undefined;
    }
  }

  /** The values of the begin are told right behind StartTransaction (signed meter values 3.3.4). */
  isPartOfStart(start: number, number: number, record: string): boolean {
    return record[0] === 'B' && sampleOf(number, record).start === start;
  }

  partsOf(id: string, number: number, record: string): Parts {
    switch (record[0]) {
      case 's':
        return callParts(id, 'StartTransaction', this.startRequest(number, record));
      case 'e':
        return this.stopParts(id, number, record);
      default:
        return callParts(id, 'MeterValues', this.meterValuesRequest(number, record));
    }
  }

  private startRequest(number: number, record: string): Request<'StartTransaction'> {
    const { connector, idTag, meterStart, reservationId } = readStart(number, record);
    const timestamp = this.timeOf(number, record);
    return { connectorId: connector, idTag, meterStart, timestamp, ...(reservationId === undefined ? {} : { reservationId }) };
  }

  private meterValuesRequest(number: number, record: string): Request<'MeterValues'> {
    const sample = sampleOf(number, record);
    const transactionId = sample.start === 0 ? undefined : this.transactionIdOf(sample.connector, sample.start);
    const sampledValue = this.meter.sampledValues(sample, false);
    const value = signedBehind(this.station, number, sample);
    if (value !== undefined) sampledValue.push({ value, context: contextOf(sample.context), format: 'SignedData' });
    return {
      connectorId: sample.connector,
      ...(transactionId === undefined ? {} : { transactionId }),
      meterValue: [{ timestamp: this.timeOf(number, record), sampledValue }],
    };
  }

  private stopParts(id: string, number: number, record: string): Parts {
    const stop = readStop(record);
    const request: Request<'StopTransaction'> = {
      transactionId: this.transactionIdOf(stop.connector, stop.start) ?? refusedForGood,
      meterStop: stop.meterStop,
      timestamp: this.timeOf(number, record),
      reason: stop.reason,
      ...(stop.idTag === undefined ? {} : { idTag: stop.idTag }),
    };
    if (!stop.hasData) return callParts(id, 'StopTransaction', request);
    return stopParts(this.station, this.meter, id, request, stop.start, number);
  }

  private timeOf(number: number, record: string): string {
    return formatTime(this.station.outbox.dateOf(number, stampOf(record)));
  }

  /** The central system's id, filled in at the moment of sending (OCPP 1.6 4.8). */
  private transactionIdOf(connector: number, start: number): number | undefined {
    const running = this.station.connectors[connector]?.transaction;
    if (running?.start === start && running.transactionId !== undefined) return running.transactionId;
    return this.transactions.entries.transactionIdOf(connector, start);
  }

  onConfirmed(number: number, record: string, payload: object | undefined): boolean {
    if (record[0] === 's') return this.onStartConfirmed(number, record, payload as { transactionId?: unknown; idTagInfo?: unknown });
    if (record[0] === 'e') this.onStopConfirmed(number, record, payload as { idTagInfo?: unknown });
    return true;
  }

  private onStartConfirmed(number: number, record: string, payload: { transactionId?: unknown; idTagInfo?: unknown } | undefined): boolean {
    const transactionId = payload?.transactionId;
    if (typeof transactionId !== 'number' || !Number.isInteger(transactionId)) return false;
    const info = idTagInfoOf(payload?.idTagInfo);
    // Only what was received is learnt (protocol.md section 6).
    if (info) this.station.authorizer.learn(readStart(number, record).idTag, info);
    this.settleStart(number, record, transactionId, info ?? { status: 'Accepted' });
    return true;
  }

  /** The start is told, or given up: its id is stored before the record is released, then everybody hears of it. */
  private settleStart(number: number, record: string, transactionId: number, info: IdTagInfo): void {
    const { connectors } = this.station;
    const stored = readStart(number, record);
    const connectorOf = connectors[stored.connector];
    const running = connectorOf?.transaction;
    const transaction = running?.start === number ? running : stored;
    transaction.transactionId = transactionId;
    if (info.parentIdTag !== undefined) transaction.parentIdTag = info.parentIdTag;
    const known = transactionId === refusedForGood ? undefined : transactionId;
    // Errata 3.17: only that very transaction is touched, never the next driver's.
    const isOn = running === transaction && running.unstored === undefined && connectorOf !== undefined;
    if (isOn && known !== undefined && info.status !== 'Accepted') onStartRefused(this.station, connectorOf, transaction);
    this.transactions.entries.save(transaction, this.station.outbox.dateOf(number, stampOf(record)));
    const { connector, session } = transaction;
    this.station.gate.report({ event: 'tx_updated', connector, session, transactionId: known, idTagInfo: info });
    this.station.gate.inform(() => this.station.callbacks.transactionUpdated?.(connector, session, known, info));
  }

  private onStopConfirmed(number: number, record: string, payload: { idTagInfo?: unknown } | undefined): void {
    const stop = readStop(record);
    const info = idTagInfoOf(payload?.idTagInfo);
    if (info && stop.idTag !== undefined) this.station.authorizer.learn(stop.idTag, info);
    this.transactions.entries.end(stop.connector, number);
  }

  onDropped(number: number, record: string, reason: string): void {
    const action = (record === '' ? undefined : this.actionOf(record)) ?? 'MeterValues';
    this.station.host.log('error', `${action} was given up: ${reason}.`);
    this.station.gate.report({ event: 'dropped', action, reason });
    if (record[0] === 's') this.settleStart(number, record, refusedForGood, { status: 'Invalid' });
    if (record[0] === 'e') this.onStopConfirmed(number, record, undefined);
  }

  onThinning(every: number): void {
    this.station.host.log('warn', `The journal runs low: one of ${every} meter values is kept.`);
    this.station.gate.report({ event: 'dropped', action: 'MeterValues', reason: `The journal runs low: one of ${every} is kept` });
  }

  oldestRefused(): number {
    return this.transactions.entries.oldestRefused();
  }

  /** The start of a transaction whose samples StopTransaction still needs. Room for what is new comes before that (errata 3.14). */
  oldestNeeded(): number {
    let oldest = this.oldestRefused();
    const { connectors, host } = this.station;
    if (!this.meter.keepsTransactionData || host.journal.free < host.journal.capacity / 4) return oldest;
    for (const { id } of connectors) if (id > 0) oldest = Math.min(oldest, this.transactions.entries.startAt(id));
    return oldest;
  }
}
