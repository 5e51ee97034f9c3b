/** Tells a story again and again, with the power cut in each write of both stores and every kind of tear. */

import type { Tear } from './flash.ts';
import { checkLedger, samplesOf, settleUp, type Taken, tell } from './ledger.ts';
import { type Story, World, type WorldOptions } from './world.ts';

/** Nothing written, all, the first part, and any mixture of bits that may read otherwise the first time. */
export const tears: readonly Tear[] = ['none', 'all', 'prefix', 'unstable'];

export interface Swept {
  readonly name: string;
  /** Programs, erases, storage writes and removes of the uncut story. */
  readonly writes: number;
  readonly programs: number;
  readonly erases: number;
  readonly runs: number;
}

interface Uncut {
  readonly writes: number;
  readonly programs: number;
  readonly erases: number;
  readonly samples: readonly Taken[];
}

/** `every`: cuts at each write, or at every n-th. */
export function sweep(story: Story, options: WorldOptions = {}, kinds: readonly Tear[] = tears, every = 1): Swept {
  const uncut = tellUncut(story, options);
  let runs = 0;
  for (let at = 1; at <= uncut.writes; at += every) {
    for (const tear of kinds) {
      runs++;
      tellCut(story, options, uncut, at, tear);
    }
  }
  return { name: story.name, writes: uncut.writes, programs: uncut.programs, erases: uncut.erases, runs };
}

function tellUncut(story: Story, options: WorldOptions): Uncut {
  const world = new World({ ...story.world, ...options });
  tell(world, story);
  const { writes, programs, erases } = world.power;
  settleUp(world);
  checkLedger(world);
  return { writes, programs, erases, samples: samplesOf(world) };
}

function tellCut(story: Story, options: WorldOptions, uncut: Uncut, at: number, tear: Tear): void {
  const world = new World({ ...story.world, ...options, seed: at });
  world.power.cutAt(at, tear);
  try {
    try {
      tell(world, story);
      throw new Error('the power was not cut');
    } catch (error) {
      if (!world.power.off) throw error;
    }
    const cutAt = world.time;
    settleUp(world, at % 2 === 0);
    const stored = story.losesSamples ? [] : uncut.samples.filter(({ time }) => time < cutAt).map(({ key }) => key);
    checkLedger(world, stored);
  } catch (error) {
    const frames = world.frames.slice(-60).join('\n');
    throw new Error(
      `"${story.name}", cut in write ${at} (${tear}): ${error}\n${(error as Error).stack}\n${frames}\n${world.logs.slice(-30).join('\n')}`,
    );
  }
}
