/** What becomes of a running transaction whose idTag the central system refused: its end, a pause, or a pause after an allowance (errata 3.17). */

import type { Callbacks } from '../callbacks.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import { doneOrNothing, type Gate } from '../link/gate.ts';
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

/** Milliseconds until a wallbox that could not pause is asked again. */
const retryAfter = 10_000;

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
  // From the alarm, at once: here the way down is long already, and a stack frame costs up to 368 bytes.
  askAgain(station, connector, 0);
}

function askAgain({ deadlines, host }: RefusingStation, connector: ChargingConnector, after: number): void {
  deadlines.set(deadlines.slotOf(connector.id, ConnectorDeadline.Stop), host.now() + after);
}

/** Asks the wallbox to hold the energy back; one that does not is asked again until it does, or the transaction ends or is accepted. */
export function askForPause(station: RefusingStation, connector: ChargingConnector): void {
  const { transaction } = connector;
  if (!transaction?.isPaused || transaction.stopping !== undefined) return;
  station.gate.whenAnswered<unknown>(
    () => station.callbacks.pauseCharging?.(connector.id),
    false,
    (paused) => {
      if (paused === false && connector.transaction === transaction) onPauseRefused(station, connector, transaction);
    },
    doneOrNothing,
  );
}

function onPauseRefused(station: RefusingStation, connector: ChargingConnector, transaction: Transaction): void {
  if (!transaction.isPaused || transaction.stopping !== undefined) return;
  station.host.log('error', `The wallbox could not pause charging on connector ${connector.id}.`);
  if (!transaction.isPauseFailureTold) station.statuses.tell(connector, 'InternalError', 'Charging could not be paused');
  transaction.isPauseFailureTold = true;
  askAgain(station, connector, retryAfter);
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
    // A limit of zero still holds it back, and so does its end: whoever lifts the limit lets it go on.
    if (wasPaused && !connector.limitedToZero && transaction.stopping === undefined)
      station.gate.inform(() => station.callbacks.resumeCharging?.(connector.id) ?? true);
  }
}
