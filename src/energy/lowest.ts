/** What ChargePointMaxProfiles allow while nobody knows the time: the lowest limit that they could set from some moment on (protocol.md section 10). */

import { ProfileCursor } from './composite-schedule.ts';

/** Seconds for which an answer is kept: then more of what they could have said may lie behind us. */
const review = 3600;

export class LowestCursor extends ProfileCursor {
  private readonly stack: readonly ProfileCursor[];
  private readonly voltage: number;

  /** `stack`: by precedence. */
  constructor(stack: readonly ProfileCursor[], voltage: number) {
    super();
    this.stack = stack;
    this.voltage = voltage;
  }

  override seek(time: number): number {
    if (time < this.until) return 0;
    let moves = 0;
    this.applies = false;
    this.numberPhases = 3;
    this.limit = Number.POSITIVE_INFINITY;
    this.until = time + review;
    for (let index = 0; index < this.stack.length; index++) {
      const profile = this.stack[index]!;
      moves += this.survey(profile, time);
      // It hides what is below it, whatever the time is.
      if (profile.holdsFrom(time)) break;
    }
    return moves;
  }

  /** Takes the lowest of what a profile can still say, in amperes by the phases of each period. */
  private survey(profile: ProfileCursor, time: number): number {
    let moves = 0;
    for (let more = profile.surveyFrom(time); more; more = profile.surveyNext()) {
      const amps = profile.unit === 'A' ? profile.limit : Math.floor(profile.limit / (this.voltage * profile.numberPhases));
      this.limit = Math.min(this.limit, amps);
      this.numberPhases = Math.min(this.numberPhases, profile.numberPhases);
      this.stackLevel = profile.stackLevel;
      this.applies = true;
      moves++;
    }
    profile.reset();
    return moves;
  }

  protected rewind(): void {}
  protected advance(): void {}
}
