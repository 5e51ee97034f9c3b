/**
 * The WebSocket of the device: RFC 6455 as a client over Moddable's TCP, for one subprotocol, in as little memory as it can.
 *
 * A message leaves piece by piece as the stream takes it, so its text never exists as a whole, and a received one is read straight into
 * the buffer that is decoded. While a message waits for room nothing is read: the central system feels it before the memory does.
 * The listener is only ever called from a callback of the stream or the timer, and no exception leaves one: that would restart the device.
 */

// biome-ignore-all lint/complexity/noThisInStatic: callbacks of a stream have it as `this`.

import type { Closed, Connection, LogLevel, Parts, Socket, SocketListener } from '../../src/index.ts';
import { applyMask, closePayload, controlFrame, dataHeader, isCloseCode, Opcode } from './frames.ts';
import { base64, Handshake, serverOf } from './handshake.ts';
import type { AddressListener, Network, OpenStream, Server, Stream } from './network.ts';
import { type Codec, textOf } from './text.ts';

/** What the client needs around it; a host is that. */
export interface Surroundings {
  readonly network: Network;
  readonly timers: ModdableTimerModule;
  readonly codec: Codec;
  readonly maxMessageBytes: number;
  /** Random bytes of a cryptographic source. */
  random(length: number): Uint8Array;
  log(level: LogLevel, text: string): void;
}

const connectLimit = 30_000;
const closeLimit = 5_000;
/** A message beyond this closes the connection; one between it and `maxMessageBytes` is read past. */
const largestMessage = 16 * 1024 * 1024;
/** Bytes of it that are kept all the same: an id stands there. */
const startLength = 128;
/** Messages that wait behind the one that is leaving. */
const mostWaiting = 4;
/** Characters that are encoded at a time. */
const pieceLength = 256;
/** Room for any control frame. */
const controlRoom = 131;
/** Bytes that are read at a time where they are not kept. */
const gulp = 256;
const State = /* @__PURE__ */ Object.freeze({
  Idle: 0,
  /** The name is looked up, or TCP connects. */
  Connecting: 1,
  /** The request has left. */
  Shaking: 2,
  Open: 3,
  /** Our close frame leaves or has left; what the peer still says counts. */
  Closing: 4,
  /** The peer has closed, or broke the protocol: nothing it says counts any more. */
  Draining: 5,
  /** The stream is gone; `onClosed` comes with the timer. */
  Ended: 6,
} as const);

const none = /* @__PURE__ */ new Uint8Array(0);

export class WebSocketClient implements Socket, AddressListener {
  private readonly around: Surroundings;
  private state: number = State.Idle;
  private listener: SocketListener | undefined;
  private stream: Stream | undefined;
  private timer: ModdableTimer | undefined;
  /** How the connection ends, as far as it is known by now. */
  private closed: Closed | undefined;
  /** While connecting. */
  private handshake: Handshake | undefined;
  private writable = 0;
  private readable = 0;
  /** What came behind the header section of the answer, in one piece with it. */
  private early: Uint8Array | undefined;
  private frame: Frame | undefined;
  private message: Message | undefined;
  private leaving: Leaving | undefined;
  private waiting: Parts[] | undefined;
  /** Payloads of control frames that are due; an older ping is answered together with a newer one (RFC 6455 5.5.3). */
  private pong: Uint8Array | undefined;
  private pinging: Uint8Array | undefined;
  private farewell: Uint8Array | undefined;
  /** Our close frame has left: nothing else does (RFC 6455 5.5.1). */
  private isMute = false;

  constructor(around: Surroundings) {
    this.around = around;
  }

  // Socket

  open(connection: Connection, listener: SocketListener): void {
    this.listener = listener;
    this.state = State.Connecting;
    try {
      const server = serverOf(connection);
      if (server === undefined) return this.later({ reason: 'protocol', detail: 'not an address of a central system' });
      this.handshake = new Handshake(server, base64(this.around.random(16)));
      this.arm(connectLimit);
      this.around.network.resolve(server, this);
    } catch (error) {
      this.later({ reason: 'network', detail: String(error) });
    }
  }

  send(parts: Parts): boolean {
    if (this.state !== State.Open) return false;
    if (this.leaving === undefined) {
      this.leaving = new Leaving(parts, this.mask());
      this.pump();
      return true;
    }
    if (this.waiting === undefined) this.waiting = [parts];
    else if (this.waiting.length < mostWaiting) this.waiting.push(parts);
    else return false;
    return true;
  }

