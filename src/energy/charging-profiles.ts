/**
 * What happens at the station that charging profiles have to do with, and what profiles answer to it (OCPP 1.6 3.13). Where they are kept:
 * installed-profiles.ts; to whom they apply: stack-builder.ts; when limits change: limits.ts.
 */

import type { MeterReadings } from '../callbacks.ts';
import type { Connector } from '../connector/connector.ts';
import type { Clock } from '../link/clock.ts';
import type { ChargingConnector, Transaction } from '../transaction/transaction.ts';
import { equalsIgnoringCase } from '../wire/text.ts';
import type { ChargingRateUnit, ReceivedRequest } from '../wire/types.ts';
import { Allotment, type Share } from './allotment.ts';
import type { CompositeSchedule } from './composite-schedule.ts';
import { isExecutable } from './executable.ts';
import { InstalledProfiles, type StoreStation } from './installed-profiles.ts';
import { type LimitStation, Limits, type Schedules } from './limits.ts';
import {
  connectorOf,
  idTagIn,
  isMark,
  isPending,
  isTime,
  isWhole,
  mayBeFor,
  ownerNumber,
  ownerOf,
  type ProfileFilter,
  type ReceivedProfile,
  StoredProfile,
} from './profile-store.ts';
import { isRunning, StackBuilder, type StackStation, startOf } from './stack-builder.ts';
import { unixNow, unlimitedSchedule } from './unlimited-schedule.ts';

/** What charging profiles need of the station. */
export interface ProfileStation extends StoreStation, StackStation, LimitStation {
  readonly clock: Clock;
  /** True: the core authorizes (protocol.md section 1). */
  readonly coreAuthorizes: boolean;
  readonly transactions: { startTime(transaction: Transaction): number | undefined };
  readonly authorizer: {
    /** Whether a remote start with this idTag still waits for its transaction at the connector (0: at any). */
    isRemoteStarting(idTag: string, connector: number): boolean;
  };
}

/** Seconds after which the time that was known is noted again. */
const day = 86_400;
/** Milliseconds after which a step of the clock is believed to last. */
const hour = 3_600_000;

export class ChargingProfiles implements Schedules {
  private readonly station: ProfileStation;
  private readonly installed: InstalledProfiles;
  private readonly limits: Limits;
  /** The limits are to be looked at again in `settle`. */
  private stale = false;
  /** Only where several connectors share what the station may take. */
  private allotment: Allotment | undefined;
  /** Seconds of the clock's steps that profiles from their acceptance do not know of yet. */
  private step = 0;
  /** When the clock made its last step. */
  private steppedAt = Number.NEGATIVE_INFINITY;

  constructor(station: ProfileStation) {
    this.station = station;
    this.installed = new InstalledProfiles(station);
    this.limits = new Limits(station, this);
  }

  // What happens at the station.

  /** After it is known which transactions go on: removes what a power cut left behind, and whatever belongs to something that has ended. */
  onBoot(): void {
    const { clock, connectors, host } = this.station;
    clock.before = Math.max(clock.before, this.installed.lastTime * 1000);
    // Relative profiles go on from the last known time.
    for (const { transaction } of connectors) if (transaction) transaction.began ??= this.beganBefore(transaction);
    this.installed.tidy(() => {
      this.installed.removeLeftovers();
      for (const connector of connectors) if (connector.transaction) this.installed.adoptPending(connector.id, connector.transaction);
      this.installed.keep(this.installed.entries(), (entry) => isWhole(host.storage, entry) && !isPending(entry) && this.isUseful(entry));
    });
    if (this.installed.count > 0) this.changed();
  }

  /** The monotonic moment at which a transaction of an earlier boot began: below 0. */
  private beganBefore(transaction: Transaction): number {
    const { clock, host, transactions } = this.station;
    const now = host.now();
    const passed = clock.lowerBoundAt(now) - (transactions.startTime(transaction) ?? Number.POSITIVE_INFINITY);
    return now - Math.max(0, passed);
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
    this.installed.closeAll();
    if (this.installed.count > 0 && this.station.settings.list('IgnoredProfilePurposesOffline') !== '') this.changed();
  }

