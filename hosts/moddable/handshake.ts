/** The opening handshake of a WebSocket (RFC 6455 4.1): the request, the judgement of its answer, and the arithmetic both need. */

import type { Closed, Connection } from '../../src/index.ts';
import type { Server } from './network.ts';
import type { Codec } from './text.ts';

const headerLimit = 16_384;
const lineLimit = 256;
/** Stands for what is not ASCII: servers write Latin-1 into reasons and headers, and nothing that counts here has such a byte. */
const unknownByte = 0x3f;

/** The opening handshake (RFC 6455 4.1): asks, and judges the answer. */
export class Handshake {
  readonly server: Server;
  private readonly key: string;
  private readonly line = new Uint8Array(lineLimit);
  private lineLength = 0;
  private total = 0;
  private status = 0;
  private isUpgrade = false;
  private isWebSocket = false;
  private hasExtension = false;
  private accept = '';
  private subprotocol = '';
  private retryAfter = '';
  private date = '';

  constructor(server: Server, key: string) {
    this.server = server;
    this.key = key;
  }

  request(codec: Codec): string {
    const { host, port, path, isSecure, connection } = this.server;
    const { user, password } = connection;
    let text = 'GET ' + path + ' HTTP/1.1\r\nHost: ' + host;
    if (port !== (isSecure ? 443 : 80)) text += ':' + port;
    text += '\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ' + this.key;
    text += '\r\nSec-WebSocket-Protocol: ocpp1.6';
    if (user !== undefined && password !== undefined)
      text += '\r\nAuthorization: Basic ' + base64(credentials(codec.encode(user), password));
    return text + '\r\n\r\n';
  }

  /** Takes the next bytes of the answer. How many of them belong to its header section when that has ended, else -1. */
  read(bytes: Uint8Array, codec: Codec): number {
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === 10) {
        if (this.lineLength === 0 && this.isInterim) this.status = 0;
        else if (this.lineLength === 0 && this.status !== 0) return i + 1;
        else this.readLine(codec.decode(this.line.subarray(0, this.lineLength)));
        this.lineLength = 0;
        if (this.status < 0) return i + 1;
      } else if (byte !== 13 && this.lineLength < lineLimit) this.line[this.lineLength++] = byte > 0 && byte < 0x80 ? byte : unknownByte;
    }
    this.total += bytes.length;
    return this.total > headerLimit ? bytes.length : -1;
  }

  /** The final answer is still to come (RFC 9110 15.2). */
  private get isInterim(): boolean {
    return this.status >= 100 && this.status < 200 && this.status !== 101;
  }

  /** undefined: the connection is open. */
  verdict(): Closed | undefined {
    const { status } = this;
    if (status <= 0) return { reason: 'protocol', detail: 'not an answer of HTTP' };
    if (status !== 101) return this.refusal();
    if (this.total > headerLimit) return { reason: 'protocol', detail: 'an answer of more than 16 kB' };
    if (!this.isUpgrade || !this.isWebSocket) return { reason: 'protocol', detail: 'no upgrade to WebSocket' };
    if (this.accept !== acceptFor(this.key)) return { reason: 'protocol', detail: 'a wrong Sec-WebSocket-Accept' };
    if (this.hasExtension) return { reason: 'protocol', detail: 'an extension that was not asked for' };
    if (this.subprotocol !== 'ocpp1.6') return { reason: 'protocol', detail: 'no subprotocol ocpp1.6' }; // OCPP-J 1.6 3.2
    return undefined;
  }

  private refusal(): Closed {
    const seconds = isDigits(this.retryAfter) ? Number(this.retryAfter) : (Date.parse(this.retryAfter) - Date.parse(this.date)) / 1000;
    if (!(seconds > 0)) return { reason: 'http', httpStatus: this.status };
    return { reason: 'http', httpStatus: this.status, retryAfter: Math.min(Math.ceil(seconds), 86_400) };
  }

  private readLine(line: string): void {
    if (this.status === 0) {
      this.status = statusOf(line);
      return;
    }
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, Math.max(colon, 0)).toLowerCase()) {
      case 'connection':
        if (hasUpgrade(value)) this.isUpgrade = true;
        break;
      case 'upgrade':
        this.isWebSocket = value.toLowerCase() === 'websocket';
        break;
      case 'sec-websocket-accept':
        this.accept = value;
        break;
      case 'sec-websocket-protocol':
        this.subprotocol = value;
        break;
      case 'sec-websocket-extensions':
        this.hasExtension = value !== '';
        break;
      case 'retry-after':
        this.retryAfter = value;
        break;
      case 'date':
        this.date = value;
        break;
    }
  }
}

/** The status of a status line of HTTP 1; -1: it is none. */
function statusOf(line: string): number {
  const status = line.slice(9, 12);
  const isHttp = line.startsWith('HTTP/1.0 ') || line.startsWith('HTTP/1.1 ');
  const isStatus = status.length === 3 && isDigits(status) && status.charAt(0) !== '0';
  return isHttp && isStatus && (line.length === 12 || line.charAt(12) === ' ') ? Number(status) : -1;
}

