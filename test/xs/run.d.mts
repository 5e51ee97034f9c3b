import type { XsHost } from '../../hosts/xs/build.mjs';

export interface Told {
  readonly subject: string;
  readonly story: string;
  /** '' when it ended well. */
  readonly error: string;
  /** Bytes of JavaScript's stack that were ever used; the line without story: of all of them. */
  readonly stackPeak: number;
}

export function tellStories(
  host: XsHost,
  profile: string,
  every: number,
): Promise<{ status: number | null; errors: string; results: Told[] }>;
