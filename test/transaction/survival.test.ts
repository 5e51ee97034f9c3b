/**
 * What survives a power cut? Each fact of a transaction, of a connector and of an authorization is kept (where) or forgotten (why). A fact
 * without a row does not compile; a fact that is said to be kept and is not fails.
 */

import { expect, test } from 'vitest';
import type { Authorization, Connector } from '../../src/connector/connector.ts';
import { adoptKept, entryText, keptText, readEntry, readStart, readStop, startRecord, stopRecord } from '../../src/transaction/records.ts';
import { Transaction } from '../../src/transaction/transaction.ts';

type Place = 'start record' | 'stop record' | 'samples' | 'entry' | 'kept entry' | 'shelf a' | 'shelf r' | 'shelf p' | 'shelf f';
type Row = { readonly kept: readonly Place[] } | { readonly forgotten: string } | { readonly derived: string };
/** Its facts: all but the methods. */
type Facts<T> = { [Name in keyof T]-?: NonNullable<T[Name]> extends (...args: never[]) => unknown ? never : Name }[keyof T];
type Table<T> = { readonly [Name in Facts<T>]: Row };

const transactionFacts: Table<Transaction> = {
  connector: { kept: ['start record', 'entry', 'stop record'] },
  session: { kept: ['start record', 'entry'] },
  idTag: { kept: ['start record', 'entry'] },
  start: { kept: ['start record', 'entry', 'kept entry', 'stop record'] },
  meterStart: { kept: ['start record', 'entry'] },
  began: { derived: 'from the date of the start, at boot' },
  parentIdTag: { kept: ['start record', 'entry'] },
  transactionId: { kept: ['entry'] },
  reservationId: { kept: ['start record'] },
  isPaused: { kept: ['kept entry'] },
  energyAllowed: { kept: ['kept entry'] },
  stopping: { kept: ['kept entry'] },
  stopIdTag: { kept: ['kept entry', 'stop record'] },
  unstored: { kept: ['kept entry'] },
  register: { kept: ['samples', 'kept entry'] },
  confirmed: { derived: 'the register that was read back' },
  keptRegister: { derived: 'what was read back is what is in flash' },
  lastStamp: { derived: 'from the stamps of its records and of the kept entry, at boot' },
  floor: { derived: 'from lastStamp' },
  latest: { forgotten: 'a moment of the boot that is over' },
  asked: { forgotten: 'the wallbox that was asked has lost its power, too: it is asked again' },
  isUnkept: { forgotten: 'what was not kept is not known any more' },
  isFailureTold: { forgotten: 'a stop that fails again after a boot is told again, once' },
  isPauseFailureTold: { forgotten: 'a pause that fails again after a boot is told again, once' },
  isKeyTold: { forgotten: 'a public key that is told once more does no harm' },
};

const connectorFacts: Table<Connector<Transaction>> = {
  id: { derived: 'from the options' },
  station: { derived: 'connector 0' },
  operative: { kept: ['shelf a'] },
  scheduled: { kept: ['shelf a'] },
  disabled: { forgotten: 'the wallbox says it again (`init`, `onDisabled`), and an update holds its connectors again (shelf f)' },
  isHeld: { kept: ['shelf f'] },
  isAwaited: { forgotten: 'the wallbox is asked again at boot (`enableEvse`)' },
  errors: { forgotten: 'the wallbox reports what is still wrong' },
  isEnding: { forgotten: 'the boot is what the reset wanted' },
  plugged: { forgotten: 'the wallbox says it again; a session that goes on is plugged' },
  isOutOfService: { derived: 'from what the wallbox, the update and ChangeAvailability say' },
  turn: { forgotten: 'the wallbox is asked again at boot' },
  hasLeft: { forgotten: 'the wallbox says again what is plugged' },
  unlocking: { forgotten: 'the lock has lost its power, too' },
  restingStrays: { forgotten: 'a session that goes on and is not stored is found again at boot' },
  strays: { forgotten: 'a session that goes on and is not stored is found again at boot' },
  finishing: { forgotten: 'a cable that is still in is Preparing: nobody knows for how long the power was away' },
  formerUser: { forgotten: 'after a boot the cable that is in is Preparing, and whoever shows a card begins' },
  isNewCar: { forgotten: 'the wallbox says again what is plugged' },
  reserved: { kept: ['shelf r'] },
  authorization: { forgotten: 'a driver shows his card again; nothing had begun' },
  transaction: { kept: ['start record', 'entry'] },
  lastStop: { forgotten: 'after a boot every status is told behind what waits in the journal' },
  suspendedByEV: { forgotten: 'the wallbox says it again' },
  suspendedByEVSE: { forgotten: 'the wallbox says it again' },
  limitedToZero: { kept: ['shelf p'] },
  readings: { forgotten: 'the meter is read again; what is billed of it is in the transaction' },
  signed: { forgotten: 'as readings' },
  currentOffered: { forgotten: 'the wallbox says it again' },
  powerOffered: { forgotten: 'the wallbox says it again' },
  energy: { forgotten: 'the meter is read again; what is billed of it is in the transaction' },
  info: { forgotten: 'it belongs to an event that is over' },
  seen: { forgotten: 'every connector is told after a boot (errata 3.22)' },
  seenError: { forgotten: 'as seen' },
  seenInfo: { forgotten: 'as seen' },
  seenAt: { forgotten: 'as seen' },
  announced: { forgotten: 'as seen' },
  confirmed: { forgotten: 'as seen' },
  confirmedError: { forgotten: 'as seen' },
  isFaulted: { derived: 'from errors' },
  isAvailable: { derived: 'from operative and disabled' },
  isInUse: { derived: 'from the facts above' },
  isFree: { derived: 'from the facts above' },
};

