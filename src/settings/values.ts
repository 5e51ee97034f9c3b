/** Reads the values of configuration keys: text to checked, canonical value, or undefined. Keeps nothing (protocol.md section 12). */

import { freeze } from '../freeze.ts';
import { isObject, parseText } from '../wire/json.ts';
import { codePoints, equalsIgnoringCase } from '../wire/text.ts';
import { parseTime } from '../wire/time.ts';
import { type Row, rotations } from './keys.ts';
import { positionIn } from './measurands.ts';

/** A value of ConfigurationKey and of KeyValue (CiString500Type, 1.6 7.19), in code points. */
export const longestValue = 500;

const largestInteger = 2_147_483_647;
const hexadecimalDigits = '0123456789abcdef';
/** ASCII that may stand in no path, those of query and fragment included. */
const notInPath = '"\'<>\\^`{|}?#';
/** Fields of DefaultPrice and DefaultPriceText. XS parses no others, so that no name from the wire is kept. */
const priceFields = /* @__PURE__ */ freeze(['priceText', 'priceTextOffline', 'chargingPrice', 'kWhPrice', 'hourPrice', 'flatFee']);

/** `true` or `false` in any letter case, nothing else. */
export function booleanIn(text: string): boolean | undefined {
  if (text.length > 5) return undefined;
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** Digits with an optional sign; a fraction of zeros is allowed, `900.0` for instance. */
export function integerIn(row: Row, text: string): number | undefined {
  const dot = text.indexOf('.');
  const end = dot < 0 ? text.length : dot;
  if (!isDigits(text, text.charAt(0) === '+' || text.charAt(0) === '-' ? 1 : 0, end)) return undefined;
  for (let at = end + 1; at < text.length; at++) if (text.charAt(at) !== '0') return undefined;
  const number = Number(text);
  return number >= (row.min ?? 0) && number <= (row.max ?? largestInteger) ? number + 0 : undefined;
}

/** A plain text; '' unsets it, unless the row asks for one character: then it must not be empty. */
export function textIn(row: Row, text: string): string | undefined {
  if (text === '') return row.min === 1 ? undefined : '';
  if (!isPlain(text)) return undefined;
  const length = codePoints(text);
  return length >= (row.min ?? 0) && length <= (row.max ?? longestValue) ? text : undefined;
}

/** AuthorizationKey: 16 to 40 characters; blanks count. Even numbers of 32 to 40 hexadecimal digits stand for bytes (whitepaper 7.2). */
export function secretIn(row: Row, text: string): string | undefined {
  return text === '' ? undefined : textIn(row, text);
}

/** One of the names of the row, in our spelling. */
export function nameIn(row: Row, text: string): string | undefined {
  return row.items?.[positionIn(row.items, text)];
}

/** A list of names: blanks around items, empty items and repeated ones are dropped; names that the row knows get our spelling. */
export function namesIn(row: Row, text: string): string | undefined {
  let list = '';
  const items = new Items(text);
  for (let item = items.next(); item !== undefined; item = items.next()) {
    const name = row.items === undefined ? freeName(row, item) : nameIn(row, item);
    if (name === undefined) return undefined;
    if (positionOf(list, name) < 0) list += (list === '' ? '' : ',') + name;
  }
  return list;
}

function freeName(row: Row, item: string): string | undefined {
  const length = codePoints(item);
  return length >= (row.itemMin ?? 1) && length <= (row.itemMax ?? longestValue) && isPlain(item) ? item : undefined;
}

/** A list of `connector.rotation`, each connector from 0 to N once at most; 0 is the rotation between grid and main meter (1.6 9.1.7). */
export function rotationsIn(numberOfConnectors: number, text: string): string | undefined {
  let list = '';
  let seen = 0;
  const items = new Items(text);
  for (let item = items.next(); item !== undefined; item = items.next()) {
    const dot = item.indexOf('.');
    const connector = isDigits(item, 0, dot) ? Number(item.slice(0, dot)) : -1;
    const rotation = rotations[positionIn(rotations, item.slice(dot + 1).trim())];
    if (connector < 0 || connector > numberOfConnectors || (seen >> connector) & 1 || rotation === undefined) return undefined;
    seen |= 1 << connector;
    list += (list === '' ? '' : ',') + connector + '.' + rotation;
  }
  return list;
}

/** A difference to UTC, `+01:00`; '' unsets it. */
export function offsetIn(text: string): string | undefined {
  if (text === '') return text;
  const sign = text.charAt(0);
  const isOffset = text.length === 6 && (sign === '+' || sign === '-') && text.charAt(3) === ':';
  if (!isOffset || !isDigits(text, 1, 3) || !isDigits(text, 4, 6)) return undefined;
  return Number(text.slice(1, 3)) <= 24 && Number(text.slice(4)) <= 59 ? text : undefined;
}

/** A date with time, ISO 8601; '' unsets it. Whether it lies in the future is the caller's question. */
export function dateTimeIn(text: string): string | undefined {
  return text === '' || parseTime(text) !== undefined ? text : undefined;
}

/**
 * An address that every host can connect to, for once it is in force nobody can mend it from afar: `ws://` or `wss://`, a name or IPv4 address,
 * a port from 1 to 65535, a path, all in ASCII. No user, no query. Which of the schemes it is says nothing: that follows SecurityProfile.
 */
export function urlIn(text: string): string | undefined {
  const start = text.indexOf('://') + 3;
  const scheme = text.slice(0, start).toLowerCase();
  if (scheme !== 'ws://' && scheme !== 'wss://') return undefined;
  const slash = text.indexOf('/', start);
  const end = slash < 0 ? text.length : slash;
  const colon = text.indexOf(':', start);
  const hasPort = colon >= 0 && colon < end;
  if (hasPort && !isPort(text.slice(colon + 1, end))) return undefined;
  return isHost(text.slice(start, hasPort ? colon : end)) && isPath(text.slice(end)) ? text : undefined;
}

function isPort(text: string): boolean {
  return text.length <= 5 && isDigits(text, 0, text.length) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** A name of the DNS, underscores allowed, or an IPv4 address: whatever ends in a number must be one. */
function isHost(text: string): boolean {
  const labels = text.split('.');
  const last = labels[labels.length - 1] ?? '';
  if (isDigits(last, 0, last.length) || last.toLowerCase().startsWith('0x')) return labels.length === 4 && labels.every(isByte);
  return text.length <= 253 && labels.every(isLabel);
}

function isByte(text: string): boolean {
  return text.length <= 3 && isDigits(text, 0, text.length) && Number(text) <= 255 && (text === '0' || text.charAt(0) !== '0');
}

function isLabel(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isLetterOrDigit(text.charCodeAt(at)) && '-_'.indexOf(text.charAt(at)) < 0) return false;
  return text !== '' && text.length <= 63 && !text.startsWith('-') && !text.endsWith('-');
}

/** What may stand in the path of a request line; an escape must be a whole one (RFC 3986 3.3). */
function isPath(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || notInPath.indexOf(text.charAt(at)) >= 0) return false;
    if (code === 0x25 && !isHexadecimal(text.slice(at + 1, at + 3), 2)) return false;
  }
  return true;
}

