/** Operative or not: what the central system wants, what has to wait until a connector is free, what the wallbox makes of it (OCPP 1.6 5.2). */

import type { Callbacks } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { Gate } from '../link/gate.ts';
import type { AvailabilityStatus } from '../wire/types.ts';
import type { Connector } from './connector.ts';
import type { StatusNotifications } from './status-notifications.ts';

export interface AvailabilityStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly connectors: readonly Connector[];
  readonly statuses: StatusNotifications;
  readonly gate: Gate;
}

/** Shelf `a`: `I` inoperative, `S` inoperative as soon as it is free; nothing: operative. */
function entryOf(connector: Connector): string {
  return 'a/' + connector.id;
}

export function loadAvailability(station: AvailabilityStation): void {
  for (const connector of station.connectors) {
    const stored = station.host.storage.read(entryOf(connector));
    // A power cut ends whatever was in the way of a scheduled change, unless the transaction is resumed.
    connector.operative = stored !== 'I';
    if (stored === 'S') connector.scheduled = true;
  }
}

/** What ChangeAvailability is answered. The wish is in flash by then; nothing else is changed: the answer leaves first. */
export function availabilityAnswer(station: AvailabilityStation, id: number, operative: boolean): AvailabilityStatus {
  if (id < 0 || id >= station.connectors.length) return 'Rejected';
  let status: AvailabilityStatus = 'Accepted';
  for (const connector of affected(station, id)) {
    const waits = !operative && connector.id > 0 && connector.operative && connector.isInUse;
    if (waits) status = 'Scheduled';
    if (!store(station, connector, operative ? undefined : waits ? 'S' : 'I')) return restored(station, id);
  }
  return status;
}

/** What the store took of a wish that it did not take whole would be carried out by the next boot. */
function restored(station: AvailabilityStation, id: number): 'Rejected' {
  for (const connector of affected(station, id)) {
    const { operative, scheduled } = connector;
    store(station, connector, operative ? (scheduled ? 'S' : undefined) : 'I');
  }
  return 'Rejected';
}

/** Carries it out: what is free changes at once, what is in use when it is free. */
export function changeAvailability(station: AvailabilityStation, id: number, operative: boolean): void {
  for (const connector of affected(station, id)) {
    if (operative) makeOperative(station, connector);
    else if (connector.id > 0 && connector.isInUse && connector.operative) schedule(station, connector);
    else makeInoperative(station, connector);
  }
}

function affected(station: AvailabilityStation, id: number): readonly Connector[] {
  const connector = station.connectors[id];
  return id === 0 || connector === undefined ? station.connectors : [connector];
}

/** A scheduled change whose connector has become free. Runs before statuses are noted, so that Available is never shown in between. */
export function executeScheduled(station: AvailabilityStation): void {
  const { connectors } = station;
  for (const connector of connectors)
    if (connector.id > 0 && connector.scheduled && !connector.isInUse) makeInoperative(station, connector);
  const [whole] = connectors;
  // The station follows the last of its connectors: a driver that takes `disableEvse(0)` at its word would cut a running car off.
  if (whole?.scheduled && !connectors.some(({ id, scheduled }) => id > 0 && scheduled)) takeOut(station, whole);
}

function schedule(station: AvailabilityStation, connector: Connector): void {
  if (connector.scheduled) return;
  if (store(station, connector, 'S')) connector.scheduled = true;
}

function makeOperative(station: AvailabilityStation, connector: Connector): void {
  const was = connector.isAvailable;
  if (connector.operative && !connector.scheduled && was) return;
  if ((!connector.operative || connector.scheduled) && !store(station, connector, undefined)) return;
  delete connector.scheduled;
  connector.operative = true;
  // An update that holds it gives it back at its end.
  if (was || connector.isHeld) return;
  // What the wallbox answers now counts more than what it said before, if it can be asked.
  if (station.callbacks.enableEvse) delete connector.disabled;
  connector.turn = (connector.turn ?? 0) + 1;
  enable(station, connector);
}

/** Asks the wallbox to let the connector be used again. A refusal leaves it Unavailable, and is told (protocol.md section 5). */
export function enable(station: AvailabilityStation, connector: Connector): void {
  connector.isAwaited = true;
  const { turn } = connector;
  station.gate.whenAnswered(
    () => station.callbacks.enableEvse?.(connector.id) ?? true,
    false,
    (enabled) => {
      if (turn !== connector.turn) return;
      delete connector.isAwaited;
      if (enabled) return;
      connector.disabled = true;
      station.statuses.tell(connector, 'InternalError', 'The connector could not be enabled');
    },
  );
}

function makeInoperative(station: AvailabilityStation, connector: Connector): void {
  if (!connector.operative) return;
  if (!store(station, connector, 'I')) return;
  delete connector.scheduled;
  connector.operative = false;
  connector.authorization = undefined;
  const isOthersTurn = connector.id === 0 && station.connectors.some(({ id, operative, isInUse }) => id > 0 && operative && isInUse);
  if (isOthersTurn) connector.scheduled = true;
  else takeOut(station, connector);
}

/** Tells the wallbox. What it cannot take out of service is Operative again, and told (protocol.md section 5). */
function takeOut(station: AvailabilityStation, connector: Connector): void {
  delete connector.scheduled;
  const turn = (connector.turn ?? 0) + 1;
  connector.turn = turn;
  station.gate.whenAnswered(
    () => station.callbacks.disableEvse?.(connector.id) ?? true,
    false,
    (disabled) => {
      if (disabled || turn !== connector.turn) return;
      store(station, connector, undefined);
      connector.operative = true;
      station.statuses.tell(connector, 'InternalError', 'The connector could not be disabled');
    },
  );
}

function store(station: AvailabilityStation, connector: Connector, value: string | undefined): boolean {
  if (station.host.storage.read(entryOf(connector)) === value) return true;
  try {
    if (value === undefined) station.host.storage.remove(entryOf(connector));
    else station.host.storage.write(entryOf(connector), value);
    return true;
  } catch (error) {
    station.host.log('error', `The availability of connector ${connector.id} could not be stored: ${error}`);
    return false;
  }
}
