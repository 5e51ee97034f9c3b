/** Random days: sequences of what can happen to a station, and how they are told. Whatever they are, judge and ledger are content. */

import fc from 'fast-check';
import type { FirmwareStatus } from '../src/wire/types.ts';
import type { Reaction } from './central-system.ts';
import { expect } from './expect.ts';
import type { Tear } from './flash.ts';
import { checkLedger, settleUp } from './ledger.ts';
import { tears } from './sweep.ts';
import type { Lie } from './wallbox.ts';
import { type Behaviour, World } from './world.ts';

export type Step =
  | { readonly does: 'plug' | 'unplug' | 'end' | 'suspend' | 'resume' | 'fault' | 'clear'; readonly connector: number }
  | { readonly does: 'tag'; readonly idTag: string; readonly connector: number | undefined }
  | { readonly does: 'advance'; readonly seconds: number }
  | { readonly does: 'offline' | 'online' | 'blackhole' | 'close' | 'full' | 'room' }
  | { readonly does: 'reboot'; readonly resume: boolean }
  | { readonly does: 'cutLater'; readonly writes: number; readonly tear: Tear }
  | { readonly does: 'react'; readonly action: (typeof actions)[number]; readonly reaction: Reaction }
  | { readonly does: 'behave'; readonly name: string; readonly behaviour: Behaviour }
  | { readonly does: 'clock'; readonly seconds: number }
  | { readonly does: 'lie'; readonly connector: number; readonly lie: Lie }
  | { readonly does: 'station'; readonly isBroken: boolean }
  | { readonly does: 'charge'; readonly connector: number; readonly idTag: string }
  | { readonly does: 'draw'; readonly connector: number; readonly power: number; readonly phases: 1 | 3 }
  | { readonly does: 'outOfService' | 'inService'; readonly connector: number }
  | { readonly does: 'failWrites'; readonly writes: number }
  | { readonly does: 'throws'; readonly who: 'done' | 'observer'; readonly isOn: boolean }
  | { readonly does: 'question'; readonly idTag: string | undefined }
  | { readonly does: 'year'; readonly action: 'Heartbeat' | 'BootNotification'; readonly currentTime: string }
  | { readonly does: 'loseJournal' | 'loseStore' | 'flicker' }
  | { readonly does: 'profile'; readonly connector: number; readonly made: Made; readonly idTag: string | undefined }
  | { readonly does: 'reserve'; readonly made: Reserving }
  | { readonly does: 'firmware'; readonly status: FirmwareStatus }
  | { readonly does: 'ask'; readonly action: string; readonly payload: object }
  | { readonly does: 'block'; readonly idTag: string; readonly status: string; readonly parentIdTag: string };

/** A charging profile, before the moment of its installation is known. */
interface Made {
  readonly id: number;
  readonly stackLevel: number;
  readonly purpose: 'ChargePointMaxProfile' | 'TxDefaultProfile' | 'TxProfile';
  readonly kind: 'Absolute' | 'Recurring' | 'Relative';
  readonly recurrencyKind: 'Daily' | 'Weekly';
  readonly unit: 'A' | 'W';
  /** Seconds from now on. */
  readonly from: number | undefined;
  readonly validFor: number | undefined;
  readonly duration: number | undefined;
  readonly periods: readonly (readonly [after: number, amps: number, phases: number | undefined])[];
}

interface Reserving {
  readonly reservationId: number;
  readonly connectorId: number;
  readonly idTag: string;
  readonly parentIdTag: string | undefined;
  readonly minutes: number;
}

const actions = [
  'Authorize',
  'StartTransaction',
  'StopTransaction',
  'MeterValues',
  'StatusNotification',
  'Heartbeat',
  'BootNotification',
] as const;

const connector = fc.integer({ min: 1, max: 2 });
const idTag = fc.constantFrom('A', 'B', 'C');
const transactionId = fc.integer({ min: 1001, max: 1006 });

const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  fc.constant({ error: 'InternalError' }),
  fc.constant({ silent: true }),
  fc.constant({ silent: true, ignored: true }),
  fc.constant({ twice: true }),
  fc.constant({ close: 1001 }),
  fc.constant({ close: 1006, ignored: true }),
  fc.constant({ closeAfter: 1000 }),
  fc.integer({ min: 1, max: 50 }).map((after) => ({ after })),
  fc.constant({ asksFirst: ['GetConfiguration', { key: ['HeartbeatInterval'] }] as never }),
);

