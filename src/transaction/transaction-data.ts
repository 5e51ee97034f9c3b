/** StopTransaction with its transactionData: read from the journal while it is sent, thinned until it fits. */

import type { Parts } from '../host.ts';
import { stampOf } from '../link/dating.ts';
import { callHead, callParts } from '../wire/frame.ts';
import { type PieceSource, StreamedParts } from '../wire/parts.ts';
import { formatTime } from '../wire/time.ts';
import type { Request } from '../wire/types.ts';
import type { Meter } from './meter.ts';
import { isSample, sampleOf } from './samples.ts';
import { type SigningStation, signedValue } from './signed.ts';

/** The message. `number` is the record of the stop, `start` that of the start; what lies between belongs to the transaction. */
export function stopParts(
  station: SigningStation,
  meter: Meter,
  id: string,
  request: Request<'StopTransaction'>,
  start: number,
  number: number,
): Parts {
  const data = new TransactionData(station, meter, start, number);
  if (data.piece(0) === undefined) return callParts(id, 'StopTransaction', request);
  const text = JSON.stringify(request);
  const head = callHead(id, 'StopTransaction') + text.slice(0, -1) + ',"transactionData":[';
  const most = Math.max(1, station.settings.number('StopTransactionMaxMeterValues'));
  for (;;) {
    const parts = new StreamedParts(head, data, ']}]');
    const fits = parts.byteLength <= station.settings.number('MaxMessageSize') && data.count <= most;
    // Errata 3.14: intermediate values go, begin and end stay.
    if (fits || !data.thin()) return parts;
  }
}

class TransactionData implements PieceSource {
  private readonly station: SigningStation;
  private readonly meter: Meter;
  private readonly start: number;
  private readonly end: number;
  /** The record of Transaction.End; one that a power cut parted from its stop, so that the transaction went on, is none. */
  private readonly last: number;
  /** Every how many intermediate values one is kept. */
  private stride = 1;
  private at = 0;
  private intermediate = 0;
  /** Elements of the last walk. */
  count = 0;

  constructor(station: SigningStation, meter: Meter, start: number, end: number) {
    this.station = station;
    this.meter = meter;
    this.start = start;
    this.end = end;
    this.last = this.findLast();
  }

  private findLast(): number {
    for (let number = this.end - 1; number > this.start; number--) {
      const record = this.station.outbox.read(number);
      if (record !== undefined && record[0] !== 'g' && belongsTo(number, record, this.start)) return record[0] === 'E' ? number : this.end;
    }
    return this.end;
  }

  /** Halves the intermediate values; false when there are none left. */
  thin(): boolean {
    if (this.stride > this.intermediate) return false;
    this.stride *= 2;
    return true;
  }

  piece(index: number): string | undefined {
    if (index === 0) {
      this.at = this.start;
      this.intermediate = 0;
      this.count = 0;
    }
    while (++this.at < this.end) {
      const text = this.elementAt(this.at);
      if (text === undefined) continue;
      this.count++;
      return index === 0 ? text : ',' + text;
    }
    return undefined;
  }

  private elementAt(number: number): string | undefined {
    const record = this.station.outbox.read(number);
    if (record === undefined || !belongsTo(number, record, this.start)) return undefined;
    const isEnd = record[0] === 'E' || (record[0] === 'g' && record[1] === 'E');
    if (isEnd && number < this.last) return undefined;
    if (record[0] === 'g') return this.signedElement(number, record);
    const sampledValue = this.meter.sampledValues(sampleOf(number, record), true);
    if (sampledValue.length === 0) return undefined;
    if (record[0] !== 'B' && record[0] !== 'E' && ++this.intermediate % this.stride !== 0) return undefined;
    return JSON.stringify({ timestamp: this.timeOf(number, record), sampledValue });
  }

  private signedElement(number: number, record: string): string | undefined {
    const isBegin = record[1] === 'B' || record[1] === 'd';
    const value = isBegin || record[1] === 'E' ? signedValue(this.station, number, record) : undefined;
    if (value === undefined) return undefined;
    const context = isBegin ? 'Transaction.Begin' : 'Transaction.End';
    return JSON.stringify({ timestamp: this.timeOf(number, record), sampledValue: [{ value, context, format: 'SignedData' }] });
  }

  private timeOf(number: number, record: string): string {
    return formatTime(this.station.outbox.dateOf(number, stampOf(record)));
  }
}

/** Whether the third field of a record names this transaction. */
export function belongsTo(number: number, record: string, start: number): boolean {
  if (record[0] !== 'g' && !isSample(record)) return false;
  const stamp = record.indexOf(',') + 1;
  const field = record.indexOf(',', stamp) + 1;
  const named = record.slice(field, record.indexOf(',', field));
  return record[0] === 'g' ? named === start.toString(36) : named === (number - start).toString(36);
}
