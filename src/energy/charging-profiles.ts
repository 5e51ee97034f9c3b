/**
 * The installed charging profiles: to whom they apply, and when the limits they set change (OCPP 1.6 3.13). How they stand in the store is
 * told in profile-store.ts; they are read from there whenever a schedule is computed.
 */

import type { Station } from '../connector/station.ts';
import { Deadline } from '../link/deadlines.ts';
import type { ChargingConnector, Transaction } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { ChargingRateUnit, ReceivedRequest } from '../wire/types.ts';
import { CompositeSchedule, type ProfileCursor } from './composite-schedule.ts';
import { isExecutable } from './executable.ts';
import {
  connectorOf,
  entriesIn,
  firstOf,
  freeRun,
  headOf,
  holds,
  idTagIn,
  indexEntry,
  isMark,
  isPending,
  isProfile,
  isReplaced,
  isSelected,
  isWhole,
  mayBeFor,
  ownerOf,
  type ProfileFilter,
  pieceEntry,
  piecesOf,
  type ReceivedProfile,
  StoredProfile,
  version,
  writePieces,
} from './profile-store.ts';

/** Seconds that are looked ahead for the next change of a limit. */
const horizon = 86_400;
export class ChargingProfiles {
  private readonly station: Station;
  /** Profiles in the index, those of waiting remote starts included. */
  private count: number;
  /** Those of waiting remote starts. */
  private pending = 0;
  /** The limits are to be looked at again in `settle`. */
  private stale = false;
  /** The last `limit` events; only while somebody watches. */
  private reported: string[] | undefined;

  constructor(station: Station) {
    this.station = station;
    this.count = this.entries().length;
  }

  // What happens at the station.

  /** After it is known which transactions go on: removes what a power cut left behind, and whatever belongs to something that has ended. */
  onBoot(): void {
    this.tidy(() => {
      this.removeLeftovers();
      for (const connector of this.station.connectors) if (connector.transaction) this.adoptPending(connector, connector.transaction);
      this.keep(this.entries(), (entry) => isWhole(this.station.host.storage, entry) && !isPending(entry) && this.isOwned(entry));
    });
    if (this.count > 0) this.changed();
  }

  /** Takes over the profile of the remote start that led here (errata 3.42). */
  onTransactionStarted(connector: ChargingConnector, transaction: Transaction): void {
    if (this.count === 0) return;
    this.changed();
    if (this.pending > 0) this.adoptPending(connector, transaction);
  }

  onTransactionEnded(): void {
    if (this.count > 0) this.changed();
  }

  onConnectionChanged(): void {
    if (this.count > 0 && this.station.settings.list('IgnoredProfilePurposesOffline') !== '') this.changed();
  }

  onClockChanged(): void {
    if (this.count > 0) this.changed();
  }

  /** ConnectionTimeOut is over at the wallbox (firmware authorization). */
  onPluginTimeout(connector: number): void {
    if (this.pending > 0) this.tidy(() => this.keep(this.entries(), (entry) => !isPending(entry) || !mayBeFor(entry, connector)));
  }

  /** The limits may be others now: the wallbox is told when everything has settled. */
  changed(): void {
    this.stale = true;
  }

  // What the central system asks.

  /** Stores a profile of a connector in the place of those it replaces. False: too many, or the store is full; then nothing changed. */
  install(connector: number, profile: ReceivedProfile, owner: string, idTag = ''): boolean {
    const { storage, log } = this.station.host;
    const entries = this.entries();
    const kept = entries.filter((entry) => isMark(entry) || !isReplaced(storage, entry, connector, profile, owner));
    if (kept.filter(isProfile).length >= this.station.settings.number('MaxChargingProfilesInstalled')) return false;
    const head = headOf(profile, this.unixSeconds(), idTag);
    const pieces = writePieces(undefined, 0, head, profile);
    const first = freeRun(entries, pieces);
    try {
      writePieces(storage, first, head, profile);
      kept.push(`${first.toString(36)}.${pieces.toString(36)}.${connector}.${owner}`);
      this.writeIndex(kept);
    } catch (error) {
      log('error', `A charging profile could not be stored: ${error}`);
      this.removePieces(first, pieces);
      return false;
    }
    for (const entry of entries) if (!kept.includes(entry)) this.forget(entry);
    return true;
  }

