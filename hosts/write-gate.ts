/** Where every durable write of both stores passes: counts it, and on demand lets it fail, finds no room, or cuts the power in it. */

/** Thrown by the write in which the power was cut, and by every operation after it until the power is on again. */
export class PowerCut extends Error {
  constructor() {
    super('power cut');
  }
}

/** Does something that may cost the power, which is no error of whoever does it: who cut it has told everybody. */
export function untilPowerCut(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
}

export class WriteGate {
  /** Programs, erases, storage writes and removes so far, the failed ones included. */
  writes = 0;
  /** Both stores have no room: whatever adds bytes throws; erases and removes work. */
  full = false;
  /** So many of the next writes fail without effect. */
  failWrites = 0;
  /** The power is cut in the n-th write from now; 0: never. */
  cutAtWrite = 0;
  /** The power is off. */
  off = false;
  /** Called once per cut, before PowerCut is thrown: the core may catch what a store throws, the host must not go on. */
  onCut: (() => void) | undefined = undefined;

  /** Before each write. Throws when it must not happen; true: the power is cut in it, so do part of it and then call `cut`. */
  enter(addsBytes: boolean): boolean {
    this.checkOn();
    this.writes++;
    if (this.cutAtWrite > 0 && --this.cutAtWrite === 0) return true;
    if (this.failWrites > 0) {
      this.failWrites--;
      throw new Error('write failed');
    }
    if (this.full && addsBytes) throw new Error('store full');
    return false;
  }

  /** Cuts the power now. */
  cut(): never {
    this.off = true;
    this.cutAtWrite = 0;
    this.onCut?.();
    throw new PowerCut();
  }

  /** Throws PowerCut while the power is off. */
  checkOn(): void {
    if (this.off) throw new PowerCut();
  }

  /** The power is on again. Faults that were asked for stay: a store may be full, or fail, while the station boots. */
  on(): void {
    this.off = false;
  }

  /** Nothing is going to fail any more. */
  clear(): void {
    this.full = false;
    this.failWrites = 0;
    this.cutAtWrite = 0;
  }
}
