/** Every moment the station may be waiting for: numbers in one table, so that the host needs a single alarm. */

import { freeze } from '../freeze.ts';

/** Moments of the whole station. */
export const Deadline = /* @__PURE__ */ freeze({
  /** The CALL in flight has not been answered. */
  Answer: 0,
  /** BootNotification may be sent again. */
  Boot: 1,
  /** The next attempt to connect. */
  Connect: 2,
  Ping: 3,
  Pong: 4,
  /** The connection has been open for 60 s. */
  Stable: 5,
  Heartbeat: 6,
  /** The head of the outbox may be sent again. */
  Outbox: 7,
  ClockAligned: 8,
  /** A reset waits for its transactions, or tries again. */
  Reset: 9,
  /** Promises of the firmware. */
  Callback: 10,
  Reservation: 11,
  /** A charging schedule enters its next period. */
  Schedule: 12,
  Firmware: 13,
  Log: 14,
  /** Certificates: repeats of SignCertificate, expiry checks, OCSP. */
  Certificate: 15,
  /** Pricing: triggers by time, change of the time offset, wait for SetUserPrice. */
  Pricing: 16,
  /** An unproven connection setting. */
  Probe: 17,
  /** UnlockConnector waits for the end of a transaction. */
  Unlock: 18,
} as const);

/** Moments of one connector; they follow those of the station in the table. */
export const ConnectorDeadline = /* @__PURE__ */ freeze({
  Sample: 0,
  ConnectionTimeOut: 1,
  /** MinimumStatusDuration is over. */
  Status: 2,
  /** A stop that failed is tried again. */
  Stop: 3,
  /** The register of a running transaction must be in flash again. */
  Register: 4,
} as const);

const stationSlots = 19;
const connectorSlots = 5;

export class Deadlines {
  /** Milliseconds of `host.now()`; Infinity: not waiting. */
  private readonly at: Float64Array;
  /** The slot that falls due first; -1: to be looked for. It is asked for with every input, and most inputs change other slots. */
  private first = -1;
  /** The moment that the slot taken last was set to: a late alarm comes after it. */
  taken = 0;

  constructor(numberOfConnectors: number) {
    this.at = new Float64Array(stationSlots + connectorSlots * (numberOfConnectors + 1)).fill(Number.POSITIVE_INFINITY);
  }

  /** The slot of a connector's deadline, connector 0 included. */
  slotOf(connector: number, which: number): number {
    return stationSlots + connector * connectorSlots + which;
  }

  /** A moment that is no number would never come and hide all others: it counts as never. */
  set(slot: number, at: number): void {
    const moment = at >= 0 ? at : at < 0 ? 0 : Number.POSITIVE_INFINITY;
    const before = this.get(slot);
    if (moment === before) return;
    this.at[slot] = moment;
    if (this.first < 0) return;
    if (moment < this.get(this.first)) this.first = slot;
    else if (slot === this.first) this.first = -1;
  }

  clear(slot: number): void {
    this.set(slot, Number.POSITIVE_INFINITY);
  }

  isSet(slot: number): boolean {
    return this.get(slot) !== Number.POSITIVE_INFINITY;
  }

  get(slot: number): number {
    return this.at[slot] ?? Number.POSITIVE_INFINITY;
  }

  /** The earliest slot that is due, taken out of the table; -1 when none is. */
  takeDue(now: number): number {
    const slot = this.earliest();
    const at = this.get(slot);
    if (at > now) return -1;
    this.taken = at;
    this.clear(slot);
    return slot;
  }

  /** When the next deadline falls, or undefined. */
  next(): number | undefined {
    const at = this.get(this.earliest());
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** The connector of a slot, or -1 for a slot of the station. */
  connectorOf(slot: number): number {
    return slot < stationSlots ? -1 : Math.floor((slot - stationSlots) / connectorSlots);
  }

  /** Which of a connector's deadlines the slot is. */
  kindOf(slot: number): number {
    return (slot - stationSlots) % connectorSlots;
  }

  private earliest(): number {
    if (this.first >= 0) return this.first;
    const { at } = this;
    let earliest = 0;
    for (let slot = 1; slot < at.length; slot++) if ((at[slot] as number) < (at[earliest] as number)) earliest = slot;
    this.first = earliest;
    return earliest;
  }
}
