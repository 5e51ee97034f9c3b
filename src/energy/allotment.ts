/**
 * How what ChargePointMaxProfile allows is shared between the connectors that charge, so that together they never get more (OCPP 1.6 3.13.3,
 * protocol.md section 1). Amperes are tenths, per phase: whatever phases the cars are on, no phase of the station carries more.
 */

/** A car cannot be offered less than 6 A (IEC 61851-1). */
const least = 60;
/** Milliseconds that a car has to follow a limit that falls (IEC 61851-1: 5 s). */
const following = 5000;
/** Milliseconds for which something must be unused until others may have it. */
const spareAfter = 60_000;
/** What a car leaves of its share and still counts as wanting all of it, and what it keeps beyond its use. */
const slack = 15;
const reserve = 20;

/**
 * Equal shares in whole amperes of those who wish, in the order in which they began: nobody gets more than he wishes, what he does not wish
 * goes to the others. Whoever's least does not fit any more waits, and so do those behind him.
 */
export function allot(limit: number, wishes: readonly number[]): number[] {
  let served = 0;
  for (let room = limit; served < wishes.length; served++) {
    room -= Math.min(wishes[served]!, least);
    if (room < 0) break;
  }
  const share = equalShare(limit, wishes, served);
  const whole = Math.floor(share / 10) * 10;
  const given: number[] = [];
  for (let index = 0; index < wishes.length; index++) {
    const wish = wishes[index]!;
    given.push(index >= served ? 0 : wish <= share ? wish : whole);
  }
  return given;
}

/** Who wishes less than an equal share leaves more to the others: until nobody does. Infinity: there is enough for all. */
function equalShare(limit: number, wishes: readonly number[], served: number): number {
  for (let share = 0; ; ) {
    let room = limit;
    let open = served;
    for (let index = 0; index < served; index++) {
      if (wishes[index]! > share) continue;
      room -= wishes[index]!;
      open--;
    }
    if (open === 0) return Number.POSITIVE_INFINITY;
    if (room / open <= share) return share;
    share = room / open;
  }
}

/** What is shared out, as a composite schedule must know it. */
export interface Sharing {
  /** The connectors that charge, in the order in which they began. */
  readonly shares: readonly Share[];
  /** What the connector may take at this moment. */
  toldTo(connector: number): number;
}

/** One connector that charges. */
export class Share {
  readonly connector: number;
  /** The number of its StartTransaction record: earlier ones are lower. */
  readonly start: number;
  /** Its own limit: what its profiles and its board allow. */
  most = 0;
  /** What it needs while it does not use all that it gets; Infinity: it may want everything. */
  need = Number.POSITIVE_INFINITY;
  /** What it was told, and what it may still draw until the car has followed. */
  told = 0;
  private former = 0;
  private heldUntil = 0;
  /** What the meter said last; undefined: nothing yet. */
  private used: number | undefined;
  /** The most that was used since a moment. */
  private peak = 0;
  private since: number;

  constructor(connector: number, start: number, now: number) {
    this.connector = connector;
    this.start = start;
    this.since = now;
  }

  /** What the station must reckon with. */
  counted(now: number): number {
    return now < this.heldUntil ? Math.max(this.told, this.former) : this.told;
  }

  tell(amperes: number, now: number): void {
    if (amperes === this.told) return;
    if (amperes < this.told) {
      this.former = this.counted(now);
      this.heldUntil = now + following;
    }
    this.told = amperes;
    this.since = now;
    this.peak = this.used ?? 0;
  }

  private get isSpare(): boolean {
    return this.used !== undefined && this.used <= this.told - slack;
  }

  /** Takes over what was left unused for long enough. */
  review(now: number): void {
    if (!this.isSpare || now - this.since < spareAfter) return;
    this.need = Math.max(least, Math.ceil(this.peak / 10) * 10 + reserve);
    this.since = now;
    this.peak = this.used ?? 0;
  }

