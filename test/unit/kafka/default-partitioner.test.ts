import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPartition } from '../../../lib/kafka/default-partitioner.ts';

/** Of Kafka's own UtilsTest. */
const hashes: Record<string, number> = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

test('a key lies where Java’s producer puts it', () => {
  for (const [key, hash] of Object.entries(hashes)) {
    for (const count of [1, 5, 25]) {
      const expected = (hash & 0x7fffffff) % count;
      assert.equal(defaultPartition(Buffer.from(key), count), expected, `${key} of ${count}`);
    }
  }
});
