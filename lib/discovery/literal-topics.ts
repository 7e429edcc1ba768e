import type { Flow } from '../config/model.ts';
import { flowNames } from '../policy/flow-names.ts';
import { coverNames } from '../policy/name-cover.ts';

/**
 * The topics that the configuration names, so that the stack can have their mappings: those in
 * `topics` that are names, not patterns, and that the flow mirrors, and the heartbeats topic.
 */
export function literalTopics(flow: Flow): string[] {
  const { policy, mirrors } = flowNames(flow);
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const named = flow.topics.include
    .flatMap((pattern) => coverNames([pattern]))
    .flatMap((cover) => (cover.pattern === 'LITERAL' && cover.name !== '*' ? [cover.name] : []));
  const heartbeats = heartbeatsReplicationEnabled ? [policy.heartbeatsTopic()] : [];
  return [...new Set([...named, ...heartbeats])].filter(mirrors);
}
