/** The simulated board as a thing of copper: contactors, locks, currents and registers, and what the central system hears of them. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Clock } from '../../../hosts/node/clock.ts';
import { type BoardConfig, usualConfig } from '../../../hosts/node/config.ts';
import type { BoardConnector } from '../../../hosts/node/connector.ts';
import { Csms } from '../../../hosts/node/csms.ts';
import { Wallbox } from '../../../hosts/node/wallbox.ts';
import { cleanUp, newFolder } from './program.ts';

let csms: Csms;
let clock: Clock;
let box: Wallbox;
let events: { readonly event: string; readonly [name: string]: unknown }[];
/** Requests that the central system got, as it logs them. */
let heard: string[];
let wrong: string[];

async function start(board: Partial<BoardConfig> = {}, keys: Record<string, string> = {}): Promise<void> {
  const config = usualConfig(2);
  box = new Wallbox({
    csms: csms.url,
    id: 'BOARD',
    config: { keys: { ...config.keys, ...keys }, board: { ...config.board, ...board } },
    state: newFolder(),
    allowsFiles: true,
    clock,
    log() {},
    emit: (event, fields) => {
      events.push({ event, ...fields });
      for (const connector of box?.board.connectors ?? []) check(connector, event);
    },
  });
  box.powerOn();
  await pass(2);
}

/** What must hold at every moment: no current without a transaction, over a fault, past the limit, or through a cable that can be pulled. */
function check(connector: BoardConnector, event: string): void {
  const { current, id } = connector;
  if (current === 0) return;
  const where = `${event}: connector ${id}`;
  const isFaulted = [connector, box.station?.connectors[0]].some((each) =>
    [...(each?.errors?.values() ?? [])].some(({ faulted }) => faulted),
  );
  if (connector.session === undefined || !connector.isPlugged) wrong.push(`${where} charges nobody`);
  if (isFaulted) wrong.push(`${where} charges over a fault`);
  if (!connector.isLocked && connector.config.lock) wrong.push(`${where} is not locked`);
  if (current > connector.offered) wrong.push(`${where} draws more than it is offered`);
}

async function pass(seconds: number): Promise<void> {
  await clock.advance(seconds * 1000, () => box.quiet(500));
}

function at(id: number): BoardConnector {
  return box.board.connector(id);
}

const status = (id: number) => box.station?.connectors[id]?.seen;
const statuses = (connector: number) => events.filter((event) => event.event === 'connector_status' && event['connector'] === connector);

async function charge(id: number, idTag = 'CARD', isReady = true): Promise<void> {
  box.board.plug(at(id), 16, isReady);
  box.board.present(idTag, [id]);
  await pass(1);
}

const requests = (action: string) =>
  heard.filter((line) => line.startsWith(`<- ${action} `)).map((line) => line.slice(action.length + 4).split('  -> ')[0] as string);

beforeEach(async () => {
  events = [];
  heard = [];
  wrong = [];
  clock = new Clock(true);
  csms = new Csms({ now: () => clock.unix(), log: (text) => heard.push(text), onViolation: (text) => wrong.push(text) });
  await csms.listen();
});
afterEach(async () => {
  await box.close();
  await csms.close();
  await cleanUp();
  expect(wrong).toEqual([]);
});

function profile(connectorId: number, limit: number, numberPhases?: number): object {
  const period = { startPeriod: 0, limit, ...(numberPhases === undefined ? {} : { numberPhases }) };
  return {
    connectorId,
    csChargingProfiles: {
      chargingProfileId: connectorId + 1,
      stackLevel: 0,
      chargingProfilePurpose: connectorId === 0 ? 'ChargePointMaxProfile' : 'TxDefaultProfile',
      chargingProfileKind: 'Relative',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [period] },
    },
  };
}

test('the EV charges on as many phases as the schedule says', async () => {
  await start();
  await charge(1);
  await csms.ask('SetChargingProfile', profile(1, 16, 1));
  await pass(1);
  expect(box.station?.connectors[1]?.readings).toMatchObject({ 'Power.Active.Import': 3680, 'Current.Import': { L1: 16, L2: 0, L3: 0 } });
  const before = at(1).meter.energy;
  await pass(3600);
  expect(at(1).meter.energy - before).toBeCloseTo(3680, 6);
  await csms.ask('SetChargingProfile', profile(1, 16, 3));
  await pass(1);
  expect(box.station?.connectors[1]?.readings).toMatchObject({ 'Power.Active.Import': 11_040 });
});

test('an EV that is not ready, or an EVSE, is never told to be charging, at the start or after a power cut', async () => {
  await start();
  await charge(1, 'CARD', false);
  box.board.setReadiness(at(2), 'evse', false, undefined);
  await charge(2);
  expect([status(1), status(2)]).toEqual(['SuspendedEV', 'SuspendedEVSE']);
  box.powerOff();
  await pass(60);
  box.powerOn('PowerUp', [1, 2]);
  await pass(5);
  expect([status(1), status(2)]).toEqual(['SuspendedEV', 'SuspendedEVSE']);
  expect([...statuses(1), ...statuses(2)].filter((event) => event['status'] === 'Charging')).toEqual([]);
  expect(requests('StatusNotification').filter((request) => request.includes('"Charging"'))).toEqual([]);
  box.board.setReadiness(at(1), 'ev', true, undefined);
  expect([status(1), at(1).current]).toEqual(['Charging', 16]);
});

