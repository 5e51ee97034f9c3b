/** The desktop wallbox driven as outsiders drive it: a process, JSON lines, virtual time. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { CentralSystem, cleanUp, newFolder, Program } from './program.ts';

afterEach(cleanUp);

/** Real time: what must come, comes within this. */
const soon = { timeout: 10_000 };

/** A charging session on connector 1, begun and some minutes old. */
async function charging(program: Program): Promise<void> {
  await program.advance(1);
  await program.do('plug', { connector: 1 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(130);
}

const actions = (program: Program) => program.sent().map(({ action }) => action);

test('ready comes first, then the station boots', async () => {
  const program = await Program.control();
  await program.advance(1);
  expect(program.lines[0]).toMatchObject({ event: 'ready', virtual: true, csms: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\//) });
  expect(program.events('boot')).toMatchObject([{ status: 'Accepted', interval: 300 }]);
  expect(actions(program)).toEqual(['BootNotification', 'StatusNotification', 'StatusNotification', 'StatusNotification']);
});

test('plug, tag, meter values and unplug make one transaction', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('unplug', { connector: 1 });
  await program.advance(5);
  expect(actions(program).slice(4)).toEqual([
    'StatusNotification',
    'Authorize',
    'StartTransaction',
    'StatusNotification',
    'MeterValues',
    'MeterValues',
    'StopTransaction',
    'StatusNotification',
    'StatusNotification',
  ]);
  const statuses = program.sent('StatusNotification').slice(3);
  expect(statuses.map(({ payload }) => payload['status'])).toEqual(['Preparing', 'Charging', 'Finishing', 'Available']);
  // 16 A in three phases at 230 V for 130 s.
  const [stop] = program.sent('StopTransaction');
  expect(stop?.payload).toMatchObject({
    transactionId: 1001,
    meterStop: Math.round((16 * 3 * 230 * 130) / 3600),
    reason: 'EVDisconnected',
  });
  expect(program.events('tx_stopped')).toMatchObject([{ connector: 1, txId: 1001, reason: 'EVDisconnected' }]);
});

test('time stands still between commands, and is what the station tells', async () => {
  const program = await Program.control();
  await program.do('clock', { set: '2030-01-02T03:04:05.000Z' });
  await charging(program);
  const before = (await program.do('query', { what: 'clock' })) as { uptime: number };
  await new Promise((resolve) => setTimeout(resolve, 100));
  const after = (await program.do('query', { what: 'clock' })) as { uptime: number; now: string };
  expect(after.uptime).toBe(before.uptime);
  expect(after.now).toBe('2030-01-02T03:06:16.000Z');
  expect(program.sent('StartTransaction')[0]?.payload['timestamp']).toMatch(/^2030-01-02T03:04:06/);
});

test('a day of virtual time passes in seconds, with every heartbeat', async () => {
  const program = await Program.control();
  await program.advance(86_400);
  const heartbeats = program.sent('Heartbeat').length;
  expect(heartbeats).toBe(288);
});

test('a resumed transaction survives a power cut', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('power', { action: 'cut' });
  expect(await program.ask('tag', { idTag: 'X' })).toMatchObject({ ok: false, error: 'the power is off' });
  await program.advance(3600);
  await program.do('power', { action: 'on', resume: [1] });
  await program.advance(100);
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(1);
  expect(program.sent('StartTransaction')).toHaveLength(1);
  const stops = program.sent('StopTransaction');
  expect(stops).toHaveLength(1);
  // No energy flowed while the power was off.
  expect(stops[0]?.payload).toMatchObject({ transactionId: 1001, reason: 'Local', meterStop: Math.round((16 * 3 * 230 * 230) / 3600) });
});

test('without resume, a power cut ends the transaction with PowerLoss', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('power', { action: 'cut', unplug: [1] });
  await program.do('power', { action: 'on' });
  await program.advance(2);
  expect(program.sent('StopTransaction').map(({ payload }) => payload['reason'])).toEqual(['PowerLoss']);
  expect(await program.do('query', { what: 'transactions' })).toEqual([]);
  expect(await program.do('query', { what: 'connectors' })).toMatchObject([{}, { plugged: false, status: 'Available' }, {}]);
});

test('with a second of power left, PowerLoss is said before the end', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('power', { action: 'cut', ups: true });
  const said = program.sent('StopTransaction');
  expect(said.map(({ payload }) => payload['reason'])).toEqual(['PowerLoss']);
});

test('the power goes in the middle of a write, and nothing is lost or told twice', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('net', { up: false });
  await program.do('storage', { cutAtWrite: 1 });
  await program.do('unplug', { connector: 1 });
  await program.event('power', { state: 'cut' });
  await program.do('net', { up: true });
  await program.do('power', { action: 'on' });
  await program.advance(30);
  expect(program.sent('StopTransaction')).toHaveLength(1);
  expect(program.sent('StartTransaction')).toHaveLength(1);
});

