/**
 * idTags in the store, in hashed pages that are looked up and never loaded whole: the authorization cache, and the local list beside it.
 *
 * A page (shelf `l`) is a text of entries, newest first: `|`, the idTag in lower case and percent-encoded, status letter, expiry in base 36
 * seconds or nothing, parentIdTag percent-encoded or nothing, with commas between. The look-up is one search in one text.
 */

import type { Storage } from '../host.ts';
import { parseTime } from '../wire/time.ts';
import type { AuthorizationStatus, IdTagInfo } from '../wire/types.ts';

export interface IdTagEntry {
  readonly status: AuthorizationStatus;
  /** Unix milliseconds. */
  readonly expiry: number | undefined;
  readonly parentIdTag: string | undefined;
}

/** A stored value holds 1,984 bytes; pages stay a little below. */
export const pageBytes = 1900;
/** An entry takes about this much. */
const entryBytes = 48;

/** Stands while pages that ClearCache has emptied wait to be removed. */
const clearedMark = 'l/x';

/** The authorization cache. */
export class IdTagPages {
  private readonly storage: Storage;
  /** `l/` and a letter. */
  private readonly name: string;
  private readonly pages: number;

  constructor(storage: Storage, name: string, capacity: number) {
    this.storage = storage;
    this.name = name;
    this.pages = Math.min(120, Math.max(1, Math.ceil((capacity * entryBytes * 1.3) / pageBytes)));
  }

  find(idTag: string): IdTagEntry | undefined {
    const key = keyOf(idTag);
    if (key === undefined || this.isCleared) return undefined;
    const page = this.storage.read(this.pageOf(key)) ?? '';
    const at = page.indexOf('|' + key + ',');
    return at < 0 ? undefined : readEntry(entryAt(page, at).slice(key.length + 2));
  }

  /**
   * Puts an entry in front. Of a full page those that are worth nothing at `now` (Unix milliseconds) make room first, this one among them,
   * then the oldest (OCPP 1.6 3.5.1). Nothing is written when nothing changes.
   */
  put(idTag: string, info: IdTagInfo, now: number): void {
    const key = keyOf(idTag);
    if (key === undefined) return;
    if (this.isCleared) this.removePages();
    const name = this.pageOf(key);
    const page = this.storage.read(name) ?? '';
    const entry = '|' + key + ',' + entryText(info);
    const at = page.indexOf('|' + key + ',');
    if (at >= 0 && entryAt(page, at) === entry) return;
    let next = entry + (at < 0 ? page : page.slice(0, at) + page.slice(at + entryAt(page, at).length));
    while (next.length > pageBytes) next = withoutLeast(next, now);
    if (next !== page) this.storage.write(name, next);
  }

  /** One write decides; then the pages go. What a failing store leaves of them counts for nothing, and goes before the next entry comes. Throws when nothing is cleared. */
  clear(): void {
    this.storage.write(clearedMark, '1');
    try {
      this.removePages();
    } catch {
      // Until they are gone the mark stands.
    }
  }

  private get isCleared(): boolean {
    return this.storage.read(clearedMark) !== undefined;
  }

  private removePages(): void {
    for (let page = 0; page < this.pages; page++) this.storage.remove(this.nameOf(page));
    this.storage.remove(clearedMark);
  }

  private pageOf(key: string): string {
    return this.nameOf(hashOf(key) % this.pages);
  }

  private nameOf(page: number): string {
    return this.name + page.toString(36);
  }
}

/** Whether it admits anybody at this moment, in Unix milliseconds. */
export function isWorth({ status, expiry }: IdTagEntry, now: number): boolean {
  return status === 'Accepted' && (expiry === undefined || expiry > now);
}

/** The page without its oldest entry that is worth nothing, else without the oldest. */
function withoutLeast(page: string, now: number): string {
  const oldest = page.lastIndexOf('|');
  for (let at = oldest; at >= 0; at = at === 0 ? -1 : page.lastIndexOf('|', at - 1)) {
    const entry = entryAt(page, at);
    if (!isWorth(readEntry(entry.slice(entry.indexOf(',') + 1)), now)) return page.slice(0, at) + page.slice(at + entry.length);
  }
  return page.slice(0, oldest);
}

/** An entry with its idTag, in lower case as it is stored. */
export interface StoredIdTag extends IdTagEntry {
  readonly idTag: string;
}

/** Every entry of the pages whose names begin with `name`, for hosts that show what is stored. Reads them all. */
export function storedIdTags(storage: Storage, name: string): StoredIdTag[] {
  const pages = storage.keys(name.charAt(0)).filter((page) => page.startsWith(name));
  const entries = pages.sort().flatMap((page) => (storage.read(page) ?? '').split('|').slice(1));
  return entries.map((entry) => ({ idTag: decodeURIComponent(keyIn(entry)), ...readEntry(entry.slice(keyIn(entry).length + 1)) }));
}

/** The idTag's part of what stands behind a `|`. */
export function keyIn(entry: string): string {
  return entry.slice(0, entry.indexOf(','));
}

/** 32 bits that spread idTags over pages, running numbers too (FNV-1a, stirred once more). */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The entry that begins at `at`. */
export function entryAt(page: string, at: number): string {
  const end = page.indexOf('|', at + 1);
  return end < 0 ? page.slice(at) : page.slice(at, end);
}

/** idTags compare case-insensitively (errata 3.74). Undefined: text that is no Unicode cannot be stored. */
export function keyOf(idTag: string): string | undefined {
  try {
    return encodeURIComponent(idTag.toLowerCase());
  } catch {
    return undefined;
  }
}

/** Status letter, expiry and parent; commas at the end are left out. */
export function entryText(info: IdTagInfo): string {
  const expiry = info.expiryDate === undefined ? undefined : parseTime(info.expiryDate);
  const parent = info.parentIdTag === undefined ? '' : (keepable(info.parentIdTag) ?? '');
  const until = expiry === undefined ? '' : Math.floor(expiry / 1000).toString(36);
  return info.status[0] + (until || parent ? ',' + until : '') + (parent ? ',' + parent : '');
}

function keepable(text: string): string | undefined {
  try {
    return encodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export function readEntry(text: string): IdTagEntry {
  const [letter, expiry, parent] = text.split(',');
  return {
    status: statusOfLetter(letter ?? ''),
    expiry: expiry ? Number.parseInt(expiry, 36) * 1000 : undefined,
    parentIdTag: parent ? decodeURIComponent(parent) : undefined,
  };
}

function statusOfLetter(letter: string): AuthorizationStatus {
  switch (letter) {
    case 'A':
      return 'Accepted';
    case 'B':
      return 'Blocked';
    case 'E':
      return 'Expired';
    case 'C':
      return 'ConcurrentTx';
    default:
      return 'Invalid';
  }
}
