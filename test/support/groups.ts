/** Groups on real brokers, seen as the source of a flow. */
import { openGroups } from '../../lib/kafka/groups.ts';
import type { CommittedOffset, KafkaGroups } from '../../lib/kafka/ports.ts';

/** With connections of its own, closed after the test. */
export function useGroups(
  context: { after(close: () => Promise<void>): void },
  bootstrapServers: string,
  requestTimeoutMs = 20_000,
): KafkaGroups {
  const cluster = { alias: 'primary', bootstrapServers: bootstrapServers.split(',') };
  const groups = openGroups({ cluster, side: 'source', requestTimeoutMs });
  context.after(() => groups.close());
  return groups;
}

/** What the group has committed, in order. */
export async function committedBy(groups: KafkaGroups, group: string): Promise<CommittedOffset[]> {
  const [outcome] = await groups.committedOffsets([group]);
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome');
  return inOrder(outcome.value);
}

export function inOrder(positions: readonly CommittedOffset[]): CommittedOffset[] {
  return positions.toSorted(
    (one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition,
  );
}
