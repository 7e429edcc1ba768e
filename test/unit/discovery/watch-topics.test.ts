import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchTopics } from '../../../lib/discovery/watch-topics.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { KafkaDataPlane } from '../../../lib/kafka/ports.ts';
import type { TopicListing } from '../../../lib/kafka/topic-admin.ts';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import type { KnownTopic, PartitionState } from '../../../lib/state/ports.ts';

const listing = (topic: string, topicId: string): TopicListing => {
  return { topic, topicId, partitionCount: 1, replicationFactor: 1 };
};
const known = (topic: string): KnownTopic => {
  const ids = { sourceTopicId: `id of ${topic}`, remoteTopicId: `id of us.${topic}` };
  return { topic, ...ids, states: [], emptyTails: [] };
};
const at = (offset: bigint): Pick<KafkaDataPlane, 'listOffsets' | 'fetch'> => ({
  listOffsets: async (partitions, which) =>
    partitions.map(() => ({ ok: true, value: which === 'earliest' ? 0n : offset })),
  fetch: async () => [],
});

/** Every topic of `replicated` stands at 5, as both clusters do. */
function watch(
  {
    mirrored = ['orders'],
    existing = ['us.orders'],
    replicated = ['orders'],
  }: Partial<Record<'mirrored' | 'existing' | 'replicated', string[]>>,
  stored: KnownTopic[],
  failures: MirrorlessError[] = [],
) {
  const listings = (names: string[]) => names.map((topic) => listing(topic, `id of ${topic}`));
  const topics = {
    names: new Set(mirrored),
    mirrored: listings(mirrored),
    existing: new Map(listings(existing).map((each) => [each.topic, each])),
    unmatched: [],
  };
  const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
  const state: PartitionState = { ...identity, segment: emptySegment(5n, 5n) };
  return watchTopics(
    topics,
    { topics: stored, failures },
    {
      source: at(5n),
      target: at(5n),
      state: {
        read: async (partitions) =>
          partitions.map(({ topic }) => (replicated.includes(topic) ? state : undefined)),
      },
      mirrors: (topic) => topic !== 'other',
      formatRemoteTopic: (topic) => `us.${topic}`,
      nowMs: 7,
    },
  );
}

describe('watching topics', () => {
  it('remembers a new topic by its ids, and finds nothing the matter', async () => {
    const watched = await watch({}, []);
    assert.deepEqual(watched.changes, [{ after: known('orders') }]);
    assert.deepEqual([watched.states, watched.failures, watched.lost.size], [[], [], 0]);
  });

  it('watches what it once mirrored, as long as the patterns take it', async () => {
    const stored = ['orders', 'gone', 'other'].map(known);
    const { states, changes } = await watch({ existing: ['us.orders', 'us.gone'] }, stored);
    assert.deepEqual(
      states.map(({ state, topic, sinceMs }) => [state, topic, sinceMs]),
      [['source-deleted', 'gone', 7]],
    );
    assert.deepEqual(
      changes.map(({ before }) => before?.topic),
      ['orders', 'gone'],
    );
  });

  it('names remote topics that are gone with what was replicated', async () => {
    const { lost, states } = await watch({ existing: [] }, [known('orders')]);
    assert.deepEqual([...lost], ['us.orders']);
    assert.deepEqual(
      states.map(({ state }) => state),
      ['target-deleted'],
    );
    const unmapped = await watch({ existing: [], replicated: [] }, [known('orders')]);
    assert.equal(unmapped.lost.size, 0);
  });

  it('leaves alone what is stored of a topic and does not decode', async () => {
    const broken = new MirrorlessError('STATE_CORRUPT', 'broken', { place: { topic: 'orders' } });
    assert.deepEqual((await watch({}, [], [broken])).changes, []);
  });
});
