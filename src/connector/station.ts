/** What charging needs of the charge point: its parts, by name. Every function of this folder takes it first. */

import type { Authorizer } from '../access/authorize.ts';
import type { Callbacks, Options, StationEvent } from '../callbacks.ts';
import type { ChargingProfiles } from '../energy/charging-profiles.ts';
import type { Host } from '../host.ts';
import type { Clock } from '../link/clock.ts';
import type { Deadlines } from '../link/deadlines.ts';
import type { Outbox } from '../link/outbox.ts';
import type { Session } from '../link/session.ts';
import type { ConnectionSettings } from '../settings/connection.ts';
import type { Settings } from '../settings/settings.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import type { Transactions } from '../transaction/transactions.ts';
import type { StatusNotifications } from './status-notifications.ts';

export interface Station {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  readonly settings: Settings;
  readonly connection: ConnectionSettings;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly authorizer: Authorizer;
  readonly statuses: StatusNotifications;
  readonly transactions: Transactions;
  /** Undefined without Smart Charging. */
  readonly chargingProfiles: ChargingProfiles | undefined;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly ChargingConnector[];
  /** True: the core authorizes (protocol.md section 1). */
  readonly coreAuthorizes: boolean;
  /** Tells whoever watches; nothing depends on it. */
  report(event: StationEvent): void;
  /**
   * Waits for an answer of the firmware and hands it on, at once or later. The refusing answer stands in for one that throws,
   * rejects or is late.
   */
  whenAnswered<T>(answer: () => T | Promise<T>, refusing: T, then: (value: T) => void): void;
  /** Tells the firmware something whose answer does not matter; what it throws, or rejects with, is logged. */
  inform(callback: () => unknown): void;
}
