/** Which handler answers which message. A message without handler does not compile. */

import type { Kernel } from '../kernel.ts';
import type { Frame } from '../wire/frame.ts';
import { received } from '../wire/generated/tables.ts';
import type { ReceivedAction, ReceivedRequest } from '../wire/types.ts';
import * as core from './core.ts';
import * as firmwareManagement from './firmware-management.ts';

/** The action of a CALL whose payload is worth reading; undefined when it was refused for its action alone (OCPP-J 4.2.3). */
export function readableRow(cp: Kernel, frame: Frame): ReceivedAction | undefined {
  const row = received[frame.action];
  if (row === undefined) {
    if (frame.action === -1) cp.session.replyError(frame.id, 'NotImplemented', 'Unknown action');
    else cp.session.replyError(frame.id, 'NotSupported', 'Only a charge point sends this');
    return undefined;
  }
  if (isBuilt(row.action)) return row.action;
  cp.session.replyError(frame.id, 'NotSupported', 'Not available');
  return undefined;
}

function isBuilt(action: ReceivedAction): boolean {
  switch (action) {
    case 'ChangeAvailability':
    case 'ChangeConfiguration':
    case 'ClearCache':
    case 'DataTransfer':
    case 'GetConfiguration':
    case 'GetDiagnostics':
    case 'RemoteStartTransaction':
    case 'RemoteStopTransaction':
    case 'Reset':
    case 'UnlockConnector':
    case 'UpdateFirmware':
      return true;
    default:
      return false;
  }
}

/** `request` was checked against the table of `action`. */
export function handle(cp: Kernel, id: string, action: ReceivedAction, request: object): void {
  switch (action) {
    case 'ChangeAvailability':
      return core.onChangeAvailability(cp, id, request as ReceivedRequest<'ChangeAvailability'>);
    case 'ChangeConfiguration':
      return core.onChangeConfiguration(cp, id, request as ReceivedRequest<'ChangeConfiguration'>);
    case 'ClearCache':
      return core.onClearCache(cp, id);
    case 'DataTransfer':
      return core.onDataTransfer(cp, id, request as ReceivedRequest<'DataTransfer'>);
    case 'GetConfiguration':
      return core.onGetConfiguration(cp, id, request as ReceivedRequest<'GetConfiguration'>);
    case 'GetDiagnostics':
      return firmwareManagement.onGetDiagnostics(cp, id, request as ReceivedRequest<'GetDiagnostics'>);
    case 'RemoteStartTransaction':
      return core.onRemoteStartTransaction(cp, id, request as ReceivedRequest<'RemoteStartTransaction'>);
    case 'RemoteStopTransaction':
      return core.onRemoteStopTransaction(cp, id, request as ReceivedRequest<'RemoteStopTransaction'>);
    case 'Reset':
      return core.onReset(cp, id, request as ReceivedRequest<'Reset'>);
    case 'UnlockConnector':
      return core.onUnlockConnector(cp, id, request as ReceivedRequest<'UnlockConnector'>);
    case 'UpdateFirmware':
      return firmwareManagement.onUpdateFirmware(cp, id, request as ReceivedRequest<'UpdateFirmware'>);
    default:
      cp.session.replyError(id, 'NotSupported', 'Not available');
  }
}
