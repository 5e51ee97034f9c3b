/** The station in the same machine as its world. An XS bridge replaces this file: only what JSON can carry crosses it, in both directions. */

import type { Callbacks, Observer, Options, StationEvent } from '../src/callbacks.ts';
import type { Closed, Host, LogLevel, Parts, SocketListener } from '../src/host.ts';
import { ChargePoint } from '../src/index.ts';
import { utf8Length } from '../src/wire/text.ts';

/** How to connect, as JSON: the password is a list of bytes. */
export interface Address {
  readonly url: string;
  readonly user?: string;
  readonly password?: readonly number[];
  readonly allowWildcards?: boolean;
}

/** What a callback answers: `now` (absent: nothing), an error that is thrown, or a promise that is settled later under its ticket. */
export type CallbackAnswer = { readonly now?: unknown } | { readonly throws: string } | { readonly later: number };

/** The world as the station sees it: the host and the wallbox, flat. */
export interface Outside {
  now(): number;
  alarm(at: number | undefined): void;
  wallClockHint(): number | undefined;
  read(key: string): string | undefined;
  write(key: string, text: string): void;
  remove(key: string): void;
  keys(shelf: string): string[];
  append(record: string): number;
  record(number: number): string | undefined;
  release(before: number): void;
  first(): number;
  next(): number;
  free(): number;
  capacity(): number;
  open(address: Address): void;
  send(text: string): boolean;
  ping(payload: string): void;
  close(code: number, reason: string): void;
  random(length: number): number[];
  log(level: LogLevel, text: string): void;
  observe(event: StationEvent): void;
  callback(name: string, args: readonly unknown[]): CallbackAnswer;
  /** The answer to a `dataTransfer` or `authorizeIdToken` of the world's. */
  answered(ticket: number, answer: readonly unknown[]): void;
  readonly maxMessageBytes: number;
  readonly localListCapacity: number;
  readonly cacheCapacity: number;
}

/** Which callbacks the wallbox implements, beside what never changes. */
export interface Build {
  readonly options: Omit<Options, 'observer'>;
  readonly callbacks: readonly string[];
}

/** The station as the world sees it: inputs by name, with arguments that JSON can carry. */
export interface Inside {
  /**
   * Calls an input and gives what it returns. Beside the inputs of `ChargePoint`: `settle` (ticket, rejected, value) keeps a promise of a
   * callback; `dataTransfer`, `dataTransferPncAuthorize` and `authorizeIdToken` take a ticket in place of `done`, and `handleDataTransfer` and `watchConfigurationKey`
   * take no handler: it is the callback `handleDataTransfer` or `watchConfigurationKey`.
   */
  input(name: string, args: readonly unknown[]): unknown;
}

export type CreateStation = (outside: Outside, build: Build) => Inside;

/** A promise whose time to be kept the world decides. */
interface Promised {
  readonly keep: ((value: unknown) => void) | undefined;
  readonly break: ((reason: unknown) => void) | undefined;
}

class LocalStation implements Inside {
  private readonly outside: Outside;
  private readonly promised: (Promised | undefined)[] = [];
  readonly chargePoint: ChargePoint;

  constructor(outside: Outside, build: Build) {
    this.outside = outside;
    const callbacks: Record<string, (...args: unknown[]) => unknown> = {};
    for (const name of build.callbacks) callbacks[name] = (...args) => this.callback(name, args);
    const observer: Observer = { observe: (event) => outside.observe(event) };
    this.chargePoint = new ChargePoint(hostOf(outside), callbacks as unknown as Callbacks, { ...build.options, observer });
  }

