/** The envelope of OCPP-J (J 4.2): received text to a checked request or answer, and requests and answers to text. */
import type { Parts } from '../host.ts';
import { check, type ErrorCode, errorOf, type Field, type Table, Violation } from './check.ts';
import { Elements } from './elements.ts';
import { received, sent } from './generated/tables.ts';
import { isObject, isShallow, memberValue, parse, skipSpace, stringEnd, valueEnd } from './json.ts';
import { TextParts } from './parts.ts';
import { codePoints, cut, utf8Length } from './text.ts';

/** What a received text turned out to be, before anything of its payload was built. */
export interface Frame {
  /**
   * - `call`: a request; `action` is its row in `received`, -1 when no such action exists, -2 when only a station may send it
   * - `result`, `error`: an answer with a readable id
   * - `formation`: the envelope is wrong but the id is readable; to be refused with FormationViolation
   * - `overlong`: a request that is too long; the id stands in its beginning
   * - `unreadable`: to be answered with the id "-1"
   * - `ignored`: looks like an answer and is broken; never to be answered
   */
  readonly kind: 'call' | 'result' | 'error' | 'formation' | 'overlong' | 'unreadable' | 'ignored';
  /** 1 to 36 characters; empty when there is none that can be read. */
  readonly id: string;
  readonly action: number;
  readonly text: string;
  /** Index of the payload of a call or a result; -1: absent or null, which counts as an empty object (J 4.2.1). */
  readonly payload: number;
}

/** One request that a central system may send. */
export interface ReceivedRow {
  readonly action: string;
  /** The feature profile, as SupportedFeatureProfiles spells it; `Security` for those of the security whitepaper. */
  readonly profile: string;
  readonly table: Table;
  /** Every member name that may occur in the payload. */
  readonly names: readonly string[];
  /** The way to the list that is read through a cursor, and the member names of its elements. */
  readonly list?: readonly string[];
  readonly itemNames?: readonly string[];
}

const longestId = 36;
/** A character is written with 12 at most (two `\u` escapes). */
const longestIdText = 2 + 12 * longestId;
const longestCode = 50;
const longestDescription = 255;

/**
 * Looks at the envelope only; `maxBytes` is the limit of the whole text in UTF-8. Nothing is parsed but the id and the action. Of a text that
 * is too long the beginning is enough: `maxBytes` 0.
 */
export function scan(text: string, maxBytes: number): Frame {
  const open = skipSpace(text, 0);
  const at = text.charAt(open) === '[' ? skipSpace(text, open + 1) : -1;
  const type = at < 0 ? 0 : messageType(text, at);
  const isAnswer = type === 3 || type === 4;
  const failed = isAnswer ? 'ignored' : 'unreadable';
  const isLong = isTooLong(text, maxBytes);
  if (at < 0 || (isLong && type !== 2)) return frame(failed, '', text);
  const comma = text.indexOf(',', at);
  const start = comma < 0 ? -1 : skipSpace(text, comma + 1);
  const end = start < 0 || text.charAt(start) !== '"' ? -1 : stringEnd(text, start);
  const id = end < 0 || end - start > longestIdText ? undefined : stringAt(text, start, end);
  if (!id || codePoints(id) > longestId) return frame(failed, '', text);
  if (isLong) return frame('overlong', id, text);
  const isWhole = isShallow(text);
  if (isAnswer)
    return isWhole && isClosed(text) ? frame(type === 3 ? 'result' : 'error', id, text, -1, payloadAt(text, end)) : frame(failed, id, text);
  return type === 2 && isWhole ? scanCall(text, id, end) : frame('formation', id, text);
}

function frame(kind: Frame['kind'], id: string, text: string, action = -1, payload = -1): Frame {
  return { kind, id, action, text, payload };
}

/** 2, 3 or 4; 0 for anything else. Only a whole number counts, but what begins like an answer never gets one. */
function messageType(text: string, at: number): number {
  const type = text.charCodeAt(at) - 0x30;
  const next = text.charCodeAt(at + 1) - 0x30;
  return type >= 2 && type <= 4 && !(next >= 0 && next <= 9) && (type > 2 || text.charAt(skipSpace(text, at + 1)) === ',') ? type : 0;
}

