/** What is true at a connector, connector 0 included: facts only. Its status is derived (status.ts). */

import type { ErrorInfo, MeterReadings, SignedMeterValue } from '../callbacks.ts';
import type { ChargePointStatus } from '../wire/types.ts';

/** Somebody may charge here: a card or a remote start that was authorized and waits for the cable or for the wallbox. */
export interface Authorization {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly remote: boolean;
  reservationId?: number;
  /** The wallbox was told; it reports the transaction next. */
  provided: boolean;
}

/** What a connector must know of the transaction on it; the floors above know more (`ChargingConnector`). */
export interface RunningTransaction {
  /** The number of its StartTransaction record. */
  readonly start: number;
  /** The central system refused the idTag and the station goes on without energy. */
  readonly isPaused: boolean;
  /** The StopTransaction record that did not fit into the store yet: over for everybody but the store. */
  readonly unstored: string | undefined;
}

/** Facts that are seldom true are absent until they are: a property takes 16 bytes on the device. */
export class Connector<T extends RunningTransaction = RunningTransaction> {
  readonly id: number;
  /** Connector 0, the station as a whole: what it suffers its connectors suffer. Undefined for connector 0 itself. */
  readonly station: Connector | undefined;
  /** The central system's wish, kept over reboots (shelf `a`). */
  operative = true;
  /** Inoperative as soon as the connector is free (OCPP 1.6 5.2). */
  scheduled?: boolean;
  /** The wallbox itself took it out of service (`onDisabled`). */
  disabled?: boolean;
  /** The wallbox was asked to put it back into service, and has not answered. */
  isAwaited?: boolean;
  /** How often ChangeAvailability has changed it: an answer of the wallbox to an earlier one says nothing any more. */
  turn?: number;
  /** A firmware update keeps it out of service. */
  isHeld?: boolean;
  /** Errors in the order they were reported. */
  errors: ErrorInfo[] | undefined;
  /** Connector 0 only: a reset was accepted, or the station was stopped; nothing begins any more (protocol.md section 8). */
  isEnding?: boolean;
  plugged = false;
  /** The wallbox has said that the car is gone, and of no other since. */
  hasLeft?: boolean;
  /** How often the lock is being opened: nothing begins until the wallbox has answered. */
  unlocking?: number;
  /** Sessions of the wallbox that are not stored: until it has ended them, which it is asked to, current may flow. */
  strays?: readonly string[];
  /** Those of them that were left alone when the cable was taken out. */
  restingStrays?: readonly string[];
  /** Another car was plugged in while the wallbox still ends the transaction of the one before. Absent until one was: */
  isNewCar?: boolean;
  /** Whose transaction ended here; known while his car stands in Finishing, and he may begin another one (OCPP 1.6 4.9 F2). */
  formerUser?: { readonly idTag: string; readonly parentIdTag: string | undefined } | undefined;
  /** The user's next move is to take the cable out: a transaction ended, or ConnectionTimeOut did. */
  finishing = false;
  /** Held for somebody (access/reservations.ts). */
  reserved?: boolean;
  authorization: Authorization | undefined;
  transaction: T | undefined;
  /** The number of the StopTransaction record of the last one that ended in this boot. Absent until one did. */
  lastStop?: number;
  suspendedByEV?: boolean;
  suspendedByEVSE?: boolean;
  /** A charging profile allows no energy. */
  limitedToZero?: boolean;
  /** The latest readings of the meter, kept by reference. */
  readings: MeterReadings | undefined;
  /** What the meter signed of these readings. Absent until one did. */
  signed?: SignedMeterValue | undefined;
  currentOffered: number | undefined;
  powerOffered: number | undefined;
  /** Wh: the last whole import register that the wallbox reported. */
  energy: number | undefined;
  /** Belongs to the event that is being dealt with: said if it changes the status, else by nobody. */
  info?: string | undefined;

  /** Bookkeeping of notifications (status-notifications.ts): last status seen, last one put on its way, last one confirmed. */
  seen: ChargePointStatus | undefined;
  seenError?: ErrorInfo | undefined;
  seenInfo?: string | undefined;
  seenAt = 0;
  announced: ChargePointStatus | undefined;
  confirmed?: ChargePointStatus | undefined;
  confirmedError?: string | undefined;

  constructor(id: number, station?: Connector) {
    this.id = id;
    this.station = station;
  }

  /** The error that explains a status; of those that fit to it the latest one, else that of the station. */
  errorFor(status: ChargePointStatus): ErrorInfo | undefined {
    for (let index = (this.errors?.length ?? 0) - 1; index >= 0; index--) {
      const error = this.errors?.[index];
      if (error !== undefined && fits(error, status)) return error;
    }
    return status === 'Faulted' ? this.station?.errorFor(status) : undefined;
  }

  /** A fault of connector 0 is a fault of every connector (protocol.md section 5). */
  get isFaulted(): boolean {
    return (this.errors?.some(isFault) ?? false) || (this.station?.isFaulted ?? false);
  }

  /** What ChangeAvailability says of it alone, and what the wallbox and an update say of it or of the whole station (protocol.md section 5). */
  get isAvailable(): boolean {
    return this.operative && this.isInService && (this.station?.isInService ?? true);
  }

  private get isInService(): boolean {
    return !this.isAwaited && this.mayReturn;
  }

  /** Unavailable, and not only until the wallbox has answered `enableEvse`: what was promised of it cannot be kept. */
  get isOutOfService(): boolean {
    return !this.operative || !this.mayReturn || this.station?.mayReturn === false;
  }

  private get mayReturn(): boolean {
    return !this.disabled && !this.isHeld;
  }

  /** From Preparing to Finishing: an availability change has to wait (OCPP 1.6 5.2). */
  get isInUse(): boolean {
    return this.transaction !== undefined || this.authorization !== undefined || this.finishing || this.plugged;
  }

  /** A card or a remote start may begin here. Reservations are judged elsewhere. */
  get isFree(): boolean {
    return (
      this.isAvailable &&
      !this.scheduled &&
      !this.isFaulted &&
      !this.finishing &&
      this.transaction === undefined &&
      this.authorization === undefined
    );
  }
}

function isFault(error: ErrorInfo): boolean {
  return error.faulted;
}

/** EVCommunicationError is a warning, told with four statuses only (OCPP 1.6 4.9, 7.6). */
function fits(error: ErrorInfo, status: ChargePointStatus): boolean {
  if (error.errorCode !== 'EVCommunicationError') return true;
  return status === 'Preparing' || status === 'SuspendedEV' || status === 'SuspendedEVSE' || status === 'Finishing';
}
