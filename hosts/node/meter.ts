/** A simulated meter: energy is the integral of power over time; whatever was set by hand is shown as it was set. */

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { MeterReadings, SignedMeterValue } from '../../src/index.ts';

const voltage = 230;
const lines = ['L1', 'L2', 'L3'] as const;

export type Shown = number | Readonly<Record<string, number>>;

/** What a meter without a list of measurands shows. */
const usual: readonly string[] = [
  'Energy.Active.Import.Register',
  'Power.Active.Import',
  'Current.Import',
  'Voltage',
  'Current.Offered',
  'Power.Offered',
];

export class Meter {
  /** Wh. */
  energy: number;
  /** A in each of the first `carrying` phases. */
  private current = 0;
  private carrying: number;
  /** W in place of these, for a meter of many cables. */
  private load: number | undefined;
  /** Wh per second, in place of what the current makes. */
  private rate: number | undefined;
  private at: number;
  private readonly phases: 1 | 3;
  private readonly measurands: readonly string[];
  private readonly shown = new Map<string, Shown>();
  private signed: SignedMeterValue | undefined;
  private keys: { publicKey: KeyObject; privateKey: KeyObject } | undefined;

  constructor(now: number, phases: 1 | 3, measurands: readonly string[] = usual, energy = 0) {
    this.at = now;
    this.phases = phases;
    this.carrying = phases;
    this.measurands = measurands;
    this.energy = energy;
  }

  /** Counts what flowed until now. */
  advance(now: number): void {
    const seconds = (now - this.at) / 1000;
    this.at = now;
    if (this.rate !== undefined) this.energy += this.rate * seconds;
    else if (!this.shown.has('Energy.Active.Import.Register')) this.energy += (this.power * seconds) / 3600;
  }

  /** A in each of so many phases from now on. */
  carry(current: number, phases: number): void {
    this.current = current;
    this.carrying = phases;
  }

  /** W from now on, evenly on its phases. */
  carryPower(power: number): void {
    this.load = power;
    this.current = power / (voltage * this.phases);
  }

  /** W that flow, whatever the meter was told to show. */
  get carried(): number {
    return this.load ?? voltage * this.current * this.carrying;
  }

  /** Shows `values` from now on; null for a measurand lets it be simulated again. */
  set(values: Readonly<Record<string, Shown | null>>, rate: number | undefined): void {
    for (const [measurand, value] of Object.entries(values)) {
      if (value === null) this.shown.delete(measurand);
      else this.shown.set(measurand, value);
      if (measurand === 'Energy.Active.Import.Register' && typeof value === 'number') this.energy = value;
    }
    if (rate !== undefined) this.rate = rate;
  }

  /** The signed value of each start and stop from now on. */
  setSigned(data: string, encoding: string, key: string): void {
    this.signed = { signedMeterData: data, signingMethod: '', encodingMethod: encoding, publicKey: key };
  }

  get power(): number {
    const shown = this.shown.get('Power.Active.Import');
    if (shown !== undefined) return typeof shown === 'number' ? shown : Object.values(shown).reduce((sum, part) => sum + part, 0);
    return this.carried;
  }

  /** A new object each time, as the core wants it. */
  readings(offered: number): MeterReadings {
    const readings: Record<string, Shown> = {};
    for (const name of this.measurands) {
      const [measurand = name, phase] = split(name);
      const value = this.simulated(measurand, offered);
      if (value === undefined) continue;
      if (phase === undefined) readings[measurand] = value;
      else if (typeof readings[measurand] !== 'number') {
        const part = typeof value === 'number' ? value : (value[phase] ?? value[phase.slice(0, 2)] ?? 0);
        readings[measurand] = { ...(readings[measurand] as object), [phase]: part };
      }
    }
    for (const [measurand, value] of this.shown) {
      readings[measurand] = measurand === 'Energy.Active.Import.Register' && typeof value === 'number' ? this.energy : value;
    }
    return readings as MeterReadings;
  }

  /** A value signed by a key of this meter's own, in OCMF, unless one was given by hand: of the begin, of charging, of the end. */
  signedValue(context: 'B' | 'C' | 'E', publicKey: string | undefined, time: string): SignedMeterValue {
    if (this.signed !== undefined) return this.signed;
    this.keys ??= generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const reading = { TM: `${time} U`, TX: context, RV: Math.floor(this.energy) / 1000, RI: '1-b:1.8.0', RU: 'kWh', ST: 'G' };
    const payload = JSON.stringify({ FV: '1.0', GI: 'ocpp-xs simulated meter', RD: [reading] });
    const signature = JSON.stringify({
      SA: 'ECDSA-secp256r1-SHA256',
      SD: sign('sha256', Buffer.from(payload), this.keys.privateKey).toString('hex'),
    });
    return {
      signedMeterData: Buffer.from(`OCMF|${payload}|${signature}`).toString('base64'),
      signingMethod: 'ECDSA-secp256r1-SHA256',
      encodingMethod: 'OCMF',
      publicKey: publicKey ?? this.keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    };
  }

  private simulated(measurand: string, offered: number): Shown | undefined {
    switch (measurand) {
      case 'Energy.Active.Import.Register':
        return this.energy;
      case 'Power.Active.Import':
        return this.power;
      case 'Power.Factor':
        return 1;
      case 'Current.Import':
        return this.byLine('', this.current, this.carrying);
      case 'Voltage':
        return this.byLine('-N', voltage, 3);
      case 'Current.Offered':
        return offered;
      case 'Power.Offered':
        return offered * voltage * this.carrying;
      case 'Frequency':
        return 50;
      case 'Temperature':
        return 25;
      default:
        return measurand === 'SoC' || measurand === 'RPM' ? undefined : 0;
    }
  }

  /** `value` on the first so many lines, nothing on the others. */
  private byLine(suffix: string, value: number, count: number): Shown {
    if (this.phases === 1) return value;
    return Object.fromEntries(lines.map((line, index) => [line + suffix, index < count ? value : 0]));
  }
}

/** `Current.Import.L1` as measurand and phase. */
function split(name: string): [string, string?] {
  const phase = /\.(L[123](-N|-L[123])?|N)$/.exec(name);
  return phase ? [name.slice(0, phase.index), phase[1] as string] : [name];
}
