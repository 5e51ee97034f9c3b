/** What the station may need on XS, 32-bit, with two connectors. Lowering a budget is part of making it better; 3 % above one fails. */
export const budgets = {
  /** Slots, chunks and JavaScript stack in which BOOT+100 and the single large messages complete; of it stack. */
  smallestHeap: 18_720,
  stack: 5_344,
  liveIdle: 5_340,
  liveInTransaction: 5_600,
  meterBoot: 42_100,
  meterPerTransaction: 552_000,
  journalProgramsPerTransaction: 12.2,
  /** Journal and store together. */
  flashBytesPerTransaction: 600,
  sectorErasesPerTransaction: 0.15,
  storageWritesPerTransaction: 2.05,
};
