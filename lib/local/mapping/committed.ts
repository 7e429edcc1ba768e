import type { KafkaGroups } from '../../kafka/ports.ts';

/** The offset that the group would read next in the topic, by partition; throws what is refused. */
export async function committedIn(
  topic: string,
  group: string,
  groups: Pick<KafkaGroups, 'committedOffsets'>,
): Promise<Map<number, bigint>> {
  const [committed] = await groups.committedOffsets([group]);
  if (!committed?.ok) throw committed?.error;
  const ours = committed.value.filter((position) => position.topic === topic);
  return new Map(ours.map(({ partition, offset }) => [partition, offset]));
}
