/**
 * How charging profiles stand in the store (shelf `p`): the entries of the index, and the pieces a profile is written in and read from.
 *
 * `p/<number>`: pieces of profiles. The first one begins with a head: version, chargingProfileId, stackLevel, letters of purpose, kind and
 * unit, startSchedule, duration, validFrom, validTo, minChargingRate, JSON of the idTag of a remote start or nothing, and `|`. Then period
 * by period: limit, `*` and the phases unless they are 3, `/`, the seconds until the next period or nothing, and `,`. Numbers are in base 36, limits in
 * tenths, times in Unix seconds.
 * `p/i`: names what is valid, so that its write is the moment a change happens: version, then for each profile
 * ` <first piece>.<pieces>.<connector>.<owner>`. The owner of a TxProfile is the number of its StartTransaction record; `?`, the number of the
 * next record and, with firmware authorization, `-` and a moment stand for the profile of a remote start that still waits. ` !.0.<connector>.<owner>`
 * marks a transaction that was started with a profile, ` !.0.0.<Unix seconds>` a time that was known. Pieces that the index does not name are leftovers of a power cut.
 */

import type { Host, Storage } from '../host.ts';
import { equalsIgnoringCase, storable } from '../wire/text.ts';
import { parseTime } from '../wire/time.ts';
import type { ChargingProfilePurpose, ReceivedRequest } from '../wire/types.ts';
import { ProfileCursor } from './composite-schedule.ts';

/** A profile as it comes from the wire: its periods are a cursor. */
export type ReceivedProfile = ReceivedRequest<'SetChargingProfile'>['csChargingProfiles'];

/** What ClearChargingProfile selects by. */
export type ProfileFilter = ReceivedRequest<'ClearChargingProfile'>;

export const indexEntry = 'p/i';
export const version = '1';
/** Bytes of a piece: short, because each step of a schedule reads one. */
const longestPiece = 480;
/** Tenths: more than any limit means. */
const highestLimit = 9_999_999_999;

// Entries of the index.

export function entriesIn(host: Host): string[] {
  const text = host.storage.read(indexEntry);
  if (text === undefined) return [];
  const entries = text.split(' ');
  if (entries.shift() === version) return entries;
  host.log('error', 'Charging profiles of another version are not used.');
  return [];
}

export function isMark(entry: string): boolean {
  return entry[0] === '!';
}

/** A time that was known. */
export function isTime(entry: string): boolean {
  return entry.startsWith('!.0.0.');
}

export function isProfile(entry: string): boolean {
  return entry[0] !== '!';
}

export function isPending(entry: string): boolean {
  return ownerOf(entry)[0] === '?';
}

export function firstOf(entry: string): number {
  return Number.parseInt(entry, 36);
}

export function piecesOf(entry: string): number {
  return Number.parseInt(entry.split('.', 2)[1] ?? '', 36);
}

export function connectorOf(entry: string): number {
  return Number(entry.split('.', 3)[2]);
}

export function ownerOf(entry: string): string {
  return entry.slice(entry.lastIndexOf('.') + 1);
}

export function mayBeFor(entry: string, connector: number): boolean {
  const own = connectorOf(entry);
  return own === connector || own === 0 || connector === 0;
}

export function holds(entry: string, number: number): boolean {
  return isProfile(entry) && number >= firstOf(entry) && number < firstOf(entry) + piecesOf(entry);
}

/** The first of so many numbers in a row that no valid piece has. */
export function freeRun(entries: readonly string[], pieces: number): number {
  let first = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const entry of entries) {
      if (isMark(entry) || firstOf(entry) >= first + pieces || firstOf(entry) + piecesOf(entry) <= first) continue;
      first = firstOf(entry) + piecesOf(entry);
      moved = true;
    }
  }
  return first;
}

export function isWhole(storage: Storage, entry: string): boolean {
  if (isMark(entry)) return true;
  for (let number = firstOf(entry); number < firstOf(entry) + piecesOf(entry); number++) {
    if (storage.read(pieceEntry(number)) === undefined) return false;
  }
  return true;
}

/**
 * Whether a profile takes the place of the entry's. That of a remote start does so only with another that waits for the same idTag at the
 * same connector: both starts may become transactions.
 */
