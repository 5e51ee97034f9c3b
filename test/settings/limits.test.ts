/** The limits that the station declares can be used: the longest legal message at each of them arrives, whatever the host's largest message is. */

import { expect, test } from 'vitest';
import type { NumberKey } from '../../src/settings/keys.ts';
import { Settings } from '../../src/settings/settings.ts';
import { World } from '../world.ts';
import { Store, station } from './store.ts';

const id = 'i'.repeat(36);
const date = '2025-12-31T23:59:59.123456789+00:00';
const least = -2_147_483_648;
const most = 2_147_483_647;
const tag = 'T'.repeat(20);

function many<T>(count: number, item: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

function profile(periods: number): object {
  return {
    chargingProfileId: least,
    transactionId: least,
    stackLevel: least,
    chargingProfilePurpose: 'ChargePointMaxProfile',
    chargingProfileKind: 'Recurring',
    recurrencyKind: 'Weekly',
    validFrom: date,
    validTo: date,
    chargingSchedule: {
      duration: most,
      startSchedule: date,
      chargingRateUnit: 'A',
      chargingSchedulePeriod: many(periods, () => ({ startPeriod: most, limit: 99_999_999.9, numberPhases: 3 })),
      minChargingRate: 99_999_999.9,
    },
  };
}

function pem(length: number): string {
  const line = 'M'.repeat(64) + '\r\n';
  const certificate = '-----BEGIN CERTIFICATE-----\r\n' + line.repeat(20) + '-----END CERTIFICATE-----\r\n';
  return certificate.repeat(Math.ceil(length / certificate.length)).slice(0, length);
}

/** The longest messages that a limit allows. */
const messages: readonly (readonly [key: NumberKey, action: string, payload: (limit: number) => object])[] = [
  ['GetConfigurationMaxKeys', 'GetConfiguration', (limit) => ({ key: many(limit, () => 'k'.repeat(50)) })],
  [
    'SendLocalListMaxLength',
    'SendLocalList',
    (limit) => ({
      listVersion: least,
      localAuthorizationList: many(limit, () => ({
        idTag: tag,
        idTagInfo: { expiryDate: date, parentIdTag: tag, status: 'ConcurrentTx' },
      })),
      updateType: 'Differential',
    }),
  ],
  ['ChargingScheduleMaxPeriods', 'SetChargingProfile', (limit) => ({ connectorId: least, csChargingProfiles: profile(limit) })],
  [
    'ChargingScheduleMaxPeriods',
    'RemoteStartTransaction',
    (limit) => ({ connectorId: least, idTag: tag, chargingProfile: profile(limit) }),
  ],
  ['CertificateSignedMaxChainSize', 'CertificateSigned', (limit) => ({ certificateChain: pem(limit) })],
  [
    'CertificateSignedMaxChainSize',
    'DataTransfer',
    (limit) => ({
      vendorId: 'org.openchargealliance.iso15118pnc',
      messageId: 'CertificateSigned',
      data: JSON.stringify({ certificateChain: pem(limit), typeOfCertificate: 'ChargingStationCertificate' }),
    }),
  ],
];

test.each(messages)('%s: the longest %s that it allows fits', (key, action, payload) => {
  for (const maxMessageBytes of [4096, 8192, 16_384, 65_536]) {
    const store = new Store();
    store.maxMessageBytes = maxMessageBytes;
    const limits = [undefined, { [key]: '10000' }].map((factory) => new Settings(store, factory, station()).number(key));
    for (const limit of limits) {
      const text = JSON.stringify([2, id, action, payload(limit)]);
      expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(maxMessageBytes);
    }
    if (maxMessageBytes < 10_000) expect(store.lines).toContain(`warn factory value of ${key} does not fit one message`);
  }
});

test.each(messages.slice(0, 4))(
  '%s: the longest %s at the declared limit is read, and one item more is refused by its name',
  (key, action, payload) => {
    const world = new World({ also: ['signalSetChargingProfiles'], keys: { [key]: '10000' } });
    world.boot();
    world.advance(1000);
    const answer = world.request('GetConfiguration', { key: [key] }).payload as { configurationKey: { value: string }[] };
    const limit = Number(answer.configurationKey[0]!.value);
    const { payload: read, error } = world.request(action, payload(limit));
    // The station has read it to its end; what it thinks of these values is another matter.
    expect(read !== undefined || error === 'PropertyConstraintViolation').toBe(true);
    expect(limit).toBeGreaterThan(40);
  },
);

test('a board that says what it can is the default of the composite schedule; a configured value stays, also one that equals the row', () => {
  const board = { ...station(), maximumCurrent: (together: boolean) => (together ? 32 : 32) };
  const store = new Store();
  const settings = new Settings(store, undefined, board);
  const values = (from: Settings) => [
    from.number('CompositeScheduleDefaultLimitAmps'),
    from.number('CompositeScheduleDefaultLimitWatts'),
    from.number('CompositeScheduleDefaultNumberPhases'),
  ];
  expect(values(settings)).toEqual([32, 7360, 1]);
  expect(values(new Settings(new Store(), undefined, station()))).toEqual([48, 33_120, 3]);
  expect(settings.change('CompositeScheduleDefaultLimitAmps', '48')).toBe('Accepted');
  expect(values(new Settings(store, undefined, board))[0]).toBe(48);
  expect(values(new Settings(store, { CompositeScheduleDefaultLimitWatts: '33120' }, board))).toEqual([48, 33_120, 1]);
});
