/** Which handler answers which message. A message without handler does not compile. */

import { freeze } from '../freeze.ts';
import type { Kernel, Profiles } from '../kernel.ts';
import { profiles } from '../settings/keys.ts';
import { Violation } from '../wire/check.ts';
import { type Frame, readRequest } from '../wire/frame.ts';
import { received } from '../wire/generated/tables.ts';
import type { Profile, ReceivedAction, ReceivedRequest } from '../wire/types.ts';
import * as core from './core.ts';
import * as firmwareManagement from './firmware-management.ts';
import * as localList from './local-list.ts';
import * as remoteTrigger from './remote-trigger.ts';
import * as reservation from './reservation.ts';
import * as smartCharging from './smart-charging.ts';

/** A CALL that passed the gate of the registration: read, checked and answered. The peer's mistakes are values; ours are InternalError. */
function answer(cp: Kernel, frame: Frame): void {
  const row = readableRow(cp, frame);
  if (row === undefined) return;
  const request = readRequest(frame);
  if (request instanceof Violation) {
    refuse(cp, frame.id, row, request);
    return;
  }
  try {
    handle(cp, frame.id, row, request);
  } catch (error) {
    cp.host.log('error', `${row} failed: ${error}`);
    if (cp.session.isHandling(frame.id)) cp.session.replyError(frame.id, 'InternalError', '');
  }
}

/** The action of a CALL whose payload is worth reading; undefined when it was refused for its action alone (OCPP-J 4.2.3). */
function readableRow(cp: Kernel, frame: Frame): ReceivedAction | undefined {
  const row = received[frame.action];
  if (row === undefined) {
    if (frame.action === -1) cp.session.replyError(frame.id, 'NotImplemented', 'Unknown action');
    else cp.session.replyError(frame.id, 'NotSupported', 'Only a charge point sends this');
    return undefined;
  }
  if (isOn(cp, row.profile)) return row.action;
  const answer = answerWhenOff(row.action);
  if (answer === undefined) cp.session.replyError(frame.id, 'NotSupported', 'Not available');
  else cp.session.reply(frame.id, answer);
  return undefined;
}

/** A profile is off when its callbacks are missing or SupportedFeatureProfiles lacks it (protocol.md section 11). */
function isOn(cp: Kernel, profile: Profile): boolean {
  if (profile === 'Core') return true;
  for (const { name, feature } of profiles) if (name === profile) return cp.settings.has(feature);
  return false;
}

/** What a profile that is off answers where a status can say it. All other messages are refused with NotSupported. */
function answerWhenOff(action: ReceivedAction): object | undefined {
  switch (action) {
    case 'GetLocalListVersion':
      return { listVersion: -1 };
    case 'ReserveNow':
      return { status: 'Rejected' };
    case 'SendLocalList':
      return { status: 'NotSupported' };
    default:
      return undefined;
  }
}

/** A request that does not fit its table. */
function refuse(cp: Kernel, id: string, action: ReceivedAction, violation: Violation): void {
  // OCPP 1.6 5.17: a message that is unknown is answered like one that is not implemented.
  if (action === 'TriggerMessage' && violation.code === 'PropertyConstraintViolation') cp.session.reply(id, { status: 'NotImplemented' });
  else cp.session.replyError(id, violation.code, violation.field);
}

/** `request` was checked against the table of `action`. */
function handle(cp: Kernel, id: string, action: ReceivedAction, request: object): void {
  switch (action) {
    case 'CancelReservation':
      return reservation.onCancelReservation(cp, id, request as ReceivedRequest<'CancelReservation'>);
    case 'ChangeAvailability':
      return core.onChangeAvailability(cp, id, request as ReceivedRequest<'ChangeAvailability'>);
    case 'ChangeConfiguration':
      return core.onChangeConfiguration(cp, id, request as ReceivedRequest<'ChangeConfiguration'>);
    case 'ClearCache':
      return core.onClearCache(cp, id);
    case 'ClearChargingProfile':
      return smartCharging.onClearChargingProfile(cp, id, request as ReceivedRequest<'ClearChargingProfile'>);
    case 'DataTransfer':
      return core.onDataTransfer(cp, id, request as ReceivedRequest<'DataTransfer'>);
    case 'GetCompositeSchedule':
      return smartCharging.onGetCompositeSchedule(cp, id, request as ReceivedRequest<'GetCompositeSchedule'>);
    case 'GetConfiguration':
      return core.onGetConfiguration(cp, id, request as ReceivedRequest<'GetConfiguration'>);
    case 'GetDiagnostics':
      return firmwareManagement.onGetDiagnostics(cp, id, request as ReceivedRequest<'GetDiagnostics'>);
    case 'GetLocalListVersion':
      return localList.onGetLocalListVersion(cp, id);
    case 'RemoteStartTransaction':
      return core.onRemoteStartTransaction(cp, id, request as ReceivedRequest<'RemoteStartTransaction'>);
    case 'RemoteStopTransaction':
      return core.onRemoteStopTransaction(cp, id, request as ReceivedRequest<'RemoteStopTransaction'>);
    case 'ReserveNow':
      return reservation.onReserveNow(cp, id, request as ReceivedRequest<'ReserveNow'>);
    case 'Reset':
      return core.onReset(cp, id, request as ReceivedRequest<'Reset'>);
    case 'SendLocalList':
      return localList.onSendLocalList(cp, id, request as ReceivedRequest<'SendLocalList'>);
    case 'SetChargingProfile':
      return smartCharging.onSetChargingProfile(cp, id, request as ReceivedRequest<'SetChargingProfile'>);
    case 'TriggerMessage':
      return remoteTrigger.onTriggerMessage(cp, id, request as ReceivedRequest<'TriggerMessage'>);
    case 'UnlockConnector':
      return core.onUnlockConnector(cp, id, request as ReceivedRequest<'UnlockConnector'>);
    case 'UpdateFirmware':
      return firmwareManagement.onUpdateFirmware(cp, id, request as ReceivedRequest<'UpdateFirmware'>);
    default:
      cp.session.replyError(id, 'NotSupported', 'Not available');
  }
}

/** What charge-point.ts hands to the kernel. */
export const featureProfiles: Profiles = /* @__PURE__ */ freeze({
  answer,
  bootNotification: core.bootNotification,
  sendTriggered: remoteTrigger.sendTriggered,
});
