/** Tables of all messages of OCPP 1.6 and its security whitepaper. Written by src/wire/generate.mjs; never edit by hand. */
import { freeze } from '../../freeze.ts';

export const requiredText20 = /* @__PURE__ */ freeze({ kind: 'text', max: 20, required: true } as const);
export const AuthorizeRequest = /* @__PURE__ */ freeze({
  idTag: requiredText20,
} as const);
export const optionalTime = /* @__PURE__ */ freeze({ kind: 'time' } as const);
export const optionalText20 = /* @__PURE__ */ freeze({ kind: 'text', max: 20 } as const);
export const AuthorizationStatus = /* @__PURE__ */ freeze(['Accepted', 'Blocked', 'Expired', 'Invalid', 'ConcurrentTx'] as const);
export const requiredAuthorizationStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: AuthorizationStatus, required: true } as const);
export const IdTagInfo = /* @__PURE__ */ freeze({
  expiryDate: optionalTime,
  parentIdTag: optionalText20,
  status: requiredAuthorizationStatus,
} as const);
export const requiredIdTagInfo = /* @__PURE__ */ freeze({ kind: 'object', table: IdTagInfo, required: true } as const);
export const AuthorizeResponse = /* @__PURE__ */ freeze({
  idTagInfo: requiredIdTagInfo,
} as const);
export const optionalText25 = /* @__PURE__ */ freeze({ kind: 'text', max: 25 } as const);
export const optionalText50 = /* @__PURE__ */ freeze({ kind: 'text', max: 50 } as const);
export const BootNotificationRequest = /* @__PURE__ */ freeze({
  chargePointVendor: requiredText20,
  chargePointModel: requiredText20,
  chargePointSerialNumber: optionalText25,
  chargeBoxSerialNumber: optionalText25,
  firmwareVersion: optionalText50,
  iccid: optionalText20,
  imsi: optionalText20,
  meterType: optionalText25,
  meterSerialNumber: optionalText25,
} as const);
export const RegistrationStatus = /* @__PURE__ */ freeze(['Accepted', 'Pending', 'Rejected'] as const);
export const requiredRegistrationStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: RegistrationStatus, required: true } as const);
export const requiredTime = /* @__PURE__ */ freeze({ kind: 'time', required: true } as const);
export const requiredInteger = /* @__PURE__ */ freeze({ kind: 'integer', required: true } as const);
export const BootNotificationResponse = /* @__PURE__ */ freeze({
  status: requiredRegistrationStatus,
  currentTime: requiredTime,
  interval: requiredInteger,
} as const);
export const CancelReservationRequest = /* @__PURE__ */ freeze({
  reservationId: requiredInteger,
} as const);
export const CancelReservationStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredCancelReservationStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: CancelReservationStatus, required: true } as const);
export const CancelReservationResponse = /* @__PURE__ */ freeze({
  status: requiredCancelReservationStatus,
} as const);
export const requiredText10000 = /* @__PURE__ */ freeze({ kind: 'text', max: 10000, required: true } as const);
export const CertificateSignedRequest = /* @__PURE__ */ freeze({
  certificateChain: requiredText10000,
} as const);
export const CertificateSignedStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredCertificateSignedStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: CertificateSignedStatusEnumType, required: true } as const);
export const CertificateSignedResponse = /* @__PURE__ */ freeze({
  status: requiredCertificateSignedStatusEnumType,
} as const);
export const AvailabilityType = /* @__PURE__ */ freeze(['Inoperative', 'Operative'] as const);
export const requiredAvailabilityType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: AvailabilityType, required: true } as const);
export const ChangeAvailabilityRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  type: requiredAvailabilityType,
} as const);
export const AvailabilityStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'Scheduled'] as const);
export const requiredAvailabilityStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: AvailabilityStatus, required: true } as const);
export const ChangeAvailabilityResponse = /* @__PURE__ */ freeze({
  status: requiredAvailabilityStatus,
} as const);
export const requiredText50 = /* @__PURE__ */ freeze({ kind: 'text', max: 50, required: true } as const);
export const requiredText500 = /* @__PURE__ */ freeze({ kind: 'text', max: 500, required: true } as const);
export const ChangeConfigurationRequest = /* @__PURE__ */ freeze({
  key: requiredText50,
  value: requiredText500,
} as const);
export const ConfigurationStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'RebootRequired', 'NotSupported'] as const);
export const requiredConfigurationStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ConfigurationStatus, required: true } as const);
export const ChangeConfigurationResponse = /* @__PURE__ */ freeze({
  status: requiredConfigurationStatus,
} as const);
export const ClearCacheRequest = /* @__PURE__ */ freeze({} as const);
export const ClearCacheStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredClearCacheStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ClearCacheStatus, required: true } as const);
export const ClearCacheResponse = /* @__PURE__ */ freeze({
  status: requiredClearCacheStatus,
} as const);
export const optionalInteger = /* @__PURE__ */ freeze({ kind: 'integer' } as const);
export const ChargingProfilePurpose = /* @__PURE__ */ freeze(['ChargePointMaxProfile', 'TxDefaultProfile', 'TxProfile'] as const);
export const optionalChargingProfilePurpose = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingProfilePurpose } as const);
export const ClearChargingProfileRequest = /* @__PURE__ */ freeze({
  id: optionalInteger,
  connectorId: optionalInteger,
  chargingProfilePurpose: optionalChargingProfilePurpose,
  stackLevel: optionalInteger,
} as const);
export const ClearChargingProfileStatus = /* @__PURE__ */ freeze(['Accepted', 'Unknown'] as const);
export const requiredClearChargingProfileStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ClearChargingProfileStatus, required: true } as const);
export const ClearChargingProfileResponse = /* @__PURE__ */ freeze({
  status: requiredClearChargingProfileStatus,
} as const);
export const requiredText255 = /* @__PURE__ */ freeze({ kind: 'text', max: 255, required: true } as const);
export const optionalText = /* @__PURE__ */ freeze({ kind: 'text' } as const);
export const DataTransferRequest = /* @__PURE__ */ freeze({
  vendorId: requiredText255,
  messageId: optionalText50,
  data: optionalText,
} as const);
export const DataTransferStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'UnknownMessageId', 'UnknownVendorId'] as const);
export const requiredDataTransferStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: DataTransferStatus, required: true } as const);
export const DataTransferResponse = /* @__PURE__ */ freeze({
  status: requiredDataTransferStatus,
  data: optionalText,
} as const);
export const HashAlgorithmEnumType = /* @__PURE__ */ freeze(['SHA256', 'SHA384', 'SHA512'] as const);
export const requiredHashAlgorithmEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: HashAlgorithmEnumType, required: true } as const);
export const requiredText128 = /* @__PURE__ */ freeze({ kind: 'text', max: 128, required: true } as const);
export const requiredText40 = /* @__PURE__ */ freeze({ kind: 'text', max: 40, required: true } as const);
export const CertificateHashDataType = /* @__PURE__ */ freeze({
  hashAlgorithm: requiredHashAlgorithmEnumType,
  issuerNameHash: requiredText128,
  issuerKeyHash: requiredText128,
  serialNumber: requiredText40,
} as const);
export const requiredCertificateHashDataType = /* @__PURE__ */ freeze({ kind: 'object', table: CertificateHashDataType, required: true } as const);
export const DeleteCertificateRequest = /* @__PURE__ */ freeze({
  certificateHashData: requiredCertificateHashDataType,
} as const);
export const DeleteCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Failed', 'NotFound'] as const);
export const requiredDeleteCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: DeleteCertificateStatusEnumType, required: true } as const);
export const DeleteCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredDeleteCertificateStatusEnumType,
} as const);
export const DiagnosticsStatus = /* @__PURE__ */ freeze(['Idle', 'Uploaded', 'UploadFailed', 'Uploading'] as const);
export const requiredDiagnosticsStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: DiagnosticsStatus, required: true } as const);
export const DiagnosticsStatusNotificationRequest = /* @__PURE__ */ freeze({
  status: requiredDiagnosticsStatus,
} as const);
export const DiagnosticsStatusNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const MessageTriggerEnumType = /* @__PURE__ */ freeze(['BootNotification', 'LogStatusNotification', 'FirmwareStatusNotification', 'Heartbeat', 'MeterValues', 'SignChargePointCertificate', 'StatusNotification'] as const);
export const requiredMessageTriggerEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: MessageTriggerEnumType, required: true } as const);
export const ExtendedTriggerMessageRequest = /* @__PURE__ */ freeze({
  requestedMessage: requiredMessageTriggerEnumType,
  connectorId: optionalInteger,
} as const);
export const TriggerMessageStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'NotImplemented'] as const);
export const requiredTriggerMessageStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: TriggerMessageStatusEnumType, required: true } as const);
export const ExtendedTriggerMessageResponse = /* @__PURE__ */ freeze({
  status: requiredTriggerMessageStatusEnumType,
} as const);
export const FirmwareStatus = /* @__PURE__ */ freeze(['Downloaded', 'DownloadFailed', 'Downloading', 'Idle', 'InstallationFailed', 'Installing', 'Installed'] as const);
export const requiredFirmwareStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: FirmwareStatus, required: true } as const);
export const FirmwareStatusNotificationRequest = /* @__PURE__ */ freeze({
  status: requiredFirmwareStatus,
} as const);
export const FirmwareStatusNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const ChargingRateUnit = /* @__PURE__ */ freeze(['A', 'W'] as const);
export const optionalChargingRateUnit = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingRateUnit } as const);
export const GetCompositeScheduleRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  duration: requiredInteger,
  chargingRateUnit: optionalChargingRateUnit,
} as const);
export const GetCompositeScheduleStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredGetCompositeScheduleStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: GetCompositeScheduleStatus, required: true } as const);
export const requiredChargingRateUnit = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingRateUnit, required: true } as const);
export const requiredNumberBy10 = /* @__PURE__ */ freeze({ kind: 'number', scale: 10, required: true } as const);
export const ChargingSchedulePeriod = /* @__PURE__ */ freeze({
  startPeriod: requiredInteger,
  limit: requiredNumberBy10,
  numberPhases: optionalInteger,
} as const);
export const requiredChargingSchedulePeriod = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingSchedulePeriod, required: true } as const);
export const requiredListOfChargingSchedulePeriod = /* @__PURE__ */ freeze({ kind: 'list', item: requiredChargingSchedulePeriod, required: true } as const);
export const optionalNumberBy10 = /* @__PURE__ */ freeze({ kind: 'number', scale: 10 } as const);
export const ChargingSchedule = /* @__PURE__ */ freeze({
  duration: optionalInteger,
  startSchedule: optionalTime,
  chargingRateUnit: requiredChargingRateUnit,
  chargingSchedulePeriod: requiredListOfChargingSchedulePeriod,
  minChargingRate: optionalNumberBy10,
} as const);
export const optionalChargingSchedule = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingSchedule } as const);
export const GetCompositeScheduleResponse = /* @__PURE__ */ freeze({
  status: requiredGetCompositeScheduleStatus,
  connectorId: optionalInteger,
  scheduleStart: optionalTime,
  chargingSchedule: optionalChargingSchedule,
} as const);
export const optionalListOfText50 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredText50 } as const);
export const GetConfigurationRequest = /* @__PURE__ */ freeze({
  key: optionalListOfText50,
} as const);
export const requiredBoolean = /* @__PURE__ */ freeze({ kind: 'boolean', required: true } as const);
export const optionalText500 = /* @__PURE__ */ freeze({ kind: 'text', max: 500 } as const);
export const KeyValue = /* @__PURE__ */ freeze({
  key: requiredText50,
  readonly: requiredBoolean,
  value: optionalText500,
} as const);
export const requiredKeyValue = /* @__PURE__ */ freeze({ kind: 'object', table: KeyValue, required: true } as const);
export const optionalListOfKeyValue = /* @__PURE__ */ freeze({ kind: 'list', item: requiredKeyValue } as const);
export const GetConfigurationResponse = /* @__PURE__ */ freeze({
  configurationKey: optionalListOfKeyValue,
  unknownKey: optionalListOfText50,
} as const);
export const requiredText = /* @__PURE__ */ freeze({ kind: 'text', required: true } as const);
export const GetDiagnosticsRequest = /* @__PURE__ */ freeze({
  location: requiredText,
  retries: optionalInteger,
  retryInterval: optionalInteger,
  startTime: optionalTime,
  stopTime: optionalTime,
} as const);
export const optionalText255 = /* @__PURE__ */ freeze({ kind: 'text', max: 255 } as const);
export const GetDiagnosticsResponse = /* @__PURE__ */ freeze({
  fileName: optionalText255,
} as const);
export const CertificateUseEnumType = /* @__PURE__ */ freeze(['CentralSystemRootCertificate', 'ManufacturerRootCertificate'] as const);
export const requiredCertificateUseEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: CertificateUseEnumType, required: true } as const);
export const GetInstalledCertificateIdsRequest = /* @__PURE__ */ freeze({
  certificateType: requiredCertificateUseEnumType,
} as const);
export const optionalListOfCertificateHashDataTypeFrom1 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredCertificateHashDataType, min: 1 } as const);
export const GetInstalledCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'NotFound'] as const);
export const requiredGetInstalledCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: GetInstalledCertificateStatusEnumType, required: true } as const);
export const GetInstalledCertificateIdsResponse = /* @__PURE__ */ freeze({
  certificateHashData: optionalListOfCertificateHashDataTypeFrom1,
  status: requiredGetInstalledCertificateStatusEnumType,
} as const);
export const GetLocalListVersionRequest = /* @__PURE__ */ freeze({} as const);
export const GetLocalListVersionResponse = /* @__PURE__ */ freeze({
  listVersion: requiredInteger,
} as const);
export const requiredText512 = /* @__PURE__ */ freeze({ kind: 'text', max: 512, required: true } as const);
export const LogParametersType = /* @__PURE__ */ freeze({
  remoteLocation: requiredText512,
  oldestTimestamp: optionalTime,
  latestTimestamp: optionalTime,
} as const);
export const requiredLogParametersType = /* @__PURE__ */ freeze({ kind: 'object', table: LogParametersType, required: true } as const);
export const LogEnumType = /* @__PURE__ */ freeze(['DiagnosticsLog', 'SecurityLog'] as const);
export const requiredLogEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: LogEnumType, required: true } as const);
export const GetLogRequest = /* @__PURE__ */ freeze({
  log: requiredLogParametersType,
  logType: requiredLogEnumType,
  requestId: requiredInteger,
  retries: optionalInteger,
  retryInterval: optionalInteger,
} as const);
export const LogStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'AcceptedCanceled'] as const);
export const requiredLogStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: LogStatusEnumType, required: true } as const);
export const GetLogResponse = /* @__PURE__ */ freeze({
  status: requiredLogStatusEnumType,
  filename: optionalText255,
} as const);
export const HeartbeatRequest = /* @__PURE__ */ freeze({} as const);
export const HeartbeatResponse = /* @__PURE__ */ freeze({
  currentTime: requiredTime,
} as const);
export const requiredText5500 = /* @__PURE__ */ freeze({ kind: 'text', max: 5500, required: true } as const);
export const InstallCertificateRequest = /* @__PURE__ */ freeze({
  certificateType: requiredCertificateUseEnumType,
  certificate: requiredText5500,
} as const);
export const InstallCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Failed', 'Rejected'] as const);
export const requiredInstallCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: InstallCertificateStatusEnumType, required: true } as const);
export const InstallCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredInstallCertificateStatusEnumType,
} as const);
export const UploadLogStatusEnumType = /* @__PURE__ */ freeze(['BadMessage', 'Idle', 'NotSupportedOperation', 'PermissionDenied', 'Uploaded', 'UploadFailure', 'Uploading'] as const);
export const requiredUploadLogStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UploadLogStatusEnumType, required: true } as const);
export const LogStatusNotificationRequest = /* @__PURE__ */ freeze({
  status: requiredUploadLogStatusEnumType,
  requestId: optionalInteger,
} as const);
export const LogStatusNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const ReadingContext = /* @__PURE__ */ freeze(['Interruption.Begin', 'Interruption.End', 'Sample.Clock', 'Sample.Periodic', 'Transaction.Begin', 'Transaction.End', 'Trigger', 'Other'] as const);
export const optionalReadingContext = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ReadingContext } as const);
export const ValueFormat = /* @__PURE__ */ freeze(['Raw', 'SignedData'] as const);
export const optionalValueFormat = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ValueFormat } as const);
export const Measurand = /* @__PURE__ */ freeze(['Energy.Active.Export.Register', 'Energy.Active.Import.Register', 'Energy.Reactive.Export.Register', 'Energy.Reactive.Import.Register', 'Energy.Active.Export.Interval', 'Energy.Active.Import.Interval', 'Energy.Reactive.Export.Interval', 'Energy.Reactive.Import.Interval', 'Power.Active.Export', 'Power.Active.Import', 'Power.Offered', 'Power.Reactive.Export', 'Power.Reactive.Import', 'Power.Factor', 'Current.Import', 'Current.Export', 'Current.Offered', 'Voltage', 'Frequency', 'Temperature', 'SoC', 'RPM'] as const);
export const optionalMeasurand = /* @__PURE__ */ freeze({ kind: 'enumeration', values: Measurand } as const);
export const Phase = /* @__PURE__ */ freeze(['L1', 'L2', 'L3', 'N', 'L1-N', 'L2-N', 'L3-N', 'L1-L2', 'L2-L3', 'L3-L1'] as const);
export const optionalPhase = /* @__PURE__ */ freeze({ kind: 'enumeration', values: Phase } as const);
export const Location = /* @__PURE__ */ freeze(['Cable', 'EV', 'Inlet', 'Outlet', 'Body'] as const);
export const optionalLocation = /* @__PURE__ */ freeze({ kind: 'enumeration', values: Location } as const);
export const UnitOfMeasure = /* @__PURE__ */ freeze(['Wh', 'kWh', 'varh', 'kvarh', 'W', 'kW', 'VA', 'kVA', 'var', 'kvar', 'A', 'V', 'K', 'Celcius', 'Celsius', 'Fahrenheit', 'Percent'] as const);
export const optionalUnitOfMeasure = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UnitOfMeasure } as const);
export const SampledValue = /* @__PURE__ */ freeze({
  value: requiredText,
  context: optionalReadingContext,
  format: optionalValueFormat,
  measurand: optionalMeasurand,
  phase: optionalPhase,
  location: optionalLocation,
  unit: optionalUnitOfMeasure,
} as const);
export const requiredSampledValue = /* @__PURE__ */ freeze({ kind: 'object', table: SampledValue, required: true } as const);
export const requiredListOfSampledValue = /* @__PURE__ */ freeze({ kind: 'list', item: requiredSampledValue, required: true } as const);
export const MeterValue = /* @__PURE__ */ freeze({
  timestamp: requiredTime,
  sampledValue: requiredListOfSampledValue,
} as const);
export const requiredMeterValue = /* @__PURE__ */ freeze({ kind: 'object', table: MeterValue, required: true } as const);
export const requiredListOfMeterValue = /* @__PURE__ */ freeze({ kind: 'list', item: requiredMeterValue, required: true } as const);
export const MeterValuesRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  transactionId: optionalInteger,
  meterValue: requiredListOfMeterValue,
} as const);
export const MeterValuesResponse = /* @__PURE__ */ freeze({} as const);
export const requiredChargingProfilePurpose = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingProfilePurpose, required: true } as const);
export const ChargingProfileKind = /* @__PURE__ */ freeze(['Absolute', 'Recurring', 'Relative'] as const);
export const requiredChargingProfileKind = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingProfileKind, required: true } as const);
export const RecurrencyKind = /* @__PURE__ */ freeze(['Daily', 'Weekly'] as const);
export const optionalRecurrencyKind = /* @__PURE__ */ freeze({ kind: 'enumeration', values: RecurrencyKind } as const);
export const requiredChargingSchedule = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingSchedule, required: true } as const);
export const ChargingProfile = /* @__PURE__ */ freeze({
  chargingProfileId: requiredInteger,
  transactionId: optionalInteger,
  stackLevel: requiredInteger,
  chargingProfilePurpose: requiredChargingProfilePurpose,
  chargingProfileKind: requiredChargingProfileKind,
  recurrencyKind: optionalRecurrencyKind,
  validFrom: optionalTime,
  validTo: optionalTime,
  chargingSchedule: requiredChargingSchedule,
} as const);
export const optionalChargingProfile = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingProfile } as const);
export const RemoteStartTransactionRequest = /* @__PURE__ */ freeze({
  connectorId: optionalInteger,
  idTag: requiredText20,
  chargingProfile: optionalChargingProfile,
} as const);
export const RemoteStartStopStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredRemoteStartStopStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: RemoteStartStopStatus, required: true } as const);
export const RemoteStartTransactionResponse = /* @__PURE__ */ freeze({
  status: requiredRemoteStartStopStatus,
} as const);
export const RemoteStopTransactionRequest = /* @__PURE__ */ freeze({
  transactionId: requiredInteger,
} as const);
export const RemoteStopTransactionResponse = /* @__PURE__ */ freeze({
  status: requiredRemoteStartStopStatus,
} as const);
export const ReserveNowRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  expiryDate: requiredTime,
  idTag: requiredText20,
  parentIdTag: optionalText20,
  reservationId: requiredInteger,
} as const);
export const ReservationStatus = /* @__PURE__ */ freeze(['Accepted', 'Faulted', 'Occupied', 'Rejected', 'Unavailable'] as const);
export const requiredReservationStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ReservationStatus, required: true } as const);
export const ReserveNowResponse = /* @__PURE__ */ freeze({
  status: requiredReservationStatus,
} as const);
export const ResetType = /* @__PURE__ */ freeze(['Hard', 'Soft'] as const);
export const requiredResetType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ResetType, required: true } as const);
export const ResetRequest = /* @__PURE__ */ freeze({
  type: requiredResetType,
} as const);
export const ResetStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredResetStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ResetStatus, required: true } as const);
export const ResetResponse = /* @__PURE__ */ freeze({
  status: requiredResetStatus,
} as const);
export const SecurityEventNotificationRequest = /* @__PURE__ */ freeze({
  type: requiredText50,
  timestamp: requiredTime,
  techInfo: optionalText255,
} as const);
export const SecurityEventNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const optionalIdTagInfo = /* @__PURE__ */ freeze({ kind: 'object', table: IdTagInfo } as const);
export const AuthorizationData = /* @__PURE__ */ freeze({
  idTag: requiredText20,
  idTagInfo: optionalIdTagInfo,
} as const);
export const requiredAuthorizationData = /* @__PURE__ */ freeze({ kind: 'object', table: AuthorizationData, required: true } as const);
export const optionalListOfAuthorizationData = /* @__PURE__ */ freeze({ kind: 'list', item: requiredAuthorizationData } as const);
export const UpdateType = /* @__PURE__ */ freeze(['Differential', 'Full'] as const);
export const requiredUpdateType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UpdateType, required: true } as const);
export const SendLocalListRequest = /* @__PURE__ */ freeze({
  listVersion: requiredInteger,
  localAuthorizationList: optionalListOfAuthorizationData,
  updateType: requiredUpdateType,
} as const);
export const UpdateStatus = /* @__PURE__ */ freeze(['Accepted', 'Failed', 'NotSupported', 'VersionMismatch'] as const);
export const requiredUpdateStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UpdateStatus, required: true } as const);
export const SendLocalListResponse = /* @__PURE__ */ freeze({
  status: requiredUpdateStatus,
} as const);
export const requiredChargingProfile = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingProfile, required: true } as const);
export const SetChargingProfileRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  csChargingProfiles: requiredChargingProfile,
} as const);
export const ChargingProfileStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'NotSupported'] as const);
export const requiredChargingProfileStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargingProfileStatus, required: true } as const);
export const SetChargingProfileResponse = /* @__PURE__ */ freeze({
  status: requiredChargingProfileStatus,
} as const);
export const SignCertificateRequest = /* @__PURE__ */ freeze({
  csr: requiredText5500,
} as const);
export const GenericStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Rejected'] as const);
export const requiredGenericStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: GenericStatusEnumType, required: true } as const);
export const SignCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredGenericStatusEnumType,
} as const);
export const FirmwareStatusEnumType = /* @__PURE__ */ freeze(['Downloaded', 'DownloadFailed', 'Downloading', 'DownloadScheduled', 'DownloadPaused', 'Idle', 'InstallationFailed', 'Installing', 'Installed', 'InstallRebooting', 'InstallScheduled', 'InstallVerificationFailed', 'InvalidSignature', 'SignatureVerified'] as const);
export const requiredFirmwareStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: FirmwareStatusEnumType, required: true } as const);
export const SignedFirmwareStatusNotificationRequest = /* @__PURE__ */ freeze({
  status: requiredFirmwareStatusEnumType,
  requestId: optionalInteger,
} as const);
export const SignedFirmwareStatusNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const requiredText800 = /* @__PURE__ */ freeze({ kind: 'text', max: 800, required: true } as const);
export const FirmwareType = /* @__PURE__ */ freeze({
  location: requiredText512,
  retrieveDateTime: requiredTime,
  installDateTime: optionalTime,
  signingCertificate: requiredText5500,
  signature: requiredText800,
} as const);
export const requiredFirmwareType = /* @__PURE__ */ freeze({ kind: 'object', table: FirmwareType, required: true } as const);
export const SignedUpdateFirmwareRequest = /* @__PURE__ */ freeze({
  retries: optionalInteger,
  retryInterval: optionalInteger,
  requestId: requiredInteger,
  firmware: requiredFirmwareType,
} as const);
export const UpdateFirmwareStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'AcceptedCanceled', 'InvalidCertificate', 'RevokedCertificate'] as const);
export const requiredUpdateFirmwareStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UpdateFirmwareStatusEnumType, required: true } as const);
export const SignedUpdateFirmwareResponse = /* @__PURE__ */ freeze({
  status: requiredUpdateFirmwareStatusEnumType,
} as const);
export const StartTransactionRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  idTag: requiredText20,
  meterStart: requiredInteger,
  reservationId: optionalInteger,
  timestamp: requiredTime,
} as const);
export const StartTransactionResponse = /* @__PURE__ */ freeze({
  idTagInfo: requiredIdTagInfo,
  transactionId: requiredInteger,
} as const);
export const ChargePointErrorCode = /* @__PURE__ */ freeze(['ConnectorLockFailure', 'EVCommunicationError', 'GroundFailure', 'HighTemperature', 'InternalError', 'LocalListConflict', 'NoError', 'OtherError', 'OverCurrentFailure', 'PowerMeterFailure', 'PowerSwitchFailure', 'ReaderFailure', 'ResetFailure', 'UnderVoltage', 'OverVoltage', 'WeakSignal'] as const);
export const requiredChargePointErrorCode = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargePointErrorCode, required: true } as const);
export const ChargePointStatus = /* @__PURE__ */ freeze(['Available', 'Preparing', 'Charging', 'SuspendedEVSE', 'SuspendedEV', 'Finishing', 'Reserved', 'Unavailable', 'Faulted'] as const);
export const requiredChargePointStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: ChargePointStatus, required: true } as const);
export const StatusNotificationRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
  errorCode: requiredChargePointErrorCode,
  info: optionalText50,
  status: requiredChargePointStatus,
  timestamp: optionalTime,
  vendorId: optionalText255,
  vendorErrorCode: optionalText50,
} as const);
export const StatusNotificationResponse = /* @__PURE__ */ freeze({} as const);
export const Reason = /* @__PURE__ */ freeze(['EmergencyStop', 'EVDisconnected', 'HardReset', 'Local', 'Other', 'PowerLoss', 'Reboot', 'Remote', 'SoftReset', 'UnlockCommand', 'DeAuthorized'] as const);
export const optionalReason = /* @__PURE__ */ freeze({ kind: 'enumeration', values: Reason } as const);
export const optionalListOfMeterValue = /* @__PURE__ */ freeze({ kind: 'list', item: requiredMeterValue } as const);
export const StopTransactionRequest = /* @__PURE__ */ freeze({
  idTag: optionalText20,
  meterStop: requiredInteger,
  timestamp: requiredTime,
  transactionId: requiredInteger,
  reason: optionalReason,
  transactionData: optionalListOfMeterValue,
} as const);
export const StopTransactionResponse = /* @__PURE__ */ freeze({
  idTagInfo: optionalIdTagInfo,
} as const);
export const MessageTrigger = /* @__PURE__ */ freeze(['BootNotification', 'DiagnosticsStatusNotification', 'FirmwareStatusNotification', 'Heartbeat', 'MeterValues', 'StatusNotification'] as const);
export const requiredMessageTrigger = /* @__PURE__ */ freeze({ kind: 'enumeration', values: MessageTrigger, required: true } as const);
export const TriggerMessageRequest = /* @__PURE__ */ freeze({
  requestedMessage: requiredMessageTrigger,
  connectorId: optionalInteger,
} as const);
export const TriggerMessageStatus = /* @__PURE__ */ freeze(['Accepted', 'Rejected', 'NotImplemented'] as const);
export const requiredTriggerMessageStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: TriggerMessageStatus, required: true } as const);
export const TriggerMessageResponse = /* @__PURE__ */ freeze({
  status: requiredTriggerMessageStatus,
} as const);
export const UnlockConnectorRequest = /* @__PURE__ */ freeze({
  connectorId: requiredInteger,
} as const);
export const UnlockStatus = /* @__PURE__ */ freeze(['Unlocked', 'UnlockFailed', 'NotSupported'] as const);
export const requiredUnlockStatus = /* @__PURE__ */ freeze({ kind: 'enumeration', values: UnlockStatus, required: true } as const);
export const UnlockConnectorResponse = /* @__PURE__ */ freeze({
  status: requiredUnlockStatus,
} as const);
export const UpdateFirmwareRequest = /* @__PURE__ */ freeze({
  location: requiredText,
  retries: optionalInteger,
  retrieveDate: requiredTime,
  retryInterval: optionalInteger,
} as const);
export const UpdateFirmwareResponse = /* @__PURE__ */ freeze({} as const);
export const requiredText36 = /* @__PURE__ */ freeze({ kind: 'text', max: 36, required: true } as const);
export const IdTokenEnumType = /* @__PURE__ */ freeze(['Central', 'eMAID', 'ISO14443', 'ISO15693', 'KeyCode', 'Local', 'MacAddress', 'NoAuthorization'] as const);
export const requiredIdTokenEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: IdTokenEnumType, required: true } as const);
export const IdTokenType = /* @__PURE__ */ freeze({
  idToken: requiredText36,
  type: requiredIdTokenEnumType,
} as const);
export const requiredIdTokenType = /* @__PURE__ */ freeze({ kind: 'object', table: IdTokenType, required: true } as const);
export const optionalText5500 = /* @__PURE__ */ freeze({ kind: 'text', max: 5500 } as const);
export const OCSPRequestDataType = /* @__PURE__ */ freeze({
  hashAlgorithm: requiredHashAlgorithmEnumType,
  issuerNameHash: requiredText128,
  issuerKeyHash: requiredText128,
  serialNumber: requiredText40,
  responderURL: requiredText512,
} as const);
export const requiredOCSPRequestDataType = /* @__PURE__ */ freeze({ kind: 'object', table: OCSPRequestDataType, required: true } as const);
export const optionalListOfOCSPRequestDataTypeFrom1To4 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredOCSPRequestDataType, min: 1, max: 4 } as const);
export const PnCAuthorizeRequest = /* @__PURE__ */ freeze({
  idToken: requiredIdTokenType,
  certificate: optionalText5500,
  iso15118CertificateHashData: optionalListOfOCSPRequestDataTypeFrom1To4,
} as const);
export const AuthorizationStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Blocked', 'ConcurrentTx', 'Expired', 'Invalid', 'NoCredit', 'NotAllowedTypeEVSE', 'NotAtThisLocation', 'NotAtThisTime', 'Unknown'] as const);
export const requiredAuthorizationStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: AuthorizationStatusEnumType, required: true } as const);
export const optionalIdTokenType = /* @__PURE__ */ freeze({ kind: 'object', table: IdTokenType } as const);
export const IdTokenInfoType = /* @__PURE__ */ freeze({
  status: requiredAuthorizationStatusEnumType,
  cacheExpiryDateTime: optionalTime,
  groupIdToken: optionalIdTokenType,
} as const);
export const requiredIdTokenInfoType = /* @__PURE__ */ freeze({ kind: 'object', table: IdTokenInfoType, required: true } as const);
export const AuthorizeCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'SignatureError', 'CertificateExpired', 'CertificateRevoked', 'NoCertificateAvailable', 'CertChainError', 'ContractCancelled'] as const);
export const optionalAuthorizeCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: AuthorizeCertificateStatusEnumType } as const);
export const PnCAuthorizeResponse = /* @__PURE__ */ freeze({
  idTokenInfo: requiredIdTokenInfoType,
  certificateStatus: optionalAuthorizeCertificateStatusEnumType,
} as const);
export const CertificateSigningUseEnumType = /* @__PURE__ */ freeze(['ChargingStationCertificate', 'V2GCertificate'] as const);
export const optionalCertificateSigningUseEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: CertificateSigningUseEnumType } as const);
export const PnCCertificateSignedRequest = /* @__PURE__ */ freeze({
  certificateChain: requiredText10000,
  certificateType: optionalCertificateSigningUseEnumType,
} as const);
export const PnCCertificateSignedResponse = /* @__PURE__ */ freeze({
  status: requiredCertificateSignedStatusEnumType,
} as const);
export const PnCDeleteCertificateRequest = /* @__PURE__ */ freeze({
  certificateHashData: requiredCertificateHashDataType,
} as const);
export const PnCDeleteCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredDeleteCertificateStatusEnumType,
} as const);
export const CertificateActionEnumType = /* @__PURE__ */ freeze(['Install', 'Update'] as const);
export const requiredCertificateActionEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: CertificateActionEnumType, required: true } as const);
export const requiredText5600 = /* @__PURE__ */ freeze({ kind: 'text', max: 5600, required: true } as const);
export const PnCGet15118EVCertificateRequest = /* @__PURE__ */ freeze({
  iso15118SchemaVersion: requiredText50,
  action: requiredCertificateActionEnumType,
  exiRequest: requiredText5600,
} as const);
export const Iso15118EVCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Failed'] as const);
export const requiredIso15118EVCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: Iso15118EVCertificateStatusEnumType, required: true } as const);
export const PnCGet15118EVCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredIso15118EVCertificateStatusEnumType,
  exiResponse: requiredText5600,
} as const);
export const PnCGetCertificateStatusRequest = /* @__PURE__ */ freeze({
  ocspRequestData: requiredOCSPRequestDataType,
} as const);
export const GetCertificateStatusEnumType = /* @__PURE__ */ freeze(['Accepted', 'Failed'] as const);
export const requiredGetCertificateStatusEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: GetCertificateStatusEnumType, required: true } as const);
export const PnCGetCertificateStatusResponse = /* @__PURE__ */ freeze({
  status: requiredGetCertificateStatusEnumType,
  ocspResult: optionalText5500,
} as const);
export const GetCertificateIdUseEnumType = /* @__PURE__ */ freeze(['V2GRootCertificate', 'MORootCertificate', 'CSMSRootCertificate', 'V2GCertificateChain', 'ManufacturerRootCertificate'] as const);
export const requiredGetCertificateIdUseEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: GetCertificateIdUseEnumType, required: true } as const);
export const optionalListOfGetCertificateIdUseEnumTypeFrom1 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredGetCertificateIdUseEnumType, min: 1 } as const);
export const PnCGetInstalledCertificateIdsRequest = /* @__PURE__ */ freeze({
  certificateType: optionalListOfGetCertificateIdUseEnumTypeFrom1,
} as const);
export const optionalListOfCertificateHashDataTypeFrom1To4 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredCertificateHashDataType, min: 1, max: 4 } as const);
export const CertificateHashDataChainType = /* @__PURE__ */ freeze({
  certificateType: requiredGetCertificateIdUseEnumType,
  certificateHashData: requiredCertificateHashDataType,
  childCertificateHashData: optionalListOfCertificateHashDataTypeFrom1To4,
} as const);
export const requiredCertificateHashDataChainType = /* @__PURE__ */ freeze({ kind: 'object', table: CertificateHashDataChainType, required: true } as const);
export const optionalListOfCertificateHashDataChainTypeFrom1 = /* @__PURE__ */ freeze({ kind: 'list', item: requiredCertificateHashDataChainType, min: 1 } as const);
export const PnCGetInstalledCertificateIdsResponse = /* @__PURE__ */ freeze({
  status: requiredGetInstalledCertificateStatusEnumType,
  certificateHashDataChain: optionalListOfCertificateHashDataChainTypeFrom1,
} as const);
export const InstallCertificateUseEnumType = /* @__PURE__ */ freeze(['V2GRootCertificate', 'MORootCertificate', 'CSMSRootCertificate', 'ManufacturerRootCertificate'] as const);
export const requiredInstallCertificateUseEnumType = /* @__PURE__ */ freeze({ kind: 'enumeration', values: InstallCertificateUseEnumType, required: true } as const);
export const PnCInstallCertificateRequest = /* @__PURE__ */ freeze({
  certificateType: requiredInstallCertificateUseEnumType,
  certificate: requiredText5500,
} as const);
export const PnCInstallCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredInstallCertificateStatusEnumType,
} as const);
export const PnCSignCertificateRequest = /* @__PURE__ */ freeze({
  csr: requiredText5500,
  certificateType: optionalCertificateSigningUseEnumType,
} as const);
export const PnCSignCertificateResponse = /* @__PURE__ */ freeze({
  status: requiredGenericStatusEnumType,
} as const);
export const PnCTriggerMessageRequest = /* @__PURE__ */ freeze({
  requestedMessage: requiredText,
} as const);
export const PnCTriggerMessageResponse = /* @__PURE__ */ freeze({
  status: requiredTriggerMessageStatusEnumType,
} as const);
export const PriceText = /* @__PURE__ */ freeze({
  format: optionalText,
  language: optionalText,
  content: requiredText,
} as const);
export const requiredPriceText = /* @__PURE__ */ freeze({ kind: 'object', table: PriceText, required: true } as const);
export const optionalListOfPriceText = /* @__PURE__ */ freeze({ kind: 'list', item: requiredPriceText } as const);
export const SetUserPriceRequest = /* @__PURE__ */ freeze({
  idToken: requiredText,
  priceText: optionalText,
  priceTextExtra: optionalListOfPriceText,
} as const);
export const requiredAnything = /* @__PURE__ */ freeze({ kind: 'anything', required: true } as const);
export const optionalNumber = /* @__PURE__ */ freeze({ kind: 'number' } as const);
export const requiredNumber = /* @__PURE__ */ freeze({ kind: 'number', required: true } as const);
export const ChargingPrice = /* @__PURE__ */ freeze({
  kWhPrice: optionalNumber,
  hourPrice: optionalNumber,
  flatFee: optionalNumber,
} as const);
export const optionalChargingPrice = /* @__PURE__ */ freeze({ kind: 'object', table: ChargingPrice } as const);
export const IdlePrice = /* @__PURE__ */ freeze({
  graceMinutes: optionalNumber,
  hourPrice: optionalNumber,
} as const);
export const optionalIdlePrice = /* @__PURE__ */ freeze({ kind: 'object', table: IdlePrice } as const);
export const NextPeriod = /* @__PURE__ */ freeze({
  atTime: requiredTime,
  chargingPrice: optionalChargingPrice,
  idlePrice: optionalIdlePrice,
} as const);
export const optionalNextPeriod = /* @__PURE__ */ freeze({ kind: 'object', table: NextPeriod } as const);
export const optionalListOfText = /* @__PURE__ */ freeze({ kind: 'list', item: requiredText } as const);
export const TriggerMeterValue = /* @__PURE__ */ freeze({
  atTime: optionalTime,
  atEnergykWh: optionalNumber,
  atPowerkW: optionalNumber,
  atCPStatus: optionalListOfText,
} as const);
export const optionalTriggerMeterValue = /* @__PURE__ */ freeze({ kind: 'object', table: TriggerMeterValue } as const);
export const SessionCost = /* @__PURE__ */ freeze({
  transactionId: requiredAnything,
  timestamp: optionalTime,
  meterValue: optionalNumber,
  cost: requiredNumber,
  state: optionalText,
  chargingPrice: optionalChargingPrice,
  idlePrice: optionalIdlePrice,
  nextPeriod: optionalNextPeriod,
  priceText: optionalText,
  priceTextExtra: optionalListOfPriceText,
  qrCodeText: optionalText,
  triggerMeterValue: optionalTriggerMeterValue,
} as const);
export const DefaultPrice = /* @__PURE__ */ freeze({
  priceText: requiredText,
  priceTextOffline: optionalText,
  chargingPrice: optionalChargingPrice,
} as const);
export const DefaultPriceText = /* @__PURE__ */ freeze({
  priceText: requiredText,
  priceTextOffline: optionalText,
} as const);

