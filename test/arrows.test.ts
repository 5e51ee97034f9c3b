/** Who may import whom (design.md section 2): reads the import lines of src and hosts. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;

/** Rows of the table: the parts of src that a part may import, beside itself. `types` may be imported as types only. */
const arrows: Readonly<Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] }>> = {
  wire: { may: [], types: ['host'] },
  settings: { may: ['wire', 'host'] },
  link: { may: ['wire', 'settings', 'host'] },
  charging: { may: ['wire', 'settings', 'link', 'host'] },
  profiles: { may: ['wire', 'settings', 'link', 'charging', 'host'], types: ['charge-point'] },
  'charge-point': { may: ['wire', 'settings', 'link', 'charging', 'profiles', 'host'] },
  // What both sides implement; their types name those of the wire.
  host: { may: [], types: ['wire'] },
  index: { may: ['charge-point', 'host'] },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

function files(folder: string): string[] {
  const list: string[] = [];
  for (const name of readdirSync(join(root, folder))) {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) list.push(...files(path));
    else if (/\.m?[jt]s$/.test(name) && !name.endsWith('.d.mts')) list.push(path);
  }
  return list;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(root, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const list: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)) {
    const names = /\{([^}]*)\}/.exec(match[2] ?? '')?.[1];
    const allTypes = names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    list.push({ from: path, to: match[3]!, typeOnly: match[1] !== undefined || allTypes });
  }
  for (const match of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) list.push({ from: path, to: match[1]!, typeOnly: false });
  return list;
}

/** The part of src that a file belongs to; undefined: outside src. `free` is what everybody may import. */
function partOf(path: string): string | undefined {
  const match = /^src\/(?:([a-z-]+)\/|([a-z-]+)\.ts$)/.exec(path);
  const part = match?.[1] ?? match?.[2];
  if (part === 'kernel') return 'charge-point';
  if (part === 'callbacks') return 'host';
  return part === 'freeze' ? 'free' : part;
}

function target(one: Import): string {
  return one.to.startsWith('.') ? normalize(join(dirname(one.from), one.to)) : one.to;
}

const sources = files('src').filter((path) => !path.endsWith('generate.mjs'));

test('src imports only what its row of the table allows', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const part = partOf(path)!;
    const row = part === 'free' ? { may: [] } : arrows[part];
    if (row === undefined) wrong.push(`${path} belongs to no row`);
    for (const one of importsOf(path)) {
      const to = partOf(target(one));
      if (to === part || to === 'free') continue;
      if (to !== undefined && (row?.may.includes(to) || (one.typeOnly && row?.types?.includes(to)))) continue;
      if (one.typeOnly && one.to.startsWith('ocpp-messages')) continue;
      wrong.push(`${path} imports ${one.to}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(sources.length).toBeGreaterThan(30);
});

test('profiles never import each other; only index knows them all', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    if (partOf(path) !== 'profiles' || path.endsWith('/index.ts')) continue;
    for (const one of importsOf(path)) if (partOf(target(one)) === 'profiles') wrong.push(`${path} imports ${one.to}`);
  }
  expect(wrong).toEqual([]);
});

test('every import inside the project is written with its ending', () => {
  const wrong = sources.flatMap(importsOf).filter((one) => one.to.startsWith('.') && !/\.(ts|json)$/.test(one.to));
  expect(wrong).toEqual([]);
});

test('hosts reach the core through its door', () => {
  const wrong: string[] = [];
  for (const path of files('hosts')) {
    for (const one of importsOf(path)) {
      const to = target(one);
      if (!to.startsWith('src/') || to === 'src/index.ts') continue;
      // Types of the platform, and the wire's vocabulary, which is nobody's inside.
      if (one.typeOnly && (partOf(to) === 'host' || partOf(to) === 'wire')) continue;
      wrong.push(`${path} imports ${one.to}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('nothing at the top level of src but functions, classes and tables', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    for (const line of readFileSync(join(root, path), 'utf8').split('\n')) {
      if (/^(export )?(let|var) /.test(line)) wrong.push(`${path}: ${line}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('stories know their world and nothing else', () => {
  const wrong: string[] = [];
  for (const path of files('test/stories')) {
    for (const one of importsOf(path)) {
      const ok = one.to === '../expect.ts' || one.to === '../world.ts' || (one.typeOnly && one.to === '../central-system.ts');
      if (!ok && !path.endsWith('/index.ts')) wrong.push(`${path} imports ${one.to}`);
    }
  }
  expect(wrong).toEqual([]);
});
