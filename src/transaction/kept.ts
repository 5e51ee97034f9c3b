/** What was decided about a running transaction, and its register: kept in the store, so that a power cut takes neither (protocol.md section 7). */

import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import { ConnectorDeadline, type Deadlines } from '../link/deadlines.ts';
import type { Outbox } from '../link/outbox.ts';
import { type KeptMoment, keptOf, keptText } from './records.ts';
import type { Transaction } from './transaction.ts';

export interface KeepingStation {
  readonly host: Host;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly deadlines: Deadlines;
}

/** Milliseconds and Wh after which the register is in flash again, whatever is sampled. */
const longestUnkept = 300_000;
const mostUnkept = 1000;
/** Milliseconds until a store that failed is tried again. */
const retryAfter = 10_000;

/** Stores the decisions and the register: before anybody hears of a decision. A store that fails is tried again in each `settle`, and every 10 s. */
export function keep(station: KeepingStation, transaction: Transaction): void {
  const { host } = station;
  try {
    host.storage.write(keptOf(transaction.connector), keptText(transaction, presentMoment(station, transaction)));
    delete transaction.isUnkept;
    onRegisterKept(station, transaction);
  } catch (error) {
    if (!transaction.isUnkept)
      host.log('error', `What is known of the transaction on connector ${transaction.connector} could not be stored: ${error}`);
    transaction.isUnkept = true;
    armKeeping(station, transaction, retryAfter);
  }
}

function presentMoment({ clock, host, outbox }: KeepingStation, transaction: Transaction): KeptMoment {
  const stamp = clock.coarseStamp(host.now(), transaction);
  if (stamp[0] !== '~') return { stamp, number: 0 };
  try {
    // The mark of the boot is there now, so this record or the mark itself is of this boot.
    return { stamp, number: outbox.nextNumber() - 1 };
  } catch {
    return { stamp: '', number: 0 };
  }
}

/** The register is in flash, by `keep` or by a sample that holds it. */
export function onRegisterKept(station: KeepingStation, transaction: Transaction): void {
  transaction.keptRegister = transaction.register;
  if (transaction.unstored !== undefined) stopKeeping(station, transaction.connector);
  else armKeeping(station, transaction, longestUnkept);
}

function armKeeping(station: KeepingStation, transaction: Transaction, wait: number): void {
  station.deadlines.set(slotOf(station, transaction.connector), station.host.now() + wait);
}

export function stopKeeping(station: KeepingStation, connector: number): void {
  station.deadlines.clear(slotOf(station, connector));
}

function slotOf({ deadlines }: KeepingStation, connector: number): number {
  return deadlines.slotOf(connector, ConnectorDeadline.Register);
}

/**
 * The meter shows so many Wh. One that fell does not take back what two readings have shown; a single reading that the next one contradicts
 * was none, however high it was: nobody pays for a disturbed line.
 */
export function onRegister(station: KeepingStation, transaction: Transaction, energy: number): void {
  const { register } = transaction;
  if (energy >= register) transaction.confirmed = register;
  else if (energy < transaction.confirmed) return;
  else station.host.log('warn', `A reading of ${register} Wh at connector ${transaction.connector} was contradicted by ${energy} Wh.`);
  transaction.register = energy;
  if (Math.abs(energy - transaction.keptRegister) >= mostUnkept) keep(station, transaction);
}
