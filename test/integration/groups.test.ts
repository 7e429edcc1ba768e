/** Groups are listed with their states, their offsets are read whole, and moved while they are idle. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { openGroups } from '../../lib/kafka/groups.ts';
import { useCluster } from '../support/data-plane.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  const brokers = bootstrapServers.split(',');
  const options = {
    cluster: { alias: 'primary', bootstrapServers: brokers },
    side: 'source',
    requestTimeoutMs: 20_000,
  } as const;
  const newGroup = () => `group-${randomBytes(4).toString('hex')}`;

  describe(`groups of Kafka ${version}`, () => {
    const cluster = useCluster(bootstrapServers);
    const groups = openGroups(options);
    after(() => Promise.all([cluster.close(), groups.close()]));

    test('keep what was committed with its metadata, and nothing else', async () => {
      const group = newGroup();
      const topic = await cluster.createTopic({ partitionCount: 3 });
      assert.deepEqual(await groups.committedOffsets([group]), [{ ok: true, value: [] }]);
      const done = { ok: true, value: undefined };
      const far = { topic, partition: 2, offset: 9_007_199_254_740_993n, metadata: 'Überblick' };
      const start = { topic, partition: 0, offset: 0n, metadata: '' };
      assert.deepEqual(await groups.commitOffsets(group, [far, start]), [done, done]);
      assert.deepEqual(await committed(group), [start, far]);
      assert.deepEqual(await groups.commitOffsets(group, [{ ...far, offset: 5n }]), [done]);
      assert.deepEqual(await committed(group), [start, { ...far, offset: 5n }]);
      assert.deepEqual(await groups.commitOffsets(group, []), []);
    });

    test('with members refuse a commit from outside', async () => {
      const group = newGroup();
      const topic = await cluster.createTopic();
      const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({
        groupId: group,
      });
      after(() => consumer.disconnect());
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.connect();
      await consumer.subscribe({ topic });
      await consumer.run({ eachMessage: async () => {} });
      await joined;
      const position = { topic, partition: 0, offset: 1n, metadata: '' };
      const [outcome] = await groups.commitOffsets(group, [position]);
      assert.ok(outcome && !outcome.ok);
      assert.equal(outcome.error.code, 'GROUP_ACTIVE');
      assert.match(
        outcome.error.message,
        new RegExp(`OffsetCommit of group ${group} with UNKNOWN_MEMBER_ID`),
      );
    });

    async function committed(group: string) {
      const [outcome] = await groups.committedOffsets([group]);
      assert.ok(outcome?.ok);
      return outcome.value.toSorted((one, other) => one.partition - other.partition);
    }
  });
}
