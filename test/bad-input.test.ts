/** What a peer may send by mistake or malice: the right code, or silence, and the session goes on. */

import { beforeAll, describe, expect, test } from 'vitest';
import { World } from './world.ts';

const world = new World({ also: ['dataTransfer'] });

beforeAll(() => world.boot());

const complaint = '[4,"-1","GenericError","",{}]';

/** Sends a text; gives the frames that the station answers. */
function answers(text: string): string[] {
  world.garbled = true;
  world.advance(11_000);
  const before = world.frames.length;
  world.csms.send(text);
  world.advance(0);
  return world.frames
    .slice(before)
    .filter((frame) => frame.startsWith('> '))
    .map((frame) => frame.slice(2));
}

/** The station still answers, and nothing was forgotten. */
function goesOn(): void {
  expect(world.request('GetConfiguration', { key: ['NumberOfConnectors'] }).payload).toEqual({
    configurationKey: [{ key: 'NumberOfConnectors', readonly: true, value: '2' }],
  });
}

/** The code of the one CALLERROR that is the answer. */
function codeOf(text: string): string {
  const frames = answers(text);
  expect(frames).toHaveLength(1);
  const [type, , code, description, details] = JSON.parse(frames[0]!);
  expect(type).toBe(4);
  expect(description.length).toBeLessThanOrEqual(255);
  expect(details).toEqual({});
  return code;
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const long = 'x'.repeat(1_048_576);

describe('a readable id: CALLERROR with its id', () => {
  test.each([
    // The envelope.
    ['no action', '[2,"a"]', 'FormationViolation'],
    ['action is a number', '[2,"a",7,{}]', 'FormationViolation'],
    ['payload is a list', '[2,"a","ClearCache",[]]', 'FormationViolation'],
    ['payload is a text', '[2,"a","ClearCache","{}"]', 'FormationViolation'],
    ['payload is a number', '[2,"a","ClearCache",0]', 'FormationViolation'],
    ['a fifth element', '[2,"a","ClearCache",{},1]', 'FormationViolation'],
    ['payload is cut off', '[2,"a","ClearCache",{"x":', 'FormationViolation'],
    ['not JSON behind the id', '[2,"a","ClearCache",{oops}]', 'FormationViolation'],
    ['an unknown message type', '[5,"a","ClearCache",{}]', 'FormationViolation'],
    ['message type as text', '["2","a","ClearCache",{}]', 'FormationViolation'],
    ['nested 9 deep', `[2,"a","DataTransfer",{"vendorId":"v","data":${deep(9)}}]`, 'FormationViolation'],
    ['nested 1,000 deep', `[2,"a","DataTransfer",{"vendorId":"v","data":${deep(1000)}}]`, 'FormationViolation'],
    // Actions.
    ['an unknown action', '[2,"a","MakeCoffee",{}]', 'NotImplemented'],
    ['an action in lower case', '[2,"a","clearcache",{}]', 'NotImplemented'],
    ['an action named like a member of objects', '[2,"a","__proto__",{}]', 'NotImplemented'],
    ['an action named constructor', '[2,"a","constructor",{}]', 'NotImplemented'],
    ['what only a station sends', '[2,"a","BootNotification",{}]', 'NotSupported'],
    ['what only a station sends, again', '[2,"a","StartTransaction",{}]', 'NotSupported'],
    ['a profile that is off', '[2,"a","UpdateFirmware",{"location":"http://x/","retrieveDate":"2025-01-01T00:00:00Z"}]', 'NotSupported'],
    // Fields.
    ['a required field is missing', '[2,"a","ChangeAvailability",{"connectorId":1}]', 'OccurenceConstraintViolation'],
    ['payload null where fields are required', '[2,"a","Reset",null]', 'OccurenceConstraintViolation'],
    ['payload absent where fields are required', '[2,"a","Reset"]', 'OccurenceConstraintViolation'],
    ['a text for a number', '[2,"a","ChangeAvailability",{"connectorId":"1","type":"Operative"}]', 'TypeConstraintViolation'],
    ['a fraction for an integer', '[2,"a","ChangeAvailability",{"connectorId":1.5,"type":"Operative"}]', 'TypeConstraintViolation'],
    ['a number for a text', '[2,"a","RemoteStartTransaction",{"idTag":1}]', 'TypeConstraintViolation'],
    ['null for a text', '[2,"a","RemoteStartTransaction",{"idTag":null}]', 'TypeConstraintViolation'],
    ['an object for a text', '[2,"a","DataTransfer",{"vendorId":"v","data":{}}]', 'TypeConstraintViolation'],
    ['a text for a list', '[2,"a","GetConfiguration",{"key":"HeartbeatInterval"}]', 'TypeConstraintViolation'],
    ['a number in a list of texts', '[2,"a","GetConfiguration",{"key":[1]}]', 'TypeConstraintViolation'],
    ['an enumeration that is none', '[2,"a","Reset",{"type":"Gentle"}]', 'PropertyConstraintViolation'],
    ['an enumeration in another case', '[2,"a","Reset",{"type":"soft"}]', 'PropertyConstraintViolation'],
    ['a text too long', `[2,"a","RemoteStartTransaction",{"idTag":"${'x'.repeat(21)}"}]`, 'PropertyConstraintViolation'],
    ['a key too long', `[2,"a","ChangeConfiguration",{"key":"${'x'.repeat(51)}","value":"1"}]`, 'PropertyConstraintViolation'],
    ['a value too long', `[2,"a","ChangeConfiguration",{"key":"x","value":"${'x'.repeat(501)}"}]`, 'PropertyConstraintViolation'],
    [
      'more keys than GetConfigurationMaxKeys',
      `[2,"a","GetConfiguration",{"key":[${Array(65).fill('"k"').join(',')}]}]`,
      'OccurenceConstraintViolation',
    ],
  ])('%s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
    goesOn();
  });
});

