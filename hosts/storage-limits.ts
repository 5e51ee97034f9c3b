/** The limits of the device's key-value store, which every host enforces so that nothing passes on a desktop that fails on a chip. */

import { utf8Length } from './utf8.ts';

/** Keys that one shelf holds at most. */
export const LARGEST_SHELF = 256;

/** Characters of a value that are looked at in one go: on XS an index costs time in proportion to its value. */
const sliceLength = 64;

/** Throws a RangeError unless `key` is a shelf letter, `/`, and 1 to 15 characters of `[a-z0-9._-]`. */
export function checkKey(key: string): void {
  let isKey = isShelf(key.charAt(0)) && key.charAt(1) === '/' && key.length >= 3 && key.length <= 17;
  for (let at = 2; at < key.length && isKey; at++) isKey = isNameCharacter(key.charCodeAt(at));
  if (!isKey) throw new RangeError('not a storage key: ' + key);
}

/** Throws a RangeError unless `shelf` is one letter. */
export function checkShelf(shelf: string): void {
  if (!isShelf(shelf)) throw new RangeError('not a shelf: ' + shelf);
}

/** Throws a RangeError when `text` is longer than 1,984 bytes of UTF-8 or holds a control character. */
export function checkValue(text: string): void {
  if (hasControlCharacter(text)) throw new RangeError('control character in a storage value');
  if (text.length <= 496) return; // four bytes a character at most
  const length = utf8Length(text);
  if (length > 1984) throw new RangeError('storage value of ' + length + ' bytes');
}

function isShelf(text: string): boolean {
  return text.length === 1 && text >= 'a' && text <= 'z';
}

/** a to z, 0 to 9, and `-`, `.`, `_`. */
function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x5f;
}

function hasControlCharacter(text: string): boolean {
  for (let start = 0; start < text.length; start += sliceLength) {
    const slice = text.slice(start, start + sliceLength);
    for (let at = 0; at < slice.length; at++) if (slice.charCodeAt(at) < 0x20 || slice.charCodeAt(at) === 0x7f) return true;
  }
  return false;
}

/** Throws a RangeError when a shelf that already holds `count` keys would get one more than it may hold. */
export function checkShelfRoom(count: number): void {
  if (count >= LARGEST_SHELF) throw new RangeError('more than ' + LARGEST_SHELF + ' keys on a shelf');
}
