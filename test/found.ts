/**
 * The faults of kinds B, S, P and Q that reviews found in the station as it was at commit 6a26c11, each as the shortest story in which the judge
 * or the ledger finds it: no story asserts anything. `found` is what they said then; where it is `unseen`, the story did not show the fault at
 * that commit and only keeps its kind watched.
 */

import type { Behaviour, Story, World } from './world.ts';

export interface Found {
  readonly id: string;
  /** A part of what was said at 6a26c11. */
  readonly found: string;
  readonly story: Story;
}

const second = 1000;
const minute = 60_000;
const hour = 60 * minute;

const offline = { AllowOfflineTxForUnknownId: 'true' };
const also = ['signalSetChargingProfiles', 'reserveNow', 'cancelReservation'];
/** Said of no world. */
export const unseen = 'unseen';

const refusedStop: Behaviour = { value: false };

function row(id: string, name: string, found: string, run: (world: World) => void, world: Story['world'] = {}): Found {
  return { id, found, story: { name: `${id}: ${name}`, world, run } };
}

/** The story boots the station itself. */
function unbooted(found: Found): Found {
  return { ...found, story: { ...found.story, booted: false } };
}

function profile(
  id: number,
  purpose: string,
  kind: string,
  periods: readonly (readonly number[])[],
  more: object = {},
  unit = 'A',
): object {
  return {
    chargingProfileId: id,
    stackLevel: 0,
    chargingProfilePurpose: purpose,
    chargingProfileKind: kind,
    chargingSchedule: {
      chargingRateUnit: unit,
      ...(kind === 'Relative' ? {} : { startSchedule: '2025-01-01T00:00:00Z' }),
      ...more,
      chargingSchedulePeriod: periods.map(([startPeriod, limit, numberPhases]) => ({
        startPeriod,
        limit,
        ...(numberPhases === undefined ? {} : { numberPhases }),
      })),
    },
  };
}

function limit(world: World, connectorId: number, csChargingProfiles: object): void {
  world.request('SetChargingProfile', { connectorId, csChargingProfiles });
}

function reserve(world: World, reservationId: number, connectorId: number, idTag: string, minutes: number): void {
  const expiryDate = new Date(world.csms.now + minutes * minute).toISOString();
  world.wallbox.always('reserveNow', { value: 'Accepted' });
  world.wallbox.scripted.delete('reserveNow');
  world.request('ReserveNow', { reservationId, connectorId, idTag, expiryDate });
}

function list(world: World, ...localAuthorizationList: object[]): void {
  world.request('SendLocalList', { listVersion: 1, updateType: 'Full', localAuthorizationList });
}

function blocked(world: World): void {
  world.csms.next('StartTransaction', { merge: { idTagInfo: { status: 'Blocked' } } });
}

