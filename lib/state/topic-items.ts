/**
 * What discovery knows of a topic. `states` and `emptyTails` are JSON: a topic rarely has any, and
 * then few. Offsets in it are decimal strings.
 */
import { detectedStates } from '../discovery/detected-states.ts';
import { type Item, type Key, reading, text, whole } from './items.ts';
import type { KnownTopic } from './ports.ts';

export const topicPrefix = 'topic/';

export function topicKey(flow: string, topic: string): Key {
  return { partition: { S: flow }, position: { S: topicPrefix + topic } };
}

/** The attributes that differ; none where nothing is to be written. */
export function changedAttributes(before: KnownTopic | undefined, after: KnownTopic): Item {
  const known = before === undefined ? {} : attributesOf(before);
  const changed = Object.entries(attributesOf(after)).filter(
    ([name, value]) => value.S !== known[name]?.S,
  );
  return Object.fromEntries(changed);
}

function attributesOf(known: KnownTopic): Record<string, { S: string }> {
  const { sourceTopicId, remoteTopicId, states, emptyTails } = known;
  return {
    ...(sourceTopicId !== undefined && { sourceTopicId: { S: sourceTopicId } }),
    ...(remoteTopicId !== undefined && { remoteTopicId: { S: remoteTopicId } }),
    states: {
      S: JSON.stringify(
        states.map(({ state, partition, what, sinceMs }) => ({ state, partition, what, sinceMs })),
      ),
    },
    emptyTails: {
      S: JSON.stringify(
        emptyTails.map(({ partition, from, upTo }) => [partition, `${from}`, `${upTo}`]),
      ),
    },
  };
}

/** Throws STATE_CORRUPT, which names the topic, where the item is not what was written. */
export function readKnownTopic(item: Item): KnownTopic {
  const topic = item['position']?.S?.slice(topicPrefix.length) ?? '';
  const read = (): KnownTopic => ({
    topic,
    ...(item['sourceTopicId'] && { sourceTopicId: text(item, 'sourceTopicId') }),
    ...(item['remoteTopicId'] && { remoteTopicId: text(item, 'remoteTopicId') }),
    states: listOf(item, 'states').map((state) => stateOf(topic, state)),
    emptyTails: listOf(item, 'emptyTails').map(tailOf),
  });
  return reading(item, read, { topic });
}

/** Empty where the attribute is not there: another one was written first. */
function listOf(item: Item, name: string): readonly unknown[] {
  if (item[name] === undefined) return [];
  const value: unknown = JSON.parse(text(item, name));
  if (!Array.isArray(value)) throw new TypeError(`${name} is no list.`);
  return value;
}

function stateOf(topic: string, value: unknown): KnownTopic['states'][number] {
  const { state, partition, what, sinceMs } = (value ?? {}) as Record<string, unknown>;
  if (typeof state !== 'string' || !isKnownState(state)) throw new TypeError('no known state.');
  if (typeof what !== 'string' || typeof sinceMs !== 'number') {
    throw new TypeError('a state is incomplete.');
  }
  return { state, topic, what, sinceMs, ...(typeof partition === 'number' && { partition }) };
}

function isKnownState(name: string): name is keyof typeof detectedStates {
  return Object.hasOwn(detectedStates, name);
}

function tailOf(value: unknown): KnownTopic['emptyTails'][number] {
  const [partition, from, upTo] = Array.isArray(value) ? value : [];
  if (typeof partition !== 'number') throw new TypeError('a tail is incomplete.');
  return { partition, from: whole('from', from), upTo: whole('upTo', upTo) };
}
