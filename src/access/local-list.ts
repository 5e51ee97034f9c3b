/**
 * The local authorization list in the store (OCPP 1.6 3.5.2): looked up with one page, updated by streaming, all or nothing.
 *
 * Shelf `l`. `i` is the index: format, version, number of entries, number of pages. `p<number>` are pages as id-tags.ts writes them, chosen by
 * the hash of the idTag. An update first writes what it changes into `u<number>` (`;`, page number, entry; `-` instead of a status deletes);
 * then one write of the index makes it valid: the new version and count, and `d` (differential) or `f` (full) with the number of `u` values.
 * Then the pages follow. A power cut before that write leaves the old list, one after it the new list: boot goes on where it ended.
 */

import type { Host, Storage } from '../host.ts';
import type { Settings } from '../settings/settings.ts';
import type { AuthorizationData, Elements, Response } from '../wire/types.ts';
import { entryAt, entryText, hashOf, type IdTagEntry, keyIn, keyOf, pageBytes, readEntry, type StoredIdTag } from './id-tags.ts';

export interface LocalListStation {
  readonly host: Host;
  readonly settings: Settings;
}

export type UpdateStatus = Response<'SendLocalList'>['status'];

const indexName = 'l/i';
/**
 * Entries of a page when the list is full. At their longest (20 ASCII characters of idTag and parentIdTag, 51 bytes) 37 fit: with evenly spread
 * idTags not one list in a hundred thousand has a page that overflows, and then the update is Failed.
 */
const entriesPerPage = 12;
/** Pages in shelf `l`, which the cache and the update share, and in each of the shelves behind it. */
const sharedPages = 112;
const shelfPages = 250;
const furtherShelves = 'mno';
/** Enough for 10,344 entries at their longest; a host that declares more fills its pages higher. */
const mostPages = sharedPages + 3 * shelfPages;
/** What an update changes is collected in texts of this many bytes, and at most so many. */
const logBytes = 480;
const mostLogs = 96;

interface Index {
  readonly version: number;
  readonly count: number;
  readonly pages: number;
  /** An update that is valid but not yet in the pages: `d` or `f`; '' when there is none. */
  readonly pending: string;
  readonly logs: number;
  /** Pages of the list that a full update replaces. */
  readonly formerPages: number;
}

/** Whether there is a list to ask and to update: the profile is on, and so is LocalAuthListEnabled. */
export function isLocalListOn(station: LocalListStation): boolean {
  return station.settings.has('localList') && station.settings.boolean('LocalAuthListEnabled');
}

/** What the list says about an idTag, whatever its expiry date. Reads the index and one page. */
export function findListed(station: LocalListStation, idTag: string): IdTagEntry | undefined {
  if (!isLocalListOn(station)) return undefined;
  const { storage } = station.host;
  const key = keyOf(idTag);
  const index = key === undefined ? undefined : readIndex(station);
  return key === undefined || index === undefined || index.count === 0 ? undefined : entryIn(storage, index, key);
}

function entryIn(storage: Storage, index: Index, key: string): IdTagEntry | undefined {
  const pending = index.pending === '' ? undefined : findPending(storage, index, key);
  if (pending !== undefined || index.pending === 'f') return pending === undefined || pending[0] === '-' ? undefined : readEntry(pending);
  const page = storage.read(pageName(hashOf(key) % index.pages)) ?? '';
  const at = page.indexOf('|' + key + ',');
  return at < 0 ? undefined : readEntry(entryAt(page, at).slice(key.length + 2));
}

/** Every entry of the list, for hosts that show it, whether the list is on or not. Reads all of it. */
export function localListEntries(station: LocalListStation): StoredIdTag[] {
  const { storage } = station.host;
  const index = readIndex(station);
  if (index === undefined) return [];
  let text = '';
  for (let page = 0; page < index.pages; page++) text += storage.read(pageName(page)) ?? '';
  for (let log = 0; log < index.logs; log++) text += storage.read(logName(log)) ?? '';
  const keys = text.split('|').slice(1).map(keyIn);
  return keys
    .filter((key, position) => keys.indexOf(key) === position)
    .flatMap((key) => {
      const entry = entryIn(storage, index, key);
      return entry === undefined ? [] : [{ idTag: decodeURIComponent(key), ...entry }];
    });
}

/** 0: the list is empty. */
export function localListVersion(station: LocalListStation): number {
  return readIndex(station)?.version ?? 0;
}

/** How many entries the list has. */
export function localListCount(station: LocalListStation): number {
  return readIndex(station)?.count ?? 0;
}

/** At boot: brings what a power cut interrupted to its end, or removes it. */
export function mountLocalList(station: LocalListStation): void {
  try {
    const index = readIndex(station);
    if (index !== undefined && index.pending !== '') new ListUpdate(station, index).apply();
    removeLogs(station.host.storage);
  } catch (error) {
    station.host.log('error', `The local list could not be brought up to date: ${error}`);
  }
}

