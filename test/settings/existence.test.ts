/** A key exists exactly when its function exists (OCPP 1.6 section 9): every row, with every function on and off. */

import { describe, expect, test } from 'vitest';
import { type Feature, profiles, rows } from '../../src/settings/keys.ts';
import { Settings } from '../../src/settings/settings.ts';
import { localStation } from '../local-station.ts';
import { World, type WorldOptions } from '../world.ts';
import { Store, station } from './store.ts';

/** Written down by hand: which keys belong to which function. All others always exist. */
const keysOf: Readonly<Record<Exclude<Feature, 'fixedCable' | 'remoteTrigger'>, string>> = {
  cache: 'AuthorizationCacheEnabled',
  lights: 'BlinkRepeat LightIntensity',
  firmware: 'SupportedFileTransferProtocols',
  localList: 'LocalAuthListEnabled LocalAuthListMaxLength SendLocalListMaxLength',
  reservation: 'ReserveConnectorZeroSupported',
  smartCharging:
    'ChargeProfileMaxStackLevel ChargingScheduleAllowedChargingRateUnit ChargingScheduleMaxPeriods ConnectorSwitch3to1PhaseSupported ' +
    'MaxChargingProfilesInstalled SupportedChargingProfilePurposeTypes IgnoredProfilePurposesOffline MaxCompositeScheduleDuration ' +
    'CompositeScheduleDefaultLimitAmps CompositeScheduleDefaultLimitWatts CompositeScheduleDefaultNumberPhases SupplyVoltage ' +
    'AllowChargingProfileWithoutStartSchedule',
  security:
    'AdditionalRootCertificateCheck CertificateSignedMaxChainSize CertificateStoreMaxLength CpoName DisableSecurityEventNotifications ' +
    'CertSigningWaitMinimum CertSigningRepeatTimes',
  plugAndCharge:
    'CentralContractValidationAllowed ContractValidationOffline ISO15118PnCEnabled ISO15118CertificateManagementEnabled ConnectorEvseIds ' +
    'SeccLeafSubjectCommonName SeccLeafSubjectCountry SeccLeafSubjectOrganization OcspRequestInterval',
  pricing:
    'CustomDisplayCostAndPrice NumberOfDecimalsForCostValues DefaultPrice DefaultPriceText TimeOffset NextTimeOffsetTransitionDateTime ' +
    'TimeOffsetNextTransition CustomIdleFeeAfterStop SupportedLanguages CustomMultiLanguageMessages Language WaitForSetUserPriceTimeout',
  signedMeterValues:
    'MeterPublicKey PublicKeyWithSignedMeterValue SampledDataSignReadings StartTxnSampledData SampledDataSignStartedReadings ' +
    'SampledDataSignUpdatedReadings AlignedDataSignReadings AlignedDataSignUpdatedReadings',
};
const features = Object.keys(keysOf) as (keyof typeof keysOf)[];
/** Indexed rows are asked for by one of their names. */
const shown: Readonly<Record<string, string>> = { MeterPublicKey: 'MeterPublicKey1', DefaultPriceText: 'DefaultPriceText,de' };
const languages = { SupportedLanguages: 'de', CustomMultiLanguageMessages: 'true' };

function belongsTo(key: string): keyof typeof keysOf | undefined {
  return features.find((feature) => keysOf[feature].split(' ').includes(key));
}

function exists(settings: Settings, key: string): boolean {
  return settings.find(shown[key] ?? key) >= 0;
}

test('118 rows', () => {
  expect(rows).toHaveLength(118);
  const named = features.flatMap((feature) => keysOf[feature].split(' '));
  expect(named.filter((key) => !rows.some((row) => row.key === key))).toEqual([]);
});

describe.each(rows.map(({ key }) => key))('%s', (key) => {
  test.each(features)('without %s', (feature) => {
    const settings = new Settings(new Store(), languages, station([feature]));
    expect(exists(settings, key)).toBe(belongsTo(key) !== feature);
  });

  test('with its function only', () => {
    const feature = belongsTo(key);
    const others = features.filter((other) => other !== feature);
    expect(exists(new Settings(new Store(), languages, station(others)), key)).toBe(true);
  });
});

test.each(profiles)('$name left out of SupportedFeatureProfiles', ({ name, feature }) => {
  const supported = profiles.filter((other) => other.name !== name).map((other) => other.name);
  const factory = { ...languages, SupportedFeatureProfiles: ['Core', ...supported].join(',') };
  const settings = new Settings(new Store(), factory, station([]));
  for (const { key } of rows) expect(exists(settings, key), key).toBe(belongsTo(key) !== feature);
});

// The whole station: what a wallbox implements decides.

type Switch = readonly [feature: keyof typeof keysOf, on: WorldOptions];

const switches: readonly Switch[] = [
  ['firmware', { also: ['updateFirmware'] }],
  ['lights', { options: { lights: true } }],
  ['reservation', { also: ['reserveNow'] }],
  ['smartCharging', { also: ['signalSetChargingProfiles'] }],
  ['signedMeterValues', { options: { connectors: [{}, { signed: true }] } }],
];

/** What the central system finds of a station with some functions. */
function find(on: readonly (keyof typeof keysOf)[], capacity = 100): void {
  const chosen = switches.filter(([feature]) => on.includes(feature)).map(([, options]) => options);
  const world = new World({
    also: chosen.flatMap(({ also = [] }) => also),
    options: Object.assign({}, ...chosen.map(({ options }) => options)),
    createStation: (outside, build) => {
      const limits = { localListCapacity: { value: capacity }, cacheCapacity: { value: capacity } };
      return localStation(Object.create(outside, limits), build);
    },
  });
  world.boot();
  world.advance(1000);
  for (const { key } of rows) {
    const feature = belongsTo(key);
    const expected = feature === undefined || on.includes(feature);
    const name = shown[key] ?? key;
    const status = world.request('ChangeConfiguration', { key: name, value: '?' }).payload?.['status'];
    expect(status === 'NotSupported', `${name} is ${status} with ${on.join(', ')}`).toBe(!expected);
    const found = world.request('GetConfiguration', { key: [name] }).payload?.['configurationKey'] !== undefined;
    expect(found, name).toBe(expected && key !== 'AuthorizationKey');
  }
}

describe('a station with every choice of functions', () => {
  for (let mask = 0; mask < 1 << switches.length; mask++) {
    const on = switches.filter((_, index) => mask & (1 << index)).map(([feature]) => feature);
    test(`${on.join(', ') || 'none'}`, () => find(['cache', 'localList', ...on]));
  }

  test('a host without room for list and cache', () => find([], 0));
});

test('ReserveConnectorZeroSupported and the others of a profile are NotSupported when the factory leaves the profile out', () => {
  const world = new World({ also: ['reserveNow'], keys: { SupportedFeatureProfiles: 'Core,LocalAuthListManagement' } });
  world.boot();
  expect(world.request('ChangeConfiguration', { key: 'ReserveConnectorZeroSupported', value: 'true' }).payload).toEqual({
    status: 'NotSupported',
  });
});
