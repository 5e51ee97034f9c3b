/** How much may flow: the charging profiles as they were accepted, looked at second by second, against the currents of the world. */

import { type PlainProfile, saidAt } from './energy/schedule-reference.ts';
import type { Facts } from './facts.ts';
import type { Claim } from './model.ts';
import type { Session } from './wallbox.ts';
import type { World } from './world.ts';

interface Schedule {
  readonly chargingRateUnit: 'A' | 'W';
  readonly duration?: number;
  readonly startSchedule?: string;
  readonly chargingSchedulePeriod: readonly { readonly startPeriod: number; readonly limit: number; readonly numberPhases?: number }[];
}

interface Profile {
  readonly chargingProfileId: number;
  readonly stackLevel: number;
  readonly chargingProfilePurpose: PlainProfile['purpose'];
  readonly chargingProfileKind: 'Absolute' | 'Recurring' | 'Relative';
  readonly recurrencyKind?: 'Daily' | 'Weekly';
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly chargingSchedule: Schedule;
}

interface Installed {
  readonly connector: number;
  readonly profile: Profile;
  /** Milliseconds of the world. */
  readonly at: number;
  readonly session: Session | undefined;
}

/** Tenths of A that stand for no limit. */
const none = 1_000_000;

export class Limits {
  private readonly world: World;
  private readonly facts: Facts;
  /** What may be in force: one list, and more where the power went while a change was handled: nobody knows whether it is kept. */
  private possible: (readonly Installed[])[] = [[]];
  /** Sessions that began with a profile of their own. */
  private readonly started = new Set<Session>();
  /** Nobody can tell whether they did. */
  private readonly unclear = new Set<Session>();

  constructor(world: World, facts: Facts) {
    this.world = world;
    this.facts = facts;
  }

  onStoreLost(): void {
    this.possible = [[]];
  }

  onAccepted(action: string, request: Record<string, unknown>): void {
    this.possible = this.possible.map((installed) => this.changed(installed, action, request));
  }

  /** The power went while the station dealt with this, and before it answered: the change is kept whole, or not at all. */
  onCutIn(action: string, request: Record<string, unknown>): void {
    const changed = this.possible.map((installed) => this.changed(installed, action, request));
    this.possible = [...this.possible, ...changed.filter((installed) => !this.possible.includes(installed))];
    // More than anybody can keep apart.
    if (this.possible.length > 32) this.possible = [[]];
  }

  private changed(installed: readonly Installed[], action: string, request: Record<string, unknown>): readonly Installed[] {
    if (action === 'SetChargingProfile') {
      return this.install(installed, request['connectorId'] as number, request['csChargingProfiles'] as Profile);
    }
    return action === 'ClearChargingProfile' ? installed.filter((entry) => !isSelected(entry, request)) : installed;
  }

  private install(installed: readonly Installed[], connector: number, profile: Profile, of?: Session): readonly Installed[] {
    const { chargingProfileId, stackLevel, chargingProfilePurpose } = profile;
    const kept = installed.filter(
      (entry) =>
        entry.profile.chargingProfileId !== chargingProfileId &&
        (entry.connector !== connector ||
          entry.profile.stackLevel !== stackLevel ||
          entry.profile.chargingProfilePurpose !== chargingProfilePurpose),
    );
    const session = chargingProfilePurpose === 'TxProfile' ? (of ?? this.world.wallbox.sockets[connector]?.session) : undefined;
    return [...kept, { connector, profile, at: this.world.time, session }];
  }

  /** `claims`: whose start it may be. A remote start's profile is its transaction's, and goes with the claim (errata 3.42). */
  onStarted(session: Session, claims: readonly Claim[], isStoreSound: boolean): void {
    const remote = claims.filter(({ kind }) => kind === 'remote');
    if (remote.length === 0) return;
    const isClear = claims.length === 1 && isStoreSound;
    if (!isClear) this.unclear.add(session);
    const before = isClear ? [] : this.possible;
    for (const { profile } of remote) {
      if (profile === undefined) continue;
      this.started.add(session);
      const changed = this.possible.map((installed) => this.install(installed, session.connector, profile as Profile, session));
      this.possible = [...before, ...changed];
    }
  }

  /** What is broken now: undefined, or in words. */
  broken(): string | undefined {
    if (this.facts.text('IgnoredProfilePurposesOffline') !== '') return undefined;
    let broken: string | undefined;
    for (const installed of this.possible) {
      broken = this.brokenBy(installed);
      if (broken === undefined) break;
    }
    return broken;
  }

  private brokenBy(installed: readonly Installed[]): string | undefined {
    const { sockets } = this.world.wallbox;
    if (installed.length === 0) return undefined;
    // With a clock that was wrong only what does not depend on it can be judged.
    if (!this.facts.wasAlwaysRight && !installed.every(isRelative)) return undefined;
    let sum = 0;
    for (const { current } of sockets) sum += current;
    const station = this.stationLimit(installed);
    if (sum * 10 > station + sockets.length) return `${sum} A flow where the station may take ${station / 10} A`;
    for (const { id, current, session } of sockets) {
      const own = session === undefined || this.unclear.has(session) ? none : this.ownLimit(installed, id, session);
      if (current * 10 > own + 1) return `${current} A flow on connector ${id}, which may take ${own / 10} A`;
    }
    return undefined;
  }

