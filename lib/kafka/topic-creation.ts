/** Topics that are created now and then, one or a few, and are written to at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { toMirrorlessError } from '../errors.ts';
import type { ConnectionsOptions } from './network/connections.ts';
import type { KafkaDataPlane } from './ports.ts';
import { type NewTopic, openTopicAdmin } from './topic-admin.ts';

type WantedTopic = Omit<NewTopic, 'configs'> & Partial<Pick<NewTopic, 'configs'>>;

export interface TopicCreation {
  /** Undefined where the topic does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /**
   * Creates what is missing, until it can be written to; topics that exist are left as they are.
   * Throws the cluster's first refusal.
   */
  createTopics(topics: readonly WantedTopic[]): Promise<void>;
}

/** Connects to create, and for that alone: what exists is seen through the data plane. */
export function topicCreation(
  dataPlane: Pick<KafkaDataPlane, 'partitionCount' | 'listOffsets'>,
  options: ConnectionsOptions,
): TopicCreation {
  return {
    partitionCount: (topic) => dataPlane.partitionCount(topic),
    async createTopics(topics) {
      const admin = openTopicAdmin(options);
      try {
        const wanted = topics.map((topic) => ({ configs: {}, ...topic }));
        const outcomes = await admin.createTopics(wanted);
        for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
      } finally {
        await admin.close();
      }
      await Promise.all(topics.map((topic) => untilServed(dataPlane, topic, options)));
    },
  };
}

const servedPauseMs = 50;

/** Brokers learn of a new topic one after the other: every leader must serve its partition. */
async function untilServed(
  dataPlane: Pick<KafkaDataPlane, 'listOffsets'>,
  { topic, partitionCount: length }: WantedTopic,
  { requestTimeoutMs }: ConnectionsOptions,
): Promise<void> {
  const endsAt = Date.now() + requestTimeoutMs;
  const partitions = Array.from({ length }, (_, partition) => ({ topic, partition }));
  for (;;) {
    const ends = await dataPlane.listOffsets(partitions, 'latest');
    const failed = ends.find((end) => !end.ok);
    if (failed === undefined) return;
    const error = toMirrorlessError(failed.error);
    if (Date.now() > endsAt || !error.retriable) throw error;
    await pause(servedPauseMs);
  }
}
