/** Who may charge: cards, remote starts and questions of the firmware; local list, cache, Authorize, and what offline allows. */

import type { Station } from '../connector/station.ts';
import { ConnectorDeadline } from '../link/deadlines.ts';
import type { CallOwner } from '../link/session.ts';
import { askForStop } from '../transaction/stop.ts';
import type { ChargingConnector, Transaction } from '../transaction/transaction.ts';
import { idTagInfoOf } from '../wire/id-tag-info.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import { formatTime } from '../wire/time.ts';
import type { Action, AuthorizationStatus, IdTagInfo } from '../wire/types.ts';
import { type IdTagEntry, IdTagPages } from './id-tags.ts';
import { findListed } from './local-list.ts';
import type { Reservations } from './reservations.ts';

export type Source = 'list' | 'cache' | 'csms' | 'offline';

interface Question {
  readonly idTag: string;
  readonly kind: 'card' | 'remote' | 'firmware';
  /** Where it may begin; shrinks when a cable is taken out before the answer. */
  connectors: number[];
  readonly done?: ((info: IdTagInfo, source: Source) => void) | undefined;
}

/** An authorized user who has not chosen a connector yet. */
interface Waiting {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly remote: boolean;
  readonly connectors: readonly number[];
}

export class Authorizer implements CallOwner {
  private readonly station: Station;
  private readonly cache: IdTagPages;
  /** Undefined while there is none. */
  reservations: Reservations | undefined;
  private queue: Question[] | undefined;
  private flight: Question | undefined;
  private waiting: Waiting | undefined;

  constructor(station: Station) {
    this.station = station;
    this.cache = new IdTagPages(station.host.storage, 'l/c', station.host.cacheCapacity);
  }

  // Questions.

  /** A card was presented at a reader that serves these connectors. */
  onCard(idTag: string, connectors: readonly number[]): void {
    if (this.isAsking(idTag)) return this.ignore(idTag, connectors);
    const mayStop = connectors.some((id) => this.connector(id)?.transaction?.parentIdTag !== undefined);
    // Only where a group charges is the card's own group looked up.
    const known = mayStop ? this.known(idTag) : undefined;
    const own = this.runningOf(connectors, idTag, known && this.isValid(known.entry) ? known.entry.parentIdTag : undefined);
    if (own) return askForStop(this.station, own, 'Local', idTag);
    const candidates = this.candidates(connectors).filter((connector) => this.reservations?.mayAdmit(connector, idTag) ?? true);
    if (candidates.length === 0 && !mayStop) return this.ignore(idTag, connectors);
    this.ask({ idTag, kind: 'card', connectors: [...connectors] });
  }

  /** RemoteStartTransaction was accepted for these connectors. Without AuthorizeRemoteTxRequests nothing is asked (OCPP 1.6 5.11). */
  onRemoteStart(idTag: string, connectors: number[], authorize: boolean): void {
    if (authorize) this.ask({ idTag, kind: 'remote', connectors });
    else this.place(idTag, undefined, connectors, true);
  }

  /** The firmware wants to know; `done` hears it exactly once. */
  onFirmware(idTag: string, done: (info: IdTagInfo, source: Source) => void): void {
    this.ask({ idTag, kind: 'firmware', connectors: [], done });
  }

  /** A remote start waits for this connector. */
  isRemoteStartWaiting(connector: number): boolean {
    return this.isAsked(({ kind, connectors }) => kind === 'remote' && connectors.length === 1 && connectors[0] === connector);
  }

  /** A remote start of this idTag may still become a transaction at the connector (0: at whichever it was for). */
  isRemoteStarting(idTag: string, connector: number): boolean {
    const { waiting, station } = this;
    if (this.isAsked((question) => question.kind === 'remote' && isFor(question, idTag, connector))) return true;
    if (waiting?.remote && isFor(waiting, idTag, connector)) return true;
    for (const { id, authorization } of station.connectors) {
      const matches = authorization?.remote && equalsIgnoringCase(authorization.idTag, idTag);
      if (matches && (connector === 0 || connector === id)) return true;
    }
    return false;
  }

  private isAsking(idTag: string): boolean {
    return this.isAsked((question) => question.kind === 'card' && equalsIgnoringCase(question.idTag, idTag));
  }

