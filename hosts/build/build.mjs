/** `npm run build`: the core as one module for devices, and the desktop wallbox. Prints the core's size. */
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { bundleDevice } from './bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** build/device/ocpp.js, as it is preloaded. Its size in bytes, and what it would be minified. */
export async function buildDevice() {
  mkdirSync(join(root, 'build/device'), { recursive: true });
  const path = await bundleDevice(join(root, 'build/device/ocpp.js'));
  const minified = await bundleDevice(join(root, 'build/device/ocpp.min.js'), { minify: true });
  const sizes = { plain: statSync(path).size, minified: statSync(minified).size };
  rmSync(minified);
  return sizes;
}

/** The program; packages stay outside, so it must lie in this repository. */
export async function buildNode(outfile = join(root, 'build/node/main.js')) {
  await build({
    entryPoints: [join(root, 'hosts/node/main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    charset: 'utf8',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'error',
  });
  chmodSync(outfile, 0o755);
  return outfile;
}

async function main() {
  const [sizes] = await Promise.all([buildDevice(), buildNode()]);
  if (process.argv.includes('--quiet')) return;
  console.log(`build/device/ocpp.js: ${sizes.plain} bytes, ${sizes.minified} minified`);
  console.log('build/node/main.js');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
