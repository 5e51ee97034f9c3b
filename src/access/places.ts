/** The facts from which a connector is chosen (choice.ts), gathered from the connectors, the reservations and those who came before. */

import { maySupply } from '../connector/supply.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { Place } from './choice.ts';
import type { Reservations } from './reservations.ts';

export interface PlaceStation {
  readonly connectors: readonly ChargingConnector[];
  readonly authorizer: {
    readonly reservations: Reservations | undefined;
    readonly starts: {
      /** Somebody else was accepted and waits for the next plug here. */
      isAwaited(connector: number, visitor: Visitor): boolean;
    };
    /** Somebody is being asked about who stands at the car here, or, where there is none, may plug in here. */
    isWanted(connector: ChargingConnector): boolean;
  };
}

/** Somebody who wants to charge. */
export interface Visitor {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  /** By RemoteStartTransaction. */
  readonly remote: boolean;
  /** Absent while Authorize may still tell his parent. */
  readonly isAccepted?: boolean;
  /** He was asked about, so all who are being asked about now came after him. */
  readonly wasAsked?: boolean;
}

/** Connectors that do not exist are left out. */
export function placesOf(station: PlaceStation, visitor: Visitor, connectors: readonly number[]): Place[] {
  const { reservations, starts } = station.authorizer;
  const places: Place[] = [];
  for (const connector of station.connectors) {
    const { id, plugged, finishing } = connector;
    if (id === 0 || !connectors.includes(id)) continue;
    const mayWant = plugged || visitor.wasAsked !== true;
    places.push({
      id,
      plugged,
      state: stateOf(station, visitor, connector, connectors.length === 1),
      isFinishing: finishing,
      isReservedForHim: reservations?.isReservedFor(id, visitor.idTag, visitor.parentIdTag) ?? false,
      isWanted: (mayWant && station.authorizer.isWanted(connector)) || (!plugged && starts.isAwaited(id, visitor)),
    });
  }
  return places;
}

function stateOf(station: PlaceStation, visitor: Visitor, connector: ChargingConnector, isOnlyOne: boolean): Place['state'] {
  const { reservations } = station.authorizer;
  if (!maySupply(connector) || connector.scheduled) return 'out';
  if (connector.authorization || (connector.transaction && !isMakingRoom(connector))) return 'taken';
  if (connector.finishing && !isOnlyOne && !isFormerUser(visitor, connector)) return 'taken';
  if (reservations === undefined || reservations.admits(connector, visitor.idTag, visitor.parentIdTag)) return 'open';
  const mayBeTold = visitor.isAccepted !== true && visitor.parentIdTag === undefined;
  return mayBeTold && reservations.asksForParent(connector.id) ? 'unsure' : 'taken';
}

/** A new car waits there for the wallbox to end the transaction of the one before. */
function isMakingRoom({ isNewCar, transaction }: ChargingConnector): boolean {
  return isNewCar === true && transaction?.unstored === undefined;
}

/** Where a reader serves several connectors, a car in Finishing is only for the one who charged it (OCPP 1.6 4.9 F2, errata 3.20). */
function isFormerUser({ idTag, parentIdTag }: Visitor, { formerUser }: ChargingConnector): boolean {
  if (formerUser === undefined) return false;
  if (equalsIgnoringCase(formerUser.idTag, idTag)) return true;
  return parentIdTag !== undefined && formerUser.parentIdTag !== undefined && equalsIgnoringCase(formerUser.parentIdTag, parentIdTag);
}
