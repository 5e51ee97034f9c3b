/** The limits of the device's key-value store, which every host enforces so that nothing passes on a desktop that fails on a chip. */

import { utf8Length } from './utf8.ts';

/** Keys that one shelf holds at most. */
export const LARGEST_SHELF = 256;

const keyPattern = /^[a-z]\/[a-z0-9._-]{1,15}$/;
const shelfPattern = /^[a-z]$/;
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Throws a RangeError unless `key` is a shelf letter, `/`, and 1 to 15 characters of `[a-z0-9._-]`. */
export function checkKey(key: string): void {
  if (!keyPattern.test(key)) throw new RangeError('not a storage key: ' + key);
}

/** Throws a RangeError unless `shelf` is one letter. */
export function checkShelf(shelf: string): void {
  if (!shelfPattern.test(shelf)) throw new RangeError('not a shelf: ' + shelf);
}

/** Throws a RangeError when `text` is longer than 1,984 bytes of UTF-8 or holds a control character. */
export function checkValue(text: string): void {
  if (controlCharacter.test(text)) throw new RangeError('control character in a storage value');
  if (text.length <= 496) return; // four bytes a character at most
  const length = utf8Length(text);
  if (length > 1984) throw new RangeError('storage value of ' + length + ' bytes');
}

/** Throws a RangeError when a shelf that already holds `count` keys would get one more than it may hold. */
export function checkShelfRoom(count: number): void {
  if (count >= LARGEST_SHELF) throw new RangeError('more than ' + LARGEST_SHELF + ' keys on a shelf');
}
