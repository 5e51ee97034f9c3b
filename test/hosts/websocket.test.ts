/** The WebSocket of the device on Node.js: over a TCP in memory against a peer that misbehaves, and over real TCP against `ws`. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket as NetSocket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { isCloseCode } from '../../hosts/moddable/frames.ts';
import { acceptFor, base64, serverOf, sha1 } from '../../hosts/moddable/handshake.ts';
import { Network, type OpenStream, type Resolve, type Stream, type StreamOptions } from '../../hosts/moddable/network.ts';
import { type Codec, isUtf8 } from '../../hosts/moddable/text.ts';
import { WebSocketClient } from '../../hosts/moddable/websocket.ts';
import type { Closed, Connection, SocketListener } from '../../src/index.ts';
import { StreamedParts, TextParts } from '../../src/wire/parts.ts';

const text = new TextEncoder();

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** As on XS: decoding is sloppy, so that the client's own check is what counts. */
const codec: Codec = {
  encode: (characters) => text.encode(characters),
  decode(bytes) {
    try {
      return strict.decode(bytes).split('\0')[0]!;
    } catch {
      return '';
    }
  },
};

/** Moddable's timers with a clock that the test moves. */
class VirtualTimers implements ModdableTimerModule {
  private now = 0;
  private due: { at: number; callback: () => void }[] = [];

  set(callback: () => void, delay = 0): ModdableTimer {
    const timer = { at: this.now + delay, callback };
    this.due.push(timer);
    return timer as unknown as ModdableTimer;
  }
  schedule(): void {
    throw new Error('not used');
  }
  clear(timer: ModdableTimer): void {
    const index = this.due.indexOf(timer as never);
    if (index < 0) throw new Error('invalid timer');
    this.due.splice(index, 1);
  }
  advance(ms: number): void {
    this.now += ms;
    for (let next = this.first(); next; next = this.first()) {
      this.due.splice(this.due.indexOf(next), 1);
      next.callback();
    }
  }
  get count(): number {
    return this.due.length;
  }
  private first() {
    return this.due.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at)[0];
  }
}

/** The peer's end of a stream in memory, with the rules of Moddable's TCP. */
class Wire implements Stream {
  readonly options: StreamOptions;
  readonly target: StreamOptions['target'];
  room = 8192;
  private chunks: Uint8Array[] = [];
  isClosed = false;
  private received = new Uint8Array(0);

