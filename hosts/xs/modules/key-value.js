/** Stand-in for `embedded:storage/key-value`: files below --kv, with the limits of NVS (keys of 15 characters, values of 1,984 bytes). */
class Store {
  #path;
  #text;
  constructor(options) {
    this.#path = options.path;
    this.#text = options.format === 'string';
  }
  /** The value, or undefined. */
  read(key) {
    const bytes = host.kvRead(this.#path, key);
    return bytes === undefined || !this.#text ? bytes : String.fromArrayBuffer(bytes);
  }
  write(key, value) {
    host.kvWrite(this.#path, key, value);
  }
  delete(key) {
    host.kvDelete(this.#path, key);
  }
  *[Symbol.iterator]() {
    const keys = host.kvKeys(this.#path);
    if (keys) yield* keys.split('\n');
  }
  close() {}
}

export default Object.freeze({
  open(options) {
    return new Store(options);
  },
});
