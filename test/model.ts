/**
 * Who may charge where: the obvious description that the station is held against, written from protocol.md sections 5, 6, 8 and 9.
 *
 * A card or a remote start makes a claim. A claim belongs to the connector with the cable, else to the next one that is plugged; it is good
 * for one start, within ConnectionTimeOut, while that cable stays in, and only if somebody admitted the idTag meanwhile.
 */

import type { Request } from '../src/wire/types.ts';
import type { Facts } from './facts.ts';
import type { World } from './world.ts';

export interface Claim {
  readonly idTag: string;
  readonly kind: 'card' | 'remote';
  readonly at: number;
  /** When the card was shown first. */
  since: number;
  /** Where it may begin. */
  connectors: number[];
  /** The cable that it belongs to. */
  bound: number | undefined;
  /** When somebody admitted the idTag, if anybody did. */
  admittedAt: number | undefined;
  /** Nobody need be asked (AuthorizeRemoteTxRequests false). */
  readonly isFree: boolean;
  /** Of a remote start. */
  profile?: object | undefined;
}

/** What the central system said about an idTag last. */
interface Said {
  readonly status: string;
  readonly expiry: number | undefined;
  readonly parentIdTag: string | undefined;
  readonly at: number;
  /** Of an Authorize.conf. */
  readonly asked: boolean;
}

export interface Reserved {
  readonly id: number;
  readonly connector: number;
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  /** Milliseconds of the world. */
  readonly expiry: number;
  readonly at: number;
  /** It may have ended, and nobody can tell. */
  unsure: boolean;
}

/** Milliseconds in which the card that has just stopped a transaction is ignored. */
const secondTap = 10_000;
/** Milliseconds that deadlines may be late. */
const slack = 2000;

export class Model {
  private readonly world: World;
  private readonly facts: Facts;
  private claims: Claim[] = [];
  private readonly said = new Map<string, Said>();
  private readonly listed = new Map<string, Said>();
  reservations: Reserved[] = [];
  private readonly pluggedAt: number[] = [];
  /** The claim that the card shown last made. */
  private shown: Claim | undefined;
  /** The card that stopped a transaction last, and where. */
  private lastStop: { readonly idTag: string; readonly connector: number; readonly at: number } | undefined;
  /** When the station last was without an accepted connection, or without an answer to Authorize. */
  aloneAt = 0;
  /** The socket is open, and the central system has accepted the station. */
  isConnected = false;
  /** A central system accepted the station once. */
  wasAccepted = false;

  constructor(world: World, facts: Facts) {
    this.world = world;
    this.facts = facts;
  }

  /** Whoever was authorized and had not begun is forgotten; reservations are kept. */
  onBoot(): void {
    this.claims = [];
    this.lastStop = undefined;
    this.isConnected = false;
    this.aloneAt = this.world.time;
  }

  // Claims.

  onCard(idTag: string, connectors: readonly number[] | undefined): void {
    const served = this.world.wallbox.sockets.map(({ id }) => id).filter((id) => id > 0 && (connectors?.includes(id) ?? true));
    if (connectors?.includes(0) && this.world.wallbox.sockets.length === 2) served.push(1);
    this.shown = undefined;
    const running = this.runningOf(idTag, served);
    if (this.isSecondTap(idTag, served)) return;
    if (running !== undefined) {
      this.lastStop = { idTag, connector: running, at: this.world.time };
      return;
    }
    // A card that is bound, or whose transaction is about to begin, is bound to no second connector by being shown again.
    const mine = this.claims.filter((claim) => same(claim.idTag, idTag) && claim.kind === 'card' && this.isAlive(claim));
    if (mine.some((claim) => claim.bound !== undefined && this.isHolding(claim))) return;
    this.claims = this.claims.filter((claim) => !mine.includes(claim));
    // Where only one connector was free he was bound to it without a cable.
    const before = mine.flatMap(({ connectors: others, bound }) => (bound === undefined ? others : [bound]));
    this.claim({ idTag, kind: 'card', connectors: served, isFree: false }, before);
    this.shown = this.claims.at(-1);
    for (const { admittedAt, since } of mine) {
      const made = this.claims.at(-1)!;
      made.admittedAt = admittedAt ?? made.admittedAt;
      made.since = Math.min(since, made.since);
    }
  }

