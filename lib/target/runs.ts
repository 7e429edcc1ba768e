import type { EventRecord } from '../source/event.ts';
import type { Run } from '../state/ports.ts';

/**
 * Adds `count` records from `from` on, which the target acknowledged one after the other from
 * `baseOffset`. Without gaps on the source this is one run and costs one comparison.
 */
export function addAcknowledged(
  runs: Run[],
  records: readonly EventRecord[],
  acknowledged: { from: number; count: number; baseOffset: bigint },
): void {
  const { from, count, baseOffset } = acknowledged;
  let index = from;
  while (index < from + count) {
    const length = gaplessLength(records, index, from + count);
    const upstream = BigInt((records[index] as EventRecord).offset);
    addRun(runs, { upstream, downstream: baseOffset + BigInt(index - from), length });
    index += length;
  }
}

function gaplessLength(records: readonly EventRecord[], from: number, end: number): number {
  const first = (records[from] as EventRecord).offset;
  if ((records[end - 1] as EventRecord).offset - first === end - 1 - from) return end - from;
  let index = from + 1;
  while (index < end && (records[index] as EventRecord).offset === first + index - from) index += 1;
  return index - from;
}

/** Adds a run to a list of runs; one that follows on both sides extends the last. */
export function addRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  const length = BigInt(last?.length ?? 0);
  const follows =
    last !== undefined &&
    last.upstream + length === run.upstream &&
    last.downstream + length === run.downstream;
  if (follows) last.length += run.length;
  else runs.push(run);
}
