/** Reset and a wallbox that does not keep its word: the station is not out of service for ever. */

import { expect, test } from 'vitest';
import { World } from '../world.ts';

const minute = 60_000;

test('a wallbox that says yes and does not reset: tried again, told as ResetFailure, and whoever comes then may charge', () => {
  const world = new World({ breaks: ['alive'] });
  world.boot();
  world.wallbox.always('reset', { value: true });
  expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Accepted' });
  world.advance(4 * minute);
  expect(world.called('reset')).toHaveLength(1);
  expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Rejected' });
  world.advance(7 * minute);
  expect(world.called('reset')).toHaveLength(2);
  expect(world.sent('StatusNotification').at(-1)).toMatchObject({ connectorId: 0, errorCode: 'ResetFailure' });
  world.charge(1, 'A');
  world.advance(minute);
  expect(world.transactions).toMatchObject([{ start: { idTag: 'A' } }]);
  world.wallbox.behave();
  expect(world.request('Reset', { type: 'Hard' }).payload).toEqual({ status: 'Accepted' });
  world.advance(minute);
  expect(world.boots).toBe(2);
});

test('one that resets by stop and start in the same process has reset', () => {
  const world = new World({ breaks: ['alive'] });
  world.boot();
  world.wallbox.always('reset', { value: true });
  expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Accepted' });
  world.call('stop', []);
  world.advance(30 * minute);
  world.charge(1, 'A');
  expect(world.called('provideToken')).toEqual([]);
  world.unplug(1);
  world.call('start', ['RemoteReset']);
  world.advance(30 * minute);
  expect(world.called('reset')).toHaveLength(1);
  expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Accepted' });
});
