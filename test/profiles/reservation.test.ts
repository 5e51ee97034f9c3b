/** Reservation: answers as rows, who may use a reserved connector, how a reservation ends, and power cuts at every write. */

import { describe, expect, test } from 'vitest';
import { PowerCut, tears } from '../flash.ts';
import { World, type WorldOptions } from '../world.ts';

const callbacks = ['reserveNow', 'cancelReservation'];
const hour = 3_600_000;

function booted(options: WorldOptions = {}): World {
  const world = new World({ also: callbacks, ...options });
  world.wallbox.always('reserveNow', { value: 'Accepted' });
  world.boot();
  return world;
}

interface Wish {
  readonly id?: number;
  readonly connector?: number;
  readonly idTag?: string;
  readonly parent?: string;
  readonly until?: string;
}

function reserve(world: World, { id = 7, connector = 1, idTag = 'OWNER', parent, until = '2025-01-01T02:00:00Z' }: Wish = {}): unknown {
  const asked = world.request('ReserveNow', {
    connectorId: connector,
    expiryDate: until,
    idTag,
    reservationId: id,
    ...(parent === undefined ? {} : { parentIdTag: parent }),
  });
  return asked.payload?.['status'] ?? asked.error;
}

function cancel(world: World, reservationId = 7): unknown {
  const asked = world.request('CancelReservation', { reservationId });
  return asked.payload?.['status'] ?? asked.error;
}

function remoteStart(world: World, idTag: string, connectorId?: number): unknown {
  return world.request('RemoteStartTransaction', { idTag, ...(connectorId === undefined ? {} : { connectorId }) }).payload?.['status'];
}

/** What became of each reservation, in order. */
function news(world: World): string[] {
  const list: string[] = [];
  for (const event of world.events) if (event.event === 'reservation') list.push(`${event.id}@${event.connector} ${event.state}`);
  return list;
}

function last(world: World, connector: number): string | undefined {
  return world.statuses(connector).at(-1);
}

function stored(world: World): number {
  return world.storage.keys('r').length;
}

