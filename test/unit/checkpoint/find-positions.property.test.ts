import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findPositions } from '../../../lib/checkpoint/find-positions.ts';
import { modelledFlow } from './modelled-flow.ts';
import { expectedLag, expectedPosition, modelledPartition } from './modelled-partition.ts';

test('any offset, any gaps on both sides: the position is the one that brute force finds', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 });
  const partitions = fc.array(modelledPartition, { minLength: 1, maxLength: 4 });
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(partitions, fc.boolean(), async (modelled, startsAtEarliest) => {
      const { dependencies } = modelledFlow(modelled, { startsAtEarliest });
      const { groups, failures } = await findPositions(dependencies);
      assert.deepEqual(failures, []);
      for (const { positions } of groups) {
        for (const { partition, upstreamOffset, downstream } of positions) {
          const expected = expectedPosition(modelled[partition]!, upstreamOffset, {
            startsAtEarliest,
          });
          assert.deepEqual({ ...downstream }, expected);
          statuses.set(downstream.status, (statuses.get(downstream.status) ?? 0) + 1);
        }
      }
      const found = groups.flatMap(({ positions }) => positions).length;
      assert.equal(found, modelled.flatMap(({ committed }) => committed).length);
    }),
    { numRuns: 300 },
  );
  for (const status of ['exact', 'ahead', 'before-map', 'no-map']) {
    assert.ok((statuses.get(status) ?? 0) > 20, `${status}: ${statuses.get(status)}`);
  }
});

test('any lag is that of the first record that is not read; in time as far as was looked', async (t) => {
  const nowMs = 1_800_000_000_000;
  t.mock.timers.enable({ apis: ['Date'], now: nowMs });
  const partitions = fc.array(modelledPartition, { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(partitions, fc.nat(9), async (modelled, lagRounds) => {
      const { dependencies } = modelledFlow(modelled, { startsAtEarliest: true });
      const found = await findPositions(dependencies, { lagRounds });
      for (const { partition, lag } of found.partitions) {
        const model = modelled[partition]!;
        const from = model.segments.at(-1)?.upstreamEnd ?? 0n;
        assert.deepEqual({ ...lag }, expectedLag(model, from, nowMs));
      }
      assert.equal(found.partitions.length, modelled.length);
      for (const { partition, upstreamOffset, lag } of found.groups.flatMap((g) => g.positions)) {
        const model = modelled[partition]!;
        const isLookedAt = lag?.timeMs !== undefined;
        const notLooked = { records: BigInt(model.log.end) - upstreamOffset };
        const expected = isLookedAt ? expectedLag(model, upstreamOffset, nowMs) : notLooked;
        assert.deepEqual({ ...lag }, expected);
        if (lagRounds === 9) assert.ok(isLookedAt);
      }
    }),
    { numRuns: 120 },
  );
});
