/**
 * Where topics keep their names, records come to both ends of a flow by other flows too: a topic of
 * the target holds, between what the flow copied, records that were written there, which the flow
 * back has copied to the source. A group has read of those what lies before its offset on the source.
 *
 *     source   s0 t0 s1 | s2 t1         the group goes on at s2
 *     target   t0 s0 t1 s1 s2           the flow's map says s2, the map of the flow back says t1
 *
 * So it goes on at the earliest that any of the maps says: there is no record before that it has not
 * read. Some that follow it has read; one offset cannot say that. Where the earliest is the mere end
 * of a map, records may follow of which other maps tell that they are read: those are passed.
 */
import type { FlowSettings, ProvenanceFlow } from '../config/flow-settings.ts';
import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';
import { topicWays } from '../provenance/topic-ways.ts';
import { type Detour, detoursOf } from '../provenance/ways.ts';
import type { Direction } from '../state/offset-map.ts';
import type { TranslatedPartition, Translation, TranslationRequest } from '../state/ports.ts';
import type { PartitionView } from './partitions.ts';
import { type Bound, type OtherWays, type Pages, passRead } from './pass-read.ts';
import type { DownstreamPosition } from './positions.ts';
import type { OffsetMap } from './runs-between.ts';

/** Undefined where no record can come by another flow. */
export function otherWays(
  settings: Pick<FlowSettings, 'source' | 'target' | 'topics' | 'provenance'>,
  mapOf: OtherWays['mapOf'],
): OtherWays | undefined {
  const { source, target, provenance } = settings;
  if (provenance === undefined) return undefined;
  const waysOf = topicWays(provenance.flows, settings);
  const flow = { source: source.alias, target: target.alias };
  return { flow, waysOf, mapOf };
}

/** From the source to the target, step by step, by the maps of other flows. */
interface Walk {
  partition: PartitionView;
  steps: readonly Step[];
  /** Where each position of the partition has come to; on the target at the end. */
  offsets: readonly bigint[];
}

interface Step {
  flow: ProvenanceFlow;
  direction: Direction;
}

/** Takes every position that has an offset back to the first record that its group has not read. */
export async function takeBack(
  partitions: readonly PartitionView[],
  others: OtherWays,
  pages?: Pages,
): Promise<MirrorlessError[]> {
  const failures: MirrorlessError[] = [];
  const bounds = new Map<PartitionView, Bound[]>();
  let walks = partitions.flatMap((partition) => walksOf(partition, others));
  while (walks.length > 0) {
    const groups = [...Map.groupBy(walks, ({ steps }) => keyOf(steps[0]!)).values()];
    const outcomes = await Promise.all(groups.map((group) => stepOn(group, others.mapOf)));
    failures.push(...outcomes.flatMap((outcome) => outcome.failures));
    for (const { partition, bound } of outcomes.flatMap(({ arrived }) => arrived)) {
      bounds.set(partition, [...(bounds.get(partition) ?? []), bound]);
    }
    walks = outcomes.flatMap(({ ahead }) => ahead);
  }
  failures.push(...(await passRead(bounds, others, pages)));
  return failures;
}

function walksOf(partition: PartitionView, { flow, waysOf }: OtherWays): Walk[] {
  // Heartbeats change their names, and come by one flow alone.
  const keepsName = partition.topic === partition.remoteTopic;
  if (!keepsName || partition.positions.length === 0) return [];
  return detoursOf(flow, waysOf(partition.topic)).map((detour) => walkOf(partition, detour));
}

function walkOf(partition: PartitionView, { back, forth }: Detour<ProvenanceFlow>): Walk {
  const steps: Step[] = [
    ...back.map((flow): Step => ({ flow, direction: 'upstream' })),
    ...forth.map((flow): Step => ({ flow, direction: 'downstream' })),
  ];
  return { partition, steps, offsets: partition.positions.map((each) => each.upstreamOffset) };
}

function keyOf({ flow, direction }: Step): string {
  return `${flow.source}->${flow.target} ${direction}`;
}

interface Outcome {
  ahead: Walk[];
  arrived: { partition: PartitionView; bound: Bound }[];
  failures: MirrorlessError[];
}

