/** The end of every story: all is told, and what the central system would bill is what the wallbox did, neither more nor less. */

import type { Request } from '../src/wire/types.ts';
import type { Asked, Billed } from './central-system.ts';
import { expect } from './expect.ts';
import { notYet } from './judge.ts';
import type { Session, Story, World } from './world.ts';

/** Builds a world, boots it unless the story does, and tells the story. */
export function tell(world: World, story: Story): void {
  if (story.booted !== false) world.boot();
  story.run(world);
}

/** Everybody behaves, the network is up, cables are taken out, and the station tells what it still has to tell. */
export function settleUp(world: World, resume = true): void {
  world.power.clear();
  world.csms.behave();
  world.wallbox.behave();
  world.outcomes.length = 0;
  world.pongs = true;
  world.advance(1000);
  if (world.network === 'blackhole') world.offline();
  world.online();
  if (!world.isOn) world.boot(resume);
  world.reconnect();
  for (const socket of world.wallbox.sockets) {
    if (socket.plugged) world.unplug(socket.id);
    if (socket.session) world.wallbox.end(socket.id, 'Local');
  }
  world.reconnect();
  if (!world.isToldAll) world.advance(3_600_000);
}

/** A sample that was told. */
export interface Taken {
  /** What names it whatever its date: connector, import register and context. */
  readonly key: string;
  /** Milliseconds of the world when it was taken, at the latest. */
  readonly time: number;
}

/** Every sample of an import register that the central system got. */
export function samplesOf(world: World): Taken[] {
  const taken: Taken[] = [];
  const add = (connector: number, value: Request<'MeterValues'>['meterValue'][number]) => {
    for (const sample of value.sampledValue) {
      if (sample.measurand !== 'Energy.Active.Import.Register' || sample.phase !== undefined || sample.context === 'Trigger') continue;
      const shown = world.wallbox.shown.get(`${connector}:${Number(sample.value)}`) ?? 0;
      const time = Math.max(shown, Date.parse(value.timestamp) - world.unixAt(0));
      taken.push({ key: `${connector}:${Number(sample.value)}:${sample.context}`, time });
    }
  };
  for (const { start, values } of world.transactions) for (const value of values) add(start.connectorId, value);
  for (const { connectorId, meterValue } of world.csms.looseValues) for (const value of meterValue) add(connectorId, value);
  return taken;
}

/** `samples`: keys that must have arrived. */
export function checkLedger(world: World, samples: readonly string[] = []): void {
  expect(world.faults, 'faults').toEqual([]);
  // What a store that failed could not note is told and noted again.
  if (!world.isToldAll) world.reboot();
  world.reconnect();
  expect(world.isToldAll, `everything is told (records ${world.journal?.first} to ${world.journal?.next})`).toBe(true);
  for (const session of world.wallbox.sessions) checkSession(world, session);
  for (const { start } of world.transactions) {
    const known = world.wallbox.sessions.filter((session) => isOf(session, start));
    expect(known.length, `sessions of ${JSON.stringify(start)}`).toBe(1);
  }
  checkOrder(world);
  if (!world.judge.isExcused('billed')) checkValues(world);
  checkSamples(world, samples);
  checkAnswers(world);
  checkKeys(world);
  checkAvailability(world);
}

/** Every CALL of the central system has its one answer. */
function checkAnswers(world: World): void {
  world.advance(30_000);
  expect(world.csms.unanswered, 'CALLs without answer').toEqual([]);
}

/** A key reads as it was last accepted, or as a change whose answer was lost wanted it. */
function checkKeys(world: World): void {
  const values = new Map<string, string[]>();
  for (const { action, request, payload, error } of known(world)) {
    if (action !== 'ChangeConfiguration') continue;
    const key = String(request['key']).toLowerCase();
    const status = payload?.['status'];
    if (status === 'Accepted' || status === 'RebootRequired') values.set(key, [canonical(request['value'])]);
    else if (status === undefined && error === undefined) values.get(key)?.push(canonical(request['value']));
  }
  // An accepted BootNotification sets it, too.
  values.get('heartbeatinterval')?.push(String(world.csms.interval));
  for (const [key, wanted] of values) {
    const { payload } = world.request('GetConfiguration', { key: [key] });
    const found = (payload?.['configurationKey'] as { value?: string }[] | undefined)?.[0];
    if (key !== 'authorizationkey') expect(wanted, `${key} is "${found?.value}"`).toContain(canonical(found?.value));
  }
}

