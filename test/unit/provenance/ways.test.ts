import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  broughtBy,
  connectedWith,
  leftOutBy,
  mustTellOrigins,
  type Way,
} from '../../../lib/provenance/ways.ts';

/** `AB BA`: flows from A to B and from B to A. */
function ways(text: string): Way[] {
  return text.split(' ').map((each) => ({ source: each[0]!, target: each[1]! }));
}

/** Of each flow, whether it adds the header, and what it leaves out beside records of its ends. */
function decided(text: string): Record<string, string> {
  const all = ways(text);
  const entries = all.map((way) => {
    const { source, target } = way;
    const others = [...leftOutBy(way, all)].filter((each) => each !== source && each !== target);
    return [`${source}${target}`, `${mustTellOrigins(way, all) ? '+' : '-'}${others.join('')}`];
  });
  return Object.fromEntries(entries);
}

test('one way, a chain, a fan and an aggregation tell nothing', () => {
  assert.deepEqual(decided('AB'), { AB: '-' });
  assert.deepEqual(decided('AB BC'), { AB: '-', BC: '-' });
  assert.deepEqual(decided('AB AC'), { AB: '-', AC: '-' });
  assert.deepEqual(decided('AC BC'), { AC: '-', BC: '-' });
});

test('forth and back, and a ring, tell origins', () => {
  assert.deepEqual(decided('AB BA'), { AB: '+', BA: '+' });
  assert.deepEqual(decided('AB BC CA'), { AB: '+', BC: '+', CA: '+' });
});

test('in a mesh each flow brings the records of its source alone', () => {
  const mesh = { AB: '+C', AC: '+B', BA: '+C', BC: '+A', CA: '+B', CB: '+A' };
  assert.deepEqual(decided('AB AC BA BC CA CB'), mesh);
});

test('what lies beyond a pair stays as it is', () => {
  assert.deepEqual(decided('AB BA BC'), { AB: '+', BA: '+', BC: '-' });
});

test('flows that meet again bring a record by the shortest way, or the one listed first', () => {
  assert.deepEqual(decided('AB BC AC'), { AB: '+', BC: '-A', AC: '-' });
  assert.deepEqual(decided('AB AC BD CD'), { AB: '-', AC: '+', BD: '-', CD: '-A' });
  assert.deepEqual(decided('AB BA AC BC'), { AB: '+', BA: '+', AC: '-B', BC: '-A' });
});

test('what a flow brings is first written on its source, or has come there by the way it goes on', () => {
  const brought = (text: string) => {
    const all = ways(text);
    return all.map((way) => `${way.source}${way.target}: ${[...broughtBy(way, all)].join('')}`);
  };
  assert.deepEqual(brought('AB BA'), ['AB: A', 'BA: B']);
  assert.deepEqual(brought('AB BC CA'), ['AB: AC', 'BC: AB', 'CA: BC']);
  assert.deepEqual(brought('AB BA BC CB'), ['AB: A', 'BA: BC', 'BC: AB', 'CB: C']);
  assert.deepEqual(brought('AB BC AC'), ['AB: A', 'BC: B', 'AC: A']);
});

test('only flows that hang together are looked at', () => {
  const all = ways('AB BC CA DE ED');
  assert.deepEqual(connectedWith(all[1]!, all), all.slice(0, 3));
  assert.deepEqual(connectedWith(all[3]!, all), all.slice(3));
  const chain = ways('AB CD BC');
  assert.deepEqual(connectedWith(chain[0]!, chain), chain);
});
