/** Whether a connector may supply energy: asked before every start, and by the driver that closes the contactor (OCPP 1.6 7.7, protocol.md section 5). */

import type { Connector } from './connector.ts';

/** Not Faulted, not Unavailable, no reset under way: neither the connector nor the station, which is connector 0. */
export function maySupply(connector: Connector): boolean {
  const { station } = connector;
  // What connector 0 suffers is part of its connectors' facts.
  return station !== undefined && !station.isEnding && !connector.isFaulted && connector.isAvailable;
}
