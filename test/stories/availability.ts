/** ChangeAvailability, by the central system and at the box. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;

function change(world: World, connectorId: number, type: string): unknown {
  return world.request('ChangeAvailability', { connectorId, type }).payload?.['status'];
}

export const stories: Story[] = [
  {
    name: 'Inoperative and Operative on a free connector',
    run(world) {
      expect(change(world, 1, 'Inoperative')).toBe('Accepted');
      expect(world.called('disableEvse')).toEqual([[1]]);
      expect(change(world, 1, 'Inoperative')).toBe('Accepted');
      world.charge(1, 'A');
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
      world.unplug(1);
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      expect(world.statuses(1)).toEqual(['Available', 'Unavailable', 'Available']);
    },
  },
  {
    name: 'What the driver asks before it closes the contactor: a fault, a place out of service and a reset forbid it; a warning does not',
    run(world) {
      const may = () => [1, 2].map((connector) => world.input('maySupply', connector));
      expect(may()).toEqual([true, true]);
      expect([0, 3, -1].map((connector) => world.input('maySupply', connector))).toEqual([false, false, false]);
      world.fault(1, 'GroundFailure');
      expect(may()).toEqual([false, true]);
      world.input('onError', 2, { id: 'warm', errorCode: 'HighTemperature', faulted: false });
      expect(may()).toEqual([false, true]);
      world.fault(0, 'InternalError');
      expect(may()).toEqual([false, false]);
      world.input('onErrorCleared', 0, 'InternalError');
      world.input('onErrorCleared', 1, 'GroundFailure');
      expect(may()).toEqual([true, true]);
      change(world, 2, 'Inoperative');
      world.input('onDisabled', 1);
      expect(may()).toEqual([false, false]);
      world.input('onEnabled', 1);
      change(world, 2, 'Operative');
      world.charge(1, 'A');
      // Scheduled: who charges goes on.
      expect(change(world, 1, 'Inoperative')).toBe('Scheduled');
      expect(may()).toEqual([true, true]);
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      world.wallbox.next('stopTransaction', { slow: 5 });
      world.request('Reset', { type: 'Soft' });
      expect(may()).toEqual([false, false]);
      world.advance(10 * second);
      expect(world.boots).toBe(2);
      expect(may()).toEqual([true, true]);
    },
  },
  {
    name: 'It survives a reboot',
    run(world) {
      change(world, 1, 'Inoperative');
      world.reboot();
      expect(world.statuses(1)).toEqual(['Available', 'Unavailable', 'Unavailable']);
      expect(world.called('disableEvse')).toEqual([[1], [1]]);
      change(world, 1, 'Operative');
      world.reboot();
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'Scheduled during a transaction; Unavailable as soon as it is free, never Available in between',
    run(world) {
      world.charge(1, 'A');
      expect(change(world, 1, 'Inoperative')).toBe('Scheduled');
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Charging');
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Charging', 'Finishing', 'Unavailable']);
      expect(change(world, 1, 'Operative')).toBe('Accepted');
    },
  },
  {
    name: 'A scheduled change survives a power cut with its transaction',
    run(world) {
      world.charge(1, 'A');
      expect(change(world, 1, 'Inoperative')).toBe('Scheduled');
      world.reboot();
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Charging');
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Unavailable');
      world.reboot();
      expect(world.statuses(1).at(-1)).toBe('Unavailable');
      change(world, 1, 'Operative');
    },
  },
  {
    name: 'The present state cancels a scheduled change',
    run(world) {
      world.charge(1, 'A');
      expect(change(world, 1, 'Inoperative')).toBe('Scheduled');
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'Preparing and Finishing are in use, too',
    run(world) {
      world.plug(1);
      expect(change(world, 1, 'Inoperative')).toBe('Scheduled');
      world.unplug(1);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Unavailable']);
      change(world, 1, 'Operative');
      world.tag('B', [2]);
      expect(change(world, 2, 'Inoperative')).toBe('Scheduled');
      world.advance(61 * second);
      expect(world.statuses(2)).toEqual(['Available', 'Preparing', 'Unavailable']);
      change(world, 2, 'Operative');
    },
  },
  {
    name: 'Connector 0 covers all: what is free changes at once, what is in use when it is free',
    run(world) {
      world.charge(1, 'A');
      expect(change(world, 0, 'Inoperative')).toBe('Scheduled');
      expect(world.statuses(0)).toEqual(['Available', 'Unavailable']);
      expect(world.statuses(1).at(-1)).toBe('Charging');
      expect(world.statuses(2)).toEqual(['Available', 'Unavailable']);
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(world.statuses(1).at(-1)).toBe('Unavailable');
      expect(change(world, 0, 'Operative')).toBe('Accepted');
      for (const connector of [0, 1, 2]) expect(world.statuses(connector).at(-1)).toBe('Available');
    },
  },
  {
    name: 'Unknown connectors are Rejected',
    run(world) {
      expect(change(world, 3, 'Inoperative')).toBe('Rejected');
      expect(change(world, -1, 'Operative')).toBe('Rejected');
    },
  },
  {
    name: 'disableEvse says no: the connector stays as it is, and the central system hears it',
    run(world) {
      world.wallbox.next('disableEvse', { value: false });
      expect(change(world, 1, 'Inoperative')).toBe('Accepted');
      world.advance(second);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ connectorId: 1, status: 'Available', errorCode: 'InternalError' });
      world.reboot();
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'enableEvse says no, later: it stays Unavailable, and the central system hears it',
    run(world) {
      change(world, 1, 'Inoperative');
      world.wallbox.next('enableEvse', { value: false, after: 3 });
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      world.advance(5 * second);
      expect(world.sent('StatusNotification').at(-1)).toMatch({ connectorId: 1, status: 'Unavailable', errorCode: 'InternalError' });
      world.input('onEnabled', 1);
    },
  },
  {
    name: 'Operative does not put back what a wallbox that cannot be asked took out of service itself',
    world: { without: ['enableEvse'] },
    run(world) {
      world.input('onDisabled', 1);
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      world.charge(1, 'A');
      world.advance(second);
      expect(world.statuses(1)).toEqual(['Available', 'Unavailable']);
      expect(world.transactions).toHaveLength(0);
      world.input('onEnabled', 1);
      expect(world.statuses(1).at(-1)).toBe('Preparing');
    },
  },
  {
    name: 'An operator at the box',
    run(world) {
      expect(world.input('onChangeAvailability', 2, false)).toBe('Accepted');
      expect(world.input('onChangeAvailability', 9, false)).toBe('Rejected');
      expect(world.statuses(2)).toEqual(['Available', 'Unavailable']);
      world.charge(1, 'A');
      expect(world.input('onChangeAvailability', 1, false)).toBe('Scheduled');
      world.input('onChangeAvailability', 0, true);
      expect(world.statuses(2)).toEqual(['Available', 'Unavailable', 'Available']);
    },
  },
  {
    name: 'Inoperative ends what waits for a plug',
    run(world) {
      world.tag('A');
      change(world, 1, 'Inoperative');
      change(world, 2, 'Inoperative');
      world.plug(1);
      world.advance(second);
      expect(world.transactions).toHaveLength(0);
      world.unplug(1);
      change(world, 0, 'Operative');
    },
  },
  {
    name: 'The station Inoperative, then connector 1 alone Operative: it is told Available, and it can be used',
    run(world) {
      expect(world.request('ChangeAvailability', { connectorId: 0, type: 'Inoperative' }).payload).toEqual({ status: 'Accepted' });
      expect(world.request('ChangeAvailability', { connectorId: 1, type: 'Operative' }).payload).toEqual({ status: 'Accepted' });
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Unavailable', 'Available', 'Unavailable']);
      world.reboot();
      world.advance(1000);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Unavailable', 'Available', 'Unavailable']);
      world.charge(1, 'A');
      world.charge(2, 'B');
      world.advance(60_000);
      expect(world.transactions.map(({ start }) => start.connectorId)).toEqual([1]);
    },
  },
  {
    name: 'The wallbox takes the whole station out of service: no connector is available until it says so',
    run(world) {
      world.input('onDisabled', 0);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Unavailable', 'Unavailable', 'Unavailable']);
      world.charge(1, 'A');
      world.advance(1000);
      expect(world.called('provideToken')).toEqual([]);
      world.unplug(1);
      world.input('onEnabled', 0);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Available', 'Available', 'Available']);
    },
  },
  {
    name: 'A connector that the wallbox cannot enable at power on is Unavailable, told so, until the wallbox says that it can be used',
    booted: false,
    run(world) {
      world.wallbox.next('enableEvse', { value: true }, { value: false }, { throws: 'no driver' });
      world.boot();
      world.advance(1000);
      expect([0, 1, 2].map((id) => world.statuses(id).at(-1))).toEqual(['Available', 'Unavailable', 'Unavailable']);
      world.charge(1, 'A');
      world.advance(1000);
      expect(world.called('provideToken')).toEqual([]);
      world.unplug(1);
      world.input('onEnabled', 1);
      expect(world.statuses(1).at(-1)).toBe('Available');
      world.charge(1, 'A');
      world.advance(1000);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'What the wallbox answers late to an earlier wish says nothing of the later one',
    run(world) {
      world.wallbox.next('disableEvse', { value: false, after: 10 });
      expect(change(world, 1, 'Inoperative')).toBe('Accepted');
      world.advance(2 * second);
      expect(change(world, 1, 'Operative')).toBe('Accepted');
      world.advance(2 * second);
      expect(change(world, 1, 'Inoperative')).toBe('Accepted');
      world.advance(20 * second);
      expect(world.statuses(1).at(-1)).toBe('Unavailable');
      world.charge(1, 'A');
      world.advance(second);
      expect(world.called('provideToken')).toEqual([]);
    },
  },
];