describe('what ReserveNow is answered', () => {
  const rows: readonly [name: string, options: WorldOptions, before: (world: World) => void, wish: Wish, status: string][] = [
    ['a free connector', {}, () => {}, {}, 'Accepted'],
    ['id 0', {}, () => {}, { id: 0 }, 'Accepted'],
    ['a negative id', {}, () => {}, { id: -2_147_483_648 }, 'Accepted'],
    ['a connector above N', {}, () => {}, { connector: 3 }, 'Rejected'],
    ['a negative connector', {}, () => {}, { connector: -1 }, 'Rejected'],
    ['an expiryDate in the past', {}, () => {}, { until: '2024-12-31T23:59:59Z' }, 'Rejected'],
    ['connector 0', {}, () => {}, { connector: 0 }, 'Accepted'],
    ['connector 0 without support', { keys: { ReserveConnectorZeroSupported: 'false' } }, () => {}, { connector: 0 }, 'Rejected'],
    ['a faulted connector', {}, (world) => world.fault(1, 'GroundFailure'), {}, 'Faulted'],
    ['a faulted station', {}, (world) => world.fault(0, 'GroundFailure'), {}, 'Faulted'],
    [
      'an inoperative connector',
      {},
      (world) => world.request('ChangeAvailability', { connectorId: 1, type: 'Inoperative' }),
      {},
      'Unavailable',
    ],
    [
      'an inoperative station',
      {},
      (world) => world.request('ChangeAvailability', { connectorId: 0, type: 'Inoperative' }),
      { connector: 0 },
      'Unavailable',
    ],
    ['a plugged connector', {}, (world) => world.plug(1), {}, 'Occupied'],
    ['a connector that charges', {}, (world) => world.charge(1, 'A'), {}, 'Occupied'],
    ['a connector that an authorized card waits for', {}, (world) => world.tag('A', [1]), {}, 'Occupied'],
    ['a reserved connector', {}, (world) => reserve(world, { id: 6 }), {}, 'Occupied'],
    ['the same id', {}, (world) => reserve(world, { idTag: 'OTHER' }), {}, 'Accepted'],
    ['the same id with the cable in', {}, (world) => [reserve(world, { idTag: 'OTHER' }), world.plug(1)], {}, 'Accepted'],
    ['the same id while its owner is about to begin', {}, (world) => [reserve(world), world.tag('OWNER', [1])], {}, 'Occupied'],
    ['the same id at another connector with a cable in', {}, (world) => [reserve(world, { connector: 2 }), world.plug(1)], {}, 'Occupied'],
    [
      'the same id of any connector with the cable in',
      { connectors: 1 },
      (world) => [reserve(world, { connector: 0 }), world.plug(1)],
      { connector: 0 },
      'Accepted',
    ],
    [
      'a connector for which a card is being asked about',
      {},
      (world) => [world.csms.next('Authorize', { after: 10 }), world.tag('A', [1])],
      {},
      'Occupied',
    ],
    [
      'the other connector while one of any is promised',
      {},
      (world) => reserve(world, { id: 6, connector: 0 }),
      { connector: 2 },
      'Accepted',
    ],
    [
      'the last connector while one of any is promised',
      {},
      (world) => [world.charge(1, 'A'), reserve(world, { id: 6, connector: 0 })],
      { connector: 2 },
      'Occupied',
    ],
    ['any connector while all are in use', {}, (world) => [world.charge(1, 'A'), world.charge(2, 'B')], { connector: 0 }, 'Occupied'],
    [
      'any connector while all are promised',
      {},
      (world) => [reserve(world, { id: 5, connector: 0 }), reserve(world, { id: 6, connector: 0 })],
      { connector: 0 },
      'Occupied',
    ],
    [
      'any connector while all are faulted',
      {},
      (world) => [world.fault(1, 'GroundFailure'), world.fault(2, 'GroundFailure')],
      { connector: 0 },
      'Faulted',
    ],
    [
      'any connector, one faulted and one unavailable',
      {},
      (world) => [world.fault(1, 'GroundFailure'), world.input('onDisabled', 2)],
      { connector: 0 },
      'Unavailable',
    ],
    ['the wallbox says Occupied', {}, (world) => world.wallbox.next('reserveNow', { value: 'Occupied' }), {}, 'Occupied'],
    ['the wallbox fails', {}, (world) => world.wallbox.next('reserveNow', { throws: 'no' }), {}, 'Rejected'],
    ['without the callback', { also: [] }, () => {}, {}, 'Rejected'],
    ['without the profile', { keys: { SupportedFeatureProfiles: 'Core' } }, () => {}, {}, 'Rejected'],
  ];
  test.each(rows)('%s', (_name, options, before, wish, status) => {
    const world = booted(options);
    before(world);
    const keys = stored(world);
    expect(reserve(world, wish)).toBe(status);
    expect(stored(world)).toBe(status === 'Accepted' && !_name.startsWith('the same id') ? keys + 1 : keys);
  });

  test('the wallbox hears what is asked, after the core has looked', () => {
    const world = booted();
    reserve(world, { parent: 'FLEET', until: '2025-01-01T02:00:00+01:00' });
    reserve(world, { id: 8, connector: 9 });
    expect(world.called('reserveNow')).toEqual([[7, 1, Date.UTC(2025, 0, 1, 1), 'OWNER', 'FLEET']]);
    expect(world.statuses(1)).toEqual(['Available', 'Reserved']);
  });

  test('what happens while the wallbox thinks counts', () => {
    const world = booted();
    world.wallbox.next('reserveNow', { value: 'Accepted', after: 5 });
    const asked = world.request('ReserveNow', { connectorId: 1, expiryDate: '2025-01-01T02:00:00Z', idTag: 'OWNER', reservationId: 7 });
    world.plug(1);
    world.advance(6000);
    expect(asked.payload).toEqual({ status: 'Occupied' });
    expect(world.called('cancelReservation')).toEqual([[7]]);
    expect(stored(world)).toBe(0);
  });

  test('CancelReservation of a profile that is off is refused', () => {
    expect(cancel(booted({ also: [] }))).toBe('NotSupported');
  });
});

