/** The keys of the terminal, at the wallbox and at the embedded central system. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Clock } from '../../../hosts/node/clock.ts';
import { usualConfig } from '../../../hosts/node/config.ts';
import { Csms } from '../../../hosts/node/csms.ts';
import { Keyboard } from '../../../hosts/node/keyboard.ts';
import { Wallbox } from '../../../hosts/node/wallbox.ts';
import { cleanUp, newFolder } from './program.ts';

let csms: Csms;
let wallbox: Wallbox;
let keyboard: Keyboard;
let printed: string[];
let log: string[];
let hasQuit: boolean;

beforeEach(async () => {
  printed = [];
  log = [];
  hasQuit = false;
  csms = new Csms({ now: () => Date.now(), log: (text) => log.push(text), onViolation: (text) => log.push(`violation: ${text}`) });
  await csms.listen();
  const options = { csms: csms.url, id: 'KEYS', config: usualConfig(2), state: newFolder(), allowsFiles: true, clock: new Clock() };
  wallbox = new Wallbox({ ...options, log() {}, emit() {} });
  keyboard = new Keyboard({
    wallbox,
    csms,
    print: (text) => printed.push(text),
    onQuit: () => {
      hasQuit = true;
    },
  });
  wallbox.powerOn();
  await expect.poll(() => wallbox.station?.session.registration).toBe('Accepted');
});

afterEach(async () => {
  await wallbox.close();
  await csms.close();
  await cleanUp();
});

const status = (connector: number) => wallbox.station?.connectors[connector]?.seen;

test('plug, swipe, show and unplug', async () => {
  keyboard.press('p');
  expect(status(1)).toBe('Preparing');
  keyboard.press('t');
  await expect.poll(() => status(1)).toBe('Charging');
  await expect.poll(() => csms.transactions.size).toBe(1);
  keyboard.press('x');
  expect(printed.join('\n')).toMatch(/> connector 1: Charging, plugged, 16 A, .* transaction 1001 of CARD-1/);
  keyboard.press('e');
  expect(status(1)).toBe('SuspendedEV');
  keyboard.press('u');
  await expect.poll(() => csms.transactions.size).toBe(0);
});

test('a fault comes and goes; the power, too; what is no key changes nothing', () => {
  keyboard.press('2');
  keyboard.press('f');
  expect([status(1), status(2)]).toEqual(['Available', 'Faulted']);
  keyboard.press('f');
  expect(status(2)).toBe('Available');
  keyboard.press('9');
  expect(printed.at(-1)).toBe('there is no connector 9');
  keyboard.press('k');
  expect(wallbox.station).toBeUndefined();
  keyboard.press('x');
  expect(printed.at(-1)).toBe('the power is off');
  keyboard.press('k');
  expect(status(1)).toBe('Available');
  keyboard.press('~');
  keyboard.press('?');
  expect(printed.at(-1)).toContain('remote start');
  keyboard.press('q');
  expect(hasQuit).toBe(true);
});

test('the operator starts, stops, unlocks, reads and resets', async () => {
  keyboard.press('p');
  keyboard.press('S');
  await expect.poll(() => csms.transactions.size).toBe(1);
  keyboard.press('T');
  await expect.poll(() => csms.transactions.size).toBe(0);
  keyboard.press('u');
  keyboard.press('U');
  await expect.poll(() => log).toContain('<- UnlockConnector {status: "Unlocked"}');
  keyboard.press('A');
  await expect.poll(() => status(1)).toBe('Unavailable');
  keyboard.press('A');
  await expect.poll(() => status(1)).toBe('Available');
  keyboard.press('G');
  await expect.poll(() => printed).toContain('w HeartbeatInterval = 300');
  const before = wallbox.station;
  keyboard.press('R');
  await expect.poll(() => wallbox.station !== before && wallbox.station?.session.registration, { timeout: 5000 }).toBe('Accepted');
  expect(log.filter((line) => line.startsWith('violation'))).toEqual([]);
});
