import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  apiVersions,
  clusterOperations,
  groupOperations,
  topicOperations,
} from '../../../../lib/kafka/protocol/authorized.ts';
import { metadata } from '../../../../lib/kafka/protocol/cluster.ts';
import type { Writer } from '../../../../lib/kafka/protocol/wire.ts';
import { createRequest as describeClusterV0 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/describe-cluster-v0.js';
import { createRequest as describeGroupsV5 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/describe-groups-v5.js';
import { array, read, written } from './answers.ts';

const hex = ({ buffer }: { buffer: Buffer }) => buffer.toString('hex');
/** Read and Describe. */
const mask = (1 << 3) | (1 << 8);
const untold = -(2 ** 31);

describe('what may be done', () => {
  test('with topics is asked for as an addition to their metadata', () => {
    const plain = written(metadata, ['a']);
    const asked = written(topicOperations, ['a']);
    assert.equal(plain.length, asked.length);
    assert.equal(plain.slice(0, -4), asked.slice(0, -4));
    assert.deepEqual([plain.slice(-4), asked.slice(-4)], ['0000', '0100']);
    const answers = read(topicOperations, (writer) => {
      writer.appendInt32(0);
      array(writer, [1], (w, id) =>
        w.appendInt32(id).appendString('h').appendInt32(9).appendString(null),
      );
      writer.appendString('id').appendInt32(1);
      array(writer, ['a', 'b'], (w, topic) => {
        w.appendInt16(topic === 'a' ? 0 : 3)
          .appendString(topic)
          .appendUUID(null);
        w.appendBoolean(false);
        array(w, [], () => {});
        w.appendInt32(topic === 'a' ? mask : untold);
      });
    });
    assert.deepEqual(answers, [
      { topic: 'a', code: 0, operations: new Set(['READ', 'DESCRIBE']) },
      { topic: 'b', code: 3, operations: undefined },
    ]);
  });

  test('with the cluster', () => {
    assert.equal(written(clusterOperations, undefined), hex(describeClusterV0(true, 1)));
    const answer = read(clusterOperations, (writer) => {
      writer.appendInt32(0).appendInt16(0).appendString(null).appendString('id').appendInt32(1);
      array(writer, [1], (w, id) =>
        w.appendInt32(id).appendString('h').appendInt32(9).appendString(null),
      );
      writer.appendInt32(1 << 12);
    });
    assert.deepEqual(answer.operations, new Set(['IDEMPOTENT_WRITE']));
  });

  test('with a group, whoever is in it', () => {
    assert.equal(written(groupOperations, { group: 'g' }), hex(describeGroupsV5(['g'], true)));
    const member = (writer: Writer) => {
      writer.appendString('m').appendString(null).appendString('c').appendString('/h');
      writer.appendBytes(Buffer.from('metadata')).appendBytes(Buffer.from('assignment'));
    };
    const answer = read(groupOperations, (writer) => {
      writer.appendInt32(0);
      array(writer, ['g'], (w, group) => {
        w.appendInt16(0).appendString(group).appendString('Stable');
        w.appendString('consumer').appendString('range');
        array(w, [1, 2], member);
        w.appendInt32(mask);
      });
    });
    assert.deepEqual(answer, { code: 0, refused: [], operations: new Set(['READ', 'DESCRIBE']) });
  });
});

test('what a broker understands is read though the header of that answer is another one', () => {
  // As it comes after the correlation id: a code of two bytes, of which the header takes the first.
  const ranges = read(apiVersions, (writer) => {
    writer.appendInt8(0);
    array(writer, [3], (w, key) => w.appendInt16(key).appendInt16(0).appendInt16(12));
    writer.appendInt32(0);
  });
  assert.deepEqual(ranges, new Map([[3, { min: 0, max: 12 }]]));
  assert.throws(() => read(apiVersions, (writer) => writer.appendInt8(35)), /with 35/);
});
