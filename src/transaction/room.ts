/** Room in the journal: what a running transaction still needs to end comes before everything else (protocol.md section 4). */

import type { Host } from '../host.ts';
import type { ChargingConnector } from './transaction.ts';

export interface RoomStation {
  readonly host: Host;
  readonly connectors: readonly ChargingConnector[];
}

/** Bytes that a StartTransaction or StopTransaction takes at most, what is lost at the end of a sector included, and a Transaction.End. */
const recordRoom = 512;
const endRoom = 2 * recordRoom;

/** Throws a RangeError unless a transaction may begin: with room for its end, and for those of all that run. */
export function needRoomForStart(station: RoomStation): void {
  needRoom(station, recordRoom + endRoom);
}

/** Throws a RangeError unless so many bytes are left beside the ends of the transactions that run. */
export function needRoom(station: RoomStation, bytes: number): void {
  let kept = 0;
  for (const { transaction } of station.connectors) if (transaction !== undefined) kept += endRoom;
  if (station.host.journal.free < kept + bytes) throw new RangeError('The journal is full.');
}

/** As `needRoom`, for the last values of a transaction: its own share counts as room. */
export function needRoomAtEnd(station: RoomStation, bytes: number): void {
  needRoom(station, bytes - recordRoom);
}