/** What the station was asked since its store was lost, if it ever was. */
function known(world: World): readonly Asked[] {
  return world.csms.asked.slice(world.csms.answersCountFrom);
}

function canonical(value: unknown): string {
  const text = String(value).toLowerCase().replaceAll(' ', '');
  const number = Number(text);
  if (text !== '' && Number.isFinite(number)) return String(number);
  return text
    .split(',')
    .filter((item) => item !== '')
    .join(',');
}

/** What the central system was told about availability is what it last heard as status. */
function checkAvailability(world: World): void {
  if (world.touched || world.wallbox.scripted.has('enableEvse') || world.wallbox.scripted.has('disableEvse')) return;
  const wishes = new Map<number, string>();
  for (const { action, request, payload } of known(world)) {
    if (action !== 'ChangeAvailability' || payload?.['status'] === 'Rejected') continue;
    const type = payload === undefined ? 'unknown' : String(request['type']);
    for (const { id } of world.wallbox.sockets) if (request['connectorId'] === 0 || request['connectorId'] === id) wishes.set(id, type);
  }
  for (const [connector, type] of wishes) {
    const told = world.csms.received.filter((call) => call.action === 'StatusNotification' && call.payload['connectorId'] === connector);
    const status = told.at(-1)?.payload['status'];
    if (type === 'Inoperative') expect(status === 'Unavailable' || status === 'Faulted', `connector ${connector} is ${status}`).toBe(true);
    // Also by a reservation whose answer the power cut swallowed.
    const isReserved = status === 'Reserved' && world.storage.keys('r').length > 0;
    if (type === 'Operative' && !isReserved) expect(status, `connector ${connector}`).toBe(status === 'Faulted' ? 'Faulted' : 'Available');
  }
}

function isOf(session: Session, start: { connectorId: number; idTag: string; meterStart: number }): boolean {
  return (
    session.connector === start.connectorId && session.idTag === start.idTag && Math.floor(session.meterStart + 0.5) === start.meterStart
  );
}

function checkSession(world: World, session: Session): void {
  const what = JSON.stringify(session);
  const billed = world.transactions.filter((transaction) => isOf(session, transaction.start));
  const refused = world.csms.refusedStarts.some((start) => isOf(session, start));
  expect(billed.length, `bills of ${what}`).toBeAtMost(session.isToldAgain ? (world.datesMayDiffer ? Number.POSITIVE_INFINITY : 2) : 1);
  if (session.abandoned) expect(billed.length, `bills of ${what}`).toBe(0);
  else if (session.durable && !refused && !session.isToldAgain && !session.isForgotten)
    expect(billed.length, `[billed] bills of ${what}`).toBe(1);
  const [bill] = billed;
  if (session.isForgotten && bill?.stop === undefined) return;
  if (bill === undefined) {
    if (session.durable) expect(isNamed(world, 'StartTransaction'), `[billed] a start is lost without a word: ${what}`).toBe(true);
    return;
  }
  if (bill.refusedStop) {
    if (bill.stop === undefined) expect(isNamed(world, 'StopTransaction'), `[billed] a stop is lost without a word: ${what}`).toBe(true);
    return;
  }
  const { stop } = bill;
  if (stop === undefined) throw new Error(`[billed] no stop of ${what}`);
  // An end that had happened, and that the station had kept, stays what it was.
  if (session.lost) expect([...lostReasons, session.stop?.reason], `reason of ${what}`).toContain(stop.reason);
  const isTold = session.stopDurable || session.wasReset === true;
  if (isTold && session.stop) expect(stop.reason, `[billed] reason of ${what}`).toBe(session.stop.reason);
  if (session.isForgotten) return;
  if (!world.judge.isExcused('billed')) checkEnergy(world, session, bill, stop);
  if (!world.judge.isExcused('times')) checkTimes(world, session, bill, stop);
}

/** A transaction that a power cut ended (protocol.md section 7). */
const lostReasons = ['PowerLoss', 'Reboot', 'HardReset', 'SoftReset'];

function isNamed(world: World, action: string): boolean {
  return world.events.some((event) => event.event === 'dropped' && event.action === action);
}

