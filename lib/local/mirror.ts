import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ClusterSettings, flowSettings } from '../config/flow-settings.ts';
import { flowName } from '../config/model.ts';
import { functionName } from '../deployment.ts';
import type { DiscoveryAnswer } from '../discovery/report.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { openGroups } from '../kafka/groups.ts';
import type { KafkaDataPlane, KafkaGroups, ListedTopic } from '../kafka/ports.ts';
import { flowNames } from '../policy/flow-names.ts';
import { type ReplicationPolicy, replicationPolicy } from '../policy/replication-policy.ts';
import { dynamoStateStore } from '../state/dynamodb.ts';
import { createStateTable } from '../state/table.ts';
import { LocalFunction } from './function/local-function.ts';
import type { Pollers } from './lambda-api/mapping-registry.ts';
import type { LocalMapping } from './lambda-api/mapping-store.ts';
import type { LocalFlowOptions } from './local-flow.ts';
import type { EventSourceMappingSettings, MappingStatus } from './mapping/event-source-mapping.ts';
import { fileDestination } from './mapping/failure-destination.ts';
import type { SupervisedMapping } from './mapping/supervised.ts';
import { startMapping } from './mapping-pollers.ts';
import { readMetricLine } from './metric-line.ts';
import { deployedFunction } from './settings.ts';
import { unknownRecords } from './unknown-records.ts';

export interface TopicStatus extends MappingStatus {
  remoteTopic: string;
  /** Everything that the source held when the flow was opened is copied and recorded. */
  hasCaughtUp: boolean;
  /** From a record's timestamp to its acknowledgement; the newest that the function reported. */
  replicationLatencyMs?: number;
}

/** How long after a failure to begin a mapping tries again. */
const retryMs = 1000;

/** What a flow mirrors: its replicate function, and what reads for its event source mappings. */
export class Mirror {
  /** Of the replicate function. */
  readonly functionName: string;
  readonly #options: LocalFlowOptions;
  readonly #function: LocalFunction;
  readonly #source: KafkaDataPlane;
  readonly #groups: KafkaGroups;
  readonly #policy: ReplicationPolicy;
  readonly #latencies = new Map<string, number>();
  /** By topic. */
  readonly #mappings = new Map<string, SupervisedMapping>();
  /** The ends of partitions when the flow was opened, by topic. */
  #ends: ReadonlyMap<string, readonly bigint[]> = new Map();
  #discovered: DiscoveryAnswer | undefined;
  /** Why nothing of the flow is read. */
  #refusal: string | undefined;
  #isEnding = false;

  /**
   * Creates the state table where it is missing, and finds what the source holds now. Throws what
   * the source or DynamoDB answers.
   */
  static async open(options: LocalFlowOptions): Promise<Mirror> {
    const mirror = new Mirror(options);
    try {
      await mirror.#open();
      return mirror;
    } catch (error) {
      await mirror.close();
      throw error;
    }
  }

