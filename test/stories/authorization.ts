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
      world.advance(10 * second);
      expect(world.sent('Authorize')).toHaveLength(1);
      world.charge(1, 'a');
      expect(world.sent('Authorize')).toHaveLength(1);
      expect(world.transactions).toHaveLength(2);
      world.configure('LocalPreAuthorize', 'false');
      world.tag('A');
      world.unplug(1);
      world.advance(10 * second);
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
      world.advance(10 * second);
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
      world.advance(10 * second);
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
    name: 'People tap twice: the card that has just stopped starts nothing for 10 s, here or at the next plug',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.tag('A');
      world.advance(2 * second);
      const told = world.actions.length;
      world.tag('A');
      expect(world.actions.length).toBe(told);
      world.unplug(1);
      world.tag('a');
      const energy = world.wallbox.energy(2);
      world.plug(2);
      world.advance(50 * second);
      expect(world.transactions).toHaveLength(1);
      expect(world.wallbox.energy(2)).toBe(energy);
    },
  },
  {
    name: 'A wallbox that stops slowly: who taps again meanwhile is ignored, and 10 s longer',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.next('stopTransaction', { value: true });
      world.tag('A');
      world.advance(15 * second);
      world.tag('A');
      world.wallbox.end(1, 'Local');
      world.drain();
      world.advance(5 * second);
      world.tag('A');
      world.advance(2 * minute);
      expect(world.transactions).toHaveLength(1);
      expect(world.statuses(1).at(-1)).toBe('Finishing');
    },
  },
  {
    name: 'In Finishing with the cable in the same card, any card at a reader of its own, and a remote start begin a new transaction',
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.advance(11 * second);
      world.tag('A');
      world.advance(second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Preparing', 'Charging']);
      world.tag('A');
      world.advance(second);
      world.tag('B', [1]);
      world.advance(second);
      expect(world.transactions.map(({ start }) => start.idTag)).toEqual(['A', 'A', 'B']);
      world.tag('B');
      world.advance(second);
      expect(world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'C' }).payload).toEqual({ status: 'Accepted' });
      world.advance(second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])[3]).toEqual([1, 'C']);
    },
  },
  {
    name: 'One reader for two connectors: the next driver begins at his own car, not at the one that stands in Finishing',
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.advance(11 * second);
      world.tag('B');
      world.advance(5 * second);
      expect(world.transactions).toHaveLength(1);
      world.plug(2);
      world.advance(minute);
      expect(world.transactions[1]?.start).toMatch({ connectorId: 2, idTag: 'B' });
      expect(world.statuses(1).at(-1)).toBe('Finishing');
      world.tag('B');
      world.unplug(2);
      world.advance(20 * second);
      world.plug(2);
      world.tag('C');
      world.advance(second);
      expect(world.transactions[2]?.start).toMatch({ connectorId: 2, idTag: 'C' });
    },
  },
  {
    name: 'The card shown again before the wallbox begins is bound to no second connector',
    run(world) {
      world.wallbox.next('provideToken', {});
      world.plug(1);
      world.tag('A');
      world.advance(2 * second);
      world.tag('A');
      world.advance(second);
      const energy = world.wallbox.energy(2);
      world.plug(2);
      world.advance(5 * second);
      expect(world.called('provideToken')).toEqual([['A', [1], true]]);
      world.wallbox.begin(1, 'A');
      world.advance(minute);
      expect(world.wallbox.energy(2)).toBe(energy);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([[1, 'A']]);
    },
  },
  {
    name: 'A card that waits for a plug is not bound beside that: once it begins nobody else charges on it',
    world: { connectors: 3 },
    run(world) {
      world.fault(1, 'GroundFailure');
      world.tag('A');
      world.plug(1);
      world.input('onAllErrorsCleared', 1);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.start).toMatch({ connectorId: 1, idTag: 'A' });
      const energy = world.wallbox.energy(2);
      world.plug(2);
      world.advance(30 * second);
      expect(world.wallbox.energy(2)).toBe(energy);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'The car leaves during Authorize: the next one charges on nobody, wherever it is plugged in',
    run(world) {
      for (const next of [1, 2]) {
        world.csms.next('Authorize', { after: 10 });
        world.plug(1);
        world.tag('A');
        world.advance(2 * second);
        world.unplug(1);
        world.advance(5 * second);
        const energy = world.wallbox.energy(next);
        world.plug(next);
        world.advance(50 * second);
        expect(world.called('provideToken')).toEqual([]);
        expect(world.wallbox.energy(next)).toBe(energy);
        world.unplug(next);
      }
    },
  },
  {
    name: 'The car of a remote start leaves during Authorize: nothing begins',
    run(world) {
      world.csms.next('Authorize', { after: 10 });
      world.plug(1);
      expect(world.request('RemoteStartTransaction', { idTag: 'A' }).payload).toEqual({ status: 'Accepted' });
      world.unplug(1);
      world.advance(2 * second);
      world.plug(2);
      world.advance(50 * second);
      expect(world.called('provideToken')).toEqual([]);
    },
  },
  {
    name: 'The second card at a car whose first one is being asked about begins there when the first one is refused, and nowhere when it leaves',
    run(world) {
      world.csms.idTags.set('A', { status: 'Blocked' });
      world.csms.next('Authorize', { after: 5 }, { after: 5 }, { after: 5 }, { after: 5 });
      world.plug(1);
      world.tag('A');
      world.tag('B');
      world.advance(11 * second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([[1, 'B']]);
      world.tag('B');
      world.unplug(1);
      world.advance(20 * second);
      world.plug(1);
      world.tag('A');
      world.tag('C');
      world.advance(2 * second);
      world.unplug(1);
      world.advance(2 * second);
      world.plug(2);
      world.advance(40 * second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'A card that the list knows does not overtake the one that is being asked about at the same car',
    world: { keys: { ...cache, LocalPreAuthorize: 'true' } },
    run(world) {
      world.authorize('B');
      world.csms.next('Authorize', { after: 5 });
      world.plug(1);
      world.tag('A');
      world.tag('B');
      world.advance(second);
      expect(world.called('provideToken')).toEqual([]);
      world.advance(10 * second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([[1, 'A']]);
      world.plug(2);
      world.advance(second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])[1]).toEqual([2, 'B']);
    },
  },
  {
    name: 'Authorized, then something is wrong, then plugged: it begins when it is right again and ConnectionTimeOut is not over, else never',
    world: { keys: { ConnectionTimeOut: '60' } },
    run(world) {
      const wrongs: readonly [name: string, wrong: () => void, right: () => void][] = [
        ['connector faulted', () => world.fault(1, 'GroundFailure'), () => world.input('onAllErrorsCleared', 1)],
        ['station faulted', () => world.fault(0, 'GroundFailure'), () => world.input('onAllErrorsCleared', 0)],
        ['connector unavailable', () => world.input('onDisabled', 1), () => world.input('onEnabled', 1)],
        ['station unavailable', () => world.input('onDisabled', 0), () => world.input('onEnabled', 0)],
      ];
      let begun = 0;
      for (const [name, wrong, right] of wrongs) {
        const energy = world.wallbox.energy(1);
        for (const isInTime of [false, true]) {
          world.tag('A', [1]);
          world.advance(second);
          wrong();
          world.plug(1);
          world.advance(20 * second);
          expect(world.called('provideToken'), name).toHaveLength(begun);
          expect(world.wallbox.energy(1), name).toBe(energy);
          if (!isInTime) world.advance(minute);
          right();
          world.advance(20 * second);
          if (isInTime) begun++;
          expect(world.called('provideToken'), `${name}, in time: ${isInTime}`).toHaveLength(begun);
          expect(world.transactions, `${name}, in time: ${isInTime}`).toHaveLength(begun);
          if (isInTime) world.tag('A', [1]);
          world.unplug(1);
          world.advance(20 * second);
        }
      }
    },
  },
  {
    name: 'Accepted by the central system when the car can no longer charge: nothing begins, at no other connector either',
    run(world) {
      world.csms.next('Authorize', { after: 10 });
      world.plug(1);
      world.tag('A');
      world.fault(1, 'GroundFailure');
      world.advance(15 * second);
      world.plug(2);
      world.input('onAllErrorsCleared', 1);
      world.advance(30 * second);
      expect(world.called('provideToken')).toEqual([]);
    },
  },
  {
    name: 'The wallbox was told to begin and a fault came first: it is told again when the fault is over',
    run(world) {
      world.wallbox.next('provideToken', {});
      world.charge(1, 'A');
      world.fault(1, 'GroundFailure');
      world.advance(10 * second);
      world.input('onAllErrorsCleared', 1);
      world.advance(second);
      expect(world.called('provideToken')).toEqual([
        ['A', [1], true],
        ['A', [1], true],
      ]);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'While the station is Faulted or Unavailable cards are not asked about',
    run(world) {
      world.plug(1);
      world.fault(0, 'GroundFailure');
      world.tag('A');
      world.input('onAllErrorsCleared', 0);
      world.input('onDisabled', 0);
      world.tag('A');
      world.advance(second);
      expect(world.sent('Authorize')).toEqual([]);
      world.input('onEnabled', 0);
      world.tag('A');
      world.advance(second);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'A new car while the wallbox still ends the old transaction is Preparing as soon as that has ended',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.next('stopTransaction', { value: true });
      world.unplug(1);
      world.advance(2 * second);
      world.plug(1);
      world.advance(3 * second);
      world.wallbox.end(1, 'EVDisconnected');
      world.drain();
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Preparing']);
      world.tag('B');
      world.advance(second);
      expect(world.transactions[1]?.start).toMatch({ connectorId: 1, idTag: 'B' });
    },
  },
  {
    name: 'Its driver shows his card before the old transaction has ended: he begins at his own car, and nobody else on his card',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.wallbox.next('stopTransaction', { value: true });
      world.unplug(1);
      world.advance(2 * second);
      world.plug(1);
      world.tag('B');
      world.advance(second);
      const energy = world.wallbox.energy(2);
      world.plug(2);
      world.advance(3 * second);
      expect(world.transactions).toHaveLength(1);
      world.wallbox.end(1, 'EVDisconnected');
      world.drain();
      world.advance(20 * second);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([
        [1, 'A'],
        [1, 'B'],
      ]);
      expect(world.wallbox.energy(2)).toBe(energy);
    },
  },
  {
    name: 'The new car that nobody shows a card for is Finishing after ConnectionTimeOut',
    run(world) {
      world.charge(1, 'A');
      world.wallbox.next('stopTransaction', { value: true });
      world.unplug(1);
      world.plug(1);
      world.wallbox.end(1, 'EVDisconnected');
      world.drain();
      world.advance(59 * second);
      expect(world.statuses(1).at(-1)).toBe('Preparing');
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Finishing');
    },
  },
  {
    name: 'ConnectionTimeOut stands still while an Authorize is asked or queued',
    world: { keys: { ConnectionTimeOut: '30', MessageTimeout: '60' } },
    run(world) {
      world.csms.idTags.set('A', { status: 'Blocked' });
      world.csms.idTags.set('B', { status: 'Blocked' });
      world.csms.next('Authorize', { after: 25 }, { after: 25 });
      world.plug(1);
      world.advance(20 * second);
      world.tag('A');
      world.tag('B');
      world.advance(59 * second);
      expect(world.statuses(1).at(-1)).toBe('Preparing');
      world.advance(2 * second);
      expect(world.statuses(1).at(-1)).toBe('Finishing');
      world.unplug(1);
      world.csms.next('Authorize', { after: 40 });
      world.plug(1);
      world.advance(20 * second);
      world.tag('C');
      world.advance(45 * second);
      expect(world.transactions.map(({ start }) => start.idTag)).toEqual(['C']);
    },
  },
  {
    name: 'Card first, plugged while the central system is slower than ConnectionTimeOut: it begins with the answer',
    world: { keys: { ConnectionTimeOut: '10' } },
    run(world) {
      world.csms.next('Authorize', { after: 25 });
      world.tag('A');
      world.advance(2 * second);
      world.plug(2);
      world.advance(24 * second);
      expect(world.statuses(2)).toEqual(['Available', 'Preparing', 'Charging']);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'An id that has expired is not admitted after a boot without clock and network',
    world: { keys: cache },
    run(world) {
      world.csms.idTags.set('E', { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' });
      world.charge(1, 'E');
      world.advance(minute);
      world.tag('E');
      world.unplug(1);
      world.advance(15 * minute);
      world.charge(1, 'X');
      world.tag('X');
      world.unplug(1);
      world.advance(minute);
      world.network = 'down';
      world.reboot();
      const energy = world.wallbox.energy(1);
      world.charge(1, 'E');
      world.advance(minute);
      expect(world.called('provideToken')).toHaveLength(2);
      expect(world.wallbox.energy(1)).toBe(energy);
      world.unplug(1);
      world.charge(1, 'X');
      expect(world.called('provideToken')).toHaveLength(3);
    },
  },
  {
    name: 'An id that expires between the boot without clock and the card is not admitted either',
    world: { keys: cache },
    run(world) {
      world.csms.idTags.set('E', { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' });
      world.charge(1, 'E');
      world.tag('E');
      world.unplug(1);
      world.advance(minute);
      world.network = 'down';
      world.reboot();
      world.charge(1, 'E');
      expect(world.called('provideToken')).toHaveLength(2);
      world.tag('E');
      world.unplug(1);
      world.advance(15 * minute);
      world.charge(1, 'E');
      expect(world.called('provideToken')).toHaveLength(2);
    },
  },
  {
    name: 'An answer without idTagInfo changes nothing in the cache',
    memoryOnly: true,
    world: { keys: { ...cache, AuthorizeRemoteTxRequests: 'false' } },
    run(world) {
      world.csms.idTags.set('C', { status: 'Blocked' });
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.plug(2);
      world.tag('C', [2]);
      world.advance(10 * second);
      world.csms.next('Authorize', { payload: {} });
      world.authorize('A');
      world.csms.next('StartTransaction', { payload: { transactionId: 1002 } });
      world.csms.next('StopTransaction', { payload: {} });
      world.request('RemoteStartTransaction', { connectorId: 2, idTag: 'C' });
      world.advance(second);
      world.tag('C', [2]);
      world.unplug(2);
      world.advance(10 * second);
      world.offline();
      world.charge(2, 'C');
      world.advance(second);
      expect(world.called('provideToken')).toHaveLength(2);
      world.charge(1, 'A');
      expect(world.called('provideToken')).toHaveLength(3);
    },
  },
  {
    name: 'What the wallbox says anew counts: a cable that it found times out, and who was bound to one that is not there charges nobody',
    run(world) {
      world.input('resetStateMachine', [undefined, 'Preparing']);
      world.advance(61 * second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Finishing']);
      world.input('resetStateMachine', [undefined, 'Available']);
      expect(world.statuses(1).at(-1)).toBe('Available');
      world.tag('A', [2]);
      world.input('resetStateMachine', [undefined, undefined, 'Available']);
      world.plug(2);
      world.advance(second);
      expect(world.called('provideToken')).toEqual([]);
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
  {
    name: 'Two readers: who waits for a plug at one is not forgotten for who waits at the other, and each has his own ConnectionTimeOut',
    world: { connectors: 4 },
    run(world) {
      world.tag('A', [1, 2]);
      world.advance(20_000);
      world.tag('B', [3, 4]);
      world.advance(20_000);
      world.plug(1);
      world.plug(4);
      world.advance(1000);
      expect(world.transactions.map(({ start }) => [start.connectorId, start.idTag])).toEqual([
        [1, 'A'],
        [4, 'B'],
      ]);
      for (const [idTag, connector] of [
        ['A', 1],
        ['B', 4],
      ] as const) {
        world.tag(idTag, [connector]);
        world.unplug(connector);
      }
      world.advance(20_000);
      world.tag('A', [1, 2]);
      world.advance(40_000);
      expect(world.request('RemoteStartTransaction', { idTag: 'C' }).payload).toEqual({ status: 'Accepted' });
      world.advance(30_000);
      world.plug(1);
      world.plug(3);
      world.advance(1000);
      expect(world.transactions.slice(2).map(({ start }) => [start.connectorId, start.idTag])).toEqual([[3, 'C']]);
    },
  },
  {
    name: 'A reader at each connector: the card stops its transaction also while it is asked about at the other one',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.csms.next('Authorize', { after: 20 });
      world.tag('A', [2]);
      world.advance(second);
      world.tag('A', [1]);
      world.advance(second);
      expect(world.wallbox.sockets[1]!.flow).toBe(0);
      world.advance(minute);
      expect(world.transactions[0]?.stop).toMatch({ reason: 'Local', idTag: 'A' });
    },
  },
];
