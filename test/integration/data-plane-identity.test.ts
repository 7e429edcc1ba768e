/** What brokers make of one producer identity that several connections share (design section 5). */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { send, useCluster } from '../support/data-plane.ts';
import { sharedParts } from '../support/parts.ts';

const parts = await sharedParts();

for (const [version, bootstrapServers] of [
  ['3.9', parts.sourceBootstrapServers],
  ['4.3', parts.targetBootstrapServers],
] as const) {
  describe(`one producer identity on two connections to Kafka ${version}`, () => {
    const cluster = useCluster(bootstrapServers);
    after(() => cluster.close());
    const dead = cluster.connect();
    const living = cluster.connect();

    test('the same range again is answered with its first offset and not appended', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      assert.equal(await send(living, identity, { topic, from: 0, to: 10 }), 'offset 0');
      assert.equal(await send(living, identity, { topic, from: 10, to: 15 }), 'offset 10');
      assert.equal(await send(dead, identity, { topic, from: 0, to: 10 }), 'offset 0');
      assert.equal(await send(dead, identity, { topic, from: 10, to: 15 }), 'offset 10');
      assert.deepEqual(await logEnd(topic), 15n);
    });

    test('a range with other boundaries is refused', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      await send(living, identity, { topic, from: 0, to: 10 });
      await send(living, identity, { topic, from: 10, to: 20 });
      for (const [from, to] of [
        [10, 15],
        [10, 25],
        [5, 15],
        [12, 20],
        [15, 25],
        [0, 20],
      ] as const) {
        assert.equal(await send(dead, identity, { topic, from, to }), 'error 45', `${from}–${to}`);
      }
      assert.deepEqual(await logEnd(topic), 20n);
    });

    test('an old range is refused after nine newer ones', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      for (let from = 0; from < 10; from += 1) {
        await send(living, identity, { topic, from, to: from + 1 });
      }
      assert.equal(await send(dead, identity, { topic, from: 0, to: 1 }), 'error 45');
      assert.deepEqual(await logEnd(topic), 10n);
    });

    test('the next range is appended from either connection', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      for (let from = 0; from < 12; from += 3) {
        const dataPlane = from % 2 === 0 ? living : dead;
        assert.equal(
          await send(dataPlane, identity, { topic, from, to: from + 3 }),
          `offset ${from}`,
        );
      }
    });

    test('a range behind a gap is refused', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      await send(living, identity, { topic, from: 0, to: 10 });
      assert.equal(await send(living, identity, { topic, from: 11, to: 12 }), 'error 45');
    });

    test('sequences go on at 0 after 2,147,483,647', async () => {
      const topic = await cluster.createTopic();
      const identity = await living.allocateProducer();
      const last = 2 ** 31 - 1;
      const near = { topic, from: last - 1, to: last + 1 };
      assert.equal(await send(living, identity, near), 'offset 0');
      assert.equal(await send(dead, identity, { topic, from: 0, to: 4 }), 'offset 2');
      assert.equal(await send(dead, identity, near), 'offset 0');
    });

    async function logEnd(topic: string): Promise<bigint | undefined> {
      const [end] = await living.listOffsets([{ topic, partition: 0 }], 'latest');
      return end?.ok ? end.value : undefined;
    }
  });
}
