/** The table of deadlines: what falls due first is the same whether it is remembered or looked for, and a moment that is no number hides none. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadlines } from '../../src/link/deadlines.ts';

const slots = 12;

test('property: next and takeDue say what a plain list says', () => {
  const step = fc.oneof(
    fc.record({ slot: fc.nat(slots - 1), at: fc.oneof(fc.nat(50), fc.constantFrom(Number.POSITIVE_INFINITY, Number.NaN, -3)) }),
    fc.record({ now: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const deadlines = new Deadlines(1);
      const plain = new Array<number>(slots).fill(Number.POSITIVE_INFINITY);
      for (const each of steps) {
        if ('slot' in each) {
          deadlines.set(each.slot, each.at);
          plain[each.slot] = Number.isNaN(each.at) ? Number.POSITIVE_INFINITY : Math.max(0, each.at);
        } else {
          const taken = deadlines.takeDue(each.now);
          const least = Math.min(...plain);
          if (least > each.now) expect(taken).toBe(-1);
          else {
            expect(plain[taken]).toBe(least);
            plain[taken] = Number.POSITIVE_INFINITY;
          }
        }
        const least = Math.min(...plain);
        expect(deadlines.next()).toBe(least === Number.POSITIVE_INFINITY ? undefined : least);
        for (let slot = 0; slot < slots; slot++) expect(deadlines.get(slot)).toBe(plain[slot]);
      }
    }),
    { numRuns: 500 },
  );
});