  ping(payload: string): void {
    if (this.state !== State.Open) return;
    this.pinging = this.around.codec.encode(payload).slice(0, 125);
    this.pump();
  }

  close(code: number, reason: string): void {
    if (this.state === State.Connecting || this.state === State.Shaking) {
      this.later({ reason: 'network', detail: 'given up by the station' });
    } else if (this.state === State.Open) {
      this.state = State.Closing;
      this.closed = { reason: 'network', detail: 'closed by the station' };
      this.sayFarewell(closePayload(code, this.around.codec.encode(reason)));
    }
  }

  // Name and stream

  onAddress(server: Server, address: string | undefined): void {
    if (this.state !== State.Connecting || this.handshake?.server !== server || this.stream) return;
    if (address === undefined) return this.later({ reason: 'network', detail: 'no address of ' + server.host });
    try {
      this.stream = this.around.network.open(server, address, this, WebSocketClient);
    } catch (error) {
      this.later({ reason: server.isSecure ? 'tls' : 'network', detail: String(error) });
    }
  }

  // Callbacks of a stream, whose `this` it is. No more calls than these between the stream and the core: the stack is small.

  /** Takes everything that is there, unless a message waits to leave. */
  static onReadable(this: OpenStream<WebSocketClient>, count: number): void {
    const socket = this.target;
    if (this !== socket.stream) return;
    socket.readable = socket.early === undefined ? count : count + socket.early.length;
    try {
      while (socket.readable > 0 && socket.leaving === undefined) {
        if (socket.handshake) socket.readAnswer(socket.handshake);
        else if (socket.state === State.Draining) socket.take(gulp);
        else if (socket.readFrame()) {
          const text = socket.takeText();
          if (text === undefined) socket.listener?.onUnreadable(socket.takeStart());
          else socket.listener?.onText(text);
        }
      }
    } catch (error) {
      socket.around.log('error', 'receiving: ' + error);
      socket.later({ reason: 'protocol', detail: String(error) });
    }
  }

  static onWritable(this: OpenStream<WebSocketClient>, count: number): void {
    const socket = this.target;
    if (this !== socket.stream) return;
    socket.writable = count;
    if (socket.state === State.Connecting) return socket.request();
    socket.pump();
    const unread = socket.readable - (socket.early?.length ?? 0);
    if (socket.readable > 0) WebSocketClient.onReadable.call(this, unread);
  }

  static onError(this: OpenStream<WebSocketClient>, closed?: Closed): void {
    const socket = this.target;
    if (this !== socket.stream) return;
    socket.end(closed ?? { reason: 'network', detail: socket.state < State.Open ? 'no connection' : 'the connection was lost' });
  }

  // Ends

  private arm(delay: number): void {
    this.disarm();
    this.timer = this.around.timers.set(() => this.onTimer(), delay);
  }

  private disarm(): void {
    if (this.timer) this.around.timers.clear(this.timer);
    this.timer = undefined;
  }

  private onTimer(): void {
    this.timer = undefined;
    this.end({ reason: 'network', detail: this.state < State.Open ? 'no connection within 30 s' : 'the close was not answered' });
  }

  /** The stream is given up; the listener hears of it in a turn of its own. What was known before counts more. */
  private later(closed: Closed): void {
    this.closed ??= closed;
    this.state = State.Ended;
    this.drop();
    this.arm(0);
  }

  private drop(): void {
    const { stream } = this;
    this.stream = undefined;
    this.handshake = undefined;
    this.early = undefined;
    this.frame = undefined;
    this.message = undefined;
    this.leaving = undefined;
    this.waiting = undefined;
    this.pong = undefined;
    this.pinging = undefined;
    this.farewell = undefined;
    this.isMute = false;
    this.readable = 0;
    this.writable = 0;
    try {
      stream?.close();
    } catch (error) {
      this.around.log('warn', 'closing a stream: ' + error);
    }
  }

  /** The connection is over, now. */
  private end(closed: Closed): void {
    const { listener } = this;
    const known = this.closed ?? closed;
    this.disarm();
    this.drop();
    this.state = State.Idle;
    this.closed = undefined;
    this.listener = undefined;
    try {
      listener?.onClosed(known);
    } catch (error) {
      this.around.log('error', 'onClosed failed: ' + error);
    }
  }

