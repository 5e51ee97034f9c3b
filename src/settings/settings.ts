/**
 * The configuration of the station: reads, checks, changes and persists the values of the rows in keys.ts (protocol.md section 12).
 *
 * RAM holds only what differs from the factory's value, under names that are in flash. A measurand list is held as two characters an
 * item. Prices and public keys are never held: they are read from the store when asked for. In shelf `c` a value is named by its row
 * number, which doubles as its version: the meaning of a row never changes.
 */

import type { Host } from '../host.ts';
import { equalsIgnoringCase, isLonger } from '../wire/text.ts';
import type { Measurand, Phase } from '../wire/types.ts';
import {
  type BooleanKey,
  demanded,
  type Feature,
  type Key,
  type ListKey,
  type MeasurandListKey,
  type NumberKey,
  profiles,
  type Row,
  rowOf,
  rows,
  type TextKey,
} from './keys.ts';
import { measurandOf, measurands, packed, packedAt, packedHas, packedText, pairOf, parsePair, phaseOf, phases } from './measurands.ts';
import {
  booleanIn,
  dateTimeIn,
  Items,
  integerIn,
  isDigits,
  itemAt,
  itemsOf,
  longestValue,
  nameIn,
  namesIn,
  offsetIn,
  positionOf,
  priceIn,
  rotationsIn,
  secretIn,
  textIn,
  urlIn,
} from './values.ts';

/** What the station can do, as far as the settings must know. Asked from the constructor of Settings on. */
export interface Capabilities {
  readonly numberOfConnectors: number;
  /** Whether the function exists: its callbacks are given and the board has what it takes. Must not ask the settings. */
  has(feature: Feature): boolean;
  /** Whether the board measures it: on that phase, or, without phase, in any form. */
  measures(measurand: Measurand, phase: Phase | undefined): boolean;
  /** A, the most that any connector carries, on one phase or on all of its phases together; undefined: the board's description does not say. */
  maximumCurrent(together: boolean): number | undefined;
}

export type ChangeStatus = 'Accepted' | 'Rejected' | 'RebootRequired' | 'NotSupported';

type Value = boolean | number | string;

const languagePrefix = 'DefaultPriceText,';
const publicKeyPrefix = 'MeterPublicKey';

export class Settings {
  /** The security profile in force, kept by connection.ts. */
  securityProfile = 0;
  /** The index of the key that the last `change` really changed, -1 when it changed none. */
  changed = -1;
  private readonly host: Pick<Host, 'storage' | 'log' | 'localListCapacity' | 'maxMessageBytes'>;
  private readonly factory: Readonly<Record<string, string>> | undefined;
  private readonly capabilities: Capabilities;
  /** Differences only. Its property names come from our own rows, never from the wire. */
  private readonly values: Partial<Record<Key, Value>> = {};

  /**
   * `factory`: values of a factory-fresh station by key, spelled as in keys.ts. One that is not valid counts as absent, but for AuthorizationKey
   * and SecurityProfile, which connection.ts reads; `complaints` names it.
   */
  constructor(
    host: Pick<Host, 'storage' | 'log' | 'localListCapacity' | 'maxMessageBytes'>,
    factory: Readonly<Record<string, string>> | undefined,
    capabilities: Capabilities,
  ) {
    this.host = host;
    this.factory = factory;
    this.capabilities = capabilities;
    // Backwards: what limits a list stands behind the list.
    for (let number = rows.length - 1; number >= 0; number--) this.adopt(rowAt(number));
    this.load();
    if (capabilities.has('fixedCable')) this.values.UnlockConnectorOnEVSideDisconnect = false; // errata 3.84
    if (capabilities.numberOfConnectors !== 1) this.values.AuthorizeConnectorZeroOnConnectorOne = false;
  }

  boolean(key: BooleanKey): boolean {
    return (this.values[key] ?? rowAt(rowOf[key]).default) as boolean;
  }

  number(key: NumberKey): number {
    const row = rowAt(rowOf[key]);
    return (this.values[key] ?? (row.computed === true ? this.computed(row) : this.defaultOf(row))) as number;
  }

