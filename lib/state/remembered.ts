import type { PartitionState, SourcePartition } from './ports.ts';
import { isSameState } from './steps.ts';

/** An environment may be given more partitions than this in its life, but hardly in turn. */
const partitionsMax = 1000;

/**
 * Where this execution environment left the partitions that it copied: what a read of the state
 * would most likely say. A hint and never the truth: who takes it must see that the target's log
 * still ends where it says, since whoever copied anything meanwhile has moved that end; what is
 * recorded after it is conditional on the state being just that.
 *
 * Pollers hand their batches to any environment. Where others have a hand in a partition the hint
 * would be wrong time after time and cost a second look, so it is given only after a read has once
 * found what this environment had left.
 */
export class RememberedStates {
  readonly #left = new Map<string, { state: PartitionState; isOurs: boolean }>();

  /** What to begin with instead of reading; undefined where the state must be read. */
  recall(partition: SourcePartition): PartitionState | undefined {
    const left = this.#left.get(keyOf(partition));
    return left?.isOurs ? left.state : undefined;
  }

  /** Takes what was read, at the beginning of an invocation. */
  compare(partition: SourcePartition, read: PartitionState | undefined): void {
    const left = this.#left.get(keyOf(partition));
    if (left) left.isOurs = read !== undefined && isSameState(left.state, read);
  }

  /** Takes what this environment has recorded. */
  keep(partition: SourcePartition, state: PartitionState): void {
    const key = keyOf(partition);
    const isOurs = this.#left.get(key)?.isOurs ?? false;
    this.#left.delete(key);
    this.#left.set(key, { state, isOurs });
    if (this.#left.size > partitionsMax) this.#left.delete(this.#left.keys().next().value!);
  }

  forget(partition: SourcePartition): void {
    this.#left.delete(keyOf(partition));
  }
}

function keyOf({ topic, partition }: SourcePartition): string {
  return `${topic}/${partition}`;
}
