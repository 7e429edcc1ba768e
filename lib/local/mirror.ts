import { availableParallelism } from 'node:os';
import { type ClusterSettings, flowSettings } from '../config/flow-settings.ts';
import { flowName } from '../config/model.ts';
import { createRemoteTopics, type Discovered } from '../discovery/remote-topics.ts';
import { openDataPlane } from '../kafka/data-plane.ts';
import { openGroups } from '../kafka/groups.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import { openTopicAdmin, type TopicListing } from '../kafka/topic-admin.ts';
import { mirrors } from '../policy/mirrored.ts';
import { patternFilter } from '../policy/pattern-filter.ts';
import { replicationPolicy } from '../policy/replication-policy.ts';
import { dynamoStateStore } from '../state/dynamodb.ts';
import { createStateTable } from '../state/table.ts';
import { LocalFunction } from './function/local-function.ts';
import type { LocalFlowOptions } from './local-flow.ts';
import {
  EventSourceMapping,
  type EventSourceMappingSettings,
  type MappingStatus,
} from './mapping/event-source-mapping.ts';
import { readMetricLine } from './metric-line.ts';
import { deployedFunction, mappingSettings } from './settings.ts';
import { unknownRecords } from './unknown-records.ts';

export interface TopicStatus extends MappingStatus {
  remoteTopic: string;
  /** Everything that the source held when the flow was opened is copied and recorded. */
  hasCaughtUp: boolean;
  /** From a record's timestamp to its acknowledgement; the newest that the function reported. */
  replicationLatencyMs?: number;
}

interface Topic {
  remoteTopic: string;
  mapping: EventSourceMapping;
  /** The ends of its partitions when the flow was opened. */
  ends: readonly bigint[];
}

/** What a flow mirrors: its replicate function, and an event source mapping for each topic. */
export class Mirror {
  readonly #options: LocalFlowOptions;
  readonly #function: LocalFunction;
  readonly #source: KafkaDataPlane;
  readonly #groups: KafkaGroups;
  readonly #latencies = new Map<string, number>();
  #topics: Topic[] = [];

  /**
   * Creates what is missing, the state table and remote topics, and finds where every topic stands.
   * Throws what either cluster or DynamoDB answers.
   */
  static async open(options: LocalFlowOptions): Promise<Mirror> {
    const mirror = new Mirror(options);
    try {
      await mirror.#open();
      return mirror;
    } catch (error) {
      await mirror.#close();
      throw error;
    }
  }

