/** Our requests, byte for byte what @platformatic/kafka's own writers make of the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as cluster from '../../../../lib/kafka/protocol/cluster.ts';
import * as group from '../../../../lib/kafka/protocol/group.ts';
import * as log from '../../../../lib/kafka/protocol/log.ts';
import { createRequest as listGroupsV4 } from '../../../../node_modules/@platformatic/kafka/dist/apis/admin/list-groups-v4.js';
import { createRequest as fetchV12 } from '../../../../node_modules/@platformatic/kafka/dist/apis/consumer/fetch-v12.js';
import { createRequest as listOffsetsV6 } from '../../../../node_modules/@platformatic/kafka/dist/apis/consumer/list-offsets-v6.js';
import { createRequest as offsetCommitV8 } from '../../../../node_modules/@platformatic/kafka/dist/apis/consumer/offset-commit-v8.js';
import { createRequest as offsetFetchV7 } from '../../../../node_modules/@platformatic/kafka/dist/apis/consumer/offset-fetch-v7.js';
import { createRequest as findCoordinatorV3 } from '../../../../node_modules/@platformatic/kafka/dist/apis/metadata/find-coordinator-v3.js';
import { createRequest as metadataV11 } from '../../../../node_modules/@platformatic/kafka/dist/apis/metadata/metadata-v11.js';
import { createRequest as initProducerIdV4 } from '../../../../node_modules/@platformatic/kafka/dist/apis/producer/init-producer-id-v4.js';
import { written } from './answers.ts';

const partitions = [
  { topic: 'orders', partition: 3, offset: 5n },
  { topic: 'Überweisungen', partition: 0, offset: 0n },
  { topic: 'orders', partition: 1, offset: 9_007_199_254_740_993n },
];
/** Topics in the order of first mention, as the protocol nests them. */
const nested = [
  { name: 'orders', partitions: [partitions[0]!, partitions[2]!] },
  { name: 'Überweisungen', partitions: [partitions[1]!] },
];

describe('requests', () => {
  test('Fetch', () => {
    const options = { maxWaitMs: 100, minBytes: 1, maxBytes: 2000, maxPartitionBytes: 300 };
    for (const isolation of ['read_uncommitted', 'read_committed'] as const) {
      const topics = nested.map(({ name, partitions: parts }) => ({
        topicId: name,
        partitions: parts.map(({ partition, offset }) => ({
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: offset,
          lastFetchedEpoch: -1,
          partitionMaxBytes: 300,
        })),
      }));
      const level = isolation === 'read_committed' ? 1 : 0;
      assert.equal(
        written(log.fetch, { ...options, isolation, positions: partitions }),
        fetchV12(100, 1, 2000, level, 0, -1, topics, [], '').buffer.toString('hex'),
      );
    }
  });

  test('ListOffsets', () => {
    for (const [which, timestamp] of [
      ['latest', -1n],
      ['earliest', -2n],
    ] as const) {
      const topics = nested.map(({ name, partitions: parts }) => ({
        name,
        partitions: parts.map(({ partition }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: -1,
          timestamp,
        })),
      }));
      assert.equal(
        written(log.listOffsets, { partitions, which }),
        listOffsetsV6(-1, 0, topics).buffer.toString('hex'),
      );
    }
  });

  test('InitProducerId', () => {
    const expected = initProducerIdV4(null, 0, -1n, -1).buffer.toString('hex');
    assert.equal(written(log.initProducerId, undefined), expected);
  });

  test('Metadata never lets a topic be created', () => {
    const expected = metadataV11(['orders', 'x'], false, false).buffer.toString('hex');
    assert.equal(written(cluster.metadata, ['orders', 'x']), expected);
    const ofAll = metadataV11(null, false, false).buffer.toString('hex');
    assert.equal(written(cluster.metadata, undefined), ofAll);
  });

  test('FindCoordinator, ListGroups, OffsetCommit and OffsetFetch', () => {
    const hex = (writer: { buffer: Buffer }) => writer.buffer.toString('hex');
    assert.equal(written(group.findCoordinator, 'g'), hex(findCoordinatorV3(0, ['g'])));
    const committed = nested.map(({ name, partitions: parts }) => ({
      name,
      partitions: parts.map(({ partition, offset }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: -1,
        committedMetadata: `beside ${offset}`,
      })),
    }));
    const positions = partitions.map((position) => ({
      ...position,
      metadata: `beside ${position.offset}`,
    }));
    assert.equal(
      written(group.offsetCommit, { group: 'g', positions }),
      hex(offsetCommitV8('g', -1, '', null, committed)),
    );
    assert.equal(written(group.listGroups, undefined), hex(listGroupsV4([], [])));
    // Its types know no request for all topics; its writer does.
    const allTopics = [{ groupId: 'g', topics: null as unknown as [] }];
    assert.equal(written(group.offsetFetch, { group: 'g' }), hex(offsetFetchV7(allTopics, true)));
  });
});
