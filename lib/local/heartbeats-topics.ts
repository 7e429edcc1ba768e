import { flowSettings } from '../config/flow-settings.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { toMirrorlessError } from '../errors.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { topicCreation } from '../kafka/topic-creation.ts';
import { ensureCompactedTopic } from '../mm2/topics.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';

/**
 * Creates the heartbeats topic on the target of every flow that emits, before topics are discovered:
 * then a flow that reads from there finds it, and mirrors it. As in MM2, nothing ends where this
 * fails; it is told, and the heartbeat function tries again.
 */
export async function ensureHeartbeatsTopics({
  configuration,
  flows,
  notify,
}: {
  configuration: Configuration;
  flows: readonly Flow[];
  notify(text: string): void;
}): Promise<void> {
  const emitting = flows.filter(({ heartbeats }) => heartbeats.enabled);
  // Flows to the same cluster share the topic: the first one creates it.
  const targets = new Map(emitting.toReversed().map((flow) => [flow.target, flow]));
  await Promise.all(
    [...targets.values()].map(async (flow) => {
      const { target: cluster, adminTimeoutMs } = flowSettings(configuration, flow);
      const options = { cluster, side: 'target' as const, requestTimeoutMs: adminTimeoutMs };
      const dataPlane = openDataPlane(options);
      const topic = replicationPolicy(flow.replicationPolicy, flow.source).heartbeatsTopic();
      const { topicReplicationFactor: replicationFactor } = flow.heartbeats;
      try {
        const refusal = await ensureCompactedTopic(topicCreation(dataPlane, options), {
          topic,
          replicationFactor,
        });
        if (refusal !== undefined) throw refusal;
      } catch (error) {
        notify(`${flowName(flow)}: no heartbeats topic: ${toMirrorlessError(error).message}`);
      } finally {
        await dataPlane.close();
      }
    }),
  );
}
