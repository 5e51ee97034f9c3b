/**
 * How to reach the central system and with which credentials. The proven setting and a new one are both kept in flash (shelf `s`)
 * until the new one has carried a CALLRESULT, so that neither an outage nor a power cut locks the station out (protocol.md section 13).
 */

import type { Options } from '../callbacks.ts';
import type { Closed, Connection, Host } from '../host.ts';
import { cutBytes, utf8Bytes } from '../wire/text.ts';
import type { Settings } from './settings.ts';
import { isHexadecimal } from './values.ts';

const keyEntry = 's/key';
const newKeyEntry = 's/key.new';
/** The address that accepted the station last. */
const acceptedEntry = 's/accepted';
/** `text`: the central system took the literal text of a hexadecimal key, not its bytes (security whitepaper 7.2). */
const formEntry = 's/key.form';

export class ConnectionSettings {
  private readonly host: Host;
  private readonly options: Options;
  private readonly settings: Settings;
  /** The attempt under way, or the next one, uses the new key. */
  private tryNewKey: boolean;
  /** What the present connection was opened with: an answer that still comes over the old one proves nothing about a new key. */
  private usesNewKey = false;
  /** The attempt under way presents a hexadecimal key as literal text, and what is remembered to have worked. */
  private asText: boolean;
  private workedAsText: boolean;
  /** The address accepted the station, but the store would not keep it. Absent until then: */
  private isUnkept?: boolean;
  /** An answer came over the present connection, but the store would not keep the proof. Absent until it was so: */
  private isOwed?: boolean;
  /** The log says that the store fails. Absent until it did: */
  private isFailing?: boolean;

  constructor(host: Host, options: Options, settings: Settings) {
    this.host = host;
    this.options = options;
    this.settings = settings;
    const profile = Number(options.keys['SecurityProfile'] ?? 0);
    settings.securityProfile = profile >= 1 && profile <= 3 ? Math.floor(profile) : 0;
    this.tryNewKey = host.storage.read(newKeyEntry) !== undefined;
    this.workedAsText = host.storage.read(formEntry) === 'text';
    this.asText = this.workedAsText;
  }

  /** True while a new setting waits for its proof: a Heartbeat is sent as probe after the connection opened. Only the store may lack then. */
  get isUnproven(): boolean {
    return this.tryNewKey && this.usesNewKey && !this.isOwed;
  }

  /** The key in force: the new one while it is being tried, else the proven one, else that of a factory-fresh station. */
  private key(): string {
    const stored = this.tryNewKey ? this.host.storage.read(newKeyEntry) : undefined;
    return stored ?? this.provenKey();
  }

  private provenKey(): string {
    return this.host.storage.read(keyEntry) ?? this.options.keys['AuthorizationKey'] ?? '';
  }

  /** Whether this central system has ever accepted the station: only then may anybody charge offline (errata 3.11). */
  wasAccepted(): boolean {
    return this.isUnkept === true || this.host.storage.read(acceptedEntry) === cutBytes(this.address(), 1900);
  }

  accepted(): void {
    if (!this.wasAccepted() && !this.keeps(acceptedEntry, cutBytes(this.address(), 1900))) this.isUnkept = true;
  }

  /** Where and how the next attempt connects. The scheme follows the security profile, whatever was configured. */
  current(): Connection {
    this.usesNewKey = this.tryNewKey;
    if (this.isOwed) this.isOwed = false;
    const profile = this.settings.number('SecurityProfile');
    const url = (profile >= 2 ? 'wss://' : 'ws://') + this.address();
    const key = profile === 3 ? '' : this.key();
    return {
      url,
      ...(key === '' ? {} : { user: this.identity(), password: this.password(key) }),
      ...(profile === 3 ? { clientCertificate: true } : {}),
      ...(profile >= 2
        ? { verifyName: this.settings.boolean('VerifyCsmsCommonName'), allowWildcards: this.settings.boolean('VerifyCsmsAllowWildcards') }
        : {}),
    };
  }

  identity(): string {
    return this.settings.text('ChargePointId');
  }

  /** Whether this is the key that the central system wished last: then a change to it changes nothing. */
  isPresent(key: string): boolean {
    return key === (this.host.storage.read(newKeyEntry) ?? this.provenKey());
  }

  /** Stores a new AuthorizationKey beside the proven one. False: the store refused it and nothing changed. */
  changeKey(key: string): boolean {
    if (!this.keeps(newKeyEntry, key)) return false;
    this.tryNewKey = true;
    this.usesNewKey = false;
    this.asText = false;
    return true;
  }

  /**
   * A CALLRESULT came over the connection: what it was opened with is proven, and remembered. What the store refuses is tried again with the
   * next answer.
   */
  proven(): void {
    if (this.isUnkept) this.isUnkept = !this.keeps(acceptedEntry, cutBytes(this.address(), 1900));
    if (this.usesNewKey !== this.tryNewKey) return;
    if (this.asText !== this.workedAsText && this.keeps(formEntry, this.asText ? 'text' : undefined)) this.workedAsText = this.asText;
    if (!this.tryNewKey) return;
    const key = this.host.storage.read(newKeyEntry);
    if (key === undefined || (this.keeps(keyEntry, key) && this.keeps(newKeyEntry, undefined))) this.tryNewKey = false;
    else this.isOwed = true;
  }

  /** Never throws: it runs inside of the session. A store that goes on failing is logged once. */
  private keeps(entry: string, value: string | undefined): boolean {
    try {
      if (value === undefined) this.host.storage.remove(entry);
      else this.host.storage.write(entry, value);
      if (this.isFailing) this.isFailing = false;
      return true;
    } catch (error) {
      if (!this.isFailing) this.host.log('error', `What the central system is reached with could not be stored: ${error}`);
      this.isFailing = true;
      return false;
    }
  }

  /**
   * A connection ended. Only 401 and 403 count against the credentials; a network that is away counts against nothing.
   * A hexadecimal key is then tried as text; after that old and new key alternate without end, new first.
   */
  failed(closed: Closed): void {
    if (closed.httpStatus !== 401 && closed.httpStatus !== 403) return;
    if (isHexadecimalKey(this.key()) && !this.asText) {
      this.asText = true;
      return;
    }
    this.asText = false;
    if (this.host.storage.read(newKeyEntry) !== undefined) this.tryNewKey = !this.tryNewKey;
  }

  /** Host, port and path, with the charge point's id as the last, percent-encoded segment (OCPP-J 3.1.1). */
  private address(): string {
    const configured = this.settings.text('CentralSystemURI');
    const scheme = configured.indexOf('://');
    let address = scheme < 0 ? configured : configured.slice(scheme + 3);
    while (address.endsWith('/')) address = address.slice(0, -1);
    return address + '/' + encodeURIComponent(this.identity());
  }

  /** 32 to 40 hexadecimal digits stand for bytes; anything else is taken as it is (security whitepaper 7.2). */
  private password(key: string): Uint8Array {
    return isHexadecimalKey(key) && !this.asText ? bytesOfHexadecimal(key) : utf8Bytes(key);
  }
}

export function isHexadecimalKey(key: string): boolean {
  return key.length >= 32 && key.length <= 40 && key.length % 2 === 0 && isHexadecimal(key, key.length);
}

function bytesOfHexadecimal(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(key.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}
