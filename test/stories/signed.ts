/** Signed meter values: which keys put them into which message, their public key, and what a power cut leaves of them. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const register = 'Energy.Active.Import.Register';
const options = { connectors: [{ signed: true, meterPublicKey: 'b2Nh' }, {}] };
/** Three pieces in the journal. */
const long = 'OCMF|{"reading":"ä"}|'.repeat(25);

interface Signed {
  readonly value: string;
  readonly context?: string;
  readonly format?: string;
}

function parts(data: string): object {
  return { signedMeterData: data, signingMethod: '', encodingMethod: 'OCMF' };
}

/** The text of parts, as it stands on the wire. */
function text(data: string, publicKey = ''): string {
  return JSON.stringify({ ...parts(data), publicKey });
}

/** The meter shows this, signed. */
function show(world: World, energy: number, signed: unknown): void {
  world.input('onMeterValues', 1, { [register]: energy }, signed as never);
}

function begin(world: World, signed: unknown): void {
  world.plug(1);
  world.wallbox.begin(1, 'A', { signed });
}

function signedOf(values: readonly { sampledValue: readonly Signed[] }[] | undefined): Signed[] {
  return (values ?? []).flatMap((value) => value.sampledValue.filter((sample) => sample.format === 'SignedData'));
}

function inMeterValues(world: World): Signed[] {
  return signedOf(world.sent('MeterValues').flatMap(({ meterValue }) => meterValue));
}

function inTransactionData(world: World): Signed[] {
  return signedOf(world.transactions[0]?.stop?.transactionData);
}

/** Takes one periodic sample: the world shows the meter right before it, so the signed value comes with a change of the readings. */
function charge(world: World): void {
  begin(world, long);
  world.wallbox.sockets[1]!.signed = 'C';
  world.advance(90 * second);
  world.wallbox.end(1, 'Local', { signed: 'E' });
  world.advance(second);
}

const begun = { value: long, context: 'Transaction.Begin', format: 'SignedData' };
const ended = { value: 'E', context: 'Transaction.End', format: 'SignedData' };
const periodic = { value: 'C', context: 'Sample.Periodic', format: 'SignedData' };

/** SampledDataSignReadings, -StartedReadings, -UpdatedReadings; what is signed in MeterValues and in transactionData (whitepaper, table 20). */
const matrix: readonly (readonly [keys: string, inMeterValues: readonly Signed[], inTransactionData: readonly Signed[]])[] = [
  ['false,true,true', [], []],
  ['true,false,false', [], [begun, ended]],
  ['true,true,false', [begun], [begun, ended]],
  ['true,false,true', [periodic], [begun, ended]],
  ['true,true,true', [begun, periodic], [begun, ended]],
];

const matrixStories: Story[] = matrix.map(([keys, told, kept]) => {
  const [readings = '', started = '', updated = ''] = keys.split(',');
  return {
    name: `Sign, started, updated readings: ${keys}`,
    world: {
      keys: {
        StopTxnSampledData: register,
        StartTxnSampledData: register,
        SampledDataSignReadings: readings,
        SampledDataSignStartedReadings: started,
        SampledDataSignUpdatedReadings: updated,
      },
      options,
    },
    run(world) {
      charge(world);
      expect(inMeterValues(world)).toEqual(told);
      expect(inTransactionData(world)).toEqual(kept);
    },
  };
});

