import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BooleanKey, type Key, type NumberKey, type Row, rowOf, rows } from '../../src/settings/keys.ts';
import {
  measurandOf,
  measurands,
  packed,
  packedText,
  pairText,
  parsePair,
  phaseOf,
  phases,
  unitOf,
} from '../../src/settings/measurands.ts';
import { Settings } from '../../src/settings/settings.ts';
import { Store, station } from './store.ts';

const all: readonly Row[] = rows;

function settingsOf(store = new Store(), factory?: Record<string, string>): Settings {
  return new Settings(store, factory, station());
}

const pricing = { SupportedLanguages: 'en,de,fr-CH', CustomMultiLanguageMessages: 'true' };
const price = '{"priceText":"0.40 EUR/kWh","priceTextOffline":"0.50"}';

/** Key, value sent, status, value read afterwards. `undefined`: the key is not there, or unset. */
const changes: readonly (readonly [string, string, string, string | undefined])[] = [
  // Keys.
  ['NoSuchKey', '1', 'NotSupported', undefined],
  ['', '1', 'NotSupported', undefined],
  ['__proto__', '1', 'NotSupported', undefined],
  ['constructor', '1', 'NotSupported', undefined],
  ['heartbeatinterval', '42', 'Accepted', '42'],
  ['HEARTBEATINTERVAL', '42', 'Accepted', '42'],
  ['HeartbeatInterval ', '42', 'NotSupported', undefined],
  ['NumberOfConnectors', '3', 'Rejected', '2'],
  ['MeterValuesSampledDataMaxLength', '3', 'Rejected', '20'],
  ['GetConfigurationMaxKeys', '3', 'Rejected', '64'],
  ['ChargePointModel', 'X', 'Rejected', undefined],
  ['LocalAuthListMaxLength', '3', 'Rejected', '100'],
  // Booleans.
  ['LocalPreAuthorize', 'true', 'Accepted', 'true'],
  ['LocalPreAuthorize', ' TRUE ', 'Accepted', 'true'],
  ['LocalPreAuthorize', 'True', 'Accepted', 'true'],
  ['LocalAuthorizeOffline', 'FALSE', 'Accepted', 'false'],
  ['LocalPreAuthorize', '1', 'Rejected', 'false'],
  ['LocalPreAuthorize', 'yes', 'Rejected', 'false'],
  ['LocalPreAuthorize', '', 'Rejected', 'false'],
  // Integers.
  ['ClockAlignedDataInterval', '900', 'Accepted', '900'],
  ['ClockAlignedDataInterval', '900.0', 'Accepted', '900'],
  ['ClockAlignedDataInterval', '900.', 'Accepted', '900'],
  ['ClockAlignedDataInterval', ' 900 ', 'Accepted', '900'],
  ['ClockAlignedDataInterval', '+900', 'Accepted', '900'],
  ['ClockAlignedDataInterval', '0900', 'Accepted', '900'],
  ['ConnectionTimeOut', '-0', 'Accepted', '0'],
  ['ClockAlignedDataInterval', '900.5', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '9e2', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '0x10', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '-1', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '2147483647', 'Accepted', '2147483647'],
  ['ClockAlignedDataInterval', '2147483648', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '9'.repeat(400), 'Rejected', '0'],
  ['ClockAlignedDataInterval', '', 'Rejected', '0'],
  ['ClockAlignedDataInterval', 'Infinity', 'Rejected', '0'],
  ['MinimumStatusDuration', 'abc', 'Rejected', '0'],
  ['MinimumStatusDuration', 'NaN', 'Rejected', '0'],
  ['MinimumStatusDuration', '', 'Rejected', '0'],
  ['MinimumStatusDuration', '5s', 'Rejected', '0'],
  ['MinimumStatusDuration', ' 5. ', 'Accepted', '5'],
  ['ClockAlignedDataInterval', '.', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '.0', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '+', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '+-1', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '1.0.0', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '1,0', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '1 0', 'Rejected', '0'],
  ['ClockAlignedDataInterval', '\u0661', 'Rejected', '0'],
  ['WebSocketPingInterval', '0', 'Accepted', '0'],
  ['WebSocketPingInterval', '-1', 'Rejected', '54'],
  ['TransactionMessageAttempts', '0', 'Accepted', '0'],
  ['MessageTimeout', '0', 'Rejected', '30'],
  ['LightIntensity', '100.00', 'Accepted', '100'],
  ['LightIntensity', '101', 'Rejected', '100'],
  ['OcspRequestInterval', '86399', 'Rejected', '604800'],
  ['OcspRequestInterval', '86400', 'Accepted', '86400'],
  ['CompositeScheduleDefaultNumberPhases', '4', 'Rejected', '3'],
  ['WaitForSetUserPriceTimeout', '30001', 'Rejected', '0'],
  // Lists of measurands.
  ['MeterValuesSampledData', 'Voltage', 'Accepted', 'Voltage'],
  ['MeterValuesSampledData', ' Voltage , SoC ', 'Accepted', 'Voltage,SoC'],
  ['MeterValuesSampledData', 'Voltage,', 'Accepted', 'Voltage'],
  ['MeterValuesSampledData', ',,Voltage,,SoC,', 'Accepted', 'Voltage,SoC'],
  ['MeterValuesSampledData', 'SoC,SoC', 'Accepted', 'SoC'],
  ['MeterValuesSampledData', '', 'Accepted', ''],
  ['MeterValuesSampledData', ' , ', 'Accepted', ''],
  ['MeterValuesSampledData', 'voltage', 'Accepted', 'Voltage'],
  [
    'MeterValuesSampledData',
    'Current.Import.L1,Current.Import.L2,Voltage.L1-N',
    'Accepted',
    'Current.Import.L1,Current.Import.L2,Voltage.L1-N',
  ],
  ['MeterValuesSampledData', 'Current.Import.L4', 'Rejected', 'Energy.Active.Import.Register'],
  ['MeterValuesSampledData', 'Power.Active.Import.L1', 'Rejected', 'Energy.Active.Import.Register'],
  ['MeterValuesSampledData', 'Voltage,RPM', 'Rejected', 'Energy.Active.Import.Register'],
  ['MeterValuesSampledData', 'Voltage,Nonsense', 'Rejected', 'Energy.Active.Import.Register'],
  ['MeterValuesSampledData', 'Voltage;SoC', 'Rejected', 'Energy.Active.Import.Register'],
  ['StopTxnSampledData', 'Energy.Active.Import.Register,Temperature', 'Accepted', 'Energy.Active.Import.Register,Temperature'],
  ['MeterValuesAlignedData', measurands.slice(0, 20).join(), 'Accepted', measurands.slice(0, 20).join()],
  ['MeterValuesAlignedData', measurands.slice(0, 21).join(), 'Rejected', ''],
  // Other lists.
  ['ConnectorPhaseRotation', '0.RST, 1.RTS,2. STR', 'Accepted', '0.RST,1.RTS,2.STR'],
  ['ConnectorPhaseRotation', '3.RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', 'RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '1.XYZ', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '', 'Accepted', ''],
  ['ConnectorPhaseRotation', '2.trs', 'Accepted', '2.TRS'],
  ['ConnectorPhaseRotation', '1.RST,1.RTS', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '0.RST,1.RST,2.RST,0.Unknown', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '1.RST,01.RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '-1.RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '.RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '1.', 'Rejected', '1.Unknown,2.Unknown'],
  ['ConnectorPhaseRotation', '1.5.RST', 'Rejected', '1.Unknown,2.Unknown'],
  ['IgnoredProfilePurposesOffline', 'txprofile,', 'Accepted', 'TxProfile'],
  ['IgnoredProfilePurposesOffline', 'Nothing', 'Rejected', ''],
  ['ConnectorEvseIds', 'DE*ABC*E1,DE*ABC*E2', 'Accepted', 'DE*ABC*E1,DE*ABC*E2'],
  ['ConnectorEvseIds', 'DE*A', 'Rejected', ''],
  // Texts.
  ['CpoName', ' Stadtwerke ', 'Accepted', 'Stadtwerke'],
  ['CpoName', 'a\u0007b', 'Rejected', undefined],
  ['CpoName', '\u{1f600}'.repeat(64), 'Accepted', '\u{1f600}'.repeat(64)],
  ['CpoName', 'x'.repeat(65), 'Rejected', undefined],
  ['CpoName', 'Stadt\ud83dwerke', 'Rejected', undefined],
  ['CpoName', 'Stadtwerke\udc00', 'Rejected', undefined],
  ['CpoName', 'a\u0085b', 'Rejected', undefined],
  ['CpoName', 'a\u0000', 'Rejected', undefined],
  ['SeccLeafSubjectCountry', 'DE', 'Accepted', 'DE'],
  ['SeccLeafSubjectCountry', 'DEU', 'Rejected', undefined],
  ['SeccLeafSubjectCommonName', 'short', 'Rejected', undefined],
  ['PublicKeyWithSignedMeterValue', 'everymetervalue', 'Accepted', 'EveryMeterValue'],
  ['PublicKeyWithSignedMeterValue', 'Always', 'Rejected', 'Never'],
  ['PublicKeyWithSignedMeterValue', '', 'Rejected', 'Never'],
  ['TimeOffset', '-05:30', 'Accepted', '-05:30'],
  ['TimeOffset', '5:30', 'Rejected', undefined],
  ['TimeOffset', '+25:00', 'Rejected', undefined],
  ['TimeOffset', '+24:00', 'Accepted', '+24:00'],
  ['TimeOffset', '+01:60', 'Rejected', undefined],
  ['TimeOffset', '+1:000', 'Rejected', undefined],
  ['TimeOffset', '*01:00', 'Rejected', undefined],
  ['NextTimeOffsetTransitionDateTime', '2030-03-31T01:00:00Z', 'Accepted', '2030-03-31T01:00:00Z'],
  ['NextTimeOffsetTransitionDateTime', '2030-13-31T01:00:00Z', 'Rejected', undefined],
  ['NextTimeOffsetTransitionDateTime', 'tomorrow', 'Rejected', undefined],
  ['Language', 'FR-ch', 'Accepted', 'fr-CH'],
  ['Language', 'it', 'Rejected', undefined],
  ['CentralSystemURI', 'wss://csms.example:8443/ocpp', 'RebootRequired', 'wss://csms.example:8443/ocpp'],
  ['CentralSystemURI', 'http://csms.example', 'Rejected', undefined],
  ['CentralSystemURI', 'ws://', 'Rejected', undefined],
  ['CentralSystemURI', '', 'Rejected', undefined],
  ...[
    'ws://h',
    'WS://CSMS.example',
    'wss://1.2.3.4:65535/a/b%20c/(d);e=f,g',
    'ws://csms_1:1/',
    'ws://a-b.example/x//y/',
    `ws://${'a'.repeat(63)}.example`,
  ].map((url) => ['CentralSystemURI', url, 'RebootRequired', url] as const),
  ...[
    'ws://csms.example:0',
    'ws://csms.example:99999',
    'ws://csms.example:65536/',
    'ws://csms.example:080000',
    'ws://csms.example:',
    'ws://csms.example:/x',
    'ws://csms.example:80a',
    'ws://csms.example:-1',
    'ws://csms.example:8 0',
    'ws://a:1:2',
    'ws://[',
    'ws://[]',
    'ws://[::1]',
    'ws://[::1]:80/',
    'ws://"csms.example"',
    "ws://'csms.example'",
    'ws://csms.example/"x"',
    'ws://csms.example/<x>',
    'ws://csms.example/x\\y',
    'ws://csms example/',
    'ws://csms.example/a b',
    'ws://csms.example/\tx',
    'ws:// csms.example',
    'ws:///x',
    'ws://:80/',
    'ws://user@csms.example',
    'ws://user:secret@csms.example/x',
    'ws://@csms.example',
    'ws://csms.example?x=1',
    'ws://csms.example/x?y',
    'ws://csms.example/#x',
    'ws://csms.example/%',
    'ws://csms.example/%2',
    'ws://csms.example/%zz',
    'ws://csms..example',
    'ws://.csms.example',
    'ws://-csms.example',
    'ws://csms-/x',
    'ws://1.2.3',
    'ws://1.2.3.4.5',
    'ws://1.2.3.256',
    'ws://01.2.3.4',
    'ws://12345',
    'ws://csms.0x10',
    `ws://${'a'.repeat(64)}.example`,
    `ws://${'a.'.repeat(127)}aa`,
    'ws://s\u00e4ule.example',
    'ws://csms.example/s\u00e4ule',
    'ws://csms.example/\u{1f600}',
    'ws://csms.example/\ud800',
    'ws:/csms.example',
    'csms.example',
    '://csms.example',
    'xws://csms.example',
    'wss',
  ].map((url) => ['CentralSystemURI', url, 'Rejected', undefined] as const),
  // Prices.
  ['DefaultPrice', price, 'Accepted', price],
  ['DefaultPrice', '{\n  "priceText": "x"\n}', 'Accepted', '{\n  "priceText": "x"\n}'],
  ['DefaultPrice', '{"priceTextOffline":"x"}', 'Rejected', undefined],
  ['DefaultPrice', '{"priceText":5}', 'Rejected', undefined],
  ['DefaultPrice', 'null', 'Rejected', undefined],
  ['DefaultPrice', '[]', 'Rejected', undefined],
  ['DefaultPrice', '', 'Rejected', undefined],
  ['DefaultPrice', '{"priceText":"x","a":' + '['.repeat(9) + ']'.repeat(9) + '}', 'Rejected', undefined],
  ['DefaultPriceText,de', price, 'Accepted', price],
  ['defaultpricetext,FR-CH', price, 'Accepted', price],
  ['DefaultPriceText,it', price, 'NotSupported', undefined],
  ['DefaultPriceText,', price, 'NotSupported', undefined],
  ['DefaultPriceText', price, 'NotSupported', undefined],
  ['DefaultPriceText,en', 'nonsense', 'Rejected', undefined],
  // Meters' keys.
  ['MeterPublicKey1', 'x', 'Rejected', undefined],
  ['MeterPublicKey', 'x', 'NotSupported', undefined],
  ['MeterPublicKey0', 'x', 'NotSupported', undefined],
  ['MeterPublicKey3', 'x', 'NotSupported', undefined],
  ['MeterPublicKey01', 'x', 'NotSupported', undefined],
  // Kept elsewhere; here only the form is judged.
  ['AuthorizationKey', '0123456789abcdef', 'Accepted', undefined],
  ['AuthorizationKey', 'too short', 'Rejected', undefined],
  ['AuthorizationKey', 'A'.repeat(40), 'Accepted', undefined],
  ['AuthorizationKey', 'A'.repeat(41), 'Rejected', undefined],
  ['AuthorizationKey', '', 'Rejected', undefined],
  ['AuthorizationKey', '\u{1f600}'.repeat(16), 'Accepted', undefined],
  ['AuthorizationKey', '\u{1f600}'.repeat(15), 'Rejected', undefined],
  ['AuthorizationKey', `0123456789abcdef\ud800`, 'Rejected', undefined],
  ['AuthorizationKey', `\udc000123456789abcdef`, 'Rejected', undefined],
  ['AuthorizationKey', `01234567\ude00\ud83d89abcdef`, 'Rejected', undefined],
  ['AuthorizationKey', `0123456789abcdef\n`, 'Rejected', undefined],
  ['AuthorizationKey', `\u00000123456789abcdef`, 'Rejected', undefined],
  ['AuthorizationKey', `0123456789abcdef\u007f`, 'Rejected', undefined],
  ['AuthorizationKey', `0123456789abcdef\u009f`, 'Rejected', undefined],
  ['SecurityProfile', '2', 'Accepted', '1'],
  ['SecurityProfile', '1', 'Rejected', '1'],
  ['SecurityProfile', '0', 'Rejected', '1'],
  ['SecurityProfile', '4', 'Rejected', '1'],
];

describe('ChangeConfiguration', () => {
  test.each(changes)('%s = %j: %s', (key, value, status, after) => {
    const store = new Store();
    const settings = settingsOf(store, pricing);
    settings.securityProfile = 1;
    const index = settings.find(key);
    const before = settings.valueOf(index < 0 ? rowOf.AuthorizationKey : index);
    expect(settings.change(key, value)).toBe(status);
    expect(index < 0 ? undefined : settings.valueOf(index)).toBe(after);
    const done = status === 'Accepted' || status === 'RebootRequired';
    const deferred = key === 'AuthorizationKey' || key === 'SecurityProfile';
    const differs = deferred ? done : after !== before;
    expect(settings.changed).toBe(differs ? index : -1);
    expect(store.writes).toBe(differs && !deferred ? 1 : 0);
    if (!done) return;
    const writes = store.writes;
    const again = settings.change(key, value);
    expect(again).toBe(status);
    expect(store.writes).toBe(writes);
    if (!deferred) expect(settings.changed).toBe(-1);
    // What was accepted is still there after a reboot, and gone from the store when it is what a fresh station has.
    const rebooted = settingsOf(store, pricing);
    rebooted.securityProfile = 1;
    expect(rebooted.valueOf(index)).toBe(after);
    expect(store.lines).toEqual([]);
  });

  test('any text for any key: refused and nothing changed, or in force, readable and the same after a reboot', () => {
    const keys = [...all.map((row) => row.key), 'DefaultPriceText,de', 'MeterPublicKey1', 'Nothing'];
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(...changes.map((change) => change[1])),
      fc.array(fc.constantFrom(...measurands, ...phases, ',', '.', ' ', '1', '-', 'true', '"', '{')).map((parts) => parts.join('')),
    );
    const store = new Store();
    const settings = settingsOf(store, pricing);
    const listing = (of: Settings) => Array.from({ length: of.count }, (_, index) => of.entry(index));
    fc.assert(
      fc.property(fc.constantFrom(...keys), texts, (key, text) => {
        const before = listing(settings);
        const status = settings.change(key, text);
        const after = listing(settings);
        if (status !== 'Accepted' && status !== 'RebootRequired') expect(settings.changed).toBe(-1);
        for (const [index, entry] of after.entries()) {
          if (index !== settings.changed) expect(entry).toBe(before[index]);
          expect((JSON.parse(entry ?? '{}').value ?? '').length).toBeLessThanOrEqual(500);
        }
        expect(listing(settingsOf(store, pricing))).toEqual(after);
      }),
      { numRuns: 300 },
    );
  });

  test('a change back to the factory value leaves nothing in store', () => {
    const store = new Store();
    const settings = settingsOf(store, { HeartbeatInterval: '1800', MeterType: 'M' });
    expect(settings.number('HeartbeatInterval')).toBe(1800);
    expect(settings.change('HeartbeatInterval', '300')).toBe('Accepted');
    expect(settingsOf(store, { HeartbeatInterval: '1800' }).number('HeartbeatInterval')).toBe(300);
    expect(settings.change('HeartbeatInterval', '1800')).toBe('Accepted');
    expect(settings.number('HeartbeatInterval')).toBe(1800);
    expect(store.values.size).toBe(0);
  });

  test('the address of the central system takes effect at the next boot, and reads as it will be', () => {
    const store = new Store();
    const factory = { CentralSystemURI: 'ws://old.example' };
    const settings = settingsOf(store, factory);
    expect(settings.change('CentralSystemURI', 'ws://new.example')).toBe('RebootRequired');
    expect(settings.text('CentralSystemURI')).toBe('ws://old.example');
    expect(settings.valueOf(rowOf.CentralSystemURI)).toBe('ws://new.example');
    expect(settings.change('CentralSystemURI', 'ws://new.example')).toBe('RebootRequired');
    expect(settings.changed).toBe(-1);
    expect(settingsOf(store, factory).text('CentralSystemURI')).toBe('ws://new.example');
    settings.change('CentralSystemURI', 'ws://old.example');
    expect(store.values.size).toBe(0);
    expect(settings.change('CentralSystemURI', 'ws://old.example')).toBe('Accepted');
  });

  test('a failing store: Rejected, nothing changed, logged', () => {
    const store = new Store();
    const settings = settingsOf(store, pricing);
    store.broken = true;
    for (const [key, value] of [
      ['HeartbeatInterval', '9'],
      ['CentralSystemURI', 'ws://new.example'],
      ['DefaultPrice', price],
      ['DefaultPriceText,de', price],
    ] as const) {
      const index = settings.find(key);
      const before = settings.entry(index);
      store.lines.length = 0;
      expect(settings.change(key, value)).toBe('Rejected');
      expect(settings.changed).toBe(-1);
      expect(settings.entry(index)).toBe(before);
      expect(store.lines).toHaveLength(1);
    }
  });
});

describe('every row', () => {
  const everything = { ...pricing };
  const another: Partial<Record<Row['type'], string>> = {
    measurands: 'SoC',
    rotations: '1.RST',
    one: 'EveryMeterValue',
    price,
    offset: '+02:00',
    dateTime: '2030-01-01T00:00:00Z',
    language: 'de',
    url: 'ws://csms.example/a',
    text: 'DE',
  };

  test.each(all.map((row, number) => [row.key, number, row] as const))('%s is number %d, is read and is changed', (key, number, row) => {
    expect(rowOf[key as Key]).toBe(number);
    const store = new Store();
    const settings = settingsOf(store, everything);
    if (row.indexed === true) {
      expect(settings.find(key)).toBe(-1);
      expect(settings.entry(number)).toBeUndefined();
      return;
    }
    expect(settings.find(key.toLowerCase())).toBe(number);
    expect(settings.keyOf(number)).toBe(key);
    expect(settings.exists(number)).toBe(true);
    const entry = settings.entry(number);
    if (row.access === 'W') return expect(entry).toBeUndefined();
    const parsed = JSON.parse(entry as string) as { key: string; readonly: boolean; value?: string };
    expect(parsed.key).toBe(key);
    expect(parsed.readonly).toBe(row.access === 'R');
    if (!row.computed && !(key in everything) && key !== 'AuthorizeConnectorZeroOnConnectorOne')
      expect(parsed.value ?? '').toBe(String(row.default));
    if (row.type === 'boolean') expect(String(settings.boolean(key as BooleanKey))).toBe(parsed.value);
    if (row.type === 'integer') expect(settings.number(key as NumberKey)).toBe(Number(parsed.value));
    let value = another[row.type] ?? '';
    if (row.type === 'text' && (row.min ?? 0) > 2) value = 'something';
    if (row.type === 'names') value = key === 'ConnectorEvseIds' ? 'DE*ABC*E1' : 'TxProfile';
    if (row.type === 'boolean') value = String(row.default !== true);
    if (row.type === 'integer') value = String(row.default === (row.max ?? -1) ? (row.min ?? 0) : (row.default as number) + 1);
    if (row.access === 'R') {
      expect(settings.change(key, value)).toBe('Rejected');
      expect(settings.entry(number)).toBe(entry);
    } else {
      expect(settings.change(key, value)).toBe(row.reboot ? 'RebootRequired' : 'Accepted');
      expect(settings.changed).toBe(number);
      if (row.deferred) return expect(store.values.size).toBe(0);
      expect(JSON.parse(settings.entry(number) as string)).toEqual({ key, readonly: false, value });
      expect(settingsOf(store, everything).entry(number)).toBe(settings.entry(number));
      expect([...store.values.keys()]).toEqual(['c/' + number]);
    }
  });

  test('defaults are valid values of their rows, limits name rows', () => {
    for (const row of all) {
      if (row.pairs !== undefined) expect(packedText(row.pairs)).toBe(row.default);
      if (row.limit !== undefined) expect(all.some((other) => other.key === row.limit && other.type === 'integer')).toBe(true);
      if (row.type === 'integer' && !row.computed) {
        expect(row.default).toBeGreaterThanOrEqual(row.min ?? 0);
        expect(row.default).toBeLessThanOrEqual(row.max ?? 2147483647);
      }
      expect(typeof row.default).toBe(row.type === 'boolean' ? 'boolean' : row.type === 'integer' ? 'number' : 'string');
      expect(row.key.length).toBeLessThanOrEqual(50);
    }
    expect(new Set(all.map((row) => row.key.toLowerCase())).size).toBe(all.length);
  });
});

describe('keys that exist', () => {
  test.each([
    ['AuthorizationCacheEnabled', 'cache'],
    ['LightIntensity', 'lights'],
    ['LocalAuthListEnabled', 'localList'],
    ['ReserveConnectorZeroSupported', 'reservation'],
    ['MaxChargingProfilesInstalled', 'smartCharging'],
    ['SupportedFileTransferProtocols', 'firmware'],
    ['CpoName', 'security'],
    ['ISO15118PnCEnabled', 'plugAndCharge'],
    ['DefaultPrice', 'pricing'],
    ['DefaultPriceText,de', 'pricing'],
    ['SampledDataSignReadings', 'signedMeterValues'],
    ['MeterPublicKey1', 'signedMeterValues'],
  ] as const)('%s needs %s', (key, feature) => {
    expect(new Settings(new Store(), pricing, station()).find(key)).toBeGreaterThanOrEqual(0);
    const settings = new Settings(new Store(), pricing, station([feature]));
    expect(settings.find(key)).toBe(-1);
    expect(settings.change(key, 'true')).toBe('NotSupported');
    for (let index = 0; index < settings.count; index++) expect(settings.entry(index) ?? '').not.toContain('"' + key + '"');
  });

  test('SupportedFeatureProfiles follows the functions, and the factory may leave profiles out', () => {
    expect(settingsOf().list('SupportedFeatureProfiles')).toBe(
      'Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger',
    );
    const less = new Settings(new Store(), { SupportedFeatureProfiles: 'Core, Reservation,RemoteTrigger' }, station(['reservation']));
    expect(less.list('SupportedFeatureProfiles')).toBe('Core,RemoteTrigger');
    expect(less.has('smartCharging')).toBe(false);
    expect(less.find('ChargeProfileMaxStackLevel')).toBe(-1);
    expect(less.has('cache')).toBe(true);
    expect(less.includes('SupportedFeatureProfiles', 'RemoteTrigger')).toBe(true);
    expect(less.includes('SupportedFeatureProfiles', 'Reservation')).toBe(false);
  });

  test('a fixed cable reports UnlockConnectorOnEVSideDisconnect false and read-only, whatever is in store', () => {
    const store = new Store();
    store.values.set('c/' + rowOf.UnlockConnectorOnEVSideDisconnect, 'true');
    const settings = new Settings(store, { UnlockConnectorOnEVSideDisconnect: 'true' }, station([]));
    expect(settings.boolean('UnlockConnectorOnEVSideDisconnect')).toBe(false);
    expect(settings.entry(rowOf.UnlockConnectorOnEVSideDisconnect)).toBe(
      '{"key":"UnlockConnectorOnEVSideDisconnect","readonly":true,"value":"false"}',
    );
    expect(settings.change('UnlockConnectorOnEVSideDisconnect', 'true')).toBe('Rejected');
  });

  test('one connector', () => {
    const settings = new Settings(new Store(), undefined, station(['fixedCable'], 1));
    expect(settings.boolean('AuthorizeConnectorZeroOnConnectorOne')).toBe(true);
    expect(settingsOf().boolean('AuthorizeConnectorZeroOnConnectorOne')).toBe(false);
    expect(settings.list('ConnectorPhaseRotation')).toBe('1.Unknown');
    expect(settings.find('MeterPublicKey2')).toBe(-1);
  });
});

describe('GetConfiguration', () => {
  test('every entry is JSON with a known key, asked for by name or in turn; none is longer than 500', () => {
    const settings = settingsOf(new Store(), pricing);
    settings.setMeterPublicKey(2, 'k\ney');
    settings.change('DefaultPriceText,fr-ch', price);
    const seen: Record<string, string | undefined> = {};
    for (let index = 0; index < settings.count; index++) {
      const entry = settings.entry(index);
      if (entry === undefined) continue;
      const { key, value } = JSON.parse(entry) as { key: string; value?: string };
      expect(settings.find(key)).toBe(index);
      expect(value?.length ?? 0).toBeLessThanOrEqual(500);
      seen[key] = value;
    }
    expect(Object.keys(seen)).toHaveLength(rows.length - 3 + 2 + 3);
    expect(seen).not.toHaveProperty('AuthorizationKey');
    expect(seen).toHaveProperty('MeterPublicKey1', undefined);
    expect(seen).toMatchObject({ MeterPublicKey2: 'k\ney', 'DefaultPriceText,fr-CH': price, NumberOfConnectors: '2' });
    expect(seen['SupportedMeasurands']).toBe(measurands.slice(0, 21).join());
    expect(settings.entry(settings.count)).toBeUndefined();
    expect(settings.entry(-1)).toBeUndefined();
  });

  test('an unset text has no value, an empty list has an empty one', () => {
    const settings = settingsOf();
    expect(settings.entry(rowOf.CpoName)).toBe('{"key":"CpoName","readonly":false}');
    expect(settings.entry(rowOf.StopTxnSampledData)).toBe('{"key":"StopTxnSampledData","readonly":false,"value":""}');
    expect(settings.entry(rowOf.HeartbeatInterval)).toBe('{"key":"HeartbeatInterval","readonly":false,"value":"300"}');
  });
});

describe('values of our own', () => {
  test('set persists only what differs, read-only keys included', () => {
    const store = new Store();
    const settings = settingsOf(store);
    expect(settings.set('HeartbeatInterval', 300)).toBe(true);
    expect(store.writes).toBe(0);
    expect(settings.set('HeartbeatInterval', 86400)).toBe(true);
    expect(settings.set('HeartbeatInterval', 86400)).toBe(true);
    expect(settings.set('ICCID', '8949')).toBe(true);
    expect(settings.set('ICCID', 'x'.repeat(21))).toBe(false);
    expect(store.writes).toBe(2);
    const rebooted = settingsOf(store);
    expect(rebooted.number('HeartbeatInterval')).toBe(86400);
    expect(rebooted.text('ICCID')).toBe('8949');
  });

  test('set holds until the next boot when the store fails', () => {
    const store = new Store();
    const settings = settingsOf(store);
    store.broken = true;
    expect(settings.set('HeartbeatInterval', 60)).toBe(false);
    expect(settings.number('HeartbeatInterval')).toBe(60);
    expect(settingsOf(store).number('HeartbeatInterval')).toBe(300);
  });

  test('public keys of meters', () => {
    const store = new Store();
    const settings = settingsOf(store);
    expect(settings.meterPublicKey(1)).toBe('');
    expect(settings.setMeterPublicKey(1, '-----BEGIN\nabc')).toBe(true);
    expect(settings.setMeterPublicKey(1, '-----BEGIN\nabc')).toBe(true);
    expect(store.writes).toBe(1);
    for (const connector of [0, 3, 1.5, Number.NaN]) expect(settings.setMeterPublicKey(connector, 'x')).toBe(false);
    expect(settings.setMeterPublicKey(1, 'x'.repeat(501))).toBe(false);
    expect(settingsOf(store).meterPublicKey(1)).toBe('-----BEGIN\nabc');
  });

  test('price texts by language', () => {
    const settings = settingsOf(new Store(), pricing);
    settings.change('DefaultPriceText,de', price);
    expect(settings.priceText('DE')).toBe(price);
    expect(settings.priceText('en')).toBe('');
    expect(settings.priceText('xx')).toBe('');
  });
});

describe('the factory and the store', () => {
  test('factory values stand in for defaults; invalid ones are ignored, and named', () => {
    const store = new Store();
    const settings = settingsOf(store, {
      ChargePointModel: ' Box ',
      ChargePointVendor: 'v'.repeat(21),
      MeterValueSampleInterval: '30.0',
      HeartbeatInterval: 'often',
      MeterValuesSampledData: 'Voltage,Current.Import.L2',
      MeterValuesSampledDataMaxLength: '2',
      LocalPreAuthorize: 'TRUE',
    });
    expect(settings.text('ChargePointModel')).toBe('Box');
    expect(settings.text('ChargePointVendor')).toBe('');
    expect(settings.number('MeterValueSampleInterval')).toBe(30);
    expect(settings.number('HeartbeatInterval')).toBe(300);
    expect(settings.list('MeterValuesSampledData')).toBe('Voltage,Current.Import.L2');
    expect(settings.boolean('LocalPreAuthorize')).toBe(true);
    expect(settings.change('MeterValuesSampledData', 'Voltage,SoC,Temperature')).toBe('Rejected');
    expect(settings.complaints()).toBe(' Factory values not valid: ChargePointVendor HeartbeatInterval.');
    expect(store.lines).toEqual([]);
    expect(store.writes).toBe(0);
  });

  test('what the factory gave in vain is named, and nothing else', () => {
    const good = {
      ...pricing,
      SecurityProfile: '2',
      AuthorizationKey: '0123456789abcdef',
      ConnectorPhaseRotation: '1.RST',
      NumberOfConnectors: '2',
    };
    expect(settingsOf(new Store(), good).complaints()).toBe('');
    const bad = {
      Nonsense: '1',
      heartbeatInterval: '1',
      MeterPublicKey: 'x',
      MeterPublicKey1: 'x',
      'DefaultPriceText,de': price,
      SecurityProfile: '4',
      AuthorizationKey: 'short',
      ConnectorPhaseRotation: '1.RST,1.RTS',
      NumberOfConnectors: '3',
      LocalAuthListMaxLength: '1000',
      SupportedFeatureProfiles: 'Core,Everything',
      SupportedMeasurands: 'Voltage,RPM',
      DefaultPrice: '{}',
      CentralSystemURI: 'ws://csms.example:0',
      CpoName: 'a\ud800',
    };
    const settings = new Settings(new Store(), bad, station(['smartCharging', 'reservation']));
    expect(settings.complaints()).toBe(
      ' Factory keys not known: Nonsense heartbeatInterval MeterPublicKey MeterPublicKey1 DefaultPriceText,de.' +
        ' Factory values not valid: SecurityProfile AuthorizationKey ConnectorPhaseRotation NumberOfConnectors LocalAuthListMaxLength' +
        ' SupportedFeatureProfiles SupportedMeasurands DefaultPrice CentralSystemURI CpoName.',
    );
    expect(settings.profilesOff()).toBe(' Reservation SmartCharging');
  });

  test('what a station cannot do without cannot be unset', () => {
    const factory = { ChargePointVendor: 'V', ChargePointModel: 'M', ChargePointId: 'I', CentralSystemURI: 'ws://csms.example' };
    expect(settingsOf(new Store(), factory).missing()).toBe('');
    expect(settingsOf().missing()).toBe(' ChargePointVendor ChargePointModel ChargePointId CentralSystemURI');
    const store = new Store();
    const settings = settingsOf(store, factory);
    for (const value of ['', '  ', 'x'.repeat(21), 'a\u0000b']) expect(settings.set('ChargePointVendor', value)).toBe(false);
    expect(settings.set('ChargePointVendor', 'W')).toBe(true);
    store.values.set('c/' + rowOf.ChargePointModel, '');
    const rebooted = settingsOf(store, factory);
    expect([rebooted.text('ChargePointVendor'), rebooted.text('ChargePointModel'), rebooted.missing()]).toEqual(['W', 'M', '']);
  });

  test('SupportedMeasurands of the factory narrows what the board measures', () => {
    const settings = settingsOf(new Store(), { SupportedMeasurands: 'Voltage, SoC, RPM' });
    expect(settings.list('SupportedMeasurands')).toBe('Voltage,SoC');
    expect(settings.change('MeterValuesSampledData', 'Temperature')).toBe('Rejected');
    expect(settings.change('MeterValuesSampledData', 'Voltage.L1')).toBe('Accepted');
    expect(settings.change('MeterValuesSampledData', 'RPM')).toBe('Rejected');
  });

  test.each([
    ['c/' + rowOf.HeartbeatInterval, 'x'],
    ['c/' + rowOf.HeartbeatInterval, '-4'],
    ['c/' + rowOf.LocalPreAuthorize, ''],
    ['c/' + rowOf.MeterValuesSampledData, 'RPM'],
    ['c/' + rowOf.ConnectorPhaseRotation, '9.RST'],
    ['c/' + rowOf.CentralSystemURI, 'nonsense'],
    ['c/9999', '1'],
    ['c/abc', '1'],
  ])('%s holding %j is set aside', (key, text) => {
    const fresh = settingsOf();
    const store = new Store();
    store.values.set(key, text);
    const settings = settingsOf(store);
    for (let index = 0; index < settings.count; index++) expect(settings.entry(index)).toBe(fresh.entry(index));
    expect(store.lines).toHaveLength(1);
    expect(store.values.get(key)).toBe(text);
  });

  test('a price or public key that was damaged counts as unset', () => {
    const store = new Store();
    store.values.set('c/' + rowOf.DefaultPrice, '"cut');
    store.values.set('c/' + rowOf.MeterPublicKey + '.1', '{}');
    const settings = settingsOf(store);
    expect(settings.text('DefaultPrice')).toBe('');
    expect(settings.meterPublicKey(1)).toBe('');
  });

  test('a store that cannot be listed does not stop a boot', () => {
    const store = new Store();
    store.storage.keys = () => {
      throw new Error('flash failure');
    };
    expect(settingsOf(store).number('HeartbeatInterval')).toBe(300);
    expect(store.lines).toHaveLength(1);
  });

  test('only differences are held, and never under a name from the wire', () => {
    const settings = settingsOf();
    const held = () => Object.keys((settings as unknown as { values: object }).values);
    const fresh = held();
    for (let index = 0; index < 10_000; index++) settings.change('Unknown' + index, String(index));
    expect(held()).toEqual(fresh);
    settings.change('heartbeatINTERVAL', '5');
    settings.change('metervaluessampleddata', 'SoC');
    expect(held().sort()).toEqual([...fresh, 'HeartbeatInterval', 'MeterValuesSampledData'].sort());
    settings.change('HeartbeatInterval', '300');
    settings.change('MeterValuesSampledData', 'Energy.Active.Import.Register');
    expect(held()).toEqual(fresh);
  });
});

describe('measurands', () => {
  test('22 measurands, 10 phases', () => {
    expect([measurands.length, phases.length]).toEqual([22, 10]);
  });

  test('every measurand with every phase is read back as written', () => {
    for (const [measurand, name] of measurands.entries()) {
      expect(pairText(parsePair(name))).toBe(name);
      for (const [phase, suffix] of phases.entries()) {
        const pair = parsePair(name + '.' + suffix);
        expect([measurandOf(pair), phaseOf(pair)]).toEqual([measurand, phase]);
        expect(packedText(packed(pair))).toBe(name + '.' + suffix);
        expect(packed(pair)).toMatch(/^[A-V][1-9:]$/);
      }
    }
    for (const text of ['', '.', 'L1', 'Voltage.', 'Voltage.L5', '.L1', 'Voltage.L1.L1', 'Energy']) expect(parsePair(text)).toBe(-1);
  });

  test('units', () => {
    const units = Object.fromEntries(measurands.map((name, index) => [name, unitOf(index)]));
    expect(units).toMatchObject({
      'Energy.Active.Import.Register': 'Wh',
      'Energy.Reactive.Import.Interval': 'varh',
      'Power.Offered': 'W',
      'Power.Reactive.Export': 'var',
      'Current.Offered': 'A',
      Voltage: 'V',
      Temperature: 'Celcius',
      SoC: 'Percent',
    });
    for (const name of ['Frequency', 'RPM', 'Power.Factor']) expect(units[name]).toBeUndefined();
  });

  test('a list is walked without texts', () => {
    const settings = settingsOf();
    settings.change('StopTxnSampledData', 'SoC,Current.Import.L3');
    expect(pairText(settings.measurandAt('StopTxnSampledData', 0))).toBe('SoC');
    expect(pairText(settings.measurandAt('StopTxnSampledData', 1))).toBe('Current.Import.L3');
    expect(settings.measurandAt('StopTxnSampledData', 2)).toBe(-1);
    expect(settings.measurandAt('StopTxnAlignedData', 0)).toBe(-1);
    expect(settings.includes('StopTxnSampledData', 'Current.Import.L3')).toBe(true);
    expect(settings.includes('StopTxnSampledData', 'Current.Import')).toBe(false);
  });
});
