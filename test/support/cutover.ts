/** A topic on both sides of a test's flow, and the groups that are to move from one to the other. */
import { randomBytes } from 'node:crypto';
import { findPositions, type PositionsDependencies } from '../../lib/checkpoint/find-positions.ts';
import type { FlowPositions } from '../../lib/checkpoint/positions.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import type { CommittedOffset, KafkaGroups } from '../../lib/kafka/ports.ts';
import { type Flow, openFlow, randomTopic, remoteTopic } from './flow.ts';
import { defaultFlowSettings } from './flow-settings.ts';
import type { Oracle, OracleCluster } from './oracle/oracle.ts';
import type { SharedParts } from './parts.ts';

export interface Cutover {
  topic: string;
  remote: string;
  group: string;
  source: OracleCluster;
  target: OracleCluster;
  flow: Flow;
  /** What moves groups on the target. */
  targetGroups: KafkaGroups;
  /** Values are `partition/number`, counted on from what was written before. */
  write(countPerPartition: number): Promise<void>;
  /** What is not copied yet, up to the end of the source or before the given offset. */
  copy(before?: bigint): Promise<void>;
  /** Of `group`, or of those named; in the order of partitions. */
  positions(groups?: readonly string[]): Promise<FlowPositions>;
  /** Of `topic`, from partition 0 on. */
  at(...offsets: readonly bigint[]): CommittedOffset[];
  /** What `group` has committed on the target, from partition 0 on. */
  onTarget(): Promise<(bigint | undefined)[]>;
}

/** @param context ends it */
export async function openCutover(
  context: { after(close: () => Promise<void>): void },
  { parts, oracle, partitions = 2 }: { parts: SharedParts; oracle: Oracle; partitions?: number },
): Promise<Cutover> {
  const source = oracle.cluster(parts.sourceBootstrapServers);
  const target = oracle.cluster(parts.targetBootstrapServers);
  const topic = randomTopic('cutover');
  const remote = remoteTopic(topic);
  const group = `readers-${randomBytes(4).toString('hex')}`;
  const flow = await openFlow(parts);
  const targetGroups = openGroups(connection('target', parts.targetBootstrapServers));
  const dependencies = positionsDependencies(topic, parts, flow);
  context.after(async () => {
    const { dataPlane, groups } = dependencies.source;
    const opened = [dataPlane, groups, dependencies.target.dataPlane, targetGroups];
    await Promise.all([flow.close(), ...opened.map((each) => each.close())]);
  });
  await source.createTopic(topic, { partitions });
  await target.createTopic(remote, { partitions });
  let written = 0;
  let copied = 0n;
  return {
    ...{ topic, remote, group, source, target, flow, targetGroups },
    async write(count) {
      const records = Array.from({ length: count * partitions }, (_, index) => {
        const partition = index % partitions;
        const value = Buffer.from(`${partition}/${written + Math.floor(index / partitions)}`);
        return { partition, timestamp: Date.now(), key: null, value, headers: [] };
      });
      await source.produce(topic, records);
      written += count;
    },
    async copy(before = BigInt(written)) {
      const dumps = await source.dump(topic);
      const slices = dumps.map(({ partition, records }) => ({
        topic,
        partition,
        records: records.filter(({ offset }) => offset >= copied && offset < before),
      }));
      await flow.copy(slices);
      copied = before;
    },
    async positions(names = [group]) {
      const found = await findPositions(dependencies, { groups: names, lagRounds: 0 });
      const groups = found.groups.map((one) => ({
        ...one,
        positions: one.positions.toSorted((a, b) => a.partition - b.partition),
      }));
      return { ...found, groups };
    },
    at: (...offsets) =>
      offsets.map((offset, partition) => ({ topic, partition, offset, metadata: '' })),
    async onTarget() {
      const all = await target.committedOffsets(group);
      const committed = all.filter((one) => one.topic === remote);
      return Array.from(
        { length: partitions },
        (_, number) => committed.find(({ partition }) => partition === number)?.offset,
      );
    },
  };
}

function positionsDependencies(topic: string, parts: SharedParts, flow: Flow) {
  const settings = defaultFlowSettings({
    source: { alias: 'source', bootstrapServers: parts.sourceBootstrapServers.split(',') },
    target: { alias: 'target', bootstrapServers: parts.targetBootstrapServers.split(',') },
    stateTable: flow.table,
  });
  const ofSource = connection('source', parts.sourceBootstrapServers);
  return {
    source: { dataPlane: openDataPlane(ofSource), groups: openGroups(ofSource) },
    target: { dataPlane: openDataPlane(connection('target', parts.targetBootstrapServers)) },
    state: flow.state,
    policy: flow.environment().policy,
    topicFilter: (name: string) => name === topic,
    groupFilter: () => true,
    settings,
  } satisfies PositionsDependencies;
}

function connection(side: 'source' | 'target', bootstrapServers: string) {
  const cluster = { alias: side, bootstrapServers: bootstrapServers.split(',') };
  return { cluster, side, requestTimeoutMs: 20_000 };
}
