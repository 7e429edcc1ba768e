import type { Flow } from '../config/model.ts';
import { mirrors } from '../policy/mirrored.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';

/** The flow as if it were of these topics alone, under either of their names, as far as it takes them. */
export function narrowed(flow: Flow, names: readonly string[]): Flow {
  const policy = replicationPolicy(flow.replicationPolicy, flow.source);
  const { heartbeatsReplicationEnabled } = flow.remoteTopics;
  const topicFilter = patternFilter(flow.topics);
  const options = { policy, topicFilter, targetAlias: flow.target, heartbeatsReplicationEnabled };
  const upstream = names.flatMap((name) => {
    const before = policy.upstreamTopic(name);
    const isRemote = before !== undefined && policy.formatRemoteTopic(flow.source, before) === name;
    return isRemote ? [name, before] : [name];
  });
  const topics = [...new Set(upstream)].filter((topic) => mirrors(topic, options));
  return {
    ...flow,
    topics: { include: topics.map((topic) => topic.replaceAll('.', '\\.')), exclude: [] },
    remoteTopics: { ...flow.remoteTopics, heartbeatsReplicationEnabled: false },
  };
}
