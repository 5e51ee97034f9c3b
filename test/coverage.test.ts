/**
 * Every callback is called, every input used, every message of the Core specification sent and answered, every key read and changed by some
 * story. What is declared and wired later is listed by hand; a listed one that a story uses after all fails, too.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rows } from '../src/settings/keys.ts';
import { received, sent } from '../src/wire/generated/tables.ts';
import { tell } from './ledger.ts';
import { localStation } from './local-station.ts';
import { all } from './stories/index.ts';
import { type Story, World } from './world.ts';

// Declared, wired later.

const laterCallbacks = [
  'signedUpdateFirmware',
  'uploadLogs',
  'securityEvent',
  'sessionCost',
  'setDisplayMessage',
  'tariffMessage',
  'defaultPrice',
];
const laterInputs: string[] = [];
const laterKeys = [
  ...['AdditionalRootCertificateCheck', 'CertificateSignedMaxChainSize', 'CertificateStoreMaxLength', 'CpoName'],
  ...['DisableSecurityEventNotifications', 'CertSigningWaitMinimum', 'CertSigningRepeatTimes'],
  ...['CentralContractValidationAllowed', 'ContractValidationOffline', 'ISO15118PnCEnabled', 'ISO15118CertificateManagementEnabled'],
  ...['ConnectorEvseIds', 'SeccLeafSubjectCommonName', 'SeccLeafSubjectCountry', 'SeccLeafSubjectOrganization', 'OcspRequestInterval'],
  ...['CustomDisplayCostAndPrice', 'NumberOfDecimalsForCostValues', 'DefaultPrice', 'DefaultPriceText', 'TimeOffset'],
  ...['NextTimeOffsetTransitionDateTime', 'TimeOffsetNextTransition', 'CustomIdleFeeAfterStop', 'SupportedLanguages'],
  ...['CustomMultiLanguageMessages', 'Language', 'WaitForSetUserPriceTimeout'],
];
/** It is read; a higher profile needs certificates. */
const laterChanges = [...laterKeys, 'SecurityProfile'];

// What the stories use: the name of the first story by what it used.

const callbacks = new Map<string, string>();
const inputs = new Map<string, string>();
/** Actions whose CALLRESULT came (of the station's CALLs), and those that the station answered with one. */
const answered = new Map<string, string>();
const answers = new Map<string, string>();
const readKeys = new Map<string, string>();
const changedKeys = new Map<string, string>();

function note(used: Map<string, string>, name: string, story: string): void {
  if (!used.has(name)) used.set(name, story);
}

function run(story: Story, title: string): void {
  const world = new World({
    ...story.world,
    createStation: (outside, build) => {
      const station = localStation(outside, build);
      return {
        input(name, args) {
          note(inputs, name, title);
          return station.input(name, args);
        },
      };
    },
  });
  try {
    tell(world, story);
  } catch {
    // stories.test.ts says so; what it used up to there counts.
  }
  for (const { name } of world.wallbox.calls) note(callbacks, name, title);
  for (const event of world.events) if (event.event === 'config_changed') note(changedKeys, event.key.replace(/[0-9]+$/, ''), title);
  for (const asked of world.csms.asked) if (asked.payload) note(answers, asked.action, title);
  noteFrames(world, title);
}

function noteFrames(world: World, title: string): void {
  const calls = new Map<string, string>();
  for (const frame of world.frames) {
    const [type, id, third] = listIn(frame.slice(2));
    if (frame[0] === '>' && type === 2) calls.set(String(id), String(third));
    else if (frame[0] === '<' && type === 3) note(answered, calls.get(String(id)) ?? '', title);
    else if (frame[0] === '>' && type === 3) {
      const { configurationKey = [] } = (third ?? {}) as { configurationKey?: { key: string }[] };
      for (const { key } of configurationKey) note(readKeys, key.replace(/^MeterPublicKey[0-9]+$/, 'MeterPublicKey'), title);
    }
  }
}

for (const { subject, stories } of all) for (const story of stories) run(story, `${subject}: ${story.name}`);

/** Some stories send what is no frame at all. */
function listIn(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** First cells of a table of README.md, without code marks. */
function readmeRows(name: string): string[][] {
  const text = readFileSync('README.md', 'utf8');
  const section = text.slice(text.indexOf(`<!-- ${name}:`), text.indexOf(`<!-- end of ${name} -->`));
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );
}

function nameIn(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

function unused(names: readonly string[], used: Map<string, string>): string[] {
  return names.filter((name) => !used.has(name)).sort();
}

describe('used by a story', () => {
  test('every callback', () => {
    const names = readmeRows('callbacks').map(([cell]) => nameIn(cell));
    expect(names).toHaveLength(35);
    expect(unused(names, callbacks)).toEqual([...laterCallbacks].sort());
  });

  test('every input', () => {
    const names = readmeRows('inputs').map(([, cell]) => nameIn(cell));
    expect(names.length).toBeGreaterThanOrEqual(40);
    expect(unused(names, inputs)).toEqual([...laterInputs].sort());
  });

  test('every message of the Core specification, in both directions', () => {
    const later = ['LogStatusNotification', 'SecurityEventNotification', 'SignCertificate', 'SignedFirmwareStatusNotification'];
    const toStation = received.filter(({ profile }) => profile !== 'Security').map(({ action }) => action);
    const fromStation = sent.map(({ action }) => action);
    expect(new Set([...toStation, ...fromStation.filter((action) => !later.includes(action))]).size).toBe(28);
    expect(unused(toStation, answers)).toEqual([]);
    expect(unused(fromStation, answered)).toEqual(later);
    const security = received.filter(({ profile }) => profile === 'Security').map(({ action }) => action);
    expect(unused(security, answers)).toEqual([...security].sort());
  });

  test('every key is read', () => {
    const names = rows.filter(({ access }) => access !== 'W').map(({ key }) => key);
    expect(unused(names, readKeys)).toEqual([...laterKeys].sort());
  });

  test('every key that may be changed is changed', () => {
    const names = rows.filter(({ access }) => access !== 'R').map(({ key }) => key);
    const later = laterChanges.filter((key) => (names as string[]).includes(key));
    expect(unused(names, changedKeys)).toEqual(later.sort());
  });
});

test('the table of the callbacks', () => {
  const lines = readmeRows('callbacks').map(([cell, , leftOut]) => {
    const name = nameIn(cell);
    return `| \`${name}\` | ${callbacks.get(name) ?? 'wired later'} | ${leftOut} |`;
  });
  console.log(['| callback | first story that calls it | left out |', '|---|---|---|', ...lines].join('\n'));
  expect(lines).toHaveLength(35);
});
