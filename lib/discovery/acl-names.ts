import type { Flow } from '../config/model.ts';
import { type FlowNames, flowNames } from '../policy/flow-names.ts';
import { coverNames, everyName, type NameCover } from '../policy/name-cover.ts';
import type { ReplicationPolicy } from '../policy/replication-policy.ts';
import { consumerGroupId, consumerGroupPrefix } from './consumer-group.ts';

/** The names that a flow has to do with, as ACLs can say them. */
export interface AclNames {
  policy: ReplicationPolicy;
  topics: readonly NameCover[];
  remoteTopics: readonly NameCover[];
  /** Heartbeats of the source that the flow copies. */
  remoteHeartbeats: readonly NameCover[];
  /** Of the event source mappings. */
  mappingGroups: readonly NameCover[];
  /** Those that the flow translates. */
  groups: readonly NameCover[];
}

export function aclNames(flow: Flow): AclNames {
  const names = flowNames(flow);
  const { policy } = names;
  const topics = mirroredNames(flow, names);
  return {
    policy,
    topics,
    remoteTopics: topics.map((cover) => remoteName(cover, flow, policy)),
    remoteHeartbeats: flow.remoteTopics.heartbeatsReplicationEnabled
      ? [remoteName(literal(policy.heartbeatsTopic()), flow, policy)]
      : [],
    mappingGroups: topics.map((cover) => mappingGroup(cover, flow)),
    groups: coverNames(flow.groups.include),
  };
}

function mirroredNames(flow: Flow, { policy, mirrors }: FlowNames): NameCover[] {
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const always = heartbeatsReplicationEnabled ? [literal(policy.heartbeatsTopic())] : [];
  return [...coverNames(flow.topics.include), ...always].filter(
    (cover) => isMany(cover) || mirrors(cover.name),
  );
}

function isMany({ pattern, name }: NameCover): boolean {
  return pattern === 'PREFIXED' || name === everyName.name;
}

/** A prefix of names stays one where the policy puts the alias before them, or leaves them alone. */
function remoteName(cover: NameCover, flow: Flow, policy: ReplicationPolicy): NameCover {
  if (!isMany(cover)) return literal(policy.formatRemoteTopic(flow.source, cover.name));
  if (flow.replicationPolicy.class === 'IdentityReplicationPolicy') return cover;
  return prefixed(cover, (start) => policy.formatRemoteTopic(flow.source, start));
}

function mappingGroup(cover: NameCover, flow: Flow): NameCover {
  if (!isMany(cover)) return literal(consumerGroupId(flow, cover.name));
  return prefixed(cover, (start) => consumerGroupPrefix(flow, start));
}

function prefixed(cover: NameCover, format: (start: string) => string): NameCover {
  const name = format(cover.name === everyName.name ? '' : cover.name);
  return { ...cover, pattern: 'PREFIXED', name };
}

export function literal(name: string): NameCover {
  return { pattern: 'LITERAL', name };
}
