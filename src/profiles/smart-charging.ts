/** The Smart Charging profile: what a central system may ask about charging profiles, and what is answered (OCPP 1.6 3.13, 5.5, 5.7, 5.16). */

import type { CompositeChargingSchedule, CompositeChargingSchedulePeriod } from '../callbacks.ts';
import { type CompositeSchedule, decimalText } from '../energy/composite-schedule.ts';
import { allowsUnit, isExecutable } from '../energy/executable.ts';
import type { ReceivedProfile } from '../energy/profile-store.ts';
import { ownerNumber } from '../energy/profile-store.ts';
import { unlimitedSchedule } from '../energy/unlimited-schedule.ts';
import type { Kernel } from '../kernel.ts';
import type { ChargingConnector } from '../transaction/transaction.ts';
import { resultHead } from '../wire/frame.ts';
import { type PieceSource, StreamedParts } from '../wire/parts.ts';
import { formatTime } from '../wire/time.ts';
import type { ChargingRateUnit, ReceivedRequest } from '../wire/types.ts';

export function onSetChargingProfile(cp: Kernel, id: string, request: ReceivedRequest<'SetChargingProfile'>): void {
  const connector = cp.connectors[request.connectorId];
  if (connector === undefined) return cp.session.replyError(id, 'PropertyConstraintViolation', 'connectorId'); // errata 3.39
  const profile = request.csChargingProfiles;
  const owner = ownerOf(connector, profile);
  const installed =
    owner !== undefined && isExecutable(cp.settings, profile) && (cp.chargingProfiles?.install(connector.id, profile, owner) ?? false);
  cp.session.reply(id, { status: installed ? 'Accepted' : 'Rejected' });
  if (installed) cp.chargingProfiles?.changed();
}

/** The .conf has no status for a store that fails, so that is an error of ours: what was installed stays, all of it. */
export function onClearChargingProfile(cp: Kernel, id: string, request: ReceivedRequest<'ClearChargingProfile'>): void {
  const cleared = cp.chargingProfiles?.clear(request) ?? 0;
  if (cleared < 0) return cp.session.replyError(id, 'InternalError', 'The store failed');
  cp.session.reply(id, { status: cleared > 0 ? 'Accepted' : 'Unknown' });
  if (cleared > 0) cp.chargingProfiles?.changed();
}

export function onGetCompositeSchedule(cp: Kernel, id: string, request: ReceivedRequest<'GetCompositeSchedule'>): void {
  const unit = request.chargingRateUnit ?? (allowsUnit(cp.settings, 'A') ? 'A' : 'W');
  if (cp.connectors[request.connectorId] === undefined || !allowsUnit(cp.settings, unit))
    return cp.session.reply(id, { status: 'Rejected' });
  const seconds = withinMost(cp, request.duration);
  const schedule = compositeSchedule(cp, request.connectorId, seconds, unit);
  if (cp.session.isHandling(id)) cp.chargingProfiles?.open();
  cp.session.replyParts(id, new StreamedParts(resultHead(id), new SchedulePieces(cp, request.connectorId, schedule), ']'));
}

/** The schedules of connectors 0..N as objects: what each is allotted. */
export function allCompositeSchedules(cp: Kernel, seconds: number, unit: ChargingRateUnit, detailed: boolean): CompositeChargingSchedule[] {
  const schedules: CompositeChargingSchedule[] = [];
  for (const { id } of cp.connectors) {
    const span = withinMost(cp, seconds);
    const schedule = cp.chargingProfiles?.allotted(id, span, unit) ?? unlimitedSchedule(cp, id, span, unit);
    schedule.detailed = detailed;
    schedules.push(scheduleObject(schedule));
    if (schedule.isCut) logCut(cp, id, schedule);
  }
  return schedules;
}

function compositeSchedule(cp: Kernel, connector: number, seconds: number, unit: ChargingRateUnit): CompositeSchedule {
  return cp.chargingProfiles?.composite(connector, seconds, unit) ?? unlimitedSchedule(cp, connector, seconds, unit);
}

function withinMost(cp: Kernel, seconds: number): number {
  return Math.max(0, Math.min(Math.floor(seconds), cp.settings.number('MaxCompositeScheduleDuration')));
}

