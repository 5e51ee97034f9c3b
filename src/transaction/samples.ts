/**
 * Records of samples (about 30 bytes each), and the sampledValues that they become.
 *
 * A record is the letter of the context, the connector and the number of the template (templates.ts), one character of base 36 each; the
 * stamp; how many records ago the StartTransaction record was, or nothing; without template the columns; the values.
 */

import { measurandOf, measurands, pairOf, phaseOf, phases, unitOf } from '../settings/measurands.ts';
import type { Measurand, ReadingContext, Request } from '../wire/types.ts';

export type SampledValue = Request<'MeterValues'>['meterValue'][number]['sampledValue'][number];

/** How a record names its context: periodic, by the clock, other, begin, end. `B` and `E` go into transactionData, and into MeterValues only through StartTxnSampledData. */
export type ContextLetter = 'p' | 'k' | 'o' | 'B' | 'E';

/** In place of the number of a template: the columns stand in the record itself. */
export const inline = '-';

/** Where the value of a column goes. */
export const toMeterValues = 1;
export const toTransactionData = 2;

/** Energy.Active.Import.Register as a whole. */
export const energyRegister = /* @__PURE__ */ pairOf(1, -1);

/** A record, taken apart. */
export interface Sample {
  readonly context: ContextLetter;
  readonly connector: number;
  readonly stamp: string;
  /** The number of the StartTransaction record; 0 without transaction. */
  readonly start: number;
  readonly template: string;
  /** Where the record holds them itself. */
  readonly columns: string | undefined;
  readonly values: readonly string[];
}

/** Adds a column, or a further place for its value. */
export function addColumn(columns: number[], pair: number, flag: number): void {
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] ?? 0;
    if (column >> 2 === pair) {
      columns[index] = column | flag;
      return;
    }
  }
  columns.push(pair * 4 + flag);
}

export function sampledValueOf(column: number, value: string, context: ReadingContext, connector: number): SampledValue {
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
    ...(measurand === 'SoC' ? { location: 'EV' } : connector === 0 ? { location: 'Inlet' } : {}),
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
  const columns = record[2] === inline ? parts[3] : undefined;
  return {
    context: (record[0] ?? 'o') as ContextLetter,
    connector: Number.parseInt(record[1] ?? '', 36),
    template: record[2] ?? '',
    stamp: parts[1] ?? '',
    start: parts[2] ? number - Number.parseInt(parts[2], 36) : 0,
    columns,
    values: parts.slice(columns === undefined ? 3 : 4),
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
