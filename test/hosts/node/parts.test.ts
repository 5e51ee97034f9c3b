/** Small parts of the desktop wallbox: clock, meter, masks, overrides of answers, and the example of the README. */

import { createPublicKey, verify } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Clock } from '../../../hosts/node/clock.ts';
import { startSmallWallbox } from '../../../hosts/node/example.ts';
import { Meter } from '../../../hosts/node/meter.ts';
import { ResponseOverrides } from '../../../hosts/node/overrides.ts';
import { masked } from '../../../hosts/node/trace.ts';
import { CentralSystem, cleanUp, newFolder } from './program.ts';

afterEach(cleanUp);

const nothing = async () => {};

describe('clock', () => {
  test('virtual: deadlines in order, also those that others set, and not one too early', async () => {
    const clock = new Clock(true);
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name} ${clock.now()}`);
    clock.after(2000, note('b'));
    clock.after(1000, () => {
      note('a')();
      clock.after(500, note('a+'));
    });
    clock.after(2000, note('c'));
    clock.after(1800, note('never')).cancel();
    await clock.advance(1999, nothing);
    expect(seen).toEqual(['a 1000', 'a+ 1500']);
    await clock.advance(1, nothing);
    expect(seen).toEqual(['a 1000', 'a+ 1500', 'b 2000', 'c 2000']);
    expect(clock.now()).toBe(2000);
  });

  test('virtual: what is due already happens without advancing, but later', async () => {
    const clock = new Clock(true);
    let ran = false;
    clock.after(0, () => {
      ran = true;
    });
    expect(ran).toBe(false);
    await expect.poll(() => ran).toBe(true);
  });

  test('virtual: a deadline that is set again and again does not hang', async () => {
    const clock = new Clock(true);
    const again = () => void clock.after(0, again);
    again();
    await expect(clock.advance(1, nothing)).rejects.toThrow('again and again');
  });

  test('virtual: the true time goes with it, and can be set', async () => {
    const clock = new Clock(true);
    clock.set(Date.parse('2031-05-06T07:08:09Z'));
    await clock.advance(1500, nothing);
    expect(clock.iso()).toBe('2031-05-06T07:08:10.500Z');
  });

  test('real: runs what is due, in order, and what was cancelled not at all', async () => {
    const clock = new Clock();
    const seen: number[] = [];
    clock.after(30, () => seen.push(2));
    clock.after(10, () => seen.push(1));
    clock.after(20, () => seen.push(3)).cancel();
    await expect.poll(() => seen).toEqual([1, 2]);
    expect(clock.now()).toBeGreaterThanOrEqual(30);
  });
});

describe('meter', () => {
  test('energy is the integral of power', () => {
    const meter = new Meter(0, 3);
    meter.carry(10, 3);
    meter.advance(3_600_000);
    expect(meter.energy).toBe(6900);
    meter.carry(0, 3);
    meter.advance(7_200_000);
    expect(meter.energy).toBe(6900);
    expect(meter.readings(32)).toEqual({
      'Energy.Active.Import.Register': 6900,
      'Power.Active.Import': 0,
      'Current.Import': { L1: 0, L2: 0, L3: 0 },
      Voltage: { 'L1-N': 230, 'L2-N': 230, 'L3-N': 230 },
      'Current.Offered': 32,
      'Power.Offered': 22_080,
    });
  });

  test('one phase of three carries a third, and the other two nothing', () => {
    const meter = new Meter(0, 3);
    meter.carry(10, 1);
    meter.advance(3_600_000);
    expect(meter.readings(32)).toMatchObject({
      'Energy.Active.Import.Register': 2300,
      'Power.Active.Import': 2300,
      'Current.Import': { L1: 10, L2: 0, L3: 0 },
      'Power.Offered': 7360,
    });
  });

  test('shows only what it measures, by phase where the list says so', () => {
    const meter = new Meter(0, 1, ['Current.Import', 'SoC', 'Temperature']);
    meter.carry(7, 1);
    expect(meter.readings(10)).toEqual({ 'Current.Import': 7, Temperature: 25 });
    const phases = new Meter(0, 3, ['Current.Import.L1', 'Current.Import.L3', 'Voltage.L2-N']);
    phases.carry(7, 3);
    expect(phases.readings(10)).toEqual({ 'Current.Import': { L1: 7, L3: 7 }, Voltage: { 'L2-N': 230 } });
  });

  test('what was set stays, until it is simulated again', () => {
    const meter = new Meter(0, 1);
    meter.carry(10, 1);
    meter.set({ 'Energy.Active.Import.Register': 100, SoC: 40 }, undefined);
    meter.advance(3_600_000);
    expect(meter.readings(10)).toMatchObject({ 'Energy.Active.Import.Register': 100, SoC: 40 });
    meter.set({}, 0.5);
    meter.advance(3_610_000);
    expect(meter.readings(10)).toMatchObject({ 'Energy.Active.Import.Register': 105 });
    meter.set({ SoC: null, 'Power.Active.Import': 1234 }, undefined);
    expect(meter.readings(10)).not.toHaveProperty('SoC');
    expect(meter.power).toBe(1234);
  });

  test('signed values verify with the public key that comes with them', () => {
    const meter = new Meter(0, 1, undefined, 1234.5);
    const signed = meter.signedValue('B', undefined, '2030-01-01T00:00:00.000Z');
    if (typeof signed === 'string') throw new Error('parts are wanted');
    const [mark, payload = '', signature = ''] = Buffer.from(signed.signedMeterData, 'base64').toString().split('|');
    const { SD } = JSON.parse(signature) as { SD: string };
    const key = createPublicKey({ key: Buffer.from(signed.publicKey ?? '', 'base64'), format: 'der', type: 'spki' });
    expect(mark).toBe('OCMF');
    expect(JSON.parse(payload)).toMatchObject({ RD: [{ TX: 'B', RV: 1.234 }] });
    expect(verify('sha256', Buffer.from(payload), key, Buffer.from(SD, 'hex'))).toBe(true);
    meter.setSigned('data', 'encoding', 'key');
    expect(meter.signedValue('E', undefined, '')).toMatchObject({ signedMeterData: 'data', encodingMethod: 'encoding', publicKey: 'key' });
  });
});

describe('masks', () => {
  test.each([
    '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"secret"}]',
    '[2,"1","ChangeConfiguration",{"value":"secret","key":" authorizationkey "}]',
    '[ 2 , "1" , "ChangeConfiguration" , {"key":"Authorization\\u004bey","value":"secret"}]',
    '[2,"1","DataTransfer",{"vendorId":"x","data":"{\\"AuthorizationKey\\":\\"secret\\"}"}]',
    '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"secret"',
    '[2,{"x":1},"ChangeConfiguration",{"key":"AuthorizationKey","value":"secret"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:secret@host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp:\\/\\/user:secret@host\\/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:p@secret@host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:p@ss:secret@host:21/a@b"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:\\u0040secret\\u0040host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp\\u003a//user:secret@host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:p/secret@host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://user:a \\"secret@host/"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://:secret@host/"}]',
    '[2,"1","GetLog",{"log":{"remoteLocation":"https://a.b/c"},"x":["see http://u:secret@h and ftp://v:secret@i"]}]',
    '[2,"1","GetDiagnostics",{"location":"ftp:\\/\\/user:secret@host\\/"',
  ])('%s', (text) => {
    expect(masked(text)).not.toContain('secret');
  });

  test.each([
    '[2,"1","GetConfiguration",{"key":["AuthorizationKey"]}]',
    '[3,"1",{"configurationKey":[],"unknownKey":["AuthorizationKey"]}]',
    '[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"60"}]',
    '[2,"1","GetDiagnostics",{"location":"http://host:8080/a:b@c"}]',
    '[2,"1","GetDiagnostics",{"location":"ftp://anonymous@host/a:b"}]',
    '[2, "1", "GetDiagnostics", {"location": "http://host/a", "retries": 1.0}]',
  ])('%s is shown as it is', (text) => {
    expect(masked(text)).toBe(text);
  });
});

test('a forced status goes out once, or always', () => {
  const overrides = new ResponseOverrides();
  overrides.set('ClearCache', 'Rejected', false);
  overrides.set('Reset', 'Rejected', true);
  overrides.received('[2,"a","ClearCache",{}]');
  overrides.received('[2,"b","ClearCache",{}]');
  overrides.received('[2,"c","Reset",{"type":"Hard"}]');
  overrides.received('[2,"d","Reset",{"type":"Hard"}]');
  expect(['b', 'a', 'c', 'd', 'e'].map((id) => overrides.sent(`[3,"${id}",{"status":"Accepted"}]`))).toEqual([
    '[3,"b",{"status":"Rejected"}]',
    '[3,"a",{"status":"Accepted"}]',
    '[3,"c",{"status":"Rejected"}]',
    '[3,"d",{"status":"Rejected"}]',
    '[3,"e",{"status":"Accepted"}]',
  ]);
});

describe('README', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

  test('shows the example as it is compiled', () => {
    const example = readFileSync(new URL('../../../hosts/node/example.ts', import.meta.url), 'utf8');
    expect(readme).toContain('```ts\n' + example.slice(example.indexOf('import ')) + '```');
  });

  test('.ci/run calls the test command that it gives', () => {
    const ci = readFileSync(new URL('../../../.ci/run', import.meta.url), 'utf8');
    const command = /^(\(apt-get .* && npm ci && npm test)$/m.exec(readme)?.[1];
    expect(command).toBeDefined();
    expect(ci.split('\n')).toContain(command);
  });

  test('the example charges', async () => {
    const system = await CentralSystem.open();
    const folder = newFolder();
    const { host, station } = startSmallWallbox(system.url, folder);
    try {
      await expect.poll(() => system.received.length, { timeout: 5000 }).toBe(3);
      station.onPlugged(1);
      station.onToken('CARD');
      await expect.poll(() => system.received.map(({ action }) => action), { timeout: 5000 }).toContain('StartTransaction');
      station.onUnplugged(1);
      await expect.poll(() => system.received.map(({ action }) => action), { timeout: 5000 }).toContain('StopTransaction');
      expect(system.violations).toEqual([]);
    } finally {
      host.shutDown();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
