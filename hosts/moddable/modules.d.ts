/** What this project uses of Moddable's modules, as the SDK 8.2.3 behaves; hosts/xs has stand-ins of the same names. */

/** A timer. Names nothing any more once it was cleared, or has fired for the last time. */
interface ModdableTimer {
  readonly moddableTimer: never;
}

interface ModdableTimerModule {
  /** Calls back once after `delay` ms, then every `repeat` ms when that is given. Delays lie below 2^31 ms. */
  set(callback: () => void, delay?: number, repeat?: number): ModdableTimer;
  schedule(timer: ModdableTimer, delay: number, repeat?: number): void;
  clear(timer: ModdableTimer): void;
}

interface ModdableTimeModule {
  /** Milliseconds in 32 bits with sign; wraps around. */
  readonly ticks: number;
  /** From `start` to `end` (absent: now), over one wrap-around. */
  delta(start: number, end?: number): number;
}

interface ModdableKeyValueStore {
  read(key: string): string | undefined;
  write(key: string, value: string): void;
  delete(key: string): void;
  close(): void;
  [Symbol.iterator](): Iterator<string>;
}

interface ModdableKeyValueModule {
  open(options: { path: string; format: 'string'; mode: 'r+' }): ModdableKeyValueStore;
}

interface ModdableFlash {
  read(byteLength: number, byteOffset: number): ArrayBuffer;
  write(buffer: Uint8Array, byteOffset: number): void;
  eraseBlock(start: number): void;
  status(): { size: number; blockLength: number; blocks: number };
}

interface ModdableFlashModule {
  open(options: { path: string; mode: 'r+' }): ModdableFlash;
}

declare module 'timer' {
  const Timer: ModdableTimerModule;
  export default Timer;
}

declare module 'time' {
  const Time: ModdableTimeModule;
  export default Time;
}

declare module 'embedded:io/socket/tcp' {
  /** Callbacks run with the instance as `this`; an exception in one of them restarts the device. */
  export default class TCP {
    constructor(options: {
      address: string;
      port: number;
      nodelay?: boolean;
      target?: unknown;
      /** `count`: all bytes that can be read. */
      onReadable?(count: number): void;
      /** `count`: all bytes that can be written. The first call means that the connection is there. */
      onWritable?(count: number): void;
      /** The connection is gone or did not come about; what was received before can no longer be read. May come twice. */
      onError?(): void;
    });
    /** Throws when fewer than `count` bytes are there, and when `count` is 0. */
    read(count: number): ArrayBuffer | undefined;
    /** Bytes that can still be written; undefined after an error. Throws when there is not that much room. */
    write(bytes: Uint8Array): number | undefined;
    close(): void;
  }
}

declare module 'embedded:storage/key-value' {
  const keyValue: ModdableKeyValueModule;
  export default keyValue;
}

declare module 'embedded:storage/flash' {
  const flash: ModdableFlashModule;
  export default flash;
}
