/** Entry of the unmeasured XS machine. What to run is put in when it is bundled. */
import type { Bridge } from './device.ts';
import { type Figures, largeMessages, runOffline, runWorkload, World } from './workload.ts';

declare const bridge: (name: string, ...values: (string | number | undefined)[]) => unknown;
declare const onBridge: (handler: Bridge) => void;
declare const print: (text: string) => void;
declare const device: {
  boot(): void;
  gc(): void;
  meter(): number;
  memory(): Record<string, number>;
  resetPeaks(): void;
};
declare const MODE: string;
declare const CONNECTORS: number;
declare const TRANSACTIONS: number;

const world = new World(CONNECTORS, bridge);
const figures: Figures = {};

function live(): number {
  device.gc();
  const memory = device.memory();
  return (memory['slotsUsed'] ?? 0) * (memory['slotSize'] ?? 16) + (memory['chunksUsed'] ?? 0);
}

const meters = { live, steps: () => device.meter() };

function large(name: string): void {
  world.boot();
  const message = largeMessages.find((row) => row[0] === name);
  if (message) figures['answer' + name] = world.request(message[1], message[2]()).slice(0, 60);
}

/** 10,000 texts of each kind that a central system, or anybody in between, can send: none may stay behind as a name. */
function keys(): void {
  world.boot();
  const kinds: readonly (readonly [string, (n: number) => [string, string, string]])[] = [
    ['fields', (n) => ['Reset', `{"type":"Soft","field${n}":{"inner${n}":1}}`, '[3,']],
    ['actions', (n) => [`Action${n}`, '{}', '[4,']],
    ['configurationKeys', (n) => ['ChangeConfiguration', `{"key":"Key${n}","value":"1"}`, '[3,']],
    ['askedKeys', (n) => ['GetConfiguration', `{"key":["Asked${n}"]}`, '[3,']],
    ['enumerations', (n) => ['ChangeAvailability', `{"connectorId":1,"type":"Type${n}"}`, '[4,']],
    ['vendorIds', (n) => ['DataTransfer', `{"vendorId":"vendor${n}","messageId":"message${n}","data":"{\\"a${n}\\":1}"}`, '[3,']],
    ['idTags', (n) => ['RemoteStartTransaction', `{"connectorId":9,"idTag":"tag${n}"}`, '[3,']],
  ];
  for (const [kind, make] of kinds) {
    const before = device.memory()['keys'] ?? 0;
    let answered = 0;
    for (let n = 0; n < 10_000; n++) {
      const [action, payload, expected] = make(n);
      world.answers = [];
      bridge('text', `[2,"${kind}-${n}","${action}",${payload}]`);
      world.advance(0);
      world.collect();
      if (world.answers[0]?.startsWith(expected)) answered++;
    }
    figures['keys.' + kind] = (device.memory()['keys'] ?? 0) - before;
    figures['answered.' + kind] = answered;
  }
}

/** What no honest central system sends: each is refused, and the station charges afterwards. */
function attack(): void {
  world.boot();
  const frames: [string, string][] = [
    ['megabyte', `[2,"a","DataTransfer",{"vendorId":"v","data":"${'x'.repeat(1_000_000)}"}]`],
    ['nesting', `[2,"b","DataTransfer",{"vendorId":"v","data":${'['.repeat(1000)}${']'.repeat(1000)}}]`],
    ['names', `[2,"c","Reset",{"type":"Soft"${Array.from({ length: 600 }, (_, n) => `,"n${n}":1`).join('')}}]`],
    ['manyNames', `[2,"d","Reset",{"type":"Soft"${Array.from({ length: 10_000 }, (_, n) => `,"n${n}":1`).join('')}}]`],
    ['braces', `[2,"e","DataTransfer",${'{'.repeat(1000)}`],
    ['quotes', `[2,"f","Reset",{"type":"${'\\"'.repeat(3000)}"}]`],
  ];
  for (const [name, text] of frames) {
    world.answers = [];
    world.advance(11_000);
    for (let at = 0; at < text.length; at += 1400) bridge('part', text.slice(at, at + 1400));
    bridge('end');
    world.collect();
    figures['answer.' + name] = (world.answers[0] ?? 'silence').slice(0, 60);
  }
  world.transaction(1);
  figures['startTransaction'] = world.calls.get('StartTransaction') ?? 0;
  figures['stopTransaction'] = world.calls.get('StopTransaction') ?? 0;
}

onBridge(world.answer);
device.boot();
if (MODE === 'workload') runWorkload(world, meters, TRANSACTIONS, figures);
else if (MODE === 'offline') runOffline(world, figures);
else if (MODE === 'boot') world.boot();
else if (MODE === 'endurance') {
  world.boot();
  world.transaction(0);
  figures['liveBefore'] = live();
  for (let number = 1; number < TRANSACTIONS; number++) {
    for (let beat = 0; beat < 100; beat++) world.heartbeat();
    world.transaction(number);
  }
  figures['liveAfter'] = live();
} else if (MODE === 'keys') keys();
else if (MODE === 'attack') attack();
else large(MODE);
const memory = device.memory();
for (const name of Object.keys(memory)) figures['memory.' + name] = memory[name] ?? 0;
print(JSON.stringify(figures));
for (const line of world.logs.slice(0, 5)) print('log ' + line);
