import type { StartingPosition } from '../../config/model.ts';
import { MirrorlessError } from '../../errors.ts';
import type { KafkaDataPlane, KafkaGroups, Settled, TopicPartition } from '../../kafka/ports.ts';
import { committedIn } from './committed.ts';

/** The offset to begin with, by partition: what the group committed wins over where to start. */
export async function startOffsets(
  settings: {
    origin: { topic: string };
    consumerGroupId: string;
    startingPosition: StartingPosition;
  },
  { source, groups }: { source: KafkaDataPlane; groups: Pick<KafkaGroups, 'committedOffsets'> },
): Promise<number[]> {
  const { topic } = settings.origin;
  const count = await source.partitionCount(topic);
  if (count === undefined) {
    throw new MirrorlessError('TOPIC_MISSING', `The source has no topic ${topic}.`, {
      place: { topic },
    });
  }
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  const committed = await committedIn(topic, settings.consumerGroupId, groups);
  const isNew = partitions.some(({ partition }) => !committed.has(partition));
  const starts = isNew ? await begin(settings.startingPosition, partitions, source) : [];
  return partitions.map(({ partition }) => Number(committed.get(partition) ?? starts[partition]));
}

async function begin(
  position: StartingPosition,
  partitions: readonly TopicPartition[],
  source: KafkaDataPlane,
): Promise<bigint[]> {
  const which = position.at === 'timestamp' ? position : position.at;
  const offsets = (await source.listOffsets(partitions, which)).map(valueOrThrow);
  if (!offsets.some((offset) => offset < 0n)) return offsets;
  // No record is as late as the timestamp: what comes from now on is.
  const ends = (await source.listOffsets(partitions, 'latest')).map(valueOrThrow);
  return offsets.map((offset, index) => (offset < 0n ? ends[index]! : offset));
}

function valueOrThrow<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  throw settled.error;
}