  /** Whether such a question is in flight or waits. */
  private isAsked(test: (question: Question) => boolean): boolean {
    return (this.flight !== undefined && test(this.flight)) || (this.queue?.some(test) ?? false);
  }

  private ignore(idTag: string, connectors: readonly number[]): void {
    this.station.report({ event: 'token', idTag, connectors, result: 'Ignored', source: 'offline' });
  }

  private ask(question: Question): void {
    const { session, settings } = this.station;
    if (!session.isOnline) return this.decideOffline(question, true);
    const known = settings.boolean('LocalPreAuthorize') ? this.known(question.idTag) : undefined;
    if (known && this.isValid(known.entry) && !this.wantsParent(question, known.entry.parentIdTag)) {
      return this.decide(question, infoOf(known.entry), known.source);
    }
    if (this.queue === undefined) this.queue = [question];
    else this.queue.push(question);
  }

  /** Only a reserved connector is left, and only the central system may know the parent that would open it (OCPP 1.6 5.13). */
  private wantsParent(question: Question, parentIdTag: string | undefined): boolean {
    const { reservations } = this;
    if (reservations === undefined || parentIdTag !== undefined || question.kind === 'firmware') return false;
    return !this.candidates(question.connectors).some((connector) => reservations.admits(connector, question.idTag, undefined));
  }

  // Answers.

  /** Sends the next Authorize; false when nobody waits for one. */
  send(): boolean {
    this.flight = this.queue?.shift();
    if (this.queue?.length === 0) this.queue = undefined;
    if (this.flight === undefined) return false;
    this.station.session.call(this, 'Authorize', { idTag: this.flight.idTag });
    return true;
  }

  onResult(_action: Action, payload: object | undefined): void {
    const question = this.takeFlight();
    const info = idTagInfoOf((payload as { idTagInfo?: unknown } | undefined)?.idTagInfo) ?? { status: 'Invalid' };
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
    const waiting = this.queue;
    this.queue = undefined;
    for (const question of waiting ?? []) this.decideOffline(question, true);
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
    const known = this.known(question.idTag);
    if (allowed && known && settings.boolean('LocalAuthorizeOffline')) {
      return this.decide(question, { ...infoOf(known.entry), status: this.statusOf(known.entry) }, known.source);
    }
    const unknown = allowed && admitsUnknown && known === undefined && settings.boolean('AllowOfflineTxForUnknownId');
    this.decide(question, { status: unknown ? 'Accepted' : 'Invalid' }, 'offline');
  }

  private decide(question: Question, info: IdTagInfo, source: Source): void {
    const { idTag, kind, connectors } = question;
    this.station.report({ event: 'token', idTag, connectors, result: info.status, source });
    if (kind === 'firmware') return question.done?.(info, source);
    if (info.status !== 'Accepted') return;
    const group = kind === 'card' ? this.runningOf(connectors, idTag, info.parentIdTag) : undefined;
    if (group) askForStop(this.station, group, 'Local', idTag);
    else this.place(idTag, info.parentIdTag, connectors, kind === 'remote');
  }

  // Places.

  /** An authorized user begins where the cable is, else waits for one: at the only candidate, or at whichever is plugged next. */
  private place(idTag: string, parentIdTag: string | undefined, connectors: readonly number[], remote: boolean): void {
    const candidates = this.candidates(connectors).filter((connector) => this.reservations?.admits(connector, idTag, parentIdTag) ?? true);
    const chosen =
      this.reservations?.preferred(candidates, idTag, parentIdTag) ??
      candidates.find((connector) => connector.plugged) ??
      (candidates.length === 1 ? candidates[0] : undefined);
    if (chosen) return this.bind(chosen, idTag, parentIdTag, remote);
    if (candidates.length === 0) return;
    // Whoever was authorized first gets the next cable; a second one would be charged for the first one's energy.
    if (this.waiting && !equalsIgnoringCase(this.waiting.idTag, idTag)) return this.ignore(idTag, connectors);
    this.waiting = { idTag, parentIdTag, remote, connectors: candidates.map((connector) => connector.id) };
    this.armTimeOut(0);
  }

