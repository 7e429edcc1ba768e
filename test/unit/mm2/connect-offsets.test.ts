import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ConnectPlace,
  connectOffsetsTopic,
  decodeConnectOffset,
  encodeConnectKey,
  encodeConnectOffset,
} from '../../../lib/mm2/connect-offsets.ts';

const place: ConnectPlace = {
  connector: 'MirrorSourceConnector',
  cluster: 'us-east',
  topic: 'orders',
  partition: 3,
};
/** As Connect 4.2.0 wrote them. */
const golden = {
  key: '["MirrorSourceConnector",{"cluster":"us-east","partition":3,"topic":"orders"}]',
  value: '{"offset":41}',
};

test('a position has the bytes that Connect looks for', () => {
  assert.equal(encodeConnectKey(place).toString(), golden.key);
  const { key, value } = encodeConnectOffset(place, 41n);
  assert.deepEqual([String(key), String(value)], [golden.key, golden.value]);
  assert.equal(encodeConnectOffset(place, undefined).value, null);
  assert.equal(connectOffsetsTopic('us-east'), 'mm2-offsets.us-east.internal');
});

test('what is encoded is decoded, up to the largest offset', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._>-]{1,40}$/);
  const any = fc.record({
    connector: fc.string(),
    cluster: name,
    topic: name,
    partition: fc.nat(),
  });
  fc.assert(
    fc.property(
      any,
      fc.option(fc.bigInt(0n, 2n ** 63n - 1n), { nil: undefined }),
      (one, offset) => {
        const decoded = decodeConnectOffset(encodeConnectOffset(one, offset));
        assert.deepEqual(decoded, { ...one, offset });
      },
    ),
  );
});

test('a position without an offset, or a negative one, is none', () => {
  const key = Buffer.from(golden.key);
  for (const value of [
    '{"offset":-1}',
    '{}',
    'null',
    '{"offset":null}',
    'broken',
    '{"offset":"4"}',
  ]) {
    assert.deepEqual(decodeConnectOffset({ key, value: Buffer.from(value) }), {
      ...place,
      offset: undefined,
    });
  }
});

test('positions of other connectors, and what is no position, are left alone', () => {
  for (const key of [
    '["MirrorCheckpointConnector",{"partition":3,"topic":"us-east.orders","group":"my-group"}]',
    '["MirrorHeartbeatConnector",{"sourceClusterAlias":"us-east","targetClusterAlias":"us-west"}]',
    '["file",{"filename":"a"}]',
    '["MirrorSourceConnector",null]',
    '{"cluster":"us-east","partition":3,"topic":"orders"}',
    '["MirrorSourceConnector",{"cluster":"us-east","partition":"3","topic":"orders"}]',
    'not JSON',
  ]) {
    const record = { key: Buffer.from(key), value: Buffer.from(golden.value) };
    assert.equal(decodeConnectOffset(record), undefined, key);
  }
  assert.equal(decodeConnectOffset({ key: null, value: null }), undefined);
});
