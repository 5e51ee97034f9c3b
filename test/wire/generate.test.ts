import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const wire = fileURLToPath(new URL('../../src/wire/', import.meta.url));

it('the tables are what the generator writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  try {
    const file = join(folder, 'tables.ts');
    execFileSync(process.execPath, [join(wire, 'generate.mjs'), file]);
    expect(readFileSync(join(wire, 'generated/tables.ts'), 'utf8')).toBe(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
