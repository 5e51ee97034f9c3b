/** The WebSocket of the desktop wallbox: `ws` behind the core's Socket, and the faults of the network in front of it. */

import { isUtf8 } from 'node:buffer';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import { checkServerIdentity } from 'node:tls';
import WebSocket, { type RawData } from 'ws';
import type { Closed, Connection, Parts, Socket, SocketListener } from '../../src/index.ts';
import type { Clock, Timer } from './clock.ts';

/** A message beyond this closes the connection; one between it and the station's limit is only dropped. */
const largestPayload = 16 * 1024 * 1024;
/** Bytes of it that the core gets all the same. */
const startLength = 512;
const connectLimit = 30_000;
const closeLimit = 5_000;
const goodbyeLimit = 1_000;
/** Bytes waiting to leave beyond which `send` refuses. */
const fullAt = 1024 * 1024;
/** Security whitepaper A00.FR.318, and the suites of TLS 1.3. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
].join(':');

/** Whom the station trusts, and who it is: PEM texts. Without `ca` the system's roots count. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** What passes a socket, for traces and tests. */
export interface SocketWatcher {
  frame(direction: 'in' | 'out', text: string): void;
  /** The text to send in place of `text`. */
  outgoing?(text: string): string;
}

/** Answers a close frame whose reason is not UTF-8 as RFC 6455 8.1 says. `ws` calls `close` with what the peer sent, as bytes. */
class StrictWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (Buffer.isBuffer(reason) && !isUtf8(reason)) super.close(1007);
    else super.close(code, reason);
  }
}

/** One connection, from `open` to `onClosed`. */
interface Attempt {
  readonly listener: SocketListener;
  readonly connection: Connection;
  ws: WebSocket | undefined;
  request: ClientRequest | undefined;
  limit: Timer | undefined;
  closed: Closed | undefined;
  isOpen: boolean;
  isClosing: boolean;
}

export class NodeSocket implements Socket {
  /** Whether the core's own CALL waits for its answer, a handshake is under way, or a close. */
  private inFlight = '';
  /** A ping waits for its pong. */
  private isPinging = false;
  /** When something was last sent or received, in real milliseconds. */
  lastActivity = 0;
  private attempt: Attempt | undefined;
  private readonly clock: Clock;
  private readonly tls: TlsFiles;
  private readonly maxMessageBytes: number;
  private readonly watcher: SocketWatcher;
  private readonly faults: NetworkFaults;

  constructor(clock: Clock, tls: TlsFiles, maxMessageBytes: number, watcher: SocketWatcher, faults: NetworkFaults) {
    this.clock = clock;
    this.tls = tls;
    this.maxMessageBytes = maxMessageBytes;
    this.watcher = watcher;
    this.faults = faults;
    faults.socket = this;
  }

  /** True while something is under way that real time will bring on. */
  get isBusy(): boolean {
    if (this.attempt === undefined || this.faults.isBlackhole) return false;
    const isWaiting = this.inFlight !== '' || (this.isPinging && !this.faults.isMute);
    return !this.attempt.isOpen || this.attempt.isClosing || isWaiting || (this.attempt.ws?.bufferedAmount ?? 0) > 0;
  }

  get isOpen(): boolean {
    return this.attempt?.isOpen === true && !this.attempt.isClosing;
  }

  open(connection: Connection, listener: SocketListener): void {
    const attempt: Attempt = {
      listener,
      connection,
      ws: undefined,
      request: undefined,
      limit: undefined,
      closed: undefined,
      isOpen: false,
      isClosing: false,
    };
    this.attempt = attempt;
    this.lastActivity = performance.now();
    attempt.limit = this.clock.after(connectLimit, () => this.giveUp(attempt, { reason: 'network', detail: 'no connection within 30 s' }));
    if (this.faults.isDown) setImmediate(() => this.giveUp(attempt, { reason: 'network', detail: 'the network is down' }));
    else if (!this.faults.isBlackhole) this.dial(attempt);
  }

