import type { GroupOffsets } from '../kafka/group-offsets.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import type { StateStore } from '../state/ports.ts';
import type { EventSourceMappingSettings } from './mapping/event-source-mapping.ts';

interface Known {
  source: KafkaDataPlane;
  groupOffsets: GroupOffsets;
  state: StateStore;
}

/**
 * What to tell a person whose consumer group remembers more than the state: the state folder was
 * removed or is another one, and the group, which lives on the source, still stands where it was.
 */
export async function unknownRecords(
  { origin: { topic }, consumerGroupId, startingPosition }: EventSourceMappingSettings,
  partitionCount: number,
  { source, groupOffsets, state }: Known,
): Promise<string | undefined> {
  if (startingPosition.at !== 'earliest') return undefined;
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
    topic,
    partition,
  }));
  const [committed, states, starts] = await Promise.all([
    groupOffsets.committedOffsets(consumerGroupId, partitions),
    state.read(partitions),
    source.listOffsets(partitions, 'earliest'),
  ]);
  const isUnknown = partitions.some((_, index) => {
    const start = starts[index];
    return states[index] === undefined && start?.ok && (committed[index] ?? 0n) > start.value;
  });
  if (!isUnknown) return undefined;
  return (
    `${topic}: the group ${consumerGroupId} stands beyond records that this state does not know; ` +
    'they are not copied again. To copy from the beginning, delete the group on the source'
  );
}
