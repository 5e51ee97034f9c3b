/** The command line and the file of `--config`: what is taken, and which line says what is wrong. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Arguments, readArguments, UsageError, usage } from '../../../hosts/node/arguments.ts';
import { callbackNames } from '../../../hosts/node/callbacks.ts';
import { readConfig } from '../../../hosts/node/config.ts';
import { cleanUp, newFolder, Program } from './program.ts';

afterAll(cleanUp);

const read = (...list: string[]) => readArguments(list, { XDG_STATE_HOME: '/state' }) as Arguments;

test('what nothing is said about', () => {
  expect(read()).toMatchObject({
    csms: undefined,
    id: 'WALLBOX-1',
    control: false,
    isVirtual: false,
    test: false,
    log: 'info',
    config: { keys: {}, board: { connectors: [{ phases: 3, maxA: 32 }, {}] } },
  });
});

test('values after a blank or an equals sign', () => {
  const given = read(
    '--csms',
    'wss://h:1/a/b',
    '--id=CP 1',
    '--connectors',
    '16',
    '--control',
    '--clock=virtual',
    '--test',
    '--trace',
    '-',
  );
  expect(given).toMatchObject({ csms: 'wss://h:1/a/b', id: 'CP 1', control: true, isVirtual: true, test: true, trace: '-' });
  expect(given.config.board.connectors).toHaveLength(16);
  expect(read('--password=--x').password).toBe('--x');
});

test.runIf(process.platform === 'linux')('the state is kept by id, and no id leads out of its folder', () => {
  const csms = ['--csms', 'ws://h/'];
  expect(read(...csms).state).toBe('/state/ocpp-xs/WALLBOX-1');
  expect(read(...csms, '--id', '..').state).toBe('/state/ocpp-xs/%2E%2E');
  expect(read(...csms, '--id', 'a/b c').state).toBe('/state/ocpp-xs/a%2Fb%20c');
  expect(read('--state', 'x').state).toBe('x');
});

test.runIf(process.platform === 'linux')(
  "what was tried on the embedded central system is not told to the next one: its state is no id's of that",
  () => {
    const trial = read().state;
    expect(trial).toBe('/state/ocpp-xs-trial/WALLBOX-1');
    for (const id of ['WALLBOX-1', 'trial', '../ocpp-xs-trial/WALLBOX-1', '..'])
      expect(read('--csms', 'ws://h/', '--id', id).state).not.toBe(trial);
  },
);

test.each([
  [['--bogus'], /unknown option --bogus/],
  [['x'], /unknown option x/],
  [['--csms'], /--csms needs a value/],
  [['--csms', '--test'], /--csms needs a value/],
  [['--id', ''], /--id needs a value/],
  [['--id=a', '--id=b'], /--id is given twice/],
  [['--test=1'], /--test takes no value/],
  [['--csms', 'http://h'], /does not begin with ws/],
  [['--csms', 'h'], /is not a URL/],
  [['--csms', 'ws://h:0/'], /is no address to connect to/],
  [['--csms', 'ws://u:p@h'], /--password/],
  [['--csms', 'ws://h/?x'], /goes on behind its path/],
  [['--connectors', '0'], /1 to 16/],
  [['--connectors', '17'], /1 to 16/],
  [['--connectors', '2.5'], /1 to 16/],
  [['--clock', 'fast'], /real, virtual/],
  [['--log', 'loud'], /error, warn, info, debug/],
  [['--password', 'x'.repeat(41)], /1 to 40 bytes/],
  [['--config', '/nowhere'], /cannot be read \(ENOENT\)/],
  [['--tls-ca', '/nowhere'], /cannot be read \(ENOENT\)/],
  [['--tls-cert', '/nowhere'], /belong together/],
])('%j is refused', (list, message) => {
  expect(() => read(...list)).toThrow(UsageError);
  expect(() => read(...list)).toThrow(message);
});

describe('--config', () => {
  const config = (value: unknown) => readConfig(typeof value === 'string' ? value : JSON.stringify(value), 2, callbackNames);

  test('is completed by what is usual, and outweighs --connectors', () => {
    const { keys, board } = config({ keys: { HeartbeatInterval: '60' }, board: { vendor: 'V', connectors: [{ cable: 'fixed' }] } });
    expect(keys).toEqual({ HeartbeatInterval: '60' });
    expect(board).toMatchObject({
      vendor: 'V',
      model: 'Desktop wallbox',
      rtc: false,
      connectors: [{ lock: false, cable: 'fixed', phases: 3 }],
    });
  });

  test.each([
    ['{', /not JSON/],
    [[], /an object is wanted/],
    [{ boards: {} }, /boards: there is no such setting/],
    [{ keys: { A: 1 } }, /keys.A: a text/],
    [{ board: { vendor: 'x'.repeat(21) } }, /board.vendor: longer than 20/],
    [{ board: { rtc: 'yes' } }, /board.rtc: true or false/],
    [{ board: { model: '' } }, /board.model: 1 to 20 characters/],
    [{ board: { color: 'red' } }, /board.color: there is no such setting/],
    [{ board: { unsignedFirmware: 'never' } }, /board.unsignedFirmware: one of always, profile/],
    [{ board: { without: ['provideToken'] } }, /board.without: provideToken/],
    [{ board: { without: ['flyAway'] } }, /board.without: flyAway/],
    [{ board: { connectors: [] } }, /1 to 16/],
    [{ board: { connectors: [{}, { phases: 2 }] } }, /board.connectors\[1\].phases: one of 1, 3/],
    [{ board: { connectors: [{ maxA: -1 }] } }, /board.connectors\[0\].maxA/],
    [{ board: { connectors: [{ measurands: [1] }] } }, /measurands: a list of texts/],
    [{ board: { connectors: [{ colour: 1 }] } }, /board.connectors\[0\].colour/],
  ])('%j is refused', (value, message) => {
    expect(() => config(value)).toThrow(message);
  });
});

test('the program says what is wrong in one line, and exits with 2', async () => {
  const broken = join(newFolder(), 'broken.json');
  writeFileSync(broken, '{"board":{"rtc":1}}');
  const state = join(broken, 'below-a-file');
  for (const options of [['--bogus'], ['--config', broken], ['--trace', join(state, 'x')]]) {
    const program = await Program.run('--state', newFolder(), ...options);
    expect(await program.exit()).toBe(2);
    expect(program.errors.trim().split('\n')).toEqual([expect.stringMatching(/^ocpp-xs: (unknown option )?--/)]);
    expect(program.lines).toEqual([]);
  }
  const unusable = await Program.run('--state', state);
  expect(await unusable.exit()).toBe(2);
  expect(unusable.errors.trim().split('\n')).toEqual([expect.stringMatching(/^ocpp-xs: --state: /)]);
});

test('every option is in the usage', () => {
  const options = [
    'csms',
    'id',
    'connectors',
    'state',
    'config',
    'password',
    'tls-ca',
    'tls-cert',
    'tls-key',
    'control',
    'clock',
    'test',
    'trace',
    'log',
  ];
  for (const option of options) expect(usage).toContain(`--${option}`);
});
