/** The types of all 39 messages and of the specification's enumerations, derived from the generated tables. */
import type { Elements } from './elements.ts';
import type * as tables from './generated/tables.ts';

export type { ErrorCode } from './check.ts';
export type { Elements } from './elements.ts';
export { ChargePointErrorCode as errorCodes } from './generated/tables.ts';

/** What a field of a table holds in JSON. */
type ValueOf<F> = F extends { kind: 'anything' }
  ? unknown
  : F extends { kind: 'integer' | 'number' }
    ? number
    : F extends { kind: 'boolean' }
      ? boolean
      : F extends { values: readonly (infer V)[] }
        ? V
        : F extends { table: infer T }
          ? ObjectOf<T>
          : F extends { item: infer I }
            ? ValueOf<I>[]
            : string;

type ObjectOf<T> = Flat<
  { -readonly [K in keyof T as T[K] extends { required: true } ? K : never]: ValueOf<T[K]> } & {
    -readonly [K in keyof T as T[K] extends { required: true } ? never : K]?: ValueOf<T[K]>;
  }
>;

type Flat<T> = { [K in keyof T]: T[K] };

/** As a station reads it: a list is a cursor. */
type WithCursors<T> = T extends readonly (infer I)[] ? Elements<I> : T extends object ? { [K in keyof T]: WithCursors<T[K]> } : T;

export type Action = keyof tables.RequestTables;
/** What a central system may ask. */
export type ReceivedAction = (typeof tables.received)[number]['action'];
/** What a station asks. DataTransfer is in both. */
export type SentAction = (typeof tables.sent)[number]['action'];
export type Profile = (typeof tables.received)[number]['profile'];

/** The payload of a request as it stands on the wire. */
export type Request<A extends Action> = ObjectOf<tables.RequestTables[A]>;
/** The payload of an answer as it stands on the wire. */
export type Response<A extends Action> = ObjectOf<tables.ResponseTables[A]>;
/** The payload of a request as `readRequest` hands it on. */
export type ReceivedRequest<A extends ReceivedAction> = WithCursors<Request<A>>;

export type AuthorizationData = ObjectOf<typeof tables.AuthorizationData>;
export type CertificateHashDataType = ObjectOf<typeof tables.CertificateHashDataType>;
export type ChargingProfile = ObjectOf<typeof tables.ChargingProfile>;
export type ChargingSchedule = ObjectOf<typeof tables.ChargingSchedule>;
export type ChargingSchedulePeriod = ObjectOf<typeof tables.ChargingSchedulePeriod>;
export type IdTagInfo = ObjectOf<typeof tables.IdTagInfo>;
export type KeyValue = ObjectOf<typeof tables.KeyValue>;
export type MeterValue = ObjectOf<typeof tables.MeterValue>;
export type SampledValue = ObjectOf<typeof tables.SampledValue>;

