/** Messages that the central system asked for (TriggerMessage): they wait here for their turn, which comes right after BootNotification. */

import { freeze } from '../freeze.ts';
import type { MessageTrigger } from '../wire/types.ts';
import type { CallOwner } from './session.ts';

export interface Trigger {
  readonly message: MessageTrigger;
  /** 0 also for messages that belong to no connector. */
  readonly connector: number;
}

/** Waiting triggers, oldest first. One that waits already is not noted again, so a flood of them is bounded by messages times connectors. */
export class Triggers {
  private readonly waiting: Trigger[] = [];

  add(message: MessageTrigger, connector: number): void {
    if (this.waiting.some((trigger) => trigger.message === message && trigger.connector === connector)) return;
    this.waiting.push({ message, connector });
  }

  /** The oldest one, taken out; undefined: none waits. */
  take(): Trigger | undefined {
    return this.waiting.shift();
  }
}

/** Owns triggered CALLs whose answers say nothing. A lost one is not repeated: its moment is over. */
export const triggeredOwner: CallOwner = /* @__PURE__ */ freeze({ onResult() {}, onCallError() {}, onNoAnswer() {} });
