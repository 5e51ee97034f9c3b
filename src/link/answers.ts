/** Answers the firmware has promised: each is waited for until its deadline, and handed on exactly once. */

import type { Host } from '../host.ts';
import { Deadline, type Deadlines } from './deadlines.ts';

/** Everything that comes in late enters the station through this. */
export interface Gate {
  enter(): void;
  leave(): void;
}

interface Waiting {
  readonly at: number;
  settle(late: boolean): void;
}

export class PromisedAnswers {
  private readonly host: Host;
  private readonly deadlines: Deadlines;
  private readonly gate: Gate;
  private readonly seconds: number;
  private waiting: Waiting[] | undefined;

  constructor(host: Host, deadlines: Deadlines, gate: Gate, seconds: number) {
    this.host = host;
    this.deadlines = deadlines;
    this.gate = gate;
    this.seconds = seconds;
  }

  /** Hands on what `answer` gives, at once if it is a value. A throw, a rejection and a late promise give the refusing answer. */
  when<T>(answer: () => T | Promise<T>, refusing: T, then: (value: T) => void): void {
    let value: T | Promise<T>;
    try {
      value = answer();
    } catch (error) {
      this.host.log('error', `A callback failed: ${error}`);
      value = refusing;
    }
    if (isPromise(value)) this.wait(value, refusing, then);
    else then(value);
  }

  private wait<T>(promise: Promise<T>, refusing: T, then: (value: T) => void): void {
    let result = refusing;
    const waiting: Waiting = {
      at: this.host.now() + this.seconds * 1000,
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
      this.gate.enter();
      try {
        waiting.settle(false);
        this.arm();
      } finally {
        this.gate.leave();
      }
    };
    promise.then(
      (value) => {
        result = value;
        finish();
      },
      (error) => {
        this.host.log('error', `A callback failed: ${error}`);
        finish();
      },
    );
  }

  onDeadline(): void {
    const now = this.host.now();
    for (const waiting of [...(this.waiting ?? [])]) if (waiting.at <= now) waiting.settle(true);
    this.arm();
  }

  private arm(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const waiting of this.waiting ?? []) earliest = Math.min(earliest, waiting.at);
    if (this.waiting?.length === 0) this.waiting = undefined;
    this.deadlines.set(Deadline.Callback, earliest);
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
