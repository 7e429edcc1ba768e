/** What the checkpoint stages say of a consumer group; `topic` is always the upstream name. */
import type { MirrorlessError } from '../errors.ts';
import type { TopicPartition } from '../kafka/ports.ts';

/**
 * Where a group goes on in the target.
 *
 * | status             | meaning                                                               | offset |
 * | ------------------ | --------------------------------------------------------------------- | ------ |
 * | `exact`            | the first copied record that the group has not read, of those that the target still holds | that |
 * | `ahead`            | the group has read records that are not copied yet                    | the end of what is copied |
 * | `sampled`          | MM2 copied what the group reads next; its offset syncs tell about where | that, or before it |
 * | `before-map`       | records that the group has not read lie before the start of the map   | none   |
 * | `no-map`           | nothing of the partition was copied yet                               | none   |
 * | `target-truncated` | the target ends before what it had acknowledged, or is gone           | none   |
 * | `source-recreated` | the source ends before what was copied of it: other records, or none  | none   |
 * | `unknown`          | the map, the source or the target did not tell                        | none   |
 *
 * A position without an offset is never published and never moves a group: it could only skip.
 * `ahead` may be published, since whoever goes on there reads some records twice at worst; moved
 * for good it must not be, so the final mode of a cutover waits until it is `exact`. `sampled` is
 * what MM2 would say: nothing is skipped there, and some records are read again. Where other flows
 * bring records to the same topic, `exact` may be an earlier one while they are behind.
 */
export type DownstreamPosition =
  | { status: 'exact'; offset: bigint }
  /** `mapEnd` is the next offset of the source to be copied; it is below the committed one. */
  | { status: 'ahead'; offset: bigint; mapEnd: bigint }
  | { status: 'sampled'; offset: bigint; mapStart: bigint }
  | { status: 'before-map'; mapStart: bigint }
  | { status: 'no-map' }
  | { status: 'target-truncated' | 'source-recreated' | 'unknown'; error: MirrorlessError };

export interface GroupPosition extends TopicPartition {
  /** Where the partition is copied to; the same partition number. */
  remoteTopic: string;
  /** What the group has committed on the source. */
  upstreamOffset: bigint;
  metadata: string;
  downstream: DownstreamPosition;
  /** What the source holds that the group has not read; absent where the source did not say. */
  lag?: Lag;
}

/** Measured against what the target has acknowledged, or a group has committed. */
export interface Lag {
  /** Offsets of the source not yet covered; 0 where only markers of transactions are left. */
  records: bigint;
  /**
   * Since the timestamp of the first record not covered; 0 where there is none. Absent where nobody
   * looked at that record: of the groups, only those furthest behind are looked at.
   */
  timeMs?: number;
}

/** How far the copy of one partition is behind the source. */
export interface PartitionLag extends TopicPartition {
  lag: Lag;
}

export interface GroupPositions {
  group: string;
  /** On the source. */
  state: string;
  positions: readonly GroupPosition[];
  /** Why nothing, or not everything, is known of the group. */
  failure?: MirrorlessError;
}

export interface FlowPositions {
  /** Those that the flow translates, and that have an offset in one of its topics. */
  groups: readonly GroupPositions[];
  /** Every group of the source, of any kind; absent where a broker did not list its own. */
  listed?: ReadonlySet<string>;
  /** Of every partition that the flow copies or has copied, as far as both sides told. */
  partitions: readonly PartitionLag[];
  /** Failures that are no group's own: a broker, a partition of the source, of the target. */
  failures: readonly MirrorlessError[];
}
