/** Tells the stories in the unmeasured XS machine, each to a station in the measured one. Prints a line of JSON for each. */

import { checkLedger, settleUp, tell } from '../ledger.ts';
import type { CreateStation, Outside } from '../local-station.ts';
import { all } from '../stories/index.ts';
import { World } from '../world.ts';
import { fromText, toText } from './json.ts';
import type { Created } from './station.ts';

declare const bridge: (name: string, json: string) => string | undefined;
declare const onBridge: (handler: (name: string, json: string) => string | undefined) => void;
declare const print: (text: string) => void;
declare const device: { boot(): void; memory(): Record<string, number> };
/** Every how many-th story is told: 1 where the engine runs natively. */
declare const EVERY: number;

/** The world that is told of. Nothing at top level is assigned twice: the bundler makes it constant. */
const current: { outside?: Outside } = {};

const createStation: CreateStation = (world, build) => {
  device.boot();
  current.outside = world;
  const { maxMessageBytes, localListCapacity, cacheCapacity } = world;
  const created: Created = { build, maxMessageBytes, localListCapacity, cacheCapacity };
  bridge('create', toText(created));
  return {
    input(name, args) {
      const result = bridge(name, toText(args));
      return result === undefined ? undefined : fromText(result);
    },
  };
};

onBridge((name, json) => {
  const method = (current.outside as unknown as Record<string, (...args: unknown[]) => unknown>)[name];
  const result = method?.apply(current.outside, fromText(json) as unknown[]);
  return result === undefined ? undefined : toText(result);
});

function tellAll(): void {
  let told = 0;
  let stackPeak = 0;
  for (const { subject, stories } of all) {
    for (const story of stories) {
      told++;
      if (told % EVERY !== 0) continue;
      let error = '';
      try {
        const world = new World({ ...story.world, createStation });
        tell(world, story);
        settleUp(world);
        checkLedger(world);
      } catch (failure) {
        error = String(failure);
      }
      const peak = device.memory()['stackPeak'] ?? 0;
      stackPeak = Math.max(stackPeak, peak);
      print(JSON.stringify({ subject, story: story.name, error, stackPeak: peak }));
    }
  }
  print(JSON.stringify({ subject: '', story: '', error: '', stackPeak }));
}

tellAll();
