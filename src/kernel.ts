/**
 * The station behind the inputs: its parts, the gate that every input passes, the one way out (`settle`), and what sessions and profiles
 * ask of it. charge-point.ts puts the inputs on top.
 */

import { Authorizer } from './access/authorize.ts';
import { mountLocalList } from './access/local-list.ts';
import { loadReservations } from './access/reservations.ts';
import {
  type Answer,
  answerDeadline,
  type Callbacks,
  type DataTransferRequest,
  type DataTransferResponse,
  type KeyValue,
  type KeyWatcher,
  type Options,
  type UnlockStatus,
} from './callbacks.ts';
import { executeScheduled, loadAvailability } from './connector/availability.ts';
import { hasFeature, isMeasured, maximumCurrentOf } from './connector/capabilities.ts';
import { Connector } from './connector/connector.ts';
import { StatusNotifications } from './connector/status-notifications.ts';
import { Unlocker } from './connector/unlock.ts';
import { ChargingProfiles } from './energy/charging-profiles.ts';
import type { Closed, Host } from './host.ts';
import { Clock } from './link/clock.ts';
import { answerDataTransfer, type DataTransferRoutes } from './link/data-transfer.ts';
import { ConnectorDeadline, Deadline, Deadlines } from './link/deadlines.ts';
import { Gate } from './link/gate.ts';
import { Outbox } from './link/outbox.ts';
import { FirmwareRequests } from './link/requests.ts';
import { Session, type SessionListener } from './link/session.ts';
import { type Trigger, Triggers } from './link/triggers.ts';
import { ConnectionSettings } from './settings/connection.ts';
import { putInForce } from './settings/effects.ts';
import type { Feature } from './settings/keys.ts';
import { type Capabilities, type ChangeStatus, Settings } from './settings/settings.ts';
import { Meter } from './transaction/meter.ts';
import { TransactionReader } from './transaction/record-reader.ts';
import { askOutstandingStops, wishToStop } from './transaction/stop.ts';
import type { ChargingConnector, Transaction } from './transaction/transaction.ts';
import { Transactions } from './transaction/transactions.ts';
import { Firmware } from './upkeep/firmware.ts';
import { Resetter } from './upkeep/reset.ts';
import type { Frame } from './wire/frame.ts';
import { equalsIgnoringCase } from './wire/text.ts';
import type { Measurand, MessageTrigger, Phase, ReceivedRequest, RegistrationStatus, Request } from './wire/types.ts';

/** Steps of settling, one after the other in `Kernel.leave`. */
const settlingSteps = 10;

/** What the feature profiles do for the kernel, which lies below them: charge-point.ts hands them over. */
export interface Profiles {
  /** Answers a CALL, at once or when the firmware has kept its promise. */
  answer(cp: Kernel, frame: Frame): void;
  bootNotification(cp: Kernel): Request<'BootNotification'>;
  /** Sends what was triggered first and can still be sent; false when nothing was. */
  sendTriggered(cp: Kernel): boolean;
}

export class Kernel implements SessionListener, Capabilities {
  readonly host: Host;
  readonly callbacks: Callbacks;
  readonly options: Options;
  private readonly profiles: Profiles;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly connection: ConnectionSettings;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly connectors: readonly ChargingConnector[];
  readonly authorizer: Authorizer;
  readonly statuses: StatusNotifications;
  readonly transactions: Transactions;
  readonly chargingProfiles: ChargingProfiles | undefined;
  readonly requests: FirmwareRequests;
  readonly resetter: Resetter;
  /** The one way into firmware code. */
  readonly gate: Gate;
  readonly meter: Meter;
  /** Only while an update or an upload has something to do. */
  private firmwareInUse: Firmware | undefined;
  /** Only while some wait. */
  private triggers: Triggers | undefined;
  /** Only while handlers are registered. */
  protected dataTransferRoutes: DataTransferRoutes | undefined;
  /** Only while a lock waits for the end of a transaction. */
  private unlocker: Unlocker | undefined;
  protected keyWatchers: { key: string; watcher: KeyWatcher }[] | undefined;
  /** How many inputs are on the stack; the outermost one settles. */
  private depth = 0;
  private unsettled = false;
  private heartbeatDue?: boolean;
  private alarmAt: number | undefined;
  protected stopped = true;
  /** `init` has decided which transactions go on. Before that inputs say what is, and nothing follows from it. */
  protected isInitialized?: boolean;
  private reconnectAfterAnswer?: boolean;
  /** What QueueAllMessages kept while offline is still being told, behind the outbox. */
  private backlog?: boolean;

