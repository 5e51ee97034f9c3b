import type { XsHost } from '../../hosts/xs/build.mjs';

export interface BenchRun {
  readonly status: number | null;
  readonly figures: Record<string, number> | undefined;
  readonly errors: string;
  readonly logs: string[];
}

export class XsBench {
  static create(options?: { bits?: 32 | 64 }): Promise<XsBench>;
  readonly host: XsHost;
  run(mode: string, options?: { connectors?: number; transactions?: number; memory?: string[] }): Promise<BenchRun>;
}
