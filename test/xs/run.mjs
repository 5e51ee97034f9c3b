/** Bundles and runs the stories on the XS engine; gives one result a story. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleDevice } from '../../hosts/build/bundle.mjs';
import { bundleForXs } from './bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../build/stories');

/** `every`: tells each n-th story only, where the engine is emulated. */
export async function tellStories(host, profile, every) {
  mkdirSync(out, { recursive: true });
  const core = await bundleDevice(join(out, `ocpp-${profile}.js`));
  const station = await bundleForXs(join(here, 'station.ts'), join(out, `station-${profile}.js`), { isDevice: true });
  const world = await bundleForXs(join(here, 'stories.ts'), join(out, `stories-${profile}.js`), { define: { EVERY: String(every) } });
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
