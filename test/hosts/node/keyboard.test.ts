/** The keys of the terminal, at the wallbox and at the embedded central system. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { Clock } from '../../../hosts/node/clock.ts';
import { usualConfig } from '../../../hosts/node/config.ts';
import { Csms } from '../../../hosts/node/csms.ts';
import { Keyboard } from '../../../hosts/node/keyboard.ts';
import { Screen } from '../../../hosts/node/screen.ts';
import { Wallbox } from '../../../hosts/node/wallbox.ts';
import { cleanUp, newFolder } from './program.ts';

let csms: Csms;
let wallbox: Wallbox;
let keyboard: Keyboard;
let printed: string[];
let log: string[];
let hasQuit: boolean;
/** What was written to the terminal below the lines. */
let drawn: string;

beforeEach(async () => {
  printed = [];
  log = [];
  hasQuit = false;
  drawn = '';
  csms = new Csms({ now: () => Date.now(), log: (text) => log.push(text), onViolation: (text) => log.push(`violation: ${text}`) });
  await csms.listen();
  const options = { csms: csms.url, id: 'KEYS', config: usualConfig(2), state: newFolder(), allowsFiles: true, clock: new Clock() };
  wallbox = new Wallbox({ ...options, log() {}, emit() {} });
  keyboard = new Keyboard({
    wallbox,
    csms,
    screen: new Screen((text) => {
      drawn += text;
    }),
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
  await expect.poll(() => wallbox.station?.connectors[1]?.transaction?.transactionId).toBe(1001);
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

/** Answers a question with these keys, and lets what follows from it happen. */
async function type(...keys: string[]): Promise<void> {
  await expect.poll(() => drawn).toMatch(/: $/);
  for (const key of keys) keyboard.input(key);
  await new Promise((resolve) => setImmediate(resolve));
}

test('the card is shown at the chosen connector, typed ones too', async () => {
  wallbox.board.plug(wallbox.board.connector(1));
  keyboard.press('2');
  keyboard.press('p');
  keyboard.press('t');
  await expect.poll(() => status(2)).toBe('Charging');
  expect(status(1)).toBe('Preparing');
  keyboard.press('1');
  keyboard.press('i');
  await type(...'MINE', '\r');
  await expect.poll(() => status(1)).toBe('Charging');
  expect(wallbox.station?.connectors[1]?.transaction?.idTag).toBe('MINE');
});

test('a key is changed only by key=value; an empty value is one that was typed', async () => {
  await csms.ask('ChangeConfiguration', { key: 'ConnectionTimeOut', value: '77' });
  const value = () =>
    wallbox.station?.getConfigurationKey(['ConnectionTimeOut', 'StopTxnSampledData']).configurationKey.map((key) => key.value);
  const before = log.length;
  keyboard.press('C');
  await type(...'ConnectionTimeOut', '\r');
  expect(printed.at(-1)).toBe('key=value is wanted, ConnectionTimeOut= for an empty value; nothing was changed');
  keyboard.press('C');
  await type(...'=5', '\r');
  expect(log).toHaveLength(before);
  keyboard.press('C');
  await type(...'ConnectionTimeOut=78', '\r');
  await expect.poll(value).toEqual(['78', '']);
  await csms.ask('ChangeConfiguration', { key: 'StopTxnSampledData', value: 'Energy.Active.Import.Register' });
  keyboard.press('C');
  await type(...'StopTxnSampledData=', '\r');
  await expect.poll(value).toEqual(['78', '']);
});

test('a question is given up with Escape or Ctrl-C, corrected with Backspace, and the program goes on', async () => {
  for (const key of ['\u001b', '\u0003']) {
    keyboard.press('i');
    await type('X', key);
    expect(drawn).toMatch(/\(given up\)\n$/);
  }
  expect(hasQuit).toBe(false);
  keyboard.press('P');
  await type('\r');
  keyboard.press('P');
  await type(...'all', '\r');
  expect(printed.at(-1)).toBe('all is no limit; nothing was changed');
  expect(log.filter((line) => line.includes('SetChargingProfile'))).toEqual([]);
  keyboard.press('P');
  await type('\u001b[A', '1', '7', '\u007f', '0', '\r');
  await expect.poll(() => log).toContain('<- SetChargingProfile {status: "Accepted"}');
  expect(log.join()).toContain('limit: 10');
  keyboard.input('\u0003');
  expect(hasQuit).toBe(true);
});

test('an arrow key is no command of the letters that it consists of', async () => {
  keyboard.input('\u001b[A');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(log.filter((line) => line.includes('ChangeAvailability'))).toEqual([]);
});

test('lines come above the question, and what was typed stays in it', () => {
  const lines: string[] = [];
  let terminal = '';
  const screen = new Screen((text) => {
    terminal += text;
  });
  void screen.ask('idTag');
  screen.type('AB');
  screen.above(() => {
    terminal += 'a line of the log\n';
  });
  screen.type('C');
  expect(terminal.split('\n').at(-1)?.split('\r\u001b[K').at(-1)).toBe('idTag: ABC');
  // What the eye sees of a line is what was written behind its last clearing.
  for (const line of terminal.split('\n')) lines.push(line.split('\r\u001b[K').at(-1) as string);
  expect(lines).toEqual(['a line of the log', 'idTag: ABC']);
});

test('who leaves in the middle of a transaction is told what becomes of it', async () => {
  expect(wallbox.unfinished()).toEqual([]);
  keyboard.press('p');
  keyboard.press('t');
  await expect.poll(() => wallbox.station?.connectors[1]?.transaction?.transactionId).toBe(1001);
  expect(wallbox.unfinished()).toEqual([
    `connector 1: transaction 1001 of CARD-1 breaks off as in a power cut; it is stopped with PowerLoss when the wallbox starts again from ${wallbox.state}`,
  ]);
});