/** Whether the list of tokens holds `upgrade`. */
function hasUpgrade(list: string): boolean {
  for (const token of list.split(',')) if (token.trim().toLowerCase() === 'upgrade') return true;
  return false;
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x30 || text.charCodeAt(at) > 0x39) return false;
  return text !== '';
}

/** undefined: no address that this client can reach (IPv6 it cannot), or one that would break the request. */
export function serverOf(connection: Connection): Server | undefined {
  const { url } = connection;
  const start = url.indexOf('://') + 3;
  const scheme = url.slice(0, start).toLowerCase();
  const isSecure = scheme === 'wss://';
  if (!(isSecure || scheme === 'ws://') || !isPrintable(url)) return undefined;
  const end = endOfAuthority(url, start);
  const colon = url.indexOf(':', start);
  const hasPort = colon >= 0 && colon < end;
  const host = url.slice(start, hasPort ? colon : end);
  const port = hasPort ? portOf(url.slice(colon + 1, end)) : isSecure ? 443 : 80;
  if (host === '' || port === 0 || host.indexOf('@') >= 0 || host.indexOf('[') >= 0 || host.indexOf(']') >= 0) return undefined;
  const hash = url.indexOf('#', end);
  const path = hash < 0 ? url.slice(end) : url.slice(end, hash);
  return { isSecure, host, port, path: path.charAt(0) === '/' ? path : '/' + path, connection };
}

/** Where host and port end. */
function endOfAuthority(url: string, start: number): number {
  let end = start;
  while (end < url.length && '/?#'.indexOf(url.charAt(end)) < 0) end++;
  return end;
}

/** 1 to 65,535; 0: it is none. */
function portOf(text: string): number {
  const port = text.length <= 5 && isDigits(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x21 || text.charCodeAt(at) > 0x7e) return false;
  return true;
}

/** Both as bytes: UTF-8 is what a name is sent in, as in the path; the password need not be text. */
function credentials(user: Uint8Array, password: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(user.length + 1 + password.length);
  bytes.set(user);
  bytes[user.length] = 0x3a;
  bytes.set(password, user.length + 1);
  return bytes;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += alphabet.charAt(word >> 18) + alphabet.charAt((word >> 12) & 63);
    text += i + 1 < bytes.length ? alphabet.charAt((word >> 6) & 63) : '=';
    text += i + 2 < bytes.length ? alphabet.charAt(word & 63) : '=';
  }
  return text;
}

/** What a server answers to the key that it was sent (RFC 6455 4.2.2). */
export function acceptFor(key: string): string {
  const text = key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return base64(sha1(bytes));
}

/** SHA-1 (FIPS 180-4), of short messages. */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = (message.length + 72) >> 6;
  const bytes = new Uint8Array(blocks * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, message.length * 8);
  const hash = new Int32Array(5);
  hash.set([0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0]);
  for (let block = 0; block < blocks; block++) sha1Block(view, block * 64, hash);
  const digest = new Uint8Array(20);
  for (let i = 0; i < 20; i++) digest[i] = hash[i >> 2]! >> (24 - 8 * (i & 3));
  return digest;
}

/** The block's words are replaced by the later ones of the schedule as they are used up. */
function sha1Block(words: DataView, start: number, hash: Int32Array): void {
  let a = hash[0]!;
  let b = hash[1]!;
  let c = hash[2]!;
  let d = hash[3]!;
  let e = hash[4]!;
  for (let i = 0; i < 80; i++) {
    const at = start + 4 * (i & 15);
    if (i >= 16) words.setInt32(at, scheduled(words, start, i));
    const next = (rotated(a, 5) + mixed(i, b, c, d) + e + words.getInt32(at)) | 0;
    e = d;
    d = c;
    c = rotated(b, 30);
    b = a;
    a = next;
  }
  hash[0]! += a;
  hash[1]! += b;
  hash[2]! += c;
  hash[3]! += d;
  hash[4]! += e;
}

/** Word `i` of the schedule, from those 3, 8, 14 and 16 before it. */
function scheduled(words: DataView, start: number, i: number): number {
  const near = words.getInt32(start + 4 * ((i - 3) & 15)) ^ words.getInt32(start + 4 * ((i - 8) & 15));
  return rotated(near ^ words.getInt32(start + 4 * ((i - 14) & 15)) ^ words.getInt32(start + 4 * (i & 15)), 1);
}

/** Function and constant of round `i`. */
function mixed(i: number, b: number, c: number, d: number): number {
  if (i < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (i < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (i < 60) return ((b & c) | (b & d) | (c & d)) - 0x70e44324;
  return (b ^ c ^ d) - 0x359d3e2a;
}

function rotated(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
