/** All stories by subject. */

import type { Story } from '../world.ts';
import * as transactions from './transactions.ts';

export interface Subject {
  readonly subject: string;
  readonly stories: readonly Story[];
}

export const all: readonly Subject[] = [{ subject: 'transactions', stories: transactions.stories }];
