import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { answeredFor, readLog } from '../kafka/read-log.ts';
import type { BatchHeader } from '../kafka/record-batch.ts';
import type { EventRecord } from '../source/event.ts';
import { emptySegment } from '../state/offset-map.ts';
import type { PartitionState, StateStore } from '../state/ports.ts';
import { LandedMatcher } from './landed.ts';
import { firstOffset, type PartitionCopy, startFrom } from './partition-copy.ts';
import { proveRedelivered } from './redelivery.ts';
import { isWorthAnotherTry } from './send.ts';
import { ownRecords } from './tail.ts';

export interface SettleDependencies {
  target: KafkaDataPlane;
  state: StateStore;
}

/** After as many refusals that the target's log does not explain, the mapping's retry takes over. */
const refusalLimit = 5;
const pauseStartMs = 50;
const pauseLimitMs = 1000;
/** How often a log end below progress is asked for again: a new leader may still be catching up. */
const truncationChecks = 5;

/**
 * Takes up a partition where its state stands: creates the state of a new one, drops redelivered
 * records that prove equal to their copies, and finds what an earlier attempt left in the log.
 */
export async function takeUp(
  copy: PartitionCopy,
  known: { state: PartitionState | undefined; logEnd: bigint },
  dependencies: SettleDependencies,
  deadline: Deadline,
): Promise<void> {
  const { source, remote } = copy;
  const state = known.state ?? (await createState(copy, known.logEnd, dependencies));
  startFrom(copy, state);
  const redelivered = countBelow(source.records, state.segment.upstreamEnd);
  if (redelivered > 0) {
    const records = source.records.slice(0, redelivered);
    const [first, last] = [records[0], records.at(-1)] as [EventRecord, EventRecord];
    const segments = await dependencies.state.segments(
      source,
      BigInt(first.offset),
      BigInt(last.offset),
    );
    const { target } = dependencies;
    await proveRedelivered({ records, segments, target, remote, deadline });
    copy.counts.redelivered = redelivered;
    copy.position.nextIndex = redelivered;
  }
  await readBack(copy, known.logEnd, dependencies.target, deadline);
}

/** Settles a doubt: waits a little, then lets the target's log tell what became of the attempt. */
export async function settle(
  copy: PartitionCopy,
  attempt: number,
  dependencies: SettleDependencies,
  deadline: Deadline,
): Promise<void> {
  const doubt = copy.doubt as MirrorlessError;
  if (doubt.code === 'SEQUENCE_REFUSED' && attempt > refusalLimit) throw doubt;
  if (isWorthAnotherTry(doubt)) {
    dependencies.target.refresh();
    await deadline.pause(jittered(Math.min(pauseStartMs * 2 ** attempt, pauseLimitMs)), doubt);
  }
  try {
    const logEnd = await logEndOf(copy, dependencies.target, deadline);
    await readBack(copy, logEnd, dependencies.target, deadline);
    delete copy.doubt;
  } catch (error) {
    if (!(error instanceof MirrorlessError) || !isWorthAnotherTry(error)) throw error;
    copy.doubt = error;
  }
}

/** Matches whatever of ours lies between progress and the end of the target's log. */
async function readBack(
  copy: PartitionCopy,
  knownLogEnd: bigint,
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<void> {
  const { position, remote } = copy;
  const logEnd = await atLeastProgress(copy, knownLogEnd, target, deadline);
  if (logEnd === position.downstreamEnd) return;
  const matcher = new LandedMatcher(copy);
  const tail = readLog(target, remote, { from: position.downstreamEnd, to: logEnd }, deadline);
  if (await matchAll(matcher, tail, copy)) matcher.passOver(logEnd);
  matcher.finish();
  copy.counts.landed += matcher.landedCount;
}

/** @returns false where records of ours are left, which the event has nothing to compare with */
async function matchAll(
  matcher: LandedMatcher,
  tail: AsyncIterable<BatchHeader>,
  copy: PartitionCopy,
): Promise<boolean> {
  const from = copy.position.downstreamEnd;
  const identity = copy.state as PartitionState;
  for await (const batch of tail) {
    for (const landed of ownRecords(batch, identity, from)) {
      if (!matcher.accept(landed)) return false;
    }
    matcher.passOver(batch.lastOffset + 1n);
  }
  return true;
}

/** The log end, once it is not below what the target had acknowledged; else TARGET_TRUNCATED. */
async function atLeastProgress(
  copy: PartitionCopy,
  knownLogEnd: bigint,
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<bigint> {
  const progress = copy.position.downstreamEnd;
  let logEnd = knownLogEnd;
  for (let check = 0; logEnd < progress; check += 1) {
    const truncated = truncatedAt(copy, logEnd);
    if (check === truncationChecks) throw truncated;
    target.refresh();
    await deadline.pause(jittered(pauseStartMs * 2 ** check), truncated);
    logEnd = await logEndOf(copy, target, deadline);
  }
  return logEnd;
}

async function logEndOf(
  copy: PartitionCopy,
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<bigint> {
  const listed = target.listOffsets([copy.remote], 'latest');
  const [answer] = await deadline.within(listed, 'the end of the target’s log');
  return answeredFor(answer);
}

async function createState(
  copy: PartitionCopy,
  logEnd: bigint,
  { state, target }: SettleDependencies,
): Promise<PartitionState> {
  const producer = await state.producer(() => target.allocateProducer());
  const upstream = BigInt(firstOffset(copy));
  return state.create(copy.source, {
    ...producer,
    generation: 0,
    nextSequence: 0,
    segment: emptySegment(upstream, logEnd),
    begun: { upstream, downstream: logEnd },
  });
}

/** Records are in offset order, and redelivery is rare: the first comparison usually ends it. */
function countBelow(records: readonly EventRecord[], upstreamEnd: bigint): number {
  const index = records.findIndex((record) => record.offset >= upstreamEnd);
  return index === -1 ? records.length : index;
}

function jittered(delayMs: number): number {
  return delayMs * (0.5 + Math.random() / 2);
}

function truncatedAt(copy: PartitionCopy, logEnd: bigint): MirrorlessError {
  const { topic, partition } = copy.remote;
  return new MirrorlessError(
    'TARGET_TRUNCATED',
    `${topic}-${partition} ends at ${logEnd}, but ${copy.position.downstreamEnd} was acknowledged.`,
    { place: { topic, partition, offset: String(logEnd) } },
  );
}