  /** '' when unset. A key whose change needs a reboot reads as it was at this boot. */
  text(key: TextKey): string {
    return this.read(rowAt(rowOf[key])) as string;
  }

  /** The list as the central system reads it: comma separated, without blanks. */
  list(key: ListKey): string {
    const row = rowAt(rowOf[key]);
    return textOf(row, this.read(row));
  }

  /** Whether a list holds a name, or a measurand with exactly this phase or none. */
  includes(key: ListKey, item: string): boolean {
    const row = rowAt(rowOf[key]);
    const list = this.read(row) as string;
    return row.type === 'measurands' ? packedHas(list, parsePair(item)) : positionOf(list, item) >= 0;
  }

  /** One pair of measurand and phase, for `measurandOf` and `phaseOf`; -1 past the end of the list. Allocates nothing. */
  measurandAt(key: MeasurandListKey, index: number): number {
    return packedAt(this.read(rowAt(rowOf[key])) as string, index);
  }

  /** Whether a function exists and, if a feature profile covers it, the factory's SupportedFeatureProfiles has that profile. */
  has(feature: Feature): boolean {
    if (!this.capabilities.has(feature)) return false;
    const supported = this.factory?.['SupportedFeatureProfiles'];
    if (supported === undefined) return true;
    for (let index = 0; index < profiles.length; index++) {
      const profile = profiles[index]!;
      if (profile.feature === feature) return positionOf(supported, profile.name) >= 0;
    }
    return true;
  }

  /** Those of the keys that no station can do without which have no usable value; '' when there are none. */
  missing(): string {
    let list = '';
    for (const key of demanded) if (this.text(key) === '') list += ' ' + key;
    return list;
  }

  /** What the factory gave in vain, for the log; '' when there is nothing. */
  complaints(): string {
    let unknown = '';
    let invalid = '';
    for (const key of Object.keys(this.factory ?? {})) {
      const row = rows.find((each) => each.key === key) as Row | undefined;
      if (row === undefined || row.indexed === true) unknown += ' ' + key;
      else if (!this.isUsable(row, this.factory?.[key] ?? '')) invalid += ' ' + key;
    }
    return (unknown && ' Factory keys not known:' + unknown + '.') + (invalid && ' Factory values not valid:' + invalid + '.');
  }

  /** The feature profiles whose functions the wallbox lacks. */
  profilesOff(): string {
    let off = '';
    for (const { name, feature } of profiles) if (!this.capabilities.has(feature)) off += ' ' + name;
    return off;
  }

  private isUsable(row: Row, given: string): boolean {
    const value = this.parse(row, given);
    // A number that follows from the board cannot be given another value.
    const isFixed = row.computed === true && row.type === 'integer' && row.deferred !== true;
    return value !== undefined && (!isFixed || value === this.computed(row));
  }

  /** How many indexes there are. Behind the rows follow the public keys of the meters and the price texts by language. */
  get count(): number {
    return this.firstLanguage() + itemsOf(this.list('SupportedLanguages'));
  }

  /** The index of a key asked for by name, in any letter case; -1: not known, or it does not exist at this station. */
  find(name: string): number {
    const { length } = name;
    for (let number = 0; number < rows.length; number++) {
      const row = rowAt(number);
      if (row.key.length === length && equalsIgnoringCase(row.key, name)) return this.exists(number) ? number : -1;
    }
    return this.findIndexed(name);
  }

  /** Whether there is such a key: exactly when the function behind it exists (1.6 9). */
  exists(index: number): boolean {
    if (index < 0) return false;
    if (index >= this.firstLanguage()) {
      return this.has('pricing') && this.boolean('CustomMultiLanguageMessages') && this.languageAt(index) !== undefined;
    }
    if (index >= rows.length) return this.has('signedMeterValues');
    const { feature, indexed } = rowAt(index);
    return indexed !== true && (feature === undefined || this.has(feature));
  }

