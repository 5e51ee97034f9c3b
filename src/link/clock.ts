/** The wall clock as a fact learnt from the central system, and the stamps that date what must be told later. */

import type { Host } from '../host.ts';

/** Steps below this are the network's and the central system's rounding, not a clock that was set. */
const tolerance = 2000;

export class Clock {
  private readonly host: Host;
  /** Unix milliseconds minus `host.now()`; undefined until the central system told the time in this boot. */
  private offset: number | undefined;
  /** No stamp is ever older than this: the newest one that was given out, in any boot. */
  floor = 0;

  constructor(host: Host) {
    this.host = host;
  }

  get known(): boolean {
    return this.offset !== undefined;
  }

  /** Takes over the central system's time. The step in milliseconds, or undefined when nothing changed. */
  learn(unix: number): number | undefined {
    const offset = unix - this.host.now();
    const before = this.offset ?? (this.host.wallClockHint() ?? 0) - this.host.now();
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
    const now = this.host.now();
    return this.unixAt(time) ?? Math.max(this.floor + time, (this.host.wallClockHint() ?? 0) + time - now);
  }

  /** As `unixAt`, else the platform's guess; undefined when it has none. */
  estimateAt(time: number): number | undefined {
    const hint = this.host.wallClockHint();
    return this.unixAt(time) ?? (hint === undefined ? undefined : hint + time - this.host.now());
  }

  /**
   * The stamp of a fact: Unix milliseconds (or whole seconds, see `stampText`) in base 36, or `~` and milliseconds of this boot while the time is unknown.
   * Stamps never go backwards, whatever the clock does (protocol.md section 4).
   */
  stamp(time: number): string {
    if (this.offset === undefined) return '~' + Math.max(0, Math.floor(time)).toString(36);
    return this.stampOfUnix(Math.floor(time + this.offset));
  }

  /** As `stamp`, to the whole second: shorter, for what comes in numbers. */
  coarseStamp(time: number): string {
    if (this.offset === undefined) return this.stamp(time);
    return this.stampOfUnix(Math.floor((time + this.offset) / 1000) * 1000);
  }

  private stampOfUnix(unix: number): string {
    this.floor = Math.max(this.floor, unix);
    return stampText(this.floor);
  }
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
