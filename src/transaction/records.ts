/**
 * The formats in which a transaction is kept. In the journal, where a record is a fact from which a message is made:
 *
 * `s` connector, stamp, meterStart, reservationId or nothing, JSON of [idTag, session, parentIdTag if known]: StartTransaction. Its number
 * names the transaction.
 * `e` connector, stamp, number of the `s` record (and - without transactionData), meterStop, reason, JSON of idTag or nothing: StopTransaction.
 *
 * In the store `t/<connector>`: the transaction once its start is told (the journal forgets a confirmed start), until its stop is confirmed;
 * then how far the outbox is told, so that one write ends the transaction and keeps it from being told twice. And `t/k<connector>`: what was
 * decided about the transaction that runs, and its register (`keptText`); it counts only for the transaction that it names.
 */

import { stampText } from '../link/clock.ts';
import { cut, storable } from '../wire/text.ts';
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
  /** transactionData go with it: a list asked for them when it ended (1.6 3.16.5). */
  readonly hasData: boolean;
}

/** Behind the number of the start, where the version before reads over it. */
const noData = '-';

/** `names`: idTag, session, and the parentIdTag if it is known. */
export function startRecord(
  connector: number,
  stamp: string,
  meterStart: number,
  reservationId: number | undefined,
  names: readonly string[],
): string {
  return `s${connector},${stamp},${meterStart},${reservationId ?? ''},${JSON.stringify(names)}`;
}

export function readStart(number: number, record: string): Transaction {
  const parts = record.split(',', 4);
  const [idTag, session, parentIdTag] = JSON.parse(after(record, 4)) as [string, string, string?];
  const transaction = new Transaction(Number((parts[0] ?? '').slice(1)), session, idTag, number, Number(parts[2]));
  transaction.parentIdTag = parentIdTag;
  if (parts[3]) transaction.reservationId = Number(parts[3]);
  return transaction;
}

export function stopRecord(
  transaction: Transaction,
  stamp: string,
  meterStop: number,
  reason: Reason,
  idTag: string | undefined,
  withData: boolean,
): string {
  const tag = idTag === undefined ? '' : JSON.stringify(cut(idTag, 20));
  const start = transaction.start.toString(36) + (withData ? '' : noData);
  return `e${transaction.connector},${stamp},${start},${meterStop},${reason},${tag}`;
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
    hasData: !parts[2]?.endsWith(noData),
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
  const { start, transactionId, idTag, session, meterStart, parentIdTag } = transaction;
  const facts: unknown[] = [start, transactionId, idTag, session, meterStart, stampText(Math.floor(startTime))];
  if (parentIdTag !== undefined) facts.push(parentIdTag);
  return storable(JSON.stringify(facts));
}

/** Undefined when the entry cannot be read. */
export function readEntry(connector: number, text: string): Transaction | undefined {
  try {
    const [start, transactionId, idTag, session, meterStart, , parentIdTag, paused] = JSON.parse(text);
    const transaction = new Transaction(connector, session, idTag, start, meterStart);
    transaction.transactionId = transactionId;
    transaction.parentIdTag = parentIdTag ?? undefined;
    // So the version before kept it; `t/k<connector>` has the last word.
    transaction.isPaused = paused === 1;
    return transaction;
  } catch {
    return undefined;
  }
}

/** Where the store keeps what was decided about a connector's transaction. */
export function keptOf(connector: number): string {
  return 't/k' + connector;
}

/** When something was kept. */
export interface KeptMoment {
  readonly stamp: string;
  /** A record of the boot that the stamp counts from; 0: the stamp is a date, or there is none. */
  readonly number: number;
}

/**
 * Start and register in base 36; the stamp and (behind @) the number of a record of its boot; the reason of the wished stop; `p` when paused, and
 * the Wh of the meter that are allowed, in base 36; JSON of [the card that stops, StopTransaction record that waits], if there are any.
 */
export function keptText(transaction: Transaction, moment: KeptMoment): string {
  const { start, register, stopping = '', stopIdTag, isPaused, energyAllowed, unstored } = transaction;
  const stamp = moment.stamp + (moment.number > 0 ? '@' + moment.number.toString(36) : '');
  const flow = (isPaused ? 'p' : '') + (energyAllowed?.toString(36) ?? '');
  const text = `${start.toString(36)},${register.toString(36)},${stamp},${stopping},${flow},`;
  if (unstored !== undefined) return text + storable(JSON.stringify([stopIdTag ?? null, unstored]));
  return stopIdTag === undefined ? text : text + storable(JSON.stringify([stopIdTag]));
}

/** Takes over what was kept of this transaction. The moment when it was; undefined when nothing was. */
export function adoptKept(transaction: Transaction, text: string): KeptMoment | undefined {
  const [start, register, stamp, stopping, flow] = text.split(',', 5);
  if (Number.parseInt(start ?? '', 36) !== transaction.start || flow === undefined) return undefined;
  const [stopIdTag, unstored] = keptTail(after(text, 5));
  transaction.register = Math.max(transaction.register, Number.parseInt(register ?? '', 36));
  if (stopping) transaction.stopping = stopping as Reason;
  transaction.stopIdTag = stopIdTag ?? undefined;
  transaction.isPaused = flow[0] === 'p';
  const allowed = flow[0] === 'p' ? flow.slice(1) : flow;
  transaction.energyAllowed = allowed === '' ? undefined : Number.parseInt(allowed, 36);
  transaction.unstored = unstored;
  const [moment, number] = (stamp ?? '').split('@') as [string, string?];
  return { stamp: moment, number: number === undefined ? 0 : Number.parseInt(number, 36) };
}

function keptTail(text: string): [(string | null)?, string?] {
  try {
    return text === '' ? [] : JSON.parse(text);
  } catch {
    return [];
  }
}

/** The same of a transaction whose journal was lost, which is named by a number that no record has; undefined: it is not of this one. */
export function renamedKept(text: string, start: number): string | undefined {
  const comma = text.indexOf(',');
  return Number.parseInt(text.slice(0, comma), 36) === -start ? start.toString(36) + text.slice(comma) : undefined;
}

/** The stamp of the start in the entry of this transaction; undefined when the entry is another's. */
export function startStampOf(text: string, start: number): string | undefined {
  if (!isTransaction(text)) return undefined;
  try {
    const facts = JSON.parse(text) as unknown[];
    return facts[0] === start && typeof facts[5] === 'string' ? facts[5] : undefined;
  } catch {
    return undefined;
  }
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
