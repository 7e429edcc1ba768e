/**
 * The main job on one screen: when this returns, what an event brings is on the target and recorded.
 * The stages in order: source (decode) → provenance (leave out what would come round) → policy (name)
 * → state (where each partition stands) → target (encode, settle what earlier attempts did, send) → state (record).
 *
 * Exactly once rests on three things: the producer's identity and sequence are part of the state, so
 * that every attempt in every environment speaks as the same producer; whatever is uncertain is read
 * back from the target's log before anything more is sent; progress moves by a conditional write
 * after the target has acknowledged.
 */
import { setImmediate } from 'node:timers/promises';
import type { Deadline } from './deadline.ts';
import { isMirrorlessError, MirrorlessError, toMirrorlessError } from './errors.ts';
import type { CompressionType } from './kafka/compression.ts';
import { isCycle } from './policy/cycle.ts';
import type { ReplicationPolicy } from './policy/replication-policy.ts';
import type { Provenance } from './provenance/provenance.ts';
import { decodeEvent } from './source/decode.ts';
import type { StateStore } from './state/ports.ts';
import type { Arena } from './target/arena.ts';
import { encodeBatches } from './target/encode.ts';
import { endOffset, isPending, newCopy, type PartitionCopy } from './target/partition-copy.ts';
import { sendOnce } from './target/send.ts';
import { type SettleDependencies, settle, takeUp } from './target/settle.ts';
import { findStandings, type Standing, type StandingDependencies } from './target/standing.ts';

export interface ReplicateDependencies extends SettleDependencies, StandingDependencies {
  policy: ReplicationPolicy;
  sourceAlias: string;
  targetAlias: string;
  /** Where records could come to a cluster more than once. */
  provenance?: Provenance;
  compressionType: CompressionType;
  /** Where batches are encoded; one per execution environment, which has one event at a time. */
  arena: Arena;
}

/** @returns a copy for each partition of the event; one with a `failure` is not complete */
export async function replicate(
  event: unknown,
  dependencies: ReplicateDependencies,
  deadline: Deadline,
): Promise<PartitionCopy[]> {
  const decoded = decodeEvent(event);
  const selected = await dependencies.provenance?.select(decoded);
  const copies = decoded.map((partition, index) => {
    const { source, leftOut } = selected?.[index] ?? { source: partition };
    return newCopy(source, remoteTopic(source.topic, dependencies), leftOut);
  });
  const standings = await open(copies, dependencies, deadline);
  await forEach(copies, async (copy, index) => {
    if (copy.failure) return;
    const { state, logEnd } = standings[index]!;
    if (!logEnd.ok) throw logEnd.error;
    await takeUp(copy, { state, logEnd: logEnd.value }, dependencies, deadline);
  });
  for (let attempt = 0; copies.some(isPending); attempt += 1) {
    const doubtful = copies.filter((copy) => isPending(copy) && copy.doubt);
    await forEach(doubtful, (copy) => settle(copy, attempt, dependencies, deadline));
    const ready = copies.filter((copy) => isPending(copy) && !copy.doubt);
    for (const copy of ready) encodeRest(copy, dependencies);
    await sendOnce(ready, dependencies.target, deadline);
    if (deadline.remainingMs() <= 0) dependencies.arena.abandon();
  }
  await forEach(copies, (copy) => record(copy, dependencies));
  for (const { failure, source } of copies) if (failure) dependencies.remembered.forget(source);
  return copies;
}

/** MM2's rule for what is mirrored, less the topic filter, which decides what gets a mapping at all. */
function remoteTopic(topic: string, dependencies: ReplicateDependencies): string {
  const { policy, sourceAlias, targetAlias } = dependencies;
  if (policy.isInternalTopic(topic) || isCycle(policy, topic, targetAlias)) {
    throw new MirrorlessError('TOPIC_REFUSED', `${topic} may not be copied to ${targetAlias}.`, {
      place: { topic },
    });
  }
  return policy.formatRemoteTopic(sourceAlias, topic);
}