/** The requests that a central system may send. `list` is the way to the list that is read through a cursor. */
export const received = /* @__PURE__ */ freeze([
  { action: 'ChangeAvailability', profile: 'Core', table: ChangeAvailabilityRequest, names: ['connectorId', 'type'] },
  { action: 'ChangeConfiguration', profile: 'Core', table: ChangeConfigurationRequest, names: ['key', 'value'] },
  { action: 'ClearCache', profile: 'Core', table: ClearCacheRequest, names: [] },
  { action: 'DataTransfer', profile: 'Core', table: DataTransferRequest, names: ['vendorId', 'messageId', 'data'] },
  { action: 'GetConfiguration', profile: 'Core', table: GetConfigurationRequest, names: ['key'], list: ['key'], itemNames: [] },
  { action: 'RemoteStartTransaction', profile: 'Core', table: RemoteStartTransactionRequest, names: ['connectorId', 'idTag', 'chargingProfile', 'chargingProfileId', 'transactionId', 'stackLevel', 'chargingProfilePurpose', 'chargingProfileKind', 'recurrencyKind', 'validFrom', 'validTo', 'chargingSchedule', 'duration', 'startSchedule', 'chargingRateUnit', 'chargingSchedulePeriod', 'startPeriod', 'limit', 'numberPhases', 'minChargingRate'], list: ['chargingProfile', 'chargingSchedule', 'chargingSchedulePeriod'], itemNames: ['startPeriod', 'limit', 'numberPhases'] },
  { action: 'RemoteStopTransaction', profile: 'Core', table: RemoteStopTransactionRequest, names: ['transactionId'] },
  { action: 'Reset', profile: 'Core', table: ResetRequest, names: ['type'] },
  { action: 'UnlockConnector', profile: 'Core', table: UnlockConnectorRequest, names: ['connectorId'] },
  { action: 'GetDiagnostics', profile: 'FirmwareManagement', table: GetDiagnosticsRequest, names: ['location', 'retries', 'retryInterval', 'startTime', 'stopTime'] },
  { action: 'UpdateFirmware', profile: 'FirmwareManagement', table: UpdateFirmwareRequest, names: ['location', 'retries', 'retrieveDate', 'retryInterval'] },
  { action: 'GetLocalListVersion', profile: 'LocalAuthListManagement', table: GetLocalListVersionRequest, names: [] },
  { action: 'SendLocalList', profile: 'LocalAuthListManagement', table: SendLocalListRequest, names: ['listVersion', 'localAuthorizationList', 'idTag', 'idTagInfo', 'expiryDate', 'parentIdTag', 'status', 'updateType'], list: ['localAuthorizationList'], itemNames: ['idTag', 'idTagInfo', 'expiryDate', 'parentIdTag', 'status'] },
  { action: 'CancelReservation', profile: 'Reservation', table: CancelReservationRequest, names: ['reservationId'] },
  { action: 'ReserveNow', profile: 'Reservation', table: ReserveNowRequest, names: ['connectorId', 'expiryDate', 'idTag', 'parentIdTag', 'reservationId'] },
  { action: 'ClearChargingProfile', profile: 'SmartCharging', table: ClearChargingProfileRequest, names: ['id', 'connectorId', 'chargingProfilePurpose', 'stackLevel'] },
  { action: 'GetCompositeSchedule', profile: 'SmartCharging', table: GetCompositeScheduleRequest, names: ['connectorId', 'duration', 'chargingRateUnit'] },
  { action: 'SetChargingProfile', profile: 'SmartCharging', table: SetChargingProfileRequest, names: ['connectorId', 'csChargingProfiles', 'chargingProfileId', 'transactionId', 'stackLevel', 'chargingProfilePurpose', 'chargingProfileKind', 'recurrencyKind', 'validFrom', 'validTo', 'chargingSchedule', 'duration', 'startSchedule', 'chargingRateUnit', 'chargingSchedulePeriod', 'startPeriod', 'limit', 'numberPhases', 'minChargingRate'], list: ['csChargingProfiles', 'chargingSchedule', 'chargingSchedulePeriod'], itemNames: ['startPeriod', 'limit', 'numberPhases'] },
  { action: 'TriggerMessage', profile: 'RemoteTrigger', table: TriggerMessageRequest, names: ['requestedMessage', 'connectorId'] },
  { action: 'CertificateSigned', profile: 'Security', table: CertificateSignedRequest, names: ['certificateChain'] },
  { action: 'DeleteCertificate', profile: 'Security', table: DeleteCertificateRequest, names: ['certificateHashData', 'hashAlgorithm', 'issuerNameHash', 'issuerKeyHash', 'serialNumber'] },
  { action: 'ExtendedTriggerMessage', profile: 'Security', table: ExtendedTriggerMessageRequest, names: ['requestedMessage', 'connectorId'] },
  { action: 'GetInstalledCertificateIds', profile: 'Security', table: GetInstalledCertificateIdsRequest, names: ['certificateType'] },
  { action: 'GetLog', profile: 'Security', table: GetLogRequest, names: ['log', 'remoteLocation', 'oldestTimestamp', 'latestTimestamp', 'logType', 'requestId', 'retries', 'retryInterval'] },
  { action: 'InstallCertificate', profile: 'Security', table: InstallCertificateRequest, names: ['certificateType', 'certificate'] },
  { action: 'SignedUpdateFirmware', profile: 'Security', table: SignedUpdateFirmwareRequest, names: ['retries', 'retryInterval', 'requestId', 'firmware', 'location', 'retrieveDateTime', 'installDateTime', 'signingCertificate', 'signature'] },
] as const);

