/** What a wallbox implements: libocpp's 33 callbacks of `v16::ChargePoint` and its two newer ones, each with its contract. */

import type {
  AuthorizationStatus,
  AvailabilityType,
  BootReason,
  ChargePointErrorCode,
  ChargePointStatus,
  ChargingRateUnit,
  IdTagInfo,
  Measurand,
  Phase,
  Reason,
  RegistrationStatus,
  Request,
  Response,
} from './wire/types.ts';

/** A value, or a promise of it. A promise that is not kept by its deadline counts as the refusing answer; one that rejects, too. */
export type Answer<T> = T | Promise<T>;

/** How long a promised answer may take, in seconds. Below the 30 s after which central systems commonly give up on a CALL. */
export const answerDeadline = 20;

export type DataTransferRequest = Request<'DataTransfer'>;
export type DataTransferResponse = Response<'DataTransfer'>;
export type UnlockStatus = Response<'UnlockConnector'>['status'];
export type ReservationStatus = Response<'ReserveNow'>['status'];
export type ResetType = Request<'Reset'>['type'];
export type UpdateFirmwareStatus = Response<'SignedUpdateFirmware'>['status'];

/** A configuration key as the central system would read it. `value` is absent for AuthorizationKey, which is never shown. */
export interface KeyValue {
  readonly key: string;
  readonly readonly: boolean;
  readonly value?: string;
}

/** A price text in one language (California pricing). */
export interface DisplayMessage {
  readonly content: string;
  readonly language?: string;
  readonly format?: 'ASCII' | 'HTML' | 'URI' | 'UTF8';
}

/** Texts for a driver: about one token, one running session, or (no identifier) everybody. */
export interface TariffMessage {
  readonly identifier?: string;
  readonly identifierType?: 'SessionId' | 'IdToken';
  readonly transactionId?: number;
  readonly message: readonly DisplayMessage[];
}

/** RunningCost or FinalCost of a session. Amounts are integers scaled by 10^decimals. */
export interface SessionCost {
  readonly session: string;
  readonly state: 'Charging' | 'Finished';
  readonly cost: number;
  readonly timestamp?: string;
  /** Wh. */
  readonly meterValue?: number;
  readonly chargingPrice?: { readonly kWhPrice?: number; readonly hourPrice?: number; readonly flatFee?: number };
  readonly idlePrice?: { readonly graceMinutes?: number; readonly hourPrice?: number };
  readonly nextPeriod?: {
    readonly atTime: string;
    readonly chargingPrice?: SessionCost['chargingPrice'];
    readonly idlePrice?: SessionCost['idlePrice'];
  };
  readonly message: readonly DisplayMessage[];
  readonly qrCodeText?: string;
}

/** What the ISO 15118 stack asked for and the central system answered. `status` is Failed when no usable answer came. */
export interface EvCertificateResponse {
  readonly status: 'Accepted' | 'Failed';
  readonly exiResponse?: string;
}

export type TokenReservation = 'NotReserved' | 'ReservedForToken' | 'ReservedForOtherToken' | 'ReservedForOtherTokenAndHasParentToken';

/**
 * The wallbox. Only `provideToken` and `stopTransaction` are demanded; what is left out makes the station answer as the
 * specification says (NotSupported, Rejected), or takes the feature off the list.
 *
 * Callbacks run one at a time, on the caller's stack. Inputs may be called from inside a callback; they take effect when it
 * returns. A callback that throws is logged and counts as the refusing answer; it never harms the station.
 */
export interface Callbacks {
  /**
   * With `prevalidated` true: charging is authorized, begin a transaction on one of `connectors` (with core authorization it is exactly
   * one, plugged) and report it with `onTransactionStarted`. False (only with firmware authorization): authorize first. Demanded: without
   * it the constructor throws.
   */
  provideToken(idTag: string, connectors: readonly number[], prevalidated: boolean): void;
  /**
   * End the transaction on this connector and report it with `onTransactionStopped`, echoing the reason. False: it could not be stopped; it
   * is asked again after 10 s, and reported to the central system once (OCPP 1.6 4.10). What was not reported as ended 30 s after true is
   * asked for again, too; and so is, every 10 s, a session that could not be stored. Demanded: without it the constructor throws.
   */
  stopTransaction(connector: number, reason: Reason): Answer<boolean>;

