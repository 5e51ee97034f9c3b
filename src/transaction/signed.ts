/** Signed meter values (OCA "Signed meter values in OCPP" 3): which are kept, their records in the journal, and reading them back. */

import type { SignedMeterValue } from '../callbacks.ts';
import type { Outbox } from '../link/outbox.ts';
import type { MeasurandListKey } from '../settings/keys.ts';
import type { Settings } from '../settings/settings.ts';
import { utf8Length } from '../wire/text.ts';
import { needRoom, needRoomAtEnd, type RoomStation } from './room.ts';
import type { ContextLetter, Sample } from './samples.ts';
import type { ChargingConnector, Transaction } from './transaction.ts';

export interface SigningStation extends RoomStation {
  readonly settings: Settings;
  readonly outbox: Outbox;
}

/** Code points of a signed value in one record: the journal takes at most 1,024 bytes each. */
const pieceLength = 200;
/** Bytes of flash that a piece takes beyond its text, more or less. */
const pieceOverhead = 50;
/** More pieces than these would not fit into a message. */
const mostPieces = 40;

/**
 * Stores a signed value behind the sample it belongs to, as records `g`: the letter of where it goes and the connector; stamp; start in
 * base 36, or nothing; number of the piece; how many; JSON text of the piece. Nothing is stored that no key asks for.
 */
export function storeSigned(
  station: SigningStation,
  connector: ChargingConnector,
  transaction: Transaction | undefined,
  context: ContextLetter,
  stamp: string,
  signed: SignedMeterValue,
): void {
  const letter = letterOf(station, context);
  if (letter === '') return;
  const text = textOf(station, connector.id, transaction, signed);
  const pieces = Math.ceil(text.length / pieceLength);
  const head = `g${letter}${connector.id},${stamp},${transaction ? transaction.start.toString(36) : ''}`;
  try {
    if (pieces > mostPieces) throw new RangeError('It is too long.');
    const room = utf8Length(text) + pieces * pieceOverhead;
    if (context === 'E') needRoomAtEnd(station, room);
    else needRoom(station, room);
    for (let piece = 0; piece < pieces; piece++) {
      const part = text.slice(piece * pieceLength, (piece + 1) * pieceLength);
      station.outbox.append(`${head},${piece},${pieces},${JSON.stringify(part)}`, context === 'B' || context === 'E');
    }
  } catch (error) {
    station.host.log('error', `A signed meter value of connector ${connector.id} could not be stored: ${error}`);
  }
}

/**
 * `B`, `E`: into transactionData. `b`: of the begin, into MeterValues. `d`: of the begin, into both. `p`, `k`: into the MeterValues of their
 * sample. Nothing: not wanted (3.3.3 to 3.3.8).
 */
function letterOf(station: SigningStation, context: ContextLetter): string {
  const { settings } = station;
  const sampled = settings.boolean('SampledDataSignReadings');
  const aligned = settings.boolean('AlignedDataSignReadings');
  if (context === 'p')
    return sampled && settings.boolean('SampledDataSignUpdatedReadings') && asks(station, 'MeterValuesSampledData') ? 'p' : '';
  if (context === 'k')
    return aligned && settings.boolean('AlignedDataSignUpdatedReadings') && asks(station, 'MeterValuesAlignedData') ? 'k' : '';
  const isKept = (sampled && asks(station, 'StopTxnSampledData')) || (aligned && asks(station, 'StopTxnAlignedData'));
  if (context === 'E') return isKept ? 'E' : '';
  const isTold = sampled && settings.boolean('SampledDataSignStartedReadings') && asks(station, 'StartTxnSampledData');
  if (isTold) return isKept ? 'd' : 'b';
  return isKept ? 'B' : '';
}

function asks(station: SigningStation, key: MeasurandListKey): boolean {
  return station.settings.measurandAt(key, 0) >= 0;
}

/** The value of a triggered message, which is never stored; undefined when none is wanted. */
export function triggeredSigned(station: SigningStation, connector: ChargingConnector): string | undefined {
  const { signed, transaction } = connector;
  if (signed === undefined || letterOf(station, 'p') === '') return undefined;
  return textOf(station, connector.id, transaction, signed);
}

/** Opaque text as it is; else SignedMeterValueType as JSON text, with the public key as PublicKeyWithSignedMeterValue says (3.2.1, 3.3.2). */
function textOf(station: SigningStation, connector: number, transaction: Transaction | undefined, signed: SignedMeterValue): string {
  if (typeof signed === 'string') return signed;
  const { signedMeterData, signingMethod, encodingMethod } = signed;
  const publicKey = isKeyDue(station, transaction) ? (signed.publicKey ?? station.settings.meterPublicKey(connector)) : '';
  return JSON.stringify({ signedMeterData, signingMethod, encodingMethod, publicKey });
}

/** Once per transaction: with its first signed value; again after a power cut, which does no harm. */
function isKeyDue(station: SigningStation, transaction: Transaction | undefined): boolean {
  const when = station.settings.text('PublicKeyWithSignedMeterValue');
  if (when !== 'OncePerTransaction') return when === 'EveryMeterValue';
  if (transaction === undefined || transaction.isKeyTold) return false;
  transaction.isKeyTold = true;
  return true;
}

/** The signed value that was stored behind a sample, for its MeterValues. */
export function signedBehind(station: SigningStation, number: number, sample: Sample): string | undefined {
  const record = station.outbox.read(number + 1);
  if (record?.[0] !== 'g') return undefined;
  const letters = sample.context === 'B' ? 'bd' : sample.context;
  const start = sample.start === 0 ? '' : sample.start.toString(36);
  const isOfSample = letters.includes(record[1] ?? ' ') && record.startsWith(`${sample.connector},${sample.stamp},${start},0,`, 2);
  return isOfSample ? signedValue(station, number + 1, record) : undefined;
}

/** The value whose first piece this record is; undefined when a power cut has cut pieces off, and for any other piece. */
export function signedValue(station: SigningStation, number: number, record: string): string | undefined {
  const [connector, stamp, start, piece, pieces] = record.split(',', 5);
  if (piece !== '0') return undefined;
  let value = '';
  for (let index = 0; index < Number(pieces); index++) {
    const head = `${connector},${stamp},${start},${index},${pieces},`;
    const next = station.outbox.read(number + index);
    if (!next?.startsWith(head)) return undefined;
    value += JSON.parse(next.slice(head.length)) as string;
  }
  return value;
}
