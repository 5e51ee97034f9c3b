/** The UTF-8 of the hosts against the platform's own. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8, utf8Length } from '../../hosts/utf8.ts';

function encoded(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text) + 2);
  encodeUtf8(text, bytes, 1);
  expect([bytes[0], bytes[bytes.length - 1]]).toEqual([0, 0]);
  return bytes.subarray(1, bytes.length - 1);
}

test('any text, lone surrogates included', () => {
  const property = fc.property(
    fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      ),
    }),
    (text) => {
      const expected = new TextEncoder().encode(text);
      expect(encoded(text)).toEqual(expected);
      expect(decodeUtf8(expected, 0, expected.length)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(expected));
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

test('every edge of every width', () => {
  for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x10ffff]) {
    const text = 'a'.repeat(31) + String.fromCodePoint(code) + 'z'.repeat(33);
    const bytes = encoded(text);
    expect(bytes).toEqual(new TextEncoder().encode(text));
    expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text);
  }
  expect(decodeUtf8(new Uint8Array(0), 0, 0)).toBe('');
});
