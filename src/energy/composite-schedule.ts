/** What stacked charging profiles add up to over time. Pure: knows neither stores nor clocks, walks from boundary to boundary (OCPP 1.6 3.13). */

import type { ChargingRateUnit } from '../wire/types.ts';
import { allot, type Sharing } from './allotment.ts';

/**
 * One profile, walked forwards in time. Times are whole seconds of Unix time, limits are tenths of `unit`: exact decimals.
 * Whoever extends it knows its periods: `rewind` goes to before the first one and sets `following` to 0; `advance` goes to the next one and
 * sets `limit`, `numberPhases` and `following` (seconds from the first period to the one behind; Infinity: there is none).
 */
export abstract class ProfileCursor {
  stackLevel = 0;
  unit: ChargingRateUnit = 'A';
  /** Tenths of `unit`; undefined: not given. */
  minChargingRate: number | undefined;
  /** When the first period begins, for a recurring profile the first time. */
  start = 0;
  /** Seconds between recurrences, counted from `start` (errata 3.79); 0: it does not recur. */
  recurrence = 0;
  duration = Number.POSITIVE_INFINITY;
  validFrom = Number.NEGATIVE_INFINITY;
  validTo = Number.POSITIVE_INFINITY;

  /** Whether it gives a limit at the moment of the last `seek`; if so, `limit` and `numberPhases` are that limit. */
  applies = false;
  limit = 0;
  numberPhases = 3;
  /** Until when the answer of the last `seek` holds. */
  until = Number.NEGATIVE_INFINITY;
  following = 0;
  private occurrence = Number.NaN;

  protected abstract rewind(): void;
  protected abstract advance(): void;

  /** Back to before all time. */
  reset(): void {
    this.until = Number.NEGATIVE_INFINITY;
    this.occurrence = Number.NaN;
  }

  /** Whether it gives a limit at every moment from this one on. */
  holdsFrom(time: number): boolean {
    if (this.start > time || this.validFrom > time || this.validTo < Number.POSITIVE_INFINITY) return false;
    return this.duration >= (this.recurrence > 0 ? this.recurrence : Number.POSITIVE_INFINITY);
  }

  /** Goes to the first period that may hold at this moment or later, whatever hides it; false when there is none. `reset` ends the survey. */
  surveyFrom(time: number): boolean {
    this.reset();
    this.until = time;
    this.following = 0;
    if (time >= this.validTo) return false;
    this.rewind();
    return this.surveyNext();
  }

  /** As `surveyFrom`, the next one. Recurring periods come again, so that all of them count. */
  surveyNext(): boolean {
    const { start, recurrence, until: time } = this;
    const end = Math.min(this.duration, recurrence > 0 ? recurrence : this.validTo - start);
    while (this.following < end) {
      this.advance();
      if (recurrence > 0 || start + Math.min(this.following, this.duration) > Math.max(time, this.validFrom)) return true;
    }
    return false;
  }

  /** Goes to a moment, never back but for `reset`. How many periods it read on the way. */
  seek(time: number): number {
    if (time < this.until) return 0;
    this.applies = false;
    if (time < this.validFrom) this.until = this.validFrom;
    else if (time >= this.validTo) this.until = Number.POSITIVE_INFINITY;
    else if (time < this.start) this.until = this.start;
    if (time < this.until) return 0;
    // Periods behind the duration or the recurrence are not executed; then a lower stack level applies (errata 3.43).
    const { start, recurrence } = this;
    const occurrence = recurrence > 0 ? time - ((time - start) % recurrence) : start;
    const next = recurrence > 0 ? occurrence + recurrence : Number.POSITIVE_INFINITY;
    const end = Math.min(occurrence + this.duration, next);
    if (time >= end) {
      this.until = next;
      return 0;
    }
    if (occurrence !== this.occurrence) {
      this.occurrence = occurrence;
      this.rewind();
    }
    let moves = 0;
    for (; occurrence + this.following <= time; moves++) this.advance();
    this.applies = true;
    this.until = Math.min(occurrence + this.following, end, this.validTo);
    return moves;
  }
}

/** The profiles of one connector, and what holds there while none of them applies. */
export interface Stack {
  /** TxProfiles before TxDefaultProfiles, then by stackLevel: the first one that applies prevails. */
  readonly profiles: ProfileCursor[];
  /** Tenths of the schedule's unit, and phases: what holds where no limit applies. */
  readonly defaultLimit: number;
  readonly defaultPhases: number;
  /** Of the board: nobody can use more. */
  readonly phases: number;
}

/** Periods that one walk through a schedule may read; each costs two reads of flash at most. What lies beyond is cut (protocol.md section 10). */
export const mostMoves = 2000;

/**
 * The composite schedule of a connector, or of the station as a whole, period by period; neighbours that say the same are one period.
 * Whoever makes one sets the fields from `voltage` to `detailed` before the first `next`.
 */
