/** The partitions of the source that a run is about, and what it learns of each on its way. */
import type { TopicPartition } from '../kafka/ports.ts';
import type { KnownStretch } from './first-unread.ts';
import type { GroupPosition } from './positions.ts';

export interface PartitionView extends TopicPartition {
  remoteTopic: string;
  /** Of every group with an offset in it. */
  positions: GroupPosition[];
  /** Up to where it is copied and acknowledged; absent where nothing is. */
  mapEnd?: { upstream: bigint; downstream: bigint };
  /** The log of the copy while nothing of ours was in it; present where nothing is copied yet. */
  unmapped?: { copyStart: bigint; copyEnd: bigint };
  /** The first record that the copy still holds; absent where the target did not say. */
  copyStart?: bigint;
  /** Absent where the source did not say. */
  sourceEnd?: bigint;
  /** Where it was looked for the first record that a reader would get. */
  known: KnownStretch[];
}

export interface TopicRules {
  /** Of MM2's rule only this counts for groups; it has no translation either where nothing is copied. */
  topicFilter(topic: string): boolean;
  isMirrored(topic: string): boolean;
  formatRemoteTopic(topic: string): string;
}

interface Topic {
  topic: string;
  remoteTopic: string;
  isAccepted: boolean;
  isMirrored: boolean;
  partitions: Map<number, PartitionView>;
}

/** Asks the rules once a topic, and keeps each name once however many offsets it comes with. */
export class Partitions {
  readonly #rules: TopicRules;
  readonly #topics = new Map<string, Topic>();

  constructor(rules: TopicRules) {
    this.#rules = rules;
  }

  /**
   * Undefined where groups are not translated in the topic: the filter leaves it out, or it is never
   * copied, as what came from the target is not. Nobody could wait for a position in it.
   */
  forGroups({ topic, partition }: TopicPartition): PartitionView | undefined {
    const found = this.#topic(topic);
    return found.isAccepted && found.isMirrored ? view(found, partition) : undefined;
  }

  /** All partitions of a topic of the source, if the flow copies it. */
  addCopied(topic: string, partitionCount: number): void {
    const found = this.#topic(topic);
    if (!found.isMirrored) return;
    for (let partition = 0; partition < partitionCount; partition += 1) view(found, partition);
  }

  all(): PartitionView[] {
    return [...this.#topics.values()].flatMap(({ partitions }) => [...partitions.values()]);
  }

  #topic(topic: string): Topic {
    let found = this.#topics.get(topic);
    if (found === undefined) {
      found = {
        topic,
        remoteTopic: this.#rules.formatRemoteTopic(topic),
        isAccepted: this.#rules.topicFilter(topic),
        isMirrored: this.#rules.isMirrored(topic),
        partitions: new Map(),
      };
      this.#topics.set(topic, found);
    }
    return found;
  }
}

function view({ topic, remoteTopic, partitions }: Topic, partition: number): PartitionView {
  let found = partitions.get(partition);
  if (found === undefined) {
    found = { topic, partition, remoteTopic, positions: [], known: [] };
    partitions.set(partition, found);
  }
  return found;
}