  /** The last frame is due; the peer has 5 s to end the connection. */
  private sayFarewell(payload: Uint8Array): void {
    if (this.isMute) return;
    this.farewell = payload;
    this.arm(closeLimit);
    this.pump();
  }

  /** The peer broke the protocol (RFC 6455 7.1.7). What waits to be sent is of no use to it. */
  private fail(code: number, detail: string): void {
    if (this.closed?.reason !== 'closed') this.closed = { reason: 'protocol', detail };
    this.state = State.Draining;
    this.waiting = undefined;
    this.frame = undefined;
    this.message = undefined;
    this.sayFarewell(closePayload(code, none));
  }

  // Handshake

  private request(): void {
    try {
      const { codec } = this.around;
      const text = this.handshake?.request(codec) ?? '';
      this.state = State.Shaking;
      this.write(codec.encode(text));
    } catch (error) {
      this.later({ reason: 'network', detail: String(error) });
    }
  }

  /** The next bytes of the answer; at its end the connection is open, or refused. */
  private readAnswer(handshake: Handshake): void {
    const bytes = this.take(gulp);
    const used = handshake.read(bytes, this.around.codec);
    if (used < 0) return;
    const refused = handshake.verdict();
    if (refused) return this.later(refused);
    this.handshake = undefined;
    if (used < bytes.length) this.returnBytes(bytes.subarray(used));
    this.disarm();
    this.state = State.Open;
    this.listener?.onOpen();
  }

  // Receiving

  /** At most `limit` of the bytes that are there, at least one. */
  private take(limit: number): Uint8Array {
    const { early } = this;
    const there = early?.length ?? this.readable;
    const count = Math.min(limit, there);
    this.readable -= count;
    if (early === undefined) return new Uint8Array(this.stream?.read(count) ?? none);
    this.early = count < early.length ? early.subarray(count) : undefined;
    return early.subarray(0, count);
  }

  private returnBytes(bytes: Uint8Array): void {
    this.early = bytes;
    this.readable += bytes.length;
  }

  /** Goes on with the frame that arrives. True: a whole message is there. */
  private readFrame(): boolean {
    this.frame ??= new Frame();
    const { frame } = this;
    if (frame.missing > 0) {
      frame.readHeader(this.take(frame.missing));
      if (frame.missing > 0) return false;
      const error = frame.errorAfter(this.message);
      if (error !== '') this.fail(1002, error);
      else if (!frame.isControl) this.beginData(frame);
      if (this.frame === undefined) return false;
    } else this.keep(frame);
    if (frame.left > 0) return false;
    this.frame = undefined;
    if (frame.isControl) this.onControl(frame);
    return !frame.isControl && frame.isFinal;
  }

  private beginData(frame: Frame): void {
    this.message ??= new Message(frame.opcode === Opcode.Text, this.around.maxMessageBytes);
    this.message.expect(frame.left);
    if (this.message.byteLength > largestMessage) this.fail(1009, 'a message of more than 16 MB');
  }

  /** Not inline: the bytes must not be on the stack any more when the listener is called. */
  private keep(frame: Frame): void {
    const isKept = frame.isControl || this.message?.isReadable;
    const bytes = this.take(isKept ? frame.left : Math.min(gulp, frame.left));
    frame.left -= bytes.length;
    if (frame.isControl) frame.keep(bytes);
    else this.message?.keep(bytes, frame.left === 0 && frame.isFinal);
  }

  /** The message that is complete; undefined when it is none that can be read. */
  private takeText(): string | undefined {
    const bytes = this.message?.content();
    if (bytes) this.message = undefined;
    return bytes && textOf(bytes, this.around.codec);
  }

  /** The beginning of the message that is complete and too long; undefined of any other that cannot be read. */
  private takeStart(): string | undefined {
    const bytes = this.message?.start();
    this.message = undefined;
    return bytes && textOf(bytes, this.around.codec);
  }

  private onControl(frame: Frame): void {
    if (frame.opcode === Opcode.Ping) {
      this.pong = frame.payload;
      this.pump();
    } else if (frame.opcode === Opcode.Pong) this.listener?.onPong();
    else this.onCloseFrame(frame.payload);
  }

