/** The writes that a change of a partition's state takes, as values: each is one atomic step. */
import type { Key } from './items.ts';
import { append } from './offset-map.ts';
import type { Advance, PartitionState, Segment } from './ports.ts';

/** From one state to the next, with the segments that this closes. */
export interface Step {
  from: PartitionState;
  to: PartitionState;
  closed: readonly Segment[];
}

/** A transaction of DynamoDB takes 100 items: the newest, and these many closed and pruned ones. */
const closedPerStepMax = 74;
const prunedPerStepMax = 25;

/**
 * One step, unless an advance closes more segments than a transaction takes. Then each step but the
 * last ends progress where one of the segments ends: a true state by itself, from which any
 * invocation can go on should this one die between two of them.
 */
export function stepsOf(from: PartitionState, advance: Advance, bytesMax?: number): Step[] {
  const { closed, open } = append(from.segment, advance, bytesMax);
  const segments = [...closed, open];
  const steps: Step[] = [];
  let state = from;
  for (let first = 0; first === 0 || first < closed.length; first += closedPerStepMax) {
    const last = Math.min(first + closedPerStepMax, closed.length);
    const segment = segments[last] as Segment;
    const to = { ...from, segment, nextSequence: sequenceAt(segment, advance) };
    steps.push({ from: state, to, closed: closed.slice(first, last) });
    state = to;
  }
  return steps;
}

/** Sequences count the records, 0..2^31-1 around: those of the runs beyond the segment are the last. */
function sequenceAt(segment: Segment, { runs, nextSequence }: Advance): number {
  let laterCount = 0;
  for (const run of runs) if (run.upstream >= segment.upstreamEnd) laterCount += run.length;
  return (nextSequence - (laterCount % 2 ** 31) + 2 ** 31) % 2 ** 31;
}

/**
 * Closes the map of a generation, if there is any, and begins the next one. It writes with the next
 * epoch, whose sequences begin at 0, as Kafka's own producer does where it cannot know what the
 * broker remembers (KIP-360): its first batch is taken whatever was lost or landed before, and what
 * is still on its way of the generation before is refused from then on.
 */
export function generationStep(from: PartitionState, emptied: Segment): Step {
  const { begun: _, ...rest } = from;
  const to = {
    ...rest,
    generation: from.generation + 1,
    producerEpoch: from.producerEpoch + 1,
    nextSequence: 0,
    segment: emptied,
  };
  return { from, to, closed: from.segment.packed.length === 0 ? [] : [from.segment] };
}

/** True where a write that is said to have failed was in fact applied: what it wanted is there. */
export function isSameState(one: PartitionState, other: PartitionState): boolean {
  return (
    one.generation === other.generation &&
    one.nextSequence === other.nextSequence &&
    one.producerId === other.producerId &&
    one.producerEpoch === other.producerEpoch &&
    isSameSegment(one.segment, other.segment)
  );
}

function isSameSegment(one: Segment, other: Segment): boolean {
  return (
    one.upstreamStart === other.upstreamStart &&
    one.downstreamStart === other.downstreamStart &&
    one.upstreamEnd === other.upstreamEnd &&
    one.downstreamEnd === other.downstreamEnd &&
    Buffer.compare(one.packed, other.packed) === 0
  );
}

/**
 * Which of the closed segments, in the order they were closed, lie wholly below the target's log
 * start: all before one that begins at or below it. Of several, as many as a step takes.
 */
export function prunableKeys(
  closed: readonly { key: Key; downstreamStart: bigint }[],
  logStartOffset: bigint,
): Key[] {
  const kept = closed.findLastIndex(({ downstreamStart }) => downstreamStart <= logStartOffset);
  const pruned = closed.slice(0, Math.max(0, Math.min(kept, prunedPerStepMax)));
  return pruned.map(({ key }) => key);
}
