/** Bundles a TypeScript file for the XS engine. */
import { bundleModule } from '../../hosts/build/bundle.mjs';

/** The core is the device bundle itself, imported by its name as on a device. */
const coreIsOutside = {
  name: 'core',
  setup(plugin) {
    plugin.onResolve({ filter: /src\/index\.ts$/ }, () => ({ path: 'ocpp', external: true }));
  },
};

/** `isDevice`: the file runs beside the preloaded core. Returns `outfile`. */
export function bundleForXs(entry, outfile, { isDevice = false, define = {} } = {}) {
  return bundleModule(entry, outfile, { define, plugins: isDevice ? [coreIsOutside] : [] });
}
