/** The callbacks of the wallbox as the core sees them: the board's own, or what the control channel put in their place. */

import type { Callbacks } from '../../src/index.ts';
import type { Clock } from './clock.ts';

/** Every callback by name. One that is missing here does not compile. */
const names: Record<keyof Callbacks, true> = {
  provideToken: true,
  stopTransaction: true,
  enableEvse: true,
  disableEvse: true,
  pauseCharging: true,
  resumeCharging: true,
  reserveNow: true,
  cancelReservation: true,
  isTokenReservedForConnector: true,
  unlockConnector: true,
  uploadDiagnostics: true,
  updateFirmware: true,
  signedUpdateFirmware: true,
  allConnectorsUnavailable: true,
  uploadLogs: true,
  setConnectionTimeout: true,
  isResetAllowed: true,
  reset: true,
  setSystemTime: true,
  bootNotificationResponse: true,
  signalSetChargingProfiles: true,
  connectionStateChanged: true,
  get15118EvCertificateResponse: true,
  transactionStarted: true,
  transactionStopped: true,
  transactionUpdated: true,
  configurationKeyChanged: true,
  dataTransfer: true,
  securityEvent: true,
  sessionCost: true,
  setDisplayMessage: true,
  tariffMessage: true,
  defaultPrice: true,
};

export const callbackNames = Object.keys(names) as readonly (keyof Callbacks)[];

/** What a callback does in place of the board's own action. */
export interface Override {
  readonly returns?: unknown;
  /** Seconds. */
  readonly delay?: number;
  readonly throws?: string;
  readonly always: boolean;
}

type Action = (...args: unknown[]) => unknown;

/** Overrides stay while the wallbox exists; they are the tester's, not the station's. */
export class Overrides {
  private readonly byName = new Map<string, Override>();
  private readonly clock: Clock;
  private readonly told: (name: string, args: readonly unknown[], returned: unknown) => void;

  /** `told` hears of each call once its answer is there. */
  constructor(clock: Clock, told: (name: string, args: readonly unknown[], returned: unknown) => void) {
    this.clock = clock;
    this.told = told;
  }

  set(name: string, override: Override | undefined): void {
    if (override === undefined) this.byName.delete(name);
    else this.byName.set(name, override);
  }

  /** The callbacks of one boot. After `isAlive` turned false they do nothing. */
  wrap(board: Callbacks, without: readonly string[], isAlive: () => boolean): Callbacks {
    const wrapped: Record<string, Action> = {};
    for (const name of callbackNames) {
      const own = board[name] as Action | undefined;
      if (own === undefined || without.includes(name)) continue;
      wrapped[name] = (...args) => (isAlive() ? this.call(name, own.bind(board), args) : undefined);
    }
    return wrapped as unknown as Callbacks;
  }

  private call(name: string, own: Action, args: unknown[]): unknown {
    const override = this.byName.get(name);
    if (override && !override.always) this.byName.delete(name);
    if (override?.delay !== undefined) return this.later(name, override, own, args, override.delay);
    return this.tell(name, args, this.act(override, own, args));
  }

  private later(name: string, override: Override, own: Action, args: unknown[], seconds: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.clock.after(seconds * 1000, () => {
        try {
          resolve(this.tell(name, args, this.act(override, own, args)));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  private act(override: Override | undefined, own: Action, args: unknown[]): unknown {
    if (override?.throws !== undefined) throw new Error(override.throws);
    return override !== undefined && 'returns' in override ? override.returns : own(...args);
  }

  private tell(name: string, args: readonly unknown[], returned: unknown): unknown {
    if (returned instanceof Promise) {
      const tell = (value: unknown) => {
        this.told(name, args, value);
        return value;
      };
      return returned.then(tell);
    }
    this.told(name, args, returned);
    return returned;
  }
}
