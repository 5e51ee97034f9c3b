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

  /** Unix milliseconds of a moment of this boot: true time, or the platform's guess, or undefined. */
  unix(time: number): number | undefined {
    if (this.offset !== undefined) return time + this.offset;
    const hint = this.host.wallClockHint();
    return hint === undefined ? undefined : hint + time - this.host.now();
  }

  /** As `unix`, but only when the central system told the time: what may be sent. */
  trueUnix(time: number): number | undefined {
    return this.offset === undefined ? undefined : time + this.offset;
  }

  /**
   * The stamp of a fact: Unix milliseconds in base 36, or `~` and milliseconds of this boot while the time is unknown.
   * Stamps never go backwards, whatever the clock does (protocol.md section 4).
   */
  stamp(time: number): string {
    if (this.offset === undefined) return '~' + Math.max(0, Math.floor(time)).toString(36);
    this.floor = Math.max(this.floor, Math.floor(time + this.offset));
    return this.floor.toString(36);
  }
}
