/** The charge point: every input of the wallbox is a method here. */

import type { Source } from './access/authorize.ts';
import type {
  Callbacks,
  CompositeChargingSchedule,
  DataTransferHandler,
  DataTransferResponse,
  ErrorInfo,
  KeyValue,
  KeyWatcher,
  MeterReadings,
  Options,
  SignedMeterValue,
} from './callbacks.ts';
import { availabilityAnswer, changeAvailability, enable } from './connector/availability.ts';
import {
  amountOf,
  errorOf,
  isIdTag,
  isSameError,
  isStatus,
  longestSession,
  momentOf,
  reasonOf,
  registerOf,
  signedOf,
  textOf,
} from './connector/door.ts';
import { maySupply } from './connector/supply.ts';
import type { Host } from './host.ts';
import { Kernel } from './kernel.ts';
import { DataTransferRoutes } from './link/data-transfer.ts';
import { featureProfiles } from './profiles/index.ts';
import { allCompositeSchedules } from './profiles/smart-charging.ts';
import type { ChangeStatus } from './settings/settings.ts';
import { wishToStop } from './transaction/stop.ts';
import type { ChargingConnector, StartDetails, StopDetails, Transaction } from './transaction/transaction.ts';
import { cut, equalsIgnoringCase } from './wire/text.ts';
import type {
  AvailabilityStatus,
  BootReason,
  ChargePointStatus,
  ChargingRateUnit,
  DiagnosticsStatus,
  FirmwareStatusEnumType,
  IdTagInfo,
  OCSPRequestDataType,
  PnCAuthorizeResponse,
  Reason,
  UploadLogStatusEnumType,
} from './wire/types.ts';

export class ChargePoint extends Kernel {
  /**
   * Reads what the station knows from flash; says nothing to anybody before `start`.
   * Throws a TypeError when `provideToken` or `stopTransaction` is missing, and a RangeError for 0 or more than 16 connectors.
   */
  constructor(host: Host, callbacks: Callbacks, options: Options) {
    super(host, callbacks, options, featureProfiles);
  }

  // Life cycle.

  /**
   * Sets the connectors to what the wallbox found at power on, and decides about transactions that a power cut interrupted: those whose
   * session is in `resumable` go on, `start` ends the others, at the register that `onMeterValues` has told until then (protocol.md section 7). `statuses[n]` is connector n's; absent: from the stored availability,
   * and `enableEvse` or `disableEvse` is called for each. Called by `start` if it was not called before; a second call does nothing.
   */
  init(statuses?: readonly (ChargePointStatus | undefined)[], resumable: readonly string[] = []): void {
    this.input(() => {
      if (this.isInitialized) return;
      this.isInitialized = true;
      this.transactions.resume(Array.isArray(resumable) ? resumable : []);
      this.chargingProfiles?.onBoot();
      for (const connector of this.connectors) {
        if (statuses) this.adoptStatus(connector, statuses[connector.id]);
        else this.callAvailability(connector);
      }
    });
  }

  /**
   * Boots: BootNotification on the first connection. True, or false when it runs already. Throws a TypeError, before anything is sent, when
   * ChargePointVendor, ChargePointModel or ChargePointId is empty or too long, or CentralSystemURI cannot be connected to (OCPP 1.6 4.2).
   */
  start(bootReason: BootReason = 'PowerUp', resumable: readonly string[] = []): boolean {
    if (!this.stopped) return false;
    const missing = this.settings.missing();
    if (missing !== '') throw new TypeError(`The station cannot start without a usable value of:${missing}`);
    this.init(undefined, resumable);
    this.input(() => {
      this.stopped = false;
      this.resetter.end();
      this.transactions.endLost(bootReason);
      const complaints = this.settings.complaints();
      const off = this.settings.profilesOff() + leftOut(this.callbacks);
      const missing = off === '' ? '' : ` Off for want of callbacks:${off}.`;
      this.host.log(complaints === '' ? 'info' : 'warn', `The station starts (${bootReason}).${complaints}${missing}`);
      this.session.forgetRegistration();
      this.statuses.forgetConfirmed();
      this.callSetConnectionTimeout();
      this.session.connect();
    });
    return true;
  }