  private constructor(options: LocalFlowOptions) {
    const { flow } = options;
    this.#options = options;
    this.functionName = functionName(flow, 'replicate');
    this.#policy = replicationPolicy(flow.replicationPolicy, flow.source);
    this.#function = new LocalFunction(deployedFunction('replicate', options), {
      concurrency:
        flow.functions.replicate.reservedConcurrency ?? Math.max(2, availableParallelism()),
      onLine: (line) => this.#hear(line),
    });
    this.#source = this.#openSource();
    this.#groups = openGroups(this.#client());
  }

  /** Reads for a mapping until it is stopped. */
  start(mapping: LocalMapping): Pollers {
    const { configuration, flow, directory, notify } = this.#options;
    const [topic] = mapping.Topics;
    const failures = join(directory, 'failures', `${flowName(flow)}.${topic}.jsonl`);
    const supervised = startMapping(mapping, {
      bootstrapServers: flowSettings(configuration, flow).source.bootstrapServers,
      topicCount: () => Math.max(this.#ends.size, this.#mappings.size, 1),
      beforeOpening: (settings) => this.#tellUnknown(settings),
      openSource: () => this.#openSource(),
      source: this.#source,
      groups: this.#groups,
      invoke: (event, poller) => this.#function.invoke(event, poller),
      failureDestination: fileDestination(failures),
      notify: (text) => notify(`${flowName(flow)} ${text}`),
      retryMs,
    });
    this.#mappings.set(topic, supervised);
    return {
      stop: async () => {
        await supervised.stop();
        const isGone = !this.#isEnding && this.#mappings.get(topic) === supervised;
        if (isGone) this.#mappings.delete(topic);
      },
      lastProcessingResult: () => supervised.lastProcessingResult(),
    };
  }

  /** What the discover function found when the flow was opened. */
  discovered(answer: DiscoveryAnswer): void {
    this.#discovered = answer;
  }

  /** Why discovery refused the flow when it was opened. */
  refused(why: string): void {
    this.#refusal = why;
  }

  /** From now on mappings are stopped by the end of the host: what they did stays in the statuses. */
  end(): void {
    this.#isEnding = true;
  }

  /** When nothing reads any more. */
  async close(): Promise<void> {
    await this.#function.stop();
    await Promise.all([this.#source.close(), this.#groups.close()]);
  }

  /** Of the function's processes. */
  get processIds(): number[] {
    return this.#function.processIds;
  }

  /** Of the function's largest process; 0 where the system does not tell. */
  get maxResidentBytes(): number {
    return this.#function.maxResidentBytes;
  }

  /** Of the topics that were there when the flow was opened, and of those that were found since. */
  statuses(): TopicStatus[] {
    const topics = [...new Set([...this.#ends.keys(), ...this.#mappings.keys()])].sort();
    return topics.map((topic) => {
      const ends = this.#ends.get(topic) ?? [];
      const mapping = this.#mappings.get(topic);
      const latency = this.#latencies.get(topic);
      return {
        ...(mapping?.status() ?? this.#unread(topic, ends.length, mapping)),
        remoteTopic: this.#policy.formatRemoteTopic(this.#options.flow.source, topic),
        hasCaughtUp: mapping?.hasProcessed(ends) ?? false,
        ...(latency === undefined ? {} : { replicationLatencyMs: latency }),
      };
    });
  }

  /** A topic without a mapping, or with one that has not begun; and why, as far as it is known. */
  #unread(topic: string, partitionCount: number, mapping?: SupervisedMapping): MappingStatus {
    const { states = [], failures = [], unread = [] } = this.#discovered ?? {};
    const ofTopic = (one: { topic?: string }): boolean => one.topic === topic;
    const message =
      this.#refusal ??
      mapping?.problem ??
      unread.find(ofTopic)?.why ??
      failures.find(ofTopic)?.message ??
      states.find(ofTopic)?.what;
    const isHalted = mapping === undefined && message !== undefined;
    return {
      topic,
      partitionCount,
      recordCount: 0,
      eventCount: 0,
      lagRecords: 0,
      problems: message === undefined ? [] : [{ partition: 0, message, isHalted }],
    };
  }

  async #open(): Promise<void> {
    const { flow, aws } = this.#options;
    // Both end before one of them ends the flow: the host then stops what the other talks to.
    const [ends, table] = await Promise.allSettled([
      this.#endsOfSource(),
      createStateTable(aws.dynamoDb, flow.stateTable),
    ]);
    if (ends.status === 'rejected') throw ends.reason;
    if (table.status === 'rejected') throw table.reason;
    this.#ends = ends.value;
  }

  async #endsOfSource(): Promise<ReadonlyMap<string, bigint[]>> {
    const { mirrors } = flowNames(this.#options.flow);
    const listed = await this.#source.listTopics();
    const topics = listed.filter(({ topic }) => mirrors(topic));
    const ends = await this.#source.listOffsets(topics.flatMap(partitionsOf), 'latest');
    let next = 0;
    return new Map(
      topics.map(({ topic, partitionCount }) => {
        const own = ends.slice(next, next + partitionCount);
        next += partitionCount;
        return [topic, own.map((end) => (end.ok ? end.value : raise(end.error)))];
      }),
    );
  }

  async #tellUnknown(settings: EventSourceMappingSettings): Promise<void> {
    const { flow, aws, notify } = this.#options;
    const partitionCount = this.#ends.get(settings.origin.topic)?.length ?? 0;
    const state = dynamoStateStore({
      client: aws.dynamoDb,
      table: flow.stateTable,
      flow: flowName(flow),
    });
    const known = { source: this.#source, groups: this.#groups, state };
    const unknown = await unknownRecords(settings, partitionCount, known);
    if (unknown !== undefined) notify(`${flowName(flow)} ${unknown}`);
  }

  #openSource(): KafkaDataPlane {
    return openDataPlane(this.#client());
  }

  #client(): { cluster: ClusterSettings; side: 'source'; requestTimeoutMs: number } {
    const { configuration, flow } = this.#options;
    const cluster = flowSettings(configuration, flow).source;
    return { cluster, side: 'source', requestTimeoutMs: flow.producer.requestTimeoutMs };
  }

  #hear(line: string): void {
    const metrics = readMetricLine(line);
    const latencyMs = metrics?.values('ReplicationLatency').at(-1);
    if (metrics?.topic !== undefined && latencyMs !== undefined) {
      this.#latencies.set(metrics.topic, latencyMs);
    }
    this.#options.log('replicate', line);
  }
}

function partitionsOf({ topic, partitionCount }: ListedTopic) {
  return Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
}

function raise(error: Error): never {
  throw error;
}
