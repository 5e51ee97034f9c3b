/** Each kind of judgement is made in one place (design.md section 3.7). The gate to firmware: test/link/gate.test.ts; the choice of a connector: test/access/choice.test.ts; what survives a power cut: test/transaction/survival.test.ts. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = new URL('../src', import.meta.url).pathname;

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Lines of `src` that match, comments left out: file and line. */
function linesWith(pattern: RegExp): string[] {
  const found: string[] = [];
  for (const path of files(root)) {
    const text = readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
    for (const line of text.split('\n')) if (pattern.test(line)) found.push(`${path.slice(root.length + 1)}: ${line.trim()}`);
  }
  return found;
}

function filesOf(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.slice(0, line.indexOf(':'))))].sort();
}

test('what time it is: link/clock.ts alone asks the platform, and nobody makes a time up', () => {
  expect(filesOf(linesWith(/wallClockHint|buildDate/))).toEqual(['host.ts', 'link/clock.ts']);
  expect(linesWith(/Date\.now|new Date\(\)|\bset(Timeout|Interval)\(/)).toEqual([]);
  // An unknown time is not 0 and not the uptime: whoever cannot do without one asks for the lower bound.
  const madeUp = linesWith(/(unixAt|estimateAt)\([^;]*\?\? *(0|now|this\.host\.now|host\.now)/);
  expect(madeUp.filter((line) => !line.startsWith('link/clock.ts'))).toEqual([]);
  expect(linesWith(/unixAt|estimateAt|lowerBoundAt/).length).toBeGreaterThan(8);
});

test('whether a connector may supply: connector/supply.ts alone puts the facts together', () => {
  // Who asks whether the station is ending: the judgement, whoever sets it, and an input of a wallbox that was begun too late.
  expect(filesOf(linesWith(/\.isEnding\b/))).toEqual(['charge-point.ts', 'connector/supply.ts', 'upkeep/reset.ts']);
  const both = linesWith(/isFaulted.*(isAvailable|isEnding)|(isAvailable|isEnding).*isFaulted/);
  expect(filesOf(both)).toEqual(['connector/supply.ts']);
  expect(filesOf(linesWith(/\bmaySupply\(/))).toContain('access/starts.ts');
});

test('whether a lock may open: connector/unlock.ts alone asks the wallbox to', () => {
  expect(filesOf(linesWith(/callbacks\.unlockConnector\?\.\(/))).toEqual(['connector/unlock.ts']);
});
