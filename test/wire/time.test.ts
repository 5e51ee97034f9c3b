import * as formats from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from '../../src/wire/time.ts';

const isTime = (formats.fullFormats['iso-date-time'] as { validate: (text: string) => boolean }).validate;
const noon = Date.UTC(2026, 0, 31, 12, 0, 0);

describe('parseTime', () => {
  it.each<[text: string, time: number | undefined]>([
    ['2026-01-31T12:00:00Z', noon],
    ['2026-01-31t12:00:00z', noon],
    ['2026-01-31T12:00:00', noon],
    ['2026-01-31T14:00:00+02:00', noon],
    ['2026-01-31T14:00:00+0200', noon],
    ['2026-01-31T14:00:00+02', noon],
    ['2026-01-31T02:15:00.000-09:45', noon],
    ['2026-02-01T11:59:00+23:59', noon],
    ['2026-01-31T12:00:00.1234567Z', noon + 123],
    ['2026-01-31T12:00:00.9999999999999999999Z', noon + 999],
    ['2026-01-31T12:00:00.5', noon + 500],
    ['2026-01-31T12:00:00.29+00:00', noon + 290],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['0050-01-01T00:00:00Z', new Date('0050-01-01T00:00:00Z').getTime()],
    ['0000-01-01T00:00:00Z', new Date('0000-01-01T00:00:00Z').getTime()],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2017-01-01T01:59:60+02:00', Date.UTC(2017, 0, 1)],
    ['2016-12-31T22:59:60Z', undefined],
    ['2026-02-29T00:00:00Z', undefined],
    ['1900-02-29T00:00:00Z', undefined],
    ['2026-04-31T00:00:00Z', undefined],
    ['2026-00-01T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-01-00T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01T00:60:00Z', undefined],
    ['2026-01-01T00:00:61Z', undefined],
    ['2026-01-01T00:00:00+24:00', undefined],
    ['2026-01-01T00:00:00+02:60', undefined],
    ['2026-01-01T00:00:00+2:00', undefined],
    ['2026-01-01T00:00:00+02:0', undefined],
    ['2026-01-01T00:00:00+02:', undefined],
    ['2026-01-01T00:00:00.Z', undefined],
    ['2026-01-31T12:00:00,5Z', noon + 500],
    ['2026-01-31T12:00:00,1234567+00:00', noon + 123],
    ['2026-01-01T00:00:00,Z', undefined],
    ['2026-01-01T00:00:00ZZ', undefined],
    ['2026-01-01T00:00:00 Z', undefined],
    ['2026-01-01 00:00:00Z', undefined],
    ['2026-01-01', undefined],
    ['2026-1-1T00:00:00Z', undefined],
    ['+002026-01-01T00:00:00Z', undefined],
    [' 2026-01-01T00:00:00Z', undefined],
    ['2013-01-01T00:00Z', Date.UTC(2013, 0, 1)],
    ['2026-01-31T12:00', noon],
    ['2026-01-31T14:00+02:00', noon],
    ['2026-01-31T14:00-02', noon + 4 * 3_600_000],
    ['2026-01-31T12:60Z', undefined],
    ['2026-01-31T12:00:', undefined],
    ['2026-01-31T12:00:Z', undefined],
    ['2026-01-31T12:00.5Z', undefined],
    ['2026-01-31T12:0Z', undefined],
    ['2026-01-31T12Z', undefined],
    ['', undefined],
    ['now', undefined],
  ])('%s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it('accepts what ajv-formats accepts', () => {
    const two = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'));
    const zone = fc.oneof(
      fc.constantFrom('', 'Z', 'z', '+', '-05', '+0530', '.'),
      fc.tuple(fc.constantFrom('+', '-'), two(25), two(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
    );
    const stamp = fc
      .tuple(
        fc.integer({ min: 1, max: 9999 }),
        two(13),
        two(32),
        two(25),
        two(61),
        two(61),
        fc.constantFrom('', '.', '.0', '.123456789'),
        zone,
      )
      .map(([year, month, day, hours, minutes, seconds, fraction, offset]) => {
        return `${String(year).padStart(4, '0')}-${month}-${day}T${hours}:${minutes}:${seconds}${fraction}${offset}`;
      });
    fc.assert(
      fc.property(stamp, (value) => {
        const time = parseTime(value);
        // ajv-formats takes an hour of 24 for a leap second where the zone's minutes happen to fit; no day has one.
        const isPossible = isTime(value) && Number(value.slice(11, 13)) < 24;
        expect(time !== undefined, value).toBe(isPossible);
      }),
      { numRuns: 5000 },
    );
  });

  it('reads back what formatTime writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2200, 0) }), (time) => {
        expect(parseTime(formatTime(time))).toBe(time);
        expect(formatTime(time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }),
    );
    expect(() => formatTime(Number.NaN)).toThrow(RangeError);
  });
});
