/** Stand-in for Moddable's `time`: the monotonic clock. */
export default Object.freeze({
  /** Milliseconds since the program started, in 32 bits. */
  get ticks() {
    return host.now() | 0;
  },
  delta(start, end = host.now() | 0) {
    return (end - start) | 0;
  },
});