describe('use', () => {
  test('plugging in keeps it Reserved; the right card starts, and its id goes into StartTransaction', () => {
    const world = booted();
    reserve(world);
    world.plug(1);
    expect(last(world, 1)).toBe('Reserved');
    world.tag('STRANGER', [1]);
    world.advance(120_000);
    expect(last(world, 1)).toBe('Reserved');
    expect(world.sent('Authorize')).toEqual([]);
    world.tag('owner', [1]);
    expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Preparing', 'Charging']);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 1, idTag: 'owner', reservationId: 7 });
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Used']);
    expect(stored(world)).toBe(0);
    expect(world.called('cancelReservation')).toEqual([]);
  });

  test('the card first: Preparing at the reserved connector, whatever else is free', () => {
    const world = booted();
    reserve(world, { connector: 2 });
    world.tag('OWNER');
    expect(world.statuses(2)).toEqual(['Available', 'Reserved', 'Preparing']);
    expect(world.statuses(1)).toEqual(['Available']);
    world.plug(2);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 2, reservationId: 7 });
  });

  test('by RemoteStart', () => {
    const world = booted();
    reserve(world);
    expect(remoteStart(world, 'OWNER', 1)).toBe('Accepted');
    world.plug(1);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 1, reservationId: 7 });
  });

  test('at another connector it goes with its owner', () => {
    const world = booted();
    reserve(world);
    world.charge(2, 'OWNER');
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 2, reservationId: 7 });
    expect(last(world, 1)).toBe('Available');
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Used']);
  });

  test('id 0 goes into StartTransaction, too', () => {
    const world = booted();
    reserve(world, { id: 0 });
    world.charge(1, 'OWNER');
    expect(world.transactions[0]?.start).toMatchObject({ reservationId: 0 });
    expect(stored(world)).toBe(0);
  });

  const starts: readonly [name: string, wish: Wish, start: (world: World) => void][] = [
    ['its own connector', {}, (world) => world.tag('OWNER', [1])],
    ['another connector', {}, (world) => world.tag('OWNER', [2])],
    ['any connector', { connector: 0 }, (world) => world.tag('OWNER', [1])],
    ['the parent', { parent: 'FLEET' }, (world) => world.tag('COUSIN', [1])],
    ['a remote start', {}, (world) => remoteStart(world, 'OWNER', 1)],
    ['a remote start of the family', { parent: 'FLEET' }, (world) => remoteStart(world, 'COUSIN', 1)],
  ];
  test.each(starts)('through %s, and nobody plugs in: as it was; then it is used', (_name, wish, start) => {
    const world = booted();
    world.csms.idTags.set('COUSIN', { status: 'Accepted', parentIdTag: 'FLEET' });
    reserve(world, wish);
    start(world);
    world.advance(61_000);
    expect(news(world)).toHaveLength(1);
    expect(stored(world)).toBe(1);
    expect(last(world, 1)).toBe(wish.connector === 0 ? 'Available' : 'Reserved');
    start(world);
    world.plug(1);
    if (world.transactions.length === 0) world.plug(2);
    expect(world.transactions[0]?.start).toMatchObject({ reservationId: 7 });
    expect(news(world)).toEqual([`7@${wish.connector ?? 1} Reserved`, `7@${wish.connector ?? 1} Used`]);
    expect(stored(world)).toBe(0);
  });

  test('while its owner is about to begin with it, one of any connector holds no second one, and opens none', () => {
    const world = booted();
    reserve(world, { connector: 0, parent: 'FLEET' });
    world.csms.idTags.set('COUSIN', { status: 'Accepted', parentIdTag: 'FLEET' });
    world.tag('OWNER', [1]);
    expect(last(world, 1)).toBe('Preparing');
    expect(last(world, 2)).toBe('Available');
    reserve(world, { id: 8, connector: 2, idTag: 'OTHER' });
    world.charge(2, 'COUSIN');
    expect(world.transactions).toHaveLength(0);
    world.plug(1);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 1, reservationId: 7 });
  });

  test.each([
    ['expires', (world: World) => world.advance(20_000)],
    ['is cancelled', (world: World) => cancel(world)],
  ])('one that %s between the card and the plug is not told with the start', (_name, end) => {
    const world = booted();
    reserve(world, { until: '2025-01-01T00:00:20Z' });
    world.tag('OWNER', [1]);
    end(world);
    world.plug(1);
    world.advance(1000);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 1, idTag: 'OWNER' });
    expect(world.transactions[0]?.start.reservationId).toBeUndefined();
  });

  test('a refused card leaves it as it was', () => {
    const world = booted();
    reserve(world);
    world.csms.idTags.set('OWNER', { status: 'Blocked' });
    world.charge(1, 'OWNER');
    expect(world.transactions).toHaveLength(0);
    expect(last(world, 1)).toBe('Reserved');
    expect(stored(world)).toBe(1);
  });

  test('a stranger is not asked about and starts elsewhere', () => {
    const world = booted();
    reserve(world);
    world.plug(1);
    world.tag('STRANGER');
    world.plug(2);
    expect(world.transactions).toHaveLength(1);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 2, idTag: 'STRANGER' });
    expect(world.transactions[0]?.start.reservationId).toBeUndefined();
  });
});

