/** Builds the XS engine before the first test, once for all of them; where it cannot be built each XS test says why. */
import { buildXs } from '../../hosts/xs/build.mjs';

export default function setup(): void {
  try {
    buildXs();
    buildXs({ bits: 64 });
  } catch {
    // test/xs/engine.ts tells.
  }
}
