import type { ReplicationPolicy } from './replication-policy.ts';

/**
 * True where the topic's name tells that its records came from the target already, directly or
 * through other clusters: copying it would go round for ever. MM2's rule up to 4.3.1.
 */
export function isCycle(policy: ReplicationPolicy, topic: string, targetAlias: string): boolean {
  const source = policy.topicSource(topic);
  if (source === undefined) return false;
  if (source === targetAlias) return true;
  const upstream = policy.upstreamTopic(topic);
  if (upstream === undefined || upstream === topic) return false;
  return isCycle(policy, upstream, targetAlias);
}