/** A character has 1 to 4 bytes, so most texts need not be measured. */
function isTooLong(text: string, maxBytes: number): boolean {
  const length = text.length;
  return length > maxBytes || (length * 4 > maxBytes && utf8Length(text) > maxBytes);
}

/** The string between two indices, quotes included there; undefined when it is no JSON. */
function stringAt(text: string, start: number, end: number): string | undefined {
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    return undefined;
  }
}

function isClosed(text: string): boolean {
  const last = text.lastIndexOf(']');
  return skipSpace(text, last + 1) >= text.length;
}

/** Index of the object behind the element that ends at `end`; -1 when there is none, -2 when something else is there. */
function payloadAt(text: string, end: number): number {
  const comma = skipSpace(text, end);
  if (text.charAt(comma) !== ',') return text.charAt(comma) === ']' ? -1 : -2;
  const start = skipSpace(text, comma + 1);
  if (text.charAt(start) === '{') return start;
  return text.startsWith('null', start) ? -1 : -2;
}

function scanCall(text: string, id: string, idEnd: number): Frame {
  const comma = skipSpace(text, idEnd);
  const start = skipSpace(text, comma + 1);
  const end = text.charAt(comma) === ',' && text.charAt(start) === '"' ? stringEnd(text, start) : -1;
  const action = end < 0 ? undefined : stringAt(text, start, end);
  const payload = action === undefined ? -2 : payloadAt(text, end);
  return action === undefined || payload === -2 ? frame('formation', id, text) : frame('call', id, text, rowOf(action), payload);
}

function rowOf(action: string): number {
  for (let row = 0; row < received.length; row += 1) if (received[row]!.action === action) return row;
  return isSent(action) ? -2 : -1;
}

function isSent(action: string): boolean {
  for (let row = 0; row < sent.length; row += 1) if (sent[row]!.action === action) return true;
  return false;
}

/**
 * The payload of a `call` whose `action` is a row, checked; or why it is refused. Where the row has a `list`, that field holds a cursor
 * ({@link Elements}) instead of an array. A text that is no JSON is a FormationViolation, whatever else is wrong with it.
 */
export function readRequest(frame: Frame): object | Violation {
  const row: ReceivedRow = received[frame.action]!;
  if (row.list === undefined) return readPayload(frame.text, row);
  const open = listStart(frame, row.list);
  if (open < 0) return readPayload(frame.text, row);
  const elements = readElements(frame.text, open, row);
  if (elements.end < 0) return new Violation('FormationViolation', '');
  return readPayload(frame.text.slice(0, open) + '[]' + frame.text.slice(elements.end), row, elements);
}

/** Index of the bracket that opens the list, or -1. */
function listStart(frame: Frame, path: readonly string[]): number {
  let at = frame.payload;
  for (let step = 0; step < path.length && at >= 0; step += 1) {
    at = frame.text.charAt(at) === '{' ? memberValue(frame.text, at, path[step]!) : -1;
  }
  return at >= 0 && frame.text.charAt(at) === '[' ? at : -1;
}

/** A cursor whose elements were all read and checked once; its `end` stays -1 when the list is no JSON. */
function readElements(text: string, open: number, row: ReceivedRow): Elements<unknown> {
  const elements = new Elements(text, open, row.itemNames!);
  const path = row.list!;
  let table = row.table;
  for (let step = 0; step < path.length - 1; step += 1) table = table[path[step]!]!.table!;
  const name = path[path.length - 1]!;
  const item: Field = table[name]!.item!;
  for (;;) {
    const element = elements.next();
    if (element === undefined) break;
    elements.count += 1;
    if (elements.violation) continue;
    const code = errorOf(item, element);
    if (code) elements.violation = new Violation(code, name);
    else if (item.table) elements.violation = check(item.table, element as object);
  }
  elements.rewind();
  return elements;
}

