/**
 * Takes a flow over from a stopped MirrorMaker 2, on one screen: its event source mappings then begin
 * at exactly the record after the last one that was copied.
 */
import type { Deadline } from '../deadline.ts';
import { MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { KafkaDataPlane, KafkaGroups } from '../kafka/ports.ts';
import { emptySegment } from '../state/offset-map.ts';
import type { SampledSyncStore, StateStore } from '../state/ports.ts';
import { type ImportRow, type ImportVerdict, importable } from './import-plan.ts';
import { mappingGroup } from './workers.ts';

export interface ImportDependencies {
  source: { groups: KafkaGroups };
  target: { dataPlane: Pick<KafkaDataPlane, 'allocateProducer'> };
  state: Pick<StateStore, 'create' | 'producer'>;
  sampledSyncs: SampledSyncStore;
  settings: { source: { alias: string }; target: { alias: string } };
}

export interface ImportedRow extends ImportRow {
  failure?: MirrorlessError;
}

/** With which nothing is taken over at all: the rest would begin in the wrong place meanwhile. */
export function standsInTheWay(verdict: ImportVerdict): boolean {
  return !importable.has(verdict) && verdict !== 'not-mirrored';
}

/**
 * Of each row that has a `next`. First its offset syncs are kept, then its state is created, only
 * where there is none; last the group of its mapping is moved, which wins over any starting position.
 * To run it again after it was killed in between ends in the same. A flow that was started before
 * that copies nothing it should not: a state without the group halts it (REDELIVERY_UNVERIFIABLE).
 */
export async function importMirror(
  rows: readonly ImportRow[],
  dependencies: ImportDependencies,
  deadline: Deadline,
): Promise<ImportedRow[]> {
  const { state, target } = dependencies;
  const identity = await deadline.within(
    state.producer(() => target.dataPlane.allocateProducer()),
    'the producer of the flow',
  );
  const imported: ImportedRow[] = [];
  for (const row of rows) {
    const keeping = keep(row, { ...identity, generation: 0, nextSequence: 0 }, dependencies);
    imported.push(await outcomeOf(row, deadline.within(keeping, `the state of ${row.topic}`)));
  }
  const kept = imported.filter(({ next, failure }) => next !== undefined && failure === undefined);
  for (const [topic, some] of Map.groupBy(kept, (row) => row.topic)) {
    await deadline.within(moveGroup(topic, some, dependencies), `the group of ${topic}`);
  }
  return imported;
}

type Initial = Omit<Parameters<StateStore['create']>[1], 'segment'>;

async function keep(
  { topic, partition, next, syncs }: ImportRow,
  initial: Initial,
  { state, sampledSyncs }: ImportDependencies,
): Promise<void> {
  if (next === undefined) return;
  const place = { topic, partition };
  await sampledSyncs.write(place, syncs);
  const segment = emptySegment(next.upstream, next.downstream);
  const { segment: stored } = await state.create(place, { ...initial, segment });
  const isOurs =
    stored.upstreamStart === next.upstream &&
    stored.upstreamEnd === next.upstream &&
    stored.downstreamEnd === next.downstream;
  if (isOurs) return;
  const what = `The flow has begun with ${topic}-${partition} meanwhile, and stands at ${stored.upstreamEnd}.`;
  throw new MirrorlessError('TAKEOVER_REFUSED', what, { place });
}

/** What fails of the group fails all of the topic. */
async function moveGroup(
  topic: string,
  rows: readonly ImportedRow[],
  { source, settings }: ImportDependencies,
): Promise<void> {
  const group = mappingGroup(topic, settings);
  const [committed] = await source.groups.committedOffsets([group]);
  const stands = new Map(
    committed?.ok
      ? committed.value.map((one) => [`${one.topic}-${one.partition}`, one.offset])
      : [],
  );
  const moved = rows.filter(
    (row) => stands.get(`${topic}-${row.partition}`) !== row.next!.upstream,
  );
  const outcomes = await source.groups.commitOffsets(
    group,
    moved.map(({ partition, next }) => {
      return { topic, partition, offset: next!.upstream, metadata: '' };
    }),
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (!outcome.ok) moved[index]!.failure = outcome.error;
  }
}

async function outcomeOf(row: ImportRow, work: Promise<void>): Promise<ImportedRow> {
  try {
    await work;
    return { ...row };
  } catch (error) {
    return { ...row, failure: toMirrorlessError(error) };
  }
}
