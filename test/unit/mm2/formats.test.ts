/** Vectors that MM2's own classes of Kafka 4.2 and 4.3 encoded. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isMirrorlessError } from '../../../lib/errors.ts';
import {
  decodeCheckpoint,
  decodeHeartbeat,
  decodeOffsetSync,
  encodeCheckpoint,
  encodeHeartbeat,
  encodeOffsetSync,
} from '../../../lib/mm2/formats.ts';

const heartbeat = {
  sourceClusterAlias: 'us-east',
  targetClusterAlias: 'us-west',
  timestampMs: 1_700_000_000_123,
};
const heartbeatBytes = {
  key: Buffer.from('000775732d65617374000775732d77657374', 'hex'),
  value: Buffer.from('00000000018bcfe5687b', 'hex'),
};
const checkpoint = {
  group: 'my-group',
  topic: 'us-east.orders',
  partition: 3,
  upstreamOffset: 1000n,
  downstreamOffset: 998n,
  metadata: 'meta',
};
const checkpointBytes = {
  key: Buffer.from('00086d792d67726f7570000e75732d656173742e6f726465727300000003', 'hex'),
  value: Buffer.from('000000000000000003e800000000000003e600046d657461', 'hex'),
};
const offsetSync = {
  topic: 'orders',
  partition: 3,
  upstreamOffset: 1000n,
  downstreamOffset: 998n,
};
const offsetSyncBytes = {
  key: Buffer.from('00066f726465727300000003', 'hex'),
  value: Buffer.from('00000000000003e800000000000003e6', 'hex'),
};

describe('bytes of MM2', () => {
  test('are what is encoded', () => {
    assert.deepEqual(encodeHeartbeat(heartbeat), heartbeatBytes);
    assert.deepEqual(encodeCheckpoint(checkpoint), checkpointBytes);
    assert.deepEqual(encodeOffsetSync(offsetSync), offsetSyncBytes);
  });

  test('are decoded', () => {
    assert.deepEqual(decodeHeartbeat(heartbeatBytes), heartbeat);
    assert.deepEqual(decodeCheckpoint(checkpointBytes), checkpoint);
    assert.deepEqual(decodeOffsetSync(offsetSyncBytes), offsetSync);
  });
});

const kinds = [
  { name: 'a heartbeat', decode: decodeHeartbeat, bytes: heartbeatBytes, decoded: heartbeat },
  { name: 'a checkpoint', decode: decodeCheckpoint, bytes: checkpointBytes, decoded: checkpoint },
  { name: 'an offset sync', decode: decodeOffsetSync, bytes: offsetSyncBytes, decoded: offsetSync },
];

for (const { name, decode, bytes, decoded } of kinds) {
  describe(name, () => {
    test('is decoded with bytes after its key and its value', () => {
      const longer = (field: Buffer) => Buffer.concat([field, Buffer.from([1, 2, 3])]);
      assert.deepEqual(decode({ key: longer(bytes.key), value: longer(bytes.value) }), decoded);
    });

    test('is not decoded where the key or the value ends early', () => {
      for (let length = 0; length < bytes.key.length; length += 1) {
        const key = bytes.key.subarray(0, length);
        assert.equal(decode({ ...bytes, key }), undefined, `key of ${length} bytes`);
      }
      for (let length = 0; length < bytes.value.length; length += 1) {
        const value = bytes.value.subarray(0, length);
        assert.equal(decode({ ...bytes, value }), undefined, `value of ${length} bytes`);
      }
    });

    test('is not decoded from a tombstone, or without a key', () => {
      assert.equal(decode({ ...bytes, value: null }), undefined);
      assert.equal(decode({ ...bytes, key: null }), undefined);
    });

    test('is not decoded where a string has a negative length', () => {
      const key = Buffer.from(bytes.key);
      key.writeInt16BE(-1);
      assert.equal(decode({ ...bytes, key }), undefined);
    });
  });
}

for (const { name, decode, bytes } of kinds.slice(0, 2)) {
  test(`${name} of another version is not decoded`, () => {
    for (const version of [1, -1, 256]) {
      const value = Buffer.from(bytes.value);
      value.writeInt16BE(version);
      assert.equal(decode({ ...bytes, value }), undefined, `version ${version}`);
    }
  });
}

describe('the length of strings', () => {
  test('is counted in bytes, up to 32,767', () => {
    const group = 'é'.repeat(16_383);
    const encoded = encodeCheckpoint({ ...checkpoint, group });
    assert.equal(encoded.key.readInt16BE(), 32_766);
    assert.equal(decodeCheckpoint(encoded)?.group, group);
  });

  test('is refused beyond', () => {
    const refused = (error: unknown) => isMirrorlessError(error) && error.code === 'INTERNAL';
    const tooLong = 'é'.repeat(16_384);
    assert.throws(() => encodeCheckpoint({ ...checkpoint, metadata: tooLong }), refused);
    assert.throws(() => encodeHeartbeat({ ...heartbeat, sourceClusterAlias: tooLong }), refused);
    assert.throws(() => encodeOffsetSync({ ...offsetSync, topic: tooLong }), refused);
  });
});
