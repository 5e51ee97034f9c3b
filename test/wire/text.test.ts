import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codePoints, cut, cutBytes, equalsIgnoringCase, isLonger, utf8Bytes, utf8Length } from '../../src/wire/text.ts';

const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }));

describe('text', () => {
  it('is measured in bytes and code points', () => {
    fc.assert(
      fc.property(text, fc.nat(300), (value, most) => {
        expect(utf8Length(value)).toBe(Buffer.byteLength(value));
        expect(codePoints(value)).toBe([...value].length);
        expect(isLonger(value, most)).toBe([...value].length > most);
      }),
    );
    expect(utf8Length('\ud800')).toBe(3);
    expect(utf8Length(`${'x'.repeat(63)}😀${'x'.repeat(63)}\ud83d`)).toBe(63 + 4 + 63 + 3);
  });

  it('becomes UTF-8, lone surrogates replaced', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: fc.constantFrom('\ud800', '\udfff', 'é', '電', '😀', 'x') })), (value) => {
        expect(Buffer.from(utf8Bytes(value))).toEqual(Buffer.from(value));
      }),
    );
  });

  it('is cut between code points', () => {
    fc.assert(
      fc.property(text, fc.nat(300), (value, most) => {
        expect(cut(value, most)).toBe([...value].slice(0, most).join(''));
        const short = cutBytes(value, most);
        expect(value.startsWith(short)).toBe(true);
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(most);
        const next = [...value].slice(0, [...short].length + 1).join('');
        if (short !== value) expect(Buffer.byteLength(next)).toBeGreaterThan(most);
      }),
    );
  });

  it('compares as CiString', () => {
    expect(equalsIgnoringCase('AbC1', 'aBc1')).toBe(true);
    expect(equalsIgnoringCase('ÄÖ', 'äö')).toBe(true);
    expect(equalsIgnoringCase('abc', 'abcd')).toBe(false);
    expect(equalsIgnoringCase('abc', 'abd')).toBe(false);
    expect(equalsIgnoringCase('', '')).toBe(true);
  });
});