  /** Ends every transaction (reason Other) and disconnects; what is not told yet stays in flash. False when it does not run. */
  stop(): boolean {
    if (this.stopped) return false;
    this.input(() => {
      this.stopped = true;
      this.resetter.end();
      this.whole.isEnding = true;
      for (const connector of this.connectors) wishToStop(this, connector, 'Other', undefined);
      this.session.disconnect();
      this.outbox.noteTold();
    });
    return true;
  }

  /** Starts again after `stop`, as after a boot. False while it runs. Throws as `start` does. */
  restart(bootReason: BootReason = 'ApplicationReset'): boolean {
    return this.start(bootReason);
  }

  /** Lets the station connect, and keep trying. */
  connect(): void {
    this.input(() => this.session.connect());
  }

  /** Closes the connection politely and stays away until `connect`. */
  disconnect(): void {
    this.input(() => this.session.disconnect());
  }

  /** Overwrites what is known about the connectors; errors are forgotten. Nothing is sent beyond the changes of status. */
  resetStateMachine(statuses: readonly (ChargePointStatus | undefined)[]): void {
    this.input(() => {
      for (const connector of this.connectors) {
        connector.errors = undefined;
        this.adoptStatus(connector, statuses[connector.id]);
      }
    });
  }

  /** Seconds between a reconnect and the first message of the outbox. */
  setMessageQueueResumeDelay(seconds: number): void {
    this.outbox.resumeDelay = amountOf(seconds);
  }

  /** Changes what the next BootNotification says; kept over reboots. Absent values stay as they are. */
  updateChargePointInformation(
    vendor: string,
    model: string,
    serialNumber?: string,
    chargeBoxSerialNumber?: string,
    firmwareVersion?: string,
  ): void {
    this.input(() => {
      this.settings.set('ChargePointVendor', cut(vendor, 20));
      this.settings.set('ChargePointModel', cut(model, 20));
      if (serialNumber !== undefined) this.settings.set('ChargePointSerialNumber', cut(serialNumber, 25));
      if (chargeBoxSerialNumber !== undefined) this.settings.set('ChargeBoxSerialNumber', cut(chargeBoxSerialNumber, 25));
      if (firmwareVersion !== undefined) this.settings.set('FirmwareVersion', cut(firmwareVersion, 50));
    });
  }

  /** Changes what BootNotification says about the modem, at most 20 characters each; kept over reboots. Absent values stay as they are. */
  updateModemInformation(iccid?: string, imsi?: string): void {
    this.input(() => {
      if (iccid !== undefined) this.settings.set('ICCID', cut(iccid, 20));
      if (imsi !== undefined) this.settings.set('IMSI', cut(imsi, 20));
    });
  }

  /** Changes what BootNotification says about the meter, at most 25 characters each; kept over reboots. Absent values stay as they are. */
  updateMeterInformation(serialNumber?: string, type?: string): void {
    this.input(() => {
      if (serialNumber !== undefined) this.settings.set('MeterSerialNumber', cut(serialNumber, 25));
      if (type !== undefined) this.settings.set('MeterType', cut(type, 25));
    });
  }

  /** The public key of a connector's meter, for MeterPublicKey<n>. False: no such connector, or longer than 500 characters. */
  setPowermeterPublicKey(connector: number, publicKey: string): boolean {
    return this.settings.setMeterPublicKey(connector, publicKey);
  }

  // Cards and cables (core authorization).

  /**
   * A card was presented. `connectors`: those its reader serves; absent: all. idTags longer than 20 characters are refused. 0 stands for
   * connector 1 at a station with one connector and AuthorizeConnectorZeroOnConnectorOne, else it is ignored.
   */
  onToken(idTag: string, connectors?: readonly number[]): void {
    this.input(() => {
      if (!this.coreAuthorizes) return this.ignored('onToken');
      if (!isIdTag(idTag)) return this.ignored('onToken with an idTag that is empty or longer than 20 characters');
      this.authorizer.onCard(idTag, Array.isArray(connectors) ? this.servedBy(connectors) : this.allConnectors());
    });
  }

  private servedBy(connectors: readonly number[]): readonly number[] {
    if (!connectors.includes(0)) return connectors.filter((connector) => this.connectors[connector] !== undefined);
    // With more connectors than one the key is false, whatever the factory says.
    if (this.settings.boolean('AuthorizeConnectorZeroOnConnectorOne')) return this.allConnectors();
    return connectors.filter((connector) => connector > 0 && this.connectors[connector] !== undefined);
  }

