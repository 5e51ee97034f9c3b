/** One row per configuration key: its type, default, access, limits, and the function without which it does not exist. */

import { freeze } from '../freeze.ts';

/** What a station may lack. The feature profiles are among them. */
export type Feature =
  | 'cache'
  | 'firmware'
  | 'fixedCable'
  | 'lights'
  | 'localList'
  | 'plugAndCharge'
  | 'pricing'
  | 'remoteTrigger'
  | 'reservation'
  | 'security'
  | 'signedMeterValues'
  | 'smartCharging';

export interface Row {
  readonly key: string;
  /**
   * `names`: list of names. `measurands`: list of measurands, each with an optional phase. `rotations`: list of `connector.rotation`.
   * `one`: one of `items`. `price`: JSON text with `priceText`. `offset`: `+01:00`. `secret`: AuthorizationKey.
   */
  readonly type:
    | 'boolean'
    | 'integer'
    | 'text'
    | 'names'
    | 'measurands'
    | 'rotations'
    | 'one'
    | 'price'
    | 'offset'
    | 'dateTime'
    | 'language'
    | 'url'
    | 'secret';
  /** '' is an unset text or an empty list. */
  readonly default: boolean | number | string;
  /** W: written, never read. */
  readonly access: 'R' | 'RW' | 'W';
  /** Of an integer its range (absent: 0 to 2,147,483,647), of a text its length in code points (absent: 0 to 500; '' unsets it, unless `min` is 1). */
  readonly min?: number;
  readonly max?: number;
  /** Names that an item may be; absent: any. `itemMin`, `itemMax`: length of an item in code points (absent: 1 to 500). */
  readonly items?: readonly string[];
  readonly itemMin?: number;
  readonly itemMax?: number;
  /** The key that says how many items the list may have. */
  readonly limit?: string;
  /** A list of measurands as it is held in RAM: two characters an item. Belongs to `default`. */
  readonly pairs?: string;
  readonly feature?: Feature;
  /** The value follows from the station; `default` has no meaning. */
  readonly computed?: true;
  /**
   * What the key limits comes in one message: bytes of the message around it, and of one item, at their longest. The value never exceeds what
   * fits the host's `maxMessageBytes`, the factory's neither (protocol.md section 2).
   */
  readonly fits?: readonly [frame: number, item: number];
  /** Not configured it is what the description of the board says; `default` where that says nothing. */
  readonly board?: true;
  /** The change takes effect at the next boot. */
  readonly reboot?: true;
  /** Kept and put in force by connection.ts. */
  readonly deferred?: true;
  /** The name of the key goes on: `MeterPublicKey1`, `DefaultPriceText,de`. */
  readonly indexed?: true;
}

const profileNames = /* @__PURE__ */ freeze([
  'Core',
  'FirmwareManagement',
  'LocalAuthListManagement',
  'Reservation',
  'SmartCharging',
  'RemoteTrigger',
] as const);
const protocols = /* @__PURE__ */ freeze(['FTP', 'FTPS', 'HTTP', 'HTTPS'] as const);
const rateUnits = /* @__PURE__ */ freeze(['Current', 'Power'] as const);
const purposes = /* @__PURE__ */ freeze(['ChargePointMaxProfile', 'TxDefaultProfile', 'TxProfile'] as const);
const publicKeyUses = /* @__PURE__ */ freeze(['Never', 'OncePerTransaction', 'EveryMeterValue'] as const);

/** The feature profiles that a station may lack, and the feature behind each. */
export const profiles = /* @__PURE__ */ freeze([
  { name: 'FirmwareManagement', feature: 'firmware' },
  { name: 'LocalAuthListManagement', feature: 'localList' },
  { name: 'Reservation', feature: 'reservation' },
  { name: 'SmartCharging', feature: 'smartCharging' },
  { name: 'RemoteTrigger', feature: 'remoteTrigger' },
] as const);

