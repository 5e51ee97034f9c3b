/** What a careful observer of wire and wallbox knows about a station: keys in force, availability, resets, times that it was told. No code of src. */

import type { World } from './world.ts';

/** The keys that judgements depend on, as a factory-fresh station has them. */
const factory: Readonly<Record<string, string>> = {
  allowofflinetxforunknownid: 'false',
  authorizationcacheenabled: 'false',
  authorizeremotetxrequests: 'true',
  connectiontimeout: '60',
  heartbeatinterval: '300',
  localauthorizeoffline: 'true',
  localauthlistenabled: 'true',
  localpreauthorize: 'false',
  maxenergyoninvalidid: '0',
  messagetimeout: '30',
  minimumstatusduration: '0',
  resetretries: '0',
  stoptransactiononinvalidid: 'true',
  transactionmessageattempts: '3',
  transactionmessageretryinterval: '60',
  waitforstoptransactionsonresettimeout: '60',
};

/** A currentTime that the station heard. */
interface Told {
  readonly boot: number;
  readonly at: number;
  /** Milliseconds that it was off. */
  readonly error: number;
}

/** Milliseconds that a clock may be off and still be right. */
const rightWithin = 1500;

export class Facts {
  private readonly world: World;
  private readonly keys = new Map<string, string>();
  /** Keys whose change was asked for and not answered: nobody knows. */
  private readonly unsure = new Set<string>();
  /** The wish of the central system or of an operator, by connector; undefined: nobody knows. */
  readonly operative: (boolean | undefined)[] = [];
  private readonly scheduled: boolean[] = [];
  /** A reset was accepted and has not happened. */
  resetSince: number | undefined;
  readonly told: Told[] = [];
  /** It was told a time that nobody can believe. */
  wasDoubted = false;

  /** A firmware update holds idle connectors, or may. */
  isUpdating = false;

  constructor(world: World) {
    this.world = world;
    for (const [key, value] of Object.entries(world.options.keys ?? {})) this.keys.set(key.toLowerCase(), value);
    for (let id = 0; id <= (world.options.connectors ?? 2); id++) this.operative.push(true);
  }

  onBoot(): void {
    this.resetSince = undefined;
  }

  /** All is as it left the factory. */
  onStoreLost(): void {
    this.keys.clear();
    this.unsure.clear();
    this.scheduled.length = 0;
    this.isUpdating = false;
    for (const [key, value] of Object.entries(this.world.options.keys ?? {})) this.keys.set(key.toLowerCase(), value);
    this.setOperative(0, true);
  }

  /** The wallbox says how far a firmware update is. */
  onUpdate(status: string): void {
    this.isUpdating ||= status === 'Downloaded' || status === 'Installing';
    if (status === 'Installed' || status === 'InstallationFailed' || status === 'DownloadFailed') this.isUpdating = false;
  }

  text(key: string): string {
    return this.keys.get(key.toLowerCase()) ?? factory[key.toLowerCase()] ?? '';
  }

  number(key: string): number {
    return Number(this.text(key)) || 0;
  }

  is(key: string): boolean {
    return this.text(key).trim().toLowerCase() === 'true';
  }

  isSure(...keys: readonly string[]): boolean {
    return keys.every((key) => !this.unsure.has(key.toLowerCase()));
  }

  /** The central system asks for a change. */
  onAsked(action: string, request: Record<string, unknown>): void {
    if (action === 'ChangeConfiguration') this.unsure.add(String(request['key']).toLowerCase());
    if (action === 'ChangeAvailability') this.setOperative(request['connectorId'] as number, undefined);
  }

