/** Local Auth List Management: rulings as rows, pages and look-ups, ten thousand entries, and power cuts at every write of an update. */

import { describe, expect, test } from 'vitest';
import {
  findListed,
  type LocalListStation,
  localListCount,
  localListVersion,
  mountLocalList,
  type UpdateStatus,
  updateLocalList,
} from '../../src/access/local-list.ts';
import { Elements } from '../../src/wire/elements.ts';
import type { AuthorizationData, IdTagInfo } from '../../src/wire/types.ts';
import { Power, PowerCut, StorageStandIn, tears } from '../flash.ts';
import { World, type WorldOptions } from '../world.ts';

type Entry = readonly [idTag: string, info?: IdTagInfo['status'] | IdTagInfo];

function entriesOf(list: readonly Entry[]): AuthorizationData[] {
  return list.map(([idTag, info]) => ({
    idTag,
    ...(info === undefined ? {} : { idTagInfo: typeof info === 'string' ? { status: info } : info }),
  }));
}

/** A list in a store, without the station around it. */
class Bench {
  readonly storage: StorageStandIn;
  readonly station: LocalListStation;
  readonly reads: string[] = [];
  readonly logs: string[] = [];
  /** The store refuses writes to keys that begin with this. */
  broken = 'none';

  constructor(capacity: number, storage = new StorageStandIn(new Power())) {
    this.storage = storage;
    const station = {
      host: {
        localListCapacity: capacity,
        storage: {
          read: (key: string) => {
            this.reads.push(key);
            return storage.read(key);
          },
          write: (key: string, text: string) => {
            if (key.startsWith(this.broken)) throw new Error('The flash fails.');
            storage.write(key, text);
          },
          remove: (key: string) => storage.remove(key),
          keys: (shelf: string) => storage.keys(shelf),
        },
        log: (level: string, text: string) => this.logs.push(`${level} ${text}`),
      },
      settings: { has: () => true, boolean: () => true, number: () => capacity },
    };
    this.station = station as unknown as LocalListStation;
  }

  send(version: number, updateType: 'Full' | 'Differential', list: readonly Entry[] | undefined): UpdateStatus {
    let elements: Elements<AuthorizationData> | undefined;
    if (list) {
      elements = new Elements(JSON.stringify(entriesOf(list)), 0, ['idTag', 'idTagInfo', 'expiryDate', 'parentIdTag', 'status']);
      elements.count = list.length;
    }
    return updateLocalList(this.station, version, updateType === 'Full', elements);
  }

  find(idTag: string) {
    return findListed(this.station, idTag);
  }

  /** Version, count, and the status of each of these. */
  state(idTags: readonly string[]): string {
    const statuses = idTags.map((idTag) => this.find(idTag)?.status ?? '-');
    return `${localListVersion(this.station)} ${localListCount(this.station)} ${statuses.join(' ')}`;
  }
}

function numbered(from: number, count: number, info: IdTagInfo['status'] | IdTagInfo = 'Accepted'): Entry[] {
  return Array.from({ length: count }, (_, index) => [`TAG${String(from + index).padStart(5, '0')}`, info] as const);
}

