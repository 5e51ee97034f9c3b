/** Where authorized users begin: bound to a connector, or waiting for a plug, until the wallbox begins or ConnectionTimeOut is over. */

import type { Callbacks, Options } from '../callbacks.ts';
import type { StatusNotifications } from '../connector/status-notifications.ts';
import { maySupply } from '../connector/supply.ts';
import type { Host } from '../host.ts';
import { ConnectorDeadline, type Deadlines } from '../link/deadlines.ts';
import type { Gate } from '../link/gate.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import { choiceOf } from './choice.ts';
import { type PlaceStation, placesOf, type Visitor } from './places.ts';

export interface StartStation extends PlaceStation {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly statuses: StatusNotifications;
  readonly connectors: readonly ChargingConnector[];
  readonly coreAuthorizes: boolean;
  readonly gate: Gate;
}

/** An authorized user who has not chosen a connector yet. */
interface Waiting extends Visitor {
  readonly connectors: readonly number[];
  /** Milliseconds of `host.now()`: his ConnectionTimeOut. */
  readonly until: number;
}

export class Starts {
  private readonly station: StartStation;
  /** At most one for each connector. Undefined while nobody waits. */
  private waiting: Waiting[] | undefined;

  constructor(station: StartStation) {
    this.station = station;
  }

  /** An authorized user begins at his car, else waits for one: at the only candidate, or at whichever is plugged next. False: nowhere. */
  begin(visitor: Visitor, connectors: readonly number[], car: number): boolean {
    const choice = choiceOf(placesOf(this.station, visitor, connectors), car);
    switch (choice.act) {
      case 'begin':
        this.bind(this.station.connectors[choice.connector] as ChargingConnector, visitor);
        return true;
      case 'wait':
        this.wait(visitor, choice.connectors);
        return true;
      default:
        return false;
    }
  }

  private bind(connector: ChargingConnector, visitor: Visitor): void {
    const { idTag, parentIdTag, remote } = visitor;
    const reservationId = this.station.authorizer.reservations?.idFor(connector, idTag, parentIdTag);
    connector.authorization = { idTag, parentIdTag, remote, provided: false, ...(reservationId === undefined ? {} : { reservationId }) };
    connector.finishing = false;
    if (connector.formerUser) connector.formerUser = undefined;
    // His card waits for no second plug. Remote starts of one idTag may be several people's.
    this.keepWaiting((each) => each !== visitor && (remote || !equalsIgnoringCase(each.idTag, idTag)));
    this.armTimeOut(connector.id);
  }

  /** His card waits once, however often it is shown. */
  private wait(visitor: Visitor, connectors: readonly number[]): void {
    const until = this.timeOut > 0 ? this.station.host.now() + this.timeOut : Number.POSITIVE_INFINITY;
    const others = this.waiting?.filter(({ idTag }) => visitor.remote || !equalsIgnoringCase(idTag, visitor.idTag)) ?? [];
    this.waiting = [...others, { ...visitor, connectors, until }];
    this.keepWaiting(() => true);
  }