export const stories: Story[] = [
  ...matrixStories,
  {
    name: 'StartTxnSampledData: MeterValues with Transaction.Begin right after StartTransaction, also without signature',
    world: { options },
    run(world) {
      world.configure('StartTxnSampledData', `${register},Voltage`);
      begin(world, 'B');
      world.advance(second);
      const at = world.actions.indexOf('StartTransaction');
      expect(world.actions[at + 1]).toBe('MeterValues');
      expect(world.transactions[0]?.values[0]?.sampledValue).toMatch([
        { context: 'Transaction.Begin', measurand: register },
        { context: 'Transaction.Begin', measurand: 'Voltage' },
      ]);
      expect(inMeterValues(world)).toEqual([]);
    },
  },
  {
    name: 'Clock-aligned values are signed by keys of their own, with and without a transaction',
    world: { keys: { MeterValuesAlignedData: register, ClockAlignedDataInterval: '600', MeterValueSampleInterval: '0' }, options },
    run(world) {
      world.configure('AlignedDataSignReadings', 'true');
      show(world, 1000, 'K1');
      world.advance(11 * minute);
      expect(inMeterValues(world)).toEqual([]);
      world.configure('AlignedDataSignUpdatedReadings', 'true');
      show(world, 1000, 'K2');
      world.advance(10 * minute);
      world.configure('StopTxnAlignedData', register);
      begin(world, 'B');
      world.wallbox.sockets[1]!.signed = 'K3';
      world.advance(10 * minute);
      world.wallbox.end(1, 'Local', { signed: 'E' });
      world.advance(second);
      expect(inMeterValues(world)).toEqual([
        { value: 'K2', context: 'Sample.Clock', format: 'SignedData' },
        { value: 'K3', context: 'Sample.Clock', format: 'SignedData' },
      ]);
      expect(world.transactions[0]?.values).toHaveLength(1);
      expect(inTransactionData(world).map(({ value }) => value)).toEqual(['B', 'E']);
    },
  },
  {
    name: 'No list for StopTransaction: no transactionData, not even signed',
    world: { options },
    run(world) {
      world.configure('SampledDataSignReadings', 'true');
      charge(world);
      expect(world.transactions[0]?.stop?.transactionData).toBe(undefined);
    },
  },
  {
    name: 'One container with begin and end stands under Transaction.End',
    world: { keys: { StopTxnSampledData: register, SampledDataSignReadings: 'true' }, options },
    run(world) {
      begin(world, undefined);
      world.advance(second);
      world.wallbox.end(1, 'Local', { signed: 'both' });
      world.advance(second);
      expect(inTransactionData(world)).toEqual([{ value: 'both', context: 'Transaction.End', format: 'SignedData' }]);
    },
  },
  {
    name: 'PublicKeyWithSignedMeterValue: never, with the first value of a transaction, with every value',
    world: {
      keys: {
        StopTxnSampledData: register,
        StartTxnSampledData: register,
        SampledDataSignReadings: 'true',
        SampledDataSignStartedReadings: 'true',
        SampledDataSignUpdatedReadings: 'true',
      },
      options,
    },
    run(world) {
      const rows: readonly (readonly [use: string, first: string, later: string])[] = [
        ['Never', '', ''],
        ['OncePerTransaction', 'b2Nh', ''],
        ['EveryMeterValue', 'b2Nh', 'b2Nh'],
      ];
      for (const [use, first, later] of rows) {
        world.configure('PublicKeyWithSignedMeterValue', use);
        const from = world.sent('MeterValues').length;
        begin(world, parts('B'));
        world.wallbox.sockets[1]!.signed = parts('C') as never;
        world.advance(70 * second);
        world.wallbox.end(1, 'Local', { signed: parts('E') });
        world.unplug(1);
        world.advance(second);
        const told = signedOf(
          world
            .sent('MeterValues')
            .slice(from)
            .flatMap(({ meterValue }) => meterValue),
        );
        expect(
          told.map(({ value }) => value),
          use,
        ).toEqual([text('B', first), text('C', later)]);
        const { stop } = world.transactions[world.transactions.length - 1]!;
        expect(
          signedOf(stop?.transactionData).map(({ value }) => value),
          use,
        ).toEqual([text('B', first), text('E', later)]);
      }
      expect(world.request('ChangeConfiguration', { key: 'PublicKeyWithSignedMeterValue', value: 'Always' }).payload).toEqual({
        status: 'Rejected',
      });
    },
  },
  {
    name: 'MeterPublicKey of each connector; a new meter brings a new one',
    world: { options },
    run(world) {
      const keys = ['MeterPublicKey0', 'MeterPublicKey1', 'MeterPublicKey2', 'MeterPublicKey3'];
      expect(world.request('GetConfiguration', { key: keys }).payload).toEqual({
        configurationKey: [
          { key: 'MeterPublicKey1', readonly: true, value: 'b2Nh' },
          { key: 'MeterPublicKey2', readonly: true },
        ],
        unknownKey: ['MeterPublicKey0', 'MeterPublicKey3'],
      });
      expect(world.input('setPowermeterPublicKey', 2, 'bmV3')).toBe(true);
      expect(world.input('setPowermeterPublicKey', 3, 'bmV3')).toBe(false);
      expect(world.request('GetConfiguration', { key: ['MeterPublicKey2'] }).payload).toMatch({
        configurationKey: [{ value: 'bmV3' }],
      });
    },
  },
  {
    name: 'A triggered value is signed like a periodic one',
    world: { keys: { SampledDataSignReadings: 'true', SampledDataSignUpdatedReadings: 'true' }, options },
    run(world) {
      show(world, 1000, 'T');
      world.request('TriggerMessage', { requestedMessage: 'MeterValues', connectorId: 1 });
      world.advance(second);
      expect(inMeterValues(world)).toEqual([{ value: 'T', context: 'Trigger', format: 'SignedData' }]);
    },
  },
  {
    name: 'Offline and over a reboot: signed values are told with their samples; one that is too long is left out',
    world: { keys: { SampledDataSignReadings: 'true', SampledDataSignUpdatedReadings: 'true', MeterValueSampleInterval: '60' }, options },
    run(world) {
      begin(world, undefined);
      world.advance(second);
      world.offline();
      world.wallbox.sockets[1]!.signed = long;
      world.advance(minute);
      world.wallbox.sockets[1]!.signed = 'x'.repeat(8001);
      world.advance(minute);
      world.reboot();
      world.reconnect();
      expect(inMeterValues(world)).toEqual([{ value: long, context: 'Sample.Periodic', format: 'SignedData' }]);
      expect(world.transactions[0]?.values.length).toBeAtLeast(2);
    },
  },
  {
    name: 'Readings without signature forget the signature of the readings before',
    world: { keys: { SampledDataSignReadings: 'true', SampledDataSignUpdatedReadings: 'true' }, options },
    run(world) {
      begin(world, undefined);
      world.wallbox.sockets[1]!.signed = 'C';
      world.advance(minute);
      world.wallbox.sockets[1]!.signed = undefined;
      world.advance(minute);
      expect(world.transactions[0]?.values).toHaveLength(2);
      expect(inMeterValues(world)).toEqual([{ value: 'C', context: 'Sample.Periodic', format: 'SignedData' }]);
    },
  },
];
