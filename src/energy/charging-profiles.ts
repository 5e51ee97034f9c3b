/**
 * What happens at the station that charging profiles have to do with, and what profiles answer to it (OCPP 1.6 3.13). Where they are kept:
 * installed-profiles.ts; to whom they apply: stack-builder.ts; when limits change: limits.ts.
 */

import type { ChargingConnector, Transaction } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { ChargingRateUnit, ReceivedRequest } from '../wire/types.ts';
import type { CompositeSchedule } from './composite-schedule.ts';
import { isExecutable } from './executable.ts';
import { InstalledProfiles, type StoreStation } from './installed-profiles.ts';
import { type LimitStation, Limits, type Schedules } from './limits.ts';
import { connectorOf, idTagIn, isPending, isWhole, mayBeFor, ownerOf, type ProfileFilter, type ReceivedProfile } from './profile-store.ts';
import { isRunning, StackBuilder, type StackStation } from './stack-builder.ts';
import { unixNow, unlimitedSchedule } from './unlimited-schedule.ts';

/** What charging profiles need of the station. */
export interface ProfileStation extends StoreStation, StackStation, LimitStation {
  /** True: the core authorizes (protocol.md section 1). */
  readonly coreAuthorizes: boolean;
  readonly authorizer: {
    /** Whether a remote start with this idTag still waits for its transaction at the connector (0: at any). */
    isRemoteStarting(idTag: string, connector: number): boolean;
  };
}

export class ChargingProfiles implements Schedules {
  private readonly station: ProfileStation;
  private readonly installed: InstalledProfiles;
  private readonly limits: Limits;
  /** The limits are to be looked at again in `settle`. */
  private stale = false;

  constructor(station: ProfileStation) {
    this.station = station;
    this.installed = new InstalledProfiles(station);
    this.limits = new Limits(station, this);
  }

  // What happens at the station.

  /** After it is known which transactions go on: removes what a power cut left behind, and whatever belongs to something that has ended. */
  onBoot(): void {
    this.installed.tidy(() => {
      this.installed.removeLeftovers();
      for (const connector of this.station.connectors)
        if (connector.transaction) this.installed.adoptPending(connector.id, connector.transaction);
      this.installed.keep(
        this.installed.entries(),
        (entry) => isWhole(this.station.host.storage, entry) && !isPending(entry) && this.isOwned(entry),
      );
    });
    if (this.installed.count > 0) this.changed();
  }

  /** Takes over the profile of the remote start that led here (errata 3.42). */
  onTransactionStarted(connector: ChargingConnector, transaction: Transaction): void {
    if (this.installed.count === 0) return;
    this.changed();
    if (this.installed.pending > 0) this.installed.adoptPending(connector.id, transaction);
  }

  onTransactionEnded(): void {
    if (this.installed.count > 0) this.changed();
  }

  onConnectionChanged(): void {
    if (this.installed.count > 0 && this.station.settings.list('IgnoredProfilePurposesOffline') !== '') this.changed();
  }

  onClockChanged(): void {
    if (this.installed.count > 0) this.changed();
  }

  /** ConnectionTimeOut is over at the wallbox (firmware authorization). */
  onPluginTimeout(connector: number): void {
    if (this.installed.pending > 0)
      this.installed.tidy(() => this.installed.keep(this.installed.entries(), (entry) => !isPending(entry) || !mayBeFor(entry, connector)));
  }

  /** The limits may be others now: the wallbox is told when everything has settled. */
  changed(): void {
    this.stale = true;
  }

  // What the central system asks.

  /** RemoteStart with a profile: whether it can be carried out. If so it waits in the store, so that nothing is promised that could not be kept. */
  admitsRemoteStart({ chargingProfile: profile, connectorId = 0, idTag }: ReceivedRequest<'RemoteStartTransaction'>): boolean {
    this.dropPending(idTag, connectorId);
    if (profile === undefined) return true;
    const isOfStart = profile.chargingProfilePurpose === 'TxProfile' && profile.transactionId === undefined; // errata 3.41
    return isOfStart && isExecutable(this.station.settings, profile) && this.installPending(connectorId, profile, idTag);
  }

  /** The profile of a remote start waits for its transaction. Connector 0: whichever it will be. */
  private installPending(connector: number, profile: ReceivedProfile, idTag: string): boolean {
    const { host, settings, coreAuthorizes } = this.station;
    const seconds = coreAuthorizes ? 0 : settings.number('ConnectionTimeOut');
    const until = seconds > 0 ? '-' + Math.ceil(host.now() + seconds * 1000).toString(36) : '';
    return this.installed.install(connector, profile, '?' + host.journal.next.toString(36) + until, this.now, idTag);
  }

  /** A new remote start takes the place of one with the same idTag. */
  private dropPending(idTag: string, connector: number): void {
    if (this.installed.pending === 0) return;
    const { storage } = this.station.host;
    this.installed.keep(
      this.installed.entries(),
      (entry) => !isPending(entry) || !mayBeFor(entry, connector) || !equalsIgnoringCase(idTagIn(storage, entry), idTag),
    );
  }

  /** As `InstalledProfiles.install`. */
  install(connector: number, profile: ReceivedProfile, owner: string): boolean {
    return this.installed.install(connector, profile, owner, this.now);
  }

  /** As `InstalledProfiles.clear`. */
  clear(filter: ProfileFilter): number {
    return this.installed.clear(filter);
  }

  /** The composite schedule of a connector (0: the station) for so many seconds from now on. */
  composite(connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
    const schedule = unlimitedSchedule(this.station, connector, seconds, unit);
    if (this.installed.count > 0) new StackBuilder(this.station, this.installed.entries(), schedule).build(connector);
    return schedule;
  }

  // When limits change.

  /** Looks at the limits again if anything happened to them, tells the wallbox, and waits for the next period. */
  settle(): void {
    if (this.installed.pending > 0)
      this.installed.tidy(() => this.installed.keep(this.installed.entries(), (entry) => !isPending(entry) || this.waits(entry)));
    if (!this.stale) return;
    this.stale = false;
    if (this.installed.count > 0) this.installed.tidy(() => this.installed.keep(this.installed.entries(), (entry) => this.isOwned(entry)));
    this.limits.tell();
  }

  /** Whether the remote start of a waiting profile may still become a transaction. */
  private waits(entry: string): boolean {
    const { host, authorizer, coreAuthorizes } = this.station;
    if (coreAuthorizes) return authorizer.isRemoteStarting(idTagIn(host.storage, entry), connectorOf(entry));
    const until = entry.split('-')[1];
    return until === undefined || Number.parseInt(until, 36) > host.now();
  }

  /** Whether the transaction of a TxProfile runs; nobody owns the others. */
  private isOwned(entry: string): boolean {
    const owner = ownerOf(entry);
    if (owner === '' || isPending(entry)) return true;
    const transaction = this.station.connectors[connectorOf(entry)]?.transaction;
    return isRunning(transaction) && transaction?.start === Number.parseInt(owner, 36);
  }

  /** Unix seconds. */
  private get now(): number {
    return Math.floor(unixNow(this.station) / 1000);
  }
}
