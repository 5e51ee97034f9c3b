/**
 * The formats in which a transaction is kept. In the journal, where a record is a fact from which a message is made:
 *
 * `s` connector, stamp, meterStart, reservationId or nothing, JSON of [idTag, session]: StartTransaction. Its number names the transaction.
 * `e` connector, stamp, number of the `s` record, meterStop, reason, JSON of idTag or nothing: StopTransaction.
 *
 * In the store `t/<connector>`: the transaction once its start is told (the journal forgets a confirmed start), until its stop is confirmed;
 * then how far the outbox is told, so that one write ends the transaction and keeps it from being told twice.
 */

import { stampText } from '../link/clock.ts';
import { cut } from '../wire/text.ts';
import type { Reason } from '../wire/types.ts';
import { Transaction } from './transaction.ts';

/** What a `StopTransaction` record says. */
export interface Stop {
  readonly connector: number;
  /** The number of the StartTransaction record. */
  readonly start: number;
  /** Wh. */
  readonly meterStop: number;
  readonly reason: Reason;
  readonly idTag: string | undefined;
}

export function startRecord(
  connector: number,
  stamp: string,
  meterStart: number,
  reservationId: number | undefined,
  idTag: string,
  session: string,
): string {
  return `s${connector},${stamp},${meterStart},${reservationId ?? ''},${JSON.stringify([idTag, session])}`;
}

export function readStart(number: number, record: string): Transaction {
  const parts = record.split(',', 4);
  const [idTag, session] = JSON.parse(after(record, 4)) as [string, string];
  const transaction = new Transaction(Number((parts[0] ?? '').slice(1)), session, idTag, number, Number(parts[2]));
  if (parts[3]) transaction.reservationId = Number(parts[3]);
  return transaction;
}

export function stopRecord(transaction: Transaction, stamp: string, meterStop: number, reason: Reason, idTag: string | undefined): string {
  const tag = idTag === undefined ? '' : JSON.stringify(cut(idTag, 20));
  return `e${transaction.connector},${stamp},${transaction.start.toString(36)},${meterStop},${reason},${tag}`;
}

export function readStop(record: string): Stop {
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

/** The text after the n-th comma. */
function after(record: string, commas: number): string {
  let at = 0;
  for (let count = 0; count < commas; count++) at = record.indexOf(',', at) + 1;
  return record.slice(at);
}

/** Where the store keeps a connector's transaction. */
export function entryOf(connector: number): string {
  return 't/' + connector;
}

/** The entry of a transaction whose start is told; `startTime` in Unix milliseconds. */
export function entryText(transaction: Transaction, startTime: number): string {
  const { start, transactionId, idTag, session, meterStart, parentIdTag, isPaused } = transaction;
  const facts: unknown[] = [start, transactionId, idTag, session, meterStart, stampText(Math.floor(startTime))];
  if (parentIdTag !== undefined || isPaused) facts.push(parentIdTag ?? null);
  if (isPaused) facts.push(1);
  return JSON.stringify(facts);
}

/** Undefined when the entry cannot be read. */
export function readEntry(connector: number, text: string): Transaction | undefined {
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

/** The stamp of the start in the entry of this transaction; undefined when the entry is another's. */
export function startStampOf(text: string, start: number): string | undefined {
  if (!isTransaction(text)) return undefined;
  const facts = JSON.parse(text) as unknown[];
  return facts[0] === start && typeof facts[5] === 'string' ? facts[5] : undefined;
}

/** The entry of a connector whose transaction has ended and is told: records below this number were. */
export function toldText(below: number): string {
  return 'x' + below.toString(36);
}

/** Whether the entry holds a transaction, else it says how far was told. */
export function isTransaction(text: string): boolean {
  return text[0] !== 'x';
}

/** The number of the start in an entry that holds a transaction. */
export function startOf(text: string): number {
  return Number.parseInt(text.slice(1), 10);
}

/** Records below this were told when the entry was written. */
export function toldBy(text: string): number {
  return isTransaction(text) ? startOf(text) + 1 : Number.parseInt(text.slice(1), 36);
}
