/**
 * Transactions: their facts in RAM, their records in the journal, and the messages made of these.
 *
 * `s` connector, stamp, meterStart, reservationId or nothing, JSON of [idTag, session]: StartTransaction. Its number names the transaction.
 * `e` connector, stamp, number of the `s` record, meterStop, reason, JSON of idTag or nothing: StopTransaction.
 * The journal forgets a confirmed start; from then on `t/<connector>` in the store holds the transaction, until its stop is confirmed:
 * then it holds how far the outbox is told, so that one write ends the transaction and keeps it from being told twice.
 */

import type { SignedMeterValue } from '../callbacks.ts';
import type { Connector } from '../connector/connector.ts';
import type { Station } from '../connector/station.ts';
import type { Parts } from '../host.ts';
import { dateOfStamp, stampText } from '../link/clock.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import type { RecordReader } from '../link/outbox.ts';
import { stampOf } from '../link/outbox.ts';
import { callParts } from '../wire/frame.ts';
import { cut, equalsIgnoringCase } from '../wire/text.ts';
import { formatTime } from '../wire/time.ts';
import type { Action, IdTagInfo, Reason, Request } from '../wire/types.ts';
import { contextOf, isSample, type Meter, sampleOf } from './meter.ts';
import { signedBehind, storeSigned } from './signed.ts';
import { stopParts } from './transaction-data.ts';

/** A transaction the central system does not know, because it refused its start for good (errata 3.18). */
export const refusedForGood = -1;

export class Transaction {
  readonly connector: number;
  readonly session: string;
  readonly idTag: string;
  /** The number of the StartTransaction record. */
  readonly start: number;
  /** Wh. */
  readonly meterStart: number;
  parentIdTag: string | undefined;
  transactionId: number | undefined;
  reservationId: number | undefined;
  /** The central system refused the idTag and the station goes on without energy (StopTransactionOnInvalidId false). */
  isPaused = false;
  /** Wh of the meter up to which a refused transaction may go on (MaxEnergyOnInvalidId). */
  energyAllowed: number | undefined;
  /** Why the wallbox was asked to end it; the end is reported by the wallbox. */
  stopping: Reason | undefined;
  /** The wallbox was asked. */
  asked = false;
  /** The card that asked. */
  stopIdTag: string | undefined;
  /** The StopTransaction record that did not fit into the store yet. */
  unstored: string | undefined;
  /** A signed value has told the meter's public key (PublicKeyWithSignedMeterValue). */
  isKeyTold?: boolean;

  constructor(connector: number, session: string, idTag: string, start: number, meterStart: number) {
    this.connector = connector;
    this.session = session;
    this.idTag = idTag;
    this.start = start;
    this.meterStart = meterStart;
  }

  /** The card that started may end it (OCPP 1.6 3.10); so may one of the same parent. */
  endsWith(idTag: string, parentIdTag: string | undefined): boolean {
    if (equalsIgnoringCase(idTag, this.idTag)) return true;
    return parentIdTag !== undefined && this.parentIdTag !== undefined && equalsIgnoringCase(parentIdTag, this.parentIdTag);
  }
}

/** A connector, and all that is known of its transaction. */
export type ChargingConnector = Connector<Transaction>;

/** What the wallbox says about the end of a transaction. */
export interface StopDetails {
  readonly idTag?: string | undefined;
  readonly time?: number | undefined;
  readonly signed?: SignedMeterValue | undefined;
}

export interface StartDetails {
  readonly reservationId?: number | undefined;
  readonly time?: number | undefined;
  readonly signed?: SignedMeterValue | undefined;
}

/** Begins and ends transactions, and reads their records for the outbox. */
export class Transactions implements RecordReader {
  private readonly station: Station;
  readonly meter: Meter;
  /** Transactions found at boot that wait for `start` to say whether their session goes on. */
  private recovered: Transaction[] | undefined;
  /** Their ids are known but could not be stored. */
  private unsaved: Transaction[] | undefined;
  /** What the store refused so far. */
  private notes: Note[] | undefined;

  constructor(station: Station, meter: Meter) {
    this.station = station;
    this.meter = meter;
  }

