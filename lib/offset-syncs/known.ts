/**
 * What readers of the offset syncs topic have been told: the newest sync of each partition in it.
 * The topic itself is the only truth about that. The state keeps how far it has been read, so that
 * a run reads what is new in it and no more.
 */
import type { Deadline } from '../deadline.ts';
import { isMirrorlessError, type MirrorlessError } from '../errors.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import { decodeOffsetSync } from '../mm2/formats.ts';
import { readOn } from '../mm2/topics.ts';
import type { CheckpointStore, EmittedSync, SourcePartition } from '../state/ports.ts';

export interface SyncsLog {
  dataPlane: KafkaDataPlane;
  topic: string;
  /** Why it could not be created, if so. */
  refusal: MirrorlessError | undefined;
}

interface Dependencies {
  log: SyncsLog;
  store: Pick<CheckpointStore, 'readSyncs' | 'writeSyncs'>;
}

/**
 * In the order of `partitions`; undefined where nothing was ever told. The topic is read from its
 * start where the state has nothing, or not all that it had.
 */
export async function knownSyncs(
  { log, store }: Dependencies,
  partitions: readonly SourcePartition[],
  deadline: Deadline,
): Promise<(EmittedSync | undefined)[]> {
  const wanted = new Set(partitions.map(nameOf));
  const { syncs, failures } = await deadline.within(store.readSyncs(), 'reading the offset syncs');
  const ofFlow = syncs.filter((sync) => wanted.has(nameOf(sync)));
  const before = new Map(ofFlow.map((sync) => [nameOf(sync), sync]));
  const reading = { log, deadline };
  const since = failures.length === 0 ? await readSince(before, reading) : undefined;
  const known = since ?? (await readAll(reading));
  const changed = [...known.values()].filter((sync) => {
    const old = before.get(nameOf(sync));
    return wanted.has(nameOf(sync)) && (old === undefined || !isSame(old, sync));
  });
  if (changed.length > 0) {
    await deadline.within(store.writeSyncs(changed), 'recording the offset syncs');
  }
  return partitions.map((partition) => known.get(nameOf(partition)));
}

type KnownSyncs = Map<string, EmittedSync>;

interface Reading {
  log: SyncsLog;
  deadline: Deadline;
}

/** Undefined where the last sync that was seen is not in its place: then it is another log. */
async function readSince(before: KnownSyncs, reading: Reading): Promise<KnownSyncs | undefined> {
  const [first, ...others] = before.values();
  if (first === undefined) return undefined;
  const last = others.reduce((one, other) => (other.position > one.position ? other : one), first);
  const known = new Map(before);
  let isSameLog = false;
  for await (const sync of syncsFrom(last.position, reading)) {
    if (!isSameLog && !isSame(sync, last)) return undefined;
    isSameLog = true;
    known.set(nameOf(sync), sync);
  }
  return isSameLog ? known : undefined;
}

async function readAll(reading: Reading): Promise<KnownSyncs> {
  const known: KnownSyncs = new Map();
  for await (const sync of syncsFrom(0n, reading)) known.set(nameOf(sync), sync);
  return known;
}

async function* syncsFrom(
  position: bigint,
  { log: { dataPlane, topic, refusal }, deadline }: Reading,
): AsyncGenerator<EmittedSync> {
  try {
    for await (const record of readOn(dataPlane, { topic, offset: position }, deadline)) {
      const sync = decodeOffsetSync(record);
      if (sync !== undefined) yield { ...sync, position: record.offset };
    }
  } catch (error) {
    const isMissing = isMirrorlessError(error) && error.code === 'TOPIC_MISSING';
    throw isMissing ? (refusal ?? error) : error;
  }
}

function isSame(one: EmittedSync, other: EmittedSync): boolean {
  return (
    one.position === other.position &&
    one.upstreamOffset === other.upstreamOffset &&
    one.downstreamOffset === other.downstreamOffset &&
    nameOf(one) === nameOf(other)
  );
}

function nameOf({ topic, partition }: SourcePartition): string {
  return `${topic}-${partition}`;
}
