/**
 * Reservations with core authorization (OCPP 1.6 5.13): who may use a reserved connector, and when a reservation ends. Kept in shelf `r`,
 * one value each: JSON of format, id, connector, expiry in Unix milliseconds, idTag, parentIdTag. In RAM only while there are any.
 */

import type { Callbacks, ReservationStatus } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import { Deadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { equalsIgnoringCase, storable } from '../wire/text.ts';

export interface ReservationStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly connectors: readonly ChargingConnector[];
  /** Those found at boot included. */
  readonly transactions: { hasBegunWith(reservationId: number): boolean };
  readonly coreAuthorizes: boolean;
  readonly authorizer: {
    /** Undefined while there is none. */
    reservations: Reservations | undefined;
    /** Somebody is being asked about for this connector and no other. */
    isAskedFor(connector: number): boolean;
    readonly starts: { armTimeOut(connector: number): void };
  };
  readonly gate: Gate;
}

export interface Reservation {
  readonly id: number;
  /** 0: any connector. */
  readonly connector: number;
  /** Unix milliseconds. */
  readonly expiry: number;
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
}

interface Kept extends Reservation {
  /** Its value in the store. */
  readonly key: string;
}

/** Why a reservation is over. `Used`: its transaction has begun. */
export type ReservationEnd = 'Used' | 'Cancelled' | 'Expired' | 'Faulted' | 'Unavailable';

/** What ReserveNow is answered for the facts at hand; undefined: it is the wallbox's turn to say (protocol.md section 9). */
export function reservationRefusal(station: ReservationStation, wanted: Reservation): Exclude<ReservationStatus, 'Accepted'> | undefined {
  const connector = station.connectors[wanted.connector];
  if (connector === undefined || isOver(station, wanted)) return 'Rejected';
  if (wanted.connector === 0 && !station.settings.boolean('ReserveConnectorZeroSupported')) return 'Rejected';
  const whole = station.connectors[0] as ChargingConnector;
  if (connector.isFaulted || whole.isFaulted) return 'Faulted';
  if (!station.coreAuthorizes) return connector.authorization || connector.plugged ? 'Occupied' : undefined;
  if (!connector.isAvailable) return 'Unavailable';
  return wanted.connector === 0 ? refusalOfAny(station, wanted.id) : refusalOfOne(station, connector, wanted.id);
}

function refusalOfOne(station: ReservationStation, connector: ChargingConnector, id: number): 'Occupied' | undefined {
  const { reservations } = station.authorizer;
  // The cable that waits behind this very reservation is not in the way of its replacement.
  const waits = reservations?.isHeldBy(connector.id, id) === true && connector.isFree;
  if ((connector.isInUse && !waits) || station.authorizer.isAskedFor(connector.id)) return 'Occupied';
  if (reservations?.isHeld(connector.id, id)) return 'Occupied';
  // A reservation of any connector keeps one for itself.
  return freeConnectors(station, id) > (reservations?.ofAny(id) ?? 0) ? undefined : 'Occupied';
}

function refusalOfAny(station: ReservationStation, id: number): 'Occupied' | 'Faulted' | 'Unavailable' | undefined {
  if (freeConnectors(station, id) > (station.authorizer.reservations?.ofAny(id) ?? 0)) return undefined;
  let isAnyUsable = false;
  let isAnyUnavailable = false;
  for (const connector of station.connectors) {
    if (connector.id === 0 || connector.isFaulted) continue;
    if (connector.isAvailable) isAnyUsable = true;
    else isAnyUnavailable = true;
  }
  if (isAnyUsable) return 'Occupied';
  return isAnyUnavailable ? 'Unavailable' : 'Faulted';
}

/** Connectors that a reservation could count on. The reservation `id` does not stand in its own way, nor does the cable behind it. */
function freeConnectors(station: ReservationStation, id: number): number {
  const { reservations } = station.authorizer;
  const replaces = reservations?.has(id) === true;
  let free = 0;
  for (const connector of station.connectors) {
    if (connector.id === 0 || !connector.isFree || (connector.plugged && !(replaces && connector.reserved))) continue;
    if (!reservations?.isHeld(connector.id, id)) free++;
  }
  return free;
}