const rows: readonly Found[] = [
  row(
    'B1',
    'a power cut after an hour with MeterValueSampleInterval 0',
    '[billed] meterStop',
    (world) => {
      world.charge(1, 'A');
      world.advance(hour);
      world.reboot(false);
    },
    { keys: { MeterValueSampleInterval: '0' } },
  ),
  row(
    'B1',
    'a power cut, and Transaction.End',
    '[billed]',
    (world) => {
      world.charge(1, 'A');
      world.advance(10 * minute);
      world.reboot(false);
    },
    { keys: { StopTxnSampledData: 'Energy.Active.Import.Register' } },
  ),
  row(
    'B2',
    'the allowance of MaxEnergyOnInvalidId and a power cut',
    '[stray]',
    (world) => {
      blocked(world);
      world.charge(1, 'A');
      world.advance(minute);
      world.reboot();
      world.advance(2 * hour);
    },
    { keys: { StopTransactionOnInvalidId: 'false', MaxEnergyOnInvalidId: '500' } },
  ),
  row(
    'B2',
    'the pause of a refused transaction and a power cut',
    '[alive] connector 1 is told to be SuspendedEVSE, not Charging',
    (world) => {
      blocked(world);
      world.charge(1, 'A');
      world.advance(minute);
      world.reboot();
      world.advance(2 * hour);
    },
    { keys: { StopTransactionOnInvalidId: 'false' } },
  ),
  ...['its card', 'RemoteStop', 'DeAuthorized'].map((who) =>
    row('B2', `a stop that ${who} wished and a power cut`, '[stray]', (world) => {
      if (who === 'DeAuthorized') blocked(world);
      world.wallbox.next('stopTransaction', refusedStop);
      world.charge(1, 'A');
      if (who === 'its card') world.tag('A');
      if (who === 'RemoteStop') world.request('RemoteStopTransaction', { transactionId: 1001 });
      world.advance(second);
      world.reboot();
      world.advance(hour);
    }),
  ),
  row('B2', 'the group of a transaction and a power cut', '[stray]', (world) => {
    list(world, { idTag: 'B', idTagInfo: { status: 'Accepted', parentIdTag: 'P' } });
    world.csms.idTags.set('A', { status: 'Accepted', parentIdTag: 'P' });
    world.csms.next('StartTransaction', { after: 5, merge: { idTagInfo: { status: 'Accepted' } } });
    world.charge(1, 'A');
    world.advance(second);
    world.network = 'down';
    world.reboot();
    world.tag('B', [1]);
    world.advance(10 * minute);
  }),
  row('B3', 'meterStart is no number', 'against its schema', (world) => {
    world.wallbox.lie(1, { meterStart: Number.NaN });
    world.charge(1, 'A');
    world.advance(minute);
  }),
  row('B3', 'meterStart is infinite', 'against its schema', (world) => {
    world.wallbox.lie(1, { meterStart: Number.POSITIVE_INFINITY });
    world.charge(1, 'A');
    world.advance(minute);
  }),
  row('B3', 'time in Unix milliseconds', '[times]', (world) => {
    world.wallbox.lie(1, { time: Date.UTC(2025, 0, 1) });
    world.charge(1, 'A');
    world.advance(5 * minute);
    world.tag('A');
    world.unplug(1);
    world.charge(2, 'B');
    world.advance(minute);
  }),
  row('B3', 'time that is no number', '', (world) => {
    world.wallbox.lie(1, { time: Number.NaN });
    world.charge(1, 'A');
    world.advance(5 * minute);
  }),
  row('B3', 'a reason that OCPP does not know', 'against its schema', (world) => {
    world.charge(1, 'A');
    world.advance(minute);
    world.wallbox.lie(1, { reason: 'Exploded' });
    world.tag('A');
    world.advance(minute);
  }),
  row(
    'B4',
    'thinning and two connectors',
    unseen,
    (world) => {
      world.offline();
      world.charge(1, 'A');
      world.charge(2, 'B');
      world.advance(4 * hour);
      world.reconnect();
    },
    { keys: { ...offline, MeterValueSampleInterval: '10' }, sectors: 4 },
  ),
  row('B5', 'a clock a day ahead for two minutes', '[times]', (world) => {
    world.advance(4 * minute);
    world.csms.clockOffset = 24 * hour;
    world.advance(2 * minute);
    world.charge(1, 'A');
    world.tag('A');
    world.unplug(1);
    world.csms.clockOffset = 0;
    world.advance(10 * minute);
    world.charge(1, 'B');
    world.advance(10 * minute);
    world.tag('B');
    world.advance(minute);
  }),
  ...[1978, 9999].map((year) =>
    row('B5', `the year ${year} is believed`, 'StartTransaction of 1978', (world) => {
      world.csms.next('Heartbeat', { payload: { currentTime: `${year}-01-01T00:00:00Z` } });
      world.advance(6 * minute);
      world.charge(1, 'A');
      world.advance(10 * minute);
      world.tag('A');
      world.advance(minute);
    }),
  ),
  row('B6', 'the journal is lost, the store is kept', '[billed]', (world) => {
    for (let round = 0; round < 3; round++) {
      world.charge(1, 'A');
      world.advance(minute);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
    }
    world.cut();
    world.flash.content.fill(0xff);
    world.advance(second);
    world.boot();
    world.advance(minute);
    world.charge(1, 'B');
    world.advance(minute);
    world.tag('B');
    world.unplug(1);
    world.advance(minute);
  }),
  row(
    'B7',
    'a boot that never learnt the time',
    'StartTransaction of 1970',
    (world) => {
      world.network = 'down';
      world.reboot();
      world.charge(1, 'A');
      world.advance(10 * minute);
      world.tag('A');
      world.unplug(1);
      world.network = 'up';
      world.reboot();
      world.advance(minute);
    },
    { keys: offline },
  ),
  row(
    'B8',
    'changing phases, more sets of values than templates',
    '[billed]',
    (world) => {
      world.offline();
      world.charge(1, 'A');
      const phases = ['L1', 'L2', 'L3'];
      for (let set = 1; set < 64; set++) {
        const chosen = (bits: number, base: number) =>
          Object.fromEntries(phases.filter((_, index) => (bits >> index) & 1).map((phase, index) => [phase, base + index + set / 100]));
        world.wallbox.sockets[1]!.readings = {
          'Energy.Active.Import.Register': Math.floor(world.wallbox.energy(1)),
          ...((set & 7) === 0 ? {} : { 'Current.Import': chosen(set & 7, 10) }),
          ...(set >> 3 === 0 ? {} : { Voltage: chosen(set >> 3, 230) }),
        };
        world.advance(10 * second);
      }
      world.wallbox.sockets[1]!.readings = undefined;
      world.reconnect();
    },
    {
      keys: { ...offline, MeterValueSampleInterval: '10', MeterValuesSampledData: 'Energy.Active.Import.Register,Current.Import,Voltage' },
    },
  ),
  row(
    'B8',
    'Transaction.Begin and End are the registers',
    '[billed]',
    (world) => {
      world.wallbox.isTerse = true;
      world.wallbox.showMeter(world.wallbox.sockets[1]!);
      world.charge(1, 'A');
      world.advance(5 * minute + 7 * second);
      world.tag('A');
      world.advance(minute);
    },
    { keys: { StopTxnSampledData: 'Energy.Active.Import.Register' } },
  ),
  row(
    'B9',
    'a retry interval of 1000 s',
    '[alive] StartTransaction comes again',
    (world) => {
      world.csms.next('StartTransaction', { error: 'InternalError' }, { error: 'InternalError' }, { error: 'InternalError' });
      world.charge(1, 'A');
      world.advance(2 * hour);
    },
    { keys: { TransactionMessageAttempts: '5', TransactionMessageRetryInterval: '1000' } },
  ),
  row('B9', 'confirmed MeterValues and reboots', '[alive] MeterValues', (world) => {
    world.charge(1, 'A');
    world.advance(5 * minute + second);
    for (let boot = 0; boot < 3; boot++) {
      world.reboot();
      world.advance(10 * second);
    }
  }),
  row('B10', 'a Reset while the journal takes no stop', '[billed] reason', (world) => {
    world.charge(1, 'A');
    world.advance(5 * minute);
    const { program } = world.flash;
    world.flash.program = () => {
      throw new Error('journal full');
    };
    world.tag('A');
    world.advance(second);
    world.request('Reset', { type: 'Soft' });
    world.advance(90 * second);
    world.flash.program = program;
    world.advance(5 * minute);
  }),
  row('B11', 'a start that cannot be stored, and a wallbox that does not stop at once', '[stray]', (world) => {
    world.wallbox.next('stopTransaction', refusedStop);
    world.plug(1);
    world.power.failWrites = 0;
    world.csms.next('Authorize', { after: 1 });
    world.tag('A');
    world.power.full = true;
    world.advance(2 * second);
    world.power.full = false;
    world.advance(hour);
  }),
  ...[1, 0].flatMap((broken) => [
    row('S1', `authorized, connector ${broken} Faulted, then plugged`, '[start]', (world) => {
      world.tag('A', [1]);
      world.advance(second);
      world.fault(broken, 'GroundFailure');
      world.plug(1);
      world.advance(minute);
      world.input('onAllErrorsCleared', broken);
    }),
    row('S1', `authorized, connector ${broken} out of service, then plugged`, '[start]', (world) => {
      world.tag('A', [1]);
      world.advance(second);
      world.input('onDisabled', broken);
      world.plug(1);
      world.advance(minute);
      world.input('onEnabled', broken);
    }),
  ]),
  row('S1', 'connector 0 Faulted, and a card', '[start]', (world) => {
    world.fault(0, 'GroundFailure');
    world.charge(1, 'A');
    world.advance(minute);
    world.input('onAllErrorsCleared', 0);
  }),
  row('S1', 'connector 0 Faulted, and a remote start', '[start]', (world) => {
    world.fault(0, 'GroundFailure');
    world.plug(1);
    world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'A' });
    world.advance(minute);
    world.input('onAllErrorsCleared', 0);
  }),
  row('S2', 'UnlockConnector under current', '[lock]', (world) => {
    world.charge(1, 'A');
    world.advance(minute);
    world.wallbox.next('stopTransaction', { slow: 5, value: true });
    world.request('UnlockConnector', { connectorId: 1 });
    world.advance(minute);
  }),
  row('S2', 'UnlockConnector, and the stop is refused', '[lock]', (world) => {
    world.charge(1, 'A');
    world.advance(minute);
    world.wallbox.next('stopTransaction', refusedStop, refusedStop, refusedStop);
    world.request('UnlockConnector', { connectorId: 1 });
    world.advance(5 * minute);
  }),
  row(
    'S3',
    'ChargePointMaxProfile and two cars',
    '[limits]',
    (world) => {
      limit(world, 0, profile(1, 'ChargePointMaxProfile', 'Absolute', [[0, 16]]));
      world.charge(1, 'A');
      world.charge(2, 'B');
      world.advance(10 * minute);
    },
    { also },
  ),
  ...['ChargePointMaxProfile', 'TxProfile'].flatMap((purpose) =>
    ['Absolute', 'Recurring'].map((kind) =>
      row(
        'S4',
        `${kind} ${purpose} after a boot without clock and network`,
        '[limits]',
        (world) => {
          world.wallbox.draw(1, 22_000);
          world.charge(1, 'A');
          const connector = purpose === 'TxProfile' ? 1 : 0;
          const made = profile(1, purpose, kind, [[0, 10]]);
          limit(world, connector, kind === 'Recurring' ? { ...made, recurrencyKind: 'Daily' } : made);
          world.advance(10 * minute);
          world.network = 'down';
          world.reboot();
          world.advance(20 * minute);
        },
        { also },
      ),
    ),
  ),
  row(
    'S4',
    'a pause of 0 A after a boot without clock and network',
    '[limits]',
    (world) => {
      world.charge(1, 'A');
      limit(world, 1, profile(1, 'TxProfile', 'Absolute', [[0, 0]]));
      world.advance(10 * minute);
      world.network = 'down';
      world.reboot();
      world.advance(20 * minute);
    },
    { also },
  ),
  row(
    'S4',
    'a Relative profile stands still after a boot without clock and network',
    '[limits]',
    (world) => {
      world.wallbox.draw(1, 22_000);
      world.charge(1, 'A');
      limit(world, 1, profile(1, 'TxProfile', 'Relative', [[0, 20], [1200, 8]])); // biome-ignore format: one line is a table
      world.advance(10 * minute);
      world.network = 'down';
      world.reboot();
      world.advance(30 * minute);
    },
    { also },
  ),
  row(
    'S5',
    'a step of the clock and a Relative profile',
    unseen,
    (world) => {
      world.wallbox.draw(1, 22_000);
      world.charge(1, 'A');
      limit(world, 1, profile(1, 'TxProfile', 'Relative', [[0, 20], [600, 8]])); // biome-ignore format: one line is a table
      world.advance(4 * minute);
      world.csms.clockOffset = -hour;
      world.advance(30 * minute);
    },
    { also },
  ),
  row(
    'S5',
    'a station limit in W and a connector with one phase',
    '[limits]',
    (world) => {
      limit(world, 0, profile(1, 'ChargePointMaxProfile', 'Absolute', [[0, 7000]], {}, 'W'));
      limit(world, 0, profile(2, 'TxDefaultProfile', 'Absolute', [[0, 32, 1]]));
      world.wallbox.draw(1, 7360, 1);
      world.charge(1, 'A');
      world.advance(10 * minute);
    },
    { also },
  ),
  row('S6', 'an error that becomes a fault under its id', '[start]', (world) => {
    world.input('onError', 1, { id: 'x', errorCode: 'GroundFailure', faulted: false });
    world.input('onError', 1, { id: 'x', errorCode: 'GroundFailure', faulted: true });
    world.charge(1, 'A');
    world.advance(minute);
    world.input('onAllErrorsCleared', 1);
  }),
  row('P1', 'plugged at 1, the card shown twice, the next car at 2', '[person]', (world) => {
    world.wallbox.next('provideToken', { slow: 5 });
    world.plug(1);
    world.tag('A');
    world.advance(second);
    world.tag('A');
    world.advance(10 * second);
    world.plug(2);
    world.advance(minute);
  }),
  row('P1', 'unplugged during Authorize, the next car at 2', '[person]', (world) => {
    world.csms.next('Authorize', { after: 5 });
    world.plug(1);
    world.tag('A');
    world.advance(second);
    world.unplug(1);
    world.advance(10 * second);
    world.plug(2);
    world.advance(minute);
  }),
  row(
    'P2',
    'a reservation and a card that never gets to a transaction',
    '[alive] connector 1 is told to be Available',
    (world) => {
      reserve(world, 1, 1, 'A', 60);
      world.tag('A', [1]);
      world.advance(10 * minute);
    },
    { also },
  ),
  row(
    'P2',
    'a reservation and a remote start that never gets to a transaction',
    '[alive] connector 1 is told to be Available',
    (world) => {
      reserve(world, 1, 1, 'A', 60);
      world.request('RemoteStartTransaction', { connectorId: 1, idTag: 'A' });
      world.advance(10 * minute);
    },
    { also },
  ),
  row(
    'P2',
    'a reservation that is over, offline, with a clock chip',
    '[alive] the card B',
    (world) => {
      list(world, { idTag: 'B', idTagInfo: { status: 'Accepted' } });
      reserve(world, 1, 1, 'A', 10);
      world.network = 'down';
      world.reboot();
      world.advance(20 * minute);
      world.charge(1, 'B');
      world.advance(10 * minute);
    },
    { also, rtc: true },
  ),
  row(
    'P2',
    'a reservation that is replaced with a cable in',
    '[alive] reservation 1',
    (world) => {
      reserve(world, 1, 1, 'A', 60);
      world.plug(1);
      reserve(world, 1, 1, 'A', 90);
      world.advance(minute);
    },
    { also },
  ),
  row('P3', 'an id that has expired, after a boot without clock', '[person] A has expired', (world) => {
    list(world, { idTag: 'A', idTagInfo: { status: 'Accepted', expiryDate: '2025-01-01T00:10:00Z' } });
    world.advance(20 * minute);
    world.charge(1, 'B');
    world.advance(minute);
    world.tag('B');
    world.unplug(1);
    world.advance(minute);
    world.network = 'down';
    world.reboot();
    world.charge(1, 'A');
    world.advance(minute);
  }),
  row(
    'P3',
    'a cache full of invalid ids',
    unseen,
    (world) => {
      const cards = ['A', 'B', 'C', 'D', 'E', 'F'];
      for (const card of cards) world.authorize(card);
      world.csms.always('Authorize', { merge: { idTagInfo: { status: 'Invalid' } } });
      for (let id = 0; id < 189; id++) world.authorize(`X${id}`);
      world.offline();
      world.advance(second);
      for (const card of cards) {
        world.charge(1, card);
        world.advance(3 * minute);
        world.tag(card);
        world.unplug(1);
        world.advance(minute);
      }
    },
    { keys: { AuthorizationCacheEnabled: 'true' } },
  ),
  row(
    'P3',
    'an answer without idTagInfo admits whoever was refused',
    '[person]',
    (world) => {
      world.csms.idTags.set('A', { status: 'Blocked' });
      world.authorize('A');
      world.csms.next('StartTransaction', { payload: { transactionId: 77 } });
      world.plug(1);
      world.wallbox.begin(1, 'A');
      world.advance(minute);
      world.wallbox.end(1, 'Local');
      world.unplug(1);
      world.offline();
      world.advance(second);
      world.charge(1, 'A');
      world.advance(minute);
    },
    { keys: { AuthorizationCacheEnabled: 'true' } },
  ),
  row(
    'P3',
    'an answer without idTagInfo refuses whoever was admitted',
    '[alive] the card A',
    (world) => {
      world.authorize('A');
      world.csms.next('Authorize', { payload: {} });
      world.authorize('A');
      world.offline();
      world.advance(second);
      world.charge(1, 'A');
      world.advance(10 * minute);
    },
    { keys: { AuthorizationCacheEnabled: 'true' } },
  ),
  row('Q1', 'a quiet reconnect', '[alive] not a word', (world) => {
    world.advance(minute);
    world.offline();
    world.advance(second);
    world.online();
    world.advance(20 * minute);
  }),
  row('Q2', 'an answer that throws while the link drops', 'An input failed', (world) => {
    world.csms.next('DataTransfer', { silent: true });
    world.dataTransfer('com.box', 'x');
    world.doneThrows = true;
    world.offline();
    world.advance(second);
    world.online();
    world.advance(2 * hour);
  }),
  row('Q2', 'a promise of nothing', 'UnlockConnector.conf breaks its schema', (world) => {
    world.wallbox.next('unlockConnector', { after: 1 });
    world.request('UnlockConnector', { connectorId: 1 });
    world.advance(hour);
  }),
  row('Q2', 'an observer that throws', 'the observer throws', (world) => {
    world.observerThrows = true;
    world.charge(1, 'A');
    world.advance(minute);
    world.offline();
    world.advance(minute);
    world.online();
    world.advance(2 * hour);
  }),
  unbooted(
    row('Q3', 'the store is full while the station is accepted', 'An input failed', (world) => {
      world.csms.next('BootNotification', { after: 5 });
      world.boot();
      world.advance(second);
      world.power.full = true;
      world.advance(10 * second);
      world.power.full = false;
      world.advance(hour);
    }),
  ),
  row('Q3', 'the store is full when an answer changes it', unseen, (world) => {
    world.csms.next('Authorize', { after: 5 });
    world.plug(1);
    world.tag('A');
    world.power.full = true;
    world.advance(10 * second);
    world.power.full = false;
    world.advance(hour);
  }),
  row(
    'Q4',
    'an AuthorizationKey with half a character',
    'URI malformed',
    (world) => {
      world.request('ChangeConfiguration', { key: 'AuthorizationKey', value: 'abcdefghijklmnop\ud800' });
      world.advance(3 * hour);
      world.reboot();
      world.advance(3 * hour);
    },
    { keys: { SecurityProfile: '1', AuthorizationKey: 'ABCDEFGHIJKLMNOPQRST' } },
  ),
  ...['ws://csms.example:0/ocpp', 'ws://csms.example:99999/ocpp', 'ws://[/ocpp', 'ws://csms"example/ocpp'].map((value) =>
    row('Q4', `CentralSystemURI ${value}`, '[alive] not accepted', (world) => {
      world.request('ChangeConfiguration', { key: 'CentralSystemURI', value });
      world.reboot();
      world.advance(2 * hour);
    }),
  ),
  ...[95, 45].map((after) =>
    row('Q5', `BootNotification is answered after ${after} s`, after === 95 ? '[alive] not accepted' : unseen, (world) => {
      world.csms.always('BootNotification', { after });
      if (after === 45) world.csms.next('BootNotification', { merge: { status: 'Pending', interval: 10 } });
      world.reboot();
      world.advance(3 * hour);
    }),
  ),
  ...['SetChargingProfile', 'ClearChargingProfile', 'ClearCache'].map((action) =>
    row(
      'Q6',
      `the store fails during ${action}`,
      '[alive] InternalError',
      (world) => {
        const periods = Array.from({ length: 100 }, (_, index) => [index * 60, 16 + (index % 7)]);
        const csChargingProfiles = profile(1, 'TxDefaultProfile', 'Absolute', periods);
        world.authorize('A');
        for (const failing of [1, 2, 3, 4]) {
          if (action === 'ClearChargingProfile') limit(world, 1, csChargingProfiles);
          world.power.failWrites = failing;
          world.request(action, action === 'SetChargingProfile' ? { connectorId: 1, csChargingProfiles } : {});
          world.power.failWrites = 0;
          world.power.full = true;
          world.request(action, action === 'SetChargingProfile' ? { connectorId: 2, csChargingProfiles } : {});
          world.power.full = false;
        }
        world.advance(minute);
      },
      { also, keys: { AuthorizationCacheEnabled: 'true' } },
    ),
  ),
];

export const all: readonly Found[] = rows.map((each) => ({
  ...each,
  story: { ...each.story, world: { ...each.story.world, metersFirst: true } },
}));