  /** The time is `step` milliseconds later than it would have been. */
  onClockChanged(step: number): void {
    if (this.installed.count === 0) return;
    this.changed();
    this.step += Math.round(step / 1000);
    this.steppedAt = this.station.host.now();
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

  /**
   * RemoteStart: whether it can be carried out with this profile, or without one. If so the profile waits in the store, in the place of one
   * that waits for the same idTag, so that nothing is promised that could not be kept. If not nothing has changed.
   */
  admitsRemoteStart({ chargingProfile: profile, connectorId = 0, idTag }: ReceivedRequest<'RemoteStartTransaction'>): boolean {
    if (profile === undefined) return this.dropPending(idTag, connectorId);
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

  /** A remote start without profile does not use that of an earlier one. False: the store fails. */
  private dropPending(idTag: string, connector: number): boolean {
    if (this.installed.pending === 0) return true;
    const { storage } = this.station.host;
    return this.installed.tidy(() =>
      this.installed.keep(
        this.installed.entries(),
        (entry) => !isPending(entry) || connectorOf(entry) !== connector || !equalsIgnoringCase(idTagIn(storage, entry), idTag),
      ),
    );
  }

  /** As `InstalledProfiles.install`. */
  install(connector: number, profile: ReceivedProfile, owner: string): boolean {
    return this.installed.install(connector, profile, owner, this.now);
  }

  /** An answer is made of what is stored now: `close` tells that it is complete. Whatever changes meanwhile, it does not. */
  open(): void {
    this.installed.open();
  }

  close(): void {
    this.installed.close();
  }

  /** Removes what the filter selects (errata 3.25, 3.26): how many that were; -1: the store fails, and nothing changed. */
  clear(filter: ProfileFilter): number {
    let cleared = -1;
    this.installed.tidy(() => {
      cleared = this.installed.clear(filter);
    });
    return cleared;
  }

  /** The composite schedule of a connector (0: the station) for so many seconds from now on. */
  composite(connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
    const schedule = unlimitedSchedule(this.station, connector, seconds, unit);
    if (this.installed.count > 0) new StackBuilder(this.station, this.installed.entries(), schedule).build(connector);
    return schedule;
  }

  /** As `composite`, with what the connector is allotted of what the station may take: what the wallbox must keep. */
  allotted(connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
    if (this.allotment === undefined || connector === 0) return this.composite(connector, seconds, unit);
    const schedule = this.composite(0, seconds, unit);
    schedule.isSum = false;
    schedule.own = connector - 1;
    schedule.sharing = this.allotment;
    return schedule;
  }

  // When limits change.

  /** Looks at the limits again if anything happened to them, tells the wallbox, and waits for the next period. */
  settle(): void {
    if (this.installed.pending > 0)
      this.installed.tidy(() => this.installed.keep(this.installed.entries(), (entry) => !isPending(entry) || this.waits(entry)));
    if (!this.stale) return;
    this.stale = false;
    if (this.installed.count > 0) this.installed.tidy(() => this.bringUpToDate());
    this.limits.tell(this.shareOut());
  }

  /** Shares what the station may take, where there is something to share. When to look again. */
  private shareOut(): number {
    const { connectors, host } = this.station;
    const schedule = connectors.length > 2 && this.installed.count > 0 ? this.composite(0, 0, 'A') : undefined;
    schedule?.next();
    const limit = schedule?.stationAmperes;
    if (schedule === undefined || limit === undefined) {
      this.allotment = undefined;
      return Number.POSITIVE_INFINITY;
    }
    const allotment = this.allotment ?? new Allotment();
    this.allotment = allotment;
    const shares: Share[] = [];
    for (const { id, transaction } of connectors) {
      if (transaction === undefined || !isRunning(transaction)) continue;
      shares.push(allotment.enter(id, transaction.start, schedule.ownAmperes(id - 1), host.now()));
    }
    return allotment.share(limit, shares, host.now());
  }

  /** What a car leaves unused may go to the others, and what it wants back is given back. */
  onMeterValues(connector: Connector): void {
    if (this.allotment === undefined) return;
    const used = amperesOf(connector.readings, this.station.settings.number('SupplyVoltage'));
    if (used !== undefined && this.allotment.onUsed(connector.id, used, this.station.host.now())) this.changed();
  }

  /** Whether the remote start of a waiting profile may still become a transaction. */
  private waits(entry: string): boolean {
    const { host, authorizer, coreAuthorizes } = this.station;
    if (coreAuthorizes) return authorizer.isRemoteStarting(idTagIn(host.storage, entry), connectorOf(entry));
    const until = entry.split('-')[1];
    return until === undefined || Number.parseInt(until, 36) > host.now();
  }

  /** Removes what has ended, and notes what the clock says. */
  private bringUpToDate(): void {
    const { installed, station } = this;
    if (installed.isUntidy && !installed.isOpen) installed.removeLeftovers();
    if (this.step !== 0 && !installed.isOpen) {
      installed.shift(this.step, this.now);
      this.step = 0;
    }
    installed.keep(installed.entries(), (entry) => this.isUseful(entry));
    const behind = this.now - installed.lastTime;
    if (station.clock.known && installed.count > 0 && (behind > day || behind < 0)) installed.noteTime(this.now);
  }

  /** Whether an entry belongs to something that goes on, and still says something. */
  private isUseful(entry: string): boolean {
    if (isTime(entry) || isPending(entry)) return true;
    if (!this.isOwned(entry)) return false;
    if (isMark(entry) || this.isClockNew) return true;
    const profile = new StoredProfile(this.station.host.storage, entry);
    const transaction = profile.purpose === 'TxProfile' ? this.station.connectors[profile.connector]?.transaction : undefined;
    const isOver = transaction && profile.isRelative && startOf(this.station, transaction) + profile.duration <= this.now;
    return isOver !== true && !profile.isOver(this.now);
  }

  /** A clock that was wrong for some minutes must not cost the station its fuse: what is over by it says nothing, but is not removed yet. */
  private get isClockNew(): boolean {
    return this.step !== 0 || this.station.host.now() - this.steppedAt < hour;
  }

  /** Whether the transaction of a TxProfile runs; nobody owns the others. */
  private isOwned(entry: string): boolean {
    const owner = ownerOf(entry);
    if (owner === '' || isPending(entry)) return true;
    const transaction = this.station.connectors[connectorOf(entry)]?.transaction;
    return transaction !== undefined && isRunning(transaction) && ownerNumber(transaction) === Number.parseInt(owner, 36);
  }

  /** Unix seconds. */
  private get now(): number {
    return Math.floor(unixNow(this.station) / 1000);
  }
}

/** Tenths of A on the phase that carries most; of a meter that tells power only, as if it were all on one. Undefined: it tells neither. */
function amperesOf(readings: MeterReadings | undefined, voltage: number): number | undefined {
  const current = readings?.['Current.Import'];
  if (typeof current === 'number') return Math.ceil(current * 10);
  if (current !== undefined) return Math.ceil(Math.max(current.L1 ?? 0, current.L2 ?? 0, current.L3 ?? 0) * 10);
  const power = readings?.['Power.Active.Import'];
  return typeof power === 'number' ? Math.ceil((power / voltage) * 10) : undefined;
}