function readPayload(text: string, row: ReceivedRow, elements?: Elements<unknown>): object | Violation {
  const envelope = parse(text, row.names);
  if (!Array.isArray(envelope) || envelope.length > 4) return new Violation('FormationViolation', '');
  const payload: unknown = envelope[3] ?? {};
  if (!isObject(payload)) return new Violation('FormationViolation', '');
  if (row.list) placeElements(payload, row, elements);
  return check(row.table, payload) ?? payload;
}

/** Puts the cursor where the list was. A list that was not found in the text (its name was written with escapes) was parsed with the rest. */
function placeElements(payload: object, row: ReceivedRow, elements: Elements<unknown> | undefined): void {
  const path = row.list!;
  let holder: unknown = payload;
  for (let step = 0; step < path.length - 1 && isObject(holder); step += 1) holder = (holder as Record<string, unknown>)[path[step]!];
  if (!isObject(holder)) return;
  const name = path[path.length - 1]!;
  const list = (holder as Record<string, unknown>)[name];
  if (Array.isArray(list)) (holder as Record<string, unknown>)[name] = elements ?? readElements(JSON.stringify(list), 0, row);
}

/**
 * The payload of a `result`, not checked: any field may be missing or of any type. An empty object when the payload is no object;
 * undefined when the text is no JSON. `data` of a DataTransfer that is no text is handed on as JSON text (protocol.md section 16).
 */
export function readResult(frame: Frame, action: string): object | undefined {
  const envelope = parse(frame.text, answerNames(action));
  if (!Array.isArray(envelope)) return undefined;
  const payload: unknown = envelope[2];
  if (!isObject(payload)) return {};
  const { data } = payload as { data?: unknown };
  if (action === 'DataTransfer' && data !== undefined && typeof data !== 'string') {
    (payload as { data?: unknown }).data = memberText(frame.text, frame.payload, 'data');
  }
  return payload;
}

function answerNames(action: string): readonly string[] {
  for (let row = 0; row < sent.length; row += 1) if (sent[row]!.action === action) return sent[row]!.names;
  return [];
}

/** The text of a member's value, or undefined when it is null or not found. */
function memberText(text: string, start: number, name: string): string | undefined {
  const value = memberValue(text, start, name);
  const end = value < 0 ? -1 : valueEnd(text, value);
  const found = end < 0 ? 'null' : text.slice(value, end);
  return found === 'null' ? undefined : found;
}

/** What an `error` says, cut to 50 and 255 characters; empty texts where it says nothing. */
export function readError(frame: Frame): { code: string; description: string } {
  const envelope = parse(frame.text, []);
  const parts: unknown[] = Array.isArray(envelope) ? envelope : [];
  return { code: textOf(parts[2], longestCode), description: textOf(parts[3], longestDescription) };
}

function textOf(value: unknown, most: number): string {
  return typeof value === 'string' ? cut(value, most) : '';
}

/** A CALL. The payload may hold nothing that is preloaded (XS cannot stringify it). */
export function callParts(id: string, action: string, payload: object): Parts {
  return new TextParts(callText(id, action, payload));
}

/** As `callParts`, for a message that is kept to be sent again. */
export function callText(id: string, action: string, payload: object): string {
  return JSON.stringify([2, id, action, payload]);
}

/** A CALLRESULT; the same restriction. */
export function resultParts(id: string, payload: object): Parts {
  return new TextParts(JSON.stringify([3, id, payload]));
}

/** A CALLERROR with empty details. The description is cut to 255 characters. */
export function errorParts(id: string, code: ErrorCode, description: string): Parts {
  return new TextParts(JSON.stringify([4, id, code, cut(description, longestDescription), {}]));
}

/** What stands before the payload of a CALL, for `StreamedParts`; behind the payload comes `]`. */
export function callHead(id: string, action: string): string {
  return `[2,${JSON.stringify(id)},"${action}",`;
}

/** What stands before the payload of a CALLRESULT, for `StreamedParts`; behind the payload comes `]`. */
export function resultHead(id: string): string {
  return `[3,${JSON.stringify(id)},`;
}
