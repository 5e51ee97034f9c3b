/** Which charging profiles this station can carry out, whatever connector they are for (OCPP 1.6 3.13, 7.8, 7.13; protocol.md section 10). */

import type { Settings } from '../settings/settings.ts';
import type { ChargingRateUnit } from '../wire/types.ts';
import type { ReceivedProfile } from './profile-store.ts';

/** Everything about a profile that does not depend on where it is installed. */
export function isExecutable(settings: Settings, profile: ReceivedProfile): boolean {
  const { chargingProfileKind: kind, chargingSchedule: schedule, stackLevel } = profile;
  if (stackLevel < 0 || stackLevel > settings.number('ChargeProfileMaxStackLevel')) return false;
  if (!settings.includes('SupportedChargingProfilePurposeTypes', profile.chargingProfilePurpose)) return false;
  if (!allowsUnit(settings, schedule.chargingRateUnit)) return false;
  if (kind === 'Recurring' && profile.recurrencyKind === undefined) return false;
  // 1.6 7.13: without startSchedule an absolute one is relative to the start of charging.
  const mayBegin = kind !== 'Recurring' || schedule.startSchedule !== undefined;
  if (!mayBegin && !settings.boolean('AllowChargingProfileWithoutStartSchedule')) return false;
  if ((schedule.duration ?? 0) < 0 || (schedule.minChargingRate ?? 0) < 0) return false;
  return arePeriodsExecutable(schedule.chargingSchedulePeriod, settings.number('ChargingScheduleMaxPeriods'));
}

function arePeriodsExecutable(periods: ReceivedProfile['chargingSchedule']['chargingSchedulePeriod'], most: number): boolean {
  if (periods.count === 0 || periods.count > most) return false;
  let previous = -1;
  periods.rewind();
  for (let period = periods.next(); period; period = periods.next()) {
    const { startPeriod, limit, numberPhases = 3 } = period;
    if (previous < 0 ? startPeriod !== 0 : startPeriod <= previous) return false; // errata 3.45
    if (limit < 0 || numberPhases < 1 || numberPhases > 3) return false;
    previous = startPeriod;
  }
  return true;
}

export function allowsUnit(settings: Settings, unit: ChargingRateUnit): boolean {
  return settings.includes('ChargingScheduleAllowedChargingRateUnit', unit === 'A' ? 'Current' : 'Power');
}
