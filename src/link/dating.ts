/**
 * Dates of what happened while nobody knew the time (protocol.md section 4): records whose stamp counts from the boot they belong to.
 *
 * The journal tells when a boot began. `b`, date that the boot is not before: a boot that writes such records begins. `c`, Unix milliseconds
 * of the beginning of its boot: the time was learnt. `a`, the same in a boot that had no such records itself, for those before it.
 * All that is needed stands behind the records, so a date that was sent once is found again after a power cut.
 */

import type { Host } from '../host.ts';
import { type Clock, dateOfStamp, floorOfStamp, momentOfStamp, notTooEarly, stampText, undatedStamp } from './clock.ts';

/** Stores what the dates need among the other records. Throws when there is no room. */
export interface DateStore {
  store(record: string): void;
}

/** When the boot began that some stamps without date count from. */
class Beginning {
  /** Valid for the stamps from record `from` to below `to`. */
  readonly from: number;
  to: number;
  /** Unix milliseconds, or, while that depends on this boot's beginning, milliseconds since that. */
  origin = 0;
  isRelative = false;
  /** The last moment of that boot that its records know of: a stamp kept elsewhere may say more, but it ended before the next one began. */
  longest = Number.POSITIVE_INFINITY;

  constructor(from: number, to: number) {
    this.from = from;
    this.to = to;
  }

  /** A boot is over at this record; the first one that is over is that of the record that is dated. */
  endAt(number: number, lasted: number): void {
    if (this.longest !== Number.POSITIVE_INFINITY) return;
    this.longest = lasted;
    this.to = Math.min(this.to, number);
  }
}

export class Dating {
  private readonly host: Host;
  private readonly clock: Clock;
  private readonly records: DateStore;
  /** The first record of this boot. */
  private readonly present: number;
  /** This boot has written `b`, and records of this boot, or of the ones before it, have no date yet. Absent until so. */
  private isMarked?: boolean;
  private isUndated?: boolean;
  private isOlderUndated?: boolean;
  /** What was found last; only where something had no date. */
  private found?: Beginning;

  constructor(host: Host, clock: Clock, records: DateStore) {
    this.host = host;
    this.clock = clock;
    this.records = records;
    this.present = host.journal.next;
    if (this.endsUndated()) this.isOlderUndated = true;
    clock.before = this.newestDate();
  }

  /** A record with a stamp is about to be stored: writes the mark of the boot if one is due. */
  prepare(): void {
    if (this.clock.known) return;
    if (!this.isMarked) this.records.store('b' + this.clock.before.toString(36));
    this.isMarked = true;
    this.isUndated = true;
  }

  /** What has no date yet gets one for good: by the time that was learnt, else by what it is not before. False: there was nothing to date. */
  settle(): boolean {
    if (!this.isUndated && !this.isOlderUndated) return false;
    try {
      this.records.store((this.isUndated ? 'c' : 'a') + Math.floor(this.clock.lowerBoundAt(0)).toString(36));
      delete this.isUndated;
      delete this.isOlderUndated;
    } catch {
      this.host.log('error', 'The journal is full: dates may differ after a power cut.');
    }
    delete this.found;
    return true;
  }

  /** Whether nothing in the journal says yet when this was. */
  isOpen(number: number, stamp: string): boolean {
    if (stamp[0] !== '~') return false;
    return this.find(number).isRelative;
  }

  /** The date of a record, in Unix milliseconds: the same whenever it is asked for. */
  dateOf(number: number, stamp: string): number {
    if (stamp[0] !== '~') return notTooEarly(dateOfStamp(stamp));
    const { isRelative, origin, longest } = this.find(number);
    const beginning = isRelative ? this.clock.lowerBoundAt(0) + origin : origin;
    return notTooEarly(Math.max(floorOfStamp(stamp), Math.floor(beginning + Math.min(longest, momentOfStamp(stamp)))));
  }

  /** A stamp for a record of this boot that means the moment of an older record. */
  stampAgain(number: number, stamp: string): string {
    if (!this.isOpen(number, stamp) || this.clock.known) return stampText(this.dateOf(number, stamp));
    const { origin, longest } = this.find(number);
    return undatedStamp(origin + Math.min(longest, momentOfStamp(stamp)), floorOfStamp(stamp));
  }

