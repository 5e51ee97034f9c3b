/** What can be read of an IdTagInfo, leniently (protocol.md section 2). */

import type { IdTagInfo } from './types.ts';

/** An unknown status is Invalid, a wrong type is absent; undefined: there is none. */
export function idTagInfoOf(value: unknown): IdTagInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { status, expiryDate, parentIdTag } = value as { status?: unknown; expiryDate?: unknown; parentIdTag?: unknown };
  const known = status === 'Accepted' || status === 'Blocked' || status === 'Expired' || status === 'ConcurrentTx';
  return {
    status: known ? status : 'Invalid',
    ...(typeof expiryDate === 'string' ? { expiryDate } : {}),
    ...(typeof parentIdTag === 'string' && parentIdTag !== '' ? { parentIdTag } : {}),
  };
}