describe('rulings (protocol.md section 6)', () => {
  type Update = readonly [version: number, type: 'Full' | 'Differential', list?: readonly Entry[]];
  const three: Update = [
    5,
    'Full',
    [
      ['A', 'Accepted'],
      ['B', 'Blocked'],
      ['C', 'Accepted'],
    ],
  ];
  const rows: readonly [name: string, before: readonly Update[], update: Update, status: UpdateStatus, after: string][] = [
    ['Full replaces', [three], [6, 'Full', [['D', 'Accepted']]], 'Accepted', '6 1 - - - Accepted'],
    ['Full with the same version', [three], [5, 'Full', [['D', 'Accepted']]], 'Accepted', '5 1 - - - Accepted'],
    ['Full with a lower version', [three], [2, 'Full', [['D', 'Accepted']]], 'Accepted', '2 1 - - - Accepted'],
    ['Full without list clears', [three], [9, 'Full'], 'Accepted', '0 0 - - - -'],
    ['Full with an empty list clears', [three], [-7, 'Full', []], 'Accepted', '0 0 - - - -'],
    ['Full with version 0', [three], [0, 'Full', [['D', 'Accepted']]], 'Failed', '5 3 Accepted Blocked Accepted -'],
    ['Full with version -1', [three], [-1, 'Full', [['D', 'Accepted']]], 'Failed', '5 3 Accepted Blocked Accepted -'],
    ['Full with an entry without idTagInfo', [three], [6, 'Full', [['D', 'Accepted'], ['E']]], 'Failed', '5 3 Accepted Blocked Accepted -'],
    ['Differential adds', [three], [6, 'Differential', [['D', 'Expired']]], 'Accepted', '6 4 Accepted Blocked Accepted Expired'],
    ['Differential changes', [three], [6, 'Differential', [['b', 'Invalid']]], 'Accepted', '6 3 Accepted Invalid Accepted -'],
    ['Differential deletes', [three], [6, 'Differential', [['A'], ['X']]], 'Accepted', '6 2 - Blocked Accepted -'],
    [
      'Differential with the same version',
      [three],
      [5, 'Differential', [['D', 'Accepted']]],
      'VersionMismatch',
      '5 3 Accepted Blocked Accepted -',
    ],
    [
      'Differential with a lower version',
      [three],
      [4, 'Differential', [['D', 'Accepted']]],
      'VersionMismatch',
      '5 3 Accepted Blocked Accepted -',
    ],
    ['Differential with version 0', [three], [0, 'Differential', [['D', 'Accepted']]], 'Failed', '5 3 Accepted Blocked Accepted -'],
    ['Differential on an empty list', [], [3, 'Differential', [['D', 'Accepted']]], 'Accepted', '3 1 - - - Accepted'],
    ['Differential on a cleared list', [three, [1, 'Full']], [1, 'Differential', [['D', 'Accepted']]], 'Accepted', '1 1 - - - Accepted'],
    ['Differential without list', [three], [8, 'Differential'], 'Accepted', '8 3 Accepted Blocked Accepted -'],
    ['Differential that deletes the last entry', [three], [6, 'Differential', [['A'], ['B'], ['c']]], 'Accepted', '0 0 - - - -'],
    [
      'an idTag twice, in any letter case',
      [three],
      [
        6,
        'Differential',
        [
          ['D', 'Accepted'],
          ['d', 'Blocked'],
        ],
      ],
      'Failed',
      '5 3 Accepted Blocked Accepted -',
    ],
    ['an idTag that is no Unicode', [three], [6, 'Differential', [['\ud800', 'Accepted']]], 'Failed', '5 3 Accepted Blocked Accepted -'],
  ];
  test.each(rows)('%s', (_name, before, update, status, after) => {
    const bench = new Bench(10);
    for (const [version, type, list] of before) expect(bench.send(version, type, list)).toBe('Accepted');
    expect(bench.send(...(update as [number, 'Full', Entry[]]))).toBe(status);
    expect(bench.state(['A', 'B', 'C', 'D'])).toBe(after);
    const booted = new Bench(10, bench.storage);
    mountLocalList(booted.station);
    expect(booted.state(['A', 'B', 'C', 'D'])).toBe(after);
    expect(bench.storage.keys('l').filter((key) => key.startsWith('l/u'))).toEqual([]);
  });

  test('a result beyond LocalAuthListMaxLength changes nothing', () => {
    const bench = new Bench(50);
    expect(bench.send(1, 'Full', numbered(0, 48))).toBe('Accepted');
    const before = new Map(bench.storage.content);
    expect(bench.send(2, 'Differential', numbered(48, 3))).toBe('Failed');
    expect(bench.storage.content).toEqual(before);
    expect(bench.send(2, 'Differential', [...numbered(48, 3), ['TAG00000']])).toBe('Accepted');
    expect(localListCount(bench.station)).toBe(50);
  });
});

