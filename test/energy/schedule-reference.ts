/** What charging profiles allow at one second, worked out anew for every second: slow and obvious, the measure of the composite schedule. */

export interface PlainPeriod {
  readonly startPeriod: number;
  /** Tenths. */
  readonly limit: number;
  readonly numberPhases?: number;
}

export interface PlainProfile {
  readonly purpose: 'ChargePointMaxProfile' | 'TxDefaultProfile' | 'TxProfile';
  readonly connector: number;
  readonly stackLevel: number;
  readonly unit: 'A' | 'W';
  /** Unix seconds. */
  readonly start: number;
  readonly recurrence: 0 | 86_400 | 604_800;
  readonly duration?: number;
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly periods: readonly PlainPeriod[];
}

/** Limits in tenths. */
export interface Said {
  readonly limit: number;
  readonly numberPhases: number;
}

export interface PlainDefaults {
  readonly voltage: number;
  readonly amps: number;
  readonly watts: number;
  readonly phases: number;
}

interface Allowed {
  readonly limit: number;
  readonly unit: 'A' | 'W';
  readonly phases: number;
}

/** What the station says about a connector (0: itself) at a second. */
export function saidAt(
  profiles: readonly PlainProfile[],
  connectors: number,
  connector: number,
  unit: 'A' | 'W',
  defaults: PlainDefaults,
  second: number,
): Said {
  const fallback = unit === 'A' ? defaults.amps : defaults.watts;
  const station = best(
    profiles.filter((profile) => profile.purpose === 'ChargePointMaxProfile'),
    second,
  );
  if (connector > 0) {
    const both = [allowedAt(profiles, connector, second), station].filter((allowed) => allowed !== undefined);
    if (both.length === 0) return { limit: fallback, numberPhases: defaults.phases };
    const numberPhases = Math.min(...both.map((allowed) => allowed.phases));
    return { limit: Math.min(...both.map((allowed) => converted(allowed, unit, numberPhases, defaults.voltage))), numberPhases };
  }
  let sum = 0;
  const phases: number[] = [];
  for (let each = 1; each <= connectors; each++) {
    const own = allowedAt(profiles, each, second);
    const used = own || station ? Math.min(own?.phases ?? 3, station?.phases ?? 3) : defaults.phases;
    phases.push(used);
    sum += own ? converted(own, unit, used, defaults.voltage) : fallback;
  }
  const numberPhases = Math.max(...phases);
  if (station === undefined) return { limit: sum, numberPhases };
  const most = station.unit === unit ? station.limit : converted(station, unit, Math.min(...phases), defaults.voltage);
  return { limit: Math.min(sum, most), numberPhases };
}

function allowedAt(profiles: readonly PlainProfile[], connector: number, second: number): Allowed | undefined {
  const here = profiles.filter((profile) => profile.connector === 0 || profile.connector === connector);
  const own = best(
    here.filter((profile) => profile.purpose === 'TxProfile'),
    second,
  );
  return (
    own ??
    best(
      here.filter((profile) => profile.purpose === 'TxDefaultProfile'),
      second,
    )
  );
}

/** The limit of the highest stackLevel that has one; of two equal ones, the connector's own. */
function best(profiles: readonly PlainProfile[], second: number): Allowed | undefined {
  let found: Allowed | undefined;
  let rank = -1;
  for (const profile of profiles) {
    const period = periodAt(profile, second);
    const own = profile.stackLevel * 2 + (profile.connector > 0 ? 1 : 0);
    if (period === undefined || own <= rank) continue;
    rank = own;
    found = { limit: period.limit, unit: profile.unit, phases: period.numberPhases ?? 3 };
  }
  return found;
}

function periodAt(profile: PlainProfile, second: number): PlainPeriod | undefined {
  if (profile.validFrom !== undefined && second < profile.validFrom) return undefined;
  if (profile.validTo !== undefined && second >= profile.validTo) return undefined;
  let elapsed = second - profile.start;
  if (elapsed < 0) return undefined;
  if (profile.recurrence > 0) elapsed %= profile.recurrence;
  if (profile.duration !== undefined && elapsed >= profile.duration) return undefined;
  return profile.periods.filter((period) => period.startPeriod <= elapsed).at(-1);
}

/** Of something that uses so many phases: never more amperes on any of them than the profile allows. W are over the phases of their own period. */
function converted(allowed: Allowed, unit: 'A' | 'W', phases: number, voltage: number): number {
  if (unit === 'A') return allowed.unit === 'A' ? allowed.limit : Math.floor(allowed.limit / (voltage * allowed.phases));
  if (allowed.unit === 'A') return allowed.limit * voltage * phases;
  return Math.floor((allowed.limit * Math.min(phases, allowed.phases)) / allowed.phases);
}
