/** Recursive freeze for tables: what is frozen stays in flash on a device. The only call allowed at top level, always marked pure. */
export function freeze<T>(table: T): T {
  if (typeof table === 'object' && table !== null && !Object.isFrozen(table)) {
    Object.freeze(table);
    for (const value of Object.values(table)) freeze(value);
  }
  return table;
}
