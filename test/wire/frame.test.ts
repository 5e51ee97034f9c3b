import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, type Table, Violation } from '../../src/wire/check.ts';
import { Elements } from '../../src/wire/elements.ts';
import { callParts, errorParts, type Frame, readError, readRequest, readResult, resultParts, scan } from '../../src/wire/frame.ts';
import { received, sent } from '../../src/wire/generated/tables.ts';
import { fitting, mutated, schemaOf } from './schemas.ts';

const limit = 8192;
const rowOf = (action: string) => received.findIndex((row) => row.action === action);
const formation = new Violation('FormationViolation', '');
const title = (text: string) => JSON.stringify(text.slice(0, 60));
const nested = (levels: number, inside = '') => '['.repeat(levels) + inside + ']'.repeat(levels);
const id36 = 'x'.repeat(36);

describe('scan', () => {
  const cases: [text: string, kind: Frame['kind'], id?: string, action?: string | number][] = [
    ['[2,"1","Reset",{"type":"Hard"}]', 'call', '1', 'Reset'],
    [' \t\r\n[ 2 , "1" , "Reset" , {"type":"Hard"} ] \n', 'call', '1', 'Reset'],
    ['[2,"1","ClearCache",{}]', 'call', '1', 'ClearCache'],
    ['[2,"1","ClearCache",null]', 'call', '1', 'ClearCache'],
    ['[2,"1","ClearCache"]', 'call', '1', 'ClearCache'],
    ['[2,"1","\\u0052eset",{}]', 'call', '1', 'Reset'],
    ['[2,"1","reset",{}]', 'call', '1', -1],
    ['[2,"1","",{}]', 'call', '1', -1],
    ['[2,"1","__proto__",{}]', 'call', '1', -1],
    ['[2,"1","BootNotification",{}]', 'call', '1', -2],
    ['[2,"1","DataTransfer",{}]', 'call', '1', 'DataTransfer'],
    [`[2,"${id36}","Reset",{}]`, 'call', id36, 'Reset'],
    [`[2,"${'😀'.repeat(36)}","Reset",{}]`, 'call', '😀'.repeat(36), 'Reset'],
    [`[2,"${'\\u00e9'.repeat(36)}","Reset",{}]`, 'call', 'é'.repeat(36), 'Reset'],
    ['[2,"a\\"b\\\\","Reset",{}]', 'call', 'a"b\\', 'Reset'],
    ['[2,"__proto__","Reset",{}]', 'call', '__proto__', 'Reset'],
    ['[2,"1","Reset",[]]', 'formation', '1'],
    ['[2,"1","Reset","{}"]', 'formation', '1'],
    ['[2,"1","Reset",7]', 'formation', '1'],
    ['[2,"1","Reset",true]', 'formation', '1'],
    ['[2,"1",{"type":"Hard"}]', 'formation', '1'],
    ['[2,"1",5,{}]', 'formation', '1'],
    ['[2,"1"]', 'formation', '1'],
    ['[2,"1","Reset', 'formation', '1'],
    ['[2,"1","Reset"', 'formation', '1'],
    ['[2,"1","Re\nset",{}]', 'formation', '1'],
    ['[5,"1","Reset",{}]', 'formation', '1'],
    ['["2","1","Reset",{}]', 'formation', '1'],
    ['[22,"1","Reset",{}]', 'formation', '1'],
    ['[-2,"1","Reset",{}]', 'formation', '1'],
    [`[2,"1","Reset",{"x":${nested(7)}}]`, 'formation', '1'],
    [`[2,"1","Reset",{"x":${nested(6)}}]`, 'call', '1', 'Reset'],
    [`[2,"1","Reset",{"x":${nested(1000)}}]`, 'formation', '1'],
    [`[2,"1","Reset",{"x":${'{"x":'.repeat(1000)}`, 'formation', '1'],
    [`[2,"1","Reset",{"x":"${nested(1000)}"}]`, 'call', '1', 'Reset'],
    [`[2,"1","Reset",{"x":"\\"${nested(50)}\\\\"}]`, 'call', '1', 'Reset'],
    [`[2,"1","Reset",{"x":[${'{},'.repeat(500)}{}]}]`, 'call', '1', 'Reset'],
    ['', 'unreadable'],
    [' ', 'unreadable'],
    ['{}', 'unreadable'],
    ['null', 'unreadable'],
    ['"2"', 'unreadable'],
    ['[', 'unreadable'],
    ['[]', 'unreadable'],
    ['[2]', 'unreadable'],
    ['[2,', 'unreadable'],
    ['[2,"', 'unreadable'],
    ['[2,""]', 'unreadable'],
    ['[2,"","Reset",{}]', 'unreadable'],
    ['[2,1,"Reset",{}]', 'unreadable'],
    ['[2,null,"Reset",{}]', 'unreadable'],
    ['[2,["1"],"Reset",{}]', 'unreadable'],
    ['[2,"\\x","Reset",{}]', 'unreadable'],
    [`[2,"${id36}x","Reset",{}]`, 'unreadable'],
    [`[2,"${'x'.repeat(5000)}","Reset",{}]`, 'unreadable'],
    [`[2,"1","Reset",{"x":"${'x'.repeat(limit)}"}]`, 'overlong', '1'],
    [`[2,"1","Reset",{"x":"${'€'.repeat(limit / 3)}"}]`, 'overlong', '1'],
    [`[2,"${id36}x","Reset",{"x":"${'x'.repeat(limit)}"}]`, 'unreadable'],
    [`[2,1,"${'x'.repeat(limit)}"]`, 'unreadable'],
    [`[2,"${'x'.repeat(limit)}`, 'unreadable'],
    [`["${'x'.repeat(limit)}`, 'unreadable'],
    [`[2,"1","Reset",{"x":"${'€'.repeat(limit / 3 - 10)}"}]`, 'call', '1', 'Reset'],
    [nested(1000), 'unreadable'],
    [`[2,"1","Reset",{"x":"${'x'.repeat(1_000_000)}"}]`, 'overlong', '1'],
    ['[3,"1",{}]', 'result', '1'],
    ['[3,"1"]', 'result', '1'],
    [' [ 3 , "1" , null ] ', 'result', '1'],
    ['[3,"1","text"]', 'result', '1'],
    ['[4,"1","InternalError","",{}]', 'error', '1'],
    ['[4,"1"]', 'error', '1'],
    ['[3,1,{}]', 'ignored'],
    ['[3', 'ignored'],
    ['[3]', 'ignored'],
    ['[3,"1",{}', 'ignored', '1'],
    ['[4,"","x"]', 'ignored'],
    [`[4,"1","x","",{"x":${nested(1000)}}]`, 'ignored', '1'],
    [`[3,"1",{"x":"${'x'.repeat(limit)}"}]`, 'ignored'],
    [`[3,"${id36}x",{}]`, 'ignored'],
    ['[3.5,"1",{}]', 'result', '1'],
    ['[33,"1",{}]', 'formation', '1'],
  ];

  it.each(cases.map((row) => [title(row[0]), ...row] as const))('%s', (_title, text, kind, id = '', action = -1) => {
    const frame = scan(text, limit);
    const row = typeof action === 'string' ? rowOf(action) : action;
    expect({ kind: frame.kind, id: frame.id, action: frame.action }).toEqual({ kind, id, action: row });
  });

  it.each([
    ['[2,"12345","SendLocalList",{"list', 'overlong', '12345'],
    ['[2,"12345"', 'overlong', '12345'],
    ['[2,"12345', 'unreadable', ''],
    ['[2', 'unreadable', ''],
    ['[3,"12345",{"', 'ignored', ''],
    ['[4,"12', 'ignored', ''],
    ['{"', 'unreadable', ''],
    ['', 'unreadable', ''],
  ])('finds the id in the beginning of what is too long: %s', (start, kind, id) => {
    expect(scan(start, 0)).toMatchObject({ kind, id });
  });

  it('never throws, and never takes for a call what is none', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      '"',
      '\\',
      ',',
      ':',
      '2',
      '3',
      '4',
      '"1"',
      '"Reset"',
      'null',
      ' ',
      '\n',
      '😀',
      '{}',
      '\\u00e9',
      '-',
      'e',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, begun) => {
        const text = (begun ? '[2,"1","Reset",' : '') + pieces.join('');
        const frame = scan(text, limit);
        if (frame.kind === 'call' && frame.action >= 0) readRequest(frame);
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          if (frame.kind === 'call' && frame.action >= 0) expect(readRequest(frame)).toEqual(formation);
          return;
        }
        const isCall =
          Array.isArray(value) && value[0] === 2 && typeof value[1] === 'string' && value[1] !== '' && typeof value[2] === 'string';
        if (frame.kind === 'call') expect(isCall).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('readRequest', () => {
  const read = (action: string, payload: string) => readRequest(scan(`[2,"1","${action}",${payload}]`, 65_536));

  it.each<[action: string, payload: string, expected: object]>([
    ['Reset', '{"type":"Hard"}', { type: 'Hard' }],
    ['Reset', '{"type":"Hard","type":"Soft"}', { type: 'Soft' }],
    ['Reset', '{"\\u0074ype":"Soft"}', { type: 'Soft' }],
    ['Reset', '{"type":"Soft"', formation],
    ['Reset', '{"type":"Soft",}', formation],
    ['Reset', '{"type":"Soft"}}', formation],
    ['Reset', '{"type":"Soft"},1', formation],
    ['Reset', '{type:"Soft"}', formation],
    ['Reset', '{"type":"So\tft"}', formation],
    ['Reset', '{"type":Soft}', formation],
    ['Reset', 'nullx', formation],
    ['Reset', 'null', new Violation('OccurenceConstraintViolation', 'type')],
    ['GetConfiguration', 'null', {}],
    ['ClearChargingProfile', '{"id":1.0,"stackLevel":2e0}', { id: 1, stackLevel: 2 }],
    ['Reset', `{"type":"Soft","x":[${'0,'.repeat(300)}0]}`, formation],
    ['SendLocalList', `{"listVersion":1,"updateType":"Full","x":[${'0,'.repeat(300)}0],"localAuthorizationList":[]}`, formation],
  ])('%s %s', (action, payload, expected) => {
    expect(read(action, payload)).toEqual(expected);
  });

  it('takes long text with many commas and brackets', () => {
    const data = '[{,'.repeat(1000);
    expect(read('DataTransfer', `{"vendorId":"x","data":"${data}"}`)).toEqual({ vendorId: 'x', data });
  });

  it('keeps the prototype of a payload with "__proto__"', () => {
    const request = read('Reset', '{"type":"Hard","__proto__":{"polluted":1}}');
    expect(Object.getPrototypeOf(request)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(read('Reset', '{"__proto__":{"type":"Hard"}}')).toEqual(new Violation('OccurenceConstraintViolation', 'type'));
  });
});

/** Turns cursors back into arrays; each is walked twice, which must yield the same. */
function plain(value: unknown): unknown {
  if (value instanceof Elements) {
    const first = itemsOf(value);
    expect(value.next()).toBeUndefined();
    value.rewind();
    expect(itemsOf(value)).toEqual(first);
    expect(value.count).toBe(first.length);
    return first;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, plain(below)]));
}

function itemsOf(elements: Elements<unknown>): unknown[] {
  const items: unknown[] = [];
  for (let item = elements.next(); item !== undefined; item = elements.next()) items.push(item);
  return items;
}

/** What may be null is as good as absent. */
function withoutNulls(value: unknown): unknown {
  return value instanceof Violation ? value : JSON.parse(JSON.stringify(value, (_key, part) => part ?? undefined));
}

describe('the cursor reads as a plain parse does', () => {
  const listed = received.filter((row) => 'list' in row);

  function same(action: string, table: Table, text: string, payload: unknown): void {
    const frame = scan(text, 1_000_000);
    if (frame.kind === 'formation') return; // nested too deep by a mutation
    const request = readRequest(frame);
    const expected = check(table, payload as object) ?? payload;
    expect(request instanceof Violation ? request : withoutNulls(plain(request)), action).toEqual(withoutNulls(expected));
  }

  it('is used for four requests', () => {
    expect(listed.map((row) => row.action).sort()).toEqual([
      'GetConfiguration',
      'RemoteStartTransaction',
      'SendLocalList',
      'SetChargingProfile',
    ]);
  });

  it.each(listed.map((row) => [row.action, row.table] as const))('%s', (action, table) => {
    const schema = schemaOf(`${action}Request`);
    const payloads = fc.oneof(fitting(schema), mutated(schema));
    fc.assert(
      fc.property(payloads, fc.constantFrom('', ' ', '\t', '\n      '), (payload, space) => {
        const text = JSON.stringify([2, '1', action, payload], null, space);
        same(action, table, text, JSON.parse(text)[3]);
      }),
      { numRuns: 500 },
    );
  });

  it.each(listed.map((row) => [row.action] as const))('%s, cut off or damaged anywhere, is never accepted as a whole', (action) => {
    fc.assert(
      fc.property(
        fitting(schemaOf(`${action}Request`)),
        fc.nat(),
        fc.constantFrom('', ',', ']', '}', '"', '\\', '[', '{', 'x'),
        (payload, where, what) => {
          const text = JSON.stringify([2, '1', action, payload]);
          const at = '[2,"1","SetChargingProfile",'.length + (where % text.length);
          const damaged = text.slice(0, at) + what + (what === '' ? '' : text.slice(at));
          const frame = scan(damaged, 1_000_000);
          let whole: unknown;
          try {
            whole = JSON.parse(damaged);
          } catch {
            if (frame.kind === 'call') expect(readRequest(frame)).toEqual(formation);
            return;
          }
          expect(Array.isArray(whole)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  const entry = '{"idTag":"A"}';
  const list = (text: string) => read(`{"listVersion":1,"updateType":"Full",${text}}`);
  const read = (payload: string) => plain(readRequest(scan(`[2,"1","SendLocalList",${payload}]`, 65_536)));
  const full = (items: unknown) => ({ listVersion: 1, updateType: 'Full', localAuthorizationList: items });

  it.each<[text: string, expected: unknown]>([
    [`"localAuthorizationList":[${entry},${entry}]`, full([{ idTag: 'A' }, { idTag: 'A' }])],
    [`"localAuthorizationList" \n:\t[ ${entry} , ${entry} ] `, full([{ idTag: 'A' }, { idTag: 'A' }])],
    [`"localAuthorizationList":[],"localAuthorizationList":[${entry}]`, full([{ idTag: 'A' }])],
    [`"localAuthorizationList":[${entry}],"localAuthorizationList":[]`, full([])],
    [`"localAuthorizationList":[${entry}],"localAuthorizationList":5`, new Violation('TypeConstraintViolation', 'localAuthorizationList')],
    [`"\\u006cocalAuthorizationList":[${entry}]`, full([{ idTag: 'A' }])],
    [
      `"x":{"localAuthorizationList":[1]},"localAuthorizationList":[${entry}]`,
      { ...full([{ idTag: 'A' }]), x: { localAuthorizationList: [1] } },
    ],
    [`"localAuthorizationList":[${entry}],"x":"localAuthorizationList:["`, { ...full([{ idTag: 'A' }]), x: 'localAuthorizationList:[' }],
    [`"localAuthorizationList":[{"idTag":"]}\\"","x":[[{}]]}]`, full([{ idTag: ']}"', x: [[{}]] }])],
    [`"localAuthorizationList":[${entry} ${entry}]`, formation],
    [`"localAuthorizationList":[${entry},]`, formation],
    [`"localAuthorizationList":[,${entry}]`, formation],
    [`"localAuthorizationList":[${entry}}`, formation],
    [`"localAuthorizationList":[${entry}`, formation],
    [`"localAuthorizationList":[null]`, new Violation('TypeConstraintViolation', 'localAuthorizationList')],
    [`"localAuthorizationList":[1,true]`, new Violation('TypeConstraintViolation', 'localAuthorizationList')],
    [`"localAuthorizationList":[{"idTag":1},{"idTag"}]`, formation],
  ])('SendLocalList %s', (text, expected) => {
    expect(list(text)).toEqual(expected);
  });

  it('reads 200 entries', () => {
    const entries = Array.from({ length: 200 }, (_, index) => ({
      idTag: `TAG${index}`,
      idTagInfo: { status: 'Accepted', expiryDate: '2030-01-01T00:00:00Z' },
    }));
    expect(list(`"localAuthorizationList":${JSON.stringify(entries)}`)).toEqual(full(entries));
  });
});

describe('answers', () => {
  const result = (payload: string, action: string) => readResult(scan(`[3,"1",${payload}]`, 65_536), action);

  it('are read leniently', () => {
    expect(result('{"status":"Whatever","interval":"x"}', 'BootNotification')).toEqual({ status: 'Whatever', interval: 'x' });
    expect(result('null', 'Heartbeat')).toEqual({});
    expect(result('[1]', 'Heartbeat')).toEqual({});
    expect(result('"text"', 'StopTransaction')).toEqual({});
    expect(readResult(scan('[3,"1"]', 100), 'StopTransaction')).toEqual({});
    expect(result('{"currentTime":}', 'Heartbeat')).toBeUndefined();
  });

  it('of DataTransfer hand on data that is no text as JSON text', () => {
    expect(result('{"status":"Accepted","data":{"a": [1,"]"]}}', 'DataTransfer')).toEqual({ status: 'Accepted', data: '{"a": [1,"]"]}' });
    expect(result('{"data":[1.50 , 2],"status":"Accepted"}', 'DataTransfer')).toEqual({ status: 'Accepted', data: '[1.50 , 2]' });
    expect(result('{"data": 1.50 ,"status":"Accepted"}', 'DataTransfer')).toEqual({ status: 'Accepted', data: '1.50' });
    expect(result('{"data":null,"status":"Accepted"}', 'DataTransfer')).toEqual({ status: 'Accepted', data: undefined });
    expect(result('{"data":"x","status":"Accepted"}', 'DataTransfer')).toEqual({ status: 'Accepted', data: 'x' });
  });

  it('that are errors say what they say', () => {
    const error = (rest: string) => readError(scan(`[4,"1"${rest}]`, 65_536));
    expect(error(',"OccurrenceConstraintViolation","d",{"a":1}')).toEqual({ code: 'OccurrenceConstraintViolation', description: 'd' });
    expect(error('')).toEqual({ code: '', description: '' });
    expect(error(',7,{}')).toEqual({ code: '', description: '' });
    expect(error(',nonsense')).toEqual({ code: '', description: '' });
    expect(error(`,"${'c'.repeat(60)}","${'😀'.repeat(300)}"`)).toEqual({ code: 'c'.repeat(50), description: '😀'.repeat(255) });
  });

  it('have rows that spell every field of their schemas', () => {
    for (const row of sent) expect([...row.names].sort()).toEqual(namesIn(schemaOf(`${row.action}Response`)));
    for (const row of received) expect([...row.names].sort()).toEqual(namesIn(schemaOf(`${row.action}Request`)));
  });

  function namesIn(schema: object): string[] {
    const names = new Set<string>();
    JSON.stringify(schema, (key, value) => {
      if (key === 'properties') for (const name of Object.keys(value)) names.add(name);
      return value;
    });
    return [...names].sort();
  }
});

describe('messages on their way out', () => {
  const whole = (parts: { byteLength: number; next(): string | undefined }) => {
    let text = '';
    for (let piece = parts.next(); piece !== undefined; piece = parts.next()) text += piece;
    expect(parts.byteLength).toBe(Buffer.byteLength(text));
    return JSON.parse(text);
  };

  it('are the frames of OCPP-J', () => {
    expect(whole(callParts('a"b', 'Heartbeat', {}))).toEqual([2, 'a"b', 'Heartbeat', {}]);
    expect(whole(resultParts('1', { status: 'Accepted', text: '€😀' }))).toEqual([3, '1', { status: 'Accepted', text: '€😀' }]);
    expect(whole(errorParts('1', 'OccurenceConstraintViolation', '😀'.repeat(300)))).toEqual([
      4,
      '1',
      'OccurenceConstraintViolation',
      '😀'.repeat(255),
      {},
    ]);
  });
});