  private constructor(options: LocalFlowOptions) {
    const { flow } = options;
    this.#options = options;
    this.#function = new LocalFunction(deployedFunction('replicate', options), {
      concurrency: flow.function.reservedConcurrency ?? Math.max(2, availableParallelism()),
      onLine: (line) => this.#hear(line),
    });
    this.#source = this.#openSource();
    this.#groups = openGroups(this.#client('source'));
  }

  /** Runs until `stop`, and until what was in flight then has ended and is committed. */
  async run(): Promise<void> {
    try {
      await Promise.all(this.#topics.map(({ mapping }) => mapping.run()));
    } finally {
      await this.#close();
    }
  }

  stop(): void {
    for (const { mapping } of this.#topics) mapping.stop();
  }

  /** Of the function's processes. */
  get processIds(): number[] {
    return this.#function.processIds;
  }

  /** Of the function's largest process; 0 where the system does not tell. */
  get maxResidentBytes(): number {
    return this.#function.maxResidentBytes;
  }

  statuses(): TopicStatus[] {
    return this.#topics.map(({ remoteTopic, mapping, ends }) => {
      const status = mapping.status();
      const latency = this.#latencies.get(status.topic);
      return {
        ...status,
        remoteTopic,
        hasCaughtUp: mapping.hasProcessed(ends),
        ...(latency === undefined ? {} : { replicationLatencyMs: latency }),
      };
    });
  }

  async #open(): Promise<void> {
    const { flow, aws, notify } = this.#options;
    const policy = replicationPolicy(flow.replicationPolicy, flow.source);
    const formatRemoteTopic = (topic: string) => policy.formatRemoteTopic(flow.source, topic);
    const options = {
      policy,
      topicFilter: patternFilter(flow.topics),
      targetAlias: flow.target,
      heartbeatsReplicationEnabled: flow.remoteTopics.heartbeatsReplicationEnabled,
    };
    // Both end before one of them ends the flow: the host then stops what the other talks to.
    const [discovered, table] = await Promise.allSettled([
      this.#discover((topic) => mirrors(topic, options), formatRemoteTopic),
      createStateTable(aws.dynamoDb, flow.stateTable),
    ]);
    if (discovered.status === 'rejected') throw discovered.reason;
    if (table.status === 'rejected') throw table.reason;
    const { topics, createdCount } = discovered.value;
    const creations = createdCount === 0 ? '' : `, ${createdCount} remote topics created`;
    notify(`${flowName(flow)}: ${topics.length} topics to mirror${creations}`);
    this.#topics = await Promise.all(
      topics.map((topic) => {
        const settings = mappingSettings(this.#options, topic.topic, topics.length);
        return this.#openTopic(topic, formatRemoteTopic(topic.topic), settings);
      }),
    );
  }

  async #openTopic(
    { topic, partitionCount }: TopicListing,
    remoteTopic: string,
    settings: EventSourceMappingSettings,
  ): Promise<Topic> {
    const { flow, aws, notify } = this.#options;
    const source = this.#source;
    const groups = this.#groups;
    const state = dynamoStateStore({
      client: aws.dynamoDb,
      table: flow.stateTable,
      flow: flowName(flow),
    });
    const known = { source, groups, state };
    const unknown = await unknownRecords(settings, partitionCount, known);
    if (unknown !== undefined) notify(`${flowName(flow)} ${unknown}`);
    const ends = await this.#ends(topic, partitionCount);
    const mapping = await EventSourceMapping.open(settings, {
      openSource: () => this.#openSource(),
      source,
      groups,
      invoke: (event) => this.#function.invoke(event),
      notify: (text) => notify(`${flowName(flow)} ${text}`),
    });
    return { remoteTopic, mapping, ends };
  }

  async #discover(
    isMirrored: (topic: string) => boolean,
    formatRemoteTopic: (topic: string) => string,
  ): Promise<Discovered> {
    const { flow } = this.#options;
    const source = openTopicAdmin(this.#client('source'));
    const target = openTopicAdmin(this.#client('target'));
    const targetPlane = openDataPlane(this.#client('target'));
    try {
      return await createRemoteTopics({
        source,
        target,
        targetPlane,
        timeoutMs: flow.producer.requestTimeoutMs,
        settings: flow.remoteTopics,
        mirrors: isMirrored,
        formatRemoteTopic,
      });
    } finally {
      await Promise.all([source.close(), target.close(), targetPlane.close()]);
    }
  }

  async #ends(topic: string, partitionCount: number): Promise<bigint[]> {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
      topic,
      partition,
    }));
    const ends = await this.#source.listOffsets(partitions, 'latest');
    return ends.map((end) => {
      if (end.ok) return end.value;
      throw end.error;
    });
  }

  #openSource(): KafkaDataPlane {
    return openDataPlane(this.#client('source'));
  }

  #client<Side extends 'source' | 'target'>(
    side: Side,
  ): { cluster: ClusterSettings; side: Side; requestTimeoutMs: number } {
    const { configuration, flow } = this.#options;
    const cluster = flowSettings(configuration, flow)[side];
    return { cluster, side, requestTimeoutMs: flow.producer.requestTimeoutMs };
  }

  #hear(line: string): void {
    const metrics = readMetricLine(line);
    const latencyMs = metrics?.values('ReplicationLatency').at(-1);
    if (metrics?.topic !== undefined && latencyMs !== undefined) {
      this.#latencies.set(metrics.topic, latencyMs);
    }
    this.#options.log('replicate', line);
  }

  async #close(): Promise<void> {
    await this.#function.stop();
    await Promise.all([this.#source.close(), this.#groups.close()]);
  }
}
