import type { Flow } from '../config/model.ts';
import { mirrors } from './mirrored.ts';
import { patternFilter } from './pattern-filter.ts';
import { type ReplicationPolicy, replicationPolicy } from './replication-policy.ts';

/** How a flow names topics, and which topics of its source it mirrors, by name alone. */
export interface FlowNames {
  policy: ReplicationPolicy;
  mirrors(topic: string): boolean;
}

export function flowNames(flow: Flow): FlowNames {
  const policy = replicationPolicy(flow.replicationPolicy, flow.source);
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const topicFilter = patternFilter(flow.topics);
  const options = { policy, topicFilter, targetAlias: flow.target, heartbeatsReplicationEnabled };
  return { policy, mirrors: (topic) => mirrors(topic, options) };
}