/** The requests that a station sends, with the field names of their answers. */
export const sent = /* @__PURE__ */ freeze([
  { action: 'Authorize', names: ['idTagInfo', 'expiryDate', 'parentIdTag', 'status'] },
  { action: 'BootNotification', names: ['status', 'currentTime', 'interval'] },
  { action: 'DataTransfer', names: ['status', 'data'] },
  { action: 'DiagnosticsStatusNotification', names: [] },
  { action: 'FirmwareStatusNotification', names: [] },
  { action: 'Heartbeat', names: ['currentTime'] },
  { action: 'LogStatusNotification', names: [] },
  { action: 'MeterValues', names: [] },
  { action: 'SecurityEventNotification', names: [] },
  { action: 'SignCertificate', names: ['status'] },
  { action: 'SignedFirmwareStatusNotification', names: [] },
  { action: 'StartTransaction', names: ['idTagInfo', 'expiryDate', 'parentIdTag', 'status', 'transactionId'] },
  { action: 'StatusNotification', names: [] },
  { action: 'StopTransaction', names: ['idTagInfo', 'expiryDate', 'parentIdTag', 'status'] },
] as const);

/** Plug & Charge: what a central system asks in DataTransfer. */
export const plugAndChargeReceived = /* @__PURE__ */ freeze([
  { messageId: 'CertificateSigned', table: PnCCertificateSignedRequest, names: ['certificateChain', 'certificateType'] },
  { messageId: 'DeleteCertificate', table: PnCDeleteCertificateRequest, names: ['certificateHashData', 'hashAlgorithm', 'issuerNameHash', 'issuerKeyHash', 'serialNumber'] },
  { messageId: 'GetInstalledCertificateIds', table: PnCGetInstalledCertificateIdsRequest, names: ['certificateType'] },
  { messageId: 'InstallCertificate', table: PnCInstallCertificateRequest, names: ['certificateType', 'certificate'] },
  { messageId: 'TriggerMessage', table: PnCTriggerMessageRequest, names: ['requestedMessage'] },
] as const);

