/**
 * The one gate between the station and firmware: every call of a callback, a handler, a `done` or an observer passes here. Whatever firmware
 * throws, rejects with, promises too late or answers absurdly, it is logged and the station goes on (protocol.md section 1).
 */

import type { Answer, Callbacks, Observer, StationEvent } from '../callbacks.ts';
import { freeze } from '../freeze.ts';
import type { Host } from '../host.ts';
import type { Reason } from '../wire/types.ts';
import { Deadline, type Deadlines } from './deadlines.ts';

/** What comes in late enters the station through this, so that it settles afterwards. */
export interface Entrance {
  enter(): void;
  leave(): void;
}

/** An answer that was promised, until it is there or its deadline is over. */
interface Waiting {
  readonly at: number;
  settle(late: boolean): void;
}

/** Of callbacks that need not say anything when they did what was asked. */
export const doneOrNothing: readonly unknown[] = /* @__PURE__ */ freeze([true, false, undefined]);

export class Gate {
  private readonly host: Host;
  private readonly observer: Observer | undefined;
  private readonly deadlines: Deadlines;
  private readonly entrance: Entrance;
  private readonly seconds: number;
  private waiting: Waiting[] | undefined;

  /** `seconds`: how long a promised answer may take. */
  constructor(host: Host, observer: Observer | undefined, deadlines: Deadlines, entrance: Entrance, seconds: number) {
    this.host = host;
    this.observer = observer;
    this.deadlines = deadlines;
    this.entrance = entrance;
    this.seconds = seconds;
  }

  /** Calls firmware whose answer does not matter: a callback, a `done`, a handler. */
  inform(callback: () => unknown): void {
    try {
      const answer = callback();
      if (isPromise(answer)) answer.then(undefined, (error) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }

  /**
   * Asks firmware. `then` hears exactly one answer, at once or later: `refusing` when it throws, rejects, is late, or answers what is not of
   * the kind of `refusing` (or, where they are given, what is not among the `allowed`). `seconds`: how long a promise of it may take.
   */
  whenAnswered<T>(
    answer: () => Answer<T>,
    refusing: T,
    then: (value: T) => void,
    allowed?: readonly unknown[],
    seconds = this.seconds,
  ): void {
    let value: Answer<T>;
    try {
      value = answer();
    } catch (error) {
      this.failed(error);
      value = refusing;
    }
    this.hear(value, refusing, then, allowed, seconds);
  }

  // The two callbacks from inside which a wallbox may report: the way from there down to the flash is the longest, so no function stands between.

  provideToken(callbacks: Callbacks, idTag: string, connector: number): void {
    try {
      callbacks.provideToken(idTag, [connector], true);
    } catch (error) {
      this.failed(error);
    }
  }

  /** As `whenAnswered`; `false` is the refusing answer. */
  stopTransaction(callbacks: Callbacks, connector: number, reason: Reason, then: (stopped: boolean) => void): void {
    let answer: Answer<boolean> = false;
    try {
      answer = callbacks.stopTransaction(connector, reason);
    } catch (error) {
      this.failed(error);
    }
    this.hear(answer, false, then, undefined, this.seconds);
  }

  private hear<T>(value: Answer<T>, refusing: T, then: (value: T) => void, allowed: readonly unknown[] | undefined, seconds: number): void {
    if (isPromise(value)) this.wait(value as Promise<T>, refusing, (result) => this.conclude(result, refusing, then, allowed), seconds);
    else this.conclude(value as T, refusing, then, allowed);
  }

  /** Tells whoever watches; nothing depends on it. */
  report(event: StationEvent): void {
    try {
      this.observer?.observe(event);
    } catch (error) {
      this.failed(error);
    }
  }

  onDeadline(): void {
    const now = this.host.now();
    for (const waiting of [...(this.waiting ?? [])]) if (waiting.at <= now) waiting.settle(true);
    this.arm();
  }

  private wait<T>(promise: Promise<T>, refusing: T, then: (value: T) => void, seconds: number): void {
    let result = refusing;
    const waiting: Waiting = {
      at: this.host.now() + seconds * 1000,
      settle: (late) => {
        const index = this.waiting?.indexOf(waiting) ?? -1;
        if (index < 0) return;
        this.waiting?.splice(index, 1);
        if (late) this.host.log('error', 'A callback did not keep its promise in time.');
        then(result);
      },
    };
    if (this.waiting) this.waiting.push(waiting);
    else this.waiting = [waiting];
    this.arm();
    const finish = () => {
      this.entrance.enter();
      try {
        waiting.settle(false);
        this.arm();
      } finally {
        this.entrance.leave();
      }
    };
    promise.then(
      (value) => {
        result = value;
        finish();
      },
      (error) => {
        this.failed(error);
        finish();
      },
    );
  }

  /** Hands the answer on, if it is one. */
  private conclude<T>(value: T, refusing: T, then: (value: T) => void, allowed: readonly unknown[] | undefined): void {
    const isFit = allowed === undefined ? isOfKind(value, refusing) : allowed.indexOf(value) >= 0;
    if (!isFit) this.host.log('error', 'A callback answered what is no answer.');
    try {
      then(isFit ? value : refusing);
    } catch (error) {
      this.host.log('error', `An answer of the firmware could not be dealt with: ${error}`);
    }
  }

  private failed(error: unknown): void {
    this.host.log('error', `A callback failed: ${textOf(error)}`);
  }

  private arm(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const waiting of this.waiting ?? []) earliest = Math.min(earliest, waiting.at);
    if (this.waiting?.length === 0) this.waiting = undefined;
    this.deadlines.set(Deadline.Callback, earliest);
  }
}

/** Where nothing is expected, anything is fine. */
function isOfKind(value: unknown, refusing: unknown): boolean {
  return refusing === undefined || (value !== null && typeof value === typeof refusing);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Firmware may throw anything, also what cannot be made text of. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'without a word';
  }
}
