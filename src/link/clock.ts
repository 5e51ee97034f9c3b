/** What time is it? The wall clock as a fact learnt from the central system; nobody else does arithmetic between it and `host.now()`. */

import type { Host } from '../host.ts';

/** Steps below this are the network's and the central system's rounding, not a clock that was set. */
const tolerance = 2000;
/** Unix milliseconds of 2025 and of 2100: no clock that is right says anything else. */
const earliest = 1_735_689_600_000;
const latest = 4_102_444_800_000;

/** Something whose dates never go backwards, whatever the clock does: a transaction (protocol.md section 4). */
export interface Dated {
  /** Unix milliseconds of the newest date that it was given; 0: none yet. */
  floor: number;
  /** The newest moment of this boot that it was stamped with; -Infinity: none yet. */
  latest: number;
}

export class Clock {
  private readonly host: Host;
  /** Unix milliseconds minus `host.now()`; undefined until the central system told the time in this boot. */
  private offset: number | undefined;
  /** Unix milliseconds of the newest date that the boots before have stored; 0: none. */
  before = 0;

  constructor(host: Host) {
    this.host = host;
  }

  get known(): boolean {
    return this.offset !== undefined;
  }

  /** Not before the firmware was built, nor after 2099 (protocol.md section 3). */
  isCredible(unix: number): boolean {
    return unix >= Math.max(earliest, this.host.buildDate ?? 0) && unix < latest;
  }

  /** The platform's guess. A clock chip whose battery is empty says anything: it is believed as a central system is. */
  private get hint(): number | undefined {
    const hint = this.host.wallClockHint();
    return hint !== undefined && this.isCredible(hint) ? hint : undefined;
  }

  /** Takes over the central system's time, which is credible. The step in milliseconds, or undefined when nothing changed. */
  learn(unix: number): number | undefined {
    const offset = unix - this.host.now();
    const before = this.offset ?? (this.hint ?? 0) - this.host.now();
    if (this.offset !== undefined && Math.abs(offset - before) < tolerance) return undefined;
    this.offset = offset;
    return offset - before;
  }

  /** Unix milliseconds of a moment of this boot; undefined until the central system told the time: what may be sent. */
  unixAt(time: number): number | undefined {
    return this.offset === undefined ? undefined : time + this.offset;
  }

  /** Unix milliseconds that a moment of this boot is not before: true time, else the last known time and what has passed since the boot. */
  lowerBoundAt(time: number): number {
    return this.unixAt(time) ?? Math.max(earliest, this.before, (this.hint ?? 0) - this.host.now()) + time;
  }

  /** As `unixAt`, else the platform's guess; undefined when it has none. */
  estimateAt(time: number): number | undefined {
    const { hint } = this;
    return this.unixAt(time) ?? (hint === undefined ? undefined : hint + time - this.host.now());
  }

  /**
   * The stamp of a fact: Unix milliseconds (or whole seconds, see `stampText`) in base 36, or `~` and milliseconds of this boot while the time
   * is unknown (then with another `~` and the date that it may not fall below, if there is one). `dated` keeps the newest of its dates.
   */
  stamp(time: number, dated?: Dated): string {
    return this.stampOf(time, 1, dated);
  }

  /** As `stamp`, to the whole second: shorter, for what comes in numbers. */
  coarseStamp(time: number, dated?: Dated): string {
    return this.stampOf(time, 1000, dated);
  }

  private stampOf(time: number, unit: number, dated: Dated | undefined): string {
    const moment = Math.max(time, dated?.latest ?? time);
    const floor = dated?.floor ?? 0;
    if (dated) dated.latest = moment;
    if (this.offset === undefined) return undatedStamp(moment, floor);
    const date = Math.max(floor, Math.floor((moment + this.offset) / unit) * unit);
    if (dated) dated.floor = date;
    return stampText(date);
  }
}

/** The stamp of what happened so many milliseconds after this boot (before it: negative), while nobody knows when that was. */
export function undatedStamp(moment: number, floor: number): string {
  return '~' + Math.floor(moment).toString(36) + (floor > 0 ? '~' + stampText(floor) : '');
}

/** Whole seconds take six characters until 2038 and seven for millennia, milliseconds eight or more, with zeros in front if need be. */
export function stampText(unix: number): string {
  return unix % 1000 === 0 ? (unix / 1000).toString(36) : unix.toString(36).padStart(8, '0');
}

/** Unix milliseconds of a stamp that is a date. */
export function dateOfStamp(stamp: string): number {
  const value = Number.parseInt(stamp, 36);
  return stamp.length < 8 ? value * 1000 : value;
}

/** Milliseconds of its boot, of a stamp that is no date. */
export function momentOfStamp(stamp: string): number {
  return Number.parseInt(stamp.slice(1), 36);
}

/** Unix milliseconds that a stamp without date may not fall below; 0: none. */
export function floorOfStamp(stamp: string): number {
  const at = stamp.indexOf('~', 1);
  return at < 0 ? 0 : dateOfStamp(stamp.slice(at + 1));
}

/** 1970 never leaves the station (protocol.md section 4). */
export function notTooEarly(unix: number): number {
  return Math.max(earliest, unix);
}
