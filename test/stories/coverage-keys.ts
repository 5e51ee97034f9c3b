/** Keys changed while the station runs: each is in force from then on. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const register = 'Energy.Active.Import.Register';
/** A station with every function that is built. */
const everything = {
  also: ['reserveNow', 'updateFirmware', 'uploadDiagnostics', 'signalSetChargingProfiles'],
  options: { lights: true, connectors: [{ signed: true }, {}] },
};

function keysOf(payload: Record<string, unknown> | undefined): { key: string; readonly: boolean; value?: string }[] {
  return payload?.['configurationKey'] as { key: string; readonly: boolean; value?: string }[];
}

/** Limit and phases of each period of the next hour. */
function schedule(world: World, chargingRateUnit: 'A' | 'W'): unknown[] {
  const { payload } = world.request('GetCompositeSchedule', { connectorId: 1, duration: 3600, chargingRateUnit });
  const composite = payload?.['chargingSchedule'] as { chargingSchedulePeriod: { limit: number; numberPhases?: number }[] } | undefined;
  return (composite?.chargingSchedulePeriod ?? []).map(({ limit, numberPhases }) => [limit, numberPhases]);
}

function defaultProfile(limit: number, startSchedule?: string): object {
  return {
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    ...(startSchedule === undefined ? { chargingProfileKind: 'Recurring', recurrencyKind: 'Daily' } : { chargingProfileKind: 'Absolute' }),
    chargingSchedule: {
      chargingRateUnit: 'A',
      ...(startSchedule === undefined ? {} : { startSchedule }),
      chargingSchedulePeriod: [{ startPeriod: 0, limit }],
    },
  };
}

