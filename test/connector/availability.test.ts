import { expect, test } from 'vitest';
import { World } from '../world.ts';

/** A store that refuses the n-th change from now. */
function failAt(world: World, n: number): () => void {
  const { storage } = world;
  const { write, remove } = storage;
  let changes = 0;
  const fails = () => ++changes === n;
  storage.write = (key, text) => {
    if (fails()) throw new Error('the store fails');
    write.call(storage, key, text);
  };
  storage.remove = (key) => {
    if (fails()) throw new Error('the store fails');
    remove.call(storage, key);
  };
  return () => Object.assign(storage, { write, remove });
}

test.each([1, 2, 3])(
  'a wish that the store takes in part (it fails at change %i) is Rejected, and the next boot knows nothing of it',
  (n) => {
    for (const type of ['Inoperative', 'Operative']) {
      const world = new World();
      world.boot();
      world.advance(1000);
      if (type === 'Operative') world.request('ChangeAvailability', { connectorId: 0, type: 'Inoperative' });
      const mend = failAt(world, n);
      expect(world.request('ChangeAvailability', { connectorId: 0, type }).payload).toEqual({ status: 'Rejected' });
      mend();
      world.reboot();
      world.advance(5000);
      const status = type === 'Operative' ? 'Unavailable' : 'Available';
      expect([0, 1, 2].map((connector) => world.statuses(connector).at(-1))).toEqual([status, status, status]);
    }
  },
);