/** Without these no station can start (1.6 4.2). */
export const demanded = /* @__PURE__ */ freeze(['ChargePointVendor', 'ChargePointModel', 'ChargePointId', 'CentralSystemURI'] as const);

/** Rotations of the phases R, S and T (1.6 9.1.7). */
export const rotations = /* @__PURE__ */ freeze(['NotApplicable', 'Unknown', 'RST', 'RTS', 'SRT', 'STR', 'TRS', 'TSR'] as const);

/**
 * What an item costs in a message that was written without blanks: texts at their longest (characters of one byte), integers of 11 digits and
 * dates of 35; the id of the message has 36 characters. test/settings/limits.test.ts sends each of them.
 */
const fitting = /* @__PURE__ */ freeze({
  /** GetConfiguration: a key of 50 characters. */
  keys: [80, 53],
  /** SendLocalList: idTag and parentIdTag of 20 characters, expiryDate, ConcurrentTx. */
  localList: [160, 159],
  /** RemoteStartTransaction with a chargingProfile, which is longer than SetChargingProfile: startPeriod, limit with one digit behind the point, numberPhases. */
  periods: [640, 63],
  /** CertificateSigned within DataTransfer: a line of 64 characters ends with two more, which are six of JSON text within JSON text. */
  chain: [340, 1.07],
} as const);

