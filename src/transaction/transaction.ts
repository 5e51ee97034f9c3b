/** A transaction: what the station knows of it in RAM, and what the wallbox says at its two ends. */

import type { SignedMeterValue } from '../callbacks.ts';
import type { Connector } from '../connector/connector.ts';
import type { Dated } from '../link/clock.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { Reason } from '../wire/types.ts';

/** A transaction the central system does not know, because it refused its start for good (errata 3.18). */
export const refusedForGood = -1;

export class Transaction implements Dated {
  readonly connector: number;
  readonly session: string;
  readonly idTag: string;
  /** The number of the StartTransaction record. */
  readonly start: number;
  /** Wh. */
  readonly meterStart: number;
  /** Start, samples and stop never go backwards, whatever the clock does. */
  floor = 0;
  latest = Number.NEGATIVE_INFINITY;
  /** Monotonic milliseconds of the start, below 0 when an earlier boot began it; relative charging profiles count from it. Undefined: not yet known. */
  began?: number;
  parentIdTag: string | undefined;
  transactionId: number | undefined;
  reservationId: number | undefined;
  /** The central system refused the idTag and the station goes on without energy (StopTransactionOnInvalidId false). */
  isPaused = false;
  /** Wh of the meter up to which a refused transaction may go on (MaxEnergyOnInvalidId). */
  energyAllowed: number | undefined;
  /** Why the wallbox was asked to end it; the end is reported by the wallbox. */
  stopping: Reason | undefined;
  /** What is known of it could not be kept. Absent until then: */
  isUnkept?: boolean;
  /** The wallbox was asked. */
  asked = false;
  /** It could not stop it, and the central system was told so. Absent until then: */
  isFailureTold?: boolean;
  /** The wallbox could not pause it, and the central system was told so. Absent until then: */
  isPauseFailureTold?: boolean;
  /** The card that asked. */
  stopIdTag: string | undefined;
  /** The StopTransaction record that did not fit into the store yet. */
  unstored: string | undefined;
  /** Wh: the register as the latest readings show it, what a later reading has confirmed of it, and what of it is in flash. */
  register: number;
  confirmed: number;
  keptRegister: number;
  /** The stamp of the last moment known of it. Only of one that a power cut interrupted, until `start`: */
  lastStamp?: string;
  /** A signed value has told the meter's public key (PublicKeyWithSignedMeterValue). */
  isKeyTold?: boolean;

  constructor(connector: number, session: string, idTag: string, start: number, meterStart: number) {
    this.connector = connector;
    this.session = session;
    this.idTag = idTag;
    this.start = start;
    this.meterStart = meterStart;
    this.register = meterStart;
    this.confirmed = meterStart;
    this.keptRegister = meterStart;
  }

  /** The card that started may end it (OCPP 1.6 3.10); so may one of the same parent. */
  endsWith(idTag: string, parentIdTag: string | undefined): boolean {
    if (equalsIgnoringCase(idTag, this.idTag)) return true;
    return parentIdTag !== undefined && this.parentIdTag !== undefined && equalsIgnoringCase(parentIdTag, this.parentIdTag);
  }
}

/** A connector, and all that is known of its transaction. */
export type ChargingConnector = Connector<Transaction>;

/** The transaction that runs at a connector, not one that is over and waits for the store. */
export function runningAt({ transaction }: ChargingConnector): Transaction | undefined {
  return transaction?.unstored === undefined ? transaction : undefined;
}

/** What the wallbox says about the end of a transaction. */
export interface StopDetails {
  readonly idTag?: string | undefined;
  readonly time?: number | undefined;
  readonly signed?: SignedMeterValue | undefined;
}

export interface StartDetails {
  readonly reservationId?: number | undefined;
  readonly time?: number | undefined;
  readonly signed?: SignedMeterValue | undefined;
}
