/** What tests of `mirrorless preflight` look at, and look for. */
import assert from 'node:assert/strict';
import { Kafka, logLevel } from 'kafkajs';
import type { Check } from '../../lib/preflight/check.ts';
import { configurationText } from './secured/kinds.ts';

export const dayMs = 86_400_000;

/** The flow source->target in YAML: lines of its clusters, and its own. */
export function textOf(
  clusters: { source: readonly string[]; target: readonly string[] },
  flow: readonly string[],
): string {
  return configurationText(clusters, ['source->target:', ...flow.map((line) => `  ${line}`)]);
}

/** Those that failed or were warned of, but for the certificates, which all end tomorrow. */
export function troubles(checks: readonly Check[]): Check[] {
  return checks.filter(
    ({ check, outcome }) => outcome === 'failed' || (outcome === 'warning' && check !== 'tls'),
  );
}

/** The one that is so. */
export function only(checks: readonly Check[], what: Partial<Check>): Check {
  const found = checks.filter((one) =>
    Object.entries(what).every(([key, value]) => one[key as keyof Check] === value),
  );
  assert.equal(found.length, 1, JSON.stringify(checks, null, 1));
  return found[0]!;
}

export function kafkaOf({ bootstrapServers }: { bootstrapServers: string }): Kafka {
  return new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING });
}

/** Topics with the ends of their logs, and groups, of all of the clusters. */
export function everythingOn(clusters: readonly Kafka[]): Promise<unknown> {
  return Promise.all(
    clusters.map(async (kafka) => {
      const admin = kafka.admin();
      await admin.connect();
      const topics = await admin.listTopics();
      const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      const { groups } = await admin.listGroups();
      await admin.disconnect();
      return { topics, offsets, groups };
    }),
  );
}

/** a, b and c without records; others of which something is the matter, for a target of Kafka 4. */
export async function makeTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '8000000' }];
  const refused = [{ name: 'message.format.version', value: '3.0' }];
  const topics = [
    { topic: 'a' },
    { topic: 'b' },
    { topic: 'c' },
    { topic: 'large', configEntries },
    { topic: 'unknown-setting', configEntries: refused },
    { topic: 'old' },
  ].map((one) => ({ numPartitions: 2, replicationFactor: 1, ...one }));
  await admin.createTopics({ topics });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  const longAgo = String(Date.now() - 400 * dayMs);
  await producer.send({ topic: 'old', messages: [{ value: 'v', timestamp: longAgo }] });
  await producer.disconnect();
}