  /** The key's name in our spelling. */
  keyOf(index: number): string {
    if (index >= this.firstLanguage()) return languagePrefix + (this.languageAt(index) ?? '');
    return index < rows.length ? rowAt(index).key : publicKeyPrefix + (index - rows.length + 1);
  }

  isReadOnly(index: number): boolean {
    if (index >= rows.length) return index < this.firstLanguage();
    return rowAt(index).access === 'R' || (index === rowOf.UnlockConnectorOnEVSideDisconnect && this.capabilities.has('fixedCable'));
  }

  /** The value as text; undefined when it is unset or cannot be read by anybody. At most 500 code points. */
  valueOf(index: number): string | undefined {
    if (index >= this.firstLanguage()) return this.readOpaque(this.languageEntry(index));
    if (index >= rows.length) return this.readOpaque(publicKeyEntry(index - rows.length + 1));
    const row = rowAt(index);
    if (row.access === 'W') return undefined;
    const text = row.reboot === true ? this.pending(index) : textOf(row, this.read(row));
    return text === '' && !isList(row) ? undefined : text;
  }

  /** The KeyValue of GetConfiguration.conf as JSON text; undefined when the key does not exist or is write-only. */
  entry(index: number): string | undefined {
    if (!this.exists(index) || (index < rows.length && rowAt(index).access === 'W')) return undefined;
    const value = this.valueOf(index);
    const start = '{"key":"' + this.keyOf(index) + '","readonly":' + (this.isReadOnly(index) ? 'true' : 'false');
    return value === undefined ? start + '}' : start + ',"value":' + JSON.stringify(value) + '}';
  }

  /**
   * ChangeConfiguration. What is Accepted is stored and in force; `changed` tells the index, or -1 when the value was equal.
   * AuthorizationKey and SecurityProfile are only checked for form (a profile must also be a higher one): the caller stores them.
   */
  change(name: string, value: string): ChangeStatus {
    this.changed = -1;
    const index = this.find(name);
    if (index < 0) return 'NotSupported';
    if (this.isReadOnly(index)) return 'Rejected';
    if (index >= rows.length) return this.changePrice(index, this.languageEntry(index), value);
    const row = rowAt(index);
    if (row.type === 'price') return this.changePrice(index, entryOf(index), value);
    const parsed = this.parse(row, value);
    if (parsed === undefined) return 'Rejected';
    if (row.deferred === true) return this.changeDeferred(index, parsed);
    if (row.reboot === true) return this.changeAtReboot(index, row, parsed as string);
    if (parsed === this.read(row)) return 'Accepted';
    if (!this.persist(index, row, parsed)) return 'Rejected';
    this.hold(row, parsed);
    this.changed = index;
    return 'Accepted';
  }

  /**
   * A change of our own, read-only keys included; stored if it differs. False: the value is not valid and nothing changed, or the
   * store failed and the value holds only until the next boot.
   */
  set(key: Key, value: Value): boolean {
    const number = rowOf[key];
    const row = rowAt(number);
    const parsed = this.parse(row, String(value));
    if (parsed === undefined || row.deferred === true || row.type === 'price') {
      this.host.log('warn', 'setting ' + key + ' not taken');
      return false;
    }
    if (parsed === this.read(row)) return true;
    const stored = this.persist(number, row, parsed);
    this.hold(row, parsed);
    return stored;
  }

  /** The public key of a connector's meter as the board gives it. False: no such connector, over 500 code points, or the store failed. */
  setMeterPublicKey(connector: number, publicKey: string): boolean {
    if (!Number.isInteger(connector) || connector < 1 || connector > this.capabilities.numberOfConnectors) return false;
    if (isLonger(publicKey, longestValue)) return false;
    const entry = publicKeyEntry(connector);
    return this.readOpaque(entry) === publicKey || this.writeOpaque(entry, publicKey);
  }

  /** '' when the board has given none. */
  meterPublicKey(connector: number): string {
    return this.readOpaque(publicKeyEntry(connector)) ?? '';
  }

