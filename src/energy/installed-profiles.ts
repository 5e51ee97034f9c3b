/** The charging profiles in the store: installing, replacing, binding to a transaction, clearing. One write of the index is the moment of each change. */

import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import type { Settings } from '../settings/settings.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
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
  isTime,
  mayBeFor,
  ownerNumber,
  ownerOf,
  type ProfileFilter,
  pieceEntry,
  piecesOf,
  type ReceivedProfile,
  StoredProfile,
  shiftedHead,
  version,
  writePieces,
} from './profile-store.ts';

/** Where profiles are kept, and how many may be. */
export interface StoreStation {
  readonly host: Host;
  readonly settings: Settings;
  readonly clock: Pick<Clock, 'known'>;
}

/** Whose a TxProfile is. */
export interface Owner {
  /** The number of the StartTransaction record. */
  readonly start: number;
  readonly idTag: string;
}

export class InstalledProfiles {
  private readonly station: StoreStation;
  /** Profiles and marks in the index, those of waiting remote starts included. */
  count: number;
  /** Those of waiting remote starts. */
  pending = 0;
  /** Pieces are left that nobody needs. Absent until some were: */
  isUntidy?: boolean;
  /** Answers that are being made of what is stored, and entries whose pieces they may still need. */
  private readers = 0;
  private forgotten: string[] | undefined;

  constructor(station: StoreStation) {
    this.station = station;
    this.count = this.entries().length;
  }

  /** Stores a profile of a connector in the place of those it replaces. False: too many, or the store is full; then nothing changed. */
  install(connector: number, profile: ReceivedProfile, owner: string, now: number, idTag = ''): boolean {
    const { host, settings } = this.station;
    const { storage } = host;
    const entries = this.entries();
    const kept = entries.filter((entry) => isMark(entry) || !isReplaced(storage, entry, connector, profile, owner, idTag));
    if (this.countBeside(kept, profile, now) >= settings.number('MaxChargingProfilesInstalled')) return false;
    const head = headOf(profile, now, idTag);
    const pieces = writePieces(undefined, 0, head, profile);
    const first = freeRun(this.forgotten === undefined ? entries : [...entries, ...this.forgotten], pieces);
    try {
      writePieces(storage, first, head, profile);
      kept.push(`${first.toString(36)}.${pieces.toString(36)}.${connector}.${owner}`);
      this.writeIndex(this.timed(kept, now));
    } catch (error) {
      host.log('error', `A charging profile could not be stored: ${error}`);
      this.removePieces(first, pieces);
      return false;
    }
    for (const entry of entries) if (!kept.includes(entry)) this.forget(entry);
    return true;
  }

  /**
   * How many there are beside a profile. Replacing never counts as one more, even if it happens later: the profile of a remote start waits
   * beside the one whose id it has. What is over counts for nothing.
   */
  private countBeside(entries: readonly string[], profile: ReceivedProfile, now: number): number {
    let count = 0;
    for (const entry of entries) {
      const stored = isProfile(entry) ? new StoredProfile(this.station.host.storage, entry) : undefined;
      if (stored && stored.id !== profile.chargingProfileId && !stored.isOver(now)) count++;
    }
    return count;
  }

  /** With the time that is known now in the place of the one that was: schedules go on from there after a boot that does not know it. */
  private timed(entries: readonly string[], now: number): string[] {
    const list = entries.filter((entry) => !isTime(entry));
    if (this.station.clock.known) list.push('!.0.0.' + now.toString(36));
    else for (const entry of entries) if (isTime(entry)) list.push(entry);
    return list;
  }

  /** Unix seconds that were known when the index was written; 0: none. */
  get lastTime(): number {
    for (const entry of this.entries()) if (isTime(entry)) return Number.parseInt(ownerOf(entry), 36) || 0;
    return 0;
  }

  /** Notes the time that is known now. Throws when the store fails. */
  noteTime(now: number): void {
    this.writeIndex(this.timed(this.entries(), now));
  }

  /** The clock made a step: what counts from its acceptance goes on as it was. The next boot counts the step from the time that is noted. */
  shift(seconds: number, now: number): void {
    const { storage } = this.station.host;
    let isShifted = false;
    for (const entry of this.entries()) {
      if (isMark(entry)) continue;
      const key = pieceEntry(firstOf(entry));
      const text = shiftedHead(storage.read(key) ?? '', seconds, now);
      if (text === undefined) continue;
      storage.write(key, text);
      isShifted = true;
    }
    if (isShifted) this.noteTime(now);
  }

  // While an answer is made of what is stored.

