/** Measures and cuts text alike on engines that count UTF-16 units (Node) and on XS, which counts code points. */

/** Code points looked at in one go. On XS an index costs time in proportion to its value, so long texts are taken in slices. */
const sliceLength = 64;

/** XS counts in C; the buffer it makes is garbage at once, so it is asked for a slice at a time. */
const engine: { readonly fromString?: (text: string) => ArrayBuffer } = ArrayBuffer as object;
const nativeSlice = 256;

/** Bytes of the text in UTF-8. A lone surrogate counts three, as the replacement character that is sent for it. */
export function utf8Length(text: string): number {
  let bytes = 0;
  if (engine.fromString !== undefined) {
    if (text.length <= nativeSlice) return engine.fromString(text).byteLength;
    for (let start = 0; start < text.length; start += nativeSlice)
      bytes += engine.fromString(text.slice(start, start + nativeSlice)).byteLength;
    return bytes;
  }
  for (let start = 0; ; ) {
    // One unit more than is counted, so that a pair is never seen by half.
    const slice = text.slice(start, start + sliceLength + 1);
    if (slice === '') return bytes;
    let at = 0;
    while (at < sliceLength && at < slice.length) {
      const point = slice.codePointAt(at)!;
      bytes += bytesOf(point);
      at += unitsOf(point);
    }
    start += at;
  }
}

/** The text in UTF-8. Never throws: a lone surrogate becomes the replacement character. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const found = text.codePointAt(at) as number;
    at += unitsOf(found);
    const point = found >= 0xd800 && found < 0xe000 ? 0xfffd : found;
    const more = bytesOf(point) - 1;
    bytes[length++] = more === 0 ? point : ((0xff00 >> (more + 1)) & 0xff) | (point >> (6 * more));
    for (let rest = more - 1; rest >= 0; rest--) bytes[length++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
  }
  return bytes;
}

function bytesOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

/** Index steps of a code point: 2 beyond the basic plane where strings are UTF-16, else 1. */
function unitsOf(point: number): number {
  return point > 0xffff ? '\u{1f600}'.length : 1;
}

/** Code points of the text. */
export function codePoints(text: string): number {
  const length = text.length;
  if ('\u{1f600}'.length === 1) return length;
  let count = length;
  for (let at = 0; at < length - 1; at += 1) {
    if (text.codePointAt(at)! > 0xffff) {
      count -= 1;
      at += 1;
    }
  }
  return count;
}

/** Whether the text has more code points than `most`. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && codePoints(text) > most;
}

/** CiString of 1.6 (E 3.58): equal but for upper and lower case. */
export function equalsIgnoringCase(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

/** The first `most` code points. */
export function cut(text: string, most: number): string {
  if (!isLonger(text, most)) return text;
  let at = 0;
  for (let count = 0; count < most; count += 1) at += unitsOf(text.codePointAt(at)!);
  return text.slice(0, at);
}

/** As many whole code points from the beginning as fit into `most` bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  if (utf8Length(text) <= most) return text;
  let bytes = 0;
  let at = 0;
  for (;;) {
    const point = text.codePointAt(at)!;
    bytes += bytesOf(point);
    if (bytes > most) return text.slice(0, at);
    at += unitsOf(point);
  }
}

/** JSON text as a store takes it, which wants no control characters: JSON leaves DEL as it is, and an idTag may hold it. */
export function storable(json: string): string {
  return json.indexOf('\u007f') < 0 ? json : json.split('\u007f').join('\\u007f');
}
