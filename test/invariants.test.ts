/** Random days at a wallbox: whatever happens, judge and ledger are content in the end. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { day, tellDay } from './days.ts';

/** The same days on every machine; `random` for others, a number and INVARIANT_PATH for those of a report. */
const seed = process.env['INVARIANT_SEED'] ?? '20250101';
const runs = Number(process.env['INVARIANT_RUNS'] ?? 1000);

test.each([false, true])('random days at a wallbox (reported at once: %s)', (immediate) => {
  let transactions = 0;
  let boots = 0;
  fc.assert(
    fc.property(day, (steps) => {
      const world = tellDay(steps, immediate);
      transactions += world.transactions.length;
      boots += world.boots;
    }),
    { numRuns: runs, ...(seed === 'random' ? {} : { seed: Number(seed), path: process.env['INVARIANT_PATH'] ?? '' }) },
  );
  console.log(`Invariants: ${runs} random days, ${transactions} transactions, ${boots} boots.`);
  expect(transactions).toBeGreaterThan(runs / 10);
});
