/** The power-cut sweep, first half of the stories. */

import { sweepStories } from './power-cut.ts';

sweepStories(0, 2);