  /** Stores the start, then shows it. Undefined when it cannot be stored: then nobody may charge (a bill depends on it). */
  begin(connector: ChargingConnector, session: string, idTag: string, meterStart: number, details: StartDetails): Transaction | undefined {
    const { clock, host, outbox } = this.station;
    const stamp = clock.stamp(details.time ?? host.now());
    const meter = Math.max(0, Math.floor(meterStart + 0.5));
    const reservationId = details.reservationId ?? connector.authorization?.reservationId;
    let start: number;
    try {
      start = outbox.append(`s${connector.id},${stamp},${meter},${reservationId ?? ''},${JSON.stringify([idTag, session])}`, true);
    } catch (error) {
      host.log('error', `A transaction on connector ${connector.id} could not be stored: ${error}`);
      return undefined;
    }
    const transaction = new Transaction(connector.id, session, idTag, start, meter);
    transaction.parentIdTag = connector.authorization?.parentIdTag;
    transaction.reservationId = reservationId;
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
    const stamp = clock.stamp(details.time ?? host.now());
    this.boundarySample(connector, 'E', stamp);
    if (details.signed !== undefined) storeSigned(this.station, connector, transaction, 'E', stamp, details.signed);
    const meter = this.clamped(connector, transaction, Math.floor(meterStop + 0.5));
    const idTag = details.idTag ?? transaction.stopIdTag;
    transaction.unstored = stopRecord(transaction, stamp, meter, reason, idTag);
    deadlines.clear(deadlines.slotOf(connector.id, ConnectorDeadline.Sample));
    this.storeEnd(connector, transaction);
  }

