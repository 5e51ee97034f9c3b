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
 * The first violation, or undefined. Fields are looked at in the order of the table: presence, then JSON type, then value; of a list the number
 * of its items, then each item whole. Objects inside the object follow when all its own fields are right. Unknown fields are ignored, and
 * `null` counts as absent where a field may be (then it is undefined afterwards).
 *
 * Objects wait in an array instead of being checked recursively, because a frame of the JavaScript stack is dearer than two slots of heap.
 */
export function check(table: Table, value: object): Violation | undefined {
  let fields = table;
  let holder = value;
  let waiting: object[] | undefined;
  for (let next = 0; ; next += 2) {
    for (const name in fields) {
      const field = fields[name]!;
      const part = partOf(holder as Record<string, unknown>, name, field);
      const code = errorOf(field, part);
      if (code) return new Violation(code, name);
      if (field.table && part) {
        waiting ??= [];
        waiting.push(field.table, part);
      } else if (field.item && part) {
        const violation = part instanceof Elements ? part.violation : checkItems(field.item, name, part as unknown[]);
        if (violation) return violation;
      }
    }
    if (waiting === undefined || next === waiting.length) return undefined;
    fields = waiting[next] as Table;
    holder = waiting[next + 1]!;
  }
}

/** The value of a field. `null` where it may be absent is taken out: central systems in .NET and Java send it (protocol.md section 2). */
function partOf(holder: Record<string, unknown>, name: string, field: Field): unknown {
  const part = holder[name];
  if (part !== null || field.required) return part;
  holder[name] = undefined;
  return undefined;
}

function checkItems(item: Field, name: string, values: unknown[]): Violation | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const code = errorOf(item, values[index]);
    const violation = code ? new Violation(code, name) : item.table && check(item.table, values[index] as object);
    if (violation) return violation;
  }
  return undefined;
}

/** What is wrong with the value of a field, not looking into objects and items. */
export function errorOf(field: Field, value: unknown): ErrorCode | undefined {
  if (value === undefined) return field.required ? 'OccurenceConstraintViolation' : undefined;
  switch (field.kind) {
    case 'text':
      if (typeof value !== 'string') break;
      return field.max !== undefined && isLonger(value, field.max) ? 'PropertyConstraintViolation' : undefined;
    case 'enumeration':
      if (typeof value !== 'string') break;
      return field.values!.indexOf(value) < 0 ? 'PropertyConstraintViolation' : undefined;
    case 'time':
      if (typeof value !== 'string') break;
      return parseTime(value) === undefined ? 'PropertyConstraintViolation' : undefined;
    case 'integer':
      if (!Number.isInteger(value)) break;
      return undefined;
    case 'number':
      if (!Number.isFinite(value)) break;
      return isMultiple(value as number, field.scale) ? undefined : 'PropertyConstraintViolation';
    case 'boolean':
      if (typeof value !== 'boolean') break;
      return undefined;
    case 'object':
      if (!isObject(value)) break;
      return undefined;
    case 'list':
      return listError(field, value);
    case 'anything':
      return undefined;
  }
  return 'TypeConstraintViolation';
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
