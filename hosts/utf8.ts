/** UTF-8 in plain code, for engines without TextEncoder. Strings may count UTF-16 units (Node.js) or code points (XS). */

/** The length of `text` in bytes of UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) length += 1;
    else if (code < 0x800) length += 2;
    else if (code < 0x10000) length += 3;
    else {
      length += 4;
      i += unitsOfAstral() - 1;
    }
  }
  return length;
}

/** Writes `text` into `bytes` from `at` on, which must have room for `utf8Length(text)` bytes. Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code < 0x80) bytes[at++] = code;
    else {
      at = encodeCode(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, bytes, at);
      if (code >= 0x10000) i += unitsOfAstral() - 1;
    }
  }
}

/** The text in `bytes` from `at` up to `end`, which must be whole, valid UTF-8. Built in pieces of 32 characters: arguments live on a small stack. */
export function decodeUtf8(bytes: Uint8Array, at: number, end: number): string {
  const pieces: string[] = [];
  while (at < end) {
    let stop = at;
    while (stop < end && stop < at + 32 && bytes[stop]! < 0x80) stop++;
    if (stop > at) {
      pieces.push(String.fromCharCode.apply(null, bytes.subarray(at, stop) as unknown as number[]));
      at = stop;
    } else {
      pieces.push(String.fromCodePoint(decodeCode(bytes, at)));
      at += widthOf(bytes[at]!);
    }
  }
  return pieces.length === 1 ? pieces[0]! : pieces.join('');
}

/** Places that a character above U+FFFF takes in a string of this engine: 2 on Node.js, 1 on XS. */
function unitsOfAstral(): number {
  return '\u{10000}'.length;
}

function encodeCode(code: number, bytes: Uint8Array, at: number): number {
  if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12);
    else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (code & 0x3f);
  return at;
}

function widthOf(lead: number): number {
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

function decodeCode(bytes: Uint8Array, at: number): number {
  const width = widthOf(bytes[at]!);
  let code = bytes[at]! & (0x7f >> width);
  for (let i = 1; i < width; i++) code = (code << 6) | (bytes[at + i]! & 0x3f);
  return code;
}
