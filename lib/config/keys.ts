/**
 * The registry of configuration keys. Parsing, defaults, problems, the JSON Schema and the README's
 * table all come from here. Names, defaults and meanings are MirrorMaker 2's (4.3.1) but for the
 * keys that only a serverless replicator needs.
 */
import { alarmKeys } from './alarm-keys.ts';
import { type KeyDefinition, notTopLevel, now, yaml } from './key-definition.ts';
import {
  absent,
  boolean,
  choice,
  integer,
  integerOf,
  kmsKeyArn,
  list,
  mirrorClass,
  patterns,
  replicationFactor,
  text,
  timestamp,
} from './values.ts';

export { clusterKeys } from './cluster-keys.ts';
export type { KeyDefinition, ValueOf } from './key-definition.ts';

const alias = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const aliasLabel = 'cluster alias of letters, digits, `.`, `_` and `-`';
const seconds = integer(1);
const memory = integer(128, 10_240);
/** What CloudWatch Logs takes. */
const retentionDays = integerOf(
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557],
  ...[2922, 3288, 3653],
);

export const clustersKey = now(
  list(alias, aliasLabel),
  undefined,
  'aliases of the clusters; in YAML the keys under `clusters:`',
);

/** `security.protocol`, `ssl.*`, `sasl.*`: kept as written for the client that connects. */
export const securityKey = now(
  text(/^/, 'as Kafka’s clients take it'),
  undefined,
  'how clients connect to the cluster',
);

/** Keys of the clients that MM2 would run; positions.ts says where they may stand. */
export const consumerKeys = {
  'auto.offset.reset': now(
    choice('earliest', 'latest'),
    'earliest',
    'where a partition that was never mirrored begins',
  ),
} as const;

export const producerKeys = {
  'compression.type': now(
    choice('none', 'gzip', 'snappy', 'lz4', 'zstd'),
    'none',
    'compression of the record batches written to the target',
  ),
  'request.timeout.ms': now(integer(1), 30_000, 'how long one produce request may take'),
} as const;

