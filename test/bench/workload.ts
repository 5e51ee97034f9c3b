/** BOOT+100 as the world sees it: clock, wire, central system, flash and the driver's moves. Runs in the unmeasured machine. */

import type { Bridge } from './device.ts';

const day = 86_400_000;
const start = Date.UTC(2025, 0, 1);

/** What measures the station from outside; on Node some of it is not to be had. */
export interface Meters {
  /** Collects garbage, then: live bytes. */
  live(): number;
  steps(): number;
}

export interface Figures {
  [name: string]: number | string;
}

export class World {
  readonly connectors: number;
  private readonly ask: (name: string, ...values: (string | number | undefined)[]) => unknown;
  private readonly flash: Uint8Array;
  private readonly store = new Map<string, string>();
  now = 0;
  private alarmAt: number | undefined;
  private pieces = '';
  private outgoing: string[] = [];
  private transactionId = 1000;
  private session = 0;
  private running: string | undefined;
  private energy = 0;
  private connected = false;
  calls = new Map<string, number>();
  answers: string[] = [];
  programs = 0;
  programmedBytes = 0;
  erases = 0;
  storageWrites = 0;
  storageBytes = 0;
  logs: string[] = [];

  constructor(connectors: number, ask: (name: string, ...values: (string | number | undefined)[]) => unknown, sectors = 128) {
    this.connectors = connectors;
    this.ask = ask;
    this.flash = new Uint8Array(sectors * 4096).fill(0xff);
  }

  /** What the device asks. */
  answer: Bridge = (name, a, b) => {
    switch (name) {
      case 'now':
        return this.now;
      case 'alarm':
        this.alarmAt = a as number | undefined;
        return undefined;
      case 'connectors':
        return this.connectors;
      case 'sectors':
        return this.flash.length / 4096;
      case 'flashRead':
        return this.flash.slice(a as number, (a as number) + (b as number));
      case 'flashProgram':
        this.programs++;
        this.programmedBytes += (b as Uint8Array).length;
        for (let index = 0; index < (b as Uint8Array).length; index++) {
          this.flash[(a as number) + index] = (this.flash[(a as number) + index] as number) & ((b as Uint8Array)[index] as number);
        }
        return undefined;
      case 'flashErase':
        this.erases++;
        this.flash.fill(0xff, (a as number) * 4096, ((a as number) + 1) * 4096);
        return undefined;
      case 'read':
        return this.store.get(a as string);
      case 'write':
        this.storageWrites++;
        this.storageBytes += (a as string).length + (b as string).length;
        this.store.set(a as string, b as string);
        return undefined;
      case 'remove':
        if (this.store.delete(a as string)) this.storageWrites++;
        return undefined;
      case 'keys':
        return [...this.store.keys()].filter((key) => key.startsWith(a + '/')).join(' ');
      case 'piece':
        this.pieces += a;
        return undefined;
      case 'sent':
        this.outgoing.push(this.pieces);
        this.pieces = '';
        return undefined;
      case 'open':
        this.connected = true;
        return undefined;
      case 'random':
        return new Uint8Array(a as number).fill(7);
      case 'log':
        this.logs.push(`${a}: ${b}`);
        return undefined;
      case 'provideToken':
        this.session++;
        this.running = 'session-' + this.session;
        this.ask('started', b as number, this.running, a as string, this.energy);
        return undefined;
      case 'stopTransaction':
        this.ask('stopped', a as number, this.running, b as string, this.energy);
        return undefined;
      default:
        return undefined;
    }
  };

  /** Delivers what was sent and its answers until nothing moves. */
  collect(): void {
    while (this.outgoing.length > 0) {
      const text = this.outgoing.shift() as string;
      const [type, id, action] = JSON.parse(text);
      if (type !== 2) this.answers.push(text);
      else {
        this.calls.set(action, (this.calls.get(action) ?? 0) + 1);
        this.ask('text', JSON.stringify([3, id, this.reply(action)]));
      }
    }
  }

  private reply(action: string): object {
    const currentTime = new Date(start + this.now).toISOString();
    switch (action) {
      case 'BootNotification':
        return { currentTime, interval: 86400, status: 'Accepted' };
      case 'Heartbeat':
        return { currentTime };
      case 'Authorize':
      case 'StopTransaction':
        return { idTagInfo: { status: 'Accepted' } };
      case 'StartTransaction':
        this.transactionId++;
        return { idTagInfo: { status: 'Accepted' }, transactionId: this.transactionId };
      default:
        return {};
    }
  }

