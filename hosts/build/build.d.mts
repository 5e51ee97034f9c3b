export function buildDevice(): Promise<{ readonly plain: number; readonly minified: number }>;
export function buildNode(outfile?: string): Promise<string>;
