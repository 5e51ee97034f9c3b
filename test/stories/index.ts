/** All stories by subject. */

import type { Story } from '../world.ts';
import * as authorization from './authorization.ts';
import * as boot from './boot.ts';
import * as connection from './connection.ts';
import * as firmwareManagement from './firmware-management.ts';
import * as transactions from './transactions.ts';

export interface Subject {
  readonly subject: string;
  readonly stories: readonly Story[];
}

export const all: readonly Subject[] = [
  { subject: 'boot', stories: boot.stories },
  { subject: 'connection', stories: connection.stories },
  { subject: 'authorization', stories: authorization.stories },
  { subject: 'firmware management', stories: firmwareManagement.stories },
  { subject: 'transactions', stories: transactions.stories },
];