  private onCloseFrame(payload: Uint8Array): void {
    const code = payload.length < 2 ? undefined : payload[0]! * 256 + payload[1]!;
    if (payload.length === 1 || (code !== undefined && !isCloseCode(code))) return this.fail(1002, 'a close frame with a wrong code');
    const detail = textOf(payload.subarray(2), this.around.codec);
    if (detail === undefined) return this.fail(1007, 'a close frame whose reason is not UTF-8');
    this.closed = { reason: 'closed', ...(code === undefined ? {} : { code }), ...(detail === '' ? {} : { detail }) };
    const wasOpen = this.state === State.Open;
    this.state = State.Draining;
    this.waiting = undefined;
    if (wasOpen) this.sayFarewell(payload.slice(0, 2));
  }

  // Sending

  /** Sends what is due as far as there is room. The pieces are asked for here, where the stack is not deeper than it must be. */
  private pump(): void {
    try {
      while (this.stream && this.state >= State.Open) {
        const { leaving } = this;
        if (leaving === undefined) {
          if (!this.sendNext()) return;
        } else if (leaving.rest) {
          if (!this.sendRest(leaving, leaving.rest)) return;
        } else if (leaving.piece !== undefined) leaving.encode(this.around.codec);
        else {
          leaving.piece = leaving.parts.next();
          if (leaving.piece === undefined) this.leaving = leaving.end();
        }
      }
    } catch (error) {
      this.around.log('error', 'sending: ' + error);
      this.later({ reason: 'network', detail: String(error) });
    }
  }

  /** What comes behind a message; false: nothing is due, or there is no room. Control frames go between messages, the close frame behind all. */
  private sendNext(): boolean {
    if (this.writable < controlRoom || this.isMute) return false;
    const { pong, waiting, pinging, farewell } = this;
    if (pong) {
      this.pong = undefined;
      this.write(controlFrame(Opcode.Pong, pong, this.mask()));
    } else if (waiting) {
      this.leaving = new Leaving(waiting.shift()!, this.mask());
      if (waiting.length === 0) this.waiting = undefined;
    } else if (pinging) {
      this.pinging = undefined;
      this.write(controlFrame(Opcode.Ping, pinging, this.mask()));
    } else if (farewell) {
      this.farewell = undefined;
      this.isMute = true;
      this.write(controlFrame(Opcode.Close, farewell, this.mask()));
    } else return false;
    return true;
  }

  /** False: not all of it. */
  private sendRest(leaving: Leaving, bytes: Uint8Array): boolean {
    const fits = bytes.length <= this.writable;
    leaving.rest = fits ? undefined : bytes.subarray(this.writable);
    if (fits) this.write(bytes);
    else if (this.writable > 0) this.write(bytes.subarray(0, this.writable));
    return fits;
  }

  private write(bytes: Uint8Array): void {
    this.writable = this.stream?.write(bytes) ?? 0;
  }

  /** A fresh masking key; its first byte on the wire is the lowest. */
  private mask(): number {
    const bytes = this.around.random(4);
    return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24);
  }
}

/** A message on its way out. Throws when it is not as long as it said: the frame would never end. */
class Leaving {
  readonly parts: Parts;
  /** Bytes that have not left yet: the header at first. */
  rest: Uint8Array | undefined;
  /** The piece that is being sent. */
  piece: string | undefined;
  private readonly mask: number;
  /** Bytes of the frame that are not encoded yet. */
  private left: number;
  /** How much of the piece is encoded. */
  private at = 0;

  constructor(parts: Parts, mask: number) {
    this.parts = parts;
    this.mask = mask;
    this.left = parts.byteLength;
    this.rest = dataHeader(this.left, mask);
  }

  /** Makes the next bytes of the piece `rest`. */
  encode(codec: Codec): void {
    const bytes = codec.encode(this.nextText());
    if (bytes.length > this.left) throw new Error('a message is longer than it said');
    applyMask(bytes, this.mask, this.parts.byteLength - this.left);
    this.left -= bytes.length;
    this.rest = bytes;
  }

  end(): undefined {
    if (this.left !== 0) throw new Error('a message is ' + this.left + ' bytes shorter than it said');
  }

  private nextText(): string {
    const piece = this.piece ?? '';
    const start = this.at;
    let end = start + pieceLength;
    if (end < piece.length) {
      if (isHighSurrogate(piece.charCodeAt(end - 1))) end--; // strings of UTF-16 units only
      this.at = end;
      return piece.slice(start, end);
    }
    this.piece = undefined;
    this.at = 0;
    return start === 0 ? piece : piece.slice(start);
  }
}

