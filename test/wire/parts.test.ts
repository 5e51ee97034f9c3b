import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callHead, resultHead } from '../../src/wire/frame.ts';
import { type PieceSource, StreamedParts, TextParts } from '../../src/wire/parts.ts';

class Pieces implements PieceSource {
  readonly pieces: string[];
  constructor(pieces: string[]) {
    this.pieces = pieces;
  }
  piece(index: number): string | undefined {
    return this.pieces[index];
  }
}

function collect(parts: { next(): string | undefined }): string[] {
  const pieces: string[] = [];
  for (let piece = parts.next(); piece !== undefined; piece = parts.next()) pieces.push(piece);
  return pieces;
}

describe('parts', () => {
  it('know the length of what they hand out', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.string({ unit: 'binary', minLength: 1 })),
        fc.string(),
        (head, pieces, tail) => {
          const parts = new StreamedParts(head, new Pieces(pieces), tail);
          expect(parts.byteLength).toBe(Buffer.byteLength(head + pieces.join('') + tail));
          expect(collect(parts)).toEqual([head, ...pieces, tail]);
          expect(parts.next()).toBeUndefined();
        },
      ),
    );
  });

  it('stream a message without building it', () => {
    const parts = new StreamedParts(`${resultHead('7"')}{"configurationKey":[`, new Pieces(['{"key":"A"}', ',{"key":"B"}']), ']}]');
    expect(JSON.parse(collect(parts).join(''))).toEqual([3, '7"', { configurationKey: [{ key: 'A' }, { key: 'B' }] }]);
    expect(JSON.parse(`${callHead('7', 'StopTransaction')}{}]`)).toEqual([2, '7', 'StopTransaction', {}]);
  });

  it('in one piece end after it', () => {
    const parts = new TextParts('€');
    expect(parts.byteLength).toBe(3);
    expect(collect(parts)).toEqual(['€']);
  });
});