  /**
   * The connector may be used again. 0: the whole station. False: it cannot; the central system is told (protocol.md section 5). Left out:
   * counts as true.
   */
  enableEvse?(connector: number): Answer<boolean>;
  /**
   * The connector must not be used. 0: the station as a whole, after the last connector that was in use; each connector is told by itself.
   * False: it cannot be taken out of service. Left out: counts as true.
   */
  disableEvse?(connector: number): Answer<boolean>;
  /**
   * Stop the flow of energy but keep the transaction; the cable stays locked (a StartTransaction was refused, errata 3.17). False: it could
   * not; it is asked again every 10 s, and reported to the central system once. Left out: skipped; the central system is told nothing else.
   */
  pauseCharging?(connector: number): Answer<boolean>;
  /** Energy may flow again: the refused transaction was accepted after all, or a limit of zero was lifted. Left out: skipped. */
  resumeCharging?(connector: number): Answer<boolean>;

  /**
   * Hold the connector for this idTag (checked by the core). `expiryDate` is Unix time in milliseconds. Only Accepted is kept. Left out:
   * Reservation is off, ReserveNow is Rejected and CancelReservation NotSupported.
   */
  reserveNow?(
    reservationId: number,
    connector: number,
    expiryDate: number,
    idTag: string,
    parentIdTag: string | undefined,
  ): Answer<ReservationStatus>;
  /**
   * The reservation is over (OCPP 1.6 5.1). With core authorization the answer only informs. Left out: skipped with core authorization,
   * else CancelReservation is Rejected.
   */
  cancelReservation?(reservationId: number): Answer<boolean>;
  /** Asked for RemoteStartTransaction with firmware authorization only. Left out: counts as NotReserved. */
  isTokenReservedForConnector?(connector: number, idTag: string): TokenReservation;

  /**
   * Open the cable lock. Unlocked means that the feedback switch says so. No answer in time is UnlockFailed. Left out: UnlockConnector is
   * answered NotSupported and stops nothing (errata 3.87).
   */
  unlockConnector?(connector: number): Answer<UnlockStatus>;

  /**
   * Upload one file of diagnostics, of the time from `startTime` to `stopTime` if given; progress by `onLogStatusNotification(-1, ...)`:
   * Uploading with each attempt, then Uploaded or UploadFailed. An upload that is still under way is given up (protocol.md section 14).
   * After a power cut the wallbox goes on with it, or reports; after 5 minutes without a word it counts as UploadFailed. `retries` counts
   * the attempts after the first one, 99 at most, `retryInterval` is in seconds, at least 1; both are always given (3 and 60 when the
   * central system gave none), times in UTC with `Z`. Answers the name of the file (at most 255 characters), or none when there is nothing to upload (OCPP 1.6 5.9).
   * Left out: GetDiagnostics.conf names no file; NotSupported when `updateFirmware` is left out, too.
   */
  uploadDiagnostics?(request: Request<'GetDiagnostics'>): Answer<{ readonly filename?: string }>;
  /**
   * Download at `retrieveDate` or later (errata 3.63), install after `allConnectorsUnavailable`, reboot; progress by
   * `onFirmwareUpdateStatusNotification(-1, ...)`: Downloading with each attempt, DownloadFailed or Downloaded, Installing, and
   * InstallationFailed, or Installed after the reboot (errata 3.47). The wallbox waits, repeats and installs; an update that is under way
   * is replaced. `retries`, `retryInterval` and times as for `uploadDiagnostics`. The core keeps what was reported, holds the connectors
   * and tells the central system, also over power cuts. After a power cut the wallbox goes on, or reports; after 5 minutes without a word
   * the update counts as failed. What throws is answered with InternalError. Left out: UpdateFirmware is refused with NotSupported.
   */
  updateFirmware?(request: Request<'UpdateFirmware'>): void;
  /**
   * As `updateFirmware`, with signature (security whitepaper L01). The certificate was verified by the core. Not wired yet: SignedUpdateFirmware is
   * refused with NotSupported.
   */
  signedUpdateFirmware?(request: Request<'SignedUpdateFirmware'>): Answer<UpdateFirmwareStatus>;
  /**
   * An update is Downloaded, no transaction runs and every connector is Unavailable: install. Once per update; again only after a boot
   * before which Installing was not reported. Left out: skipped.
   */
  allConnectorsUnavailable?(): void;
  /** Upload a log; progress by `onLogStatusNotification(requestId, ...)`. Not wired yet: GetLog is refused with NotSupported. */
  uploadLogs?(
    request: Request<'GetLog'>,
  ): Answer<{ readonly status: 'Accepted' | 'Rejected' | 'AcceptedCanceled'; readonly filename?: string }>;

