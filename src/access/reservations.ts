/**
 * Reservations with core authorization (OCPP 1.6 5.13): who may use a reserved connector, and when a reservation ends. Kept in shelf `r`,
 * one value each: JSON of format, id, connector, expiry in Unix milliseconds, idTag, parentIdTag. In RAM only while there are any.
 */

import type { Callbacks, ReservationStatus, StationEvent } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import { Deadline, type Deadlines } from '../link/deadlines.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import { parentOf, type StandingStation } from './standing.ts';

export interface ReservationStation extends StandingStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly connectors: readonly ChargingConnector[];
  readonly coreAuthorizes: boolean;
  readonly authorizer: {
    /** Undefined while there is none. */
    reservations: Reservations | undefined;
    /** A remote start waits for this connector. */
    isRemoteStartWaiting(connector: number): boolean;
    readonly starts: { armTimeOut(connector: number): void };
  };
  report(event: StationEvent): void;
  inform(callback: () => unknown): void;
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

/** Why a reservation is over. `Used`: its transaction is about to begin. */
export type ReservationEnd = 'Used' | 'Cancelled' | 'Expired' | 'Faulted' | 'Unavailable';

/** What ReserveNow is answered for the facts at hand; undefined: it is the wallbox's turn to say (protocol.md section 9). */
export function reservationRefusal(station: ReservationStation, wanted: Reservation): Exclude<ReservationStatus, 'Accepted'> | undefined {
  const connector = station.connectors[wanted.connector];
  const unix = station.clock.unixAt(station.host.now());
  if (connector === undefined || (unix !== undefined && wanted.expiry <= unix)) return 'Rejected';
  if (wanted.connector === 0 && !station.settings.boolean('ReserveConnectorZeroSupported')) return 'Rejected';
  const whole = station.connectors[0] as ChargingConnector;
  if (connector.isFaulted || whole.isFaulted) return 'Faulted';
  if (!station.coreAuthorizes) return connector.authorization || connector.plugged ? 'Occupied' : undefined;
  if (!connector.isAvailable || !whole.isAvailable) return 'Unavailable';
  return wanted.connector === 0 ? refusalOfAny(station, wanted.id) : refusalOfOne(station, connector, wanted.id);
}

