/** The stories on the real XS engine: the device bundle in flash, the ESP32's memory, 32-bit where the machine can. */
import { describe, expect, it } from 'vitest';
import { all } from '../stories/index.ts';
import { findEngine } from '../xs/engine.ts';
import { tellStories } from '../xs/run.mjs';

const { host, bits } = findEngine();

const count = all.reduce((sum, { stories }) => sum + stories.length, 0);

describe.skipIf(bits === 0)('stories on XS', () => {
  it.each([
    ['esp32', 1],
    ['esp32c3', 4],
  ])(
    'profile %s, every story of %i',
    async (profile, every) => {
      const { status, errors, results } = await tellStories(host, profile, every);
      const told = results.filter(({ story }) => story !== '');
      console.log(`XS ${host.bits}-bit, ${profile}: ${told.length} stories`);
      expect(told.filter(({ error }) => error !== '')).toEqual([]);
      expect({ status, errors }).toEqual({ status: 0, errors: '' });
      expect(told).toHaveLength(Math.floor(count / every));
    },
    300_000,
  );
});