/** Rows are only ever appended: the position of a row is the name of its value in flash. */
export const rows = /* @__PURE__ */ freeze([
  // Core (1.6 9.1)
  { key: 'AllowOfflineTxForUnknownId', type: 'boolean', default: false, access: 'RW' },
  { key: 'AuthorizationCacheEnabled', type: 'boolean', default: false, access: 'RW', feature: 'cache' },
  { key: 'AuthorizeRemoteTxRequests', type: 'boolean', default: true, access: 'RW' },
  { key: 'BlinkRepeat', type: 'integer', default: 0, access: 'RW', feature: 'lights' },
  { key: 'ClockAlignedDataInterval', type: 'integer', default: 0, access: 'RW' },
  { key: 'ConnectionTimeOut', type: 'integer', default: 60, access: 'RW' },
  { key: 'ConnectorPhaseRotation', type: 'rotations', default: '', access: 'RW', computed: true, limit: 'ConnectorPhaseRotationMaxLength' },
  { key: 'ConnectorPhaseRotationMaxLength', type: 'integer', default: 0, access: 'R', computed: true },
  { key: 'GetConfigurationMaxKeys', type: 'integer', default: 64, access: 'R', min: 1, fits: fitting.keys },
  { key: 'HeartbeatInterval', type: 'integer', default: 300, access: 'RW' },
  { key: 'LightIntensity', type: 'integer', default: 100, access: 'RW', max: 100, feature: 'lights' },
  { key: 'LocalAuthorizeOffline', type: 'boolean', default: true, access: 'RW' },
  { key: 'LocalPreAuthorize', type: 'boolean', default: false, access: 'RW' },
  { key: 'MaxEnergyOnInvalidId', type: 'integer', default: 0, access: 'RW' },
  { key: 'MeterValuesAlignedData', type: 'measurands', default: '', access: 'RW', limit: 'MeterValuesAlignedDataMaxLength' },
  { key: 'MeterValuesAlignedDataMaxLength', type: 'integer', default: 20, access: 'R', min: 1 },
  {
    key: 'MeterValuesSampledData',
    type: 'measurands',
    default: 'Energy.Active.Import.Register',
    access: 'RW',
    pairs: 'B0',
    limit: 'MeterValuesSampledDataMaxLength',
  },
  { key: 'MeterValuesSampledDataMaxLength', type: 'integer', default: 20, access: 'R', min: 1 },
  { key: 'MeterValueSampleInterval', type: 'integer', default: 60, access: 'RW' },
  { key: 'MinimumStatusDuration', type: 'integer', default: 0, access: 'RW' },
  { key: 'NumberOfConnectors', type: 'integer', default: 0, access: 'R', computed: true },
  { key: 'ResetRetries', type: 'integer', default: 1, access: 'RW', max: 100 },
  { key: 'StopTransactionOnEVSideDisconnect', type: 'boolean', default: true, access: 'RW' },
  { key: 'StopTransactionOnInvalidId', type: 'boolean', default: true, access: 'RW' },
  { key: 'StopTxnAlignedData', type: 'measurands', default: '', access: 'RW', limit: 'StopTxnAlignedDataMaxLength' },
  { key: 'StopTxnAlignedDataMaxLength', type: 'integer', default: 20, access: 'R', min: 1 },
  { key: 'StopTxnSampledData', type: 'measurands', default: '', access: 'RW', limit: 'StopTxnSampledDataMaxLength' },
  { key: 'StopTxnSampledDataMaxLength', type: 'integer', default: 20, access: 'R', min: 1 },
  { key: 'SupportedFeatureProfiles', type: 'names', default: '', access: 'R', computed: true, items: profileNames },
  { key: 'SupportedFeatureProfilesMaxLength', type: 'integer', default: 6, access: 'R' },
  { key: 'TransactionMessageAttempts', type: 'integer', default: 3, access: 'RW' },
  { key: 'TransactionMessageRetryInterval', type: 'integer', default: 60, access: 'RW' },
  { key: 'UnlockConnectorOnEVSideDisconnect', type: 'boolean', default: true, access: 'RW' },
  { key: 'WebSocketPingInterval', type: 'integer', default: 54, access: 'RW' },
  // Errata 3.83, 3.91
  { key: 'MessageTimeout', type: 'integer', default: 30, access: 'RW', min: 1 },
  { key: 'StopTransactionMaxMeterValues', type: 'integer', default: 200, access: 'R', min: 2 },
  // Firmware Management (errata 3.90)
  { key: 'SupportedFileTransferProtocols', type: 'names', default: 'HTTP,HTTPS', access: 'R', items: protocols, feature: 'firmware' },
  // Local Auth List Management (1.6 9.2)
  { key: 'LocalAuthListEnabled', type: 'boolean', default: true, access: 'RW', feature: 'localList' },
  { key: 'LocalAuthListMaxLength', type: 'integer', default: 0, access: 'R', computed: true, feature: 'localList' },
  { key: 'SendLocalListMaxLength', type: 'integer', default: 48, access: 'R', min: 1, fits: fitting.localList, feature: 'localList' },
  // Reservation (1.6 9.3)
  { key: 'ReserveConnectorZeroSupported', type: 'boolean', default: true, access: 'R', feature: 'reservation' },
  // Smart Charging (1.6 9.4, errata 3.88)
  { key: 'ChargeProfileMaxStackLevel', type: 'integer', default: 10, access: 'R', feature: 'smartCharging' },
  {
    key: 'ChargingScheduleAllowedChargingRateUnit',
    type: 'names',
    default: 'Current,Power',
    access: 'R',
    items: rateUnits,
    feature: 'smartCharging',
  },
  {
    key: 'ChargingScheduleMaxPeriods',
    type: 'integer',
    default: 200,
    access: 'R',
    min: 1,
    fits: fitting.periods,
    feature: 'smartCharging',
  },
  { key: 'ConnectorSwitch3to1PhaseSupported', type: 'boolean', default: false, access: 'R', feature: 'smartCharging' },
  { key: 'MaxChargingProfilesInstalled', type: 'integer', default: 20, access: 'R', min: 1, feature: 'smartCharging' },
  // Security (whitepaper 7)
  { key: 'AdditionalRootCertificateCheck', type: 'boolean', default: false, access: 'R', feature: 'security' },
  { key: 'AuthorizationKey', type: 'secret', default: '', access: 'W', min: 16, max: 40, deferred: true },
  {
    key: 'CertificateSignedMaxChainSize',
    type: 'integer',
    default: 7500,
    access: 'R',
    min: 1,
    max: 10_000,
    fits: fitting.chain,
    feature: 'security',
  },
  { key: 'CertificateStoreMaxLength', type: 'integer', default: 10, access: 'R', min: 1, feature: 'security' },
  { key: 'CpoName', type: 'text', default: '', access: 'RW', max: 64, feature: 'security' },
  { key: 'SecurityProfile', type: 'integer', default: 0, access: 'RW', max: 3, computed: true, deferred: true },
  { key: 'DisableSecurityEventNotifications', type: 'boolean', default: false, access: 'RW', feature: 'security' },
  // Plug & Charge (application note 9)
  { key: 'CentralContractValidationAllowed', type: 'boolean', default: true, access: 'RW', feature: 'plugAndCharge' },
  { key: 'CertSigningWaitMinimum', type: 'integer', default: 30, access: 'RW', min: 1, feature: 'security' },
  { key: 'CertSigningRepeatTimes', type: 'integer', default: 3, access: 'RW', max: 30, feature: 'security' },
  { key: 'ContractValidationOffline', type: 'boolean', default: true, access: 'RW', feature: 'plugAndCharge' },
  { key: 'ISO15118PnCEnabled', type: 'boolean', default: false, access: 'RW', feature: 'plugAndCharge' },
  { key: 'ISO15118CertificateManagementEnabled', type: 'boolean', default: false, access: 'RW', feature: 'plugAndCharge' },
  { key: 'ConnectorEvseIds', type: 'names', default: '', access: 'RW', itemMin: 7, itemMax: 37, feature: 'plugAndCharge' },
  { key: 'SeccLeafSubjectCommonName', type: 'text', default: '', access: 'RW', min: 7, max: 64, feature: 'plugAndCharge' },
  { key: 'SeccLeafSubjectCountry', type: 'text', default: '', access: 'RW', min: 2, max: 2, feature: 'plugAndCharge' },
  { key: 'SeccLeafSubjectOrganization', type: 'text', default: '', access: 'RW', max: 64, feature: 'plugAndCharge' },
  { key: 'OcspRequestInterval', type: 'integer', default: 604_800, access: 'RW', min: 86_400, feature: 'plugAndCharge' },
  // California pricing
  { key: 'CustomDisplayCostAndPrice', type: 'boolean', default: true, access: 'R', feature: 'pricing' },
  { key: 'NumberOfDecimalsForCostValues', type: 'integer', default: 3, access: 'R', max: 10, feature: 'pricing' },
  { key: 'DefaultPrice', type: 'price', default: '', access: 'RW', feature: 'pricing' },
  { key: 'DefaultPriceText', type: 'price', default: '', access: 'RW', indexed: true, feature: 'pricing' },
  { key: 'TimeOffset', type: 'offset', default: '', access: 'RW', feature: 'pricing' },
  { key: 'NextTimeOffsetTransitionDateTime', type: 'dateTime', default: '', access: 'RW', feature: 'pricing' },
  { key: 'TimeOffsetNextTransition', type: 'offset', default: '', access: 'RW', feature: 'pricing' },
  { key: 'CustomIdleFeeAfterStop', type: 'boolean', default: false, access: 'RW', feature: 'pricing' },
  { key: 'SupportedLanguages', type: 'names', default: '', access: 'R', itemMin: 1, itemMax: 8, feature: 'pricing' },
  { key: 'CustomMultiLanguageMessages', type: 'boolean', default: false, access: 'R', feature: 'pricing' },
  { key: 'Language', type: 'language', default: '', access: 'RW', max: 8, feature: 'pricing' },
  { key: 'WaitForSetUserPriceTimeout', type: 'integer', default: 0, access: 'RW', max: 30_000, feature: 'pricing' },
  // Signed meter values (OCA whitepaper 1.0, 3.3)
  { key: 'MeterPublicKey', type: 'text', default: '', access: 'R', indexed: true, feature: 'signedMeterValues' },
  { key: 'PublicKeyWithSignedMeterValue', type: 'one', default: 'Never', access: 'RW', items: publicKeyUses, feature: 'signedMeterValues' },
  { key: 'SampledDataSignReadings', type: 'boolean', default: false, access: 'RW', feature: 'signedMeterValues' },
  {
    key: 'StartTxnSampledData',
    type: 'measurands',
    default: '',
    access: 'RW',
    limit: 'MeterValuesSampledDataMaxLength',
    feature: 'signedMeterValues',
  },
  { key: 'SampledDataSignStartedReadings', type: 'boolean', default: false, access: 'RW', feature: 'signedMeterValues' },
  { key: 'SampledDataSignUpdatedReadings', type: 'boolean', default: false, access: 'RW', feature: 'signedMeterValues' },
  { key: 'AlignedDataSignReadings', type: 'boolean', default: false, access: 'RW', feature: 'signedMeterValues' },
  { key: 'AlignedDataSignUpdatedReadings', type: 'boolean', default: false, access: 'RW', feature: 'signedMeterValues' },
  // libocpp's own
  { key: 'ChargePointId', type: 'text', default: '', access: 'R', min: 1, max: 255 },
  { key: 'CentralSystemURI', type: 'url', default: '', access: 'RW', reboot: true },
  { key: 'ChargeBoxSerialNumber', type: 'text', default: '', access: 'R', max: 25 },
  { key: 'ChargePointModel', type: 'text', default: '', access: 'R', min: 1, max: 20 },
  { key: 'ChargePointVendor', type: 'text', default: '', access: 'R', min: 1, max: 20 },
  { key: 'ChargePointSerialNumber', type: 'text', default: '', access: 'R', max: 25 },
  { key: 'FirmwareVersion', type: 'text', default: '', access: 'R', max: 50 },
  { key: 'ICCID', type: 'text', default: '', access: 'R', max: 20 },
  { key: 'IMSI', type: 'text', default: '', access: 'R', max: 20 },
  { key: 'MeterSerialNumber', type: 'text', default: '', access: 'R', max: 25 },
  { key: 'MeterType', type: 'text', default: '', access: 'R', max: 25 },
  { key: 'RetryBackoffRandomRange', type: 'integer', default: 10, access: 'RW' },
  { key: 'RetryBackoffRepeatTimes', type: 'integer', default: 3, access: 'RW', max: 30 },
  { key: 'RetryBackoffWaitMinimum', type: 'integer', default: 3, access: 'RW', min: 1 },
  { key: 'WebsocketPingPayload', type: 'text', default: 'hello there', access: 'R', max: 125 },
  { key: 'WebsocketPongTimeout', type: 'integer', default: 5, access: 'R', min: 1 },
  { key: 'VerifyCsmsCommonName', type: 'boolean', default: true, access: 'R' },
  { key: 'VerifyCsmsAllowWildcards', type: 'boolean', default: false, access: 'RW' },
  {
    key: 'SupportedChargingProfilePurposeTypes',
    type: 'names',
    default: 'ChargePointMaxProfile,TxDefaultProfile,TxProfile',
    access: 'R',
    items: purposes,
    feature: 'smartCharging',
  },
  { key: 'IgnoredProfilePurposesOffline', type: 'names', default: '', access: 'RW', items: purposes, feature: 'smartCharging' },
  { key: 'MaxCompositeScheduleDuration', type: 'integer', default: 31_536_000, access: 'R', min: 1, feature: 'smartCharging' },
  { key: 'CompositeScheduleDefaultLimitAmps', type: 'integer', default: 48, access: 'RW', board: true, feature: 'smartCharging' },
  { key: 'CompositeScheduleDefaultLimitWatts', type: 'integer', default: 33_120, access: 'RW', board: true, feature: 'smartCharging' },
  {
    key: 'CompositeScheduleDefaultNumberPhases',
    type: 'integer',
    default: 3,
    access: 'RW',
    board: true,
    min: 1,
    max: 3,
    feature: 'smartCharging',
  },
  { key: 'SupplyVoltage', type: 'integer', default: 230, access: 'RW', min: 1, feature: 'smartCharging' },
  { key: 'AllowChargingProfileWithoutStartSchedule', type: 'boolean', default: false, access: 'RW', feature: 'smartCharging' },
  { key: 'AuthorizeConnectorZeroOnConnectorOne', type: 'boolean', default: true, access: 'R' },
  { key: 'WaitForStopTransactionsOnResetTimeout', type: 'integer', default: 60, access: 'RW' },
  { key: 'StopTransactionIfUnlockNotSupported', type: 'boolean', default: false, access: 'RW' },
  { key: 'SupportedMeasurands', type: 'measurands', default: '', access: 'R', computed: true },
  { key: 'MaxMessageSize', type: 'integer', default: 65_000, access: 'R', min: 32_000 },
  { key: 'QueueAllMessages', type: 'boolean', default: false, access: 'R' },
  { key: 'MessageTypesDiscardForQueueing', type: 'names', default: '', access: 'R' },
  { key: 'MessageQueueSizeThreshold', type: 'integer', default: 10_000, access: 'R', min: 1 },
] as const satisfies readonly Row[]);

