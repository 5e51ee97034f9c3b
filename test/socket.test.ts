/** The stories over a real WebSocket on loopback against ocpp-rpc in strict mode. The station's time stays virtual. */

import { afterAll, describe, expect, test } from 'vitest';
import { checkLedger, settleUp, tell } from './ledger.ts';
import { SocketThread, SocketWire } from './socket-wire.ts';
import { all } from './stories/index.ts';
import { type Story, World } from './world.ts';

const thread = new SocketThread(new URL('..', import.meta.url));
let frames = 0;
let told = 0;

function run(story: Story): void {
  const world = new World({ ...story.world, createWire: (created) => new SocketWire(created, thread) });
  try {
    tell(world, story);
    settleUp(world);
    checkLedger(world);
  } catch (error) {
    throw new Error(`${error}\n${(error as Error).stack}\n${world.frames.slice(-40).join('\n')}\n${world.logs.slice(-20).join('\n')}`);
  } finally {
    world.wire.forget();
  }
  frames += world.frames.length;
  told++;
}

describe.each(all)('$subject', ({ stories }) => {
  const real = stories.filter((story) => !story.memoryOnly);
  if (real.length > 0) test.each(real)('$name', run);
});

afterAll(async () => {
  expect(told).toBeGreaterThan(100);
  console.log(`Real WebSocket against ocpp-rpc, strict: ${told} stories, ${frames} frames.`);
  await thread.end();
});
