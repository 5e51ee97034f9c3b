/** How the station reaches its central system: credentials of any kind, and a store that fails while they are proven. */

import { describe, expect, test } from 'vitest';
import type { Options } from '../../src/callbacks.ts';
import type { Connection, Host } from '../../src/host.ts';
import { ConnectionSettings } from '../../src/settings/connection.ts';
import { Settings } from '../../src/settings/settings.ts';
import { Store, station } from './store.ts';

const factory = { ChargePointId: 'CP 1', CentralSystemURI: 'ws://csms.example/ocpp', SecurityProfile: '1' };
const hexadecimal = 'A1'.repeat(20);
const refused = { reason: 'http', httpStatus: 401 } as const;
const away = { reason: 'network' } as const;

class Station {
  readonly store: Store;
  readonly connection: ConnectionSettings;

  constructor(store = new Store(), keys: Record<string, string> = {}) {
    this.store = store;
    const all = { ...factory, ...keys };
    const host = store as unknown as Host;
    this.connection = new ConnectionSettings(host, { keys: all } as unknown as Options, new Settings(store, all, station()));
  }

  /** What the next attempt presents, in Latin-1. */
  attempt(): string {
    const { user, password } = this.connection.current() as Connection;
    expect(user).toBe('CP 1');
    return Buffer.from(password ?? []).toString('latin1');
  }

  /** The attempt opens, and a CALLRESULT comes. */
  succeed(): string {
    const password = this.attempt();
    this.connection.accepted();
    this.connection.proven();
    return password;
  }

  refuse(): string {
    const password = this.attempt();
    this.connection.failed(refused);
    return password;
  }
}

const bytes = Buffer.from(hexadecimal, 'hex').toString('latin1');

describe('the password', () => {
  test.each([
    ['0123456789abcdef', '0123456789abcdef'],
    ['Schlüssel-電-😀-lang', Buffer.from('Schlüssel-電-😀-lang').toString('latin1')],
    [hexadecimal, bytes],
    [hexadecimal.toLowerCase(), bytes],
    [hexadecimal.slice(0, 33), hexadecimal.slice(0, 33)],
    [`${hexadecimal.slice(0, 39)}G`, `${hexadecimal.slice(0, 39)}G`],
    [hexadecimal.slice(0, 30), hexadecimal.slice(0, 30)],
  ])('%s', (key, sent) => {
    const box = new Station();
    expect(box.connection.changeKey(key)).toBe(true);
    expect(box.attempt()).toBe(sent);
  });

  test.each(['s/key', 's/key.new'])('a key that no station should have, at %s: it can be tried, and replaced', (entry) => {
    for (const key of ['0123456789abcde\ud800', '\udc00'.repeat(16)]) {
      const store = new Store();
      store.values.set(entry, key);
      const box = new Station(store);
      expect(() => box.attempt()).not.toThrow();
      expect(box.connection.changeKey('0123456789abcdef')).toBe(true);
      expect(box.succeed()).toBe('0123456789abcdef');
      expect(store.values.get('s/key')).toBe('0123456789abcdef');
    }
  });
});

