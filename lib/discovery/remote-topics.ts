/** What the local host needs before a flow begins: remote topics, made and served. */
import { untilServed } from '../kafka/admin.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { TopicAdmin, TopicListing } from '../kafka/topic-admin.ts';
import { applyTopics } from './apply-topics.ts';
import { lookAtTopics, type PlanOptions, planRemoteTopics } from './look-at-topics.ts';

export interface DiscoverOptions extends Omit<PlanOptions, 'sync' | 'lost'> {
  target: TopicAdmin;
  targetPlane: KafkaDataPlane;
  /** How long new topics may take until they can be written to. */
  timeoutMs: number;
}

export interface Discovered {
  /** Mirrored topics of the source, by name. */
  topics: TopicListing[];
  createdCount: number;
}

/** Creates the missing remote topics, and grows those with too few partitions. */
export async function createRemoteTopics(options: DiscoverOptions): Promise<Discovered> {
  const { target, targetPlane, timeoutMs } = options;
  const topics = await lookAtTopics(options, []);
  const sync = { configs: false, acls: false };
  const plan = await planRemoteTopics(topics, { ...options, sync, lost: new Set() });
  const { done, refused } = await applyTopics(target, plan.actions);
  const failure = plan.failures[0] ?? refused[0]?.error;
  if (failure) throw failure;
  const created = done.flatMap((action) =>
    action.kind === 'create-topic' ? [action.created.topic] : [],
  );
  await Promise.all(created.map((topic) => untilServed(targetPlane, topic, timeoutMs)));
  return { topics: topics.mirrored, createdCount: created.length };
}