/** Plug & Charge: the answers to what a station asks in DataTransfer. */
export const plugAndChargeAnswers = /* @__PURE__ */ freeze([
  { messageId: 'Authorize', table: PnCAuthorizeResponse, names: ['idTokenInfo', 'status', 'cacheExpiryDateTime', 'groupIdToken', 'idToken', 'type', 'certificateStatus'] },
  { messageId: 'Get15118EVCertificate', table: PnCGet15118EVCertificateResponse, names: ['status', 'exiResponse'] },
  { messageId: 'GetCertificateStatus', table: PnCGetCertificateStatusResponse, names: ['status', 'ocspResult'] },
  { messageId: 'SignCertificate', table: PnCSignCertificateResponse, names: ['status'] },
] as const);

/** California pricing: what a central system asks in DataTransfer. */
export const pricingReceived = /* @__PURE__ */ freeze([
  { messageId: 'SetUserPrice', table: SetUserPriceRequest, names: ['idToken', 'priceText', 'priceTextExtra', 'format', 'language', 'content'] },
  { messageId: 'RunningCost', table: SessionCost, names: ['transactionId', 'timestamp', 'meterValue', 'cost', 'state', 'chargingPrice', 'kWhPrice', 'hourPrice', 'flatFee', 'idlePrice', 'graceMinutes', 'nextPeriod', 'atTime', 'priceText', 'priceTextExtra', 'format', 'language', 'content', 'qrCodeText', 'triggerMeterValue', 'atEnergykWh', 'atPowerkW', 'atCPStatus'] },
  { messageId: 'FinalCost', table: SessionCost, names: ['transactionId', 'timestamp', 'meterValue', 'cost', 'state', 'chargingPrice', 'kWhPrice', 'hourPrice', 'flatFee', 'idlePrice', 'graceMinutes', 'nextPeriod', 'atTime', 'priceText', 'priceTextExtra', 'format', 'language', 'content', 'qrCodeText', 'triggerMeterValue', 'atEnergykWh', 'atPowerkW', 'atCPStatus'] },
] as const);