  /**
   * Reads what the station knows from flash; says nothing to anybody before `start`.
   * Throws a TypeError when `provideToken` or `stopTransaction` is missing, and a RangeError for 0 or more than 16 connectors.
   */
  constructor(host: Host, callbacks: Callbacks, options: Options, profiles: Profiles) {
    if (!callbacks.provideToken || !callbacks.stopTransaction)
      throw new TypeError('A wallbox implements provideToken and stopTransaction.');
    if (!(options.numberOfConnectors >= 1 && options.numberOfConnectors <= 16)) throw new RangeError('A station has 1 to 16 connectors.');
    this.host = host;
    this.callbacks = callbacks;
    this.options = options;
    this.profiles = profiles;
    this.deadlines = new Deadlines(options.numberOfConnectors);
    this.gate = new Gate(host, options.observer, this.deadlines, this, answerDeadline);
    this.clock = new Clock(host);
    this.settings = new Settings(host, options.keys, this);
    this.adoptPublicKeys();
    this.connection = new ConnectionSettings(host, options, this.settings);
    this.session = new Session(host, this.settings, this.connection, this.deadlines, this);
    const connectors: ChargingConnector[] = [];
    for (let id = 0; id <= options.numberOfConnectors; id++) connectors.push(new Connector<Transaction>(id, connectors[0]));
    this.connectors = connectors;
    this.meter = new Meter(this);
    this.transactions = new Transactions(this, this.meter);
    const reader = new TransactionReader(this, this.meter, this.transactions);
    this.outbox = new Outbox(host, this.settings, this.deadlines, this.clock, this.session, reader);
    this.authorizer = new Authorizer(this);
    this.statuses = new StatusNotifications(this);
    this.requests = new FirmwareRequests(this.session, this.settings);
    this.resetter = new Resetter(this);
    this.chargingProfiles = this.settings.has('smartCharging') ? new ChargingProfiles(this) : undefined;
    loadAvailability(this);
    this.outbox.mount(this.transactions.load());
    mountLocalList(this);
    loadReservations(this);
    if (Firmware.isStored(this)) this.firmware.onBoot();
  }

  /** Kept where MeterPublicKey<n> is read; a key that is there already is not written again. */
  private adoptPublicKeys(): void {
    const { connectors } = this.options;
    for (let index = 0; connectors !== undefined && index < connectors.length; index++) {
      const key = connectors[index]?.meterPublicKey;
      if (key !== undefined) this.settings.setMeterPublicKey(index + 1, key);
    }
  }

  // What the host's socket and alarm say.

  /** The alarm that the host was asked for. */
  onAlarm(): void {
    this.enter();
    try {
      this.alarmAt = undefined;
      const now = this.host.now();
      for (let slot = this.deadlines.takeDue(now); slot >= 0; slot = this.deadlines.takeDue(now)) {
        try {
          this.onDeadline(slot);
        } catch (error) {
          // The other deadlines are due all the same.
          this.host.log('error', `A deadline failed: ${error}`);
        }
      }
    } finally {
      this.leave();
    }
  }