describe('parentIdTag', () => {
  const family = { status: 'Accepted', parentIdTag: 'fleet' };

  test('Authorize tells the parent of a foreign card: it starts only when it matches', () => {
    const world = booted();
    reserve(world, { parent: 'FLEET' });
    world.csms.idTags.set('COUSIN', family);
    world.csms.idTags.set('OTHER', { status: 'Accepted', parentIdTag: 'ELSE' });
    world.plug(1);
    for (const idTag of ['OTHER', 'ALONE', 'FLEET']) world.tag(idTag, [1]);
    expect(world.sent('Authorize').map(({ idTag }) => idTag)).toEqual(['OTHER', 'ALONE', 'FLEET']);
    expect(last(world, 1)).toBe('Reserved');
    world.tag('COUSIN', [1]);
    expect(world.transactions[0]?.start).toMatchObject({ idTag: 'COUSIN', reservationId: 7 });
  });

  test('list and cache are looked up first', () => {
    const world = booted({ keys: { LocalPreAuthorize: 'true' } });
    const info = (parentIdTag?: string) => ({ status: 'Accepted', ...(parentIdTag === undefined ? {} : { parentIdTag }) });
    world.request('SendLocalList', {
      listVersion: 1,
      updateType: 'Full',
      localAuthorizationList: [
        { idTag: 'COUSIN', idTagInfo: info('Fleet') },
        { idTag: 'OTHER', idTagInfo: info('ELSE') },
        { idTag: 'ORPHAN', idTagInfo: info() },
      ],
    });
    reserve(world, { parent: 'FLEET' });
    world.plug(1);
    world.tag('OTHER', [1]);
    expect(world.sent('Authorize')).toEqual([]);
    world.csms.idTags.set('ORPHAN', { status: 'Accepted' });
    world.tag('ORPHAN', [1]);
    expect(world.sent('Authorize')).toEqual([{ idTag: 'ORPHAN' }]);
    expect(world.transactions).toHaveLength(0);
    world.offline();
    world.tag('COUSIN', [1]);
    world.reconnect();
    expect(world.transactions[0]?.start).toMatchObject({ idTag: 'COUSIN', reservationId: 7 });
  });

  const remote: readonly [
    name: string,
    parent: string | undefined,
    known: string | undefined,
    told: string | undefined,
    status: string,
    starts: boolean,
  ][] = [
    ['no parent is reserved', undefined, undefined, 'FLEET', 'Rejected', false],
    ['the parent is known not to match', 'FLEET', 'ELSE', undefined, 'Rejected', false],
    ['the parent is known to match', 'FLEET', 'FLEET', 'FLEET', 'Accepted', true],
    ['Authorize tells a parent that matches', 'FLEET', undefined, 'FLEET', 'Accepted', true],
    ['Authorize tells another parent', 'FLEET', undefined, 'ELSE', 'Accepted', false],
    ['Authorize tells none', 'FLEET', undefined, undefined, 'Accepted', false],
  ];
  test.each(remote)('RemoteStart by another idTag without AuthorizeRemoteTxRequests: %s', (_name, parent, known, told, status, starts) => {
    const world = booted({ keys: { AuthorizeRemoteTxRequests: 'false' } });
    if (known !== undefined) {
      const idTagInfo = { status: 'Accepted', parentIdTag: known };
      world.request('SendLocalList', { listVersion: 1, updateType: 'Full', localAuthorizationList: [{ idTag: 'COUSIN', idTagInfo }] });
    }
    world.csms.idTags.set('COUSIN', { status: 'Accepted', ...(told === undefined ? {} : { parentIdTag: told }) });
    reserve(world, parent === undefined ? {} : { parent });
    expect(remoteStart(world, 'COUSIN', 1)).toBe(status);
    expect(world.sent('Authorize')).toHaveLength(status === 'Accepted' ? 1 : 0);
    world.plug(1);
    expect(world.transactions.map(({ start }) => start.reservationId)).toEqual(starts ? [7] : []);
    expect(last(world, 1)).toBe(starts ? 'Charging' : 'Reserved');
  });

  test('what ends during Authorize no longer counts', () => {
    const world = booted();
    reserve(world, { parent: 'FLEET' });
    world.plug(1);
    world.csms.next('Authorize', { after: 10 });
    world.tag('ALONE', [1]);
    cancel(world);
    world.advance(11_000);
    expect(world.transactions[0]?.start).toMatchObject({ idTag: 'ALONE' });
    expect(world.transactions[0]?.start.reservationId).toBeUndefined();
  });

  test('nor does one that expires, nor one whose connector became inoperative', () => {
    const world = booted();
    reserve(world, { parent: 'FLEET', until: '2025-01-01T00:00:05Z' });
    world.csms.next('Authorize', { after: 10 });
    remoteStart(world, 'ALONE', 1);
    world.advance(11_000);
    world.plug(1);
    expect(world.transactions).toHaveLength(1);
    reserve(world, { connector: 2, parent: 'FLEET' });
    world.csms.next('Authorize', { after: 10 });
    remoteStart(world, 'OWNER', 2);
    world.request('ChangeAvailability', { connectorId: 2, type: 'Inoperative' });
    world.advance(11_000);
    expect(last(world, 2)).toBe('Unavailable');
    world.plug(2);
    expect(world.transactions).toHaveLength(1);
  });
});

