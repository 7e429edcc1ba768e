/** When a group may be moved for good, at the end of a cutover: exactly, and whole or not at all. */
import { type GroupSync, isIdle, type PartitionSync, type SyncOutcome } from './group-sync-plan.ts';

/**
 * | verdict   | meaning                                                                        |
 * | --------- | ------------------------------------------------------------------------------ |
 * | `done`    | read back from the target: every partition stands at its exact offset          |
 * | `ready`   | every partition may be moved, or was moved and has not been read back          |
 * | `waiting` | something is missing that may still come                                       |
 * | `blocked` | waiting does not help: the group has no members on the source, and yet (part of) it can not be moved |
 */
export type FinalVerdict = 'done' | 'ready' | 'waiting' | 'blocked';

export interface FinalRules {
  /** Moves groups also to where MM2's offset syncs send them: no record is skipped. */
  allowSampled?: boolean;
}

/**
 * Takes back every move of a plan that is not final: of a group with members on the source, of
 * records that are not copied yet, to a place that is not exact, and of a group that could be moved
 * only in part.
 */
export function planFinal(planned: GroupSync, rules: FinalRules = {}): GroupSync {
  const sourceIsIdle = isIdle(planned);
  const partitions = planned.partitions.map((partition) => {
    const outcome = finalOutcome(partition, { ...rules, sourceIsIdle });
    return outcome === partition.outcome ? partition : { ...partition, outcome };
  });
  const isWhole = planned.failure === undefined && partitions.every(mayBeFinal);
  return { ...planned, partitions: isWhole ? partitions : partitions.map(heldBack) };
}

/** Of a plan that `planFinal` has restricted, before or after it was carried out. */
export function finalVerdict({ state, failure, partitions }: GroupSync): FinalVerdict {
  if (failure === undefined) {
    if (partitions.every(({ outcome }) => outcome === 'already-there')) return 'done';
    if (partitions.every(mayBeFinal)) return 'ready';
  }
  const isHopeless = failure?.retriable === false || partitions.some(staysAsItIs);
  return isHopeless && isIdle({ state }) ? 'blocked' : 'waiting';
}

function finalOutcome(
  { position, outcome }: PartitionSync,
  { sourceIsIdle, allowSampled = false }: FinalRules & { sourceIsIdle: boolean },
): SyncOutcome {
  const isTranslated =
    outcome === 'would-move' || outcome === 'already-there' || outcome === 'target-further';
  const { status } = position.downstream;
  if (isTranslated && status === 'ahead') return status;
  if (isTranslated && status === 'sampled' && !allowSampled) return status;
  if (sourceIsIdle || outcome === 'target-further') return outcome;
  return isTranslated ? 'source-live' : outcome;
}

function mayBeFinal({ outcome }: PartitionSync): boolean {
  return outcome === 'already-there' || outcome === 'would-move' || outcome === 'moved';
}

function heldBack(partition: PartitionSync): PartitionSync {
  return partition.outcome === 'would-move' ? { ...partition, outcome: 'held-back' } : partition;
}

/** As long as the group does not go on on the source and nobody changes something. */
function staysAsItIs({ outcome, error }: PartitionSync): boolean {
  switch (outcome) {
    case 'target-further':
    case 'before-map':
    case 'sampled':
    case 'target-truncated':
    case 'source-recreated':
    case 'other-type':
      return true;
    case 'failed':
      return error?.retriable === false;
    default:
      return false;
  }
}
