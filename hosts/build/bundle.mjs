/** Bundles the core for a device: one ES module without imports, es2022, not minified, ready to be preloaded (design.md section 5). */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Writes the bundle to `outfile` and returns that path. */
export async function bundleDevice(outfile, { minify = false } = {}) {
  return bundleModule(join(root, 'src/index.ts'), outfile, { minify });
}

/** The same for any module that shall be preloaded. `options` are esbuild's. */
export async function bundleModule(entry, outfile, options = {}) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'error',
    ...options,
  });
  if (!options.minify) writeFileSync(outfile, withConstants(readFileSync(outfile, 'utf8')));
  return outfile;
}

/** esbuild makes every top-level binding a `var`; on XS each of those takes an alias in RAM that a `const` does not. Ours are never assigned twice. */
function withConstants(text) {
  return text.replace(/^var (?=[A-Za-z_$][\w$]* = )/gm, 'const ');
}
