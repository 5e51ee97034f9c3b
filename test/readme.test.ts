/** README.md says what the source says. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as tables from '../src/wire/generated/tables.ts';

const readme = readFileSync('README.md', 'utf8');

function rowsOf(name: string): string[][] {
  const section = readme.slice(readme.indexOf(`<!-- ${name}:`), readme.indexOf(`<!-- end of ${name} -->`));
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.split('|').map((cell) => cell.trim()));
}

function run(...more: string[]): { status: number | null; stderr: string } {
  return spawnSync('node', ['hosts/build/readme.mjs', ...more], { encoding: 'utf8' });
}

test('the tables of README.md are those that `npm run readme` writes', () => {
  expect(run('--check')).toMatchObject({ status: 0, stderr: '' });
});

test('a README that differs is found', () => {
  const directory = mkdtempSync(join(tmpdir(), 'readme-'));
  const path = join(directory, 'README.md');
  writeFileSync(path, readme.replace('| `provideToken` | ', '| `provideToken` | Perhaps: '));
  expect(run('--check', path).status).toBe(1);
  expect(run(path).status).toBe(0);
  expect(readFileSync(path, 'utf8')).toBe(readme);
  rmSync(directory, { recursive: true });
});

test('33 callbacks and two newer ones, 39 messages, 118 keys', () => {
  expect(rowsOf('callbacks')).toHaveLength(35);
  const actions = new Set([...tables.received, ...tables.sent].map(({ action }) => action));
  expect(rowsOf('messages').map(([, action]) => action)).toEqual([...actions].sort().map((action) => `\`${action}\``));
  expect(rowsOf('messages')).toHaveLength(39);
  expect(rowsOf('keys')).toHaveLength(118);
});