  /** DefaultPriceText of a language as JSON text; '' when there is none. */
  priceText(language: string): string {
    const index = this.find(languagePrefix + language);
    return index < 0 ? '' : (this.valueOf(index) ?? '');
  }

  private changeDeferred(index: number, value: Value): ChangeStatus {
    // Whitepaper A05.FR.01: equal is no change either, it is Rejected.
    if (index === rowOf.SecurityProfile && (value as number) <= this.securityProfile) return 'Rejected';
    this.changed = index;
    return 'Accepted';
  }

  private changeAtReboot(index: number, row: Row, value: string): ChangeStatus {
    if (value === this.pending(index)) return value === this.read(row) ? 'Accepted' : 'RebootRequired';
    if (!this.persist(index, row, value)) return 'Rejected';
    this.changed = index;
    return 'RebootRequired';
  }

  private changePrice(index: number, entry: string, value: string): ChangeStatus {
    const price = priceIn(value.trim());
    if (price === undefined || isLonger(price, longestValue)) return 'Rejected';
    if (price === this.valueOf(index)) return 'Accepted';
    if (!this.writeOpaque(entry, price)) return 'Rejected';
    this.changed = index;
    return 'Accepted';
  }

  /** The value in force. A measurand list comes packed. */
  private read(row: Row): Value {
    if (row.type === 'price') return this.readOpaque(entryOf(rowOf[row.key as Key])) ?? this.unheld(row);
    return this.values[row.key as Key] ?? (row.computed === true ? this.computed(row) : this.unheld(row));
  }

  /** What `read` finds when RAM holds nothing. */
  private unheld(row: Row): Value {
    if (row.computed === true) return this.computed(row);
    if (isText(row)) return this.factory?.[row.key] ?? row.default;
    return this.defaultOf(row);
  }

  /** The value of a key that nobody configured. */
  private defaultOf(row: Row): Value {
    if (row.type === 'measurands') return row.pairs ?? '';
    if (row.fits !== undefined) return this.fitting(row, row.default as number);
    return (row.board === true ? this.boardDefault(row) : undefined) ?? row.default;
  }

  /** As much of a limit as fits into one message. */
  private fitting(row: Row, value: number): number {
    const [frame, item] = row.fits ?? [0, 1];
    return Math.max(1, Math.min(value, Math.floor((this.host.maxMessageBytes - frame) / item)));
  }

  private boardDefault(row: Row): number | undefined {
    const amperes = this.capabilities.maximumCurrent(false);
    const together = this.capabilities.maximumCurrent(true);
    if (amperes === undefined || together === undefined) return undefined;
    if (row.key === 'CompositeScheduleDefaultLimitAmps') return Math.floor(amperes);
    if (row.key === 'CompositeScheduleDefaultLimitWatts') return Math.floor(together * this.number('SupplyVoltage'));
    return together > amperes ? 3 : 1;
  }

  private computed(row: Row): Value {
    switch (row.key) {
      case 'NumberOfConnectors':
        return this.capabilities.numberOfConnectors;
      case 'ConnectorPhaseRotationMaxLength':
        return this.capabilities.numberOfConnectors + 1;
      case 'SecurityProfile':
        return this.securityProfile;
      case 'LocalAuthListMaxLength':
        return this.host.localListCapacity;
      case 'SupportedFeatureProfiles':
        return this.supportedProfiles();
      case 'SupportedMeasurands':
        return this.supportedMeasurands(undefined);
      default:
        return this.factoryRotations(row);
    }
  }

  private supportedProfiles(): string {
    const supported = this.factory?.['SupportedFeatureProfiles'];
    let list = 'Core';
    for (let index = 0; index < profiles.length; index++) {
      const profile = profiles[index]!;
      const covered = supported === undefined || positionOf(supported, profile.name) >= 0;
      if (covered && this.capabilities.has(profile.feature)) list += ',' + profile.name;
    }
    return list;
  }

