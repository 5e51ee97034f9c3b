/** What `start` demands of the factory, and what it says about it (protocol.md section 1). */

import { describe, expect, test } from 'vitest';
import { World } from '../world.ts';

/** The lines of the log about the start. */
function lines(world: World): string[] {
  return world.logs.filter((line) => line.includes('The station starts'));
}

describe('start throws a TypeError, before anything is sent or asked', () => {
  test.each([
    ['ChargePointVendor', ''],
    ['ChargePointVendor', 'x'.repeat(21)],
    ['ChargePointModel', ' '],
    ['ChargePointModel', '\u{1f600}'.repeat(21)],
    ['ChargePointId', ''],
    ['ChargePointId', 'x'.repeat(256)],
    ['ChargePointId', 'a\ud800'],
    ['ChargePointId', 'a\nb'],
    ['CentralSystemURI', ''],
    ['CentralSystemURI', 'csms.example/ocpp'],
    ['CentralSystemURI', 'ws://csms.example:0'],
    ['CentralSystemURI', 'ws://csms.example:99999'],
    ['CentralSystemURI', 'ws://['],
  ])('%s %j', (key, value) => {
    const world = new World({ keys: { [key]: value } });
    const start = () => world.boot();
    expect(start).toThrow(TypeError);
    expect(start).toThrow(key);
    world.advance(600_000);
    expect([world.frames, world.attempts, world.wallbox.calls]).toEqual([[], [], []]);
    expect(lines(world)).toEqual([]);
  });

  test.each([
    ['ChargePointVendor', 'x'.repeat(20)],
    ['ChargePointModel', '\u{1f600}'.repeat(20)],
    ['ChargePointId', 'x'.repeat(255)],
    ['CentralSystemURI', 'wss://csms.example:65535'],
  ])('%s %j is fine', (key, value) => {
    const world = new World({ keys: { [key]: value } });
    world.boot();
    world.advance(1000);
    expect(world.actions[0]).toBe('BootNotification');
  });

  test('what was stored stands in for what the factory has spoilt, and a name that is none is not stored', () => {
    const box: { keys: Record<string, string> } = { keys: {} };
    const world = new World(box);
    world.boot();
    world.input('updateChargePointInformation', 'Stored', 'Model');
    world.input('updateChargePointInformation', '', '\ud800');
    box.keys['ChargePointVendor'] = '';
    world.reboot();
    expect(world.csms.payloads('BootNotification').at(-1)).toMatchObject({ chargePointVendor: 'Stored', chargePointModel: 'Model' });
  });
});

describe('one line of the log', () => {
  test('names what the factory gave in vain, and what is off for want of a callback', () => {
    const world = new World({
      keys: { HeartBeatInterval: '1', Nonsense: '', MeterValueSampleInterval: 'often' },
      without: ['reset'],
      also: ['updateFirmware', 'reserveNow'],
    });
    world.boot();
    expect(lines(world)).toEqual([
      'warn The station starts (PowerUp). Factory keys not known: HeartBeatInterval Nonsense.' +
        ' Factory values not valid: MeterValueSampleInterval. Off for want of callbacks: SmartCharging Reset GetDiagnostics.',
    ]);
  });

  test('says nothing when nothing is amiss', () => {
    const world = new World({ also: ['updateFirmware', 'uploadDiagnostics', 'reserveNow', 'signalSetChargingProfiles'] });
    world.boot();
    expect(lines(world)).toEqual(['info The station starts (PowerUp).']);
  });
});
