/** The OCA's schemas as the station's behaviour is judged by them, an ajv validator for each, and payloads that fit them or nearly do. */
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats/dist/formats.js';
import fc from 'fast-check';

export interface Schema {
  $id?: string;
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  multipleOf?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  definitions?: Record<string, Schema>;
  additionalProperties?: boolean;
}

const raw: Schema[] = createRequire(import.meta.url)('ocpp-rpc/lib/schemas/ocpp1_6.json');

/** Our own schemas for what travels in DataTransfer.data, by table name. */
export const ourSchemas: [name: string, schema: Schema][] = ['plug-and-charge', 'pricing'].flatMap((file) => {
  const { definitions }: { definitions: Record<string, Schema> } = createRequire(import.meta.url)(`../../src/wire/schemas/${file}.json`);
  const objects = Object.entries(definitions).filter((entry) => entry[1].type === 'object');
  return objects.map(([name, schema]): [string, Schema] => [name, { ...schema, definitions }]);
});

/** Name of the generated table (`AuthorizeRequest`) and its schema; unknown fields allowed everywhere (protocol.md section 2). */
export const schemas: [name: string, schema: Schema][] = raw.map((schema) => [
  schema.$id!.replace('urn:', '').replace('.req', 'Request').replace('.conf', 'Response'),
  open(structuredClone(schema)),
]);

function open(schema: Schema): Schema {
  delete schema.additionalProperties;
  delete schema.$id;
  for (const below of Object.values({ ...schema.properties, ...schema.definitions })) open(below);
  if (schema.items) open(schema.items);
  return schema;
}

export function schemaOf(name: string): Schema {
  return schemas.find((entry) => entry[0] === name)![1];
}

const ajv = new Ajv({ allErrors: true, strict: false, multipleOfPrecision: 6 });
// Incoming times may lack a zone (E 3.10). What is no address fails in the download, not in the check.
ajv.addFormat('date-time', formats.fullFormats['iso-date-time'] as never);
ajv.addFormat('uri', true);

const validators = new Map<Schema, ValidateFunction>();

export function validatorOf(schema: Schema): ValidateFunction {
  const validator = validators.get(schema) ?? ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema' });
  validators.set(schema, validator);
  return validator;
}

export const times = ['2024-02-29T23:59:59Z', '2026-01-01T00:00:00', '2026-06-30T12:00:00.1234567+02:00', '1970-01-01t00:00:00.5z'];

/** Payloads that fit. */
export function fitting(schema: Schema, root: Schema = schema): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(root.definitions![schema.$ref.split('/').pop()!]!, root);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.format === 'date-time') return fc.constantFrom(...times);
  switch (schema.type) {
    case undefined:
      return fc.oneof(fc.integer(), fc.string(), fc.constant(null));
    case 'string':
      return textOf(schema.maxLength);
    case 'integer':
      return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31, 1e12));
    case 'number':
      return schema.multipleOf
        ? fc.integer({ min: -1_000_000, max: 1_000_000 }).map((tenths) => tenths / 10)
        : fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fitting(schema.items!, root), { minLength: schema.minItems ?? 0, maxLength: schema.maxItems ?? 4 });
    default: {
      const model = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, below]) => [name, fitting(below, root)]));
      return fc.record(model, { requiredKeys: (schema.required ?? []) as never[] });
    }
  }
}

function textOf(maxLength = 60): fc.Arbitrary<string> {
  const exact = fc.constantFrom('x', 'é', '€', '😀', '"', '\\', '{', '[').map((character) => character.repeat(maxLength));
  return fc.oneof(
    { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: Math.min(maxLength, 60) }) },
    { weight: 1, arbitrary: exact },
  );
}

const odd: unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  1.5,
  0.1,
  0.05,
  1e300,
  '',
  '1',
  'true',
  'Accepted',
  'accepted',
  '2024-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01',
  'x'.repeat(21),
  '😀'.repeat(20),
  '😀'.repeat(21),
  '\ud800'.repeat(20),
  'x'.repeat(501),
  [],
  [1],
  ['x'],
  [null],
  {},
  { status: 'Accepted' },
  [{}],
];

/** Payloads that fit but for one to three changes somewhere. */
export function mutated(schema: Schema): fc.Arbitrary<unknown> {
  const change = fc.record({
    where: fc.nat(),
    what: fc.constantFrom(...odd),
    how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'repeat'),
  });
  return fc.tuple(fitting(schema), fc.array(change, { minLength: 1, maxLength: 3 })).map(([payload, changes]) => {
    const copy = structuredClone(payload) as object;
    for (const { where, what, how } of changes) mutate(copy, where, what, how);
    return copy;
  });
}

type Holder = Record<string, unknown>;

function mutate(payload: object, where: number, what: unknown, how: string): void {
  const places = placesIn(payload);
  if (how === 'add' || places.length === 0) {
    const holders = [payload, ...places.map(([holder, key]) => holder[key])].filter((at) => typeof at === 'object' && at !== null);
    const holder = holders[where % holders.length] as Holder | unknown[];
    if (Array.isArray(holder)) holder.push(structuredClone(what));
    else holder['vendorSpecific'] = structuredClone(what);
    return;
  }
  const [holder, key] = places[where % places.length]!;
  if (how === 'remove') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (how === 'repeat' && Array.isArray(holder[key])) holder[key] = [...holder[key], ...structuredClone(holder[key])];
  else holder[key] = structuredClone(what);
}

function placesIn(value: object): [holder: Holder, key: string][] {
  return Object.entries(value).flatMap(([key, below]) => [
    [value as Holder, key] as [Holder, string],
    ...(typeof below === 'object' && below !== null ? placesIn(below) : []),
  ]);
}
