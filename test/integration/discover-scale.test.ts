/** 1,000 new topics of 10 partitions are created and mapped in one run; unchanged, nothing is written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapBounded } from '../../lib/bounded.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import { type DiscoverFunction, deployDiscover } from '../support/discover-function.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';

const topicCount = 1000;
const partitionCount = 10;
const sweepMaxMs = 30_000;
/** A call a topic at 15 a second, which no run can be faster than, and as much again. */
const mappedMaxMs = 2 * (topicCount / 15) * 1000;
const maxResidentBytes = 256 * 1024 * 1024;

const parts = await sharedParts();

test(`${topicCount} topics × ${partitionCount} partitions`, async (t) => {
  const [source, target] = await Promise.all(
    (['3.9.2', '4.3.1'] as const).map((version) => ownCluster(t, { version })),
  );
  const servers = { source: source!.bootstrapServers, target: target!.bootstrapServers };
  await createTopics(servers.source);
  const discover = await deployDiscover(t, { ...servers, topics: 'scale-.*', parts });

  const first = await discover.run();
  t.diagnostic(`created and mapped: ${JSON.stringify(first)}`);
  assert.deepEqual(first.done, { 'create-topic': topicCount, 'create-mapping': topicCount });
  assert.ok(first.tookMs < mappedMaxMs, `${first.tookMs} ms`);
  await until(() => discover.lambda.reading.length === topicCount);

  await pretendReplicated(discover);
  await discover.run(); // Knows the ids of what was created since.
  const unchanged = await discover.run();
  t.diagnostic(`unchanged: ${JSON.stringify(unchanged)}`);
  assert.deepEqual(unchanged.done, {});
  assert.ok(unchanged.tookMs < sweepMaxMs, `${unchanged.tookMs} ms`);
  assert.ok(unchanged.residentBytes < maxResidentBytes, `${unchanged.residentBytes} bytes`);
});

async function createTopics(bootstrapServers: string): Promise<void> {
  const cluster = { alias: 'source', bootstrapServers: bootstrapServers.split(',') };
  const admin = openTopicAdmin({ cluster, side: 'source', requestTimeoutMs: 60_000 });
  try {
    const configs = { 'cleanup.policy': 'compact', 'retention.ms': '-1' };
    const topics = Array.from({ length: topicCount }, (_, index) => {
      return { topic: `scale-${index}`, partitionCount, replicationFactor: 1, configs };
    });
    const made = await admin.createTopics(topics);
    assert.ok(made.every(({ ok }) => ok));
    await until(async () => (await admin.listTopics()).length >= topicCount, 120_000);
  } finally {
    await admin.close();
  }
}

/** Every partition has progress, at the beginning of its log. */
async function pretendReplicated({ state }: DiscoverFunction): Promise<void> {
  const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
  const partitions = Array.from({ length: topicCount * partitionCount }, (_, index) => ({
    topic: `scale-${Math.floor(index / partitionCount)}`,
    partition: index % partitionCount,
  }));
  await mapBounded(partitions, 16, (partition) =>
    state.create(partition, { ...identity, segment: emptySegment(0n, 0n) }),
  );
}
