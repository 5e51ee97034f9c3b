import type { BuildOptions } from 'esbuild';

export function bundleDevice(outfile: string, options?: { minify?: boolean }): Promise<string>;
export function bundleModule(entry: string, outfile: string, options?: BuildOptions): Promise<string>;