describe('end', () => {
  test('cancellation', () => {
    const world = booted();
    reserve(world);
    expect(cancel(world, 8)).toBe('Rejected');
    expect(cancel(world)).toBe('Accepted');
    expect(cancel(world)).toBe('Rejected');
    expect(world.statuses(1)).toEqual(['Available', 'Reserved', 'Available']);
    expect(world.called('cancelReservation')).toEqual([[7]]);
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Cancelled']);
    expect(stored(world)).toBe(0);
  });

  test('expiry, to the second', () => {
    const world = booted();
    reserve(world, { until: '2025-01-01T01:00:00Z' });
    world.advance(hour - 1);
    expect(last(world, 1)).toBe('Reserved');
    world.advance(1);
    expect(last(world, 1)).toBe('Available');
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Expired']);
    expect(world.called('cancelReservation')).toEqual([[7]]);
    world.charge(1, 'STRANGER');
    expect(world.transactions).toHaveLength(1);
  });

  test('each of several at its time, the clock set forth and back', () => {
    const world = booted({ connectors: 3 });
    reserve(world, { id: 1, connector: 1, until: '2025-01-01T03:00:00Z' });
    reserve(world, { id: 2, connector: 2, until: '2025-01-01T01:30:00Z' });
    reserve(world, { id: 3, connector: 3, until: '2025-01-01T01:10:00Z' });
    world.csms.clockOffset = hour;
    world.advance(15 * 60_000);
    expect(news(world).slice(3)).toEqual(['3@3 Expired']);
    world.csms.clockOffset = 0;
    world.advance(40 * 60_000);
    expect(news(world).slice(3)).toEqual(['3@3 Expired']);
    world.advance(40 * 60_000);
    expect(news(world).slice(3)).toEqual(['3@3 Expired', '2@2 Expired']);
  });

  test('a cable that waited is Preparing from the end on, and times out', () => {
    const world = booted();
    reserve(world, { until: '2025-01-01T01:00:00Z' });
    world.plug(1);
    world.advance(hour);
    expect(last(world, 1)).toBe('Preparing');
    world.advance(61_000);
    expect(last(world, 1)).toBe('Finishing');
  });

  const causes: readonly [name: string, cause: (world: World) => void, end: string][] = [
    ['the connector faults', (world) => world.fault(1, 'GroundFailure'), 'Faulted'],
    ['the station faults', (world) => world.fault(0, 'GroundFailure'), 'Faulted'],
    [
      'the connector becomes inoperative',
      (world) => world.request('ChangeAvailability', { connectorId: 1, type: 'Inoperative' }),
      'Unavailable',
    ],
    [
      'the station becomes inoperative',
      (world) => world.request('ChangeAvailability', { connectorId: 0, type: 'Inoperative' }),
      'Unavailable',
    ],
    ['the wallbox takes it out of service', (world) => world.input('onDisabled', 1), 'Unavailable'],
  ];
  test.each(causes)('%s', (_name, cause, end) => {
    const world = booted();
    reserve(world);
    cause(world);
    expect(news(world)).toEqual(['7@1 Reserved', `7@1 ${end}`]);
    expect(stored(world)).toBe(0);
    expect(world.called('cancelReservation')).toEqual([[7]]);
    world.input('onAllErrorsCleared', 0);
    world.input('onAllErrorsCleared', 1);
    world.input('onEnabled', 1);
    world.request('ChangeAvailability', { connectorId: 0, type: 'Operative' });
    expect(last(world, 1)).toBe('Available');
  });

  test('the same id replaces: another connector, another idTag, another expiry', () => {
    const world = booted();
    reserve(world);
    expect(reserve(world, { connector: 2, idTag: 'HEIR', until: '2025-01-01T03:00:00Z' })).toBe('Accepted');
    expect([last(world, 1), last(world, 2)]).toEqual(['Available', 'Reserved']);
    expect(stored(world)).toBe(1);
    world.plug(2);
    world.tag('OWNER', [2]);
    expect(world.transactions).toHaveLength(0);
    world.tag('HEIR', [2]);
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 2, reservationId: 7 });
  });

  test('a replacement that is refused leaves the old one', () => {
    const world = booted();
    reserve(world);
    world.wallbox.next('reserveNow', { value: 'Rejected' });
    expect(reserve(world, { idTag: 'HEIR' })).toBe('Rejected');
    world.charge(1, 'OWNER');
    expect(world.transactions[0]?.start).toMatchObject({ reservationId: 7 });
  });
});

