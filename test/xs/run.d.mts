import type { XsHost } from '../../hosts/xs/build.mjs';

export interface Told {
  readonly subject: string;
  readonly story: string;
  /** '' when it ended well. */
  readonly error: string;
}

export function tellStories(
  host: XsHost,
  profile: string,
  every: number,
): Promise<{ status: number | null; errors: string; results: Told[] }>;
