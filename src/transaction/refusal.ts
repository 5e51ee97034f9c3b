/** What becomes of a running transaction whose idTag the central system refused: its end, a pause, or a pause after an allowance (errata 3.17). */

import type { Callbacks } from '../callbacks.ts';
import type { Gate } from '../link/gate.ts';
import type { Settings } from '../settings/settings.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import { type KeepingStation, keep } from './kept.ts';
import { type StoppingStation, wishToStop } from './stop.ts';
import type { ChargingConnector, Transaction } from './transaction.ts';

export interface AcceptingStation extends KeepingStation {
  readonly callbacks: Callbacks;
  readonly connectors: readonly ChargingConnector[];
  readonly gate: Gate;
}

export interface RefusingStation extends AcceptingStation, StoppingStation {
  readonly callbacks: Callbacks;
  readonly connectors: readonly ChargingConnector[];
  readonly settings: Settings;
}

/** The answer to its StartTransaction refused the idTag. */
export function onStartRefused(station: RefusingStation, connector: ChargingConnector, transaction: Transaction): void {
  const { settings } = station;
  if (settings.boolean('StopTransactionOnInvalidId')) return wishToStop(station, connector, 'DeAuthorized', undefined);
  const allowance = settings.number('MaxEnergyOnInvalidId');
  if (allowance <= 0) return pause(station, connector, transaction);
  // Told again after a power cut, the answer comes again: it allows nothing more.
  if (transaction.energyAllowed !== undefined) return;
  transaction.energyAllowed = transaction.register + allowance;
  keep(station, transaction);
}

/** The meter has moved: an allowance that is used up ends the flow of energy. */
export function onAllowance(station: RefusingStation, connector: ChargingConnector, transaction: Transaction): void {
  const { energyAllowed } = transaction;
  if (energyAllowed !== undefined && transaction.register >= energyAllowed) pause(station, connector, transaction);
}

/** No more energy; the cable stays locked until the owner's card. */
function pause(station: RefusingStation, connector: ChargingConnector, transaction: Transaction): void {
  if (transaction.isPaused) return;
  transaction.isPaused = true;
  keep(station, transaction);
  informOfPause(station, connector.id);
}

export function informOfPause(station: RefusingStation, connector: number): void {
  station.gate.inform(() => station.callbacks.pauseCharging?.(connector) ?? true);
}

/** The central system accepts this idTag after all: its transactions go on, and without limit. */
export function goOnAccepted(station: AcceptingStation, idTag: string): void {
  for (const connector of station.connectors) {
    const { transaction } = connector;
    if (transaction === undefined || !equalsIgnoringCase(transaction.idTag, idTag)) continue;
    if (!transaction.isPaused && transaction.energyAllowed === undefined) continue;
    const wasPaused = transaction.isPaused;
    transaction.isPaused = false;
    transaction.energyAllowed = undefined;
    keep(station, transaction);
    if (wasPaused) station.gate.inform(() => station.callbacks.resumeCharging?.(connector.id) ?? true);
  }
}
