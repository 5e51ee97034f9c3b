import { expect, test } from 'vitest';
import { World } from '../world.ts';

const trap = {
  get status(): string {
    throw new Error('no status');
  },
  get filename(): string {
    throw new Error('no file');
  },
};

test.each([
  ['dataTransfer', 'DataTransfer', { vendorId: 'v' }],
  ['uploadDiagnostics', 'GetDiagnostics', { location: 'http://files.example/' }],
])('an answer of %s that cannot be looked at: the CALL is answered once, with an error of ours', (name, action, request) => {
  for (const after of [undefined, 3]) {
    const world = new World({ also: ['dataTransfer', 'uploadDiagnostics'] });
    world.boot();
    world.advance(1000);
    world.wallbox.next(name, { value: trap, ...(after === undefined ? {} : { after }) });
    world.wallbox.hasFailed = true;
    const asked = world.request(action, request);
    world.advance(5000);
    expect(asked.error).toBe('InternalError');
    expect(world.request('TriggerMessage', { requestedMessage: 'Heartbeat' }).payload).toEqual({ status: 'Accepted' });
  }
});
