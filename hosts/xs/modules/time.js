/** Stand-in for Moddable's `time`: the monotonic clock. */
export default class Time {
  /** Milliseconds since the program started, in 32 bits. */
  static get ticks() {
    return host.now() | 0;
  }
  static delta(start, end = Time.ticks) {
    return (end - start) | 0;
  }
}
