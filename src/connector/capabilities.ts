/** What this station can do, as its callbacks and the description of its board say. */

import type { Callbacks, ConnectorOptions, Options } from '../callbacks.ts';
import { freeze } from '../freeze.ts';
import type { Host } from '../host.ts';
import type { Feature } from '../settings/keys.ts';
import type { Measurand, Phase } from '../wire/types.ts';

interface Described {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
}

/** Measurands of a meter about which the board's description says nothing. */
const usualMeasurands: readonly string[] = /* @__PURE__ */ freeze([
  'Energy.Active.Import.Register',
  'Power.Active.Import',
  'Current.Import',
  'Voltage',
  'Current.Offered',
  'Power.Offered',
]);

/** Whether the function exists: its callbacks are given and the board has what it takes. SupportedFeatureProfiles is not asked. */
export function hasFeature(described: Described, feature: Feature): boolean {
  const { host, callbacks, options } = described;
  switch (feature) {
    case 'remoteTrigger':
      return true;
    case 'cache':
      return host.cacheCapacity > 0;
    case 'localList':
      return host.localListCapacity > 0;
    case 'reservation':
      return callbacks.reserveNow !== undefined;
    case 'firmware':
      return callbacks.updateFirmware !== undefined || callbacks.uploadDiagnostics !== undefined;
    case 'lights':
      return options.lights === true;
    case 'smartCharging':
      return callbacks.signalSetChargingProfiles !== undefined;
    case 'fixedCable':
      return everyConnector(described, (connector) => !hasSocket(described, connector));
    case 'signedMeterValues':
      return !everyConnector(described, (connector) => connector?.signed !== true);
    default:
      return false;
  }
}

/** Whether any meter of the board gives it: on that phase, or, without phase, in any form. */
export function isMeasured(described: Described, measurand: Measurand, phase: Phase | undefined): boolean {
  const gives = (list: readonly string[]) =>
    list.some((item) => (phase === undefined ? item.startsWith(measurand) : item === `${measurand}.${phase}`));
  const { mainMeterMeasurands } = described.options;
  if (mainMeterMeasurands && gives(mainMeterMeasurands)) return true;
  return !everyConnector(described, (connector) => !gives(connector?.measurands ?? usualMeasurands));
}

function everyConnector(described: Described, test: (connector: ConnectorOptions | undefined) => boolean): boolean {
  for (let index = 0; index < described.options.numberOfConnectors; index++) if (!test(described.options.connectors?.[index])) return false;
  return true;
}

/** A, the most that any connector carries: on one phase, or on all of its phases together. Undefined: the description leaves one out. */
export function maximumCurrentOf({ options }: Described, together: boolean): number | undefined {
  let most = 0;
  for (let index = 0; index < options.numberOfConnectors; index++) {
    const board = options.connectors?.[index];
    if (board?.maximumCurrent === undefined) return undefined;
    most = Math.max(most, board.maximumCurrent * (together ? (board.phases ?? 3) : 1));
  }
  return most;
}

/** A socket has a cable that can be unlocked; a fixed cable has not (errata 3.84). */
function hasSocket(described: Described, connector: ConnectorOptions | undefined): boolean {
  return (connector?.cable ?? (described.callbacks.unlockConnector ? 'socket' : 'fixed')) === 'socket';
}
