/** What is told to MirrorMaker 2 of a flow that is handed back. */
import type { MirrorlessError } from '../errors.ts';
import type { TopicPartition } from '../kafka/ports.ts';
import type { PartitionState } from '../state/ports.ts';
import type { Walked } from './walk.ts';

export const exportVerdicts = {
  write: 'MirrorMaker 2 goes on with the next record',
  remove: 'nothing was copied: its older position is taken away, and it begins anew',
  unchanged: 'its position says so already',
  untouched: 'the flow has copied nothing of it: an older position stays as it is',
  unpaused: 'the flow is neither paused nor, by --stopped, said to be stopped',
  'still-writing': 'the flow goes on copying: pause it, and wait for what it has begun',
  'target-truncated': 'the target ends before what it had acknowledged, or is gone',
  'source-recreated': 'the source ends before what was copied of it: other records, or none',
  unproven: 'behind what the flow has recorded lie records of its own that are no copies',
  unknown: 'a cluster did not answer',
} as const satisfies Record<string, string>;

export type ExportVerdict = keyof typeof exportVerdicts;

/** What both clusters and the state say of a partition that the flow mirrors. */
export interface SeenCopy extends TopicPartition {
  /** The last record that Connect has as mirrored. */
  stored?: bigint;
  isPaused: boolean;
  state?: PartitionState;
  /** Read again after everything else. */
  stateLater?: PartitionState;
  sourceEnd?: bigint;
  /** Absent where the target does not have the partition. */
  target?: { end: bigint; endLater: bigint };
  /** From what is recorded to the end of the target. */
  walked?: Walked;
  failure?: MirrorlessError;
}

export interface ExportRow extends TopicPartition {
  verdict: ExportVerdict;
  /** What Connect has now. */
  stored?: bigint;
  /** What it is told; absent with `remove` and where nothing is told. */
  position?: bigint;
  detail?: string;
}

/** Verdicts with which nothing of the flow is handed back. */
export function blocksExport(verdict: ExportVerdict): boolean {
  return !['write', 'remove', 'unchanged', 'untouched'].includes(verdict);
}

/** Undefined where there is nothing to say: nothing copied, nothing stored. */
export function planExport(seen: SeenCopy): ExportRow | undefined {
  const { topic, partition, stored, state } = seen;
  if (state === undefined && stored === undefined) return undefined;
  const judged = judge(seen);
  return { topic, partition, ...judged, ...(stored === undefined ? {} : { stored }) };
}

function judge(seen: SeenCopy): Pick<ExportRow, 'verdict' | 'position' | 'detail'> {
  const { state, stateLater, isPaused, target, walked, sourceEnd, stored, failure } = seen;
  if (state === undefined) {
    return { verdict: stateLater === undefined ? 'untouched' : 'still-writing' };
  }
  if (failure !== undefined) return { verdict: 'unknown', detail: failure.message };
  if (!isPaused) return { verdict: 'unpaused' };
  const { upstreamEnd, downstreamEnd } = state.segment;
  if (target === undefined || target.end < downstreamEnd) return { verdict: 'target-truncated' };
  const hasMoved = stateLater?.segment.upstreamEnd !== upstreamEnd;
  if (hasMoved || target.endLater !== target.end) return { verdict: 'still-writing' };
  if (walked?.status !== 'proven') return { verdict: 'unproven' };
  const { upstream } = walked;
  if (sourceEnd === undefined || sourceEnd < upstream) return { verdict: 'source-recreated' };
  const landed = upstream - upstreamEnd;
  const detail = landed > 0n ? { detail: `${landed} more than recorded are on the target` } : {};
  if (upstream === 0n) return { verdict: stored === undefined ? 'untouched' : 'remove' };
  const position = upstream - 1n;
  return { verdict: stored === position ? 'unchanged' : 'write', position, ...detail };
}
