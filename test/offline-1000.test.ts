/** 1,000 offline transactions of 10 MeterValues: all arrive, in order, with right ids and times; RAM does not grow with the queue. */

import { expect, test } from 'vitest';
import { checkLedger, settleUp } from './ledger.ts';
import { type Build, localStation, type Outside } from './local-station.ts';
import { World } from './world.ts';

const transactions = 1000;
const minute = 60_000;
/** 1,000 transactions take some 400 kB, and samples are thinned as soon as less than a quarter is free: 512 kB would not be enough. */
const sectors = 160;

interface Held {
  objects: number;
  bytes: number;
}

/** What a graph of objects holds: objects, and bytes of its texts and arrays, over own properties. */
function held(root: object): Held {
  const seen = new Set<object>();
  const sum: Held = { objects: 0, bytes: 0 };
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') sum.bytes += value.length;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    sum.objects++;
    if (ArrayBuffer.isView(value)) sum.bytes += value.byteLength;
    else for (const name of Object.getOwnPropertyNames(value)) waiting.push((value as Record<string, unknown>)[name]);
  }
  return sum;
}

test(`${transactions} offline transactions of 10 MeterValues`, () => {
  let core: object | undefined;
  const createStation = (outside: Outside, build: Build) => {
    const station = localStation(outside, build);
    core = (station as unknown as { chargePoint: object }).chargePoint;
    return station;
  };
  const world = new World({
    createStation,
    connectors: 2,
    keys: { AllowOfflineTxForUnknownId: 'true', MessageQueueSizeThreshold: '100000' },
    sectors,
  });
  world.boot();
  const charge = (index: number) => {
    const connector = 1 + (index % 2);
    world.charge(connector, `CARD${index}`);
    world.advance(10 * minute + 5000);
    world.tag(`CARD${index}`);
    world.unplug(connector);
    world.advance(25_000);
  };
  charge(0);
  charge(1);
  const idle = held(core!);
  expect(idle.objects).toBeGreaterThan(20);
  world.offline();
  const begun = Date.now();
  const sizes: Held[] = [];
  for (let index = 2; index < transactions + 2; index++) {
    charge(index);
    if (index === 10 || index === 500 || index === transactions + 1) sizes.push(held(core!));
  }
  const queued = Date.now();
  const used = world.journal!.capacity - world.journal!.free;
  const waiting = world.journal!.next - world.journal!.first;
  expect(waiting).toBe(12 * transactions);
  // Counters grow by digits, nothing else grows.
  for (const size of sizes) {
    expect(Math.abs(size.objects - idle.objects)).toBeLessThanOrEqual(2);
    expect(Math.abs(size.bytes - idle.bytes)).toBeLessThanOrEqual(100);
  }

  world.reconnect();
  const told = Date.now();
  expect(world.isToldAll).toBe(true);
  const after = held(core!);
  expect(Math.abs(after.objects - idle.objects)).toBeLessThanOrEqual(2);
  expect(world.transactions).toHaveLength(transactions + 2);
  world.transactions.forEach(({ transactionId, start, values, stop }, index) => {
    const at = Date.parse(start.timestamp);
    expect([transactionId, start.connectorId, start.idTag]).toEqual([1001 + index, 1 + (index % 2), `CARD${index}`]);
    expect(at).toBe(Date.UTC(2025, 0, 1) + index * (10 * minute + 30_000));
    expect(values.map((value) => Date.parse(value.timestamp) - at)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((count) => count * minute));
    expect(stop).toMatchObject({ transactionId, reason: 'Local', idTag: `CARD${index}` });
    expect(Date.parse(stop!.timestamp) - at).toBe(10 * minute + 5000);
  });
  settleUp(world);
  checkLedger(world);
  console.log(
    `1,000 offline transactions: ${waiting} records in ${used} bytes of ${world.journal!.capacity}; ` +
      `core ${idle.objects} objects and ${idle.bytes} bytes idle, ${sizes.at(-1)!.objects} and ${sizes.at(-1)!.bytes} with the queue; ` +
      `queued in ${queued - begun} ms, told in ${told - queued} ms.`,
  );
});

test('a power cut with the queue full of a thousand transactions loses none', () => {
  const world = new World({ keys: { AllowOfflineTxForUnknownId: 'true', MeterValueSampleInterval: '0' }, sectors });
  world.boot();
  world.offline();
  for (let index = 0; index < transactions; index++) {
    world.charge(1, `CARD${index}`);
    world.advance(minute);
    world.tag(`CARD${index}`);
    world.unplug(1);
    world.advance(1000);
  }
  const begun = Date.now();
  world.reboot();
  const mounted = Date.now();
  world.reconnect();
  expect(world.transactions).toHaveLength(transactions);
  settleUp(world);
  checkLedger(world);
  console.log(`Boot with ${2 * transactions} records in the queue: ${mounted - begun} ms.`);
});
