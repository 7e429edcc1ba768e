import type { FlowSettings } from '../config/flow-settings.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { encodeHeartbeat } from '../mm2/formats.ts';
import { appendRecords } from '../mm2/topics.ts';

/**
 * Appends one heartbeat of the flow to a topic of its target; once it returns, all replicas in sync
 * have it. As MM2 does, the record's own timestamp is that of the heartbeat. Throws what the target
 * answers.
 */
export async function emitHeartbeat(
  target: KafkaDataPlane,
  topic: string,
  flow: Pick<FlowSettings, 'source' | 'target'>,
): Promise<void> {
  const timestampMs = Date.now();
  const heartbeat = {
    sourceClusterAlias: flow.source.alias,
    targetClusterAlias: flow.target.alias,
    timestampMs,
  };
  await appendRecords(target, topic, [{ ...encodeHeartbeat(heartbeat), timestampMs }]);
}
