/** What the station may need on XS, 32-bit, with two connectors. Lowering a budget is part of making it better; 3 % above one fails. */
export const budgets = {
  /** Slots, chunks and JavaScript stack in which BOOT+100 and the single large messages complete; of it stack. */
  smallestHeap: 18_192,
  stack: 5_264,
  liveIdle: 4_508,
  liveInTransaction: 5_264,
  meterBoot: 75_800,
  meterPerTransaction: 541_000,
  journalProgramsPerTransaction: 12.2,
  /** Journal and store together: 640 with the 3 %. The wish to stop is in flash before the wallbox is asked. */
  flashBytesPerTransaction: 621,
  sectorErasesPerTransaction: 0.15,
  storageWritesPerTransaction: 3.05,
};
