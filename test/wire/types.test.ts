/** Compiled by `tsc`: the types made from our tables are those of ocpp-messages wherever that package has them right. */
import type * as library from 'ocpp-messages/v1.6/index.js';
import { describe, expect, it } from 'vitest';
import { received, sent } from '../../src/wire/generated/tables.ts';
import type { Action, Elements, ReceivedAction, ReceivedRequest, Request, Response, SentAction } from '../../src/wire/types.ts';
import { errorCodes } from '../../src/wire/types.ts';
import { schemaOf } from './schemas.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile unless the two types are one. */
function same<A, B>(_: Equal<A, B>): void {}

describe('types', () => {
  it('of requests are those of ocpp-messages', () => {
    same<Request<'Authorize'>, library.AuthorizeRequest>(true);
    same<Request<'BootNotification'>, library.BootNotificationRequest>(true);
    same<Request<'CancelReservation'>, library.CancelReservationRequest>(true);
    same<Request<'ChangeAvailability'>, library.ChangeAvailabilityRequest>(true);
    same<Request<'ChangeConfiguration'>, library.ChangeConfigurationRequest>(true);
    same<Request<'ClearCache'>, library.ClearCacheRequest>(true);
    same<Request<'ClearChargingProfile'>, library.ClearChargingProfileRequest>(true);
    same<Request<'DataTransfer'>, library.DataTransferRequest>(true);
    same<Request<'DiagnosticsStatusNotification'>, library.DiagnosticsStatusNotificationRequest>(true);
    same<Request<'FirmwareStatusNotification'>, library.FirmwareStatusNotificationRequest>(true);
    same<Request<'GetCompositeSchedule'>, library.GetCompositeScheduleRequest>(true);
    same<Request<'GetConfiguration'>, library.GetConfigurationRequest>(true);
    same<Request<'GetDiagnostics'>, library.GetDiagnosticsRequest>(true);
    same<Request<'GetLocalListVersion'>, library.GetLocalListVersionRequest>(true);
    same<Request<'Heartbeat'>, library.HeartbeatRequest>(true);
    same<Request<'RemoteStopTransaction'>, library.RemoteStopTransactionRequest>(true);
    same<Request<'ReserveNow'>, library.ReserveNowRequest>(true);
    same<Request<'Reset'>, library.ResetRequest>(true);
    same<Request<'StartTransaction'>, library.StartTransactionRequest>(true);
    same<Request<'StatusNotification'>, library.StatusNotificationRequest>(true);
    same<Request<'TriggerMessage'>, library.TriggerMessageRequest>(true);
    same<Request<'UnlockConnector'>, library.UnlockConnectorRequest>(true);
    same<Request<'UpdateFirmware'>, library.UpdateFirmwareRequest>(true);
  });

  it('of answers are those of ocpp-messages', () => {
    same<Response<'BootNotification'>, library.BootNotificationResponse>(true);
    same<Response<'CancelReservation'>, library.CancelReservationResponse>(true);
    same<Response<'ChangeAvailability'>, library.ChangeAvailabilityResponse>(true);
    same<Response<'ChangeConfiguration'>, library.ChangeConfigurationResponse>(true);
    same<Response<'ClearCache'>, library.ClearCacheResponse>(true);
    same<Response<'ClearChargingProfile'>, library.ClearChargingProfileResponse>(true);
    same<Response<'DataTransfer'>, library.DataTransferResponse>(true);
    same<Response<'DiagnosticsStatusNotification'>, library.DiagnosticsStatusNotificationResponse>(true);
    same<Response<'FirmwareStatusNotification'>, library.FirmwareStatusNotificationResponse>(true);
    same<Response<'GetDiagnostics'>, library.GetDiagnosticsResponse>(true);
    same<Response<'GetLocalListVersion'>, library.GetLocalListVersionResponse>(true);
    same<Response<'Heartbeat'>, library.HeartbeatResponse>(true);
    same<Response<'MeterValues'>, library.MeterValuesResponse>(true);
    same<Response<'RemoteStartTransaction'>, library.RemoteStartTransactionResponse>(true);
    same<Response<'RemoteStopTransaction'>, library.RemoteStopTransactionResponse>(true);
    same<Response<'ReserveNow'>, library.ReserveNowResponse>(true);
    same<Response<'Reset'>, library.ResetResponse>(true);
    same<Response<'SendLocalList'>, library.SendLocalListResponse>(true);
    same<Response<'SetChargingProfile'>, library.SetChargingProfileResponse>(true);
    same<Response<'StatusNotification'>, library.StatusNotificationResponse>(true);
    same<Response<'TriggerMessage'>, library.TriggerMessageResponse>(true);
    same<Response<'UnlockConnector'>, library.UnlockConnectorResponse>(true);
    same<Response<'UpdateFirmware'>, library.UpdateFirmwareResponse>(true);
  });

  it('are right where ocpp-messages is not', () => {
    type Entry = NonNullable<Request<'SendLocalList'>['localAuthorizationList']>[number];
    same<
      Entry,
      {
        idTag: string;
        idTagInfo?: { expiryDate?: string; parentIdTag?: string; status: 'Accepted' | 'Blocked' | 'Expired' | 'Invalid' | 'ConcurrentTx' };
      }
    >(true);
    same<ReceivedRequest<'SendLocalList'>['localAuthorizationList'], Elements<Entry> | undefined>(true);
    same<ReceivedRequest<'GetConfiguration'>['key'], Elements<string> | undefined>(true);
    const celsius: Request<'MeterValues'>['meterValue'][number]['sampledValue'][number]['unit'] = 'Celsius';
    expect(celsius).toBe('Celsius');
  });

  it('know all 39 actions', () => {
    same<Action, ReceivedAction | SentAction>(true);
    expect(new Set([...received, ...sent].map((row) => row.action)).size).toBe(39);
  });

  it('list the error codes of StatusNotification', () => {
    expect(errorCodes).toEqual(schemaOf('StatusNotificationRequest').properties!['errorCode']!.enum);
  });
});
