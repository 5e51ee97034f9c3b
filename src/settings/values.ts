/** Reads the values of configuration keys: text to checked, canonical value, or undefined. Keeps nothing (protocol.md section 12). */

import { freeze } from '../freeze.ts';
import { isObject, parseText } from '../wire/json.ts';
import { codePoints, equalsIgnoringCase } from '../wire/text.ts';
import { parseTime } from '../wire/time.ts';
import { type Row, rotations } from './keys.ts';
import { positionIn } from './measurands.ts';

/** A value of ConfigurationKey and of KeyValue (CiString500Type, 1.6 7.19), in code points. */
export const longestValue = 500;

const pattern = /* @__PURE__ */ freeze({
  integer: /^[+-]?[0-9]+(?:\.0*)?$/,
  digits: /^[0-9]+$/,
  offset: /^[+-](?:[01][0-9]|2[0-4]):[0-5][0-9]$/,
  url: /^wss?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/i,
  control: /[\u0000-\u001f\u007f]/,
});
const largestInteger = 2_147_483_647;
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
  if (!pattern.integer.test(text)) return undefined;
  const number = Number(text);
  return number >= (row.min ?? 0) && number <= (row.max ?? largestInteger) ? number + 0 : undefined;
}

/** A text without control characters; '' unsets it unless the row asks for a minimum and has no default. */
export function textIn(row: Row, text: string): string | undefined {
  if (hasControlCharacter(text)) return undefined;
  if (text === '') return '';
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
  return length >= (row.itemMin ?? 1) && length <= (row.itemMax ?? longestValue) && !hasControlCharacter(item) ? item : undefined;
}

/** A list of `connector.rotation`, connector 0 to N; 0 is the rotation between grid and main meter (1.6 9.1.7). */
export function rotationsIn(numberOfConnectors: number, text: string): string | undefined {
  let list = '';
  const items = new Items(text);
  for (let item = items.next(); item !== undefined; item = items.next()) {
    const dot = item.indexOf('.');
    const connector = pattern.digits.test(item.slice(0, dot)) ? Number(item.slice(0, dot)) : -1;
    const rotation = rotations[positionIn(rotations, item.slice(dot + 1).trim())];
    if (dot < 1 || connector < 0 || connector > numberOfConnectors || rotation === undefined) return undefined;
    const canonical = connector + '.' + rotation;
    if (positionOf(list, canonical) < 0) list += (list === '' ? '' : ',') + canonical;
  }
  return list;
}

/** A difference to UTC, `+01:00`; '' unsets it. */
export function offsetIn(text: string): string | undefined {
  return text === '' || pattern.offset.test(text) ? text : undefined;
}

/** A date with time, ISO 8601; '' unsets it. Whether it lies in the future is the caller's question. */
export function dateTimeIn(text: string): string | undefined {
  return text === '' || parseTime(text) !== undefined ? text : undefined;
}

/** A WebSocket address with host. Its scheme says nothing: it follows SecurityProfile. */
export function urlIn(text: string): string | undefined {
  return pattern.url.test(text) ? text : undefined;
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

export function hasControlCharacter(text: string): boolean {
  return pattern.control.test(text);
}
