import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closedPosition, newestKey } from '../../../lib/state/items.ts';
import { append, emptySegment, runsOf } from '../../../lib/state/offset-map.ts';
import type { Advance, PartitionState, Run } from '../../../lib/state/ports.ts';
import { generationStep, isSameState, prunableKeys, stepsOf } from '../../../lib/state/steps.ts';

const sequences = 2 ** 31;

function stateAt(nextSequence: number): PartitionState {
  const segment = emptySegment(0n, 0n);
  return { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence, segment };
}

/** Runs of `lengths`, each after one skipped upstream offset. */
function advanceOf(from: PartitionState, lengths: readonly number[]): Advance {
  let { upstreamEnd, downstreamEnd } = from.segment;
  let { nextSequence } = from;
  const runs = lengths.map((length): Run => {
    const run = { upstream: upstreamEnd + 1n, downstream: downstreamEnd, length };
    upstreamEnd = run.upstream + BigInt(length);
    downstreamEnd += BigInt(length);
    nextSequence = (nextSequence + length) % sequences;
    return run;
  });
  return { runs, upstreamEnd, downstreamEnd, nextSequence };
}

test('an advance is one step, whether or not it closes segments', () => {
  const from = stateAt(5);
  const advance = advanceOf(from, [3, 4]);
  const { open } = append(from.segment, advance);
  const to = { ...from, segment: open, nextSequence: 12 };
  assert.deepEqual(stepsOf(from, advance), [{ from, to, closed: [] }]);
  const [step, ...others] = stepsOf(from, advanceOf(from, Array(60).fill(1)), 6);
  assert.equal(others.length, 0);
  assert.ok((step?.closed.length ?? 0) > 20);
});

test('any advance, in steps of 74 segments, leads through true states to the same map', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 400 });
  const sequence = fc.oneof(
    fc.nat(sequences - 1),
    fc.integer({ min: sequences - 500, max: sequences - 1 }),
  );
  fc.assert(
    fc.property(lengths, sequence, (all, nextSequence) => {
      const from = stateAt(nextSequence);
      const advance = advanceOf(from, all);
      const steps = stepsOf(from, advance, 1);
      const { closed, open } = append(from.segment, advance, 1);
      assert.deepEqual(
        steps.flatMap((step) => step.closed),
        closed,
      );
      assert.equal(steps.length, Math.max(1, Math.ceil(closed.length / 74)));
      let state = from;
      for (const step of steps) {
        assert.equal(step.from, state);
        state = step.to;
        const copied = Number(state.segment.downstreamEnd);
        assert.equal(state.nextSequence, (nextSequence + copied) % sequences);
        assert.ok(
          advance.runs.some(
            (run) => run.upstream + BigInt(run.length) === state.segment.upstreamEnd,
          ),
        );
      }
      assert.deepEqual(state, { ...from, segment: open, nextSequence: advance.nextSequence });
    }),
  );
});

test('the state between two steps is the newest of the segments that the next one closes', () => {
  const from = stateAt(0);
  const [first, second] = stepsOf(from, advanceOf(from, Array(100).fill(1)), 1);
  assert.equal(first?.to.segment, second?.closed[0]);
  assert.deepEqual([...runsOf(first?.to.segment ?? emptySegment(0n, 0n))].length, 1);
});

test('a generation closes the map of the one before, unless that is empty', () => {
  const empty = stateAt(9);
  const begun = emptySegment(4n, 5n);
  const to = { ...empty, generation: 1, producerEpoch: 1, nextSequence: 0, segment: begun };
  assert.deepEqual(generationStep(empty, begun), { from: empty, to, closed: [] });
  const used = { ...empty, segment: append(empty.segment, advanceOf(empty, [2])).open };
  assert.deepEqual(generationStep(used, begun).closed, [used.segment]);
});

test('states are the same only where everything is', () => {
  const state = {
    ...stateAt(1),
    segment: append(emptySegment(0n, 0n), advanceOf(stateAt(1), [2])).open,
  };
  assert.ok(isSameState(state, structuredClone(state)));
  const { segment } = state;
  const others: PartitionState[] = [
    { ...state, generation: 1 },
    { ...state, nextSequence: 2 },
    { ...state, producerId: 2n },
    { ...state, producerEpoch: 1 },
    { ...state, segment: { ...segment, upstreamStart: 1n } },
    { ...state, segment: { ...segment, downstreamStart: 1n } },
    { ...state, segment: { ...segment, upstreamEnd: 1n } },
    { ...state, segment: { ...segment, downstreamEnd: 1n } },
    { ...state, segment: { ...segment, packed: Uint8Array.of(1, 0, 3) } },
  ];
  for (const other of others)
    assert.ok(!isSameState(state, other), JSON.stringify(other.segment, String));
});

test('what is pruned lies before a segment that begins at or below the log start', () => {
  const { partition } = newestKey('a->b', { topic: 't', partition: 0 });
  const keys = [0n, 100n, 200n, 300n].map((downstreamStart) => ({
    key: { partition, position: { S: closedPosition(0, downstreamStart) } },
    downstreamStart,
  }));
  const prunedCount = (logStart: bigint) => prunableKeys(keys, logStart).length;
  assert.deepEqual([0n, 99n, 100n, 199n, 200n, 1000n].map(prunedCount), [0, 0, 1, 1, 2, 3]);
  assert.deepEqual(prunableKeys([], 5n), []);
  assert.deepEqual(
    prunableKeys(keys, 250n),
    keys.slice(0, 2).map(({ key }) => key),
  );
  const many = Array.from({ length: 40 }, () => keys[0] as (typeof keys)[0]);
  assert.equal(prunableKeys(many, 0n).length, 25);
  const ofOlderTarget = { ...(keys[0] as (typeof keys)[0]), downstreamStart: 9000n };
  assert.equal(prunableKeys([ofOlderTarget, ...keys], 150n).length, 2);
});
