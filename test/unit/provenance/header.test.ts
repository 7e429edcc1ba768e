import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { originHeader, originOf, withOrigin } from '../../../lib/provenance/header.ts';
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
  const [trace, origin] = withOrigin(record, 'PMkU7zSzRiyNSsJ-pPMTNw').headers!;
  assert.deepEqual(trace, { trace: [1, -1] });
  const value = Buffer.from(origin![originHeader] as number[]).toString();
  assert.equal(value, 'PMkU7zSzRiyNSsJ-pPMTNw/orders.eu-1/1764201600000');
});

test('any record tells the cluster that it was given, and keeps everything else', () => {
  const any = fc.record({
    topic: fc.stringMatching(/^[a-zA-Z0-9._-]{1,249}$/),
    timestamp: fc.oneof(fc.constant(-1), fc.nat(Number.MAX_SAFE_INTEGER)),
    headers: fc.option(fc.constant([{}, { a: null }]), { nil: null }),
  });
  const clusterId = fc.stringMatching(/^[a-zA-Z0-9._/-]{1,40}$/);
  fc.assert(
    fc.property(any, clusterId, (own, id) => {
      const before = { ...record, ...own };
      const marked = withOrigin(before, id);
      assert.deepEqual(originOf(marked), { clusterId: id, isCurrent: true });
      assert.deepEqual(
        { ...marked, headers: marked.headers!.slice(0, -1) },
        {
          ...before,
          headers: before.headers ?? [],
        },
      );
    }),
  );
});

test('a record that only has the headers of a copy is none', () => {
  const copy = withOrigin(record, 'A');
  assert.equal(originOf({ ...copy, topic: 'orders' }), undefined, 'derived, in another topic');
  assert.equal(originOf({ ...copy, timestamp: record.timestamp + 1 }), undefined, 'written anew');
});

test('time that a topic puts in place of a record’s own is no other record', () => {
  const stamped = {
    ...withOrigin(record, 'A'),
    timestamp: record.timestamp + 9,
    timestampType: 'LOG_APPEND_TIME',
  };
  assert.deepEqual(originOf(stamped), { clusterId: 'A', isCurrent: false });
  const again = { ...withOrigin(stamped, 'A'), timestampType: 'CREATE_TIME' };
  assert.deepEqual(originOf(again), { clusterId: 'A', isCurrent: true });
});

test('the last header counts, and one that is none is as if it were not there', () => {
  assert.deepEqual(originOf(withOrigin(withOrigin(record, 'A'), 'B'))?.clusterId, 'B');
  for (const value of [null, [], [47], [...Buffer.from('/orders.eu-1/1764201600000')]]) {
    assert.equal(originOf({ ...record, headers: [{ [originHeader]: value }] }), undefined);
  }
  assert.equal(originOf({ ...record, headers: null }), undefined);
});
