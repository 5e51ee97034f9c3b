/** Who may charge: cards, cache, parents, time-outs. */

import { expect } from '../expect.ts';
import type { Story } from '../world.ts';

const second = 1000;
const minute = 60_000;
const cache = { AuthorizationCacheEnabled: 'true' };

export const stories: Story[] = [
  {
    name: 'LocalPreAuthorize: a cached card starts at once',
    world: { keys: { ...cache, LocalPreAuthorize: 'true' } },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      expect(world.sent('Authorize')).toHaveLength(1);
      world.charge(1, 'a');
      expect(world.sent('Authorize')).toHaveLength(1);
      expect(world.transactions).toHaveLength(2);
      world.configure('LocalPreAuthorize', 'false');
      world.tag('A');
      world.unplug(1);
      world.charge(1, 'A');
      expect(world.sent('Authorize')).toHaveLength(2);
    },
  },
  {
    name: 'A cached card that is not Accepted, or has expired, asks the central system',
    world: { keys: { ...cache, LocalPreAuthorize: 'true' } },
    run(world) {
      world.csms.idTags.set('B', { status: 'Blocked' });
      world.csms.idTags.set('E', { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' });
      world.plug(1);
      world.tag('B');
      world.tag('B');
      expect(world.sent('Authorize')).toHaveLength(2);
      world.tag('E');
      world.tag('E');
      world.unplug(1);
      expect(world.sent('Authorize')).toHaveLength(3);
      world.advance(11 * minute);
      world.charge(1, 'E');
      expect(world.sent('Authorize')).toHaveLength(4);
    },
  },
  {
    name: 'Offline: the cache decides; what it refuses stays refused',
    world: { keys: { ...cache, AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.csms.idTags.set('B', { status: 'Blocked' });
      world.csms.idTags.set('E', { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' });
      for (const idTag of ['A', 'B', 'E']) {
        world.charge(1, idTag);
        world.tag(idTag);
        world.unplug(1);
        world.advance(second);
      }
      world.offline();
      world.advance(15 * minute);
      world.plug(1);
      world.tag('B');
      expect(world.called('provideToken')).toHaveLength(2);
      world.tag('E');
      expect(world.called('provideToken')).toHaveLength(2);
      world.unplug(1);
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(3);
      world.tag('A');
      world.unplug(1);
      world.charge(1, 'unknown');
      expect(world.called('provideToken')).toHaveLength(4);
    },
  },
  {
    name: 'Offline without AllowOfflineTxForUnknownId an unknown card is refused',
    world: { keys: cache },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(0);
      expect(world.events.filter((event) => event.event === 'token')).toMatch([{ idTag: 'A', result: 'Invalid', source: 'offline' }]);
    },
  },
  {
    name: 'Offline without LocalAuthorizeOffline the cache is not asked',
    world: { keys: { ...cache, LocalAuthorizeOffline: 'false' } },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.offline();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(1);
    },
  },
  {
    name: 'The cache survives a reboot, and ClearCache empties it',
    world: { keys: cache },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.network = 'down';
      world.reboot();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(2);
      world.tag('A');
      world.unplug(1);
      world.reconnect();
      expect(world.request('ClearCache').payload).toEqual({ status: 'Accepted' });
      world.offline();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(2);
    },
  },
  {
    name: 'ClearCache is Accepted while the cache is off',
    run(world) {
      expect(world.request('ClearCache').payload).toEqual({ status: 'Accepted' });
    },
  },
  {
    name: 'StartTransaction.conf and StopTransaction.conf fill the cache, too',
    world: { keys: cache },
    run(world) {
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.charge(1, 'A');
      world.advance(second);
      world.unplug(1);
      world.offline();
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(1);
      world.unplug(1);
      world.reconnect();
      world.charge(1, 'B');
      world.csms.next('StopTransaction', { merge: { idTagInfo: { status: 'Expired' } } });
      world.tag('B');
      world.unplug(1);
      world.offline();
      world.charge(1, 'B');
      expect(world.called('provideToken')).toHaveLength(2);
    },
  },
  {
    name: 'A card of the same parent ends the transaction, one of another parent does not',
    world: { connectors: 1 },
    run(world) {
      world.csms.idTags.set('A', { status: 'Accepted', parentIdTag: 'P' });
      world.csms.idTags.set('B', { status: 'Accepted', parentIdTag: 'p' });
      world.csms.idTags.set('C', { status: 'Accepted', parentIdTag: 'Q' });
      world.csms.idTags.set('D', { status: 'Accepted' });
      world.charge(1, 'A');
      for (const idTag of ['C', 'D', 'P']) {
        world.tag(idTag);
        expect(world.called('stopTransaction'), idTag).toHaveLength(0);
      }
      world.tag('B');
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'B' });
      expect(world.sent('Authorize')).toHaveLength(5);
    },
  },
  {
    name: 'The parent of the stopping card comes from the cache when it is known there',
    world: { connectors: 1, keys: { ...cache, LocalPreAuthorize: 'true' } },
    run(world) {
      world.csms.idTags.set('A', { status: 'Accepted', parentIdTag: 'P' });
      world.csms.idTags.set('B', { status: 'Accepted', parentIdTag: 'P' });
      world.charge(1, 'B');
      world.tag('B');
      world.unplug(1);
      world.charge(1, 'A');
      world.offline();
      world.tag('B');
      world.advance(second);
      expect(world.called('stopTransaction')).toHaveLength(2);
    },
  },
  {
    name: '10: a card presented twice while its Authorize is in flight is asked about once',
    run(world) {
      world.csms.next('Authorize', { after: 2 });
      world.plug(1);
      world.tag('A');
      world.advance(500);
      world.tag('A');
      world.advance(5 * second);
      expect(world.sent('Authorize')).toHaveLength(1);
      expect(world.transactions).toHaveLength(1);
      expect(world.called('stopTransaction')).toHaveLength(0);
    },
  },
  {
    name: '10: another card during an Authorize gets its own afterwards',
    run(world) {
      world.csms.next('Authorize', { after: 2 });
      world.plug(1);
      world.plug(2);
      world.tag('A');
      world.tag('B');
      world.advance(5 * second);
      expect(world.sent('Authorize')).toEqual([{ idTag: 'A' }, { idTag: 'B' }]);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([
        [1, 'A'],
        [2, 'B'],
      ]);
    },
  },
  {
    name: '11: card, then plug, while the central system takes 25 s; unplugged before the answer: no transaction',
    run(world) {
      world.csms.next('Authorize', { after: 25 });
      world.tag('A', [1]);
      world.advance(2 * second);
      world.plug(1);
      world.advance(5 * second);
      world.unplug(1);
      world.advance(minute);
      expect(world.called('provideToken')).toHaveLength(0);
      expect(world.transactions).toHaveLength(0);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Available']);
    },
  },
  {
    name: '11: card, then plug, while the central system takes 25 s: begins with the answer',
    run(world) {
      world.csms.next('Authorize', { after: 25 });
      world.tag('A', [1]);
      world.advance(2 * second);
      world.plug(1);
      world.advance(24 * second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'Authorize without answer while online: the cache decides, unknown ids are refused',
    world: { keys: { ...cache, AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.csms.next('Authorize', { silent: true }, { error: 'InternalError' }, { silent: true });
      world.charge(1, 'A');
      world.advance(31 * second);
      expect(world.transactions).toHaveLength(2);
      world.plug(2);
      world.tag('B', [2]);
      expect(world.called('provideToken')).toHaveLength(2);
      world.advance(10 * second);
      world.tag('C', [2]);
      world.advance(31 * second);
      expect(world.called('provideToken')).toHaveLength(2);
    },
  },
  {
    name: 'The connection is lost during an Authorize: decided as offline',
    memoryOnly: true,
    world: { keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.csms.next('Authorize', { silent: true });
      world.charge(1, 'A');
      world.advance(second);
      world.offline();
      expect(world.called('provideToken')).toHaveLength(1);
      world.reconnect();
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'A refused card with the cable in keeps Preparing, without a word',
    memoryOnly: true,
    run(world) {
      world.csms.idTags.set('A', { status: 'Invalid' });
      world.csms.idTags.set('B', { status: 'Unheard' });
      world.plug(1);
      const told = world.actions.length;
      world.tag('A');
      world.tag('B');
      world.advance(second);
      expect(world.actions.slice(told)).toEqual(['Authorize', 'Authorize']);
      expect(world.called('provideToken')).toHaveLength(0);
    },
  },
  {
    name: 'Card first, one candidate: Preparing, and back to Available after ConnectionTimeOut',
    world: { keys: { ConnectionTimeOut: '45' } },
    run(world) {
      world.tag('A', [1]);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
      world.advance(44 * second);
      expect(world.statuses(1)).toHaveLength(2);
      world.advance(second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Available']);
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
    },
  },
  {
    name: 'Card first, several candidates: no Preparing until a plug',
    run(world) {
      world.tag('A');
      world.advance(10 * second);
      expect(world.statuses(1)).toEqual(['Available']);
      expect(world.statuses(2)).toEqual(['Available']);
      world.plug(2);
      expect(world.statuses(2)).toEqual(['Available', 'Preparing', 'Charging']);
      expect(world.transactions[0]?.start.connectorId).toBe(2);
    },
  },
  {
    name: 'Card first, nobody plugs in: forgotten after ConnectionTimeOut',
    run(world) {
      world.tag('A');
      world.advance(61 * second);
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
    },
  },
  {
    name: 'Cable first without card: Finishing with several connectors, still Preparing with one',
    run(world) {
      world.plug(1);
      world.advance(61 * second);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ connectorId: 1, status: 'Finishing', info: 'ConnectionTimeout' });
      world.tag('A');
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
      world.unplug(1);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Finishing', 'Available']);
    },
  },
  {
    name: 'Cable first without card at a single connector: Preparing for good',
    world: { connectors: 1 },
    run(world) {
      world.plug(1);
      world.advance(10 * minute);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
      world.tag('A');
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'ConnectionTimeOut 0 never expires',
    run(world) {
      world.configure('ConnectionTimeOut', '0');
      expect(world.called('setConnectionTimeout').at(-1)).toEqual([0]);
      world.tag('A', [1]);
      world.advance(24 * 60 * minute);
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'Finishing ignores cards until the cable is out',
    world: { connectors: 1 },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.advance(second);
      const told = world.actions.length;
      world.tag('A');
      world.tag('B');
      world.advance(second);
      expect(world.actions.length).toBe(told);
    },
  },
  {
    name: 'One reader for two connectors: the card stops its own transaction, another one starts at the other plug',
    run(world) {
      world.charge(1, 'A');
      world.plug(2);
      world.tag('B');
      world.advance(second);
      expect(world.transactions).toHaveLength(2);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.idTag).toBe('A');
      expect(world.transactions[1]?.stop).toBe(undefined);
    },
  },
  {
    name: 'An idTag of more than 20 characters is refused without a question',
    run(world) {
      world.plug(1);
      const told = world.actions.length;
      world.tag('123456789012345678901');
      world.tag('');
      expect(world.actions.length).toBe(told);
    },
  },
  {
    name: 'The firmware asks for itself',
    world: { keys: cache },
    run(world) {
      world.csms.idTags.set('A', { status: 'Accepted', parentIdTag: 'P' });
      expect(world.authorize('A').answers).toEqual([[{ status: 'Accepted', parentIdTag: 'P' }, 'csms']]);
      world.offline();
      expect(world.authorize('A').answers).toEqual([[{ status: 'Accepted', parentIdTag: 'P' }, 'cache']]);
      expect(world.authorize('B').answers).toEqual([[{ status: 'Invalid' }, 'offline']]);
    },
  },
  {
    name: 'Firmware authorization: the wallbox asks, times out and reports its sessions',
    world: { options: { authorization: 'firmware' } },
    run(world) {
      world.input('onSessionStarted', 1, 'S1', 'EVConnected');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
      expect(world.authorize('A').answers).toEqual([[{ status: 'Accepted' }, 'csms']]);
      world.wallbox.sockets[1]!.plugged = true;
      world.wallbox.begin(1, 'A');
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
      world.wallbox.end(1, 'Local', { idTag: 'A' });
      world.advance(second);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'A' });
      world.input('onSessionStopped', 1, 'S1');
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Available']);
      expect(world.request('RemoteStartTransaction', { idTag: 'B', connectorId: 2 }).payload).toEqual({ status: 'Accepted' });
      expect(world.called('provideToken')).toEqual([['B', [2], false]]);
      world.wallbox.sockets[1]!.plugged = false;
    },
  },
];