describe('proving a new key', () => {
  test('old and new alternate, new first, over a power cut too; a network that is away counts against neither', () => {
    const box = new Station(new Store(), { AuthorizationKey: 'the old key of 16' });
    box.succeed();
    box.connection.changeKey('the new key of 16');
    for (let away = 0; away < 5; away++) {
      expect(box.attempt()).toBe('the new key of 16');
      box.connection.failed({ reason: 'network' });
    }
    expect([box.refuse(), box.refuse(), box.refuse(), box.refuse()]).toEqual([
      'the new key of 16',
      'the old key of 16',
      'the new key of 16',
      'the old key of 16',
    ]);
    const again = new Station(box.store, { AuthorizationKey: 'the old key of 16' });
    again.connection.failed(away);
    expect([again.refuse(), again.refuse()]).toEqual(['the new key of 16', 'the old key of 16']);
    expect(again.succeed()).toBe('the new key of 16');
    expect(again.connection.isUnproven).toBe(false);
    expect(new Station(box.store, { AuthorizationKey: 'the old key of 16' }).attempt()).toBe('the new key of 16');
  });

  test('an answer over a connection that was opened with another key proves nothing, be that key new, too', () => {
    const box = new Station(new Store(), { AuthorizationKey: 'the old key of 16' });
    box.connection.changeKey('the new key of 16');
    box.attempt();
    box.connection.changeKey('a newer key of 16');
    box.connection.proven();
    expect(box.connection.isUnproven).toBe(false);
    expect([box.refuse(), box.refuse(), box.refuse()]).toEqual(['a newer key of 16', 'the old key of 16', 'a newer key of 16']);
  });

  test('the old key wished again while a new one is on trial ends the trial', () => {
    const box = new Station(new Store(), { AuthorizationKey: 'the old key of 16' });
    box.connection.changeKey('the new key of 16');
    box.refuse();
    expect(box.connection.isPresent('the new key of 16')).toBe(true);
    expect(box.connection.isPresent('the old key of 16')).toBe(false);
    box.connection.changeKey('the old key of 16');
    expect([box.refuse(), box.succeed()]).toEqual(['the old key of 16', 'the old key of 16']);
    expect(box.connection.isPresent('the old key of 16')).toBe(true);
  });

  test('a hexadecimal key: bytes, after 401 the text, and what worked is remembered', () => {
    const box = new Station();
    box.connection.changeKey(hexadecimal);
    expect(box.refuse()).toBe(bytes);
    expect(box.succeed()).toBe(hexadecimal);
    expect(box.attempt()).toBe(hexadecimal);
    expect(new Station(box.store).attempt()).toBe(hexadecimal);
  });
});

describe('a store that fails', () => {
  test('the acceptance is noted later', () => {
    const box = new Station();
    box.store.broken = true;
    expect(() => box.connection.accepted()).not.toThrow();
    expect(box.store.lines).toHaveLength(1);
    box.store.broken = false;
    box.connection.accepted();
    expect(box.connection.wasAccepted()).toBe(true);
  });

  test('a new key stays on trial, and is proven by the next answer', () => {
    const box = new Station(new Store(), { AuthorizationKey: 'the old key of 16' });
    box.connection.changeKey('the new key of 16');
    box.attempt();
    box.store.broken = true;
    expect(box.connection.isUnproven).toBe(true);
    expect(() => box.connection.proven()).not.toThrow();
    // The probe was answered: another one would say nothing more.
    expect(box.connection.isUnproven).toBe(false);
    expect(box.store.values.get('s/key.new')).toBe('the new key of 16');
    box.store.broken = false;
    box.connection.proven();
    expect(box.store.values.has('s/key.new')).toBe(false);
    expect(new Station(box.store).attempt()).toBe('the new key of 16');
  });

  test('the form that worked is noted by the next answer', () => {
    const box = new Station();
    box.connection.changeKey(hexadecimal);
    box.refuse();
    box.attempt();
    box.store.broken = true;
    expect(() => box.connection.proven()).not.toThrow();
    box.store.broken = false;
    box.connection.proven();
    expect(new Station(box.store).attempt()).toBe(hexadecimal);
  });

  test('a change of the key is refused, and the old one stays in force', () => {
    const box = new Station(new Store(), { AuthorizationKey: 'the old key of 16' });
    box.store.broken = true;
    expect(box.connection.changeKey('the new key of 16')).toBe(false);
    expect(box.connection.isUnproven).toBe(false);
    expect(box.attempt()).toBe('the old key of 16');
  });

  test('lines of the log are not written with every answer', () => {
    const box = new Station();
    box.connection.changeKey('the new key of 16');
    box.attempt();
    box.store.broken = true;
    for (let answers = 0; answers < 100; answers++) box.connection.proven();
    expect(box.store.lines.length).toBeLessThanOrEqual(1);
  });
});
