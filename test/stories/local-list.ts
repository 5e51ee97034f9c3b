/** The local list: kept up to date in parts, looked up on and off line, in conflict with the central system. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

function entries(from: number, count: number, status = 'Accepted'): object[] {
  const list: object[] = [];
  for (let index = from; index < from + count; index++) list.push({ idTag: `LISTED${index}`, idTagInfo: { status } });
  return list;
}

function send(world: World, listVersion: number, updateType: string, localAuthorizationList?: readonly object[]): unknown {
  const asked = world.request('SendLocalList', { listVersion, updateType, ...(localAuthorizationList ? { localAuthorizationList } : {}) });
  return asked.payload?.['status'] ?? asked.error;
}

function version(world: World): unknown {
  return world.request('GetLocalListVersion').payload?.['listVersion'];
}

export const stories: Story[] = [
  {
    name: 'The list is sent in parts, changed and cleared',
    run(world) {
      expect(version(world)).toBe(0);
      expect(send(world, 1, 'Full', entries(0, 40))).toBe('Accepted');
      expect(send(world, 2, 'Differential', [...entries(40, 20), { idTag: 'LISTED3' }, ...entries(5, 2, 'Blocked')])).toBe('Accepted');
      expect(send(world, 2, 'Differential', entries(70, 1))).toBe('VersionMismatch');
      expect(send(world, 3, 'Differential', entries(60, 48))).toBe('Failed');
      expect(send(world, 3, 'Differential', entries(60, 49))).toBe('OccurenceConstraintViolation');
      expect(version(world)).toBe(2);
      expect(send(world, 5, 'Full', entries(100, 10))).toBe('Accepted');
      expect(version(world)).toBe(5);
      expect(send(world, 6, 'Full')).toBe('Accepted');
      expect(version(world)).toBe(0);
    },
  },
  {
    name: 'Who is listed charges offline, who is blocked or expired does not',
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      const old = { idTag: 'OLD', idTagInfo: { status: 'Accepted', expiryDate: '2025-01-01T00:01:00Z' } };
      send(world, 1, 'Full', [...entries(1, 1), ...entries(2, 1, 'Blocked'), old]);
      world.advance(120_000);
      world.offline();
      world.charge(1, 'LISTED2');
      world.tag('OLD', [1]);
      expect(world.called('provideToken')).toHaveLength(0);
      world.tag('listed1', [1]);
      world.advance(120_000);
      world.reconnect();
      expect(world.transactions[0]?.start).toMatch({ idTag: 'listed1' });
      world.tag('listed1', [1]);
    },
  },
  {
    name: 'A listed card starts at once, and a conflict is told for connector 0',
    world: { keys: { LocalPreAuthorize: 'true', StopTransactionOnInvalidId: 'false' } },
    run(world) {
      send(world, 1, 'Full', entries(1, 1));
      world.csms.idTags.set('LISTED1', { status: 'Blocked' });
      world.charge(1, 'LISTED1');
      expect(world.sent('Authorize')).toEqual([]);
      expect(world.transactions).toHaveLength(1);
      const conflicts = world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'LocalListConflict');
      expect(conflicts).toMatch([{ connectorId: 0, status: 'Available' }]);
      world.advance(60_000);
      world.tag('LISTED1', [1]);
    },
  },
  {
    name: 'Switched off, the list answers -1 and NotSupported',
    run(world) {
      send(world, 1, 'Full', entries(1, 1));
      world.configure('LocalAuthListEnabled', 'false');
      expect(version(world)).toBe(-1);
      expect(send(world, 2, 'Full', entries(1, 1))).toBe('NotSupported');
      world.configure('LocalAuthListEnabled', 'true');
      expect(version(world)).toBe(1);
    },
  },
];