const behaviour: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('behave' as const),
    name: fc.constant('stopTransaction'),
    behaviour: fc.constantFrom<Behaviour>(
      { value: false },
      { throws: 'x' },
      { value: true, after: 3, acts: true },
      { after: 'never', acts: true },
    ),
  }),
  fc.record({
    does: fc.constant('behave' as const),
    name: fc.constant('provideToken'),
    behaviour: fc.constantFrom<Behaviour>({ value: undefined }, { throws: 'x' }, { throws: 'x', acts: true }, { slow: 5 }, { slow: 90 }),
  }),
  fc.record({
    does: fc.constant('behave' as const),
    name: fc.constantFrom('reset', 'isResetAllowed', 'pauseCharging', 'transactionUpdated', 'transactionStopped', 'transactionStarted'),
    behaviour: fc.constantFrom<Behaviour>(
      { value: false, acts: true },
      { throws: 'x', acts: true },
      { value: true, after: 30, acts: true },
      { after: 'never', acts: true },
    ),
  }),
  fc.record({
    does: fc.constant('behave' as const),
    name: fc.constant('unlockConnector'),
    behaviour: fc.constantFrom<Behaviour>({ value: 'UnlockFailed' }, { throws: 'x' }, { value: 'Unlocked', after: 30 }, { after: 'never' }),
  }),
);

const purpose = fc.constantFrom<Made['purpose']>('ChargePointMaxProfile', 'TxDefaultProfile', 'TxProfile');

const made: fc.Arbitrary<Made> = fc.record({
  id: fc.integer({ min: 1, max: 4 }),
  stackLevel: fc.integer({ min: 0, max: 2 }),
  purpose,
  kind: fc.constantFrom('Absolute', 'Recurring', 'Relative'),
  recurrencyKind: fc.constantFrom('Daily', 'Weekly'),
  unit: fc.constantFrom('A', 'A', 'W'),
  from: fc.constantFrom(undefined, -3600, 0, 120),
  validFor: fc.constantFrom(undefined, undefined, 300, 3600),
  duration: fc.constantFrom(undefined, undefined, 300, 3600),
  periods: fc.array(
    fc.tuple(fc.constantFrom(60, 300, 900), fc.constantFrom(0, 6, 8, 10, 16, 32), fc.constantFrom(undefined, undefined, 1, 3)),
    { minLength: 1, maxLength: 3 },
  ),
});

const reserving: fc.Arbitrary<Reserving> = fc.record({
  reservationId: fc.integer({ min: 1, max: 3 }),
  connectorId: fc.integer({ min: 0, max: 2 }),
  idTag,
  parentIdTag: fc.constantFrom(undefined, undefined, 'P', 'Q'),
  minutes: fc.constantFrom(1, 10, 60),
});

