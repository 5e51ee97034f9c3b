/** Cryptography on the desktop: node:crypto. */

import { randomBytes } from 'node:crypto';
import type { Crypto } from '../../src/index.ts';

export class NodeCrypto implements Crypto {
  random(length: number): Uint8Array {
    return randomBytes(length);
  }
}
