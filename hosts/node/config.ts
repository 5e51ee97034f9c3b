/** What the simulated board is like, and the file of `--config` that says so. */

export interface ConnectorConfig {
  readonly lock: boolean;
  readonly cable: 'fixed' | 'socket';
  readonly phases: 1 | 3;
  /** Largest current in A. */
  readonly maxA: number;
  readonly meterPublicKey?: string;
  readonly measurands?: readonly string[];
  readonly signed?: boolean;
}

export interface BoardConfig {
  readonly vendor: string;
  readonly model: string;
  readonly chargePointSerialNumber?: string;
  readonly chargeBoxSerialNumber?: string;
  readonly firmwareVersion: string;
  readonly iccid?: string;
  readonly imsi?: string;
  readonly meterType?: string;
  readonly meterSerialNumber?: string;
  readonly rtc: boolean;
  readonly ups: boolean;
  readonly lights: boolean;
  readonly unsignedFirmware: 'always' | 'profile';
  /** Callbacks that the wallbox leaves out. */
  readonly without: readonly string[];
  readonly connectors: readonly ConnectorConfig[];
}

export interface Config {
  /** Configuration keys of a factory-fresh station. */
  readonly keys: Readonly<Record<string, string>>;
  readonly board: BoardConfig;
}

const usualConnector: ConnectorConfig = { lock: true, cable: 'socket', phases: 3, maxA: 32 };

/** A wallbox about which nothing is said. */
export function usualConfig(numberOfConnectors: number): Config {
  return {
    keys: {},
    board: {
      vendor: 'ocpp-xs',
      model: 'Desktop wallbox',
      firmwareVersion: '0.1.0',
      rtc: false,
      ups: false,
      lights: false,
      unsignedFirmware: 'profile',
      without: [],
      connectors: Array.from({ length: numberOfConnectors }, () => usualConnector),
    },
  };
}

/** Checks `text` and completes it with what is usual. Throws an Error that says where it is wrong. */
export function readConfig(text: string, numberOfConnectors: number, callbackNames: readonly string[]): Config {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${(error as Error).message}`);
  }
  const top = new Reader('', file);
  const usual = usualConfig(numberOfConnectors);
  const config = { keys: top.has('keys') ? readKeys(top.child('keys')) : {}, board: usual.board };
  if (top.has('board')) config.board = readBoard(top.child('board'), usual.board, callbackNames);
  top.end();
  return config;
}

function readKeys(reader: Reader): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const name of reader.names()) keys[name] = reader.text(name) as string;
  return keys;
}

function readBoard(reader: Reader, usual: BoardConfig, callbackNames: readonly string[]): BoardConfig {
  const texts: Record<string, string> = {};
  for (const [name, longest] of lengths) {
    const value = reader.text(name, longest);
    if (value === '' && (name === 'vendor' || name === 'model')) throw new Error(`board.${name}: 1 to 20 characters`);
    if (value !== undefined) texts[name] = value;
  }
  const without = reader.list('without') ?? [];
  const unknown = without.find((name) => !callbackNames.includes(name) || name === 'provideToken' || name === 'stopTransaction');
  if (unknown !== undefined) throw new Error(`board.without: ${unknown} is no callback that can be left out`);
  const connectors = reader.has('connectors') ? reader.children('connectors').map(readConnector) : usual.connectors;
  if (connectors.length < 1 || connectors.length > 16) throw new Error('board.connectors: a station has 1 to 16 connectors');
  const board = {
    ...usual,
    ...texts,
    rtc: reader.boolean('rtc') ?? usual.rtc,
    ups: reader.boolean('ups') ?? usual.ups,
    lights: reader.boolean('lights') ?? usual.lights,
    unsignedFirmware: reader.oneOf('unsignedFirmware', ['always', 'profile'] as const) ?? usual.unsignedFirmware,
    without,
    connectors,
  };
  reader.end();
  return board;
}

const lengths: readonly (readonly [string, number])[] = [
  ['vendor', 20],
  ['model', 20],
  ['chargePointSerialNumber', 25],
  ['chargeBoxSerialNumber', 25],
  ['firmwareVersion', 50],
  ['iccid', 20],
  ['imsi', 20],
  ['meterType', 25],
  ['meterSerialNumber', 25],
];

function readConnector(reader: Reader): ConnectorConfig {
  const cable = reader.oneOf('cable', ['fixed', 'socket'] as const) ?? usualConnector.cable;
  const meterPublicKey = reader.text('meterPublicKey', 500);
  const measurands = reader.list('measurands');
  const signed = reader.boolean('signed');
  const connector = {
    lock: reader.boolean('lock') ?? cable === 'socket',
    cable,
    phases: reader.oneOf('phases', [1, 3] as const) ?? usualConnector.phases,
    maxA: reader.number('maxA', 1, 1000) ?? usualConnector.maxA,
    ...(meterPublicKey === undefined ? {} : { meterPublicKey }),
    ...(measurands === undefined ? {} : { measurands }),
    ...(signed === undefined ? {} : { signed }),
  };
  reader.end();
  return connector;
}

/** Reads the members of one object and names the place when one is wrong. */
class Reader {
  private readonly path: string;
  private readonly object: Record<string, unknown>;
  private readonly asked = new Set<string>();

  constructor(path: string, value: unknown) {
    this.path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path || 'the file'}: an object is wanted`);
    this.object = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  names(): string[] {
    return Object.keys(this.object);
  }

  child(name: string): Reader {
    return new Reader(this.at(name), this.get(name));
  }

  children(name: string): Reader[] {
    const value = this.get(name);
    if (!Array.isArray(value)) throw new Error(`${this.at(name)}: a list is wanted`);
    return value.map((item, index) => new Reader(`${this.at(name)}[${index}]`, item));
  }

  text(name: string, longest = 2500): string | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw new Error(`${this.at(name)}: a text is wanted`);
    if ([...value].length > longest) throw new Error(`${this.at(name)}: longer than ${longest} characters`);
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw new Error(`${this.at(name)}: true or false is wanted`);
  }

  number(name: string, least: number, most: number): number | undefined {
    const value = this.get(name);
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return value as number | undefined;
    throw new Error(`${this.at(name)}: a number from ${least} to ${most} is wanted`);
  }

  oneOf<T extends string | number>(name: string, values: readonly T[]): T | undefined {
    const value = this.get(name);
    if (value === undefined || values.includes(value as T)) return value as T | undefined;
    throw new Error(`${this.at(name)}: one of ${values.join(', ')} is wanted`);
  }

  list(name: string): string[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw new Error(`${this.at(name)}: a list of texts is wanted`);
  }

  /** Whatever was not asked for does not belong there. */
  end(): void {
    const unknown = this.names().find((name) => !this.asked.has(name));
    if (unknown !== undefined) throw new Error(`${this.at(unknown)}: there is no such setting`);
  }

  private get(name: string): unknown {
    this.asked.add(name);
    return Object.hasOwn(this.object, name) ? this.object[name] : undefined;
  }

  private at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