  onRemoteStart(idTag: string, connector: number | undefined, profile?: object): void {
    const all = this.world.wallbox.sockets.map(({ id }) => id).filter((id) => id > 0);
    this.claim({
      idTag,
      kind: 'remote',
      connectors: connector === undefined ? all : [connector],
      isFree: !this.facts.is('AuthorizeRemoteTxRequests'),
      profile,
    });
  }

  private claim(made: Pick<Claim, 'idTag' | 'kind' | 'connectors' | 'isFree' | 'profile'>, before: readonly number[] = []): void {
    if (!this.isConnected) this.aloneAt = this.world.time;
    const { sockets } = this.world.wallbox;
    const taken = this.claims.filter((claim) => this.isAlive(claim)).map(({ bound }) => bound);
    const free = made.connectors.filter((id) => sockets[id]!.plugged && !sockets[id]!.session && !taken.includes(id));
    const isSound = (id: number) => this.facts.whyNotSupply(id) === undefined && this.facts.operative[id] === true;
    const open = free.filter((id) => isSound(id) && !this.isHeld(id) && this.isFresh(id));
    // With a choice that depends on reservations, on Finishing or on what is out of order, any of them may be the one.
    // So may one where the wallbox still ends what the station could not store.
    const isWanted = (id: number) => this.claims.some((claim) => this.isAlive(claim) && !claim.bound && claim.connectors.includes(id));
    const isClear =
      open.length === free.length && !free.some(isWanted) && made.connectors.every((id) => sockets[id]!.session?.durable !== false);
    const bound = free.length > 0 && isClear && before.length === 0 ? Math.min(...free) : undefined;
    this.claims.push({
      ...made,
      connectors: [...new Set([...made.connectors, ...before])],
      at: this.world.time,
      since: this.world.time,
      bound,
      admittedAt: undefined,
    });
  }

  /** The profiles of remote starts that wait are installed like others, and go like others. Connector 0: at any. */
  onProfilesRemoved(isRemoved: (profile: object, connector: number) => boolean): void {
    for (const claim of this.claims) {
      const at = claim.connectors.length === 1 ? claim.connectors[0]! : 0;
      if (claim.profile !== undefined && isRemoved(claim.profile, at)) claim.profile = undefined;
    }
  }

  onPlugged(connector: number): void {
    this.pluggedAt[connector] = this.world.time;
  }

  /** Nobody charged with this cable yet, and it has not waited too long for a card. */
  private isFresh(connector: number): boolean {
    const since = this.pluggedAt[connector] ?? 0;
    const seconds = this.facts.number('ConnectionTimeOut');
    const used = this.world.wallbox.sessions.some((session) => {
      // A stop that the station could not store yet holds the connector.
      const isOpen = session.durable && ((!session.stopDurable && !session.lost) || this.world.power.full);
      return session.connector === connector && (isOpen || (session.endedAt ?? session.startedAt) >= since);
    });
    return !used && (seconds <= 0 || this.world.time - since < seconds * 1000 - slack);
  }

  /** People tap twice. */
  isSecondTap(idTag: string, connectors: readonly number[]): boolean {
    const { lastStop } = this;
    if (lastStop === undefined || this.world.time - lastStop.at >= secondTap) return false;
    return same(lastStop.idTag, idTag) && connectors.includes(lastStop.connector);
  }

  /** The connector of the transaction that this card would stop. */
  private runningOf(idTag: string, connectors: readonly number[]): number | undefined {
    return connectors.find((id) => {
      const session = this.world.wallbox.sockets[id]!.session;
      return session?.durable === true && same(session.idTag, idTag);
    });
  }

