/** Times on the wire: ISO 8601 text to Unix milliseconds and back. */

/**
 * Unix time in milliseconds, or undefined when the text is no time. The zone may be absent (= UTC), `Z` or an offset (`+02:00`, `+0200`, `+02`);
 * the seconds may be left out (1.6 3.13.7 shows it); a fraction of them, behind a point or a comma, may have any number of digits, and those
 * behind the milliseconds are dropped (E 3.10). A leap second is read as the second after it.
 */
export function parseTime(text: string): number | undefined {
  const separator = text.charAt(10);
  if (separator !== 'T' && separator !== 't') return undefined;
  return text.charAt(16) === ':'
    ? timeOf(text)
    : isFraction(text.charAt(16))
      ? undefined
      : timeOf(`${text.slice(0, 16)}:00${text.slice(16)}`);
}

/** As `parseTime`, with seconds. */
function timeOf(text: string): number | undefined {
  const leap = text.slice(17, 19) === '60' ? 1000 : 0;
  const time = leap ? secondsOf(text.slice(0, 17) + '59') : secondsOf(text.slice(0, 19));
  if (Number.isNaN(time)) return undefined;
  const end = fractionEnd(text);
  const offset = offsetOf(text.slice(end));
  if (offset === undefined) return undefined;
  const whole = time + leap - offset * 60_000;
  // A leap second is the last one of a day in UTC.
  if (leap && whole % 86_400_000 !== 0) return undefined;
  return end === 19 ? whole : whole + Math.round(Number(`0.${text.slice(20, Math.min(end, 23))}`) * 1000);
}

function isFraction(mark: string): boolean {
  return mark === '.' || mark === ',';
}

/** Milliseconds of a time without zone and fraction. Only what the engine writes back in the same way is in the calendar. */
function secondsOf(text: string): number {
  const stamp = `${text.slice(0, 10)}T${text.slice(11)}`;
  const time = Date.parse(`${stamp}Z`);
  return Number.isNaN(time) || new Date(time).toISOString() !== `${stamp}.000Z` ? Number.NaN : time;
}

/** The digit at an index, or -1. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -1;
}

/** Index behind the fraction of seconds; 19 when there is none. A point or comma without digit is left to be refused as a zone. */
function fractionEnd(text: string): number {
  if (!isFraction(text.charAt(19))) return 19;
  let end = 20;
  while (digit(text, end) >= 0) end += 1;
  return end > 20 ? end : 19;
}

/** Minutes east of UTC, or undefined when the text is no zone. */
function offsetOf(zone: string): number | undefined {
  if (zone === '' || zone === 'Z' || zone === 'z') return 0;
  const sign = zone.charAt(0);
  const compact = zone.charAt(3) === ':' ? zone.slice(1, 3) + zone.slice(4) : zone.slice(1);
  const isZone = (sign === '+' || sign === '-') && (compact.length === 4 || (compact.length === 2 && zone.length === 3));
  for (let at = 0; at < compact.length; at += 1) if (!isZone || digit(compact, at) < 0) return undefined;
  const hours = Number(compact.slice(0, 2));
  const minutes = Number(compact.slice(2));
  if (!isZone || hours > 23 || minutes > 59) return undefined;
  return sign === '+' ? hours * 60 + minutes : -hours * 60 - minutes;
}

/** ISO 8601 in UTC with `Z`, always with milliseconds. Throws a `RangeError` when the number is no time. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