describe('no readable id: GenericError with the id "-1"', () => {
  test.each([
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['an object', '{"a":1}'],
    ['an empty list', '[]'],
    ['a number', '42'],
    ['null', 'null'],
    ['only a type', '[2]'],
    ['a number as id', '[2,1,"ClearCache",{}]'],
    ['an empty id', '[2,"","ClearCache",{}]'],
    ['an id of 37 characters', `[2,"${'i'.repeat(37)}","ClearCache",{}]`],
    ['1 MB of brackets', '['.repeat(1_048_576)],
    ['1 MB of blanks', ' '.repeat(1_048_576)],
    ['1 MB of quotes', '"'.repeat(1_048_576)],
    ['nested 1,000 deep', deep(1000)],
    ['a byte order mark', '\ufeff[2,"a","ClearCache",{}]'],
  ])('%s', (_what, text) => {
    expect(answers(text)).toEqual([complaint]);
    goesOn();
  });

  test.each([
    ['1 MB', `[2,"a","DataTransfer",{"vendorId":"v","data":"${long}"}]`],
    ['a byte above the limit', `[2,"a","DataTransfer",{"vendorId":"v","data":"${'\u20ac'.repeat(2800)}"}]`],
  ])('but of a CALL that is too long the id is answered: %s', (_what, text) => {
    expect(answers(text)).toEqual(['[4,"a","GenericError","",{}]']);
    goesOn();
  });

  test('so it is when the host has dropped it, and an answer that is too long is dropped in silence', () => {
    world.advance(11_000);
    const before = world.frames.length;
    world.garbled = true;
    world.input('onUnreadable', '[2,"long 1","SendLocalList",{"listVersion":1,"updateTy');
    world.input('onUnreadable', '[2,"long 2","SendLocalList",{"listVersion":1,"updateTy');
    world.input('onUnreadable', '[3,"long 3",{"configurationKey":[{"key":"x","read');
    world.input('onUnreadable', '[2,"the id does not end here');
    expect(world.frames.slice(before)).toEqual([
      '> [4,"long 1","GenericError","",{}]',
      '> [4,"long 2","GenericError","",{}]',
      `> ${complaint}`,
    ]);
    goesOn();
  });

  test('a binary message, and not more than one complaint in 10 s', () => {
    world.advance(11_000);
    const before = world.frames.length;
    for (let count = 0; count < 50; count++) world.input('onUnreadable');
    expect(world.frames.slice(before)).toEqual([`> ${complaint}`]);
    world.advance(10_000);
    world.input('onUnreadable');
    expect(world.frames.filter((frame, index) => index >= before && frame === `> ${complaint}`)).toHaveLength(2);
    goesOn();
  });
});

describe('whatever looks like an answer: silence', () => {
  test.each([
    ['a CALLRESULT to nothing', '[3,"nothing",{}]'],
    ['a CALLERROR to nothing', '[4,"nothing","GenericError","",{}]'],
    ['a CALLERROR to "-1"', '[4,"-1","GenericError","",{}]'],
    ['a CALLRESULT without id', '[3]'],
    ['a CALLRESULT with a number as id', '[3,7,{}]'],
    ['a CALLERROR that is cut off', '[4,"x","Gen'],
    ['a CALLRESULT of 1 MB', `[3,"a",{"data":"${long}"}]`],
    ['a CALLRESULT nested 1,000 deep', `[3,"a",${deep(1000)}]`],
    ['blanks and a CALLRESULT', ' \n [ 3 , "x" , {} ] '],
  ])('%s', (_what, text) => {
    expect(answers(text)).toEqual([]);
    goesOn();
  });
});

