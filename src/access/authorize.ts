/** Who may charge: cards, remote starts and questions of the firmware, asked of list, cache and central system, and of what offline allows. */

import type { Callbacks } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { Gate } from '../link/gate.ts';
import type { CallOwner, Session } from '../link/session.ts';
import type { ConnectionSettings } from '../settings/connection.ts';
import type { Settings } from '../settings/settings.ts';
import { type StoppingStation, wishToStop } from '../transaction/stop.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { idTagInfoOf } from '../wire/id-tag-info.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { Action, IdTagInfo } from '../wire/types.ts';
import { carHasLeft, carOf, noCar, type Place } from './choice.ts';
import { placesOf } from './places.ts';
import type { Reservations } from './reservations.ts';
import { isValid, knownOf, learn, parentOf, type StandingStation, standingOf } from './standing.ts';
import { isFor, type StartStation, Starts } from './starts.ts';

/** What the authorizer needs of the station around it. */
export interface AuthorizingStation extends StandingStation, StartStation, StoppingStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly connection: ConnectionSettings;
  readonly session: Session;
  readonly connectors: readonly ChargingConnector[];
  readonly authorizer: Authorizer;
  readonly gate: Gate;
}

export type Source = 'list' | 'cache' | 'csms' | 'offline';

/** People tap twice: for so many milliseconds the card that has stopped a transaction starts none (protocol.md section 6). */
const secondTap = 10_000;

interface Question {
  readonly idTag: string;
  readonly kind: 'card' | 'remote' | 'firmware';
  /** Where it may begin. */
  readonly connectors: readonly number[];
  /** The connector where his car stands, `noCar` or `carHasLeft`. */
  car: number;
  /** The central system is asked, or will be. */
  isAsked?: boolean;
  /** Milliseconds of the car's ConnectionTimeOut, which stands still meanwhile. */
  timeLeft?: number | undefined;
  readonly done?: (info: IdTagInfo, source: Source) => void;
}

export class Authorizer implements CallOwner {
  private readonly station: AuthorizingStation;
  readonly starts: Starts;
  /** Undefined while there is none. */
  reservations: Reservations | undefined;
  private queue: Question[] | undefined;
  private flight: Question | undefined;
  /** The card that stopped a transaction last, where, and how long it is ignored there; `until` is `host.now()`. */
  private lastStop: { readonly idTag: string; readonly connector: number; until: number } | undefined;

  constructor(station: AuthorizingStation) {
    this.station = station;
    this.starts = new Starts(station);
  }

  // Questions.

  /** A card was presented at a reader that serves these connectors. */
  onCard(idTag: string, connectors: readonly number[]): void {
    if (this.isSecondTap(idTag, connectors)) return this.ignore(idTag, connectors);
    const parentIdTag = this.validParent(idTag, connectors);
    const own = this.runningOf(connectors, idTag, parentIdTag);
    if (own) {
      this.expectSecondTap(own, idTag);
      // Not from a method of its own: the way down to the wallbox and the flash is long, and a stack frame costs up to 368 bytes.
      return wishToStop(this.station, own, 'Local', idTag);
    }
    // What runs may be stopped also while it is asked about for another connector.
    if (this.isAsking(idTag) || this.starts.isBound(idTag)) return this.ignore(idTag, connectors);
    const places = this.placesFor(idTag, connectors, false);
    const mayStop = parentIdTag === undefined && this.isGroupCharging(connectors);
    if (!mayStop && !places.some(isPossible)) return this.ignore(idTag, connectors);
    this.ask({ idTag, kind: 'card', connectors, car: carOf(places) });
  }

  /** RemoteStartTransaction was accepted for these connectors. Without AuthorizeRemoteTxRequests nothing is asked (OCPP 1.6 5.11). */
  onRemoteStart(idTag: string, connectors: readonly number[], authorize: boolean): void {
    const question: Question = { idTag, kind: 'remote', connectors, car: carOf(this.placesFor(idTag, connectors, true)) };
    if (authorize || this.needsParent(question, undefined)) this.ask(question);
    else this.start(question, undefined);
  }

  /** The firmware wants to know; `done` hears it exactly once. */
  onFirmware(idTag: string, done: (info: IdTagInfo, source: Source) => void): void {
    this.ask({ idTag, kind: 'firmware', connectors: [], car: noCar, done });
  }

  /** Where a remote start could begin; none: it is Rejected (protocol.md section 8). */
  placesForRemoteStart(idTag: string, connectors: readonly number[]): number[] {
    return this.placesFor(idTag, connectors, true)
      .filter((place) => isPossible(place) && !place.isWanted)
      .map(({ id }) => id);
  }

  private placesFor(idTag: string, connectors: readonly number[], remote: boolean): Place[] {
    const parentIdTag = this.reservations && parentOf(this.station, idTag);
    return placesOf(this.station, { idTag, parentIdTag, remote }, connectors);
  }

  /** Somebody is being asked about for this connector and no other. */
  isAskedFor(connector: number): boolean {
    return this.isAny(
      ({ kind, connectors, car }) => kind !== 'firmware' && (car === connector || (connectors.length === 1 && connectors[0] === connector)),
    );
  }

