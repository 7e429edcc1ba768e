import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  checkpointItem,
  readCheckpoints,
  readSyncs,
  syncAttributes,
  syncKey,
} from '../../../lib/state/checkpoint-items.ts';

const offset = fc.bigInt(0n, 2n ** 63n - 1n);
const topic = fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/);
const partition = fc.nat(100_000);
const checkpoint = fc.record(
  {
    topic,
    partition,
    upstreamOffset: offset,
    downstreamOffset: offset,
    metadata: fc.string({ unit: 'binary' }),
    exactness: fc.constantFrom('exact' as const, 'ahead' as const, 'sampled' as const),
    lagRecords: offset,
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'topic',
      'partition',
      'upstreamOffset',
      'downstreamOffset',
      'metadata',
      'exactness',
    ],
  },
);
const group = fc.record(
  {
    group: fc.string({ unit: 'binary', maxLength: 2000 }),
    publishedAtMs: fc.nat(Number.MAX_SAFE_INTEGER),
    goneSinceMs: fc.nat(Number.MAX_SAFE_INTEGER),
    checkpoints: fc.uniqueArray(checkpoint, {
      selector: (each) => `${each.topic}/${each.partition}`,
    }),
  },
  { noNullPrototype: true, requiredKeys: ['group', 'publishedAtMs', 'checkpoints'] },
);

test('what is written of any group is read again, by topic, below a key that DynamoDB takes', () => {
  fc.assert(
    fc.property(group, (stored) => {
      const item = checkpointItem('a->b', stored);
      const { checkpoints, ...rest } = readCheckpoints(item);
      const { checkpoints: expected, ...restExpected } = stored;
      assert.deepEqual(rest, restExpected);
      const byTopic = [...Map.groupBy(expected, (each) => each.topic).values()].flat();
      assert.deepEqual(checkpoints, byTopic);
      assert.ok(Buffer.byteLength(item['position']?.S ?? '') <= 1024);
    }),
  );
});

test('no bytes make reading crash: they are read, or STATE_CORRUPT', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => gzipSync(json)),
  );
  fc.assert(
    fc.property(group, bytes, (stored, B) => {
      const item = { ...checkpointItem('a->b', stored), checkpoints: { B } };
      try {
        assert.ok(Array.isArray(readCheckpoints(item).checkpoints));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'STATE_CORRUPT');
      }
    }),
  );
});

const sync = fc
  .tuple(partition, offset, offset, offset)
  .map(([number, upstreamOffset, downstreamOffset, position]) => {
    return { topic: 'orders', partition: number, upstreamOffset, downstreamOffset, position };
  });

test('any offset syncs of a topic are read again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(sync, { selector: (each) => each.partition }), (syncs) => {
      const item = { ...syncKey('a->b', 'orders'), ...syncAttributes(syncs) };
      assert.deepEqual(new Set(readSyncs(item)), new Set(syncs));
    }),
  );
});