  constructor(options: StreamOptions) {
    this.options = options;
    this.target = options.target;
  }
  read(count: number): ArrayBuffer | undefined {
    if (this.isClosed || count <= 0 || count > this.received.length) throw new Error('invalid');
    const bytes = this.received.slice(0, count);
    this.received = this.received.slice(count);
    return bytes.buffer;
  }
  write(bytes: Uint8Array): number {
    if (this.isClosed || bytes.length > this.room) throw new Error('would block');
    this.room -= bytes.length;
    this.chunks.push(bytes.slice());
    return this.room;
  }
  close(): void {
    this.isClosed = true;
  }
  get sent(): Uint8Array {
    return concat(...this.chunks);
  }
  forget(): void {
    this.chunks = [];
  }
  makeRoom(count: number): void {
    this.room += count;
    if (!this.isClosed) this.options.onWritable.call(this as OpenStream<unknown>, this.room);
  }
  deliver(bytes: Uint8Array): void {
    this.received = concat(this.received, bytes);
    if (!this.isClosed) this.options.onReadable.call(this as OpenStream<unknown>, this.received.length);
  }
  /** Moddable may say so twice. */
  lose(): void {
    if (!this.isClosed) this.options.onError.call(this as OpenStream<unknown>);
    this.options.onError.call(this as OpenStream<unknown>);
  }
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** A frame of the server. */
function frame(opcode: number, payload: Uint8Array | string, { isFinal = true, reserved = 0, masked = 0 } = {}): Uint8Array {
  const bytes = typeof payload === 'string' ? text.encode(payload) : payload;
  const { length } = bytes;
  const size = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : [127, 0, 0, 0, 0, ...u32(length)];
  return concat(new Uint8Array([(isFinal ? 0x80 : 0) | reserved | opcode, size[0]! | masked, ...size.slice(1)]), bytes);
}

function u32(value: number): number[] {
  return [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function closeFrame(code: number, reason = ''): Uint8Array {
  return frame(8, concat(new Uint8Array([code >> 8, code & 255]), text.encode(reason)));
}

/** What the client sent, unmasked. */
function framesOf(bytes: Uint8Array): { opcode: number; payload: Uint8Array; mask: number[] }[] {
  const frames = [];
  for (let at = 0; at < bytes.length; ) {
    const opcode = bytes[at]!;
    let length = bytes[at + 1]! & 127;
    expect(bytes[at + 1]! & 128).toBe(128);
    at += 2;
    const extension = length === 126 ? 2 : length === 127 ? 8 : 0;
    if (extension > 0) length = [...bytes.subarray(at, at + extension)].reduce((sum, byte) => sum * 256 + byte, 0);
    at += extension;
    const mask = [...bytes.subarray(at, at + 4)];
    const payload = bytes.slice(at + 4, at + 4 + length).map((byte, i) => byte ^ mask[i & 3]!);
    frames.push({ opcode, payload, mask });
    at += 4 + length;
  }
  return frames;
}

const connection: Connection = { url: 'ws://10.0.0.1:8080/ocpp/CP%201' };

class Station implements SocketListener {
  readonly events: string[] = [];
  readonly starts: (string | undefined)[] = [];
  readonly logs: string[] = [];
  readonly timers = new VirtualTimers();
  readonly wires: Wire[] = [];
  readonly client: WebSocketClient;
  closed: Closed | undefined;
  isInside = false;
  private seed = 0;

  constructor(resolver?: Resolve) {
    const wires = this.wires;
    class Recorded extends Wire {
      constructor(options: StreamOptions) {
        super(options);
        wires.push(this);
      }
    }
    this.client = new WebSocketClient({
      network: new Network(Recorded, resolver),
      timers: this.timers,
      codec,
      maxMessageBytes: 8192,
      random: (length) => new Uint8Array(length).map(() => (this.seed = (this.seed * 37 + 11) & 255)),
      log: (level, line) => this.logs.push(`${level} ${line}`),
    });
  }

  /** Calls the client, which must not call back meanwhile. */
  call<Result>(action: (client: WebSocketClient) => Result): Result {
    this.isInside = true;
    try {
      return action(this.client);
    } finally {
      this.isInside = false;
    }
  }
  get wire(): Wire {
    return this.wires.at(-1)!;
  }
  get frames() {
    return framesOf(this.wire.sent);
  }
  get request(): string {
    return Buffer.from(this.wire.sent).toString('latin1');
  }
  begin(to: Connection = connection): this {
    this.call((client) => client.open(to, this));
    this.wire?.makeRoom(0);
    return this;
  }
  answer(extra: string[] = [], key = /Sec-WebSocket-Key: (\S+)/.exec(this.request)![1]!): string {
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`];
    return [...lines, 'Sec-WebSocket-Protocol: ocpp1.6', ...extra, '', ''].join('\r\n');
  }
  /** A connection that is open. */
  open(): this {
    this.events.length = 0;
    this.begin();
    this.wire.deliver(text.encode(this.answer()));
    expect(this.events).toEqual(['open']);
    this.events.length = 0;
    this.wire.forget();
    this.wire.room = 8192;
    return this;
  }
  private note(event: string): void {
    if (this.isInside) throw new Error(`${event} was called from inside`);
    this.events.push(event);
  }
  onOpen(): void {
    this.note('open');
  }
  onText(received: string): void {
    this.note(`text ${received}`);
  }
  onUnreadable(start?: string): void {
    this.note('unreadable');
    this.starts.push(start);
  }
  onPong(): void {
    this.note('pong');
  }
  onClosed(closed: Closed): void {
    this.closed = closed;
    this.note(`closed ${closed.reason}`);
  }
}

function refused(answer: string): Closed | undefined {
  const station = new Station().begin();
  station.wire.deliver(text.encode(answer));
  station.timers.advance(0);
  expect(station.events).toEqual([`closed ${station.closed?.reason}`]);
  expect(station.wire.isClosed).toBe(true);
  expect(station.timers.count).toBe(0);
  return station.closed;
}

describe('handshake', () => {
  it('asks as RFC 6455 and OCPP-J demand, with a password of bytes', () => {
    const station = new Station().begin({ ...connection, user: 'CP 1', password: new Uint8Array([0, 255, 58, 200]) });
    expect(station.wire.options).toMatchObject({ address: '10.0.0.1', port: 8080, nodelay: true });
    expect(station.request).toBe(
      [
        'GET /ocpp/CP%201 HTTP/1.1',
        'Host: 10.0.0.1:8080',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${/Key: ([A-Za-z0-9+/]{22}==)\r/.exec(station.request)?.[1]}`,
        'Sec-WebSocket-Protocol: ocpp1.6',
        `Authorization: Basic ${Buffer.concat([Buffer.from('CP 1:'), Buffer.from([0, 255, 58, 200])]).toString('base64')}`,
        '',
        '',
      ].join('\r\n'),
    );
  });

  it('names the station in UTF-8, whatever alphabet its id is written in', () => {
    const station = new Station().begin({ ...connection, user: 'Säule 電', password: new Uint8Array([0, 255]) });
    const sent = Buffer.from(/Basic (\S+)/.exec(station.request)![1]!, 'base64');
    expect(sent).toEqual(Buffer.concat([Buffer.from('Säule 電:'), Buffer.from([0, 255])]));
  });