  /** ConnectionTimeOut in seconds: at start and after each change. With core authorization it only informs. Left out: skipped. */
  setConnectionTimeout?(seconds: number): void;
  /** Whether a reset is possible now. Left out: Reset is Rejected. */
  isResetAllowed?(type: ResetType): Answer<boolean>;
  /**
   * Restart the controller. Called when every transaction has ended and is confirmed, or the wait is over. False: it failed. Left out:
   * Reset is Rejected.
   */
  reset?(type: ResetType): Answer<boolean | undefined>;
  /** The central system's time, Unix milliseconds: with each accepted BootNotification.conf and each Heartbeat.conf. Left out: skipped. */
  setSystemTime?(unixMilliseconds: number): void;
  /** After any BootNotification.conf was dealt with. `interval` in seconds, `currentTime` as received. Left out: skipped. */
  bootNotificationResponse?(status: RegistrationStatus, interval: number, currentTime: string): void;
  /**
   * Limits may have changed: ask `getAllCompositeChargingSchedules`. Left out: Smart Charging is off and its messages are refused with
   * NotSupported.
   */
  signalSetChargingProfiles?(): void;
  /** The WebSocket opened or was lost. Left out: skipped. */
  connectionStateChanged?(isConnected: boolean): void;

  /**
   * The answer to `dataTransferPncGet15118EvCertificate`, also when none came. Left out: skipped. Not wired yet: the answer is Failed, at
   * once.
   */
  get15118EvCertificateResponse?(connector: number, response: EvCertificateResponse, action: 'Install' | 'Update'): void;

  /** StartTransaction is stored and will reach the central system. Left out: skipped. */
  transactionStarted?(connector: number, session: string): void;
  /** StopTransaction is stored. `transactionId` is undefined while the central system has not yet given one. Left out: skipped. */
  transactionStopped?(connector: number, session: string, transactionId: number | undefined): void;
  /** The central system answered StartTransaction. Without id: it refused it for good (errata 3.18). Left out: skipped. */
  transactionUpdated?(connector: number, session: string, transactionId: number | undefined, idTagInfo: IdTagInfo): void;

  /**
   * A key changed, by the central system or by `setConfigurationKey`, and is in force. Tried after `watchConfigurationKey`. Left out:
   * skipped.
   */
  configurationKeyChanged?(change: KeyValue): void;
  /** A DataTransfer for which no handler is registered. Left out: UnknownVendorId, or UnknownMessageId if the vendor has handlers. */
  dataTransfer?(request: DataTransferRequest): Answer<DataTransferResponse>;

  /**
   * The core raised a security event (whitepaper section 8). `techInfo` is '' when there is none. Left out: skipped. Not wired yet: never
   * called.
   */
  securityEvent?(type: string, techInfo: string): void;