/** SendLocalList, by the rules of protocol.md section 6. What is not Accepted has changed nothing. */
export function updateLocalList(
  station: LocalListStation,
  version: number,
  isFull: boolean,
  list: Elements<AuthorizationData> | undefined,
): UpdateStatus {
  if (version <= 0 && !(isFull && (list === undefined || list.count === 0))) return 'Failed';
  const { host, settings } = station;
  const before = readIndex(station);
  const count = before?.count ?? 0;
  if (!isFull && before !== undefined && count > 0 && version <= before.version) return 'VersionMismatch';
  try {
    if (before !== undefined && before.pending !== '') new ListUpdate(station, before).apply();
    const update = new ListUpdate(station, nextIndex(host.localListCapacity, before, version, isFull));
    if (!update.collect(list, isFull) || update.rehearse() > settings.number('LocalAuthListMaxLength')) {
      removeLogs(host.storage);
      return 'Failed';
    }
    update.makeValid();
    update.tryToApply();
    return 'Accepted';
  } catch (error) {
    host.log('error', `The local list could not be stored: ${error}`);
    return 'Failed';
  }
}

/** The index to begin with: a list that is replaced, or was empty, gets as many pages as the host's capacity asks for. */
function nextIndex(capacity: number, before: Index | undefined, version: number, isFull: boolean): Index {
  const isNew = isFull || before === undefined || before.count === 0;
  const pages = isNew ? Math.max(1, Math.min(mostPages, Math.ceil(capacity / entriesPerPage))) : before.pages;
  // Without a readable index there may still be pages.
  const formerPages = before?.pages ?? pages;
  return { version, count: isNew ? 0 : before.count, pages, pending: isNew ? 'f' : 'd', logs: 0, formerPages };
}

/** One update on its way into the store. */
class ListUpdate {
  private readonly station: LocalListStation;
  private readonly storage: Storage;
  private readonly isFull: boolean;
  private readonly version: number;
  private readonly pages: number;
  private readonly formerPages: number;
  private logs: number;
  private count: number;
  /** The pages that change. */
  private touched: number[] | undefined;

  constructor(station: LocalListStation, index: Index) {
    this.station = station;
    this.storage = station.host.storage;
    this.isFull = index.pending === 'f';
    this.version = index.version;
    this.pages = index.pages;
    this.formerPages = index.formerPages;
    this.logs = index.logs;
    this.count = index.count;
  }

  /** Writes what the message changes into `u` values. False: an entry cannot be used. */
  collect(list: Elements<AuthorizationData> | undefined, needsInfo: boolean): boolean {
    list?.rewind();
    let text = '';
    for (let entry = list?.next(); entry !== undefined; entry = list?.next()) {
      const key = keyOf(entry.idTag);
      if (key === undefined || (needsInfo && entry.idTagInfo === undefined)) return false;
      const page = (hashOf(key) % this.pages).toString(36);
      const line = ';' + page + '|' + key + ',' + (entry.idTagInfo === undefined ? '-' : entryText(entry.idTagInfo));
      if (text !== '' && text.length + line.length > logBytes) {
        this.writeLog(text);
        text = '';
      }
      text += line;
    }
    if (text !== '') this.writeLog(text);
    return true;
  }

  private writeLog(text: string): void {
    if (this.logs >= mostLogs) throw new RangeError('The update has too many entries.');
    this.storage.write(logName(this.logs), text);
    this.logs++;
  }

  /** The number of entries that the list will have; Infinity when a page would be too long or an idTag occurs twice. Writes nothing. */
  rehearse(): number {
    const touched = this.findTouched();
    for (let index = 0; index < touched.length; index++) {
      if (this.merged(touched[index] ?? 0) === undefined) return Number.POSITIVE_INFINITY;
    }
    return this.count;
  }

  /** The one write that decides. */
  makeValid(): void {
    this.writeIndex((this.isFull ? ',f' : ',d') + this.logs + ',' + this.formerPages);
  }

  /** When it fails the list is the new one all the same: look-ups ask the collected changes first, and the next boot goes on from here. */
  tryToApply(): void {
    try {
      this.apply();
    } catch (error) {
      this.station.host.log('error', `The local list could not be written to its pages yet: ${error}`);
    }
  }

  /** Brings the pages up to date; may be repeated after a power cut. */
  apply(): void {
    const touched = this.findTouched();
    const count = this.count;
    for (let index = 0; index < touched.length; index++) {
      const page = touched[index] ?? 0;
      const text = this.merged(page) ?? '';
      if (this.storage.read(pageName(page)) === text) continue;
      if (text === '') this.storage.remove(pageName(page));
      else this.storage.write(pageName(page), text);
    }
    this.count = count;
    if (this.isFull) this.removeOthers(touched);
    this.writeIndex('');
    removeLogs(this.storage);
  }