  /** Somebody is being asked about who stands at the car here, or, where there is none, may plug in here. */
  isWanted({ id, plugged }: ChargingConnector): boolean {
    return this.isAny(({ connectors, car }) => (plugged ? car === id : car === noCar && connectors.includes(id)));
  }

  /** A remote start of this idTag may still become a transaction at the connector (0: at whichever it was for). */
  isRemoteStarting(idTag: string, connector: number): boolean {
    if (this.isAny((question) => question.kind === 'remote' && question.car !== carHasLeft && isFor(question, idTag, connector)))
      return true;
    return this.starts.isRemoteStarting(idTag, connector);
  }

  private isAsking(idTag: string): boolean {
    return this.isAny((question) => question.kind !== 'firmware' && equalsIgnoringCase(question.idTag, idTag));
  }

  /** Whether such a question is in flight or waits. */
  private isAny(test: (question: Question) => boolean): boolean {
    return (this.flight !== undefined && test(this.flight)) || (this.queue?.some(test) ?? false);
  }

  private isSecondTap(idTag: string, connectors: readonly number[]): boolean {
    const { lastStop } = this;
    if (lastStop === undefined) return false;
    const now = this.station.host.now();
    // The wallbox still ends it.
    if (this.station.connectors[lastStop.connector]?.transaction?.stopping) lastStop.until = now + secondTap;
    if (lastStop.until <= now) {
      this.lastStop = undefined;
      return false;
    }
    return connectors.includes(lastStop.connector) && equalsIgnoringCase(lastStop.idTag, idTag);
  }

  private ignore(idTag: string, connectors: readonly number[]): void {
    this.station.gate.report({ event: 'token', idTag, connectors, result: 'Ignored', source: 'offline' });
  }

  private ask(question: Question): void {
    const { session, settings } = this.station;
    if (!session.isOnline) return this.decideOffline(question, true);
    const known = settings.boolean('LocalPreAuthorize') ? knownOf(this.station, question.idTag) : undefined;
    if (known && isValid(this.station, known.entry) && this.mayBeDecided(question, known.entry.parentIdTag)) {
      return this.decide(question, standingOf(this.station, known.entry), known.source);
    }
    question.isAsked = true;
    this.holdTimeOut(question);
    if (this.queue === undefined) this.queue = [question];
    else this.queue.push(question);
  }

  /** Nobody who came first is being asked about at his car, and no reservation asks for a parent that only the central system knows. */
  private mayBeDecided(question: Question, parentIdTag: string | undefined): boolean {
    if (question.kind === 'firmware') return true;
    const { car } = question;
    if (car !== noCar && this.isAny((earlier) => earlier.car === car)) return false;
    return !this.needsParent(question, parentIdTag);
  }

  /** Only a reserved connector is left, and only the central system may know the parent that would open it (OCPP 1.6 5.13). */
  private needsParent({ idTag, kind, connectors }: Question, parentIdTag: string | undefined): boolean {
    if (this.reservations === undefined || parentIdTag !== undefined) return false;
    const visitor = { idTag, parentIdTag, remote: kind === 'remote', isAccepted: true };
    return !placesOf(this.station, visitor, connectors).some(isPossible);
  }

  // Answers.

  /** Sends the next Authorize; false when nobody waits for one. */
  send(): boolean {
    this.flight = this.takeNext();
    if (this.flight === undefined) return false;
    this.station.session.call(this, 'Authorize', { idTag: this.flight.idTag });
    return true;
  }

  private takeNext(): Question | undefined {
    const next = this.queue?.shift();
    if (this.queue?.length === 0) this.queue = undefined;
    return next;
  }

  onResult(_action: Action, payload: object | undefined): void {
    const info = idTagInfoOf((payload as { idTagInfo?: unknown } | undefined)?.idTagInfo);
    if (info === undefined) return this.onCallError();
    const question = this.takeFlight();
    if (question === undefined) return;
    this.learn(question.idTag, info);
    this.decide(question, info, 'csms');
  }

  /** No usable answer while online: list and cache as if offline; unknown ids are not admitted (protocol.md section 6). */
  onCallError(): void {
    const question = this.takeFlight();
    if (question) this.decideOffline(question, false);
  }

  onNoAnswer(_action: Action, timedOut: boolean): void {
    const question = this.takeFlight();
    if (question) this.decideOffline(question, !timedOut);
  }

  /** The connection is gone: whoever still waits is decided by what the station knows. */
  onDisconnected(): void {
    for (let next = this.takeNext(); next !== undefined; next = this.takeNext()) this.decideOffline(next, true);
  }

  private takeFlight(): Question | undefined {
    const question = this.flight;
    this.flight = undefined;
    return question;
  }