describe('entries', () => {
  test('status, expiry and parent come back; idTags compare in any letter case', () => {
    const bench = new Bench(100);
    const statuses = ['Accepted', 'Blocked', 'Expired', 'Invalid', 'ConcurrentTx'] as const;
    const list: Entry[] = statuses.map((status, index) => [
      `card ${index}|;,-é`,
      { status, expiryDate: '2026-03-01T12:00:00+01:00', parentIdTag: index % 2 === 0 ? '-' : 'Fleet, ; | 7' },
    ]);
    expect(bench.send(1, 'Full', [...list, ['plain', 'Accepted'], ['parented', { status: 'Accepted', parentIdTag: 'P' }]])).toBe(
      'Accepted',
    );
    statuses.forEach((status, index) => {
      expect(bench.find(`CARD ${index}|;,-É`)).toEqual({
        status,
        expiry: Date.UTC(2026, 2, 1, 11),
        parentIdTag: index % 2 === 0 ? '-' : 'Fleet, ; | 7',
      });
    });
    expect(bench.find('plain')).toEqual({ status: 'Accepted', expiry: undefined, parentIdTag: undefined });
    expect(bench.find('Parented')).toEqual({ status: 'Accepted', expiry: undefined, parentIdTag: 'P' });
    expect(bench.find('card')).toBeUndefined();
    expect(bench.find('card 0|;,-')).toBeUndefined();
  });

  test('a deletion is not mistaken for an entry whose parent is "-"', () => {
    const bench = new Bench(100);
    bench.send(1, 'Full', [
      ['A', { status: 'Accepted', parentIdTag: '-' }],
      ['B', 'Accepted'],
    ]);
    expect(bench.send(2, 'Differential', [['A', { status: 'Blocked', parentIdTag: '-' }]])).toBe('Accepted');
    expect(bench.state(['A', 'B'])).toBe('2 2 Blocked Accepted');
  });
});