describe('any connector', () => {
  test('when as many connectors are free as are promised, they show Reserved', () => {
    const world = booted({ connectors: 3 });
    reserve(world, { connector: 0 });
    expect([1, 2, 3].map((id) => last(world, id))).toEqual(['Available', 'Available', 'Available']);
    world.charge(1, 'A');
    world.charge(2, 'B');
    expect(last(world, 3)).toBe('Reserved');
    expect(world.statuses(0)).toEqual(['Available']);
    world.plug(3);
    world.tag('STRANGER', [3]);
    expect(world.transactions).toHaveLength(2);
    expect(last(world, 3)).toBe('Reserved');
    world.tag('B', [2]);
    world.unplug(2);
    expect([last(world, 2), last(world, 3)]).toEqual(['Reserved', 'Preparing']);
    world.tag('STRANGER', [3]);
    expect(world.transactions).toHaveLength(3);
    world.charge(2, 'OWNER');
    expect(world.transactions[3]?.start).toMatchObject({ connectorId: 2, reservationId: 7 });
    expect(stored(world)).toBe(0);
  });

  test('two promises on two connectors', () => {
    const world = booted();
    reserve(world, { id: 1, connector: 0, idTag: 'X' });
    expect(last(world, 1)).toBe('Available');
    reserve(world, { id: 2, connector: 0, idTag: 'Y' });
    expect([last(world, 1), last(world, 2)]).toEqual(['Reserved', 'Reserved']);
    world.charge(1, 'Y');
    expect(world.transactions[0]?.start.reservationId).toBe(2);
    expect(last(world, 2)).toBe('Reserved');
    expect(remoteStart(world, 'Z', 2)).toBe('Rejected');
    expect(remoteStart(world, 'X')).toBe('Accepted');
    world.plug(2);
    expect(world.transactions[1]?.start.reservationId).toBe(1);
  });

  test('one of any and one of a connector side by side', () => {
    const world = booted();
    reserve(world, { id: 1, connector: 0, idTag: 'X' });
    reserve(world, { id: 2, connector: 1, idTag: 'Y' });
    expect([last(world, 1), last(world, 2)]).toEqual(['Reserved', 'Reserved']);
    world.charge(1, 'X');
    expect(world.transactions).toHaveLength(0);
    world.charge(2, 'X');
    expect(world.transactions[0]?.start).toMatchObject({ connectorId: 2, reservationId: 1 });
    world.unplug(1);
    world.charge(1, 'Y');
    expect(world.transactions[1]?.start).toMatchObject({ connectorId: 1, reservationId: 2 });
  });

  test('one that expires frees the connector it held', () => {
    const world = booted({ connectors: 1 });
    reserve(world, { connector: 0, until: '2025-01-01T00:30:00Z' });
    expect(last(world, 1)).toBe('Reserved');
    world.advance(hour / 2);
    expect(last(world, 1)).toBe('Available');
  });
});