  /** For certain: its time is not nearly over, and nothing is wrong with its connector. */
  private isHolding({ at, admittedAt, bound }: Claim): boolean {
    const seconds = this.facts.number('ConnectionTimeOut');
    if (bound !== undefined && this.facts.whyNotSupply(bound) !== undefined) return false;
    // Whom nobody could ask may have been refused.
    if (admittedAt === undefined && this.aloneAt >= at) return false;
    return seconds <= 0 || admittedAt === undefined || this.world.time - Math.max(admittedAt, at) < seconds * 1000 - slack;
  }

  private isAlive(claim: Claim): boolean {
    const seconds = this.facts.number('ConnectionTimeOut');
    const patience = claim.admittedAt === undefined ? 600_000 : seconds * 1000 + slack;
    return seconds <= 0 || this.world.time - Math.max(claim.admittedAt ?? claim.at, claim.at) <= Math.max(patience, seconds * 1000 + slack);
  }

  /** The cable is out: what belonged to it is over, also for whoever is being asked about. */
  onUnplugged(connector: number): void {
    for (const claim of this.claims) claim.connectors = claim.connectors.filter((id) => id !== connector || claim.bound === undefined);
    this.claims = this.claims.filter(({ bound, connectors }) => bound !== connector && connectors.length > 0);
  }

  /** A stop by card uses the card up, whoever's transaction it was. */
  onStoppedByCard(connector: number): void {
    const last = this.shown;
    this.shown = undefined;
    if (last === undefined || last.at !== this.world.time || !this.claims.includes(last)) return;
    this.claims = this.claims.filter((claim) => claim !== last);
    this.lastStop = { idTag: last.idTag, connector, at: last.at };
  }

  /** The station lets somebody begin: undefined, or what is wrong with that. */
  onProvided(idTag: string, connector: number): string | undefined {
    const { claims } = this;
    const fits = (claim: Claim) => claim.bound === connector || (claim.bound === undefined && claim.connectors.includes(connector));
    const fitting = claims.filter((each) => same(each.idTag, idTag) && fits(each) && this.isAlive(each));
    // The one that means this connector most of all.
    const rankOf = ({ bound, connectors }: Claim) => (bound === connector ? 0 : connectors.length);
    fitting.sort((one, other) => rankOf(one) - rankOf(other));
    const claim = fitting.find((each) => this.whyNotAdmitted(each) === undefined) ?? fitting[0];
    if (claim === undefined) {
      return `${idTag} begins on ${connector}, where it has no claim: ${JSON.stringify(claims)}`;
    }
    // Until the wallbox has begun he may be told again, at this connector and no other.
    claim.bound = connector;
    const held = this.reservations.find((each) => each.connector === connector && this.isLive(each) && !each.unsure);
    if (held && !this.opens(held, idTag)) return `${idTag} begins on ${connector}, which is reserved: ${JSON.stringify(held)}`;
    // Until the wallbox has begun they are what they were.
    for (const each of this.reservations)
      if (each.connector === connector || each.connector === 0 || same(each.idTag, idTag)) each.unsure = true;
    return this.whyNotAdmitted(claim);
  }

  /** Who may be meant by a start. */
  claimsAt(idTag: string, connector: number): readonly Claim[] {
    return this.claims.filter((claim) => same(claim.idTag, idTag) && (claim.bound === connector || claim.connectors.includes(connector)));
  }

  /** A claim is good for one start. */
  onStarted(connector: number): void {
    this.reservations = this.reservations.filter((each) => each.connector !== connector);
    this.claims = this.claims.filter(({ bound }) => bound !== connector);
  }

  /** The station could not store the start: his claim is used up all the same. */
  onNotStarted(connector: number, idTag: string): void {
    this.claims = this.claims.filter((claim) => claim.bound !== connector || !same(claim.idTag, idTag));
  }

  // Who is admitted.

