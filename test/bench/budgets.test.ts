/** Budgets on the real XS engine. The figures are exact: the same run after run, whatever else the machine does. */
import { beforeAll, describe, expect, it } from 'vitest';
import { findEngine } from '../xs/engine.ts';
import { budgets } from './budgets.mjs';
import { XsBench } from './xs.mjs';

const { bits } = findEngine();

let xs: XsBench;
let native: XsBench;
beforeAll(async () => {
  if (bits === 0) return;
  xs = await XsBench.create();
  native = await XsBench.create({ bits: 64 });
}, 300_000);

/** A change may exceed a budget by less than 3 %. */
const slack = (budget: number) => budget * 1.03;

describe.skipIf(bits === 0)('XS budgets', () => {
  it.skipIf(bits !== 32)(
    'BOOT+100 and the large messages complete in the smallest heap',
    async () => {
      // The one figure that has no slack: slots, chunks and stack together.
      const memory = ['--static', String(budgets.smallestHeap), '--stack', String(budgets.stack / 16)];
      const { status, errors, figures } = await xs.run('workload', { memory });
      expect({ status, errors }).toEqual({ status: 0, errors: '' });
      expect(figures).toMatchObject({ callsStartTransaction: 100, callsMeterValues: 1000, callsStopTransaction: 100, logs: 0 });
      expect(figures?.['meterBoot']).toBeLessThan(slack(budgets.meterBoot));
      expect(figures?.['meterPerTransaction']).toBeLessThan(slack(budgets.meterPerTransaction));
      expect(figures?.['liveIdle']).toBeLessThan(slack(budgets.liveIdle));
      expect(figures?.['liveInTransaction']).toBeLessThan(slack(budgets.liveInTransaction));
      expect(figures?.['journalProgramsPerTransaction']).toBeLessThan(slack(budgets.journalProgramsPerTransaction));
      expect(figures?.['sectorErasesPerTransaction']).toBeLessThan(slack(budgets.sectorErasesPerTransaction));
      expect(figures?.['storageWritesPerTransaction']).toBeLessThan(slack(budgets.storageWritesPerTransaction));
      const bytes = (figures?.['journalBytesPerTransaction'] ?? 0) + (figures?.['storageBytesPerTransaction'] ?? 0);
      expect(bytes).toBeLessThan(slack(budgets.flashBytesPerTransaction));
    },
    300_000,
  );

  it.skipIf(bits !== 32)(
    'does not grow: transactions and heartbeats on the smallest heap plus 10 %',
    async () => {
      const memory = [
        '--static',
        String(Math.floor((budgets.smallestHeap * 1.1) / 16) * 16),
        '--stack',
        String(Math.floor((budgets.stack * 1.1) / 16)),
      ];
      const { status, errors, figures } = await xs.run('endurance', { transactions: 50, memory });
      expect({ status, errors }).toEqual({ status: 0, errors: '' });
      expect(figures?.['liveAfter']).toBeLessThanOrEqual((figures?.['liveBefore'] ?? 0) + 32);
    },
    300_000,
  );

  it('keeps no name that came over the wire', async () => {
    const { status, errors, figures } = await native.run('keys');
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    const kinds = ['fields', 'actions', 'configurationKeys', 'askedKeys', 'enumerations', 'vendorIds', 'idTags'];
    for (const kind of kinds) expect([kind, figures?.[`answered.${kind}`], figures?.[`keys.${kind}`]]).toEqual([kind, 10_000, 0]);
  }, 300_000);

  it('refuses a megabyte, a thousand levels and ten thousand names, and charges afterwards', async () => {
    const { status, errors, figures } = await xs.run('attack', { memory: ['--profile', 'esp32c3'] });
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    expect(figures).toMatchObject({
      'answer.megabyte': '[4,"a","GenericError","",{}]',
      'answer.nesting': '[4,"b","FormationViolation","",{}]',
      'answer.names': '[4,"c","FormationViolation","",{}]',
      'answer.manyNames': '[4,"d","GenericError","",{}]',
      'answer.braces': '[4,"e","FormationViolation","",{}]',
      'answer.quotes': '[4,"f","PropertyConstraintViolation","type",{}]',
      startTransaction: 1,
      stopTransaction: 1,
    });
  }, 300_000);
});
