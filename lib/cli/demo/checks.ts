import { openTopicAdmin } from '../../kafka/topic-admin.ts';
import { dynamoStateStore } from '../../state/dynamodb.ts';
import { formatCount } from '../render/numbers.ts';
import { type Comparison, comparePartition } from './compare.ts';
import { type Cutover, cutoverCheck } from './cutover.ts';
import { type DemoTopic, demoTopics, orders } from './records.ts';
import { type Stage, sourceAlias, targetAlias } from './stage.ts';

export interface Check {
  passed: boolean;
  text: string;
}

interface ComparedTopic {
  topic: DemoTopic;
  partitions: readonly Comparison[];
}

/** What the demo proves, from both logs and the state. */
export async function* checks(
  stage: Stage,
  {
    stateTable,
    kills,
    written,
    cutover,
  }: {
    stateTable: string;
    kills: number;
    written: ReadonlyMap<string, number>;
    cutover: Cutover;
  },
): AsyncGenerator<Check> {
  const compared: ComparedTopic[] = [];
  for (const topic of demoTopics) {
    const result = { topic, partitions: await compareTopic(stage, topic) };
    compared.push(result);
    yield equality(result, written.get(topic.topic) ?? 0);
  }
  yield await settings(stage);
  for (const result of compared) yield await translation(stage, stateTable, result);
  yield cutoverCheck(cutover, written.get(orders.topic) ?? 0);
  if (kills === 0) return;
  const isWrong = ({ partitions }: ComparedTopic): boolean =>
    partitions.some(({ difference }) => difference !== undefined);
  yield {
    passed: !compared.some(isWrong),
    text: `the function was killed ${kills} times on its way: nothing lost, doubled or out of order`,
  };
}

function remoteTopic({ topic }: DemoTopic): string {
  return `${sourceAlias}.${topic}`;
}

function compareTopic({ source, target }: Stage, topic: DemoTopic): Promise<Comparison[]> {
  return Promise.all(
    Array.from({ length: topic.partitionCount }, (_, partition) =>
      comparePartition(
        { cluster: source, partition: { topic: topic.topic, partition } },
        { cluster: target, partition: { topic: remoteTopic(topic), partition } },
      ),
    ),
  );
}

function equality({ topic, partitions }: ComparedTopic, written: number): Check {
  const equal = partitions.reduce((sum, comparison) => sum + comparison.equal, 0);
  const wrong = partitions.findIndex(({ difference }) => difference !== undefined);
  const text = `${topic.topic}: ${formatCount(equal)} of ${formatCount(written)} records are equal byte for byte, in order`;
  if (wrong === -1) return { passed: equal === written, text };
  return { passed: false, text: `${text}; partition ${wrong}: ${partitions[wrong]!.difference}` };
}

/** Remote topics as MM2 would have created them. */
async function settings({ targetServers }: Stage): Promise<Check> {
  const cluster = { alias: targetAlias, bootstrapServers: targetServers };
  const admin = openTopicAdmin({ cluster, side: 'target', requestTimeoutMs: 30_000 });
  try {
    const listed = new Map((await admin.listTopics()).map((found) => [found.topic, found]));
    const configs = await admin.topicConfigs(demoTopics.map(remoteTopic));
    const wrong = demoTopics.filter((topic, index) => {
      const answer = configs[index];
      const found = answer?.ok ? answer.value : [];
      const isSet = ([name, value]: [string, string]): boolean =>
        found.some((config) => config.name === name && config.value === value);
      return (
        listed.get(remoteTopic(topic))?.partitionCount !== topic.partitionCount ||
        !Object.entries(topic.configs ?? {}).every(isSet)
      );
    });
    const names = wrong.map(({ topic }) => topic).join(', ');
    const text = 'remote topics have the partitions and settings of their sources';
    return { passed: wrong.length === 0, text: names === '' ? text : `${text}, but not ${names}` };
  } finally {
    await admin.close();
  }
}

/** The recorded map leads from sampled records to their copies, and back. */
async function translation(
  { aws }: Stage,
  stateTable: string,
  { topic, partitions }: ComparedTopic,
): Promise<Check> {
  const flow = `${sourceAlias}->${targetAlias}`;
  const state = dynamoStateStore({ client: aws.dynamoDb, table: stateTable, flow });
  const askOf = (side: 'upstream' | 'downstream') =>
    partitions.map(({ samples }, partition) => ({
      partition: { topic: topic.topic, partition },
      offsets: samples.map((sample) => sample[side]),
    }));
  const there = await state.translate(askOf('upstream'), 'downstream');
  const back = await state.translate(askOf('downstream'), 'upstream');
  const isAt = (found: (typeof there)[number] | undefined, index: number, offset: bigint) => {
    const translation = found?.ok ? found.value.translations[index] : undefined;
    return translation?.status === 'exact' && translation.offset === offset;
  };
  let wrong = 0;
  let count = 0;
  for (const [partition, { samples }] of partitions.entries()) {
    for (const [index, { upstream, downstream }] of samples.entries()) {
      const isExact =
        isAt(there[partition], index, downstream) && isAt(back[partition], index, upstream);
      count += 1;
      if (!isExact) wrong += 1;
    }
  }
  const text = `${topic.topic}: the offset map is exact at ${count - wrong} of ${count} sampled offsets, both ways`;
  return { passed: wrong === 0 && count > 0, text };
}
