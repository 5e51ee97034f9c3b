import type { ErrorObject } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, type ErrorCode, type Table, Violation } from '../../src/wire/check.ts';
import * as tables from '../../src/wire/generated/tables.ts';
import { fitting, mutated, ourSchemas, type Schema, schemaOf, schemas, validatorOf } from './schemas.ts';

const tableOf = (name: string) => (tables as unknown as Record<string, Table>)[name]!;

const codes: Record<string, ErrorCode> = {
  required: 'OccurenceConstraintViolation',
  minItems: 'OccurenceConstraintViolation',
  maxItems: 'OccurenceConstraintViolation',
  type: 'TypeConstraintViolation',
  enum: 'PropertyConstraintViolation',
  format: 'PropertyConstraintViolation',
  maxLength: 'PropertyConstraintViolation',
  multipleOf: 'PropertyConstraintViolation',
};

/** What ajv complains about, in our words. */
function violationsOf(errors: ErrorObject[]): Violation[] {
  return errors.map((error) => {
    const field =
      error.keyword === 'required'
        ? error.params['missingProperty']
        : error.instancePath
            .split('/')
            .filter((part) => !/^\d*$/.test(part))
            .pop();
    return new Violation(codes[error.keyword]!, field);
  });
}

function agree(name: string, schema: Schema, payload: unknown): void {
  const validator = validatorOf(schema);
  const violation = check(tableOf(name), payload as object);
  // Without the members that were null and may be absent.
  const accepted = validator(JSON.parse(JSON.stringify(payload)));
  if (accepted) expect(violation).toBeUndefined();
  else expect(violationsOf(validator.errors!)).toContainEqual(violation);
}

describe('check agrees with the JSON schemas', () => {
  it('has a table for each of the 78 schemas', () => {
    expect(schemas).toHaveLength(78);
    for (const [name] of schemas) expect(tableOf(name), name).toBeDefined();
  });

  it.each([...schemas, ...ourSchemas])('%s', (name, schema) => {
    fc.assert(
      fc.property(fitting(schema), (payload) => {
        expect(validatorOf(schema)(payload)).toBe(true);
        agree(name, schema, payload);
      }),
      { numRuns: 30 },
    );
    fc.assert(
      fc.property(mutated(schema), (payload) => agree(name, schema, payload)),
      { numRuns: 120 },
    );
  });
});

