/** Whether a connector may supply energy: asked before every start, and by the driver that closes the contactor (OCPP 1.6 7.7, protocol.md section 5). */

import type { Connector } from './connector.ts';

/** Not Faulted, not Unavailable, and no reset under way: neither the connector nor the station, which is connector 0. */
export function maySupply(connectors: readonly Connector[], connector: Connector): boolean {
  const station = connectors[0];
  if (station === undefined || station.isFaulted || !station.isAvailable || station.isResetting) return false;
  return connector.id > 0 && !connector.isFaulted && connector.isAvailable;
}