  /** RemoteStart with a profile: whether it can be carried out. If so it waits in the store, so that nothing is promised that could not be kept. */
  admitsRemoteStart({ chargingProfile: profile, connectorId = 0, idTag }: ReceivedRequest<'RemoteStartTransaction'>): boolean {
    this.dropPending(idTag, connectorId);
    if (profile === undefined) return true;
    const isOfStart = profile.chargingProfilePurpose === 'TxProfile' && profile.transactionId === undefined; // errata 3.41
    return isOfStart && isExecutable(this.station.settings, profile) && this.installPending(connectorId, profile, idTag);
  }

  /** The profile of a remote start waits for its transaction. Connector 0: whichever it will be. */
  private installPending(connector: number, profile: ReceivedProfile, idTag: string): boolean {
    const { host, settings, coreAuthorizes } = this.station;
    const seconds = coreAuthorizes ? 0 : settings.number('ConnectionTimeOut');
    const until = seconds > 0 ? '-' + Math.ceil(host.now() + seconds * 1000).toString(36) : '';
    return this.install(connector, profile, '?' + host.journal.next.toString(36) + until, idTag);
  }

  /** A new remote start takes the place of one with the same idTag. */
  private dropPending(idTag: string, connector: number): void {
    if (this.pending === 0) return;
    const { storage } = this.station.host;
    this.keep(
      this.entries(),
      (entry) => !isPending(entry) || !mayBeFor(entry, connector) || !equalsIgnoringCase(idTagIn(storage, entry), idTag),
    );
  }

  /** Removes what the filter selects (errata 3.25, 3.26): how many that were. Throws when the store fails. */
  clear(filter: ProfileFilter): number {
    const { storage } = this.station.host;
    return this.keep(this.entries(), (entry) => isMark(entry) || !isSelected(new StoredProfile(storage, entry), filter));
  }

  /** The composite schedule of a connector (0: the station) for so many seconds from now on. */
  composite(connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
    const schedule = unlimitedSchedule(this.station, connector, seconds, unit);
    if (this.count > 0) new StackBuilder(this.station, this.entries(), schedule).build(connector);
    return schedule;
  }

  // When limits change.

  /** Looks at the limits again if anything happened to them, tells the wallbox, and waits for the next period. */
  settle(): void {
    if (this.pending > 0) this.tidy(() => this.keep(this.entries(), (entry) => !isPending(entry) || this.waits(entry)));
    if (!this.stale) return;
    this.stale = false;
    if (this.count > 0) this.tidy(() => this.keep(this.entries(), (entry) => this.isOwned(entry)));
    const { station } = this;
    let next = Number.POSITIVE_INFINITY;
    for (const connector of station.connectors) {
      const schedule = this.composite(connector.id, horizon, 'W');
      schedule.detailed = true;
      schedule.next();
      next = Math.min(next, schedule.following);
      if (connector.id > 0) this.showZero(connector, schedule.applies && schedule.limit === 0);
      if (station.options.observer) this.report(connector.id, schedule);
    }
    const wait = next * 1000 - this.unix();
    station.deadlines.set(Deadline.Schedule, station.host.now() + Math.max(0, Math.ceil(wait)));
    station.inform(() => station.callbacks.signalSetChargingProfiles?.());
  }

  /** A limit of zero is SuspendedEVSE; its lifting lets charging go on (protocol.md section 5). */
  private showZero(connector: ChargingConnector, isZero: boolean): void {
    const { station } = this;
    const runs = isRunning(connector.transaction);
    const was = connector.limitedToZero === true;
    if (was !== (isZero && runs)) connector.limitedToZero = isZero && runs;
    if (was && !isZero && runs && connector.transaction?.isPaused !== true) {
      station.inform(() => station.callbacks.resumeCharging?.(connector.id));
    }
  }

  private report(connector: number, watts: CompositeSchedule): void {
    const amps = this.composite(connector, 0, 'A');
    amps.next();
    const A = watts.applies ? amps.limit / 10 : null;
    const W = watts.applies ? watts.limit / 10 : null;
    const phases = watts.applies ? watts.numberPhases : null;
    const text = `${A} ${W} ${phases}`;
    this.reported ??= [];
    if ((this.reported[connector] ?? 'null null null') === text) return;
    this.reported[connector] = text;
    this.station.report({ event: 'limit', connector, A, W, phases });
  }