  send(parts: Parts): boolean {
    const attempt = this.attempt;
    if (attempt?.ws === undefined || !this.isOpen || attempt.ws.readyState !== WebSocket.OPEN) return false;
    if (attempt.ws.bufferedAmount > fullAt) return false;
    let text = '';
    for (let piece = parts.next(); piece !== undefined; piece = parts.next()) text += piece;
    text = this.watcher.outgoing?.(text) ?? text;
    this.watcher.frame('out', text);
    this.lastActivity = performance.now();
    const call = /^\[2,("(?:[^"\\]|\\.)*"),/.exec(text)?.[1];
    if (call !== undefined) this.inFlight = call;
    const { ws } = attempt;
    this.faults.carry(() => ws.send(text));
    return true;
  }

  ping(payload: string): void {
    const ws = this.attempt?.ws;
    if (ws?.readyState !== WebSocket.OPEN) return;
    this.isPinging = true;
    this.faults.carry(() => ws.ping(payload));
  }

  close(code: number, reason: string): void {
    const attempt = this.attempt;
    if (attempt === undefined || attempt.isClosing) return;
    attempt.isClosing = true;
    attempt.closed ??= { reason: 'network', detail: 'closed by the station' };
    if (!attempt.isOpen || attempt.ws === undefined) {
      setImmediate(() => this.giveUp(attempt, { reason: 'network', detail: 'given up by the station' }));
      return;
    }
    const { ws } = attempt;
    this.faults.carry(() => ws.close(code, reason));
    attempt.limit = this.clock.after(closeLimit, () => this.giveUp(attempt, { reason: 'network', detail: 'the close was not answered' }));
  }

  /** The power is off: the connection breaks off, and nobody is told. */
  cut(): void {
    const attempt = this.attempt;
    this.attempt = undefined;
    attempt?.limit?.cancel();
    if (attempt?.ws) this.faults.terminate(attempt.ws);
  }

