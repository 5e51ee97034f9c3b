/** The authorization cache: who makes room in it, and what becomes of it when the store fails. */

import { describe, expect, test } from 'vitest';
import { IdTagPages } from '../../src/access/id-tags.ts';
import { World } from '../world.ts';

class Store {
  readonly content = new Map<string, string>();
  writes = 0;
  failing = Number.POSITIVE_INFINITY;

  read(key: string): string | undefined {
    return this.content.get(key);
  }

  write(key: string, text: string): void {
    this.count();
    this.content.set(key, text);
  }

  remove(key: string): void {
    this.count();
    this.content.delete(key);
  }

  keys(shelf: string): string[] {
    return [...this.content.keys()].filter((key) => key.startsWith(`${shelf}/`));
  }

  private count(): void {
    if (++this.writes >= this.failing) throw new Error('write failed');
  }
}

const accepted = { status: 'Accepted' } as const;
const now = Date.UTC(2025, 0, 1);

function filled(count: number, store = new Store()): { cache: IdTagPages; store: Store } {
  const cache = new IdTagPages(store, 'l/c', 1);
  for (let index = 0; index < count; index++) cache.put(`STRANGER${index}`, { status: 'Invalid' }, now);
  return { cache, store };
}

describe('a full cache', () => {
  test('gives up invalid ids before a valid one, however old that is', () => {
    const { cache } = filled(0);
    cache.put('OWNER', accepted, now);
    for (let index = 0; index < 189; index++) cache.put(`STRANGER${index}`, { status: 'Invalid' }, now);
    expect(cache.find('OWNER')?.status).toBe('Accepted');
    expect(cache.find('STRANGER188')?.status).toBe('Invalid');
    expect(cache.find('STRANGER0')).toBeUndefined();
  });

  test.each(['Blocked', 'Expired', 'Invalid', 'ConcurrentTx'] as const)('one that is %s makes room', (status) => {
    const { cache } = filled(0);
    cache.put('FIRST', accepted, now);
    cache.put('WORTHLESS', { status }, now);
    for (let index = 0; index < 300; index++) {
      cache.put(`FRIEND${index}`, accepted, now);
      if (cache.find('WORTHLESS') === undefined) break;
      expect(cache.find('FIRST')).toBeDefined();
    }
    expect(cache.find('WORTHLESS')).toBeUndefined();
    expect(cache.find('FIRST')).toBeDefined();
  });

  test('an expired one makes room, one that has not expired does not', () => {
    const { cache } = filled(0);
    cache.put('FIRST', { ...accepted, expiryDate: '2025-01-01T00:00:01Z' }, now);
    cache.put('PAST', { ...accepted, expiryDate: '2024-12-31T23:59:59Z' }, now);
    for (let index = 0; cache.find('PAST') !== undefined; index++) cache.put(`FRIEND${index}`, accepted, now);
    expect(cache.find('FIRST')).toBeDefined();
  });

  test('of valid ones the oldest makes room; an invalid newcomer makes none', () => {
    const { cache, store } = filled(0);
    let count = 0;
    while (count === 0 || cache.find('FRIEND0') !== undefined) cache.put(`FRIEND${count++}`, accepted, now);
    expect(cache.find('FRIEND1')).toBeDefined();
    const before = [...store.content.values()].join();
    cache.put('STRANGER00', { status: 'Invalid' }, now);
    expect([...store.content.values()].join()).toBe(before);
  });

  test('never exceeds what a value holds', () => {
    const { store } = filled(500);
    for (const text of store.content.values()) expect(text.length).toBeLessThanOrEqual(1984);
  });
});

describe('ClearCache', () => {
  test.each([1, 2, 3])('the store fails in write %i: as it was, or empty', (failing) => {
    const store = new Store();
    const cache = new IdTagPages(store, 'l/c', 100);
    for (let index = 0; index < 60; index++) cache.put(`FRIEND${index}`, accepted, now);
    store.writes = 0;
    store.failing = failing;
    let isCleared = true;
    try {
      cache.clear();
    } catch {
      isCleared = false;
    }
    expect(isCleared).toBe(failing > 1);
    const kept = () => {
      let count = 0;
      for (let index = 0; index < 60; index++) if (cache.find(`FRIEND${index}`)) count++;
      return count;
    };
    expect(kept()).toBe(isCleared ? 0 : 60);
    store.failing = Number.POSITIVE_INFINITY;
    cache.put('NEW', accepted, now);
    expect(kept()).toBe(isCleared ? 0 : 60);
    expect(cache.find('NEW')?.status).toBe('Accepted');
  });

  test('a store that fails: Rejected, and the cache still admits whom it admitted', () => {
    const world = new World({ keys: { AuthorizationCacheEnabled: 'true' } });
    world.boot();
    world.charge(1, 'A');
    world.tag('A');
    world.unplug(1);
    world.advance(60_000);
    world.power.failWrites = 100;
    expect(world.request('ClearCache').payload).toEqual({ status: 'Rejected' });
    world.power.clear();
    world.offline();
    world.charge(1, 'A');
    expect(world.called('provideToken')).toHaveLength(2);
  });

  test('what was Accepted stays cleared over a power cut in any of its writes', () => {
    for (let at = 1; at < 9; at++) {
      const world = new World({ keys: { AuthorizationCacheEnabled: 'true' } });
      world.boot();
      for (const idTag of ['A', 'B', 'C', 'D']) world.authorize(idTag);
      world.power.cutAt(at, 'none');
      let isAccepted = false;
      try {
        isAccepted = world.request('ClearCache').payload?.['status'] === 'Accepted';
      } catch {
        // The power was cut.
      }
      world.power.clear();
      world.network = 'down';
      world.reboot();
      const results = ['A', 'B', 'C', 'D'].map((idTag) => (world.authorize(idTag).answers as [{ status: string }][])[0]?.[0].status);
      expect(new Set(results).size, `cut in write ${at}: ${results}`).toBe(1);
      if (isAccepted) expect(results[0]).toBe('Invalid');
    }
  });
});
