/** What a platform implements so that the core can run on it: clock, alarm, socket, two stores, crypto and log. */

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * Small facts: settings, state, profiles, lists. On the device NVS, one namespace per shelf.
 *
 * A key is a shelf letter, `/`, and 1 to 15 characters of `[a-z0-9._-]`. A value is at most 1,984 bytes of UTF-8 without
 * control characters. Every host throws a `RangeError` beyond that, so that nothing passes on a desktop that fails on a chip.
 */
export interface Storage {
  /** The value, or undefined when there is none or it cannot be read back intact. */
  read(key: string): string | undefined;
  /** Durable on return and all-or-nothing; keys are independent of each other. Throws when the store is full or fails. */
  write(key: string, text: string): void;
  /** Durable on return. Removing what is not there is no error. */
  remove(key: string): void;
  /** The keys of a shelf (one letter), whole (`t/1`), unordered. Used at boot only; at most 256 keys a shelf. */
  keys(shelf: string): string[];
}

/** What must be told, in order. On the device a ring of 4 kB sectors in a raw partition. */
export interface Journal {
  /**
   * Stores one record (1 to 1,024 bytes of UTF-8). Durable on return. Its number rises by one with each record and is never
   * reused, not even after everything was released. Throws when the ring is full or the flash fails; then nothing was stored.
   */
  append(record: string): number;
  /** The record, or undefined: past the end, overwritten, or damaged. A released one stays readable until its place is reused. */
  read(number: number): string | undefined;
  /**
   * Records below `before` may be overwritten. In force at once; it becomes durable with the next append, so that releasing
   * costs no write. After a power cut `first` may therefore be an older one, never a newer one.
   */
  release(before: number): void;
  /** The oldest record that is not released. Equal to `next` when there is none. */
  readonly first: number;
  /** The number that the next record gets. Starts at 1. */
  readonly next: number;
  /** Bytes that can still be appended, and all bytes of the ring. */
  readonly free: number;
  readonly capacity: number;
}

/** A message on its way out: it knows its length in bytes of UTF-8 before its first piece, so that one frame of known length can leave. */
export interface Parts {
  readonly byteLength: number;
  /** The next piece, or undefined at the end. Never called again after undefined. */
  next(): string | undefined;
}

/** Where and how to connect. Fields that do not apply are absent. */
export interface Connection {
  /** `ws://` or `wss://`, the charge point's id already appended and percent-encoded. */
  readonly url: string;
  /** Basic authentication: the user name, and the password as bytes (OCPP-J 1.6 6.2.2: it need not be UTF-8). */
  readonly user?: string;
  readonly password?: Uint8Array;
  /** With `wss`: present the station's own certificate (security profile 3). */
  readonly clientCertificate?: boolean;
  /** With `wss`: whether the host name must match the certificate, and whether a wildcard may (VerifyCsmsCommonName, VerifyCsmsAllowWildcards). */
  readonly verifyName?: boolean;
  readonly allowWildcards?: boolean;
}

/** Why a connection ended, or could not be opened. */
export interface Closed {
  /** `network`: no route, refused, reset or timed out. `http`: answered, but not with 101. `protocol`: 101 without `ocpp1.6`, or a broken frame. `tls`: certificate or handshake. `closed`: a close frame. */
  readonly reason: 'network' | 'http' | 'protocol' | 'tls' | 'closed';
  readonly httpStatus?: number;
  /** Seconds, of a Retry-After header. */
  readonly retryAfter?: number;
  /** Close code of the peer (RFC 6455 7.4). */
  readonly code?: number;
  /** For logs. With `tls`: the name of the security event that fits, if one does. */
  readonly detail?: string;
  readonly securityEvent?: 'InvalidCentralSystemCertificate' | 'InvalidTLSVersion' | 'InvalidTLSCipherSuite';
}

/** What the host's socket tells the core. Never called from inside `open`, `send`, `ping` or `close`. */
export interface SocketListener {
  /** The handshake ended with 101 and subprotocol `ocpp1.6`; anything else is `onClosed`. */
  onOpen(): void;
  /** One whole text message. The host stops collecting beyond `maxMessageBytes` and reports `onUnreadable`. */
  onText(text: string): void;
  /**
   * A binary message, text that is not UTF-8, or a message over the limit; `start`: the first characters of the latter (64 at least: the id
   * of a CALL stands there). The connection stays open.
   */
  onUnreadable(start?: string): void;
  onPong(): void;
  /** The connection is gone, or could not be opened. Exactly once per `open`, also after `close`. */
  onClosed(closed: Closed): void;
}

/** One WebSocket at a time. The host answers pings, keeps frames within RFC 6455 and compresses nothing. */
export interface Socket {
  /** Begins to connect. Redirects are not followed (protocol.md section 3). A host gives up after 30 s at the latest. */
  open(connection: Connection, listener: SocketListener): void;
  /** Sends one text message. False: not open, or no room; then nothing was sent. */
  send(parts: Parts): boolean;
  ping(payload: string): void;
  /** Closes; the listener still hears `onClosed`. What was sent before leaves first. Without effect when nothing is open. */
  close(code: number, reason: string): void;
}

export interface Crypto {
  /** Random bytes of a cryptographic source. */
  random(length: number): Uint8Array;
}

export interface Host {
  /** Milliseconds since this boot: starts at 0 at every power on, monotonic, never wraps. */
  now(): number;
  /** Calls `chargePoint.onAlarm()` once `now() >= at`; replaces the earlier alarm. undefined: none. */
  alarm(at: number | undefined): void;
  /** Unix time in milliseconds as far as the platform can guess it (clock chip, last known time, build date). */
  wallClockHint(): number | undefined;
  /** Unix milliseconds of the build of this firmware: a central system that says less is not believed. Absent: the beginning of 2025. */
  readonly buildDate?: number;
  readonly storage: Storage;
  readonly journal: Journal;
  readonly socket: Socket;
  readonly crypto: Crypto;
  /** Largest message taken from the wire, in bytes. 8,192 unless the host declares longer certificate chains. */
  readonly maxMessageBytes: number;
  /**
   * Entries that the store holds for the local list and for the authorization cache. 1,344 entries of the list at their longest (51 bytes) fit
   * into shelf `l`; up to 10,344 when shelves `m`, `n` and `o` may be used, too.
   */
  readonly localListCapacity: number;
  readonly cacheCapacity: number;
  /** One line for people. The core never puts a secret into it. */
  log(level: LogLevel, text: string): void;
}
