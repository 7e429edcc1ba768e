/** Topics of every kind on real clusters, and the flow that copies them, for one test file. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import kafkajs from 'kafkajs';
import { MirrorlessError } from '../../lib/errors.ts';
import type { CompressionType } from '../../lib/kafka/compression.ts';
import { type Slice, slice } from './events.ts';
import { clusterIds, type Flow, openFlow } from './flow.ts';
import { checkReplication } from './oracle/checker.ts';
import { assertFaithful } from './oracle/findings.ts';
import { type Oracle, type OracleCluster, startOracle } from './oracle/oracle.ts';
import type { OracleRecord, PartitionDump } from './oracle/records.ts';
import { nullHeaderCount, withoutOrigins, writtenOn } from './origins.ts';
import { type SharedParts, sharedParts } from './parts.ts';
import { oneByOne } from './translate.ts';
import {
  awkward,
  type PlainOptions,
  type TopicOptions,
  type Writing,
  writeCompacted,
  writePlain,
  writeTransactions,
} from './writings.ts';

export interface CopyBench {
  oracle: Oracle;
  /** Every awkward shape on each partition, with sentinels. */
  awkwardTopic(options?: TopicOptions, target?: CompressionType): Promise<TopicCopy>;
  /**
   * A topic that is copied under its own name, and whose copy is copied back: among awkward records
   * are those that came from the target, which are not to go there again.
   */
  bothWaysTopic(options?: TopicOptions): Promise<TopicCopy>;
  /** Plain records told apart by their producer. */
  plainTopic(options: PlainOptions): Promise<TopicCopy>;
  /** Transactions committed and aborted, a marker after each. */
  transactionalTopic(): Promise<TopicCopy>;
  /** Keys written over and over, then compacted. */
  compactedTopic(): Promise<TopicCopy>;
  stateUnavailable(): MirrorlessError;
  close(): Promise<void>;
}

export async function openCopyBench(addresses?: Partial<SharedParts>): Promise<CopyBench> {
  const closers: (() => Promise<void>)[] = [];
  const oracle = await startOracle({ after: (close) => closers.push(close) });
  const parts = { ...(await sharedParts()), ...addresses };
  const sides: Sides = {
    source: oracle.cluster(parts.sourceBootstrapServers),
    target: oracle.cluster(parts.targetBootstrapServers),
  };
  const open = async (writing: Writing): Promise<TopicCopy> => {
    const { compression: compressionType = 'none', bothWays = false } = writing;
    const flow = await openFlow(parts, { compressionType, bothWays });
    closers.push(() => flow.close());
    return openTopic(sides, flow, writing);
  };
  return {
    oracle,
    awkwardTopic: (options = {}, compression = 'none') =>
      open({ ...awkward(options), compression }),
    bothWaysTopic: (options = {}) =>
      open({ ...awkward({ ...options, from: clusterIds.target }), bothWays: true }),
    plainTopic: (options) => open({ partitions: 1, write: writePlain(options) }),
    transactionalTopic: () => open({ partitions: 1, write: writeTransactions }),
    compactedTopic: () =>
      open({ partitions: 1, configs: { 'cleanup.policy': 'compact' }, write: writeCompacted }),
    stateUnavailable: () => new MirrorlessError('STATE_UNAVAILABLE', 'DynamoDB refused the write.'),
    close: async () => {
      for (const close of closers.reverse()) await close();
    },
  };
}

interface Sides {
  source: OracleCluster;
  target: OracleCluster;
}

async function openTopic(sides: Sides, flow: Flow, writing: Writing): Promise<TopicCopy> {
  const topic = `topic-${randomBytes(5).toString('hex')}`;
  const { partitions, configs = {}, targetConfigs = {}, targetReplicationFactor = 1 } = writing;
  const size = { 'max.message.bytes': '4000000' };
  await sides.source.createTopic(topic, { partitions, configs: { ...size, ...configs } });
  await sides.target.createTopic(flow.remoteTopic(topic), {
    partitions,
    configs: targetConfigs,
    replicationFactor: targetReplicationFactor,
  });
  const sentinels = await writing.write(sides.source, topic);
  return new TopicCopy({ topic, sides, flow, sentinels, dumps: await sides.source.dump(topic) });
}

interface TopicParts {
  topic: string;
  sides: Sides;
  flow: Flow;
  sentinels: OracleRecord[];
  dumps: PartitionDump[];
}

export class TopicCopy {
  readonly flow: Flow;
  readonly topic: string;
  readonly #sides: Sides;
  readonly #remoteTopic: string;
  #sentinels: OracleRecord[];
  #dumps: PartitionDump[];

  constructor({ topic, sides, flow, sentinels, dumps }: TopicParts) {
    this.topic = topic;
    this.flow = flow;
    this.#sides = sides;
    this.#remoteTopic = flow.remoteTopic(topic);
    this.#sentinels = sentinels;
    this.#dumps = dumps;
  }