  /** All that the board measures, as far as the factory names it. Packed. */
  private supportedMeasurands(given: string | undefined): string {
    let list = '';
    for (let index = 0; index < measurands.length; index++) {
      const measurand = measurands[index]!;
      const named = given === undefined || positionOf(given, measurand) >= 0;
      if (named && this.capabilities.measures(measurand, undefined)) list += packed(pairOf(index, -1));
    }
    return list;
  }

  /** ConnectorPhaseRotation of a factory-fresh station. */
  private factoryRotations(row: Row): string {
    const given = this.factory?.[row.key];
    const rotations = given === undefined ? undefined : rotationsIn(this.capabilities.numberOfConnectors, given);
    if (rotations !== undefined) return rotations;
    let list = '1.Unknown';
    for (let connector = 2; connector <= this.capabilities.numberOfConnectors; connector++) list += ',' + connector + '.Unknown';
    return list;
  }

  /** Whether a measurand may be configured: the board measures it, and the factory's SupportedMeasurands, if given, names it. */
  private supports(pair: number): boolean {
    const measurand = measurandOf(pair);
    const narrowed = this.values.SupportedMeasurands as string | undefined;
    if (narrowed !== undefined && !packedHas(narrowed, pairOf(measurand, -1))) return false;
    return this.capabilities.measures(measurands[measurand] as Measurand, phases[phaseOf(pair)]);
  }

  /** The canonical value of a text; undefined when it is not valid. Blanks around it are trimmed, but not those of AuthorizationKey. */
  private parse(row: Row, raw: string): Value | undefined {
    if (isLonger(raw, longestValue)) return undefined;
    const text = row.type === 'secret' ? raw : raw.trim();
    switch (row.type) {
      case 'boolean':
        return booleanIn(text);
      case 'integer':
        return integerIn(row, text);
      case 'measurands':
        return this.packedIn(row, text);
      case 'names':
        return namesIn(row, text);
      case 'rotations':
        return rotationsIn(this.capabilities.numberOfConnectors, text);
      case 'one':
        return nameIn(row, text);
      case 'price':
        return priceIn(text);
      case 'offset':
        return offsetIn(text);
      case 'dateTime':
        return dateTimeIn(text);
      case 'url':
        return urlIn(text);
      case 'secret':
        return secretIn(row, text);
      case 'language':
        return text === '' ? '' : itemAt(this.list('SupportedLanguages'), positionOf(this.list('SupportedLanguages'), text));
      default:
        return textIn(row, text);
    }
  }

  private packedIn(row: Row, text: string): string | undefined {
    const items = new Items(text);
    let list = '';
    for (let item = items.next(); item !== undefined; item = items.next()) {
      const pair = parsePair(item);
      if (pair < 0 || !this.supports(pair)) return undefined; // 1.6 5.3, errata 3.14
      if (!packedHas(list, pair)) list += packed(pair);
    }
    return row.limit !== undefined && list.length > 2 * this.number(row.limit as NumberKey) ? undefined : list;
  }

  /** Takes over the factory's value of a row. */
  private adopt(row: Row): void {
    const given = this.factory?.[row.key];
    if (given !== undefined && row.key === 'SupportedMeasurands') this.values.SupportedMeasurands = this.supportedMeasurands(given);
    if (given === undefined || row.computed === true || row.deferred === true) return;
    const value = this.parse(row, given);
    const held = row.fits !== undefined && value !== undefined ? this.fitting(row, value as number) : value;
    if (held !== value) this.host.log('warn', 'factory value of ' + row.key + ' does not fit one message');
    if (row.type !== 'price') this.hold(row, held ?? this.defaultOf(row));
  }

  /** Reads what the central system changed before this boot. What cannot be used stays where it is, unused. */
  private load(): void {
    try {
      for (const entry of this.host.storage.keys('c')) if (entry.indexOf('.') < 0) this.loadEntry(entry);
    } catch {
      this.host.log('error', 'settings could not be read; those that are missing have their defaults');
    }
  }