  private bind(connector: ChargingConnector, idTag: string, parentIdTag: string | undefined, remote: boolean): void {
    const reservationId = this.reservations?.use(connector, idTag, parentIdTag);
    connector.authorization = { idTag, parentIdTag, remote, provided: false, ...(reservationId === undefined ? {} : { reservationId }) };
    this.armTimeOut(connector.id);
  }

  /** Tells the wallbox to begin where a cable and an authorized user have met; it reports the transaction next. Runs in `settle`. */
  provideTokens(): void {
    for (const connector of this.station.connectors) {
      const authorization = connector.authorization;
      if (authorization === undefined || authorization.provided || !connector.plugged) continue;
      authorization.provided = true;
      // Preparing is to be seen even when the wallbox begins at once.
      this.station.statuses.lookAt(connector);
      try {
        this.station.callbacks.provideToken(authorization.idTag, [connector.id], true);
      } catch (error) {
        this.station.host.log('error', `provideToken failed: ${error}`);
      }
    }
  }

  onPlugged(connector: ChargingConnector): void {
    if (connector.transaction || !connector.isAvailable || connector.isFaulted) return;
    if (connector.authorization) return;
    const waiting = this.waiting;
    if (waiting?.connectors.includes(connector.id) && connector.isFree) {
      if (this.reservations?.admits(connector, waiting.idTag, waiting.parentIdTag) ?? true) {
        this.waiting = undefined;
        this.station.deadlines.clear(this.station.deadlines.slotOf(0, ConnectorDeadline.ConnectionTimeOut));
        return this.bind(connector, waiting.idTag, waiting.parentIdTag, waiting.remote);
      }
    }
    if (!connector.finishing && !connector.reserved) this.armTimeOut(connector.id);
  }

  /** The cable is out before anything began: whoever waited for this connector waits no longer (protocol.md section 6). */
  onUnplugged(connector: ChargingConnector, wasPreparing: boolean): void {
    connector.authorization = undefined;
    this.station.deadlines.clear(this.station.deadlines.slotOf(connector.id, ConnectorDeadline.ConnectionTimeOut));
    if (!wasPreparing) return;
    if (this.flight) withdraw(this.flight, connector.id);
    for (const question of this.queue ?? []) withdraw(question, connector.id);
  }

  /** ConnectionTimeOut, counted from the beginning of Preparing (errata 3.21, 3.89). Connector 0: of a user without connector. */
  onTimeOut(connector: ChargingConnector): void {
    if (connector.id === 0) {
      this.waiting = undefined;
      return;
    }
    if (connector.authorization) connector.authorization = undefined;
    else if (connector.reserved) return;
    else if (connector.plugged && !connector.transaction && this.station.coreAuthorizes && this.station.options.numberOfConnectors > 1) {
      // Errata 3.20: the reader is shared, so the next card must not be taken for this cable.
      connector.finishing = true;
      connector.info = 'ConnectionTimeout';
    }
  }

  /** ConnectionTimeOut of a connector from now on; of 0: of a user without connector. */
  armTimeOut(connector: number): void {
    const { deadlines, settings, host } = this.station;
    const slot = deadlines.slotOf(connector, ConnectorDeadline.ConnectionTimeOut);
    const seconds = settings.number('ConnectionTimeOut');
    if (seconds > 0) deadlines.set(slot, host.now() + seconds * 1000);
    else deadlines.clear(slot);
  }

  private connector(id: number): ChargingConnector | undefined {
    return id > 0 ? this.station.connectors[id] : undefined;
  }

  /** Where somebody could begin. */
  candidates(connectors: readonly number[]): ChargingConnector[] {
    const free: ChargingConnector[] = [];
    for (const id of connectors) {
      const connector = this.connector(id);
      if (connector?.isFree && this.station.connectors[0]?.isAvailable) free.push(connector);
    }
    return free;
  }

  private runningOf(connectors: readonly number[], idTag: string, parentIdTag: string | undefined): ChargingConnector | undefined {
    for (const id of connectors) {
      const connector = this.connector(id);
      if (connector?.transaction?.endsWith(idTag, parentIdTag)) return connector;
    }
    return undefined;
  }

  // What is known.

