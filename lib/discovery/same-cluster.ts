/** A flow from a cluster to itself: its copies are topics of the source too. */
import { MirrorlessError } from '../errors.ts';
import type { TopicAdmin } from '../kafka/topic-admin.ts';
import type { Clusters, Topics } from './look-at-topics.ts';

type Looked = Omit<Clusters, 'source' | 'target'> &
  Record<'source' | 'target', Pick<TopicAdmin, 'clusterId'>>;

const namedMax = 5;

/**
 * Where both are one cluster, leaves out topics of which the flow would mirror the copy too: with
 * the identity policy a topic would be copied into itself, and with any other every run would find
 * the copies of the one before, without end.
 */
export async function withoutEndless(
  topics: Topics,
  { source, target, mirrors, formatRemoteTopic }: Looked,
): Promise<{ topics: Topics; failures: MirrorlessError[] }> {
  const [one, other] = await Promise.all([source.clusterId(), target.clusterId()]);
  const isEndless = (topic: string): boolean => mirrors(formatRemoteTopic(topic));
  const endless = topics.mirrored.filter(({ topic }) => isEndless(topic));
  if (one === undefined || one !== other || endless.length === 0) return { topics, failures: [] };
  const names = endless.slice(0, namedMax).map(({ topic }) => topic);
  const more = endless.length > namedMax ? `, and ${endless.length - namedMax} more` : '';
  const what = `Source and target are the same cluster, ${one}, and the copies of ${names.join(', ')}${more} would be copied too.`;
  return {
    topics: { ...topics, mirrored: topics.mirrored.filter(({ topic }) => !isEndless(topic)) },
    failures: [new MirrorlessError('SAME_CLUSTER', what)],
  };
}
