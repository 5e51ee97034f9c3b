/** What firmware may say, and what becomes of nonsense: nothing of it reaches a bill, a clock or a lock, and no input throws. */

import { describe, expect, test } from 'vitest';
import { errorOf, isSameError, momentOf, reasonOf, registerOf, signedOf, textOf } from '../../src/connector/door.ts';
import { type Inside, localStation } from '../local-station.ts';
import { World } from '../world.ts';

const absurd: readonly unknown[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, undefined, null, '5', {}, [], true];

describe('values', () => {
  test('a register is a finite number of at least 0', () => {
    expect(absurd.map(registerOf)).toEqual(absurd.map(() => undefined));
    expect([0, 0.4, 1e12].map(registerOf)).toEqual([0, 0.4, 1e12]);
  });

  test('a moment lies in this boot, else it is now', () => {
    expect(absurd.map((time) => momentOf(time, 1000))).toEqual(absurd.map(() => 1000));
    expect([0, 999, 1000, 1001, 1_735_689_600_000].map((time) => momentOf(time, 1000))).toEqual([0, 999, 1000, 1000, 1000]);
  });

  test('a reason is one of the specification, else Other', () => {
    expect([...absurd, 'local', 'Whatever'].every((reason) => reasonOf(reason) === 'Other')).toBe(true);
    expect(['Local', 'PowerLoss'].map(reasonOf)).toEqual(['Local', 'PowerLoss']);
  });

  test('a text is cut, and nothing else is one', () => {
    expect(textOf('x'.repeat(30), 20)).toBe('x'.repeat(20));
    expect([1, null, undefined, {}].map((value) => textOf(value, 20))).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('a signed value has all of its parts as text', () => {
    const whole = { signedMeterData: 'd', signingMethod: 'm', encodingMethod: 'e' };
    expect(signedOf(whole)).toBe(whole);
    expect(signedOf('opaque')).toBe('opaque');
    for (const value of ['x'.repeat(8001), { ...whole, signedMeterData: 5 }, {}, null, 7]) expect(signedOf(value)).toBe(undefined);
  });

  test('an error needs an id; what cannot say whether it is dangerous is taken at the worst', () => {
    const fine = { id: 'e', errorCode: 'GroundFailure', faulted: false, time: 5 };
    expect(errorOf(fine, 10)).toBe(fine);
    for (const value of [undefined, null, 'e', {}, { errorCode: 'GroundFailure' }]) expect(errorOf(value, 10)).toBe(undefined);
    expect(errorOf({ id: 'e', faulted: undefined, info: 5, time: 11 }, 10)).toEqual({ id: 'e', errorCode: 'OtherError', faulted: true });
    expect(isSameError(fine, { ...fine, info: 'now 80 degrees' })).toBe(true);
    for (const other of [{ faulted: true }, { errorCode: 'WeakSignal' }, { vendorErrorCode: 'E1' }]) {
      expect(isSameError(fine, { ...fine, ...other })).toBe(false);
    }
  });
});

/** A wallbox whose callbacks do nothing: the test reports by hand. */
function handWorld(): World {
  const world = new World();
  for (const name of ['provideToken', 'stopTransaction', 'transactionStarted', 'transactionStopped', 'transactionUpdated']) {
    world.wallbox.always(name, { value: true });
  }
  world.boot();
  world.advance(10_000);
  return world;
}

describe('inputs', () => {
  test.each([
    [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN],
    [-5, undefined, 1_735_689_600_000],
    ['5000', null, -1],
  ])('meterStart %s, meterStop %s, time %s: the last known register, now, and PowerMeterFailure', (start, stop, time) => {
    const world = handWorld();
    world.call('onMeterValues', [1, { 'Energy.Active.Import.Register': 5000 }]);
    world.call('onTransactionStarted', [1, 'S1', 'A', start, { time }]);
    world.advance(60_000);
    world.call('onMeterValues', [1, { 'Energy.Active.Import.Register': 5700 }]);
    world.call('onTransactionStopped', [1, 'S1', 'Whatever', stop, { time }]);
    world.advance(1000);
    const [bill] = world.transactions;
    expect(bill?.start).toMatchObject({ meterStart: 5000, timestamp: '2025-01-01T00:00:10.000Z' });
    expect(bill?.stop).toMatchObject({ meterStop: 5700, reason: 'Other', timestamp: '2025-01-01T00:01:10.000Z' });
    expect(world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'PowerMeterFailure')).toHaveLength(2);
    // The clock of this boot is whole: the next transaction has its own time.
    world.call('onTransactionStarted', [2, 'S2', 'B', 0]);
    world.advance(1000);
    expect(world.transactions[1]?.start.timestamp).toBe('2025-01-01T00:01:11.000Z');
  });

  test('readings that are not finite are left out, the others are told', () => {
    const world = handWorld();
    world.configure('MeterValuesSampledData', 'Energy.Active.Import.Register,Voltage,Current.Import');
    world.call('onTransactionStarted', [1, 'S1', 'A', 0]);
    const readings = {
      'Energy.Active.Import.Register': Number.NaN,
      Voltage: 230,
      'Current.Import': { L1: 16, L2: Number.POSITIVE_INFINITY },
    };
    world.call('onMeterValues', [1, readings]);
    world.request('TriggerMessage', { requestedMessage: 'MeterValues', connectorId: 1 });
    world.advance(1000);
    const values = world
      .sent('MeterValues')
      .at(-1)
      ?.meterValue[0]?.sampledValue.map(({ measurand, phase, value }) => [measurand, phase, value]);
    expect(values).toEqual([
      ['Voltage', undefined, '230'],
      ['Current.Import', 'L1', '16'],
    ]);
  });

  test('no input throws, whatever it is given, and the station charges afterwards', () => {
    // Past the world, whose own model reads some of these arguments.
    let inside: Inside | undefined;
    const world = new World({ createStation: (outside, build) => (inside = localStation(outside, build)) });
    world.boot();
    const station = ['onPlugged', 'onUnplugged', 'onToken', 'onError', 'onErrorCleared', 'onAllErrorsCleared', 'onMeterValues'];
    station.push('onTransactionStarted', 'onTransactionStopped', 'onSuspendChargingEV', 'onSuspendChargingEVSE', 'onResumeCharging');
    station.push('onMaxCurrentOffered', 'onMaxPowerOffered', 'setMessageQueueResumeDelay', 'setConfigurationKey', 'onSecurityEvent');
    station.push('onFirmwareUpdateStatusNotification', 'onLogStatusNotification', 'updateMeterInformation', 'onChangeAvailability');
    for (const name of station) {
      for (const value of [...absurd, 3, 1.5]) {
        for (const args of [[value], [1, value], [1, value, value], [1, value, value, value, value]]) {
          expect(() => inside?.input(name, args), `${name}(${args})`).not.toThrow();
        }
      }
    }
    // The world calls what is logged as failed a fault; here it is what must happen.
    world.faults.length = 0;
    world.drain();
    world.call('onAllErrorsCleared', [1]);
    world.unplug(1);
    world.advance(60_000);
    world.charge(2, 'A');
    world.advance(60_000);
    expect(world.transactions.at(-1)?.start).toMatchObject({ connectorId: 2, idTag: 'A' });
  });
});
