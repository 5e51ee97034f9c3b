/** Money where the wallbox, the meter or a store does what no sane one does: what the bill says then. */

import { describe, expect, test } from 'vitest';
import { World, type WorldOptions } from '../world.ts';

const second = 1000;
const minute = 60_000;
const register = 'Energy.Active.Import.Register';
const offline = { AllowOfflineTxForUnknownId: 'true', MeterValueSampleInterval: '0' };

function booted(options: WorldOptions = {}): World {
  const world = new World(options);
  world.boot();
  return world;
}

describe('a single reading that the next one contradicts', () => {
  test.each([4_294_967_295, 70_000])('%d Wh are not billed', (spike) => {
    const world = booted();
    world.charge(1, 'A');
    world.advance(minute);
    world.call('onMeterValues', [1, { [register]: spike }]);
    world.advance(minute);
    world.tag('A');
    world.advance(second);
    expect(world.transactions[0]?.stop?.meterStop).toBe(1368);
    expect(world.sent('StatusNotification').every(({ errorCode }) => errorCode === 'NoError')).toBe(true);
  });

  test('nor are they after a power cut that comes later', () => {
    const world = booted({ keys: offline });
    world.charge(1, 'A');
    world.advance(minute);
    world.call('onMeterValues', [1, { [register]: 4_294_967_295 }]);
    world.advance(minute);
    world.reboot(false);
    world.advance(second);
    expect(world.transactions[0]?.stop?.meterStop).toBeLessThan(1400);
  });

  test('a meter that falls below what two readings have shown is clamped as ever', () => {
    const world = booted({ breaks: ['billed'] });
    world.charge(1, 'A');
    world.advance(10 * minute);
    const before = Math.floor(world.wallbox.energy(1) + 0.5);
    world.wallbox.setMeter(1, 1500);
    world.advance(second);
    world.tag('A');
    world.advance(second);
    expect(world.transactions[0]?.stop?.meterStop).toBe(before);
  });
});

describe('a start that is reported before `start`, even before `init`', () => {
  test('ends what was there before at the last register that flash knows, and nothing elsewhere', () => {
    const world = booted({ keys: offline, connectors: 3 });
    for (const connector of [1, 2]) world.charge(connector, 'AB'.charAt(connector - 1));
    world.advance(20 * minute);
    const energy = world.wallbox.energy(1);
    world.cut();
    world.advance(5 * second);
    world.wallbox.sockets[1]!.plugged = false;
    world.beforeStart = () => {
      world.wallbox.sockets[1]!.plugged = true;
      world.wallbox.begin(1, 'C');
    };
    world.boot();
    world.advance(minute);
    const [first, second_, third] = world.transactions;
    expect(first?.stop).toMatchObject({ reason: 'PowerLoss', transactionId: 1001 });
    expect(energy - (first?.stop?.meterStop ?? 0)).toBeLessThan(1000);
    expect(second_?.stop).toBe(undefined);
    expect(third?.start).toMatchObject({ connectorId: 1, idTag: 'C' });
    world.tag('B', [2]);
    world.advance(second);
    expect(second_?.stop?.reason).toBe('Local');
  });
});

test('connector 0 is no place to charge or to plug in', () => {
  const world = booted();
  world.call('onTransactionStarted', [0, 'X', 'A', 1000]);
  world.call('onPlugged', [0]);
  world.advance(2 * minute);
  expect(world.sent('StartTransaction')).toEqual([]);
  world.tag('A', [1]);
  world.advance(10 * second);
  world.call('onUnplugged', [0]);
  world.plug(1);
  world.advance(second);
  expect(world.transactions).toMatchObject([{ start: { connectorId: 1 } }]);
});

test('a transaction that the wallbox was about to begin when the station was stopped is ended, too', () => {
  const world = booted();
  world.plug(1);
  world.wallbox.next('provideToken', { slow: 2 });
  world.tag('A', [1]);
  world.call('stop', []);
  world.advance(minute);
  expect(world.called('stopTransaction')).toEqual([[1, 'Other']]);
  expect(world.wallbox.sockets[1]!.current).toBe(0);
});

test('of two sessions that nobody knows each is forgotten where it ends', () => {
  const world = booted();
  world.cut();
  world.advance(second);
  world.wallbox.always('stopTransaction', { value: true });
  const { onPowerOn } = world.wallbox;
  world.wallbox.onPowerOn = (resume) => [...onPowerOn.call(world.wallbox, resume), 'X', 'Y'];
  world.boot();
  expect(world.called('stopTransaction').length).toBeGreaterThan(0);
  world.call('onTransactionStopped', [2, 'Y', 'Other', 5]);
  world.call('onTransactionStopped', [1, 'X', 'Other', 5]);
  const asked = world.called('stopTransaction').length;
  world.advance(5 * minute);
  expect(world.called('stopTransaction')).toHaveLength(asked);
});