export class CompositeSchedule {
  /** Unix seconds, `to` excluded; an empty span has one period. `to` comes nearer when the schedule is cut. */
  readonly from: number;
  to: number;
  /** There would have been too much to read: the schedule ends before it should. */
  isCut = false;
  readonly unit: ChargingRateUnit;
  /** V, SupplyVoltage. */
  voltage = 230;
  /** The ChargePointMaxProfiles; of a stack, the first profile that applies prevails. */
  readonly stationStack: ProfileCursor[] = [];
  /** Of the connector, or of every connector of the station. */
  readonly stacks: Stack[] = [];
  /** With several stacks that are not added up: which of them it is about, and how the station's limit is shared between them. */
  own = 0;
  sharing: Sharing | undefined;
  /** The station as a whole: the stacks are added up. */
  isSum = false;
  /** Periods of different stackLevel or origin are kept apart. */
  detailed = false;

  /** The period that `next` went to: Unix seconds. */
  start = Number.NaN;
  /** Where the next period begins; not before `to` behind the last one. */
  following: number;
  /** Tenths of `unit`. */
  limit = 0;
  numberPhases = 0;
  /** Of the profile whose limit it is; 0 for a sum and where no profile applies. */
  stackLevel = 0;
  /** A limit in the other unit stands behind it. */
  converted = false;
  /** Whether any profile applies. False: `limit` is the station's maximum. */
  applies = false;
  /** Tenths of `unit`; undefined when the profile that prevails gives none. Never of the station as a whole. */
  minChargingRate: number | undefined;
  /** What lies ahead, and until when that holds. */
  private until = 0;
  private aheadLimit = 0;
  private aheadPhases = 0;
  private aheadLevel = 0;
  private aheadConverted = false;
  private aheadApplies = false;
  private aheadRate: number | undefined;
  private moves = 0;
  private readonly whole: number;

  constructor(from: number, to: number, unit: ChargingRateUnit) {
    this.from = from;
    this.to = to;
    this.whole = to;
    this.unit = unit;
    this.following = from;
  }

  /** Back to before the first period. */
  rewind(): void {
    this.start = Number.NaN;
    this.following = this.from;
    this.to = this.whole;
    this.isCut = false;
    this.moves = 0;
    for (const profile of this.stationStack) profile.reset();
    for (const stack of this.stacks) for (const profile of stack.profiles) profile.reset();
  }

  /** Goes to the next period; false behind the last one. */
  next(): boolean {
    const isFirst = Number.isNaN(this.start);
    if (this.following >= this.to && !isFirst) return false;
    this.start = this.following;
    if (isFirst) this.look(this.start);
    this.limit = this.aheadLimit;
    this.numberPhases = this.aheadPhases;
    this.stackLevel = this.aheadLevel;
    this.converted = this.aheadConverted;
    this.applies = this.aheadApplies;
    this.minChargingRate = this.aheadRate;
    do {
      this.following = this.until;
      if (this.moves > mostMoves && this.following < this.to) {
        this.to = this.following;
        this.isCut = true;
      }
      if (this.following >= this.to) return true;
      this.look(this.following);
    } while (this.isSame());
    return true;
  }

  /** Whether what lies ahead is what holds now. */
  private isSame(): boolean {
    if (this.aheadLimit !== this.limit || this.aheadPhases !== this.numberPhases) return false;
    if (!this.detailed) return true;
    return this.aheadLevel === this.stackLevel && this.aheadConverted === this.converted && this.aheadApplies === this.applies;
  }

  /**
   * Finds out what holds at a moment, and until when. Cursors are moved first, each stack as far as the first profile that applies (those
   * behind it cost nothing), and in here: that reads flash, deep enough on the stack.
   */
  private look(time: number): void {
    this.until = Number.POSITIVE_INFINITY;
    for (let index = -1; index < this.stacks.length; index++) {
      const stack = index < 0 ? this.stationStack : this.stacks[index]!.profiles;
      for (let applies = false, each = 0; !applies && each < stack.length; each++) {
        const profile = stack[each]!;
        this.moves += profile.seek(time);
        if (profile.until < this.until) this.until = profile.until;
        applies = profile.applies;
      }
    }
    this.aheadLevel = 0;
    this.aheadConverted = false;
    this.aheadRate = undefined;
    const most = prevailing(this.stationStack);
    if (this.isSum) return this.sum(most);
    this.minimum(this.stacks[this.own]!, prevailing(this.stacks[this.own]!.profiles), most);
    if (this.sharing && most) this.shareOf(this.sharing, most, time);
  }

  /** No more than what the connector is allotted of what the station may take. */
  private shareOf(sharing: Sharing, most: ProfileCursor, time: number): void {
    const amperes = time === this.from ? sharing.toldTo(this.own + 1) : this.laterShare(sharing, most);
    const limit = this.unit === 'A' ? amperes : amperes * this.voltage * this.aheadPhases;
    if (limit < this.aheadLimit) this.take(most, limit);
  }

