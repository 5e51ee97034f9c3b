/** Random sequences of what can happen to a station; whatever they are, the ledger of the central system is right in the end. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reaction } from './central-system.ts';
import type { Tear } from './flash.ts';
import { checkLedger, settleUp } from './ledger.ts';
import { tears } from './sweep.ts';
import type { Lie } from './wallbox.ts';
import { type Behaviour, World } from './world.ts';

type Step =
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
  | { readonly does: 'ask'; readonly action: string; readonly payload: object }
  | { readonly does: 'block'; readonly idTag: string; readonly status: string; readonly parentIdTag: string };

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
  { weight: 1, arbitrary: fc.record({ does: fc.constant('clock' as const), seconds: fc.constantFrom(-3600, 3600, 0, 5) }) },
  { weight: 4, arbitrary: ask },
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
    case 'ask':
      world.csms.request(next.action, next.payload);
      return world.drain();
    case 'block':
      world.csms.idTags.set(next.idTag, { status: next.status, parentIdTag: next.parentIdTag });
      return;
  }
}

/** Never charging without a session; never anything else with one. */
function checkStatuses(world: World): void {
  for (const { id, session } of world.wallbox.sockets) {
    const last = world.events.filter((event) => event.event === 'connector_status' && event.connector === id).at(-1);
    if (last?.event !== 'connector_status' || id === 0) continue;
    const runs = last.status === 'Charging' || last.status === 'SuspendedEV' || last.status === 'SuspendedEVSE';
    if (session?.durable) expect(runs || last.status === 'Faulted', `connector ${id} with a session is ${last.status}`).toBe(true);
    else expect(runs, `connector ${id} without a session is ${last.status}`).toBe(false);
  }
}

function tell(steps: readonly Step[], immediate: boolean): World {
  // An input before `start` executes a scheduled ChangeAvailability before its transaction is resumed: those days read no meters first.
  const metersFirst = !steps.some((each) => each.does === 'ask' && each.action === 'ChangeAvailability');
  const world = new World({
    metersFirst,
    immediate,
    sectors: 4,

    keys: { AllowOfflineTxForUnknownId: 'true' },
  });
  try {
    runSteps(world, steps);
  } catch (error) {
    throw new Error(`${error}\n${world.frames.join('\n')}\n${world.logs.join('\n')}`);
  }
  return world;
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
    settleUp(world);
  } catch (error) {
    // The cut that was asked for last.
    if (!world.power.off) throw error;
    settleUp(world);
  }
  checkLedger(world);
}

/** The same days on every machine; `random` for others, a number and INVARIANT_PATH for those of a report. */
const seed = process.env['INVARIANT_SEED'] ?? '20250101';
const runs = Number(process.env['INVARIANT_RUNS'] ?? 1000);

test.each([false, true])('random days at a wallbox (reported at once: %s)', (immediate) => {
  let transactions = 0;
  let boots = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), (steps) => {
      const world = tell(steps, immediate);
      transactions += world.transactions.length;
      boots += world.boots;
    }),
    { numRuns: runs, ...(seed === 'random' ? {} : { seed: Number(seed), path: process.env['INVARIANT_PATH'] ?? '' }) },
  );
  console.log(`Invariants: ${runs} random days, ${transactions} transactions, ${boots} boots.`);
  expect(transactions).toBeGreaterThan(runs / 10);
});
