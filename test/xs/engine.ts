/** The XS engine for tests: built once, or the plain reason why there is none. In CI a missing engine is a failure. */
import { buildXs, type XsHost } from '../../hosts/xs/build.mjs';

export interface Engine {
  /** Builds for 32 bits where the machine can, else for 64; `bits: 0`: there is no engine and every XS test is left out. */
  readonly host: XsHost;
  readonly bits: 0 | 32 | 64;
}

const packages = 'apt-get install make gcc gcc-multilib qemu-user';

export function findEngine(): Engine {
  try {
    const host = buildXs();
    if (host.bits === 32) return { host, bits: 32 };
    complain(`XS runs with 64 bits only, so nothing is said about the device's memory: ${host.note}; ${packages}`);
    return { host, bits: 64 };
  } catch (error) {
    complain(`XS was not run: ${(error as Error).message.split('\n')[0]} (${packages})`);
    return { host: { bits: 64, path: '', command: [], note: '' }, bits: 0 };
  }
}

function complain(text: string): void {
  if (process.env['CI'] === 'true') throw new Error(text);
  console.warn(text);
}
