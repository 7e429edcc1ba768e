import { isCycle } from './cycle.ts';
import type { PatternFilter } from './pattern-filter.ts';
import type { ReplicationPolicy } from './replication-policy.ts';

export interface MirroredOptions {
  policy: ReplicationPolicy;
  topicFilter: PatternFilter;
  targetAlias: string;
  /** `heartbeats.replication.enabled`: heartbeats topics need not pass the topic filter. */
  heartbeatsReplicationEnabled: boolean;
}

/** Which topics of the source a flow mirrors: MM2's rule, to which internal topics never pass. */
export function mirrors(topic: string, options: MirroredOptions): boolean {
  const { policy, topicFilter, targetAlias, heartbeatsReplicationEnabled } = options;
  const wanted =
    topicFilter(topic) || (heartbeatsReplicationEnabled && policy.isHeartbeatsTopic(topic));
  return wanted && !policy.isInternalTopic(topic) && !isCycle(policy, topic, targetAlias);
}