/** The clock says so, or the lower bound of the time while nobody knows it (protocol.md section 9). */
function isOver({ clock, host }: Pick<ReservationStation, 'clock' | 'host'>, { expiry }: Reservation): boolean {
  return expiry <= clock.lowerBoundAt(host.now());
}

/** Stores an accepted reservation; it replaces the one with the same id. Throws when it cannot be stored. */
export function keepReservation(station: ReservationStation, reservation: Reservation): void {
  const { authorizer } = station;
  const reservations = authorizer.reservations ?? new Reservations(station);
  reservations.keep(reservation);
  authorizer.reservations = reservations;
}

/** At boot. A value that cannot be read is left alone and reported. */
export function loadReservations(station: ReservationStation): void {
  if (!station.coreAuthorizes || !station.settings.has('reservation')) return;
  const keys = station.host.storage.keys('r');
  if (keys.length === 0) return;
  const reservations = new Reservations(station);
  if (reservations.load(keys)) station.authorizer.reservations = reservations;
}

export class Reservations {
  private readonly station: ReservationStation;
  private readonly list: Kept[] = [];
  /** What the store would not remove: tried again. */
  private unremoved: string[] | undefined;

  constructor(station: ReservationStation) {
    this.station = station;
  }

  /** False: there are none. */
  load(keys: readonly string[]): boolean {
    for (const key of keys) {
      const kept = readKept(key, this.station.host.storage.read(key));
      if (kept !== undefined && this.station.connectors[kept.connector] !== undefined) this.list.push(kept);
      else this.station.host.log('error', `A stored reservation cannot be read (${key}).`);
    }
    // The power was cut between the start of its transaction and this.
    for (const kept of [...this.list]) if (this.station.transactions.hasBegunWith(kept.id)) this.end(kept, 'Used');
    this.refresh();
    this.arm();
    return this.list.length > 0;
  }

  keep(reservation: Reservation): void {
    const { id, connector, expiry, idTag, parentIdTag } = reservation;
    const at = this.list.findIndex((kept) => kept.id === id);
    const key = this.list[at]?.key ?? this.freeKey();
    this.station.host.storage.write(key, storable(JSON.stringify([1, id, connector, expiry, idTag, parentIdTag ?? ''])));
    this.unremoved = without(this.unremoved, key);
    const kept: Kept = { key, id, connector, expiry, idTag, parentIdTag };
    if (at < 0) this.list.push(kept);
    else this.list[at] = kept;
    this.station.gate.report({ event: 'reservation', id, connector, state: 'Reserved' });
    this.refresh();
    this.arm();
  }

  private freeKey(): string {
    for (let slot = 0; ; slot++) {
      const key = 'r/' + slot.toString(36);
      if (this.list.every((kept) => kept.key !== key)) return key;
    }
  }

  /** Whoever wants to look. */
  all(): readonly Reservation[] {
    return this.list;
  }

  /** Reservations of any connector that still need one, the one with this id not counted. */
  ofAny(exceptId: number): number {
    let count = 0;
    for (const kept of this.list) if (kept.connector === 0 && kept.id !== exceptId && !this.isClaimed(kept)) count++;
    return count;
  }

  /** Whether the connector itself is reserved, by another id than this. */
  isHeld(connector: number, exceptId: number): boolean {
    return this.list.some((kept) => kept.connector === connector && kept.id !== exceptId);
  }

  has(id: number): boolean {
    return this.list.some((kept) => kept.id === id);
  }

  /** Whether the connector itself is reserved by this id. */
  isHeldBy(connector: number, id: number): boolean {
    return this.list.some((kept) => kept.connector === connector && kept.id === id);
  }

  // Who may begin.

