/** Which connector a card or a remote start means: the ruling as a table. */

import { expect, test } from 'vitest';
import { type Choice, choiceOf, type Place } from '../../src/access/choice.ts';

/** `1` a free connector, `1p` with a cable in, `1r` reserved for him. */
function places(text: string): Place[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ id: Number(word[0]), plugged: word.includes('p'), isReservedForHim: word.includes('r') }));
}

function shown(choice: Choice): string {
  if (choice.act === 'begin') return `begin ${choice.connector}`;
  return choice.act === 'wait' ? `wait ${choice.connectors.join(' ')}` : 'nothing';
}

const rows: readonly [facts: string, means: string][] = [
  ['', 'nothing'],
  ['1', 'begin 1'],
  ['1 2', 'wait 1 2'],
  ['1p 2', 'begin 1'],
  ['1 2p', 'begin 2'],
  ['1p 2p', 'begin 1'],
  ['1 2r', 'begin 2'],
  ['1p 2r', 'begin 1'],
  ['1p 2pr', 'begin 2'],
  ['1 2 3r', 'begin 3'],
  ['2 3', 'wait 2 3'],
];

test.each(rows)('%s: %s', (facts, means) => {
  expect(shown(choiceOf(places(facts)))).toBe(means);
});
