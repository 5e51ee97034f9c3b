/** Statuses and a central system that is too slow for them: what is true in the end is told. */

import { expect, test } from 'vitest';
import { World } from '../world.ts';

const second = 1000;

test('a connector that flickers costs no other connector its status', () => {
  const world = new World({ connectors: 16 });
  world.boot();
  world.advance(second);
  world.csms.next('StatusNotification', { after: 25 });
  world.plug(3);
  world.advance(second);
  world.plug(2);
  for (let turn = 0; turn < 30; turn++) {
    world.plug(1);
    world.unplug(1);
  }
  world.advance(40 * second);
  expect(world.statuses(1).at(-1)).toBe('Available');
  expect(world.statuses(2).at(-1)).toBe('Preparing');
  expect(world.statuses(3).at(-1)).toBe('Preparing');
  expect(world.sent('StatusNotification').length).toBeLessThanOrEqual(17 + 1 + 24);
});
