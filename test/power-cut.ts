/** The power-cut sweep over the stories: every program and erase of both stores, with every kind of tear. */

import { afterAll, describe, expect, test } from 'vitest';
import { all } from './stories/index.ts';
import { type Swept, sweep } from './sweep.ts';

const longest = 240_000;

/** Sweeps every n-th story, beginning with the given one; prints the counts. One test file calls it for each core. */
export function sweepStories(first: number, every: number): void {
  const done: Swept[] = [];
  let index = 0;
  for (const { subject, stories } of all) {
    const mine = stories.filter(() => index++ % every === first);
    if (mine.length === 0) continue;
    describe(subject, () => {
      test.each(mine)(
        '$name',
        (story) => {
          done.push(sweep(story));
        },
        longest,
      );
    });
  }

  afterAll(() => {
    const sum = { writes: 0, erases: 0, runs: 0 };
    for (const { writes, erases, runs } of done) {
      sum.writes += writes;
      sum.erases += erases;
      sum.runs += runs;
    }
    expect(done.length).toBeGreaterThan(0);
    console.log(`Power cuts: ${done.length} stories, ${sum.writes} writes (${sum.erases} erases among them), ${sum.runs} runs with a cut.`);
  });
}
