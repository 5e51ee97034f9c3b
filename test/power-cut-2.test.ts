/** The power-cut sweep, second half of the stories. */

import { sweepStories } from './power-cut.ts';

sweepStories(1, 2);
