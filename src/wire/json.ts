/** Walks JSON text without building it, and parses what is small enough; on XS a graph may not outgrow the heap. */

/** Arrays and objects inside each other, the envelope included. XS parses recursively on a stack of 4 kB. */
const mostLevels = 8;
/** Values of one graph: what OCPP sends at once has 30 at most, each costs 16 to 48 bytes on XS. */
const mostValues = 128;
/** A text below this length cannot hold more values than that (two characters each). */
const shortText = 2 * mostValues;
/** Characters walked in one go: on XS an index costs time in proportion to its value. */
const windowLength = 128;

/** Index of the first character at or behind `at` that is no white space; the length at the end. */
export function skipSpace(text: string, at: number): number {
  let index = at;
  for (;;) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return index;
    index += 1;
  }
}

/** Index behind the string that opens at `start`, or -1 when it does not end. */
export function stringEnd(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return -1;
    const backslash = text.indexOf('\\', from);
    if (backslash < 0 || backslash > quote) return quote + 1;
    from = backslash + 2;
  }
}

/** Index behind the number or word that begins at `start`, or -1 when there is none. */
function scalarEnd(text: string, start: number): number {
  let end = start;
  while (isScalar(text.charCodeAt(end))) end += 1;
  return end > start ? end : -1;
}

/** Letters, digits, sign and point: all that numbers, true, false and null are made of. */
function isScalar(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e || code === 0x2b || code === 0x45
  );
}

/** Index behind the value that begins at `start`, or -1 when it does not end, is too deep, or holds more than `most` values. */
export function valueEnd(text: string, start: number, most = Number.MAX_VALUE): number {
  const first = text.charAt(start);
  if (first === '"') return stringEnd(text, start);
  if (first !== '{' && first !== '[') return scalarEnd(text, start);
  let depth = 0;
  let values = 0;
  for (let base = start; ; ) {
    const window = text.slice(base, base + windowLength);
    const size = window.length;
    let at = 0;
    while (at < size) {
      const code = window.charCodeAt(at);
      if (code === 0x22) {
        const end = stringEnd(window, at);
        if (end < 0) break;
        at = end;
        continue;
      }
      at += 1;
      if (code === 0x2c) values += 1;
      else if (code === 0x7b || code === 0x5b) {
        values += 1;
        depth += 1;
        if (depth > mostLevels) return -1;
      } else if (code === 0x7d || code === 0x5d) {
        depth -= 1;
        if (depth === 0) return base + at;
      }
    }
    if (values > most) return -1;
    // A string that does not end inside the window: the next one begins with it, or behind it when it is longer than a window.
    if (at === 0) at = stringEnd(text, base) - base;
    if (at <= 0) return -1;
    base += at;
  }
}

/** Index of the value of the last member called `name` in the object that opens at `start`, or -1. An escaped spelling is not found. */
export function memberValue(text: string, start: number, name: string): number {
  let found = -1;
  for (let at = start; ; ) {
    const key = skipSpace(text, at + 1);
    const keyEnd = text.charAt(key) === '"' ? stringEnd(text, key) : -1;
    if (keyEnd < 0) return found;
    const colon = skipSpace(text, keyEnd);
    if (text.charAt(colon) !== ':') return found;
    const value = skipSpace(text, colon + 1);
    if (keyEnd - key === name.length + 2 && text.startsWith(name, key + 1)) found = value;
    const end = valueEnd(text, value);
    if (end < 0) return found;
    at = skipSpace(text, end);
    if (text.charAt(at) !== ',') return found;
  }
}

/** Whether no more than {@link mostLevels} arrays and objects are open at once. */
export function isShallow(text: string): boolean {
  if (occurrences(text, '{', mostLevels) + occurrences(text, '[', mostLevels) <= mostLevels) return true;
  return valueEnd(text, skipSpace(text, 0)) >= 0;
}

/** Whether the graph of the text has no more than {@link mostValues} values. */
function isModest(text: string): boolean {
  if (text.length <= shortText) return true;
  const values = occurrences(text, ',', mostValues) + occurrences(text, '{', mostValues) + occurrences(text, '[', mostValues);
  return values <= mostValues || valueEnd(text, skipSpace(text, 0), mostValues) >= 0;
}

/** How often `mark` occurs, counted to `most + 1` at most. */
function occurrences(text: string, mark: string, most: number): number {
  let count = 0;
  for (let at = text.indexOf(mark); at >= 0 && count <= most; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

/**
 * The value of a text whose depth was checked, or undefined when it is no JSON or holds more than 128 values.
 *
 * `names` are the member names that the caller reads. XS leaves all others out while parsing and does not learn them
 * (a name that became a property key is kept for ever there); other engines ignore the argument, so unknown members are simply never looked at.
 */
export function parse(text: string, names: readonly string[]): unknown {
  if (!isModest(text)) return undefined;
  try {
    return JSON.parse(text, names as never);
  } catch {
    return undefined;
  }
}

/** As {@link parse}, for text of unknown depth: the `data` of a DataTransfer. */
export function parseText(text: string, names: readonly string[]): unknown {
  return isShallow(text) ? parse(text, names) : undefined;
}

/** Whether a parsed value is a JSON object. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