  /** Whether this idTag may begin at the connector now. */
  admits(connector: ChargingConnector, idTag: string, parentIdTag: string | undefined): boolean {
    this.refresh();
    return !connector.reserved || this.holder(connector.id, idTag, parentIdTag) !== undefined;
  }

  /** Whether a parentIdTag can open the reserved connector. */
  asksForParent(connector: number): boolean {
    const at = this.isHeld(connector, Number.NaN) ? connector : 0;
    return this.list.some((kept) => kept.connector === at && kept.parentIdTag !== undefined);
  }

  /** Whether the connector is held by its number for this user. */
  isReservedFor(connector: number, idTag: string, parentIdTag: string | undefined): boolean {
    return this.find(connector, idTag, parentIdTag) !== undefined;
  }

  /** The id of the reservation that this start will use up, also one of another connector, if it is his; undefined: none. */
  idFor(connector: ChargingConnector, idTag: string, parentIdTag: string | undefined): number | undefined {
    const found =
      this.find(connector.id, idTag, parentIdTag) ??
      this.find(0, idTag, undefined) ??
      this.list.find((kept) => equalsIgnoringCase(kept.idTag, idTag) && !this.isClaimed(kept)) ??
      this.find(0, idTag, parentIdTag);
    return found?.id;
  }

  private holder(connector: number, idTag: string, parentIdTag: string | undefined): Kept | undefined {
    return this.find(this.isHeld(connector, Number.NaN) ? connector : 0, idTag, parentIdTag);
  }

  private find(connector: number, idTag: string, parentIdTag: string | undefined): Kept | undefined {
    return this.list.find((kept) => kept.connector === connector && matches(kept, idTag, parentIdTag) && !this.isClaimed(kept));
  }

  /** Somebody is authorized with it and has not begun yet: it opens no second connector. */
  private isClaimed({ id }: Reservation): boolean {
    return this.station.connectors.some(({ authorization }) => authorization?.reservationId === id);
  }

  // How it ends.

  /** False: no such reservation, or the store does not let go of it; then nothing has changed. */
  cancel(id: number): boolean {
    const kept = this.list.find((entry) => entry.id === id);
    if (kept === undefined) return false;
    try {
      this.station.host.storage.remove(kept.key);
    } catch (error) {
      this.station.host.log('error', `A reservation could not be removed from the store: ${error}`);
      return false;
    }
    this.release(kept, 'Cancelled');
    return true;
  }

  /** Runs in `settle`: ends what faulted, unavailable and occupied connectors cannot keep, then shows who is reserved. */
  check(): void {
    const whole = this.station.connectors[0] as ChargingConnector;
    for (let index = this.list.length - 1; index >= 0; index--) {
      const kept = this.list[index] as Kept;
      const connector = this.station.connectors[kept.connector] as ChargingConnector;
      if (this.isBegun(kept)) this.end(kept, 'Used');
      else if (connector.isFaulted || whole.isFaulted) this.end(kept, 'Faulted');
      else if (connector.isOutOfService) this.end(kept, 'Unavailable');
    }
    for (const key of this.unremoved ?? []) this.remove(key);
    this.refresh();
  }

  /** Its transaction runs, or one that the wallbox began on its connector. */
  private isBegun({ id, connector }: Reservation): boolean {
    return this.station.connectors.some(
      ({ id: at, transaction }) =>
        transaction !== undefined && (transaction.reservationId === id || (at === connector && !this.isNewCar(at))),
    );
  }

  /** What runs there belongs to the car before. */
  private isNewCar(connector: number): boolean {
    return this.station.connectors[connector]?.isNewCar === true;
  }

  /** Waits for the next expiry. */
  arm(): void {
    const { deadlines, clock, host } = this.station;
    const now = host.now();
    let earliest = Number.POSITIVE_INFINITY;
    for (const kept of this.list) earliest = Math.min(earliest, kept.expiry);
    deadlines.set(Deadline.Reservation, now + Math.max(0, earliest - clock.lowerBoundAt(now)));
  }

