/** The Local Auth List Management profile: GetLocalListVersion and SendLocalList (OCPP 1.6 5.10, 5.15). */

import { isLocalListOn, localListVersion, updateLocalList } from '../access/local-list.ts';
import type { Kernel } from '../kernel.ts';
import type { ReceivedRequest } from '../wire/types.ts';

/** -1: no list; 0: an empty one (OCPP 1.6 5.10). */
export function onGetLocalListVersion(cp: Kernel, id: string): void {
  cp.session.reply(id, { listVersion: isLocalListOn(cp) ? localListVersion(cp) : -1 });
}

export function onSendLocalList(cp: Kernel, id: string, request: ReceivedRequest<'SendLocalList'>): void {
  const { listVersion, updateType, localAuthorizationList: list } = request;
  if (!isLocalListOn(cp)) return cp.session.reply(id, { status: 'NotSupported' });
  if (list !== undefined && list.count > cp.settings.number('SendLocalListMaxLength')) {
    return cp.session.replyError(id, 'OccurenceConstraintViolation', 'localAuthorizationList');
  }
  cp.session.reply(id, { status: updateLocalList(cp, listVersion, updateType === 'Full', list) });
}
