import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { originHeader, originsOf, withOrigins } from '../../../lib/provenance/header.ts';
import type { EventRecord } from '../../../lib/source/event.ts';

const record: EventRecord = {
  topic: 'orders.eu-1',
  partition: 0,
  offset: 7,
  timestamp: 1_764_201_600_000,
  timestampType: 'CREATE_TIME',
  headers: [{ trace: [1, -1] }],
};

test('the value is a text that a person can read, behind all other headers', () => {
  const [trace, origin] = withOrigins(record, ['PMkU7zSzRiyNSsJ-pPMTNw']).headers!;
  assert.deepEqual(trace, { trace: [1, -1] });
  const value = Buffer.from(origin![originHeader] as number[]).toString();
  assert.equal(value, 'PMkU7zSzRiyNSsJ-pPMTNw/orders.eu-1/1764201600000');
});

test('any record tells the clusters that it was given, and keeps everything else', () => {
  const any = fc.record({
    topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/),
    timestamp: fc.oneof(fc.constant(-1), fc.nat(Number.MAX_SAFE_INTEGER)),
    headers: fc.option(fc.constant([{}, { a: null }]), { nil: null }),
  });
  const clusterId = fc.stringMatching(/^[a-zA-Z0-9._/-]{1,40}$/);
  fc.assert(
    fc.property(any, fc.array(clusterId), fc.array(clusterId), (own, some, more) => {
      const before = { ...record, ...own };
      const marked = withOrigins(withOrigins(before, some), more);
      const clusterIds = [...some, ...more];
      const told = clusterIds.map((each) => ({ clusterId: each, isCurrent: true }));
      assert.deepEqual(originsOf(marked), told);
      const kept = marked.headers!.slice(0, marked.headers!.length - clusterIds.length);
      const headers = before.headers ?? [];
      assert.deepEqual({ ...marked, headers: kept }, { ...before, headers });
    }),
  );
});

test('a record that only has the headers of a copy is none', () => {
  const copy = withOrigins(record, ['A', 'B']);
  assert.deepEqual(originsOf({ ...copy, topic: 'orders' }), [], 'derived, in another topic');
  assert.deepEqual(originsOf({ ...copy, timestamp: record.timestamp + 1 }), [], 'written anew');
});

test('time that a topic puts in place of a record’s own is no other record', () => {
  const stamped = {
    ...withOrigins(record, ['A']),
    timestamp: record.timestamp + 9,
    timestampType: 'LOG_APPEND_TIME',
  };
  assert.deepEqual(originsOf(stamped), [{ clusterId: 'A', isCurrent: false }]);
  const again = { ...withOrigins(stamped, ['A', 'B']), timestampType: 'CREATE_TIME' };
  assert.deepEqual(originsOf(again), [
    { clusterId: 'A', isCurrent: true },
    { clusterId: 'B', isCurrent: true },
  ]);
});

test('a header that tells something else is as if it were not there', () => {
  const [good] = withOrigins(record, ['A']).headers!.slice(-1);
  for (const value of [null, [], [47], [...Buffer.from('/orders.eu-1/1764201600000')]]) {
    const headers = [{ [originHeader]: value }, good!, { [originHeader]: value }];
    assert.deepEqual(originsOf({ ...record, headers }), [{ clusterId: 'A', isCurrent: true }]);
  }
  assert.deepEqual(originsOf({ ...record, headers: null }), []);
});
