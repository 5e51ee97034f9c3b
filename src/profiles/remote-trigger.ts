/** The Remote Trigger profile: which messages the central system may ask for, and sending them (OCPP 1.6 5.17). */

import type { Kernel } from '../kernel.ts';
import { triggeredOwner } from '../link/triggers.ts';
import type { MessageTrigger, ReceivedRequest, Response } from '../wire/types.ts';

/** The answer leaves first; what was asked for follows in `settle`, also while the registration is Pending (OCPP 1.6 4.2). */
export function onTriggerMessage(cp: Kernel, id: string, request: ReceivedRequest<'TriggerMessage'>): void {
  const { requestedMessage, connectorId } = request;
  const status = answerTo(cp, requestedMessage, connectorId);
  cp.session.reply(id, { status });
  if (status === 'Accepted') trigger(cp, requestedMessage, connectorId);
}

function answerTo(cp: Kernel, message: MessageTrigger, connectorId: number | undefined): Response<'TriggerMessage'>['status'] {
  if (message === 'BootNotification') return 'Accepted';
  if (isTransferStatus(message) && !cp.settings.has('firmware')) return 'NotImplemented';
  // Nothing but BootNotification may leave before its first answer (OCPP 1.6 4.2).
  if (cp.session.registration === undefined) return 'Rejected';
  return belongsToConnector(message) && connectorsOf(cp, message, connectorId).length === 0 ? 'Rejected' : 'Accepted';
}

function trigger(cp: Kernel, message: MessageTrigger, connectorId: number | undefined): void {
  if (message === 'BootNotification') {
    // The one in flight, or about to leave, is the one that was asked for.
    if (!cp.session.isBooting) cp.session.wantBoot();
  } else if (belongsToConnector(message)) {
    for (const connector of connectorsOf(cp, message, connectorId)) cp.trigger(message, connector);
  } else cp.trigger(message, 0);
}

function isTransferStatus(message: MessageTrigger): boolean {
  return message === 'DiagnosticsStatusNotification' || message === 'FirmwareStatusNotification';
}

/** For every other message a connectorId is ignored, even an unknown one (OCPP 1.6 5.17). */
function belongsToConnector(message: MessageTrigger): boolean {
  return message === 'MeterValues' || message === 'StatusNotification';
}

/** The connectors that have something to say: the one that was named, else all, the station itself (0) among them. */
function connectorsOf(cp: Kernel, message: MessageTrigger, connectorId: number | undefined): number[] {
  const ids: number[] = [];
  for (const connector of cp.connectors) {
    if (connectorId !== undefined && connector.id !== connectorId) continue;
    if (message === 'StatusNotification' || cp.meter.triggered(connector) !== undefined) ids.push(connector.id);
  }
  return ids;
}

/** Sends what was triggered first and can still be sent; false when nothing was. Each says what is true at this moment. */
export function sendTriggered(cp: Kernel): boolean {
  for (let next = cp.takeTrigger(); next !== undefined; next = cp.takeTrigger()) {
    if (send(cp, next.message, next.connector)) return true;
  }
  return false;
}

function send(cp: Kernel, message: MessageTrigger, connectorId: number): boolean {
  const { session } = cp;
  const connector = cp.connectors[connectorId];
  switch (message) {
    case 'Heartbeat':
      session.callHeartbeat();
      return true;
    case 'StatusNotification':
      if (connector) cp.statuses.sendTriggered(connector);
      return connector !== undefined;
    case 'MeterValues': {
      const values = connector && cp.meter.triggered(connector);
      if (values) session.call(triggeredOwner, message, values);
      return values !== undefined;
    }
    case 'DiagnosticsStatusNotification':
      session.call(triggeredOwner, message, { status: cp.firmware.diagnosticsStatus() });
      return true;
    case 'FirmwareStatusNotification':
      session.call(triggeredOwner, message, { status: cp.firmware.firmwareStatus() });
      return true;
    default:
      return false;
  }
}
