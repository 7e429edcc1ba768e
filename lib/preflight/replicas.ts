/** Whether the target has as many brokers as topics are to have replicas. */
import type { Flow } from '../config/model.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';
import { type Check, checkAt, type Place } from './check.ts';

export interface ReplicasView {
  flow: Flow;
  /** Of the target. */
  place: Place;
  brokerCount: number;
  /** Whether the target has the topic. */
  isThere(topic: string): boolean;
  /** Remote topics that are still to be created. */
  missing: readonly string[];
}

export function replicasChecks({ flow, place, brokerCount, ...view }: ReplicasView): Check[] {
  const found = wantedReplicas(flow).flatMap(({ key, factor, topic }): Check[] => {
    if (factor <= brokerCount) return [];
    const at = checkAt('replication factor', { ...place, ...(topic !== undefined && { topic }) });
    const what = `${key} is ${factor}, the cluster has ${brokerCount} broker${brokerCount === 1 ? '' : 's'}`;
    const remedy = `set ${key} to ${brokerCount}, or to -1 for the cluster’s default`;
    const isDone = topic === undefined ? view.missing.length === 0 : view.isThere(topic);
    return [
      isDone
        ? at.warning(`${what}; nothing is to be created now`, remedy)
        : at.failed(what, remedy),
    ];
  });
  if (found.length > 0) return found;
  const at = checkAt('replication factor', place);
  return [at.ok(`the cluster has ${brokerCount} broker${brokerCount === 1 ? '' : 's'}`)];
}

/** On the target; -1 is the cluster’s own default. */
function wantedReplicas(flow: Flow): { key: string; factor: number; topic?: string }[] {
  const { enabled, remoteTopics, checkpoints, heartbeats, offsetSyncs } = flow;
  const policy = replicationPolicy(flow.replicationPolicy, flow.source);
  const ownTopic = (name: string, factor: number, topic: string) => {
    return { key: `${name}.topic.replication.factor`, factor, topic };
  };
  const syncs = policy.offsetSyncsTopic(flow.source);
  return [
    ...(enabled ? [{ key: 'replication.factor', factor: remoteTopics.replicationFactor }] : []),
    ...(enabled && checkpoints.enabled
      ? [
          ownTopic(
            'checkpoints',
            checkpoints.topicReplicationFactor,
            policy.checkpointsTopic(flow.source),
          ),
        ]
      : []),
    ...(heartbeats.enabled
      ? [ownTopic('heartbeats', heartbeats.topicReplicationFactor, policy.heartbeatsTopic())]
      : []),
    ...(enabled && offsetSyncs.enabled && offsetSyncs.location === 'target'
      ? [ownTopic('offset-syncs', offsetSyncs.topicReplicationFactor, syncs)]
      : []),
  ];
}