  /** As if those that charge now went on: whatever else happens changes what is told. */
  private laterShare(sharing: Sharing, most: ProfileCursor): number {
    const limit = this.amperesOf(most);
    const given = allot(
      limit,
      sharing.shares.map((share) => Math.min(share.need, this.ownAmperes(share.connector - 1))),
    );
    let room = limit;
    for (let index = 0; index < given.length; index++) {
      if (sharing.shares[index]!.connector === this.own + 1) return given[index]!;
      room -= given[index]!;
    }
    return room;
  }

  /** Tenths of A that the station may take at the moment of the last `next` of an empty span; undefined: no profile says. */
  get stationAmperes(): number | undefined {
    const most = prevailing(this.stationStack);
    return most && this.amperesOf(most);
  }

  /** As `stationAmperes`, of a connector by its own profiles and its board. */
  ownAmperes(index: number): number {
    const { profiles, defaultLimit, defaultPhases } = this.stacks[index]!;
    const own = prevailing(profiles);
    if (own) return this.amperesOf(own);
    return this.unit === 'A' ? defaultLimit : Math.floor(defaultLimit / (this.voltage * defaultPhases));
  }

  private amperesOf({ unit, limit, numberPhases }: ProfileCursor): number {
    return unit === 'A' ? limit : Math.floor(limit / (this.voltage * numberPhases));
  }

  /** A connector gets what both its own profile and that of the station allow (1.6 3.13.3). */
  private minimum(stack: Stack, own: ProfileCursor | undefined, most: ProfileCursor | undefined): void {
    const first = own ?? most;
    this.aheadApplies = first !== undefined;
    this.aheadPhases = phasesOf(stack, own, most);
    if (first === undefined) {
      this.aheadLimit = stack.defaultLimit;
      return;
    }
    this.take(first, this.inUnit(first, first.limit, this.aheadPhases));
    if (own && most) {
      const limit = this.inUnit(most, most.limit, this.aheadPhases);
      if (limit < this.aheadLimit) this.take(most, limit);
    }
    const rate = own?.minChargingRate;
    if (own && rate !== undefined) this.aheadRate = -this.inUnit(own, -rate, this.aheadPhases);
  }

  private take(profile: ProfileCursor, limit: number): void {
    this.aheadLimit = limit;
    this.aheadLevel = profile.stackLevel;
    this.aheadConverted = profile.unit !== this.unit;
  }

  /** The station may use what its connectors may use together, one without limit its default, and no more than the station's profile allows. */
  private sum(most: ProfileCursor | undefined): void {
    let total = 0;
    let fewest = 3;
    this.aheadPhases = 1;
    this.aheadApplies = most !== undefined;
    for (let index = 0; index < this.stacks.length; index++) {
      const stack = this.stacks[index]!;
      const own = prevailing(stack.profiles);
      const phases = phasesOf(stack, own, most);
      total += own ? this.inUnit(own, own.limit, phases) : stack.defaultLimit;
      fewest = Math.min(fewest, phases);
      this.aheadPhases = Math.max(this.aheadPhases, phases);
      if (own) this.aheadApplies = true;
      if (own && own.unit !== this.unit) this.aheadConverted = true;
    }
    this.aheadLimit = total;
    if (most === undefined) return;
    const limit = most.unit === this.unit ? most.limit : this.inUnit(most, most.limit, fewest);
    if (limit < total) this.take(most, limit);
  }

  /**
   * A limit of a profile in tenths of the schedule's unit, for something that uses so many phases. Rounded down to a tenth, so that it never
   * is more amperes than the profile allows: W are over the phases that their own period names (errata 3.68), whoever uses fewer gets his part.
   */
  private inUnit(profile: ProfileCursor, tenths: number, phases: number): number {
    const { unit, numberPhases } = profile;
    if (this.unit === 'A') return unit === 'A' ? tenths : Math.floor(tenths / (this.voltage * numberPhases));
    if (unit === 'A') return tenths * this.voltage * phases;
    return phases < numberPhases ? Math.floor((tenths * phases) / numberPhases) : tenths;
  }
}

/** The smallest number of phases that applies; where no limit applies, that of the default. */
function phasesOf(stack: Stack, own: ProfileCursor | undefined, most: ProfileCursor | undefined): number {
  if (own === undefined && most === undefined) return stack.defaultPhases;
  return Math.min(own?.numberPhases ?? 3, most?.numberPhases ?? 3, stack.phases);
}

/** The first profile of a stack that applies. */
function prevailing(stack: readonly ProfileCursor[]): ProfileCursor | undefined {
  for (const profile of stack) if (profile.applies) return profile;
  return undefined;
}

/** An exact decimal with at most one digit behind the point, as JSON text. */
export function decimalText(tenths: number): string {
  const rest = tenths % 10;
  return (tenths - rest) / 10 + (rest > 0 ? '.' + rest : '');
}
