import type { FlowSettings, ProvenanceFlow } from '../config/flow-settings.ts';
import { patternFilter } from '../policy/pattern-filter.ts';

/** The flows of a configuration that keep names and mirror a topic; asks their filters once. */
export function topicWays(
  flows: readonly ProvenanceFlow[],
  { topics: own }: Pick<FlowSettings, 'topics'>,
): (topic: string) => readonly ProvenanceFlow[] {
  const filtered = flows.map((flow) => ({ flow, mirrors: patternFilter(flow.topics ?? own) }));
  const found = new Map<string, readonly ProvenanceFlow[]>();
  return (topic) => {
    let ways = found.get(topic);
    if (ways === undefined) {
      ways = filtered.filter(({ mirrors }) => mirrors(topic)).map(({ flow }) => flow);
      found.set(topic, ways);
    }
    return ways;
  };
}