test('a sample that is due while the end waits for the journal is none of that transaction', () => {
  const aligned = { MeterValuesAlignedData: register, StopTxnAlignedData: register, StopTxnSampledData: register };
  const world = booted({ keys: { ...aligned, ClockAlignedDataInterval: '60' } });
  world.charge(1, 'A');
  world.advance(55 * second);
  const { journal } = world;
  const append = journal!.append.bind(journal);
  let failed = false;
  journal!.append = (record) => {
    const isStop = record.slice(record.indexOf(';') + 1)[0] === 'e';
    if (failed || !isStop) return append(record);
    failed = true;
    throw new Error('write failed');
  };
  world.tag('A');
  world.advance(2 * minute);
  expect(failed).toBe(true);
  const stop = world.transactions[0]?.stop;
  const contexts = stop?.transactionData?.map(({ sampledValue }) => sampledValue[0]?.context);
  expect(contexts).toEqual(['Transaction.Begin', 'Transaction.End']);
  const of = world.sent('MeterValues').filter(({ transactionId }) => transactionId !== undefined);
  for (const { meterValue } of of) expect(meterValue[0]!.timestamp <= stop!.timestamp).toBe(true);
});

test('whoever else was authorized, a transaction has neither his group nor his reservation', () => {
  const world = booted({ also: ['reserveNow', 'cancelReservation'], breaks: ['person'] });
  world.wallbox.always('reserveNow', { value: 'Accepted' });
  world.csms.next('Authorize', { payload: { idTagInfo: { status: 'Accepted', parentIdTag: 'GROUP' } } });
  const reservation = { connectorId: 1, expiryDate: '2025-01-02T00:00:00Z', idTag: 'A', reservationId: 5 };
  expect(world.request('ReserveNow', reservation).payload).toEqual({ status: 'Accepted' });
  world.wallbox.next('provideToken', { value: undefined });
  world.plug(1);
  world.tag('A', [1]);
  world.wallbox.begin(1, 'B');
  world.advance(second);
  expect(world.sent('StartTransaction')).toEqual([{ connectorId: 1, idTag: 'B', meterStart: 1001, timestamp: '2025-01-01T00:00:00.000Z' }]);
  world.tag('C', [1]);
  world.advance(second);
  expect(world.called('stopTransaction')).toEqual([]);
});

test.each(['the card', 'the parentIdTag'])('DEL in %s: the transaction is stored as any other, and survives a power cut', (where) => {
  const world = booted();
  const idTag = where === 'the card' ? 'A\u007f' : 'A';
  if (where !== 'the card') {
    const idTagInfo = { status: 'Accepted', parentIdTag: 'P\u007f' };
    world.csms.next('StartTransaction', { payload: { transactionId: 1001, idTagInfo } });
  }
  world.charge(1, idTag);
  world.advance(20 * minute);
  world.wallbox.always('stopTransaction', { value: true });
  world.tag(idTag, [1]);
  world.advance(second);
  expect(world.logs.filter((line) => line.includes('could not be stored'))).toEqual([]);
  world.wallbox.behave();
  world.reboot();
  world.advance(second);
  expect(world.transactions[0]?.stop).toMatchObject({ reason: 'Local', idTag });
});

test('what no meter can show is no register', () => {
  const world = booted({ keys: { StopTxnSampledData: register }, breaks: ['billed'] });
  world.plug(1);
  world.wallbox.lie(1, { meterStart: 1e300 });
  world.tag('A', [1]);
  world.call('onMeterValues', [1, { [register]: 1.7e308 }]);
  world.advance(minute);
  world.wallbox.lie(1, { meterStop: 1e301 });
  world.wallbox.end(1, 'Local');
  world.advance(second);
  expect(world.transactions[0]?.start.meterStart).toBe(1001);
  expect(world.transactions[0]?.stop?.meterStop).toBe(1184);
  expect(world.frames.join()).not.toContain('Infinity');
});

test('a station that lost a connector still tells the end of what ran there', () => {
  const options = { connectors: 2 };
  const world = booted(options);
  world.charge(2, 'A');
  world.advance(10 * minute);
  world.cut();
  options.connectors = 1;
  world.boot(false);
  world.advance(minute);
  expect(world.transactions[0]?.stop).toMatchObject({ reason: 'PowerLoss', transactionId: 1001 });
  const stops = world.sent('StopTransaction').length;
  world.reboot(false);
  world.advance(minute);
  expect(world.sent('StopTransaction')).toHaveLength(stops);
});