export type AuthorizationStatus = (typeof tables.AuthorizationStatus)[number];
export type AvailabilityStatus = (typeof tables.AvailabilityStatus)[number];
export type AvailabilityType = (typeof tables.AvailabilityType)[number];
export type CertificateUseEnumType = (typeof tables.CertificateUseEnumType)[number];
export type ChargePointErrorCode = (typeof tables.ChargePointErrorCode)[number];
export type ChargePointStatus = (typeof tables.ChargePointStatus)[number];
export type ChargingProfileKind = (typeof tables.ChargingProfileKind)[number];
export type ChargingProfilePurpose = (typeof tables.ChargingProfilePurpose)[number];
export type ChargingProfileStatus = (typeof tables.ChargingProfileStatus)[number];
export type ChargingRateUnit = (typeof tables.ChargingRateUnit)[number];
export type ConfigurationStatus = (typeof tables.ConfigurationStatus)[number];
export type DataTransferStatus = (typeof tables.DataTransferStatus)[number];
export type DiagnosticsStatus = (typeof tables.DiagnosticsStatus)[number];
export type FirmwareStatus = (typeof tables.FirmwareStatus)[number];
export type FirmwareStatusEnumType = (typeof tables.FirmwareStatusEnumType)[number];
export type HashAlgorithmEnumType = (typeof tables.HashAlgorithmEnumType)[number];
export type Location = (typeof tables.Location)[number];
export type Measurand = (typeof tables.Measurand)[number];
export type MessageTrigger = (typeof tables.MessageTrigger)[number];
export type MessageTriggerEnumType = (typeof tables.MessageTriggerEnumType)[number];
export type Phase = (typeof tables.Phase)[number];
export type ReadingContext = (typeof tables.ReadingContext)[number];
export type Reason = (typeof tables.Reason)[number];
export type RecurrencyKind = (typeof tables.RecurrencyKind)[number];
export type RegistrationStatus = (typeof tables.RegistrationStatus)[number];
export type ReservationStatus = (typeof tables.ReservationStatus)[number];
export type ResetType = (typeof tables.ResetType)[number];
export type UnitOfMeasure = (typeof tables.UnitOfMeasure)[number];
export type UnlockStatus = (typeof tables.UnlockStatus)[number];
export type UpdateStatus = (typeof tables.UpdateStatus)[number];
export type UploadLogStatusEnumType = (typeof tables.UploadLogStatusEnumType)[number];
export type ValueFormat = (typeof tables.ValueFormat)[number];

/** What travels as text in DataTransfer.data (Plug & Charge, California pricing), and in the settings DefaultPrice and DefaultPriceText. */
export type PnCAuthorizeRequest = ObjectOf<typeof tables.PnCAuthorizeRequest>;
export type PnCAuthorizeResponse = ObjectOf<typeof tables.PnCAuthorizeResponse>;
export type PnCCertificateSignedRequest = ObjectOf<typeof tables.PnCCertificateSignedRequest>;
export type PnCDeleteCertificateRequest = ObjectOf<typeof tables.PnCDeleteCertificateRequest>;
export type PnCGet15118EVCertificateRequest = ObjectOf<typeof tables.PnCGet15118EVCertificateRequest>;
export type PnCGet15118EVCertificateResponse = ObjectOf<typeof tables.PnCGet15118EVCertificateResponse>;
export type PnCGetCertificateStatusRequest = ObjectOf<typeof tables.PnCGetCertificateStatusRequest>;
export type PnCGetCertificateStatusResponse = ObjectOf<typeof tables.PnCGetCertificateStatusResponse>;
export type PnCGetInstalledCertificateIdsRequest = ObjectOf<typeof tables.PnCGetInstalledCertificateIdsRequest>;
export type PnCGetInstalledCertificateIdsResponse = ObjectOf<typeof tables.PnCGetInstalledCertificateIdsResponse>;
export type PnCInstallCertificateRequest = ObjectOf<typeof tables.PnCInstallCertificateRequest>;
export type PnCSignCertificateRequest = ObjectOf<typeof tables.PnCSignCertificateRequest>;
export type PnCTriggerMessageRequest = ObjectOf<typeof tables.PnCTriggerMessageRequest>;
export type OCSPRequestDataType = ObjectOf<typeof tables.OCSPRequestDataType>;
export type SetUserPriceRequest = ObjectOf<typeof tables.SetUserPriceRequest>;
/** RunningCost and FinalCost. */
export type SessionCostRequest = ObjectOf<typeof tables.SessionCost>;
export type TriggerMeterValue = ObjectOf<typeof tables.TriggerMeterValue>;
export type DefaultPrice = ObjectOf<typeof tables.DefaultPrice>;
export type DefaultPriceText = ObjectOf<typeof tables.DefaultPriceText>;

/** Why the station booted: libocpp's words (those of OCPP 2.0.1); never on the wire in 1.6. */
export type BootReason =
  | 'ApplicationReset'
  | 'FirmwareUpdate'
  | 'LocalReset'
  | 'PowerUp'
  | 'RemoteReset'
  | 'ScheduledReset'
  | 'Triggered'
  | 'Unknown'
  | 'Watchdog';