/** Asks where every partition stands, and encodes while that is on its way. */
async function open(
  copies: readonly PartitionCopy[],
  dependencies: ReplicateDependencies,
  deadline: Deadline,
): Promise<Standing[]> {
  const opened = Promise.all([
    findStandings(copies, dependencies),
    encodeAll(copies, dependencies),
  ]);
  const [standings] = await deadline.within(opened, 'the state and the end of the target’s log');
  return standings;
}

async function encodeAll(
  copies: readonly PartitionCopy[],
  dependencies: ReplicateDependencies,
): Promise<void> {
  const { arena, target } = dependencies;
  await forEach(copies, async (copy) => {
    copy.maxBatchBytes = await target.maxMessageBytes(copy.remote.topic);
  });
  // The requests of `open` are written to their sockets before the encoder takes the thread.
  await setImmediate();
  arena.reset();
  for (const copy of copies.filter(isPending)) {
    copy.counts.lostHeaders = encode(copy, dependencies);
  }
}

/** After part of the records is known to be on the target, only batches of the others are of use. */
function encodeRest(copy: PartitionCopy, dependencies: ReplicateDependencies): void {
  const { nextIndex } = copy.position;
  const largest = Math.max(...copy.batches.map((batch) => batch.bytes.length));
  const rest = copy.batches.findIndex((batch) => batch.firstIndex === nextIndex);
  if (rest === -1 || largest > copy.maxBatchBytes) encode(copy, dependencies);
  else copy.batches = copy.batches.slice(rest);
}

/** @returns how many headers of the encoded records the event had lost the names of */
function encode(copy: PartitionCopy, { arena, compressionType }: ReplicateDependencies): number {
  const { batches, lostHeaders } = encodeBatches(copy.source.records, {
    from: copy.position.nextIndex,
    maxBatchBytes: copy.maxBatchBytes,
    compressionType,
    arena,
  });
  copy.batches = batches;
  return lostHeaders;
}

/**
 * Records what is on the target, also of a copy that failed on its way; and what was passed over on
 * either side, for nobody to look at again.
 */
async function record(
  copy: PartitionCopy,
  { state, remembered }: ReplicateDependencies,
): Promise<void> {
  const { position, state: from, logStartOffset } = copy;
  if (from === undefined) return;
  const end = BigInt(endOffset(copy));
  if (copy.failure === undefined && end > position.upstreamEnd) position.upstreamEnd = end;
  const { upstreamEnd, downstreamEnd } = from.segment;
  const hasMoved = position.upstreamEnd > upstreamEnd || position.downstreamEnd > downstreamEnd;
  if (!hasMoved) return;
  try {
    const recorded = await state.advance(copy.source, from, {
      ...position,
      ...(logStartOffset === undefined ? {} : { logStartOffset }),
    });
    remembered.keep(copy.source, recorded);
  } catch (error) {
    remembered.forget(copy.source);
    if (await isRecordedAlready(error, copy, state)) return;
    position.nextIndex = copy.counts.redelivered;
    throw error;
  }
}

/**
 * A conflict is none where the stored position is the one to be recorded or beyond it: our own write
 * was applied and its answer lost, or a second invocation of the same batch recorded the same copies.
 */
async function isRecordedAlready(
  error: unknown,
  copy: PartitionCopy,
  state: StateStore,
): Promise<boolean> {
  if (!isMirrorlessError(error) || error.code !== 'PROGRESS_CONFLICT') return false;
  const [stored] = await state.read([copy.source]);
  return (
    stored?.generation === copy.state?.generation &&
    (stored?.segment.upstreamEnd ?? -1n) >= copy.position.upstreamEnd
  );
}

/** Runs a step for each copy; the failure of one partition does not keep the others from going on. */
async function forEach(
  copies: readonly PartitionCopy[],
  step: (copy: PartitionCopy, index: number) => Promise<void>,
): Promise<void> {
  await Promise.all(
    copies.map(async (copy, index) => {
      try {
        await step(copy, index);
      } catch (error) {
        copy.failure ??= toMirrorlessError(error);
      }
    }),
  );
}
