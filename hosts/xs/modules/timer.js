/** Stand-in for Moddable's `timer`: callbacks of xs-host's turns. */
export default Object.freeze({
  /** Calls back once after `delay` ms, then every `repeat` ms when given. The callback gets the timer. */
  set(callback, delay = 0, repeat = -1) {
    return host.timerSet(callback, delay, repeat);
  },
  repeat(callback, interval) {
    return host.timerSet(callback, interval, interval);
  },
  schedule(timer, delay, repeat = -1) {
    host.timerSchedule(timer, delay, repeat);
  },
  clear(timer) {
    host.timerClear(timer);
  },
});
