export const budgets: {
  readonly smallestHeap: number;
  readonly stack: number;
  readonly liveIdle: number;
  readonly liveInTransaction: number;
  readonly meterBoot: number;
  readonly meterPerTransaction: number;
  readonly journalProgramsPerTransaction: number;
  readonly flashBytesPerTransaction: number;
  readonly sectorErasesPerTransaction: number;
  readonly storageWritesPerTransaction: number;
};
