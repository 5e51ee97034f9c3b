/** Time on the desktop: real, or virtual time that stands still but for `advance`. Everything that waits in the Node host waits here. */

import { untilPowerCut } from '../write-gate.ts';

/** What `Clock.at` was asked for; `cancel` forgets it. */
export interface Timer {
  cancel(): void;
}

interface Waiting extends Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Seconds of the longest `advance`, a leap year: a larger number is a mistake, and would take days. */
export const mostSeconds = 366 * 86_400;
const longestAdvance = mostSeconds * 1000;
const endOfTime = Date.UTC(10_000, 0, 1);
/** Virtual milliseconds between two looks at the meters while nothing else happens. */
const longestStep = 10_000;
/** A deadline that is set anew without time going on, this many times, would hang the program. */
const mostAtOnce = 10_000;

export class Clock {
  readonly isVirtual: boolean;
  /** Called after each step of virtual time, before what is due: meters follow the time. */
  onStep: (() => void) | undefined;
  private readonly start = performance.now();
  private virtualNow = 0;
  /** Unix milliseconds minus `now()`. */
  private offset: number;
  private waiting: Waiting[] = [];
  private alarm: NodeJS.Timeout | undefined;

  constructor(isVirtual = false) {
    this.isVirtual = isVirtual;
    this.offset = Date.now();
  }

  /** Milliseconds since the program started; monotonic. */
  now(): number {
    return this.isVirtual ? this.virtualNow : performance.now() - this.start;
  }

  /** The true time, Unix milliseconds. */
  unix(): number {
    return this.isVirtual ? this.offset + this.virtualNow : Date.now();
  }

  /** The true time as ISO 8601. */
  iso(): string {
    return new Date(this.unix()).toISOString();
  }

  /** Virtual time only: moves the true time. Throws a RangeError outside the years 1970 to 9999. */
  set(unix: number): void {
    if (!(unix >= 0 && unix < endOfTime)) throw new RangeError('the true time is one of the years 1970 to 9999');
    this.offset = unix - this.virtualNow;
  }

  /** Runs once `now()` has reached `time`, never from inside this call. */
  at(time: number, run: () => void): Timer {
    const timer: Waiting = { at: time, run, cancel: () => this.forget(timer) };
    // Behind those of the same moment.
    let index = this.waiting.length;
    while (index > 0 && (this.waiting[index - 1] as Waiting).at > time) index--;
    this.waiting.splice(index, 0, timer);
    this.arm();
    return timer;
  }

  after(milliseconds: number, run: () => void): Timer {
    return this.at(this.now() + milliseconds, run);
  }

  /** Lets time pass: waits in real time, advances in virtual time. */
  async pass(milliseconds: number, quiet: () => Promise<void>): Promise<void> {
    if (this.isVirtual) await this.advance(milliseconds, quiet);
    else await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  /**
   * Virtual time only: stops at each deadline in order, and waits there until `quiet` says that nothing is under way. Throws a RangeError
   * for what is no duration of a year at most.
   */
  async advance(milliseconds: number, quiet: () => Promise<void>): Promise<void> {
    if (!(milliseconds >= 0 && milliseconds <= longestAdvance))
      throw new RangeError('time advances by a year at most, and never goes back');
    const end = this.virtualNow + milliseconds;
    let atOnce = 0;
    await quiet();
    for (;;) {
      const next = this.waiting[0]?.at ?? Number.POSITIVE_INFINITY;
      if (next > end) break;
      atOnce = next > this.virtualNow ? 0 : atOnce + 1;
      if (atOnce > mostAtOnce) throw new Error('a deadline is set again and again for the same moment');
      this.stepTo(next);
      this.runDue();
      await quiet();
    }
    this.stepTo(end);
    await quiet();
  }

  private stepTo(time: number): void {
    while (this.virtualNow < time) {
      this.virtualNow = Math.min(time, this.virtualNow + longestStep);
      if (this.onStep) untilPowerCut(this.onStep);
    }
  }

  private runDue(): void {
    const now = this.now();
    // What these set for this very moment waits for the next turn.
    let due = this.waiting.filter(({ at }) => at <= now).length;
    while (due-- > 0 && (this.waiting[0]?.at ?? Number.POSITIVE_INFINITY) <= now) untilPowerCut((this.waiting.shift() as Waiting).run);
    this.arm();
  }

  private forget(timer: Waiting): void {
    const index = this.waiting.indexOf(timer);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /** Virtual time moves only by `advance`, but what is due already happens at once. */
  private arm(): void {
    clearTimeout(this.alarm);
    const first = this.waiting[0];
    if (first === undefined || (this.isVirtual && first.at > this.virtualNow)) return;
    this.alarm = setTimeout(() => this.runDue(), Math.min(2 ** 31 - 1, Math.max(0, Math.ceil(first.at - this.now()))));
  }
}