/** A step of walks that all take the same. What a walk cannot pass is said of its positions. */
async function stepOn(walks: readonly Walk[], mapOf: OtherWays['mapOf']): Promise<Outcome> {
  const { flow, direction } = walks[0]!.steps[0]!;
  const answers = await offsetsBeyond(mapOf(flow), walks, direction);
  const outcome: Outcome = { ahead: [], arrived: [], failures: [] };
  for (const [index, walk] of walks.entries()) {
    const answer = answers[index]!;
    const [, ...steps] = walk.steps;
    if (!answer.ok) {
      outcome.failures.push(answer.error);
      setAll(walk, { status: 'unknown', error: answer.error });
    } else if (answer.value === undefined) {
      outcome.ahead.push(...withoutMap(walk));
    } else if (steps.length > 0) {
      outcome.ahead.push({ ...walk, steps, offsets: answer.value.offsets });
    } else {
      const bound = { flow, direction, ...answer.value };
      outcome.arrived.push({ partition: walk.partition, bound });
    }
  }
  return outcome;
}

/** Before every map: what copied other records under these offsets tells nothing of it either. */
const nothingRead = -1n;

/** Offsets on the other side of a map, and where it ends there. */
type Beyond = Pick<Bound, 'offsets' | 'end'>;

/**
 * Where the offsets lie on the other side of a map: of the first record that it has at or after each,
 * and beyond its end what comes next. Undefined where it has none.
 *
 * Before its start that is the first record of all, if the map tells of all that was ever copied.
 * Otherwise records were copied before of which nobody knows any more whether they are read (the
 * cluster has deleted them there, or another generation copied them): then none counts as read.
 */
async function offsetsBeyond(
  map: OffsetMap,
  walks: readonly Walk[],
  direction: Direction,
): Promise<Settled<Beyond | undefined>[]> {
  try {
    const answers = await map.translate(walks.map(questionOf), direction);
    const starts = answers.map((answer) => (answer.ok ? beginning(answer.value, direction) : []));
    const questions = walks.map((walk, index) => questionOf({ ...walk, offsets: starts[index]! }));
    const isAny = starts.some(({ length }) => length > 0);
    const firsts = isAny ? await map.translate(questions, direction) : [];
    return answers.map((answer, index) => {
      if (!answer.ok) return answer;
      const first = firsts[index];
      if (first?.ok === false) return first;
      return { ok: true, value: beyond(answer.value, first?.value.translations[0], direction) };
    });
  } catch (cause) {
    const error = toMirrorlessError(cause);
    return walks.map(() => ({ ok: false, error }));
  }
}

function questionOf({ partition: { topic, partition }, offsets }: Walk): TranslationRequest {
  return { partition: { topic, partition }, offsets };
}

/** Where the map was begun, where offsets lie before its start. */
function beginning({ begun, translations }: TranslatedPartition, direction: Direction): bigint[] {
  const isAsked = translations.some(({ status }) => status === 'before-map');
  if (!isAsked || begun === undefined) return [];
  return [begun[direction === 'downstream' ? 'upstream' : 'downstream']];
}

function beyond(
  { end, translations }: TranslatedPartition,
  first: Translation | undefined,
  direction: Direction,
): Beyond | undefined {
  if (end === undefined) return undefined;
  // What was pruned does not tell of its beginning.
  const firstOfAll = first?.status === 'exact' ? first.offset : nothingRead;
  const offsets = translations.map((translation) => {
    if ('offset' in translation) return translation.offset;
    return translation.status === 'ahead' ? end[direction] : firstOfAll;
  });
  return { offsets, end: end[direction] };
}

/**
 * Nothing has come by a flow: to the source, then nothing of it is read; to the target, then nothing
 * of it is there. Of what was written on the target itself only the flow back says where it begins.
 */
function withoutMap(walk: Walk): Walk[] {
  const [{ direction }, ...rest] = walk.steps as [Step, ...Step[]];
  if (direction === 'downstream') return [];
  if (rest.length > 0)
    return [{ ...walk, steps: rest, offsets: walk.offsets.map(() => nothingRead) }];
  setAll(walk, { status: 'no-map' });
  return [];
}

function setAll({ partition }: Walk, downstream: DownstreamPosition): void {
  for (const position of partition.positions) {
    if ('offset' in position.downstream) position.downstream = downstream;
  }
}
