/** `npm run build`: the core as one module for devices, and the desktop wallbox. Prints the core's size. */
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDevice } from './bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** build/device/ocpp.js, as it is preloaded. Returns its size, and what it would be minified. */
async function buildDevice() {
  mkdirSync(join(root, 'build/device'), { recursive: true });
  const path = await bundleDevice(join(root, 'build/device/ocpp.js'));
  const minified = await bundleDevice(join(root, 'build/device/ocpp.min.js'), { minify: true });
  const sizes = { plain: statSync(path).size, minified: statSync(minified).size };
  rmSync(minified);
  return sizes;
}

/** build/node/main.js; packages stay outside. */
async function buildNode() {
  const outfile = join(root, 'build/node/main.js');
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
}

const [sizes] = await Promise.all([buildDevice(), buildNode()]);
if (!process.argv.includes('--quiet')) {
  console.log(`build/device/ocpp.js: ${sizes.plain} bytes, ${sizes.minified} minified`);
  console.log('build/node/main.js');
}
