/** The xs-host that was built: how to run it, for how many bits, and why not for 32. */
export interface XsHost {
  readonly bits: 32 | 64;
  readonly path: string;
  readonly command: readonly string[];
  readonly note: string;
}

export function buildXs(options?: { bits?: 32 | 64; debug?: boolean }): XsHost;
