/** What is done to topics from time to time: by kafkajs, in our words and errors. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, LogEntry } from 'kafkajs';
import { isMirrorlessError, type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { openDataPlane } from './data-plane.ts';
import { connectionFailed, type Peer, refusedByBroker } from './kafka-errors.ts';
import type { ConnectionsOptions } from './network/connections.ts';
import type { KafkaDataPlane } from './ports.ts';

export interface TopicDescription {
  topic: string;
  partitionCount: number;
  replicationFactor: number;
}

export interface TopicConfig {
  name: string;
  /** Null where the broker keeps it to itself. */
  value: string | null;
  /** True where neither the topic nor its brokers set it: what MM2 leaves out by default. */
  isDefault: boolean;
  /** True where a broker's own file sets it for all topics. */
  isStatic: boolean;
}

export interface NewTopic extends TopicDescription {
  configs?: Record<string, string>;
}

export interface KafkaAdmin {
  /** Every topic that the principal may see, internal ones too. */
  listTopics(): Promise<TopicDescription[]>;
  topicConfigs(topics: readonly string[]): Promise<Map<string, TopicConfig[]>>;
  /** Undefined where the topic does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /** Creates what is missing, until it can be written to; topics that exist are left as they are. */
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  /** The offset after the last record of each partition. Throws TOPIC_MISSING. */
  endOffsets(topic: string): Promise<bigint[]>;
  close(): Promise<void>;
}

export interface AdminOptions extends ConnectionsOptions {
  /** Receives what kafkajs has to say: one sentence, a cluster's name in front. */
  notify?: (text: string) => void;
}

/**
 * Opens nothing yet. Questions about one topic go through the data plane: kafkajs keeps asking for
 * topics that it was once asked about, and lets brokers create them again after they were deleted.
 */
export function openAdmin(options: AdminOptions): KafkaAdmin {
  const { alias } = options.cluster;
  const peer: Peer = { alias, side: options.side };
  const dataPlane = openDataPlane(options);
  const connected = connector(options);
  const run = async <T>(api: string, work: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      return await work(await connected.admin());
    } catch (error) {
      throw fromKafkajs(peer, api, error);
    }
  };
  return {
    listTopics: () => run('Metadata', listTopics),
    topicConfigs: (topics) => run('DescribeConfigs', (admin) => topicConfigs(admin, topics)),
    partitionCount: (topic) => dataPlane.partitionCount(topic),
    async createTopics(topics) {
      await run('CreateTopics', (admin) => createTopics(admin, topics));
      const { requestTimeoutMs } = options;
      await Promise.all(topics.map(({ topic }) => untilServed(dataPlane, topic, requestTimeoutMs)));
    },
    endOffsets: (topic) => endOffsets(dataPlane, topic),
    async close() {
      await Promise.all([connected.close(), dataPlane.close()]);
    },
  };
}

/** Loads kafkajs and connects at the first use, and connects again where that failed. */
function connector(options: AdminOptions) {
  let created: Promise<Admin> | undefined;
  let connecting: Promise<void> | undefined;
  return {
    async admin(): Promise<Admin> {
      created ??= createClient(options);
      const client = await created;
      connecting ??= client.connect();
      try {
        await connecting;
      } catch (error) {
        connecting = undefined;
        throw error;
      }
      return client;
    },
    close: async () => (await created)?.disconnect(),
  };
}

/** Functions rarely need it, and should not be started with it: loading takes longer than theirs. */
async function createClient(options: AdminOptions): Promise<Admin> {
  const { cluster, requestTimeoutMs, clientId = 'mirrorless', notify } = options;
  const { Kafka, logLevel } = await import('kafkajs');
  const kafka = new Kafka({
    brokers: cluster.bootstrapServers,
    clientId,
    requestTimeout: requestTimeoutMs,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => notify?.(`cluster ${cluster.alias}: ${textOf(entry)}`),
  });
  return kafka.admin();
}

function textOf({ log }: LogEntry): string {
  const detail: unknown = log['error'];
  return typeof detail === 'string' ? `${log.message}: ${detail}` : log.message;
}

async function listTopics(admin: Admin): Promise<TopicDescription[]> {
  const { topics } = await admin.fetchTopicMetadata();
  return topics.map(({ name, partitions }) => ({
    topic: name,
    partitionCount: partitions.length,
    replicationFactor: partitions[0]?.replicas.length ?? 0,
  }));
}

/** `ConfigResourceTypes.TOPIC`, which kafkajs does not export to modules. */
const topicResource = 2;
/** `ConfigSource.STATIC_BROKER_CONFIG`, likewise. */
const staticBrokerConfig: number = 4;

async function topicConfigs(
  admin: Admin,
  topics: readonly string[],
): Promise<Map<string, TopicConfig[]>> {
  if (topics.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    resources: topics.map((name) => ({ type: topicResource, name })),
    includeSynonyms: false,
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries.map(({ configName, configValue, configSource, isDefault }) => ({
        name: configName,
        value: configValue,
        isDefault,
        isStatic: configSource === staticBrokerConfig,
      })),
    ]),
  );
}

async function createTopics(admin: Admin, topics: readonly NewTopic[]): Promise<void> {
  await admin.createTopics({
    // It asks one broker, and fails where that one has not heard of the topic yet.
    waitForLeaders: false,
    topics: topics.map(({ topic, partitionCount, replicationFactor, configs = {} }) => ({
      topic,
      numPartitions: partitionCount,
      replicationFactor,
      configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
  });
}

async function endOffsets(dataPlane: KafkaDataPlane, topic: string): Promise<bigint[]> {
  // A topic that is missing is still asked about, for the sake of its error.
  const length = (await dataPlane.partitionCount(topic)) ?? 1;
  const partitions = Array.from({ length }, (_, partition) => ({ topic, partition }));
  const answers = await dataPlane.listOffsets(partitions, 'latest');
  return answers.map((answer) => {
    if (!answer.ok) throw answer.error;
    return answer.value;
  });
}

const servedPauseMs = 50;

/** Brokers learn of a new topic one after the other: every leader must serve its partition. */
async function untilServed(
  dataPlane: KafkaDataPlane,
  topic: string,
  timeoutMs: number,
): Promise<void> {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    try {
      await endOffsets(dataPlane, topic);
      return;
    } catch (error) {
      if (Date.now() > endsAt || !toMirrorlessError(error).retriable) throw error;
    }
    await pause(servedPauseMs);
  }
}

/** Not a failure of its own, though kafkajs names it beside the failures of other topics. */
const topicAlreadyExists = 36;

/** kafkajs wraps what a broker said in retries and aggregates; the first answer inside counts. */
function fromKafkajs(peer: Peer, api: string, error: unknown): MirrorlessError {
  if (isMirrorlessError(error)) return error;
  const answer = brokerAnswerIn(error);
  if (answer) return refusedByBroker(peer, { api, ...answer });
  return connectionFailed(peer, `${api} on cluster ${peer.alias} failed`, { cause: error });
}

function brokerAnswerIn(
  error: unknown,
): { code: number; topic?: string; detail: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('type' in error && 'code' in error && typeof error.code === 'number') {
    if (error.code === topicAlreadyExists) return undefined;
    const topic = 'topic' in error && typeof error.topic === 'string' ? { topic: error.topic } : {};
    return { code: error.code, detail: error.message, ...topic };
  }
  const inside = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  for (const next of [...inside, error.cause]) {
    const found = brokerAnswerIn(next);
    if (found) return found;
  }
  return undefined;
}
