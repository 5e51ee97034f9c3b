/**
 * Meter values: taking samples as records of the journal (about 30 bytes each) and making MeterValues and transactionData of them.
 *
 * A record is the letter of the context, the connector and the number of the template, one character of base 36 each; the stamp; how many
 * records ago the StartTransaction record was, or nothing; the values. A template (shelf `t`, `t/m<number>`) lists the columns: measurand
 * and phase, and where the value goes.
 */

import type { MeterReadings } from '../callbacks.ts';
import type { Clock } from '../link/clock.ts';
import { ConnectorDeadline, Deadline, type Deadlines } from '../link/deadlines.ts';
import type { MeasurandListKey } from '../settings/keys.ts';
import { measurandOf, measurands, pairOf, phaseOf, phases, unitOf } from '../settings/measurands.ts';
import { formatTime } from '../wire/time.ts';
import type { Measurand, Phase, ReadingContext, Request } from '../wire/types.ts';
import { type SigningStation, storeSigned, triggeredSigned } from './signed.ts';
import type { ChargingConnector } from './transaction.ts';

export interface MeterStation extends SigningStation {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly ChargingConnector[];
}

type SampledValue = Request<'MeterValues'>['meterValue'][number]['sampledValue'][number];

/** How a record names its context: periodic, by the clock, other, begin, end. `B` and `E` go into transactionData, and into MeterValues only through StartTxnSampledData. */
export type ContextLetter = 'p' | 'k' | 'o' | 'B' | 'E';

/** Where the value of a column goes. */
const toMeterValues = 1;
const toTransactionData = 2;
/** Templates are kept until their number comes round again: far more than are in use at a time. */
const templates = 32;

/** A record, taken apart. */
export interface Sample {
  readonly context: ContextLetter;
  readonly connector: number;
  readonly stamp: string;
  /** The number of the StartTransaction record; 0 without transaction. */
  readonly start: number;
  readonly template: string;
  readonly values: readonly string[];
}

export class Meter {
  private readonly station: MeterStation;
  /** The template in use and its number, and the number that a new one gets. */
  private columns = '';
  private number = -1;
  private next = 0;
  /** The last clock-aligned moment that was served, so that a clock set back serves none twice. */
  private servedUntil = 0;
  /** The same of a clock that ran ahead, after it was put right. */
  private servedAhead = 0;

  constructor(station: MeterStation) {
    this.station = station;
    for (const key of station.host.storage.keys('t')) {
      if (key.startsWith('t/m')) this.next = Math.max(this.next, Number.parseInt(key.slice(3), 36) + 1);
    }
  }

  /** Takes the configured samples of a connector; false when nothing is configured or nothing is measured. */
  take(connector: ChargingConnector, context: ContextLetter, stamp: string): boolean {
    const columns: number[] = [];
    this.collect(columns, connector, context);
    if (columns.length === 0) return false;
    let text = '';
    let record = '';
    for (const column of columns) {
      text += (text === '' ? '' : '.') + column.toString(36);
      record += ',' + decimal(this.value(connector, column >> 2) ?? 0);
    }
    const head = context + connector.id.toString(36) + this.templateOf(text).toString(36) + ',' + stamp + ',';
    const number = this.station.outbox.nextNumber();
    this.station.outbox.append(head + (connector.transaction ? (number - connector.transaction.start).toString(36) : '') + record, false);
    return true;
  }

  /** As `take`, at the sampler's pace: thinned while the journal runs low, and never harmful. */
  takeThinned(connector: ChargingConnector, context: ContextLetter, stamp: string): void {
    try {
      const isTaken = this.station.outbox.admitsSample() && this.take(connector, context, stamp);
      if (isTaken && connector.signed !== undefined) {
        storeSigned(this.station, connector, connector.transaction, context, stamp, connector.signed);
      }
    } catch (error) {
      this.station.host.log('error', `A sample of connector ${connector.id} was lost: ${error}`);
    }
  }

  /** MeterValueSampleInterval of a running transaction, counted from now (1.6 3.16.1, errata 3.15). */
  armSampling(connector: ChargingConnector): void {
    const { deadlines, settings, host } = this.station;
    const slot = deadlines.slotOf(connector.id, ConnectorDeadline.Sample);
    const interval = settings.number('MeterValueSampleInterval');
    if (connector.transaction && interval > 0) deadlines.set(slot, host.now() + interval * 1000);
    else deadlines.clear(slot);
  }

  /** The moment `due` has come: takes the sample and sets the next moment without drifting. */
  onSampleDeadline(connector: ChargingConnector, due: number): void {
    const { deadlines, settings, host, clock } = this.station;
    if (connector.transaction === undefined) return;
    this.takeThinned(connector, 'p', clock.coarseStamp(due, connector.transaction));
    const interval = settings.number('MeterValueSampleInterval') * 1000;
    const next = due + interval > host.now() ? due + interval : host.now() + interval;
    if (interval > 0) deadlines.set(deadlines.slotOf(connector.id, ConnectorDeadline.Sample), next);
  }