describe('store', () => {
  test('ten thousand entries at their longest, in parts of 48; a look-up reads the index and one page', () => {
    const bench = new Bench(10_000);
    const power = bench.storage.power;
    const info: IdTagInfo = { status: 'Accepted', expiryDate: '2037-12-31T23:59:59Z', parentIdTag: 'P'.repeat(20) };
    const long = (index: number) => `CARD${String(index).padStart(16, '0')}`;
    let mostWrites = 0;
    for (let index = 0; index < 10_000; index += 48) {
      const list = Array.from({ length: Math.min(48, 10_000 - index) }, (_, offset) => [long(index + offset), info] as const);
      const before = power.storageWrites + power.storageRemoves;
      expect(bench.send(index + 1, index === 0 ? 'Full' : 'Differential', list)).toBe('Accepted');
      mostWrites = Math.max(mostWrites, power.storageWrites + power.storageRemoves - before);
    }
    expect(localListCount(bench.station)).toBe(10_000);
    // 48 pages, the changes in 6 values, twice the index, and 6 values removed.
    expect(mostWrites).toBeLessThanOrEqual(48 + 6 + 2 + 6);
    for (const index of [0, 1, 4999, 9999]) {
      bench.reads.length = 0;
      expect(bench.find(long(index))?.parentIdTag).toBe('P'.repeat(20));
      expect(bench.reads).toHaveLength(2);
      expect(bench.reads.filter((key) => key.includes('/p'))).toHaveLength(1);
    }
    bench.reads.length = 0;
    expect(bench.find(long(10_000))).toBeUndefined();
    expect(bench.reads).toHaveLength(2);
    expect(bench.send(20_000, 'Differential', [['ONE MORE', 'Accepted']])).toBe('Failed');
    expect(bench.send(20_000, 'Differential', [[long(17)], ['ONE MORE', 'Accepted']])).toBe('Accepted');
    expect(bench.send(20_001, 'Full', undefined)).toBe('Accepted');
    expect([...bench.storage.content.keys()].filter((key) => key.includes('/p'))).toEqual([]);
  });

  test('the maximum of a device: 1,344 entries at their longest stay in one shelf', () => {
    const bench = new Bench(1344);
    const info: IdTagInfo = { status: 'Accepted', expiryDate: '2037-12-31T23:59:59Z', parentIdTag: 'P'.repeat(20) };
    for (let index = 0; index < 1344; index += 48) {
      const list = Array.from({ length: 48 }, (_, offset) => [`CARD${String(index + offset).padStart(16, '0')}`, info] as const);
      expect(bench.send(index + 1, index === 0 ? 'Full' : 'Differential', list)).toBe('Accepted');
    }
    const keys = [...bench.storage.content.keys()];
    expect(keys.every((key) => key.startsWith('l/'))).toBe(true);
    expect(keys.length).toBeLessThanOrEqual(113);
  });

  test('an empty list costs a look-up one read; an empty page leaves no key', () => {
    const bench = new Bench(100);
    bench.send(1, 'Full', [['A', 'Accepted']]);
    bench.send(2, 'Differential', [['A']]);
    expect([...bench.storage.content.keys()]).toEqual(['l/i']);
    bench.reads.length = 0;
    expect(bench.find('A')).toBeUndefined();
    expect(bench.reads).toEqual(['l/i']);
  });

  test('the host may come back with another capacity', () => {
    const small = new Bench(24);
    small.send(1, 'Full', numbered(0, 20));
    const large = new Bench(1200, small.storage);
    expect(large.find('TAG00007')?.status).toBe('Accepted');
    expect(large.send(2, 'Differential', numbered(20, 48))).toBe('Accepted');
    expect(large.send(3, 'Full', numbered(100, 48))).toBe('Accepted');
    expect(large.state(['TAG00007', 'TAG00107'])).toBe('3 48 - Accepted');
    const again = new Bench(24, small.storage);
    expect(again.send(4, 'Full', numbered(200, 5))).toBe('Accepted');
    expect([...small.storage.content.keys()].filter((key) => key.includes('/p')).length).toBeLessThanOrEqual(2);
  });

  test('a store that fails before the update is valid: Failed, and nothing changes', () => {
    for (const broken of ['l/u', 'l/i']) {
      const bench = new Bench(100);
      bench.send(1, 'Full', numbered(0, 48));
      bench.broken = broken;
      expect(bench.send(2, 'Differential', [['TAG00001'], ['NEW', 'Accepted']])).toBe('Failed');
      bench.broken = 'none';
      expect(bench.state(['TAG00001', 'NEW'])).toBe('1 48 Accepted -');
      expect(bench.send(2, 'Differential', [['TAG00002']])).toBe('Accepted');
      expect(bench.state(['TAG00001', 'TAG00002', 'NEW'])).toBe('2 47 Accepted - -');
    }
  });

  test.each(['Full', 'Differential'] as const)('a store that fails when the %s update is valid: look-ups see the new list', (type) => {
    const bench = new Bench(100);
    bench.send(1, 'Full', numbered(0, 48));
    bench.broken = 'l/p';
    const list: Entry[] = [...(type === 'Full' ? [] : [['TAG00001'] as const]), ['NEW', 'Accepted'], ['TAG00002', 'Blocked']];
    expect(bench.send(2, type, list)).toBe('Accepted');
    const expected = type === 'Full' ? '2 2 - Blocked - Accepted' : '2 48 - Blocked Accepted Accepted';
    const asked = ['TAG00001', 'TAG00002', 'TAG00003', 'NEW'];
    expect(bench.state(asked)).toBe(expected);
    const booted = new Bench(100, bench.storage);
    booted.broken = 'l/p';
    mountLocalList(booted.station);
    expect(booted.state(asked)).toBe(expected);
    expect(booted.send(3, 'Differential', [['LATER', 'Accepted']])).toBe('Failed');
    booted.broken = 'none';
    expect(booted.send(3, 'Differential', [['LATER', 'Accepted']])).toBe('Accepted');
    expect(booted.state(['TAG00002', 'LATER'])).toBe(type === 'Full' ? '3 3 Blocked Accepted' : '3 49 Blocked Accepted');
  });

  test('an index or an update that cannot be read leaves an empty list, and a Full update works again', () => {
    const bench = new Bench(100);
    bench.send(1, 'Full', numbered(0, 48));
    bench.storage.content.set('l/i', '9,what,ever');
    expect(bench.state(['TAG00001'])).toBe('0 0 -');
    expect(bench.send(1, 'Full', [['A', 'Accepted']])).toBe('Accepted');
    expect(bench.state(['A', 'TAG00001'])).toBe('1 1 Accepted -');
    bench.storage.content.set('l/i', '1,2,2,9,d1,9');
    mountLocalList(bench.station);
    expect(bench.state(['A'])).toBe('0 0 -');
    expect(bench.send(1, 'Differential', [['B', 'Accepted']])).toBe('Accepted');
    expect(bench.state(['A', 'B'])).toBe('1 1 - Accepted');
  });
});

