/** The simulated board: cables, locks, EVs, meters and errors, and what the wallbox's firmware does with them. */

import { randomUUID } from 'node:crypto';
import type {
  Callbacks,
  ChargePoint,
  DataTransferRequest,
  DataTransferResponse,
  DisplayMessage,
  ErrorInfo,
  EvCertificateResponse,
  ResetType,
  SessionCost,
  TariffMessage,
} from '../../src/index.ts';
import type { Clock } from './clock.ts';
import type { BoardConfig, ConnectorConfig } from './config.ts';
import { Meter, type Shown } from './meter.ts';
import type { Transfers } from './transfers.ts';

type Reason = Parameters<Callbacks['stopTransaction']>[1];
type Session = { readonly id: string; readonly idTag: string };
export type LockOutcome = 'Unlocked' | 'UnlockFailed' | 'NotSupported' | 'Timeout';

/** What the board asks of the machine it sits in. */
export interface Machine {
  reset(type: ResetType): void;
  /** Of this boot. */
  readonly transfers: Transfers | undefined;
  emit(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export class BoardConnector {
  readonly id: number;
  readonly config: ConnectorConfig;
  readonly meter: Meter;
  isPlugged = false;
  isLocked = false;
  isEnabled = true;
  evReady = true;
  evseReady = true;
  /** A that the EV would draw in each phase. */
  draw = 16;
  /** A that the station allows; undefined: what the connector carries. */
  limit: number | undefined;
  isPaused = false;
  session: Session | undefined;
  readonly errors = new Map<string, ErrorInfo>();
  nextUnlock: LockOutcome | undefined;
  nextLockFails = false;

  constructor(id: number, config: ConnectorConfig, now: number) {
    this.id = id;
    this.config = config;
    this.meter = new Meter(now, config.phases, config.measurands);
  }

  get offered(): number {
    return Math.min(this.config.maxA, this.limit ?? this.config.maxA);
  }

  /** A that flow in each phase. */
  get current(): number {
    const isFaulted = [...this.errors.values()].some((error) => error.faulted);
    const flows = this.session && this.isPlugged && this.evReady && this.evseReady && !this.isPaused && !isFaulted;
    return flows ? Math.min(this.draw, this.offered) : 0;
  }
}

export class Board implements Callbacks {
  readonly config: BoardConfig;
  readonly connectors: readonly BoardConnector[];
  /** Of the whole station; shows something once it was set. */
  readonly mainMeter: Meter;
  isResetPossible = true;
  private mainMeterIsUsed = false;
  private readonly clock: Clock;
  private readonly machine: Machine;
  private readonly replies: { vendorId: string; messageId: string | undefined; answer: DataTransferResponse }[] = [];
  /** Who waits for the answer to an EV's certificate request. */
  private readonly certificateWaiters: { connector: number; done: (response: EvCertificateResponse) => void }[] = [];
  private cp: ChargePoint | undefined;

  constructor(config: BoardConfig, clock: Clock, machine: Machine) {
    this.config = config;
    this.clock = clock;
    this.machine = machine;
    this.connectors = config.connectors.map((connector, index) => new BoardConnector(index + 1, connector, clock.now()));
    this.mainMeter = new Meter(clock.now(), 3);
  }

  // Power.

  /** The controller runs: it finds cables and errors as they are. The sessions on `resumed` go on, the others are over. */
  boot(cp: ChargePoint, reason: Parameters<ChargePoint['start']>[0], resumed: readonly number[]): void {
    this.cp = cp;
    for (const connector of this.connectors) {
      connector.limit = undefined;
      if (resumed.includes(connector.id)) continue;
      connector.session = undefined;
      connector.isPaused = false;
      connector.isLocked = false;
    }
    for (const reply of this.replies) this.register(reply);
    this.settle();
    const sessions = this.connectors.flatMap((connector) => (connector.session ? [connector.session.id] : []));
    cp.init(undefined, sessions);
    for (const connector of this.connectors) this.report(cp, connector);
    cp.start(reason, sessions);
  }

  private report(cp: ChargePoint, connector: BoardConnector): void {
    for (const error of connector.errors.values()) cp.onError(connector.id, error);
    if (connector.isPlugged) cp.onPlugged(connector.id);
    if (connector.session && !connector.isPlugged) cp.onUnplugged(connector.id);
    if (connector.session) this.tellReadiness(cp, connector);
  }

  /** The controller is without power; contactors are open. */
  powerOff(): void {
    this.cp = undefined;
    this.settle();
  }

  /** What the station is told when a power cut is coming. */
  announcePowerLoss(): void {
    for (const connector of this.connectors) if (connector.session) this.end(connector, 'PowerLoss');
  }

  // Cables, EVs and meters, as a hand at the box moves them. Each needs power unless it says otherwise.

  connector(id: number): BoardConnector {
    const connector = this.connectors[id - 1];
    if (connector === undefined) throw new RangeError(`there is no connector ${id}`);
    return connector;
  }

  /** Without effect on a plugged connector. Works without power. */
  plug(connector: BoardConnector, draw = 16, isReady = true): void {
    if (connector.isPlugged) return;
    this.change(() => {
      connector.isPlugged = true;
      connector.draw = draw;
      connector.evReady = isReady;
    });
    this.cp?.onPlugged(connector.id);
    if (connector.session && this.cp) this.tellReadiness(this.cp, connector);
  }

  /** Works without power. */
  unplug(connector: BoardConnector): void {
    if (!connector.isPlugged) return;
    this.change(() => {
      connector.isPlugged = false;
    });
    this.cp?.onUnplugged(connector.id);
    if (!connector.session) connector.isLocked = false;
    this.clearErrors(connector, 'lock');
  }

  setReadiness(connector: BoardConnector, side: 'ev' | 'evse', isReady: boolean, draw: number | undefined): void {
    const before = connector.evReady && connector.evseReady;
    const changed = (side === 'ev' ? connector.evReady : connector.evseReady) !== isReady;
    this.change(() => {
      if (side === 'ev') connector.evReady = isReady;
      else connector.evseReady = isReady;
      if (draw !== undefined) connector.draw = draw;
    });
    if (!changed || !connector.session || !this.cp) return;
    const after = connector.evReady && connector.evseReady;
    if (isReady && !before) this.cp.onResumeCharging(connector.id);
    if (!after) this.tellReadiness(this.cp, connector);
  }

  /** 0: the main meter. */
  setMeter(id: number, values: Readonly<Record<string, Shown | null>>, rate: number | undefined): void {
    const meter = id === 0 ? this.mainMeter : this.connector(id).meter;
    if (id === 0) this.mainMeterIsUsed = true;
    meter.advance(this.clock.now());
    meter.set(values, rate);
    const current = values['Current.Offered'];
    const power = values['Power.Offered'];
    if (typeof current === 'number') this.cp?.onMaxCurrentOffered(id, current);
    if (typeof power === 'number') this.cp?.onMaxPowerOffered(id, power);
    this.feed();
  }

  setError(connector: number, error: ErrorInfo): void {
    if (connector > 0) {
      const found = this.connector(connector);
      this.change(() => found.errors.set(error.id, error));
    }
    this.cp?.onError(connector, error);
  }

  clearError(connector: number, id: string | undefined): void {
    if (connector === 0) {
      if (id === undefined) this.cp?.onAllErrorsCleared(0);
      else this.cp?.onErrorCleared(0, id);
    } else this.clearErrors(this.connector(connector), id);
  }

  private clearErrors(connector: BoardConnector, id: string | undefined): void {
    if (id !== undefined && !connector.errors.has(id)) return;
    this.change(() => (id === undefined ? connector.errors.clear() : connector.errors.delete(id)));
    if (id === undefined) this.cp?.onAllErrorsCleared(connector.id);
    else this.cp?.onErrorCleared(connector.id, id);
  }

  /** What the wallbox answers to a DataTransfer from now on. */
  setReply(vendorId: string, messageId: string | undefined, answer: DataTransferResponse): void {
    const reply = { vendorId, messageId, answer };
    this.replies.push(reply);
    this.register(reply);
  }

  private register({ vendorId, messageId, answer }: (typeof this.replies)[number]): void {
    this.cp?.handleDataTransfer(vendorId, messageId, { handle: () => answer });
  }

  /** What an ISO 15118 stack asks for its EV; the answer comes through `get15118EvCertificateResponse`. */
  evCertificate(
    station: ChargePoint,
    id: number,
    exiRequest: string,
    version: string,
    action: 'Install' | 'Update',
  ): Promise<EvCertificateResponse> {
    return new Promise((done) => {
      this.certificateWaiters.push({ connector: id, done });
      station.dataTransferPncGet15118EvCertificate(id, exiRequest, version, action);
    });
  }

  /** The meters show the present moment. */
  feed(): void {
    this.settle();
    const cp = this.cp;
    if (cp === undefined) return;
    for (const connector of this.connectors) {
      const { signed } = connector.session ? this.signedValue(connector, 'C') : {};
      cp.onMeterValues(connector.id, connector.meter.readings(connector.offered), signed);
    }
    if (this.mainMeterIsUsed) cp.onMeterValues(0, this.mainMeter.readings(this.offered));
  }

  /** A of all connectors. */
  private get offered(): number {
    return this.connectors.reduce((sum, connector) => sum + connector.offered, 0);
  }

  private settle(): void {
    const now = this.clock.now();
    for (const connector of this.connectors) {
      connector.meter.advance(now);
      connector.meter.carry(this.cp ? connector.current : 0);
    }
    this.mainMeter.advance(now);
    this.mainMeter.carry(this.connectors.reduce((sum, connector) => sum + (this.cp ? connector.current : 0), 0));
  }

  private change(change: () => void): void {
    this.settle();
    change();
    this.feed();
  }

  private tellReadiness(cp: ChargePoint, connector: BoardConnector): void {
    if (!connector.evseReady) cp.onSuspendChargingEVSE(connector.id);
    if (!connector.evReady) cp.onSuspendChargingEV(connector.id);
    else if (connector.isPlugged && connector.evseReady) cp.onResumeCharging(connector.id);
  }

  // Transactions.

  private begin(connector: BoardConnector, idTag: string): void {
    const cp = this.cp;
    if (cp === undefined || connector.session) return;
    if (connector.config.lock && !this.lock(connector)) return;
    const session = { id: randomUUID(), idTag };
    this.change(() => {
      connector.session = session;
      connector.isPaused = false;
    });
    const signed = this.signedValue(connector, 'B');
    cp.onTransactionStarted(connector.id, session.id, idTag, connector.meter.energy, signed);
    if (!connector.evseReady) cp.onSuspendChargingEVSE(connector.id);
    if (!connector.evReady) cp.onSuspendChargingEV(connector.id);
  }

  private lock(connector: BoardConnector): boolean {
    connector.isLocked = !connector.nextLockFails;
    if (!connector.nextLockFails) return true;
    connector.nextLockFails = false;
    this.setError(connector.id, { id: 'lock', errorCode: 'ConnectorLockFailure', faulted: false });
    return false;
  }

  private end(connector: BoardConnector, reason: Reason): void {
    const { session } = connector;
    if (session === undefined) return;
    this.change(() => {
      connector.session = undefined;
      connector.isPaused = false;
    });
    this.cp?.onTransactionStopped(connector.id, session.id, reason, connector.meter.energy, this.signedValue(connector, 'E'));
    if (reason !== 'EVDisconnected') connector.isLocked = false;
  }

  private signedValue(connector: BoardConnector, context: 'B' | 'C' | 'E'): { signed?: ReturnType<Meter['signedValue']> } {
    const { signed, meterPublicKey } = connector.config;
    return signed ? { signed: connector.meter.signedValue(context, meterPublicKey, this.clock.iso()) } : {};
  }

  // What the core asks for.

  provideToken(idTag: string, connectors: readonly number[]): void {
    const candidates = connectors.map((id) => this.connector(id));
    const chosen = candidates.find((connector) => connector.isPlugged) ?? candidates[0];
    if (chosen) this.begin(chosen, idTag);
  }

  stopTransaction(id: number, reason: Reason): boolean {
    const connector = this.connector(id);
    if (connector.session === undefined) return false;
    this.end(connector, reason);
    return true;
  }

  enableEvse(id: number): boolean {
    if (id > 0) this.connector(id).isEnabled = true;
    return true;
  }

  disableEvse(id: number): boolean {
    if (id > 0) this.connector(id).isEnabled = false;
    return true;
  }

  pauseCharging(id: number): boolean {
    const connector = this.connector(id);
    this.change(() => {
      connector.isPaused = true;
    });
    return true;
  }

  resumeCharging(id: number): boolean {
    const connector = this.connector(id);
    this.change(() => {
      connector.isPaused = false;
    });
    return true;
  }

  reserveNow(): 'Accepted' {
    return 'Accepted';
  }

  cancelReservation(): boolean {
    return true;
  }

  isTokenReservedForConnector(): 'NotReserved' {
    return 'NotReserved';
  }

  unlockConnector(id: number): ReturnType<NonNullable<Callbacks['unlockConnector']>> {
    const connector = this.connector(id);
    const outcome = connector.nextUnlock ?? 'Unlocked';
    connector.nextUnlock = undefined;
    if (outcome === 'Timeout') return new Promise(() => {});
    if (outcome === 'Unlocked') connector.isLocked = false;
    return outcome;
  }

  setConnectionTimeout(): void {}

  isResetAllowed(): boolean {
    return this.isResetPossible;
  }

  reset(type: ResetType): boolean {
    this.machine.reset(type);
    return true;
  }

  setSystemTime(): void {}

  bootNotificationResponse(): void {}

  /** What the connectors may carry from now on. */
  signalSetChargingProfiles(): void {
    const schedules = this.cp?.getAllCompositeChargingSchedules(1, 'A') ?? [];
    this.change(() => {
      for (const connector of this.connectors) connector.limit = schedules[connector.id]?.chargingSchedulePeriod[0]?.limit;
    });
  }

  updateFirmware(request: Parameters<Transfers['updateFirmware']>[0]): void {
    this.machine.transfers?.updateFirmware(request);
  }

  allConnectorsUnavailable(): void {
    this.machine.transfers?.allConnectorsUnavailable();
  }

  uploadDiagnostics(request: Parameters<Transfers['uploadDiagnostics']>[0]): { filename?: string } {
    return this.machine.transfers?.uploadDiagnostics(request) ?? {};
  }

  uploadLogs(request: Parameters<Transfers['uploadLog']>[0]): ReturnType<NonNullable<Callbacks['uploadLogs']>> {
    return this.machine.transfers?.uploadLog(request) ?? { status: 'Rejected' };
  }

  connectionStateChanged(): void {}

  get15118EvCertificateResponse(connector: number, response: EvCertificateResponse): void {
    const waiting = this.certificateWaiters.findIndex((waiter) => waiter.connector === connector);
    if (waiting >= 0) this.certificateWaiters.splice(waiting, 1)[0]?.done(response);
  }

  transactionStarted(): void {}

  transactionStopped(): void {}

  transactionUpdated(): void {}

  configurationKeyChanged(): void {}

  /** A vendor of whom only other messages are known is not unknown (OCPP 1.6 4.3). */
  dataTransfer(request: DataTransferRequest): DataTransferResponse {
    const knowsVendor = this.replies.some((reply) => reply.vendorId.toLowerCase() === request.vendorId.toLowerCase());
    return { status: knowsVendor ? 'UnknownMessageId' : 'UnknownVendorId' };
  }

  securityEvent(): void {}

  sessionCost(cost: SessionCost, decimals: number): DataTransferResponse {
    const { session, state, message, nextPeriod, idlePrice, qrCodeText, ...amounts } = cost;
    this.machine.emit('price', {
      kind: state === 'Finished' ? 'Final' : 'Running',
      identifier: session,
      identifierType: 'SessionId',
      messages: message,
      amounts,
      decimals,
      ...(nextPeriod === undefined ? {} : { nextPeriod }),
      ...(idlePrice === undefined ? {} : { idle: idlePrice }),
      ...(qrCodeText === undefined ? {} : { qrCode: qrCodeText }),
    });
    return { status: 'Accepted' };
  }

  setDisplayMessage(messages: readonly DisplayMessage[]): DataTransferResponse {
    this.machine.emit('price', { kind: 'Tariff', messages });
    return { status: 'Accepted' };
  }

  tariffMessage({ message, ...about }: TariffMessage): DataTransferResponse {
    this.machine.emit('price', { kind: 'UserPrice', ...about, messages: message });
    return { status: 'Accepted' };
  }

  defaultPrice({ message, ...about }: TariffMessage): void {
    this.machine.emit('price', { kind: 'Default', ...about, messages: message });
  }
}