/** California pricing: settings whose value is JSON text. */
export const pricingSettings = /* @__PURE__ */ freeze([
  { messageId: 'DefaultPrice', table: DefaultPrice, names: ['priceText', 'priceTextOffline', 'chargingPrice', 'kWhPrice', 'hourPrice', 'flatFee'] },
  { messageId: 'DefaultPriceText', table: DefaultPriceText, names: ['priceText', 'priceTextOffline'] },
] as const);

export interface RequestTables {
  Authorize: typeof AuthorizeRequest;
  BootNotification: typeof BootNotificationRequest;
  CancelReservation: typeof CancelReservationRequest;
  CertificateSigned: typeof CertificateSignedRequest;
  ChangeAvailability: typeof ChangeAvailabilityRequest;
  ChangeConfiguration: typeof ChangeConfigurationRequest;
  ClearCache: typeof ClearCacheRequest;
  ClearChargingProfile: typeof ClearChargingProfileRequest;
  DataTransfer: typeof DataTransferRequest;
  DeleteCertificate: typeof DeleteCertificateRequest;
  DiagnosticsStatusNotification: typeof DiagnosticsStatusNotificationRequest;
  ExtendedTriggerMessage: typeof ExtendedTriggerMessageRequest;
  FirmwareStatusNotification: typeof FirmwareStatusNotificationRequest;
  GetCompositeSchedule: typeof GetCompositeScheduleRequest;
  GetConfiguration: typeof GetConfigurationRequest;
  GetDiagnostics: typeof GetDiagnosticsRequest;
  GetInstalledCertificateIds: typeof GetInstalledCertificateIdsRequest;
  GetLocalListVersion: typeof GetLocalListVersionRequest;
  GetLog: typeof GetLogRequest;
  Heartbeat: typeof HeartbeatRequest;
  InstallCertificate: typeof InstallCertificateRequest;
  LogStatusNotification: typeof LogStatusNotificationRequest;
  MeterValues: typeof MeterValuesRequest;
  RemoteStartTransaction: typeof RemoteStartTransactionRequest;
  RemoteStopTransaction: typeof RemoteStopTransactionRequest;
  ReserveNow: typeof ReserveNowRequest;
  Reset: typeof ResetRequest;
  SecurityEventNotification: typeof SecurityEventNotificationRequest;
  SendLocalList: typeof SendLocalListRequest;
  SetChargingProfile: typeof SetChargingProfileRequest;
  SignCertificate: typeof SignCertificateRequest;
  SignedFirmwareStatusNotification: typeof SignedFirmwareStatusNotificationRequest;
  SignedUpdateFirmware: typeof SignedUpdateFirmwareRequest;
  StartTransaction: typeof StartTransactionRequest;
  StatusNotification: typeof StatusNotificationRequest;
  StopTransaction: typeof StopTransactionRequest;
  TriggerMessage: typeof TriggerMessageRequest;
  UnlockConnector: typeof UnlockConnectorRequest;
  UpdateFirmware: typeof UpdateFirmwareRequest;
}

