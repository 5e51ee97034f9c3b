/** What an idTag is worth: what the local list, or else the authorization cache, says of it now, and what the central system said last (OCPP 1.6 3.5). */

import type { StatusNotifications } from '../connector/status-notifications.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import { type AcceptingStation, goOnAccepted } from '../transaction/refusal.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { formatTime } from '../wire/time.ts';
import type { AuthorizationStatus, IdTagInfo } from '../wire/types.ts';
import { type IdTagEntry, IdTagPages, isWorth } from './id-tags.ts';
import { findListed, type LocalListStation } from './local-list.ts';

/** What the names of the cache's pages begin with. */
export const cachePages = 'l/c';

export interface StandingStation extends LocalListStation, AcceptingStation {
  readonly host: Host;
  readonly clock: Clock;
  readonly statuses: StatusNotifications;
  readonly connectors: readonly ChargingConnector[];
}

export interface Known {
  readonly entry: IdTagEntry;
  readonly source: 'list' | 'cache';
}

/** What the list, or else the cache, says about an idTag. */
export function knownOf(station: StandingStation, idTag: string): Known | undefined {
  const listed = findListed(station, idTag);
  if (listed) return { entry: listed, source: 'list' };
  const cached = station.settings.boolean('AuthorizationCacheEnabled') ? cacheOf(station).find(idTag) : undefined;
  return cached && { entry: cached, source: 'cache' };
}

/** The parent of an idTag as far as the station knows it. */
export function parentOf(station: StandingStation, idTag: string): string | undefined {
  return knownOf(station, idTag)?.entry.parentIdTag;
}

export function isValid(station: StandingStation, entry: IdTagEntry): boolean {
  return isWorth(entry, timeOf(station));
}

/** What had expired by the last known time and what has passed since has expired (protocol.md section 6). */
function timeOf({ clock, host }: Pick<StandingStation, 'clock' | 'host'>): number {
  return clock.lowerBoundAt(host.now());
}

/** What an entry says now, its expiry date considered. */
export function standingOf(station: StandingStation, entry: IdTagEntry): IdTagInfo {
  return { ...infoOf(entry), status: statusOf(station, entry) };
}

function statusOf(station: StandingStation, entry: IdTagEntry): AuthorizationStatus {
  return entry.status === 'Accepted' && !isValid(station, entry) ? 'Expired' : entry.status;
}

/** The central system said something about an idTag: the cache keeps it, unless the list has it (OCPP 1.6 3.5.1, 3.5.3). */
export function learn(station: StandingStation, idTag: string, info: IdTagInfo): void {
  const listed = findListed(station, idTag);
  if (listed) {
    if (validityOf(statusOf(station, listed)) !== validityOf(info.status)) {
      station.statuses.tell(station.connectors[0] as ChargingConnector, 'LocalListConflict', '');
    }
  } else if (station.settings.boolean('AuthorizationCacheEnabled')) cacheEntry(station, idTag, info);
  if (info.status === 'Accepted') goOnAccepted(station, idTag);
}

function cacheEntry(station: StandingStation, idTag: string, info: IdTagInfo): void {
  try {
    cacheOf(station).put(idTag, info, timeOf(station));
  } catch (error) {
    station.host.log('warn', `The authorization cache could not be written: ${error}`);
  }
}

/** False: the store failed, and the cache is as it was (OCPP 1.6 5.4). */
export function clearCache(station: { readonly host: Host }): boolean {
  try {
    cacheOf(station).clear();
    return true;
  } catch (error) {
    station.host.log('error', `The authorization cache could not be cleared: ${error}`);
    return false;
  }
}

function cacheOf({ host }: { readonly host: Host }): IdTagPages {
  return new IdTagPages(host.storage, cachePages, host.cacheCapacity);
}

/** In the local list both stand for a valid idTag (OCPP 1.6 3.5.2). */
function validityOf(status: AuthorizationStatus): AuthorizationStatus {
  return status === 'ConcurrentTx' ? 'Accepted' : status;
}

function infoOf(entry: IdTagEntry): IdTagInfo {
  return {
    status: entry.status,
    ...(entry.expiry === undefined ? {} : { expiryDate: formatTime(entry.expiry) }),
    ...(entry.parentIdTag === undefined ? {} : { parentIdTag: entry.parentIdTag }),
  };
}