describe('over a boot', () => {
  test('it holds, and expires in time', () => {
    const world = booted();
    reserve(world, { parent: 'FLEET', until: '2025-01-01T01:00:00Z' });
    world.reboot();
    world.advance(60_000);
    expect(last(world, 1)).toBe('Reserved');
    world.charge(1, 'STRANGER');
    expect(world.transactions).toHaveLength(0);
    world.advance(hour);
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Expired']);
    expect(last(world, 1)).not.toBe('Reserved');
  });

  test.each([[true], [false]])('without network it expires by the clock chip (%s) or by the lower bound of the time', (rtc) => {
    const world = booted({ rtc, keys: { LocalAuthorizeOffline: 'true', AllowOfflineTxForUnknownId: 'true' } });
    world.charge(2, 'A');
    world.tag('A');
    world.unplug(2);
    world.advance(60_000);
    reserve(world, { until: '2025-01-01T01:00:00Z' });
    world.network = 'down';
    world.reboot();
    world.charge(1, 'STRANGER');
    expect(world.called('provideToken')).toHaveLength(1);
    world.unplug(1);
    world.advance(hour);
    expect(news(world)).toEqual(['7@1 Reserved', '7@1 Expired']);
    expect(stored(world)).toBe(0);
    world.charge(1, 'STRANGER');
    expect(world.called('provideToken')).toHaveLength(2);
  });

  test('a reservation that had expired before the boot is not accepted again either', () => {
    const world = booted();
    world.charge(2, 'A');
    world.tag('A');
    world.unplug(2);
    world.advance(2 * hour);
    world.charge(2, 'B');
    world.tag('B');
    world.unplug(2);
    world.advance(60_000);
    world.csms.always('BootNotification', { silent: true });
    world.reboot();
    world.advance(60_000);
    expect(reserve(world, { until: '2025-01-01T01:00:00Z' })).toBe('Rejected');
  });

  test('the power is cut between the start of its transaction and its end: it is used', () => {
    const world = booted();
    reserve(world);
    world.plug(1);
    world.wallbox.next('provideToken', {});
    world.tag('OWNER', [1]);
    const key = world.storage.keys('r')[0] as string;
    const kept = world.storage.content.get(key) as string;
    world.network = 'down';
    world.csms.onGone();
    world.wallbox.begin(1, 'OWNER');
    world.cut();
    world.storage.content.set(key, kept);
    world.advance(1000);
    world.boot(false);
    expect(stored(world)).toBe(0);
  });

  test('one for any connector holds again what it needs', () => {
    const world = booted({ connectors: 1 });
    reserve(world, { connector: 0 });
    world.plug(1);
    world.reboot();
    world.advance(60_000);
    expect(last(world, 1)).toBe('Reserved');
    world.tag('STRANGER', [1]);
    expect(world.transactions).toHaveLength(0);
    world.tag('OWNER', [1]);
    expect(world.transactions).toHaveLength(1);
  });

  test('a stored value that cannot be read is reported and stops nothing', () => {
    const world = booted();
    reserve(world);
    world.storage.content.set('r/1', '[2,1]');
    world.storage.content.set('r/2', '{');
    world.storage.content.set('r/3', '[1,9,8,99999999999999,"X",""]');
    world.reboot();
    world.advance(60_000);
    expect(last(world, 1)).toBe('Reserved');
    expect(world.logs.filter((line) => line.includes('stored reservation'))).toHaveLength(3);
  });
});

describe('firmware authorization', () => {
  const options: WorldOptions = { also: [...callbacks, 'isTokenReservedForConnector'], options: { authorization: 'firmware' } };

  test('the wallbox keeps reservations: nothing is stored, and it shows Reserved when it says so', () => {
    const world = booted(options);
    expect(reserve(world, { parent: 'FLEET' })).toBe('Accepted');
    expect(stored(world)).toBe(0);
    expect(world.statuses(1)).toEqual(['Available']);
    world.input('onReservationStart', 1);
    expect(last(world, 1)).toBe('Reserved');
    world.wallbox.next('cancelReservation', { value: false }, { value: true }, { throws: 'no' });
    expect([cancel(world), cancel(world, 8), cancel(world, 9)]).toEqual(['Rejected', 'Accepted', 'Rejected']);
    expect(world.called('cancelReservation')).toEqual([[7], [8], [9]]);
    world.input('onReservationEnd', 1);
    expect(last(world, 1)).toBe('Available');
    world.fault(1, 'GroundFailure');
    expect(reserve(world)).toBe('Faulted');
  });

  test.each([
    ['NotReserved', 'Accepted'],
    ['ReservedForToken', 'Accepted'],
    ['ReservedForOtherToken', 'Rejected'],
    ['ReservedForOtherTokenAndHasParentToken', 'Accepted'],
  ])('RemoteStart on a reserved connector, %s: %s', (reservation, status) => {
    const world = booted(options);
    world.input('onReservationStart', 1);
    world.wallbox.always('isTokenReservedForConnector', { value: reservation });
    expect(remoteStart(world, 'A', 1)).toBe(status);
    expect(world.called('isTokenReservedForConnector')).toEqual([[1, 'A']]);
  });
});

