/** A transaction whose StartTransaction the central system refused: ended, or kept without energy until it is accepted after all (errata 3.17). */

import type { Callbacks } from '../callbacks.ts';
import type { Settings } from '../settings/settings.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { IdTagInfo } from '../wire/types.ts';
import { askForStop, type StoppingStation } from './stop.ts';
import type { ChargingConnector, Transaction } from './transaction.ts';

export interface AcceptingStation {
  readonly callbacks: Callbacks;
  readonly connectors: readonly ChargingConnector[];
  inform(callback: () => unknown): void;
}

export interface RefusingStation extends AcceptingStation, StoppingStation {
  readonly callbacks: Callbacks;
  readonly connectors: readonly ChargingConnector[];
  readonly settings: Settings;
  inform(callback: () => unknown): void;
}

/** The answer to the StartTransaction of a running transaction. */
export function onStartAnswered(station: RefusingStation, transaction: Transaction, info: IdTagInfo): void {
  const { settings, connectors } = station;
  const connector = connectors[transaction.connector];
  if (connector === undefined || info.status === 'Accepted') return;
  if (settings.boolean('StopTransactionOnInvalidId')) return askForStop(station, connector, 'DeAuthorized', undefined);
  const allowance = settings.number('MaxEnergyOnInvalidId');
  if (allowance > 0) transaction.energyAllowed = (connector.energy ?? transaction.meterStart) + allowance;
  else pauseRefused(station, connector);
}

/** No more energy for a refused transaction; the cable stays locked until the owner's card. */
export function pauseRefused(station: AcceptingStation, connector: ChargingConnector): void {
  if (connector.transaction === undefined || connector.transaction.isPaused) return;
  connector.transaction.isPaused = true;
  station.inform(() => station.callbacks.pauseCharging?.(connector.id) ?? true);
}

/** The idTag is accepted now: what was paused for it goes on. */
export function goOnAccepted(station: AcceptingStation, idTag: string): void {
  for (const { id, transaction } of station.connectors) {
    if (!transaction?.isPaused || !equalsIgnoringCase(transaction.idTag, idTag)) continue;
    transaction.isPaused = false;
    transaction.energyAllowed = undefined;
    station.inform(() => station.callbacks.resumeCharging?.(id) ?? true);
  }
}
