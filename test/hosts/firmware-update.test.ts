/** The whole way on the desktop: a central system asks for an update and for diagnostics, over a real socket, with power cuts at every write. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Clock } from '../../hosts/node/clock.ts';
import { usualConfig } from '../../hosts/node/config.ts';
import { Csms } from '../../hosts/node/csms.ts';
import { Wallbox } from '../../hosts/node/wallbox.ts';

let folder: string;
let csms: Csms;
let lines: string[];
let violations: string[];
let clock: Clock;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocpp-xs-update-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  lines = [];
  violations = [];
  clock = new Clock(true);
  csms = new Csms({ now: () => clock.unix(), log: (text) => lines.push(text), onViolation: (text) => violations.push(text) });
  await csms.listen();
});
afterEach(() => csms.close());

function wallbox(events: string[] = []): Wallbox {
  return new Wallbox({
    csms: csms.url,
    id: 'UPDATE',
    config: usualConfig(2),
    state: mkdtempSync(join(folder, 'state-')),
    clock,
    allowsFiles: true,
    log: () => {},
    emit: (event, fields) =>
      events.push(event === 'callback' ? `callback ${fields['name']}` : event === 'firmware' ? `firmware ${fields['phase']}` : event),
  });
}

function told(action: string): string[] {
  const head = `<- ${action} {status: "`;
  return lines.filter((line) => line.startsWith(head)).map((line) => line.slice(head.length, line.indexOf('"', head.length)));
}

async function pass(box: Wallbox, seconds: number): Promise<void> {
  await clock.advance(seconds * 1000, () => box.quiet(500));
}

/** Powers on again whenever the power was cut. */
async function passOn(box: Wallbox, seconds: number): Promise<void> {
  for (let step = 0; step < seconds; step += 5) {
    await pass(box, 5);
    if (box.station === undefined) box.powerOn();
  }
}

async function update(box: Wallbox): Promise<void> {
  const path = join(box.state, 'firmware.bin');
  writeFileSync(path, Buffer.alloc(100_000, 'x'));
  const location = pathToFileURL(path).href;
  await csms.ask('UpdateFirmware', { location, retrieveDate: new Date(clock.unix() + 10_000).toISOString() });
}

const whole = ['Downloading', 'Downloaded', 'Installing', 'Installed'];

test('an update: Installed after the reboot', async () => {
  const events: string[] = [];
  const box = wallbox(events);
  box.powerOn();
  await pass(box, 5);
  await update(box);
  await pass(box, 60);
  expect(told('FirmwareStatusNotification')).toEqual(whole);
  expect(events.filter((event) => event.startsWith('firmware'))).toEqual([
    'firmware Downloading',
    'firmware Downloaded',
    'firmware Ready',
    'firmware Installing',
    'firmware Installed',
  ]);
  expect(events.filter((event) => event === 'callback allConnectorsUnavailable')).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('<- BootNotification'))).toHaveLength(2);
  expect(violations).toEqual([]);
  await box.close();
});

test('diagnostics hold log and configuration', async () => {
  const box = wallbox();
  box.powerOn();
  await pass(box, 5);
  const target = mkdtempSync(join(box.state, 'diagnostics-'));
  const answer = await csms.ask('GetDiagnostics', { location: pathToFileURL(target).href + '/' });
  await pass(box, 5);
  expect(readdirSync(target)).toEqual([answer?.['fileName']]);
  expect(told('DiagnosticsStatusNotification')).toEqual(['Uploading', 'Uploaded']);
  const text = gunzipSync(readFileSync(join(target, answer?.['fileName'] as string))).toString();
  expect(text).toContain('HeartbeatInterval=300');
  expect(text).toContain('The station starts');
  await box.close();
});

test('the power is cut at every write of an update: it goes on, in order, and is installed once', async () => {
  let cutAt = 1;
  for (let wasCut = true; wasCut; cutAt++) {
    lines = [];
    const events: string[] = [];
    const box = wallbox(events);
    box.powerOn();
    await pass(box, 5);
    await update(box);
    box.stores.gate.cutAtWrite = cutAt;
    await passOn(box, 120);
    wasCut = events.includes('power') && box.stores.gate.cutAtWrite === 0;
    const what = `cut at ${cutAt}: ${told('FirmwareStatusNotification')} ${events}`;
    // What a boot finds untold is told by its latest status of each phase.
    const order = told('FirmwareStatusNotification').map((status) => whole.indexOf(status));
    expect(order, what).toEqual([...order].sort());
    expect(order.at(-1), what).toBe(whole.length - 1);
    expect(events.filter((event) => event === 'callback allConnectorsUnavailable').length, what).toBe(1);
    expect(box.transfers?.installed()?.size, what).toBe(100_000);
    expect(box.stores.storage.keys('f'), what).toEqual([]);
    await box.close();
  }
  expect(cutAt).toBeGreaterThan(10);
  expect(violations).toEqual([]);
}, 120_000);
