/** Every way in which a broker or a connection says no, as one of our codes. */
import type { ErrorCode } from '../error-codes.ts';
import { type ErrorPlace, MirrorlessError } from '../errors.ts';

/** The cluster that an error speaks of. */
export interface Peer {
  alias: string;
  side: 'source' | 'target';
}

export interface Refusal {
  /** The request's name in Kafka's protocol. */
  api: string;
  code: number;
  broker?: string | undefined;
  group?: string | undefined;
  topic?: string | undefined;
  partition?: number | undefined;
  /** The broker's own words. */
  detail?: string | undefined;
}

/** What a broker answered in place of a result. Total: codes of newer brokers are worth a retry. */
export function refusedByBroker(peer: Peer, refusal: Refusal): MirrorlessError {
  const { api, code, broker, group, topic, partition, detail } = refusal;
  const [name, meaning] = kafkaCodes[code] ?? ['a code that is not known', 'NOT_READY'];
  const ofTopic =
    topic === undefined ? '' : ` of ${topic}${partition === undefined ? '' : `-${partition}`}`;
  const what = `${ofTopic}${group === undefined ? '' : ` of group ${group}`}`;
  const whom = `${broker === undefined ? '' : `${broker} of `}cluster ${peer.alias}`;
  const words = detail === undefined ? '' : `, “${detail}”`;
  return new MirrorlessError(
    onSide(peer, meaningsTo[api]?.[code] ?? meaning),
    `${whom} answered ${api}${what} with ${name} (${code})${words}.${needed(api, code)}`,
    { place: placeOf(peer, refusal), cause: new KafkaAnswer(name, code) },
  );
}

function needed(api: string, code: number): string {
  const permission = unauthorized.has(code) ? permissions[api] : undefined;
  return permission === undefined ? '' : ` It takes ${permission}.`;
}

const unauthorized = new Set([29, 30, 31]);

/** What each request takes. */
const permissions: Record<string, string> = {
  Produce: 'Write on the topic',
  Fetch: 'Read on the topic',
  ListOffsets: 'Describe on the topic',
  OffsetFetch: 'Describe on the group, and on its topics',
  OffsetCommit: 'Read on the group, and on its topics',
  Metadata: 'Describe on the topic',
  CreateTopics: 'Create on the topic or on the cluster',
  CreatePartitions: 'Alter on the topic',
  DescribeConfigs: 'DescribeConfigs on the topic',
  IncrementalAlterConfigs: 'AlterConfigs on the topic',
  DescribeAcls: 'Describe on the cluster',
  CreateAcls: 'Alter on the cluster',
};

/** Kafka's name and code of a refusal, kept as the cause of our error. */
class KafkaAnswer extends Error {
  readonly kafkaCode: number;

  constructor(name: string, kafkaCode: number) {
    super(name);
    this.kafkaCode = kafkaCode;
  }
}

/** The code of Kafka's protocol behind an error of ours, where a broker's answer was the cause. */
export function kafkaCodeOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof KafkaAnswer ? cause.kafkaCode : undefined;
}

