import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literalTopics } from '../../../lib/discovery/literal-topics.ts';
import { flowOf, loadLines } from '../config/loaded.ts';

const topicsOf = (lines: string) =>
  literalTopics(flowOf(loadLines(`a->b.enabled = true\n${lines}`)));

test('what is a name has its mapping in the stack, and heartbeats', () => {
  assert.deepEqual(topicsOf('topics = orders, pay-ments_2, v1\\\\.x, in.*, a|b'), [
    ...['orders', 'pay-ments_2', 'v1.x', 'a', 'b', 'heartbeats'],
  ]);
  assert.deepEqual(topicsOf('heartbeats.replication.enabled = false'), []);
});

test('what the flow does not mirror has none', () => {
  const lines = 'topics = orders, secret, __x, b.y\ntopics.exclude = secret, __.*';
  assert.deepEqual(topicsOf(lines), ['orders', 'heartbeats']);
});
