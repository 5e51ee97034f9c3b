/** What must not be in code that is preloaded into flash (design.md section 5): regular expressions, and whatever makes one. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { parseAst } from 'vitest/node';

const root = new URL('../..', import.meta.url).pathname;

/** The core, the device's own host, and what the hosts share. */
const files = [
  ...['src', 'hosts/moddable'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`)),
  ...readdirSync(join(root, 'hosts')).map((name) => `hosts/${name}`),
].filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));

/** Methods of a text that make a regular expression of what they are given. */
const makers = ['match', 'matchAll'];

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly regex?: unknown;
  readonly name?: string;
  readonly callee?: { readonly property?: { readonly name?: string } };
}

/** The texts of all that is, or makes, a regular expression. */
function regularExpressionsIn(source: string): string[] {
  const text = transformSync(source, { loader: 'ts', target: 'es2022' }).code;
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node;
    const makes = node.type === 'CallExpression' && makers.includes(node.callee?.property?.name ?? '');
    if (node.regex !== undefined || makes || (node.type === 'Identifier' && node.name === 'RegExp'))
      found.push(text.slice(node.start, node.end));
    for (const inner of Object.values(value)) look(inner);
  };
  look(parseAst(text));
  return found;
}

test('the search finds each kind of regular expression, and nothing else', () => {
  const bad = [
    '/a/.test(b)',
    'new RegExp(a)',
    'RegExp("x")',
    'a.match("x")',
    'a?.match(b)',
    'a.matchAll(b)',
    'const x = freeze({ y: /\\d+/u })',
  ];
  for (const text of bad) expect(regularExpressionsIn(text), text).not.toEqual([]);
  const good = ['a / b / c', '"/a/"', '// /a/\n/* /b/ */', 'a.replaceAll("x", "y")', 'const match = x.matches'];
  for (const text of good) expect(regularExpressionsIn(text), text).toEqual([]);
});

test('no regular expression: each use of one in flash leaks memory on the device', () => {
  expect(files.length).toBeGreaterThan(60);
  for (const path of files) expect(regularExpressionsIn(readFileSync(join(root, path), 'utf8')), path).toEqual([]);
});
