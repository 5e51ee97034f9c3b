/** The WebSocket of the desktop wallbox against servers that behave well and badly. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket as TcpSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Clock } from '../../../hosts/node/clock.ts';
import { NetworkFaults, NodeSocket, type TlsFiles } from '../../../hosts/node/socket.ts';
import type { Closed, Connection, SocketListener } from '../../../src/index.ts';

const servers: (Server | TcpServer)[] = [];
const accepted: TcpSocket[] = [];

afterEach(() => {
  for (const socket of accepted.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen<T extends Server | TcpServer>(server: T): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: TcpSocket) => accepted.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A well-behaved central system; what it hears is in `texts`. */
async function webSocketServer(
  server: Server = createServer(),
): Promise<{ port: number; peer: Promise<WebSocket>; texts: string[]; headers: string[] }> {
  const texts: string[] = [];
  const headers: string[] = [];
  const web = new WebSocketServer({ server, handleProtocols: (offered) => (offered.has('ocpp1.6') ? 'ocpp1.6' : false) });
  const peer = new Promise<WebSocket>((resolve) => {
    web.on('connection', (socket, request) => {
      headers.push(request.headers.authorization ?? '');
      socket.on('message', (data) => texts.push(String(data)));
      resolve(socket);
    });
  });
  return { port: await listen(server), peer, texts, headers };
}

/** A station's side of one connection; everything it hears is in `heard`. */
class Station implements SocketListener {
  readonly clock = new Clock(true);
  readonly faults = new NetworkFaults();
  readonly heard: string[] = [];
  readonly socket: NodeSocket;
  closed: Closed | undefined;
  /** The core is calling the socket: it must not be called back now. */
  private isCalling = false;

  constructor(tls: TlsFiles = {}) {
    this.socket = new NodeSocket(this.clock, tls, 1000, { frame() {} }, this.faults);
  }

  private hear(what: string): void {
    if (this.isCalling) throw new Error(`${what} from inside a call`);
    this.heard.push(what);
  }

  onOpen(): void {
    this.hear('open');
  }
  onText(text: string): void {
    this.hear(text);
  }
  onUnreadable(start?: string): void {
    this.hear(start === undefined ? 'unreadable' : `overlong ${start.slice(0, 9)}`);
  }
  onPong(): void {
    this.hear('pong');
  }
  onClosed(closed: Closed): void {
    this.hear('closed');
    this.closed = closed;
  }

  call(work: () => unknown): void {
    this.isCalling = true;
    work();
    this.isCalling = false;
  }

  open(url: string, more: Partial<Connection> = {}): void {
    this.call(() => this.socket.open({ url, ...more }, this));
  }

  send(...pieces: string[]): void {
    const left = [...pieces];
    this.call(() => this.socket.send({ byteLength: Buffer.byteLength(pieces.join('')), next: () => left.shift() }));
  }

  async opened(): Promise<void> {
    await expect.poll(() => this.heard).toContain('open');
  }

  async ended(): Promise<Closed> {
    await expect.poll(() => this.closed, { timeout: 5000 }).toBeDefined();
    return this.closed as Closed;
  }

  pass(seconds: number): Promise<void> {
    return this.clock.advance(seconds * 1000, async () => {});
  }
}

