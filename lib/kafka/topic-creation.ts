import { type KafkaAdmin, openAdmin } from './admin.ts';
import type { ConnectionsOptions } from './network/connections.ts';
import type { KafkaDataPlane } from './ports.ts';

/**
 * For functions that create a topic once in the life of a cluster: the client that can is connected
 * for that alone, and existing topics are seen through the data plane.
 */
export function topicCreation(
  dataPlane: Pick<KafkaDataPlane, 'partitionCount'>,
  options: ConnectionsOptions,
): Pick<KafkaAdmin, 'partitionCount' | 'createTopics'> {
  return {
    partitionCount: (topic) => dataPlane.partitionCount(topic),
    async createTopics(topics) {
      const admin = openAdmin(options);
      try {
        await admin.createTopics(topics);
      } finally {
        await admin.close();
      }
    },
  };
}
