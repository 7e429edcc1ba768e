/** Where a topic begins anew, and which topics may: decided from what is there. */

import type { LogRange } from '../discovery/detect.ts';
import { type DetectedStateName, detectedStates } from '../discovery/detected-states.ts';
import type { KnownTopic, PartitionState } from '../state/ports.ts';

/** `earliest`: with all that the source holds. `progress`: where the copy stood. */
export type RestartFrom = 'earliest' | 'progress';

export interface RestartRules {
  from: RestartFrom;
  /** Also topics with which nothing is the matter, as far as both clusters tell. */
  force: boolean;
}

/** States that a new generation of the offset map ends. */
export const restartable: ReadonlySet<DetectedStateName> = new Set([
  'source-recreated',
  'source-rewound',
  'target-deleted',
  'target-recreated',
  'target-truncated',
]);

export interface SeenTopic {
  topic: string;
  remoteTopic: string;
  isMirrored: boolean;
  isOnSource: boolean;
  /** What is the matter with it now. */
  states: KnownTopic['states'];
  /** A restart has begun and has not ended. */
  isRestarting: boolean;
}

/** Why it is not restarted: half a sentence; undefined where it may be. */
export function whyRefused(seen: SeenTopic, { from, force }: RestartRules): string | undefined {
  const { states } = seen;
  if (!seen.isMirrored) return 'the flow does not mirror it';
  if (!seen.isOnSource) return 'the source does not list it: there is nothing to begin with';
  const found = states.filter(({ state }) => restartable.has(state));
  if (found.length === 0 && !force && !seen.isRestarting) {
    const [other] = states;
    if (other === undefined) return 'nothing is the matter with it: there is nothing to restart';
    return `a restart does not help against ${other.state}: ${detectedStates[other.state].remedy}`;
  }
  if (from === 'earliest') return undefined;
  const other = found.find(({ state }) => state.startsWith('source-'));
  if (other === undefined) return undefined;
  return `it is ${other.state}, and its progress speaks of other records: restart it from earliest`;
}

/** Partitions that begin anew; all of the topic where one state is the whole topic’s. */
export function restartedPartitions(
  { states }: Pick<SeenTopic, 'states'>,
  { force }: Pick<RestartRules, 'force'>,
): 'all' | ReadonlySet<number> {
  const found = states.filter(({ state }) => restartable.has(state));
  const isWhole = force || found.some(({ partition }) => partition === undefined);
  return isWhole ? 'all' : new Set(found.flatMap(({ partition }) => partition ?? []));
}

export interface SeenPartition {
  partition: number;
  /** Absent where nothing was ever copied. */
  state?: PartitionState;
  /** Absent where the cluster does not have the partition. */
  source?: LogRange;
  target?: LogRange;
}

export interface NewStart {
  partition: number;
  /** The first record to be copied, and where its copy is to lie. */
  upstream: bigint;
  downstream: bigint;
  /** What the source holds from there on, in offsets. */
  toCopyCount: bigint;
  /** The generation to be ended; absent where there is none, or the new one has begun. */
  ended?: PartitionState;
  /** False where the source does not have the partition: no group has a position there. */
  isRead: boolean;
}

/**
 * Where each partition begins. One of which nothing was copied needs no generation, but `earliest`
 * says so to its mapping too, which would begin a re-created topic at its starting position.
 */
export function newStarts(
  seen: readonly SeenPartition[],
  from: RestartFrom,
  which: ReturnType<typeof restartedPartitions>,
): NewStart[] {
  const chosen = seen.filter(({ partition }) => which === 'all' || which.has(partition));
  return chosen.flatMap(({ partition, state, source, target }): NewStart[] => {
    if (state === undefined && (from === 'progress' || source === undefined)) return [];
    const start = source?.start ?? 0n;
    const progress = state?.segment.upstreamEnd ?? start;
    const upstream = from === 'progress' && progress > start ? progress : start;
    const downstream = target?.end ?? 0n;
    const left = (source?.end ?? upstream) - upstream;
    return [
      {
        partition,
        upstream,
        downstream,
        toCopyCount: left > 0n ? left : 0n,
        ...(state && !hasBegun(state, { upstream, downstream }) && { ended: state }),
        isRead: source !== undefined,
      },
    ];
  });
}

/** A run before this one, which was killed, has come so far. */
function hasBegun(
  { generation, segment }: PartitionState,
  start: { upstream: bigint; downstream: bigint },
): boolean {
  return (
    generation > 0 &&
    segment.packed.length === 0 &&
    segment.upstreamEnd === start.upstream &&
    segment.downstreamEnd === start.downstream
  );
}