export function isReplaced(
  storage: Storage,
  entry: string,
  connector: number,
  profile: ReceivedProfile,
  owner: string,
  idTag: string,
): boolean {
  if (owner[0] === '?') return isPending(entry) && connectorOf(entry) === connector && equalsIgnoringCase(idTagIn(storage, entry), idTag);
  const stored = new StoredProfile(storage, entry);
  if (stored.id === profile.chargingProfileId) return true;
  if (isPending(entry) || connectorOf(entry) !== connector) return false;
  return stored.stackLevel === profile.stackLevel && stored.purpose === profile.chargingProfilePurpose;
}

export function isSelected(stored: StoredProfile, filter: ProfileFilter): boolean {
  if (filter.id !== undefined) return stored.id === filter.id;
  return (
    (filter.connectorId === undefined || filter.connectorId === stored.connector) &&
    (filter.stackLevel === undefined || filter.stackLevel === stored.stackLevel) &&
    (filter.chargingProfilePurpose === undefined || filter.chargingProfilePurpose === stored.purpose)
  );
}

// Pieces.

export function pieceEntry(number: number): string {
  return 'p/' + number.toString(36);
}

export function headOf(profile: ReceivedProfile, now: number, idTag: string): string {
  const { chargingSchedule: schedule, chargingProfilePurpose: purpose } = profile;
  const letter = kindLetter(purpose, profile);
  const letters = (purpose === 'ChargePointMaxProfile' ? 'M' : purpose === 'TxProfile' ? 'T' : 'D') + letter;
  // From its acceptance, or AllowChargingProfileWithoutStartSchedule: it starts now.
  const start = letter === 'R' ? undefined : letter === 'F' ? now : (secondsIn(schedule.startSchedule) ?? now);
  const numbers = [start, schedule.duration, secondsIn(profile.validFrom), secondsIn(profile.validTo), tenthsOf(schedule.minChargingRate)];
  const head = [version, profile.chargingProfileId.toString(36), profile.stackLevel.toString(36), letters + schedule.chargingRateUnit];
  for (const number of numbers) head.push(number === undefined ? '' : number.toString(36));
  return head.join(',') + ',' + (idTag === '' ? '' : storable(JSON.stringify(idTag))) + '|';
}

/** `R`: from the start of charging, `F`: from its acceptance (the station's own, which has no start of charging). */
function kindLetter(purpose: ChargingProfilePurpose, profile: ReceivedProfile): string {
  const { chargingProfileKind: kind, recurrencyKind, chargingSchedule: schedule } = profile;
  if (kind === 'Recurring') return recurrencyKind === 'Weekly' ? 'W' : 'D';
  if (kind === 'Absolute' && schedule.startSchedule !== undefined) return 'A';
  return purpose === 'ChargePointMaxProfile' ? 'F' : 'R';
}

function secondsIn(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? undefined : parseTime(time);
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / 1000);
}

function tenthsOf(decimal: number | undefined): number | undefined {
  return decimal === undefined ? undefined : Math.min(highestLimit, Math.round(decimal * 10));
}

/** Writes a profile piece by piece, or only counts the pieces when there is no storage. How many pieces it has. */
export function writePieces(storage: Storage | undefined, first: number, head: string, profile: ReceivedProfile): number {
  const periods = profile.chargingSchedule.chargingSchedulePeriod;
  let text = head;
  let pieces = 0;
  periods.rewind();
  let period = periods.next();
  while (period) {
    const following = periods.next();
    const phases = period.numberPhases === undefined || period.numberPhases === 3 ? '' : '*' + period.numberPhases;
    const length = following ? (following.startPeriod - period.startPeriod).toString(36) : '';
    const item = (tenthsOf(period.limit) ?? 0).toString(36) + phases + '/' + length + ',';
    if (text.length + item.length > longestPiece) {
      storage?.write(pieceEntry(first + pieces), text);
      pieces++;
      text = '';
    }
    text += item;
    period = following;
  }
  storage?.write(pieceEntry(first + pieces), text);
  return pieces + 1;
}

