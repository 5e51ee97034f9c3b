/** A gzipped tar of a few texts: what a diagnostics or log upload consists of. */

import { gzipSync } from 'node:zlib';
import { maskedUrls } from './trace.ts';

/** One text in the archive. `name`: at most 100 bytes of ASCII. */
export interface ArchivedText {
  readonly name: string;
  readonly text: string;
}

const blockSize = 512;

/** The bytes of a `.tar.gz`. `unix`: the date of every file, in milliseconds. Passwords are masked once more, whatever was collected. */
export function archiveOf(texts: readonly ArchivedText[], unix: number): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, text } of texts) {
    const content = Buffer.from(withoutSecrets(text));
    blocks.push(header(name, content.length, Math.floor(unix / 1000)), content, padding(content.length));
  }
  blocks.push(Buffer.alloc(2 * blockSize));
  return gzipSync(Buffer.concat(blocks));
}

/** Passwords in URLs, and whatever stands beside AuthorizationKey. */
export function withoutSecrets(text: string): string {
  return maskedUrls(text).replace(/(authorizationkey\W{1,8}(?:value\W{1,8})?)[^\s",}\]]+/gi, '$1***');
}

/** POSIX ustar. */
function header(name: string, length: number, seconds: number): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(name, 0, 100, 'ascii');
  block.write('0000644\0', 100, 'ascii');
  block.write('0000000\0', 108, 'ascii');
  block.write('0000000\0', 116, 'ascii');
  block.write(octal(length), 124, 'ascii');
  block.write(octal(seconds), 136, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  // The checksum counts its own field as blanks.
  block.write('        ', 148, 'ascii');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(sum.toString(8).padStart(6, '0') + '\0 ', 148, 'ascii');
  return block;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, '0') + ' ';
}

function padding(length: number): Buffer {
  return Buffer.alloc((blockSize - (length % blockSize)) % blockSize);
}