export interface ResponseTables {
  Authorize: typeof AuthorizeResponse;
  BootNotification: typeof BootNotificationResponse;
  CancelReservation: typeof CancelReservationResponse;
  CertificateSigned: typeof CertificateSignedResponse;
  ChangeAvailability: typeof ChangeAvailabilityResponse;
  ChangeConfiguration: typeof ChangeConfigurationResponse;
  ClearCache: typeof ClearCacheResponse;
  ClearChargingProfile: typeof ClearChargingProfileResponse;
  DataTransfer: typeof DataTransferResponse;
  DeleteCertificate: typeof DeleteCertificateResponse;
  DiagnosticsStatusNotification: typeof DiagnosticsStatusNotificationResponse;
  ExtendedTriggerMessage: typeof ExtendedTriggerMessageResponse;
  FirmwareStatusNotification: typeof FirmwareStatusNotificationResponse;
  GetCompositeSchedule: typeof GetCompositeScheduleResponse;
  GetConfiguration: typeof GetConfigurationResponse;
  GetDiagnostics: typeof GetDiagnosticsResponse;
  GetInstalledCertificateIds: typeof GetInstalledCertificateIdsResponse;
  GetLocalListVersion: typeof GetLocalListVersionResponse;
  GetLog: typeof GetLogResponse;
  Heartbeat: typeof HeartbeatResponse;
  InstallCertificate: typeof InstallCertificateResponse;
  LogStatusNotification: typeof LogStatusNotificationResponse;
  MeterValues: typeof MeterValuesResponse;
  RemoteStartTransaction: typeof RemoteStartTransactionResponse;
  RemoteStopTransaction: typeof RemoteStopTransactionResponse;
  ReserveNow: typeof ReserveNowResponse;
  Reset: typeof ResetResponse;
  SecurityEventNotification: typeof SecurityEventNotificationResponse;
  SendLocalList: typeof SendLocalListResponse;
  SetChargingProfile: typeof SetChargingProfileResponse;
  SignCertificate: typeof SignCertificateResponse;
  SignedFirmwareStatusNotification: typeof SignedFirmwareStatusNotificationResponse;
  SignedUpdateFirmware: typeof SignedUpdateFirmwareResponse;
  StartTransaction: typeof StartTransactionResponse;
  StatusNotification: typeof StatusNotificationResponse;
  StopTransaction: typeof StopTransactionResponse;
  TriggerMessage: typeof TriggerMessageResponse;
  UnlockConnector: typeof UnlockConnectorResponse;
  UpdateFirmware: typeof UpdateFirmwareResponse;
}
