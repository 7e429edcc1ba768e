import type { Flow } from '../config/model.ts';
import { flowNames } from '../policy/flow-names.ts';

/** The flow as if it were of these topics alone, under either of their names, as far as it takes them. */
export function narrowed(flow: Flow, names: readonly string[]): Flow {
  const { policy, mirrors } = flowNames(flow);
  const upstream = names.flatMap((name) => {
    const before = policy.upstreamTopic(name);
    const isRemote = before !== undefined && policy.formatRemoteTopic(flow.source, before) === name;
    return isRemote ? [name, before] : [name];
  });
  const topics = [...new Set(upstream)].filter(mirrors);
  return {
    ...flow,
    topics: { include: topics.map((topic) => topic.replaceAll('.', '\\.')), exclude: [] },
    remoteTopics: { ...flow.remoteTopics, heartbeatsReplicationEnabled: false },
  };
}
