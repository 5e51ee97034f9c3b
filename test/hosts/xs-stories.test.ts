/** The stories on the real XS engine: the device bundle in flash, the ESP32's memory, 32-bit where the machine can. */
import { describe, expect, it } from 'vitest';
import { all } from '../stories/index.ts';
import { findEngine } from '../xs/engine.ts';
import { tellStories } from '../xs/run.mjs';

const { host, bits } = findEngine();

/**
 * Of JavaScript's stack, whose 512 slots are 8,192 bytes on 32 bits (manifest.json): with the calls of the device's own socket above them, at
 * most 480 bytes as the loopback test measures, a fifth stays free at the deepest call. Not read on esp32c3, whose engine uses the stack as
 * scratch memory while it collects.
 */
const deepest = 6000;

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
      const { stackPeak = 0 } = results.find(({ story }) => story === '') ?? {};
      console.log(`Deepest stack: ${stackPeak} bytes.`);
      if (profile === 'esp32') expect(stackPeak).toBeLessThan((deepest / 32) * host.bits);
    },
    300_000,
  );
});