test('a full store refuses to begin what could not be billed', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('storage', { full: true });
  await program.do('plug', { connector: 1 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(5);
  expect(program.sent('StartTransaction')).toHaveLength(0);
  expect(program.events('dropped')).toMatchObject([{ action: 'StartTransaction' }]);
  await program.do('storage', { full: false });
  // Finishing: at a reader that serves other connectors, too, the card would go to a free one (errata 3.20).
  await program.do('tag', { idTag: 'CARD', connectors: [1] });
  await program.advance(5);
  expect(program.sent('StartTransaction')).toHaveLength(1);
});

test('a black hole is found by pings, and what happened in it arrives once', async () => {
  const program = await Program.control();
  await charging(program);
  await program.do('net', { blackhole: true });
  await program.do('unplug', { connector: 1 });
  await program.advance(120);
  expect(program.events('disconnected')).toMatchObject([{ reason: 'network' }]);
  await program.do('net', { blackhole: false });
  await program.advance(60);
  expect(program.events('connected')).toHaveLength(2);
  expect(new Set(program.sent('StopTransaction').map(({ id }) => id)).size).toBe(1);
  expect(await program.do('query', { what: 'outbox' })).toMatchObject({ length: 0 });
});

test('virtual time waits for a pong that is on its way', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong: false });
  await new Promise((resolve) => server.once('listening', resolve));
  let pings = 0;
  server.on('connection', (socket) => {
    socket.on('ping', () => {
      pings++;
      setTimeout(() => socket.pong(), 100);
    });
    socket.on('message', (text) => {
      const [, id] = JSON.parse(String(text)) as [number, string];
      const currentTime = new Date().toISOString();
      socket.send(JSON.stringify([3, id, { status: 'Accepted', currentTime, interval: 3600 }]));
    });
  });
  const program = await Program.control('--csms', `ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await program.advance(300);
  expect(pings).toBeGreaterThan(3);
  expect(program.events('disconnected')).toEqual([]);
  await program.kill();
  server.close();
});

test('pings that nobody answers make the station connect anew', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('net', { pongs: false });
  await program.advance(60);
  expect(program.events('disconnected').length).toBe(1);
});

test('a network that is down, and comes back', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('net', { up: false });
  await program.advance(30);
  expect(program.events('disconnected')).toMatchObject([{ reason: 'network' }]);
  expect(program.events('connect_failed').length).toBeGreaterThan(0);
  await program.do('net', { up: true });
  await program.advance(120);
  expect(program.events('connected')).toHaveLength(2);
  expect(program.sent('BootNotification')).toHaveLength(1);
});

test('what is no command is answered, and the program goes on', async () => {
  const program = await Program.control();
  program.write('garbage\n[1]\n"text"\n\n{"id":"a","cmd":"fly"}\n{"id":"b","cmd":"toString"}\n{"id":"c"}\n');
  const wrong: [string, object, RegExp][] = [
    ['plug', {}, /connector is missing/],
    ['plug', { connector: 3 }, /no connector 3/],
    ['plug', { connector: '1' }, /connector: a whole number/],
    ['tag', { idTag: 5 }, /idTag: a text/],
    ['power', { action: 'off' }, /action: one of cut, on/],
    ['clock', {}, /advance or set/],
    ['clock', { advance: -1 }, /advance: a number from 0/],
    ['meter', { connector: 1, values: { Voltage: 'high' } }, /values.Voltage/],
    ['callback', { name: 'nothing' }, /name: one of/],
    ['query', { what: 'everything' }, /what: one of/],
    ['certs', { action: 'list' }, /not available yet/],
    ['transfer_outcome', { kind: 'firmware', outcomes: ['good'] }, /outcomes: good/],
  ];
  for (const [cmd, args, error] of wrong)
    expect(await program.ask(cmd, args)).toMatchObject({ ok: false, error: expect.stringMatching(error) });
  const refused = program.lines.filter((line) => line['ok'] === false && typeof line['id'] !== 'number');
  expect(refused.map(({ id }) => id)).toEqual([null, null, null, 'a', 'b', 'c']);
  expect(await program.ask('plug', { connector: 1 })).toMatchObject({ ok: true });
});

test('numbers beyond all sense, and lines that are no command, are answered with what is wrong', async () => {
  const program = await Program.control();
  await program.advance(1);
  const wrong: [string, RegExp][] = [
    ['"cmd":"clock","advance":1e308', /advance: a number from 0 to 31622400 is wanted/],
    ['"cmd":"clock","advance":1e999', /advance: a number/],
    ['"cmd":"clock","advance":"NaN"', /advance: a number/],
    ['"cmd":"clock","advance":1,"wait":1e99', /wait: a number from 0 to 600000/],
    ['"cmd":"clock","set":"+275760-09-13T00:00:00Z"', /years 1970 to 9999/],
    ['"cmd":"plug","connector":1,"draw":1e300', /draw: a number from 0 to 1000/],
    ['"cmd":"plug","connector":1e308', /connector: a whole number/],
    ['"cmd":"plug","connector":-1', /connector: a whole number/],
    ['"cmd":"ev","connector":1,"ready":true,"draw":-1', /draw: a number from 0/],
    ['"cmd":"meter","connector":1,"values":{"Voltage":1e999}', /values.Voltage/],
    ['"cmd":"meter","connector":1,"values":{"Voltage":{"L1":1e999}}', /values.Voltage/],
    ['"cmd":"meter","connector":1,"rate":1e12', /rate: a number from -1000000 to 1000000/],
    ['"cmd":"tag","idTag":"A","connectors":[1.5]', /there is no connector 1.5/],
    ['"cmd":"callback","name":"reset","delay":1e20', /delay: a number from 0/],
    ['"cmd":"transfer_outcome","kind":"log","outcomes":[],"delay":1e20', /delay: a number from 0/],
    ['"cmd":"storage","failWrites":1e99', /failWrites: a whole number/],
    ['"cmd":"query","what":"schedule","duration":1e999', /duration: seconds/],
    ['"cmd":"query","what":"schedule","connector":"length"', /there is no connector length/],
  ];
  for (const [index, [fields, error]] of wrong.entries()) {
    program.write(`{"id":"wrong ${index}",${fields}}\n`);
    const reply = await program.reply(`wrong ${index}`);
    expect(reply, fields).toMatchObject({ ok: false, error: expect.stringMatching(error) });
  }
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  program.write(`{"id":${deep},"cmd":"plug","connector":1}\n`);
  program.write(`{"id":"deep","cmd":"callback","name":"dataTransfer","returns":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}\n`);
  program.write(`{"id":"long","cmd":"tag","idTag":"${'x'.repeat(1_100_000)}"}\n`);
  program.write('{"id":"quoted","cmd":"tag","idTag":"\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\""}\n');
  expect(await program.reply('quoted')).toMatchObject({ ok: true });
  const refused = program.lines.filter((line) => line['id'] === null).map(({ error }) => error);
  expect(refused).toEqual(['nested too deeply', 'nested too deeply', 'the line is too long']);
  expect(await program.ask('plug', { connector: 1 })).toMatchObject({ ok: true });
  await program.advance(1);
});

test.skipIf(process.platform !== 'linux')('a closed standard error neither spins nor keeps a signal out', async () => {
  const program = await Program.run('--control', '--log', 'debug', '--state', newFolder());
  await program.event('boot');
  program.closeOutput('stderr');
  // Each of these is a line of the log.
  for (let index = 0; index < 20; index++)
    await program.do('fault', { connector: 1, error: `e${index}`, errorCode: 'OtherError', faulted: false });
  const before = program.processorTime();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(program.processorTime() - before).toBeLessThan(0.3);
  program.signal('SIGTERM');
  expect(await program.exit()).toBe(0);
});

test('a standard output that nobody reads ends the program, cleanly', async () => {
  const folder = newFolder();
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--state', folder, '--csms', system.url);
  await program.event('boot');
  const closed = system.closed();
  program.closeOutput('stdout');
  program.write('{"id":1,"cmd":"plug","connector":1}\n');
  expect(await program.exit()).toBe(0);
  expect(await closed).toBe(1001);
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

test('a power cut at a write is told by its event, whatever was being done, and is no error of the command', async () => {
  const program = await Program.control();
  await program.advance(1);
  // Of every command that writes, the write at which the power goes: while a journal is opened, too.
  const steps: [string, object][] = [
    ['power', { action: 'on' }],
    ['clock', { advance: 2 }],
    ['plug', { connector: 1 }],
    ['tag', { idTag: 'CARD' }],
    ['clock', { advance: 130 }],
    ['config_set', { key: 'HeartbeatInterval', value: '77' }],
    ['availability', { connector: 2, operative: false }],
    ['availability', { connector: 2, operative: true }],
    ['unplug', { connector: 1 }],
    ['clock', { advance: 5 }],
    ['config_set', { key: 'HeartbeatInterval', value: '300' }],
  ];
  let cuts = 0;
  for (let write = 1; write <= 24; write++) {
    await program.do('power', { action: 'cut' });
    const events = program.events('power').length;
    await program.do('storage', { cutAtWrite: write });
    for (const [cmd, args] of steps) {
      const reply = await program.ask(cmd, args);
      if (!reply.ok) expect(reply.error, `${cmd} at write ${write}`).toBe('the power is off');
    }
    const told = program
      .events('power')
      .slice(events)
      .map(({ state }) => state);
    if (told.length > 1) cuts++;
    expect(told, `at write ${write}`).toEqual(told.length > 1 ? ['on', 'cut'] : ['on']);
    await program.do('storage', { cutAtWrite: 0 });
    await program.do('power', { action: 'on' });
    await program.do('unplug', { connector: 1 });
    await program.advance(40);
  }
  expect(cuts).toBeGreaterThan(10);
  expect(program.errors).not.toContain('internal');
});

test('commands marked test need --test', async () => {
  const program = await Program.run('--control', '--state', newFolder());
  await program.event('ready');
  expect(await program.ask('storage', { full: true })).toMatchObject({ ok: false, error: 'only with --test' });
  expect(await program.ask('response_override', { action: 'ClearCache', status: 'Rejected' })).toMatchObject({ ok: false });
  expect(await program.ask('clock', { advance: 1 })).toMatchObject({ ok: false, error: expect.stringContaining('--clock virtual') });
});

test('shutdown and the end of input exit with 0; what was asked before is done', async () => {
  const one = await Program.control();
  expect(await one.ask('shutdown')).toMatchObject({ ok: true });
  expect(await one.exit()).toBe(0);
  const two = await Program.control();
  two.write('{"id":1,"cmd":"plug","connector":2}\n{"id":2,"cmd":"query","what":"connectors"}\n');
  two.endInput();
  expect(await two.exit()).toBe(0);
  expect(two.lines.find(({ id }) => id === 2)).toMatchObject({ ok: true, data: [{}, { plugged: false }, { plugged: true }] });
});

test('two processes do not share a state directory', async () => {
  const state = newFolder();
  await Program.control('--state', state);
  const second = await Program.run('--control', '--state', state);
  expect(await second.exit()).toBe(2);
  expect(second.errors.trim().split('\n')).toEqual([expect.stringContaining('in use by process')]);
});

test('the state outlives the process; wipe forgets it', async () => {
  const state = newFolder();
  const one = await Program.control('--state', state);
  await one.advance(1);
  await one.do('config_set', { key: 'HeartbeatInterval', value: '77' });
  await charging(one);
  await one.do('shutdown');
  await one.exit();
  const two = await Program.control('--state', state);
  await two.advance(1);
  expect(two.sent('StopTransaction').map(({ payload }) => payload['reason'])).toEqual(['PowerLoss']);
  const meter = (await two.do('query', { what: 'connectors' })) as { energy: number }[];
  expect(meter[1]?.energy).toBeGreaterThan(300);
  expect(await two.do('config_get', { keys: ['MeterValueSampleInterval'] })).toMatchObject({ unknownKey: [] });
  await two.do('wipe');
  await two.advance(1);
  expect(await two.do('query', { what: 'outbox' })).toMatchObject({ length: 0 });
  expect(two.sent('BootNotification')).toHaveLength(2);
});

test('faults, availability and the readiness of both sides show in the status', async () => {
  const program = await Program.control();
  await charging(program);
  const status = async () => ((await program.do('query', { what: 'connectors' })) as { status: string; current: number }[])[1];
  await program.do('ev', { connector: 1, ready: false });
  expect(await status()).toMatchObject({ status: 'SuspendedEV', current: 0 });
  await program.do('evse', { connector: 1, ready: false });
  expect(await status()).toMatchObject({ status: 'SuspendedEVSE', current: 0 });
  await program.do('evse', { connector: 1, ready: true });
  expect(await status()).toMatchObject({ status: 'SuspendedEV', current: 0 });
  await program.do('ev', { connector: 1, ready: true, draw: 10 });
  expect(await status()).toMatchObject({ status: 'Charging', current: 10 });
  await program.do('fault', { connector: 1, error: 'f', errorCode: 'GroundFailure', faulted: true, vendorErrorCode: '77' });
  await program.do('fault', { connector: 1, error: 'g', errorCode: 'OtherError', faulted: false });
  expect(await status()).toMatchObject({ status: 'Faulted', current: 0 });
  await program.do('fault_clear', { connector: 1, error: 'f' });
  expect(await status()).toMatchObject({ status: 'Charging', current: 10, errors: [{ id: 'g' }] });
  await program.do('fault_clear', { connector: 1 });
  expect(await status()).toMatchObject({ status: 'Charging', current: 10 });
  expect(await program.do('availability', { connector: 1, operative: false })).toBe('Scheduled');
  expect(await program.do('availability', { connector: 2, operative: false })).toBe('Accepted');
  await program.advance(1);
  const told = program.sent('StatusNotification').map(({ payload }) => payload);
  expect(told).toContainEqual(expect.objectContaining({ status: 'Faulted', errorCode: 'GroundFailure', vendorErrorCode: '77' }));
  expect(told.at(-1)).toMatchObject({ connectorId: 2, status: 'Unavailable' });
});

test('faults are named by `error`; one is cleared, or all of the connector', async () => {
  const program = await Program.control();
  await program.advance(1);
  const errors = async () =>
    ((await program.do('query', { what: 'connectors' })) as { errors: { id: string }[] }[])[1]?.errors.map(({ id }) => id);
  const fault = { connector: 1, errorCode: 'OtherError', faulted: false };
  expect(await program.ask('fault', fault)).toMatchObject({ ok: false, error: 'error is missing' });
  for (const error of ['hot', 'wet', 'old']) await program.do('fault', { ...fault, error });
  expect(await errors()).toEqual(['hot', 'wet', 'old']);
  expect(await program.ask('fault_clear', { connector: 1, error: 'cold' })).toMatchObject({ ok: false, error: 'error: cold is not known' });
  await program.do('fault_clear', { connector: 1, error: 'hot' });
  expect(await errors()).toEqual(['wet', 'old']);
  // The command's own id names no error.
  program.write('{"cmd":"fault_clear","connector":1,"id":"wet"}\n');
  await program.reply('wet');
  expect(await errors()).toEqual([]);
});

test('the meter shows what it is told to show', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('config_set', { key: 'MeterValuesSampledData', value: 'Energy.Active.Import.Register,Current.Import,Voltage' });
  await program.do('meter', { connector: 1, values: { 'Energy.Active.Import.Register': 5000, Voltage: { 'L1-N': 231.5 } }, rate: 2 });
  await charging(program);
  expect(program.sent('StartTransaction')[0]?.payload).toMatchObject({ meterStart: 5002 });
  const [sample] = program.sent('MeterValues');
  const [{ sampledValue }] = (sample?.payload['meterValue'] ?? [{ sampledValue: [] }]) as [{ sampledValue: Record<string, string>[] }];
  const shown = sampledValue.map(({ measurand, phase, value }) => `${measurand} ${phase ?? ''} ${value}`);
  expect(shown).toEqual([
    'Energy.Active.Import.Register  5122',
    'Current.Import L1 16',
    'Current.Import L2 16',
    'Current.Import L3 16',
    'Voltage L1-N 231.5',
  ]);
});

test('callbacks do what they are told', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--test', '--trace', '-', '--state', newFolder(), '--csms', system.url);
  await program.event('boot');
  await program.do('unlock_outcome', { connector: 1, outcome: 'UnlockFailed' });
  expect(await system.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'UnlockFailed' });
  expect(await system.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'Unlocked' });
  await program.do('callback', { name: 'unlockConnector', throw: 'stuck', always: true });
  expect(await system.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'UnlockFailed' });
  await program.do('callback', { name: 'unlockConnector' });
  expect(await system.ask('UnlockConnector', { connectorId: 1 })).toEqual({ status: 'Unlocked' });
  await program.do('reset_outcome', { allowed: false });
  expect(await system.ask('Reset', { type: 'Soft' })).toEqual({ status: 'Rejected' });
  await program.do('data_transfer_reply', { vendorId: 'v', messageId: 'm', status: 'Accepted', data: 'yes' });
  expect(await system.ask('DataTransfer', { vendorId: 'V', messageId: 'm' })).toEqual({ status: 'Accepted', data: 'yes' });
  expect(await system.ask('DataTransfer', { vendorId: 'v', messageId: 'n' })).toEqual({ status: 'UnknownMessageId' });
  expect(await system.ask('DataTransfer', { vendorId: 'w' })).toEqual({ status: 'UnknownVendorId' });
  await program.do('response_override', { action: 'ClearCache', status: 'Rejected' });
  expect(await system.ask('ClearCache', {})).toEqual({ status: 'Rejected' });
  expect(await system.ask('ClearCache', {})).toEqual({ status: 'Accepted' });
  system.answers['DataTransfer'] = { status: 'Accepted', data: 'hello' };
  expect(await program.do('data_transfer', { vendorId: 'v', data: 'x' })).toEqual({ status: 'Accepted', data: 'hello' });
  expect(program.events('callback').filter(({ name }) => name === 'unlockConnector')).toMatchObject([
    { args: [1], returned: 'UnlockFailed' },
    { args: [1], returned: 'Unlocked' },
    { args: [1], returned: 'Unlocked' },
  ]);
  expect(system.violations).toEqual([]);
});

test('a remote reset really boots anew from the state', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--trace', '-', '--state', newFolder(), '--csms', system.url, '--id', 'CP 1/é');
  await program.event('boot');
  await program.do('plug', { connector: 1 });
  expect(await system.ask('RemoteStartTransaction', { connectorId: 1, idTag: 'R' })).toEqual({ status: 'Accepted' });
  await program.event('tx_updated');
  const again = system.next();
  expect(await system.ask('Reset', { type: 'Hard' })).toEqual({ status: 'Accepted' });
  await again;
  await program.event('tx_stopped', { reason: 'HardReset' });
  await expect.poll(() => program.events('boot').length, soon).toBe(2);
  expect(program.events('reset').map(({ phase }) => phase)).toEqual(['accepted', 'stopping', 'rebooting']);
  expect(program.sent('StopTransaction')).toHaveLength(1);
  expect(system.logins.map(({ identity }) => identity)).toEqual(['CP 1/é', 'CP 1/é']);
  expect(system.violations).toEqual([]);
});

test('a reboot says goodbye with 1001 and stays away for half a second, in virtual time too', async () => {
  for (const clock of ['real', 'virtual']) {
    const system = await CentralSystem.open();
    const program = await Program.run('--control', '--clock', clock, '--trace', '-', '--state', newFolder(), '--csms', system.url);
    if (clock === 'virtual') await program.advance(1);
    await program.event('boot');
    const closed = system.closed().then((code) => [code, performance.now()] as const);
    const again = system.next().then(() => performance.now());
    expect(await system.ask('Reset', { type: 'Soft' })).toEqual({ status: 'Accepted' });
    // In virtual time the station is back when the command is done, however little real time it was given.
    if (clock === 'virtual') await program.do('clock', { advance: 5, wait: 1 });
    const [code, gone] = await closed;
    expect(code).toBe(1001);
    expect((await again) - gone).toBeGreaterThanOrEqual(500);
    await expect.poll(() => program.events('boot').length, soon).toBe(2);
    if (clock === 'virtual') expect(await program.ask('query', { what: 'session' })).toMatchObject({ ok: true });
  }
});

test('a power cut in the middle of a reboot ends it; switching on again is one boot', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--state', newFolder(), '--csms', system.url);
  await program.event('boot');
  const closed = system.closed();
  await system.ask('Reset', { type: 'Soft' });
  await closed;
  await program.do('power', { action: 'cut' });
  await program.do('power', { action: 'on' });
  await expect.poll(() => program.events('boot').length, soon).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(program.events('boot')).toHaveLength(2);
  expect(program.events('power').map(({ state }) => state)).toEqual(['on', 'cut', 'on']);
});

test('the limit of a charging profile is what the car gets', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--trace', '-', '--state', newFolder(), '--csms', system.url);
  await program.event('boot');
  await program.do('plug', { connector: 1, draw: 20 });
  await program.do('tag', { idTag: 'CARD' });
  await program.event('tx_started');
  const chargingSchedule = { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 9 }] };
  const profile = { chargingProfileId: 3, stackLevel: 0, chargingProfilePurpose: 'TxDefaultProfile', chargingProfileKind: 'Relative' };
  const request = { connectorId: 1, csChargingProfiles: { ...profile, chargingSchedule } };
  expect(await system.ask('SetChargingProfile', request)).toEqual({ status: 'Accepted' });
  await program.event('limit', { connector: 1, A: 9 });
  expect(await program.do('query', { what: 'connectors' })).toMatchObject([{}, { offered: 9, current: 9 }, {}]);
  expect(await program.do('query', { what: 'profiles' })).toMatchObject([{ id: 3, connector: 1, purpose: 'TxDefaultProfile' }]);
  const schedule = await program.do('query', { what: 'schedule', connector: 1, duration: 60, unit: 'A' });
  expect(schedule).toMatchObject({ chargingSchedulePeriod: [{ startPeriod: 0, limit: 9 }] });
});

test('an update of firmware is carried out, with chosen outcomes', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--trace', '-', '--state', newFolder(), '--csms', system.url);
  await program.event('boot');
  await program.do('transfer_outcome', { kind: 'firmware', outcomes: ['download_failed', 'ok'] });
  const request = { location: 'http://127.0.0.1:1/x', retrieveDate: new Date().toISOString(), retries: 1, retryInterval: 0 };
  expect(await system.ask('UpdateFirmware', request)).toEqual({});
  await expect.poll(() => program.events('boot').length, soon).toBe(2);
  await expect.poll(() => program.sent('FirmwareStatusNotification').length, soon).toBe(6);
  const statuses = program.sent('FirmwareStatusNotification').map(({ payload }) => payload['status']);
  expect(statuses).toEqual(['Downloading', 'DownloadFailed', 'Downloading', 'Downloaded', 'Installing', 'Installed']);
});

test('a foreign central system names no file of this machine, unless --test says that it may below the state directory', async () => {
  const folder = newFolder();
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'mine');
  for (const isTest of [false, true]) {
    const system = await CentralSystem.open();
    const state = join(folder, `state-${isTest}`);
    const program = await Program.run('--control', '--state', state, '--csms', system.url, ...(isTest ? ['--test'] : []));
    await program.event('boot');
    const upload = (path: string) => system.ask('GetDiagnostics', { location: pathToFileURL(path).href, retries: 0 });
    await upload(victim);
    await program.event('transfer', { kind: 'diagnostics', status: 'UploadFailed' });
    await upload(join(state, 'own.tgz'));
    if (isTest) await program.event('transfer', { kind: 'diagnostics', status: 'Uploaded' });
    else await expect.poll(() => program.events('transfer').filter(({ status }) => status === 'UploadFailed').length, soon).toBe(2);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(existsSync(join(state, 'own.tgz'))).toBe(isTest);
  }
});

test('a close of the central system is told with its code, its text and the next try', async () => {
  const system = await CentralSystem.open();
  const program = await Program.run('--control', '--state', newFolder(), '--csms', system.url);
  await program.event('boot');
  await system.client?.close({ code: 4001, reason: 'maintenance' });
  expect(await program.event('disconnected')).toMatchObject({
    reason: 'closed',
    code: 4001,
    detail: 'maintenance',
    nextTry: expect.any(Number),
  });
});

test('secrets are in no trace, in no event and in no log', async () => {
  const system = await CentralSystem.open();
  const folder = newFolder();
  const trace = join(folder, 'trace');
  const secrets = ['first-secret-of-the-box', 'second-secret-of-the-box', 'ftp@secret'];
  const options = [
    '--state',
    join(folder, 's'),
    '--csms',
    system.url,
    '--password',
    secrets[0] as string,
    '--trace',
    trace,
    '--log',
    'debug',
  ];
  const program = await Program.run('--control', ...options);
  await program.event('boot');
  const again = system.next();
  expect(await system.ask('ChangeConfiguration', { key: 'authorizationKEY', value: secrets[1] })).toEqual({ status: 'Accepted' });
  await again;
  await expect.poll(() => system.received.some(({ action }) => action === 'Heartbeat'), soon).toBe(true);
  await system.ask('GetDiagnostics', { location: `ftp://me:${secrets[2]}@127.0.0.1:1/`, retries: 0 });
  await program.event('transfer', { status: 'UploadFailed' });
  expect(system.logins.map(({ password }) => password)).toEqual([secrets[0], secrets[1]]);
  const text = readFileSync(trace, 'utf8');
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toContainEqual({
    ts: expect.any(String),
    dir: 'in',
    text: expect.stringMatching(/^\[2,"[^"]+","ChangeConfiguration","\*\*\*"\]$/),
  });
  expect(text).toContain('ftp://me:***@127.0.0.1:1/');
  expect(program.events('callback')).toContainEqual(expect.objectContaining({ name: 'uploadDiagnostics' }));
  for (const secret of secrets) expect(text + program.errors + JSON.stringify(program.lines)).not.toContain(secret);
});