  input(name: string, args: readonly unknown[]): unknown {
    const station = this.chargePoint;
    const { outside } = this;
    switch (name) {
      case 'settle':
        return this.settle(args[0] as number, args[1] as boolean, args[2]);
      case 'dataTransfer':
        return station.dataTransfer(args[0] as string, args[1] as string | undefined, args[2] as string | undefined, (answer) =>
          outside.answered(args[3] as number, [answer]),
        );
      case 'dataTransferPncAuthorize':
        return station.dataTransferPncAuthorize(args[0] as string, args[1] as string | undefined, args[2] as [] | undefined, (answer) =>
          outside.answered(args[3] as number, [answer]),
        );
      case 'authorizeIdToken':
        return station.authorizeIdToken(args[0] as string, (info, source) => outside.answered(args[1] as number, [info, source]));
      case 'handleDataTransfer':
        return station.handleDataTransfer(args[0] as string, args[1] as string | undefined, {
          handle: (data) => this.callback(name, [args[0], args[1], data]) as never,
        });
      case 'watchConfigurationKey':
        return station.watchConfigurationKey(args[0] as string, { changed: (change) => void this.callback(name, [change]) });
      default:
        return (station as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[name]!.apply(station, args as unknown[]);
    }
  }

  private callback(name: string, args: readonly unknown[]): unknown {
    const answer = this.outside.callback(name, args);
    if ('throws' in answer) throw new Error(answer.throws);
    if (!('later' in answer)) return answer.now;
    return {
      // biome-ignore lint/suspicious/noThenProperty: a promise that is kept at a moment of virtual time
      then: (keep?: (value: unknown) => void, broken?: (reason: unknown) => void) => {
        this.promised[answer.later] = { keep, break: broken };
      },
    };
  }

  private settle(ticket: number, rejected: boolean, value: unknown): void {
    const promised = this.promised[ticket];
    this.promised[ticket] = undefined;
    if (rejected) promised?.break?.(value);
    else promised?.keep?.(value);
  }
}

export const localStation: CreateStation = (outside, build) => new LocalStation(outside, build);

function hostOf(outside: Outside): Host {
  return {
    // Methods as a host has them: whoever takes one out of its host and calls it so is found out.
    now() {
      expectHost(this);
      return outside.now();
    },
    alarm(at) {
      expectHost(this);
      outside.alarm(at);
    },
    wallClockHint() {
      expectHost(this);
      return outside.wallClockHint();
    },
    storage: {
      read: (key) => outside.read(key),
      write: (key, text) => outside.write(key, text),
      remove: (key) => outside.remove(key),
      keys: (shelf) => outside.keys(shelf),
    },
    journal: {
      append: (record) => outside.append(record),
      read: (number) => outside.record(number),
      release: (before) => outside.release(before),
      get first() {
        return outside.first();
      },
      get next() {
        return outside.next();
      },
      get free() {
        return outside.free();
      },
      get capacity() {
        return outside.capacity();
      },
    },
    socket: {
      open: (connection, listener) => {
        const { url, user, password, allowWildcards } = connection;
        outside.open({
          url,
          ...(user === undefined ? {} : { user }),
          ...(password === undefined ? {} : { password: [...password] }),
          ...(allowWildcards === undefined ? {} : { allowWildcards }),
        });
        expectListener(listener);
      },
      send: (parts) => outside.send(textOf(parts)),
      ping: (payload) => outside.ping(payload),
      close: (code, reason) => outside.close(code, reason),
    },
    crypto: { random: (length) => Uint8Array.from(outside.random(length)) },
    maxMessageBytes: outside.maxMessageBytes,
    localListCapacity: outside.localListCapacity,
    cacheCapacity: outside.cacheCapacity,
    log(level, text) {
      expectHost(this);
      outside.log(level, text);
    },
  };
}

function expectHost(host: Host | undefined): void {
  if (host?.storage === undefined) throw new TypeError('a function of the host was called without its host');
}

/** The world calls the charge point itself as listener. */
function expectListener(listener: SocketListener): void {
  if (!(listener instanceof ChargePoint)) throw new Error('the listener of the socket is not the charge point');
}

/** The whole text; throws when it is not as long as it says. */
function textOf(parts: Parts): string {
  let text = '';
  for (let piece = parts.next(); piece !== undefined; piece = parts.next()) text += piece;
  if (utf8Length(text) !== parts.byteLength) throw new Error(`a frame of ${utf8Length(text)} bytes said it had ${parts.byteLength}`);
  return text;
}

export type { Closed };
