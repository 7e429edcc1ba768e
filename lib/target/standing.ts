import type { KafkaDataPlane, Settled } from '../kafka/ports.ts';
import type { PartitionState, StateStore } from '../state/ports.ts';
import type { RememberedStates } from '../state/remembered.ts';
import { firstOffset, type PartitionCopy } from './partition-copy.ts';

/** Where a partition stands on both sides of the copy, at the beginning of an invocation. */
export interface Standing {
  /** Undefined where nothing of the partition was ever copied. */
  state: PartitionState | undefined;
  /** The end of the target's log. */
  logEnd: Settled<bigint>;
}

export interface StandingDependencies {
  target: KafkaDataPlane;
  state: StateStore;
  /** What this execution environment recorded last; one per environment. */
  remembered: RememberedStates;
}

/** In the order of the copies. Reads the state of those only that did not stand still. */
export async function findStandings(
  copies: readonly PartitionCopy[],
  { target, state, remembered }: StandingDependencies,
): Promise<Standing[]> {
  const recalled = copies.map(({ source }) => remembered.recall(source));
  const [read, logEnds] = await Promise.all([
    readWhere((index) => recalled[index] === undefined),
    target.listOffsets(
      copies.map(({ remote }) => remote),
      'latest',
    ),
  ]);
  const standings = copies.map(({ source }, index): Standing => {
    if (recalled[index] === undefined) remembered.compare(source, read[index]);
    return { state: recalled[index] ?? read[index], logEnd: logEnds[index]! };
  });
  const hasMoved = copies.map(
    (copy, index) => recalled[index] !== undefined && !standsStill(copy, standings[index]!),
  );
  const readAgain = await readWhere((index) => hasMoved[index]!);
  for (const [index, { source }] of copies.entries()) {
    if (!hasMoved[index]) continue;
    remembered.forget(source);
    standings[index]!.state = readAgain[index];
  }
  return standings;

  /** In the order of the copies; undefined also where it is not asked for. */
  async function readWhere(isWanted: (index: number) => boolean) {
    const wanted = copies.flatMap(({ source }, index) =>
      isWanted(index) ? [{ source, index }] : [],
    );
    const states = new Array<PartitionState | undefined>(copies.length).fill(undefined);
    if (wanted.length === 0) return states;
    const found = await state.read(wanted.map(({ source }) => source));
    for (const [position, { index }] of wanted.entries()) states[index] = found[position];
    return states;
  }
}

/** True where nobody has copied anything since the state was as remembered, nor is to do it again. */
function standsStill(copy: PartitionCopy, { state, logEnd }: Standing): boolean {
  if (!state || !logEnd.ok) return false;
  const { upstreamEnd, downstreamEnd } = state.segment;
  return logEnd.value === downstreamEnd && firstOffset(copy) >= upstreamEnd;
}