  /** As `storeEnd`, for one that had to wait: its date must not fall behind what was stored meanwhile (protocol.md section 4). */
  storeLateEnd(connector: ChargingConnector, transaction: Transaction): boolean {
    const { clock, host } = this.station;
    const record = transaction.unstored ?? '';
    const stamp = stampOf(record);
    const date = stamp[0] === '~' ? undefined : Math.max(clock.floor, dateOfStamp(stamp));
    const waited = stamp[0] === '~' && clock.known ? Number.parseInt(stamp.slice(1), 36) : host.now();
    transaction.unstored = record.replace(stamp, date !== undefined && clock.known ? stampText(date) : clock.stamp(waited));
    return this.storeEnd(connector, transaction);
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
      const text = this.station.host.storage.read(entryOf(connector.id));
      if (text === undefined) continue;
      if (text[0] === 'x') told = Math.max(told, Number.parseInt(text.slice(1), 36) || 0);
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
        this.meter.armSampling(connector);
      } else {
        this.endLost(transaction);
        this.stopped(transaction, 'PowerLoss');
      }
    }
    this.recovered = undefined;
  }

  private endLost(transaction: Transaction): void {
    const { clock, host, outbox, connectors } = this.station;
    const stamp = clock.floor > 0 ? stampText(clock.floor) : clock.stamp(0);
    const record = stopRecord(transaction, stamp, this.lastMeter(transaction), 'PowerLoss', undefined);
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
    const { clock, host, outbox } = this.station;
    const text = host.storage.read(entryOf(transaction.connector));
    const stored = text?.[0] === '[' ? (JSON.parse(text) as unknown[]) : undefined;
    if (stored?.[0] === transaction.start && typeof stored[5] === 'string') return dateOfStamp(stored[5]);
    const record = outbox.read(transaction.start);
    if (record?.[0] !== 's') return undefined;
    const stamp = stampOf(record);
    // Without a clock there is only the time of this boot.
    return stamp[0] === '~' && !clock.known
      ? clock.estimateAt(Number.parseInt(stamp.slice(1), 36))
      : outbox.dateOf(transaction.start, stamp);
  }

  // What the outbox asks.

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
    return stopParts(this.station, this.meter, id, request, stop.start, number);
  }

  private timeOf(number: number, record: string): string {
    return formatTime(this.station.outbox.dateOf(number, stampOf(record)));
  }

  /** The central system's id, filled in at the moment of sending (OCPP 1.6 4.8). */
  private transactionIdOf(connector: number, start: number): number | undefined {
    const running = this.station.connectors[connector]?.transaction;
    if (running?.start === start && running.transactionId !== undefined) return running.transactionId;
    const unsaved = this.unsaved?.find((transaction) => transaction.start === start);
    if (unsaved) return unsaved.transactionId;
    const text = this.station.host.storage.read(entryOf(connector));
    const stored = text === undefined || text[0] === 'x' ? undefined : readEntry(connector, text);
    return stored?.start === start ? stored.transactionId : undefined;
  }

  onConfirmed(number: number, record: string, payload: object | undefined): boolean {
    if (record[0] === 's') return this.onStartConfirmed(number, record, payload as { transactionId?: unknown; idTagInfo?: unknown });
    if (record[0] === 'e') this.onStopConfirmed(number, record, payload as { idTagInfo?: unknown });
    return true;
  }

  private onStartConfirmed(number: number, record: string, payload: { transactionId?: unknown; idTagInfo?: unknown } | undefined): boolean {
    const transactionId = payload?.transactionId;
    if (typeof transactionId !== 'number' || !Number.isInteger(transactionId)) return false;
    const info = idTagInfoOf(payload?.idTagInfo) ?? { status: 'Accepted' };
    this.settleStart(number, record, transactionId, info);
    return true;
  }

  /** The start is told, or given up: its id is stored before the record is released, then everybody hears of it. */
  private settleStart(number: number, record: string, transactionId: number, info: IdTagInfo): void {
    const { connectors, authorizer } = this.station;
    const stored = readStart(number, record);
    const running = connectors[stored.connector]?.transaction;
    const transaction = running?.start === number ? running : stored;
    transaction.transactionId = transactionId;
    if (info.parentIdTag !== undefined) transaction.parentIdTag = info.parentIdTag;
    const known = transactionId === refusedForGood ? undefined : transactionId;
    if (known !== undefined) authorizer.learn(transaction.idTag, info);
    // Errata 3.17: only that very transaction is touched, never the next driver's.
    const onIt = running === transaction && running.unstored === undefined;
    if (onIt && known !== undefined) authorizer.onStartAnswered(transaction, info);
    this.save(transaction, this.station.outbox.dateOf(number, stampOf(record)));
    const { connector, session } = transaction;
    this.station.report({ event: 'tx_updated', connector, session, transactionId: known, idTagInfo: info });
    this.station.inform(() => this.station.callbacks.transactionUpdated?.(connector, session, known, info));
  }

  /** Stores the transaction with its id. A store that fails now is tried again with every later one; until then RAM knows the id. */
  private save(transaction: Transaction, startTime: number): void {
    this.forgetUnsaved(transaction.connector);
    if (this.note(transaction.connector, entryText(transaction, startTime), transaction.start)) return;
    this.unsaved = [...(this.unsaved ?? []), transaction];
  }

  private forgetUnsaved(connector: number): void {
    const left = this.unsaved?.filter((transaction) => transaction.connector !== connector);
    this.unsaved = left && left.length > 0 ? left : undefined;
  }

  private onStopConfirmed(number: number, record: string, payload: { idTagInfo?: unknown } | undefined): void {
    const stop = readStop(record);
    const info = idTagInfoOf(payload?.idTagInfo);
    if (info && stop.idTag !== undefined) this.station.authorizer.learn(stop.idTag, info);
    this.forgetUnsaved(stop.connector);
    this.note(stop.connector, 'x' + (number + 1).toString(36), number);
  }

  /**
   * Writes what the store knows of a connector. What it refuses is tried again with every later note and record; until then the outbox
   * forgets nothing from record `from` on, so that a power cut tells it again under the same ids instead of losing or doubling a stop.
   */
  private note(connector: number, text: string, from: number): boolean {
    const waiting = this.notes?.find((note) => note.connector === connector);
    const others = this.notes?.filter((note) => note.connector !== connector) ?? [];
    const note = { connector, text, from: Math.min(from, waiting?.from ?? from) };
    this.notes = this.writeNotes([...others, note].sort(byTold));
    return this.notes === undefined || !this.notes.some((refused) => refused.connector === connector);
  }

  /** Each says that everything below it was told, so none may be written while an earlier one is refused. Gives those that still wait. */
  private writeNotes(notes: Note[]): Note[] | undefined {
    for (let index = 0; index < notes.length; index++) {
      const { connector, text } = notes[index] as Note;
      try {
        this.station.host.storage.write(entryOf(connector), text);
      } catch (error) {
        this.station.host.log('error', `The transaction of connector ${connector} could not be stored: ${error}`);
        return notes.slice(index);
      }
    }
    return undefined;
  }

  oldestUnnoted(): number {
    let oldest = Number.POSITIVE_INFINITY;
    if (this.notes === undefined) return oldest;
    this.notes = this.writeNotes(this.notes);
    for (const note of this.notes ?? []) oldest = Math.min(oldest, note.from);
    return oldest;
  }

  onDropped(number: number, record: string, reason: string): void {
    const action = (record === '' ? undefined : this.actionOf(record)) ?? 'MeterValues';
    this.station.host.log('error', `${action} was given up: ${reason}.`);
    this.station.report({ event: 'dropped', action, reason });
    if (record[0] === 's') this.settleStart(number, record, refusedForGood, { status: 'Invalid' });
    if (record[0] === 'e') this.onStopConfirmed(number, record, undefined);
  }

  onThinning(every: number): void {
    this.station.host.log('warn', `The journal runs low: one of ${every} meter values is kept.`);
    this.station.report({ event: 'dropped', action: 'MeterValues', reason: `The journal runs low: one of ${every} is kept` });
  }

  /** The start of a transaction whose samples StopTransaction still needs. Room for what is new comes before that (errata 3.14). */
  oldestNeeded(): number {
    let oldest = this.oldestUnnoted();
    const { connectors, host } = this.station;
    if (!this.meter.keepsTransactionData || host.journal.free < host.journal.capacity / 4) return oldest;
    for (const connector of connectors) {
      const text = connector.id === 0 ? undefined : host.storage.read(entryOf(connector.id));
      if (text !== undefined && text[0] !== 'x') oldest = Math.min(oldest, Number.parseInt(text.slice(1), 10));
    }
    return oldest;
  }
}