test('text in pieces goes out as one message, text comes in, pings are answered', async () => {
  const { port, peer, texts, headers } = await webSocketServer();
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`, { user: 'CP:1', password: Uint8Array.of(0xff, 0x00, 0x61) });
  const other = await peer;
  await station.opened();
  station.send('[2,"1",', '"Heartbeat",{}]', 'é');
  other.send('[3,"1",{}]');
  const ponged = new Promise((resolve) => other.once('pong', resolve));
  other.ping('x');
  await ponged;
  station.call(() => station.socket.ping('hello'));
  await expect.poll(() => station.heard).toEqual(['open', '[3,"1",{}]', 'pong']);
  await expect.poll(() => texts).toEqual(['[2,"1","Heartbeat",{}]é']);
  expect(Buffer.from(headers[0]?.replace('Basic ', '') ?? '', 'base64')).toEqual(Buffer.from([...Buffer.from('CP:1:'), 0xff, 0x00, 0x61]));
});

test('what cannot be read is told, and the connection stays open', async () => {
  const { port, peer } = await webSocketServer();
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  const other = await peer;
  await station.opened();
  other.send(Buffer.from('binary'), { binary: true });
  other.send(`[2,"1234",${'x'.repeat(1001)}`);
  other.send('x'.repeat(1_000_000));
  other.send(Buffer.from([0x22, 0xc3, 0x28]), { binary: false });
  other.send('é'.repeat(500));
  await expect
    .poll(() => station.heard)
    .toEqual(['open', 'unreadable', 'overlong [2,"1234"', 'overlong xxxxxxxxx', 'unreadable', 'é'.repeat(500)]);
  expect(station.socket.isOpen).toBe(true);
});

test.each([
  ['404', 404, {}, { reason: 'http', httpStatus: 404 }],
  ['503 with Retry-After', 503, { 'Retry-After': '17' }, { reason: 'http', httpStatus: 503, retryAfter: 17 }],
  ['429 with a date', 429, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() }, { reason: 'http', httpStatus: 429 }],
  ['a portal that says 200', 200, {}, { reason: 'http', httpStatus: 200 }],
  ['401', 401, {}, { reason: 'http', httpStatus: 401 }],
])('a handshake that is answered with %s', async (_name, status, headers, closed) => {
  const port = await listen(createServer((_, response) => response.writeHead(status, headers).end('no')));
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  expect(await station.ended()).toMatchObject(closed);
  expect(station.heard).toEqual(['closed']);
});

test('a redirect is not followed', async () => {
  const { port: target, texts } = await webSocketServer();
  const port = await listen(createServer((_, response) => response.writeHead(301, { Location: `ws://127.0.0.1:${target}/` }).end()));
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  expect(await station.ended()).toMatchObject({ reason: 'http', httpStatus: 301 });
  expect(texts).toEqual([]);
});

test('101 without the subprotocol is no connection', async () => {
  const server = createServer();
  const web = new WebSocketServer({ server, handleProtocols: () => false });
  const port = await listen(server);
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  expect(await station.ended()).toMatchObject({ reason: 'protocol' });
  expect(station.heard).toEqual(['closed']);
  web.close();
});

test('nobody listens; the other side speaks something else', async () => {
  const port = await listen(createTcpServer());
  servers.pop()?.close();
  const nobody = new Station();
  nobody.open(`ws://127.0.0.1:${port}/x`);
  expect(await nobody.ended()).toMatchObject({ reason: 'network' });
  const other = await listen(createTcpServer((socket) => socket.on('data', () => socket.end('SSH-2.0-x\r\n'))));
  const station = new Station();
  station.open(`ws://127.0.0.1:${other}/x`);
  expect(await station.ended()).toMatchObject({ reason: 'protocol' });
});

test('a server that accepts and says nothing is given up after 30 s', async () => {
  const port = await listen(createTcpServer());
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await station.pass(29);
  expect(station.closed).toBeUndefined();
  await station.pass(1);
  expect(await station.ended()).toMatchObject({ reason: 'network' });
});

test('the peer closes, with a code and without', async () => {
  for (const [code, closed] of [
    [4001, { reason: 'closed', code: 4001, detail: 'because' }],
    [undefined, { reason: 'closed' }],
  ] as const) {
    const { port, peer } = await webSocketServer();
    const station = new Station();
    station.open(`ws://127.0.0.1:${port}/x`);
    const other = await peer;
    await station.opened();
    if (code === undefined) other.close();
    else other.close(code, 'because');
    expect(await station.ended()).toEqual(closed);
  }
});

test('a close frame whose reason is not UTF-8 is a broken protocol, and answered with 1007', async () => {
  const { port, peer } = await webSocketServer();
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  const other = await peer;
  await station.opened();
  const answered = new Promise((resolve) => other.once('close', resolve));
  accepted.at(-1)?.write(Buffer.from([0x88, 0x04, 0x03, 0xe8, 0xc3, 0x28]));
  expect(await station.ended()).toMatchObject({ reason: 'protocol' });
  expect(await answered).toBe(1007);
});

test('a close that is never answered ends after 5 s; what was sent before leaves first', async () => {
  const { port, peer, texts } = await webSocketServer();
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  const other = await peer;
  await station.opened();
  const tcp = accepted.at(-1) as TcpSocket;
  const written = tcp.write.bind(tcp);
  // The peer's answers are lost from now on.
  tcp.write = ((...args: Parameters<typeof written>) => (other.readyState === other.OPEN ? written(...args) : true)) as typeof tcp.write;
  tcp.end = (() => tcp) as typeof tcp.end;
  station.send('last words');
  station.call(() => station.socket.close(1000, ''));
  await expect.poll(() => texts).toEqual(['last words']);
  await station.pass(4);
  expect(station.closed).toBeUndefined();
  await station.pass(2);
  expect(await station.ended()).toMatchObject({ reason: 'network' });
});

test('a broken frame is a broken protocol; a connection that breaks off is the network', async () => {
  const first = await webSocketServer();
  const station = new Station();
  station.open(`ws://127.0.0.1:${first.port}/x`);
  await first.peer;
  await station.opened();
  accepted.at(-1)?.write(Buffer.from([0xff, 0x00]));
  expect(await station.ended()).toMatchObject({ reason: 'protocol' });
  const second = await webSocketServer();
  const other = new Station();
  other.open(`ws://127.0.0.1:${second.port}/x`);
  await second.peer;
  await other.opened();
  accepted.at(-1)?.destroy();
  expect(await other.ended()).toMatchObject({ reason: 'network' });
});

test('a URL that is none is told later, like everything else', async () => {
  const station = new Station();
  station.open('nonsense');
  expect(await station.ended()).toMatchObject({ reason: 'protocol' });
});

test('close while connecting is told once', async () => {
  const port = await listen(createTcpServer());
  const station = new Station();
  station.open(`ws://127.0.0.1:${port}/x`);
  station.call(() => station.socket.close(1000, ''));
  await station.ended();
  await station.pass(60);
  expect(station.heard).toEqual(['closed']);
});

describe('TLS', () => {
  let folder: string;
  const certificates: Record<string, { key: string; cert: string }> = {};

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ocpp-xs-tls-'));
    for (const [name, alternative] of Object.entries({ ip: 'IP:127.0.0.1', other: 'DNS:elsewhere.example', wildcard: 'DNS:*.example' })) {
      certificates[name] = certificate(name, alternative);
    }
    return () => rmSync(folder, { recursive: true, force: true });
  });

  function certificate(name: string, alternative: string): { key: string; cert: string } {
    const [keyFile, certFile] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${alternative}`];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', keyFile, '-out', certFile, ...subject], { stdio: 'ignore' });
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  }

  async function serve(name: string, options: object = {}): Promise<string> {
    const server = createSecureServer({ ...certificates[name], ...options });
    const { port } = await webSocketServer(server as unknown as Server);
    return `wss://127.0.0.1:${port}/x`;
  }

  test('with the root that was given', async () => {
    const station = new Station({ ca: certificates['ip']?.cert });
    station.open(await serve('ip'), { verifyName: true });
    await station.opened();
  });

  test('a certificate of nobody we trust', async () => {
    const station = new Station();
    station.open(await serve('ip'));
    expect(await station.ended()).toMatchObject({ reason: 'tls', securityEvent: 'InvalidCentralSystemCertificate' });
  });

  test('a certificate for another host, unless names are not verified', async () => {
    const tls = { ca: certificates['other']?.cert };
    const station = new Station(tls);
    station.open(await serve('other'), { verifyName: true });
    expect(await station.ended()).toMatchObject({ reason: 'tls', securityEvent: 'InvalidCentralSystemCertificate' });
    const lenient = new Station(tls);
    lenient.open(await serve('other'), { verifyName: false });
    await lenient.opened();
  });

  test('TLS 1.1 is too old', async () => {
    const station = new Station({ ca: certificates['ip']?.cert });
    station.open(await serve('ip', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));
    expect(await station.ended()).toMatchObject({ reason: 'tls', securityEvent: 'InvalidTLSVersion' });
  });

  test('no suite in common', async () => {
    const station = new Station({ ca: certificates['ip']?.cert });
    station.open(await serve('ip', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384' }));
    expect(await station.ended()).toMatchObject({ reason: 'tls', securityEvent: 'InvalidTLSCipherSuite' });
  });

  test('the station shows its own certificate when it is asked to', async () => {
    const { cert, key } = certificates['other'] as { key: string; cert: string };
    const url = await serve('ip', { requestCert: true, rejectUnauthorized: true, ca: cert });
    const bare = new Station({ ca: certificates['ip']?.cert });
    bare.open(url);
    expect(await bare.ended()).toMatchObject({ reason: 'tls' });
    const station = new Station({ ca: certificates['ip']?.cert, cert, key });
    station.open(url, { clientCertificate: true });
    await station.opened();
  });
});

describe('faults of the network', () => {
  test('down: nothing opens, what is open breaks off', async () => {
    const { port, peer } = await webSocketServer();
    const station = new Station();
    station.open(`ws://127.0.0.1:${port}/x`);
    await peer;
    await station.opened();
    station.faults.setDown(true);
    expect(await station.ended()).toMatchObject({ reason: 'network' });
    station.closed = undefined;
    station.open(`ws://127.0.0.1:${port}/x`);
    expect(await station.ended()).toMatchObject({ reason: 'network' });
  });

  test('a black hole holds what was sent, in both directions, and lets go in order', async () => {
    const { port, peer, texts } = await webSocketServer();
    const station = new Station();
    station.open(`ws://127.0.0.1:${port}/x`);
    const other = await peer;
    await station.opened();
    station.faults.setBlackhole(true);
    station.send('one');
    station.send('two');
    other.send('in');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([texts, station.heard]).toEqual([[], ['open']]);
    station.faults.setBlackhole(false);
    await expect.poll(() => texts).toEqual(['one', 'two']);
    await expect.poll(() => station.heard).toEqual(['open', 'in']);
  });

  test('what is closed in a black hole hangs at the other end until it is over', async () => {
    const { port, peer } = await webSocketServer();
    const station = new Station();
    station.open(`ws://127.0.0.1:${port}/x`);
    const other = await peer;
    await station.opened();
    station.faults.setBlackhole(true);
    station.call(() => station.socket.close(1001, ''));
    await station.pass(6);
    expect(await station.ended()).toMatchObject({ reason: 'network' });
    expect(other.readyState).toBe(other.OPEN);
    station.closed = undefined;
    station.open(`ws://127.0.0.1:${port}/x`);
    await station.pass(31);
    expect(await station.ended()).toMatchObject({ reason: 'network' });
    const gone = new Promise((resolve) => other.once('close', resolve));
    station.faults.setBlackhole(false);
    await gone;
  });

  test('a connection that was asked for in a black hole opens when it is over', async () => {
    const { port } = await webSocketServer();
    const station = new Station();
    station.faults.setBlackhole(true);
    station.open(`ws://127.0.0.1:${port}/x`);
    await station.pass(5);
    station.faults.setBlackhole(false);
    await station.opened();
  });

  test('mute: no pong leaves, none arrives', async () => {
    const { port, peer } = await webSocketServer();
    const station = new Station();
    station.open(`ws://127.0.0.1:${port}/x`);
    const other = await peer;
    await station.opened();
    station.faults.isMute = true;
    let pongs = 0;
    other.on('pong', () => pongs++);
    other.ping();
    station.call(() => station.socket.ping('x'));
    other.send('after');
    await expect.poll(() => station.heard).toEqual(['open', 'after']);
    expect(pongs).toBe(0);
  });
});