const ask: fc.Arbitrary<Step> = fc
  .oneof(
    fc.record({
      action: fc.constant('RemoteStartTransaction'),
      payload: fc.record({ idTag, connectorId: connector }, { requiredKeys: ['idTag'] }),
    }),
    fc.record({ action: fc.constant('RemoteStopTransaction'), payload: fc.record({ transactionId }) }),
    fc.record({ action: fc.constant('UnlockConnector'), payload: fc.record({ connectorId: connector }) }),
    fc.record({ action: fc.constant('Reset'), payload: fc.record({ type: fc.constantFrom('Soft', 'Hard') }) }),
    fc.record({
      action: fc.constant('ChangeAvailability'),
      payload: fc.record({ connectorId: fc.integer({ min: 0, max: 2 }), type: fc.constantFrom('Operative', 'Operative', 'Inoperative') }),
    }),
    fc.record({
      action: fc.constant('ChangeConfiguration'),
      payload: fc.oneof(
        fc.record({ key: fc.constant('MeterValueSampleInterval'), value: fc.constantFrom('0', '20', '60') }),
        fc.record({ key: fc.constant('ClockAlignedDataInterval'), value: fc.constantFrom('0', '60', '300') }),
        fc.record({ key: fc.constant('StopTxnSampledData'), value: fc.constantFrom('', 'Voltage', 'Energy.Active.Import.Register') }),
        fc.record({ key: fc.constant('MaxEnergyOnInvalidId'), value: fc.constantFrom('0', '500') }),
        fc.record({ key: fc.constant('MinimumStatusDuration'), value: fc.constantFrom('0', '5') }),
        fc.record({
          key: fc.constantFrom(
            'StopTransactionOnEVSideDisconnect',
            'StopTransactionOnInvalidId',
            'LocalPreAuthorize',
            'AuthorizationCacheEnabled',
            'AllowOfflineTxForUnknownId',
          ),
          value: fc.constantFrom('true', 'false'),
        }),
      ),
    }),
    fc.record({ action: fc.constant('ClearCache'), payload: fc.constant({}) }),
    fc.record({ action: fc.constant('CancelReservation'), payload: fc.record({ reservationId: fc.integer({ min: 1, max: 3 }) }) }),
    fc.record({
      action: fc.constant('ClearChargingProfile'),
      payload: fc.record(
        {
          id: fc.constantFrom(1, 2, 3, 4, 101, 103),
          connectorId: fc.integer({ min: 0, max: 2 }),
          chargingProfilePurpose: purpose,
          stackLevel: fc.integer({ min: 0, max: 2 }),
        },
        { requiredKeys: [] },
      ),
    }),
    fc.record({
      action: fc.constant('TriggerMessage'),
      payload: fc.record({ requestedMessage: fc.constantFrom('Heartbeat', 'StatusNotification', 'MeterValues', 'BootNotification') }),
    }),
    fc.record({
      action: fc.constant('UpdateFirmware'),
      payload: fc.constant({ location: 'http://files.example/x.bin', retrieveDate: '2025-01-01T00:00:00Z' }),
    }),
  )
  .map((asked) => ({ does: 'ask', ...asked }));

/** What no number of a wallbox should be. */
const lie = fc.constantFrom<Lie>(
  { meterStart: Number.NaN },
  { meterStop: Number.POSITIVE_INFINITY },
  { meterStop: -1 },
  { time: Date.UTC(2025, 0, 1) },
  { time: Number.NaN },
  { reason: 'Exploded' },
);

export const profiled: fc.Arbitrary<Step> = fc.record({
  does: fc.constant('profile' as const),
  connector: fc.integer({ min: 0, max: 2 }),
  made,
  idTag: fc.option(idTag, { nil: undefined, freq: 3 }),
});

/** What hardly ever happens. */
const rare: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constant('draw' as const),
    connector,
    power: fc.constantFrom(3680, 11_000, 22_000),
    phases: fc.constantFrom<1 | 3>(1, 3),
  }),
  fc.record({ does: fc.constantFrom('outOfService' as const, 'inService' as const), connector: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ does: fc.constant('failWrites' as const), writes: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ does: fc.constant('throws' as const), who: fc.constantFrom('done' as const, 'observer' as const), isOn: fc.boolean() }),
  fc.record({ does: fc.constant('question' as const), idTag: fc.option(idTag, { nil: undefined }) }),
  fc.record({
    does: fc.constant('year' as const),
    action: fc.constantFrom('Heartbeat' as const, 'BootNotification' as const),
    currentTime: fc.constantFrom('1978-01-01T00:00:00Z', '9999-01-01T00:00:00Z', 'yesterday'),
  }),
  fc.record({ does: fc.constantFrom('loseJournal' as const, 'loseStore' as const, 'flicker' as const, 'flicker' as const) }),
  fc.record({
    does: fc.constant('firmware' as const),
    status: fc.constantFrom<FirmwareStatus>('Downloading', 'Downloaded', 'Installing', 'InstallationFailed', 'Installed'),
  }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom('plug' as const, 'unplug' as const), connector }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('tag' as const), idTag, connector: fc.option(connector, { nil: undefined }) }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('advance' as const), seconds: fc.constantFrom(0, 1, 5, 20, 61, 130, 700) }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom('offline' as const, 'online' as const, 'online' as const, 'close' as const) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('blackhole' as const, 'full' as const, 'room' as const, 'room' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom('end' as const, 'suspend' as const, 'resume' as const, 'fault' as const, 'clear' as const),
      connector,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('reboot' as const), resume: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('cutLater' as const),
      writes: fc.integer({ min: 1, max: 6 }),
      tear: fc.constantFrom(...tears),
    }),
  },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('react' as const), action: fc.constantFrom(...actions), reaction }) },
  { weight: 2, arbitrary: behaviour },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clock' as const), seconds: fc.constantFrom(-3600, 3600, 86_400, 0, 0, 5) }) },
  { weight: 4, arbitrary: ask },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('charge' as const), connector, idTag }) },
  { weight: 3, arbitrary: profiled },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('reserve' as const), made: reserving }) },
  { weight: 2, arbitrary: rare },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('lie' as const), connector, lie }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('station' as const), isBroken: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('block' as const),
      idTag,
      status: fc.constantFrom('Accepted', 'Blocked', 'ConcurrentTx'),
      parentIdTag: fc.constantFrom('P', 'Q'),
    }),
  },
);

