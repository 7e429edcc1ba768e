/** Topics of a cluster as a test makes them and looks at them. */
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openTopicAdmin, type TopicListing } from '../../lib/kafka/topic-admin.ts';
import { type TopicCreation, topicCreation } from '../../lib/kafka/topic-creation.ts';

export interface Topics extends TopicCreation {
  listing(topic: string): Promise<TopicListing | undefined>;
  /** Undefined where the topic has no such setting. */
  setting(topic: string, name: string): Promise<string | null | undefined>;
  close(): Promise<void>;
}

export function openTopics(bootstrapServers: string): Topics {
  const cluster = { alias: 'backup', bootstrapServers: bootstrapServers.split(',') };
  const options = { cluster, side: 'target' as const, requestTimeoutMs: 20_000 };
  const dataPlane = openDataPlane(options);
  const admin = openTopicAdmin(options);
  return {
    ...topicCreation(dataPlane, options),
    listing: async (topic) => (await admin.listTopics()).find((found) => found.topic === topic),
    async setting(topic, name) {
      const [configs] = await admin.topicConfigs([topic]);
      if (configs?.ok) return configs.value.find((config) => config.name === name)?.value;
      throw configs?.error;
    },
    close: async () => {
      await Promise.all([admin.close(), dataPlane.close()]);
    },
  };
}
