/** The entries `t/<connector>` of the store: writing them, trying again what the store refused, and what they say. */

import type { Host } from '../host.ts';
import { entryOf, entryText, isTransaction, keptOf, readEntry, renamedKept, startOf, toldBy, toldText } from './records.ts';
import type { Transaction } from './transaction.ts';

/** A write that the store refused: the entry of a connector. */
interface RefusedWrite {
  readonly connector: number;
  readonly text: string;
  /** The record whose confirmation it says. */
  readonly from: number;
}

export class Entries {
  private readonly host: Host;
  /** Their ids are known but could not be stored. */
  private unsaved: Transaction[] | undefined;
  private refused: RefusedWrite[] | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  read(connector: number): string | undefined {
    return this.host.storage.read(entryOf(connector));
  }

  /** Stores the transaction with its id. A store that fails now is tried again with every later one; until then RAM knows the id. */
  save(transaction: Transaction, startTime: number): void {
    this.forgetUnsaved(transaction.connector);
    if (this.write(transaction.connector, entryText(transaction, startTime), transaction.start)) return;
    this.unsaved = [...(this.unsaved ?? []), transaction];
  }

  /** The stop that this record holds is confirmed: the transaction is over for the store, too. */
  end(connector: number, number: number): void {
    this.forgetUnsaved(connector);
    this.write(connector, toldText(number + 1), number);
  }

  private forgetUnsaved(connector: number): void {
    const left = this.unsaved?.filter((transaction) => transaction.connector !== connector);
    this.unsaved = left && left.length > 0 ? left : undefined;
  }

  /** The central system's id of a transaction that does not run any more. */
  transactionIdOf(connector: number, start: number): number | undefined {
    const unsaved = this.unsaved?.find((transaction) => transaction.start === start);
    if (unsaved) return unsaved.transactionId;
    const text = this.read(connector);
    const stored = text === undefined || !isTransaction(text) ? undefined : readEntry(connector, text);
    return stored?.start === start ? stored.transactionId : undefined;
  }

  /** The first record of the transaction that the entry holds. Infinity: it holds none. */
  startAt(connector: number): number {
    const text = this.read(connector);
    return text === undefined || !isTransaction(text) ? Number.POSITIVE_INFINITY : Math.max(1, startOf(text));
  }

  /** What the entry says of a journal that was lost goes; a transaction is named by a number from now on that no record has. */
  onJournalLost(connector: number, next: number): void {
    const { storage } = this.host;
    const text = this.read(connector);
    const isLost = text !== undefined && toldBy(text) > next;
    const start = isLost && isTransaction(text) ? -startOf(text) : 0;
    const kept = storage.read(keptOf(connector));
    const renamed = kept === undefined || start === 0 ? undefined : renamedKept(kept, start);
    try {
      // What was decided about another one would be taken for a decision about whoever gets its number.
      if (renamed !== undefined) storage.write(keptOf(connector), renamed);
      else if (kept !== undefined) storage.remove(keptOf(connector));
      if (!isLost) return;
      if (start !== 0) storage.write(entryOf(connector), '[' + start + text.slice(text.indexOf(',')));
      else storage.remove(entryOf(connector));
    } catch (error) {
      this.host.log('error', `The store still remembers the journal that was lost: ${error}`);
    }
  }

  /**
   * Writes what the store knows of a connector. What it refuses is tried again with every later write and record; until then the outbox
   * forgets nothing from record `from` on, so that a power cut tells it again under the same ids instead of losing or doubling a stop.
   */
  private write(connector: number, text: string, from: number): boolean {
    const waiting = this.refused?.find((write) => write.connector === connector);
    const others = this.refused?.filter((write) => write.connector !== connector) ?? [];
    const write = { connector, text, from: Math.min(from, waiting?.from ?? from) };
    this.refused = this.writeAll([...others, write].sort(byTold));
    return this.refused === undefined || !this.refused.some((refused) => refused.connector === connector);
  }

  /** Each says that everything below it was told, so none may be written while an earlier one is refused. Gives those that still wait. */
  private writeAll(writes: RefusedWrite[]): RefusedWrite[] | undefined {
    for (let index = 0; index < writes.length; index++) {
      const { connector, text } = writes[index] as RefusedWrite;
      try {
        this.host.storage.write(entryOf(connector), text);
      } catch (error) {
        this.host.log('error', `The transaction of connector ${connector} could not be stored: ${error}`);
        return writes.slice(index);
      }
    }
    return undefined;
  }

  /** The oldest record whose confirmation the store refused so far, after one more try; Infinity: it has all. */
  oldestRefused(): number {
    let oldest = Number.POSITIVE_INFINITY;
    if (this.refused === undefined) return oldest;
    this.refused = this.writeAll(this.refused);
    for (const write of this.refused ?? []) oldest = Math.min(oldest, write.from);
    return oldest;
  }
}

function byTold(a: RefusedWrite, b: RefusedWrite): number {
  return toldBy(a.text) - toldBy(b.text);
}
