/** Names become addresses, and addresses byte streams: all that the WebSocket client knows of a network. */

import type { Closed, Connection } from '../../src/index.ts';

/** Where a connection goes, and the rules of its TLS when it is secure. */
export interface Server {
  readonly isSecure: boolean;
  /** A name or an IPv4 address. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly connection: Connection;
}

/** As Moddable's TCP: what is written leaves in order; reading or writing more than was told throws. */
export interface Stream {
  /** `count` bytes, which must be there. */
  read(count: number): ArrayBuffer | undefined;
  /** Bytes that can still be written; undefined when the stream has failed (`onError` follows). */
  write(bytes: Uint8Array): number | undefined;
  /** What was written still leaves. No callback comes any more. */
  close(): void;
}

export interface StreamOptions {
  readonly address: string;
  readonly port: number;
  readonly nodelay: boolean;
  /** For TLS: the name that must stand in the certificate, and the rules. */
  readonly host: string;
  readonly connection: Connection;
  /** Becomes the property `target` of the stream, which is `this` in the callbacks. */
  readonly target: StreamTarget;
  onReadable(this: OpenStream, count: number): void;
  onWritable(this: OpenStream, count: number): void;
  /** A TLS stream says why. */
  onError(this: OpenStream, closed?: Closed): void;
}

export interface OpenStream extends Stream {
  readonly target: StreamTarget;
}

export type StreamClass = new (options: StreamOptions) => Stream;

/** Whom a stream reports to; must not throw. The stream comes with each call, as one that was given up may still be heard of. */
export interface StreamTarget {
  /** `address` is undefined when the name is not known. */
  onAddress(server: Server, address: string | undefined): void;
  /** `count`: all bytes that can be read. */
  onReadable(stream: Stream, count: number): void;
  /** `count`: all bytes that can be written. The first call means that the stream is connected. */
  onWritable(stream: Stream, count: number): void;
  /** The stream is gone, or did not come about. May come twice. */
  onError(stream: Stream, closed?: Closed): void;
}

/** Looks a name up; `done` gets no address when there is none. */
export type Resolve = (name: string, done: (address?: string) => void) => void;

export class Network {
  private readonly tcp: StreamClass;
  private readonly resolver: Resolve | undefined;
  private readonly tls: StreamClass | undefined;

  /** Without `resolver` addresses only; without `tls` no `wss`. */
  constructor(tcp: StreamClass, resolver?: Resolve, tls?: StreamClass) {
    this.tcp = tcp;
    this.resolver = resolver;
    this.tls = tls;
  }

  /** Tells `target.onAddress`: at once when the host is an address. */
  resolve(server: Server, target: StreamTarget): void {
    if (addressPattern.test(server.host)) target.onAddress(server, server.host);
    else if (this.resolver) this.resolver(server.host, (address) => target.onAddress(server, address));
    else target.onAddress(server, undefined);
  }

  /** Begins to connect. Throws when that is not possible at all. */
  open(server: Server, address: string, target: StreamTarget): Stream {
    const StreamOf = server.isSecure ? this.tls : this.tcp;
    if (StreamOf === undefined) throw new Error('wss needs a host with TLS');
    const { host, port, connection } = server;
    return new StreamOf({ address, port, nodelay: true, host, connection, target, onReadable, onWritable, onError });
  }
}

const addressPattern = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

// Plain functions for all streams: no closure per connection.

function onReadable(this: OpenStream, count: number): void {
  this.target.onReadable(this, count);
}

function onWritable(this: OpenStream, count: number): void {
  this.target.onWritable(this, count);
}

function onError(this: OpenStream, closed?: Closed): void {
  this.target.onError(this, closed);
}
