/** Meter values: taking samples as records of the journal, when they are due, and making MeterValues and transactionData of them. */

import type { MeterReadings } from '../callbacks.ts';
import type { Clock } from '../link/clock.ts';
import { ConnectorDeadline, Deadline, type Deadlines } from '../link/deadlines.ts';
import type { MeasurandListKey } from '../settings/keys.ts';
import { measurandOf, measurands, pairOf, phaseOf, phases } from '../settings/measurands.ts';
import { formatTime } from '../wire/time.ts';
import type { Measurand, Phase, Request } from '../wire/types.ts';
import { onRegisterKept } from './kept.ts';
import { needRoom, needRoomAtEnd } from './room.ts';
import {
  addColumn,
  contextOf,
  decimal,
  energyRegister,
  inline,
  type Sample,
  type SampledValue,
  sampledValueOf,
  sampleOf,
  toMeterValues,
  toTransactionData,
} from './samples.ts';
import { type SigningStation, storeSigned, triggeredSigned } from './signed.ts';
import { Templates } from './templates.ts';
import { type ChargingConnector, runningAt, type Transaction } from './transaction.ts';

export interface MeterStation extends SigningStation {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Connector 0, the station itself, first. */
  readonly connectors: readonly ChargingConnector[];
}

/** What was measured at a connector at one moment. */
interface Measured {
  readonly readings: MeterReadings | undefined;
  readonly currentOffered: number | undefined;
  readonly powerOffered: number | undefined;
}

export class Meter {
  private readonly station: MeterStation;
  private readonly templates: Templates;
  /** The last clock-aligned moment that was served, so that a clock set back serves none twice. */
  private servedUntil?: number;
  /** The same of a clock that ran ahead, after it was put right. */
  private servedAhead?: number;
  /** The record made last holds the import register. */
  private holdsRegister?: boolean;
  /** Samples so far by connector and kind, while the journal runs low. Absent until then: */
  private offered?: number[] | undefined;

  constructor(station: MeterStation) {
    this.station = station;
    this.templates = new Templates(station);
  }

  // Taking samples. The way down to the flash is long: the record is made first, and stored from where few calls are on the stack.

  /** Takes the configured samples of a connector at the sampler's pace: thinned while the journal runs low, and never harmful. */
  private take(connector: ChargingConnector, context: 'p' | 'k', stamp: string): void {
    const transaction = runningAt(connector);
    try {
      if (!this.admits(connector, context)) return;
      needRoom(this.station, 0);
      const columns = this.columnsToTake(connector, context, transaction !== undefined);
      if (columns.length === 0) return;
      this.station.outbox.append(this.recordOf(columns, connector, context + connector.id.toString(36), transaction, stamp), false);
      if (this.holdsRegister && transaction !== undefined) onRegisterKept(this.station, transaction);
      if (connector.signed !== undefined) storeSigned(this.station, connector, transaction, context, stamp, connector.signed);
    } catch (error) {
      this.station.host.log('error', `A sample of connector ${connector.id} was lost: ${error}`);
    }
  }

  /** The first or last values of a transaction (errata 3.14): their register is meterStart or meterStop (1.6 4.7). */
  takeBoundary(connector: ChargingConnector, transaction: Transaction, context: 'B' | 'E', stamp: string, register: number): void {
    try {
      if (context === 'B') needRoom(this.station, 0);
      else needRoomAtEnd(this.station, 0);
      const measured = withRegister(connector, register);
      // Not in `columnsToTake`: a wallbox that reports its end from inside `stopTransaction` has the longest way down, and this is its end.
      const columns: number[] = [];
      if (context === 'B') this.addColumns(columns, measured, 'StartTxnSampledData', toMeterValues);
      // Errata 3.14: begin and end of every configured measurand.
      this.addColumns(columns, measured, 'StopTxnSampledData', toTransactionData);
      this.addColumns(columns, measured, 'StopTxnAlignedData', toTransactionData);
      if (columns.length === 0) return;
      this.station.outbox.append(this.recordOf(columns, measured, context + connector.id.toString(36), transaction, stamp), true);
    } catch (error) {
      this.station.host.log('error', `Meter values of connector ${connector.id} could not be stored: ${error}`);
    }
  }

