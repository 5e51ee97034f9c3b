/** Which connector a card or a remote start means: the ruling as a table. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Choice, carHasLeft, carOf, choiceOf, noCar, type Place } from '../../src/access/choice.ts';

/**
 * `1` a free connector, `p` with a cable in, `r` reserved for him, `w` wanted by somebody who came first, `f` in Finishing, `?` reserved, and only
 * the parent could open it, `-` taken, `x` out of order.
 */
function places(text: string): Place[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({
      id: Number(word[0]),
      plugged: word.includes('p'),
      state: word.includes('x') ? 'out' : word.includes('-') ? 'taken' : word.includes('?') ? 'unsure' : 'open',
      isFinishing: word.includes('f'),
      isReservedForHim: word.includes('r'),
      isWanted: word.includes('w'),
    }));
}

function shown(choice: Choice): string {
  if (choice.act === 'begin') return `begin ${choice.connector}`;
  return choice.act === 'wait' ? `wait ${choice.connectors.join(' ')}` : 'nothing';
}

const cars: readonly [facts: string, car: number][] = [
  ['', noCar],
  ['1 2', noCar],
  ['1 2p', 2],
  ['1p 2p', 1],
  ['1p 2pr', 2],
  ['1p 2r', 1],
  // Another card is being asked about for the car at 1: this one means the other car, or comes second at the same.
  ['1pw 2p', 2],
  ['1pw 2', 1],
  ['1pw 2pw', 1],
  // A car that was left in Finishing is nobody's first choice; one behind a reservation still less.
  ['1pf 2p', 2],
  ['1pf 2', 1],
  ['1p? 2p', 2],
  ['1p? 2', 1],
  ['1p? 2pf', 2],
  ['1p- 2', noCar],
  ['1px 2', noCar],
];

test.each(cars)('he comes to %s: his car is at %i', (facts, car) => {
  expect(carOf(places(facts))).toBe(car);
});

const rows: readonly [facts: string, car: number, means: string][] = [
  ['', noCar, 'nothing'],
  ['1', noCar, 'begin 1'],
  ['1 2', noCar, 'wait 1 2'],
  ['1 2r', noCar, 'begin 2'],
  ['1p 2r', 1, 'begin 1'],
  ['1p 2p', 1, 'begin 1'],
  ['1p 2p', 2, 'begin 2'],
  ['2 3', noCar, 'wait 2 3'],
  ['1x 2 3', noCar, 'wait 2 3'],
  ['1- 2 3', noCar, 'wait 2 3'],
  ['1x 2', noCar, 'begin 2'],
  // Plugged where it could not be chosen when he came.
  ['1p 2', noCar, 'begin 1'],
  // His car has left, or cannot charge: no other one charges on his bill.
  ['1 2', carHasLeft, 'nothing'],
  ['1p 2p', carHasLeft, 'nothing'],
  ['1px 2', 1, 'nothing'],
  ['1px 2p', 1, 'nothing'],
  // The car was the one before him's, who was accepted: he waits for his own.
  ['1p- 2', 1, 'begin 2'],
  ['1p- 2 3', 1, 'wait 2 3'],
  ['1p- 2p', 1, 'begin 2'],
  ['1p- 2pw', 1, 'nothing'],
  ['1p-', 1, 'nothing'],
  // Whoever was accepted before gets the next cable.
  ['1w 2w', noCar, 'nothing'],
  ['1w 2w 3', noCar, 'begin 3'],
  ['1w 2p', 2, 'begin 2'],
  // He was second, and the first one was refused.
  ['1pw', 1, 'begin 1'],
  ['1pf 2', 1, 'begin 1'],
];

test.each(rows)('%s, his car is at %i: %s', (facts, car, means) => {
  expect(shown(choiceOf(places(facts), car))).toBe(means);
});

/** Files of src that hold the text, comments left out. */
function filesWith(text: string): string[] {
  const root = new URL('../../src/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files
    .filter((name) =>
      readFileSync(new URL(name, root), 'utf8')
        .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
        .includes(text),
    )
    .sort();
}

test('a connector is chosen in one place, and a user bound in one', () => {
  expect(filesWith('choiceOf(')).toEqual(['access/choice.ts', 'access/starts.ts']);
  expect(filesWith('carOf(')).toEqual(['access/authorize.ts', 'access/choice.ts']);
  // With firmware authorization the wallbox says that somebody is authorized.
  expect(filesWith('authorization = {')).toEqual(['access/starts.ts', 'charge-point.ts']);
  // With firmware authorization the kernel hands a remote start over, after the same facts were asked.
  expect(filesWith('callbacks.provideToken(')).toEqual(['kernel.ts', 'link/gate.ts']);
  expect(filesWith('gate.provideToken(')).toEqual(['access/starts.ts']);
});