  /** A cable, or an EV, is connected. */
  onPlugged(connector: number): void {
    this.at(cabled(connector), (found) => {
      if (found.plugged) return;
      found.plugged = true;
      delete found.hasLeft;
      this.transactions.wakeStray(found);
      if (this.coreAuthorizes) this.authorizer.onPlugged(found);
    });
  }

  /** The EV is gone: ends its transaction if StopTransactionOnEVSideDisconnect says so (OCPP 1.6 4.9). */
  onUnplugged(connector: number): void {
    this.at(cabled(connector), (found) => {
      if (!found.plugged) return;
      found.plugged = false;
      found.hasLeft = true;
      this.transactions.restStray(found);
      this.authorizer.onUnplugged(found);
      if (found.transaction && found.transaction.unstored === undefined) this.onUnpluggedWhileCharging(found);
      else found.finishing = false;
    });
  }

  private onUnpluggedWhileCharging(connector: ChargingConnector): void {
    connector.info = 'EV side disconnected';
    if (this.settings.boolean('StopTransactionOnEVSideDisconnect')) wishToStop(this, connector, 'EVDisconnected', undefined);
    else connector.suspendedByEV = true;
  }

  // Sessions (firmware authorization); with core authorization the core knows and these only inform.

  /** Somebody plugged in (EVConnected) or was authorized (Authorized). */
  onSessionStarted(connector: number, _session: string, reason: 'EVConnected' | 'Authorized'): void {
    this.at(cabled(connector), (found) => {
      if (this.coreAuthorizes) return this.ignored('onSessionStarted');
      found.info = reason;
      found.finishing = false;
      if (reason === 'EVConnected') found.plugged = true;
      else found.authorization = { idTag: '', parentIdTag: undefined, remote: false, provided: true };
    });
  }

  /** The cable is out and the session over. */
  onSessionStopped(connector: number, _session: string): void {
    this.at(cabled(connector), (found) => {
      if (this.coreAuthorizes) return this.ignored('onSessionStopped');
      found.plugged = false;
      found.finishing = false;
      found.authorization = undefined;
    });
  }

  /** ConnectionTimeOut is over at the wallbox. */
  onPluginTimeout(connector: number): void {
    this.at(cabled(connector), (found) => {
      if (this.coreAuthorizes) return this.ignored('onPluginTimeout');
      this.chargingProfiles?.onPluginTimeout(connector);
      found.authorization = undefined;
      found.finishing = found.plugged;
      found.info = 'ConnectionTimeout';
    });
  }

  /** The wallbox holds the connector for somebody. */
  onReservationStart(connector: number): void {
    this.at(cabled(connector), (found) => {
      if (this.coreAuthorizes) return this.ignored('onReservationStart');
      found.reserved = true;
    });
  }

  /** The wallbox holds the connector no longer. */
  onReservationEnd(connector: number): void {
    this.at(cabled(connector), (found) => {
      if (this.coreAuthorizes) return this.ignored('onReservationEnd');
      delete found.reserved;
    });
  }

  // Transactions.

