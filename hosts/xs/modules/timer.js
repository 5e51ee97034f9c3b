/** Stand-in for Moddable's `timer`: callbacks of xs-host's turns. */
export default class Timer {
  /** Calls back once after `delay` ms, then every `repeat` ms when given. */
  static set(callback, delay = 0, repeat = -1) {
    return host.timerSet(callback, delay, repeat);
  }
  static repeat(callback, interval) {
    return host.timerSet(callback, interval, interval);
  }
  static schedule(timer, delay, repeat = -1) {
    host.timerSchedule(timer, delay, repeat);
  }
  static clear(timer) {
    host.timerClear(timer);
  }
}