  private stationLimit(installed: readonly Installed[]): number {
    const here = installed.filter(({ profile }) => profile.chargingProfilePurpose === 'ChargePointMaxProfile');
    let most = this.limitOf(here, 1, undefined, this.world.time);
    // Over a boot what counts from its acceptance goes on from the last known time, or from that of the boot before.
    for (const { at } of here) {
      if (at >= this.world.bootedAt || !here.some(isRelative)) continue;
      for (let step = 1; step <= 10; step++) {
        most = Math.max(most, this.limitOf(here, 1, undefined, this.world.time, ((this.world.bootedAt - at) * step) / 10));
      }
    }
    return most;
  }

  /** While the time is unknown the schedule may be read at any moment since it was known. */
  private ownLimit(installed: readonly Installed[], connector: number, session: Session): number {
    const here = installed.filter(({ profile, connector: at, session: of }) => {
      if (profile.chargingProfilePurpose === 'ChargePointMaxProfile') return false;
      if (profile.chargingProfilePurpose === 'TxProfile') return of === session;
      return (at === 0 || at === connector) && !this.started.has(session);
    });
    const { time } = this.world;
    // Over a boot a relative schedule goes on from the last known time: as much later as the power was off, at most.
    const off = Math.max(0, this.world.bootedAt - session.startedAt);
    if (this.facts.isTimeKnown || here.every(isRelative)) {
      return Math.max(this.limitOf(here, connector, session, time), this.limitOf(here, connector, session, time, off));
    }
    const since = this.facts.told.at(-1)?.at ?? 0;
    let most = 0;
    for (let step = 0; step <= 40; step++) {
      most = Math.max(most, this.limitOf(here, connector, session, since + ((time - since) * step) / 40));
    }
    return most;
  }

  /** Tenths of A at a moment of the world. */
  private limitOf(entries: readonly Installed[], connector: number, session: Session | undefined, time: number, off = 0): number {
    if (entries.length === 0) return none;
    const plain = entries.map((entry) => this.plainOf(entry, session, off));
    const second = Math.floor(this.world.unixAt(time) / 1000);
    const voltage = this.facts.number('SupplyVoltage') || 230;
    return saidAt(plain, this.world.wallbox.sockets.length - 1, connector, 'A', { voltage, amps: none, watts: none, phases: 3 }, second)
      .limit;
  }

  private plainOf(entry: Installed, session: Session | undefined, off: number): PlainProfile {
    const { profile, connector } = entry;
    const { chargingSchedule, chargingProfileKind, recurrencyKind, validFrom, validTo } = profile;
    const given = chargingProfileKind === 'Relative' ? undefined : chargingSchedule.startSchedule;
    const begun = this.world.unixAt((session === undefined ? entry.at : session.startedAt) + off);
    return {
      purpose: profile.chargingProfilePurpose,
      connector,
      stackLevel: profile.stackLevel,
      unit: chargingSchedule.chargingRateUnit,
      start: Math.floor((given === undefined ? begun : Date.parse(given)) / 1000),
      recurrence: chargingProfileKind !== 'Recurring' ? 0 : recurrencyKind === 'Weekly' ? 604_800 : 86_400,
      ...(chargingSchedule.duration === undefined ? {} : { duration: chargingSchedule.duration }),
      ...(validFrom === undefined ? {} : { validFrom: Math.floor(Date.parse(validFrom) / 1000) }),
      ...(validTo === undefined ? {} : { validTo: Math.floor(Date.parse(validTo) / 1000) }),
      periods: chargingSchedule.chargingSchedulePeriod.map((period) => ({ ...period, limit: Math.floor(period.limit * 10 + 0.001) })),
    };
  }
}

function isRelative({ profile }: Installed): boolean {
  const { chargingProfileKind, chargingSchedule, validFrom, validTo } = profile;
  const isDated =
    chargingProfileKind === 'Recurring' || (chargingProfileKind === 'Absolute' && chargingSchedule.startSchedule !== undefined);
  return !isDated && validFrom === undefined && validTo === undefined;
}

/** Whether an accepted request takes away the profile of a remote start that waits. */
export function isRemovedBy(action: string, request: Record<string, unknown>, profile: object, connector: number): boolean {
  const waiting = { profile: profile as Profile, connector };
  if (action === 'ClearChargingProfile') return isSelected(waiting, request);
  return action === 'SetChargingProfile' && isSelected(waiting, { id: (request['csChargingProfiles'] as Profile).chargingProfileId });
}

function isSelected({ profile, connector }: Pick<Installed, 'profile' | 'connector'>, request: Record<string, unknown>): boolean {
  if (request['id'] !== undefined) return request['id'] === profile.chargingProfileId;
  const fits = (name: string, value: unknown) => request[name] === undefined || request[name] === value;
  return (
    fits('connectorId', connector) &&
    fits('chargingProfilePurpose', profile.chargingProfilePurpose) &&
    fits('stackLevel', profile.stackLevel)
  );
}
