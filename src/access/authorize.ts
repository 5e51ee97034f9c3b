/** Who may charge: cards, remote starts and questions of the firmware, asked of list, cache and central system, and of what offline allows. */

import type { Callbacks, StationEvent } from '../callbacks.ts';
import type { Host } from '../host.ts';
import type { CallOwner, Session } from '../link/session.ts';
import type { ConnectionSettings } from '../settings/connection.ts';
import type { Settings } from '../settings/settings.ts';
import { askForStop, type StoppingStation } from '../transaction/stop.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { idTagInfoOf } from '../wire/id-tag-info.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { Action, IdTagInfo } from '../wire/types.ts';
import type { Reservations } from './reservations.ts';
import { clearCache, isValid, knownOf, learn, type StandingStation, standingOf } from './standing.ts';
import { isFor, type StartStation, Starts, type User } from './starts.ts';

/** What the authorizer needs of the station around it. */
export interface AuthorizingStation extends StandingStation, StartStation, StoppingStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly settings: Settings;
  readonly connection: ConnectionSettings;
  readonly session: Session;
  readonly connectors: readonly ChargingConnector[];
  readonly authorizer: Authorizer;
  report(event: StationEvent): void;
  inform(callback: () => unknown): void;
}

export type Source = 'list' | 'cache' | 'csms' | 'offline';

interface Question {
  readonly idTag: string;
  readonly kind: 'card' | 'remote' | 'firmware';
  /** Where it may begin; shrinks when a cable is taken out before the answer. */
  connectors: number[];
  readonly done?: ((info: IdTagInfo, source: Source) => void) | undefined;
}

export class Authorizer implements CallOwner {
  private readonly station: AuthorizingStation;
  readonly starts: Starts;
  /** Undefined while there is none. */
  reservations: Reservations | undefined;
  private queue: Question[] | undefined;
  private flight: Question | undefined;

  constructor(station: AuthorizingStation) {
    this.station = station;
    this.starts = new Starts(station);
  }

  // Questions.

  /** A card was presented at a reader that serves these connectors. */
  onCard(idTag: string, connectors: readonly number[]): void {
    if (this.isAsking(idTag)) return this.ignore(idTag, connectors);
    const mayStop = connectors.some((id) => this.connector(id)?.transaction?.parentIdTag !== undefined);
    // Only where a group charges is the card's own group looked up.
    const known = mayStop ? knownOf(this.station, idTag) : undefined;
    const parentIdTag = known && isValid(this.station, known.entry) ? known.entry.parentIdTag : undefined;
    const own = this.runningOf(connectors, idTag, parentIdTag);
    if (own) return askForStop(this.station, own, 'Local', idTag);
    const candidates = this.starts.candidates(connectors).filter((connector) => this.reservations?.mayAdmit(connector, idTag) ?? true);
    if (candidates.length === 0 && !mayStop) return this.ignore(idTag, connectors);
    this.ask({ idTag, kind: 'card', connectors: [...connectors] });
  }

  /** RemoteStartTransaction was accepted for these connectors. Without AuthorizeRemoteTxRequests nothing is asked (OCPP 1.6 5.11). */
  onRemoteStart(idTag: string, connectors: number[], authorize: boolean): void {
    if (authorize) this.ask({ idTag, kind: 'remote', connectors });
    else this.place({ idTag, parentIdTag: undefined, remote: true }, connectors);
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
    if (this.isAsked((question) => question.kind === 'remote' && isFor(question, idTag, connector))) return true;
    return this.starts.isRemoteStarting(idTag, connector);
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
    const known = settings.boolean('LocalPreAuthorize') ? knownOf(this.station, question.idTag) : undefined;
    if (known && isValid(this.station, known.entry) && !this.wantsParent(question, known.entry.parentIdTag)) {
      return this.decide(question, standingOf(this.station, known.entry), known.source);
    }
    if (this.queue === undefined) this.queue = [question];
    else this.queue.push(question);
  }

  /** Only a reserved connector is left, and only the central system may know the parent that would open it (OCPP 1.6 5.13). */
  private wantsParent(question: Question, parentIdTag: string | undefined): boolean {
    const { reservations } = this;
    if (reservations === undefined || parentIdTag !== undefined || question.kind === 'firmware') return false;
    return !this.starts.candidates(question.connectors).some((connector) => reservations.admits(connector, question.idTag, undefined));
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
    const known = knownOf(this.station, question.idTag);
    if (allowed && known && settings.boolean('LocalAuthorizeOffline')) {
      return this.decide(question, standingOf(this.station, known.entry), known.source);
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
    else this.place({ idTag, parentIdTag: info.parentIdTag, remote: kind === 'remote' }, connectors);
  }

  private place(user: User, connectors: readonly number[]): void {
    if (!this.starts.place(user, connectors)) this.ignore(user.idTag, connectors);
  }

  /** The cable is out before anything began: whoever waited for this connector waits no longer (protocol.md section 6). */
  onUnplugged(connector: ChargingConnector, wasPreparing: boolean): void {
    this.starts.onUnplugged(connector);
    if (!wasPreparing) return;
    if (this.flight) withdraw(this.flight, connector.id);
    for (const question of this.queue ?? []) withdraw(question, connector.id);
  }

  private connector(id: number): ChargingConnector | undefined {
    return id > 0 ? this.station.connectors[id] : undefined;
  }

  private runningOf(connectors: readonly number[], idTag: string, parentIdTag: string | undefined): ChargingConnector | undefined {
    for (const id of connectors) {
      const connector = this.connector(id);
      if (connector?.transaction?.endsWith(idTag, parentIdTag)) return connector;
    }
    return undefined;
  }

  /** The central system said something about an idTag. */
  learn(idTag: string, info: IdTagInfo): void {
    learn(this.station, idTag, info);
  }

  clearCache(): void {
    clearCache(this.station);
  }
}

function withdraw(question: Question, connector: number): void {
  question.connectors = question.connectors.filter((id) => id !== connector);
}
