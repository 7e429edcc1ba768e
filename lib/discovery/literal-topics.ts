import type { Flow } from '../config/model.ts';
import { mirrors } from '../policy/mirrored.ts';
import { coverNames } from '../policy/name-cover.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';

/**
 * The topics that the configuration names, so that the stack can have their mappings: those in
 * `topics` that are names, not patterns, and that the flow mirrors, and the heartbeats topic.
 */
export function literalTopics(flow: Flow): string[] {
  const { source, target: targetAlias, topics, replicationPolicy: settings } = flow;
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const policy = replicationPolicy(settings, source);
  const topicFilter = patternFilter(topics);
  const options = { policy, topicFilter, targetAlias, heartbeatsReplicationEnabled };
  const named = topics.include
    .flatMap((pattern) => coverNames([pattern]))
    .flatMap((cover) => (cover.pattern === 'LITERAL' && cover.name !== '*' ? [cover.name] : []));
  const heartbeats = heartbeatsReplicationEnabled ? [policy.heartbeatsTopic()] : [];
  return [...new Set([...named, ...heartbeats])].filter((topic) => mirrors(topic, options));
}
