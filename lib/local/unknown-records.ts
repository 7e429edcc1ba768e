import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import type { StateStore } from '../state/ports.ts';
import { committedIn } from './mapping/committed.ts';
import type { EventSourceMappingSettings } from './mapping/event-source-mapping.ts';

interface Known {
  source: KafkaDataPlane;
  groups: KafkaGroups;
  state: StateStore;
}

/**
 * What to tell a person whose consumer group remembers more than the state: the state folder was
 * removed or is another one, and the group, which lives on the source, still stands where it was.
 */
export async function unknownRecords(
  { origin: { topic }, consumerGroupId, startingPosition }: EventSourceMappingSettings,
  partitionCount: number,
  { source, groups, state }: Known,
): Promise<string | undefined> {
  if (startingPosition.at !== 'earliest') return undefined;
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
    topic,
    partition,
  }));
  const [committed, states, starts] = await Promise.all([
    committedIn(topic, consumerGroupId, groups),
    state.read(partitions),
    source.listOffsets(partitions, 'earliest'),
  ]);
  const isUnknown = partitions.some(({ partition }, index) => {
    const start = starts[index];
    return (
      states[index] === undefined && start?.ok && (committed.get(partition) ?? 0n) > start.value
    );
  });
  if (!isUnknown) return undefined;
  return (
    `${topic}: the group ${consumerGroupId} stands beyond records that this state does not know; ` +
    'they are not copied again. To copy from the beginning, delete the group on the source'
  );
}
