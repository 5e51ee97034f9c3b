/** Who may import whom (design.md section 2): reads the import lines of src and hosts. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;

/**
 * From the ground up. A file may import its own folder and the floors below it, types counted; rooms of one floor do not know each other:
 * they meet below, or through an interface that the kernel hands them.
 */
const floors: readonly (readonly string[])[] = [
  ['host', 'freeze'],
  ['wire'],
  ['callbacks'],
  ['settings'],
  ['link'],
  ['connector'],
  ['transaction'],
  ['access', 'energy', 'upkeep', 'security', 'plug-and-charge', 'pricing'],
  ['kernel'],
  ['profiles'],
  ['charge-point'],
  ['index'],
];

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

/** The room of src that a file belongs to: a folder, or a file at the top; undefined: outside src. */
function partOf(path: string): string | undefined {
  const match = /^src\/(?:([a-z-]+)\/|([a-z-]+)\.ts$)/.exec(path);
  return match?.[1] ?? match?.[2];
}

function floorOf(room: string | undefined): number {
  return floors.findIndex((rooms) => rooms.includes(room ?? ''));
}

function target(one: Import): string {
  return one.to.startsWith('.') ? normalize(join(dirname(one.from), one.to)) : one.to;
}

const sources = files('src').filter((path) => !path.endsWith('generate.mjs'));

test('src imports only its own room and the floors below it', () => {
  const wrong: string[] = [];
  for (const path of sources) {
    const room = partOf(path)!;
    if (floorOf(room) < 0) wrong.push(`${path} belongs to no floor`);
    for (const one of importsOf(path)) {
      const to = partOf(target(one));
      const isBelow = to !== undefined && floorOf(to) >= 0 && floorOf(to) < floorOf(room);
      if (to === room || isBelow) continue;
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

/** What is stored, read by those that write it: for the host that shows it, and for no other. */
const shown: Readonly<Record<string, readonly string[]>> = {
  'hosts/node/query.ts': ['src/access/id-tags.ts', 'src/access/local-list.ts', 'src/access/standing.ts', 'src/energy/profile-store.ts'],
};

test('hosts reach the core through its door', () => {
  const wrong: string[] = [];
  for (const path of files('hosts')) {
    for (const one of importsOf(path)) {
      const to = target(one);
      if (!to.startsWith('src/') || to === 'src/index.ts' || shown[path]?.includes(to)) continue;
      // Types of the platform, and the wire's vocabulary, which is nobody's inside.
      if (one.typeOnly && floorOf(partOf(to)) >= 0 && floorOf(partOf(to)) <= floorOf('callbacks')) continue;
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
