import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { syncGroups } from '../../../lib/checkpoint/group-sync.ts';
import { translatedOffset } from '../../../lib/checkpoint/group-sync-plan.ts';
import {
  ahead,
  beforeMap,
  committedAt,
  exact,
  groupAt,
  noMap,
  recreated,
  truncated,
  unknown,
} from './positions.ts';
import { type SimulatedGroup, SimulatedGroups } from './simulated-groups.ts';

const offset = fc.bigInt({ min: -1n, max: 20n });
const downstream = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }).map(exact),
  fc.bigInt({ min: 0n, max: 20n }).map(ahead),
  fc.constantFrom(beforeMap, noMap, truncated, recreated, unknown),
);
const state = fc.constantFrom('Empty', 'Dead', 'Stable', 'PreparingRebalance', 'Assigning');
const onTarget = fc.option(
  fc.record({
    state,
    protocolType: fc.constantFrom('consumer', '', 'share'),
    isHidden: fc.boolean(),
    committed: fc.array(offset, { maxLength: 4 }).map((offsets) => committedAt(...offsets)),
  }),
  { nil: undefined },
);
const groups = fc.array(
  fc.record({ downstream: fc.array(downstream, { maxLength: 4 }), onTarget }),
  {
    maxLength: 120,
    size: 'max',
  },
);

test('never backwards, never under a live group, never to a guess; the result says what is', async () => {
  await fc.assert(
    fc.asyncProperty(groups, fc.boolean(), async (cases, dryRun) => {
      const positions = cases.map((one, index) => groupAt(`group-${index}`, one.downstream));
      const before = simulate(cases);
      const target = simulate(cases);
      const result = await syncGroups({ positions, target, dryRun });
      assert.deepEqual(
        result.groups.map(({ group }) => group),
        positions.map(({ group }) => group),
      );
      for (const { group, partitions } of result.groups) {
        const [was, is] = [before.committedBy(group), target.committedBy(group)];
        const { state = 'Empty', protocolType = '' } = before.groups.get(group) ?? {};
        const mayMove = !dryRun && ['Empty', 'Dead'].includes(state);
        for (const [key, offset] of Object.entries(was)) assert.ok(is[key]! >= offset, key);
        for (const { position, outcome } of partitions) {
          const key = `${position.remoteTopic}-${position.partition}`;
          if (is[key] !== was[key]) {
            assert.ok(mayMove);
            assert.equal(outcome, 'moved');
          }
          if (outcome === 'moved' || outcome === 'already-there') {
            assert.equal(is[key], translatedOffset(position));
          }
          if (mayMove && protocolType !== 'share' && outcome !== 'target-further') {
            assert.equal(is[key], translatedOffset(position) ?? was[key]);
          }
        }
      }
    }),
  );
});

test('a second run has nothing left to move', async () => {
  await fc.assert(
    fc.asyncProperty(groups, async (cases) => {
      const positions = cases.map((one, index) => groupAt(`group-${index}`, one.downstream));
      const target = simulate(cases);
      await syncGroups({ positions, target });
      const { groups: again } = await syncGroups({ positions, target });
      const outcomes = again.flatMap(({ partitions }) => partitions.map((one) => one.outcome));
      assert.ok(!outcomes.includes('moved'));
    }),
  );
});

function simulate(cases: readonly { onTarget: SimulatedGroup | undefined }[]): SimulatedGroups {
  return new SimulatedGroups(
    Object.fromEntries(
      cases.flatMap(({ onTarget }, index) =>
        onTarget === undefined ? [] : [[`group-${index}`, structuredClone(onTarget)]],
      ),
    ),
  );
}
