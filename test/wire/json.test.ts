import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isShallow, memberValue, parse, parseText, skipSpace, stringEnd, valueEnd } from '../../src/wire/json.ts';

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const space = fc.constantFrom('', ' ', '\t', '\n  ');
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('walking JSON text', () => {
  it('finds the end of any value', () => {
    fc.assert(
      fc.property(json, space, fc.constantFrom('', ',1', ']', ' }', '\n'), (value, indent, rest) => {
        const text = JSON.stringify(value, null, indent);
        expect(valueEnd(text + rest, 0)).toBe(text.length);
      }),
    );
  });

  it('finds strings that are longer than a window, or end at its border', () => {
    for (let length = 100; length < 150; length += 1) {
      for (const unit of ['x', '\\"', '\\\\', '{', '😀']) {
        const text = `{"a":"${unit.repeat(length)}","b":[1]}`;
        expect(valueEnd(text, 0)).toBe(text.length);
        expect(valueEnd(text.slice(0, -1), 0)).toBe(-1);
        expect(valueEnd(text.slice(0, length), 0)).toBe(-1);
      }
    }
  });

  it('finds the last member of a name', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', '"', 'ab'), json), { maxLength: 5 }), space, (members, gap) => {
        const text = `{${members.map(([name, value]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${JSON.stringify(value)}${gap}`).join(',')}}`;
        const at = memberValue(text, 0, 'a');
        const last = members.filter((member) => member[0] === 'a').pop();
        expect(at < 0 ? undefined : JSON.parse(text.slice(at, valueEnd(text, at)))).toEqual(last && JSON.parse(JSON.stringify(last[1])));
      }),
    );
  });

  it('never runs on over damaged text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', ' ', '1') }), (text) => {
        expect(valueEnd(text, 0)).toBeLessThanOrEqual(text.length);
        expect(memberValue(text, 0, 'a')).toBeLessThanOrEqual(text.length);
        expect(skipSpace(text, 0)).toBeLessThanOrEqual(text.length);
        expect(stringEnd(text, 0)).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parse', () => {
  it('refuses what is too deep or holds too many values', () => {
    expect(isShallow(nested(8))).toBe(true);
    expect(isShallow(nested(9))).toBe(false);
    expect(isShallow(`["${nested(9)}"]`)).toBe(true);
    expect(isShallow(`[${'[],'.repeat(50)}[]]`)).toBe(true);
    expect(isShallow('['.repeat(9))).toBe(false);
    expect(parseText(nested(1000), [])).toBeUndefined();
    expect(parseText('{"a":[1,{"b":"]"}]}', ['a', 'b'])).toEqual({ a: [1, { b: ']' }] });
    expect(parseText('{"a":', ['a'])).toBeUndefined();
    expect(parse(`[${'0,'.repeat(126)}0]`, [])).toHaveLength(127);
    expect(parse(`[${'0,'.repeat(200)}0]`, [])).toBeUndefined();
    expect(parse(`[${'{},'.repeat(100)}{}]`, [])).toBeUndefined();
    expect(parse(`["${','.repeat(500)}","${'{'.repeat(500)}"]`, [])).toHaveLength(2);
  });
});