function take(world: World, next: Step): void {
  switch (next.does) {
    case 'plug':
      return world.wallbox.sockets[next.connector]!.plugged ? undefined : world.plug(next.connector);
    case 'unplug':
      return world.wallbox.sockets[next.connector]!.plugged ? world.unplug(next.connector) : undefined;
    case 'tag':
      return world.tag(next.idTag, next.connector === undefined ? undefined : [next.connector]);
    case 'advance':
      return world.advance(next.seconds * 1000);
    case 'offline':
    case 'online':
    case 'blackhole':
      return world[next.does]();
    case 'close':
      world.csms.close(1001);
      return world.drain();
    case 'full':
    case 'room':
      world.power.full = next.does === 'full';
      return;
    case 'end':
      world.wallbox.end(next.connector, 'Other');
      return world.drain();
    case 'suspend':
      return void world.input('onSuspendChargingEV', next.connector);
    case 'resume':
      return void world.input('onResumeCharging', next.connector);
    case 'fault':
      return world.fault(next.connector, 'GroundFailure');
    case 'clear':
      return void world.input('onAllErrorsCleared', next.connector);
    case 'reboot':
      return world.reboot(next.resume);
    case 'cutLater':
      return world.power.cutAt(next.writes, next.tear);
    case 'react':
      return world.csms.next(next.action, next.reaction);
    case 'behave':
      return world.wallbox.next(next.name, next.behaviour);
    case 'lie':
      return world.wallbox.lie(next.connector, next.lie);
    case 'station':
      return next.isBroken ? world.fault(0, 'GroundFailure') : void world.input('onAllErrorsCleared', 0);
    case 'clock':
      world.csms.clockOffset = next.seconds * 1000;
      return;
    case 'charge':
      if (!world.wallbox.sockets[next.connector]!.plugged) world.plug(next.connector);
      return world.tag(next.idTag, [next.connector]);
    case 'draw':
      return world.wallbox.draw(next.connector, next.power, next.phases);
    case 'outOfService':
    case 'inService':
      world.call(next.does === 'inService' ? 'onEnabled' : 'onDisabled', [next.connector]);
      return world.drain();
    case 'failWrites':
      world.power.failWrites = next.writes;
      return;
    case 'throws':
      if (next.who === 'done') world.doneThrows = next.isOn;
      else world.observerThrows = next.isOn;
      return;
    case 'question':
      if (next.idTag === undefined) world.dataTransfer('com.box', 'x');
      else world.authorize(next.idTag);
      return;
    case 'year':
      return world.csms.next(next.action, { merge: { currentTime: next.currentTime } });
    case 'loseJournal':
    case 'loseStore':
      world.lose(next.does === 'loseJournal' ? 'journal' : 'store');
      return;
    case 'flicker':
      world.offline();
      world.advance(1000);
      return world.online();
    case 'profile':
      return setProfile(world, next.connector, next.made, next.idTag);
    case 'reserve':
      return reserve(world, next.made);
    case 'firmware':
      return void world.input('onFirmwareUpdateStatusNotification', -1, next.status);
    case 'ask':
      world.csms.request(next.action, next.payload);
      return world.drain();
    case 'block':
      world.csms.idTags.set(next.idTag, { status: next.status, parentIdTag: next.parentIdTag });
      return;
  }
}

/** The wallbox itself took it out of service. */
function isOut(world: World, connector: number): boolean {
  return world.wallbox.sockets[0]!.disabled || world.wallbox.sockets[connector]!.disabled;
}

