/** Runs the workload on the real XS engine: bundles, runs, searches the smallest heap. Used by `npm run bench` and the budget tests. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleDevice } from '../../hosts/build/bundle.mjs';
import { buildXs } from '../../hosts/xs/build.mjs';
import { bundleForXs } from '../xs/bundle.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../build/bench');

export class XsBench {
  static async create({ bits = 32 } = {}) {
    const bench = new XsBench();
    bench.host = buildXs({ bits });
    mkdirSync(out, { recursive: true });
    bench.core = await bundleDevice(join(out, 'ocpp.js'));
    bench.glue = await bundleForXs(join(here, 'xs-device.ts'), join(out, 'xs-device.js'), { isDevice: true });
    bench.worlds = new Map();
    return bench;
  }

  async world(mode, connectors, transactions) {
    const name = `${mode}-${connectors}-${transactions}.js`;
    if (!this.worlds.has(name)) {
      const define = { MODE: JSON.stringify(mode), CONNECTORS: String(connectors), TRANSACTIONS: String(transactions) };
      this.worlds.set(name, await bundleForXs(join(here, 'xs-world.ts'), join(out, name), { define }));
    }
    return this.worlds.get(name);
  }

  /** Status, and the figures when it ended well. `memory`: options of xs-host for the measured machine. */
  async run(mode, { connectors = 2, transactions = 100, memory = ['--profile', 'esp32'] } = {}) {
    const world = await this.world(mode, connectors, transactions);
    const args = ['--rom', ...memory, '--preload', `ocpp=${this.core}`, '--preload', `glue=${this.glue}`, '--world', world, 'glue'];
    const [program, ...before] = this.host.command;
    const { status, stdout, stderr } = spawnSync(program, [...before, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
    const lines = stdout.trim().split('\n');
    const line = lines.find((text) => text.startsWith('{'));
    return {
      status,
      figures: status === 0 && line ? JSON.parse(line) : undefined,
      errors: stderr,
      logs: lines.filter((text) => text.startsWith('log ')),
    };
  }

  /** ROM of the engine alone, and what the core adds. */
  async romOf() {
    const empty = join(out, 'empty.js');
    writeFileSync(empty, 'export default function () {}\n');
    const measure = (args) => {
      const report = join(out, 'rom.json');
      const [program, ...before] = this.host.command;
      const { status, stderr } = spawnSync(program, [...before, '--rom', '--profile', 'esp32', '--report', report, ...args], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
      const { romSlots, romChunks, romCode } = JSON.parse(readFileSync(report, 'utf8'));
      return { slots: romSlots, chunks: romChunks, code: romCode };
    };
    const engine = measure(['--preload', `empty=${empty}`, 'empty']);
    const both = measure(['--preload', `empty=${empty}`, '--preload', `ocpp=${this.core}`, 'empty']);
    const core = { slots: both.slots - engine.slots, chunks: both.chunks - engine.chunks, code: both.code - engine.code };
    return { engine, core };
  }

  /**
   * The smallest static block, JavaScript stack included, in which the workload ends well, to 16 bytes. The stack is searched first; both
   * with a few transactions, and what is found is then proven with all of them.
   */
  async smallestHeap(mode, { connectors = 2, transactions = 100 } = {}) {
    const passes = async (bytes, stack, count) => {
      const memory = ['--static', `${bytes}`, '--stack', `${stack}`];
      return (await this.run(mode, { connectors, transactions: count, memory })).status === 0;
    };
    const few = Math.min(3, transactions);
    let stack = await search(64, 512, 1, (slots) => passes(200_000, slots, few));
    while (!(await passes(200_000, stack, transactions))) stack++;
    let bytes = await search(4096, 65_536, 16, (size) => passes(size, stack, few));
    while (!(await passes(bytes, stack, transactions))) bytes += 16;
    return { bytes, stackBytes: stack * (this.host.bits === 32 ? 16 : 32) };
  }
}

async function search(low, high, step, passes) {
  let bad = low;
  let good = high;
  while (good - bad > step) {
    const middle = bad + Math.ceil((good - bad) / 2 / step) * step;
    if (middle >= good) break;
    if (await passes(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