test('with core authorization isTokenReservedForConnector is not asked, and reservations of the wallbox are ignored', () => {
  const world = booted({ also: [...callbacks, 'isTokenReservedForConnector'] });
  world.input('onReservationStart', 2);
  expect(world.statuses(2)).toEqual(['Available']);
  reserve(world);
  expect(remoteStart(world, 'X', 1)).toBe('Rejected');
  expect(world.called('isTokenReservedForConnector')).toEqual([]);
});

test('a store that does not let go of it: CancelReservation is Rejected, and it holds', () => {
  const world = booted();
  reserve(world);
  world.power.failWrites = 1;
  expect(cancel(world)).toBe('Rejected');
  expect(last(world, 1)).toBe('Reserved');
  expect(world.called('cancelReservation')).toEqual([]);
  world.reboot();
  world.advance(60_000);
  expect(last(world, 1)).toBe('Reserved');
  expect(cancel(world)).toBe('Accepted');
});

test('a store that does not let go of one that ended: it does not come back with the next boot', () => {
  const world = booted();
  reserve(world);
  world.power.failWrites = 1;
  world.fault(1, 'GroundFailure');
  world.advance(1000);
  expect(stored(world)).toBe(0);
  world.reboot();
  world.advance(60_000);
  expect(news(world)).toEqual(['7@1 Reserved', '7@1 Faulted']);
});

test('a full store: Rejected, and the wallbox hears that it is off', () => {
  const world = booted();
  world.power.full = true;
  expect(reserve(world)).toBe('Rejected');
  expect(world.called('cancelReservation')).toEqual([[7]]);
  world.power.clear();
  expect(last(world, 1)).toBe('Available');
});

describe('power cuts', () => {
  /** Reserves, replaces, cancels, and uses one; what was answered Accepted holds over the cut. */
  const story = (world: World, done: string[]) => {
    const note = (name: string, status: unknown) => status === 'Accepted' && done.push(name);
    note('first', reserve(world, { id: 1 }));
    note('second', reserve(world, { id: 2, connector: 2, idTag: 'SECOND' }));
    note('replaced', reserve(world, { id: 1, idTag: 'HEIR' }));
    note('cancelled', cancel(world, 2));
    world.charge(1, 'HEIR');
    done.push('used');
    world.advance(61_000);
    world.tag('HEIR', [1]);
    world.unplug(1);
  };

  test.each(tears)('at every write, torn: %s', (tear) => {
    const uncut = booted();
    const start = uncut.power.writes;
    story(uncut, []);
    const writes = uncut.power.writes - start;
    expect(writes).toBeGreaterThan(8);
    for (let at = 1; at <= writes; at++) {
      const world = booted();
      const done: string[] = [];
      world.power.cutAt(at, tear);
      expect(() => story(world, done)).toThrow(PowerCut);
      (world.wallbox.sockets[1] as { plugged: boolean }).plugged = false;
      world.reboot(false);
      world.advance(60_000);
      const held = (idTag: string, connector: number) => {
        world.charge(connector, idTag);
        const start = world.transactions.at(-1)?.start;
        world.tag(idTag, [connector]);
        world.unplug(connector);
        return start?.idTag === idTag && start.reservationId;
      };
      if (done.includes('used')) expect(stored(world)).toBe(0);
      else if (done.includes('replaced')) expect(world.storage.content.get('r/0') ?? '"HEIR"').toContain('"HEIR"');
      else if (done.includes('first')) expect(stored(world)).toBeGreaterThanOrEqual(1);
      if (done.includes('second') && !done.includes('replaced')) expect(held('SECOND', 2)).toBe(2);
      if (done.includes('cancelled')) expect([...world.storage.content.values()].some((text) => text.includes('"SECOND"'))).toBe(false);
      for (const key of world.storage.keys('r')) expect(JSON.parse(world.storage.content.get(key) ?? '')[0]).toBe(1);
      expect(world.logs.filter((line) => line.includes('stored reservation'))).toEqual([]);
    }
  });
});
