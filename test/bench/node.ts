/** BOOT+100 on Node: the same world and device, bridged in one process. Prints one line of JSON. */
import { type Bridge, startDevice } from './device.ts';
import { type Figures, runOffline, runWorkload, World } from './workload.ts';

declare const CONNECTORS: number;

type Handler = (name: string, ...values: never[]) => unknown;

function newWorld(connectors: number): World {
  let device: Handler = () => undefined;
  const world: World = new World(connectors, (name, ...values) => device(name, ...(values as never[])));
  startDevice(((name: string, ...values: never[]) => world.answer(name, ...values)) as Bridge, (handler) => {
    device = handler as Handler;
  });
  return world;
}

const collect = (globalThis as { gc?: () => void }).gc;

function live(): number {
  collect?.();
  return process.memoryUsage().heapUsed;
}

const figures: Figures = {};
const world = newWorld(CONNECTORS);
const began = performance.now();
runWorkload(world, { live, steps: () => 0 }, 100, figures);
figures['milliseconds'] = Math.round(performance.now() - began);
runOffline(newWorld(CONNECTORS), figures);
process.stdout.write(JSON.stringify(figures) + '\n');
