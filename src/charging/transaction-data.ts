/** StopTransaction with its transactionData: read from the journal while it is sent, thinned until it fits. */

import type { SignedMeterValue } from '../callbacks.ts';
import type { Parts } from '../host.ts';
import { stampOf } from '../link/outbox.ts';
import { callHead, callParts } from '../wire/frame.ts';
import { type PieceSource, StreamedParts } from '../wire/parts.ts';
import { formatTime } from '../wire/time.ts';
import type { Request } from '../wire/types.ts';
import { isSample, type Meter, sampleOf } from './meter.ts';
import type { Station } from './station.ts';
import type { Transaction } from './transaction.ts';

/** Code points of a signed value in one record: the journal takes at most 1,024 bytes each. */
const pieceLength = 200;

/** A signed value as records `g`: context and connector; stamp; start; number of the piece; how many; JSON text of the piece. */
export function storeSigned(
  station: Station,
  meter: Meter,
  transaction: Transaction,
  context: 'B' | 'E',
  stamp: string,
  signed: SignedMeterValue,
): void {
  if (!station.settings.boolean('SampledDataSignReadings') || !meter.keepsTransactionData) return;
  const text = typeof signed === 'string' ? signed : signedText(station, transaction.connector, context, signed);
  const pieces = Math.ceil(text.length / pieceLength);
  const head = `g${context}${transaction.connector},${stamp},${transaction.start.toString(36)}`;
  try {
    for (let piece = 0; piece < pieces; piece++) {
      const part = text.slice(piece * pieceLength, (piece + 1) * pieceLength);
      station.outbox.append(`${head},${piece},${pieces},${JSON.stringify(part)}`, false);
    }
  } catch (error) {
    station.host.log('error', `A signed meter value of connector ${transaction.connector} could not be stored: ${error}`);
  }
}

/** SignedMeterValueType as JSON text, with the public key as PublicKeyWithSignedMeterValue says (signed meter values 3.2.1, 3.3.2). */
function signedText(station: Station, connector: number, context: 'B' | 'E', signed: Exclude<SignedMeterValue, string>): string {
  const when = station.settings.text('PublicKeyWithSignedMeterValue');
  const key = signed.publicKey ?? station.options.connectors?.[connector - 1]?.meterPublicKey ?? '';
  const publicKey = when === 'EveryMeterValue' || (when === 'OncePerTransaction' && context === 'B') ? key : '';
  const { signedMeterData, signingMethod, encodingMethod } = signed;
  return JSON.stringify({ signedMeterData, signingMethod, encodingMethod, publicKey });
}

/** The message. `number` is the record of the stop, `start` that of the start; what lies between belongs to the transaction. */
export function stopParts(
  station: Station,
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
  private readonly station: Station;
  private readonly meter: Meter;
  private readonly start: number;
  private readonly end: number;
  /** Every how many intermediate values one is kept. */
  private stride = 1;
  private at = 0;
  private intermediate = 0;
  /** Elements of the last walk. */
  count = 0;

  constructor(station: Station, meter: Meter, start: number, end: number) {
    this.station = station;
    this.meter = meter;
    this.start = start;
    this.end = end;
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
    if (record[0] === 'g') return this.signedElement(number, record);
    const sampledValue = this.meter.sampledValues(sampleOf(number, record), true);
    if (sampledValue.length === 0) return undefined;
    if (record[0] !== 'B' && record[0] !== 'E' && ++this.intermediate % this.stride !== 0) return undefined;
    return JSON.stringify({ timestamp: this.timeOf(number, record), sampledValue });
  }

  /** A signed value whose pieces are all there; anything else was cut off by a power cut. */
  private signedElement(number: number, record: string): string | undefined {
    const [, , , piece, pieces] = record.split(',', 5);
    if (piece !== '0') return undefined;
    let value = '';
    for (let index = 0; index < Number(pieces); index++) {
      const next = this.station.outbox.read(number + index);
      if (next === undefined || next[0] !== 'g' || !belongsTo(number + index, next, this.start)) return undefined;
      value += JSON.parse(next.slice(next.indexOf('"'))) as string;
    }
    const context = record[1] === 'B' ? 'Transaction.Begin' : 'Transaction.End';
    return JSON.stringify({ timestamp: this.timeOf(number, record), sampledValue: [{ value, context, format: 'SignedData' }] });
  }

  private timeOf(number: number, record: string): string {
    return formatTime(this.station.outbox.dateOf(number, stampOf(record)));
  }
}

/** Whether the third field of a record names this transaction. */
function belongsTo(number: number, record: string, start: number): boolean {
  if (record[0] !== 'g' && !isSample(record)) return false;
  const stamp = record.indexOf(',') + 1;
  const field = record.indexOf(',', stamp) + 1;
  const named = record.slice(field, record.indexOf(',', field));
  return record[0] === 'g' ? named === start.toString(36) : named === (number - start).toString(36);
}
