import { refusedByBroker } from './kafka-errors.ts';
import { nameOf } from './network/broker-connection.ts';
import { Connections, type ConnectionsOptions } from './network/connections.ts';
import { askLeaders, type Cluster } from './network/leaders.ts';
import { Metadata } from './network/metadata.ts';
import { Producer } from './network/producer.ts';
import { whileCoordinatorLoads } from './network/retry.ts';
import { TopicLimits } from './network/topic-limits.ts';
import type {
  FetchedRecords,
  FetchPosition,
  KafkaDataPlane,
  ProduceAnswer,
  ProducerIdentity,
  Settled,
  TopicPartition,
} from './ports.ts';
import {
  type FetchRequest,
  fetch,
  initProducerId,
  type ListOffsetsRequest,
  listOffsets,
} from './protocol/log.ts';

/** Opens nothing yet: brokers are connected to when they are needed, and stay connected to. */
export function openDataPlane(options: ConnectionsOptions): KafkaDataPlane {
  const connections = new Connections(options);
  const metadata = new Metadata(connections);
  const cluster = { connections, metadata };
  const producer = new Producer(cluster);
  const limits = new TopicLimits(connections);
  return {
    async produce(batches) {
      const answers = await producer.produce(batches);
      // The limit was read too long ago, or what is configured is not what the broker applies.
      for (const [index, answer] of answers.entries()) {
        if (isTooLarge(answer)) limits.forget(batches[index]!.topic);
      }
      return answers;
    },
    listOffsets: (partitions, which) => offsets(cluster, partitions, which),
    async leaders(partitions) {
      const leaders = await metadata.leaders(partitions);
      return leaders.map((leader) => (leader.ok ? nameOf(leader.value) : undefined));
    },
    fetch: (positions, fetchOptions) => records(cluster, positions, fetchOptions),
    maxMessageBytes: (topic) => limits.maxMessageBytes(topic),
    partitionCount: (topic) => metadata.partitionCount(topic),
    listTopics: () => metadata.listTopics(),
    allocateProducer: () =>
      whileCoordinatorLoads(() => producerIdentity(connections), options.requestTimeoutMs),
    refresh() {
      metadata.forget();
      limits.forget();
    },
    close: () => connections.close(),
  };
}

function isTooLarge(answer: ProduceAnswer): boolean {
  return !answer.ok && answer.error.code === 'RECORD_TOO_LARGE';
}

async function offsets(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  which: ListOffsetsRequest['which'],
): Promise<Settled<bigint>[]> {
  const answers = await askLeaders(cluster, partitions, {
    api: listOffsets,
    request: (parts) => ({ partitions: parts, which }),
  });
  return answers.map((answer) => (answer.ok ? { ok: true, value: answer.value.offset } : answer));
}

async function records(
  cluster: Cluster,
  positions: readonly FetchPosition[],
  options: Omit<FetchRequest, 'positions'>,
): Promise<Settled<FetchedRecords>[]> {
  return askLeaders(cluster, positions, {
    api: fetch,
    request: (parts) => ({ ...options, positions: parts }),
  });
}

async function producerIdentity(connections: Connections): Promise<ProducerIdentity> {
  const { code, producerId, producerEpoch } = await connections.askAny(initProducerId, undefined);
  if (code === 0) return { producerId, producerEpoch };
  throw refusedByBroker(connections.peer, { api: initProducerId.name, code });
}
