/** All stories by subject. */

import type { Story } from '../world.ts';
import * as authorization from './authorization.ts';
import * as availability from './availability.ts';
import * as boot from './boot.ts';
import * as clock from './clock.ts';
import * as configuration from './configuration.ts';
import * as connection from './connection.ts';
import * as coverageInputs from './coverage-inputs.ts';
import * as coverageKeys from './coverage-keys.ts';
import * as firmwareManagement from './firmware-management.ts';
import * as interrupted from './interrupted.ts';
import * as keys from './keys.ts';
import * as localList from './local-list.ts';
import * as meterValues from './meter-values.ts';
import * as outbox from './outbox.ts';
import * as power from './power.ts';
import * as remote from './remote.ts';
import * as remoteTrigger from './remote-trigger.ts';
import * as reservation from './reservation.ts';
import * as safety from './safety.ts';
import * as signed from './signed.ts';
import * as smartCharging from './smart-charging.ts';
import * as status from './status.ts';
import * as transactions from './transactions.ts';

export interface Subject {
  readonly subject: string;
  readonly stories: readonly Story[];
}

export const all: readonly Subject[] = [
  { subject: 'boot', stories: boot.stories },
  { subject: 'connection', stories: connection.stories },
  { subject: 'authorization', stories: authorization.stories },
  { subject: 'transactions', stories: transactions.stories },
  { subject: 'meter values', stories: meterValues.stories },
  { subject: 'status', stories: status.stories },
  { subject: 'availability', stories: availability.stories },
  { subject: 'remote', stories: remote.stories },
  { subject: 'safety', stories: safety.stories },
  { subject: 'configuration', stories: configuration.stories },
  { subject: 'power', stories: power.stories },
  { subject: 'interrupted', stories: interrupted.stories },
  { subject: 'clock', stories: clock.stories },
  { subject: 'outbox', stories: outbox.stories },
  { subject: 'firmware management', stories: firmwareManagement.stories },
  { subject: 'local list', stories: localList.stories },
  { subject: 'reservation', stories: reservation.stories },
  { subject: 'remote trigger', stories: remoteTrigger.stories },
  { subject: 'smart charging', stories: smartCharging.stories },
  { subject: 'keys', stories: keys.stories },
  { subject: 'signed', stories: signed.stories },
  { subject: 'coverage of keys', stories: coverageKeys.stories },
  { subject: 'coverage of inputs', stories: coverageInputs.stories },
];