describe('power cuts', () => {
  const changes: Entry[] = [...numbered(40, 20, 'Blocked'), ['TAG00000'], ['TAG00001'], ...numbered(500, 30)];
  const asked = ['TAG00000', 'TAG00001', 'TAG00002', 'TAG00040', 'TAG00050', 'TAG00500', 'TAG00529'];
  const updates: readonly [name: string, type: 'Full' | 'Differential', list: readonly Entry[] | undefined][] = [
    ['Differential', 'Differential', changes],
    ['Full', 'Full', changes.filter(([, info]) => info !== undefined)],
    ['clearing', 'Full', undefined],
    ['deleting the last', 'Differential', numbered(0, 48).map(([idTag]) => [idTag] as const)],
  ];
  const prepared = () => {
    const bench = new Bench(200);
    expect(bench.send(1, 'Full', numbered(0, 48))).toBe('Accepted');
    return bench;
  };
  test.each(updates)('%s: the old list or the new one, whole', (_name, type, list) => {
    const uncut = prepared();
    const { power } = uncut.storage;
    const old = uncut.state(asked);
    const start = power.writes;
    expect(uncut.send(2, type, list)).toBe('Accepted');
    const done = uncut.state(asked);
    const writes = power.writes - start;
    const pages = new Map(uncut.storage.content);
    expect(writes).toBeGreaterThan(5);
    for (const tear of tears) {
      for (let at = 1; at <= writes; at++) {
        for (let second = 0; second <= 12; second += 4) {
          const bench = prepared();
          bench.storage.power.cutAt(at, tear);
          expect(() => {
            bench.send(2, type, list);
            bench.storage.power.checkOn();
          }).toThrow(PowerCut);
          bench.storage.power.on();
          const booted = new Bench(200, bench.storage);
          // The boot itself may be cut, too.
          if (second > 0) booted.storage.power.cutAt(second, tear);
          mountLocalList(booted.station);
          booted.storage.power.on();
          booted.storage.power.cutAt(0, tear);
          const again = new Bench(200, bench.storage);
          mountLocalList(again.station);
          const state = again.state(asked);
          expect([old, done]).toContain(state);
          if (state === done) expect(bench.storage.content).toEqual(pages);
          expect(again.send(3, 'Differential', [['AFTER', 'Accepted']])).toBe('Accepted');
          expect(again.state(asked).split(' ').slice(2)).toEqual(state.split(' ').slice(2));
          expect([...bench.storage.content.keys()].filter((key) => key.startsWith('l/u'))).toEqual([]);
        }
      }
    }
  });
});