  /** The station answered. */
  onAnswered(action: string, request: Record<string, unknown>, status: unknown): void {
    const accepted = status === 'Accepted' || status === 'Scheduled' || status === 'RebootRequired';
    if (action === 'ChangeConfiguration') this.onKey(String(request['key']), accepted ? String(request['value']) : undefined);
    if (action === 'ChangeAvailability' && accepted) {
      // Scheduled: what is in use may go on, also with whoever is bound to it; nobody knows until it is told to be Unavailable.
      const operative = request['type'] === 'Operative';
      this.setOperative(request['connectorId'] as number, status === 'Scheduled' ? undefined : operative);
      for (let id = 0; id < this.operative.length; id++) {
        if (request['connectorId'] === 0 || request['connectorId'] === id) this.scheduled[id] = status === 'Scheduled';
      }
    }
    if (action === 'Reset' && accepted) this.resetSince ??= this.world.time;
  }

  /** A connector is told to be something. */
  onStatus(connector: number, status: string): void {
    if (status !== 'Unavailable' || this.scheduled[connector] !== true) return;
    this.scheduled[connector] = false;
    this.operative[connector] = false;
  }

  onKey(key: string, value: string | undefined): void {
    this.unsure.delete(key.toLowerCase());
    if (value !== undefined) this.keys.set(key.toLowerCase(), value.trim());
  }

  setOperative(connector: number, operative: boolean | undefined): void {
    for (let id = 0; id < this.operative.length; id++) if (connector === 0 || connector === id) this.operative[id] = operative;
  }

  /** Why nothing may begin on a connector; undefined: it may, or nobody knows (protocol.md section 5). */
  whyNotSupply(connector: number): string | undefined {
    const { sockets, scripted } = this.world.wallbox;
    for (const id of [0, connector]) {
      if (sockets[id]!.faults.length > 0) return `connector ${id} is Faulted (${sockets[id]!.faults})`;
      if (sockets[id]!.disabled) return `connector ${id} is out of service`;
    }
    if (this.operative[connector] === false && !scripted.has('disableEvse')) return `connector ${connector} is Inoperative`;
    return this.resetSince === undefined ? undefined : 'a reset was accepted';
  }

  /** The station hears what time it is. */
  onTime(text: unknown): void {
    const unix = Date.parse(String(text));
    // What cannot be believed is no time (protocol.md section 3).
    if (Number.isNaN(unix) || unix < this.world.unixAt(0) - rightWithin || unix > Date.UTC(2100, 0, 1)) {
      this.wasDoubted = true;
      return;
    }
    const { boots, time } = this.world;
    this.told.push({ boot: boots, at: time, error: unix - this.world.unixAt(time) });
  }

  /** It was never told a wrong time. */
  get wasAlwaysRight(): boolean {
    return this.told.every(({ error }) => Math.abs(error) <= rightWithin);
  }

  /** It was told no wrong time from one moment to another. */
  wasRight(from: number, to: number): boolean {
    const before = this.told.filter((told) => told.at < from).at(-1);
    const heard = this.told.filter((told) => told.at >= from && told.at <= to);
    return [...(before ? [before] : []), ...heard].every(({ error }) => Math.abs(error) <= rightWithin);
  }

  /** It knows the time, and rightly, at a moment of a boot: by what it heard last, else by what it heard first afterwards. */
  isRightAt(boot: number, at: number): boolean {
    const heard = this.told.filter((told) => told.boot === boot);
    const told = heard.filter((each) => each.at <= at).at(-1) ?? heard[0];
    return told !== undefined && Math.abs(told.error) <= rightWithin;
  }

  /** What happened in a boot was told when that boot had learnt the time, or in a later one. */
  wasKnownAt(boot: number, at: number, toldAt: number): boolean {
    const first = this.told.find((told) => told.boot === boot);
    if (first === undefined) return false;
    // It may have told it, and then heard a time that it could believe, at the same moment.
    return this.wasDoubted ? first.at < Math.max(at, toldAt) : first.at <= Math.max(at, toldAt);
  }

  /** The station knows the time in this boot. */
  get isTimeKnown(): boolean {
    return this.told.at(-1)?.boot === this.world.boots;
  }
}
