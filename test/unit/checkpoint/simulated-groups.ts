/** The groups of a cluster that has none: with the rules a coordinator has for commits. */
import { MirrorlessError } from '../../../lib/errors.ts';
import type {
  CommittedOffset,
  GroupListing,
  KafkaGroups,
  Settled,
} from '../../../lib/kafka/ports.ts';

export interface SimulatedGroup {
  state?: string;
  protocolType?: string;
  committed?: CommittedOffset[];
  /** Not named by the cluster, but there. */
  isHidden?: boolean;
  /** What the coordinator answers when it is asked for the offsets. */
  failure?: MirrorlessError;
}

export class SimulatedGroups implements KafkaGroups {
  readonly groups: Map<string, SimulatedGroup>;
  readonly listFailures: MirrorlessError[] = [];
  /** Topics that may not be committed to. */
  readonly refused = new Set<string>();
  /** Groups in each call of `committedOffsets`. */
  readonly asked: number[] = [];
  /** Each commit that was tried. */
  readonly tried: string[] = [];
  /** What happens between reading and committing. */
  beforeCommit: () => void = () => {};

  constructor(groups: Record<string, SimulatedGroup>) {
    this.groups = new Map(Object.entries(groups));
  }

  async listGroups(): Promise<{ groups: GroupListing[]; failures: MirrorlessError[] }> {
    const groups = [...this.groups]
      .filter(([, { isHidden }]) => isHidden !== true)
      .map(([group, { state = 'Empty', protocolType = 'consumer' }]) => ({
        group,
        state,
        protocolType,
      }));
    return { groups, failures: this.listFailures };
  }

  async committedOffsets(groups: readonly string[]): Promise<Settled<CommittedOffset[]>[]> {
    this.asked.push(groups.length);
    return groups.map((name) => {
      const { failure, committed = [] } = this.groups.get(name) ?? {};
      return failure === undefined
        ? { ok: true, value: structuredClone(committed) }
        : { ok: false, error: failure };
    });
  }

  async commitOffsets(
    name: string,
    positions: readonly CommittedOffset[],
  ): Promise<Settled<undefined>[]> {
    this.tried.push(name);
    this.beforeCommit();
    const group: SimulatedGroup = this.groups.get(name) ?? {};
    return positions.map((position) => {
      const { state = 'Empty', committed = [] } = group;
      if (state !== 'Empty' && state !== 'Dead') {
        return { ok: false, error: new MirrorlessError('GROUP_ACTIVE', `${name} has members.`) };
      }
      if (this.refused.has(position.topic)) {
        return { ok: false, error: new MirrorlessError('UNAUTHORIZED', `${position.topic}.`) };
      }
      const others = committed.filter(
        ({ topic, partition }) => topic !== position.topic || partition !== position.partition,
      );
      group.committed = [...others, position];
      this.groups.set(name, group);
      return { ok: true, value: undefined };
    });
  }

  /** `topic-partition` → offset */
  committedBy(name: string): Record<string, bigint> {
    const { committed = [] } = this.groups.get(name) ?? {};
    return Object.fromEntries(
      committed.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]),
    );
  }

  async close(): Promise<void> {}
}
