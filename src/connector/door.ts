/**
 * The door: what an input of the firmware may say. Numbers and texts are checked here before anything believes them; what is outside its
 * limits is cut, replaced or left out, and the station goes on (protocol.md section 1).
 */

import type { ErrorInfo, SignedMeterValue } from '../callbacks.ts';
import { Reason as reasons, ChargePointStatus as statuses } from '../wire/generated/tables.ts';
import { cut } from '../wire/text.ts';
import type { ChargePointStatus, Reason } from '../wire/types.ts';

/** Longer names of sessions are cut: with the idTag they have to fit into one record of the journal. */
export const longestSession = 64;
/** More than that no message holds (signed meter values 3.2). */
const longestSigned = 8000;

/** An import register in Wh; undefined: this is none. No meter counts further than numbers are whole. */
export function registerOf(value: unknown): number | undefined {
  return isNumber(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** A moment of this boot in milliseconds of `host.now()`; what is outside it is now. */
export function momentOf(time: unknown, now: number): number {
  return isNumber(time) && time >= 0 && time <= now ? time : now;
}

/** OCPP 1.6 7.36: what is no reason of the specification is Other. */
export function reasonOf(reason: unknown): Reason {
  const known = reasons.indexOf(reason as Reason);
  return known < 0 ? 'Other' : (reasons[known] as Reason);
}

export function isStatus(status: unknown): boolean {
  return statuses.indexOf(status as ChargePointStatus) >= 0;
}

/** A text of at most so many code points; undefined: it is no text. */
export function textOf(text: unknown, most: number): string | undefined {
  return typeof text === 'string' ? cut(text, most) : undefined;
}

/** An idTag that is too long is nobody's: cut it would be somebody else's (OCPP 1.6 7.28). */
export function isIdTag(idTag: unknown): boolean {
  return idTag !== '' && textOf(idTag, 20) === idTag && idTag !== undefined;
}

/** A number of seconds, or of anything else that is counted from 0. */
export function amountOf(value: unknown): number {
  return isNumber(value) && value > 0 ? value : 0;
}

export function signedOf(signed: unknown): SignedMeterValue | undefined {
  if (typeof signed === 'string') return signed.length <= longestSigned ? signed : undefined;
  if (typeof signed !== 'object' || signed === null) return undefined;
  const { signedMeterData, signingMethod, encodingMethod } = signed as Record<
    'signedMeterData' | 'signingMethod' | 'encodingMethod',
    unknown
  >;
  const isWhole = typeof signedMeterData === 'string' && typeof signingMethod === 'string' && typeof encodingMethod === 'string';
  return isWhole ? (signed as SignedMeterValue) : undefined;
}

/** The error as it was reported, by reference where nothing is wrong with it; undefined: it has no id, so nobody could clear it. */
export function errorOf(error: unknown, now: number): ErrorInfo | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { id, errorCode, faulted, info, vendorId, vendorErrorCode, time } = error as Partial<Record<keyof ErrorInfo, unknown>>;
  if (typeof id !== 'string') return undefined;
  const areTexts = typeof errorCode === 'string' && isTextOrAbsent(info) && isTextOrAbsent(vendorId) && isTextOrAbsent(vendorErrorCode);
  const isTimely = time === undefined || momentOf(time, now) === time;
  if (areTexts && isTimely && typeof faulted === 'boolean') return error as ErrorInfo;
  return {
    id,
    errorCode: typeof errorCode === 'string' ? errorCode : 'OtherError',
    // Who cannot say whether it is dangerous is taken at the worst.
    faulted: faulted !== false,
    ...(typeof info === 'string' ? { info } : {}),
    ...(typeof vendorId === 'string' ? { vendorId } : {}),
    ...(typeof vendorErrorCode === 'string' ? { vendorErrorCode } : {}),
  };
}

/** Whether a second report under one id says what the first said. Words that come or go, `info` with a number in it say, are no news. */
export function isSameError(known: ErrorInfo, reported: ErrorInfo): boolean {
  const { vendorErrorCode = known.vendorErrorCode } = reported;
  return known.faulted === reported.faulted && known.errorCode === reported.errorCode && known.vendorErrorCode === vendorErrorCode;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
