/** What this station can do, as its callbacks and the description of its board say. */

import type { ConnectorOptions } from '../callbacks.ts';
import { freeze } from '../freeze.ts';
import type { Feature } from '../settings/keys.ts';
import type { Measurand, Phase } from '../wire/types.ts';
import type { Station } from './station.ts';

type Described = Pick<Station, 'host' | 'callbacks' | 'options'>;

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
export function hasFeature(station: Described, feature: Feature): boolean {
  const { host, callbacks, options } = station;
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
      return everyConnector(station, (connector) => !hasSocket(station, connector));
    case 'signedMeterValues':
      return !everyConnector(station, (connector) => connector?.signed !== true);
    default:
      return false;
  }
}

/** Whether any meter of the board gives it: on that phase, or, without phase, in any form. */
export function isMeasured(station: Described, measurand: Measurand, phase: Phase | undefined): boolean {
  const gives = (list: readonly string[]) =>
    list.some((item) => (phase === undefined ? item.startsWith(measurand) : item === `${measurand}.${phase}`));
  const { mainMeterMeasurands } = station.options;
  if (mainMeterMeasurands && gives(mainMeterMeasurands)) return true;
  return !everyConnector(station, (connector) => !gives(connector?.measurands ?? usualMeasurands));
}

function everyConnector(station: Described, test: (connector: ConnectorOptions | undefined) => boolean): boolean {
  for (let index = 0; index < station.options.numberOfConnectors; index++) if (!test(station.options.connectors?.[index])) return false;
  return true;
}

/** A socket has a cable that can be unlocked; a fixed cable has not (errata 3.84). */
function hasSocket(station: Described, connector: ConnectorOptions | undefined): boolean {
  return (connector?.cable ?? (station.callbacks.unlockConnector ? 'socket' : 'fixed')) === 'socket';
}