  private loadEntry(entry: string): void {
    const number = Number(entry.slice(2));
    const row = rows[number] as Row | undefined;
    if (row === undefined) this.host.log('warn', 'setting ' + entry + ' is of another version');
    if (row === undefined || row.deferred === true || row.type === 'price' || !this.exists(number)) return;
    const text = this.host.storage.read(entry);
    const value = text === undefined ? undefined : this.parse(row, text);
    if (value === undefined) this.host.log('error', 'setting ' + row.key + ' in store is not valid; default used');
    else this.hold(row, value);
  }

  /** Keeps a value in RAM if it is not found elsewhere. */
  private hold(row: Row, value: Value): void {
    if (value === this.unheld(row)) delete this.values[row.key as Key];
    else this.values[row.key as Key] = value;
  }

  /** Stores a value, or removes it from store when it is the factory's. False: the store failed. */
  private persist(number: number, row: Row, value: Value): boolean {
    try {
      if (value === this.factoryValue(row)) this.host.storage.remove(entryOf(number));
      else this.host.storage.write(entryOf(number), textOf(row, value));
      return true;
    } catch {
      this.host.log('error', 'setting ' + row.key + ' could not be stored');
      return false;
    }
  }

  private factoryValue(row: Row): Value {
    if (row.computed === true) return this.computed(row);
    const given = this.factory?.[row.key];
    return (given === undefined ? undefined : this.parse(row, given)) ?? this.defaultOf(row);
  }

  /** The value that a key has after the next boot. */
  private pending(index: number): string {
    const row = rowAt(index);
    const stored = this.host.storage.read(entryOf(index));
    const value = stored === undefined ? undefined : this.parse(row, stored);
    return (value ?? this.factoryValue(row)) as string;
  }

  /** Texts that may hold anything are stored as JSON text, because a store takes no control characters. */
  private readOpaque(entry: string): string | undefined {
    try {
      const stored = this.host.storage.read(entry);
      const text: unknown = stored?.startsWith('"') ? JSON.parse(stored) : undefined;
      return typeof text === 'string' ? text : undefined;
    } catch {
      return undefined;
    }
  }

  private writeOpaque(entry: string, text: string): boolean {
    try {
      this.host.storage.write(entry, JSON.stringify(text));
      return true;
    } catch {
      this.host.log('error', 'setting ' + entry + ' could not be stored');
      return false;
    }
  }

  private findIndexed(name: string): number {
    let index = -1;
    if (equalsIgnoringCase(name.slice(0, publicKeyPrefix.length), publicKeyPrefix)) {
      const digits = name.slice(publicKeyPrefix.length);
      const connector = isDigits(digits, 0, digits.length) && digits.charAt(0) !== '0' ? Number(digits) : 0;
      if (connector >= 1 && connector <= this.capabilities.numberOfConnectors) index = rows.length + connector - 1;
    } else if (equalsIgnoringCase(name.slice(0, languagePrefix.length), languagePrefix)) {
      const language = positionOf(this.list('SupportedLanguages'), name.slice(languagePrefix.length).trim());
      if (language >= 0) index = this.firstLanguage() + language;
    }
    return this.exists(index) ? index : -1;
  }

  private firstLanguage(): number {
    return rows.length + this.capabilities.numberOfConnectors;
  }

  private languageAt(index: number): string | undefined {
    return itemAt(this.list('SupportedLanguages'), index - this.firstLanguage());
  }

  private languageEntry(index: number): string {
    return entryOf(rowOf.DefaultPriceText) + '.' + (this.languageAt(index) ?? '').toLowerCase();
  }
}

function rowAt(number: number): Row {
  return rows[number] as Row;
}

function entryOf(number: number): string {
  return 'c/' + number;
}

function publicKeyEntry(connector: number): string {
  return entryOf(rowOf.MeterPublicKey) + '.' + connector;
}

function textOf(row: Row, value: Value): string {
  return row.type === 'measurands' ? packedText(value as string) : String(value);
}

function isList(row: Row): boolean {
  return row.type === 'names' || row.type === 'measurands' || row.type === 'rotations';
}

/** Rows whose value is the text itself. */
function isText(row: Row): boolean {
  return row.type !== 'boolean' && row.type !== 'integer' && row.type !== 'measurands';
}
