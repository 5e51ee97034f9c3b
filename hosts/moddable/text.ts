/** UTF-8 as the engine codes it, made safe. */

/** UTF-8 by the engine. */
export interface Codec {
  /** The bytes in a buffer of their own, which the caller may change. */
  encode(text: string): Uint8Array;
  /**
   * The text. For bytes that are not UTF-8 or hold U+0000 it may throw, or answer any text that has fewer characters than there are bytes
   * (XS takes surrogates and overlong forms, and stops at a zero).
   */
  decode(bytes: Uint8Array): string;
}

/** The text, or undefined when the bytes are not UTF-8. Bytes are looked at one by one only when some are not ASCII. */
export function textOf(bytes: Uint8Array, codec: Codec): string | undefined {
  try {
    const text = codec.decode(bytes);
    return text.length === bytes.length || isUtf8(bytes) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the bytes are UTF-8 (RFC 3629) without U+0000, which XS ends a string at. */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; ) {
    const byte = bytes[i++]!;
    if (byte === 0) return false;
    if (byte < 0x80) continue;
    const more = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte < 0xc2 || byte > 0xf4 || i + more > bytes.length) return false;
    const second = bytes[i]!;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if ((byte === 0xe0 && second < 0xa0) || (byte === 0xed && second > 0x9f)) return false;
    if ((byte === 0xf0 && second < 0x90) || (byte === 0xf4 && second > 0x8f)) return false;
    for (let end = i + more; i < end; i++) if ((bytes[i]! & 0xc0) !== 0x80) return false;
  }
  return true;
}
