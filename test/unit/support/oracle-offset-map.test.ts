import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Translation } from '../../../lib/state/ports.ts';
import { awkwardWriter, foreignRecords } from '../../support/oracle/awkward.ts';
import { checkReplication } from '../../support/oracle/checker.ts';
import { assertFaithful } from '../../support/oracle/findings.ts';
import { handMadeDump } from '../../support/oracle/hand-made.ts';
import type { Translate } from '../../support/oracle/offset-map-check.ts';
import type { PartitionDump } from '../../support/oracle/records.ts';

/** Where each record is on either side, and where the map begins and ends: what a map knows. */
interface Model {
  upstream: bigint[];
  downstream: bigint[];
  start: { upstream: bigint; downstream: bigint };
  end: { upstream: bigint; downstream: bigint };
}

const records = awkwardWriter('p1').records(0, 8);
/** Gaps at the start, in the middle and at the end, of both sides, at different places. */
const upstream = [3n, 4n, 5n, 9n, 10n, 11n, 15n, 16n];
const downstream = [2n, 3n, 7n, 8n, 9n, 10n, 11n, 20n];
const source = handMadeDump(records, upstream, 18n);
const target = handMadeDump(records, downstream, 24n);
const model: Model = {
  upstream,
  downstream,
  start: { upstream: 3n, downstream: 2n },
  end: { upstream: 17n, downstream: 21n },
};

describe('a right map is right wherever it may begin and end', () => {
  const variants: Record<string, Partial<Model>> = {
    'from the first record to the last': {},
    'from before the first record': { start: { upstream: 0n, downstream: 0n } },
    'beyond the last record on the source': { end: { upstream: 18n, downstream: 21n } },
    'beyond the last record on the target': { end: { upstream: 17n, downstream: 24n } },
  };
  for (const [name, variant] of Object.entries(variants)) {
    test(name, async () => {
      const result = await checkWith(mapOf({ ...model, ...variant }));
      assertFaithful(result);
      assert.equal(result.mapChecked, 20 + 26);
    });
  }

  test('answers may come later', async () => {
    const map = mapOf(model);
    assertFaithful(await checkWith(async (...question) => map(...question)));
  });
});

describe('a wrong answer at any one offset is found, in either direction', () => {
  for (const [direction, ends] of [
    ['downstream', 19n],
    ['upstream', 25n],
  ] as const) {
    for (let wrongAt = 0n; wrongAt <= ends; wrongAt += 1n) {
      test(`${direction} of ${wrongAt}`, async () => {
        for (const corrupt of corruptions) {
          const right = mapOf(model);
          const result = await checkWith((partition, offset, asked) => {
            const answer = right(partition, offset, asked) as Translation;
            return asked === direction && offset === wrongAt ? corrupt(answer) : answer;
          });
          assert.ok(result.mapWrong >= 1, `${corrupt} stayed unseen`);
          assert.throws(() => assertFaithful(result), /wrong in the offset map/);
        }
      });
    }
  }
});

test('a map that is shifted everywhere is found', async () => {
  const right = mapOf(model);
  for (const shift of [-1n, 1n]) {
    const result = await checkWith((partition, offset, direction) =>
      right(partition, offset + shift, direction),
    );
    assert.ok(result.mapWrong > 5);
  }
});

test('a map that does not exist, or ends too early or beyond the log, is found', async () => {
  assert.ok((await checkWith(() => ({ status: 'no-map' }))).mapWrong > 16);
  for (const end of [16n, 19n]) {
    const result = await checkWith(mapOf({ ...model, end: { ...model.end, upstream: end } }));
    assert.ok(result.mapWrong > 0, `upstream end ${end}`);
  }
  for (const end of [20n, 25n]) {
    const result = await checkWith(mapOf({ ...model, end: { ...model.end, downstream: end } }));
    assert.ok(result.mapWrong > 0, `downstream end ${end}`);
  }
});

test('a map that begins after the first record is found', async () => {
  const late = mapOf({ ...model, start: { upstream: 4n, downstream: 3n } });
  const result = await checkWith(late);
  assert.ok(result.mapWrong > 0);
});

test('foreign records are gaps of the target', async () => {
  const foreign = handMadeDump(foreignRecords(0, 3), [4n, 12n, 22n]);
  const mixed: PartitionDump = {
    ...target,
    records: [...target.records, ...foreign.records].sort((a, b) => Number(a.offset - b.offset)),
  };
  assertFaithful(await checkReplication([source], [mixed], { translate: mapOf(model) }));
});

test('random gaps: the right map is right, and wrong at one offset is wrong', async () => {
  const gaps = fc.array(fc.nat({ max: 3 }), { minLength: 9, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(gaps, gaps, fc.nat(), async (upstreamGaps, downstreamGaps, seed) => {
      const [ups, upEnd] = positionsOf(upstreamGaps);
      const [downs, downEnd] = positionsOf(downstreamGaps);
      const map = mapOf({
        upstream: ups,
        downstream: downs,
        start: { upstream: ups[0]!, downstream: downs[0]! },
        end: { upstream: ups.at(-1)! + 1n, downstream: downs.at(-1)! + 1n },
      });
      const sides = [
        [handMadeDump(records, ups, upEnd)],
        [handMadeDump(records, downs, downEnd)],
      ] as const;
      assertFaithful(await checkReplication(...sides, { translate: map }));
      const wrongAt = BigInt(seed) % (upEnd + 1n);
      const translate: Translate = (partition, offset, direction) => {
        const answer = map(partition, offset, direction) as Translation;
        return direction === 'downstream' && offset === wrongAt ? shifted(answer, 1n) : answer;
      };
      const { mapWrong } = await checkReplication(...sides, { translate });
      assert.ok(mapWrong > 0);
    }),
    // One offset before the first record, and a map that claims to begin after that record.
    { examples: [[[1, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0], 0]] },
  );
});

const corruptions: ((answer: Translation) => Translation)[] = [
  (answer) => shifted(answer, 1n),
  (answer) => shifted(answer, -1n),
  () => ({ status: 'no-map' }),
];

function shifted(answer: Translation, by: bigint): Translation {
  switch (answer.status) {
    case 'exact':
    case 'sampled':
      return { ...answer, offset: answer.offset + by };
    case 'before-map':
      return { ...answer, mapStart: answer.mapStart + by };
    case 'ahead':
      return { ...answer, mapEnd: answer.mapEnd + by };
    case 'no-map':
      return { status: 'exact', offset: by };
  }
}

function checkWith(translate: Translate) {
  return checkReplication([source], [target], { translate });
}

/** Brute force over the records, as the design words it. */
function mapOf({ upstream, downstream, start, end }: Model): Translate {
  const sides = { upstream, downstream };
  return (_, offset, direction) => {
    const side = direction === 'downstream' ? 'upstream' : 'downstream';
    if (offset < start[side]) return { status: 'before-map', mapStart: start[side] };
    if (offset > end[side]) return { status: 'ahead', mapEnd: end[side] };
    const index = sides[side].findIndex((position) => position >= offset);
    return { status: 'exact', offset: index === -1 ? end[direction] : sides[direction][index]! };
  };
}

function positionsOf(gaps: readonly number[]): [positions: bigint[], end: bigint] {
  const positions: bigint[] = [];
  let next = 0n;
  for (const gap of gaps.slice(0, -1)) {
    positions.push(next + BigInt(gap));
    next += BigInt(gap) + 1n;
  }
  return [positions, next + BigInt(gaps.at(-1)!)];
}