export const stories: Story[] = [
  {
    name: 'Every key of a station with every function is read, one by one as in one go',
    world: everything,
    run(world) {
      const list = keysOf(world.request('GetConfiguration', {}).payload);
      // 118 rows; 28 of what is wired later, AuthorizationKey and the indexed row are not there, the public keys of two meters are.
      expect(list).toHaveLength(118 - 28 - 2 + 2);
      for (const entry of list) {
        const one = keysOf(world.request('GetConfiguration', { key: [entry.key.toUpperCase()] }).payload);
        expect(one, entry.key).toEqual([entry]);
      }
    },
  },
  {
    name: 'AuthorizationCacheEnabled, LocalAuthorizeOffline and AllowOfflineTxForUnknownId: who charges offline',
    memoryOnly: true,
    run(world) {
      world.configure('AuthorizationCacheEnabled', 'true');
      expect(world.authorize('KNOWN').answers).toHaveLength(1);
      world.configure('LocalAuthorizeOffline', 'false');
      world.offline();
      world.charge(1, 'KNOWN');
      world.advance(second);
      expect(world.called('provideToken')).toHaveLength(0);
      world.reconnect();
      world.configure('LocalAuthorizeOffline', 'true');
      world.configure('AllowOfflineTxForUnknownId', 'true');
      world.unplug(1);
      world.offline();
      world.charge(1, 'KNOWN');
      world.charge(2, 'STRANGER');
      world.advance(second);
      expect(world.called('provideToken').map(([idTag]) => idTag)).toEqual(['KNOWN', 'STRANGER']);
    },
  },
  {
    name: 'AuthorizeRemoteTxRequests false: a remote start asks nobody',
    run(world) {
      world.configure('AuthorizeRemoteTxRequests', 'false');
      world.plug(1);
      expect(world.request('RemoteStartTransaction', { idTag: 'A', connectorId: 1 }).payload).toEqual({ status: 'Accepted' });
      world.advance(second);
      expect(world.sent('Authorize')).toHaveLength(0);
      expect(world.transactions).toHaveLength(1);
    },
  },
  {
    name: 'StopTransactionOnInvalidId and MaxEnergyOnInvalidId: energy for a while, then none, and no stop',
    run(world) {
      world.configure('StopTransactionOnInvalidId', 'false');
      world.configure('MaxEnergyOnInvalidId', '100');
      world.csms.idTags.set('A', { status: 'Accepted' });
      world.plug(1);
      world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
      world.tag('A', [1]);
      world.advance(second);
      expect(world.called('pauseCharging')).toHaveLength(0);
      // 11 kW: 100 Wh take 33 s.
      world.advance(2 * minute);
      expect(world.called('pauseCharging')).toEqual([[1]]);
      expect(world.called('stopTransaction')).toHaveLength(0);
      world.tag('A', [1]);
      world.advance(second);
      expect(world.transactions[0]?.stop?.reason).toBe('Local');
    },
  },
  {
    name: 'StopTransactionOnEVSideDisconnect and UnlockConnectorOnEVSideDisconnect false: nothing ends, nothing opens',
    run(world) {
      world.configure('StopTransactionOnEVSideDisconnect', 'false');
      world.charge(1, 'A');
      world.unplug(1);
      world.advance(second);
      expect(world.statuses(1).slice(-1)).toEqual(['SuspendedEV']);
      expect(world.called('stopTransaction')).toHaveLength(0);
      world.configure('StopTransactionOnEVSideDisconnect', 'true');
      world.configure('UnlockConnectorOnEVSideDisconnect', 'false');
      world.charge(2, 'B');
      world.unplug(2);
      world.advance(second);
      expect(world.transactions[1]?.stop?.reason).toBe('EVDisconnected');
      expect(world.called('unlockConnector')).toHaveLength(0);
      world.plug(1);
      world.tag('A', [1]);
    },
  },
  {
    name: 'MinimumStatusDuration: what lasts less is not told',
    run(world) {
      world.configure('MinimumStatusDuration', '20');
      world.plug(1);
      world.advance(10 * second);
      world.unplug(1);
      world.advance(minute);
      expect(world.statuses(1)).toEqual(['Available']);
      world.plug(1);
      world.advance(21 * second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
    },
  },
  {
    name: 'MessageTimeout: a longer one waits longer',
    run(world) {
      world.configure('MessageTimeout', '50');
      world.csms.next('StatusNotification', { silent: true });
      world.plug(1);
      world.unplug(1);
      world.advance(45 * second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing']);
      world.advance(6 * second);
      expect(world.statuses(1)).toEqual(['Available', 'Preparing', 'Available']);
    },
  },
  {
    name: 'TransactionMessageRetryInterval: a refused message is repeated when it says',
    run(world) {
      world.configure('TransactionMessageRetryInterval', '7');
      world.csms.next('StartTransaction', { error: 'InternalError' }, { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(minute);
      const at = world.csms.received.filter(({ action }) => action === 'StartTransaction').map((call) => call.at);
      expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, 7 * second, 21 * second]);
    },
  },
  {
    name: 'WebSocketPingInterval: a dead link is found that soon',
    memoryOnly: true,
    run(world) {
      world.configure('WebSocketPingInterval', '8');
      world.pongs = false;
      world.advance(20 * second);
      expect(world.attempts).toHaveLength(2);
    },
  },
  {
    name: 'RetryBackoffWaitMinimum, RetryBackoffRepeatTimes and RetryBackoffRandomRange: how long it waits',
    memoryOnly: true,
    run(world) {
      world.configure('RetryBackoffWaitMinimum', '20');
      world.configure('RetryBackoffRepeatTimes', '1');
      world.configure('RetryBackoffRandomRange', '2');
      const from = world.attempts.length;
      world.offline();
      let last = world.time;
      world.advance(5 * minute);
      const [first = 0, next = 0, third = 0] = world.attempts.slice(from).map(({ at }) => {
        const wait = (at - last) / second;
        last = at;
        return wait;
      });
      expect(first).toBeAtLeast(20);
      expect(first).toBeAtMost(22);
      expect(next).toBeAtLeast(2 * first);
      expect(next).toBeAtMost(2 * first + 2);
      expect(third).toBe(next);
    },
  },
  {
    name: 'a wallbox that says nothing about a reset resets: it is asked once, and nothing has failed',
    run(world) {
      world.wallbox.next('reset', {});
      expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Accepted' });
      world.advance(minute);
      expect(world.called('reset')).toEqual([['Soft']]);
      expect(world.sent('StatusNotification').map((status) => (status as { errorCode: string }).errorCode)).toEqual([
        'NoError',
        'NoError',
        'NoError',
      ]);
    },
  },
  {
    name: 'ResetRetries and WaitForStopTransactionsOnResetTimeout: how often, and how long before',
    run(world) {
      world.configure('ResetRetries', '0');
      world.configure('WaitForStopTransactionsOnResetTimeout', '5');
      world.charge(1, 'A');
      world.advance(second);
      world.csms.next('StopTransaction', { after: 20 });
      world.wallbox.next('reset', { value: false });
      expect(world.request('Reset', { type: 'Soft' }).payload).toEqual({ status: 'Accepted' });
      world.advance(4 * second);
      expect(world.called('reset')).toHaveLength(0);
      world.advance(2 * second);
      expect(world.called('reset')).toEqual([['Soft']]);
      world.advance(minute);
      expect(world.called('reset')).toHaveLength(1);
      expect(world.sent('StatusNotification').slice(-1)).toMatch([{ connectorId: 0, errorCode: 'ResetFailure' }]);
    },
  },
  {
    name: 'MeterValuesAlignedData and StopTxnSampledData: told from the next value on',
    world: { keys: { ClockAlignedDataInterval: '300', MeterValueSampleInterval: '0' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(6 * minute);
      expect(world.sent('MeterValues')).toHaveLength(0);
      world.configure('MeterValuesAlignedData', 'Voltage');
      world.configure('StopTxnSampledData', register);
      world.advance(5 * minute);
      expect(world.sent('MeterValues')).toMatch([{ meterValue: [{ sampledValue: [{ measurand: 'Voltage', context: 'Sample.Clock' }] }] }]);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.transactionData).toMatch([
        { sampledValue: [{ context: 'Transaction.End', measurand: register }] },
      ]);
    },
  },
  {
    name: 'SampledDataSignStartedReadings and SampledDataSignUpdatedReadings: signed from the next value on',
    world: { keys: { SampledDataSignReadings: 'true', StartTxnSampledData: register }, options: { connectors: [{ signed: true }] } },
    run(world) {
      const signed = (): (string | undefined)[] =>
        world
          .sent('MeterValues')
          .flatMap(({ meterValue }) => meterValue[0]!.sampledValue.filter(({ format }) => format === 'SignedData'))
          .map(({ value }) => value);
      world.configure('SampledDataSignStartedReadings', 'true');
      world.plug(1);
      world.wallbox.begin(1, 'A', { signed: 'begin' });
      world.wallbox.sockets[1]!.signed = 'later';
      world.advance(61 * second);
      expect(signed()).toEqual(['begin']);
      world.configure('SampledDataSignUpdatedReadings', 'true');
      world.advance(minute);
      expect(signed()).toEqual(['begin', 'later']);
    },
  },
  {
    name: 'What a station may take where no profile applies, in A and in W',
    world: { also: ['signalSetChargingProfiles'] },
    run(world) {
      expect(schedule(world, 'A')).toEqual([[48, 3]]);
      const before = world.called('signalSetChargingProfiles').length;
      world.configure('CompositeScheduleDefaultLimitAmps', '32');
      world.configure('CompositeScheduleDefaultLimitWatts', '7000');
      world.configure('CompositeScheduleDefaultNumberPhases', '1');
      expect(world.called('signalSetChargingProfiles').length).toBeAtLeast(before + 3);
      expect(schedule(world, 'A')).toEqual([[32, 1]]);
      expect(schedule(world, 'W')).toEqual([[7000, 1]]);
      world.request('SetChargingProfile', { connectorId: 0, csChargingProfiles: defaultProfile(10, '2025-01-01T00:00:00Z') });
      expect(schedule(world, 'W')).toEqual([[6900, 3]]);
      world.configure('SupplyVoltage', '110');
      expect(schedule(world, 'W')).toEqual([[3300, 3]]);
    },
  },
  {
    name: 'AllowChargingProfileWithoutStartSchedule, and IgnoredProfilePurposesOffline',
    world: { also: ['signalSetChargingProfiles'] },
    memoryOnly: true,
    run(world) {
      const set = () => world.request('SetChargingProfile', { connectorId: 0, csChargingProfiles: defaultProfile(10) }).payload?.['status'];
      expect(set()).toBe('Rejected');
      world.configure('AllowChargingProfileWithoutStartSchedule', 'true');
      expect(set()).toBe('Accepted');
      expect(schedule(world, 'A')).toEqual([[10, 3]]);
      world.configure('IgnoredProfilePurposesOffline', 'TxDefaultProfile');
      world.offline();
      const offline = world.input('getAllCompositeChargingSchedules', 60, 'A') as { chargingSchedulePeriod: { limit: number }[] }[];
      expect(offline.map(({ chargingSchedulePeriod }) => chargingSchedulePeriod[0]?.limit)).toEqual([96, 48, 48]);
      world.reconnect();
      expect(schedule(world, 'A')).toEqual([[10, 3]]);
    },
  },
  {
    name: 'VerifyCsmsAllowWildcards is in force with the next connection',
    world: { keys: { SecurityProfile: '2', AuthorizationKey: 'sixteen-byte-key' } },
    memoryOnly: true,
    run(world) {
      expect(world.attempts.map(({ address }) => address.allowWildcards)).toEqual([false]);
      world.configure('VerifyCsmsAllowWildcards', 'true');
      world.offline();
      world.reconnect();
      expect(world.attempts.slice(-1)).toMatch([{ address: { url: 'wss://csms.example/ocpp/CP%201', allowWildcards: true } }]);
    },
  },
];