  /** What is read from now on must stay readable until `close`: pieces are removed later. */
  open(): void {
    this.readers++;
  }

  close(): void {
    if (this.readers > 0) this.readers--;
    if (this.readers === 0) this.removeForgotten();
  }

  /** Whoever read is gone. */
  closeAll(): void {
    this.readers = 0;
    this.removeForgotten();
  }

  get isOpen(): boolean {
    return this.readers > 0;
  }

  private removeForgotten(): void {
    const { forgotten } = this;
    this.forgotten = undefined;
    for (const entry of forgotten ?? []) this.forget(entry);
  }

  /** Binds the profile of the remote start that led to this transaction to it (errata 3.42). */
  adoptPending(connector: number, transaction: Owner): void {
    const { host } = this.station;
    const { storage } = host;
    const entries = this.entries();
    const waiting = entries.filter(
      (entry) =>
        isPending(entry) &&
        mayBeFor(entry, connector) &&
        Number.parseInt(ownerOf(entry).slice(1), 36) <= transaction.start &&
        equalsIgnoringCase(idTagIn(storage, entry), transaction.idTag),
    );
    // What was sent for this connector comes before what was sent for any.
    const found = waiting.find((entry) => connectorOf(entry) === connector) ?? waiting[0];
    if (found === undefined) return;
    const owner = ownerNumber(transaction).toString(36);
    const { id } = new StoredProfile(storage, found);
    // Central systems use one id for many remote starts: the profiles of other drivers stay theirs.
    const isOthers = (entry: string) => isPending(entry) || (ownerOf(entry) !== '' && connectorOf(entry) !== connector);
    const isReplacedHere = (entry: string) => {
      const stored = new StoredProfile(storage, entry);
      // No driver's profile takes the limit of the fuse away, whatever id it has.
      return stored.id === id && stored.purpose !== 'ChargePointMaxProfile';
    };
    const kept = entries.filter((entry) => entry !== found && (isMark(entry) || isOthers(entry) || !isReplacedHere(entry)));
    try {
      const [first, pieces] = found.split('.');
      this.writeIndex([...kept, `${first}.${pieces}.${connector}.${owner}`, `!.0.${connector}.${owner}`]);
    } catch (error) {
      host.log('error', `The charging profile of a remote start could not be stored: ${error}`);
      return;
    }
    for (const entry of entries) if (entry !== found && !kept.includes(entry)) this.forget(entry);
  }

  /** Removes what the filter selects (errata 3.25, 3.26): how many that were. Throws when the store fails. */
  clear(filter: ProfileFilter): number {
    const { storage } = this.station.host;
    return this.keep(this.entries(), (entry) => isMark(entry) || !isSelected(new StoredProfile(storage, entry), filter));
  }

  entries(): string[] {
    return entriesIn(this.station.host);
  }

  /** Removes the entries that fail the test, in one write; how many profiles that were. */
  keep(entries: readonly string[], test: (entry: string) => boolean): number {
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

  /** False: the store fails, and is tidied later; nothing of what is left applies to anybody. */
  tidy(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.station.host.log('error', `Charging profiles could not be tidied up: ${error}`);
      return false;
    }
  }

  private writeIndex(list: readonly string[]): void {
    const { storage } = this.station.host;
    // A time alone is of no use to anybody.
    const entries = list.some((entry) => !isTime(entry)) ? list : [];
    if (entries.length === 0) storage.remove(indexEntry);
    else storage.write(indexEntry, version + ' ' + entries.join(' '));
    this.count = entries.length;
    this.pending = entries.filter(isPending).length;
  }

  private forget(entry: string): void {
    if (!isProfile(entry)) return;
    if (this.readers === 0) this.removePieces(firstOf(entry), piecesOf(entry));
    else this.forgotten = [...(this.forgotten ?? []), entry];
  }

  /** A piece that cannot be removed now is removed with the next change of profiles. */
  private removePieces(first: number, pieces: number): void {
    for (let number = first; number < first + pieces; number++) {
      try {
        this.station.host.storage.remove(pieceEntry(number));
      } catch {
        this.isUntidy = true;
        this.station.host.log('warn', 'A piece of a charging profile could not be removed.');
      }
    }
  }

  removeLeftovers(): void {
    const { storage } = this.station.host;
    this.isUntidy = false;
    const entries = this.entries();
    for (const key of storage.keys('p')) {
      const number = Number.parseInt(key.slice(2), 36);
      if (key !== indexEntry && !entries.some((entry) => holds(entry, number))) storage.remove(key);
    }
  }
}
