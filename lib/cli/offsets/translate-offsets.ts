/** Offsets of one partition through the map of a flow, under either of the topic's two names. */
import type { Settled } from '../../kafka/ports.ts';
import type { TranslatedPartition, Translation } from '../../state/ports.ts';
import type { FlowAccess } from '../flow-access.ts';

export interface OffsetsQuestion {
  /** The upstream topic or the remote topic. */
  topic: string;
  partition: number;
  offsets: readonly bigint[];
  direction: 'downstream' | 'upstream';
}

export interface TranslatedOffsets extends OffsetsQuestion {
  flow: string;
  /** The upstream topic. */
  topic: string;
  remoteTopic: string;
  /** What it covers of each side: from `start`, and up to `end` without it. */
  map?: { upstream: Stretch; downstream: Stretch };
  /** In the order of the offsets. */
  translations: readonly Translation[];
}

interface Stretch {
  start: bigint;
  end: bigint;
}

type Access = Pick<FlowAccess, 'name' | 'settings' | 'policy' | 'state'>;

/** It lies before every map: what is said of it is where the map starts. */
const beforeAnyMap = -1n;

/** Throws what DynamoDB answers. */
export async function translateOffsets(
  question: OffsetsQuestion,
  access: Access,
): Promise<TranslatedOffsets> {
  const { partition, offsets, direction } = question;
  const topics = upstreamTopics(question, access);
  const translate = async (to: OffsetsQuestion['direction']) => {
    const asked = [beforeAnyMap, ...(to === direction ? offsets : [])];
    const requests = topics.map((topic) => ({ partition: { topic, partition }, offsets: asked }));
    return (await access.state.translate(requests, to)).map(answered);
  };
  const [downstream, upstream] = await Promise.all([
    translate('downstream'),
    translate('upstream'),
  ]);
  const index = Math.max(
    0,
    downstream.findIndex(({ end }) => end !== undefined),
  );
  const topic = topics[index]!;
  const translated = { downstream: downstream[index]!, upstream: upstream[index]! };
  const map = mapOf(translated);
  return {
    ...question,
    flow: access.name,
    topic,
    remoteTopic: access.policy.formatRemoteTopic(access.settings.source.alias, topic),
    ...(map === undefined ? {} : { map }),
    translations: translated[direction].translations.slice(1),
  };
}

/**
 * What the name may mean: first the side that the direction starts from, then the other side. It is
 * the first under which anything was copied.
 */
function upstreamTopics({ topic, direction }: OffsetsQuestion, access: Access): string[] {
  const { policy, settings } = access;
  const upstream = policy.upstreamTopic(topic);
  const isRemote = upstream !== undefined && policy.topicSource(topic) === settings.source.alias;
  if (!isRemote || upstream === topic) return [topic];
  return direction === 'upstream' ? [upstream, topic] : [topic, upstream];
}

function answered(answer: Settled<TranslatedPartition>): TranslatedPartition {
  if (answer.ok) return answer.value;
  throw answer.error;
}

function mapOf({
  downstream,
  upstream,
}: Record<OffsetsQuestion['direction'], TranslatedPartition>): TranslatedOffsets['map'] {
  const { end } = downstream;
  const [first, firstCopy] = [downstream.translations[0], upstream.translations[0]];
  if (first?.status !== 'before-map' || firstCopy?.status !== 'before-map') return undefined;
  if (end === undefined) return undefined;
  return {
    upstream: { start: first.mapStart, end: end.upstream },
    downstream: { start: firstCopy.mapStart, end: end.downstream },
  };
}

/** Why nothing of the partition is mapped, for a person. */
export async function whyNoMap(
  { topic, partition, flow }: TranslatedOffsets,
  { settings, mirrors, source }: FlowAccess,
): Promise<string> {
  if (!mirrors(topic)) return `${flow} does not mirror the topic ${topic}`;
  const nothing = `${flow} has copied nothing of ${topic}-${partition}`;
  try {
    const count = await source.dataPlane.partitionCount(topic);
    if (count === undefined) return `${nothing}: ${settings.source.alias} has no such topic`;
    if (partition >= count) return `${nothing}: the topic has ${count} partitions, from 0`;
    return `${nothing} yet`;
  } catch (error) {
    return `${nothing}; whether the topic exists is not known: ${String(error)}`;
  }
}
