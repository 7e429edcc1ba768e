import type { Configuration, Flow } from '../config/model.ts';
import { mirrors } from '../policy/mirrored.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';

/**
 * True where heartbeats are to arrive through a flow: another one of the configuration writes them to
 * its source, and it mirrors their topic.
 */
export function hasSourceHeartbeats({ flows }: Configuration, flow: Flow): boolean {
  const policy = replicationPolicy(flow.replicationPolicy, flow.source);
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const topicFilter = patternFilter(flow.topics);
  const options = { policy, topicFilter, targetAlias: flow.target, heartbeatsReplicationEnabled };
  const isWritten = flows.some(
    ({ target, heartbeats }) => target === flow.source && heartbeats.enabled,
  );
  return isWritten && mirrors(policy.heartbeatsTopic(), options);
}
