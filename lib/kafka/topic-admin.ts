/**
 * What discovery asks of topics, thousands at a time, and does to them: an outcome for each, over
 * the connections of the data plane. kafkajs has no topic ids, replaces all settings of a topic when
 * it changes one, and stops at the first refusal of many.
 */
import { kafkaCodeOf } from './kafka-errors.ts';
import { Connections, type ConnectionsOptions } from './network/connections.ts';
import { byTopic, inParts, leftOut, refusal, toController } from './network/topic-requests.ts';
import type { Settled } from './ports.ts';
import { createTopicAcls, describeTopicAcls, type TopicAcl } from './protocol/acls.ts';
import { metadata, type TopicMetadata } from './protocol/cluster.ts';
import {
  createPartitions,
  createTopics,
  type DescribedConfig,
  describeConfigs,
  incrementalAlterConfigs,
} from './protocol/topics.ts';

export type { TopicAcl } from './protocol/acls.ts';

export interface TopicListing {
  topic: string;
  /** Another one after the topic was deleted and created again. Brokers before 2.8 give none. */
  topicId?: string;
  partitionCount: number;
  replicationFactor: number;
}

export interface TopicConfig {
  name: string;
  /** Null where the broker keeps it to itself. */
  value: string | null;
  /**
   * Who has set it: the topic itself, its brokers at run time or by their own file, or nobody. The
   * cluster's default for all brokers counts as `dynamic-broker`.
   */
  origin: 'topic' | 'dynamic-broker' | 'static-broker' | 'default' | 'other';
  isReadOnly: boolean;
  isSensitive: boolean;
}

export interface NewTopic {
  topic: string;
  partitionCount: number;
  /** -1 is the cluster's own default. */
  replicationFactor: number;
  configs: Readonly<Record<string, string>>;
}

/** By name; null takes away what the topic itself sets. */
export type ConfigChanges = Readonly<Record<string, string | null>>;

/** Outcomes are in the order of what was asked. Methods that return outcomes never reject. */
export interface TopicAdmin {
  /** Undefined where the cluster has none. */
  clusterId(): Promise<string | undefined>;
  /** Of the brokers that have joined. */
  brokerIds(): Promise<number[]>;
  /** Every topic that the principal may describe, internal ones too, by name. */
  listTopics(): Promise<TopicListing[]>;
  /** What a list keeps to itself: TOPIC_MISSING, or UNAUTHORIZED where topics may not be seen. */
  describeTopics(topics: readonly string[]): Promise<Settled<TopicListing>[]>;
  /** Every setting that the cluster knows of topics, and what it is for each of these. */
  topicConfigs(topics: readonly string[]): Promise<Settled<TopicConfig[]>[]>;
  /** False where the topic was there already; it is left as it is. */
  createTopics(topics: readonly NewTopic[]): Promise<Settled<boolean>[]>;
  /** Says what `createTopics` would refuse, and creates nothing. */
  checkTopics(topics: readonly NewTopic[]): Promise<Settled<boolean>[]>;
  /** Raises numbers of partitions. False where the topic had as many already. */
  createPartitions(
    topics: readonly { topic: string; partitionCount: number }[],
  ): Promise<Settled<boolean>[]>;
  /** Changes the named settings and leaves the others; all of a topic together or none. */
  alterConfigs(
    topics: readonly { topic: string; changes: ConfigChanges }[],
  ): Promise<Settled<undefined>[]>;
  /** All ACLs of topics; undefined where the cluster authorizes nobody. */
  topicAcls(): Promise<TopicAcl[] | undefined>;
  /** Those that exist are left as they are. */
  createAcls(acls: readonly TopicAcl[]): Promise<Settled<undefined>[]>;
  close(): Promise<void>;
}

/** Opens nothing yet. */
export function openTopicAdmin(options: ConnectionsOptions): TopicAdmin {
  const connections = new Connections(options);
  const timeoutMs = options.requestTimeoutMs;
  const create = (topics: readonly NewTopic[], validateOnly: boolean) =>
    toController(connections, topics, {
      api: createTopics,
      request: (part) => ({ topics: part, timeoutMs, validateOnly }),
      doneAlready: topicAlreadyExists,
    });
  return {
    clusterId: async () => (await connections.askAny(metadata, [])).clusterId,
    brokerIds: async () => [...(await connections.askAny(metadata, [])).brokers.keys()],
    listTopics: () => listTopics(connections),
    describeTopics: (topics) => describeTopics(connections, topics),
    topicConfigs: (topics) =>
      inParts(topics, topicsAtOnce, (part) => topicConfigs(connections, part)),
    createTopics: (topics) => create(topics, false),
    checkTopics: (topics) => create(topics, true),
    createPartitions: (topics) => grow(connections, topics),
    alterConfigs: (topics) =>
      inParts(topics, topicsAtOnce, async (part) => {
        const answers = await connections.askAny(incrementalAlterConfigs, { topics: part });
        return byTopic(part, answers, {
          read: () => undefined,
          refusalOf: (answer) => refusal(connections, incrementalAlterConfigs, answer),
        });
      }),
    topicAcls: () => topicAcls(connections),
    createAcls: (acls) => inParts(acls, aclsAtOnce, (part) => createAcls(connections, part)),
    close: () => connections.close(),
  };
}

