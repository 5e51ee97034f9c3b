/** The clock: unknown, wrong, jumping, oddly written. */

import { expect } from '../expect.ts';
import type { Story, World } from '../world.ts';

const second = 1000;
const minute = 60_000;
const hour = 3_600_000;
const offline = { AllowOfflineTxForUnknownId: 'true' };

function startedAt(world: World, index = 0): string | undefined {
  return world.transactions[index]?.start.timestamp;
}

export const stories: Story[] = [
  {
    name: '8: at boot the clock is unknown; what happened before the answer is dated when it is learnt',
    booted: false,
    world: { keys: offline },
    run(world) {
      world.boot();
      world.network = 'down';
      world.reboot(true, 10 * minute);
      world.charge(1, 'A');
      world.advance(3 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(minute);
      world.reconnect();
      expect(startedAt(world)).toBe('2025-01-01T00:10:00.000Z');
      expect(world.transactions[0]?.stop?.timestamp).toBe('2025-01-01T00:13:00.000Z');
      expect(world.transactions[0]?.values.map((value) => value.timestamp.slice(11, 19))).toEqual(['00:11:00', '00:12:00', '00:13:00']);
    },
  },
  {
    name: '8: a boot that never learnt the time ended when the next one began, at the latest; boots of that kind in a row, too',
    world: { keys: { ...offline, MeterValueSampleInterval: '0' } },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.network = 'down';
      for (const idTag of ['B', 'C']) {
        world.reboot(true, hour);
        world.advance(minute);
        world.charge(1, idTag);
        world.advance(2 * minute);
        world.tag(idTag);
        world.unplug(1);
      }
      world.reboot(true, hour);
      world.advance(10 * minute);
      world.charge(1, 'D');
      world.advance(minute);
      world.tag('D');
      world.unplug(1);
      world.reconnect();
      expect(
        world.transactions.map(({ start, stop }) => [start.idTag, start.timestamp.slice(11, 19), stop?.timestamp.slice(11, 19)]),
      ).toEqual([
        ['A', '00:00:00', '00:00:00'],
        // The boot of C lasted three minutes by its own account, and the last boot began at 03:06.
        ['B', '03:01:00', '03:03:00'],
        ['C', '03:04:00', '03:06:00'],
        ['D', '03:16:00', '03:17:00'],
      ]);
    },
  },
  {
    name: 'A transaction that goes on after a day without power, in a boot that learns the time late or never: its dates are true',
    world: { keys: { ...offline, MeterValueSampleInterval: '300' } },
    run(world) {
      world.charge(1, 'A');
      world.advance(6 * minute);
      world.network = 'down';
      world.reboot(true, 24 * hour);
      world.advance(11 * minute);
      world.reboot(true, minute);
      world.advance(6 * minute);
      world.reconnect();
      world.tag('A');
      world.advance(second);
      const [bill] = world.transactions;
      expect(bill?.values.map(({ timestamp }) => timestamp.slice(8, 19))).toEqual([
        '01T00:05:00',
        // The boot that never learnt the time: a minute and the minute after its last sample too late.
        '02T00:13:00',
        '02T00:18:00',
        '02T00:23:00',
      ]);
      expect((bill?.stop?.timestamp ?? '') > '2025-01-02T00:24').toBe(true);
    },
  },
  {
    name: 'Lost in a boot that never learnt the time: the stop is dated by the last that is known of it',
    world: { keys: { ...offline, MeterValueSampleInterval: '60' } },
    run(world) {
      world.network = 'down';
      world.reboot(true, hour);
      world.charge(1, 'A');
      world.advance(5 * minute + second);
      world.reboot(false, hour);
      world.advance(minute);
      world.reconnect();
      const [bill] = world.transactions;
      expect(bill?.stop?.reason).toBe('PowerLoss');
      expect(bill?.start.timestamp).toBe('2025-01-01T02:00:01.000Z');
      expect(bill?.stop?.timestamp).toBe('2025-01-01T02:05:01.000Z');
    },
  },
  {
    name: 'Accepted without a time that can be believed: never 1970, and the date that was sent stays',
    memoryOnly: true,
    booted: false,
    world: { keys: offline },
    run(world) {
      world.csms.always('BootNotification', { merge: { currentTime: 'noon' } });
      world.csms.always('Heartbeat', { merge: { currentTime: '1970-01-01T00:00:00Z' } });
      world.boot();
      world.csms.next('StartTransaction', { silent: true, ignored: true });
      world.charge(1, 'A');
      world.advance(10 * second);
      world.reboot(true, hour);
      world.advance(5 * minute);
      world.csms.behave();
      world.request('TriggerMessage', { requestedMessage: 'Heartbeat' });
      world.advance(10 * minute);
      world.tag('A');
      world.advance(second);
      const texts = world.frames.filter((frame) => frame.includes('"StartTransaction"'));
      expect(texts.length).toBeAtLeast(2);
      expect(texts[1]).toBe(texts[0]);
      expect(world.transactions[0]?.stop?.timestamp).toBe('2025-01-01T01:15:10.000Z');
    },
  },
  {
    name: '8: the central system believes in 1970 at first: not believed, and never told',
    jumps: true,
    booted: false,
    world: { keys: { MeterValueSampleInterval: '0' } },
    run(world) {
      world.advance(hour);
      world.csms.clockOffset = -Date.UTC(2025, 0, 1);
      world.boot();
      world.charge(1, 'A');
      world.advance(2 * minute);
      world.charge(2, 'B');
      world.csms.clockOffset = 0;
      world.advance(10 * minute);
      expect(world.called('setSystemTime')).toEqual([[Date.UTC(2025, 0, 1, 1, 7)], [Date.UTC(2025, 0, 1, 1, 12)]]);
      world.tag('A');
      world.tag('B');
      world.advance(second);
      expect(world.transactions.map(({ stop }) => stop?.timestamp)).toEqual(['2025-01-01T01:12:00.000Z', '2025-01-01T01:12:00.000Z']);
    },
  },
  {
    name: '1978 and 9999 are not believed; nor is a time before the clock that was right',
    jumps: true,
    run(world) {
      for (const year of [1978, 2024, 2100, 9999]) {
        world.csms.clockOffset = Date.UTC(year, 0, 1) - Date.UTC(2025, 0, 1);
        world.advance(5 * minute);
      }
      expect(world.called('setSystemTime')).toHaveLength(1);
      world.charge(1, 'A');
      world.csms.clockOffset = 0;
      world.advance(minute);
      expect(startedAt(world)).toBe('2025-01-01T00:20:00.000Z');
    },
  },
  {
    name: 'A clock a day ahead for two minutes: later transactions have their true dates and lengths, clock-aligned values go on',
    jumps: true,
    world: { keys: { ClockAlignedDataInterval: '900', MeterValuesAlignedData: 'Energy.Active.Import.Register' } },
    run(world) {
      world.input('onMeterValues', 2, { 'Energy.Active.Import.Register': 5 });
      world.csms.clockOffset = 24 * hour;
      world.request('TriggerMessage', { requestedMessage: 'Heartbeat' });
      world.advance(second);
      world.charge(1, 'A');
      world.advance(2 * minute - second);
      world.csms.clockOffset = 0;
      world.request('TriggerMessage', { requestedMessage: 'Heartbeat' });
      world.advance(8 * minute);
      world.tag('A');
      world.unplug(1);
      world.advance(hour);
      world.charge(1, 'B');
      world.advance(10 * minute);
      world.tag('B');
      world.unplug(1);
      world.advance(hour);
      // What began by the wrong clock never goes backwards, and what comes then is true.
      expect(world.transactions[0]?.start.timestamp).toBe('2025-01-02T00:00:01.000Z');
      expect(world.transactions[0]?.values).toHaveLength(9);
      expect(world.transactions[1]?.start.timestamp).toBe('2025-01-01T01:10:00.000Z');
      expect(world.transactions[1]?.stop?.timestamp).toBe('2025-01-01T01:20:00.000Z');
      const aligned = world.csms.looseValues
        .filter(({ connectorId }) => connectorId === 2)
        .map(({ meterValue }) => meterValue[0]?.timestamp);
      expect(aligned.map((timestamp) => timestamp?.slice(8, 16))).toEqual([
        '01T00:15',
        '01T00:30',
        '01T00:45',
        '01T01:00',
        '01T01:15',
        '01T01:30',
        '01T01:45',
        '01T02:00',
        '01T02:15',
      ]);
    },
  },
  {
    name: '8: the central system\u2019s clock jumps by an hour either way: dates never fall, nothing fires twice',
    jumps: true,
    world: {
      keys: { ClockAlignedDataInterval: '900', MeterValuesAlignedData: 'Energy.Active.Import.Register', MeterValueSampleInterval: '0' },
    },
    run(world) {
      world.charge(1, 'A');
      world.advance(20 * minute);
      world.csms.clockOffset = hour;
      world.advance(20 * minute);
      world.csms.clockOffset = 0;
      world.advance(2 * hour);
      world.tag('A');
      world.advance(second);
      const boundaries = (world.transactions[0]?.values ?? []).map((value) => value.timestamp.slice(11, 16));
      expect(new Set(boundaries).size).toBe(boundaries.length);
      expect(boundaries.slice(0, 3)).toEqual(['00:15', '01:30', '01:45']);
    },
  },
  {
    name: '8: sampled values do not notice a jump',
    jumps: true,
    run(world) {
      world.charge(1, 'A');
      world.advance(4 * minute);
      world.csms.clockOffset = -hour;
      world.advance(6 * minute);
      expect(world.transactions[0]?.values).toHaveLength(10);
      world.csms.clockOffset = 0;
    },
  },
  {
    name: '9: currentTime without Z, with an offset, with seven digits',
    memoryOnly: true,
    booted: false,
    run(world) {
      const forms = ['2025-01-01T01:00:00', '2025-01-01T03:00:00+02:00', '2025-01-01T01:00:00.1234567Z', '2025-01-01T00:30:00-00:30'];
      for (const currentTime of forms) {
        world.csms.next('BootNotification', { merge: { currentTime } });
        world.boot();
        expect(new Date(world.called('setSystemTime').at(-1)?.[0] as number).toISOString().slice(0, 19), currentTime).toBe(
          '2025-01-01T01:00:00',
        );
        world.cut();
      }
      world.csms.next('BootNotification', { merge: { currentTime: 'yesterday' } });
      world.boot();
      expect(world.called('setSystemTime')).toHaveLength(forms.length);
      expect(world.statuses(1).at(-1)).toBe('Available');
    },
  },
  {
    name: 'A clock chip dates what happens before the first answer, too',
    booted: false,
    world: { keys: offline, rtc: true },
    run(world) {
      world.boot();
      world.network = 'down';
      world.reboot(true, hour);
      world.charge(1, 'A');
      world.advance(minute);
      world.tag('A');
      world.unplug(1);
      world.reconnect();
      expect(startedAt(world)).toBe('2025-01-01T01:00:00.000Z');
    },
  },
  {
    name: 'Heartbeat.conf sets the clock',
    run(world) {
      world.advance(301 * second);
      expect(world.called('setSystemTime')).toEqual([[Date.UTC(2025, 0, 1)], [Date.UTC(2025, 0, 1, 0, 5)]]);
    },
  },
  {
    name: 'What begins in a boot without time is dated after all that began before, also when an end of before was older than the last start',
    jumps: true,
    run(world) {
      world.charge(2, 'A');
      world.csms.clockOffset = -hour;
      world.advance(minute + second);
      world.charge(1, 'B');
      world.reboot(false);
      world.reboot(false);
      world.tag('C', [1]);
      world.advance(second);
      const starts = world.transactions.map(({ start }) => start.timestamp);
      expect(starts).toHaveLength(3);
      expect([...starts].sort()).toEqual(starts);
    },
  },
  {
    name: 'An end that a power cut brought says nothing about when the boot before it began',
    world: { keys: offline },
    run(world) {
      world.charge(2, 'A');
      world.network = 'down';
      world.advance(11 * minute + 20 * second);
      world.charge(1, 'B');
      world.tag('B');
      world.unplug(1);
      world.reboot();
      world.charge(1, 'C');
      world.reboot(false);
      world.network = 'up';
      world.reconnect();
      const starts = world.transactions.map(({ start }) => start.timestamp);
      expect(starts).toHaveLength(3);
      expect([...starts].sort()).toEqual(starts);
    },
  },
];
