/** Who applies where: which of the installed profiles limit a connector, in which order, and from when they count (OCPP 1.6 3.13.1, 3.13.3). */

import type { Session } from '../link/session.ts';
import type { ChargingConnector, Transaction } from '../transaction/transaction.ts';
import type { CompositeSchedule, ProfileCursor } from './composite-schedule.ts';
import { LowestCursor } from './lowest.ts';
import { isMark, isPending, ownerNumber, StoredProfile } from './profile-store.ts';
import { type ScheduleStation, unixNow } from './unlimited-schedule.ts';

/** What decides which profiles apply. */
export interface StackStation extends ScheduleStation {
  readonly session: Pick<Session, 'isOpen'>;
  readonly connectors: readonly ChargingConnector[];
}

/** Finds out which profiles apply where, and puts them into a schedule. */
export class StackBuilder {
  private readonly station: StackStation;
  private readonly entries: readonly string[];
  private readonly schedule: CompositeSchedule;
  /** Offline, some purposes do not apply (protocol.md section 10). Offline: no open socket. */
  private readonly ignored: string;

  constructor(station: StackStation, entries: readonly string[], schedule: CompositeSchedule) {
    this.station = station;
    this.entries = entries;
    this.schedule = schedule;
    this.ignored = station.session.isOpen ? '' : station.settings.list('IgnoredProfilePurposesOffline');
  }

  build(connector: number): void {
    const profiles: StoredProfile[] = [];
    for (const entry of this.entries) {
      const profile = isMark(entry) || isPending(entry) ? undefined : new StoredProfile(this.station.host.storage, entry);
      if (profile && this.mayApply(profile, connector)) profiles.push(profile);
    }
    profiles.sort(byPrecedence);
    const { stationStack, stacks } = this.schedule;
    for (const profile of profiles) if (profile.purpose === 'ChargePointMaxProfile') stationStack.push(profile);
    // A fuse does not wait for a clock (protocol.md section 10).
    if (stationStack.length > 0 && !this.station.clock.known)
      stationStack.push(new LowestCursor(stationStack.splice(0), this.schedule.voltage));
    for (let index = 0; index < stacks.length; index++)
      this.fill(stacks[index]!.profiles, profiles, connector === 0 ? index + 1 : connector);
  }

  private mayApply(profile: StoredProfile, connector: number): boolean {
    if (isListed(this.ignored, profile.purpose) || profile.isOver(this.schedule.from)) return false;
    return connector === 0 || profile.connector === 0 || profile.connector === connector;
  }

  /** A TxDefaultProfile is not used for a transaction that a remote start brought a profile for (errata 3.67). */
  private fill(stack: ProfileCursor[], profiles: readonly StoredProfile[], connector: number): void {
    const transaction = this.station.connectors[connector]?.transaction;
    const running = isRunning(transaction) ? transaction : undefined;
    const hasOwn = running !== undefined && this.entries.includes(`!.0.${connector}.${ownerNumber(running).toString(36)}`);
    for (const profile of profiles) {
      if (profile.purpose === 'ChargePointMaxProfile' || (profile.connector !== 0 && profile.connector !== connector)) continue;
      if (profile.purpose === 'TxProfile' ? running === undefined || profile.owner !== ownerNumber(running) : hasOwn) continue;
      stack.push(profile.isRelative ? profile.startingAt(this.startOf(running)) : profile);
    }
  }

  /** Unix seconds of the moment from which relative profiles count; without transaction now. */
  private startOf(transaction: Transaction | undefined): number {
    return transaction === undefined ? this.schedule.from : startOf(this.station, transaction);
  }
}

/** Unix seconds of the start of charging. What has passed since then is counted by the monotonic clock, whatever the other one does (1.6 7.9). */
export function startOf(station: ScheduleStation, transaction: Transaction): number {
  const now = station.host.now();
  const elapsed = Math.max(0, now - (transaction.began ?? now));
  return Math.floor((unixNow(station) - elapsed) / 1000);
}

function byPrecedence(a: StoredProfile, b: StoredProfile): number {
  const isOfTransaction = b.purpose === 'TxProfile';
  if (isOfTransaction !== (a.purpose === 'TxProfile')) return isOfTransaction ? 1 : -1;
  if (a.stackLevel !== b.stackLevel) return b.stackLevel - a.stackLevel;
  // At an equal level the connector's own wins (1.6 3.13.1).
  return b.connector - a.connector;
}

function isListed(list: string, name: string): boolean {
  return list !== '' && list.split(',').includes(name);
}

export function isRunning(transaction: Transaction | undefined): boolean {
  return transaction !== undefined && transaction.unstored === undefined;
}
