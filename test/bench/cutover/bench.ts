import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommittedOffset } from '../../../lib/kafka/ports.ts';
import { startKafkaCluster } from '../../../lib/local/parts/kafka-cluster.ts';
import { type Oracle, type OracleCluster, startOracle } from '../../support/oracle/oracle.ts';
import type { PartitionDump } from '../../support/oracle/records.ts';
import type { Bench, Row } from '../bench.ts';
import { type RunFlow, remoteTopic } from '../mm2/system.ts';
import { kafkaClient, TopicAdmin, temporaryDirectory } from '../parts.ts';
import { type CutoverCase, cases, type Write } from './cases.ts';
import { cutoverOutcome } from './outcome.ts';
import { type CutoverSystem, cutoverSystems } from './systems.ts';

/** One system's part of the run: a topic and a group for each case, all its own. */
interface Run {
  system: CutoverSystem;
  flow: RunFlow;
  source: OracleCluster;
  target: OracleCluster;
  pace: 'full' | 'quick';
  /** Of the target. */
  copied: TopicAdmin;
}

const partPauseMs = 250;
const patienceMs = 120_000;

/** Where consumer groups go on after a cutover, by either system, against what they had read. */
export const cutoverBench: Bench = {
  async run({ quick, notify }) {
    notify(conditions());
    await using stack = new AsyncDisposableStack();
    const { path } = stack.use(await temporaryDirectory());
    const oracle: Oracle = await startOracle({ after: (close) => stack.defer(close) });
    const startSide = async (name: string, version: '3.9.2' | '4.3.1') => {
      const directory = `${path}/${name}`;
      const cluster = await startKafkaCluster({ version, directory, notify });
      stack.defer(() => cluster.stop());
      return cluster.bootstrapServers;
    };
    const sourceServers = await startSide('source', '3.9.2');
    const targetServers = await startSide('target', '4.3.1');
    const copied = stack.use(await TopicAdmin.connect(kafkaClient(targetServers)));
    const pace = quick ? 'quick' : 'full';
    const rows: Row[] = [];
    for (const system of cutoverSystems) {
      const { name } = system.system;
      const directory = `${path}/${name}`;
      const topics = cases.map((each) => topicOf({ sourceAlias: name }, each));
      const flow = { sourceAlias: name, topics, sourceServers, targetServers, directory };
      const source = oracle.cluster(sourceServers);
      const target = oracle.cluster(targetServers);
      rows.push(...(await measure({ system, flow, source, target, copied, pace }, notify)));
    }
    return rows;
  },
};

async function measure(run: Run, notify: (text: string) => void): Promise<Row[]> {
  const { system, flow, pace } = run;
  const { name } = system.system;
  notify(`${name}: writing`);
  await prepareTopics(run);
  let running = await system.system.start(flow);
  try {
    await write(run, (each) => (each.restarts ? firstHalf(each.parts) : []));
    await untilCopied(run);
    notify(`${name}: started anew`);
    await running.stop();
    running = await system.system.start(flow);
    await write(run, ({ restarts, parts }) => (restarts ? secondHalf(parts) : parts));
    await untilCopied(run);
    await commitGroups(run);
    notify(`${name}: moving the groups`);
    await system.moveGroups(flow, pace);
  } finally {
    await running.stop();
  }
  const outcomes = await Promise.all(cases.map((each) => outcomeOf(run, each)));
  return cases.map((each, index) => ({ system: name, case: each.name, ...outcomes[index]! }));
}

/** The remote topics too, so that both systems find the same and can be watched. */
async function prepareTopics({ flow, source, target }: Run): Promise<void> {
  await mkdir(flow.directory);
  await Promise.all(
    cases.map(async (each) => {
      const topic = topicOf(flow, each);
      const configs = { 'cleanup.policy': each.before ? 'compact' : 'delete' };
      await source.createTopic(topic, { configs });
      await target.createTopic(remoteTopic(flow, topic), { configs });
      await each.before?.(source, topic);
    }),
  );
}

/** A part of every topic at a time, as records come in and not as a backlog. */
async function write(run: Run, partsOf: (each: CutoverCase) => readonly Write[]): Promise<void> {
  const { flow, source } = run;
  const count = Math.max(...cases.map((each) => partsOf(each).length));
  for (let part = 0; part < count; part += 1) {
    await Promise.all(cases.map((each) => partsOf(each)[part]?.(source, topicOf(flow, each))));
    await delay(partPauseMs);
  }
}

function firstHalf<T>(items: readonly T[]): readonly T[] {
  return items.slice(0, items.length / 2);
}

function secondHalf<T>(items: readonly T[]): readonly T[] {
  return items.slice(items.length / 2);
}

/** Until the target holds as many records of each topic as the source. */
async function untilCopied(run: Run): Promise<void> {
  const endsAt = Date.now() + patienceMs;
  for (const each of cases) {
    const topic = topicOf(run.flow, each);
    const wanted = (await dump(run, each, 'source')).records.length;
    let copied = 0;
    while (copied < wanted) {
      if (Date.now() > endsAt)
        throw new Error(`${topic}: ${copied} of ${wanted} were copied in time`);
      await delay(partPauseMs);
      copied = await run.copied.countRecords(remoteTopic(run.flow, topic));
    }
  }
}

async function dump(
  { flow, source, target }: Run,
  each: CutoverCase,
  side: 'source' | 'target',
  isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
): Promise<PartitionDump> {
  const topic = topicOf(flow, each);
  const [partition] =
    side === 'source'
      ? await source.dump(topic, { isolation })
      : await target.dump(remoteTopic(flow, topic), { isolation });
  return partition!;
}

/** The groups have read on the source what their case says, and have stopped. */
async function commitGroups(run: Run): Promise<void> {
  for (const each of cases) {
    const offset = each.committed(await dump(run, each, 'source', 'read_committed'));
    const position = { topic: topicOf(run.flow, each), partition: 0, offset, metadata: '' };
    await run.source.commitOffsets(groupOf(run, each), [position]);
  }
}

async function outcomeOf(run: Run, each: CutoverCase) {
  const [source, target, committed, position] = await Promise.all([
    dump(run, each, 'source', 'read_committed'),
    dump(run, each, 'target'),
    run.source.committedOffsets(groupOf(run, each)),
    run.target.committedOffsets(groupOf(run, each)),
  ]);
  return cutoverOutcome(source, target, {
    committed: offsetIn(committed, topicOf(run.flow, each))!,
    position: offsetIn(position, remoteTopic(run.flow, topicOf(run.flow, each))),
  });
}

function offsetIn(offsets: readonly CommittedOffset[], topic: string): bigint | undefined {
  return offsets.find((each) => each.topic === topic)?.offset;
}

function topicOf({ sourceAlias }: Pick<RunFlow, 'sourceAlias'>, each: CutoverCase): string {
  return `${each.name}-${sourceAlias}`;
}

function groupOf({ flow }: Run, each: CutoverCase): string {
  return `group-${topicOf(flow, each)}`;
}

function conditions(): string {
  return [
    `${cases.length} topics of one partition and up to 20,000 records, a group on each; source Kafka`,
    '3.9.2, target Kafka 4.3.1; each system runs while the records are written, then the groups, which',
    'have stopped, are moved; compared with what Kafka’s own consumer sees on both sides',
    ...cutoverSystems.map(({ system, settings }) => `${system.name}: ${settings}`),
    'a group without a position on the target begins at the beginning (auto.offset.reset=earliest)',
  ].join('\n');
}