  /** Waits for the next multiple of ClockAlignedDataInterval since midnight UTC (1.6 3.16.2). */
  armClockAligned(): void {
    const { deadlines, settings, host, clock } = this.station;
    const interval = settings.number('ClockAlignedDataInterval') * 1000;
    const unix = clock.estimateAt(host.now());
    if (interval <= 0 || unix === undefined) {
      deadlines.clear(Deadline.ClockAligned);
      return;
    }
    // Further ahead than rounding goes: the clock was put right, and what it says now counts.
    if (this.servedUntil - unix > interval) {
      this.servedAhead = this.servedUntil;
      this.servedUntil = 0;
    }
    const next = nextBoundary(Math.max(unix, this.servedUntil), interval);
    deadlines.set(Deadline.ClockAligned, host.now() + next - unix);
  }

  onClockAlignedDeadline(): void {
    const { settings, host, clock, connectors } = this.station;
    const interval = settings.number('ClockAlignedDataInterval') * 1000;
    const unix = clock.estimateAt(host.now());
    if (interval <= 0 || unix === undefined) return;
    const boundary = lastBoundary(unix, interval);
    if (boundary > this.servedUntil) {
      this.servedUntil = boundary;
      for (const connector of connectors) {
        const { readings, transaction } = connector;
        // A transaction that was dated by a clock that ran ahead has had this boundary, and dates of one never go backwards.
        if (readings === undefined || (transaction && boundary <= Math.min(this.servedAhead, transaction.floor))) continue;
        this.takeThinned(connector, 'k', clock.stamp(host.now() - (unix - boundary), transaction));
      }
    }
    this.armClockAligned();
  }

  /** Whether a transaction keeps data for StopTransaction (1.6 3.16.5: only if one of the two lists is not empty). */
  get keepsTransactionData(): boolean {
    const { settings } = this.station;
    return settings.measurandAt('StopTxnSampledData', 0) >= 0 || settings.measurandAt('StopTxnAlignedData', 0) >= 0;
  }

  /** The latest values of MeterValuesSampledData with context Trigger; undefined when there is none (errata 3.46). */
  triggered(connector: ChargingConnector): Request<'MeterValues'> | undefined {
    const { host, clock } = this.station;
    const sampledValue: SampledValue[] = [];
    const columns: number[] = [];
    this.addColumns(columns, connector, 'MeterValuesSampledData', toMeterValues);
    for (const column of columns) sampledValue.push(sampledValueOf(column, decimal(this.value(connector, column >> 2) ?? 0), 'Trigger'));
    if (sampledValue.length === 0) return undefined;
    const signed = triggeredSigned(this.station, connector);
    if (signed !== undefined) sampledValue.push({ value: signed, context: 'Trigger', format: 'SignedData' });
    const transactionId = connector.transaction?.transactionId;
    const timestamp = formatTime(clock.estimateAt(host.now()) ?? clock.lowerBoundAt(host.now()));
    return {
      connectorId: connector.id,
      ...(transactionId === undefined ? {} : { transactionId }),
      meterValue: [{ timestamp, sampledValue }],
    };
  }

  /** The import register of a connector in whole Wh, rounded half up; undefined while the meter has said nothing. */
  energy(connector: ChargingConnector): number | undefined {
    const value = this.value(connector, energyRegister);
    return value === undefined || value < 0 ? undefined : Math.floor(value + 0.5);
  }

  /** Whether a record asks for MeterValues of its own. */
  asksForMeterValues(record: string): boolean {
    return this.has(record, toMeterValues);
  }

  private has(record: string, flag: number): boolean {
    for (const column of this.columnsOf(sampleOf(0, record).template)) if ((Number.parseInt(column, 36) & flag) !== 0) return true;
    return false;
  }

  /** The values of a record that go to `flag`, as they stand in a message. */
  sampledValues(sample: Sample, forTransactionData: boolean): SampledValue[] {
    const flag = forTransactionData ? toTransactionData : toMeterValues;
    const columns = this.columnsOf(sample.template);
    const list: SampledValue[] = [];
    for (let index = 0; index < columns.length; index++) {
      const column = Number.parseInt(columns[index] ?? '', 36);
      if ((column & flag) !== 0) list.push(sampledValueOf(column, sample.values[index] ?? '', contextOf(sample.context)));
    }
    return list;
  }

  private columnsOf(template: string): string[] {
    const columns = Number.parseInt(template, 36) === this.number ? this.columns : this.station.host.storage.read('t/m' + template);
    return columns === undefined || columns === '' ? [] : columns.split('.');
  }

  /** The number of a template, stored before its first use. */
  private templateOf(columns: string): number {
    if (this.number >= 0 && columns === this.columns) return this.number;
    const { storage } = this.station.host;
    let number = this.next % templates;
    for (const key of storage.keys('t')) {
      if (key.startsWith('t/m') && storage.read(key) === columns) number = Number.parseInt(key.slice(3), 36);
    }
    const key = 't/m' + number.toString(36);
    if (storage.read(key) !== columns) {
      storage.write(key, columns);
      this.next++;
    }
    this.columns = columns;
    this.number = number;
    return number;
  }

