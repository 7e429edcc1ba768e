import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { checkpointItem, readCheckpoints, readSyncs } from '../../../lib/state/checkpoint-items.ts';
import type { GroupCheckpoints } from '../../../lib/state/ports.ts';

const stored: GroupCheckpoints = {
  group: 'billing',
  publishedAtMs: 1_800_000_000_000,
  checkpoints: [
    {
      topic: 'orders',
      partition: 3,
      upstreamOffset: 1200n,
      downstreamOffset: 1180n,
      metadata: 'm',
      exactness: 'ahead',
    },
  ],
};

test('the item of a group: a key by its name, times in plain sight, rows by topic', () => {
  const { checkpoints, ...item } = checkpointItem('a->b', stored);
  assert.deepEqual(item, {
    partition: { S: 'a->b' },
    position: { S: 'checkpoint/billing' },
    group: { S: 'billing' },
    publishedAtMs: { N: '1800000000000' },
  });
  const rows = JSON.parse(gunzipSync(checkpoints?.B ?? Buffer.alloc(0)).toString());
  assert.deepEqual(rows, [['orders', [[3, '1200', '-20', null, 'ahead', 'm']]]]);
});

test('two groups too long for a key have keys of their own', () => {
  const keyOf = (group: string) => checkpointItem('a->b', { ...stored, group })['position']?.S;
  const [one, other] = [keyOf('é'.repeat(600)), keyOf(`${'é'.repeat(600)}e`)];
  assert.match(`${one}`, /^checkpoint-of-long\/[0-9a-f]{64}$/);
  assert.notEqual(one, other);
  assert.equal(keyOf('é'.repeat(506)), `checkpoint/${'é'.repeat(506)}`);
});

test('200 partitions with offsets of seven digits are two write units', () => {
  const checkpoints = Array.from({ length: 200 }, (_, partition) => {
    const upstreamOffset = 1_000_000n + ((BigInt(partition) * 7_919_777n) % 9_000_000n);
    const lagRecords = (BigInt(partition) * 31n) % 50n;
    const downstreamOffset = upstreamOffset - 400n;
    return { ...stored.checkpoints[0]!, partition, upstreamOffset, downstreamOffset, lagRecords };
  });
  const sizeBytes = checkpointItem('a->b', { ...stored, checkpoints })['checkpoints']?.B?.length;
  assert.ok(Number(sizeBytes) < 2048 - 150, `${sizeBytes} bytes`);
});

const broken: Record<string, unknown> = {
  'no list': { orders: [] },
  'a topic that is no text': [[1, []]],
  'no rows': [['orders']],
  'a row of nothing': [['orders', [[]]]],
  'a negative offset': [['orders', [[3, '-1', '0', null, 'exact', '']]]],
  'a sum below zero': [['orders', [[3, '1', '-2', null, 'exact', '']]]],
  'a shift that is no number': [['orders', [[3, '1', 0, null, 'exact', '']]]],
  'an exactness of another version': [['orders', [[3, '1', '0', null, 'guessed', '']]]],
  'no metadata': [['orders', [[3, '1', '0', null, 'exact']]]],
};
for (const [name, rows] of Object.entries(broken)) {
  test(`checkpoints with ${name} are corrupt, and named`, () => {
    const B = gzipSync(JSON.stringify(rows));
    const item = { ...checkpointItem('a->b', stored), checkpoints: { B } };
    const corrupt = { code: 'STATE_CORRUPT', message: /a->b checkpoint\/billing/ };
    assert.throws(() => readCheckpoints(item), corrupt);
  });
}

test('offset syncs that are no three numbers are corrupt, and name their topic', () => {
  const item = { partition: { S: 'a->b' }, position: { S: 'sync/orders' } };
  assert.deepEqual(readSyncs(item), []);
  const corrupt = { code: 'STATE_CORRUPT', place: { topic: 'orders' } };
  assert.throws(() => readSyncs({ ...item, 0: { S: '1/2' } }), corrupt);
  assert.throws(() => readSyncs({ ...item, 0: { N: '1' } }), corrupt);
  assert.throws(() => readSyncs({ ...item, other: { S: '1/2/3' } }), corrupt);
});