  private removeOthers(touched: readonly number[]): void {
    for (let page = Math.max(this.pages, this.formerPages) - 1; page >= 0; page--) {
      if (touched.indexOf(page) < 0) this.storage.remove(pageName(page));
    }
  }

  private writeIndex(pending: string): void {
    const version = this.count === 0 ? 0 : this.version;
    this.storage.write(indexName, '1,' + version + ',' + this.count + ',' + this.pages + pending);
  }

  private findTouched(): number[] {
    if (this.touched !== undefined) return this.touched;
    const touched: number[] = [];
    for (let number = 0; number < this.logs; number++) {
      const log = this.log(number);
      for (let at = 0; at >= 0; at = log.indexOf(';', at + 1)) {
        const page = Number.parseInt(log.slice(at + 1, log.indexOf('|', at)), 36);
        if (touched.indexOf(page) < 0) touched.push(page);
      }
    }
    this.touched = touched;
    return touched;
  }

  /** The text of a page after the update; undefined when it is too long or an idTag occurs twice. Counts what comes and goes. */
  private merged(page: number): string | undefined {
    const mark = ';' + page.toString(36) + '|';
    let text = this.isFull ? '' : (this.storage.read(pageName(page)) ?? '');
    let seen = '|';
    for (let number = 0; number < this.logs; number++) {
      const log = this.log(number);
      for (let at = log.indexOf(mark); at >= 0; at = log.indexOf(mark, at + 1)) {
        const end = log.indexOf(';', at + 1);
        const entry = log.slice(at + mark.length - 1, end < 0 ? log.length : end);
        const key = entry.slice(0, entry.indexOf(',') + 1);
        if (seen.indexOf(key) >= 0) return undefined;
        seen += key.slice(1) + '|';
        const old = text.indexOf(key);
        if (old >= 0) text = text.slice(0, old) + text.slice(old + entryAt(text, old).length);
        const isDeleted = entry.charAt(key.length) === '-';
        if (!isDeleted) text += entry;
        this.count += (isDeleted ? 0 : 1) - (old < 0 ? 0 : 1);
      }
    }
    return text.length > pageBytes ? undefined : text;
  }

  /** A `u` value that cannot be read any more leaves no list that could be trusted: the central system has to send it again. */
  private log(number: number): string {
    const text = this.storage.read(logName(number));
    if (text !== undefined) return text;
    this.station.host.log('error', 'An update of the local list is damaged: the list is empty.');
    this.storage.write(indexName, '1,0,0,1,f0,' + Math.max(this.pages, this.formerPages));
    throw new RangeError('The update is damaged.');
  }
}

/** What a valid update that is not yet in the pages says: the text behind the key, or undefined. */
function findPending(storage: Storage, index: Index, key: string): string | undefined {
  const mark = ';' + (hashOf(key) % index.pages).toString(36) + '|' + key + ',';
  for (let number = 0; number < index.logs; number++) {
    const log = storage.read(logName(number)) ?? '';
    const at = log.indexOf(mark);
    const end = at < 0 ? -1 : log.indexOf(';', at + 1);
    if (at >= 0) return log.slice(at + mark.length, end < 0 ? log.length : end);
  }
  return undefined;
}

/** The first one goes last, so that what a power cut leaves begins with it. */
function removeLogs(storage: Storage): void {
  let count = 0;
  while (storage.read(logName(count)) !== undefined) count++;
  for (let number = count - 1; number >= 0; number--) storage.remove(logName(number));
}

function readIndex(station: LocalListStation): Index | undefined {
  const text = station.host.storage.read(indexName);
  if (text === undefined) return undefined;
  const fields = text.split(',');
  const version = Number(fields[1]);
  const count = Number(fields[2]);
  const pages = Number(fields[3]);
  const logs = Number((fields[4] ?? '').slice(1));
  if (fields[0] !== '1' || !(count >= 0 && pages >= 1 && logs >= 0) || !Number.isInteger(version)) {
    station.host.log('error', 'The local list cannot be read: it counts as empty.');
    return undefined;
  }
  return { version, count, pages, pending: fields[4]?.charAt(0) ?? '', logs, formerPages: Number(fields[5] ?? 0) };
}

function logName(number: number): string {
  return 'l/u' + number.toString(36);
}

function pageName(page: number): string {
  if (page < sharedPages) return 'l/p' + page.toString(36);
  return furtherShelves.charAt(Math.floor((page - sharedPages) / shelfPages)) + '/p' + page.toString(36);
}
