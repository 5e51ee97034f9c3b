/** Bundles a TypeScript file for the XS engine: one ES module. */
import { build } from 'esbuild';

/** The core is the device bundle itself, imported by its name as on a device. */
const coreIsOutside = {
  name: 'core',
  setup(plugin) {
    plugin.onResolve({ filter: /src\/index\.ts$/ }, () => ({ path: 'ocpp', external: true }));
  },
};

/** `isDevice`: the file runs beside the preloaded core. Returns `outfile`. */
export async function bundleForXs(entry, outfile, { isDevice = false, define = {} } = {}) {
  const plugins = isDevice ? [coreIsOutside] : [];
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    logLevel: 'error',
    define,
    plugins,
  });
  return outfile;
}