  /** Of a crowded journal each connector, and each kind of sample, gets its share. */
  private admits(connector: ChargingConnector, context: 'p' | 'k'): boolean {
    const every = this.station.outbox.sampleStride();
    if (every === 1) this.offered = undefined;
    if (every === 1) return true;
    this.offered ??= [];
    const kind = 2 * connector.id + (context === 'k' ? 1 : 0);
    const count = this.offered[kind] ?? 0;
    this.offered[kind] = count + 1;
    return count % every === 0;
  }

  /** The record that is to be appended next. `head`: the letter of its context and the connector. */
  private recordOf(
    columns: readonly number[],
    measured: Measured,
    head: string,
    transaction: Transaction | undefined,
    stamp: string,
  ): string {
    let text = '';
    let values = '';
    delete this.holdsRegister;
    for (const column of columns) {
      text += (text === '' ? '' : '.') + column.toString(36);
      values += ',' + decimal(valueAt(measured, column >> 2) ?? 0);
      if (column >> 2 === energyRegister) this.holdsRegister = true;
    }
    const template = this.templates.numberOf(text);
    const distance = transaction === undefined ? '' : (this.station.outbox.nextNumber() - transaction.start).toString(36);
    return head + template + ',' + stamp + ',' + distance + (template === inline ? ',' + text : '') + values;
  }

  /** None: nothing is configured, or nothing is measured. */
  private columnsToTake(measured: Measured, context: 'p' | 'k', charging: boolean): number[] {
    const columns: number[] = [];
    if (context === 'p') {
      this.addColumns(columns, measured, 'MeterValuesSampledData', toMeterValues);
      if (charging) this.addColumns(columns, measured, 'StopTxnSampledData', toTransactionData);
    } else {
      this.addColumns(columns, measured, 'MeterValuesAlignedData', toMeterValues);
      if (charging) this.addColumns(columns, measured, 'StopTxnAlignedData', toTransactionData);
    }
    return columns;
  }

  /** A measurand without phase stands for what the meter gives of it: one value, or one by phase. */
  private addColumns(columns: number[], measured: Measured, key: MeasurandListKey, flag: number): void {
    const { settings } = this.station;
    for (let index = 0; ; index++) {
      const pair = settings.measurandAt(key, index);
      if (pair < 0) return;
      const measurand = measurandOf(pair);
      if (valueAt(measured, pair) !== undefined) addColumn(columns, pair, flag);
      else if (phaseOf(pair) < 0) {
        for (let phase = 0; phase < phases.length; phase++) {
          if (valueAt(measured, pairOf(measurand, phase)) !== undefined) addColumn(columns, pairOf(measurand, phase), flag);
        }
      }
    }
  }

  // When they are due.

  /** MeterValueSampleInterval of a running transaction or of the main meter, counted from now (1.6 3.16.1, 3.16.3, errata 3.15). */
  armSampling(connector: ChargingConnector): void {
    const { deadlines, settings, host } = this.station;
    const slot = deadlines.slotOf(connector.id, ConnectorDeadline.Sample);
    const interval = settings.number('MeterValueSampleInterval');
    if (isSampled(connector) && interval > 0) deadlines.set(slot, host.now() + interval * 1000);
    else deadlines.clear(slot);
  }

  /** The main meter has said something: it is sampled from the first time on. */
  onMainMeter(connector: ChargingConnector): void {
    const { deadlines } = this.station;
    if (!deadlines.isSet(deadlines.slotOf(connector.id, ConnectorDeadline.Sample))) this.armSampling(connector);
  }

  /** The moment `due` has come, or is over: a late alarm leaves out what it missed, and shifts nothing. */
  onSampleDeadline(connector: ChargingConnector, due: number): void {
    const { deadlines, settings, host, clock } = this.station;
    const interval = settings.number('MeterValueSampleInterval') * 1000;
    if (interval <= 0 || !isSampled(connector)) return;
    const now = host.now();
    const next = due + interval * (Math.floor((now - due) / interval) + 1);
    deadlines.set(deadlines.slotOf(connector.id, ConnectorDeadline.Sample), next);
    this.take(connector, 'p', clock.coarseStamp(now, connector.transaction));
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
    const { servedUntil = 0 } = this;
    if (servedUntil - unix > interval) {
      this.servedAhead = servedUntil;
      delete this.servedUntil;
    }
    const next = nextBoundary(Math.max(unix, this.servedUntil ?? 0), interval);
    deadlines.set(Deadline.ClockAligned, host.now() + next - unix);
  }

