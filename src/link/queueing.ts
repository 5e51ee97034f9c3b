/** QueueAllMessages: which messages beside those of the outbox are kept in RAM while offline, and how many (protocol.md section 4). */

import type { Settings } from '../settings/settings.ts';
import type { Action } from '../wire/types.ts';

/** Whether messages of this type wait for the reconnect instead of being dropped. */
export function waitsOffline(settings: Settings, action: Action): boolean {
  return settings.boolean('QueueAllMessages') && !settings.includes('MessageTypesDiscardForQueueing', action);
}