  it.each([
    ['a reason in Latin-1', 'HTTP/1.1 503 Dienst nicht verf\xfcgbar\r\nRetry-After: 120\r\n\r\n'],
    ['another header in Latin-1', 'HTTP/1.1 503 Busy\r\nServer: B\xfcro\r\nX: \xff\xfe\r\nRetry-After: 120\r\n\r\n'],
    ['a reason that is too long, cut within a character', `HTTP/1.1 503 ${'x'.repeat(242)}\xc3\xa4\r\nRetry-After: 120\r\n\r\n`],
    ['a zero in a header and in the reason', 'HTTP/1.1 503 \0\r\nX: a\0b\r\nRetry-After: 120\r\n\r\n'],
  ])('reads on behind %s', (_name, answer) => {
    const station = new Station().begin();
    station.wire.deliver(new Uint8Array(Buffer.from(answer, 'latin1')));
    station.timers.advance(0);
    expect(station.closed).toEqual({ reason: 'http', httpStatus: 503, retryAfter: 120 });
  });

  it('waits for the final answer behind those that are none yet', () => {
    const station = new Station().begin();
    station.wire.deliver(text.encode(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${station.answer()}`));
    expect(station.events).toEqual(['open']);
    expect(refused('HTTP/1.1 102 \r\n\r\nHTTP/1.1 503 \r\nRetry-After: 9\r\n\r\n')).toMatchObject({ httpStatus: 503, retryAfter: 9 });
    expect(refused('HTTP/1.1 102 \r\n\r\n'.repeat(2000))).toMatchObject({ reason: 'protocol' });
  });

  it('opens whatever characters a header of no interest has', () => {
    const station = new Station().begin();
    const answer = station.answer(['X-Stra\xdfe: \xff\0']).replace('Switching Protocols', 'Weiter \xfc');
    station.wire.deliver(new Uint8Array(Buffer.from(answer, 'latin1')));
    expect(station.events).toEqual(['open']);
  });

  it('takes an answer in any spelling, cut anywhere, that already carries frames', () => {
    for (let cut = 1; cut < 40; cut++) {
      const station = new Station().begin();
      const answer = station.answer(['Set-Cookie: '.padEnd(3000, 'x'), 'sec-websocket-extensions:']);
      const spelled = answer
        .replace('Connection: Upgrade', 'connection:keep-alive , upgrade')
        .replace('Upgrade: websocket', 'UPGRADE:  WebSocket ');
      const bytes = concat(text.encode(spelled), frame(1, 'first'), frame(9, ''), frame(1, 'second'));
      for (let at = 0; at < bytes.length; at += cut) station.wire.deliver(bytes.slice(at, at + cut));
      expect(station.events).toEqual(['open', 'text first', 'text second']);
    }
  });

  it.each([
    ['HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\n\r\n<html>', { reason: 'http', httpStatus: 401 }],
    ['HTTP/1.1 503 \r\nretry-after: 120\r\n\r\n', { reason: 'http', httpStatus: 503, retryAfter: 120 }],
    ['HTTP/1.0 429\r\nRetry-After: 99999999999999999999\r\n\r\n', { reason: 'http', httpStatus: 429, retryAfter: 86_400 }],
    [
      'HTTP/1.1 503 Busy\r\nDate: Tue, 29 Oct 2024 16:56:00 GMT\r\nRetry-After: Tue, 29 Oct 2024 16:56:32 GMT\r\n\r\n',
      { reason: 'http', httpStatus: 503, retryAfter: 32 },
    ],
    ['HTTP/1.1 503 Busy\r\nRetry-After: soon\r\n\r\n', { reason: 'http', httpStatus: 503 }],
    ['HTTP/1.1 301 Moved\r\nLocation: ws://elsewhere/\r\n\r\n', { reason: 'http', httpStatus: 301 }],
    ['HTTP/1.1 200 OK\r\n\r\n', { reason: 'http', httpStatus: 200 }],
    [`HTTP/1.1 403 No\r\n${'X: y\r\n'.repeat(4000)}`, { reason: 'http', httpStatus: 403 }],
    [`HTTP/1.1 101 Yes\r\n${'X: y\r\n'.repeat(4000)}`, { reason: 'protocol', detail: 'an answer of more than 16 kB' }],
    ['SSH-2.0-OpenSSH_9.2\r\n', { reason: 'protocol', detail: 'not an answer of HTTP' }],
    ['x'.repeat(20_000), { reason: 'protocol', detail: 'not an answer of HTTP' }],
    ['HTTP/1.1 101 Yes\r\n\r\n', { reason: 'protocol', detail: 'no upgrade to WebSocket' }],
  ])('refuses %j', (answer, closed) => {
    expect(refused(answer)).toEqual(closed);
  });

  it.each([
    [/Sec-WebSocket-Protocol: ocpp1.6\r\n/, '', 'no subprotocol ocpp1.6'],
    [/ocpp1.6/, 'ocpp2.0.1', 'no subprotocol ocpp1.6'],
    [/Accept: ./, 'Accept: !', 'a wrong Sec-WebSocket-Accept'],
    [/Upgrade: websocket/, 'Upgrade: h2c', 'no upgrade to WebSocket'],
    [/Connection: Upgrade/, 'Connection: keep-alive', 'no upgrade to WebSocket'],
    [/\r\n\r\n$/, '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n', 'an extension that was not asked for'],
  ])('refuses a 101 with %s replaced by %j', (pattern, by, detail) => {
    const station = new Station().begin();
    station.wire.deliver(text.encode(station.answer().replace(pattern, by)));
    station.timers.advance(0);
    expect(station.closed).toEqual({ reason: 'protocol', detail });
    expect(station.events).toEqual(['closed protocol']);
  });

  it('gives up after 30 s: without TCP, without an answer', () => {
    for (const isConnected of [false, true]) {
      const station = new Station();
      station.client.open(connection, station);
      if (isConnected) station.wire.makeRoom(0);
      station.timers.advance(29_999);
      expect(station.events).toEqual([]);
      station.timers.advance(1);
      expect(station.closed).toEqual({ reason: 'network', detail: 'no connection within 30 s' });
      expect(station.wire.isClosed).toBe(true);
    }
  });

  it('says network when TCP fails, once', () => {
    const station = new Station().begin();
    station.wire.lose();
    expect(station.events).toEqual(['closed network']);
  });

  it('resolves names, and lets an answer that comes too late go', () => {
    const asked: ((address?: string) => void)[] = [];
    const station = new Station((_name, done) => asked.push(done));
    station.call((client) => client.open({ url: 'ws://csms.example/' }, station));
    station.call((client) => client.close(1001, ''));
    station.timers.advance(0);
    station.client.open({ url: 'ws://csms.example/' }, station);
    asked[0]!('10.0.0.9');
    expect(station.wires).toHaveLength(0);
    asked[1]!('10.0.0.7');
    expect(station.wire.options.address).toBe('10.0.0.7');
    station.wire.makeRoom(0);
    expect(station.request).toContain('\r\nHost: csms.example\r\n');
    station.wire.lose();
    station.client.open({ url: 'ws://csms.example/' }, station);
    asked[2]!();
    station.timers.advance(0);
    expect(station.events).toEqual(['closed network', 'closed network', 'closed network']);
    expect(station.closed?.detail).toBe('no address of csms.example');
  });

  it.each([
    ['ws://host', { isSecure: false, host: 'host', port: 80, path: '/' }],
    ['WSS://host/a?b=c#d', { isSecure: true, host: 'host', port: 443, path: '/a?b=c' }],
    ['ws://1.2.3.4:9000?x', { isSecure: false, host: '1.2.3.4', port: 9000, path: '/?x' }],
    ['http://host/', undefined],
    ['ws://host:0/', undefined],
    ['ws://host:70000/', undefined],
    ['ws://[::1]/', undefined],
    ['ws://user@host/', undefined],
    ['ws://host:/', undefined],
    ['ws://host:1:2/', undefined],
    ['ws://host:+1/', undefined],
    ['ws://host:000080/', undefined],
    ['ws://:80/', undefined],
    ['ws:///path', undefined],
    ['ws://h\u00f6st/', undefined],
    ['w://host', undefined],
    ['ws:/host', undefined],
    ['xws://host', undefined],
    ['ws://host/a b', undefined],
    ['ws://host/\r\nX: y', undefined],
    ['', undefined],
  ])('understands the address %j', (url, server) => {
    expect(serverOf({ url })).toEqual(server && { ...server, connection: { url } });
  });

  it('says so in a turn of its own when the address is none, or needs TLS that is not there', () => {
    for (const [url, reason] of [
      ['nonsense', 'protocol'],
      ['wss://10.0.0.1/', 'tls'],
      ['ws://name/', 'network'],
    ] as const) {
      const station = new Station();
      station.call((client) => client.open({ url }, station));
      station.timers.advance(0);
      expect(station.events).toEqual([`closed ${reason}`]);
    }
  });
});

describe('receiving', () => {
  it('delivers text, however it is cut and fragmented, with control frames in between', () => {
    const message = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.infiniteStream(fc.integer({ min: 1, max: 90 })), (messages, sizes) => {
        const station = new Station().open();
        const frames: Uint8Array[] = [];
        const next = () => sizes.next().value as number;
        let pings = 0;
        for (const value of messages) {
          const bytes = text.encode(value);
          let opcode = 1;
          for (let at = 0, size = next(); ; at += size, size = next()) {
            const isFinal = at + size >= bytes.length;
            frames.push(frame(opcode, bytes.slice(at, at + size), { isFinal }));
            opcode = 0;
            if (isFinal) break;
            if (size % 3 === 0) frames.push(frame(9, `ping ${pings++}`));
          }
        }
        const wire = concat(...frames);
        for (let at = 0, size = next(); at < wire.length; at += size, size = next()) station.wire.deliver(wire.slice(at, at + size));
        expect(station.events).toEqual(messages.map((value) => `text ${value}`));
        for (const { opcode } of station.frames) expect(opcode).toBe(0x8a);
      }),
      { numRuns: 200 },
    );
  });

  it('takes messages up to the limit and reads past longer ones', () => {
    const station = new Station().open();
    const largest = 'é'.repeat(4096);
    const deliver = (...frames: Uint8Array[]) => {
      for (const bytes of frames) for (let at = 0; at < bytes.length; at += 1400) station.wire.deliver(bytes.slice(at, at + 1400));
    };
    deliver(frame(1, largest), frame(1, `${largest}x`), frame(1, 'x'.repeat(1_000_000)));
    deliver(
      frame(1, largest, { isFinal: false }),
      frame(9, 'p'),
      frame(0, 'x', { isFinal: false }),
      frame(0, 'x'.repeat(70_000)),
      frame(1, 'on'),
    );
    expect(station.events).toEqual([`text ${largest}`, 'unreadable', 'unreadable', 'unreadable', 'text on']);
    // Their beginnings are handed over: an id may stand there.
    expect(station.starts).toEqual(['', 'x'.repeat(128), '']);
  });

  it('hands over the beginning of what is too long, however it is cut into frames', () => {
    const start =
      '[2,"19223201","SendLocalList",{"listVersion":1,"updateType":"Full","localAuthorizationList":[{"idTag":"A","idTagInfo":{"statusäää';
    const rest = 'x'.repeat(20_000);
    const whole = new Station().open();
    whole.wire.deliver(frame(1, start + rest));
    const pieces = new Station().open();
    pieces.wire.deliver(frame(1, start.slice(0, 5), { isFinal: false }));
    pieces.wire.deliver(frame(0, start.slice(5, 20), { isFinal: false }));
    pieces.wire.deliver(frame(0, start.slice(20) + rest));
    const late = new Station().open();
    late.wire.deliver(frame(1, start + 'x'.repeat(8000), { isFinal: false }));
    late.wire.deliver(frame(0, rest));
    const expected = start.slice(0, start.indexOf('ä'));
    for (const station of [whole, pieces, late]) {
      expect(station.events).toEqual(['unreadable']);
      expect(station.starts).toEqual([expected]);
    }
  });

  it('collects 8,192 fragments of one byte without copying for each', () => {
    const station = new Station().open();
    for (let i = 0; i < 8192; i++) station.wire.deliver(frame(i === 0 ? 1 : 0, 'x', { isFinal: i === 8191 }));
    expect(station.events).toEqual([`text ${'x'.repeat(8192)}`]);
  });

  it.each([
    ['binary', [frame(2, 'x')]],
    ['binary in fragments', [frame(2, 'x', { isFinal: false }), frame(0, 'y')]],
    ['half a character', [frame(1, new Uint8Array([0x41, 0xc3]))]],
    ['a surrogate', [frame(1, new Uint8Array([0xed, 0xa0, 0x80]))]],
    ['an overlong form', [frame(1, new Uint8Array([0xc0, 0xaf]))]],
    ['U+0000', [frame(1, new Uint8Array([0x5b, 0, 0x5d]))]],
  ])('keeps the connection open after %s', (_name, frames) => {
    const station = new Station().open();
    for (const bytes of frames) station.wire.deliver(bytes);
    station.wire.deliver(frame(1, ''));
    expect(station.events).toEqual(['unreadable', 'text ']);
    expect(station.wire.sent).toHaveLength(0);
  });

  it('knows UTF-8', () => {
    const byte = fc.oneof(
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (values) => {
        let isValid = true;
        try {
          strict.decode(new Uint8Array(values));
        } catch {
          isValid = false;
        }
        expect(isUtf8(new Uint8Array(values))).toBe(isValid);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['reserved bits', frame(1, 'x', { reserved: 0x40 })],
    ['a masked frame', frame(1, 'xxxxx', { masked: 0x80 })],
    ['an unknown data frame', frame(3, 'x')],
    ['an unknown control frame', frame(11, 'x')],
    ['a ping in fragments', frame(9, 'x', { isFinal: false })],
    ['a ping of 126 bytes', frame(9, 'x'.repeat(126))],
    ['a continuation of nothing', frame(0, 'x')],
    ['a message inside a message', concat(frame(1, 'x', { isFinal: false }), frame(1, 'y'))],
    ['a close frame of one byte', frame(8, 'x')],
  ])('closes with 1002 after %s', (_name, bytes) => {
    const station = new Station().open();
    station.wire.deliver(concat(bytes, frame(1, 'never heard')));
    const [close] = station.frames;
    expect({ opcode: close?.opcode, payload: [...close!.payload] }).toEqual({ opcode: 0x88, payload: [0x03, 0xea] });
    expect(station.call((client) => client.send(new TextParts('x')))).toBe(false);
    station.wire.deliver(closeFrame(1000));
    station.wire.lose();
    expect(station.events).toEqual(['closed protocol']);
  });

  it('closes with 1009 when a message would be larger than 16 MB', () => {
    const station = new Station().open();
    station.wire.deliver(new Uint8Array([0x81, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]));
    expect([...station.frames[0]!.payload]).toEqual([0x03, 0xf1]);
    station.timers.advance(5000);
    expect(station.closed?.reason).toBe('protocol');
  });

  it('closes with 1007 when the reason of a close frame is not UTF-8', () => {
    const station = new Station().open();
    station.wire.deliver(frame(8, new Uint8Array([0x03, 0xe8, 0xff])));
    expect([...station.frames[0]!.payload]).toEqual([0x03, 0xef]);
  });

  it('answers every close code as RFC 6455 says', () => {
    for (const code of [...Array(5001).keys()].filter((value) => value < 20 || (value > 990 && value < 1030) || value > 2990)) {
      const station = new Station().open();
      station.wire.deliver(closeFrame(code, 'why €'));
      const legal =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].includes(code) || (code >= 3000 && code < 5000);
      expect(isCloseCode(code)).toBe(legal);
      const answered = legal ? code : 1002;
      expect([...station.frames[0]!.payload]).toEqual([answered >> 8, answered & 255]);
      station.wire.lose();
      if (legal) expect(station.closed).toEqual({ reason: 'closed', code, detail: 'why €' });
      else expect(station.closed?.reason).toBe('protocol');
    }
  });

  it('answers a close frame without code, and ends within 5 s when TCP stays', () => {
    const station = new Station().open();
    station.wire.deliver(concat(frame(8, ''), frame(1, 'never heard')));
    expect(station.frames[0]).toMatchObject({ opcode: 0x88, payload: new Uint8Array(0) });
    station.timers.advance(4999);
    expect(station.events).toEqual([]);
    station.timers.advance(1);
    expect(station.events).toEqual(['closed closed']);
    expect(station.closed).toEqual({ reason: 'closed' });
  });

  it('reports a stream that is lost in the middle of a frame', () => {
    const station = new Station().open();
    station.wire.deliver(frame(1, 'x'.repeat(200)).slice(0, 50));
    station.wire.lose();
    expect(station.closed).toEqual({ reason: 'network', detail: 'the connection was lost' });
    station.open();
  });

  it('survives a listener that throws: the connection ends, nothing else', () => {
    const station = new Station().open();
    station.onText = () => {
      throw new Error('bug');
    };
    station.wire.deliver(frame(1, 'x'));
    station.timers.advance(0);
    expect(station.events).toEqual(['closed protocol']);
    expect(station.logs).toEqual(['error receiving: Error: bug']);
  });

  it('takes any bytes without an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 20 }), fc.boolean(), (chunks, isOpen) => {
        const station = isOpen ? new Station().open() : new Station().begin();
        for (const bytes of chunks) station.wire.deliver(bytes);
        station.timers.advance(60_000);
        expect(station.logs).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

class Pieces {
  private readonly pieces: string[];
  constructor(pieces: string[]) {
    this.pieces = pieces;
  }
  piece(index: number): string | undefined {
    return this.pieces[index];
  }
}

describe('sending', () => {
  it('sends one frame of known length, masked with keys that change, whatever the room', () => {
    const piece = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 700 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.integer({ min: 0, max: 300 }), (pieces, room) => {
        const station = new Station().open();
        station.wire.room = room;
        station.wire.makeRoom(0);
        expect(station.call((client) => client.send(new StreamedParts('<', new Pieces(pieces), '>')))).toBe(true);
        for (let turn = 0; turn < 2000 && station.wire.room < 131; turn++) station.wire.makeRoom(room + 1);
        station.wire.makeRoom(4096);
        const [sent] = station.frames;
        expect(station.frames).toHaveLength(1);
        expect(Buffer.from(sent!.payload).toString()).toBe(`<${pieces.join('')}>`);
      }),
      { numRuns: 100 },
    );
  });

  it.each([0, 1, 125, 126, 65_535, 65_536, 100_000])('sends %i bytes', (length) => {
    const station = new Station().open();
    station.call((client) => client.send(new TextParts('x'.repeat(length))));
    while (station.wire.room < 8192) station.wire.makeRoom(8192 - station.wire.room);
    expect(station.frames).toMatchObject([{ opcode: 0x81, payload: text.encode('x'.repeat(length)) }]);
  });

  it('never splits a surrogate pair', () => {
    const station = new Station().open();
    const smiles = `a${'😀'.repeat(1000)}`;
    station.call((client) => client.send(new TextParts(smiles)));
    expect(Buffer.from(station.frames[0]!.payload).toString()).toBe(smiles);
  });

  it('queues a few messages behind one that waits, refuses more, and reads nothing meanwhile', () => {
    const station = new Station().open();
    station.wire.room = 10;
    station.wire.makeRoom(0);
    const texts = ['0'.repeat(50), '1', '2', '3', '4'];
    for (const value of texts) expect(station.call((client) => client.send(new TextParts(value)))).toBe(true);
    expect(station.call((client) => client.send(new TextParts('5')))).toBe(false);
    station.wire.deliver(concat(frame(9, 'a'), frame(1, 'in'), frame(9, 'b')));
    expect(station.events).toEqual([]);
    station.wire.makeRoom(8000);
    expect(station.events).toEqual(['text in']);
    expect(station.frames.map(({ opcode, payload }) => [opcode, Buffer.from(payload).toString()])).toEqual([
      ...texts.map((value) => [0x81, value]),
      [0x8a, 'a'],
      [0x8a, 'b'],
    ]);
  });

  it('answers the last of a flood of pings when there is room', () => {
    const station = new Station().open();
    station.wire.room = 130;
    station.wire.makeRoom(0);
    for (let i = 0; i < 1000; i++) station.wire.deliver(frame(9, `ping ${i}`));
    expect(station.wire.sent).toHaveLength(0);
    station.wire.makeRoom(8000);
    expect(station.frames.map(({ payload }) => Buffer.from(payload).toString())).toEqual(['ping 999']);
    station.wire.deliver(concat(...Array.from({ length: 1000 }, () => frame(9, 'x'.repeat(125)))));
    station.wire.makeRoom(8000);
    expect(station.frames.length).toBeGreaterThan(50);
  });

  it('pings with at most 125 bytes and reports the pong', () => {
    const station = new Station().open();
    station.call((client) => client.ping('é'.repeat(100)));
    expect(station.frames).toMatchObject([{ opcode: 0x89, payload: text.encode('é'.repeat(100)).slice(0, 125) }]);
    station.wire.deliver(frame(10, 'x'));
    expect(station.events).toEqual(['pong']);
  });

  it('masks with a fresh key each time', () => {
    const station = new Station().open();
    for (let i = 0; i < 3; i++) station.call((client) => client.send(new TextParts('x')));
    expect(new Set(station.frames.map(({ mask }) => mask.join(' '))).size).toBe(3);
  });

  it('ends the connection when a message is not as long as it said: the frame would never be right', () => {
    for (const byteLength of [4, 6]) {
      const station = new Station().open();
      const pieces = ['12345'];
      station.call((client) => client.send({ byteLength, next: () => pieces.pop() }));
      station.timers.advance(0);
      expect(station.events).toEqual(['closed network']);
      expect(station.wire.sent.length).toBeLessThanOrEqual(6 + byteLength);
    }
  });

  it('ends the connection when writing throws', () => {
    const station = new Station().open();
    station.wire.write = () => {
      throw new Error('would block');
    };
    expect(station.call((client) => client.send(new TextParts('x')))).toBe(true);
    station.timers.advance(0);
    expect(station.events).toEqual(['closed network']);
  });
});

describe('closing', () => {
  it('lets what was sent leave first, still listens, and reports the answer of the peer', () => {
    const station = new Station().open();
    station.wire.room = 10;
    station.wire.makeRoom(0);
    station.call((client) => {
      client.send(new TextParts('long enough to wait'));
      client.send(new TextParts('second'));
      client.close(1001, 'reason');
      client.close(1000, 'without effect');
      expect(client.send(new TextParts('too late'))).toBe(false);
    });
    station.wire.makeRoom(1000);
    expect(station.frames.map(({ opcode, payload }) => [opcode, Buffer.from(payload).toString('latin1')])).toEqual([
      [0x81, 'long enough to wait'],
      [0x81, 'second'],
      [0x88, '\x03\xe9reason'],
    ]);
    station.wire.deliver(concat(frame(1, 'an answer that crossed'), closeFrame(1001)));
    expect(station.frames).toHaveLength(3);
    station.wire.lose();
    expect(station.events).toEqual(['text an answer that crossed', 'closed closed']);
    expect(station.closed).toEqual({ reason: 'closed', code: 1001 });
    expect(station.timers.count).toBe(0);
  });

  it('says nothing behind its close frame, whatever the peer says', () => {
    const peer = fc.array(
      fc.constantFrom(
        frame(9, 'ping'),
        frame(1, 'text'),
        frame(2, 'binary'),
        frame(10, ''),
        frame(1, 'x', { reserved: 0x40 }),
        frame(0, 'a continuation of nothing'),
        frame(9, 'x'.repeat(126)),
        frame(8, 'x'),
        closeFrame(999),
        closeFrame(1000),
        frame(8, new Uint8Array([0x03, 0xe8, 0xff])),
      ),
      { maxLength: 8 },
    );
    const ends: ((station: Station) => void)[] = [
      (station) => station.call((client) => client.close(1001, '')),
      (station) => station.wire.deliver(closeFrame(1001)),
      (station) => station.wire.deliver(frame(3, '')),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...ends), peer, fc.integer({ min: 1, max: 200 }), fc.boolean(), (end, frames, size, isLate) => {
        const station = new Station().open();
        if (isLate) {
          station.wire.room = 0;
          station.wire.makeRoom(0);
        }
        end(station);
        if (isLate) station.wire.makeRoom(4000);
        const before = station.frames.length;
        const bytes = concat(...frames);
        for (let at = 0; at < bytes.length; at += size) station.wire.deliver(bytes.slice(at, at + size));
        station.call((client) => {
          client.ping('x');
          client.close(1000, '');
          expect(client.send(new TextParts('x'))).toBe(false);
        });
        station.wire.makeRoom(4000);
        expect(before).toBe(1);
        expect(station.frames.map(({ opcode }) => opcode)).toEqual([0x88]);
        station.timers.advance(5000);
        expect(station.events.filter((event) => event.startsWith('closed'))).toHaveLength(1);
        expect(station.timers.count).toBe(0);
        expect(station.logs).toEqual([]);
      }),
    );
  });

  it('ends 5 s after its close frame, even when the peer breaks the protocol meanwhile', () => {
    const station = new Station().open();
    station.call((client) => client.close(1000, ''));
    station.timers.advance(4000);
    station.wire.deliver(frame(1, 'x', { reserved: 0x40 }));
    station.timers.advance(1000);
    expect(station.events).toEqual(['closed protocol']);
  });

  it.each([0, 10_000])('ends within 5 s when the peer is silent, with room for %i bytes', (room) => {
    const station = new Station().open();
    station.wire.room = room;
    station.wire.makeRoom(0);
    station.call((client) => client.close(1000, ''));
    station.timers.advance(5000);
    expect(station.closed).toEqual({ reason: 'network', detail: 'closed by the station' });
    expect(station.wire.isClosed).toBe(true);
  });

  it('gives up a connection that is not open yet, in a turn of its own', () => {
    for (const isConnected of [false, true]) {
      const station = new Station();
      station.call((client) => client.open(connection, station));
      if (isConnected) station.wire.makeRoom(0);
      station.call((client) => client.close(1000, ''));
      expect(station.wire.isClosed).toBe(true);
      station.wire.lose();
      station.timers.advance(0);
      expect(station.events).toEqual(['closed network']);
    }
  });

  it('has no effect when nothing is open', () => {
    const station = new Station();
    station.call((client) => {
      client.close(1000, '');
      client.ping('x');
      expect(client.send(new TextParts('x'))).toBe(false);
    });
    expect(station.timers.count).toBe(0);
  });

  it('cuts a long reason at a character', () => {
    const station = new Station().open();
    station.call((client) => client.close(1000, `x${'é'.repeat(100)}`));
    expect(Buffer.from(station.frames[0]!.payload.slice(2)).toString()).toBe(`x${'é'.repeat(61)}`);
  });
});

describe('own SHA-1 and base64', () => {
  it('agree with those of Node.js', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Buffer.from(sha1(bytes)).toString('hex')).toBe(createHash('sha1').update(bytes).digest('hex'));
        expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
    expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='); // RFC 6455 1.3
  });
});

/** Moddable's TCP over that of Node.js. */
class NetStream implements Stream {
  readonly target: StreamOptions['target'];
  private readonly socket: NetSocket;
  private received = Buffer.alloc(0);

  constructor(options: StreamOptions) {
    this.target = options.target;
    this.socket = connect(options.port, options.address);
    const self = this as unknown as OpenStream<unknown>;
    this.socket.on('connect', () => options.onWritable.call(self, 8192));
    this.socket.on('drain', () => options.onWritable.call(self, 8192));
    this.socket.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes]);
      options.onReadable.call(self, this.received.length);
    });
    this.socket.on('error', () => {});
    this.socket.on('end', () => options.onError.call(self));
    this.socket.on('close', () => options.onError.call(self));
  }
  read(count: number): ArrayBuffer {
    const bytes = new Uint8Array(this.received.subarray(0, count));
    this.received = this.received.subarray(count);
    return bytes.buffer;
  }
  write(bytes: Uint8Array): number {
    this.socket.write(bytes.slice());
    return 8192;
  }
  close(): void {
    this.socket.end();
  }
}

describe('with `ws`', () => {
  it('talks both ways, pings and closes', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'ocpp1.6' });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const events: string[] = [];
    let left: (event: string) => void = () => {};
    const leaves = new Promise<string>((resolve) => {
      left = resolve;
    });
    server.on('connection', (socket, request) => {
      events.push(request.headers.authorization ?? '');
      socket.on('message', (data) => socket.send(`echo ${data}`));
      socket.on('close', (code, reason) => left(`server ${code} ${reason}`));
      socket.ping('p');
      socket.on('pong', (data) => events.push(`pong ${data}`));
    });
    const client = new WebSocketClient({
      network: new Network(NetStream),
      timers: { set: (callback: () => void, delay: number) => setTimeout(callback, delay), clear: clearTimeout } as never,
      codec,
      maxMessageBytes: 100_000,
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      log: () => {},
    });
    const long = 'ü'.repeat(20_000);
    const closed = await new Promise<Closed>((resolve) =>
      client.open(
        { url: `ws://127.0.0.1:${port}/CP`, user: 'CP', password: text.encode('secret') },
        {
          onOpen: () => client.ping('x'),
          onPong: () => client.send(new TextParts(long)),
          onText: (received) => {
            events.push(`${received === `echo ${long}`}`);
            client.close(1000, 'bye');
          },
          onUnreadable: () => {},
          onClosed: resolve,
        },
      ),
    );
    expect(await leaves).toBe('server 1000 bye');
    server.close();
    expect(closed).toEqual({ reason: 'closed', code: 1000, detail: 'bye' });
    expect(events).toEqual(['Basic Q1A6c2VjcmV0', 'pong p', 'true']);
  });
});