  onClockAlignedDeadline(): void {
    const { settings, host, clock, connectors } = this.station;
    const interval = settings.number('ClockAlignedDataInterval') * 1000;
    const unix = clock.estimateAt(host.now());
    if (interval <= 0 || unix === undefined) return;
    const boundary = lastBoundary(unix, interval);
    if (boundary > (this.servedUntil ?? 0)) {
      this.servedUntil = boundary;
      for (const connector of connectors) {
        const { readings } = connector;
        const transaction = runningAt(connector);
        // A transaction that was dated by a clock that ran ahead has had this boundary, and dates of one never go backwards.
        if (readings === undefined || (transaction && boundary <= Math.min(this.servedAhead ?? 0, transaction.floor))) continue;
        this.take(connector, 'k', clock.stamp(host.now() - (unix - boundary), transaction));
      }
    }
    this.armClockAligned();
  }

  // What is made of them.

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
    for (const column of columns) {
      sampledValue.push(sampledValueOf(column, decimal(valueAt(connector, column >> 2) ?? 0), 'Trigger', connector.id));
    }
    if (sampledValue.length === 0) return undefined;
    const signed = triggeredSigned(this.station, connector);
    if (signed !== undefined) sampledValue.push({ value: signed, context: 'Trigger', format: 'SignedData' });
    const transactionId = runningAt(connector)?.transactionId;
    const timestamp = formatTime(clock.estimateAt(host.now()) ?? clock.lowerBoundAt(host.now()));
    return {
      connectorId: connector.id,
      ...(transactionId === undefined ? {} : { transactionId }),
      meterValue: [{ timestamp, sampledValue }],
    };
  }

  /** The import register of a connector in whole Wh, rounded half up; undefined while the meter has said nothing. */
  energy(connector: ChargingConnector): number | undefined {
    const value = valueAt(connector, energyRegister);
    return value === undefined || value < 0 ? undefined : Math.floor(value + 0.5);
  }

  /** Whether a record asks for MeterValues of its own. */
  asksForMeterValues(record: string): boolean {
    return this.has(record, toMeterValues);
  }

  private has(record: string, flag: number): boolean {
    for (const column of this.columnsOf(sampleOf(0, record))) if ((Number.parseInt(column, 36) & flag) !== 0) return true;
    return false;
  }

  /** The values of a record that go to `flag`, as they stand in a message. */
  sampledValues(sample: Sample, forTransactionData: boolean): SampledValue[] {
    const flag = forTransactionData ? toTransactionData : toMeterValues;
    const columns = this.columnsOf(sample);
    const list: SampledValue[] = [];
    for (let index = 0; index < columns.length; index++) {
      const column = Number.parseInt(columns[index] ?? '', 36);
      if ((column & flag) !== 0) list.push(sampledValueOf(column, sample.values[index] ?? '', contextOf(sample.context), sample.connector));
    }
    return list;
  }

  private columnsOf(sample: Sample): string[] {
    const columns = sample.columns ?? this.templates.columnsOf(sample.template);
    return columns === undefined || columns === '' ? [] : columns.split('.');
  }

  /** The import register of a sample in whole Wh; undefined when it holds none. */
  registerOf(sample: Sample): number | undefined {
    const columns = this.columnsOf(sample);
    for (let index = 0; index < columns.length; index++) {
      if (Number.parseInt(columns[index] ?? '', 36) >> 2 === energyRegister) return Math.floor(Number(sample.values[index]) + 0.5);
    }
    return undefined;
  }
}

/** What a connector shows, but with this register. */
function withRegister({ readings, currentOffered, powerOffered }: ChargingConnector, register: number): Measured {
  return { readings: { ...readings, 'Energy.Active.Import.Register': register }, currentOffered, powerOffered };
}

function isSampled(connector: ChargingConnector): boolean {
  return connector.id === 0 ? connector.readings !== undefined : runningAt(connector) !== undefined;
}

function valueAt(measured: Measured, pair: number): number | undefined {
  const name = measurands[measurandOf(pair)] as Measurand;
  const phase = phaseOf(pair);
  if (phase < 0 && name === 'Current.Offered' && measured.currentOffered !== undefined) return measured.currentOffered;
  if (phase < 0 && name === 'Power.Offered' && measured.powerOffered !== undefined) return measured.powerOffered;
  const reading = measured.readings?.[name];
  const value = phase < 0 ? reading : typeof reading === 'object' ? reading?.[phases[phase] as Phase] : undefined;
  // A meter that shows nonsense shows nothing (protocol.md section 1).
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
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
