/**
 * Every fault of kinds B, S, P and Q, as the judge finds it. Here all is well. At commit 6a26c11, with the files of the world in their places and
 * FOUND_AT=6a26c11, the tests demand that each is found, and print by what.
 */

import { expect, test } from 'vitest';
import { all, type Found, unseen } from './found.ts';
import { notYet } from './judge.ts';
import { checkLedger, settleUp, tell } from './ledger.ts';
import { World } from './world.ts';

const atOld = process.env['FOUND_AT'] !== undefined;
const rows = all.filter(({ id }) => atOld || !notYet.includes(id));

function judged({ story }: Found): string {
  const world = new World({ ...story.world });
  try {
    tell(world, story);
    settleUp(world);
    checkLedger(world);
    return '';
  } catch (error) {
    return `${(error as Error).message}`.slice(0, 2000);
  }
}

test.each(rows.map((found) => [found.story.name, found] as const))('%s', (name, found) => {
  const said = judged(found);
  if (!atOld) expect(said).toBe('');
  else {
    console.log(`FOUND ${name} -> ${said.slice(0, 160).replaceAll('\n', ' ')}`);
    if (found.found === unseen) expect(said).toBe('');
    else expect(said).toContain(found.found);
    if (found.found !== unseen) expect(said).not.toBe('');
  }
});