/** A topic has some 40 settings: those of 100 topics are an answer of 200 KB. */
const topicsAtOnce = 100;
const aclsAtOnce = 1000;

const topicAlreadyExists = 36;
const invalidPartitions = 37;
const securityDisabled = 54;

async function listTopics(connections: Connections): Promise<TopicListing[]> {
  const { topics } = await connections.askAny(metadata, undefined);
  return topics
    .filter(({ code }) => code === 0)
    .map(listingOf)
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

function listingOf({ topic, topicId, partitions }: TopicMetadata): TopicListing {
  return {
    topic,
    ...(topicId !== undefined && { topicId }),
    partitionCount: partitions.length,
    replicationFactor: partitions[0]?.replicaCount ?? 0,
  };
}

function describeTopics(
  connections: Connections,
  topics: readonly string[],
): Promise<Settled<TopicListing>[]> {
  return inParts(topics, topicsAtOnce, async (part) => {
    const { topics: answers } = await connections.askAny(metadata, part);
    return byTopic(part.map(named), answers, {
      read: listingOf,
      refusalOf: (answer) => refusal(connections, metadata, answer),
    });
  });
}

const named = (topic: string) => ({ topic });

async function topicConfigs(
  connections: Connections,
  topics: readonly string[],
): Promise<Settled<TopicConfig[]>[]> {
  const answers = await connections.askAny(describeConfigs, { topics });
  return byTopic(topics.map(named), answers, {
    read: ({ configs }) => configs.map(configOf),
    refusalOf: (answer) => refusal(connections, describeConfigs, answer),
  });
}

/** `ConfigSource` of the protocol. */
const origins: Record<number, TopicConfig['origin']> = {
  1: 'topic',
  2: 'dynamic-broker',
  3: 'dynamic-broker',
  4: 'static-broker',
  5: 'default',
};

function configOf({ source, ...config }: DescribedConfig): TopicConfig {
  return { ...config, origin: origins[source] ?? 'other' };
}

async function grow(
  connections: Connections,
  topics: readonly { topic: string; partitionCount: number }[],
): Promise<Settled<boolean>[]> {
  const timeoutMs = connections.requestTimeoutMs;
  const outcomes = await toController(connections, topics, {
    api: createPartitions,
    request: (part) => ({ topics: part, timeoutMs }),
  });
  const refused = topics.filter((_, index) => isInvalidPartitions(outcomes[index]!));
  if (refused.length === 0) return outcomes;
  // Of two who raise a number at the same time, the second is refused, and its work is done.
  const names = refused.map(({ topic }) => topic);
  const now = await describeTopics(connections, names);
  const counts = new Map(
    now.map((one, index) => [names[index], one.ok ? one.value.partitionCount : 0]),
  );
  return topics.map(({ topic, partitionCount }, index): Settled<boolean> => {
    const isDone = (counts.get(topic) ?? 0) >= partitionCount;
    return isDone ? { ok: true, value: false } : outcomes[index]!;
  });
}

function isInvalidPartitions(outcome: Settled<unknown>): boolean {
  return !outcome.ok && kafkaCodeOf(outcome.error) === invalidPartitions;
}

async function topicAcls(connections: Connections): Promise<TopicAcl[] | undefined> {
  const { code, detail, acls } = await connections.askAny(describeTopicAcls, undefined);
  if (code === 0) return acls;
  if (code === securityDisabled) return undefined;
  throw refusal(connections, describeTopicAcls, { code, detail });
}

async function createAcls(
  connections: Connections,
  acls: readonly TopicAcl[],
): Promise<Settled<undefined>[]> {
  const answers = await connections.askAny(createTopicAcls, acls);
  return acls.map(({ topic }, index) => {
    const answer = answers[index] ?? leftOut;
    if (answer.code === 0) return { ok: true, value: undefined };
    return { ok: false, error: refusal(connections, createTopicAcls, { ...answer, topic }) };
  });
}
