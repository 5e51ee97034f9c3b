/** `npm run bench`: BOOT+100 on the real XS engine (32-bit, ROM emulated) and on Node, as a table beside the rivals' figures, and build/bench.json.
 * `--endurance` adds 1,000 transactions and 100,000 heartbeats on the smallest heap plus 10 %. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDevice } from '../../hosts/build/bundle.mjs';
import { XsBench } from './xs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../build');
const transients = ['GetConfiguration', 'SetChargingProfile', 'GetCompositeSchedule', 'SendLocalList', 'TriggerMessage'];
const calls = ['BootNotification', 'StatusNotification', 'Authorize', 'StartTransaction', 'MeterValues', 'StopTransaction'];

async function onNode(connectors) {
  const outfile = join(out, 'bench', `node-${connectors}.mjs`);
  await build({
    entryPoints: [join(here, 'node.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    define: { CONNECTORS: String(connectors) },
    logLevel: 'error',
  });
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', outfile], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function onXs(bench, connectors) {
  const run = await bench.run('workload', { connectors });
  if (run.status !== 0) throw new Error(`XS: status ${run.status}\n${run.errors}`);
  const offline = await bench.run('offline', { connectors });
  const smallest = await bench.smallestHeap('workload', { connectors });
  const idle = await bench.smallestHeap('boot', { connectors });
  const figures = { ...run.figures, ...offline.figures };
  const result = { smallestHeap: smallest.bytes, smallestHeapStack: smallest.stackBytes, smallestHeapBootOnly: idle.bytes };
  for (const name of transients) {
    const { bytes } = await bench.smallestHeap(name, { connectors });
    result[`transient${name}`] = bytes - idle.bytes;
    result[`heapWith${name}`] = bytes;
  }
  return { ...figures, ...result };
}

const rows = [
  ['smallest heap, slots + chunks + JS stack', 'smallestHeap', 'bytes', 'MicroOcpp on ESP32, peak, 2 connectors: 21,916'],
  ['  of it JS stack', 'smallestHeapStack', 'bytes', ''],
  ['smallest heap of boot alone', 'smallestHeapBootOnly', 'bytes', ''],
  ['live idle after boot', 'liveIdle', 'bytes', 'MicroOcpp 7,815 / 9,861 (ESP32, 2: 12,308)'],
  ['live in a transaction', 'liveInTransaction', 'bytes', 'MicroOcpp peak 10,778 / 12,824; tfocpp 15,079'],
  ['live after BOOT+100 and large messages', 'liveAfterwards', 'bytes', ''],
  ['more heap for GetConfiguration(all)', 'transientGetConfiguration', 'bytes', 'MicroOcpp +8,426; tfocpp +4,160'],
  ['more heap for SetChargingProfile, 24 periods', 'transientSetChargingProfile', 'bytes', 'MicroOcpp +4,956'],
  ['more heap for GetCompositeSchedule, 24 h', 'transientGetCompositeSchedule', 'bytes', ''],
  ['more heap for SendLocalList, 48 entries', 'transientSendLocalList', 'bytes', 'MicroOcpp +17,024'],
  ['more heap for TriggerMessage(BootNotification)', 'transientTriggerMessage', 'bytes', ''],
  ['XS meter, boot', 'meterBoot', 'steps', ''],
  ['XS meter, per transaction', 'meterPerTransaction', 'steps', 'MicroOcpp 1,145,773 and tfocpp 761,134 x86 instructions'],
  ['journal programs per transaction', 'journalProgramsPerTransaction', '', 'limit 14'],
  ['journal bytes per transaction', 'journalBytesPerTransaction', 'bytes', ''],
  ['sector erases per transaction', 'sectorErasesPerTransaction', '', 'limit 0.15'],
  ['NVS writes per transaction', 'storageWritesPerTransaction', '', 'limit 2'],
  ['NVS bytes per transaction', 'storageBytesPerTransaction', 'bytes', 'MicroOcpp 3,258; tfocpp 82, in all'],
  ['10 offline transactions: starts', 'offlineStartTransaction', '', 'MicroOcpp 4; tfocpp 5'],
  ['10 offline transactions: meter values', 'offlineMeterValues', '', 'MicroOcpp 10 of 100'],
  ['10 offline transactions: stops', 'offlineStopTransaction', '', ''],
];

const bench = await XsBench.create();
if (bench.host.note) console.log(`XS: ${bench.host.note}`);
const bits = `xs${bench.host.bits}`;
const result = {};
for (const connectors of [1, 2]) {
  const xs = await onXs(bench, connectors);
  const node = await onNode(connectors);
  for (const [name, value] of Object.entries(xs)) result[`${bits}.${name}.${connectors}connector${connectors > 1 ? 's' : ''}`] = value;
  for (const [name, value] of Object.entries(node)) result[`node.${name}.${connectors}connector${connectors > 1 ? 's' : ''}`] = value;
}
const minified = await bundleDevice(join(out, 'bench', 'ocpp.min.js'), { minify: true });
result['bundle.bytes'] = statSync(bench.core).size;
result['bundle.minifiedBytes'] = statSync(minified).size;
const empty = await bench.romOf();
result[`${bits}.rom.engineSlotsAndChunks`] = empty.engine.slots + empty.engine.chunks;
result[`${bits}.rom.coreSlotsAndChunks`] = empty.core.slots + empty.core.chunks;
result[`${bits}.rom.coreByteCode`] = empty.core.code;
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'bench.json'), JSON.stringify(result, null, 2) + '\n');

const show = (value) => (typeof value === 'number' ? (Math.round(value * 1000) / 1000).toLocaleString('en-US') : (value ?? '-'));
console.log(`\nBOOT+100 on XS ${bench.host.bits}-bit\n`);
console.log(`${'figure'.padEnd(50)}${'1 connector'.padStart(14)}${'2 connectors'.padStart(14)}  others`);
for (const [label, name, unit, others] of rows) {
  const cells = ['1connector', '2connectors'].map((suffix) => show(result[`${bits}.${name}.${suffix}`]).padStart(14));
  console.log(`${(label + (unit ? `, ${unit}` : '')).padEnd(50)}${cells.join('')}  ${others}`);
}
console.log(
  `${'calls in BOOT+100'.padEnd(50)}${calls.map((action) => `${action} ${result[`${bits}.calls${action}.2connectors`]}`).join(', ')}`,
);
console.log(`${'ROM of the core: slots and chunks, bytes'.padEnd(50)}${show(result[`${bits}.rom.coreSlotsAndChunks`]).padStart(14)}`);
console.log(
  `${'ROM of the core: byte code, bytes'.padEnd(50)}${show(result[`${bits}.rom.coreByteCode`]).padStart(14)}  MicroOcpp on ESP32, all 1.6 modules: 149,761`,
);
console.log(
  `${'ROM of XS itself, without machine code, bytes'.padEnd(50)}${show(result[`${bits}.rom.engineSlotsAndChunks`]).padStart(14)}`,
);
console.log(
  `${'bundle, bytes (minified)'.padEnd(50)}${show(result['bundle.bytes']).padStart(14)}${show(result['bundle.minifiedBytes']).padStart(14)}`,
);
console.log(
  `${'Node: BOOT+100, milliseconds'.padEnd(50)}${show(result['node.milliseconds.1connector']).padStart(14)}${show(result['node.milliseconds.2connectors']).padStart(14)}`,
);

if (process.argv.includes('--endurance')) {
  const smallestHeap = result[`${bits}.smallestHeap.2connectors`];
  const smallestHeapStack = result[`${bits}.smallestHeapStack.2connectors`];
  const memory = [
    '--static',
    String(Math.floor((smallestHeap * 1.1) / 16) * 16),
    '--stack',
    String(Math.floor((smallestHeapStack * 1.1) / 16)),
  ];
  const { status, errors, figures } = await bench.run('endurance', { connectors: 2, transactions: 1001, memory });
  if (status !== 0) throw new Error(`endurance: status ${status}\n${errors}`);
  console.log(
    `1,000 transactions and 100,000 heartbeats with ${memory[1]} bytes: live ${show(figures.liveBefore)} before, ${show(figures.liveAfter)} after`,
  );
}