  /** The station goes away, and hears nothing more of this connection. Resolves once it is closed, after a second at the latest. */
  async leave(code: number): Promise<void> {
    const attempt = this.attempt;
    this.attempt = undefined;
    attempt?.limit?.cancel();
    const ws = attempt?.ws;
    if (ws === undefined) return;
    if (attempt?.isOpen && !this.faults.isBlackhole) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, goodbyeLimit);
        ws.once('close', () => {
          clearTimeout(limit);
          resolve();
        });
        ws.close(code);
      });
    }
    this.faults.terminate(ws);
  }

  /** The transport was cut. */
  networkDown(): void {
    if (this.attempt) this.giveUp(this.attempt, { reason: 'network', detail: 'the network is down' });
  }

  /** A handshake that is under way as the network turns into a black hole is lost in it; one that waits begins when it ends. */
  blackholeChanged(isBlackhole: boolean): void {
    const attempt = this.attempt;
    if (attempt === undefined) return;
    if (!isBlackhole) {
      if (attempt.ws === undefined && !attempt.isClosing) this.dial(attempt);
      else attempt.ws?.resume();
    } else if (attempt.isOpen) attempt.ws?.pause();
    else if (attempt.ws) {
      this.faults.terminate(attempt.ws);
      attempt.ws = undefined;
    }
  }

  private dial(attempt: Attempt): void {
    const { connection } = attempt;
    try {
      const ws = new StrictWebSocket(connection.url, ['ocpp1.6'], {
        perMessageDeflate: false,
        followRedirects: false,
        autoPong: false,
        // Text that is not UTF-8 is told, and the connection stays open (host.ts): `ws` would close it.
        skipUTF8Validation: true,
        maxPayload: largestPayload,
        headers: authorization(connection),
        minVersion: 'TLSv1.2',
        ciphers,
        ...(this.tls.ca === undefined ? {} : { ca: this.tls.ca }),
        ...(connection.clientCertificate && this.tls.cert ? { cert: this.tls.cert, key: this.tls.key } : {}),
        checkServerIdentity: (name: string, certificate: PeerCertificate) => nameError(name, certificate, connection),
      } as unknown as WebSocket.ClientOptions);
      attempt.ws = ws;
      this.listen(attempt, ws);
    } catch (error) {
      setImmediate(() => this.giveUp(attempt, { reason: 'protocol', detail: messageOf(error) }));
    }
  }

  private listen(attempt: Attempt, ws: WebSocket): void {
    const isCurrent = () => attempt === this.attempt && attempt.ws === ws;
    ws.on('open', () => isCurrent() && this.onOpen(attempt));
    ws.on('message', (data, isBinary) => isCurrent() && this.onMessage(attempt, data, isBinary));
    ws.on('ping', (data) => isCurrent() && !this.faults.isMute && ws.readyState === WebSocket.OPEN && ws.pong(data));
    ws.on('pong', () => isCurrent() && this.onPong(attempt));
    ws.on('unexpected-response', (request, response) => {
      attempt.closed ??= refusedBy(response);
      request.destroy();
      if (isCurrent()) this.giveUp(attempt, attempt.closed);
    });
    ws.on('error', (error) => {
      attempt.closed ??= closedBy(error, attempt.isOpen);
      if (isCurrent() && !attempt.isOpen) this.giveUp(attempt, attempt.closed);
    });
    ws.on('close', (code, reason) => {
      if (!isCurrent()) return;
      if (!isUtf8(reason)) attempt.closed = { reason: 'protocol', detail: 'a close frame whose reason is not UTF-8' };
      const peer: Closed = code === 1005 ? { reason: 'closed' } : { reason: 'closed', code, ...detailOf(reason.toString()) };
      const isClean = code !== 1006 && !(attempt.closed && attempt.closed.reason !== 'network');
      this.finish(attempt, isClean ? peer : (attempt.closed ?? { reason: 'network', detail: 'the connection was lost' }));
    });
  }

  private onOpen(attempt: Attempt): void {
    attempt.limit?.cancel();
    attempt.isOpen = true;
    this.inFlight = '';
    this.isPinging = false;
    this.lastActivity = performance.now();
    if (this.faults.isBlackhole) attempt.ws?.pause();
    attempt.listener.onOpen();
  }

  private onPong(attempt: Attempt): void {
    this.isPinging = false;
    if (!this.faults.isMute) attempt.listener.onPong();
  }

  private onMessage(attempt: Attempt, data: RawData, isBinary: boolean): void {
    this.lastActivity = performance.now();
    const bytes = data as Buffer;
    const text = isBinary || bytes.length > this.maxMessageBytes ? undefined : textOf(bytes);
    if (text === undefined) {
      this.watcher.frame('in', isBinary ? `(${bytes.length} bytes, binary)` : `(${bytes.length} bytes, unreadable)`);
      attempt.listener.onUnreadable(isBinary || bytes.length <= this.maxMessageBytes ? undefined : startOf(bytes));
      return;
    }
    this.watcher.frame('in', text);
    const answered = /^\s*\[\s*[34]\s*,\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    if (answered === this.inFlight) this.inFlight = '';
    attempt.listener.onText(text);
  }

  /** The station waits no longer, whatever becomes of the connection. */
  private giveUp(attempt: Attempt, closed: Closed): void {
    if (this.attempt !== attempt) return;
    if (attempt.ws) this.faults.terminate(attempt.ws);
    this.finish(attempt, closed);
  }

  private finish(attempt: Attempt, closed: Closed): void {
    if (this.attempt !== attempt) return;
    attempt.limit?.cancel();
    this.attempt = undefined;
    this.inFlight = '';
    this.isPinging = false;
    this.lastActivity = performance.now();
    attempt.listener.onClosed(closed);
  }
}

/** What `net` does to the transport. Outlives the sockets, as a cable does. */
export class NetworkFaults {
  socket: NodeSocket | undefined;
  isDown = false;
  isBlackhole = false;
  /** Pings are not answered, in either direction. */
  isMute = false;
  /** What was sent into a black hole arrives when it ends, as with TCP; what was given up in it hangs until then. */
  private held: (() => void)[] = [];
  private lost: WebSocket[] = [];

