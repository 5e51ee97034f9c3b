/** The status of a connector as a function of its facts, in the order of precedence of protocol.md section 5. */

import type { ChargePointStatus } from '../wire/types.ts';
import type { Connector } from './connector.ts';

export function statusOf(connector: Connector): ChargePointStatus {
  if (connector.isFaulted) return 'Faulted';
  if (!connector.isAvailable) return 'Unavailable';
  // 1.6 4.9: connector 0 has no other status than these and Available.
  if (connector.id === 0) return 'Available';
  if (connector.transaction && connector.transaction.unstored === undefined) return statusOfTransaction(connector);
  if (connector.finishing) return 'Finishing';
  if (connector.authorization) return 'Preparing';
  if (connector.reserved) return 'Reserved';
  return connector.plugged ? 'Preparing' : 'Available';
}

/** Errata 3.64: what the station withholds comes before what the EV refuses. */
function statusOfTransaction(connector: Connector): ChargePointStatus {
  if (connector.suspendedByEVSE || connector.limitedToZero || connector.transaction?.isPaused) return 'SuspendedEVSE';
  return connector.suspendedByEV ? 'SuspendedEV' : 'Charging';
}
