/** Meter values: sampled, clock-aligned, and what StopTransaction carries. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const register = 'Energy.Active.Import.Register';

function times(values: readonly { timestamp: string }[] | undefined): string[] {
  return (values ?? []).map((value) => value.timestamp.slice(11, 19));
}

function contexts(world: World, index = 0): (string | undefined)[] {
  return (world.transactions[index]?.stop?.transactionData ?? []).map((value) => value.sampledValue[0]?.context);
}

export const stories: Story[] = [
  {
    name: 'Sampled values: every interval, all that is configured',
    world: {
      keys: { MeterValuesSampledData: `${register},Power.Active.Import,Voltage,Current.Import`, MeterValueSampleInterval: '30' },
    },
    run(world) {
      world.charge(1, 'A');
      world.advance(100 * second);
      const values = world.transactions[0]?.values;
      expect(times(values)).toEqual(['00:00:30', '00:01:00', '00:01:30']);
      expect(values?.[0]?.sampledValue).toEqual([
        { value: '1092.666', context: 'Sample.Periodic', measurand: register, unit: 'Wh' },
        { value: '11000', context: 'Sample.Periodic', measurand: 'Power.Active.Import', unit: 'W' },
        { value: '230', context: 'Sample.Periodic', measurand: 'Voltage', unit: 'V' },
        { value: '15.9', context: 'Sample.Periodic', measurand: 'Current.Import', unit: 'A' },
      ]);
    },
  },
  {
    name: 'A late alarm shifts no sample after it',
    run(world) {
      world.charge(1, 'A');
      world.advance(59 * second);
      world.alarmAt = world.now() + 8 * second;
      world.advance(3 * minute);
      world.alarmAt = world.now() + 150 * second;
      world.advance(4 * minute);
      expect(times(world.transactions[0]?.values)).toEqual(['00:01:07', '00:02:00', '00:03:00', '00:06:29', '00:07:00']);
    },
  },
  {
    name: 'A sample keeps the measurands that it was taken with, however many sets there were since',
    world: {
      keys: {
        MeterValuesSampledData: 'Current.Import,Voltage,Power.Active.Import,Temperature',
        MeterValueSampleInterval: '10',
        AllowOfflineTxForUnknownId: 'true',
      },
      connectors: 1,
      options: { connectors: [{ measurands: [register, 'Current.Import', 'Voltage', 'Power.Active.Import', 'Temperature'] }] },
    },
    run(world) {
      world.offline();
      world.charge(1, 'A');
      const socket = world.wallbox.sockets[1]!;
      const wanted: string[] = [];
      // Every combination of phases and measurands is a set of its own: 63 of them.
      for (let set = 1; set < 64; set++) {
        const phases: [string, number][] = ['L1', 'L2', 'L3'].filter((_, bit) => (set >> bit) & 1).map((phase) => [phase, set]);
        const readings = {
          ...(phases.length > 0 ? { 'Current.Import': Object.fromEntries(phases) } : {}),
          ...(set & 8 ? { Voltage: 230 + set } : {}),
          ...(set & 16 ? { 'Power.Active.Import': 1000 + set } : {}),
          ...(set & 32 ? { Temperature: set } : {}),
        };
        socket.readings = readings as NonNullable<typeof socket.readings>;
        wanted.push(
          [
            ...phases.map(([phase]) => `Current.Import ${phase} ${set}`),
            ...(set & 8 ? [`Voltage ${230 + set}`] : []),
            ...(set & 16 ? [`Power.Active.Import ${1000 + set}`] : []),
            ...(set & 32 ? [`Temperature ${set}`] : []),
          ].join(),
        );
        world.advance(10 * second);
      }
      world.tag('A');
      world.unplug(1);
      world.reconnect();
      const told = world.transactions[0]?.values.map(({ sampledValue }) =>
        sampledValue.map(({ measurand, phase, value }) => [measurand, ...(phase ? [phase] : []), value].join(' ')).join(),
      );
      expect(told).toEqual(wanted);
    },
  },
  {
    name: 'A change of MeterValueSampleInterval restarts it; 0 samples nothing',
    run(world) {
      world.charge(1, 'A');
      world.advance(50 * second);
      world.configure('MeterValueSampleInterval', '20');
      world.advance(50 * second);
      expect(times(world.transactions[0]?.values)).toEqual(['00:01:10', '00:01:30']);
      world.configure('MeterValueSampleInterval', '0');
      world.advance(10 * minute);
      expect(world.transactions[0]?.values).toHaveLength(2);
    },
  },
  {
    name: 'A change of MeterValuesSampledData takes effect with the next sample',
    run(world) {
      world.charge(1, 'A');
      world.advance(minute);
      world.configure('MeterValuesSampledData', 'Voltage');
      world.advance(minute);
      world.configure('MeterValuesSampledData', '');
      world.advance(minute);
      expect(world.transactions[0]?.values.map((value) => value.sampledValue.map((sample) => sample.measurand))).toEqual([
        [register],
        ['Voltage'],
      ]);
    },
  },
  {
    name: 'Clock-aligned values: on the boundary, with the transaction that runs',
    world: { keys: { ClockAlignedDataInterval: '900', MeterValuesAlignedData: register, MeterValueSampleInterval: '0' } },
    run(world) {
      world.advance(10 * minute);
      world.wallbox.showMeter(world.wallbox.sockets[2]!);
      world.charge(1, 'A');
      world.advance(40 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(20 * minute);
      expect(times(world.transactions[0]?.values)).toEqual(['00:15:00', '00:30:00', '00:45:00']);
      expect(world.transactions[0]?.values[0]?.sampledValue).toMatch([{ context: 'Sample.Clock', measurand: register }]);
      const loose = world.csms.looseValues;
      expect(loose.filter(({ connectorId }) => connectorId === 2).flatMap(({ meterValue }) => times(meterValue))).toEqual([
        '00:15:00',
        '00:30:00',
        '00:45:00',
        '01:00:00',
      ]);
      expect(loose.filter(({ connectorId }) => connectorId === 1).flatMap(({ meterValue }) => times(meterValue))).toEqual(['01:00:00']);
    },
  },
  {
    name: 'The main meter is told as connector 0, without transaction',
    world: {
      keys: { ClockAlignedDataInterval: '600', MeterValuesAlignedData: register, MeterValueSampleInterval: '300' },
      options: { mainMeterMeasurands: [register] },
    },
    run(world) {
      world.input('onMeterValues', 0, { [register]: 123456 });
      world.advance(11 * minute);
      const told = world.csms.looseValues;
      expect(told.map(({ meterValue }) => meterValue[0]?.sampledValue[0]?.context)).toEqual([
        'Sample.Periodic',
        'Sample.Clock',
        'Sample.Periodic',
      ]);
      for (const { connectorId, transactionId, meterValue } of told) {
        expect(connectorId).toBe(0);
        expect(transactionId).toBe(undefined);
        expect(meterValue[0]?.sampledValue).toMatch([{ value: '123456', measurand: register, location: 'Inlet' }]);
      }
      expect(told.flatMap(({ meterValue }) => times(meterValue))).toEqual(['00:05:00', '00:10:00', '00:10:00']);
    },
  },
  {
    name: 'A change of ClockAlignedDataInterval takes effect at once',
    world: { keys: { MeterValuesAlignedData: register } },
    run(world) {
      world.wallbox.showMeter(world.wallbox.sockets[1]!);
      world.advance(100 * second);
      world.configure('ClockAlignedDataInterval', '300');
      world.advance(10 * minute);
      expect(world.csms.looseValues.flatMap(({ meterValue }) => times(meterValue))).toEqual(['00:05:00', '00:10:00']);
      world.configure('ClockAlignedDataInterval', '0');
      world.advance(60 * minute);
      expect(world.csms.looseValues).toHaveLength(2);
    },
  },
  {
    name: 'transactionData: begin, samples, end',
    world: { keys: { StopTxnSampledData: `${register},Voltage`, MeterValuesSampledData: 'Voltage' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(150 * second);
      world.tag('A');
      world.advance(second);
      expect(contexts(world)).toEqual(['Transaction.Begin', 'Sample.Periodic', 'Sample.Periodic', 'Transaction.End']);
      const data = world.transactions[0]?.stop?.transactionData;
      expect(times(data)).toEqual(['00:00:00', '00:01:00', '00:02:00', '00:02:30']);
      for (const value of data ?? []) {
        expect(value.sampledValue.map((sample) => sample.measurand).sort()).toEqual([register, 'Voltage']);
      }
      expect(world.transactions[0]?.values.map((value) => value.sampledValue.map((sample) => sample.measurand))).toEqual([
        ['Voltage'],
        ['Voltage'],
      ]);
    },
  },
  {
    name: 'transactionData of clock-aligned values',
    world: { keys: { StopTxnAlignedData: register, ClockAlignedDataInterval: '60', MeterValuesSampledData: '' } },
    run(world) {
      world.advance(30 * second);
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(second);
      expect(contexts(world)).toEqual(['Transaction.Begin', 'Sample.Clock', 'Sample.Clock', 'Transaction.End']);
      expect(world.sent('MeterValues')).toHaveLength(0);
    },
  },
  {
    name: 'transactionData with nothing configured: none at all',
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.transactionData).toBe(undefined);
    },
  },
  {
    name: 'Emptying both lists before the stop leaves transactionData out, also when the stop is told later',
    world: { keys: { StopTxnSampledData: register, StopTxnAlignedData: 'Voltage' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.configure('StopTxnSampledData', '');
      world.configure('StopTxnAlignedData', '');
      world.csms.next('StopTransaction', { silent: true });
      world.tag('A');
      world.unplug(1);
      world.advance(10 * second);
      world.configure('StopTxnSampledData', register);
      world.advance(5 * minute);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
      expect(world.transactions[0]?.stop?.transactionData).toBe(undefined);
    },
  },
  {
    name: 'transactionData survives a power cut, and the transaction goes on with it',
    world: { keys: { StopTxnSampledData: register } },
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.reboot();
      world.advance(2 * minute + 5 * second);
      world.tag('A');
      world.advance(second);
      expect(contexts(world)).toEqual([
        'Transaction.Begin',
        'Sample.Periodic',
        'Sample.Periodic',
        'Sample.Periodic',
        'Sample.Periodic',
        'Transaction.End',
      ]);
    },
  },
  {
    name: 'transactionData survives a power cut that ends the transaction',
    world: { metersFirst: false, keys: { StopTxnSampledData: register } },
    run(world) {
      world.charge(1, 'A');
      world.advance(2 * minute + 10 * second);
      world.reboot(false);
      world.advance(minute);
      const { stop } = world.transactions[0]!;
      expect(stop).toMatch({ reason: 'PowerLoss', meterStop: 1368 });
      expect(contexts(world)).toEqual(['Transaction.Begin', 'Sample.Periodic', 'Sample.Periodic', 'Transaction.End']);
      const values = stop?.transactionData?.map(({ sampledValue }) => Number(sampledValue[0]?.value)) ?? [];
      expect(values[0]).toBe(world.transactions[0]?.start.meterStart);
      expect(values.at(-1)).toBe(stop?.meterStop);
    },
  },
  {
    name: '15: transactionData of a long transaction is thinned, begin and end stay',
    world: { keys: { StopTxnSampledData: register, MeterValuesSampledData: '', StopTransactionMaxMeterValues: '8' } },
    run(world) {
      world.charge(1, 'A');
      world.wallbox.draw(1, 100);
      world.advance(30 * minute);
      world.tag('A');
      world.advance(second);
      const list = contexts(world);
      expect(list.length).toBeAtMost(8);
      expect(list.length).toBeAtLeast(4);
      expect(list[0]).toBe('Transaction.Begin');
      expect(list[list.length - 1]).toBe('Transaction.End');
    },
  },
  {
    name: '15: a StopTransaction larger than MaxMessageSize is thinned below it',
    world: {
      keys: { StopTxnSampledData: 'Voltage,Current.Import', MeterValuesSampledData: '', MaxMessageSize: '32000' },
      options: { connectors: [{ measurands: ['Voltage.L1', 'Current.Import.L1'] }] },
    },
    run(world) {
      const phases = { L1: 1, L2: 2, L3: 3, N: 4, 'L1-N': 5, 'L2-N': 6, 'L3-N': 7, 'L1-L2': 8, 'L2-L3': 9, 'L3-L1': 10 };
      world.wallbox.sockets[1]!.readings = { Voltage: phases, 'Current.Import': phases };
      world.charge(1, 'A');
      world.advance(20 * minute);
      world.tag('A');
      world.advance(second);
      const list = contexts(world);
      expect(list[0]).toBe('Transaction.Begin');
      expect(list[list.length - 1]).toBe('Transaction.End');
      expect(list.length).toBeAtLeast(6);
      expect(list.length).toBeAtMost(19);
      for (const frame of world.frames) expect(frame.length).toBeAtMost(32_002);
    },
  },
  {
    name: 'Values by phase',
    world: {
      keys: { MeterValuesSampledData: 'Current.Import,Voltage.L1-N', StopTxnSampledData: 'Current.Import.L2' },
      options: {
        connectors: [{ measurands: ['Current.Import.L1', 'Current.Import.L2', 'Current.Import.L3', 'Voltage.L1-N'] }],
      },
      connectors: 1,
    },
    run(world) {
      world.wallbox.sockets[1]!.readings = { 'Current.Import': { L1: 16, L2: 15.55, L3: -0.0004 }, Voltage: { 'L1-N': 229.5 } };
      world.charge(1, 'A');
      world.advance(minute);
      expect(world.transactions[0]?.values[0]?.sampledValue).toEqual([
        { value: '16', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L1', unit: 'A' },
        { value: '15.55', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L2', unit: 'A' },
        { value: '0', context: 'Sample.Periodic', measurand: 'Current.Import', phase: 'L3', unit: 'A' },
        { value: '229.5', context: 'Sample.Periodic', measurand: 'Voltage', phase: 'L1-N', unit: 'V' },
      ]);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.transactionData?.[0]?.sampledValue).toMatch([{ value: '15.55', phase: 'L2' }]);
    },
  },
  {
    name: 'Units and locations that the specification wants so',
    world: {
      keys: { MeterValuesSampledData: 'Temperature,Frequency,SoC,Current.Offered,Power.Offered' },
      options: { connectors: [{ measurands: ['Temperature', 'Frequency', 'SoC', 'Current.Offered', 'Power.Offered'] }] },
    },
    run(world) {
      world.input('onMaxCurrentOffered', 1, 16);
      world.input('onMaxPowerOffered', 1, 11_000);
      world.wallbox.sockets[1]!.readings = { Temperature: -3.5, Frequency: 50.01, SoC: 55 };
      world.charge(1, 'A');
      world.advance(minute);
      expect(world.transactions[0]?.values[0]?.sampledValue).toEqual([
        { value: '-3.5', context: 'Sample.Periodic', measurand: 'Temperature', unit: 'Celcius' },
        { value: '50.01', context: 'Sample.Periodic', measurand: 'Frequency' },
        { value: '55', context: 'Sample.Periodic', measurand: 'SoC', unit: 'Percent', location: 'EV' },
        { value: '16', context: 'Sample.Periodic', measurand: 'Current.Offered', unit: 'A' },
        { value: '11000', context: 'Sample.Periodic', measurand: 'Power.Offered', unit: 'W' },
      ]);
    },
  },
  {
    name: 'What the meter does not give is not told',
    run(world) {
      world.wallbox.sockets[1]!.readings = { Voltage: 230 };
      world.charge(1, 'A');
      world.advance(3 * minute);
      expect(world.sent('MeterValues')).toHaveLength(0);
    },
  },
  {
    name: 'Signed values go into transactionData at begin and end',
    world: {
      keys: { StopTxnSampledData: register, SampledDataSignReadings: 'true' },
      options: { connectors: [{ signed: true }] },
    },
    run(world) {
      const begin = 'OCMF|{"begin":"ä"}|'.repeat(40);
      world.plug(1);
      world.wallbox.always('provideToken', { value: undefined });
      world.tag('A');
      world.wallbox.behave();
      world.wallbox.begin(1, 'A', { signed: begin });
      world.advance(90 * second);
      world.wallbox.end(1, 'Local', { signed: { signedMeterData: 'abc', signingMethod: 'ECDSA', encodingMethod: 'OCMF' } });
      world.advance(second);
      const signed = (world.transactions[0]?.stop?.transactionData ?? []).flatMap((value) =>
        value.sampledValue.filter((sample) => sample.format === 'SignedData'),
      );
      expect(signed).toEqual([
        { value: begin, context: 'Transaction.Begin', format: 'SignedData' },
        {
          value: '{"signedMeterData":"abc","signingMethod":"ECDSA","encodingMethod":"OCMF","publicKey":""}',
          context: 'Transaction.End',
          format: 'SignedData',
        },
      ]);
    },
  },
  {
    name: 'Samples go on without drift after a power cut',
    run(world) {
      world.charge(1, 'A');
      world.advance(90 * second);
      world.reboot();
      world.advance(5 * minute);
      const { values } = world.transactions[0]!;
      expect(values.length).toBeAtLeast(5);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
];