  /**
   * Charging began. `session` names it until it ends; `meterStart` in Wh; `time` in milliseconds of `host.now()`, absent: now.
   * Stored before anything else happens; when it cannot be stored the wallbox is asked to stop at once.
   */
  onTransactionStarted(connector: number, session: string, idTag: string, meterStart: number, details: StartDetails = {}): void {
    const found = this.connectors[connector];
    // Not through `at`: the way down to the flash is long, and a stack frame costs up to 368 bytes.
    this.enter();
    try {
      if (found === undefined || found.id === 0 || isRunning(found)) {
        this.ignored('onTransactionStarted, no such connector or during a transaction');
      } else {
        const register = this.registerAt(found, meterStart);
        const checked = this.startDetails(details ?? {});
        const started = this.transactions.begin(found, sessionOf(session), idTagOf(idTag), register, checked);
        if (started) this.transactions.onBegun(found, started, checked);
        if (started) this.onBegun(found);
        else this.transactions.onNotBegun(found, sessionOf(session));
      }
    } catch (error) {
      this.host.log('error', `onTransactionStarted failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  /** What is no register is replaced by the last known one, and reported (protocol.md section 1). */
  private registerAt(connector: ChargingConnector, value: number): number {
    const register = registerOf(value);
    if (register === undefined) this.statuses.tell(connector, 'PowerMeterFailure', 'The meter shows no register');
    return register ?? connector.energy ?? 0;
  }

  private startDetails({ reservationId, time, signed }: StartDetails): StartDetails {
    return {
      reservationId: Number.isInteger(reservationId) ? reservationId : undefined,
      time: momentOf(time, this.host.now()),
      signed: signedOf(signed),
    };
  }

  private stopDetails({ idTag, time, signed }: StopDetails): StopDetails {
    return { idTag: textOf(idTag, 20), time: momentOf(time, this.host.now()), signed: signedOf(signed) };
  }

  private onBegun(connector: ChargingConnector): void {
    const { transaction } = connector;
    if (transaction === undefined) return;
    this.chargingProfiles?.onTransactionStarted(connector, transaction);
    // The wallbox had begun before it knew that the car was gone.
    if (connector.hasLeft) this.onUnpluggedWhileCharging(connector);
    else if (this.coreAuthorizes) connector.plugged = true;
    // The wallbox was about to begin when the station was stopped.
    if (this.stopped && this.whole.isEnding) wishToStop(this, connector, 'Other', undefined);
    const { session, idTag } = transaction;
    this.gate.report({ event: 'tx_started', connector: connector.id, session, idTag });
    this.gate.inform(() => this.callbacks.transactionStarted?.(connector.id, session));
  }

  /** Charging ended. `meterStop` in Wh; details: the card that ended it, the time, a signed value. */
  onTransactionStopped(connector: number, session: string, reason: Reason, meterStop: number, details: StopDetails = {}): void {
    const found = this.connectors[connector];
    const transaction = found?.transaction;
    this.enter();
    try {
      if (found !== undefined && this.transactions.onStrayEnded(found, sessionOf(session))) found.finishing = found.plugged;
      else if (found === undefined || transaction?.session !== sessionOf(session) || transaction.unstored !== undefined) {
        this.ignored('onTransactionStopped for a session that does not run');
      } else {
        const known = reasonOf(reason);
        this.transactions.end(found, transaction, known, this.registerAt(found, meterStop), this.stopDetails(details ?? {}));
        this.onEnded(found, transaction, known);
      }
    } catch (error) {
      this.host.log('error', `onTransactionStopped failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  private onEnded(connector: ChargingConnector, transaction: Transaction, reason: Reason): void {
    connector.finishing = true;
    if (reason === 'EVDisconnected') this.onDisconnectedEnd(connector);
    // Finishing is to be seen even when the cable is out already.
    this.statuses.lookAt(connector);
    if (this.coreAuthorizes) this.authorizer.starts.onEnded(connector, transaction);
  }

  private onDisconnectedEnd(connector: ChargingConnector): void {
    connector.info = 'EV side disconnected';
    if (this.settings.boolean('UnlockConnectorOnEVSideDisconnect') && this.hasLock(connector.id)) this.unlock(connector, () => {});
  }

  /** Energy flows again: neither the EV nor the station suspends. */
  onResumeCharging(connector: number): void {
    this.at(connector, (found) => {
      delete found.suspendedByEV;
      delete found.suspendedByEVSE;
    });
  }

  /** The EV takes no energy. `info`: at most 50 characters, said with the notification. */
  onSuspendChargingEV(connector: number, info?: string): void {
    this.at(connector, (found) => {
      found.suspendedByEV = true;
      found.info = textOf(info, 50);
    });
  }

  /** The station offers no energy; this comes before what the EV does (errata 3.64). */
  onSuspendChargingEVSE(connector: number, info?: string): void {
    this.at(connector, (found) => {
      found.suspendedByEVSE = true;
      found.info = textOf(info, 50);
    });
  }

  // Availability and errors. Connector 0 is the station.

  /**
   * Whether the connector may supply energy: it is neither Faulted nor Unavailable, nor is the station, and no reset was accepted
   * (OCPP 1.6 7.7). The driver asks before it closes the contactor. What the transaction and its limit allow is asked elsewhere.
   */
  maySupply(connector: number): boolean {
    const found = this.connectors[connector];
    return found !== undefined && maySupply(found);
  }

  /** The wallbox put the connector back into service. */
  onEnabled(connector: number): void {
    this.at(connector, (found) => {
      delete found.disabled;
      delete found.isAwaited;
    });
  }

  /** The wallbox took the connector out of service; not kept over reboots. */
  onDisabled(connector: number): void {
    this.at(connector, (found) => {
      found.disabled = true;
    });
  }

  /** As ChangeAvailability, by an operator at the box. Kept over reboots. */
  onChangeAvailability(connector: number, operative: boolean): AvailabilityStatus {
    let status: AvailabilityStatus = 'Rejected';
    this.input(() => {
      if (typeof operative !== 'boolean') return this.ignored('onChangeAvailability without a word');
      status = availabilityAnswer(this, connector, operative);
      if (status !== 'Rejected') changeAvailability(this, connector, operative);
    });
    return status;
  }

  /** An error of the connector; reported again under its `id` it says how the error stands now. The same said twice is no news. */
  onError(connector: number, error: ErrorInfo): void {
    this.at(connector, (found) => {
      const reported = errorOf(error, this.host.now());
      if (reported === undefined) return this.ignored('onError without id');
      const known = found.errors?.find(({ id }) => id === reported.id);
      if (known !== undefined && isSameError(known, reported)) return;
      found.errors = [...(found.errors ?? []).filter((other) => other !== known), reported];
    });
  }

  /** The error with this `id` is over. */
  onErrorCleared(connector: number, id: string): void {
    this.at(connector, (found) => {
      const left = found.errors?.filter((error) => error.id !== id);
      found.errors = left && left.length > 0 ? left : undefined;
    });
  }

  /** Every error of the connector is over. */
  onAllErrorsCleared(connector: number): void {
    this.at(connector, (found) => {
      found.errors = undefined;
    });
  }

  // Measurements.

  /**
   * What the meter of a connector (0: the main meter) shows now. Kept by reference: hand over a new object each time. `signed`: what the
   * meter signed of these readings (at most 8,000 characters), for the samples that are taken of them; told with a sample when
   * SampledDataSignUpdatedReadings or AlignedDataSignUpdatedReadings ask for it (signed meter values 3.3.6, 3.3.8).
   */
  onMeterValues(connector: number, readings: MeterReadings, signed?: SignedMeterValue): void {
    this.at(connector, (found) => {
      if (typeof readings !== 'object' || readings === null) return this.ignored('onMeterValues without readings');
      const value = signedOf(signed);
      found.readings = readings;
      if (value !== undefined || found.signed !== undefined) found.signed = value;
      found.energy = this.meter.energy(found) ?? found.energy;
      this.chargingProfiles?.onMeterValues(found);
      this.transactions.onMeterValues(found);
    });
  }

  /** What the station offers the EV now, in A. */
  onMaxCurrentOffered(connector: number, current: number): void {
    this.at(connector, (found) => {
      found.currentOffered = registerOf(current);
    });
  }

  /** What the station offers the EV now, in W. */
  onMaxPowerOffered(connector: number, power: number): void {
    this.at(connector, (found) => {
      found.powerOffered = registerOf(power);
    });
  }

  // Firmware and logs.

  /**
   * How far an update is. `requestId` -1: one of UpdateFirmware, or of the wallbox's own; only the seven statuses of OCPP 1.6 count then, and
   * Idle means that it was given up without a word. Statuses that were not told yet survive a power cut.
   */
  onFirmwareUpdateStatusNotification(requestId: number, status: FirmwareStatusEnumType): void {
    this.input(() => {
      // The reboot that follows is one that is meant.
      if (status === 'Installing' || status === 'InstallRebooting') this.outbox.noteTold();
      // Signed updates carry the id of their request (whitepaper L01); the security profile is not built yet.
      if (requestId !== -1 || !this.firmware.onFirmwareStatus(status)) this.ignored(`firmware status ${status} of request ${requestId}`);
    });
  }

  /** How far an upload is. `requestId` -1: one of GetDiagnostics: Uploading, Uploaded, UploadFailed (or UploadFailure), Idle. */
  onLogStatusNotification(requestId: number, status: DiagnosticsStatus | UploadLogStatusEnumType): void {
    this.input(() => {
      if (requestId !== -1 || !this.firmware.onDiagnosticsStatus(status)) this.ignored(`log status ${status} of request ${requestId}`);
    });
  }

  // Security.

  /**
   * Something that the security whitepaper (section 8) names happened at the wallbox. It is logged and shown to the observer; sending it as
   * SecurityEventNotification, if `critical` or by its type, is not wired yet. `type`: at most 50 characters, `techInfo`: at most 255; cut beyond.
   */
  onSecurityEvent(type: string, techInfo = '', critical?: boolean): void {
    this.input(() => {
      const event = { type: cut(type, 50), techInfo: cut(techInfo, 255) };
      this.host.log(critical ? 'error' : 'warn', `Security event ${event.type}: ${event.techInfo}`);
      this.gate.report({ event: 'security_event', ...event });
    });
  }

  // Questions.

  /**
   * Asks for the authorization of a contract certificate (Plug & Charge, application note): its eMAID, its chain as PEM text of at most 5,500
   * characters, and what identifies up to four certificates of the chain for OCSP. `done` hears the answer once. Not wired yet: Plug & Charge
   * is off, so the answer is Invalid, at once.
   */
  dataTransferPncAuthorize(
    _emaid: string,
    _certificate: string | undefined,
    _hashData: readonly OCSPRequestDataType[] | undefined,
    done: (answer: PnCAuthorizeResponse) => void,
  ): void {
    this.input(() => this.gate.inform(() => done({ idTokenInfo: { status: 'Invalid' } })));
  }

  /**
   * Asks for the contract certificate of the EV at this connector; the answer is `get15118EvCertificateResponse`, also when none comes.
   * `exiRequest` is Base64 text of at most 5,600 characters. Not wired yet: certificate management is off, so the answer is Failed, at once.
   */
  dataTransferPncGet15118EvCertificate(connector: number, _exiRequest: string, _schemaVersion: string, action: 'Install' | 'Update'): void {
    this.input(() => {
      this.gate.inform(() => this.callbacks.get15118EvCertificateResponse?.(connector, { status: 'Failed' }, action));
    });
  }

  /** Asks list, cache and central system as for a card. `done` hears the answer once, at once or later. */
  authorizeIdToken(idTag: string, done: (info: IdTagInfo, source: Source) => void): void {
    this.input(() => {
      const heard: typeof done = (info, source) => this.gate.inform(() => done(info, source));
      // Cut it would be somebody else's.
      if (!isIdTag(idTag)) heard({ status: 'Invalid' }, 'offline');
      else this.authorizer.onFirmware(idTag, heard);
    });
  }

  /** Sends DataTransfer. `done` hears the answer once; undefined: offline, no answer, or a CALLERROR. */
  dataTransfer(
    vendorId: string,
    messageId: string | undefined,
    data: string | undefined,
    done: (answer: DataTransferResponse | undefined) => void,
  ): void {
    this.input(() => {
      const payload = {
        vendorId: cut(vendorId, 255),
        ...(messageId === undefined ? {} : { messageId: cut(messageId, 50) }),
        ...(data === undefined ? {} : { data: typeof data === 'string' ? data : JSON.stringify(data) }),
      };
      const heard = (answer: object | undefined) => this.gate.inform(() => done(answer as DataTransferResponse | undefined));
      this.requests.ask({ action: 'DataTransfer', payload, done: heard });
    });
  }

  /**
   * What every connector may take from now on: connector 0, the station as a whole, first. `durationSeconds` is cut to
   * MaxCompositeScheduleDuration. Without profiles: the station's maximum.
   */
  getAllCompositeChargingSchedules(durationSeconds: number, unit: ChargingRateUnit = 'A'): CompositeChargingSchedule[] {
    return allCompositeSchedules(this, amountOf(durationSeconds), unit === 'W' ? 'W' : 'A', false);
  }

  /** As `getAllCompositeChargingSchedules`, with the stackLevel of each limit and whether it was converted from the other unit. */
  getAllEnhancedCompositeChargingSchedules(durationSeconds: number, unit: ChargingRateUnit = 'A'): CompositeChargingSchedule[] {
    return allCompositeSchedules(this, amountOf(durationSeconds), unit === 'W' ? 'W' : 'A', true);
  }

  /** What the central system would read; all keys when none are given. */
  getConfigurationKey(keys?: readonly string[]): { configurationKey: KeyValue[]; unknownKey: string[] } {
    const configurationKey: KeyValue[] = [];
    const unknownKey: string[] = [];
    const asked = keys && keys.length > 0 ? keys : undefined;
    const count = asked ? asked.length : this.settings.count;
    for (let index = 0; index < count; index++) {
      const name = asked?.[index];
      const found = name === undefined ? index : this.settings.find(name);
      const entry = found < 0 ? undefined : this.settings.entry(found);
      if (entry !== undefined) configurationKey.push(JSON.parse(entry) as KeyValue);
      else if (name !== undefined) unknownKey.push(name);
    }
    return { configurationKey, unknownKey };
  }

  /** As ChangeConfiguration, read-only keys Rejected included. */
  setConfigurationKey(key: string, value: string): ChangeStatus {
    let status: ChangeStatus = 'Rejected';
    this.input(() => {
      if (typeof key !== 'string' || typeof value !== 'string') return this.ignored('setConfigurationKey without texts');
      status = this.changeKey(key, value);
      this.afterKeyChange();
    });
    return status;
  }

  /** Answers DataTransfer of one vendor and message (absent: every message of the vendor); replaces an earlier handler of the same pair. */
  handleDataTransfer(vendorId: string, messageId: string | undefined, handler: DataTransferHandler): void {
    this.dataTransferRoutes ??= new DataTransferRoutes();
    this.dataTransferRoutes.add(vendorId, messageId, handler);
  }

  /** Hears of changes of one key, instead of `configurationKeyChanged`. */
  watchConfigurationKey(key: string, watcher: KeyWatcher): void {
    this.keyWatchers = [...(this.keyWatchers ?? []).filter((entry) => !equalsIgnoringCase(entry.key, key)), { key, watcher }];
  }

  private adoptStatus(connector: ChargingConnector, status: ChargePointStatus | undefined): void {
    if (status !== undefined && !isStatus(status)) return this.ignored(`the status ${status} of connector ${connector.id}`);
    delete connector.disabled;
    if (status === 'Unavailable' && connector.operative) connector.disabled = true;
    if (status === 'Available') {
      connector.plugged = false;
      connector.finishing = false;
      this.authorizer.onUnplugged(connector);
    }
    if (status !== undefined && status !== 'Available' && status !== 'Unavailable' && status !== 'Faulted' && status !== 'Reserved') {
      connector.plugged = connector.id > 0;
    }
    if (status === 'Finishing') connector.finishing = true;
    if (status === 'Preparing' && this.coreAuthorizes && !connector.transaction) this.authorizer.starts.armTimeOut(connector.id);
    if (status === 'Faulted') connector.errors = [{ id: 'init', errorCode: 'OtherError', faulted: true }];
  }

  /** Says it again: the wallbox may have forgotten. What it cannot put into service is Unavailable, and told. */
  private callAvailability(connector: ChargingConnector): void {
    if (connector.operative) enable(this, connector);
    else if (connector.id === 0 && this.connectors.some(({ transaction }) => transaction !== undefined)) connector.scheduled = true;
    else this.gate.inform(() => this.callbacks.disableEvse?.(connector.id));
  }
}

/** Nobody plugs in at connector 0, the station as a whole. */
function cabled(connector: number): number {
  return connector > 0 ? connector : -1;
}

/** Cut alike wherever a session is named. */
function sessionOf(session: string): string {
  return textOf(session, longestSession) ?? '';
}

/** Whoever charged is charged for it, even under half a name. */
function idTagOf(idTag: string): string {
  return textOf(idTag, 20) ?? '';
}

/** Messages of profiles that are on, refused because the wallbox leaves their callback out (protocol.md section 11). */
function leftOut(callbacks: Callbacks): string {
  let list = '';
  if (!callbacks.reset || !callbacks.isResetAllowed) list += ' Reset';
  if (!callbacks.unlockConnector) list += ' UnlockConnector';
  if (!callbacks.updateFirmware && callbacks.uploadDiagnostics) list += ' UpdateFirmware';
  if (callbacks.updateFirmware && !callbacks.uploadDiagnostics) list += ' GetDiagnostics';
  return list;
}

/** One that is over but for the store does not keep the next one from beginning. */
function isRunning({ transaction }: ChargingConnector): boolean {
  return transaction !== undefined && transaction.unstored === undefined;
}
