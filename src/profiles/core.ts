/** The Core profile: what a central system may ask, and what is answered (OCPP 1.6 section 5). */

import { clearCache } from '../access/standing.ts';
import type { DataTransferResponse } from '../callbacks.ts';
import { availabilityAnswer, changeAvailability } from '../connector/availability.ts';
import type { Kernel } from '../kernel.ts';
import { wishToStop } from '../transaction/stop.ts';
import { resultHead } from '../wire/frame.ts';
import { DataTransferStatus as dataTransferStatuses } from '../wire/generated/tables.ts';
import { type PieceSource, StreamedParts } from '../wire/parts.ts';
import type { ReceivedRequest, Request } from '../wire/types.ts';

/** BootNotification.req with everything the station knows about itself. */
export function bootNotification(cp: Kernel): Request<'BootNotification'> {
  const { settings } = cp;
  const request: Request<'BootNotification'> = {
    chargePointVendor: settings.text('ChargePointVendor'),
    chargePointModel: settings.text('ChargePointModel'),
  };
  const serial = settings.text('ChargePointSerialNumber');
  const box = settings.text('ChargeBoxSerialNumber');
  const firmware = settings.text('FirmwareVersion');
  const iccid = settings.text('ICCID');
  const imsi = settings.text('IMSI');
  const meterType = settings.text('MeterType');
  const meterSerial = settings.text('MeterSerialNumber');
  if (serial) request.chargePointSerialNumber = serial;
  if (box) request.chargeBoxSerialNumber = box;
  if (firmware) request.firmwareVersion = firmware;
  if (iccid) request.iccid = iccid;
  if (imsi) request.imsi = imsi;
  if (meterType) request.meterType = meterType;
  if (meterSerial) request.meterSerialNumber = meterSerial;
  return request;
}

export function onChangeAvailability(cp: Kernel, id: string, request: ReceivedRequest<'ChangeAvailability'>): void {
  const operative = request.type === 'Operative';
  const status = availabilityAnswer(cp, request.connectorId, operative);
  cp.session.reply(id, { status });
  if (status !== 'Rejected') changeAvailability(cp, request.connectorId, operative);
}

export function onChangeConfiguration(cp: Kernel, id: string, request: ReceivedRequest<'ChangeConfiguration'>): void {
  const status = cp.changeKey(request.key, request.value);
  cp.session.reply(id, { status });
  cp.afterKeyChange();
}

/** Accepted also while AuthorizationCacheEnabled is false (OCPP 1.6 5.4); without a cache Rejected (errata 3.23). */
export function onClearCache(cp: Kernel, id: string): void {
  const cleared = cp.settings.has('cache') && clearCache(cp);
  cp.session.reply(id, { status: cleared ? 'Accepted' : 'Rejected' });
}

export function onDataTransfer(cp: Kernel, id: string, request: ReceivedRequest<'DataTransfer'>): void {
  cp.whenAnswered<DataTransferResponse>(
    id,
    () => cp.answerDataTransfer(request),
    { status: 'Rejected' },
    ({ status, data }) => {
      // Firmware may say anything; what leaves is of the wire's form (OCPP 1.6 4.3).
      const known = dataTransferStatuses.indexOf(status) < 0 ? 'Rejected' : status;
      cp.session.reply(id, { status: known, ...(typeof data === 'string' ? { data } : {}) });
    },
  );
}

/** More keys than GetConfigurationMaxKeys are refused, never cut; no keys mean all (OCPP 1.6 5.8, protocol.md section 12). */
export function onGetConfiguration(cp: Kernel, id: string, request: ReceivedRequest<'GetConfiguration'>): void {
  const { key } = request;
  if (key !== undefined && key.count > cp.settings.number('GetConfigurationMaxKeys')) {
    cp.session.replyError(id, 'OccurenceConstraintViolation', 'key');
    return;
  }
  const source = key === undefined || key.count === 0 ? new AllKeys(cp) : new AskedKeys(cp, key);
  cp.session.replyParts(id, new StreamedParts(resultHead(id), source, '}]'));
}

/** `{"configurationKey":[ ... ` piece by piece, all keys. */
class AllKeys implements PieceSource {
  private readonly cp: Kernel;
  private readonly count: number;
  private at = 0;
  private closed = false;

  constructor(cp: Kernel) {
    this.cp = cp;
    this.count = cp.settings.count;
  }

  piece(index: number): string | undefined {
    if (index === 0) {
      this.at = 0;
      this.closed = false;
    }
    while (this.at < this.count) {
      const entry = this.cp.settings.entry(this.at++);
      if (entry !== undefined) return (index === 0 ? '{"configurationKey":[' : ',') + entry;
    }
    if (this.closed) return undefined;
    this.closed = true;
    return ']';
  }
}

