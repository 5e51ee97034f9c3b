/** The charging profiles in the store: installing, replacing, binding to a transaction, clearing. One write of the index is the moment of each change. */

import type { Host } from '../host.ts';
import type { Settings } from '../settings/settings.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import {
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

/** Where profiles are kept, and how many may be. */
export interface StoreStation {
  readonly host: Host;
  readonly settings: Settings;
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

  constructor(station: StoreStation) {
    this.station = station;
    this.count = this.entries().length;
  }

  /** Stores a profile of a connector in the place of those it replaces. False: too many, or the store is full; then nothing changed. */
  install(connector: number, profile: ReceivedProfile, owner: string, now: number, idTag = ''): boolean {
    const { storage, log } = this.station.host;
    const entries = this.entries();
    const kept = entries.filter((entry) => isMark(entry) || !isReplaced(storage, entry, connector, profile, owner));
    if (kept.filter(isProfile).length >= this.station.settings.number('MaxChargingProfilesInstalled')) return false;
    const head = headOf(profile, now, idTag);
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

  /** Binds the profile of the remote start that led to this transaction to it (errata 3.42). */
  adoptPending(connector: number, transaction: Owner): void {
    const { storage, log } = this.station.host;
    const entries = this.entries();
    const found = entries.find(
      (entry) =>
        isPending(entry) &&
        mayBeFor(entry, connector) &&
        Number.parseInt(ownerOf(entry).slice(1), 36) <= transaction.start &&
        equalsIgnoringCase(idTagIn(storage, entry), transaction.idTag),
    );
    if (found === undefined) return;
    const owner = transaction.start.toString(36);
    const { id } = new StoredProfile(storage, found);
    const kept = entries.filter((entry) => entry !== found && (isMark(entry) || new StoredProfile(storage, entry).id !== id));
    try {
      const [first, pieces] = found.split('.');
      this.writeIndex([...kept, `${first}.${pieces}.${connector}.${owner}`, `!.0.${connector}.${owner}`]);
    } catch (error) {
      log('error', `The charging profile of a remote start could not be stored: ${error}`);
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

  /** A store that fails now is tidied later: nothing of what is left applies to anybody. */
  tidy(work: () => void): void {
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

  removeLeftovers(): void {
    const { storage } = this.station.host;
    const entries = this.entries();
    for (const key of storage.keys('p')) {
      const number = Number.parseInt(key.slice(2), 36);
      if (key !== indexEntry && !entries.some((entry) => holds(entry, number))) storage.remove(key);
    }
  }
}