  /**
   * RunningCost and FinalCost (California pricing). `decimals`: amounts are scaled by 10^decimals. Not wired yet: the message goes to the
   * handlers and `dataTransfer` like any other.
   */
  sessionCost?(cost: SessionCost, decimals: number): Answer<DataTransferResponse>;
  /** SetUserPrice when `tariffMessage` is left out. Not wired yet: the message goes to the handlers and `dataTransfer` like any other. */
  setDisplayMessage?(messages: readonly DisplayMessage[]): Answer<DataTransferResponse>;
  /** SetUserPrice: the price for one driver. Not wired yet: the message goes to the handlers and `dataTransfer` like any other. */
  tariffMessage?(message: TariffMessage): Answer<DataTransferResponse>;
  /**
   * The price for everybody: at start, connect, disconnect and change of DefaultPrice or DefaultPriceText. Left out: skipped. Not wired
   * yet: never called.
   */
  defaultPrice?(message: TariffMessage): void;
}

/** Readings of one meter at one moment: numbers in the measurand's unit (Wh, W, A, V, Percent ...), whole or by phase. */
export type MeterReadings = {
  readonly [M in Measurand]?: number | { readonly [P in Phase]?: number };
};

/** A signed meter value: opaque text of the meter, or its parts (OCA "Signed meter values in OCPP" 3.2.1). */
export type SignedMeterValue =
  | string
  | {
      readonly signedMeterData: string;
      readonly signingMethod: string;
      readonly encodingMethod: string;
      readonly publicKey?: string;
    };

/** An error of a connector (0: the station). */
export interface ErrorInfo {
  /** Names the error until it is cleared. */
  readonly id: string;
  readonly errorCode: ChargePointErrorCode | string;
  /** True: the connector cannot be used until it is cleared. */
  readonly faulted: boolean;
  /** At most 50, 255 and 50 characters; cut beyond. */
  readonly info?: string;
  readonly vendorId?: string;
  readonly vendorErrorCode?: string;
  /** Monotonic milliseconds of `host.now()`; absent: now. */
  readonly time?: number;
}

/** What a host or a test may watch. Never needed to run a station. */
export type StationEvent =
  | { readonly event: 'connecting' | 'connected' }
  | {
      readonly event: 'connect_failed';
      readonly reason: string;
      readonly httpStatus?: number;
      readonly detail?: string;
      readonly nextTry: number;
    }
  | {
      readonly event: 'disconnected';
      readonly reason: string;
      readonly code?: number;
      /** What the central system gave as its reason, or what went wrong. */
      readonly detail?: string;
      /** Seconds until the station connects again; absent: it stays away. */
      readonly nextTry?: number;
    }
  | { readonly event: 'boot'; readonly status: RegistrationStatus; readonly interval: number }
  | {
      readonly event: 'connector_status';
      readonly connector: number;
      readonly status: ChargePointStatus;
      readonly errorCode: string;
      readonly previous: ChargePointStatus | undefined;
    }
  | {
      readonly event: 'token';
      readonly idTag: string;
      readonly connectors: readonly number[];
      readonly result: AuthorizationStatus | 'Ignored';
      readonly source: 'list' | 'cache' | 'csms' | 'offline';
    }
  | { readonly event: 'tx_started'; readonly connector: number; readonly session: string; readonly idTag: string }
  | {
      readonly event: 'tx_updated';
      readonly connector: number;
      readonly session: string;
      readonly transactionId: number | undefined;
      readonly idTagInfo: IdTagInfo;
    }
  | {
      readonly event: 'tx_stopped';
      readonly connector: number;
      readonly session: string;
      readonly transactionId: number | undefined;
      readonly reason: Reason;
    }
  | { readonly event: 'reset'; readonly type: ResetType; readonly phase: 'accepted' | 'stopping' | 'rebooting' }
  | { readonly event: 'unlock'; readonly connector: number; readonly outcome: string }
  | { readonly event: 'reservation'; readonly id: number; readonly connector: number; readonly state: string }
  | { readonly event: 'dropped'; readonly action: string; readonly reason: string }
  | { readonly event: 'config_changed'; readonly key: string; readonly value?: string }
  | {
      /** What charging profiles allow at a connector (0: the station), allotted, from now on; null: no profile limits it. */
      readonly event: 'limit';
      readonly connector: number;
      readonly A: number | null;
      readonly W: number | null;
      readonly phases: number | null;
    }
  | { readonly event: 'security_event'; readonly type: string; readonly techInfo: string }
  | { readonly event: 'firmware'; readonly phase: string }
  | { readonly event: 'clock'; readonly now: number };

