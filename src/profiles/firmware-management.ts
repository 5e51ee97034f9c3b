/** The Firmware Management profile: UpdateFirmware and GetDiagnostics (OCPP 1.6 5.9, 5.19). What follows on them is in upkeep/firmware.ts. */

import type { Kernel } from '../kernel.ts';
import { doneOrNothing } from '../link/gate.ts';
import { cut } from '../wire/text.ts';
import { formatTime, parseTime } from '../wire/time.ts';
import type { ReceivedRequest } from '../wire/types.ts';

/** What holds when the central system leaves it to the station (protocol.md section 14): repetitions after the first attempt, and seconds. */
const usualRetries = 3;
const usualRetryInterval = 60;
/** Whatever the central system asks for: a server that is down is not asked more often than once a second, nor more than 100 times (ours). */
const mostRetries = 99;
const shortestRetryInterval = 1;

export function onUpdateFirmware(cp: Kernel, id: string, request: ReceivedRequest<'UpdateFirmware'>): void {
  if (!admitsUnsigned(cp)) return cp.session.replyError(id, 'NotSupported', 'Not available');
  cp.gate.whenAnswered<unknown>(
    () =>
      cp.callbacks.updateFirmware?.({
        location: request.location,
        retrieveDate: normalized(request.retrieveDate),
        ...attempts(request),
      }),
    false,
    (answer) => {
      // The answer has no status: what failed is a CALLERROR (protocol.md section 2).
      if (answer === false) cp.session.replyError(id, 'InternalError', '');
      else cp.session.reply(id, {});
    },
    doneOrNothing,
  );
}

/** Whitepaper L01.FR.20: from security profile 2 on only signed firmware, if the wallbox takes any. */
function admitsUnsigned(cp: Kernel): boolean {
  const { callbacks, options, settings } = cp;
  if (callbacks.updateFirmware === undefined || !settings.has('firmware')) return false;
  return settings.securityProfile < 2 || callbacks.signedUpdateFirmware === undefined || options.unsignedFirmware === 'always';
}

/** Without a file the answer names none (OCPP 1.6 5.9). */
export function onGetDiagnostics(cp: Kernel, id: string, request: ReceivedRequest<'GetDiagnostics'>): void {
  if (!cp.settings.has('firmware')) return cp.session.replyError(id, 'NotSupported', 'Not available');
  const { startTime, stopTime } = request;
  cp.whenAnswered<{ readonly filename?: string } | undefined>(
    id,
    () =>
      cp.callbacks.uploadDiagnostics?.({
        location: request.location,
        ...attempts(request),
        ...(startTime === undefined ? {} : { startTime: normalized(startTime) }),
        ...(stopTime === undefined ? {} : { stopTime: normalized(stopTime) }),
      }),
    undefined,
    (answer) => {
      const name = answer?.filename;
      cp.session.reply(id, typeof name === 'string' && name !== '' ? { fileName: cut(name, 255) } : {});
    },
  );
}

function attempts(request: { readonly retries?: number; readonly retryInterval?: number }): { retries: number; retryInterval: number } {
  return {
    retries: Math.min(mostRetries, Math.max(0, request.retries ?? usualRetries)),
    retryInterval: Math.max(shortestRetryInterval, request.retryInterval ?? usualRetryInterval),
  };
}

/** In UTC with `Z`, whatever form the central system chose (errata 3.10). */
function normalized(time: string): string {
  const unix = parseTime(time);
  return unix === undefined ? time : formatTime(unix);
}
