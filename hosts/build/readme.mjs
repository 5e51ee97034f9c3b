/** Writes the reference tables of README.md from the source: callbacks, inputs, messages, keys. With `--check` it only compares. Another file may be named. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (path) => readFileSync(join(root, path), 'utf8');

/** Profiles of the messages that a station sends; those that it receives carry theirs in the generated tables. */
const firmwareManagement = ['DiagnosticsStatusNotification', 'FirmwareStatusNotification'];
const security = ['LogStatusNotification', 'SecurityEventNotification', 'SignCertificate', 'SignedFirmwareStatusNotification'];

// Reading the source.

/** The exports of a module of the source. */
async function load(path) {
  const { outputFiles } = await build({ entryPoints: [join(root, path)], bundle: true, format: 'esm', write: false, logLevel: 'error' });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** Docstrings of the members of a class or interface, in order: `{ name, doc, section }`. Sections are comments of a line of their own. */
function membersOf(text, opening) {
  const from = text.indexOf(opening);
  if (from < 0) throw new Error(`The source has no "${opening}".`);
  const body = text.slice(from, text.indexOf('\n}\n', from));
  const members = [];
  let section = '';
  const pattern = /^ {2}\/\/ (.*)$|^(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}(\w+)\??(?:<\w+>)?\(/gm;
  for (const [, comment, doc, name] of body.matchAll(pattern)) {
    if (comment !== undefined) section = comment.replace(/\.$/, '');
    else if (name !== 'constructor') members.push({ name, section, doc: textOf(doc, name) });
  }
  return members;
}

function textOf(doc, name) {
  if (doc === undefined) throw new Error(`${name} has no docstring.`);
  return doc
    .split('\n')
    .map((line) => line.trim().replace(/^\*\s?/, ''))
    .join(' ')
    .trim();
}

function docBefore(text, declaration) {
  const end = text.indexOf(declaration);
  const start = text.lastIndexOf('/**', end);
  if (end < 0 || start < 0) throw new Error(`The source has no "${declaration}".`);
  return textOf(text.slice(start + 3, text.indexOf('*/', start)), declaration);
}

/** Up to the first full stop before a blank, numbers and paragraphs aside. */
function firstSentence(doc) {
  return /^.*?\.(?=\s|$)/.exec(doc)?.[0] ?? doc;
}

/** What the docstring says about a callback that is missing. */
function whenMissing(name, doc) {
  const found = /(?:Demanded|Left out|Not wired yet): .*$/.exec(doc);
  if (found === null) throw new Error(`The docstring of ${name} does not say what holds when it is left out.`);
  return found[0].replace(/^Left out: (.)/, (_, letter) => letter.toUpperCase());
}

/** All text of the core that is written by hand. */
function coreText(folder = 'src') {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'generated' && !name.endsWith('.mjs') && name !== 'schemas')
    .map(({ name }) => (name.endsWith('.ts') ? read(`${folder}/${name}`) : coreText(`${folder}/${name}`)))
    .join('\n');
}

// The tables.

function table(heads, rows) {
  const line = (cells) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Bars everywhere, and angle brackets outside of code. */
function escaped(cell) {
  const pieces = String(cell).replaceAll('|', '\\|').split('`');
  return pieces.map((piece, index) => (index % 2 === 0 ? piece.replaceAll('<', '&lt;') : piece)).join('`');
}

function callbacksTable() {
  const text = read('src/callbacks.ts');
  const rows = membersOf(text, 'export interface Callbacks {').map(({ name, doc }) => [
    `\`${name}\``,
    firstSentence(doc),
    whenMissing(name, doc),
  ]);
  for (const [name, declaration] of [
    ['handleDataTransfer', 'export interface DataTransferHandler'],
    ['watchConfigurationKey', 'export interface KeyWatcher'],
  ]) {
    const doc = docBefore(text, declaration);
    rows.push([`\`${name}\` (registered)`, firstSentence(doc), whenMissing(name, doc)]);
  }
  return table(['callback', 'when, and what for', 'left out'], rows);
}

function inputsTable() {
  const kernel = read('src/kernel.ts');
  const isPublic = ({ name }) => !new RegExp(`(?:private|protected) (?:get )?${name}\\(`).test(read('src/charge-point.ts'));
  const inputs = membersOf(read('src/charge-point.ts'), 'export class ChargePoint').filter(isPublic);
  const doc = docBefore(kernel, '\n  callSetConnectionTimeout(');
  inputs.splice(1, 0, { name: 'callSetConnectionTimeout', section: inputs[0].section, doc });
  return table(
    ['', 'input', 'what it does'],
    inputs.map(({ name, section, doc }, index) => [
      section === inputs[index - 1]?.section ? '' : section,
      `\`${name}\``,
      firstSentence(doc) + (/not wired yet/i.test(doc) ? ' Not wired yet.' : ''),
    ]),
  );
}

async function messagesTable() {
  const { received, sent } = await load('src/wire/generated/tables.ts');
  const core = coreText();
  const rows = [];
  for (const { action, profile } of received) {
    const isBuilt = core.includes(`case '${action}':\n      return `);
    const direction = sent.some((other) => other.action === action) ? 'both' : 'to the station';
    rows.push([`\`${action}\``, direction, profile, isBuilt ? 'built' : 'declared, wired later']);
  }
  for (const { action } of sent) {
    if (received.some((other) => other.action === action)) continue;
    const profile = security.includes(action) ? 'Security' : firmwareManagement.includes(action) ? 'FirmwareManagement' : 'Core';
    rows.push([`\`${action}\``, 'from the station', profile, core.includes(`'${action}'`) ? 'built' : 'declared, wired later']);
  }
  rows.sort(([left], [right]) => (left < right ? -1 : 1));
  return table(['message', 'direction', 'profile', 'state'], rows);
}

async function keysTable() {
  const { rows } = await load('src/settings/keys.ts');
  const text = read('src/settings/keys.ts');
  let profile = '';
  const lines = rows.map((row) => {
    const at = text.indexOf(`key: '${row.key}'`);
    const heading = text.lastIndexOf('\n  // ', at);
    const name = text.slice(heading + 6, text.indexOf('\n', heading + 1));
    const first = name === profile ? '' : name;
    profile = name;
    const key = row.indexed ? `${row.key}${row.key === 'MeterPublicKey' ? '<n>' : ',<language>'}` : row.key;
    return [first, `\`${key}\``, row.type, defaultOf(row), row.access, limitsOf(row)];
  });
  return table(['profile', 'key', 'type', 'default', 'access', 'limits'], lines);
}

function defaultOf(row) {
  if (row.computed) return "the station's";
  if (row.board) return `the board's, or \`${row.default}\``;
  return row.default === '' ? '' : `\`${row.default}\``;
}

function limitsOf(row) {
  const { min = 0, max } = row;
  const limits = [];
  if (row.type === 'integer') {
    if (max !== undefined) limits.push(`${min} to ${max}`);
    else if (min > 0) limits.push(`at least ${min}`);
  } else if (max !== undefined) limits.push(min === max ? `${max} characters` : `${min} to ${max} characters`);
  if (row.items) limits.push(row.items.join(', '));
  if (row.itemMin !== undefined) limits.push(`items of ${row.itemMin} to ${row.itemMax} characters`);
  if (row.fits) limits.push('at most what fits one message');
  if (row.limit) limits.push(`at most ${row.limit} items`);
  if (row.feature) limits.push(`needs ${row.feature}`);
  if (row.reboot) limits.push('at the next boot');
  return limits.join('; ');
}

// README.md.

const introduction = `## Reference

These tables are written from the source by \`npm run readme\`.`;

const titles = {
  callbacks: 'Callbacks: what the core asks of a wallbox',
  inputs: 'Inputs: what a wallbox tells the core',
  messages: 'Messages',
  keys: 'Configuration keys',
};

function withTable(text, name, content) {
  const begin = `<!-- ${name}: written by npm run readme -->`;
  const end = `<!-- end of ${name} -->`;
  const section = `${begin}\n${content}\n${end}`;
  const from = text.indexOf(begin);
  if (from < 0) return `${text.trimEnd()}\n\n### ${titles[name]}\n\n${section}\n`;
  return text.slice(0, from) + section + text.slice(text.indexOf(end, from) + end.length);
}

async function written(text) {
  const tables = { callbacks: callbacksTable(), inputs: inputsTable(), messages: await messagesTable(), keys: await keysTable() };
  let result = text.includes('\n## Reference\n') ? text : `${text.trimEnd()}\n\n${introduction}\n`;
  for (const [name, content] of Object.entries(tables)) result = withTable(result, name, content);
  return result;
}

const [path = join(root, 'README.md')] = process.argv.slice(2).filter((argument) => argument !== '--check');
const before = readFileSync(path, 'utf8');
const after = await written(before);
if (!process.argv.includes('--check')) writeFileSync(path, after);
else if (after !== before) {
  console.error('The tables of README.md are not what the source says: npm run readme.');
  process.exitCode = 1;
}
