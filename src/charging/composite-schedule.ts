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
  private until = 0;

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
    if (this.following >= this.to && !Number.isNaN(this.start)) return false;
    this.start = this.following;
    this.evaluate(this.start);
    const { limit, numberPhases, stackLevel, converted, applies, minChargingRate } = this;
    let end = this.until;
    while (end < this.to) {
      this.evaluate(end);
      if (this.limit !== limit || this.numberPhases !== numberPhases) break;
      if (this.detailed && (this.stackLevel !== stackLevel || this.converted !== converted || this.applies !== applies)) break;
      end = this.until;
    }
    this.following = end;
    this.limit = limit;
    this.numberPhases = numberPhases;
    this.stackLevel = stackLevel;
    this.converted = converted;
    this.applies = applies;
    this.minChargingRate = minChargingRate;
    return true;
  }

  /** What holds at a moment, and until when. */
  private evaluate(time: number): void {
    this.until = Number.POSITIVE_INFINITY;
    this.stackLevel = 0;
    this.converted = false;
    this.minChargingRate = undefined;
    const most = this.prevailing(this.stationStack, time);
    if (this.isSum) this.sum(time, most);
    else this.minimum(this.prevailing(this.stacks[0]!, time), most);
  }

  /** The first profile of a stack that applies. Those behind it cost nothing. */
  private prevailing(stack: readonly ProfileCursor[], time: number): ProfileCursor | undefined {
    for (let index = 0; index < stack.length; index++) {
      const profile = stack[index]!;
      profile.seek(time);
      if (profile.until < this.until) this.until = profile.until;
      if (profile.applies) return profile;
    }
    return undefined;
  }

  /** A connector gets what both its own profile and that of the station allow (1.6 3.13.3). */
  private minimum(own: ProfileCursor | undefined, most: ProfileCursor | undefined): void {
    const first = own ?? most;
    this.applies = first !== undefined;
    if (first === undefined) {
      this.limit = this.defaultLimit;
      this.numberPhases = this.defaultPhases;
      return;
    }
    this.numberPhases = Math.min(first.numberPhases, most?.numberPhases ?? 3);
    this.take(first);
    if (own && most && this.inUnit(most.limit, most.unit) < this.limit) this.take(most);
    const rate = own?.minChargingRate;
    if (own && rate !== undefined) this.minChargingRate = -this.inUnit(-rate, own.unit);
  }

  private take(profile: ProfileCursor): void {
    this.limit = this.inUnit(profile.limit, profile.unit);
    this.stackLevel = profile.stackLevel;
    this.converted = profile.unit !== this.unit;
  }

  /** The station may use what its connectors may use together, one without limit its default, and no more than the station's profile allows. */
  private sum(time: number, most: ProfileCursor | undefined): void {
    let total = 0;
    let phases = 0;
    for (const stack of this.stacks) {
      const own = this.prevailing(stack, time);
      this.numberPhases = own?.numberPhases ?? 0;
      total += own ? this.inUnit(own.limit, own.unit) : this.defaultLimit;
      phases = Math.max(phases, this.numberPhases);
      if (own && own.unit !== this.unit) this.converted = true;
    }
    const limited = phases > 0;
    this.applies = limited || most !== undefined;
    // Where no limit applies at all it is the station's maximum once, not once per connector (protocol.md section 10).
    this.limit = this.applies ? total : this.defaultLimit;
    this.numberPhases = limited ? Math.min(phases, most?.numberPhases ?? 3) : (most?.numberPhases ?? this.defaultPhases);
    if (most && this.inUnit(most.limit, most.unit) < total) this.take(most);
  }

  /** Tenths of the schedule's unit, over `numberPhases`. Rounded down to a tenth, so that no limit is ever exceeded. */
  private inUnit(tenths: number, unit: ChargingRateUnit): number {
    if (unit === this.unit) return tenths;
    const voltAmps = this.voltage * this.numberPhases;
    return unit === 'A' ? tenths * voltAmps : Math.floor(tenths / voltAmps);
  }
}

/** An exact decimal with at most one digit behind the point, as JSON text. */
export function decimalText(tenths: number): string {
  const rest = tenths % 10;
  return (tenths - rest) / 10 + (rest > 0 ? '.' + rest : '');
}
