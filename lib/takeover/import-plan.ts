/** What of MirrorMaker 2's partitions a flow may take over, and from where on. */
import type { MirrorlessError } from '../errors.ts';
import type { TopicPartition } from '../kafka/ports.ts';
import type { PartitionState, SampledSync } from '../state/ports.ts';
import { keptSyncs } from './sync-history.ts';
import type { Walked } from './walk.ts';

/** All that can be said of one partition. */
export const importVerdicts = {
  clean: 'the target ends with the record that MirrorMaker 2 stored last',
  beyond: 'MirrorMaker 2 copied more than it stored: the flow begins after the last copy',
  behind: 'the target ends before what MirrorMaker 2 stored: the flow copies the rest again',
  accepted: 'not proved: begins where MirrorMaker 2 would, and may copy some records again',
  imported: 'taken over already, by an earlier run of this command',
  'not-mirrored': 'the flow does not mirror the topic, or the source does not have it: left alone',
  'still-writing': 'the target’s log goes on: stop MirrorMaker 2 first',
  'has-progress': 'the flow has copied records of its own: it is never set back',
  'remote-missing': 'the target has no such topic, or not this partition of it',
  'records-lost':
    'retention took records from the source that were never copied; see --accept-loss',
  'source-recreated': 'the source ends before what was copied of it: other records, or none',
  'open-transaction': 'MirrorMaker 2’s last transaction is open: wait until the target aborts it',
  unproven: 'the target does not end with copies of the source; see --accept-unproven',
  unknown: 'a cluster or the state did not answer',
} as const satisfies Record<string, string>;

export type ImportVerdict = keyof typeof importVerdicts;

/** Verdicts with which a partition is taken over, or was. */
export const importable: ReadonlySet<ImportVerdict> = new Set([
  'clean',
  'beyond',
  'behind',
  'accepted',
  'imported',
]);

/** What both clusters and the state say of a partition. */
export interface SeenPartition extends TopicPartition {
  remoteTopic: string;
  /** False where the flow does not mirror the topic, or the source has no such partition. */
  isMirrored: boolean;
  /** The last record that Connect stored as mirrored; absent where it stored none. */
  position?: bigint;
  source?: { start: bigint; end: bigint };
  /** Absent where the target does not have the partition. */
  target?: { start: bigint; end: bigint; endLater: bigint };
  /** Usable offset syncs, ascending. */
  syncs: readonly SampledSync[];
  /** Absent where something above rules it out. */
  walked?: Walked;
  state?: PartitionState;
  failure?: MirrorlessError;
}

export interface ImportRow extends TopicPartition {
  remoteTopic: string;
  position?: bigint;
  verdict: ImportVerdict;
  /** Where the flow begins on either side; present where the verdict is one of `importable`. */
  next?: { upstream: bigint; downstream: bigint };
  /** To be kept for groups that still stand before that. */
  syncs: readonly SampledSync[];
  /** What the verdict leaves open, for a person. */
  detail?: string;
}

export interface ImportRules {
  /** Begins at MM2's own position where nothing can be proved, as MM2 itself would. */
  acceptUnproven?: boolean;
  /** Begins at the first record that is left. */
  acceptLoss?: boolean;
}

/** Undefined where there is nothing to take over: nothing stored and nothing copied. */
export function planImport(seen: SeenPartition, rules: ImportRules = {}): ImportRow | undefined {
  const { topic, partition, remoteTopic, position, target } = seen;
  const nothingCopied = target === undefined || target.end === 0n;
  if (position === undefined && seen.failure === undefined && nothingCopied) return undefined;
  const { verdict, upstream, detail } = judge(seen, rules);
  const isTaken = importable.has(verdict) && upstream !== undefined && target !== undefined;
  const next = isTaken ? { upstream, downstream: target.end } : undefined;
  // Syncs of a place that did not prove true are not to be trusted elsewhere.
  const syncs = next === undefined || verdict === 'accepted' ? [] : keptSyncs(seen.syncs, next);
  return {
    ...{ topic, partition, remoteTopic, verdict, syncs },
    ...(position === undefined ? {} : { position }),
    ...(next === undefined ? {} : { next }),
    ...(detail === undefined ? {} : { detail }),
  };
}

interface Judgement {
  verdict: ImportVerdict;
  upstream?: bigint;
  detail?: string;
}

function judge(seen: SeenPartition, rules: ImportRules): Judgement {
  const { isMirrored, source, target, failure, position, walked, state } = seen;
  if (!isMirrored) return { verdict: 'not-mirrored' };
  if (failure !== undefined) return { verdict: 'unknown', detail: failure.message };
  if (state !== undefined && state.segment.packed.length > 0) return hasProgress(state);
  if (target === undefined) return { verdict: 'remote-missing' };
  if (source === undefined || walked === undefined) return { verdict: 'source-recreated' };
  if (target.endLater !== target.end) return { verdict: 'still-writing' };
  if (walked.status === 'open-transaction') return { verdict: walked.status };
  const begins = beginning(walked, position, rules);
  if (begins.upstream === undefined) return begins;
  if (begins.upstream < source.start) {
    const range = `offsets ${begins.upstream} to ${source.start - 1n} are gone`;
    if (!rules.acceptLoss) return { verdict: 'records-lost', detail: range };
    begins.upstream = source.start;
    begins.detail = range;
  }
  if (state === undefined) return begins;
  const { segment } = state;
  const isSame =
    segment.packed.length === 0 &&
    state.generation === 0 &&
    segment.upstreamEnd === begins.upstream &&
    segment.downstreamEnd === target.end;
  return isSame ? { ...begins, verdict: 'imported' } : hasProgress(state);
}

function hasProgress({ segment }: PartitionState): Judgement {
  return { verdict: 'has-progress', detail: `up to offset ${segment.upstreamEnd} of the source` };
}

function beginning(walked: Walked, position: bigint | undefined, rules: ImportRules): Judgement {
  const stored = position === undefined ? undefined : position + 1n;
  if (walked.status === 'proven') {
    const { upstream } = walked;
    if (stored === undefined) return { verdict: 'beyond', upstream, detail: 'it stored nothing' };
    if (upstream === stored) return { verdict: 'clean', upstream };
    const isBeyond = upstream > stored;
    const distance = isBeyond ? upstream - stored : stored - upstream;
    const detail = `by ${distance} offset${distance === 1n ? '' : 's'}`;
    return { verdict: isBeyond ? 'beyond' : 'behind', upstream, detail };
  }
  const detail =
    walked.status === 'differs'
      ? `offset ${walked.downstream} of the target is not the copy of the next record`
      : 'the records to compare are gone, or no offset sync tells where to begin';
  if (!rules.acceptUnproven || stored === undefined) return { verdict: 'unproven', detail };
  return { verdict: 'accepted', upstream: stored, detail };
}
