import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeCheckpoint,
  decodeHeartbeat,
  decodeOffsetSync,
  encodeCheckpoint,
  encodeHeartbeat,
  encodeOffsetSync,
} from '../../../lib/mm2/formats.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const partition = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const plain = { noNullPrototype: true };
const offset = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

test('what is encoded is decoded to the same', () => {
  const heartbeats = fc.record(
    { sourceClusterAlias: text, targetClusterAlias: text, timestampMs: fc.maxSafeInteger() },
    plain,
  );
  const position = { topic: text, partition, upstreamOffset: offset, downstreamOffset: offset };
  const checkpoints = fc.record({ group: text, ...position, metadata: text }, plain);
  const offsetSyncs = fc.record(position, plain);
  fc.assert(
    fc.property(heartbeats, checkpoints, offsetSyncs, (heartbeat, checkpoint, offsetSync) => {
      assert.deepEqual(decodeHeartbeat(encodeHeartbeat(heartbeat)), heartbeat);
      assert.deepEqual(decodeCheckpoint(encodeCheckpoint(checkpoint)), checkpoint);
      assert.deepEqual(decodeOffsetSync(encodeOffsetSync(offsetSync)), offsetSync);
    }),
  );
});

test('any bytes are decoded or not, and never throw', () => {
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(bytes, bytes, (key, value) => {
      for (const decode of [decodeHeartbeat, decodeCheckpoint, decodeOffsetSync]) {
        assert.doesNotThrow(() => decode({ key, value }));
      }
    }),
  );
});