  private find(number: number): Beginning {
    const { found } = this;
    if (found !== undefined && number >= found.from && number < found.to) return found;
    this.found = this.search(number);
    return this.found;
  }

  /**
   * Looks ahead for the moment when the boot of this record began. If that boot never learnt the time, it ended when the next one began at the
   * latest; and how long it lasted its own stamps say.
   */
  private search(number: number): Beginning {
    const { journal } = this.host;
    const { next } = journal;
    const found = new Beginning(number, next);
    let lasted = 0;
    let elapsed = 0;
    for (let at = number; at < next; at++) {
      const record = recordAt(journal, at) ?? '';
      if ((at === this.present || record[0] === 'b') && at > number) {
        found.endAt(at, lasted);
        elapsed += lasted;
        lasted = 0;
      }
      const known = beginningIn(record, lasted);
      if (known !== undefined) {
        if (record[0] !== 'c') found.endAt(at, lasted);
        found.to = Math.min(found.to, at);
        found.origin = known - elapsed;
        return found;
      }
      if (isUndated(record)) lasted = Math.max(lasted, momentOfStamp(stampOf(record)));
    }
    found.isRelative = true;
    if (number >= this.present) return found;
    if (next === this.present) {
      found.endAt(next, lasted);
      elapsed += lasted;
    }
    found.origin = -elapsed;
    return found;
  }

  /** Whether the newest record that says anything about time has no date. */
  private endsUndated(): boolean {
    for (let number = this.host.journal.next - 1; number > 0; number--) {
      const record = recordAt(this.host.journal, number);
      if (record === undefined) return false;
      if (isUndated(record)) return true;
      if (record[0] !== 'b' && !isEnd(record)) return false;
    }
    return false;
  }

  /**
   * Unix milliseconds of the newest date in the journal, told or not; 0 when there is none. The end of a transaction may be older than what
   * stands before it.
   */
  private newestDate(): number {
    let lasted = 0;
    let newest = 0;
    for (let number = this.host.journal.next - 1; number > 0; number--) {
      const record = recordAt(this.host.journal, number);
      if (record === undefined) return newest;
      if (isUndated(record)) lasted = Math.max(lasted, momentOfStamp(stampOf(record)));
      else if (isMark(record))
        return Math.max(newest, (Number.parseInt(record.slice(1), 36) || 0) + Math.max(lasted, this.momentBefore(number, record)));
      else if (stampOf(record) !== '') newest = Math.max(newest, dateOfStamp(stampOf(record)));
      if (newest > 0 && !isEnd(record)) return newest;
    }
    return newest;
  }

  /** The moment of the record that a `c` follows, which it has dated. */
  private momentBefore(number: number, record: string): number {
    const previous = record[0] === 'c' ? (recordAt(this.host.journal, number - 1) ?? '') : '';
    return isUndated(previous) ? momentOfStamp(stampOf(previous)) : 0;
  }
}

/** Unix milliseconds of the beginning of the boot that has lasted so long when it comes to this record; undefined: it does not say. */
function beginningIn(record: string, lasted: number): number | undefined {
  if (record[0] === 'c') return Number.parseInt(record.slice(1), 36);
  if (record[0] === 'a') return Number.parseInt(record.slice(1), 36) - lasted;
  if (isEnd(record)) return undefined;
  const stamp = stampOf(record);
  return stamp === '' || stamp[0] === '~' || record[0] === 'b' ? undefined : dateOfStamp(stamp) - lasted;
}

function isMark(record: string): boolean {
  return record[0] === 'a' || record[0] === 'b' || record[0] === 'c';
}

/** An end may be of the past: a power cut ended its transaction, or it found no room at once. It says nothing about its boot. */
function isEnd(record: string): boolean {
  return record[0] === 'e' || record[0] === 'E';
}

function isUndated(record: string): boolean {
  return !isMark(record) && stampOf(record)[0] === '~';
}

/** A record without its mark of how far was told, or undefined when it is damaged or gone. */
export function recordAt(journal: Host['journal'], number: number): string | undefined {
  const record = journal.read(number);
  return record?.[0] === '@' ? record.slice(record.indexOf(';') + 1) : record;
}

/** Every record but `a`, `b` and `c` has its stamp between its first two commas. */
export function stampOf(record: string): string {
  const comma = record.indexOf(',');
  return comma < 0 ? '' : record.slice(comma + 1, record.indexOf(',', comma + 1));
}