describe('stories', () => {
  const keys = { AuthorizationCacheEnabled: 'true', LocalPreAuthorize: 'true' };
  const booted = (options: WorldOptions = {}) => {
    const world = new World({ ...options, keys: { ...keys, ...options.keys } });
    world.boot();
    return world;
  };
  const send = (world: World, listVersion: number, list: readonly Entry[], updateType = 'Full') =>
    world.request('SendLocalList', { listVersion, updateType, localAuthorizationList: entriesOf(list) });

  test('a central system keeps the list up to date in parts', () => {
    const world = booted();
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: 0 });
    expect(send(world, 1, numbered(0, 48)).payload).toEqual({ status: 'Accepted' });
    expect(send(world, 2, numbered(48, 48), 'Differential').payload).toEqual({ status: 'Accepted' });
    expect(send(world, 2, numbered(96, 1), 'Differential').payload).toEqual({ status: 'VersionMismatch' });
    expect(send(world, 3, numbered(96, 5), 'Differential').payload).toEqual({ status: 'Failed' });
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: 2 });
    expect(send(world, 4, numbered(0, 49)).error).toBe('OccurenceConstraintViolation');
    world.reboot();
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: 2 });
    world.charge(1, 'tag00095');
    expect(world.sent('Authorize')).toEqual([]);
    expect(world.transactions).toHaveLength(1);
  });

  test('the list comes before the cache, and what is listed does not enter the cache', () => {
    const world = booted();
    world.charge(1, 'A');
    world.tag('A', [1]);
    world.unplug(1);
    expect(world.sent('Authorize')).toHaveLength(1);
    send(world, 1, [
      ['A', 'Blocked'],
      ['B', 'Accepted'],
    ]);
    world.offline();
    world.charge(1, 'A');
    expect(world.called('provideToken')).toHaveLength(1);
    world.online();
    world.advance(60_000);
    world.csms.idTags.set('B', { status: 'Accepted', parentIdTag: 'P' });
    world.unplug(1);
    world.charge(1, 'B');
    expect(world.transactions).toHaveLength(2);
    world.tag('B', [1]);
    world.unplug(1);
    expect(world.storage.keys('l').filter((key) => key.startsWith('l/c') && world.storage.read(key)?.includes('|b,'))).toEqual([]);
  });

  const conflicts: readonly [listed: IdTagInfo, told: IdTagInfo['status'], conflict: boolean][] = [
    [{ status: 'Accepted' }, 'Accepted', false],
    [{ status: 'Accepted' }, 'ConcurrentTx', false],
    [{ status: 'ConcurrentTx' }, 'Accepted', false],
    [{ status: 'Blocked' }, 'Blocked', false],
    [{ status: 'Accepted', expiryDate: '2024-12-31T00:00:00Z' }, 'Expired', false],
    [{ status: 'Accepted', expiryDate: '2024-12-31T00:00:00Z' }, 'Accepted', true],
    [{ status: 'Accepted' }, 'Blocked', true],
    [{ status: 'Invalid' }, 'Accepted', true],
    [{ status: 'Blocked' }, 'Invalid', true],
  ];
  test.each(conflicts)('%j in the list, %s in Authorize.conf: conflict %s', (listed, told, conflict) => {
    const world = booted({ keys: { LocalPreAuthorize: 'false' } });
    send(world, 1, [['A', listed]]);
    world.csms.idTags.set('a', { status: told });
    world.charge(1, 'a');
    expect(world.sent('Authorize')).toHaveLength(1);
    const sent = world.sent('StatusNotification').filter(({ errorCode }) => errorCode === 'LocalListConflict');
    expect(sent.length > 0).toBe(conflict);
    for (const notification of sent) expect(notification).toMatchObject({ connectorId: 0, status: 'Available' });
  });

  test('an expired entry is refused offline, also with AllowOfflineTxForUnknownId, and asked for online', () => {
    const world = booted({ keys: { AllowOfflineTxForUnknownId: 'true' } });
    send(world, 1, [
      ['OLD', { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' }],
      ['NEW', { status: 'Accepted', expiryDate: '2025-01-02T00:00:00Z' }],
    ]);
    world.advance(11 * 60_000);
    world.offline();
    world.charge(1, 'OLD');
    expect(world.called('provideToken')).toHaveLength(0);
    world.charge(2, 'NEW');
    expect(world.called('provideToken')).toHaveLength(1);
    world.reconnect();
    world.unplug(1);
    world.charge(1, 'OLD');
    expect(world.sent('Authorize')).toEqual([{ idTag: 'OLD' }]);
  });

  test('switched off by LocalAuthListEnabled: -1, NotSupported, and nobody is found in it', () => {
    const world = booted();
    send(world, 1, [['A', 'Accepted']]);
    world.configure('LocalAuthListEnabled', 'false');
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: -1 });
    expect(send(world, 2, [['A', 'Accepted']]).payload).toEqual({ status: 'NotSupported' });
    world.charge(1, 'A');
    expect(world.sent('Authorize')).toEqual([{ idTag: 'A' }]);
    world.configure('LocalAuthListEnabled', 'true');
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: 1 });
  });

  test('without the profile: -1, NotSupported, and the keys are unknown', () => {
    const world = booted({ keys: { SupportedFeatureProfiles: 'Core,Reservation' } });
    expect(world.request('GetLocalListVersion').payload).toEqual({ listVersion: -1 });
    expect(send(world, 1, [['A', 'Accepted']]).payload).toEqual({ status: 'NotSupported' });
    expect(world.request('ChangeConfiguration', { key: 'LocalAuthListEnabled', value: 'true' }).payload).toEqual({
      status: 'NotSupported',
    });
    expect(world.request('GetConfiguration', { key: ['SendLocalListMaxLength'] }).payload).toEqual({
      unknownKey: ['SendLocalListMaxLength'],
    });
  });
});
