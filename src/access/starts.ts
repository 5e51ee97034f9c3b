/** Where authorized users begin: bound to a connector, or waiting for a plug, until the wallbox begins or ConnectionTimeOut is over. */

import type { Callbacks, Options } from '../callbacks.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import { maySupply } from '../connector/supply.ts';
import type { Host } from '../host.ts';
import { ConnectorDeadline, type Deadlines } from '../link/deadlines.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import { choiceOf } from './choice.ts';
import type { Reservations } from './reservations.ts';

export interface StartStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly statuses: StatusNotifications;
  readonly connectors: readonly ChargingConnector[];
  readonly coreAuthorizes: boolean;
  readonly authorizer: { readonly reservations: Reservations | undefined };
  inform(callback: () => unknown): void;
}

/** Somebody who may charge. */
export interface User {
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  /** By RemoteStartTransaction. */
  readonly remote: boolean;
}

/** An authorized user who has not chosen a connector yet. */
interface Waiting extends User {
  readonly connectors: readonly number[];
}

export class Starts {
  private readonly station: StartStation;
  private waiting: Waiting | undefined;

  constructor(station: StartStation) {
    this.station = station;
  }

  /** An authorized user begins where the cable is, else waits for one: at the only candidate, or at whichever is plugged next. False: nowhere. */
  place(user: User, connectors: readonly number[]): boolean {
    const { idTag, parentIdTag } = user;
    const { reservations } = this.station.authorizer;
    const places = this.candidates(connectors)
      .filter((connector) => reservations?.admits(connector, idTag, parentIdTag) ?? true)
      .map(({ id, plugged }) => ({ id, plugged, isReservedForHim: reservations?.isReservedFor(id, idTag, parentIdTag) ?? false }));
    const choice = choiceOf(places);
    if (choice.act === 'begin') this.bind(this.station.connectors[choice.connector] as ChargingConnector, user);
    if (choice.act !== 'wait') return true;
    // Whoever was authorized first gets the next cable; a second one would be charged for the first one's energy.
    if (this.waiting && !equalsIgnoringCase(this.waiting.idTag, idTag)) return false;
    this.waiting = { ...user, connectors: choice.connectors };
    this.armTimeOut(0);
    return true;
  }

  private bind(connector: ChargingConnector, { idTag, parentIdTag, remote }: User): void {
    const reservationId = this.station.authorizer.reservations?.endBy(connector, idTag, parentIdTag);
    connector.authorization = { idTag, parentIdTag, remote, provided: false, ...(reservationId === undefined ? {} : { reservationId }) };
    this.armTimeOut(connector.id);
  }

  /** Tells the wallbox to begin where a cable and an authorized user have met; it reports the transaction next. Runs in `settle`. */
  provideTokens(): void {
    for (const connector of this.station.connectors) {
      const authorization = connector.authorization;
      if (authorization === undefined || authorization.provided || !connector.plugged) continue;
      authorization.provided = true;
      // Preparing is to be seen even when the wallbox begins at once.
      this.station.statuses.lookAt(connector);
      this.station.inform(() => this.station.callbacks.provideToken(authorization.idTag, [connector.id], true));
    }
  }

  onPlugged(connector: ChargingConnector): void {
    if (connector.transaction || !connector.isAvailable || connector.isFaulted) return;
    if (connector.authorization) return;
    const waiting = this.waiting;
    if (waiting?.connectors.includes(connector.id) && connector.isFree) {
      if (this.station.authorizer.reservations?.admits(connector, waiting.idTag, waiting.parentIdTag) ?? true) {
        this.waiting = undefined;
        this.station.deadlines.clear(this.station.deadlines.slotOf(0, ConnectorDeadline.ConnectionTimeOut));
        return this.bind(connector, waiting);
      }
    }
    if (!connector.finishing && !connector.reserved) this.armTimeOut(connector.id);
  }

  /** The cable is out before anything began: nobody waits for this connector any more. */
  onUnplugged(connector: ChargingConnector): void {
    connector.authorization = undefined;
    this.station.deadlines.clear(this.station.deadlines.slotOf(connector.id, ConnectorDeadline.ConnectionTimeOut));
  }

  /** ConnectionTimeOut, counted from the beginning of Preparing (errata 3.21, 3.89). Connector 0: of a user without connector. */
  onTimeOut(connector: ChargingConnector): void {
    if (connector.id === 0) {
      this.waiting = undefined;
      return;
    }
    if (connector.authorization) connector.authorization = undefined;
    else if (connector.reserved) return;
    else if (connector.plugged && !connector.transaction && this.station.coreAuthorizes && this.station.options.numberOfConnectors > 1) {
      // Errata 3.20: the reader is shared, so the next card must not be taken for this cable.
      connector.finishing = true;
      connector.info = 'ConnectionTimeout';
    }
  }

  /** ConnectionTimeOut of a connector from now on; of 0: of a user without connector. */
  armTimeOut(connector: number): void {
    const { deadlines, settings, host } = this.station;
    const slot = deadlines.slotOf(connector, ConnectorDeadline.ConnectionTimeOut);
    const seconds = settings.number('ConnectionTimeOut');
    if (seconds > 0) deadlines.set(slot, host.now() + seconds * 1000);
    else deadlines.clear(slot);
  }

  /** Where somebody could begin. */
  candidates(connectors: readonly number[]): ChargingConnector[] {
    const free: ChargingConnector[] = [];
    for (const id of connectors) {
      const connector = id > 0 ? this.station.connectors[id] : undefined;
      if (connector?.isFree && maySupply(connector)) free.push(connector);
    }
    return free;
  }

  /** A remote start of this idTag may still become a transaction at the connector (0: at whichever it was for). */
  isRemoteStarting(idTag: string, connector: number): boolean {
    if (this.waiting?.remote && isFor(this.waiting, idTag, connector)) return true;
    for (const { id, authorization } of this.station.connectors) {
      const matches = authorization?.remote && equalsIgnoringCase(authorization.idTag, idTag);
      if (matches && (connector === 0 || connector === id)) return true;
    }
    return false;
  }
}

export function isFor(who: { readonly idTag: string; readonly connectors: readonly number[] }, idTag: string, connector: number): boolean {
  return equalsIgnoringCase(who.idTag, idTag) && (connector === 0 || who.connectors.includes(connector));
}