/** What a session may be billed by; none: a power cut took it, and nobody read the meter. */
function registersOf(world: World, { stop, stopDurable, lost, metersAtBoot }: Session, reason: string | undefined): number[] {
  const told = stop === undefined ? [] : [stop.meterStop];
  if (stopDurable) return told;
  if (!world.readsMetersFirst) return [];
  // A lost end is billed by what the meter showed after the boot: more than at the end, if somebody else had begun meanwhile.
  const shown = metersAtBoot ?? told;
  // The power may have gone when the end was stored, and before anybody heard of it; an end with its own reason was stored.
  return lost && reason !== stop?.reason ? shown : [...told, ...shown];
}

/** Billed is delivered, each register rounded half up; meterStop is never below meterStart (protocol.md section 7). */
function checkEnergy(world: World, session: Session, bill: Billed, stop: Request<'StopTransaction'>): void {
  const what = JSON.stringify(session);
  const registers = registersOf(world, session, stop.reason);
  if (session.isMeterMoved || registers.length === 0) {
    return expect(stop.meterStop, `meterStop of ${what}`).toBeAtLeast(bill.start.meterStart);
  }
  const meters = registers.map((register) => Math.floor(Math.max(session.meterStart, register) + 0.5));
  expect(meters, `[billed] meterStop of ${what}`).toContain(stop.meterStop);
  const delivered = ((session.deliveredAfter ?? 0) - session.deliveredBefore) / 1000;
  const billed = stop.meterStop - bill.start.meterStart;
  // Each of both registers is rounded by half a Wh at most.
  expect(Math.abs(billed - delivered), `[billed] ${billed} Wh, delivered ${delivered} Wh: ${what}`).toBeAtMost(1);
  const contexts = (stop.transactionData ?? []).map((value) => value.sampledValue[0]?.context);
  const isNamedLost = world.logs.some((text) => text.includes('Meter values of connector'));
  if (contexts[0] === 'Transaction.Begin' && !isNamedLost)
    expect(contexts, `[billed] transactionData of ${what}`).toContain('Transaction.End');
  for (const { sampledValue } of stop.transactionData ?? []) {
    for (const { context, measurand, phase, value } of sampledValue) {
      if (measurand !== 'Energy.Active.Import.Register' || phase !== undefined) continue;
      const said = Math.floor(Number(value) + 0.5);
      if (context === 'Transaction.Begin') expect(said, `[billed] Transaction.Begin of ${what}`).toBe(bill.start.meterStart);
      if (context === 'Transaction.End') expect(said, `[billed] Transaction.End of ${what}`).toBe(stop.meterStop);
    }
  }
}

/** Milliseconds that a true date may be off: stamps of samples are whole seconds, answers take a moment. */
const dateWithin = 2500;

/** Dates are the real moments where the clock was right; whatever the clock was, they are in order. */
function checkTimes(world: World, session: Session, bill: Billed, stop: Request<'StopTransaction'>): void {
  const { facts } = world.judge;
  const what = JSON.stringify(session);
  const started = Date.parse(bill.start.timestamp);
  const stopped = Date.parse(stop.timestamp);
  const isNear = (date: number, at: number) => Math.abs(date - world.unixAt(at)) <= dateWithin;
  // What was told before the station knew the time stays as it was told.
  const toldAt = bill.startedAt;
  const startIsRight = facts.isRightAt(session.boot, session.startedAt) && facts.wasKnownAt(session.boot, session.startedAt, toldAt);
  if (startIsRight) expect(isNear(started, session.startedAt), `[times] start at ${bill.start.timestamp} of ${what}`).toBe(true);
  if (session.stopDurable && session.stop && isStopRight(world, session, bill)) {
    expect(isNear(stopped, session.stop.at), `[times] stop at ${stop.timestamp} of ${what}`).toBe(true);
  }
  // What a boot without time knew of it last is dated as late as can be.
  const isCutKnown = session.cutAt !== undefined && facts.wasKnownAt(session.cutIn ?? 0, session.cutAt, session.cutAt);
  // So is one that a store without room kept nothing of.
  if (
    session.lost &&
    startIsRight &&
    !world.logs.some((text) => text.includes('waits for room')) &&
    session.cutAt !== undefined &&
    isCutKnown &&
    facts.wasAlwaysRight &&
    !notYet.includes('undated')
  ) {
    // One that went on after a cut, and whose end the next one swallowed, ran until then.
    const last = Math.max(session.cutAt, session.stop?.at ?? 0);
    expect(stopped, `[times] stop at ${stop.timestamp} of ${what}`).toBeAtMost(world.unixAt(last) + dateWithin);
  }
  const dates = bill.values.filter(({ sampledValue }) => sampledValue[0]?.context !== 'Trigger').map(({ timestamp }) => timestamp);
  const isLost = session.hasLostDates === true && facts.wasDoubted;
  if (isLost || world.datesMayDiffer) return;
  for (const timestamp of [...dates, ...(stop.transactionData ?? []).map((value) => value.timestamp), stop.timestamp]) {
    const date = Date.parse(timestamp);
    expect(date >= started && date <= stopped, `[times] ${bill.start.timestamp}, ${timestamp}, ${stop.timestamp}: ${what}`).toBe(true);
  }
  expect(started, `[times] start of ${what}`).toBeAtLeast(world.unixAt(0));
}

