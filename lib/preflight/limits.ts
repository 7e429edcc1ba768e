/** Which records of the source the target, or an event on the way to it, could not take. */
import type { MappingSettings } from '../config/model.ts';
import { type Check, checkAt, type Place } from './check.ts';

/** A topic that the flow mirrors, and its remote topic as it is or would be created. */
export interface TopicPair {
  topic: string;
  remoteTopic: string;
  partitionCount: number;
  /** Absent where the remote topic is not there yet. */
  remotePartitionCount?: number;
  /** Absent where they may not be read. */
  source?: Settings;
  remote?: Settings;
  /** Of the oldest record that the source holds, epoch milliseconds; absent where it has none. */
  oldestMs?: number;
}

export type Settings = Readonly<Record<string, string | null>>;

/** Of each, that a topic of the flow falls foul of; one that says so where none does. */
export function limitChecks(
  pairs: readonly TopicPair[],
  { places, mapping, nowMs }: LimitsView,
): Check[] {
  const { source, target } = places;
  const readable = pairs.filter((pair) => pair.source && pair.remote);
  const withRemote = pairs.filter((pair) => pair.remotePartitionCount !== undefined);
  const read = (count: number) => `${count} topic${count === 1 ? '' : 's'} compared`;
  const all: [Check['check'], Place, TopicPair[], Judge][] = [
    ['message size', target, readable, messageSize],
    ['event size', source, pairs.filter((pair) => pair.source), eventSize],
    ['timestamps', target, readable, (pair, at) => timestamps(pair, at, mapping, nowMs)],
    ['partitions', target, withRemote, partitions],
  ];
  return all.flatMap(([name, place, judged, judge]) => {
    const found = judged.flatMap((pair): Check[] => {
      const topic = place === source ? pair.topic : pair.remoteTopic;
      const check = judge(pair, checkAt(name, { ...place, topic }));
      return check === undefined ? [] : [check];
    });
    if (found.length > 0) return found;
    const at = checkAt(name, place);
    return [judged.length > 0 ? at.ok(read(judged.length)) : at.skipped('no topic to compare')];
  });
}

export interface LimitsView {
  places: { source: Place; target: Place };
  mapping: Pick<MappingSettings, 'startingPosition' | 'topicStartingPositions'>;
  nowMs: number;
}

type At = ReturnType<typeof checkAt>;
/** Undefined where nothing is the matter. */
type Judge = (pair: TopicPair, at: At) => Check | undefined;

const messageSize: Judge = ({ topic, source, remote }, at) => {
  const [ofSource, ofTarget] = [source, remote].map((one) => numberIn(one, 'max.message.bytes'));
  if (ofSource === undefined || ofTarget === undefined || ofSource <= ofTarget) return undefined;
  return at.failed(
    `takes ${bytes(ofTarget)}, the source ${bytes(ofSource)} in ${topic}`,
    `raise max.message.bytes of the remote topic, or message.max.bytes of the target, to ${ofSource}`,
  );
};

/** Lambda’s 6 MB of JSON, in which keys and values are base64: four characters for three bytes. */
const eventRecordBytes = (6 * 1024 * 1024 * 3) / 4;

const eventSize: Judge = ({ source }, at) => {
  const ofSource = numberIn(source, 'max.message.bytes');
  if (ofSource === undefined || ofSource <= eventRecordBytes) return undefined;
  return at.warning(
    `takes records of ${bytes(ofSource)}; an event carries ${bytes(eventRecordBytes)}, of headers less`,
    'see that no record is larger: one that is stops its partition, or goes to the failure destination',
  );
};

/** Brokers before 4.0 have one limit for both ways, newer ones one for each. */
function timestamps(
  { topic, source, remote, oldestMs }: TopicPair,
  at: At,
  { startingPosition, topicStartingPositions }: LimitsView['mapping'],
  nowMs: number,
): Check | undefined {
  if (remote?.['message.timestamp.type'] === 'LogAppendTime' || source === undefined) {
    return undefined;
  }
  const position = topicStartingPositions[topic] ?? startingPosition;
  if (oldestMs === undefined || position.at === 'latest') return undefined;
  const firstMs = position.at === 'timestamp' ? Math.max(oldestMs, position.timestampMs) : oldestMs;
  for (const name of oldLimits) {
    const limitMs = numberIn(remote, name);
    if (limitMs === undefined || nowMs - firstMs <= limitMs) continue;
    const date = new Date(firstMs).toISOString().slice(0, 10);
    return at.failed(
      `refuses records older than ${age(limitMs)}; ${topic} holds one of ${date}, ${age(nowMs - firstMs)} old`,
      `raise ${name} of the remote topic, or let the flow start later`,
    );
  }
  return undefined;
}

/** How old records may be that the target still takes. */
export const oldLimits = [
  'message.timestamp.before.max.ms',
  'message.timestamp.difference.max.ms',
] as const;

const partitions: Judge = ({ topic, partitionCount, remotePartitionCount = 0 }, at) => {
  if (remotePartitionCount <= partitionCount) return undefined;
  return at.warning(
    `has ${remotePartitionCount} partitions, ${topic} of the source ${partitionCount}`,
    'records keep their partitions, the others stay empty; nothing if that is meant',
  );
};

export function numberIn(settings: Settings | undefined, name: string): number | undefined {
  const value = settings?.[name];
  return value === undefined || value === null ? undefined : Number(value);
}

function bytes(count: number): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} bytes`;
}

const hourMs = 3_600_000;

function age(ms: number): string {
  if (ms < 48 * hourMs) return `${Math.max(1, Math.round(ms / hourMs))} h`;
  return `${Math.round(ms / (24 * hourMs))} days`;
}
