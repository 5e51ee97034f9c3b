/** The charge point: every input of the wallbox and of the host is a method here, and one `settle` runs on the way out of each. */

import {
  answerDeadline,
  type Callbacks,
  type DataTransferHandler,
  type DataTransferRequest,
  type DataTransferResponse,
  type ErrorInfo,
  type KeyValue,
  type KeyWatcher,
  type MeterReadings,
  type Options,
  type StationEvent,
  type UnlockStatus,
} from './callbacks.ts';
import { Authorizer, type Source } from './charging/authorize.ts';
import { availabilityAnswer, changeAvailability, executeScheduled, loadAvailability } from './charging/availability.ts';
import { Connector } from './charging/connector.ts';
import { Meter } from './charging/meter.ts';
import { Resetter } from './charging/reset.ts';
import type { Station } from './charging/station.ts';
import { StatusNotifications } from './charging/status-notifications.ts';
import { askWallbox, requestStop } from './charging/stop.ts';
import { type StartDetails, type StopDetails, Transactions } from './charging/transaction.ts';
import type { Closed, Host } from './host.ts';
import { PromisedAnswers } from './link/answers.ts';
import { Clock } from './link/clock.ts';
import { ConnectorDeadline, Deadline, Deadlines } from './link/deadlines.ts';
import { Outbox } from './link/outbox.ts';
import { FirmwareRequests } from './link/requests.ts';
import { Session, type SessionListener } from './link/session.ts';
import { bootNotification } from './profiles/core.ts';
import { handle, readableRow } from './profiles/index.ts';
import { ConnectionSettings } from './settings/connection.ts';
import type { Feature } from './settings/keys.ts';
import { type Station as Board, type ChangeStatus, Settings } from './settings/settings.ts';
import { Violation } from './wire/check.ts';
import { type Frame, readRequest } from './wire/frame.ts';
import { cut, equalsIgnoringCase } from './wire/text.ts';
import type {
  AvailabilityStatus,
  BootReason,
  ChargePointStatus,
  IdTagInfo,
  Measurand,
  Phase,
  Reason,
  ReceivedRequest,
  RegistrationStatus,
} from './wire/types.ts';

/** Measurands of a meter about which the board's options say nothing. */
const usualMeasurands: readonly string[] = /* @__PURE__ */ Object.freeze([
  'Energy.Active.Import.Register',
  'Power.Active.Import',
  'Current.Import',
  'Voltage',
  'Current.Offered',
  'Power.Offered',
]);

export class ChargePoint implements Station, SessionListener, Board {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly connection: ConnectionSettings;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly connectors: readonly Connector[];
  readonly authorizer: Authorizer;
  readonly statuses: StatusNotifications;
  readonly transactions: Transactions;
  readonly requests: FirmwareRequests;
  readonly resetter: Resetter;
  private readonly answers: PromisedAnswers;
  private readonly meter: Meter;
  private dataTransferHandlers: { vendorId: string; messageId: string | undefined; handler: DataTransferHandler }[] | undefined;
  private keyWatchers: { key: string; watcher: KeyWatcher }[] | undefined;
  /** How many inputs are on the stack; the outermost one settles. */
  private depth = 0;
  private unsettled = false;
  private alarmAt: number | undefined;
  private initialized = false;
  private stopped = true;
  private reconnectAfterAnswer = false;

  /**
   * Reads what the station knows from flash; says nothing to anybody before `start`.
   * Throws a TypeError when `provideToken` or `stopTransaction` is missing, and a RangeError for 0 or more than 16 connectors.
   */
  constructor(host: Host, callbacks: Callbacks, options: Options) {
    if (!callbacks.provideToken || !callbacks.stopTransaction)
      throw new TypeError('A wallbox implements provideToken and stopTransaction.');
    if (!(options.numberOfConnectors >= 1 && options.numberOfConnectors <= 16)) throw new RangeError('A station has 1 to 16 connectors.');
    this.host = host;
    this.callbacks = callbacks;
    this.options = options;
    this.deadlines = new Deadlines(options.numberOfConnectors);
    this.answers = new PromisedAnswers(host, this.deadlines, this, answerDeadline);
    this.clock = new Clock(host);
    this.settings = new Settings(host, options.keys, this);
    this.connection = new ConnectionSettings(host, options, this.settings);
    this.session = new Session(host, this.settings, this.connection, this.deadlines, this);
    const connectors: Connector[] = [];
    for (let id = 0; id <= options.numberOfConnectors; id++) connectors.push(new Connector(id));
    this.connectors = connectors;
    this.meter = new Meter(this);
    this.transactions = new Transactions(this, this.meter);
    this.outbox = new Outbox(host, this.settings, this.deadlines, this.clock, this.session, this.transactions);
    this.authorizer = new Authorizer(this);
    this.statuses = new StatusNotifications(this);
    this.requests = new FirmwareRequests(this.session);
    this.resetter = new Resetter(this);
    loadAvailability(this);
    this.outbox.mount(this.transactions.load());
  }

