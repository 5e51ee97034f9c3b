/** The measurands, phases and units of OCPP 1.6, and how a measurand with its phase is written in a configuration key. */

import { freeze } from '../freeze.ts';
import { Measurand as measurands, Phase as phases } from '../wire/generated/tables.ts';
import { equalsIgnoringCase } from '../wire/text.ts';

/** In the order of the JSON schema. Positions are used in RAM only, never in flash or on the wire. */
export { measurands, phases };

/**
 * Units by measurand. The schema spells `Celcius` (OCPP-J errata 2.1); Frequency and RPM have no unit (errata 3.86), nor has Power.Factor.
 */
const units = /* @__PURE__ */ freeze([
  'Wh',
  'Wh',
  'varh',
  'varh',
  'Wh',
  'Wh',
  'varh',
  'varh',
  'W',
  'W',
  'W',
  'var',
  'var',
  undefined,
  'A',
  'A',
  'A',
  'V',
  undefined,
  'Celcius',
  'Percent',
  undefined,
] as const);

export type Unit = Exclude<(typeof units)[number], undefined>;

/** The unit in which a measurand is reported, by its position in `measurands`; undefined: the field is left out. */
export function unitOf(measurand: number): Unit | undefined {
  return units[measurand];
}

/** One number for a measurand and its phase: 16 times the position of the measurand, plus the position of the phase + 1, or 0 without phase. */
export function pairOf(measurand: number, phase: number): number {
  return measurand * 16 + phase + 1;
}

/** The position of the measurand of a pair. */
export function measurandOf(pair: number): number {
  return pair >> 4;
}

/** The position of the phase of a pair, -1 when it has none. */
export function phaseOf(pair: number): number {
  return (pair & 15) - 1;
}

/** A pair as it stands in a configuration key, `Current.Import.L1` for instance. */
export function pairText(pair: number): string {
  const phase = phases[phaseOf(pair)];
  const measurand = measurands[measurandOf(pair)] ?? '';
  return phase === undefined ? measurand : measurand + '.' + phase;
}

/** Reads `Current.Import` or `Current.Import.L1`, in any letter case; -1 when it is neither. */
export function parsePair(text: string): number {
  const whole = positionIn(measurands, text);
  if (whole >= 0) return pairOf(whole, -1);
  const dot = text.lastIndexOf('.');
  if (dot < 0) return -1;
  const measurand = positionIn(measurands, text.slice(0, dot));
  const phase = positionIn(phases, text.slice(dot + 1));
  return measurand < 0 || phase < 0 ? -1 : pairOf(measurand, phase);
}

/** A list of pairs in RAM is a text of two ASCII characters a pair; this is one of them. */
export function packed(pair: number): string {
  return String.fromCharCode(65 + measurandOf(pair), 49 + phaseOf(pair));
}

/** The pair at a position of a packed list, -1 past its end. */
export function packedAt(list: string, index: number): number {
  if (index < 0 || 2 * index >= list.length) return -1;
  return pairOf(list.charCodeAt(2 * index) - 65, list.charCodeAt(2 * index + 1) - 49);
}

/** Whether a packed list holds a pair. */
export function packedHas(list: string, pair: number): boolean {
  for (let index = 0; 2 * index < list.length; index++) if (packedAt(list, index) === pair) return true;
  return false;
}

/** A packed list as the central system reads it. */
export function packedText(list: string): string {
  let text = '';
  for (let index = 0; 2 * index < list.length; index++) text += (index === 0 ? '' : ',') + pairText(packedAt(list, index));
  return text;
}

/** The position of a text in a table, in any letter case; -1 when it is not there. */
export function positionIn(table: readonly string[], text: string): number {
  for (let index = 0; index < table.length; index++) if (equalsIgnoringCase(table[index] as string, text)) return index;
  return -1;
}