  private collect(columns: number[], connector: ChargingConnector, context: ContextLetter): void {
    const charging = connector.transaction !== undefined;
    if (context === 'p') {
      this.addColumns(columns, connector, 'MeterValuesSampledData', toMeterValues);
      this.addColumns(columns, connector, 'StopTxnSampledData', toTransactionData);
    } else if (context === 'k') {
      this.addColumns(columns, connector, 'MeterValuesAlignedData', toMeterValues);
      if (charging) this.addColumns(columns, connector, 'StopTxnAlignedData', toTransactionData);
    } else {
      if (context === 'B') this.addColumns(columns, connector, 'StartTxnSampledData', toMeterValues);
      // Errata 3.14: begin and end of every configured measurand.
      this.addColumns(columns, connector, 'StopTxnSampledData', toTransactionData);
      this.addColumns(columns, connector, 'StopTxnAlignedData', toTransactionData);
    }
  }

  /** A measurand without phase stands for what the meter gives of it: one value, or one by phase. */
  private addColumns(columns: number[], connector: ChargingConnector, key: MeasurandListKey, flag: number): void {
    const { settings } = this.station;
    for (let index = 0; ; index++) {
      const pair = settings.measurandAt(key, index);
      if (pair < 0) return;
      const measurand = measurandOf(pair);
      if (this.value(connector, pair) !== undefined) addColumn(columns, pair, flag);
      else if (phaseOf(pair) < 0) {
        for (let phase = 0; phase < phases.length; phase++) {
          if (this.value(connector, pairOf(measurand, phase)) !== undefined) addColumn(columns, pairOf(measurand, phase), flag);
        }
      }
    }
  }

  private value(connector: ChargingConnector, pair: number): number | undefined {
    const name = measurands[measurandOf(pair)] as Measurand;
    const phase = phaseOf(pair);
    if (phase < 0 && name === 'Current.Offered' && connector.currentOffered !== undefined) return connector.currentOffered;
    if (phase < 0 && name === 'Power.Offered' && connector.powerOffered !== undefined) return connector.powerOffered;
    return readingOf(connector.readings, name, phase < 0 ? undefined : phases[phase]);
  }
}

const energyRegister = /* @__PURE__ */ pairOf(1, -1);

function readingOf(readings: MeterReadings | undefined, measurand: Measurand, phase: Phase | undefined): number | undefined {
  const reading = readings?.[measurand];
  const value = phase !== undefined && typeof reading === 'object' ? reading?.[phase] : phase === undefined ? reading : undefined;
  // A meter that shows nonsense shows nothing (protocol.md section 1).
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function addColumn(columns: number[], pair: number, flag: number): void {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] ?? 0;
    if (column >> 2 === pair) {
      columns[index] = column | flag;
      return;
    }
  }
  columns.push(pair * 4 + flag);
}

function sampledValueOf(column: number, value: string, context: ReadingContext): SampledValue {
  const pair = column >> 2;
  const phase = phases[phaseOf(pair)];
  const unit = unitOf(measurandOf(pair));
  const measurand = measurands[measurandOf(pair)] as Measurand;
  return {
    value,
    context,
    measurand,
    ...(phase === undefined ? {} : { phase }),
    ...(unit === undefined ? {} : { unit }),
    ...(measurand === 'SoC' ? { location: 'EV' } : {}),
  } as SampledValue;
}

export function contextOf(letter: ContextLetter): ReadingContext {
  switch (letter) {
    case 'p':
      return 'Sample.Periodic';
    case 'k':
      return 'Sample.Clock';
    case 'B':
      return 'Transaction.Begin';
    case 'E':
      return 'Transaction.End';
    default:
      return 'Other';
  }
}

export function isSample(record: string): boolean {
  return 'pkoBE'.includes(record[0] ?? ' ');
}

export function sampleOf(number: number, record: string): Sample {
  const parts = record.split(',');
  return {
    context: (record[0] ?? 'o') as ContextLetter,
    connector: Number.parseInt(record[1] ?? '', 36),
    template: record[2] ?? '',
    stamp: parts[1] ?? '',
    start: parts[2] ? number - Number.parseInt(parts[2], 36) : 0,
    values: parts.slice(3),
  };
}

/** A number with at most three decimals, by integers: engines round decimal fractions differently. */
export function decimal(value: number): string {
  const scaled = Math.floor(Math.abs(value) * 1000 + 0.5);
  const whole = Math.floor(scaled / 1000);
  const fraction = scaled - whole * 1000;
  let text = whole.toString();
  if (fraction > 0) {
    let digits = (1000 + fraction).toString().slice(1);
    while (digits.endsWith('0')) digits = digits.slice(0, -1);
    text += '.' + digits;
  }
  return value < 0 && scaled > 0 ? '-' + text : text;
}

const day = 86_400_000;

function lastBoundary(unix: number, interval: number): number {
  const midnight = Math.floor(unix / day) * day;
  return midnight + Math.floor((unix - midnight) / interval) * interval;
}

/** The first boundary after `unix`; midnight always is one. */
function nextBoundary(unix: number, interval: number): number {
  const midnight = Math.floor(unix / day) * day;
  return Math.min(lastBoundary(unix, interval) + interval, midnight + day);
}