describe('check names the error code of OCPP-J 4.2.3', () => {
  const period = { startPeriod: 0, limit: 16 };
  const idToken = { idToken: 'DE8AA001234567', type: 'eMAID' };
  const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: '1', responderURL: 'http://x' };
  const profile = (schedule: object, more: object = {}) => ({
    connectorId: 1,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'TxProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [period], ...schedule },
      ...more,
    },
  });
  const cases: [name: string, payload: unknown, code: ErrorCode | undefined, field?: string][] = [
    ['ResetRequest', {}, 'OccurenceConstraintViolation', 'type'],
    ['ResetRequest', { type: null }, 'TypeConstraintViolation', 'type'],
    // Where it may be absent, null is absence.
    ['GetConfigurationRequest', { key: null }, undefined],
    ['GetConfigurationRequest', { key: [null] }, 'TypeConstraintViolation', 'key'],
    ['RemoteStartTransactionRequest', { idTag: 'A', connectorId: null, chargingProfile: null }, undefined],
    [
      'SetChargingProfileRequest',
      profile({ startSchedule: null, minChargingRate: null }, { validFrom: null, recurrencyKind: null }),
      undefined,
    ],
    ['SetChargingProfileRequest', profile({ chargingSchedulePeriod: null }), 'TypeConstraintViolation', 'chargingSchedulePeriod'],
    ['ResetRequest', { type: 1 }, 'TypeConstraintViolation', 'type'],
    ['ResetRequest', { type: 'hard' }, 'PropertyConstraintViolation', 'type'],
    ['ResetRequest', { type: 'Hard', __proto__: 1, more: {} }, undefined],
    ['ChangeAvailabilityRequest', { connectorId: '1', type: 'Operative' }, 'TypeConstraintViolation', 'connectorId'],
    ['ChangeAvailabilityRequest', { connectorId: 1.5, type: 'Operative' }, 'TypeConstraintViolation', 'connectorId'],
    ['ChangeAvailabilityRequest', JSON.parse('{"connectorId":1.0,"type":"Operative"}'), undefined],
    ['ChangeAvailabilityRequest', JSON.parse('{"connectorId":1e2,"type":"Operative"}'), undefined],
    ['ChangeAvailabilityRequest', JSON.parse('{"connectorId":1e999,"type":"Operative"}'), 'TypeConstraintViolation', 'connectorId'],
    ['DataTransferRequest', { vendorId: 'x', data: {} }, 'TypeConstraintViolation', 'data'],
    ['RemoteStartTransactionRequest', { idTag: '😀'.repeat(20) }, undefined],
    ['RemoteStartTransactionRequest', { idTag: 'x'.repeat(21) }, 'PropertyConstraintViolation', 'idTag'],
    [
      'ReserveNowRequest',
      { connectorId: 1, expiryDate: 'soon', idTag: 'A', reservationId: 1 },
      'PropertyConstraintViolation',
      'expiryDate',
    ],
    ['GetConfigurationRequest', { key: [] }, undefined],
    ['GetConfigurationRequest', { key: 'HeartbeatInterval' }, 'TypeConstraintViolation', 'key'],
    ['GetConfigurationRequest', { key: ['A', 1] }, 'TypeConstraintViolation', 'key'],
    [
      'GetInstalledCertificateIdsResponse',
      { status: 'Accepted', certificateHashData: [] },
      'OccurenceConstraintViolation',
      'certificateHashData',
    ],
    ['PnCAuthorizeRequest', { idToken, iso15118CertificateHashData: Array(4).fill(hash) }, undefined],
    [
      'PnCAuthorizeRequest',
      { idToken, iso15118CertificateHashData: Array(5).fill(hash) },
      'OccurenceConstraintViolation',
      'iso15118CertificateHashData',
    ],
    ['SetChargingProfileRequest', profile({}), undefined],
    ['SetChargingProfileRequest', profile({ chargingRateUnit: 'V' }), 'PropertyConstraintViolation', 'chargingRateUnit'],
    ['SetChargingProfileRequest', profile({ chargingSchedulePeriod: [{ startPeriod: 0 }] }), 'OccurenceConstraintViolation', 'limit'],
    [
      'SetChargingProfileRequest',
      profile({ chargingSchedulePeriod: [{ ...period, limit: 6.15 }] }),
      'PropertyConstraintViolation',
      'limit',
    ],
    ['SetChargingProfileRequest', profile({ chargingSchedulePeriod: [{ ...period, limit: 0.3 }] }), undefined],
    ['SetChargingProfileRequest', profile({ minChargingRate: 8.1 }), undefined],
    ['SetChargingProfileRequest', profile({ chargingSchedulePeriod: {} }), 'TypeConstraintViolation', 'chargingSchedulePeriod'],
    ['SetChargingProfileRequest', { connectorId: 1, csChargingProfiles: [] }, 'TypeConstraintViolation', 'csChargingProfiles'],
    // Of several violations the first in the order of the table counts.
    [
      'SetChargingProfileRequest',
      profile({}, { stackLevel: '0', chargingProfilePurpose: 'None' }),
      'TypeConstraintViolation',
      'stackLevel',
    ],
    // EJ 2.3 to 2.6.
    [
      'BootNotificationResponse',
      { status: 'Accepted', currentTime: '2026-01-01T00:00:00Z', interval: 1.5 },
      'TypeConstraintViolation',
      'interval',
    ],
    ['UpdateFirmwareRequest', { location: 'x', retrieveDate: '2026-01-01T00:00:00Z', retries: 1.5 }, 'TypeConstraintViolation', 'retries'],
    ['StopTransactionRequest', { meterStop: 1, timestamp: '2026-01-01T00:00:00Z', transactionId: 1 }, undefined],
  ];

  it.each(cases)('%s %j', (name, payload, code, field) => {
    expect(check(tableOf(name), payload as object)).toEqual(code && new Violation(code, field!));
  });

  it('reads SendLocalList in its corrected form', () => {
    const entry = { idTag: 'A', idTagInfo: { status: 'Accepted', parentIdTag: 'x'.repeat(21) } };
    const request = { listVersion: 1, updateType: 'Full', localAuthorizationList: [entry] };
    expect(check(tableOf('SendLocalListRequest'), request)).toEqual(new Violation('PropertyConstraintViolation', 'parentIdTag'));
    expect(Object.keys(schemaOf('SendLocalListRequest').properties!)).toContain('localAuthorizationList');
  });
});
