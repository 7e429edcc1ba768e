/** Why a key has no effect: what MM2 itself ignores there, and what nothing here corresponds to. */
import { clusterKeys, consumerKeys, flowKeys, producerKeys } from '../keys.ts';
import { securityKeyNames } from '../security-keys.ts';
import type { Position } from './positions.ts';

/** The reason for a position that has no definition. Always ends with what to do, if anything. */
export function whyIneffective(position: Position): string {
  return trap(position) ?? foreign(position.key) ?? unknown(position.key);
}

/** MM2's silent prefix traps: the key is right, its place is not. */
function trap(position: Position): string | undefined {
  const { scope, key } = position;
  const [, client = '', name = ''] =
    /^(?:(?:source|target)\.)?(consumer|producer|admin|cluster)\.(?:override\.)?(.+)$/.exec(key) ??
    [];
  if (securityKeyNames.has(name) || name === 'bootstrap.servers') {
    return `all clients of a cluster connect alike; set \`A.${name}\` on the cluster`;
  }
  if (client === 'producer' && Object.hasOwn(producerKeys, name)) {
    const right = `\`B.producer.${name}\` on the target, or \`A->B.producer.override.${name}\``;
    return scope === 'top'
      ? `MM2 ignores it at the top level; set ${right}`
      : `MM2 would use it for its offset syncs only; set ${right}`;
  }
  if (client === 'consumer' && Object.hasOwn(consumerKeys, name)) {
    const right = `\`A.consumer.${name}\` on the source, or \`A->B.consumer.${name}\``;
    return `MM2 ignores it here; set ${right}`;
  }
  if (scope === 'cluster' && Object.hasOwn(flowKeys, key)) {
    return `MM2 ignores it on a cluster; set \`${key}\` at the top level or \`A->B.${key}\``;
  }
  if (scope === 'top' && Object.hasOwn(flowKeys, key)) {
    return `it is ignored at the top level; set \`A->B.${key}\``;
  }
  if (scope === 'flow' && (Object.hasOwn(clusterKeys, key) || securityKeyNames.has(key))) {
    return `it belongs to a cluster; set \`A.${key}\``;
  }
  if (scope === 'top' && Object.hasOwn(clusterKeys, key)) {
    return `it belongs to a cluster; set \`A.${key}\``;
  }
  if (scope === 'top' && key.endsWith('.bootstrap.servers')) {
    return '`clusters` does not name this cluster';
  }
  return undefined;
}

const connect = 'a setting of Kafka Connect, and no Connect worker runs';

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^(offset|config|status)\.storage\./, 'a topic of Kafka Connect; positions live in DynamoDB'],
  [/^offset\.flush\./, 'positions are recorded with every batch'],
  [/^(key|value|header)\.converter/, 'records are copied byte for byte, without converters'],
  [/^exactly\.once\.|^transaction\.boundary/, 'exactly once is the only mode'],
  [/^tasks\.max|^task\./, 'there are no tasks; functions run as partitions have records'],
  [/^errors\./, 'no record is ever skipped; see `on.error`'],
  [/^refresh\.groups\./, 'groups are looked for in every run of the checkpoint function'],
  [/^consumer\.poll\.timeout\.ms$/, 'see `maximum.batching.window.seconds` of mirrorless.yaml'],
  [/^(metric|metrics)\.|^auto\.include\.jmx/, 'metrics go to CloudWatch, not to JMX'],
  [/^config\.providers/, 'references to environment variables need none, and there are no others'],
  [/^forwarding\.admin\.class$/, 'Java classes cannot run here'],
  [/^(use\.incremental\.alter\.configs|add\.source\.alias\.to\.metrics)$/, 'removed in Kafka 4.0'],
  [/^(name|connector\.class|config\.action\.reload|group\.id|client\.id|plugin\.path)$/, connect],
  [/^(connector|worker|dedicated|rest|listeners|admin\.listeners|scheduled)(\.|$)/, connect],
  [/^(heartbeat|rebalance|session|connections|access)\./, connect],
  [
    /(^|\.)consumer\.isolation\.level$/,
    'an event source mapping reads uncommitted: records of aborted transactions are copied too',
  ],
  [/(^|\.)consumer\./, 'the event source mapping reads, and has no such setting'],
  [/(^|\.)producer\.(override\.)?acks$/, 'every write waits for all in-sync replicas'],
  [/(^|\.)producer\.(override\.)?enable\.idempotence$/, 'every write is idempotent'],
  [
    /(^|\.)producer\.(override\.)?max\.request\.size$/,
    'batches are bounded by the remote topic’s `max.message.bytes`',
  ],
  [/(^|\.)producer\./, 'the writer has no such setting: one batch per partition and event'],
  [/(^|\.)admin\./, 'administrative clients have no such setting'],
  [/^(transforms|predicates)\./, 'records are copied unchanged'],
];

function foreign(key: string): string | undefined {
  return reasons.find(([pattern]) => pattern.test(key))?.[1];
}

function unknown(key: string): string {
  const near = nearest(key, [
    'clusters',
    ...Object.keys(flowKeys),
    ...Object.keys(clusterKeys),
    ...securityKeyNames,
  ]);
  return near === undefined ? 'not a known key' : `not a known key; did you mean \`${near}\`?`;
}

/** The candidate at most two typing errors away, if there is one. */
function nearest(key: string, candidates: readonly string[]): string | undefined {
  return candidates
    .filter((candidate) => Math.abs(candidate.length - key.length) <= 2)
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replace, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