  /** Whether the remote start of a waiting profile may still become a transaction. */
  private waits(entry: string): boolean {
    const { host, authorizer, coreAuthorizes } = this.station;
    if (coreAuthorizes) return authorizer.isRemoteStarting(idTagIn(host.storage, entry), connectorOf(entry));
    const until = entry.split('-')[1];
    return until === undefined || Number.parseInt(until, 36) > host.now();
  }

  /** Whether the transaction of a TxProfile runs; nobody owns the others. */
  private isOwned(entry: string): boolean {
    const owner = ownerOf(entry);
    if (owner === '' || isPending(entry)) return true;
    const transaction = this.station.connectors[connectorOf(entry)]?.transaction;
    return isRunning(transaction) && transaction?.start === Number.parseInt(owner, 36);
  }

  private adoptPending(connector: ChargingConnector, transaction: Transaction): void {
    const { storage, log } = this.station.host;
    const entries = this.entries();
    const found = entries.find(
      (entry) =>
        isPending(entry) &&
        mayBeFor(entry, connector.id) &&
        Number.parseInt(ownerOf(entry).slice(1), 36) <= transaction.start &&
        equalsIgnoringCase(idTagIn(storage, entry), transaction.idTag),
    );
    if (found === undefined) return;
    const owner = transaction.start.toString(36);
    const { id } = new StoredProfile(storage, found);
    const kept = entries.filter((entry) => entry !== found && (isMark(entry) || new StoredProfile(storage, entry).id !== id));
    try {
      const [first, pieces] = found.split('.');
      this.writeIndex([...kept, `${first}.${pieces}.${connector.id}.${owner}`, `!.0.${connector.id}.${owner}`]);
    } catch (error) {
      log('error', `The charging profile of a remote start could not be stored: ${error}`);
      return;
    }
    for (const entry of entries) if (entry !== found && !kept.includes(entry)) this.forget(entry);
  }

  // The store.

  private entries(): string[] {
    return entriesIn(this.station);
  }

  /** Removes the entries that fail the test, in one write; how many profiles that were. */
  private keep(entries: readonly string[], test: (entry: string) => boolean): number {
    const kept = entries.filter(test);
    if (kept.length === entries.length) return 0;
    this.writeIndex(kept);
    let removed = 0;
    for (const entry of entries) {
      if (kept.includes(entry)) continue;
      this.forget(entry);
      if (isProfile(entry)) removed++;
    }
    return removed;
  }

  /** A store that fails now is tidied later: nothing of what is left applies to anybody. */
  private tidy(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.station.host.log('error', `Charging profiles could not be tidied up: ${error}`);
    }
  }

  private writeIndex(entries: readonly string[]): void {
    const { storage } = this.station.host;
    if (entries.length === 0) storage.remove(indexEntry);
    else storage.write(indexEntry, version + ' ' + entries.join(' '));
    this.count = entries.length;
    this.pending = entries.filter(isPending).length;
  }

  private forget(entry: string): void {
    if (isProfile(entry)) this.removePieces(firstOf(entry), piecesOf(entry));
  }

  /** A piece that cannot be removed is overwritten later, or removed at the next boot. */
  private removePieces(first: number, pieces: number): void {
    for (let number = first; number < first + pieces; number++) {
      try {
        this.station.host.storage.remove(pieceEntry(number));
      } catch {
        this.station.host.log('warn', 'A piece of a charging profile could not be removed.');
      }
    }
  }

  private removeLeftovers(): void {
    const { storage } = this.station.host;
    const entries = this.entries();
    for (const key of storage.keys('p')) {
      const number = Number.parseInt(key.slice(2), 36);
      if (key !== indexEntry && !entries.some((entry) => holds(entry, number))) storage.remove(key);
    }
  }

  private unix(): number {
    return unixNow(this.station);
  }

  private unixSeconds(): number {
    return Math.floor(this.unix() / 1000);
  }
}