/** Alone, or with a remote start. */
function setProfile(world: World, connector: number, made: Made, idTag: string | undefined): void {
  const profile = profileOf(world, made);
  if (idTag === undefined) world.csms.request('SetChargingProfile', { connectorId: connector, csChargingProfiles: profile });
  else
    world.csms.request('RemoteStartTransaction', {
      idTag,
      ...(connector === 0 ? {} : { connectorId: connector }),
      // An id of its own: one that was set meanwhile would take its place.
      chargingProfile: { ...profile, chargingProfileId: 100 + world.csms.asked.length, chargingProfilePurpose: 'TxProfile' },
    });
  world.drain();
}

function profileOf(world: World, made: Made): object {
  const { kind, from, validFor, duration, unit } = made;
  const dateOf = (seconds: number) => new Date(Math.floor(world.unixAt(world.time) / 1000 + seconds) * 1000).toISOString();
  let startPeriod = 0;
  const chargingSchedulePeriod = made.periods.map(([after, amps, numberPhases], index) => {
    if (index > 0) startPeriod += after;
    const limit = unit === 'A' ? amps : amps * 230 * (numberPhases ?? 3);
    return { startPeriod, limit, ...(numberPhases === undefined ? {} : { numberPhases }) };
  });
  return {
    chargingProfileId: made.id,
    stackLevel: made.stackLevel,
    chargingProfilePurpose: made.purpose,
    chargingProfileKind: kind,
    ...(kind === 'Recurring' ? { recurrencyKind: made.recurrencyKind } : {}),
    ...(validFor === undefined ? {} : { validTo: dateOf(validFor) }),
    chargingSchedule: {
      chargingRateUnit: unit,
      ...(kind === 'Relative' || from === undefined ? {} : { startSchedule: dateOf(from) }),
      ...(duration === undefined ? {} : { duration }),
      chargingSchedulePeriod,
    },
  };
}

function reserve(world: World, { reservationId, connectorId, idTag, parentIdTag, minutes }: Reserving): void {
  const expiryDate = new Date(world.unixAt(world.time) + minutes * 60_000).toISOString();
  world.csms.request('ReserveNow', {
    reservationId,
    connectorId,
    idTag,
    expiryDate,
    ...(parentIdTag === undefined ? {} : { parentIdTag }),
  });
  world.drain();
}

/** Never charging without a session; never anything else with one. */
function checkStatuses(world: World): void {
  for (const { id, session } of world.wallbox.sockets) {
    const last = world.events.filter((event) => event.event === 'connector_status' && event.connector === id).at(-1);
    if (last?.event !== 'connector_status' || id === 0) continue;
    const runs = last.status === 'Charging' || last.status === 'SuspendedEV' || last.status === 'SuspendedEVSE';
    if (session?.isForgotten || world.judge.facts.isUpdating) continue;
    if (session?.durable)
      expect(
        runs || last.status === 'Faulted' || (last.status === 'Unavailable' && isOut(world, id)),
        `connector ${id} with a session is ${last.status}`,
      ).toBe(true);
    else expect(runs, `connector ${id} without a session is ${last.status}`).toBe(false);
  }
}

export function tellDay(steps: readonly Step[], immediate: boolean): World {
  const world = new World({
    immediate,
    sectors: 4,
    also: ['signalSetChargingProfiles', 'reserveNow', 'cancelReservation', 'updateFirmware', 'allConnectorsUnavailable'],
    keys: { AllowOfflineTxForUnknownId: 'true' },
  });
  try {
    runSteps(world, steps);
  } catch (error) {
    throw new Error(`${error}\n${world.frames.join('\n')}\n${world.logs.join('\n')}`);
  }
  return world;
}

/** Cuts that were asked for happen here, too. */
function backInService(world: World): void {
  if (world.judge.facts.isUpdating && world.isOn) world.call('onFirmwareUpdateStatusNotification', [-1, 'InstallationFailed']);
  for (const { id, disabled } of world.wallbox.sockets) if (disabled && world.isOn) world.call('onEnabled', [id]);
}

function runSteps(world: World, steps: readonly Step[]): void {
  world.boot();
  let boots = world.boots;
  for (const next of steps) {
    try {
      if (!world.isOn) world.reboot(boots % 2 === 0);
      boots = world.boots;
      take(world, next);
      if (world.isOn) checkStatuses(world);
    } catch (error) {
      if (!world.power.off) throw error;
    }
  }
  try {
    backInService(world);
    settleUp(world);
  } catch (error) {
    // The cut that was asked for last.
    if (!world.power.off) throw error;
    world.reboot();
    backInService(world);
    settleUp(world);
  }
  checkLedger(world);
}

export const day: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });
