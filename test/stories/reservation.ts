/** Reservations: used by card and by remote start, by the family, through connector 0; cancelled, expired, ended by a fault. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const also = ['reserveNow', 'cancelReservation'];

function reserve(world: World, reservationId: number, connectorId: number, idTag: string, more: object = {}): unknown {
  world.wallbox.always('reserveNow', { value: 'Accepted' });
  const expiryDate = '2025-01-01T01:00:00Z';
  return world.request('ReserveNow', { connectorId, expiryDate, idTag, reservationId, ...more }).payload?.['status'];
}

function last(world: World, connector: number): string | undefined {
  const statuses = world.statuses(connector);
  return statuses[statuses.length - 1];
}

export const stories: Story[] = [
  {
    name: 'The reserved card charges, a foreign one does not',
    world: { also },
    run(world) {
      expect(reserve(world, 7, 1, 'OWNER')).toBe('Accepted');
      expect(reserve(world, 8, 1, 'OTHER')).toBe('Occupied');
      world.plug(1);
      world.tag('STRANGER', [1]);
      expect(world.sent('Authorize')).toEqual([]);
      world.tag('OWNER', [1]);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Preparing', 'Charging']);
      expect(world.transactions[0]?.start).toMatch({ idTag: 'OWNER', reservationId: 7 });
      world.advance(120_000);
      world.tag('OWNER', [1]);
    },
  },
  {
    name: 'The family uses it by RemoteStart once Authorize has told the parent',
    world: { also, keys: { AuthorizeRemoteTxRequests: 'false' } },
    run(world) {
      world.csms.idTags.set('COUSIN', { status: 'Accepted', parentIdTag: 'FLEET' });
      reserve(world, 7, 1, 'OWNER', { parentIdTag: 'FLEET' });
      expect(world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'STRANGER' }).payload).toEqual({ status: 'Accepted' });
      expect(last(world, 1)).toBe('Reserved');
      expect(world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'COUSIN' }).payload).toEqual({ status: 'Accepted' });
      world.plug(1);
      expect(world.transactions).toHaveLength(1);
      expect(world.transactions[0]?.start).toMatch({ idTag: 'COUSIN', reservationId: 7 });
      world.advance(60_000);
    },
  },
  {
    name: 'One of any connector: the last free one is kept',
    world: { also },
    run(world) {
      reserve(world, 7, 0, 'OWNER');
      expect(last(world, 1)).toBe('Available');
      world.charge(2, 'STRANGER');
      expect(last(world, 1)).toBe('Reserved');
      world.charge(1, 'OWNER');
      expect(world.transactions[1]?.start).toMatch({ connectorId: 1, reservationId: 7 });
      world.advance(60_000);
    },
  },
  {
    name: 'Cancelled, expired and faulted',
    world: { also },
    run(world) {
      reserve(world, 1, 1, 'OWNER');
      reserve(world, 2, 2, 'OWNER');
      expect(world.request('CancelReservation', { reservationId: 1 }).payload).toEqual({ status: 'Accepted' });
      expect(world.request('CancelReservation', { reservationId: 1 }).payload).toEqual({ status: 'Rejected' });
      world.fault(2, 'GroundFailure');
      world.input('onAllErrorsCleared', 2);
      expect(last(world, 2)).toBe('Available');
      reserve(world, 3, 1, 'OWNER');
      world.advance(3_600_000);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Available', 'Reserved', 'Available']);
      expect(world.called('cancelReservation')).toEqual([[1], [2], [3]]);
    },
  },
  {
    name: 'It outlives a power cut, and expires without network by what has passed since',
    world: { also, keys: { AllowOfflineTxForUnknownId: 'true' } },
    run(world) {
      world.charge(2, 'A');
      world.advance(60_000);
      world.tag('A');
      world.unplug(2);
      world.advance(1000);
      reserve(world, 7, 1, 'OWNER');
      world.network = 'down';
      world.reboot();
      world.charge(1, 'STRANGER');
      expect(world.called('provideToken')).toHaveLength(1);
      world.unplug(1);
      world.advance(3_600_000);
      expect(world.storage.keys('r')).toHaveLength(0);
      world.charge(1, 'STRANGER');
      expect(world.called('provideToken')).toHaveLength(2);
      world.advance(1000);
      world.tag('STRANGER');
      world.unplug(1);
      world.online();
      world.advance(600_000);
      expect(last(world, 1)).toBe('Available');
    },
  },
  {
    name: 'With a clock chip it expires offline after a boot to the second',
    world: { also, rtc: true },
    run(world) {
      reserve(world, 7, 1, 'OWNER');
      world.network = 'down';
      world.reboot();
      world.advance(3_600_000 - world.time - 1);
      expect(world.storage.keys('r')).toHaveLength(1);
      world.advance(1);
      expect(world.storage.keys('r')).toHaveLength(0);
    },
  },
  {
    name: 'A card that never plugs in leaves it as it was; so does a remote start',
    world: { also, keys: { ConnectionTimeOut: '30' } },
    run(world) {
      reserve(world, 7, 1, 'OWNER');
      world.tag('OWNER');
      world.advance(31_000);
      world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'OWNER' });
      world.advance(31_000);
      world.tag('OWNER', [2]);
      world.advance(31_000);
      expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Preparing', 'Reserved', 'Preparing', 'Reserved']);
      world.charge(1, 'STRANGER');
      expect(world.called('provideToken')).toEqual([]);
      world.unplug(1);
      world.charge(1, 'OWNER');
      expect(world.transactions[0]?.start).toMatch({ connectorId: 1, idTag: 'OWNER', reservationId: 7 });
      world.advance(60_000);
      world.tag('OWNER');
      world.unplug(1);
      expect(last(world, 1)).toBe('Available');
    },
  },
  {
    name: 'A wallbox that takes its time at power on to put its connectors into service loses no reservation',
    world: { also },
    run(world) {
      reserve(world, 7, 1, 'OWNER');
      world.wallbox.always('enableEvse', { value: true, after: 2 });
      world.reboot();
      world.advance(5000);
      expect(last(world, 1)).toBe('Reserved');
      expect(world.called('cancelReservation')).toEqual([]);
      world.charge(1, 'OWNER');
      world.advance(1000);
      expect(world.transactions[0]?.start).toMatch({ idTag: 'OWNER', reservationId: 7 });
    },
  },
  {
    name: 'A connector that alone is Operative can be reserved, and stays so',
    world: { also },
    run(world) {
      world.request('ChangeAvailability', { connectorId: 0, type: 'Inoperative' });
      world.request('ChangeAvailability', { connectorId: 1, type: 'Operative' });
      reserve(world, 7, 1, 'OWNER');
      world.advance(1000);
      expect(last(world, 1)).toBe('Reserved');
      world.request('ChangeAvailability', { connectorId: 1, type: 'Inoperative' });
      expect(world.called('cancelReservation')).toEqual([[7]]);
    },
  },
];
