/**
 * Stand-in for `embedded:io/socket/tcp`: the same callbacks and errors over a Linux socket with buffers of 8,192 bytes. Not
 * emulated: `from`, the `number` format and coalesced writes.
 */
export default class TCP {
  #socket;
  constructor(options) {
    if (options.target !== undefined) this.target = options.target;
    if ((options.format ?? 'buffer') !== 'buffer') throw new RangeError('unimplemented');
    this.#socket = host.tcpOpen(this, options.address, options.port, options.onReadable, options.onWritable, options.onError);
  }
  /** All that was received, the next `count` bytes, or as many as fit into a buffer (then their number is returned). */
  read(count) {
    if (typeof count !== 'object') return host.tcpRead(this.#socket, count);
    const bytes = host.tcpRead(this.#socket, count.byteLength);
    new Uint8Array(count.buffer ?? count, count.byteOffset ?? 0).set(new Uint8Array(bytes));
    return bytes.byteLength;
  }
  /** Sends; throws when the buffer has not that much room. Returns the room left. */
  write(bytes) {
    return host.tcpWrite(this.#socket, bytes);
  }
  close() {
    if (this.#socket) host.tcpClose(this.#socket);
    this.#socket = undefined;
  }
}
