import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MirrorlessError } from '../../../../lib/errors.ts';
import type { Connections } from '../../../../lib/kafka/network/connections.ts';
import { Metadata } from '../../../../lib/kafka/network/metadata.ts';
import type { MetadataResponse } from '../../../../lib/kafka/protocol/cluster.ts';

const broker = (id: number) => ({ host: 'broker', port: 9000 + id });

/** A cluster that answers what it is told to, and counts the questions. */
function cluster(topics: Record<string, number[] | number>) {
  const asked: string[][] = [];
  const connections = {
    peer: { alias: 'backup', side: 'target' },
    async askAny(
      _api: unknown,
      names: readonly string[] = Object.keys(topics),
    ): Promise<MetadataResponse> {
      asked.push([...names]);
      return {
        brokers: new Map([1, 2].map((id) => [id, broker(id)])),
        clusterId: 'cluster',
        controller: 1,
        topics: names.map((topic) => {
          const known = topics[topic] ?? 3;
          const topicId = undefined;
          if (typeof known === 'number') return { topic, topicId, code: known, partitions: [] };
          const partitions = known.map((leader, partition) => {
            return { partition, code: 0, leader, replicaCount: 1 };
          });
          return { topic, topicId, code: 0, partitions };
        }),
      };
    },
  } as unknown as Pick<Connections, 'peer' | 'askAny'>;
  return { topics, asked, connections, metadata: new Metadata(connections) };
}

describe('Metadata', () => {
  test('asks once for what exists, in one request', async () => {
    const { metadata, asked } = cluster({ a: [1, 2], b: [2] });
    const wanted = [
      { topic: 'a', partition: 0 },
      { topic: 'b', partition: 0 },
      { topic: 'a', partition: 1 },
    ];
    for (let round = 0; round < 2; round += 1) {
      const leaders = await metadata.leaders(wanted);
      assert.deepEqual(
        leaders.map((leader) => leader.ok && leader.value),
        [broker(1), broker(2), broker(2)],
      );
    }
    assert.deepEqual(asked, [['a', 'b']]);
    assert.deepEqual(metadata.knownLeader({ topic: 'a', partition: 1 }), broker(2));
  });

  test('lists what exists and may be seen', async () => {
    const { metadata } = cluster({ a: [1, 2], refused: 29, b: [2] });
    assert.deepEqual(await metadata.listTopics(), [
      { topic: 'a', partitionCount: 2 },
      { topic: 'b', partitionCount: 1 },
    ]);
  });

  test('asks every time for what does not exist, and finds it when it does', async () => {
    const { metadata, topics, asked } = cluster({ a: [1] });
    assert.equal(await metadata.partitionCount('new'), undefined);
    const [absent] = await metadata.leaders([{ topic: 'new', partition: 0 }]);
    assert.equal(absent?.ok === false && absent.error.code, 'TOPIC_MISSING');
    topics['new'] = [2];
    const [there] = await metadata.leaders([{ topic: 'new', partition: 0 }]);
    assert.deepEqual(there, { ok: true, value: broker(2) });
    assert.equal(await metadata.partitionCount('new'), 1);
    assert.equal(asked.length, 3);
  });

  test('a partition beyond the count is looked for, the others stay known', async () => {
    const { metadata, topics } = cluster({ a: [1] });
    await metadata.leaders([{ topic: 'a', partition: 0 }]);
    const [beyond] = await metadata.leaders([{ topic: 'a', partition: 1 }]);
    assert.equal(beyond?.ok === false && beyond.error.code, 'TOPIC_MISSING');
    topics['a'] = [1, 2];
    const [grown] = await metadata.leaders([{ topic: 'a', partition: 1 }]);
    assert.deepEqual(grown, { ok: true, value: broker(2) });
  });

  test('a partition whose leader is away is not ready, and asked for again', async () => {
    const { metadata, topics } = cluster({ a: [-1, 1] });
    const both = [0, 1].map((partition) => ({ topic: 'a', partition }));
    const [away, here] = await metadata.leaders(both);
    assert.equal(away?.ok === false && away.error.code, 'TARGET_NOT_READY');
    assert.deepEqual(here, { ok: true, value: broker(1) });
    topics['a'] = [2, 1];
    assert.deepEqual((await metadata.leaders(both))[0], { ok: true, value: broker(2) });
  });

  test('a topic that may not be seen is no missing topic', async () => {
    const { metadata } = cluster({ secret: 29 });
    await assert.rejects(metadata.partitionCount('secret'), { code: 'UNAUTHORIZED' });
    const [leader] = await metadata.leaders([{ topic: 'secret', partition: 0 }]);
    assert.equal(leader?.ok === false && leader.error.code, 'UNAUTHORIZED');
  });

  test('is asked again after it was forgotten, and after five minutes', async (context) => {
    context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    const { metadata, asked } = cluster({ a: [1], b: [1] });
    const wanted = ['a', 'b'].map((topic) => ({ topic, partition: 0 }));
    await metadata.leaders(wanted);
    metadata.forget('a');
    await metadata.leaders(wanted);
    context.mock.timers.setTime(1_000_000 + 299_000);
    await metadata.leaders(wanted);
    assert.deepEqual(asked, [['a', 'b'], ['a']]);
    context.mock.timers.setTime(1_000_000 + 300_000);
    await metadata.leaders(wanted);
    metadata.forget();
    await metadata.leaders(wanted);
    assert.equal(asked.length, 4);
  });

  test('where nobody answers, what is known is still of use', async () => {
    const { metadata, connections } = cluster({ a: [1] });
    await metadata.leaders([{ topic: 'a', partition: 0 }]);
    const error = new MirrorlessError('TARGET_UNREACHABLE', 'nobody answers');
    connections.askAny = () => Promise.reject(error);
    const answers = await metadata.leaders(['a', 'b'].map((topic) => ({ topic, partition: 0 })));
    assert.deepEqual(answers, [
      { ok: true, value: broker(1) },
      { ok: false, error },
    ]);
    await assert.rejects(metadata.partitionCount('b'), error);
  });
});
