/** Frames of a WebSocket on their way out (RFC 6455 5): headers, masks and close codes. */

export const Opcode = /* @__PURE__ */ Object.freeze({ Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const);

/** RFC 6455 7.4, and the codes that IANA has added since. */
export function isCloseCode(code: number): boolean {
  if (code >= 3000) return code < 5000;
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}

/** Header of an unfragmented text message, with its mask. */
export function dataHeader(byteLength: number, mask: number): Uint8Array {
  const extension = byteLength < 126 ? 0 : byteLength < 65_536 ? 2 : 8;
  const bytes = new Uint8Array(6 + extension);
  bytes[0] = 0x80 | Opcode.Text;
  bytes[1] = 0x80 | (extension === 0 ? byteLength : extension === 2 ? 126 : 127);
  for (let i = 0, rest = byteLength; i < extension; i++, rest = Math.floor(rest / 256)) bytes[1 + extension - i] = rest;
  putMask(bytes, 2 + extension, mask);
  return bytes;
}

export function controlFrame(opcode: number, payload: Uint8Array, mask: number): Uint8Array {
  const bytes = new Uint8Array(6 + payload.length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | payload.length;
  putMask(bytes, 2, mask);
  for (let i = 0; i < payload.length; i++) bytes[6 + i] = payload[i]! ^ (mask >>> (8 * (i & 3)));
  return bytes;
}

export function putMask(bytes: Uint8Array, at: number, mask: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = mask >>> (8 * i);
}

/** Masks a part of a payload that begins at `offset` of it, four bytes at a time (every engine of ours is little-endian). */
export function applyMask(bytes: Uint8Array, mask: number, offset: number): void {
  const shift = 8 * (offset & 3);
  const turned = (mask >>> shift) | (mask << (32 - shift));
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let i = 0; i < words.length; i++) words[i]! ^= turned;
  for (let i = words.length * 4; i < bytes.length; i++) bytes[i]! ^= turned >>> (8 * (i & 3));
}

export function closePayload(code: number, reason: Uint8Array): Uint8Array {
  let length = Math.min(reason.length, 123);
  while (length < reason.length && (reason[length]! & 0xc0) === 0x80) length--; // not within a character
  const bytes = new Uint8Array(2 + length);
  bytes[0] = code >> 8;
  bytes[1] = code;
  bytes.set(reason.subarray(0, length), 2);
  return bytes;
}
