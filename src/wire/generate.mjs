/** Writes `generated/tables.ts` from the OCA's JSON schemas (as ocpp-rpc carries them) and ours. Run by `npm run generate`, on Node only; an argument is the file to write instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const schemas = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('ocpp-rpc/lib/schemas/ocpp1_6.json'), 'utf8'));

/** What a central system asks (1.6 edition 2 section 3.1, security whitepaper edition 3), by feature profile. */
const received = {
  Core: [
    'ChangeAvailability',
    'ChangeConfiguration',
    'ClearCache',
    'DataTransfer',
    'GetConfiguration',
    'RemoteStartTransaction',
    'RemoteStopTransaction',
    'Reset',
    'UnlockConnector',
  ],
  FirmwareManagement: ['GetDiagnostics', 'UpdateFirmware'],
  LocalAuthListManagement: ['GetLocalListVersion', 'SendLocalList'],
  Reservation: ['CancelReservation', 'ReserveNow'],
  SmartCharging: ['ClearChargingProfile', 'GetCompositeSchedule', 'SetChargingProfile'],
  RemoteTrigger: ['TriggerMessage'],
  Security: [
    'CertificateSigned',
    'DeleteCertificate',
    'ExtendedTriggerMessage',
    'GetInstalledCertificateIds',
    'GetLog',
    'InstallCertificate',
    'SignedUpdateFirmware',
  ],
};

/** What a station asks. */
const sent = [
  'Authorize',
  'BootNotification',
  'DataTransfer',
  'DiagnosticsStatusNotification',
  'FirmwareStatusNotification',
  'Heartbeat',
  'LogStatusNotification',
  'MeterValues',
  'SecurityEventNotification',
  'SignCertificate',
  'SignedFirmwareStatusNotification',
  'StartTransaction',
  'StatusNotification',
  'StopTransaction',
];

/** Names of the specification for what the core schemas spell inline; the security schemas carry theirs as definitions. */
const objectNames = {
  idTagInfo: 'IdTagInfo',
  localAuthorizationList: 'AuthorizationData',
  chargingProfile: 'ChargingProfile',
  csChargingProfiles: 'ChargingProfile',
  chargingSchedule: 'ChargingSchedule',
  chargingSchedulePeriod: 'ChargingSchedulePeriod',
  configurationKey: 'KeyValue',
  meterValue: 'MeterValue',
  transactionData: 'MeterValue',
  sampledValue: 'SampledValue',
};
const enumNames = {
  chargingProfileKind: 'ChargingProfileKind',
  chargingProfilePurpose: 'ChargingProfilePurpose',
  chargingRateUnit: 'ChargingRateUnit',
  context: 'ReadingContext',
  errorCode: 'ChargePointErrorCode',
  format: 'ValueFormat',
  location: 'Location',
  measurand: 'Measurand',
  phase: 'Phase',
  reason: 'Reason',
  recurrencyKind: 'RecurrencyKind',
  requestedMessage: 'MessageTrigger',
  unit: 'UnitOfMeasure',
  updateType: 'UpdateType',
  'BootNotification.status': 'RegistrationStatus',
  'CancelReservation.status': 'CancelReservationStatus',
  'ChangeAvailability.status': 'AvailabilityStatus',
  'ChangeAvailability.type': 'AvailabilityType',
  'ChangeConfiguration.status': 'ConfigurationStatus',
  'ClearCache.status': 'ClearCacheStatus',
  'ClearChargingProfile.status': 'ClearChargingProfileStatus',
  'DataTransfer.status': 'DataTransferStatus',
  'DiagnosticsStatusNotification.status': 'DiagnosticsStatus',
  'FirmwareStatusNotification.status': 'FirmwareStatus',
  'GetCompositeSchedule.status': 'GetCompositeScheduleStatus',
  'IdTagInfo.status': 'AuthorizationStatus',
  'RemoteStartTransaction.status': 'RemoteStartStopStatus',
  'RemoteStopTransaction.status': 'RemoteStartStopStatus',
  'ReserveNow.status': 'ReservationStatus',
  'Reset.status': 'ResetStatus',
  'Reset.type': 'ResetType',
  'SendLocalList.status': 'UpdateStatus',
  'SetChargingProfile.status': 'ChargingProfileStatus',
  'StatusNotification.status': 'ChargePointStatus',
  'TriggerMessage.status': 'TriggerMessageStatus',
  'UnlockConnector.status': 'UnlockStatus',
};