type Rows = (typeof rows)[number];
type KeyOfType<T extends Row['type']> = Exclude<Extract<Rows, { readonly type: T }>, { readonly indexed: true }>['key'];

export type BooleanKey = KeyOfType<'boolean'>;
export type NumberKey = KeyOfType<'integer'>;
export type TextKey = KeyOfType<'text' | 'one' | 'price' | 'offset' | 'dateTime' | 'language' | 'url'>;
export type MeasurandListKey = KeyOfType<'measurands'>;
export type ListKey = KeyOfType<'names' | 'rotations'> | MeasurandListKey;
/** Every key but AuthorizationKey, which cannot be read, and the indexed ones. */
export type Key = BooleanKey | NumberKey | TextKey | ListKey;

/**
 * The number of each row. Spelled as properties, so that every key is a name in flash and looking one up costs no RAM.
 * Only names of our own are looked up here, never text from the wire.
 */
export const rowOf = /* @__PURE__ */ freeze({
  AllowOfflineTxForUnknownId: 0,
  AuthorizationCacheEnabled: 1,
  AuthorizeRemoteTxRequests: 2,
  BlinkRepeat: 3,
  ClockAlignedDataInterval: 4,
  ConnectionTimeOut: 5,
  ConnectorPhaseRotation: 6,
  ConnectorPhaseRotationMaxLength: 7,
  GetConfigurationMaxKeys: 8,
  HeartbeatInterval: 9,
  LightIntensity: 10,
  LocalAuthorizeOffline: 11,
  LocalPreAuthorize: 12,
  MaxEnergyOnInvalidId: 13,
  MeterValuesAlignedData: 14,
  MeterValuesAlignedDataMaxLength: 15,
  MeterValuesSampledData: 16,
  MeterValuesSampledDataMaxLength: 17,
  MeterValueSampleInterval: 18,
  MinimumStatusDuration: 19,
  NumberOfConnectors: 20,
  ResetRetries: 21,
  StopTransactionOnEVSideDisconnect: 22,
  StopTransactionOnInvalidId: 23,
  StopTxnAlignedData: 24,
  StopTxnAlignedDataMaxLength: 25,
  StopTxnSampledData: 26,
  StopTxnSampledDataMaxLength: 27,
  SupportedFeatureProfiles: 28,
  SupportedFeatureProfilesMaxLength: 29,
  TransactionMessageAttempts: 30,
  TransactionMessageRetryInterval: 31,
  UnlockConnectorOnEVSideDisconnect: 32,
  WebSocketPingInterval: 33,
  MessageTimeout: 34,
  StopTransactionMaxMeterValues: 35,
  SupportedFileTransferProtocols: 36,
  LocalAuthListEnabled: 37,
  LocalAuthListMaxLength: 38,
  SendLocalListMaxLength: 39,
  ReserveConnectorZeroSupported: 40,
  ChargeProfileMaxStackLevel: 41,
  ChargingScheduleAllowedChargingRateUnit: 42,
  ChargingScheduleMaxPeriods: 43,
  ConnectorSwitch3to1PhaseSupported: 44,
  MaxChargingProfilesInstalled: 45,
  AdditionalRootCertificateCheck: 46,
  AuthorizationKey: 47,
  CertificateSignedMaxChainSize: 48,
  CertificateStoreMaxLength: 49,
  CpoName: 50,
  SecurityProfile: 51,
  DisableSecurityEventNotifications: 52,
  CentralContractValidationAllowed: 53,
  CertSigningWaitMinimum: 54,
  CertSigningRepeatTimes: 55,
  ContractValidationOffline: 56,
  ISO15118PnCEnabled: 57,
  ISO15118CertificateManagementEnabled: 58,
  ConnectorEvseIds: 59,
  SeccLeafSubjectCommonName: 60,
  SeccLeafSubjectCountry: 61,
  SeccLeafSubjectOrganization: 62,
  OcspRequestInterval: 63,
  CustomDisplayCostAndPrice: 64,
  NumberOfDecimalsForCostValues: 65,
  DefaultPrice: 66,
  DefaultPriceText: 67,
  TimeOffset: 68,
  NextTimeOffsetTransitionDateTime: 69,
  TimeOffsetNextTransition: 70,
  CustomIdleFeeAfterStop: 71,
  SupportedLanguages: 72,
  CustomMultiLanguageMessages: 73,
  Language: 74,
  WaitForSetUserPriceTimeout: 75,
  MeterPublicKey: 76,
  PublicKeyWithSignedMeterValue: 77,
  SampledDataSignReadings: 78,
  StartTxnSampledData: 79,
  SampledDataSignStartedReadings: 80,
  SampledDataSignUpdatedReadings: 81,
  AlignedDataSignReadings: 82,
  AlignedDataSignUpdatedReadings: 83,
  ChargePointId: 84,
  CentralSystemURI: 85,
  ChargeBoxSerialNumber: 86,
  ChargePointModel: 87,
  ChargePointVendor: 88,
  ChargePointSerialNumber: 89,
  FirmwareVersion: 90,
  ICCID: 91,
  IMSI: 92,
  MeterSerialNumber: 93,
  MeterType: 94,
  RetryBackoffRandomRange: 95,
  RetryBackoffRepeatTimes: 96,
  RetryBackoffWaitMinimum: 97,
  WebsocketPingPayload: 98,
  WebsocketPongTimeout: 99,
  VerifyCsmsCommonName: 100,
  VerifyCsmsAllowWildcards: 101,
  SupportedChargingProfilePurposeTypes: 102,
  IgnoredProfilePurposesOffline: 103,
  MaxCompositeScheduleDuration: 104,
  CompositeScheduleDefaultLimitAmps: 105,
  CompositeScheduleDefaultLimitWatts: 106,
  CompositeScheduleDefaultNumberPhases: 107,
  SupplyVoltage: 108,
  AllowChargingProfileWithoutStartSchedule: 109,
  AuthorizeConnectorZeroOnConnectorOne: 110,
  WaitForStopTransactionsOnResetTimeout: 111,
  StopTransactionIfUnlockNotSupported: 112,
  SupportedMeasurands: 113,
  MaxMessageSize: 114,
  QueueAllMessages: 115,
  MessageTypesDiscardForQueueing: 116,
  MessageQueueSizeThreshold: 117,
} as const satisfies Record<Rows['key'], number>);
