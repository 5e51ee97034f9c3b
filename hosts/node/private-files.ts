/** Files for the user alone: keys, passwords in locations, and idTags lie in the state directory. */

import { chmodSync, mkdirSync, statSync } from 'node:fs';

/** Of a new file. */
export const privateMode = 0o600;

/** Makes a folder, and those above it, that nobody else may look into. One that is there already stays as it is. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Takes away what others may do with a file or folder that an earlier version, or another hand, has made. */
export function makePrivate(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o077) !== 0) chmodSync(path, mode & 0o700);
}
