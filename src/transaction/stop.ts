/** Asking the wallbox to end a transaction, until it has ended (OCPP 1.6 4.10). */

import type { Callbacks } from '../callbacks.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import type { Reason } from '../wire/types.ts';
import { type KeepingStation, keep } from './kept.ts';
import type { ChargingConnector, Transaction } from './transaction.ts';

export interface StoppingStation extends KeepingStation {
  readonly callbacks: Callbacks;
  readonly statuses: StatusNotifications;
  readonly connectors: readonly ChargingConnector[];
  readonly gate: Gate;
}

/** Milliseconds until a stop is asked for again: one that failed, and one that the wallbox promised without ending anything. */
const retryAfter = 10_000;
const askAgainAfter = 30_000;

/**
 * Keeps the wish, in flash too, before anybody hears of it; `settle` asks the wallbox, once, from where the stack is shallow. Another wish
 * meanwhile changes nothing.
 */
export function wishToStop(station: KeepingStation, connector: ChargingConnector, reason: Reason, idTag: string | undefined): void {
  const transaction = connector.transaction;
  if (transaction === undefined || transaction.stopping !== undefined || transaction.unstored !== undefined) return;
  transaction.stopping = reason;
  transaction.stopIdTag = idTag;
  keep(station, transaction);
}

/**
 * Asks the wallbox wherever a stop is wished and not yet asked for; what could not be kept is tried again before. The transaction stays open until the wallbox says that it ended. One
 * function, not two: a wallbox may report its end from inside, and a stack frame costs up to 368 bytes.
 */
export function askOutstandingStops(station: StoppingStation): void {
  for (const connector of station.connectors) {
    const { transaction } = connector;
    if (transaction?.isUnkept) keep(station, transaction);
    const reason = transaction?.stopping;
    if (transaction === undefined || reason === undefined || transaction.asked) continue;
    transaction.asked = true;
    askAgain(station, connector, askAgainAfter);
    const then = (stopped: boolean) => onStopAnswered(station, connector, transaction, stopped);
    station.gate.stopTransaction(station.callbacks, connector.id, reason, then);
  }
}

function onStopAnswered(station: StoppingStation, connector: ChargingConnector, transaction: Transaction, stopped: boolean): void {
  if (stopped !== false || connector.transaction !== transaction) return;
  station.host.log('error', `The wallbox could not stop the transaction on connector ${connector.id}.`);
  // Once: it is asked again every 10 s for as long as it takes.
  if (!transaction.isFailureTold) station.statuses.tell(connector, 'InternalError', 'The transaction could not be stopped');
  transaction.isFailureTold = true;
  askAgain(station, connector, retryAfter);
}

function askAgain({ deadlines, host }: StoppingStation, connector: ChargingConnector, after: number): void {
  deadlines.set(deadlines.slotOf(connector.id, ConnectorDeadline.Stop), host.now() + after);
}