/** JSON text of an object with a text `priceText`. */
export function priceIn(text: string): string | undefined {
  const price = parseText(text, priceFields);
  return isObject(price) && typeof (price as { readonly priceText?: unknown }).priceText === 'string' ? text : undefined;
}

/** Walks the items of a comma separated list: trimmed, empty ones left out. */
export class Items {
  private readonly list: string;
  private start = 0;

  constructor(list: string) {
    this.list = list;
  }

  /** The next item; undefined at the end. */
  next(): string | undefined {
    while (this.start < this.list.length) {
      const comma = this.list.indexOf(',', this.start);
      const end = comma < 0 ? this.list.length : comma;
      const item = this.list.slice(this.start, end).trim();
      this.start = end + 1;
      if (item !== '') return item;
    }
    return undefined;
  }
}

/** The item at a position of a list; undefined when there is none. */
export function itemAt(list: string, position: number): string | undefined {
  if (position < 0) return undefined;
  const items = new Items(list);
  let item = items.next();
  for (let index = 0; index < position && item !== undefined; index++) item = items.next();
  return item;
}

/** The number of items of a list. */
export function itemsOf(list: string): number {
  const items = new Items(list);
  let count = 0;
  while (items.next() !== undefined) count++;
  return count;
}

/** The position of an item in a list, in any letter case; -1 when it is not there. */
export function positionOf(list: string, item: string): number {
  const items = new Items(list);
  let index = 0;
  for (let other = items.next(); other !== undefined; other = items.next(), index++) if (equalsIgnoringCase(other, item)) return index;
  return -1;
}

/** Text that can be kept and sent as it is: without control characters and lone surrogates. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) as number;
    if (point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0xd800 && point < 0xe000)) return false;
    // The second half of a pair, where strings are UTF-16.
    if (point > 0xffff) at += '\u{1f600}'.length - 1;
  }
  return true;
}

/** Whether the text is digits only from one index to below another, and there is one at least. */
export function isDigits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (text.charCodeAt(at) < 0x30 || text.charCodeAt(at) > 0x39) return false;
  return start < end;
}

/** Whether the text is so many hexadecimal digits. */
export function isHexadecimal(text: string, count: number): boolean {
  for (let at = 0; at < count; at++) if (hexadecimalDigits.indexOf(text.charAt(at).toLowerCase()) < 0) return false;
  return text.length === count;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