/** The keys that were asked for, in the order asked: first those that are known, then the others as they were spelled. */
class AskedKeys implements PieceSource {
  private readonly cp: Kernel;
  private readonly keys: NonNullable<ReceivedRequest<'GetConfiguration'>['key']>;
  /** 0: known keys, 1: unknown keys, 2: done. */
  private phase = 0;
  private opened = false;

  constructor(cp: Kernel, keys: NonNullable<ReceivedRequest<'GetConfiguration'>['key']>) {
    this.cp = cp;
    this.keys = keys;
  }

  piece(index: number): string | undefined {
    if (index === 0) {
      this.keys.rewind();
      this.phase = 0;
      this.opened = false;
    }
    const text = this.next();
    return index === 0 && text !== undefined ? '{' + text : text;
  }

  private next(): string | undefined {
    while (this.phase < 2) {
      const name = this.keys.next();
      if (name === undefined) {
        const close = this.opened ? ']' + (this.phase === 0 ? ',' : '') : '';
        this.phase++;
        this.opened = false;
        this.keys.rewind();
        // A list that would be empty is left out; so is the comma in front of it.
        if (close !== '') return this.phase === 1 && !this.hasUnknown() ? ']' : close;
        continue;
      }
      const found = this.cp.settings.find(name);
      const entry = found < 0 ? undefined : this.cp.settings.entry(found);
      if ((this.phase === 0) !== (entry !== undefined)) continue;
      return this.item(entry ?? JSON.stringify(name));
    }
    return undefined;
  }

  private item(text: string): string {
    const start = this.phase === 0 ? '"configurationKey":[' : '"unknownKey":[';
    const head = this.opened ? ',' : start;
    this.opened = true;
    return head + text;
  }

  private hasUnknown(): boolean {
    let unknown = false;
    for (let name = this.keys.next(); name !== undefined; name = this.keys.next()) {
      const found = this.cp.settings.find(name);
      if (found < 0 || this.cp.settings.entry(found) === undefined) unknown = true;
    }
    this.keys.rewind();
    return unknown;
  }
}

export function onRemoteStartTransaction(cp: Kernel, id: string, request: ReceivedRequest<'RemoteStartTransaction'>): void {
  const connectors = cp.mayActRemotely ? cp.placesForRemoteStart(request.idTag, request.connectorId) : [];
  // The profile comes last: once it waits in the store it takes the place of an earlier one (errata 3.42).
  const status = connectors.length > 0 && cp.admitsRemoteProfile(request) ? 'Accepted' : 'Rejected';
  cp.session.reply(id, { status });
  if (status === 'Accepted') cp.remoteStart(request, connectors);
}

export function onRemoteStopTransaction(cp: Kernel, id: string, request: ReceivedRequest<'RemoteStopTransaction'>): void {
  const running = cp.mayActRemotely
    ? cp.connectors.find((connector) => isRunning(connector.transaction, request.transactionId))
    : undefined;
  if (running) wishToStop(cp, running, 'Remote', undefined);
  cp.session.reply(id, { status: running ? 'Accepted' : 'Rejected' });
}

/** -1 stands for transactions that the central system does not know; nobody can name one by it (protocol.md section 4). */
function isRunning(transaction: { readonly transactionId: number | undefined } | undefined, transactionId: number): boolean {
  return transactionId !== -1 && transaction?.transactionId === transactionId;
}

export function onReset(cp: Kernel, id: string, request: ReceivedRequest<'Reset'>): void {
  const { callbacks } = cp;
  const possible = callbacks.reset !== undefined && callbacks.isResetAllowed !== undefined && !cp.resetter.isUnderWay;
  cp.gate.whenAnswered(
    () => possible && (callbacks.isResetAllowed?.(request.type) ?? false),
    false,
    (allowed) => {
      const accepted = allowed && !cp.resetter.isUnderWay;
      if (accepted) cp.resetter.wish(request.type);
      cp.session.reply(id, { status: accepted ? 'Accepted' : 'Rejected' });
      if (!accepted) return;
      cp.gate.report({ event: 'reset', type: request.type, phase: 'accepted' });
      cp.resetter.begin(request.type);
    },
  );
}

/** Stops what runs, then unlocks; the answer is what the lock did (OCPP 1.6 5.18). Nothing is stopped where there is no lock (errata 3.87). */
export function onUnlockConnector(cp: Kernel, id: string, request: ReceivedRequest<'UnlockConnector'>): void {
  const connector = request.connectorId > 0 ? cp.connectors[request.connectorId] : undefined;
  const { unlockConnector } = cp.callbacks;
  if (connector === undefined || unlockConnector === undefined || !cp.hasLock(connector.id)) {
    cp.session.reply(id, { status: 'NotSupported' });
    if (connector && cp.settings.boolean('StopTransactionIfUnlockNotSupported')) wishToStop(cp, connector, 'UnlockCommand', undefined);
    return;
  }
  cp.unlock(connector, (status) => cp.session.reply(id, { status }));
}