const authorizationFacts: Table<Authorization> = {
  idTag: { forgotten: 'a driver shows his card again; nothing had begun' },
  parentIdTag: { forgotten: 'as idTag; from the start on it is in the transaction' },
  remote: { forgotten: 'as idTag' },
  reservationId: { forgotten: 'the reservation itself is kept until its transaction has begun (shelf r)' },
  provided: { forgotten: 'the wallbox has forgotten it, too' },
};

/** A transaction of which everything is known. */
function whole(): Transaction {
  const transaction = new Transaction(2, 'session-7', 'CARD', 41, 1000);
  transaction.parentIdTag = 'FAMILY';
  transaction.transactionId = -5;
  transaction.reservationId = 0;
  transaction.isPaused = true;
  transaction.energyAllowed = 2500;
  transaction.stopping = 'DeAuthorized';
  transaction.stopIdTag = 'OTHER, "CARD"';
  transaction.register = 2222;
  transaction.unstored = stopRecord(transaction, 'smzabc', 2222, 'DeAuthorized', 'OTHER, "CARD"', true);
  return transaction;
}

/** What can be read back of it from each place. */
function readBack(transaction: Transaction): Partial<Record<Place, Partial<Transaction>>> {
  const { connector, meterStart, reservationId, idTag, session, start } = transaction;
  const kept = new Transaction(connector, session, idTag, start, meterStart);
  adoptKept(kept, keptText(transaction, { stamp: 'smzabc', number: 0 }));
  const stop = readStop(stopRecord(transaction, 'smzabc', 2222, 'Local', transaction.stopIdTag, false));
  return {
    'start record': readStart(start, startRecord(connector, 'smzabc', meterStart, reservationId, [idTag, session, 'FAMILY'])),
    entry: readEntry(connector, entryText(transaction, 1_735_689_600_000)) ?? {},
    'kept entry': kept,
    'stop record': { connector: stop.connector, start: stop.start, stopIdTag: stop.idTag },
  };
}

test('every fact of a transaction that is said to be kept can be read back from each place that is said to hold it', () => {
  const transaction = whole();
  const places = readBack(transaction);
  let checked = 0;
  for (const [name, row] of Object.entries(transactionFacts) as [keyof Transaction, Row][]) {
    if (!('kept' in row)) continue;
    expect(row.kept.length).toBeGreaterThan(0);
    for (const place of row.kept) {
      if (place === 'samples') continue;
      expect(places[place]?.[name], `${name} from the ${place}`).toEqual(transaction[name]);
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(20);
});

test('a reason stands beside everything that is forgotten', () => {
  for (const table of [transactionFacts, connectorFacts, authorizationFacts]) {
    for (const [name, row] of Object.entries(table) as [string, Row][]) {
      if ('forgotten' in row) expect(row.forgotten.length, name).toBeGreaterThan(5);
      if ('derived' in row) expect(row.derived.length, name).toBeGreaterThan(5);
    }
  }
});

test('records of the version before are read: no parentIdTag in the start, the pause in the entry', () => {
  expect(readStart(3, 's1,smzabc,1000,,["CARD","S1"]')).toMatchObject({ idTag: 'CARD', session: 'S1', parentIdTag: undefined });
  expect(readEntry(1, '[3,1001,"CARD","S1",1000,"smzabc",null,1]')).toMatchObject({ isPaused: true, parentIdTag: undefined });
});

test('what was kept of another transaction counts for nothing, and neither does what is broken', () => {
  const transaction = new Transaction(1, 'S', 'CARD', 42, 1000);
  for (const text of [keptText(whole(), { stamp: 'smzabc', number: 0 }), '16', '16,', '16,1,2', '', '{}', '[]']) {
    expect(adoptKept(transaction, text)).toBeUndefined();
    expect(transaction).toMatchObject({ isPaused: false, register: 1000 });
    expect([transaction.stopping, transaction.unstored]).toEqual([undefined, undefined]);
  }
});
