/** What is written to a source topic before it is copied. */
import type { CompressionType } from '../../lib/kafka/compression.ts';
import { type AwkwardOptions, awkwardWriter } from './oracle/awkward.ts';
import type { Compression, OracleCluster } from './oracle/oracle.ts';
import type { OracleRecord } from './oracle/records.ts';
import { headerOf } from './origins.ts';

export interface TopicOptions extends AwkwardOptions {
  partitions?: number;
  compression?: Compression;
  targetConfigs?: Record<string, string>;
  targetReplicationFactor?: number;
  /** Every third record comes from this cluster. */
  from?: string;
}

export interface PlainOptions {
  count: number;
  producer: string;
}

export interface Writing {
  partitions: number;
  configs?: Record<string, string>;
  targetConfigs?: Record<string, string>;
  targetReplicationFactor?: number;
  compression?: CompressionType;
  /** Copied under its own name, and back. */
  bothWays?: boolean;
  write(source: OracleCluster, topic: string): Promise<OracleRecord[]>;
}

export function awkward(options: TopicOptions): Writing {
  const { partitions = 1, compression = 'none' } = options;
  const { targetConfigs = {}, targetReplicationFactor = 1 } = options;
  return {
    partitions,
    targetConfigs,
    targetReplicationFactor,
    async write(source, topic) {
      const writer = awkwardWriter('awkward', options);
      const records = Array.from({ length: partitions }, (_, each) => writer.records(each)).flat();
      const sentinels = writer.end();
      const all = [...records, ...sentinels];
      await source.produce(
        topic,
        options.from === undefined ? all : amid(all, topic, options.from),
        {
          compression,
          batchSizes: [1, 5, 12],
        },
      );
      return sentinels;
    },
  };
}

/** Records of another cluster after every second one, as a flow has copied them. */
function amid(records: readonly OracleRecord[], topic: string, clusterId: string): OracleRecord[] {
  const others = awkwardWriter('of-the-target');
  const copies = records.map(({ partition }, index) => {
    if (index % 2 === 0) return [];
    const [other] = others.records(partition, 1) as [OracleRecord];
    const header = headerOf(clusterId, topic, other.timestamp);
    return [{ ...other, headers: [...other.headers, header] }];
  });
  return records.flatMap((record, index) => [record, ...copies[index]!]);
}

export function writePlain({ count, producer }: PlainOptions): Writing['write'] {
  return async (source, topic) => {
    await source.load(topic, { producer, count, valueBytes: 50 });
    return [];
  };
}

export async function writeTransactions(
  source: OracleCluster,
  topic: string,
): Promise<OracleRecord[]> {
  const writer = awkwardWriter('transactional');
  const id = `${topic}-writer`;
  for (const [count, outcome] of [
    [4, 'commit'],
    [3, 'abort'],
    [1, 'commit'],
    [1, 'commit'],
    [20, 'commit'],
    [2, 'abort'],
    [3, 'commit'],
  ] as const) {
    await source.produce(topic, writer.records(0, count), { transaction: { id, outcome } });
  }
  const sentinels = writer.end();
  await source.produce(topic, sentinels);
  return sentinels;
}

export async function writeCompacted(
  source: OracleCluster,
  topic: string,
): Promise<OracleRecord[]> {
  const writer = awkwardWriter('compacted', { keyed: true });
  const records = writer.records(0, 120).map((record, index) => ({
    ...record,
    key: index % 4 === 3 ? record.key : Buffer.from(`key ${index % 11}`),
  }));
  await source.produce(topic, records);
  const sentinels = writer.end();
  await source.produce(topic, sentinels);
  await source.compact(topic);
  return sentinels;
}
