/** Every story on Node, with a wallbox that reports at the next turn, and with one that reports from inside the callback. */

import { describe, test } from 'vitest';
import { checkLedger, settleUp, tell } from './ledger.ts';
import { all } from './stories/index.ts';
import { type Story, World } from './world.ts';

function run(story: Story, immediate: boolean): void {
  const world = new World({ ...story.world, immediate });
  try {
    tell(world, story);
    settleUp(world);
    checkLedger(world);
  } catch (error) {
    throw new Error(`${error}\n${(error as Error).stack}\n${world.frames.slice(-60).join('\n')}\n${world.logs.slice(-30).join('\n')}`);
  }
}

describe.each(all)('$subject', ({ stories }) => {
  test.each(stories)('$name', (story) => run(story, false));
});

describe.each(all)('$subject, reported at once', ({ stories }) => {
  test.each(stories.filter((story) => story.world?.immediate === undefined))('$name', (story) => run(story, true));
});
