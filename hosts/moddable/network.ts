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

/** Callbacks for all streams, so that a connection needs none of its own. They must not throw. */
export interface StreamCallbacks<Target> {
  /** `count`: all bytes that can be read. */
  onReadable(this: OpenStream<Target>, count: number): void;
  /** `count`: all bytes that can be written. The first call means that the stream is connected. */
  onWritable(this: OpenStream<Target>, count: number): void;
  /** The stream is gone, or did not come about. May come twice. A TLS stream says why. */
  onError(this: OpenStream<Target>, closed?: Closed): void;
}

export interface StreamOptions<Target = unknown> extends StreamCallbacks<Target> {
  readonly address: string;
  readonly port: number;
  readonly nodelay: boolean;
  /** For TLS: the name that must stand in the certificate, and the rules. */
  readonly host: string;
  readonly connection: Connection;
  /** Becomes the property `target` of the stream. */
  readonly target: Target;
}

export interface OpenStream<Target> extends Stream {
  readonly target: Target;
}

export type StreamClass = new <Target>(options: StreamOptions<Target>) => Stream;

export interface AddressListener {
  /** `address` is undefined when the name is not known. Must not throw. */
  onAddress(server: Server, address: string | undefined): void;
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

  /** At once when the host is an address. */
  resolve(server: Server, listener: AddressListener): void {
    if (isAddress(server.host)) listener.onAddress(server, server.host);
    else if (this.resolver) this.resolver(server.host, (address) => listener.onAddress(server, address));
    else listener.onAddress(server, undefined);
  }

  /** Begins to connect. Throws when that is not possible at all. */
  open<Target>(server: Server, address: string, target: Target, callbacks: StreamCallbacks<Target>): Stream {
    const StreamOf = server.isSecure ? this.tls : this.tcp;
    if (StreamOf === undefined) throw new Error('wss needs a host with TLS');
    const { host, port, connection } = server;
    const { onReadable, onWritable, onError } = callbacks;
    return new StreamOf({ address, port, nodelay: true, host, connection, target, onReadable, onWritable, onError });
  }
}

/** Four numbers and three dots. */
function isAddress(host: string): boolean {
  let dots = 0;
  for (let at = 0; at < host.length; at++) {
    const code = host.charCodeAt(at);
    if (code === 0x2e) dots++;
    else if (code < 0x30 || code > 0x39) return false;
  }
  return dots === 3;
}
