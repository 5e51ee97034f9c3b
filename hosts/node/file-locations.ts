/** Which files of this machine a `file:` location may name: those below one folder, and none of the station's own. */

import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path that a location names, links followed. `folder`: the state directory, below which it must lie, however it is written; undefined:
 * no file may be named at all. Throws an Error that says what is wrong. A central system says where files lie: without this it could
 * overwrite whatever the user may write.
 */
export function pathOfLocation(location: URL, folder: string | undefined): string {
  if (folder === undefined) throw new Error('file locations are for tests, and for the embedded central system');
  return checkedPath(fileURLToPath(location), folder);
}

/** As `pathOfLocation`, for a path. */
export function checkedPath(path: string, folder: string): string {
  const real = realPathOf(resolve(path));
  const inside = relative(realpathSync(folder), real);
  const parts = inside.split(sep);
  if (inside === '' || parts[0] === '..' || resolve(inside) === inside) throw new Error('the file does not lie below the state directory');
  if (isOurs(parts[0] as string)) throw new Error('the file is one of the station itself');
  return real;
}

/** With every link on the way followed, also when the last parts do not exist yet. A link that leads nowhere throws. */
function realPathOf(path: string): string {
  if (exists(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realPathOf(parent), basename(path));
}

/** A link that leads nowhere exists. */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Both stores, their lock, the meters and the folder of transfers (stores.ts, wallbox.ts, transfers.ts). */
function isOurs(name: string): boolean {
  return /^([a-z]-.*\.txt|journal\.bin|unfinished|lock.*|meters\.json.*|transfers)$/i.test(name);
}
