/** Messages on their way out that know their length in bytes before the first piece leaves. */
import type { Parts } from '../host.ts';
import { utf8Length } from './text.ts';

/** A message in one piece. */
export class TextParts implements Parts {
  readonly byteLength: number;
  private text: string | undefined;

  constructor(text: string) {
    this.byteLength = utf8Length(text);
    this.text = text;
  }

  next(): string | undefined {
    const text = this.text;
    this.text = undefined;
    return text;
  }
}

/** Where the middle of a streamed message comes from. */
export interface PieceSource {
  /**
   * The piece with this number, counted from 0, or undefined behind the last one. Asked for all pieces twice, first for their length and
   * then to send them, so it must answer the same text both times. A piece is never empty; commas between elements belong to the pieces.
   */
  piece(index: number): string | undefined;
}

/** A long message whose text never exists as a whole: head, the pieces of a source, tail. */
export class StreamedParts implements Parts {
  readonly byteLength: number;
  private readonly head: string;
  private readonly source: PieceSource;
  private readonly tail: string;
  /** Number of the piece that comes next; -1: the head; undefined: all was handed out. */
  private index: number | undefined = -1;

  constructor(head: string, source: PieceSource, tail: string) {
    this.head = head;
    this.source = source;
    this.tail = tail;
    let bytes = utf8Length(head) + utf8Length(tail);
    for (let index = 0; ; index += 1) {
      const piece = source.piece(index);
      if (piece === undefined) break;
      bytes += utf8Length(piece);
    }
    this.byteLength = bytes;
  }

  next(): string | undefined {
    const index = this.index;
    if (index === undefined) return undefined;
    this.index = index + 1;
    if (index < 0) return this.head;
    const piece = this.source.piece(index);
    if (piece !== undefined) return piece;
    this.index = undefined;
    return this.tail;
  }
}