export function idTagIn(storage: Storage, entry: string): string {
  const text = storage.read(pieceEntry(firstOf(entry))) ?? '';
  let at = 0;
  for (let commas = 0; commas < 9; commas++) at = text.indexOf(',', at) + 1;
  const json = text.slice(at, text.lastIndexOf('|'));
  return json === '' ? '' : (JSON.parse(json) as string);
}

function numberIn(text: string | undefined, absent: number): number {
  return text === undefined || text === '' ? absent : Number.parseInt(text, 36);
}

/** What profiles call their transaction by: the number of its first record, also when that is below 0 because its journal was lost. */
export function ownerNumber(transaction: { readonly start: number }): number {
  return Math.abs(transaction.start);
}

/** Moves the moment from which a profile counts, which never lies ahead; undefined when it does not count from its acceptance. */
export function shiftedHead(text: string, seconds: number, now: number): string | undefined {
  const head = text.split(',', 5);
  if (head[3]?.[1] !== 'F') return undefined;
  const before = head.join(',').length;
  head[4] = Math.min(numberIn(head[4], 0) + seconds, now).toString(36);
  return head.join(',') + text.slice(before);
}

/** A profile in the store. RAM holds its head and its present period. */
export class StoredProfile extends ProfileCursor {
  readonly id: number;
  readonly purpose: ChargingProfilePurpose;
  readonly connector: number;
  /** The StartTransaction record of its transaction; NaN: none. */
  readonly owner: number;
  readonly isRelative: boolean;
  /** `start` is when it was accepted. */
  readonly isFromAcceptance: boolean;
  private readonly storage: Storage;
  private readonly entry: string;
  private piece = 0;
  private at = 0;

  constructor(storage: Storage, entry: string) {
    super();
    this.storage = storage;
    this.entry = entry;
    this.connector = connectorOf(entry);
    this.owner = Number.parseInt(ownerOf(entry), 36);
    const head = (storage.read(pieceEntry(firstOf(entry))) ?? '').split(',', 9);
    const letters = head[3] ?? '';
    this.id = numberIn(head[1], Number.NaN);
    this.stackLevel = numberIn(head[2], 0);
    this.purpose = letters[0] === 'M' ? 'ChargePointMaxProfile' : letters[0] === 'T' ? 'TxProfile' : 'TxDefaultProfile';
    this.isRelative = letters[1] === 'R';
    this.isFromAcceptance = letters[1] === 'F';
    this.recurrence = letters[1] === 'D' ? 86_400 : letters[1] === 'W' ? 604_800 : 0;
    this.unit = letters[2] === 'W' ? 'W' : 'A';
    this.start = numberIn(head[4], 0);
    this.duration = numberIn(head[5], Number.POSITIVE_INFINITY);
    this.validFrom = numberIn(head[6], Number.NEGATIVE_INFINITY);
    this.validTo = numberIn(head[7], Number.POSITIVE_INFINITY);
    if (head[8]) this.minChargingRate = Number.parseInt(head[8], 36);
  }

  /** Whether it has nothing to say any more. */
  isOver(now: number): boolean {
    return this.validTo <= now || (!this.isRelative && this.recurrence === 0 && this.start + this.duration <= now);
  }

  /** A relative profile as it runs for one transaction. */
  startingAt(time: number): StoredProfile {
    const profile = new StoredProfile(this.storage, this.entry);
    profile.start = time;
    return profile;
  }

  protected rewind(): void {
    this.piece = firstOf(this.entry);
    this.at = -1;
    this.following = 0;
  }

  protected advance(): void {
    let text = this.storage.read(pieceEntry(this.piece)) ?? '';
    if (this.at < 0) this.at = text.lastIndexOf('|') + 1;
    if (this.at >= text.length) {
      this.piece++;
      this.at = 0;
      text = this.storage.read(pieceEntry(this.piece)) ?? '';
    }
    const end = text.indexOf(',', this.at);
    const item = text.slice(this.at, Math.max(this.at, end));
    this.at = end + 1;
    const slash = item.indexOf('/');
    const star = item.indexOf('*');
    this.limit = numberIn(item, 0);
    this.numberPhases = star < 0 ? 3 : Number(item.charAt(star + 1));
    this.following += numberIn(item.slice(slash + 1), Number.POSITIVE_INFINITY);
  }
}