  /** The others wait no longer. */
  private keepWaiting(test: (waiting: Waiting) => boolean): void {
    if (this.waiting === undefined) return;
    const left = this.waiting.filter(test);
    this.waiting = left.length > 0 ? left : undefined;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { until } of left) earliest = Math.min(earliest, until);
    this.station.deadlines.set(this.slotOf(0), earliest);
  }

  /** His card is bound to a connector, or its transaction is about to begin there. */
  isBound(idTag: string): boolean {
    return this.station.connectors.some(({ authorization }) => authorization && equalsIgnoringCase(authorization.idTag, idTag));
  }

  isAwaited(connector: number, { idTag, remote }: Visitor): boolean {
    return this.waiting?.some((each) => each.connectors.includes(connector) && (remote || !equalsIgnoringCase(each.idTag, idTag))) ?? false;
  }

  /** A remote start of this idTag may still become a transaction at the connector (0: at whichever it was for). */
  isRemoteStarting(idTag: string, connector: number): boolean {
    if (this.waiting?.some((each) => each.remote && isFor(each, idTag, connector))) return true;
    for (const { id, authorization } of this.station.connectors) {
      const matches = authorization?.remote && equalsIgnoringCase(authorization.idTag, idTag);
      if (matches && (connector === 0 || connector === id)) return true;
    }
    return false;
  }

  /**
   * Tells the wallbox to begin where a cable and an authorized user have met; it reports the transaction next. Runs in `settle`. Where
   * something is wrong the user waits, and the wallbox is told again when it is right (protocol.md section 5).
   */
  provideTokens(): void {
    const { station } = this;
    if (!station.coreAuthorizes) return;
    for (const connector of station.connectors) {
      const { authorization } = connector;
      if (authorization === undefined || !connector.plugged || connector.transaction) continue;
      // Never while a lock opens: the current would flow through it.
      const may = maySupply(connector) && !connector.unlocking;
      if (may === authorization.provided) continue;
      authorization.provided = may;
      if (!may) continue;
      // Preparing is to be seen even when the wallbox begins at once.
      station.statuses.lookAt(connector);
      station.gate.provideToken(station.callbacks, authorization.idTag, connector.id);
    }
  }

  /** True: the cable is that of somebody who was authorized before. */
  onPlugged(connector: ChargingConnector): boolean {
    if (connector.authorization) return true;
    for (const waiting of this.waiting ?? []) {
      if (!waiting.connectors.includes(connector.id) || placesOf(this.station, waiting, [connector.id])[0]?.state !== 'open') continue;
      this.bind(connector, waiting);
      return true;
    }
    if (!connector.reserved) this.armTimeOut(connector.id);
    return false;
  }

  /** The cable is out before anything began: nobody waits for this connector any more. */
  onUnplugged(connector: ChargingConnector): void {
    connector.authorization = undefined;
    // Fields that nobody needed yet stay absent.
    if (connector.isNewCar) connector.isNewCar = false;
    if (connector.formerUser) connector.formerUser = undefined;
    this.clearTimeOut(connector.id);
  }

  /** A transaction has ended. Finishing lasts as long as its cable is in: a new car is Preparing at once (OCPP 1.6 4.9 F2). */
  onEnded(
    connector: ChargingConnector,
    { idTag, parentIdTag }: { readonly idTag: string; readonly parentIdTag: string | undefined },
  ): void {
    const isOldCar = connector.plugged && connector.isNewCar !== true;
    connector.finishing = isOldCar;
    if (isOldCar) connector.formerUser = { idTag, parentIdTag };
    if (!connector.isNewCar) return;
    connector.isNewCar = false;
    this.onPlugged(connector);
  }

  /** ConnectionTimeOut, counted from the beginning of Preparing (errata 3.21, 3.89). Connector 0: of users without connector. */
  onTimeOut(connector: ChargingConnector): void {
    const now = this.station.host.now();
    if (connector.id === 0) return this.keepWaiting(({ until }) => until > now);
    connector.authorization = undefined;
    if (!connector.plugged || connector.reserved || connector.transaction || !this.station.coreAuthorizes) return;
    if (!maySupply(connector)) this.armTimeOut(connector.id);
    else if (this.station.options.numberOfConnectors > 1) {
      // Errata 3.20: the reader is shared, so the next card must not be taken for this cable.
      connector.finishing = true;
      connector.info = 'ConnectionTimeout';
    }
  }

  /** ConnectionTimeOut of a connector from now on. */
  armTimeOut(connector: number): void {
    const { deadlines, host } = this.station;
    const milliseconds = this.timeOut;
    if (milliseconds > 0) deadlines.set(this.slotOf(connector), host.now() + milliseconds);
    else this.clearTimeOut(connector);
  }

  /** Stops the clock of a connector's ConnectionTimeOut: the milliseconds that were left; undefined: none ran. */
  holdTimeOut(connector: number): number | undefined {
    const { deadlines, host } = this.station;
    const slot = this.slotOf(connector);
    if (!deadlines.isSet(slot)) return undefined;
    const left = deadlines.get(slot) - host.now();
    deadlines.clear(slot);
    return left;
  }

  /** Lets it go on, unless somebody begins here now. */
  resumeTimeOut(connector: ChargingConnector, left: number): void {
    const { deadlines, host } = this.station;
    if (connector.plugged && !connector.authorization && !connector.transaction)
      deadlines.set(this.slotOf(connector.id), host.now() + left);
  }

  /** Milliseconds; 0: never. */
  private get timeOut(): number {
    return this.station.settings.number('ConnectionTimeOut') * 1000;
  }

  private slotOf(connector: number): number {
    return this.station.deadlines.slotOf(connector, ConnectorDeadline.ConnectionTimeOut);
  }

  private clearTimeOut(connector: number): void {
    this.station.deadlines.clear(this.slotOf(connector));
  }
}

export function isFor(who: { readonly idTag: string; readonly connectors: readonly number[] }, idTag: string, connector: number): boolean {
  return equalsIgnoringCase(who.idTag, idTag) && (connector === 0 || who.connectors.includes(connector));
}