function refusalOfOne(station: ReservationStation, connector: ChargingConnector, id: number): 'Occupied' | undefined {
  const { reservations } = station.authorizer;
  if (connector.isInUse || station.authorizer.isRemoteStartWaiting(connector.id)) return 'Occupied';
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

/** Connectors that a reservation could count on. The reservation `id` does not stand in its own way. */
function freeConnectors(station: ReservationStation, id: number): number {
  let free = 0;
  for (const connector of station.connectors) {
    if (connector.id === 0 || connector.plugged || !connector.isFree) continue;
    if (!station.authorizer.reservations?.isHeld(connector.id, id)) free++;
  }
  return free;
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
    this.refresh();
    return this.list.length > 0;
  }

  keep(reservation: Reservation): void {
    const { id, connector, expiry, idTag, parentIdTag } = reservation;
    const at = this.list.findIndex((kept) => kept.id === id);
    const key = this.list[at]?.key ?? this.freeKey();
    this.station.host.storage.write(key, JSON.stringify([1, id, connector, expiry, idTag, parentIdTag ?? '']));
    const kept: Kept = { key, id, connector, expiry, idTag, parentIdTag };
    if (at < 0) this.list.push(kept);
    else this.list[at] = kept;
    this.station.report({ event: 'reservation', id, connector, state: 'Reserved' });
    this.refresh();
    this.arm();
  }

  private freeKey(): string {
    for (let slot = 0; ; slot++) {
      const key = 'r/' + slot.toString(36);
      if (this.list.every((kept) => kept.key !== key)) return key;
    }
  }

  get count(): number {
    return this.list.length;
  }

  /** Whoever wants to look. */
  all(): readonly Reservation[] {
    return this.list;
  }

  /** Reservations of any connector, the one with this id not counted. */
  ofAny(exceptId: number): number {
    let count = 0;
    for (const kept of this.list) if (kept.connector === 0 && kept.id !== exceptId) count++;
    return count;
  }

  /** Whether the connector itself is reserved, by another id than this. */
  isHeld(connector: number, exceptId: number): boolean {
    return this.list.some((kept) => kept.connector === connector && kept.id !== exceptId);
  }

  // Who may begin.

  /** Whether this idTag may begin at the connector now. */
  admits(connector: ChargingConnector, idTag: string, parentIdTag: string | undefined): boolean {
    this.refresh();
    return !connector.reserved || this.holder(connector.id, idTag, parentIdTag) !== undefined;
  }

  /** As `admits` with the parent that list and cache know; true also when only Authorize can tell the parent. */
  mayAdmit(connector: ChargingConnector, idTag: string): boolean {
    const parentIdTag = parentOf(this.station, idTag);
    if (this.admits(connector, idTag, parentIdTag)) return true;
    const at = this.isHeld(connector.id, Number.NaN) ? connector.id : 0;
    return parentIdTag === undefined && this.list.some((kept) => kept.connector === at && kept.parentIdTag !== undefined);
  }

  /** Whether the connector is held by its number for this user. */
  isReservedFor(connector: number, idTag: string, parentIdTag: string | undefined): boolean {
    return this.find(connector, idTag, parentIdTag) !== undefined;
  }

  /** Ends the reservation that this start uses up, also one of another connector, if it is his: its id; undefined: none. */
  endBy(connector: ChargingConnector, idTag: string, parentIdTag: string | undefined): number | undefined {
    const used =
      this.find(connector.id, idTag, parentIdTag) ??
      this.find(0, idTag, undefined) ??
      this.list.find((kept) => equalsIgnoringCase(kept.idTag, idTag)) ??
      this.find(0, idTag, parentIdTag);
    if (used !== undefined) this.release(used, 'Used');
    return used?.id;
  }

  private holder(connector: number, idTag: string, parentIdTag: string | undefined): Kept | undefined {
    return this.find(this.isHeld(connector, Number.NaN) ? connector : 0, idTag, parentIdTag);
  }

  private find(connector: number, idTag: string, parentIdTag: string | undefined): Kept | undefined {
    return this.list.find((kept) => kept.connector === connector && matches(kept, idTag, parentIdTag));
  }

  // How it ends.

  /** False: no such reservation. */
  cancel(id: number): boolean {
    const kept = this.list.find((entry) => entry.id === id);
    if (kept !== undefined) this.release(kept, 'Cancelled');
    return kept !== undefined;
  }

  /** Runs in `settle`: ends what faulted, unavailable and occupied connectors cannot keep, then shows who is reserved. */
  check(): void {
    const whole = this.station.connectors[0] as ChargingConnector;
    for (let index = this.list.length - 1; index >= 0; index--) {
      const kept = this.list[index] as Kept;
      const connector = this.station.connectors[kept.connector] as ChargingConnector;
      if (connector.isFaulted || whole.isFaulted) this.release(kept, 'Faulted');
      else if (!connector.isAvailable || !whole.isAvailable) this.release(kept, 'Unavailable');
      else if (connector.transaction) this.release(kept, 'Used');
    }
    this.refresh();
  }

  /** Waits for the next expiry. While the time is unknown nothing expires. */
  arm(): void {
    const { deadlines, clock, host } = this.station;
    const now = host.now();
    const unix = clock.unixAt(now);
    let earliest = Number.POSITIVE_INFINITY;
    for (const kept of this.list) earliest = Math.min(earliest, kept.expiry);
    deadlines.set(Deadline.Reservation, unix === undefined ? Number.POSITIVE_INFINITY : now + Math.max(0, earliest - unix));
  }

  onDeadline(): void {
    const unix = this.station.clock.unixAt(this.station.host.now());
    for (let index = this.list.length - 1; unix !== undefined && index >= 0; index--) {
      const kept = this.list[index] as Kept;
      if (kept.expiry <= unix) this.release(kept, 'Expired');
    }
    this.arm();
  }

  private release(kept: Kept, end: ReservationEnd): void {
    const { authorizer, callbacks, host } = this.station;
    try {
      host.storage.remove(kept.key);
    } catch (error) {
      host.log('error', `A reservation could not be removed from the store: ${error}`);
    }
    this.list.splice(this.list.indexOf(kept), 1);
    this.station.report({ event: 'reservation', id: kept.id, connector: kept.connector, state: end });
    if (this.list.length === 0) {
      authorizer.reservations = undefined;
      this.refresh();
    }
    this.arm();
    if (end === 'Used') return;
    this.station.inform(() => callbacks.cancelReservation?.(kept.id));
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
    connector.reserved = isReserved;
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