  onDeadline(): void {
    for (const kept of [...this.list]) if (isOver(this.station, kept)) this.end(kept, 'Expired');
    this.arm();
  }

  private end(kept: Kept, end: ReservationEnd): void {
    this.remove(kept.key);
    this.release(kept, end);
  }

  private remove(key: string): void {
    this.unremoved = without(this.unremoved, key);
    try {
      this.station.host.storage.remove(key);
    } catch (error) {
      this.station.host.log('error', `A reservation could not be removed from the store: ${error}`);
      this.unremoved = [...(this.unremoved ?? []), key];
    }
  }

  /** It is out of the store, or will be. Whoever is authorized with it stays so, without it. */
  private release(kept: Kept, end: ReservationEnd): void {
    const { authorizer, callbacks, connectors } = this.station;
    this.list.splice(this.list.indexOf(kept), 1);
    for (const { authorization } of connectors) if (authorization?.reservationId === kept.id) delete authorization.reservationId;
    this.station.gate.report({ event: 'reservation', id: kept.id, connector: kept.connector, state: end });
    if (this.list.length === 0) {
      if (this.unremoved === undefined) authorizer.reservations = undefined;
      this.refresh();
    }
    this.arm();
    if (end === 'Used') return;
    this.station.gate.inform(() => callbacks.cancelReservation?.(kept.id));
  }

  /**
   * Which connectors are reserved: those that are so by name; and with k reservations of any connector, the free ones as soon as no more
   * than k are left. One of these stays reserved when somebody plugs in, as long as it is needed.
   */
  private refresh(): void {
    const ofAny = this.ofAny(Number.NaN);
    let free = 0;
    let heldPlugged = 0;
    for (const connector of this.station.connectors) {
      if (!this.countsForAny(connector)) continue;
      if (!connector.plugged) free++;
      else if (connector.reserved) heldPlugged++;
    }
    for (const connector of this.station.connectors) {
      if (connector.id === 0) continue;
      const isNeeded = free < ofAny && (connector.reserved || free + heldPlugged < ofAny);
      const isForAny = ofAny > 0 && free <= ofAny && this.countsForAny(connector) && (!connector.plugged || isNeeded);
      this.show(connector, isForAny || this.isHeld(connector.id, Number.NaN));
    }
  }

  private countsForAny(connector: ChargingConnector): boolean {
    return connector.id > 0 && connector.isFree && !this.isHeld(connector.id, Number.NaN);
  }

  /** A cable that waited behind a reservation is Preparing from now on. */
  private show(connector: ChargingConnector, isReserved: boolean): void {
    const was = connector.reserved;
    if (isReserved) connector.reserved = true;
    else delete connector.reserved;
    if (was && !isReserved && connector.plugged && connector.isFree) this.station.authorizer.starts.armTimeOut(connector.id);
  }
}

/** A parentIdTag is never compared with a presented idTag (OCPP 1.6 3.10). */
function matches(kept: Reservation, idTag: string, parentIdTag: string | undefined): boolean {
  if (equalsIgnoringCase(kept.idTag, idTag)) return true;
  return kept.parentIdTag !== undefined && parentIdTag !== undefined && equalsIgnoringCase(kept.parentIdTag, parentIdTag);
}

function readKept(key: string, text: string | undefined): Kept | undefined {
  try {
    const [format, id, connector, expiry, idTag, parentIdTag] = JSON.parse(text ?? '') as [number, number, number, number, string, string];
    if (format !== 1 || typeof idTag !== 'string' || !Number.isInteger(id) || !(expiry > 0)) return undefined;
    return { key, id, connector, expiry, idTag, parentIdTag: parentIdTag || undefined };
  } catch {
    return undefined;
  }
}

function without(keys: string[] | undefined, key: string): string[] | undefined {
  const left = keys?.filter((other) => other !== key);
  return left && left.length > 0 ? left : undefined;
}
