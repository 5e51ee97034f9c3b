/** Times on the wire: ISO 8601 text to Unix milliseconds and back. */

/** The calendar repeats after 400 years; `Date.UTC` reads years below 100 as 19xx, so it is asked for a year 400 later. */
const fourCenturies = 146_097 * 86_400_000;

/**
 * Unix time in milliseconds, or undefined when the text is no time. The zone may be absent (= UTC), `Z` or an offset (`+02:00`, `+0200`, `+02`);
 * a fraction may have any number of digits, those behind the milliseconds are dropped (E 3.10). A leap second is read as the second after it.
 */
export function parseTime(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = text.charAt(4) === '-' ? digits(text, 5, 2) : -1;
  const day = text.charAt(7) === '-' ? digits(text, 8, 2) : -1;
  const separator = text.charAt(10);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || (separator !== 'T' && separator !== 't'))
    return undefined;
  const hours = digits(text, 11, 2);
  const minutes = text.charAt(13) === ':' ? digits(text, 14, 2) : -1;
  const seconds = text.charAt(16) === ':' ? digits(text, 17, 2) : -1;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60) return undefined;
  const end = fractionEnd(text);
  const offset = offsetOf(text.slice(end));
  if (offset === undefined) return undefined;
  const time = Date.UTC(year + 400, month - 1, day, hours, minutes, seconds) - fourCenturies - offset * 60_000;
  // A leap second is the last one of a day in UTC; Date.UTC has carried it into the next day.
  if (seconds === 60 && time % 86_400_000 !== 0) return undefined;
  return time + (end > 19 ? Math.floor(Number(`0${text.slice(19, Math.min(end, 23))}`) * 1000 + 0.5) : 0);
}

/** The number that `count` decimal digits at `at` make, or -1. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Index behind the fraction of seconds; 19 when there is none. A point without digit is left to be refused as a zone. */
function fractionEnd(text: string): number {
  if (text.charAt(19) !== '.') return 19;
  let end = 20;
  while (digits(text, end, 1) >= 0) end += 1;
  return end > 20 ? end : 19;
}

/** Minutes east of UTC, or undefined when the text is no zone. */
function offsetOf(zone: string): number | undefined {
  if (zone === '' || zone === 'Z' || zone === 'z') return 0;
  const sign = zone.charAt(0);
  if (sign !== '+' && sign !== '-') return undefined;
  const colon = zone.charAt(3) === ':' ? 1 : 0;
  const hours = digits(zone, 1, 2);
  const minutes = zone.length === 3 ? 0 : digits(zone, 3 + colon, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || (zone.length !== 3 && zone.length !== 5 + colon)) return undefined;
  return (sign === '+' ? 1 : -1) * (hours * 60 + minutes);
}

/** ISO 8601 in UTC with `Z`, always with milliseconds. Throws a `RangeError` when the number is no time. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