/** The corrections of protocol.md section 2 (EJ 2.3 to 2.6). Without effect where a schema is already in its corrected form. */
function correct(action, schema) {
  const properties = schema.properties;
  if (action === 'BootNotification' && properties.interval) properties.interval = { type: 'integer' };
  if (action === 'UpdateFirmware' && properties.location) {
    properties.retries = { type: 'integer' };
    properties.retryInterval = { type: 'integer' };
  }
  if (action === 'StopTransaction' && properties.reason) schema.required = schema.required.filter((name) => name !== 'reason');
  if (action === 'SendLocalList' && properties.localAuthorizationList) {
    const info = properties.localAuthorizationList.items.properties.idTagInfo;
    info.properties.expiryDate = { type: 'string', format: 'date-time' };
    info.properties.parentIdTag = { type: 'string', maxLength: 20 };
    delete info.expiryDate;
    delete info.parentIdTag;
  }
  return schema;
}

/** Ours, for what travels as text in DataTransfer.data and in settings: who reads it, and with which constant of rows. */
const ours = {
  'plug-and-charge': [
    {
      constant: 'plugAndChargeReceived',
      comment: 'Plug & Charge: what a central system asks in DataTransfer.',
      prefix: 'PnC',
      suffix: 'Request',
      messages: ['CertificateSigned', 'DeleteCertificate', 'GetInstalledCertificateIds', 'InstallCertificate', 'TriggerMessage'],
    },
    {
      constant: 'plugAndChargeAnswers',
      comment: 'Plug & Charge: the answers to what a station asks in DataTransfer.',
      prefix: 'PnC',
      suffix: 'Response',
      messages: ['Authorize', 'Get15118EVCertificate', 'GetCertificateStatus', 'SignCertificate'],
    },
  ],
  pricing: [
    {
      constant: 'pricingReceived',
      comment: 'California pricing: what a central system asks in DataTransfer.',
      prefix: '',
      suffix: 'Request',
      messages: ['SetUserPrice', 'RunningCost', 'FinalCost'],
    },
    {
      constant: 'pricingSettings',
      comment: 'California pricing: settings whose value is JSON text.',
      prefix: '',
      suffix: '',
      messages: ['DefaultPrice', 'DefaultPriceText'],
    },
  ],
};

const known = {
  undefined: [],
  object: ['$id', '$schema', 'additionalProperties', 'definitions', 'properties', 'required', 'type'],
  array: ['type', 'items', 'minItems', 'maxItems'],
  string: ['type', 'maxLength', 'format', 'enum', 'additionalProperties'],
  integer: ['type'],
  number: ['type', 'multipleOf'],
  boolean: ['type'],
};

/** What was written so far, by constant name: its text, in the order in which later constants need it. */
const written = new Map();

function write(name, body) {
  const text = `export const ${name} = /* @__PURE__ */ freeze(${body} as const);\n`;
  if ((written.get(name) ?? text) !== text) throw new Error(`two different things are called ${name}`);
  written.set(name, text);
  return name;
}

/** Writes the descriptor of one field (shared by all fields that are alike) and returns the constant's name. */
function fieldOf(schema, name, owner, root, required) {
  const reference = schema.$ref?.split('/').pop();
  const actual = reference ? root.definitions[reference] : schema;
  for (const keyword of Object.keys(actual)) {
    if (!known[actual.type]?.includes(keyword)) throw new Error(`${owner}.${name}: ${keyword} of ${actual.type} is not understood`);
  }
  const [label, body] = describe(actual, name, owner, root, reference);
  return write(`${required ? 'required' : 'optional'}${label}`, `{ ${body}${required ? ', required: true' : ''} }`);
}

/** [part of the descriptor's name, the descriptor's fields] */
function describe(schema, name, owner, root, reference) {
  if (schema.enum) {
    const values = write(reference ?? enumNames[`${owner}.${name}`] ?? enumNames[name] ?? fail(owner, name), listOf(schema.enum));
    return [values, `kind: 'enumeration', values: ${values}`];
  }
  switch (schema.type) {
    case undefined:
      return ['Anything', "kind: 'anything'"];
    case 'string':
      if (schema.format === 'date-time') return ['Time', "kind: 'time'"];
      return schema.maxLength ? [`Text${schema.maxLength}`, `kind: 'text', max: ${schema.maxLength}`] : ['Text', "kind: 'text'"];
    case 'integer':
      return ['Integer', "kind: 'integer'"];
    case 'number':
      if (schema.multipleOf) return [`NumberBy${1 / schema.multipleOf}`, `kind: 'number', scale: ${1 / schema.multipleOf}`];
      return ['Number', "kind: 'number'"];
    case 'boolean':
      return ['Boolean', "kind: 'boolean'"];
    case 'object': {
      const table = tableOf(schema, reference ?? objectNames[name] ?? fail(owner, name), root);
      return [table, `kind: 'object', table: ${table}`];
    }
    default: {
      const item = fieldOf(schema.items, name, owner, root, true);
      const counts = `${schema.minItems ? `, min: ${schema.minItems}` : ''}${schema.maxItems ? `, max: ${schema.maxItems}` : ''}`;
      const range = `${schema.minItems ? `From${schema.minItems}` : ''}${schema.maxItems ? `To${schema.maxItems}` : ''}`;
      return [`ListOf${item.replace('required', '')}${range}`, `kind: 'list', item: ${item}${counts}`];
    }
  }
}

