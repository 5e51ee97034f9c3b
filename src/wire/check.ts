/** Holds a parsed payload against its table and names the OCPP-J error that fits (J 4.2.3, protocol.md section 2). */
import { Elements } from './elements.ts';
import { isObject } from './json.ts';
import { isLonger } from './text.ts';
import { parseTime } from './time.ts';

/** The error codes of OCPP-J 1.6 4.2.3, spelled its way (EJ 5.1, EJ 5.2). */
export type ErrorCode =
  | 'NotImplemented'
  | 'NotSupported'
  | 'InternalError'
  | 'ProtocolError'
  | 'SecurityError'
  | 'FormationViolation'
  | 'PropertyConstraintViolation'
  | 'OccurenceConstraintViolation'
  | 'TypeConstraintViolation'
  | 'GenericError';

/** What one field may hold. */
export interface Field {
  readonly kind: 'anything' | 'text' | 'enumeration' | 'time' | 'integer' | 'number' | 'boolean' | 'object' | 'list';
  readonly required?: true;
  /** Text: code points at most. List: items at most. */
  readonly max?: number;
  /** List: items at least. */
  readonly min?: number;
  /** Enumeration: the texts. */
  readonly values?: readonly string[];
  /** Number: it must be a multiple of 1 / scale. */
  readonly scale?: number;
  /** Object: its fields. */
  readonly table?: Table;
  /** List: what each item is. */
  readonly item?: Field;
}

/** The fields of a message or object by name. */
export interface Table {
  readonly [name: string]: Field;
}

/** Why a request is refused. `field` is a name of the specification, never text of the peer; empty for the payload itself. */
export class Violation {
  readonly code: ErrorCode;
  readonly field: string;

  constructor(code: ErrorCode, field: string) {
    this.code = code;
    this.field = field;
  }
}

/**
 * The first violation, or undefined. Fields are looked at in the order of the table, nested ones before the next field; of one field first
 * its presence, then its JSON type, then its value (of a list: the number of items, then the items). Unknown fields are ignored.
 */
export function check(table: Table, value: object): Violation | undefined {
  for (const name in table) {
    const field = table[name]!;
    const part: unknown = (value as Record<string, unknown>)[name];
    let violation: Violation | undefined;
    if (part !== undefined) violation = checkField(field, name, part);
    else if (field.required) violation = new Violation('OccurenceConstraintViolation', name);
    if (violation) return violation;
  }
  return undefined;
}

/** As {@link check}, for one value that is there. */
export function checkField(field: Field, name: string, value: unknown): Violation | undefined {
  const code = errorOf(field, value);
  if (code) return new Violation(code, name);
  if (field.table) return check(field.table, value as object);
  if (!field.item) return undefined;
  return value instanceof Elements ? value.violation : checkItems(field.item, name, value as unknown[]);
}

function checkItems(item: Field, name: string, values: unknown[]): Violation | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const violation = checkField(item, name, values[index]);
    if (violation) return violation;
  }
  return undefined;
}

/** What is wrong with a value, not looking into objects and lists. */
function errorOf(field: Field, value: unknown): ErrorCode | undefined {
  switch (field.kind) {
    case 'text':
    case 'enumeration':
    case 'time':
      if (typeof value !== 'string') return 'TypeConstraintViolation';
      return isRightText(field, value) ? undefined : 'PropertyConstraintViolation';
    case 'integer':
      return Number.isInteger(value) ? undefined : 'TypeConstraintViolation';
    case 'number':
      if (!Number.isFinite(value)) return 'TypeConstraintViolation';
      return isMultiple(value as number, field.scale) ? undefined : 'PropertyConstraintViolation';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'TypeConstraintViolation';
    case 'object':
      return isObject(value) ? undefined : 'TypeConstraintViolation';
    case 'list':
      return listError(field, value);
    case 'anything':
      return undefined;
  }
}

function isRightText(field: Field, text: string): boolean {
  if (field.values) return field.values.indexOf(text) >= 0;
  if (field.kind === 'time') return parseTime(text) !== undefined;
  return field.max === undefined || !isLonger(text, field.max);
}

/** The error of a decimal fraction in binary is far below a millionth. */
function isMultiple(value: number, scale: number | undefined): boolean {
  if (scale === undefined) return true;
  const scaled = value * scale;
  return Math.abs(scaled - Math.round(scaled)) < 1e-6;
}

function listError(field: Field, value: unknown): ErrorCode | undefined {
  let count: number;
  if (value instanceof Elements) count = value.count;
  else if (Array.isArray(value)) count = value.length;
  else return 'TypeConstraintViolation';
  const { min, max } = field;
  return (min !== undefined && count < min) || (max !== undefined && count > max) ? 'OccurenceConstraintViolation' : undefined;
}