  setDown(isDown: boolean): void {
    this.isDown = isDown;
    if (!isDown) return;
    this.release(false);
    this.socket?.networkDown();
  }

  setBlackhole(isBlackhole: boolean): void {
    if (isBlackhole === this.isBlackhole) return;
    this.isBlackhole = isBlackhole;
    if (!isBlackhole) this.release(true);
    this.socket?.blackholeChanged(isBlackhole);
  }

  carry(send: () => void): void {
    if (this.isBlackhole) this.held.push(send);
    else send();
  }

  terminate(ws: WebSocket): void {
    ws.on('error', () => {});
    if (!this.isBlackhole) return ws.terminate();
    ws.pause();
    this.lost.push(ws);
  }

  private release(arrives: boolean): void {
    const { held, lost } = this;
    this.held = [];
    this.lost = [];
    for (const ws of lost) ws.terminate();
    if (arrives) for (const send of held) send();
  }
}

/** Basic authentication by bytes: the password need not be UTF-8 (OCPP-J 1.6 6.2.2). */
function authorization(connection: Connection): Record<string, string> {
  if (connection.user === undefined || connection.password === undefined) return {};
  const bytes = Buffer.concat([Buffer.from(connection.user + ':'), connection.password]);
  return { Authorization: 'Basic ' + bytes.toString('base64') };
}

/** The beginning of a message that is too long: who sent it may want its id back. */
function startOf(bytes: Buffer): string {
  return bytes.subarray(0, startLength).toString('utf8');
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refusedBy(response: IncomingMessage): Closed {
  const after = response.headers['retry-after'];
  const seconds = after === undefined ? Number.NaN : /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
  return {
    reason: 'http',
    httpStatus: response.statusCode ?? 0,
    ...(seconds > 0 ? { retryAfter: Math.ceil(seconds) } : {}),
    ...detailOf(response.statusMessage ?? ''),
  };
}

/** What went wrong, by the codes of Node and OpenSSL. */
function closedBy(error: Error, wasOpen: boolean): Closed {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const detail = messageOf(error);
  if (/^(CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_)/.test(code)) {
    return { reason: 'tls', detail, securityEvent: 'InvalidCentralSystemCertificate' };
  }
  // An alert of the peer has the reason of OpenSSL in its text only.
  const reason = `${code} ${detail}`.toUpperCase().replaceAll(' ', '_');
  if (/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|WRONG_VERSION|VERSION_TOO_LOW/.test(reason)) {
    return { reason: 'tls', detail, securityEvent: 'InvalidTLSVersion' };
  }
  if (/NO_SHARED_CIPHER|NO_CIPHERS|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|WRONG_CIPHER/.test(reason)) {
    return { reason: 'tls', detail, securityEvent: 'InvalidTLSCipherSuite' };
  }
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return { reason: 'tls', detail };
  if (wasOpen) return { reason: code.startsWith('WS_ERR') ? 'protocol' : 'network', detail };
  if (/^E[A-Z]+$/.test(code) || /hang up|disconnected before secure/.test(detail)) return { reason: 'network', detail };
  return { reason: /^(HPE_|WS_ERR|$)/.test(code) ? 'protocol' : 'network', detail };
}

function nameError(name: string, certificate: PeerCertificate, connection: Connection): Error | undefined {
  if (connection.verifyName === false) return undefined;
  const error = checkServerIdentity(name, certificate);
  if (error !== undefined || connection.allowWildcards === true) return error;
  const names = certificate.subjectaltname?.split(', ') ?? [`DNS:${certificate.subject.CN}`];
  const isExact = names.some((entry) => entry.slice(entry.indexOf(':') + 1).toLowerCase() === name.toLowerCase());
  if (isExact) return undefined;
  return Object.assign(new Error('the certificate names the host by a wildcard only'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

function detailOf(detail: string): { detail?: string } {
  return detail === '' ? {} : { detail };
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || ((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
}