  private input(name: string, ...values: (string | number)[]): void {
    this.ask(name, ...values);
    this.collect();
  }

  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.alarmAt !== undefined && this.alarmAt <= end) {
      this.now = Math.max(this.now, this.alarmAt);
      this.alarmAt = undefined;
      this.input('alarm');
    }
    this.now = end;
  }

  private meter(): void {
    this.input('meter', 1, Math.floor(this.energy), 11_000, 230, 11_000 / 690);
  }

  boot(): void {
    this.input('start');
    this.online();
  }

  /** The station has asked to connect: lets it. */
  online(): void {
    for (let minute = 0; minute < 60 && !this.connected; minute++) this.advance(60_000);
    if (this.connected) this.input('open');
  }

  offline(): void {
    this.connected = false;
    this.outgoing = [];
    this.input('closed');
    this.connected = false;
  }

  transaction(number: number, until?: () => void): void {
    const idTag = 'TAG' + (10_000_000_000 + number).toString().slice(3);
    this.meter();
    this.input('plug', 1);
    this.input('tag', idTag);
    for (let minute = 0; minute < 10; minute++) {
      this.energy += 11_000 / 60;
      this.meter();
      this.advance(60_000);
    }
    until?.();
    this.advance(5000);
    this.input('tag', idTag);
    this.input('unplug', 1);
  }

  heartbeat(): void {
    this.advance(day);
  }

  request(action: string, payload: object): string {
    this.answers = [];
    this.input('text', JSON.stringify([2, 'request-' + action, action, payload]));
    return this.answers.join('');
  }
}

export const largeMessages: readonly (readonly [string, string, () => object])[] = [
  ['GetConfiguration', 'GetConfiguration', () => ({})],
  ['SetChargingProfile', 'SetChargingProfile', setChargingProfile],
  ['GetCompositeSchedule', 'GetCompositeSchedule', () => ({ connectorId: 1, duration: 86400 })],
  ['SendLocalList', 'SendLocalList', sendLocalList],
  ['TriggerMessage', 'TriggerMessage', () => ({ requestedMessage: 'BootNotification' })],
];

function setChargingProfile(): object {
  const chargingSchedulePeriod = [];
  for (let hour = 0; hour < 24; hour++)
    chargingSchedulePeriod.push({ startPeriod: hour * 3600, limit: 6 + (hour % 10) + 0.5, numberPhases: 3 });
  return {
    connectorId: 1,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxDefaultProfile',
      chargingProfileKind: 'Recurring',
      recurrencyKind: 'Daily',
      chargingSchedule: { duration: 86400, startSchedule: '2025-01-01T00:00:00Z', chargingRateUnit: 'A', chargingSchedulePeriod },
    },
  };
}

function sendLocalList(): object {
  const localAuthorizationList = [];
  for (let entry = 0; entry < 48; entry++) {
    localAuthorizationList.push({
      idTag: 'LISTED' + (100_000 + entry),
      idTagInfo: { status: 'Accepted', expiryDate: '2030-01-01T00:00:00Z' },
    });
  }
  return { listVersion: 1, updateType: 'Full', localAuthorizationList };
}

/** All of it; `report` hears the figures. `transactions` is 100 but for short looks. */
export function runWorkload(world: World, meters: Meters, transactions: number, figures: Figures): void {
  const before = meters.steps();
  world.boot();
  figures['meterBoot'] = meters.steps() - before;
  figures['liveIdle'] = meters.live();
  const counted = {
    programs: world.programs,
    bytes: world.programmedBytes,
    erases: world.erases,
    writes: world.storageWrites,
    stored: world.storageBytes,
  };
  const steps = meters.steps();
  for (let number = 0; number < transactions; number++) {
    const last = number === transactions - 1;
    world.transaction(number, () => {
      if (last) figures['liveInTransaction'] = meters.live();
    });
  }
  figures['meterPerTransaction'] = Math.round((meters.steps() - steps) / transactions);
  figures['journalProgramsPerTransaction'] = (world.programs - counted.programs) / transactions;
  figures['journalBytesPerTransaction'] = (world.programmedBytes - counted.bytes) / transactions;
  figures['sectorErasesPerTransaction'] = (world.erases - counted.erases) / transactions;
  figures['storageWritesPerTransaction'] = (world.storageWrites - counted.writes) / transactions;
  figures['storageBytesPerTransaction'] = (world.storageBytes - counted.stored) / transactions;
  for (const [action, count] of world.calls) figures['calls' + action] = count;
  for (const [name, action, payload] of largeMessages) figures['answer' + name] = world.request(action, payload()).slice(0, 60);
  figures['liveAfterwards'] = meters.live();
  figures['logs'] = world.logs.length;
}

/** Ten transactions of ten MeterValues without connection, then all of it: how many arrive. */
export function runOffline(world: World, figures: Figures): void {
  world.boot();
  world.request('ChangeConfiguration', { key: 'AllowOfflineTxForUnknownId', value: 'true' });
  world.offline();
  const before = { ...Object.fromEntries(world.calls) };
  for (let number = 0; number < 10; number++) world.transaction(number);
  world.online();
  for (let minute = 0; minute < 10; minute++) world.advance(60_000);
  for (const action of ['StartTransaction', 'MeterValues', 'StopTransaction']) {
    figures['offline' + action] = (world.calls.get(action) ?? 0) - (before[action] ?? 0);
  }
}