  /** The station hears about an idTag. */
  onIdTagInfo(idTag: string, info: { status?: unknown; expiryDate?: unknown; parentIdTag?: unknown } | undefined, asked: boolean): void {
    if (typeof info?.status !== 'string') return;
    const expiry = typeof info.expiryDate === 'string' ? Date.parse(info.expiryDate) - this.world.unixAt(0) : undefined;
    const parentIdTag = typeof info.parentIdTag === 'string' ? info.parentIdTag : undefined;
    this.said.set(idTag.toLowerCase(), { status: info.status, expiry, parentIdTag, at: this.world.time, asked });
    if (!asked) return;
    const refused = info.status === 'Accepted' ? undefined : this.claims.find((claim) => same(claim.idTag, idTag) && isOpen(claim));
    this.claims = this.claims.filter((claim) => claim !== refused);
    if (info.status === 'Accepted') for (const claim of this.claims) if (same(claim.idTag, idTag)) claim.admittedAt ??= this.world.time;
  }

  onCacheCleared(): void {
    this.said.clear();
  }

  /** The local list as it was accepted. */
  onList(request: Record<string, unknown>): void {
    if (request['updateType'] === 'Full') this.listed.clear();
    for (const entry of (request['localAuthorizationList'] as Entry[] | undefined) ?? []) {
      if (entry.idTagInfo === undefined) this.listed.delete(entry.idTag.toLowerCase());
      else {
        const expiry = entry.idTagInfo.expiryDate === undefined ? undefined : Date.parse(entry.idTagInfo.expiryDate) - this.world.unixAt(0);
        const { status, parentIdTag } = entry.idTagInfo;
        this.listed.set(entry.idTag.toLowerCase(), { status, expiry, parentIdTag, at: this.world.time, asked: false });
      }
    }
  }

  /** Both cards belong to one group for certain: the list says so of the one, list or central system of the other. */
  isGroup(running: string, shown: string): boolean {
    const one = this.parentOf(running);
    const other = this.listed.get(shown.toLowerCase());
    return (
      one !== undefined &&
      other?.status === 'Accepted' &&
      other.parentIdTag !== undefined &&
      same(one, other.parentIdTag) &&
      this.facts.is('LocalAuthListEnabled')
    );
  }

  private parentOf(idTag: string): string | undefined {
    return (this.listed.get(idTag.toLowerCase()) ?? this.said.get(idTag.toLowerCase()))?.parentIdTag;
  }

  /** The connector where this card begins for certain: it was just shown, the cable waits, and list or cache admit it offline. */
  certainOf(idTag: string): number | undefined {
    const claim = this.claims.at(-1);
    if (claim === undefined || !same(claim.idTag, idTag) || claim.at !== this.world.time || claim.bound === undefined) return undefined;
    if (this.isConnected || !this.facts.is('LocalAuthorizeOffline') || !this.wasAccepted || this.world.wallbox.scripted.size > 0)
      return undefined;
    const listed = this.facts.is('LocalAuthListEnabled') ? this.listed.get(idTag.toLowerCase()) : undefined;
    const cached = this.facts.is('AuthorizationCacheEnabled') ? this.said.get(idTag.toLowerCase()) : undefined;
    const known = listed ?? (this.isCacheSure ? cached : undefined);
    return known?.status === 'Accepted' && known.expiry === undefined ? claim.bound : undefined;
  }

  /** The cache holds every valid idTag that it was told. */
  private get isCacheSure(): boolean {
    let valid = 0;
    for (const { status } of this.said.values()) if (status === 'Accepted') valid++;
    return valid <= 20;
  }

  private whyNotAdmitted(claim: Claim): string | undefined {
    if (claim.isFree || claim.admittedAt !== undefined) return undefined;
    const keys = [
      'LocalPreAuthorize',
      'LocalAuthorizeOffline',
      'AllowOfflineTxForUnknownId',
      'AuthorizationCacheEnabled',
      'LocalAuthListEnabled',
    ];
    if (!this.facts.isSure(...keys)) return undefined;
    const wasAlone = this.aloneAt >= claim.since || this.isUnanswered(claim);
    if (!wasAlone && !this.facts.is('LocalPreAuthorize')) return `nobody was asked about ${claim.idTag}`;
    const listed = this.facts.is('LocalAuthListEnabled') ? this.listed.get(claim.idTag.toLowerCase()) : undefined;
    const known = listed ?? this.said.get(claim.idTag.toLowerCase());
    if (known?.status === 'Accepted') {
      return known.expiry !== undefined && known.expiry <= this.leastTime() ? `${claim.idTag} has expired` : undefined;
    }
    if (known === undefined || listed === undefined) {
      if (wasAlone && this.facts.is('AllowOfflineTxForUnknownId')) return undefined;
    }
    return `${claim.idTag} is ${known?.status ?? 'unknown'}, and nobody admitted it`;
  }

