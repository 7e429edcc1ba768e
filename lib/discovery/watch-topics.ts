/** Looks at every topic of a flow for what nobody would see by its records. */
import type { MirrorlessError } from '../errors.ts';
import type { KnownTopic, KnownTopicStore } from '../state/ports.ts';
import { detectStates, rememberedTopic, type SeenTopic } from './detect.ts';
import { type LogReaders, lookAtLogs } from './look-at-logs.ts';
import type { Clusters, Topics } from './look-at-topics.ts';

export interface WatchOptions extends LogReaders, Pick<Clusters, 'mirrors' | 'formatRemoteTopic'> {
  nowMs: number;
}

export interface Watched {
  /** All that is the matter now, with the time since when. */
  states: KnownTopic['states'][number][];
  /** For `KnownTopicStore.write`. */
  changes: { before?: KnownTopic; after: KnownTopic }[];
  /** Remote topics that are gone with what was replicated: not to be created again. */
  lost: Set<string>;
  /** What could not be looked at. */
  failures: MirrorlessError[];
}

/**
 * Of the topics that the flow mirrors and those that it once did, as long as its patterns take them.
 * A topic of which the stored knowledge is broken is left alone. Rejects where the flow's progress
 * cannot be read.
 */
export async function watchTopics(
  topics: Topics,
  stored: Awaited<ReturnType<KnownTopicStore['read']>>,
  options: WatchOptions,
): Promise<Watched> {
  const seen = seenTopics(topics, stored, options);
  const logged = seen.map(({ known, source, remote, remoteTopic }) => ({
    topic: known.topic,
    remoteTopic,
    partitionCount: source?.partitionCount ?? 0,
    remotePartitionCount: remote?.partitionCount ?? 0,
    known,
  }));
  const { logs, failures } = await lookAtLogs(logged, options);
  const watched: Watched = { states: [], changes: [], lost: new Set(), failures };
  const before = new Map(stored.topics.map((known) => [known.topic, known]));
  for (const each of seen) {
    const { topic } = each.known;
    const whole = { ...each, logs: logs.get(topic) ?? [] };
    const detected = detectStates(whole);
    const after = rememberedTopic(whole, detected, options.nowMs);
    const known = before.get(topic);
    watched.states.push(...after.states);
    watched.changes.push({ after, ...(known && { before: known }) });
    if (detected.some(({ state }) => state === 'target-deleted'))
      watched.lost.add(each.remoteTopic);
  }
  return watched;
}

function seenTopics(
  { mirrored, existing }: Topics,
  stored: Awaited<ReturnType<KnownTopicStore['read']>>,
  { mirrors, formatRemoteTopic }: WatchOptions,
): Omit<SeenTopic, 'logs'>[] {
  const listed = new Map(mirrored.map((listing) => [listing.topic, listing]));
  const known = new Map(stored.topics.map((each) => [each.topic, each]));
  const broken = new Set(stored.failures.map(({ place }) => place.topic));
  const names = new Set([...listed.keys(), ...known.keys()]);
  return [...names]
    .filter((topic) => mirrors(topic) && !broken.has(topic))
    .map((topic) => {
      const remoteTopic = formatRemoteTopic(topic);
      const [source, remote] = [listed.get(topic), existing.get(remoteTopic)];
      return {
        known: known.get(topic) ?? { topic, states: [], emptyTails: [] },
        remoteTopic,
        ...(source && { source }),
        ...(remote && { remote }),
      };
    });
}