/** The composite schedule without any profile: the station's maximum. */
export function unlimitedSchedule(station: Station, connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
  const { settings, connectors } = station;
  const now = Math.floor(unixNow(station) / 1000);
  const schedule = new CompositeSchedule(now, now + seconds, unit);
  schedule.voltage = settings.number('SupplyVoltage');
  schedule.defaultLimit = settings.number(unit === 'A' ? 'CompositeScheduleDefaultLimitAmps' : 'CompositeScheduleDefaultLimitWatts') * 10;
  schedule.defaultPhases = settings.number('CompositeScheduleDefaultNumberPhases');
  schedule.isSum = connector === 0;
  for (let stacks = connector === 0 ? connectors.length - 1 : 1; stacks > 0; stacks--) schedule.stacks.push([]);
  return schedule;
}

/** Finds out which profiles apply where, and puts them into a schedule. */
class StackBuilder {
  private readonly station: Station;
  private readonly entries: readonly string[];
  private readonly schedule: CompositeSchedule;
  /** Offline, some purposes do not apply (protocol.md section 10). Offline: no open socket. */
  private readonly ignored: string;

  constructor(station: Station, entries: readonly string[], schedule: CompositeSchedule) {
    this.station = station;
    this.entries = entries;
    this.schedule = schedule;
    this.ignored = station.session.isOpen ? '' : station.settings.list('IgnoredProfilePurposesOffline');
  }

  build(connector: number): void {
    const profiles: StoredProfile[] = [];
    for (const entry of this.entries) {
      const profile = isMark(entry) || isPending(entry) ? undefined : new StoredProfile(this.station.host.storage, entry);
      if (profile && this.mayApply(profile, connector)) profiles.push(profile);
    }
    profiles.sort(byPrecedence);
    const { stationStack, stacks } = this.schedule;
    for (const profile of profiles) if (profile.purpose === 'ChargePointMaxProfile') stationStack.push(profile);
    for (let index = 0; index < stacks.length; index++) this.fill(stacks[index]!, profiles, connector === 0 ? index + 1 : connector);
  }

  private mayApply(profile: StoredProfile, connector: number): boolean {
    if (isListed(this.ignored, profile.purpose) || profile.isOver(this.schedule.from)) return false;
    return connector === 0 || profile.connector === 0 || profile.connector === connector;
  }

  /** A TxDefaultProfile is not used for a transaction that a remote start brought a profile for (errata 3.67). */
  private fill(stack: ProfileCursor[], profiles: readonly StoredProfile[], connector: number): void {
    const transaction = this.station.connectors[connector]?.transaction;
    const running = isRunning(transaction) ? transaction : undefined;
    const hasOwn = running !== undefined && this.entries.includes(`!.0.${connector}.${running.start.toString(36)}`);
    for (const profile of profiles) {
      if (profile.purpose === 'ChargePointMaxProfile' || (profile.connector !== 0 && profile.connector !== connector)) continue;
      if (profile.purpose === 'TxProfile' ? profile.owner !== running?.start : hasOwn) continue;
      stack.push(profile.isRelative ? profile.startingAt(this.startOf(running)) : profile);
    }
  }

  /** Unix seconds of the moment from which relative profiles count; without transaction now. */
  private startOf(transaction: Transaction | undefined): number {
    const now = this.schedule.from;
    const time = transaction && this.station.transactions.startTime(transaction);
    return time === undefined ? now : Math.min(now, Math.floor(time / 1000));
  }
}

function byPrecedence(a: StoredProfile, b: StoredProfile): number {
  const isOfTransaction = b.purpose === 'TxProfile';
  if (isOfTransaction !== (a.purpose === 'TxProfile')) return isOfTransaction ? 1 : -1;
  if (a.stackLevel !== b.stackLevel) return b.stackLevel - a.stackLevel;
  // At an equal level the connector's own wins (1.6 3.13.1).
  return b.connector - a.connector;
}

function isListed(list: string, name: string): boolean {
  return list !== '' && list.split(',').includes(name);
}

function isRunning(transaction: Transaction | undefined): boolean {
  return transaction !== undefined && transaction.unstored === undefined;
}

/** Milliseconds; while nobody knows the time, those of this boot. */
function unixNow(station: Station): number {
  const now = station.host.now();
  return station.clock.estimateAt(now) ?? now;
}