test('an EV that was suspended does not make the next one suspended', async () => {
  await start();
  await charge(1, 'CARD', false);
  box.board.unplug(at(1));
  await pass(1);
  await charge(1);
  expect([status(1), at(1).current]).toEqual(['Charging', 16]);
});

test('the cable stays locked at the unplug unless UnlockConnectorOnEVSideDisconnect, and goes to the card that charged', async () => {
  await start();
  const set = (value: string) => box.station?.setConfigurationKey('UnlockConnectorOnEVSideDisconnect', value);
  set('false');
  await charge(1);
  expect(at(1).isLocked).toBe(true);
  box.board.unplug(at(1));
  await pass(1);
  expect([status(1), at(1).isLocked, at(1).isClosed]).toEqual(['Available', true, false]);
  box.board.present('OTHER', [1]);
  expect(at(1).isLocked).toBe(true);
  box.board.present('card', [1]);
  expect(at(1).isLocked).toBe(false);
  await pass(120);
  set('true');
  await charge(2);
  box.board.unplug(at(2));
  await pass(1);
  expect(at(2).isLocked).toBe(false);
});

test('a lock never opens under current, and an UnlockConnector that fails leaves it shut', async () => {
  await start();
  await charge(1);
  expect(box.board.unlock(at(1))).toBe('UnlockFailed');
  expect([at(1).isLocked, at(1).current]).toEqual([true, 16]);
  at(1).nextUnlock = 'UnlockFailed';
  expect(await csms.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'UnlockFailed' });
  await pass(1);
  expect([at(1).isLocked, at(1).current]).toEqual([true, 0]);
  expect(await csms.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'Unlocked' });
  expect(at(1).isLocked).toBe(false);
});

test('a fault of the station opens every contactor at once; what is over goes on', async () => {
  await start();
  await charge(1);
  await charge(2, 'OTHER');
  expect([at(1).current, at(2).current]).toEqual([16, 16]);
  box.board.setError(0, { id: 'mains', errorCode: 'UnderVoltage', faulted: true });
  expect([at(1).isClosed, at(2).isClosed]).toEqual([false, false]);
  const before = [at(1).meter.energy, at(2).meter.energy];
  await pass(600);
  expect([at(1).meter.energy, at(2).meter.energy]).toEqual(before);
  box.board.clearErrors(0, 'mains');
  expect([at(1).current, at(2).current]).toEqual([16, 16]);
});

test('a fault of the station outlives the power; nothing starts on it', async () => {
  await start();
  box.board.setError(0, { id: 'mains', errorCode: 'UnderVoltage', faulted: true });
  box.powerOff();
  box.powerOn();
  await pass(5);
  expect([status(0), status(1)]).toEqual(['Faulted', 'Faulted']);
  await charge(1);
  expect([at(1).session, at(1).current]).toEqual([undefined, 0]);
  box.board.clearErrors(0, undefined);
  await pass(1);
  expect(status(0)).toBe('Available');
});

test('a lock that does not close is a fault: nothing starts until the next try may succeed, or the cable is out', async () => {
  await start();
  box.board.setLockOutcome(at(1), false);
  await charge(1);
  expect([status(1), at(1).session, at(1).current]).toEqual(['Faulted', undefined, 0]);
  expect(requests('StatusNotification').at(-1)).toContain('errorCode: "ConnectorLockFailure", status: "Faulted"');
  await pass(300);
  expect(requests('StartTransaction')).toEqual([]);
  box.board.unplug(at(1));
  await pass(1);
  expect(status(1)).toBe('Available');
  await charge(1);
  expect([status(1), at(1).isLocked, at(1).current]).toEqual(['Charging', true, 16]);
  box.board.setLockOutcome(at(2), false);
  await charge(2, 'OTHER');
  expect(status(2)).toBe('Faulted');
  box.board.setLockOutcome(at(2), true);
  await pass(1);
  expect([status(2), at(2).isLocked, at(2).current]).toEqual(['Charging', true, 16]);
});

test('the meter shows values from the first moment, after a power cut too', async () => {
  await start();
  expect(box.station?.connectors[1]?.readings).toMatchObject({ 'Energy.Active.Import.Register': 0, 'Power.Active.Import': 0 });
  at(2).meter.energy = 4321;
  box.powerOff();
  box.powerOn();
  expect(box.station?.connectors[2]?.readings).toMatchObject({ 'Energy.Active.Import.Register': 4321 });
});

test('what flowed until the power cut is billed to the watt-hour', async () => {
  await start({}, { MeterValueSampleInterval: '0' });
  await charge(1);
  await pass(3599);
  const delivered = at(1).meter.energy;
  expect(delivered).toBeCloseTo(11_040, 3);
  box.powerOff();
  await pass(1000);
  expect(at(1).meter.energy).toBe(delivered);
  box.powerOn();
  await pass(5);
  expect(requests('StopTransaction')).toEqual([expect.stringContaining(`meterStop: ${Math.round(delivered)}`)]);
});