function scheduleObject(schedule: CompositeSchedule): CompositeChargingSchedule {
  const { from, detailed } = schedule;
  const chargingSchedulePeriod: CompositeChargingSchedulePeriod[] = [];
  let minChargingRate: number | undefined;
  while (schedule.next()) {
    if (schedule.start === from) minChargingRate = schedule.minChargingRate;
    chargingSchedulePeriod.push({
      startPeriod: schedule.start - from,
      limit: schedule.limit / 10,
      numberPhases: schedule.numberPhases,
      ...(detailed ? { stackLevel: schedule.stackLevel, converted: schedule.converted } : {}),
    });
  }
  return {
    startSchedule: formatTime(from * 1000),
    duration: schedule.to - from,
    chargingRateUnit: schedule.unit,
    ...(minChargingRate === undefined ? {} : { minChargingRate: minChargingRate / 10 }),
    chargingSchedulePeriod,
  };
}

/** Whose profile it would be (`''`: nobody's); undefined: it cannot be installed at this connector (protocol.md section 10). */
function ownerOf(connector: ChargingConnector, profile: ReceivedProfile): string | undefined {
  switch (profile.chargingProfilePurpose) {
    case 'ChargePointMaxProfile':
      return connector.id === 0 ? '' : undefined;
    case 'TxDefaultProfile':
      return '';
    default:
      return ownerOfTxProfile(connector, profile.transactionId);
  }
}

/** Without transactionId it is for the transaction that runs; a given one must be the one that the central system gave, so -1 is nobody's. */
function ownerOfTxProfile(connector: ChargingConnector, transactionId: number | undefined): string | undefined {
  const transaction = connector.id > 0 ? connector.transaction : undefined;
  if (transaction === undefined || transaction.unstored !== undefined) return undefined;
  if (transactionId !== undefined && (transactionId === -1 || transactionId !== transaction.transactionId)) return undefined;
  return ownerNumber(transaction).toString(36);
}

/**
 * GetCompositeSchedule.conf piece by piece. `duration` comes last: a schedule that does not fit MaxMessageSize, or that is too much to read,
 * ends earlier, and says so. Both passes say the same, whatever changes meanwhile.
 */
class SchedulePieces implements PieceSource {
  private readonly cp: Kernel;
  private readonly connector: number;
  private readonly schedule: CompositeSchedule;
  private readonly start: string;
  private readonly most: number;
  private room = 0;
  private closed = false;
  private passes = 0;

  constructor(cp: Kernel, connector: number, schedule: CompositeSchedule) {
    this.cp = cp;
    this.connector = connector;
    this.schedule = schedule;
    this.start = cp.clock.known ? `,"scheduleStart":"${formatTime(schedule.from * 1000)}"` : '';
    this.most = cp.settings.number('MaxMessageSize') - 400;
  }

  piece(index: number): string | undefined {
    const { schedule } = this;
    if (index === 0) {
      schedule.rewind();
      this.room = this.most;
      this.closed = false;
    }
    if (this.closed) return this.end();
    const more = schedule.next();
    const text = more ? (index === 0 ? this.head() : ',') + this.period() : '';
    this.room -= text.length;
    if (more && this.room >= 0) return text;
    this.closed = true;
    return `],"duration":${(more ? schedule.start : schedule.to) - schedule.from}}}`;
  }

  private end(): undefined {
    this.passes++;
    if (this.passes === 2) this.cp.chargingProfiles?.close();
    else if (this.schedule.isCut) logCut(this.cp, this.connector, this.schedule);
    return undefined;
  }

  private head(): string {
    const { unit, minChargingRate } = this.schedule;
    const least = minChargingRate === undefined ? '' : `,"minChargingRate":${decimalText(minChargingRate)}`;
    const head = `{"status":"Accepted","connectorId":${this.connector}${this.start},"chargingSchedule":{"chargingRateUnit":"${unit}"${least}`;
    return head + ',"chargingSchedulePeriod":[';
  }

  private period(): string {
    const { start, from, limit, numberPhases } = this.schedule;
    return `{"startPeriod":${start - from},"limit":${decimalText(limit)},"numberPhases":${numberPhases}}`;
  }
}

function logCut(cp: Kernel, connector: number, { from, to }: CompositeSchedule): void {
  cp.host.log(
    'warn',
    `The composite schedule of connector ${connector} is cut after ${to - from} s: its profiles have too many periods to read.`,
  );
}
