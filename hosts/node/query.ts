/** What the control channel's `query` shows of the station's inside. */

import { type StoredIdTag, storedIdTags } from '../../src/access/id-tags.ts';
import { localListCount, localListEntries, localListVersion } from '../../src/access/local-list.ts';
import { cachePages } from '../../src/access/standing.ts';
import { entriesIn, isPending, isProfile, StoredProfile } from '../../src/energy/profile-store.ts';
import type { ChargePoint } from '../../src/index.ts';
import type { Wallbox } from './wallbox.ts';

/** Something that the core does not have yet. */
export class NotAvailable extends Error {
  constructor() {
    super('not available yet');
  }
}

type Question = (wallbox: Wallbox, station: ChargePoint, details: Readonly<Record<string, unknown>>) => unknown;

const questions: Readonly<Record<string, Question>> = {
  connectors: (wallbox, station) => [station.connectors[0], ...wallbox.board.connectors].map((_, id) => connectorOf(wallbox, station, id)),
  transactions: (_, station) => station.connectors.flatMap(({ transaction }) => (transaction ? [transactionOf(transaction)] : [])),
  outbox: (_, station) => outboxOf(station),
  cache: (_, station) => storedIdTags(station.host.storage, cachePages).map(idTagOf),
  list: (_, station) => listOf(station),
  reservations: (_, station) => station.authorizer.reservations?.all().map(reservationOf) ?? [],
  profiles: (_, station) => profilesOf(station),
  schedule: (_, station, details) => scheduleOf(station, details),
  config: (_, station) => station.getConfigurationKey().configurationKey,
  session: (wallbox, station) => sessionOf(wallbox, station),
  clock: (wallbox, station) => clockOf(wallbox, station),
  memory: (wallbox) => memoryOf(wallbox),
  certificates: later,
  security_log: later,
};

export const questionNames = Object.keys(questions);

/** Throws a RangeError for an unknown question, and NotAvailable. */
export function query(wallbox: Wallbox, station: ChargePoint, what: string, details: Readonly<Record<string, unknown>>): unknown {
  const question = Object.hasOwn(questions, what) ? questions[what] : undefined;
  if (question === undefined) throw new RangeError(`what: one of ${questionNames.join(', ')} is wanted`);
  return question(wallbox, station, details);
}

function later(): never {
  throw new NotAvailable();
}

function connectorOf(wallbox: Wallbox, station: ChargePoint, id: number): object {
  const found = station.connectors[id];
  const shared = {
    connector: id,
    status: found?.seen ?? null,
    errorCode: found?.seenError?.errorCode ?? 'NoError',
    operative: found?.operative,
    scheduled: found?.scheduled,
    errors: found?.errors ?? [],
    readings: found?.readings ?? {},
  };
  if (id === 0) return shared;
  const board = wallbox.board.connector(id);
  return {
    ...shared,
    plugged: board.isPlugged,
    locked: board.isLocked,
    contactor: board.isClosed,
    evReady: board.evReady,
    evseReady: board.evseReady,
    paused: board.isPaused,
    current: board.current,
    offered: board.offered,
    energy: board.meter.energy,
    session: board.session?.id ?? null,
    reserved: found?.reserved,
    authorizedFor: found?.authorization?.idTag ?? null,
  };
}

function transactionOf(transaction: NonNullable<ChargePoint['connectors'][number]['transaction']>): object {
  const { connector, session, idTag, parentIdTag, transactionId, meterStart, reservationId, isPaused, stopping } = transaction;
  return {
    connector,
    session,
    idTag,
    parentIdTag: parentIdTag ?? null,
    txId: transactionId ?? null,
    meterStart,
    reservationId: reservationId ?? null,
    paused: isPaused,
    stopping: stopping ?? null,
  };
}

/** At most this many records are listed. */
const mostRecords = 100;

function outboxOf(station: ChargePoint): object {
  const { outbox, host } = station;
  const messages: object[] = [];
  let length = 0;
  for (let number = outbox.head; number < host.journal.next; number++) {
    const action = outbox.actionOf(number);
    if (action === undefined) continue;
    length++;
    if (messages.length < mostRecords) messages.push({ number, action });
  }
  return { length, messages, free: host.journal.free, capacity: host.journal.capacity };
}

function idTagOf({ idTag, status, expiry, parentIdTag }: StoredIdTag): object {
  return {
    idTag,
    status,
    ...(expiry === undefined ? {} : { expiryDate: new Date(expiry).toISOString() }),
    ...(parentIdTag === undefined ? {} : { parentIdTag }),
  };
}

function listOf(station: ChargePoint): object {
  return { version: localListVersion(station), count: localListCount(station), entries: localListEntries(station).map(idTagOf) };
}

function reservationOf({ id, connector, expiry, idTag, parentIdTag }: ReservationFacts): object {
  return { id, connector, expiryDate: new Date(expiry).toISOString(), idTag, parentIdTag: parentIdTag ?? null };
}

type ReservationFacts = NonNullable<ChargePoint['authorizer']['reservations']> extends { all(): readonly (infer R)[] } ? R : never;

function profilesOf({ host }: ChargePoint): object[] {
  return entriesIn(host)
    .filter(isProfile)
    .map((entry) => {
      const { id, connector, stackLevel, purpose, unit, isRelative, isFromAcceptance, recurrence } = new StoredProfile(host.storage, entry);
      const kind = recurrence > 0 ? 'Recurring' : isRelative || isFromAcceptance ? 'Relative' : 'Absolute';
      return { id, connector, stackLevel, purpose, kind, unit, waits: isPending(entry) };
    });
}

function scheduleOf(station: ChargePoint, details: Readonly<Record<string, unknown>>): unknown {
  const { connector = 0, duration = 86_400, unit = 'A' } = details;
  if (unit !== 'A' && unit !== 'W') throw new RangeError('unit: A or W is wanted');
  if (typeof duration !== 'number' || !(duration >= 0 && duration < Number.POSITIVE_INFINITY))
    throw new RangeError('duration: seconds are wanted');
  const schedules = station.getAllEnhancedCompositeChargingSchedules(duration, unit);
  const schedule = Number.isSafeInteger(connector) ? schedules[connector as number] : undefined;
  if (schedule === undefined) throw new RangeError(`there is no connector ${connector}`);
  return schedule;
}

function sessionOf(wallbox: Wallbox, station: ChargePoint): object {
  return {
    connected: wallbox.host?.wire.isOpen ?? false,
    registration: station.session.registration ?? null,
    online: station.session.isOnline,
    url: station.connection.current().url,
    securityProfile: station.settings.number('SecurityProfile'),
  };
}

function clockOf(wallbox: Wallbox, station: ChargePoint): object {
  const { clock, host } = wallbox;
  const believed = host === undefined ? undefined : station.clock.estimateAt(host.now());
  const next = station.deadlines.next();
  return {
    now: clock.iso(),
    virtual: clock.isVirtual,
    uptime: (host?.now() ?? 0) / 1000,
    station: believed === undefined ? null : new Date(believed).toISOString(),
    nextDeadline: next === undefined ? null : next / 1000,
  };
}

function memoryOf(wallbox: Wallbox): object {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed, writes: wallbox.stores.gate.writes };
}
