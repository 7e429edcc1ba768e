/** Answers as brokers send them, with the tagged fields that newer ones may add anywhere. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { metadata } from '../../../../lib/kafka/protocol/cluster.ts';
import {
  findCoordinator,
  listGroups,
  offsetCommit,
  offsetFetch,
} from '../../../../lib/kafka/protocol/group.ts';
import { fetch, initProducerId, listOffsets, produce } from '../../../../lib/kafka/protocol/log.ts';
import { Reader, type Writer } from '../../../../lib/kafka/protocol/wire.ts';
import { array, read } from './answers.ts';

describe('answers', () => {
  test('Produce: offsets, refusals, and the record that was refused', () => {
    const answers = read(produce, (writer) => {
      array(writer, ['orders'], (w, topic) => {
        w.appendString(topic);
        array(w, [0, 87], (p, code) => {
          p.appendInt32(code)
            .appendInt16(code)
            .appendInt64(code === 0 ? 12n : -1n)
            .appendInt64(-1n);
          p.appendInt64(5n);
          array(p, code === 0 ? [] : [17], (r, index) =>
            r.appendInt32(index).appendString('no key'),
          );
          p.appendString(code === 0 ? null : 'One or more records have been rejected');
        });
      });
      writer.appendInt32(0);
    });
    assert.deepEqual(answers, [
      {
        topic: 'orders',
        partition: 0,
        code: 0,
        baseOffset: 12n,
        logStartOffset: 5n,
        detail: undefined,
      },
      {
        topic: 'orders',
        partition: 87,
        code: 87,
        baseOffset: -1n,
        logStartOffset: 5n,
        detail: 'record 17 of the batch: One or more records have been rejected',
      },
    ]);
  });

  test('Fetch: record bytes as they are, also none, and aborted transactions', () => {
    const records = Buffer.from('records');
    const write = (code: number) => (writer: Writer) => {
      writer.appendInt32(0).appendInt16(code).appendInt32(0);
      array(writer, ['orders'], (w, topic) => {
        w.appendString(topic);
        array(w, [records, null], (p, bytes) => {
          p.appendInt32(3).appendInt16(0).appendInt64(100n).appendInt64(90n).appendInt64(7n);
          if (bytes) array(p, [1n, 2n], (a, id) => a.appendInt64(id).appendInt64(50n));
          else p.appendArray(null, () => {});
          p.appendInt32(-1).appendBytes(bytes);
        });
      });
    };
    const [some, none] = read(fetch, write(0));
    assert.deepEqual(some, {
      topic: 'orders',
      partition: 3,
      code: 0,
      highWatermark: 100n,
      logStartOffset: 7n,
      bytes: records,
    });
    assert.equal(none?.bytes.length, 0);
    assert.throws(() => read(fetch, write(71)), /refuses the fetch with code 71/);
  });

  test('ListOffsets and InitProducerId', () => {
    const listed = read(listOffsets, (writer) => {
      writer.appendInt32(0);
      array(writer, ['orders'], (w, topic) => {
        w.appendString(topic);
        array(w, [4n, 2n ** 60n], (p, offset) =>
          p.appendInt32(1).appendInt16(0).appendInt64(-1n).appendInt64(offset).appendInt32(0),
        );
      });
    });
    assert.deepEqual(
      listed.map(({ offset }) => offset),
      [4n, 2n ** 60n],
    );
    const identity = read(initProducerId, (writer) =>
      writer
        .appendInt32(0)
        .appendInt16(0)
        .appendInt64(2n ** 40n)
        .appendInt16(3),
    );
    assert.deepEqual(identity, { code: 0, producerId: 2n ** 40n, producerEpoch: 3 });
  });

  test('Metadata: brokers by id, leaders by partition, ids where topics have any', () => {
    const topicId = '0d6e8a3c-5f0a-4b1e-9c35-1f2a3b4c5d6e';
    const answer = read(metadata, (writer) => {
      writer.appendInt32(0);
      array(writer, [1, 2], (w, id) =>
        w.appendInt32(id).appendString(`broker-${id}`).appendInt32(9092).appendString(null),
      );
      writer.appendString('cluster').appendInt32(1);
      array(writer, ['orders', 'old'], (w, topic) => {
        w.appendInt16(0)
          .appendString(topic)
          .appendUUID(topic === 'old' ? null : topicId);
        w.appendBoolean(false);
        array(w, topic === 'old' ? [] : [0, 1], (p, partition) => {
          p.appendInt16(0)
            .appendInt32(partition)
            .appendInt32(partition + 1)
            .appendInt32(9);
          for (const ids of [[1, 2], [1], []]) {
            p.appendArray(ids, (i, id) => i.appendInt32(id), true, false);
          }
        });
        w.appendInt32(-2147483648);
      });
    });
    assert.deepEqual(answer.brokers.get(2), { host: 'broker-2', port: 9092 });
    assert.deepEqual(answer.topics, [
      {
        topic: 'orders',
        code: 0,
        topicId,
        partitions: [
          { code: 0, partition: 0, leader: 1, replicaCount: 2 },
          { code: 0, partition: 1, leader: 2, replicaCount: 2 },
        ],
      },
      { topic: 'old', code: 0, topicId: undefined, partitions: [] },
    ]);
    assert.equal(answer.clusterId, 'cluster');
    assert.equal(answer.controller, 1);
  });

  test('groups: their coordinator, and those that a broker lists', () => {
    const found = read(findCoordinator, (writer) => {
      writer.appendInt32(0).appendInt16(0).appendString(null).appendInt32(1);
      writer.appendString('b').appendInt32(9);
    });
    assert.deepEqual(found.coordinator, { host: 'b', port: 9 });
    const listed = read(listGroups, (writer) => {
      writer.appendInt32(0).appendInt16(0);
      array(writer, ['Empty', 'Stable'], (w, state) =>
        w.appendString(`g ${state}`).appendString('consumer').appendString(state),
      );
    });
    assert.deepEqual(listed, {
      code: 0,
      groups: [
        { group: 'g Empty', protocolType: 'consumer', state: 'Empty' },
        { group: 'g Stable', protocolType: 'consumer', state: 'Stable' },
      ],
    });
  });

  test('groups: what was committed and what was refused', () => {
    const answer = read(offsetCommit, (writer) => {
      writer.appendInt32(0);
      array(writer, ['t'], (w, topic) => {
        w.appendString(topic);
        array(w, [0, 25], (p, code) => p.appendInt32(code).appendInt16(code));
      });
    });
    assert.deepEqual(answer, {
      code: 0,
      refused: [{ topic: 't', partition: 25, code: 25 }],
      committed: [{ topic: 't', partition: 0, code: 0 }],
    });
  });

  test('groups: their offsets, without partitions in which nothing is committed', () => {
    const answer = read(offsetFetch, (writer) => {
      writer.appendInt32(0);
      array(writer, ['t'], (w, topic) => {
        w.appendString(topic);
        array(
          w,
          [
            { offset: 0n, metadata: null, code: 0 },
            { offset: 7n, metadata: 'm', code: 0 },
            { offset: -1n, metadata: '', code: 0 },
            { offset: -1n, metadata: '', code: 88 },
          ],
          (p, { offset, metadata, code }, index) =>
            p
              .appendInt32(index)
              .appendInt64(offset)
              .appendInt32(-1)
              .appendString(metadata)
              .appendInt16(code),
        );
      });
      writer.appendInt16(14);
    });
    assert.deepEqual(answer, {
      code: 14,
      refused: [{ topic: 't', partition: 3, code: 88 }],
      committed: [
        { topic: 't', partition: 0, offset: 0n, metadata: '' },
        { topic: 't', partition: 1, offset: 7n, metadata: 'm' },
      ],
    });
  });

  test('an answer that ends too early is an error, not a wrong value', () => {
    const [whole] = [Buffer.concat([Buffer.alloc(4), Buffer.from([0, 0]), Buffer.alloc(8)])];
    assert.throws(() => initProducerId.read(Reader.from(whole)), /Out of bounds/);
    assert.throws(() => metadata.read(Reader.from(Buffer.from([0, 0, 0, 0, 9]))), /Out of bounds/);
  });
});