/** A frame on its way in: its header, and the payload if it is a control frame. */
class Frame {
  opcode = 0;
  isFinal = false;
  /** Bytes of the payload that are still to come. */
  left = 0;
  /** Bytes of the header that are still to come, as far as is known. */
  missing = 2;
  payload: Uint8Array = none;
  private first = -1;
  private second = -1;

  readHeader(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.add(bytes[i]!);
    if (this.missing === 0 && this.isControl && this.left > 0 && this.left <= 125) this.payload = new Uint8Array(this.left);
  }

  get isControl(): boolean {
    return this.opcode >= Opcode.Close;
  }

  keep(bytes: Uint8Array): void {
    this.payload.set(bytes, this.payload.length - this.left - bytes.length);
  }

  /** What is wrong with the header behind the beginning of a message, if there is one; '' when nothing is (RFC 6455 5.1 to 5.5). */
  errorAfter(message: Message | undefined): string {
    const { opcode } = this;
    if ((this.first & 0x70) !== 0) return 'a frame with reserved bits';
    if ((this.second & 0x80) !== 0) return 'a masked frame';
    if (this.isControl) {
      if (opcode > Opcode.Pong) return 'an unknown kind of frame';
      if (!this.isFinal) return 'a control frame in fragments';
      return this.left > 125 ? 'a control frame that is too long' : '';
    }
    if (opcode > Opcode.Binary) return 'an unknown kind of frame';
    if (opcode === Opcode.Continuation) return message ? '' : 'a continuation of nothing';
    return message ? 'a message inside a message' : '';
  }

  private add(byte: number): void {
    this.missing--;
    if (this.first < 0) {
      this.first = byte;
      this.opcode = byte & 0x0f;
      this.isFinal = byte >= 0x80;
    } else if (this.second < 0) {
      this.second = byte;
      this.left = byte & 0x7f;
      if (this.left === 126) this.missing = 2;
      else if (this.left === 127) this.missing = 8;
      if (this.left > 125) this.left = 0;
    } else this.left = this.left * 256 + byte;
  }
}

/** A message on its way in. */
class Message {
  /** Of all frames so far, the one that arrives included. */
  byteLength = 0;
  /** It is text and not too long. */
  isReadable: boolean;
  /** It is text and too long. */
  private isCut = false;
  private bytes: Uint8Array = none;
  private filled = 0;
  private readonly limit: number;

  constructor(isText: boolean, limit: number) {
    this.isReadable = isText;
    this.limit = limit;
  }

  /** Another frame begins. */
  expect(byteLength: number): void {
    this.byteLength += byteLength;
    if (!this.isReadable || this.byteLength <= this.limit) return;
    this.isReadable = false;
    this.isCut = true;
    this.filled = Math.min(this.filled, startLength);
    this.bytes = this.bytes.slice(0, this.filled);
  }

  /** `isLast`: nothing comes behind these bytes. A message that arrives in one piece is not copied. */
  keep(bytes: Uint8Array, isLast: boolean): void {
    if (this.isCut) return this.keepStart(bytes);
    if (!this.isReadable) return;
    if (this.filled === 0 && isLast) this.bytes = bytes;
    else {
      if (this.byteLength > this.bytes.length) this.grow();
      this.bytes.set(bytes, this.filled);
    }
    this.filled += bytes.length;
  }

  private keepStart(bytes: Uint8Array): void {
    const more = bytes.subarray(0, startLength - this.filled);
    const kept = new Uint8Array(this.filled + more.length);
    kept.set(this.bytes);
    kept.set(more, this.filled);
    this.bytes = kept;
    this.filled = kept.length;
  }

  /** What was kept of one that is too long, up to its last ASCII character; undefined of any other. */
  start(): Uint8Array | undefined {
    let { filled } = this;
    while (filled > 0 && this.bytes[filled - 1]! >= 0x80) filled--;
    return this.isCut ? this.bytes.subarray(0, filled) : undefined;
  }

  /** undefined when it was not kept. */
  content(): Uint8Array | undefined {
    return this.isReadable ? this.bytes.subarray(0, this.filled) : undefined;
  }

  /** To what is known to come, and with many small fragments to twice the size, so that the copying does not grow faster than the message. */
  private grow(): void {
    const { bytes } = this;
    this.bytes = new Uint8Array(Math.max(this.byteLength, Math.min(this.filled * 2, this.limit)));
    this.bytes.set(bytes.subarray(0, this.filled));
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