  private decideOffline(question: Question, admitsUnknown: boolean): void {
    const { settings, connection } = this.station;
    // 1.6 4.2.1, errata 3.11: a station that no central system ever accepted lets nobody charge.
    const allowed = connection.wasAccepted();
    const known = knownOf(this.station, question.idTag);
    if (allowed && known && settings.boolean('LocalAuthorizeOffline')) {
      return this.decide(question, standingOf(this.station, known.entry), known.source);
    }
    const unknown = allowed && admitsUnknown && known === undefined && settings.boolean('AllowOfflineTxForUnknownId');
    this.decide(question, { status: unknown ? 'Accepted' : 'Invalid' }, 'offline');
  }

  private decide(question: Question, info: IdTagInfo, source: Source): void {
    const { idTag, kind, connectors } = question;
    this.station.gate.report({ event: 'token', idTag, connectors, result: info.status, source });
    if (kind === 'firmware') return question.done?.(info, source);
    if (info.status === 'Accepted') this.admit(question, info.parentIdTag);
    this.resumeTimeOut(question);
  }

  private admit(question: Question, parentIdTag: string | undefined): void {
    const { idTag, kind, connectors } = question;
    // What his own card may have begun since then is not meant.
    const group = kind === 'card' ? this.runningOf(connectors, '', parentIdTag) : undefined;
    if (group) {
      this.expectSecondTap(group, idTag);
      wishToStop(this.station, group, 'Local', idTag);
    } else if (kind === 'card' && this.starts.isBound(idTag)) this.ignore(idTag, connectors);
    else this.start(question, parentIdTag);
  }

  private start({ idTag, kind, connectors, car, isAsked }: Question, parentIdTag: string | undefined): void {
    const visitor = { idTag, parentIdTag, remote: kind === 'remote', isAccepted: true, wasAsked: isAsked === true };
    if (!this.starts.begin(visitor, connectors, car)) this.ignore(idTag, connectors);
  }

  private expectSecondTap({ id }: ChargingConnector, idTag: string): void {
    this.lastStop = { idTag, connector: id, until: this.station.host.now() + secondTap };
  }

  // Cables.

  onPlugged(connector: ChargingConnector): void {
    const { transaction } = connector;
    if (transaction && transaction.unstored === undefined) {
      if (transaction.stopping !== undefined) connector.isNewCar = true;
      return;
    }
    if (this.starts.onPlugged(connector)) return;
    const question = this.firstFor(connector.id);
    if (question === undefined) return;
    question.car = connector.id;
    this.holdTimeOut(question);
  }

  /** The first one who is being asked about and has no car yet. */
  private firstFor(connector: number): Question | undefined {
    const { flight } = this;
    const mayBe = (question: Question) =>
      question.car === noCar &&
      question.connectors.includes(connector) &&
      this.placesFor(question.idTag, [connector], false).some(isPossible);
    return flight && mayBe(flight) ? flight : this.queue?.find(mayBe);
  }

  /** The car has left before anything began: whoever stood at it begins nowhere (protocol.md section 6). */
  onUnplugged(connector: ChargingConnector): void {
    this.starts.onUnplugged(connector);
    if (this.flight?.car === connector.id) this.flight.car = carHasLeft;
    for (const question of this.queue ?? []) if (question.car === connector.id) question.car = carHasLeft;
  }

  /** ConnectionTimeOut stands still while somebody is being asked about (errata 3.20: the idTag was presented). */
  private holdTimeOut(question: Question): void {
    if (question.car > noCar) question.timeLeft = this.starts.holdTimeOut(question.car);
  }

  /** It goes on, unless the next one is being asked about at the same car. */
  private resumeTimeOut({ car, timeLeft }: Question): void {
    const connector = this.connector(car);
    if (connector === undefined || timeLeft === undefined) return;
    const next = this.flight?.car === car ? this.flight : this.queue?.find((question) => question.car === car);
    if (next) next.timeLeft = timeLeft;
    else this.starts.resumeTimeOut(connector, timeLeft);
  }

  // Who charges already.

  private connector(id: number): ChargingConnector | undefined {
    return id > 0 ? this.station.connectors[id] : undefined;
  }

  private isGroupCharging(connectors: readonly number[]): boolean {
    return connectors.some((id) => this.connector(id)?.transaction?.parentIdTag !== undefined);
  }

  /** The card's own parent, as far as list or cache know it; looked up only where a group charges. */
  private validParent(idTag: string, connectors: readonly number[]): string | undefined {
    const known = this.isGroupCharging(connectors) ? knownOf(this.station, idTag) : undefined;
    return known && isValid(this.station, known.entry) ? known.entry.parentIdTag : undefined;
  }

  private runningOf(connectors: readonly number[], idTag: string, parentIdTag: string | undefined): ChargingConnector | undefined {
    for (const id of connectors) {
      const connector = this.connector(id);
      const transaction = connector?.transaction;
      if (transaction?.unstored === undefined && transaction?.endsWith(idTag, parentIdTag)) return connector;
    }
    return undefined;
  }

  /** The central system said something about an idTag. */
  learn(idTag: string, info: IdTagInfo): void {
    learn(this.station, idTag, info);
  }
}

/** Somebody may begin here, now or when his parent is known. */
function isPossible({ state }: Place): boolean {
  return state === 'open' || state === 'unsure';
}