test('board and keys come from the file of --config', async () => {
  const file = join(newFolder(), 'board.json');
  const connectors = [{ cable: 'fixed', phases: 1, maxA: 10, signed: true, measurands: ['Energy.Active.Import.Register', 'SoC'] }];
  const board = { vendor: 'V', model: 'M', iccid: '89', without: ['reserveNow', 'unlockConnector'], connectors };
  writeFileSync(
    file,
    JSON.stringify({
      keys: { HeartbeatInterval: '33', StopTxnSampledData: 'Energy.Active.Import.Register', SampledDataSignReadings: 'true' },
      board,
    }),
  );
  const program = await Program.control('--config', file);
  await charging(program);
  await program.do('unplug', { connector: 1 });
  await program.advance(2);
  expect(program.sent('BootNotification')[0]?.payload).toMatchObject({ chargePointVendor: 'V', chargePointModel: 'M', iccid: '89' });
  const { configurationKey } = (await program.do('config_get', { keys: ['NumberOfConnectors', 'SupportedFeatureProfiles'] })) as {
    configurationKey: { value: string }[];
  };
  expect(configurationKey.map(({ value }) => value)).toEqual(['1', expect.not.stringContaining('Reservation')]);
  const [stop] = program.sent('StopTransaction');
  const signed = ((stop?.payload['transactionData'] ?? []) as { sampledValue: { format?: string; context: string }[] }[]).flatMap(
    (value) => value.sampledValue,
  );
  expect(signed.filter(({ format }) => format === 'SignedData').map(({ context }) => context)).toEqual([
    'Transaction.Begin',
    'Transaction.End',
  ]);
  expect(stop?.payload['meterStop']).toBe(Math.round((10 * 230 * 130) / 3600));
});