function fail(owner, name) {
  throw new Error(`no name for ${owner}.${name}`);
}

const listOf = (texts) => `[${texts.map((text) => `'${text}'`).join(', ')}]`;

function tableOf(schema, name, root) {
  const owner = name.replace(/Request$|Response$/, '');
  const rows = Object.entries(schema.properties ?? {}).map(
    ([field, value]) => `  ${field}: ${fieldOf(value, field, owner, root, (schema.required ?? []).includes(field))},\n`,
  );
  return write(name, rows.length ? `{\n${rows.join('')}}` : '{}');
}

/** Every field name that may occur in a message, its nested objects included. */
function namesOf(schema, root, names = []) {
  const actual = schema.$ref ? root.definitions[schema.$ref.split('/').pop()] : schema;
  for (const [name, value] of Object.entries(actual.properties ?? {})) {
    if (!names.includes(name)) names.push(name);
    namesOf(value, root, names);
  }
  return actual.items ? namesOf(actual.items, root, names) : names;
}

/** The way to the list in a request that a station receives, or undefined. */
function listIn(schema) {
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    if (value.type === 'array') return { path: [name], items: value.items };
    const below = value.type === 'object' ? listIn(value) : undefined;
    if (below) return { path: [name, ...below.path], items: below.items };
  }
  return undefined;
}

function schemaOf(action, direction) {
  const schema = schemas.find(({ $id }) => $id === `urn:${action}.${direction}`);
  return schema ? correct(action, schema) : fail(action, direction);
}

function receivedRow(action, profile) {
  const schema = schemaOf(action, 'req');
  const list = listIn(schema);
  const more = list ? `, list: ${listOf(list.path)}, itemNames: ${listOf(namesOf(list.items, schema))}` : '';
  return `  { action: '${action}', profile: '${profile}', table: ${action}Request, names: ${listOf(namesOf(schema, schema))}${more} },\n`;
}

const sentRow = (action) => {
  const schema = schemaOf(action, 'conf');
  return `  { action: '${action}', names: ${listOf(namesOf(schema, schema))} },\n`;
};

/** Writes all tables of one of our schema files and returns the text of its rows. */
function ourRows(file) {
  const root = JSON.parse(readFileSync(new URL(`schemas/${file}.json`, import.meta.url), 'utf8'));
  const resolved = (name) => {
    const schema = root.definitions[name] ?? fail(file, name);
    const reference = schema.$ref?.split('/').pop();
    return reference ? { schema: root.definitions[reference], table: reference } : { schema, table: name };
  };
  for (const name of Object.keys(root.definitions)) {
    const { schema, table } = resolved(name);
    if (schema.type === 'object') tableOf(schema, table, root);
  }
  return ours[file].map(({ constant, comment, prefix, suffix, messages }) => {
    const lines = messages.map((message) => {
      const { schema, table } = resolved(`${prefix}${message}${suffix}`);
      return `  { messageId: '${message}', table: ${table}, names: ${listOf(namesOf(schema, root))} },\n`;
    });
    return `/** ${comment} */\nexport const ${constant} = /* @__PURE__ */ freeze([\n${lines.join('')}] as const);\n`;
  });
}

const actions = [...new Set([...Object.values(received).flat(), ...sent])].sort();
for (const action of actions) {
  tableOf(schemaOf(action, 'req'), `${action}Request`, schemaOf(action, 'req'));
  tableOf(schemaOf(action, 'conf'), `${action}Response`, schemaOf(action, 'conf'));
}
const dataTransferRows = Object.keys(ours).flatMap(ourRows);
const rows = Object.entries(received).flatMap(([profile, list]) => list.map((action) => receivedRow(action, profile)));

writeFileSync(
  process.argv[2] ?? new URL('generated/tables.ts', import.meta.url),
  `/** Tables of all messages of OCPP 1.6 and its security whitepaper. Written by src/wire/generate.mjs; never edit by hand. */
import { freeze } from '../../freeze.ts';

${[...written.values()].join('')}
/** The requests that a central system may send. \`list\` is the way to the list that is read through a cursor. */
export const received = /* @__PURE__ */ freeze([
${rows.join('')}] as const);

/** The requests that a station sends, with the field names of their answers. */
export const sent = /* @__PURE__ */ freeze([
${sent.map(sentRow).join('')}] as const);

${dataTransferRows.join('\n')}
export interface RequestTables {
${actions.map((action) => `  ${action}: typeof ${action}Request;\n`).join('')}}

export interface ResponseTables {
${actions.map((action) => `  ${action}: typeof ${action}Response;\n`).join('')}}
`,
);