  onText(text: string): void {
    this.enter();
    try {
      this.session.onText(text, this.host.maxMessageBytes);
    } catch (error) {
      this.host.log('error', `An input failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  onOpen(): void {
    this.input(() => this.session.onOpen());
  }

  onUnreadable(start = ''): void {
    this.input(() => this.session.onText(start, 0));
  }

  onPong(): void {
    this.input(() => this.session.onPong());
  }

  onClosed(closed: Closed): void {
    this.input(() => this.session.onClosed(closed));
  }

  // What the session tells.

  /** One step of several that do not need each other: what fails in one, a store say, keeps none of the others from being taken. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.host.log('error', `The station could not do all that it should: ${error}`);
    }
  }

  onConnectionOpened(): void {
    this.attempt(() => this.outbox.onConnectionOpened());
    this.attempt(() => this.chargingProfiles?.onConnectionChanged());
    if (this.session.isOnline) this.attempt(() => this.statuses.tellDifferences());
    this.gate.report({ event: 'connected' });
    this.gate.inform(() => this.callbacks.connectionStateChanged?.(true));
  }

  onConnectionClosed(closed: Closed, wasOpen: boolean, nextTry: number | undefined): void {
    this.triggers = undefined;
    if (this.settings.boolean('QueueAllMessages')) this.backlog = true;
    this.attempt(() => this.statuses.onDisconnected());
    this.attempt(() => this.authorizer.onDisconnected());
    this.attempt(() => this.requests.onDisconnected());
    this.attempt(() => this.firmwareInUse?.onDisconnected());
    if (wasOpen) this.attempt(() => this.chargingProfiles?.onConnectionChanged());
    const { reason, httpStatus, detail, code } = closed;
    if (wasOpen) {
      this.gate.report({
        event: 'disconnected',
        reason,
        ...(code === undefined ? {} : { code }),
        ...(detail === undefined ? {} : { detail }),
        ...(nextTry === undefined ? {} : { nextTry }),
      });
      this.gate.inform(() => this.callbacks.connectionStateChanged?.(false));
    } else {
      this.gate.report({
        event: 'connect_failed',
        reason,
        nextTry: nextTry ?? 0,
        ...(httpStatus === undefined ? {} : { httpStatus }),
        ...(detail === undefined ? {} : { detail }),
      });
    }
    this.connection.failed(closed);
  }

  onRegistration(status: RegistrationStatus, interval: number, currentTime: string, firstAcceptance: boolean): void {
    this.gate.report({ event: 'boot', status, interval });
    if (firstAcceptance) {
      this.statuses.forgetConfirmed();
      this.attempt(() => this.statuses.look());
      this.attempt(() => this.statuses.tellDifferences());
    }
    if (status === 'Accepted') this.attempt(() => this.connection.accepted());
    this.gate.inform(() => this.callbacks.bootNotificationResponse?.(status, interval, currentTime));
  }

  onTime(unix: number): void {
    if (!this.clock.isCredible(unix)) return this.host.log('warn', `The central system says ${unix}: not believed.`);
    const expected = this.clock.lowerBoundAt(this.host.now());
    if (this.clock.learn(unix) !== undefined) {
      this.attempt(() => this.outbox.onTimeLearnt());
      this.attempt(() => this.authorizer.reservations?.arm());
      this.attempt(() => this.meter.armClockAligned());
      this.attempt(() => this.chargingProfiles?.onClockChanged(unix - expected));
      this.gate.report({ event: 'clock', now: unix });
    }
    this.gate.inform(() => this.callbacks.setSystemTime?.(unix));
  }

  onAnswered(): void {
    this.attempt(() => this.connection.proven());
    this.outbox.onOtherAnswer();
  }

  onCall(frame: Frame): void {
    this.profiles.answer(this, frame);
  }

  onLateAnswer(frame: Frame): boolean {
    const action = this.outbox.isHead(frame.id) ? this.outbox.actionOfHead() : undefined;
    if (action === undefined) return false;
    this.session.deliver(frame, this.outbox, action);
    return true;
  }

  // What profiles ask.

  /** Updates and uploads: read from flash when they are asked for, and dropped as soon as nothing is left to do. */
  get firmware(): Firmware {
    this.firmwareInUse ??= new Firmware(this);
    return this.firmwareInUse;
  }

  /** Calls `setConnectionTimeout` with ConnectionTimeOut. */
  callSetConnectionTimeout(): void {
    this.gate.inform(() => this.callbacks.setConnectionTimeout?.(this.settings.number('ConnectionTimeOut')));
  }

  get coreAuthorizes(): boolean {
    return this.options.authorization !== 'firmware';
  }

  get numberOfConnectors(): number {
    return this.options.numberOfConnectors;
  }

  has(feature: Feature): boolean {
    return hasFeature(this, feature);
  }

  measures(measurand: Measurand, phase: Phase | undefined): boolean {
    return isMeasured(this, measurand, phase);
  }

  maximumCurrent(together: boolean): number | undefined {
    return maximumCurrentOf(this, together);
  }

  hasLock(connector: number): boolean {
    return this.callbacks.unlockConnector !== undefined && (this.options.connectors?.[connector - 1]?.lock ?? true);
  }

  /** Connector 0, the station as a whole. */
  get whole(): ChargingConnector {
    return this.connectors[0] as ChargingConnector;
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

  /** Where a remote start could begin; none: it is Rejected (protocol.md section 8). `connector` absent: anywhere. */
  placesForRemoteStart(idTag: string, connector: number | undefined): number[] {
    const places = this.authorizer.placesForRemoteStart(idTag, connector === undefined ? this.allConnectors() : [connector]);
    return this.coreAuthorizes ? places : places.filter((id) => this.isNotReservedForOthers(id, idTag));
  }

  /** With firmware authorization the wallbox knows. */
  private isNotReservedForOthers(connector: number, idTag: string): boolean {
    let isOthers = false;
    if (!this.connectors[connector]?.reserved) return true;
    // What promises instead of answering, or fails, holds the connector for nobody: the wallbox judges again when it is told to begin.
    this.gate.inform(() => {
      isOthers = this.callbacks.isTokenReservedForConnector?.(connector, idTag) === 'ReservedForOtherToken';
    });
    return !isOthers;
  }

  /** A profile given with RemoteStart is ignored while there is no Smart Charging (OCPP 1.6 5.11); else it waits in the store for its transaction. */
  admitsRemoteProfile(request: ReceivedRequest<'RemoteStartTransaction'>): boolean {
    return this.chargingProfiles?.admitsRemoteStart(request) ?? true;
  }

  remoteStart(request: ReceivedRequest<'RemoteStartTransaction'>, connectors: number[]): void {
    const authorize = this.settings.boolean('AuthorizeRemoteTxRequests');
    if (this.coreAuthorizes) this.authorizer.onRemoteStart(request.idTag, connectors, authorize);
    else this.gate.inform(() => this.callbacks.provideToken(request.idTag, connectors, !authorize));
  }

  /** Asks firmware for an object that a CALL is answered with; one that cannot even be looked at is an error of ours, and told (protocol.md section 2). */
  whenAnswered<T>(id: string, answer: () => Answer<T>, refusing: T, reply: (value: T) => void, allowed?: readonly unknown[]): void {
    const { gate, host, session } = this;
    const then = (value: T) => {
      try {
        reply(value);
      } catch (error) {
        host.log('error', `An answer of the firmware could not be handed on: ${error}`);
        if (session.isHandling(id)) session.replyError(id, 'InternalError', '');
      }
    };
    gate.whenAnswered(answer, refusing, then, allowed);
  }

  /** Notes a message that the central system asked for; it leaves in `settle`. */
  trigger(message: MessageTrigger, connector: number): void {
    this.triggers ??= new Triggers();
    this.triggers.add(message, connector);
  }

  takeTrigger(): Trigger | undefined {
    const trigger = this.triggers?.take();
    if (trigger === undefined) this.triggers = undefined;
    return trigger;
  }

  /** Ends what charges there, then opens the lock; `done` hears what the lock did. */
  unlock(connector: ChargingConnector, done: (status: UnlockStatus) => void): void {
    this.unlocker ??= new Unlocker(this, answerDeadline);
    this.unlocker.unlock(connector, done);
  }

  stopForUnlock(connector: number): void {
    const found = this.connectors[connector] as ChargingConnector;
    // Asked with each settling: only a new wish is worth another round.
    if (found.transaction === undefined || found.transaction.stopping !== undefined) return;
    wishToStop(this, found, 'UnlockCommand', undefined);
    this.unsettled = true;
  }

  answerDataTransfer(request: DataTransferRequest): Answer<DataTransferResponse> {
    return answerDataTransfer(this.dataTransferRoutes, this.callbacks, request);
  }

  /** Changes a key and puts it in force. `afterKeyChange` does what has to wait until the answer has left. */
  changeKey(name: string, value: string): ChangeStatus {
    const status = this.settings.change(name, value);
    const index = this.settings.changed;
    if (index < 0) return status;
    const key = this.settings.keyOf(index);
    if (key === 'SecurityProfile') return 'Rejected';
    if (key === 'AuthorizationKey') {
      if (this.connection.isPresent(value)) return 'Accepted';
      if (!this.connection.changeKey(value)) return 'Rejected';
      this.reconnectAfterAnswer = this.settings.securityProfile === 1 || this.settings.securityProfile === 2 || this.session.isOpen;
    }
    putInForce(this, key);
    const shown = key === 'AuthorizationKey' ? undefined : this.settings.valueOf(index);
    const change: KeyValue = { key, readonly: this.settings.isReadOnly(index), ...(shown === undefined ? {} : { value: shown }) };
    this.gate.report({ event: 'config_changed', ...change });
    const watcher = this.keyWatchers?.find((entry) => equalsIgnoringCase(entry.key, key))?.watcher;
    this.gate.inform(() => (watcher ? watcher.changed(change) : this.callbacks.configurationKeyChanged?.(change)));
    return status;
  }

  afterKeyChange(): void {
    if (this.reconnectAfterAnswer) this.session.reconnect();
    delete this.reconnectAfterAnswer;
  }

  // The entrance.

  enter(): void {
    this.depth++;
    this.unsettled = true;
  }

  leave(): void {
    if (this.depth > 1) {
      this.depth--;
      return;
    }
    // What callbacks change on the way is settled in the same go; the bound keeps a wallbox that never rests from hanging the station.
    for (let round = 0; this.isInitialized && this.unsettled && round < 10; round++) {
      this.unsettled = false;
      for (let step = 0; step < settlingSteps; step++) {
        try {
          // The news after the answer: scheduled changes, statuses, the next CALL. Here, for a stack frame costs up to 368 bytes.
          if (step === 0) executeScheduled(this);
          else if (step === 1) this.settleFirmware();
          else if (step === 2) this.authorizer.reservations?.check();
          else if (step === 3) this.authorizer.starts.provideTokens();
          else if (step === 4) askOutstandingStops(this);
          else if (step === 5) this.settleUnlocking();
          else if (step === 6) this.chargingProfiles?.settle();
          else if (step === 7) this.statuses.look();
          else if (step === 8) this.resetter.check();
          else this.pump();
        } catch (error) {
          // Of a store, say: it keeps the other steps from nothing.
          this.host.log('error', `Settling failed: ${error}`);
        }
      }
    }
    this.depth--;
    const next = this.deadlines.next();
    if (next === this.alarmAt) return;
    this.alarmAt = next;
    this.host.alarm(next);
  }

  /** What the last settling left without anything to do goes. */
  private settleFirmware(): void {
    if (this.firmwareInUse?.isQuiet) this.firmwareInUse = undefined;
    if (!this.stopped) this.firmwareInUse?.check();
  }

  private settleUnlocking(): void {
    this.unlocker?.check();
    if (this.unlocker?.isIdle) this.unlocker = undefined;
  }

  /** One CALL at a time, in the order of protocol.md section 4. */
  private pump(): void {
    const { session } = this;
    if (this.stopped || !session.isIdle) return;
    if (session.isBootDue()) return session.callBoot(this.profiles.bootNotification(this));
    // Triggered messages leave while Pending, too (1.6 4.2).
    if (this.triggers !== undefined && session.mayBeTriggered && this.profiles.sendTriggered(this)) return;
    if (!session.isOnline) return;
    if (this.connection.isUnproven && session.isIdle) this.heartbeatDue = true;
    if (this.authorizer.send()) return;
    if (!this.backlog) {
      if (this.requests.send()) return;
      // Where nothing older waits, a start or stop is told before the status that it brought about.
      if (!this.outbox.isNext(this.statuses.cause) && this.statuses.send()) return;
    }
    if (this.outbox.send()) return;
    if (this.backlog && (this.statuses.send() || this.requests.send())) return;
    this.backlog &&= false;
    if (this.firmwareInUse?.send()) return;
    if (!this.heartbeatDue) return;
    delete this.heartbeatDue;
    session.callHeartbeat();
  }

  private onDeadline(slot: number): void {
    const id = this.deadlines.connectorOf(slot);
    if (id >= 0) return this.onConnectorDeadline(this.connectors[id] as ChargingConnector, this.deadlines.kindOf(slot));
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
      case Deadline.Reservation:
        this.authorizer.reservations?.onDeadline();
        break;
      case Deadline.Firmware:
        this.firmware.onFirmwareDeadline();
        break;
      case Deadline.Log:
        this.firmware.onLogDeadline();
        break;
      case Deadline.Schedule:
        this.chargingProfiles?.changed();
        break;
      case Deadline.Callback:
        this.gate.onDeadline();
        break;
      case Deadline.Outbox:
      case Deadline.Unlock:
        // `settle` looks.
        break;
      default:
        this.session.onDeadline(slot);
    }
  }

  private onConnectorDeadline(connector: ChargingConnector, kind: number): void {
    switch (kind) {
      case ConnectorDeadline.Sample:
        this.meter.onSampleDeadline(connector, this.deadlines.taken);
        break;
      case ConnectorDeadline.ConnectionTimeOut:
        this.authorizer.starts.onTimeOut(connector);
        break;
      case ConnectorDeadline.Status:
        this.statuses.onStatusDeadline(connector);
        break;
      case ConnectorDeadline.Register:
        this.transactions.onRegisterDeadline(connector);
        break;
      default:
        this.transactions.onStopDeadline(connector);
    }
  }

  /** Inputs never throw: what goes wrong inside is logged, and the station goes on. */
  protected input(work: () => void): void {
    this.enter();
    try {
      work();
    } catch (error) {
      this.host.log('error', `An input failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  /** As `input`, for one connector. Its own try, not `input`'s: a stack frame costs up to 368 bytes. */
  protected at(connector: number, work: (connector: ChargingConnector) => void): void {
    const found = this.connectors[connector];
    this.enter();
    try {
      if (found) work(found);
      else this.ignored(`an input for connector ${connector}`);
    } catch (error) {
      this.host.log('error', `An input failed: ${error}`);
    } finally {
      this.leave();
    }
  }

  protected ignored(what: string): void {
    this.host.log('warn', `Ignored: ${what}.`);
  }
}