  /** What the list, or else the cache, says about an idTag. */
  private known(idTag: string): { entry: IdTagEntry; source: Source } | undefined {
    const listed = findListed(this.station, idTag);
    if (listed) return { entry: listed, source: 'list' };
    const cached = this.station.settings.boolean('AuthorizationCacheEnabled') ? this.cache.find(idTag) : undefined;
    return cached && { entry: cached, source: 'cache' };
  }

  /** The parent of an idTag as far as the station knows it. */
  parentOf(idTag: string): string | undefined {
    return this.known(idTag)?.entry.parentIdTag;
  }

  private isValid(entry: IdTagEntry): boolean {
    const now = this.station.clock.estimateAt(this.station.host.now()) ?? 0;
    return entry.status === 'Accepted' && (entry.expiry === undefined || entry.expiry > now);
  }

  /** The status of an entry now, its expiry date considered. */
  private statusOf(entry: IdTagEntry): AuthorizationStatus {
    return entry.status === 'Accepted' && !this.isValid(entry) ? 'Expired' : entry.status;
  }

  /** The central system said something about an idTag: the cache keeps it, unless the list has it (OCPP 1.6 3.5.1, 3.5.3). */
  learn(idTag: string, info: IdTagInfo): void {
    const listed = findListed(this.station, idTag);
    if (listed) {
      if (validityOf(this.statusOf(listed)) !== validityOf(info.status)) {
        this.station.statuses.tell(this.station.connectors[0] as ChargingConnector, 'LocalListConflict', '');
      }
    } else if (this.station.settings.boolean('AuthorizationCacheEnabled')) this.cacheEntry(idTag, info);
    if (info.status !== 'Accepted') return;
    for (const connector of this.station.connectors) {
      if (connector.transaction?.isPaused && equalsIgnoringCase(connector.transaction.idTag, idTag))
        this.goOn(connector, connector.transaction);
    }
  }

  private cacheEntry(idTag: string, info: IdTagInfo): void {
    try {
      this.cache.put(idTag, info);
    } catch (error) {
      this.station.host.log('warn', `The authorization cache could not be written: ${error}`);
    }
  }

  clearCache(): void {
    this.cache.clear();
  }

  /** The answer to the StartTransaction of a running transaction (errata 3.17). */
  onStartAnswered(transaction: Transaction, info: IdTagInfo): void {
    const { settings, connectors } = this.station;
    const connector = connectors[transaction.connector];
    if (connector === undefined || info.status === 'Accepted') return;
    if (settings.boolean('StopTransactionOnInvalidId')) return askForStop(this.station, connector, 'DeAuthorized', undefined);
    const allowance = settings.number('MaxEnergyOnInvalidId');
    if (allowance > 0) transaction.energyAllowed = (connector.energy ?? transaction.meterStart) + allowance;
    else this.pause(connector);
  }

  /** No more energy for a refused transaction; the cable stays locked until the owner's card (errata 3.17). */
  pause(connector: ChargingConnector): void {
    if (connector.transaction === undefined || connector.transaction.isPaused) return;
    connector.transaction.isPaused = true;
    this.station.inform(() => this.station.callbacks.pauseCharging?.(connector.id) ?? true);
  }

  private goOn(connector: ChargingConnector, transaction: Transaction): void {
    const { callbacks } = this.station;
    transaction.isPaused = false;
    transaction.energyAllowed = undefined;
    this.station.inform(() => callbacks.resumeCharging?.(connector.id) ?? true);
  }
}

function isFor(who: { readonly idTag: string; readonly connectors: readonly number[] }, idTag: string, connector: number): boolean {
  return equalsIgnoringCase(who.idTag, idTag) && (connector === 0 || who.connectors.includes(connector));
}

/** In the local list both stand for a valid idTag (OCPP 1.6 3.5.2). */
function validityOf(status: AuthorizationStatus): AuthorizationStatus {
  return status === 'ConcurrentTx' ? 'Accepted' : status;
}

function withdraw(question: Question, connector: number): void {
  question.connectors = question.connectors.filter((id) => id !== connector);
}

function infoOf(entry: IdTagEntry): IdTagInfo {
  return {
    status: entry.status,
    ...(entry.expiry === undefined ? {} : { expiryDate: formatTime(entry.expiry) }),
    ...(entry.parentIdTag === undefined ? {} : { parentIdTag: entry.parentIdTag }),
  };
}