/** What the store could not take yet: the entry of a connector. */
interface Note {
  readonly connector: number;
  readonly text: string;
  /** The record whose confirmation it notes. */
  readonly from: number;
}

function byTold(a: Note, b: Note): number {
  return toldBy(a.text) - toldBy(b.text);
}

/** Records below this were told when the entry was written. */
function toldBy(text: string): number {
  return text[0] === 'x' ? Number.parseInt(text.slice(1), 36) : Number.parseInt(text.slice(1), 10) + 1;
}

function entryOf(connector: number): string {
  return 't/' + connector;
}

function entryText(transaction: Transaction, startTime: number): string {
  const { start, transactionId, idTag, session, meterStart, parentIdTag, isPaused } = transaction;
  const facts: unknown[] = [start, transactionId, idTag, session, meterStart, stampText(Math.floor(startTime))];
  if (parentIdTag !== undefined || isPaused) facts.push(parentIdTag ?? null);
  if (isPaused) facts.push(1);
  return JSON.stringify(facts);
}

function readEntry(connector: number, text: string): Transaction | undefined {
  try {
    const [start, transactionId, idTag, session, meterStart, , parentIdTag, paused] = JSON.parse(text);
    const transaction = new Transaction(connector, session, idTag, start, meterStart);
    transaction.transactionId = transactionId;
    transaction.parentIdTag = parentIdTag ?? undefined;
    transaction.isPaused = paused === 1;
    return transaction;
  } catch {
    return undefined;
  }
}

/** The text after the n-th comma. */
function after(record: string, commas: number): string {
  let at = 0;
  for (let count = 0; count < commas; count++) at = record.indexOf(',', at) + 1;
  return record.slice(at);
}

function readStart(number: number, record: string): Transaction {
  const parts = record.split(',', 4);
  const [idTag, session] = JSON.parse(after(record, 4)) as [string, string];
  const transaction = new Transaction(Number((parts[0] ?? '').slice(1)), session, idTag, number, Number(parts[2]));
  if (parts[3]) transaction.reservationId = Number(parts[3]);
  return transaction;
}

function stopRecord(transaction: Transaction, stamp: string, meterStop: number, reason: Reason, idTag: string | undefined): string {
  const tag = idTag === undefined ? '' : JSON.stringify(cut(idTag, 20));
  return `e${transaction.connector},${stamp},${transaction.start.toString(36)},${meterStop},${reason},${tag}`;
}

interface Stop {
  readonly connector: number;
  readonly start: number;
  readonly meterStop: number;
  readonly reason: Reason;
  readonly idTag: string | undefined;
}

function readStop(record: string): Stop {
  const parts = record.split(',', 5);
  const tag = after(record, 5);
  return {
    connector: Number((parts[0] ?? '').slice(1)),
    start: Number.parseInt(parts[2] ?? '', 36),
    meterStop: Number(parts[3]),
    reason: parts[4] as Reason,
    idTag: tag === '' ? undefined : (JSON.parse(tag) as string),
  };
}

/** What can be read of an IdTagInfo, leniently: an unknown status is Invalid, a wrong type is absent (protocol.md section 2). */
export function idTagInfoOf(value: unknown): IdTagInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { status, expiryDate, parentIdTag } = value as { status?: unknown; expiryDate?: unknown; parentIdTag?: unknown };
  const known = status === 'Accepted' || status === 'Blocked' || status === 'Expired' || status === 'ConcurrentTx';
  return {
    status: known ? status : 'Invalid',
    ...(typeof expiryDate === 'string' ? { expiryDate } : {}),
    ...(typeof parentIdTag === 'string' && parentIdTag !== '' ? { parentIdTag } : {}),
  };
}