  /** Authorize may have been given up. */
  private isUnanswered({ at }: Claim): boolean {
    return this.world.time - at >= this.facts.number('MessageTimeout') * 1000;
  }

  /** The time that has passed for certain: true time while the station knows it, else the last that it knew, and this boot's uptime. */
  private leastTime(): number {
    const { time, bootedAt } = this.world;
    if (this.facts.isTimeKnown || this.world.wallClockHint !== undefined) return time - slack;
    let last = 0;
    for (const { stop, stopDurable } of this.world.wallbox.sessions) if (stop && stopDurable) last = Math.max(last, stop.at);
    return this.facts.wasAlwaysRight ? last + time - bootedAt - slack : 0;
  }

  // Reservations.

  onStoreLost(): void {
    this.said.clear();
    this.listed.clear();
    this.reservations = [];
    this.wasAccepted = false;
  }

  /** The power went: what no connector could serve may have ended before, or not. */
  doubtWhereNothingMaySupply(): void {
    for (const each of this.reservations) each.unsure ||= this.facts.whyNotSupply(each.connector) !== undefined;
  }

  /** It may have ended. */
  doubt(id: unknown): void {
    for (const each of this.reservations) if (each.id === id) each.unsure = true;
  }

  /** `unsure`: nobody knows whether it was. */
  onReserved(request: Record<string, unknown>, unsure = false): void {
    const made = request as unknown as Request<'ReserveNow'>;
    const { reservationId, connectorId, idTag, parentIdTag } = made;
    if (unsure) this.doubt(reservationId);
    else this.reservations = this.reservations.filter(({ id }) => id !== reservationId);
    const expiry = Date.parse(made.expiryDate) - this.world.unixAt(0);
    const at = this.world.time;
    this.reservations.push({ id: reservationId, connector: connectorId, idTag, parentIdTag, expiry, at, unsure });
  }

  onCancelled(id: unknown): void {
    this.reservations = this.reservations.filter((each) => each.id !== id);
  }

  /** Faulted and Unavailable end a reservation. */
  endReservations(): void {
    const isClockRight = (this.facts.isTimeKnown || this.world.wallClockHint !== undefined) && this.facts.wasAlwaysRight;
    for (const each of this.reservations) each.unsure ||= !isClockRight || this.facts.isUpdating;
    this.reservations = this.reservations.filter(
      (each) => this.isLive(each) && (each.connector === 0 || each.unsure || this.facts.whyNotSupply(each.connector) === undefined),
    );
  }

  /** A reservation holds this connector, or one of connector 0 may. */
  isHeld(connector: number): boolean {
    return this.reservations.some((each) => (each.connector === connector || each.connector === 0) && this.isLive(each));
  }

  private isLive(reserved: Reserved): boolean {
    return reserved.unsure || reserved.expiry > this.world.time;
  }

  private opens(held: Reserved, idTag: string): boolean {
    if (same(held.idTag, idTag)) return true;
    if (held.parentIdTag === undefined) return false;
    const parent = this.parentOf(idTag);
    return parent !== undefined && same(parent, held.parentIdTag);
  }

  /** Somebody is on the way to this connector. */
  isClaimed(connector: number): boolean {
    return this.claims.some((claim) => this.isAlive(claim) && (claim.bound === connector || claim.connectors.includes(connector)));
  }
}

/** He waits for an answer of the central system. */
function isOpen({ admittedAt, isFree }: Claim): boolean {
  return admittedAt === undefined && !isFree;
}

interface Entry {
  readonly idTag: string;
  readonly idTagInfo?: { readonly status: string; readonly expiryDate?: string; readonly parentIdTag?: string };
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