/** A connection that could not be made, or broke, or did not answer. Total over foreign errors. */
export function connectionFailed(
  peer: Peer,
  what: string,
  { broker, cause, advice }: { broker?: string; cause?: unknown; advice?: string | undefined } = {},
): MirrorlessError {
  const chain = causesOf(cause);
  const found = failures.find(([pattern]) => chain.some((error) => pattern.test(labels(error))));
  const reason = chain.map(messageOf).findLast((message) => message !== '');
  const because = reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`;
  const text = `${what}${because}.${advice === undefined ? '' : ` ${advice}.`}`;
  return new MirrorlessError(onSide(peer, found?.[1] ?? 'INTERNAL'), text, {
    cause,
    place: placeOf(peer, { broker }),
  });
}

/** Kafka's code for an answer that never came: whether the request was carried out is unknown. */
export const networkException = 13;

/** True where another broker may lead the partition by now, so that leaders must be asked for. */
export function meansStaleLeader(code: number): boolean {
  return staleLeaderCodes.has(code);
}

const staleLeaderCodes = new Set([3, 5, 6, 8, 9, 13, 56, 72, 74, 75, 100, 103]);

/** True while a coordinator, or the first block of producer ids, is being loaded or has moved. */
export function meansCoordinatorNotReady(code: number): boolean {
  return coordinatorCodes.has(code);
}

const coordinatorCodes = new Set([7, 14, 15, 16, 88]);

/** True where a code that stands at a partition speaks of its whole group: members, permission. */
export function concernsGroup(code: number): boolean {
  return groupCodes.has(code);
}

const groupCodes = new Set([14, 15, 16, 22, 24, 25, 27, 30, 69, 82, 110, 113]);

/**
 * Where a code means something else in the answer to one request. A leader that metadata names does
 * not know its partition while it learns of it, or after it was deleted, and then metadata says so.
 * Old brokers ask a producer for IdempotentWrite on the cluster, and for nothing else on it.
 */
const meaningsTo: Record<string, Record<number, Meaning>> = {
  Produce: { 3: 'NOT_READY', 31: 'IDEMPOTENCE_REFUSED' },
  Fetch: { 3: 'NOT_READY' },
  ListOffsets: { 3: 'NOT_READY' },
  InitProducerId: { 31: 'IDEMPOTENCE_REFUSED' },
  CreateTopics: {
    17: 'TOPIC_CREATION_REFUSED',
    37: 'TOPIC_CREATION_REFUSED',
    38: 'TOPIC_CREATION_REFUSED',
    40: 'SETTING_REFUSED',
    44: 'TOPIC_CREATION_REFUSED',
  },
  CreatePartitions: { 37: 'TOPIC_CREATION_REFUSED', 44: 'TOPIC_CREATION_REFUSED' },
  IncrementalAlterConfigs: { 40: 'SETTING_REFUSED', 42: 'SETTING_REFUSED', 44: 'SETTING_REFUSED' },
};

type Meaning = ErrorCode | keyof typeof bySide;

const bySide = {
  UNREACHABLE: { source: 'SOURCE_UNREACHABLE', target: 'TARGET_UNREACHABLE' },
  NOT_READY: { source: 'SOURCE_NOT_READY', target: 'TARGET_NOT_READY' },
  /** On the source it is for the reader to find out why; it asks for what it was told exists. */
  OUT_OF_RANGE: { source: 'INTERNAL', target: 'TARGET_TRUNCATED' },
} as const satisfies Record<string, Record<Peer['side'], ErrorCode>>;

function onSide({ side }: Peer, meaning: Meaning): ErrorCode {
  return meaning in bySide ? bySide[meaning as keyof typeof bySide][side] : (meaning as ErrorCode);
}

function placeOf(peer: Peer, { broker, group, topic, partition }: Partial<Refusal>): ErrorPlace {
  return {
    cluster: peer.alias,
    ...(broker === undefined ? {} : { broker }),
    ...(group === undefined ? {} : { group }),
    ...(topic === undefined ? {} : { topic }),
    ...(partition === undefined ? {} : { partition }),
  };
}

/** The error and what caused it, outermost first. */
export function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  const waiting = [error];
  while (waiting.length > 0 && chain.length < 20) {
    const next = waiting.shift();
    if (!(next instanceof Error)) continue;
    chain.push(next);
    waiting.push(next.cause, ...(next instanceof AggregateError ? next.errors : []));
  }
  return chain;
}

/** OpenSSL's own reason stands apart from the place in its sources; Node adds advice of its own. */
function messageOf(error: Error): string {
  if ('reason' in error && typeof error.reason === 'string') return error.reason;
  return error.message.split('; if the root CA is installed locally')[0]!;
}

function labels(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return `${error.name} ${code}`;
}

/**
 * By the names and codes of Node's sockets and TLS, @platformatic/kafka and kafkajs; the first that
 * fits any error of the chain counts. A refused handshake looks like a broken connection outside.
 */
const failures: readonly (readonly [RegExp, Meaning])[] = [
  [/PLT_KFK_(AUTHENTICATION|USER)|KafkaJSSASL/, 'AUTHENTICATION_FAILED'],
  [/ERR_(TLS|SSL)|EPROTO|CERT|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH/, 'AUTHENTICATION_FAILED'],
  [/PLT_KFK_(NETWORK|TIMEOUT|UNEXPECTED_CORRELATION_ID)|NO_ANSWER|NOT_KAFKA/, 'UNREACHABLE'],
  [/ (E[A-Z]{3,}|EAI_[A-Z]+)$|KafkaJS(Connection|Request|Broker|Number|Closed)/, 'UNREACHABLE'],
];

/**
 * Kafka's names of its error codes (org.apache.kafka.common.protocol.Errors) and what each means to
 * a flow. NOT_READY passes by itself, as a rule; a refused sequence is settled by reading the log.
 */
const kafkaCodes: Record<number, readonly [string, Meaning]> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'NOT_READY'],
  1: ['OFFSET_OUT_OF_RANGE', 'OUT_OF_RANGE'],
  2: ['CORRUPT_MESSAGE', 'RECORD_REFUSED'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_MISSING'],
  4: ['INVALID_FETCH_SIZE', 'INTERNAL'],
  5: ['LEADER_NOT_AVAILABLE', 'NOT_READY'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'NOT_READY'],
  7: ['REQUEST_TIMED_OUT', 'NOT_READY'],
  8: ['BROKER_NOT_AVAILABLE', 'NOT_READY'],
  9: ['REPLICA_NOT_AVAILABLE', 'NOT_READY'],
  10: ['MESSAGE_TOO_LARGE', 'RECORD_TOO_LARGE'],
  12: ['OFFSET_METADATA_TOO_LARGE', 'CONFIGURATION_INVALID'],
  13: ['NETWORK_EXCEPTION', 'UNREACHABLE'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_READY'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'NOT_READY'],
  16: ['NOT_COORDINATOR', 'NOT_READY'],
  17: ['INVALID_TOPIC_EXCEPTION', 'TOPIC_REFUSED'],
  18: ['RECORD_LIST_TOO_LARGE', 'RECORD_TOO_LARGE'],
  19: ['NOT_ENOUGH_REPLICAS', 'NOT_READY'],
  20: ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'NOT_READY'],
  21: ['INVALID_REQUIRED_ACKS', 'INTERNAL'],
  22: ['ILLEGAL_GENERATION', 'GROUP_ACTIVE'],
  24: ['INVALID_GROUP_ID', 'CONFIGURATION_INVALID'],
  25: ['UNKNOWN_MEMBER_ID', 'GROUP_ACTIVE'],
  27: ['REBALANCE_IN_PROGRESS', 'GROUP_ACTIVE'],
  28: ['INVALID_COMMIT_OFFSET_SIZE', 'INTERNAL'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'UNAUTHORIZED'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'UNAUTHORIZED'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'UNAUTHORIZED'],
  32: ['INVALID_TIMESTAMP', 'RECORD_REFUSED'],
  33: ['UNSUPPORTED_SASL_MECHANISM', 'AUTHENTICATION_FAILED'],
  34: ['ILLEGAL_SASL_STATE', 'AUTHENTICATION_FAILED'],
  35: ['UNSUPPORTED_VERSION', 'INTERNAL'],
  36: ['TOPIC_ALREADY_EXISTS', 'CONFIGURATION_INVALID'],
  37: ['INVALID_PARTITIONS', 'CONFIGURATION_INVALID'],
  38: ['INVALID_REPLICATION_FACTOR', 'CONFIGURATION_INVALID'],
  39: ['INVALID_REPLICA_ASSIGNMENT', 'CONFIGURATION_INVALID'],
  40: ['INVALID_CONFIG', 'CONFIGURATION_INVALID'],
  41: ['NOT_CONTROLLER', 'NOT_READY'],
  42: ['INVALID_REQUEST', 'INTERNAL'],
  43: ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'RECORD_REFUSED'],
  44: ['POLICY_VIOLATION', 'CONFIGURATION_INVALID'],
  45: ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'SEQUENCE_REFUSED'],
  46: ['DUPLICATE_SEQUENCE_NUMBER', 'SEQUENCE_REFUSED'],
  47: ['INVALID_PRODUCER_EPOCH', 'SEQUENCE_REFUSED'],
  48: ['INVALID_TXN_STATE', 'SEQUENCE_REFUSED'],
  49: ['INVALID_PRODUCER_ID_MAPPING', 'SEQUENCE_REFUSED'],
  51: ['CONCURRENT_TRANSACTIONS', 'NOT_READY'],
  53: ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'UNAUTHORIZED'],
  54: ['SECURITY_DISABLED', 'CONFIGURATION_INVALID'],
  55: ['OPERATION_NOT_ATTEMPTED', 'NOT_READY'],
  56: ['KAFKA_STORAGE_ERROR', 'NOT_READY'],
  57: ['LOG_DIR_NOT_FOUND', 'NOT_READY'],
  58: ['SASL_AUTHENTICATION_FAILED', 'AUTHENTICATION_FAILED'],
  59: ['UNKNOWN_PRODUCER_ID', 'SEQUENCE_REFUSED'],
  65: ['DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'UNAUTHORIZED'],
  69: ['GROUP_ID_NOT_FOUND', 'CONFIGURATION_INVALID'],
  72: ['LISTENER_NOT_FOUND', 'NOT_READY'],
  74: ['FENCED_LEADER_EPOCH', 'NOT_READY'],
  75: ['UNKNOWN_LEADER_EPOCH', 'NOT_READY'],
  76: ['UNSUPPORTED_COMPRESSION_TYPE', 'RECORD_FORMAT_UNSUPPORTED'],
  77: ['STALE_BROKER_EPOCH', 'NOT_READY'],
  78: ['OFFSET_NOT_AVAILABLE', 'NOT_READY'],
  82: ['FENCED_INSTANCE_ID', 'GROUP_ACTIVE'],
  83: ['ELIGIBLE_LEADERS_NOT_AVAILABLE', 'NOT_READY'],
  87: ['INVALID_RECORD', 'RECORD_REFUSED'],
  88: ['UNSTABLE_OFFSET_COMMIT', 'NOT_READY'],
  89: ['THROTTLING_QUOTA_EXCEEDED', 'NOT_READY'],
  90: ['PRODUCER_FENCED', 'SEQUENCE_REFUSED'],
  100: ['UNKNOWN_TOPIC_ID', 'TOPIC_MISSING'],
  103: ['INCONSISTENT_TOPIC_ID', 'NOT_READY'],
  110: ['FENCED_MEMBER_EPOCH', 'GROUP_ACTIVE'],
  113: ['STALE_MEMBER_EPOCH', 'GROUP_ACTIVE'],
};