function isStopRight(world: World, { startedAt, stop }: Session, { stoppedAt = 0 }: Billed): boolean {
  const { facts } = world.judge;
  if (stop === undefined || !facts.wasRight(startedAt, stop.at) || !facts.isRightAt(stop.boot, stop.at)) return false;
  if (notYet.includes('undated') && !facts.wasKnownAt(stop.boot, stop.at, stop.at)) return false;
  return facts.wasKnownAt(stop.boot, stop.at, stoppedAt);
}

const register = 'Energy.Active.Import.Register';

/** Every value that was told was shown by that meter under that name; and no transaction starves another of samples. */
function checkValues(world: World): void {
  const { judge } = world;
  for (const { start, values, stop } of world.transactions) {
    for (const { sampledValue } of [...values, ...(stop?.transactionData ?? [])]) {
      for (const { measurand = register, phase = '', value, format, context } of sampledValue) {
        // The registers of begin and end are those of the bill (checkEnergy).
        const isBoundary = measurand === register && context?.startsWith('Transaction.');
        if (isBoundary || format === 'SignedData' || judge.wasShown(start.connectorId, measurand, phase, Number(value))) continue;
        throw new Error(`[billed] ${measurand} ${phase} of connector ${start.connectorId} was never ${value}: ${JSON.stringify(start)}`);
      }
    }
  }
  const rates = world.transactions.map(({ start, stop, values }) => ({
    start,
    values,
    length: lengthOf(start.timestamp, stop?.timestamp),
  }));
  for (const one of rates) {
    for (const other of rates) {
      if (one.length < 600 || other.length < 600 || Math.abs(one.length - other.length) > one.length / 10) continue;
      if (lengthOf(one.start.timestamp, other.start.timestamp) > one.length / 10) continue;
      const what = `[billed] ${one.values.length} samples of ${JSON.stringify(one.start)}, ${other.values.length} of ${JSON.stringify(other.start)}`;
      if (other.values.length > 20 && one.values.length * 4 < other.values.length) throw new Error(what);
    }
  }
}

/** Seconds between two dates. */
function lengthOf(from: string, to: string | undefined): number {
  return to === undefined ? 0 : Math.abs(Date.parse(to) - Date.parse(from)) / 1000;
}

/** Starts are dated in the order in which they happened, also those of a boot that never learnt the time. */
function checkOrder(world: World): void {
  if (!world.judge.facts.wasAlwaysRight || world.judge.isExcused('times')) return;
  let newest = 0;
  for (const session of [...world.wallbox.sessions].sort((a, b) => a.startedAt - b.startedAt)) {
    const bill = world.transactions.find(({ start }) => isOf(session, start));
    if (bill === undefined) continue;
    const date = Date.parse(bill.start.timestamp);
    expect(date >= newest, `[times] start at ${bill.start.timestamp}, before an earlier one: ${JSON.stringify(session)}`).toBe(true);
    newest = date;
  }
}

function checkSamples(world: World, samples: readonly string[]): void {
  const arrived = samplesOf(world);
  const seen = new Set(arrived.map(({ key }) => key));
  const lost = samples.filter((key) => !seen.has(key));
  expect(lost, 'samples that were stored and never told').toEqual([]);
  for (const { start, values } of world.transactions) checkDates(values, `twice in ${JSON.stringify(start)}`);
}

/** No sample twice, and a register that never falls. */
function checkDates(
  values: readonly {
    timestamp: string;
    sampledValue: readonly { context?: string; measurand?: string; phase?: string; value: string }[];
  }[],
  what: string,
): void {
  const seen = new Set<string>();
  for (const value of values) {
    const context = value.sampledValue[0]?.context;
    if (context === 'Trigger') continue;
    const key = JSON.stringify([value.timestamp, context, value.sampledValue]);
    if (seen.has(key)) throw new Error(`${what}: ${key}`);
    seen.add(key);
  }
}