test('keys of --config count, or one line says which do not', async () => {
  const folder = newFolder();
  const file = join(folder, 'keys.json');
  writeFileSync(
    file,
    JSON.stringify({ keys: { LocalAuthListMaxLength: '7', NumberOfConnectors: '5', ChargePointId: 'X', MeterValueSampleInterval: '9' } }),
  );
  const program = await Program.control('--config', file);
  await program.advance(1);
  const { configurationKey } = (await program.do('config_get', {
    keys: ['LocalAuthListMaxLength', 'NumberOfConnectors', 'MeterValueSampleInterval'],
  })) as { configurationKey: { value: string }[] };
  expect(configurationKey.map(({ value }) => value)).toEqual(['7', '2', '9']);
  const told = program.errors.split('\n').filter((line) => line.includes('--config'));
  expect(told).toEqual([
    expect.stringMatching(/keys without effect: NumberOfConnectors \(it is 2\), ChargePointId \(it is WALLBOX-1\)\.$/),
  ]);
  writeFileSync(file, JSON.stringify({ keys: { LocalAuthListMaxLength: '5000' } }));
  const large = await Program.control('--config', file);
  await large.advance(1);
  expect(large.errors).toContain('keys without effect: LocalAuthListMaxLength (it is 1000).');
});

test('wss with the root that was given, and not without', async () => {
  const folder = newFolder();
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')] as const;
  const subject = ['-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certFile, ...subject], { stdio: 'ignore' });
  const system = await CentralSystem.openSecure({ key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') });
  const options = ['--control', '--csms', system.url, '--password', '0123456789abcdef'];
  const good = await Program.run(...options, '--state', join(folder, 'a'), '--tls-ca', certFile);
  expect(await good.event('boot')).toMatchObject({ status: 'Accepted' });
  expect(await good.do('query', { what: 'session' })).toMatchObject({ securityProfile: 2, url: expect.stringMatching(/^wss:/) });
  expect(system.logins).toEqual([{ identity: 'WALLBOX-1', password: '0123456789abcdef' }]);
  const bad = await Program.run(...options, '--state', join(folder, 'b'));
  expect(await bad.event('connect_failed')).toMatchObject({ reason: 'tls', tls: expect.stringContaining('self-signed') });
  expect(system.logins).toHaveLength(1);
});

test('without control channel and terminal it runs, logs, and ends by a signal', async () => {
  const program = await Program.run('--state', newFolder());
  await expect.poll(() => program.errors, soon).toContain('boot {status: "Accepted"');
  program.signal('SIGTERM');
  expect(await program.exit()).toBe(0);
  expect(program.lines).toEqual([]);
});

test('what an ISO 15118 stack asks is answered, and a security event is told', async () => {
  const program = await Program.control();
  await program.advance(1);
  expect(await program.do('iso', { connector: 1, action: 'authorize', emaid: 'DE8AA1A2B3C4D5' })).toMatchObject({
    idTokenInfo: expect.anything(),
  });
  const request = { connector: 1, action: 'ev_certificate', exiRequest: 'AAAA', schemaVersion: 'urn:iso:15118:2:2013:MsgDef' };
  expect(await program.do('iso', request)).toMatchObject({ status: 'Failed' });
  await program.do('security_event', { type: 'TamperDetectionActivated', techInfo: 'lid' });
  expect(program.events('security_event')).toMatchObject([{ type: 'TamperDetectionActivated', techInfo: 'lid' }]);
});

test('an unlocking that never ends, and a lock that does not hold', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('lock_outcome', { connector: 1, ok: false });
  await program.do('plug', { connector: 1 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(2);
  expect(program.sent('StartTransaction')).toEqual([]);
  expect(program.sent('StatusNotification').at(-1)?.payload).toMatchObject({ errorCode: 'ConnectorLockFailure' });
  await program.do('unplug', { connector: 1 });
  await program.do('plug', { connector: 1 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(2);
  expect(program.sent('StartTransaction')).toHaveLength(1);
  await program.do('unlock_outcome', { connector: 1, outcome: 'Timeout' });
  await program.do('unplug', { connector: 1 });
  await program.advance(30);
  expect(program.events('unlock')).toMatchObject([{ connector: 1, outcome: 'UnlockFailed' }]);
});

test('a callback answers late, and too late', async () => {
  const program = await Program.control();
  await program.advance(1);
  await program.do('plug', { connector: 1 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(1);
  await program.do('callback', { name: 'stopTransaction', delay: 5 });
  await program.do('tag', { idTag: 'CARD' });
  await program.advance(4);
  expect(program.sent('StopTransaction')).toEqual([]);
  await program.advance(2);
  expect(program.sent('StopTransaction').map(({ payload }) => payload['reason'])).toEqual(['Local']);
});
