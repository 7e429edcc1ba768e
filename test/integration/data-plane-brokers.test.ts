/** Leaders move and brokers die; no batch is lost or appended twice by sending it again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaDataPlane, ProduceAnswer, ProducerIdentity } from '../../lib/kafka/ports.ts';
import type { KafkaBroker } from '../../lib/local/parts/kafka-cluster.ts';
import { batchOf, type Range, said, send, useCluster } from '../support/data-plane.ts';
import { ownCluster } from '../support/parts.ts';

const dayMs = 24 * 60 * 60 * 1000;

for (const version of ['3.9.2', '4.3.1'] as const) {
  test(`Kafka ${version}: a broker that is killed and restarted remembers the producer`, async (context) => {
    const own = await ownCluster(context, { version });
    const cluster = useCluster(own.bootstrapServers);
    context.after(() => cluster.close());
    const [topic, oldTopic] = [await cluster.createTopic(), await cluster.createTopic()];
    const dataPlane = cluster.connect(5000);
    const identity = await dataPlane.allocateProducer();
    const old = { topic: oldTopic, from: 0, to: 5, timestamp: Date.now() - 2 * dayMs };
    assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 5 }), 'offset 0');
    assert.equal(await send(dataPlane, identity, old), 'offset 0');
    assert.equal(await send(dataPlane, identity, old), 'offset 0');

    const [broker] = own.brokers as [KafkaBroker];
    await broker.kill('SIGKILL');
    const [down] = await dataPlane.produce([batchOf(identity, { topic, from: 5, to: 8 })]);
    assert.equal(said(down), 'error 13');
    assert.equal(down?.ok === false && down.error.code, 'TARGET_UNREACHABLE');
    await broker.start();

    const again = { topic, from: 5, to: 8 };
    assert.equal(await sendUntilSettled(dataPlane, identity, again), 'offset 5');
    assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 5 }), 'offset 0');
    assert.equal(await send(dataPlane, identity, { topic, from: 3, to: 8 }), 'error 45');
    assert.equal(await send(dataPlane, identity, { topic, from: 8, to: 9 }), 'offset 8');
    // The reason for reading the log back: by record timestamps this producer has expired.
    assert.equal(await send(dataPlane, identity, old), 'offset 5');
  });
}

test('three brokers: leaders move and die under a stream of batches', async (context) => {
  const own = await ownCluster(context, { version: '4.3.1', brokers: 3 });
  const cluster = useCluster(own.bootstrapServers);
  context.after(() => cluster.close());
  const topic = await cluster.createTopic({
    replicationFactor: 3,
    configs: { 'min.insync.replicas': '2' },
  });
  const partition = { topic, partition: 0 };
  const dataPlane = cluster.connect(5000);
  const idle = cluster.connect(5000);
  const identity = await dataPlane.allocateProducer();
  const idleIdentity = await idle.allocateProducer();
  assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 1 }), 'offset 0');
  assert.equal(await send(idle, idleIdentity, { topic, from: 0, to: 1 }), 'offset 1');
  const leaderOf = async (): Promise<KafkaBroker> => {
    const plane = cluster.connect(5000);
    const [address] = await plane.leaders([partition]);
    await plane.close();
    return own.brokers.find(({ port }) => address === `127.0.0.1:${port}`)!;
  };

  let sequence = 1;
  const stream = async (until: () => boolean) => {
    while (!until()) {
      const range = { topic, from: sequence, to: sequence + 3 };
      const settled = await sendUntilSettled(dataPlane, identity, range);
      // One foreign record lies before ours; what had landed unseen is answered with its offset.
      assert.equal(settled, `offset ${sequence + 1}`);
      sequence += 3;
    }
  };

  for (const end of ['stop', 'SIGKILL'] as const) {
    const leader = await leaderOf();
    let isOver = false;
    const streaming = stream(() => isOver);
    await (end === 'stop' ? leader.stop() : leader.kill(end));
    const before = sequence;
    while (sequence < before + 30) await pause(20);
    await leader.start();
    isOver = true;
    await streaming;
    assert.notEqual((await leaderOf()).id, leader.id, 'the leader has moved');
  }

  // Knows only leaders of long ago: a question finds the new one by itself.
  assert.deepEqual(await idle.listOffsets([partition], 'latest'), [
    { ok: true, value: BigInt(sequence + 1) },
  ]);
  const [records] = await idle.fetch([{ ...partition, offset: 0n }], {
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 1e6,
    maxPartitionBytes: 1e6,
  });
  assert.ok(records?.ok && records.value.bytes.length > 0);
});

test('three brokers: a follower refuses, and too few replicas pass when one is back', async (context) => {
  const own = await ownCluster(context, { version: '3.9.2', brokers: 3 });
  const cluster = useCluster(own.bootstrapServers);
  context.after(() => cluster.close());
  const topic = await cluster.createTopic({
    replicationFactor: 3,
    configs: { 'min.insync.replicas': '3' },
  });
  const partition = { topic, partition: 0 };
  const dataPlane = cluster.connect(5000);
  const identity = await dataPlane.allocateProducer();
  assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 1 }), 'offset 0');
  const [address] = await dataPlane.leaders([partition]);
  const leader = own.brokers.find(({ port }) => address === `127.0.0.1:${port}`)!;

  await leader.stop();
  const other = cluster.connect(5000);
  const short = await other.produce([batchOf(identity, { topic, from: 1, to: 2 })]);
  assert.ok(short[0]?.ok === false && [6, 13, 19, 20].includes(short[0].kafkaCode), said(short[0]));
  while (
    said((await other.produce([batchOf(identity, { topic, from: 1, to: 2 })]))[0]) !== 'error 19'
  ) {
    await pause(50);
  }
  const [refused] = await other.produce([batchOf(identity, { topic, from: 1, to: 2 })]);
  assert.equal(refused?.ok === false && refused.error.code, 'TARGET_NOT_READY');
  assert.equal(refused?.ok === false && refused.error.retriable, true);

  await leader.start();
  // Still believes in the leader of before, who is a follower now.
  assert.equal(await send(dataPlane, identity, { topic, from: 1, to: 2 }), 'error 6');
  assert.equal(await sendUntilSettled(dataPlane, identity, { topic, from: 1, to: 2 }), 'offset 1');
});

/** As the flow does: what passes is tried again with the same sequence until the broker settles it. */
async function sendUntilSettled(
  dataPlane: KafkaDataPlane,
  identity: ProducerIdentity,
  range: Range,
): Promise<string> {
  for (;;) {
    const [answer] = await dataPlane.produce([batchOf(identity, range)]);
    if (!isPassing(answer)) return said(answer);
    await pause(50);
  }
}

function isPassing(answer: ProduceAnswer | undefined): boolean {
  return answer?.ok === false && answer.error.retriable && answer.kafkaCode !== 45;
}
