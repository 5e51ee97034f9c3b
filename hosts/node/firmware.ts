/** The firmware of the simulated wallbox: what it does when the core calls back. */

import type {
  Callbacks,
  ChargePoint,
  DataTransferRequest,
  DataTransferResponse,
  DisplayMessage,
  EvCertificateResponse,
  ResetType,
  SessionCost,
  TariffMessage,
} from '../../src/index.ts';
import type { Board } from './board.ts';
import { shownCost, shownPrice, shownTariff } from './prices.ts';
import type { Transfers } from './transfers.ts';

type Reason = Parameters<Callbacks['stopTransaction']>[1];

/** What the firmware asks of the machine it runs in. */
export interface Machine {
  reset(type: ResetType): void;
  /** Of this boot. */
  readonly transfers: Transfers | undefined;
  emit(event: string, fields: Readonly<Record<string, unknown>>): void;
}

export class Firmware implements Callbacks {
  isResetPossible = true;
  private readonly board: Board;
  private readonly machine: Machine;
  private readonly replies: { vendorId: string; messageId: string | undefined; answer: DataTransferResponse }[] = [];
  /** Who waits for the answer to an EV's certificate request. */
  private readonly certificateWaiters: { connector: number; done: (response: EvCertificateResponse) => void }[] = [];
  private cp: ChargePoint | undefined;

  constructor(board: Board, machine: Machine) {
    this.board = board;
    this.machine = machine;
  }

  /** The station of this boot, before it starts; undefined: the power is off. */
  attach(cp: ChargePoint | undefined): void {
    this.cp = cp;
    for (const reply of this.replies) this.register(reply);
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

  // Transactions and energy.

  provideToken(idTag: string, connectors: readonly number[]): void {
    this.board.begin(connectors, idTag);
  }

  stopTransaction(id: number, reason: Reason): boolean {
    return this.board.end(this.board.connector(id), reason);
  }

  pauseCharging(id: number): boolean {
    this.board.setPaused(this.board.connector(id), true);
    return true;
  }

  resumeCharging(id: number): boolean {
    this.board.setPaused(this.board.connector(id), false);
    return true;
  }

  /** What the connectors may carry from now on. */
  signalSetChargingProfiles(): void {
    this.board.setLimits(this.cp?.getAllCompositeChargingSchedules(1, 'A') ?? []);
  }

  // Availability, reservations and the lock.

  enableEvse(id: number): boolean {
    if (id > 0) this.board.connector(id).isEnabled = true;
    return true;
  }

  disableEvse(id: number): boolean {
    if (id > 0) this.board.connector(id).isEnabled = false;
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
    const outcome = this.board.unlock(this.board.connector(id));
    return outcome === 'Timeout' ? new Promise(() => {}) : outcome;
  }

  // The controller.

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

  connectionStateChanged(): void {}

  configurationKeyChanged(): void {}

  securityEvent(): void {}

  transactionStarted(): void {}

  transactionStopped(): void {}

  transactionUpdated(): void {}

  // Files.

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

  // DataTransfer, Plug & Charge and prices.

  /** A vendor of whom only other messages are known is not unknown (OCPP 1.6 4.3). */
  dataTransfer(request: DataTransferRequest): DataTransferResponse {
    const knowsVendor = this.replies.some((reply) => reply.vendorId.toLowerCase() === request.vendorId.toLowerCase());
    return { status: knowsVendor ? 'UnknownMessageId' : 'UnknownVendorId' };
  }

  get15118EvCertificateResponse(connector: number, response: EvCertificateResponse): void {
    const waiting = this.certificateWaiters.findIndex((waiter) => waiter.connector === connector);
    if (waiting >= 0) this.certificateWaiters.splice(waiting, 1)[0]?.done(response);
  }

  sessionCost(cost: SessionCost, decimals: number): DataTransferResponse {
    this.machine.emit('price', shownCost(cost, decimals));
    return { status: 'Accepted' };
  }

  setDisplayMessage(messages: readonly DisplayMessage[]): DataTransferResponse {
    this.machine.emit('price', shownTariff(messages));
    return { status: 'Accepted' };
  }

  tariffMessage(message: TariffMessage): DataTransferResponse {
    this.machine.emit('price', shownPrice('UserPrice', message));
    return { status: 'Accepted' };
  }

  defaultPrice(message: TariffMessage): void {
    this.machine.emit('price', shownPrice('Default', message));
  }
}
