/** The offset map against brute force: where the copy of each record really is. */
import type { Translation } from '../../../lib/state/ports.ts';
import type { Pair } from './alignment.ts';
import type { Findings } from './findings.ts';
import type { PartitionDump } from './records.ts';

/** The map under test, as `StateStore.translate` answers; `direction` is where the answer lies. */
export type Translate = (
  partition: number,
  offset: bigint,
  direction: 'downstream' | 'upstream',
) => Translation | Promise<Translation>;

interface Question {
  partition: number;
  source: PartitionDump;
  target: PartitionDump;
  /** Source records with their copies, ascending on both sides. */
  pairs: readonly Pair[];
  translate: Translate;
}

interface Direction {
  /** The offsets asked for: every one from `start` to one beyond `end`. */
  start: bigint;
  end: bigint;
  /** The positions of the records on the side asked from, and of their copies. */
  positions: readonly bigint[];
  answers: readonly bigint[];
  /** The end of the side asked about. */
  answersEnd: bigint;
  ask(offset: bigint): Translation | Promise<Translation>;
}

/** Every offset of both dumps, gaps and ends included, in both directions. */
export async function checkOffsetMap(findings: Findings, question: Question): Promise<void> {
  const { partition, source, target, pairs, translate } = question;
  const upstream = pairs.map((pair) => pair.source.offset);
  const downstream = pairs.map((pair) => pair.copy.offset);
  const teller = (side: 'upstream' | 'downstream'): Tell => {
    return (offset, detail) => {
      findings.result.mapChecked += 1;
      if (detail === undefined) return;
      findings.add({ kind: 'mapWrong', partition, [side]: offset, detail });
    };
  };
  const down: Direction = {
    start: source.start,
    end: source.end,
    positions: upstream,
    answers: downstream,
    answersEnd: target.end,
    ask: (offset) => translate(partition, offset, 'downstream'),
  };
  const up: Direction = {
    start: target.start,
    end: target.end,
    positions: downstream,
    answers: upstream,
    answersEnd: source.end,
    ask: (offset) => translate(partition, offset, 'upstream'),
  };
  if (pairs.length === 0) return;
  const downEnd = await checkDirection(down, teller('upstream'));
  const upEnd = await checkDirection(up, teller('downstream'));
  if (downEnd.offset === upEnd.answer && downEnd.answer === upEnd.offset) return;
  const detail =
    `downstream the map ends at ${downEnd.offset} -> ${downEnd.answer}, ` +
    `upstream at ${upEnd.offset} -> ${upEnd.answer}`;
  findings.add({ kind: 'mapWrong', partition, detail });
}

/** The last offset that has a position on the other side, and that position. */
interface MapEnd {
  offset: bigint | undefined;
  answer: bigint | undefined;
}

/** Called for every offset: with what is wrong, or undefined. */
type Tell = (offset: bigint, detail: string | undefined) => void;

async function checkDirection(direction: Direction, tell: Tell): Promise<MapEnd> {
  const { positions, answers } = direction;
  const head = headJudge(positions[0]!, answers[0]!);
  const tail = tailJudge(direction);
  let next = 0;
  for (let offset = direction.start; offset <= direction.end + 1n; offset += 1n) {
    const asked = direction.ask(offset);
    const answer = asked instanceof Promise ? await asked : asked;
    while (next < positions.length && positions[next]! < offset) next += 1;
    if (offset < positions[0]!) tell(offset, head(offset, answer));
    else if (next === positions.length) tell(offset, tail.judge(offset, answer));
    else tell(offset, isExact(answer, answers[next]!) ? undefined : wrong(answer, answers[next]!));
  }
  return tail.mapEnd();
}

/**
 * Before the first copied record the dumps cannot say where the map begins, but it begins once: all
 * before is `before-map` with the same start, all from there on is the first copy.
 */
function headJudge(first: bigint, answerOfFirst: bigint) {
  let mapStart: bigint | undefined;
  return (offset: bigint, answer: Translation): string | undefined => {
    if (answer.status === 'before-map') mapStart ??= answer.mapStart;
    mapStart ??= offset;
    if (mapStart > first) return `the map starts at ${mapStart}, after the first record ${first}`;
    if (offset >= mapStart) {
      return isExact(answer, answerOfFirst) ? undefined : wrong(answer, answerOfFirst);
    }
    const isBefore = answer.status === 'before-map' && answer.mapStart === mapStart;
    return isBefore ? undefined : `${shown(answer)} instead of before-map ${mapStart}`;
  };
}

/**
 * After the last copied record come its next position, which must be known, and perhaps more that
 * holds no record of ours (markers, foreign records): the map ends somewhere there, once, within
 * the log, and is `ahead` from then on. Up to there the answer is the next position on the other
 * side, which too may lie after such offsets.
 */
function tailJudge({ positions, answers, answersEnd, end }: Direction) {
  const first = positions.at(-1)! + 1n;
  let next: bigint | undefined;
  let mapEnd: bigint | undefined;
  const judge = (offset: bigint, answer: Translation): string | undefined => {
    if (answer.status === 'exact' && mapEnd === undefined && offset <= end) {
      next ??= answer.offset;
      const within = next > answers.at(-1)! && next <= answersEnd && answer.offset === next;
      return within ? undefined : `${shown(answer)} is not the next offset after the last copy`;
    }
    if (offset === first) return `${shown(answer)} instead of the next offset after the last copy`;
    mapEnd ??= offset - 1n;
    const isAhead = answer.status === 'ahead' && answer.mapEnd === mapEnd;
    return isAhead ? undefined : `${shown(answer)} instead of ahead ${mapEnd}`;
  };
  return { judge, mapEnd: (): MapEnd => ({ offset: mapEnd, answer: next }) };
}

function isExact(answer: Translation, offset: bigint): boolean {
  return answer.status === 'exact' && answer.offset === offset;
}

function wrong(answer: Translation, expected: bigint): string {
  return `${shown(answer)} instead of exact ${expected}`;
}

function shown(answer: Translation): string {
  switch (answer.status) {
    case 'exact':
      return `exact ${answer.offset}`;
    case 'before-map':
      return `before-map ${answer.mapStart}`;
    case 'ahead':
      return `ahead ${answer.mapEnd}`;
    case 'no-map':
      return 'no-map';
  }
}
