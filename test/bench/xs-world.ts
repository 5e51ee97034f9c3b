/** Entry of the unmeasured XS machine. What to run is put in when it is bundled. */
import type { Bridge } from './device.ts';
import { type Figures, largeMessages, runOffline, runWorkload, World } from './workload.ts';

declare const bridge: (name: string, ...values: (string | number | undefined)[]) => unknown;
declare const onBridge: (handler: Bridge) => void;
declare const print: (text: string) => void;
declare const device: {
  boot(): void;
  gc(): void;
  meter(): number;
  memory(): Record<string, number>;
  resetPeaks(): void;
};
declare const MODE: string;
declare const CONNECTORS: number;
declare const TRANSACTIONS: number;

const world = new World(CONNECTORS, bridge);
const figures: Figures = {};

function live(): number {
  device.gc();
  const memory = device.memory();
  return (memory['slotsUsed'] ?? 0) * (memory['slotSize'] ?? 16) + (memory['chunksUsed'] ?? 0);
}

const meters = { live, steps: () => device.meter() };

function large(name: string): void {
  world.boot();
  const message = largeMessages.find((row) => row[0] === name);
  if (message) figures['answer' + name] = world.request(message[1], message[2]()).slice(0, 60);
}

onBridge(world.answer);
device.boot();
if (MODE === 'workload') runWorkload(world, meters, TRANSACTIONS, figures);
else if (MODE === 'offline') runOffline(world, figures);
else if (MODE === 'boot') world.boot();
else if (MODE === 'endurance') {
  world.boot();
  figures['liveBefore'] = live();
  for (let number = 0; number < TRANSACTIONS; number++) {
    for (let beat = 0; beat < 100; beat++) world.heartbeat();
    world.transaction(number);
  }
  figures['liveAfter'] = live();
} else large(MODE);
const memory = device.memory();
for (const name of Object.keys(memory)) figures['memory.' + name] = memory[name] ?? 0;
print(JSON.stringify(figures));
for (const line of world.logs.slice(0, 5)) print('log ' + line);
