/** The power-cut sweep over the stories: every program and erase of both stores, with every kind of tear. */

import { afterAll, describe, test } from 'vitest';
import { all } from './stories/index.ts';
import { type Swept, sweep } from './sweep.ts';

const done: Swept[] = [];

describe.each(all)('$subject', ({ stories }) => {
  test.each(stories)('$name', (story) => {
    done.push(sweep(story));
  });
});

afterAll(() => {
  let writes = 0;
  let erases = 0;
  let runs = 0;
  for (const swept of done) {
    writes += swept.writes;
    erases += swept.erases;
    runs += swept.runs;
  }
  console.log(`Power cuts: ${done.length} stories, ${writes} writes (${erases} erases among them), ${runs} runs with a cut.`);
});
