/** The clock and a platform that guesses wildly: what it says is believed within the limits that hold for a central system. */

import { expect, test } from 'vitest';
import type { Host } from '../../src/host.ts';
import { Clock } from '../../src/link/clock.ts';
import { World } from '../world.ts';

test.each([Number.NaN, Number.POSITIVE_INFINITY, -5, Date.UTC(2000, 0, 1), Date.UTC(2165, 0, 1), 4e15])(
  'a clock chip that says %d',
  (hint) => {
    const clock = new Clock({ now: () => 60_000, wallClockHint: () => hint } as unknown as Host);
    expect(clock.estimateAt(60_000)).toBe(undefined);
    expect(clock.lowerBoundAt(60_000)).toBe(Date.UTC(2025, 0, 1) + 60_000);
  },
);

test('a central system that tells no time, and a chip that says 2000: never before 2025', () => {
  const world = new World({ breaks: ['alive', 'times'] });
  world.wallClockHint = () => Date.UTC(2000, 0, 1);
  world.csms.next('BootNotification', { payload: { status: 'Pending', interval: 300, currentTime: 'never' } });
  world.boot();
  world.call('onMeterValues', [1, { 'Energy.Active.Import.Register': 5 }]);
  world.request('TriggerMessage', { requestedMessage: 'MeterValues', connectorId: 1 });
  world.advance(1000);
  const [sent] = world.sent('MeterValues');
  expect(sent?.meterValue[0]?.timestamp.startsWith('2025')).toBe(true);
});
