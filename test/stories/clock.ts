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
    name: '8: a boot that never learnt the time is dated between its neighbours, in order',
    world: { keys: offline },
    run(world) {
      world.charge(1, 'A');
      world.tag('A');
      world.unplug(1);
      world.network = 'down';
      world.reboot(true, hour);
      world.charge(1, 'B');
      world.advance(2 * minute);
      world.tag('B');
      world.unplug(1);
      world.reboot(true, hour);
      world.charge(1, 'C');
      world.advance(minute);
      world.tag('C');
      world.unplug(1);
      world.reconnect();
      expect(world.transactions).toHaveLength(3);
      expect(startedAt(world, 2)).toBe('2025-01-01T02:02:00.000Z');
      const between = Date.parse(startedAt(world, 1) ?? '');
      expect(between).toBeAtLeast(Date.UTC(2025, 0, 1));
      expect(between).toBeAtMost(Date.UTC(2025, 0, 1, 2, 2));
    },
  },
  {
    name: '8: the central system believes in 1970 at first',
    jumps: true,
    booted: false,
    world: { keys: { MeterValueSampleInterval: '0' } },
    run(world) {
      world.csms.clockOffset = -Date.UTC(2025, 0, 1);
      world.boot();
      world.charge(1, 'A');
      expect(startedAt(world)).toBe('1970-01-01T00:00:00.000Z');
      world.csms.clockOffset = 0;
      world.advance(10 * minute);
      world.tag('A');
      world.advance(second);
      expect(world.transactions[0]?.stop?.timestamp).toBe('2025-01-01T00:10:00.000Z');
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
];