describe('what is unusual and right', () => {
  test.each([
    ['payload null', '[2,"a","ClearCache",null]', { status: 'Accepted' }],
    ['payload absent', '[2,"a","ClearCache"]', { status: 'Accepted' }],
    ['blanks everywhere', ' [ 2 , "a" , "ClearCache" , { } ] ', { status: 'Accepted' }],
    ['unknown fields', '[2,"a","ClearCache",{"more":[1,{"x":null}],"__proto__":{"status":1}}]', { status: 'Accepted' }],
    ['an id of 36 characters', `[2,"${'i'.repeat(36)}","ClearCache",{}]`, { status: 'Accepted' }],
    ['an id with escapes and emoji', '[2,"\\u0061\\"\\\\\ud83d\ude00","ClearCache",{}]', { status: 'Accepted' }],
    [
      'an integer written with fraction and exponent',
      '[2,"a","ChangeAvailability",{"connectorId":1.0e0,"type":"Operative"}]',
      { status: 'Accepted' },
    ],
    ['a connectorId far too large', '[2,"a","ChangeAvailability",{"connectorId":1e300,"type":"Operative"}]', { status: 'Rejected' }],
    ['a connectorId below 0', '[2,"a","UnlockConnector",{"connectorId":-7}]', { status: 'NotSupported' }],
    [
      'a field twice: the last one counts',
      '[2,"a","ChangeAvailability",{"connectorId":99,"connectorId":1,"type":"Operative"}]',
      { status: 'Accepted' },
    ],
    ['data of 8,000 bytes', `[2,"a","DataTransfer",{"vendorId":"v","data":"${'d'.repeat(8000)}"}]`, { status: 'Accepted' }],
    ['an escaped action', '[2,"a","Clear\\u0043ache",{}]', { status: 'Accepted' }],
  ])('%s', (_what, text, payload) => {
    const frames = answers(text);
    expect(frames).toHaveLength(1);
    const [type, id, found] = JSON.parse(frames[0]!);
    expect([type, found]).toEqual([3, payload]);
    expect(id).toBe(JSON.parse(text)[1]);
    goesOn();
  });
});

describe('ids', () => {
  test('a CALL with the id of one that is still handled is refused; afterwards the id is free', () => {
    world.wallbox.next('dataTransfer', { value: { status: 'Accepted', data: 'late' }, after: 2 });
    const call = '[2,"twice","DataTransfer",{"vendorId":"v"}]';
    expect(answers(call)).toEqual([]);
    const before = world.frames.length;
    world.csms.send(call);
    world.advance(1000);
    expect(world.frames.slice(before).filter((frame) => frame.startsWith('> '))).toEqual([
      '> [4,"twice","GenericError","This id is being handled",{}]',
    ]);
    world.advance(2000);
    expect(world.frames.at(-1)).toBe('> [3,"twice",{"status":"Accepted","data":"late"}]');
    expect(answers(call)).toEqual(['[3,"twice",{"status":"Accepted"}]']);
    goesOn();
  });

  test('our own id in a CALL of the peer harms nothing', () => {
    world.csms.next('Authorize', { after: 2 });
    world.plug(1);
    world.tag('A');
    const own = world.csms.received.at(-1)!.id;
    world.csms.send(`[2,${JSON.stringify(own)},"ClearCache",{}]`);
    world.advance(5000);
    expect(world.transactions).toHaveLength(1);
    goesOn();
  });

  test('a flood of CALLs is answered one by one', () => {
    const before = world.frames.length;
    for (let count = 0; count < 500; count++) world.csms.send(`[2,"flood${count}","ClearCache",{}]`);
    world.advance(0);
    expect(world.frames.slice(before).filter((frame) => frame.startsWith('> [3,"flood'))).toHaveLength(500);
    goesOn();
  });
});

test('a callback that throws is an answer like any other', () => {
  world.wallbox.next('dataTransfer', { throws: 'the firmware failed' });
  expect(world.request('DataTransfer', { vendorId: 'v' }).payload).toEqual({ status: 'Rejected' });
  world.wallbox.next('dataTransfer', { value: undefined });
  expect(world.request('DataTransfer', { vendorId: 'v' }).payload).toEqual({ status: 'Rejected' });
  goesOn();
});

test('every error code is an answer to every CALL of ours, and nothing stops', () => {
  const codes = [
    'NotImplemented',
    'NotSupported',
    'InternalError',
    'ProtocolError',
    'SecurityError',
    'FormationViolation',
    'PropertyConstraintViolation',
    'OccurenceConstraintViolation',
    'TypeConstraintViolation',
    'GenericError',
    'FormatViolation',
    'RpcFrameworkError',
    'Unheard of',
  ];
  for (const error of codes) {
    world.csms.next('Heartbeat', { error });
    world.csms.next('DataTransfer', { error });
    expect(world.dataTransfer('v').answers).toEqual([undefined]);
    world.advance(310_000);
  }
  goesOn();
});
