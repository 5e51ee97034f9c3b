/** What people read of events and frames. */

import { expect, test } from 'vitest';
import { Narrator } from '../../../hosts/node/narrator.ts';

function narrator(isUnregistered = false): { narrator: Narrator; lines: string[] } {
  const lines: string[] = [];
  const log = (level: string, text: string) => lines.push(`${level} ${text}`);
  return { narrator: new Narrator({ log, isUnregistered: () => isUnregistered }), lines };
}

test("a foreign central system's calls are shown with what was answered, the station's with the answer", () => {
  const { narrator: told, lines } = narrator();
  told.frame('in', '[2,"7","Reset",{"type":"Soft"}]');
  told.frame('out', '[2,"7","Heartbeat",{}]');
  told.frame('out', '[3,"7",{"status":"Accepted"}]');
  told.frame('in', '[3,"7",{"currentTime":"2026-01-01T00:00:00Z"}]');
  told.frame('out', '[2,"8","MeterValues",{"connectorId":1}]');
  told.frame('in', '[3,"8",{}]');
  told.frame('in', '[2,"9","ChangeConfiguration","***"]');
  told.frame('out', '[4,"9","InternalError","",{}]');
  told.frame('in', 'garbage');
  told.frame('in', '[3,"unasked",{}]');
  expect(lines).toEqual([
    'info csms: -> Reset {type: "Soft"}',
    'info csms: <- Reset {status: "Accepted"}',
    'info csms: <- Heartbeat {}  -> {currentTime: "2026-01-01T00:00:00Z"}',
    'info csms: <- MeterValues {connectorId: 1}',
    'info csms: -> ChangeConfiguration ***',
    'info csms: <- ChangeConfiguration {error: "InternalError"}',
  ]);
});

test('a card that is refused for want of a registration says so', () => {
  const token = { idTag: 'A', connectors: [1], result: 'Invalid', source: 'offline' };
  for (const isUnregistered of [true, false]) {
    const { narrator: told, lines } = narrator(isUnregistered);
    told.event('token', token);
    told.event('token', { ...token, source: 'csms' });
    expect(lines.map((line) => line.includes('(not registered yet)'))).toEqual([isUnregistered, false]);
  }
});
