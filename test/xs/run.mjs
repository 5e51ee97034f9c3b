/** Bundles and runs the stories on the XS engine; gives one result a story. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDevice } from '../../hosts/bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../build/stories');

/** The core is the device bundle itself, imported by its name as on a device. */
export const coreIsOutside = {
  name: 'core',
  setup(plugin) {
    plugin.onResolve({ filter: /src\/index\.ts$/ }, () => ({ path: 'ocpp', external: true }));
  },
};

async function bundle(entry, name, options = {}) {
  const outfile = join(out, name);
  await build({
    entryPoints: [join(here, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    logLevel: 'error',
    ...options,
  });
  return outfile;
}

/** `every`: tells each n-th story only, where the engine is emulated. */
export async function tellStories(host, profile, every) {
  mkdirSync(out, { recursive: true });
  const core = await bundleDevice(join(out, `ocpp-${profile}.js`));
  const station = await bundle('station.ts', `station-${profile}.js`, { plugins: [coreIsOutside] });
  const world = await bundle('stories.ts', `stories-${profile}.js`, { define: { EVERY: String(every) } });
  const args = ['--rom', '--profile', profile, '--preload', `ocpp=${core}`, '--preload', `station=${station}`, '--world', world, 'station'];
  const [program, ...before] = host.command;
  const { status, stdout, stderr } = await run(program, [...before, ...args]);
  const results = [];
  for (const line of stdout.split('\n')) if (line.startsWith('{"subject"')) results.push(JSON.parse(line));
  return { status, errors: stderr, results };
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
