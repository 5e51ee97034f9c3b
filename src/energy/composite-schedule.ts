/** What stacked charging profiles add up to over time. Pure: knows neither stores nor clocks, walks from boundary to boundary (OCPP 1.6 3.13). */

import type { ChargingRateUnit } from '../wire/types.ts';

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

  /** Goes to a moment, never back but for `reset`. */
  seek(time: number): void {
    if (time < this.until) return;
    this.applies = false;
    if (time < this.validFrom) this.until = this.validFrom;
    else if (time >= this.validTo) this.until = Number.POSITIVE_INFINITY;
    else if (time < this.start) this.until = this.start;
    if (time < this.until) return;
    // Periods behind the duration or the recurrence are not executed; then a lower stack level applies (errata 3.43).
    const { start, recurrence } = this;
    const occurrence = recurrence > 0 ? time - ((time - start) % recurrence) : start;
    const next = recurrence > 0 ? occurrence + recurrence : Number.POSITIVE_INFINITY;
    const end = Math.min(occurrence + this.duration, next);
    if (time >= end) {
      this.until = next;
      return;
    }
    if (occurrence !== this.occurrence) {
      this.occurrence = occurrence;
      this.rewind();
    }
    while (occurrence + this.following <= time) this.advance();
    this.applies = true;
    this.until = Math.min(occurrence + this.following, end, this.validTo);
  }
}

/**
 * The composite schedule of a connector, or of the station as a whole, period by period; neighbours that say the same are one period.
 * Whoever makes one sets the fields from `voltage` to `detailed` before the first `next`.
 */
export class CompositeSchedule {
  /** Unix seconds, `to` excluded; an empty span has one period. */
  readonly from: number;
  readonly to: number;
  readonly unit: ChargingRateUnit;
  /** V, SupplyVoltage. */
  voltage = 230;
  /** Tenths of `unit`, and phases: the station's maximum, which holds where no limit applies. */
  defaultLimit = 0;
  defaultPhases = 3;
  /** The ChargePointMaxProfiles; of a stack, the first profile that applies prevails. */
  readonly stationStack: ProfileCursor[] = [];
  /** The profiles of each connector: TxProfiles before TxDefaultProfiles, then by stackLevel. */
  readonly stacks: ProfileCursor[][] = [];
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

  constructor(from: number, to: number, unit: ChargingRateUnit) {
    this.from = from;
    this.to = to;
    this.unit = unit;
    this.following = from;
  }

  /** Back to before the first period. */
  rewind(): void {
    this.start = Number.NaN;
    this.following = this.from;
    for (const profile of this.stationStack) profile.reset();
    for (const stack of this.stacks) for (const profile of stack) profile.reset();
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

  /** Finds out what holds at a moment, and until when. Cursors are moved first: that reads flash, deep enough on the stack. */
  private look(time: number): void {
    this.until = Number.POSITIVE_INFINITY;
    this.seek(this.stationStack, time);
    for (let index = 0; index < this.stacks.length; index++) this.seek(this.stacks[index]!, time);
    this.aheadLevel = 0;
    this.aheadConverted = false;
    this.aheadRate = undefined;
    if (this.isSum) this.sum(prevailing(this.stationStack));
    else this.minimum(prevailing(this.stacks[0]!), prevailing(this.stationStack));
  }

  /** Moves a stack as far as the first profile that applies. Those behind it cost nothing. */
  private seek(stack: readonly ProfileCursor[], time: number): void {
    for (let index = 0; index < stack.length; index++) {
      const profile = stack[index]!;
      profile.seek(time);
      if (profile.until < this.until) this.until = profile.until;
      if (profile.applies) return;
    }
  }

  /** A connector gets what both its own profile and that of the station allow (1.6 3.13.3). */
  private minimum(own: ProfileCursor | undefined, most: ProfileCursor | undefined): void {
    const first = own ?? most;
    this.aheadApplies = first !== undefined;
    if (first === undefined) {
      this.aheadLimit = this.defaultLimit;
      this.aheadPhases = this.defaultPhases;
      return;
    }
    this.aheadPhases = Math.min(first.numberPhases, most?.numberPhases ?? 3);
    this.take(first);
    if (own && most && this.inUnit(most.limit, most.unit) < this.aheadLimit) this.take(most);
    const rate = own?.minChargingRate;
    if (own && rate !== undefined) this.aheadRate = -this.inUnit(-rate, own.unit);
  }

  private take(profile: ProfileCursor): void {
    this.aheadLimit = this.inUnit(profile.limit, profile.unit);
    this.aheadLevel = profile.stackLevel;
    this.aheadConverted = profile.unit !== this.unit;
  }

  /** The station may use what its connectors may use together, one without limit its default, and no more than the station's profile allows. */
  private sum(most: ProfileCursor | undefined): void {
    let total = 0;
    let phases = 0;
    for (const stack of this.stacks) {
      const own = prevailing(stack);
      this.aheadPhases = own?.numberPhases ?? 0;
      total += own ? this.inUnit(own.limit, own.unit) : this.defaultLimit;
      phases = Math.max(phases, this.aheadPhases);
      if (own && own.unit !== this.unit) this.aheadConverted = true;
    }
    const limited = phases > 0;
    this.aheadApplies = limited || most !== undefined;
    // Where no limit applies at all it is the station's maximum once, not once per connector (protocol.md section 10).
    this.aheadLimit = this.aheadApplies ? total : this.defaultLimit;
    this.aheadPhases = limited ? Math.min(phases, most?.numberPhases ?? 3) : (most?.numberPhases ?? this.defaultPhases);
    if (most && this.inUnit(most.limit, most.unit) < total) this.take(most);
  }

  /** Tenths of the schedule's unit, over `aheadPhases`. Rounded down to a tenth, so that no limit is ever exceeded. */
  private inUnit(tenths: number, unit: ChargingRateUnit): number {
    if (unit === this.unit) return tenths;
    const voltAmps = this.voltage * this.aheadPhases;
    return unit === 'A' ? tenths * voltAmps : Math.floor(tenths / voltAmps);
  }
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
