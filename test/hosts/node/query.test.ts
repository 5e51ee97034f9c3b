/** What `query` shows of the stores is what the core reads there. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Clock } from '../../../hosts/node/clock.ts';
import { usualConfig } from '../../../hosts/node/config.ts';
import { Csms } from '../../../hosts/node/csms.ts';
import { query } from '../../../hosts/node/query.ts';
import { Wallbox } from '../../../hosts/node/wallbox.ts';
import type { ChargePoint } from '../../../src/index.ts';
import { cleanUp, newFolder } from './program.ts';

let csms: Csms;
let box: Wallbox;
const clock = new Clock(true);

beforeEach(async () => {
  csms = new Csms({ now: () => clock.unix(), log() {} });
  await csms.listen();
  const options = { csms: csms.url, id: 'QUERY', config: usualConfig(2), state: newFolder(), allowsFiles: true, clock };
  box = new Wallbox({ ...options, log() {}, emit() {} });
  box.powerOn();
  await clock.advance(2000, () => box.quiet(500));
});
afterEach(async () => {
  await box.close();
  await csms.close();
  await cleanUp();
});

const shown = (what: string) => query(box, box.station as ChargePoint, what, {});

test('the local list: whole, changed, switched off, and cleared', async () => {
  const info = (status: string, more: object = {}) => ({ idTagInfo: { status, ...more } });
  const list = [
    { idTag: 'Plain', ...info('Accepted') },
    { idTag: 'Group,|;1', ...info('Blocked', { parentIdTag: 'P,|' }) },
    { idTag: 'Old', ...info('Accepted', { expiryDate: '2030-01-02T03:04:05Z' }) },
  ];
  await csms.ask('SendLocalList', { listVersion: 4, updateType: 'Full', localAuthorizationList: list });
  const entries = [
    { idTag: 'group,|;1', status: 'Blocked', parentIdTag: 'P,|' },
    { idTag: 'old', status: 'Accepted', expiryDate: '2030-01-02T03:04:05.000Z' },
    { idTag: 'plain', status: 'Accepted' },
  ];
  const byName = (answer: unknown) => {
    const { entries: found, ...rest } = answer as { entries: { idTag: string }[] };
    return { ...rest, entries: found.sort((one, other) => (one.idTag < other.idTag ? -1 : 1)) };
  };
  expect(byName(shown('list'))).toEqual({ version: 4, count: 3, entries });
  const change = [{ idTag: 'OLD' }, { idTag: 'plain', ...info('Invalid') }];
  await csms.ask('SendLocalList', { listVersion: 5, updateType: 'Differential', localAuthorizationList: change });
  box.station?.setConfigurationKey('LocalAuthListEnabled', 'false');
  expect(byName(shown('list'))).toEqual({ version: 5, count: 2, entries: [entries[0], { idTag: 'plain', status: 'Invalid' }] });
  box.station?.setConfigurationKey('LocalAuthListEnabled', 'true');
  await csms.ask('SendLocalList', { listVersion: 0, updateType: 'Full', localAuthorizationList: [] });
  expect(shown('list')).toEqual({ version: 0, count: 0, entries: [] });
});

test('an update of the list that is valid but not in its pages yet is shown as the core reads it', async () => {
  const entry = (idTag: string) => ({ idTag, idTagInfo: { status: 'Accepted' } });
  await csms.ask('SendLocalList', { listVersion: 1, updateType: 'Full', localAuthorizationList: [entry('A'), entry('B')] });
  const { storage } = box.stores;
  const write = storage.write.bind(storage);
  storage.write = (key, text) => {
    if (key.startsWith('l/p')) throw new Error('this page does not hold');
    write(key, text);
  };
  await csms.ask('SendLocalList', { listVersion: 2, updateType: 'Differential', localAuthorizationList: [{ idTag: 'A' }, entry('C')] });
  const { version, entries } = shown('list') as { version: number; entries: { idTag: string }[] };
  expect([version, entries.map(({ idTag }) => idTag).sort()]).toEqual([2, ['b', 'c']]);
});

test('the cache, and charging profiles of every kind', async () => {
  box.station?.setConfigurationKey('AuthorizationCacheEnabled', 'true');
  box.board.present('Card', [1]);
  await clock.advance(1000, () => box.quiet(500));
  expect(shown('cache')).toEqual([{ idTag: 'card', status: 'Accepted' }]);
  const schedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 10 }] };
  const profile = (id: number, purpose: string, kind: string, more: object, unit = 'A') => ({
    chargingProfileId: id,
    stackLevel: id,
    chargingProfilePurpose: purpose,
    chargingProfileKind: kind,
    ...more,
    chargingSchedule: { ...schedule, chargingRateUnit: unit, ...(kind === 'Relative' ? {} : { startSchedule: clock.iso() }) },
  });
  const ask = (connectorId: number, csChargingProfiles: object) => csms.ask('SetChargingProfile', { connectorId, csChargingProfiles });
  await ask(0, profile(1, 'ChargePointMaxProfile', 'Relative', {}));
  await ask(1, profile(2, 'TxDefaultProfile', 'Absolute', {}, 'W'));
  await ask(2, profile(3, 'TxDefaultProfile', 'Recurring', { recurrencyKind: 'Daily' }));
  await ask(0, profile(4, 'TxDefaultProfile', 'Relative', {}));
  const waits = false;
  expect(shown('profiles')).toEqual([
    { id: 1, connector: 0, stackLevel: 1, purpose: 'ChargePointMaxProfile', kind: 'Relative', unit: 'A', waits },
    { id: 2, connector: 1, stackLevel: 2, purpose: 'TxDefaultProfile', kind: 'Absolute', unit: 'W', waits },
    { id: 3, connector: 2, stackLevel: 3, purpose: 'TxDefaultProfile', kind: 'Recurring', unit: 'A', waits },
    { id: 4, connector: 0, stackLevel: 4, purpose: 'TxDefaultProfile', kind: 'Relative', unit: 'A', waits },
  ]);
});
