import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finalVerdict, planFinal } from '../../../lib/checkpoint/final-plan.ts';
import {
  type GroupSync,
  planGroupSync,
  type TargetGroup,
} from '../../../lib/checkpoint/group-sync-plan.ts';
import type { DownstreamPosition, GroupPositions } from '../../../lib/checkpoint/positions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import {
  ahead,
  beforeMap,
  committedAt,
  exact,
  groupAt,
  noMap,
  recreated,
  sampled,
  truncated,
} from './positions.ts';

function plan(
  downstream: readonly DownstreamPosition[],
  { target = idle(), source = {} }: { target?: TargetGroup; source?: Partial<GroupPositions> } = {},
): GroupSync {
  return planFinal(planGroupSync(groupAt('readers', downstream, source), target));
}

const idle = (...offsets: bigint[]): TargetGroup => ({
  status: 'idle',
  committed: committedAt(...offsets),
});

const said = (planned: GroupSync): [string[], string] => [
  planned.partitions.map(({ outcome }) => outcome),
  finalVerdict(planned),
];

describe('the plan of a final sync', () => {
  it('moves a group whose every position is exact', () => {
    const planned = plan([exact(40n), exact(7n)], { target: idle(40n) });
    assert.deepEqual(said(planned), [['already-there', 'would-move'], 'ready']);
    const moved = planned.partitions.map((one) => ({ ...one, outcome: 'moved' as const }));
    assert.equal(finalVerdict({ ...planned, partitions: moved }), 'ready');
  });

  it('is done where the target was read and stands exactly there', () => {
    assert.deepEqual(said(plan([exact(40n)], { target: idle(40n) })), [['already-there'], 'done']);
  });

  it('waits for what is not copied yet, and moves nothing of the group before', () => {
    const planned = plan([ahead(40n), exact(7n), noMap]);
    assert.deepEqual(said(planned), [['ahead', 'held-back', 'no-map'], 'waiting']);
    const there = plan([ahead(40n)], { target: idle(40n) });
    assert.deepEqual(said(there), [['ahead'], 'waiting']);
  });

  it('waits while the group has members, on either side', () => {
    for (const state of ['Stable', 'PreparingRebalance', 'Assigning']) {
      const planned = plan([exact(40n), exact(7n)], { target: idle(40n), source: { state } });
      assert.deepEqual(said(planned), [['source-live', 'source-live'], 'waiting']);
    }
    const onTarget = plan([exact(40n)], { target: { status: 'live' } });
    assert.deepEqual(said(onTarget), [['live'], 'waiting']);
  });

  it('does not wait for what cannot come', () => {
    for (const downstream of [beforeMap, truncated, recreated]) {
      const planned = plan([downstream, exact(7n)]);
      assert.deepEqual(said(planned), [[downstream.status, 'held-back'], 'blocked']);
    }
    const further = plan([exact(40n), exact(7n)], { target: idle(41n) });
    assert.deepEqual(said(further), [['target-further', 'held-back'], 'blocked']);
    const shared = plan([exact(40n)], { target: { status: 'other-type' } });
    assert.deepEqual(said(shared), [['other-type'], 'blocked']);
  });

  it('moves to a place that is not exact only where that is allowed', () => {
    const positions = [sampled(40n), exact(7n)];
    assert.deepEqual(said(plan(positions)), [['sampled', 'held-back'], 'blocked']);
    assert.deepEqual(said(plan([sampled(40n)], { target: idle(40n) })), [['sampled'], 'blocked']);
    const planned = planGroupSync(groupAt('readers', positions), idle(40n));
    const allowed = planFinal(planned, { allowSampled: true });
    assert.deepEqual(said(allowed), [['already-there', 'would-move'], 'ready']);
  });

  it('waits where the group may still pass what is in its way', () => {
    const source = { state: 'Stable' };
    const further = plan([exact(40n)], { target: idle(41n), source });
    assert.deepEqual(said(further), [['target-further'], 'waiting']);
    const copying = plan([ahead(40n)], { target: idle(41n) });
    assert.deepEqual(said(copying), [['ahead'], 'waiting']);
    assert.deepEqual(said(plan([beforeMap], { source })), [['before-map'], 'waiting']);
  });

  it('moves nothing of a group that is not known whole', () => {
    for (const [code, verdict] of [
      ['SOURCE_NOT_READY', 'waiting'],
      ['STATE_CORRUPT', 'blocked'],
    ] as const) {
      const failure = new MirrorlessError(code, 'Something is missing.');
      const planned = plan([exact(40n)], { source: { failure } });
      assert.deepEqual(said(planned), [['held-back'], verdict]);
      const there = plan([exact(40n)], { source: { failure }, target: idle(40n) });
      assert.deepEqual(said(there), [['already-there'], verdict]);
    }
  });

  it('tries again what failed, where that can help', () => {
    for (const [code, verdict] of [
      ['TARGET_NOT_READY', 'waiting'],
      ['INTERNAL', 'blocked'],
    ] as const) {
      const error = new MirrorlessError(code, 'The target refused.');
      const planned = plan([exact(40n)], { target: { status: 'failed', error } });
      assert.deepEqual(said(planned), [['failed'], verdict]);
    }
  });
});