export interface Observer {
  observe(event: StationEvent): void;
}

/** Answers DataTransfer of one vendor and message (`handleDataTransfer`). Left out: the vendor's own handler, then `dataTransfer`. */
export interface DataTransferHandler {
  handle(data: string | undefined): Answer<DataTransferResponse>;
}

/** Hears of changes of one key (`watchConfigurationKey`). Left out: `configurationKeyChanged` hears of them. */
export interface KeyWatcher {
  changed(change: KeyValue): void;
}

/** What a connector may take from now on (`getAllCompositeChargingSchedules`). */
export interface CompositeChargingSchedule {
  /** ISO 8601, whole seconds. */
  readonly startSchedule: string;
  /** Seconds. */
  readonly duration: number;
  readonly chargingRateUnit: ChargingRateUnit;
  /** In A or W, one digit behind the point at most; absent: no profile that prevails at the start gives one. */
  readonly minChargingRate?: number;
  readonly chargingSchedulePeriod: readonly CompositeChargingSchedulePeriod[];
}

export interface CompositeChargingSchedulePeriod {
  /** Seconds from the start of the schedule. */
  readonly startPeriod: number;
  /**
   * In A (per phase) or W, one digit behind the point at most: what the connector is allotted of what the station may take (protocol.md
   * section 1); 0: it waits. Where no profile applies: the maximum of its board.
   */
  readonly limit: number;
  readonly numberPhases: number;
  /** Of the profile that sets the limit; 0 for a sum, and where none applies. Enhanced schedules only. */
  readonly stackLevel?: number;
  /** The profile has the other unit. Enhanced schedules only. */
  readonly converted?: boolean;
}

/** Who the station is and what its board can do. Fixed while it runs, and kept by reference: a preloaded object costs no memory. */
export interface Options {
  /**
   * Configuration keys of a factory-fresh station, by their exact names; read-only ones may be given too. What describes the station is
   * given here: ChargePointVendor and ChargePointModel (demanded; OCPP 1.6 6.4: at most 20 characters), ChargePointId and CentralSystemURI
   * (demanded; the URL without the id), ChargePointSerialNumber, ChargeBoxSerialNumber, FirmwareVersion, ICCID, IMSI, MeterType,
   * MeterSerialNumber.
   */
  readonly keys: Readonly<Record<string, string>>;
  /** 1 to 16. */
  readonly numberOfConnectors: number;
  /** Who authorizes (protocol.md section 1). Default `'core'`. */
  readonly authorization?: 'core' | 'firmware';
  /** What each connector (index 0: connector 1) is like. */
  readonly connectors?: readonly ConnectorOptions[];
  /** What the main meter of connector 0 measures; absent: there is none. */
  readonly mainMeterMeasurands?: readonly string[];
  /** Lights exist: LightIntensity and BlinkRepeat are keys. */
  readonly lights?: boolean;
  /** Accept unsigned firmware on every security profile; for tests only. */
  readonly unsignedFirmware?: 'always' | 'profile';
  readonly observer?: Observer;
}

export interface ConnectorOptions {
  /** The cable can be locked in the socket. Default: true if `unlockConnector` is implemented. */
  readonly lock?: boolean;
  /** Default: `socket` if `unlockConnector` is implemented, else `fixed`. */
  readonly cable?: 'fixed' | 'socket';
  /** Default: 3. */
  readonly phases?: 1 | 3;
  /** Largest current in A per phase that the connector carries: its limit where no charging profile applies. */
  readonly maximumCurrent?: number;
  /** Measurands that the meter gives, with phase suffix where only by phase (`Current.Import.L1`). Absent: the usual four. */
  readonly measurands?: readonly string[];
  /** Of the meter, as PublicKeyWithSignedMeterValue and MeterPublicKey<n> tell it (signed meter values 3.2.2); at most 500 characters. */
  readonly meterPublicKey?: string;
  /** The meter signs its values. */
  readonly signed?: boolean;
}

export type { AvailabilityType, BootReason };
