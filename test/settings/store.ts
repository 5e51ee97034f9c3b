/** An in-memory shelf with a device's limits, a log, and a station for the tests of the settings. */

import type { Host } from '../../src/host.ts';
import type { Feature } from '../../src/settings/keys.ts';
import type { Capabilities } from '../../src/settings/settings.ts';

export class Store {
  readonly values = new Map<string, string>();
  readonly lines: string[] = [];
  readonly localListCapacity = 100;
  maxMessageBytes = 16_384;
  writes = 0;
  broken = false;
  readonly storage: Host['storage'];

  constructor() {
    this.storage = {
      read: (key) => this.values.get(this.checked(key)),
      write: (key, text) => {
        if (this.broken) throw new Error('flash failure');
        if (new TextEncoder().encode(text).length > 1984 || /[\u0000-\u001f\u007f]/.test(text)) throw new RangeError('value');
        this.writes++;
        this.values.set(this.checked(key), text);
      },
      remove: (key) => {
        if (this.broken) throw new Error('flash failure');
        if (this.values.delete(this.checked(key))) this.writes++;
      },
      keys: (shelf) => [...this.values.keys()].filter((key) => key.startsWith(shelf + '/')),
    };
  }

  log(level: string, text: string): void {
    this.lines.push(level + ' ' + text);
  }

  private checked(key: string): string {
    if (!/^[a-z]\/[a-z0-9._-]{1,15}$/.test(key)) throw new RangeError('key ' + key);
    return key;
  }
}

/** Two connectors, every function but a fixed cable; measures all but RPM, phases only of currents and voltage. */
export function station(without: readonly Feature[] = ['fixedCable'], numberOfConnectors = 2): Capabilities {
  return {
    numberOfConnectors,
    has: (feature) => !without.includes(feature),
    measures: (measurand, phase) => measurand !== 'RPM' && (phase === undefined || /^(Current.Import|Voltage)$/.test(measurand)),
    maximumCurrent: () => undefined,
  };
}