/** Keys of one flow: `A->B.topics`, in YAML under `flows: A->B:`; most also at the top level. */
export const flowKeys = {
  enabled: now(boolean, false, 'mirror this flow; in YAML a flow that is listed is enabled'),
  topics: now(patterns, ['.*'], 'topics to mirror; the whole name must match'),
  'topics.exclude': now(
    patterns,
    ['mm2.*\\.internal', '.*\\.replica', '__.*'],
    'topics not to mirror; wins over `topics`',
  ),
  'replication.policy.class': now(
    mirrorClass('DefaultReplicationPolicy', 'IdentityReplicationPolicy'),
    'DefaultReplicationPolicy',
    'how remote topics are named: `A.topic`, or the same name',
  ),
  'replication.policy.separator': now(
    text(/^[A-Za-z0-9._-]+$/, 'letters, digits, `.`, `_` and `-`'),
    '.',
    'between alias and topic in names of remote topics',
  ),
  'replication.policy.internal.topic.separator.enabled': now(
    boolean,
    true,
    'use a configured separator in the names of MM2’s own topics too',
  ),
  'provenance.header.enabled': now(
    boolean,
    undefined,
    'tell in headers on which clusters a copied record was before, by their ids; ' +
      'by default where flows that keep names lead back',
  ),
  'replication.factor': now(replicationFactor, 2, 'replicas of new remote topics'),
  'config.properties.exclude': now(
    patterns,
    [
      'follower.replication.throttled.replicas',
      'leader.replication.throttled.replicas',
      'message.timestamp.difference.max.ms',
      'log.message.timestamp.before.max.ms',
      'log.message.timestamp.after.max.ms',
      'message.timestamp.type',
      'unclean.leader.election.enable',
      'min.insync.replicas',
    ],
    'topic settings that remote topics do not take over',
  ),
  'use.defaults.from': notTopLevel(
    now(
      choice('source', 'target'),
      'target',
      'whose defaults apply to settings that the source topic leaves at its default',
    ),
  ),
  'heartbeats.replication.enabled': now(
    boolean,
    true,
    'mirror heartbeats topics whatever `topics` says',
  ),
  'starting.position': yaml(
    choice('earliest', 'latest', 'timestamp'),
    undefined,
    'as `auto.offset.reset`, which it overrides, or a point in time',
  ),
  'starting.position.timestamp': yaml(timestamp, undefined, 'the point in time to start from'),
  'starting.position.topics': yaml(
    list(
      /^[A-Za-z0-9._-]{1,249}=(earliest|latest|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))$/,
      'topic=earliest, topic=latest or topic=2030-01-31T12:00:00Z',
    ),
    undefined,
    'topics that begin elsewhere than the flow does',
  ),
  'batch.size': yaml(integer(1, 10_000), 10_000, 'records of one invocation at most'),
  'maximum.batching.window.seconds': yaml(
    integer(0, 300),
    0,
    'how long to wait for a full batch; 0 invokes at once',
  ),
  'pollers.minimum': yaml(
    integer(1, 200),
    undefined,
    'event pollers always kept; turns provisioned mode on',
  ),
  'pollers.maximum': yaml(
    integer(1, 2000),
    undefined,
    'event pollers at most; turns provisioned mode on',
  ),
  'pollers.group': yaml(
    text(/^[A-Za-z0-9_-]{1,128}$/, 'letters, digits, `_` and `-`'),
    undefined,
    'mappings of one poller group share its event pollers; provisioned mode only',
  ),
  'failure.destination.arn': yaml(
    text(/^arn:aws[a-z-]*:(sqs|sns|s3):\S+$/, 'ARN of an SQS queue, SNS topic or S3 bucket'),
    undefined,
    'where Lambda reports events that it gives up; provisioned mode only',
  ),
  'failure.destination.type': yaml(
    choice('s3', 'sqs'),
    undefined,
    'the stack creates it: a bucket gets whole events, a queue only which offsets they held',
  ),
  'failure.destination.retention.days': yaml(
    integer(1, 3653),
    14,
    'how long it keeps them; a queue at most 14 days',
  ),
  tags: yaml(
    list(/^[^=,]{1,128}=[^=,]{0,256}$/, 'name=value'),
    undefined,
    'tags of the event source mappings',
  ),
  'deleted.topics': yaml(
    choice('keep', 'report', 'delete'),
    'keep',
    'what becomes of the mapping of a topic that the source does not have any more',
  ),
  'memory.size.mb': yaml(memory, 1024, 'memory of the replicate function'),
  'timeout.seconds': yaml(integer(1, 840), 120, 'time limit of one invocation'),
  'reserved.concurrency': yaml(integer(1), undefined, 'invocations at the same time at most'),
  'checkpoint.memory.size.mb': yaml(memory, 256, 'memory of the checkpoint function'),
  'checkpoint.timeout.seconds': yaml(integer(60, 900), 120, 'time limit of one of its runs'),
  'discover.memory.size.mb': yaml(memory, 256, 'memory of the discover function'),
  'discover.timeout.seconds': yaml(integer(60, 900), 600, 'time limit of one of its runs'),
  'heartbeat.memory.size.mb': yaml(memory, 128, 'memory of the heartbeat function'),
  'log.level': yaml(
    choice('DEBUG', 'INFO', 'WARN', 'ERROR'),
    'INFO',
    'the least that functions write into their logs; never a byte of a record',
  ),
  'log.retention.days': yaml(retentionDays, 30, 'how long logs are kept'),
  'tracing.enabled': yaml(boolean, false, 'X-Ray traces of the functions'),
  'kms.key.arn': yaml(
    kmsKeyArn,
    undefined,
    'customer managed key for the state table and the failure destination',
  ),
  'state.table': notTopLevel(
    yaml(
      text(/^[A-Za-z0-9._-]{3,255}$/, 'name of a DynamoDB table'),
      undefined,
      'table of the flow’s progress and offset map; by default `mirrorless-A-B`',
    ),
  ),
  'on.error': yaml(choice('halt'), 'halt', 'what a record that can never succeed does'),
  groups: now(patterns, ['.*'], 'consumer groups whose offsets are translated'),
  'groups.exclude': now(
    patterns,
    ['console-consumer-.*', 'connect-.*', '__.*'],
    'consumer groups left alone; wins over `groups`',
  ),
  'refresh.topics.enabled': now(boolean, true, 'look for new topics and partitions'),
  'refresh.topics.interval.seconds': now(seconds, 600, 'how often'),
  'sync.topic.configs.enabled': now(boolean, true, 'keep settings of remote topics in step'),
  'sync.topic.configs.interval.seconds': now(seconds, 600, 'how often'),
  'sync.topic.acls.enabled': now(boolean, true, 'copy topic ACLs'),
  'sync.topic.acls.interval.seconds': now(seconds, 600, 'how often'),
  'sync.group.offsets.enabled': now(boolean, false, 'move idle consumer groups on the target'),
  'sync.group.offsets.interval.seconds': now(seconds, 60, 'how often'),
  'emit.checkpoints.enabled': now(boolean, true, 'write MM2’s checkpoints'),
  'emit.checkpoints.interval.seconds': now(seconds, 60, 'how often'),
  'checkpoints.topic.replication.factor': now(replicationFactor, 3, 'replicas of their topic'),
  'emit.heartbeats.enabled': now(boolean, true, 'write MM2’s heartbeats'),
  'emit.heartbeats.interval.seconds': now(seconds, 1, 'how often'),
  'heartbeats.topic.replication.factor': now(replicationFactor, 3, 'replicas of their topic'),
  'emit.offset-syncs.enabled': now(boolean, true, 'write MM2’s offset syncs'),
  'offset-syncs.topic.location': now(choice('source', 'target'), 'source', 'on which cluster'),
  'offset-syncs.topic.replication.factor': now(replicationFactor, 3, 'replicas of their topic'),
  'offset.lag.max': now(integer(0), 100, 'records between two offset syncs at most'),
  'admin.timeout.ms': now(integer(1), 60_000, 'how long one administrative step may take'),
  ...alarmKeys,
  'source.cluster.alias': now(text(alias, aliasLabel), undefined, 'only the flow’s own alias'),
  'target.cluster.alias': now(text(alias, aliasLabel), undefined, 'only the flow’s own alias'),
  'topic.filter.class': onlyDefault('DefaultTopicFilter'),
  'group.filter.class': onlyDefault('DefaultGroupFilter'),
  'config.property.filter.class': onlyDefault('DefaultConfigPropertyFilter'),
  transforms: now(absent('nothing: records are copied unchanged'), '', 'only empty'),
  predicates: now(absent('nothing: records are copied unchanged'), '', 'only empty'),
} as const;

function onlyDefault<const C extends string>(name: C): KeyDefinition<C, C> {
  return now(mirrorClass(name), name, 'only MM2’s own class: Java classes cannot run here');
}
