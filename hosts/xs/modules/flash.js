/** Stand-in for `embedded:storage/flash`: partitions of --flash; writing clears bits, erasing sets blocks of 4,096 bytes. */
class Flash {
  #path;
  constructor(options) {
    host.flashSize(options.path);
    this.#path = options.path;
  }
  read(byteLength, byteOffset) {
    return host.flashRead(this.#path, byteLength, byteOffset);
  }
  write(buffer, byteOffset) {
    host.flashWrite(this.#path, buffer, byteOffset);
  }
  /** Blocks from `start` up to, without, `end`. */
  eraseBlock(start, end = start + 1) {
    host.flashErase(this.#path, start, end);
  }
  status() {
    const size = host.flashSize(this.#path);
    return { size, blockLength: 4096, blocks: size / 4096 };
  }
  close() {}
}

export default Object.freeze({
  open(options) {
    return new Flash(options);
  },
});
