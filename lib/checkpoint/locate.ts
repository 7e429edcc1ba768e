/** Where the committed offsets lie on the target, by the offset map and the ends of both logs. */
import { MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, Settled, TopicPartition } from '../kafka/ports.ts';
import type { StateStore, TranslatedPartition, Translation } from '../state/ports.ts';
import type { PartitionView } from './partitions.ts';
import type { DownstreamPosition } from './positions.ts';

export interface LocateDependencies {
  source: Pick<KafkaDataPlane, 'listOffsets'>;
  target: Pick<KafkaDataPlane, 'listOffsets'>;
  state: Pick<StateStore, 'translate'>;
}

/**
 * Gives every position what the map says of it. The ends are read after the map, so neither can lie
 * before it but by a loss: the map then speaks of other records, and tells no position.
 *
 * A map is begun before the first record is sent. So a partition that has none is asked for again
 * after the end of its copy was read: if there is still none, nothing of ours lies before that end.
 *
 * @returns what failed of single partitions. Throws where the state cannot be read.
 */
export async function locate(
  partitions: readonly PartitionView[],
  { source, target, state }: LocateDependencies,
): Promise<MirrorlessError[]> {
  const failures = await translate(partitions, state);
  const withGroups = partitions.filter(({ positions }) => positions.length > 0);
  const copies = withGroups.map(copyOf);
  const [sourceEnds, targetEnds, targetStarts] = await Promise.all([
    source.listOffsets(partitions, 'latest'),
    target.listOffsets(copies, 'latest'),
    target.listOffsets(copies, 'earliest'),
  ]);
  for (const [index, end] of sourceEnds.entries()) {
    if (end.ok) partitions[index]!.sourceEnd = end.value;
    else failures.push(end.error);
  }
  const unmapped: PartitionView[] = [];
  for (const [index, partition] of withGroups.entries()) {
    const copy = both(targetStarts[index]!, targetEnds[index]!);
    if (!copy.ok && copy.error.code !== 'TOPIC_MISSING') failures.push(copy.error);
    const refusal = refusalOf(partition, copy);
    if (refusal !== undefined) setAll(partition, refusal);
    else if (copy.ok) {
      partition.copyStart = copy.value.start;
      if (!hasNoMap(partition)) continue;
      partition.unmapped = { copyStart: copy.value.start, copyEnd: copy.value.end };
      unmapped.push(partition);
    }
  }
  failures.push(...(await translate(unmapped, state)));
  for (const partition of unmapped) if (!hasNoMap(partition)) delete partition.unmapped;
  return failures;
}

interface CopyEnds {
  start: bigint;
  end: bigint;
}

function both(start: Settled<bigint>, end: Settled<bigint>): Settled<CopyEnds> {
  if (!start.ok) return start;
  return end.ok ? { ok: true, value: { start: start.value, end: end.value } } : end;
}

/**
 * What retention has taken from the target nobody reads there any more. A group that stood below the
 * log's start would begin where its consumers' `auto.offset.reset` says, at the end maybe; so it goes
 * on at the first record that is left.
 */
export function raiseToCopyStart({ copyStart = 0n, positions }: PartitionView): void {
  for (const position of positions) {
    const { downstream } = position;
    if (!('offset' in downstream) || downstream.offset >= copyStart) continue;
    position.downstream = { ...downstream, offset: copyStart };
  }
}

function copyOf({ remoteTopic: topic, partition }: PartitionView): TopicPartition {
  return { topic, partition };
}

async function translate(
  partitions: readonly PartitionView[],
  state: Pick<StateStore, 'translate'>,
): Promise<MirrorlessError[]> {
  if (partitions.length === 0) return [];
  const requests = partitions.map((partition) => ({
    partition,
    offsets: partition.positions.map(({ upstreamOffset }) => upstreamOffset),
  }));
  const answers = await state.translate(requests, 'downstream');
  const failures: MirrorlessError[] = [];
  for (const [index, answer] of answers.entries()) {
    const partition = partitions[index]!;
    if (answer.ok) take(partition, answer.value);
    else {
      failures.push(answer.error);
      setAll(partition, { status: 'unknown', error: answer.error });
    }
  }
  return failures;
}

function take(partition: PartitionView, { end, translations }: TranslatedPartition): void {
  if (end !== undefined) partition.mapEnd = end;
  // Of the many groups that stand alike, all share one object.
  let last: DownstreamPosition | undefined;
  for (const [index, position] of partition.positions.entries()) {
    const found = positionOf(translations[index]!, end?.downstream);
    if (last === undefined || !isSame(last, found)) last = found;
    position.downstream = last;
  }
}

function positionOf(translation: Translation, mapEnd = 0n): DownstreamPosition {
  if (translation.status !== 'ahead') return translation;
  return { status: 'ahead', offset: mapEnd, mapEnd: translation.mapEnd };
}

function isSame(one: DownstreamPosition, other: DownstreamPosition): boolean {
  return (
    one.status === other.status &&
    (!('offset' in one) || one.offset === (other as typeof one).offset)
  );
}

function hasNoMap({ positions }: PartitionView): boolean {
  return positions[0]?.downstream.status === 'no-map';
}

/** What is said of every position of the partition, where the ends of the logs contradict the map. */
function refusalOf(
  { topic, partition, remoteTopic, mapEnd, sourceEnd }: PartitionView,
  copy: Settled<CopyEnds>,
): DownstreamPosition | undefined {
  if (mapEnd === undefined) return undefined;
  if (sourceEnd !== undefined && sourceEnd < mapEnd.upstream) {
    const what = `${topic}-${partition} of the source ends at ${sourceEnd}, though it was copied up to ${mapEnd.upstream}.`;
    const place = { topic, partition, offset: String(sourceEnd) };
    const error = new MirrorlessError('SOURCE_RECREATED', what, { place });
    return { status: 'source-recreated', error };
  }
  if (!copy.ok) {
    const { error } = copy;
    return { status: error.code === 'TOPIC_MISSING' ? 'target-truncated' : 'unknown', error };
  }
  if (copy.value.end >= mapEnd.downstream) return undefined;
  const what = `${remoteTopic}-${partition} of the target ends at ${copy.value.end}, though it had acknowledged up to ${mapEnd.downstream}.`;
  const place = { topic: remoteTopic, partition, offset: String(copy.value.end) };
  return {
    status: 'target-truncated',
    error: new MirrorlessError('TARGET_TRUNCATED', what, { place }),
  };
}

function setAll({ positions }: PartitionView, downstream: DownstreamPosition): void {
  for (const position of positions) position.downstream = downstream;
}
