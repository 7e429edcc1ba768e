/** Groups are listed with their states, their offsets are read whole, and moved while they are idle. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { mapBounded } from '../../lib/bounded.ts';
import type { CommittedOffset, Settled } from '../../lib/kafka/ports.ts';
import { useCluster } from '../support/data-plane.ts';
import { committedBy, inOrder, useGroups } from '../support/groups.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const done: Settled<undefined> = { ok: true, value: undefined };
const newGroup = () => `group-${randomBytes(4).toString('hex')}`;

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`groups of Kafka ${version}`, () => {
    const cluster = useCluster(bootstrapServers);
    const groups = useGroups({ after }, bootstrapServers);
    const java = oracle.cluster(bootstrapServers);
    after(() => cluster.close());

    const stateOf = async (group: string) => {
      const listed = await groups.listGroups();
      assert.deepEqual(listed.failures, []);
      return listed.groups.find((found) => found.group === group);
    };

    test('keep what we commit as Kafka’s own tools see it, and are read as they were written', async () => {
      const [ours, theirs] = [newGroup(), newGroup()];
      const topic = await cluster.createTopic({ partitionCount: 3 });
      assert.deepEqual(await committedBy(groups, ours), []);
      const positions = [
        { topic, partition: 2, offset: 123_456_789_012n, metadata: 'Überblick' },
        { topic, partition: 0, offset: 0n, metadata: '' },
      ];
      assert.deepEqual(await groups.commitOffsets(ours, positions), [done, done]);
      await java.commitOffsets(theirs, positions);
      for (const group of [ours, theirs]) {
        assert.deepEqual(inOrder(await java.committedOffsets(group)), inOrder(positions));
        assert.deepEqual(await committedBy(groups, group), inOrder(positions));
        // Nobody ever joined: it has no protocol.
        assert.deepEqual(await stateOf(group), { group, protocolType: '', state: 'Empty' });
      }
      const further = { topic, partition: 2, offset: 2n ** 62n + 1n, metadata: '' };
      assert.deepEqual(await groups.commitOffsets(ours, [further]), [done]);
      assert.deepEqual(await committedBy(groups, ours), inOrder([positions[1]!, further]));
      assert.deepEqual(await groups.commitOffsets(ours, []), []);
    });

    test('that are deleted are neither listed nor committed', async () => {
      const group = newGroup();
      const topic = await cluster.createTopic();
      await groups.commitOffsets(group, [{ topic, partition: 0, offset: 5n, metadata: '' }]);
      await java.deleteGroup(group);
      assert.equal(await stateOf(group), undefined);
      assert.deepEqual(await committedBy(groups, group), []);
    });

    test('refuse topics and partitions that do not exist, and nothing else', async () => {
      const group = newGroup();
      const topic = await cluster.createTopic();
      const at = (place: { topic: string; partition: number }) => ({
        ...place,
        offset: 1n,
        metadata: '',
      });
      const absent = { topic: `${topic}-absent`, partition: 0 };
      const beyond = { topic, partition: 1 };
      const outcomes = await groups.commitOffsets(group, [
        at(absent),
        at({ topic, partition: 0 }),
        at(beyond),
      ]);
      assert.deepEqual(outcomes[1], done);
      for (const [index, place] of [
        [0, absent],
        [2, beyond],
      ] as const) {
        const error = errorOf(outcomes[index]);
        assert.equal(error.code, 'TOPIC_MISSING');
        assert.deepEqual([error.place.topic, error.place.partition], Object.values(place));
      }
      assert.equal((await committedBy(groups, group)).length, 1);
    });

    test('hold more than fits into one request, and refuse metadata that is too long', async () => {
      const group = newGroup();
      const topic = await cluster.createTopic({ partitionCount: 400 });
      const metadata = 'x'.repeat(4000);
      const positions = Array.from({ length: 400 }, (_, partition) => {
        return { topic, partition, offset: BigInt(partition), metadata };
      });
      const outcomes = await groups.commitOffsets(group, positions);
      assert.ok(outcomes.every(({ ok }) => ok));
      assert.deepEqual(await committedBy(groups, group), inOrder(positions));
      const tooLong = { ...positions[7]!, metadata: 'x'.repeat(5000) };
      const [refused] = await groups.commitOffsets(group, [tooLong]);
      assert.match(errorOf(refused).message, /\(12\), “offset\.metadata\.max\.bytes/);
    });

    test('in which a transaction is about to commit are waited for, and then told', async (context) => {
      const group = newGroup();
      const topic = await cluster.createTopic();
      await groups.commitOffsets(group, [{ topic, partition: 0, offset: 4n, metadata: '' }]);
      const kafka = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING });
      const producer = kafka.producer({ transactionalId: group, maxInFlightRequests: 1 });
      await producer.connect();
      context.after(() => producer.disconnect());
      const transaction = await producer.transaction();
      const partitions = [{ partition: 0, offset: '17' }];
      await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] });
      const hasty = useGroups(context, bootstrapServers, 300);
      const [unstable] = await hasty.committedOffsets([group]);
      const error = errorOf(unstable);
      assert.equal(error.code, 'SOURCE_NOT_READY');
      assert.match(error.message, new RegExp(`${topic}-0 of group ${group} with UNSTABLE_OFFSET`));
      const waiting = committedBy(groups, group);
      await transaction.commit();
      assert.equal((await waiting)[0]?.offset, 17n);
    });

    test('that are live refuse a commit from outside, and take it when they are idle', async () => {
      await live('classic', { cluster, groups, java });
    });

    test('by hundreds are read in one call, in the order asked for', async (context) => {
      const topic = await cluster.createTopic({ partitionCount: 200 });
      const names = Array.from({ length: 500 }, () => newGroup());
      const offset = (index: number, partition: number) => BigInt(index * 1000 + partition);
      await mapBounded(names, 16, async (group, index) => {
        const positions = Array.from({ length: 200 }, (_, partition) => {
          return { topic, partition, offset: offset(index, partition), metadata: '' };
        });
        const outcomes = await groups.commitOffsets(group, positions);
        assert.ok(outcomes.every(({ ok }) => ok));
      });
      const fresh = useGroups(context, bootstrapServers);
      const startedAt = performance.now();
      const answers = await fresh.committedOffsets([...names, newGroup()]);
      const elapsedMs = performance.now() - startedAt;
      assert.deepEqual(answers.pop(), { ok: true, value: [] });
      for (const [index, answer] of answers.entries()) {
        assert.ok(answer.ok && answer.value.length === 200);
        for (const position of answer.value) {
          assert.equal(position.offset, offset(index, position.partition));
        }
      }
      assert.ok(elapsedMs < 5000, `took ${elapsedMs} ms`);
    });
  });
}

test('members of the new protocol are seen and left alone by Kafka 3.9', async (context) => {
  const { bootstrapServers } = await ownCluster(context, {
    version: '3.9.2',
    properties: { 'group.coordinator.rebalance.protocols': 'classic,consumer' },
  });
  await newProtocol(context, bootstrapServers);
});

test('members of the new protocol are seen and left alone by Kafka 4.3', async (context) => {
  await newProtocol(context, parts.targetBootstrapServers);
});

test('a share group is told from a consumer group, and keeps no offsets for us', async (context) => {
  const cluster = useCluster(parts.targetBootstrapServers);
  context.after(() => cluster.close());
  const groups = useGroups(context, parts.targetBootstrapServers);
  const [group, topic] = [newGroup(), await cluster.createTopic()];
  const java = oracle.cluster(parts.targetBootstrapServers);
  const member = await java.joinGroup(group, { topic, protocol: 'share' });
  const listed = async () =>
    (await groups.listGroups()).groups.find((found) => found.group === group);
  await until(async () => (await listed())?.protocolType === 'share');
  await member.leave();
  assert.deepEqual(await committedBy(groups, group), []);
  const position = { topic, partition: 0, offset: 1n, metadata: '' };
  const error = errorOf((await groups.commitOffsets(group, [position]))[0]);
  assert.match(error.message, /a group of another kind has this name/);
});

interface Parts {
  cluster: ReturnType<typeof useCluster>;
  groups: ReturnType<typeof useGroups>;
  java: ReturnType<typeof oracle.cluster>;
}

async function newProtocol(context: Parameters<typeof useGroups>[0], bootstrapServers: string) {
  const cluster = useCluster(bootstrapServers);
  context.after(() => cluster.close());
  const groups = useGroups(context, bootstrapServers);
  await live('consumer', { cluster, groups, java: oracle.cluster(bootstrapServers) });
}

async function live(protocol: 'classic' | 'consumer', { cluster, groups, java }: Parts) {
  const group = newGroup();
  const topic = await cluster.createTopic({ partitionCount: 2 });
  const stand: CommittedOffset = { topic, partition: 0, offset: 3n, metadata: 'theirs' };
  await java.commitOffsets(group, [stand]);
  const member = await java.joinGroup(group, { topic, protocol });
  const state = async () =>
    (await groups.listGroups()).groups.find((found) => found.group === group);
  const joined = await state();
  assert.equal(joined?.protocolType, 'consumer');
  assert.notEqual(joined.state, 'Empty');
  const moved = [0, 1].map((partition) => ({ topic, partition, offset: 1n, metadata: '' }));
  for (const outcome of await groups.commitOffsets(group, moved)) {
    const error = errorOf(outcome);
    assert.equal(error.code, 'GROUP_ACTIVE');
    assert.match(error.message, new RegExp(`OffsetCommit of group ${group} with UNKNOWN_MEMBER`));
    assert.deepEqual([error.place.group, error.place.topic], [group, undefined]);
  }
  await member.leave();
  assert.deepEqual(await state(), { group, protocolType: 'consumer', state: 'Empty' });
  assert.deepEqual(await groups.commitOffsets(group, moved), [done, done]);
  assert.deepEqual(await committedBy(groups, group), moved);
}

function errorOf(outcome: Settled<unknown> | undefined) {
  assert.ok(outcome && !outcome.ok);
  return outcome.error;
}