  /** The meter says what is used. Whether that changes what the others may have. */
  onUsed(used: number, now: number): boolean {
    if (this.used === undefined) this.since = now;
    this.used = used;
    this.peak = Math.max(this.peak, used);
    const followed = now < this.heldUntil && used <= this.told;
    if (followed) this.heldUntil = 0;
    if (this.isSpare && used <= this.need - slack) return followed;
    // It draws what it may: perhaps it wants more.
    const wantsAgain = this.need < Number.POSITIVE_INFINITY;
    this.need = Number.POSITIVE_INFINITY;
    this.since = now;
    this.peak = used;
    return followed || wantsAgain;
  }

  /** When to look again although nothing happens. */
  next(now: number): number {
    const spare = this.isSpare ? this.since + spareAfter : Number.POSITIVE_INFINITY;
    return now < this.heldUntil ? Math.min(this.heldUntil, spare) : spare;
  }
}

export class Allotment implements Sharing {
  shares: Share[] = [];
  private limit = 0;
  /** Somebody gets less than he could use. */
  private isShort = false;
  private at = 0;
  private review = Number.POSITIVE_INFINITY;

  /** A connector charges, and may take so much by its own limits. Those that are not named again have ended. */
  enter(connector: number, start: number, most: number, now: number): Share {
    const known = this.shares.find((share) => share.connector === connector && share.start === start);
    const share = known ?? new Share(connector, start, now);
    share.most = most;
    return share;
  }

  /** Shares out anew. Who gets less is told so at once; who gets more, when the others have followed. When to look again, Infinity: not by itself. */
  share(limit: number, shares: Share[], now: number): number {
    this.shares = shares.sort((a, b) => a.start - b.start);
    this.limit = limit;
    this.at = now;
    for (const share of shares) share.review(now);
    const target = this.targets();
    for (let index = 0; index < shares.length; index++) {
      if (target[index]! < shares[index]!.told) shares[index]!.tell(target[index]!, now);
    }
    for (let index = 0; index < shares.length; index++) {
      if (target[index]! > shares[index]!.told) this.raise(shares[index]!, target[index]!, now);
    }
    let next = Number.POSITIVE_INFINITY;
    for (let index = 0; index < shares.length; index++) if (shares[index]!.told < target[index]!) this.isShort = true;
    if (this.isShort) for (const share of shares) next = Math.min(next, share.next(now));
    this.review = next;
    return next;
  }

  /** What somebody does not use goes to others only where they can use it. */
  private targets(): number[] {
    const { shares, limit } = this;
    const fair = allot(
      limit,
      shares.map((share) => share.most),
    );
    this.isShort = false;
    for (let index = 0; index < shares.length; index++) {
      const { most, need } = shares[index]!;
      if (shares.length > 1 && fair[index]! < most && need === Number.POSITIVE_INFINITY) this.isShort = true;
    }
    if (!this.isShort) return fair;
    return allot(
      limit,
      shares.map((share) => Math.min(share.most, share.need)),
    );
  }

  private raise(share: Share, target: number, now: number): void {
    let room = this.limit;
    for (const other of this.shares) if (other !== share) room -= other.counted(now);
    const amperes = room >= target ? target : Math.floor(room / 10) * 10;
    if (amperes > share.told && amperes >= Math.min(least, share.most)) share.tell(amperes, now);
  }

  /** One that does not charge is told what is left: so much it may take when it begins, until its beginning has been dealt with. */
  toldTo(connector: number): number {
    let room = this.limit;
    for (const share of this.shares) {
      if (share.connector === connector) return share.told;
      room -= share.counted(this.at);
    }
    return room < least && this.shares.length > 0 ? 0 : Math.max(0, room);
  }

  /** What the meter of a connector says. Whether limits are to be looked at again. */
  onUsed(connector: number, used: number, now: number): boolean {
    const share = this.shares.find((each) => each.connector === connector);
    if (share === undefined) return false;
    const changes = share.onUsed(used, now);
    return this.isShort && (changes || share.next(now) < this.review);
  }
}