  all(): Slice[] {
    return this.part(0);
  }

  /** Records `from` to `to` (exclusive) of every partition, counted as records, not offsets. */
  part(from: number, to?: number): Slice[] {
    return this.#dumps.map((dump) => slice(this.topic, dump, from, to));
  }

  count(partition: number): number {
    return this.#dumps[partition]?.records.length ?? 0;
  }

  async targetCount(): Promise<number> {
    const dumps = await this.#sides.target.dump(this.#remoteTopic);
    return dumps.reduce((total, { records }) => total + records.length, 0);
  }

  async writeForeign(records: readonly OracleRecord[]): Promise<void> {
    await this.#sides.target.produce(this.#remoteTopic, records);
  }

  /** Id of the broker that leads a partition of the remote topic. */
  async remoteLeader(partition: number): Promise<number | undefined> {
    const { partitions } = await this.#sides.target.describe(this.#remoteTopic);
    return partitions[partition]?.leader;
  }

  async deleteRemoteTopic(): Promise<void> {
    await this.#sides.target.deleteTopic(this.#remoteTopic);
  }

  async createRemoteTopic(): Promise<void> {
    const partitions = this.#dumps.length;
    await this.#sides.target.createTopic(this.#remoteTopic, { partitions });
  }

  /** A null value takes the setting back to its default. */
  async setRemoteConfigs(configs: Record<string, string | null>): Promise<void> {
    await this.#sides.target.alterConfigs(this.#remoteTopic, configs);
  }

  /** The target refuses writes to the remote topic; the answer lets it take them again. */
  denyRemoteWrites(): Promise<() => Promise<void>> {
    return denyWrites(this.flow.targetBootstrapServers, this.#remoteTopic);
  }

  /** Keeps the state as it is now; the answer puts it back. */
  async backUp(): Promise<() => Promise<void>> {
    const { client, table } = this.flow;
    const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
    return async () => {
      for (const Item of Items) {
        await client.send(new PutItemCommand({ TableName: table, Item }));
      }
    };
  }

  async recreate(options: PlainOptions): Promise<void> {
    await this.#sides.source.deleteTopic(this.topic);
    await this.#sides.source.createTopic(this.topic, { partitions: 1 });
    this.#sentinels = await writePlain(options)(this.#sides.source, this.topic);
    this.#dumps = await this.#sides.source.dump(this.topic);
  }

  /** What discovery does once it has seen the new topic id: a new generation of the map. */
  async confirmRecreated(): Promise<void> {
    const partition = { topic: this.topic, partition: 0 };
    const [state] = await this.flow.state.read([partition]);
    assert.ok(state);
    const downstream = state.segment.downstreamEnd;
    await this.flow.state.startGeneration(partition, state, { upstream: 0n, downstream });
  }

  /** Compares both sides, seen by Kafka's own consumer, and asks the map at every offset. */
  async assertFaithful(
    options: { logAppendTime?: boolean; foreign?: boolean; from?: bigint } = {},
  ): Promise<void> {
    const targets = await this.#sides.target.dump(this.#remoteTopic, {
      isolation: 'read_uncommitted',
    });
    const translate = oneByOne(this.flow.state);
    const { bothWays } = this.flow;
    const own = bothWays ? writtenOn(this.#dumps, undefined) : this.#dumps;
    const all = since(targets, options.from ?? 0n);
    const copies = bothWays ? withoutOrigins(all, this.topic) : all;
    const result = await checkReplication(own, copies, {
      sentinels: this.#sentinels,
      nullHeaders: 'countLost',
      timestamps: options.logAppendTime ? 'replaced' : 'kept',
      translate: (partition, ...question) =>
        translate({ topic: this.topic, partition }, ...question),
    });
    assertFaithful(result, { lostHeaders: nullHeaderCount(own) });
    assert.equal(result.foreign > 0, options.foreign ?? false);
    assert.ok(result.mapChecked >= 2 * result.records, 'the map was asked at every offset');
  }
}

function since(dumps: readonly PartitionDump[], from: bigint): PartitionDump[] {
  return dumps.map((dump) => ({
    ...dump,
    start: from > dump.start ? from : dump.start,
    records: dump.records.filter(({ offset }) => offset >= from),
  }));
}

/** Denies Write to everybody (there is only ANONYMOUS here). */
async function denyWrites(bootstrapServers: string, topic: string): Promise<() => Promise<void>> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const kafka = new kafkajs.Kafka({
    brokers: bootstrapServers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const acl = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:*',
    host: '*',
    operation: AclOperationTypes.WRITE,
    permissionType: AclPermissionTypes.DENY,
  };
  await admin.createAcls({ acl: [acl] });
  return async () => {
    await admin.deleteAcls({ filters: [acl] });
    await admin.disconnect();
  };
}