  // Life cycle.

  /**
   * Sets the connectors to what the wallbox found at power on, and decides about transactions that a power cut interrupted: those whose
   * session is in `resumable` go on, the others end with PowerLoss. `statuses[n]` is connector n's; absent: from the stored availability,
   * and `enableEvse` or `disableEvse` is called for each. Called by `start` if it was not called before; a second call does nothing.
   */
  init(statuses?: readonly (ChargePointStatus | undefined)[], resumable: readonly string[] = []): void {
    this.input(() => {
      if (this.initialized) return;
      this.initialized = true;
      this.transactions.resume(resumable);
      for (const connector of this.connectors) {
        if (statuses) this.adoptStatus(connector, statuses[connector.id]);
        else this.callAvailability(connector);
      }
    });
  }

  /** Boots: BootNotification on the first connection. True, or false when it runs already. */
  start(bootReason: BootReason = 'PowerUp', resumable: readonly string[] = []): boolean {
    if (!this.stopped) return false;
    this.init(undefined, resumable);
    this.input(() => {
      this.stopped = false;
      this.host.log('info', `The station starts (${bootReason}).`);
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
      for (const connector of this.connectors) requestStop(this, connector, 'Other', undefined);
      this.session.disconnect();
    });
    return true;
  }

  /** Starts again after `stop`, as after a boot. False while it runs. */
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
    this.outbox.resumeDelay = Math.max(0, seconds);
  }

  /** Calls `setConnectionTimeout` with ConnectionTimeOut. */
  callSetConnectionTimeout(): void {
    this.call(() => this.callbacks.setConnectionTimeout?.(this.settings.number('ConnectionTimeOut')));
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

  /** As above; at most 20 characters each. */
  updateModemInformation(iccid?: string, imsi?: string): void {
    this.input(() => {
      if (iccid !== undefined) this.settings.set('ICCID', cut(iccid, 20));
      if (imsi !== undefined) this.settings.set('IMSI', cut(imsi, 20));
    });
  }

  /** As above; at most 25 characters each. */
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

  /** A card was presented. `connectors`: those its reader serves; absent: all. idTags longer than 20 characters are refused. */
  onToken(idTag: string, connectors?: readonly number[]): void {
    this.input(() => {
      if (!this.coreAuthorizes) return this.ignored('onToken');
      if (idTag === '' || cut(idTag, 20) !== idTag) return this.ignored('onToken with an idTag of more than 20 characters');
      this.authorizer.onCard(idTag, connectors ?? this.allConnectors());
    });
  }

  /** A cable, or an EV, is connected. */
  onPlugged(connector: number): void {
    this.at(connector, (found) => {
      if (found.plugged) return;
      found.plugged = true;
      if (this.coreAuthorizes) this.authorizer.onPlugged(found);
    });
  }

  /** The EV is gone: ends its transaction if StopTransactionOnEVSideDisconnect says so (OCPP 1.6 4.9). */
  onUnplugged(connector: number): void {
    this.at(connector, (found) => {
      if (!found.plugged) return;
      found.plugged = false;
      if (found.transaction && found.transaction.unstored === undefined) this.onUnpluggedWhileCharging(found);
      else {
        this.authorizer.onUnplugged(found, !found.finishing);
        found.finishing = false;
      }
    });
  }

  private onUnpluggedWhileCharging(connector: Connector): void {
    connector.info = 'EV side disconnected';
    if (this.settings.boolean('StopTransactionOnEVSideDisconnect')) requestStop(this, connector, 'EVDisconnected', undefined);
    else connector.suspendedByEV = true;
  }

  // Sessions (firmware authorization); with core authorization the core knows and these only inform.

  /** Somebody plugged in (EVConnected) or was authorized (Authorized). */
  onSessionStarted(connector: number, _session: string, reason: 'EVConnected' | 'Authorized'): void {
    this.at(connector, (found) => {
      if (this.coreAuthorizes) return this.ignored('onSessionStarted');
      found.info = reason;
      found.finishing = false;
      if (reason === 'EVConnected') found.plugged = true;
      else found.authorization = { idTag: '', parentIdTag: undefined, remote: false, provided: true };
    });
  }

  /** The cable is out and the session over. */
  onSessionStopped(connector: number, _session: string): void {
    this.at(connector, (found) => {
      if (this.coreAuthorizes) return this.ignored('onSessionStopped');
      found.plugged = false;
      found.finishing = false;
      found.authorization = undefined;
    });
  }

  /** ConnectionTimeOut is over at the wallbox. */
  onPluginTimeout(connector: number): void {
    this.at(connector, (found) => {
      if (this.coreAuthorizes) return this.ignored('onPluginTimeout');
      found.authorization = undefined;
      found.finishing = found.plugged;
      found.info = 'ConnectionTimeout';
    });
  }

  onReservationStart(connector: number): void {
    this.at(connector, (found) => {
      if (this.coreAuthorizes) return this.ignored('onReservationStart');
      found.reserved = true;
    });
  }

  onReservationEnd(connector: number): void {
    this.at(connector, (found) => {
      if (this.coreAuthorizes) return this.ignored('onReservationEnd');
      found.reserved = false;
    });
  }

  // Transactions.

  /**
   * Charging began. `session` names it until it ends; `meterStart` in Wh; `time` in milliseconds of `host.now()`, absent: now.
   * Stored before anything else happens; when it cannot be stored the wallbox is asked to stop at once.
   */
  onTransactionStarted(connector: number, session: string, idTag: string, meterStart: number, details: StartDetails = {}): void {
    this.at(connector, (found) => {
      if (found.transaction) return this.ignored('onTransactionStarted during a transaction');
      const transaction = this.transactions.begin(found, session, cut(idTag, 20), meterStart, details);
      if (transaction === undefined) {
        found.authorization = undefined;
        this.report({ event: 'dropped', action: 'StartTransaction', reason: 'The store is full' });
        this.call(() => this.callbacks.stopTransaction(connector, 'Other'));
        return;
      }
      if (this.coreAuthorizes) found.plugged = true;
      this.report({ event: 'tx_started', connector, session, idTag: transaction.idTag });
      this.call(() => this.callbacks.transactionStarted?.(connector, session));
    });
  }

  /** Charging ended. `meterStop` in Wh; details: the card that ended it, the time, a signed value. */
  onTransactionStopped(connector: number, session: string, reason: Reason, meterStop: number, details: StopDetails = {}): void {
    this.at(connector, (found) => {
      const transaction = found.transaction;
      if (transaction === undefined || transaction.session !== session || transaction.unstored !== undefined) {
        return this.ignored('onTransactionStopped for a session that does not run');
      }
      this.transactions.end(found, transaction, reason, meterStop, details);
      found.finishing = true;
      if (reason === 'EVDisconnected') this.onDisconnectedEnd(found);
      // Finishing is to be seen even when the cable is out already.
      this.statuses.noteOne(found);
      if (!found.plugged && this.coreAuthorizes) found.finishing = false;
    });
  }

  private onDisconnectedEnd(connector: Connector): void {
    connector.info = 'EV side disconnected';
    if (this.settings.boolean('UnlockConnectorOnEVSideDisconnect') && this.hasLock(connector.id)) this.unlock(connector.id, () => {});
  }

  onResumeCharging(connector: number): void {
    this.at(connector, (found) => {
      found.suspendedByEV = false;
      found.suspendedByEVSE = false;
    });
  }

  /** The EV takes no energy. `info`: at most 50 characters, said with the notification. */
  onSuspendChargingEV(connector: number, info?: string): void {
    this.at(connector, (found) => {
      found.suspendedByEV = true;
      if (info !== undefined) found.info = info;
    });
  }

  /** The station offers no energy; this comes before what the EV does (errata 3.64). */
  onSuspendChargingEVSE(connector: number, info?: string): void {
    this.at(connector, (found) => {
      found.suspendedByEVSE = true;
      if (info !== undefined) found.info = info;
    });
  }

  // Availability and errors. Connector 0 is the station.

  onEnabled(connector: number): void {
    this.at(connector, (found) => {
      found.disabled = false;
    });
  }

  onDisabled(connector: number): void {
    this.at(connector, (found) => {
      found.disabled = true;
    });
  }

  /** As ChangeAvailability, by an operator at the box. Kept over reboots. */
  onChangeAvailability(connector: number, operative: boolean): AvailabilityStatus {
    let status: AvailabilityStatus = 'Rejected';
    this.input(() => {
      status = availabilityAnswer(this, connector, operative);
      if (status !== 'Rejected') changeAvailability(this, connector, operative);
    });
    return status;
  }

  /** An error of the connector; an `id` that is known already changes nothing. */
  onError(connector: number, error: ErrorInfo): void {
    this.at(connector, (found) => {
      if (found.errors?.some((known) => known.id === error.id)) return;
      found.errors = [...(found.errors ?? []), error];
    });
  }

  onErrorCleared(connector: number, id: string): void {
    this.at(connector, (found) => {
      const left = found.errors?.filter((error) => error.id !== id);
      found.errors = left && left.length > 0 ? left : undefined;
    });
  }

  onAllErrorsCleared(connector: number): void {
    this.at(connector, (found) => {
      found.errors = undefined;
    });
  }

  // Measurements.

  /** What the meter of a connector (0: the main meter) shows now. Kept by reference: hand over a new object each time. */
  onMeterValues(connector: number, readings: MeterReadings): void {
    this.at(connector, (found) => {
      found.readings = readings;
      found.energy = this.meter.energy(found);
      const allowed = found.transaction?.energyAllowed;
      if (allowed !== undefined && allowed > 0 && (found.energy ?? 0) >= allowed) this.authorizer.pause(found);
    });
  }

  /** A. */
  onMaxCurrentOffered(connector: number, current: number): void {
    this.at(connector, (found) => {
      found.currentOffered = current;
    });
  }

  /** W. */
  onMaxPowerOffered(connector: number, power: number): void {
    this.at(connector, (found) => {
      found.powerOffered = power;
    });
  }

  // Questions.

  /** Asks list, cache and central system as for a card. `done` hears the answer once, at once or later. */
  authorizeIdToken(idTag: string, done: (info: IdTagInfo, source: Source) => void): void {
    this.input(() => this.authorizer.onFirmware(cut(idTag, 20), done));
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
        ...(data === undefined ? {} : { data }),
      };
      this.requests.ask({ action: 'DataTransfer', payload, done: (answer) => done(answer as DataTransferResponse | undefined) });
    });
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
      status = this.changeKey(key, value);
      this.afterKeyChange();
    });
    return status;
  }

  /** Answers DataTransfer of one vendor and message (absent: every message of the vendor); replaces an earlier handler of the same pair. */
  handleDataTransfer(vendorId: string, messageId: string | undefined, handler: DataTransferHandler): void {
    const others = (this.dataTransferHandlers ?? []).filter(
      (entry) => !(equalsIgnoringCase(entry.vendorId, vendorId) && sameMessage(entry.messageId, messageId)),
    );
    this.dataTransferHandlers = [...others, { vendorId, messageId, handler }];
  }

  /** Hears of changes of one key, instead of `configurationKeyChanged`. */
  watchConfigurationKey(key: string, watcher: KeyWatcher): void {
    this.keyWatchers = [...(this.keyWatchers ?? []).filter((entry) => !equalsIgnoringCase(entry.key, key)), { key, watcher }];
  }

  // What the host's socket and alarm say.

  /** The alarm that the host was asked for. */
  onAlarm(): void {
    this.enter();
    try {
      this.alarmAt = undefined;
      const now = this.host.now();
      for (let slot = this.deadlines.takeDue(now); slot >= 0; slot = this.deadlines.takeDue(now)) this.onDeadline(slot, now);
    } finally {
      this.leave();
    }
  }

  onText(text: string): void {
    this.enter();
    try {
      this.session.onText(text);
    } finally {
      this.leave();
    }
  }

  onOpen(): void {
    this.input(() => this.session.onOpen());
  }

  onUnreadable(): void {
    this.input(() => this.session.onUnreadable());
  }

  onPong(): void {
    this.input(() => this.session.onPong());
  }

  onClosed(closed: Closed): void {
    this.input(() => this.session.onClosed(closed));
  }

  // What the session tells.

  onConnectionOpened(): void {
    this.outbox.onConnectionOpened();
    if (this.session.isOnline) this.statuses.tellDifferences();
    this.report({ event: 'connected' });
    this.call(() => this.callbacks.connectionStateChanged?.(true));
  }

  onConnectionClosed(closed: Closed, wasOpen: boolean, nextTry: number | undefined): void {
    this.connection.failed(closed);
    this.statuses.onDisconnected();
    this.authorizer.onDisconnected();
    this.requests.onDisconnected();
    const { reason, httpStatus, detail, code } = closed;
    if (wasOpen) {
      this.report({ event: 'disconnected', reason, ...(code === undefined ? {} : { code }) });
      this.call(() => this.callbacks.connectionStateChanged?.(false));
    } else {
      this.report({
        event: 'connect_failed',
        reason,
        nextTry: nextTry ?? 0,
        ...(httpStatus === undefined ? {} : { httpStatus }),
        ...(detail === undefined ? {} : { detail }),
      });
    }
  }

  onRegistration(status: RegistrationStatus, interval: number, currentTime: string, firstAcceptance: boolean): void {
    this.report({ event: 'boot', status, interval });
    if (status === 'Accepted') this.connection.accepted();
    if (firstAcceptance) {
      this.statuses.forgetConfirmed();
      this.statuses.note();
      this.statuses.tellDifferences();
    }
    this.call(() => this.callbacks.bootNotificationResponse?.(status, interval, currentTime));
  }

  onTime(unix: number): void {
    if (this.clock.learn(unix) !== undefined) {
      this.outbox.onTimeLearnt();
      this.meter.armClockAligned();
      this.report({ event: 'clock', now: unix });
    }
    this.call(() => this.callbacks.setSystemTime?.(unix));
  }

  onAnswered(): void {
    this.connection.proven();
    this.outbox.onOtherAnswer();
  }

  onCall(frame: Frame): void {
    const row = readableRow(this, frame);
    if (row === undefined) return;
    const request = readRequest(frame);
    if (request instanceof Violation) {
      this.session.replyError(frame.id, request.code, request.field);
      return;
    }
    try {
      handle(this, frame.id, row, request);
    } catch (error) {
      this.host.log('error', `${row} failed: ${error}`);
      if (this.session.isHandling(frame.id)) this.session.replyError(frame.id, 'InternalError', '');
    }
  }

  onLateAnswer(frame: Frame): boolean {
    const action = this.outbox.isHead(frame.id) ? this.outbox.actionOfHead() : undefined;
    if (action === undefined) return false;
    this.session.deliver(frame, this.outbox, action);
    return true;
  }

  // What profiles ask.

  get coreAuthorizes(): boolean {
    return this.options.authorization !== 'firmware';
  }

  get numberOfConnectors(): number {
    return this.options.numberOfConnectors;
  }

  /** Whether the function exists: its callbacks are given and the board has what it takes. SupportedFeatureProfiles is not asked. */
  has(feature: Feature): boolean {
    switch (feature) {
      case 'cache':
        return true;
      case 'lights':
        return this.options.lights === true;
      case 'fixedCable':
        return this.allConnectors().every((id) => this.cableOf(id) === 'fixed');
      case 'signedMeterValues':
        return this.options.connectors?.some((connector) => connector.signed === true) ?? false;
      default:
        return false;
    }
  }

  measures(measurand: Measurand, phase: Phase | undefined): boolean {
    const lists = this.allConnectors().map((id) => this.options.connectors?.[id - 1]?.measurands ?? usualMeasurands);
    if (this.options.mainMeterMeasurands) lists.push(this.options.mainMeterMeasurands);
    return lists.some((list) => list.some((item) => (phase === undefined ? item.startsWith(measurand) : item === `${measurand}.${phase}`)));
  }

  private cableOf(connector: number): 'fixed' | 'socket' {
    return this.options.connectors?.[connector - 1]?.cable ?? (this.callbacks.unlockConnector ? 'socket' : 'fixed');
  }

  hasLock(connector: number): boolean {
    return this.callbacks.unlockConnector !== undefined && (this.options.connectors?.[connector - 1]?.lock ?? true);
  }

  /** 1..N. */
  allConnectors(): number[] {
    const all: number[] = [];
    for (let id = 1; id <= this.options.numberOfConnectors; id++) all.push(id);
    return all;
  }

  /** RemoteStart and RemoteStop are Rejected until the central system has accepted the station (OCPP 1.6 4.2). */
  get mayActRemotely(): boolean {
    return this.session.registration === 'Accepted';
  }

  admitsRemoteStart(connector: Connector, idTag: string): boolean {
    if (this.coreAuthorizes) return !connector.reserved || (this.authorizer.reservations?.admits(connector, idTag, undefined) ?? false);
    return !connector.reserved || this.callbacks.isTokenReservedForConnector?.(connector.id, idTag) !== 'ReservedForOtherToken';
  }

  /** A profile given with RemoteStart is ignored while there is no Smart Charging (OCPP 1.6 5.11). */
  admitsRemoteProfile(_request: ReceivedRequest<'RemoteStartTransaction'>): boolean {
    return true;
  }

  remoteStart(request: ReceivedRequest<'RemoteStartTransaction'>, connectors: number[]): void {
    const authorize = this.settings.boolean('AuthorizeRemoteTxRequests');
    if (this.coreAuthorizes) this.authorizer.onRemoteStart(request.idTag, connectors, authorize);
    else this.call(() => this.callbacks.provideToken(request.idTag, connectors, !authorize));
  }

  /** Opens a lock; no answer in time is UnlockFailed. */
  unlock(connector: number, done: (status: UnlockStatus) => void): void {
    this.whenAnswered<UnlockStatus>(
      () => this.callbacks.unlockConnector?.(connector) ?? 'NotSupported',
      'UnlockFailed',
      (status) => {
        this.report({ event: 'unlock', connector, outcome: status });
        done(status);
      },
    );
  }

  /** The handler of vendor and message, else that of the vendor, else the general callback (OCPP 1.6 4.3). */
  answerDataTransfer(request: DataTransferRequest): DataTransferResponse | Promise<DataTransferResponse> {
    const vendor = (this.dataTransferHandlers ?? []).filter((entry) => equalsIgnoringCase(entry.vendorId, request.vendorId));
    const exact = vendor.find((entry) => sameMessage(entry.messageId, request.messageId));
    const chosen = exact ?? vendor.find((entry) => entry.messageId === undefined);
    if (chosen) return chosen.handler.handle(request.data);
    if (this.callbacks.dataTransfer) return this.callbacks.dataTransfer(request);
    return { status: vendor.length > 0 ? 'UnknownMessageId' : 'UnknownVendorId' };
  }

  /** Changes a key and puts it in force. `afterKeyChange` does what has to wait until the answer has left. */
  changeKey(name: string, value: string): ChangeStatus {
    const status = this.settings.change(name, value);
    const index = this.settings.changed;
    if (index < 0) return status;
    const key = this.settings.keyOf(index);
    if (key === 'SecurityProfile') return 'Rejected';
    if (key === 'AuthorizationKey') {
      if (!this.connection.changeKey(value)) return 'Rejected';
      this.reconnectAfterAnswer = this.settings.securityProfile === 1 || this.settings.securityProfile === 2 || this.session.isOpen;
    }
    this.putInForce(key);
    const shown = key === 'AuthorizationKey' ? undefined : this.settings.valueOf(index);
    const change: KeyValue = { key, readonly: this.settings.isReadOnly(index), ...(shown === undefined ? {} : { value: shown }) };
    this.report({ event: 'config_changed', ...change });
    const watcher = this.keyWatchers?.find((entry) => equalsIgnoringCase(entry.key, key))?.watcher;
    this.call(() => (watcher ? watcher.changed(change) : this.callbacks.configurationKeyChanged?.(change)));
    return status;
  }

  afterKeyChange(): void {
    if (this.reconnectAfterAnswer) this.session.reconnect();
    this.reconnectAfterAnswer = false;
  }

  private putInForce(key: string): void {
    switch (key) {
      case 'MeterValueSampleInterval':
        for (const connector of this.connectors) this.meter.armSampling(connector);
        break;
      case 'ClockAlignedDataInterval':
        this.meter.armClockAligned();
        break;
      case 'HeartbeatInterval':
        this.session.armHeartbeat();
        break;
      case 'WebSocketPingInterval':
        this.session.armPing();
        break;
      case 'ConnectionTimeOut':
        this.callSetConnectionTimeout();
        break;
    }
  }

  report(event: StationEvent): void {
    this.options.observer?.observe(event);
  }

  whenAnswered<T>(answer: () => T | Promise<T>, refusing: T, then: (value: T) => void): void {
    this.answers.when(answer, refusing, then);
  }

  // The gate.

  enter(): void {
    this.depth++;
    this.unsettled = true;
  }

  leave(): void {
    if (this.depth > 1) {
      this.depth--;
      return;
    }
    try {
      // What callbacks change on the way is settled in the same go; the bound keeps a wallbox that never rests from hanging the station.
      for (let round = 0; this.unsettled && round < 10; round++) this.settle();
    } finally {
      this.depth--;
    }
    const next = this.deadlines.next();
    if (next === this.alarmAt) return;
    this.alarmAt = next;
    this.host.alarm(next);
  }

  /** The news after the answer: scheduled changes, statuses, the next CALL. */
  private settle(): void {
    this.unsettled = false;
    executeScheduled(this);
    this.statuses.note();
    this.resetter.check();
    this.pump();
  }

  /** One CALL at a time, in the order of protocol.md section 4. */
  private pump(): void {
    const { session } = this;
    if (this.stopped || !session.isIdle) return;
    if (session.isBootDue()) return session.callBoot(bootNotification(this));
    if (!session.isOnline) return;
    if (this.connection.isUnproven && session.isIdle) this.heartbeatDue = true;
    if (this.authorizer.send() || this.requests.send() || this.statuses.send() || this.outbox.send()) return;
    if (!this.heartbeatDue) return;
    this.heartbeatDue = false;
    session.callHeartbeat();
  }

  private heartbeatDue = false;

  private onDeadline(slot: number, now: number): void {
    const id = this.deadlines.connectorOf(slot);
    if (id >= 0) return this.onConnectorDeadline(this.connectors[id] as Connector, this.deadlines.kindOf(slot), now);
    switch (slot) {
      case Deadline.Heartbeat:
        this.heartbeatDue = true;
        break;
      case Deadline.ClockAligned:
        this.meter.onClockAlignedDeadline();
        break;
      case Deadline.Reset:
        this.resetter.onDeadline();
        break;
      case Deadline.Callback:
        this.answers.onDeadline();
        break;
      case Deadline.Outbox:
        break;
      default:
        this.session.onDeadline(slot);
    }
  }

  private onConnectorDeadline(connector: Connector, kind: number, now: number): void {
    switch (kind) {
      case ConnectorDeadline.Sample:
        this.meter.onSampleDeadline(connector, now);
        break;
      case ConnectorDeadline.ConnectionTimeOut:
        this.authorizer.onTimeOut(connector);
        break;
      case ConnectorDeadline.Status:
        this.statuses.onStatusDeadline(connector);
        break;
      default:
        if (connector.transaction?.unstored !== undefined) this.transactions.storeEnd(connector, connector.transaction);
        else askWallbox(this, connector);
    }
  }

  /** Inputs never throw: what goes wrong inside is logged, and the station goes on. */
  private input(work: () => void): void {
    this.enter();
    try {
      work();
    } catch (error) {
      this.host.log('error', `An input failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  private at(connector: number, work: (connector: Connector) => void): void {
    const found = this.connectors[connector];
    this.input(() => (found ? work(found) : this.ignored(`an input for connector ${connector}`)));
  }

  private call(callback: () => unknown): void {
    this.whenAnswered<unknown>(callback, undefined, () => {});
  }

  private ignored(what: string): void {
    this.host.log('warn', `Ignored: ${what}.`);
  }

  private adoptStatus(connector: Connector, status: ChargePointStatus | undefined): void {
    connector.disabled = status === 'Unavailable' && connector.operative;
    if (status === 'Available') connector.plugged = false;
    if (status !== undefined && status !== 'Available' && status !== 'Unavailable' && status !== 'Faulted' && status !== 'Reserved') {
      connector.plugged = connector.id > 0;
    }
    if (status === 'Finishing') connector.finishing = true;
    if (status === 'Faulted') connector.errors = [{ id: 'init', errorCode: 'OtherError', faulted: true }];
  }

  private callAvailability(connector: Connector): void {
    const { enableEvse, disableEvse } = this.callbacks;
    this.call(() => (connector.operative ? enableEvse : disableEvse)?.call(this.callbacks, connector.id));
  }
}

function sameMessage(registered: string | undefined, asked: string | undefined): boolean {
  return registered === asked || (registered !== undefined && asked !== undefined && equalsIgnoringCase(registered, asked));
}
