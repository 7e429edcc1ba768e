import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  absentGroups,
  planGroupSync,
  type SyncOutcome,
  type TargetGroup,
} from '../../../lib/checkpoint/group-sync-plan.ts';
import type { DownstreamPosition } from '../../../lib/checkpoint/positions.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import {
  ahead,
  beforeMap,
  committedAt,
  exact,
  groupAt,
  noMap,
  recreated,
  truncated,
  truncation,
  unknown,
} from './positions.ts';

const idle = (...offsets: bigint[]): TargetGroup => ({
  status: 'idle',
  committed: committedAt(...offsets),
});
const none = idle();
const live: TargetGroup = { status: 'live' };
const otherType: TargetGroup = { status: 'other-type' };
const error = new MirrorlessError('TARGET_NOT_READY', 'The coordinator is loading.');
const failed: TargetGroup = { status: 'failed', error };

const table: [why: string, DownstreamPosition, TargetGroup, SyncOutcome, bigint?][] = [
  ['a group that the target does not know is created', exact(40n), none, 'would-move'],
  ['also at the beginning', exact(0n), none, 'would-move'],
  ['an idle group moves forwards', exact(40n), idle(39n), 'would-move', 39n],
  ['an offset that was reset to -1 is none', exact(40n), idle(-1n), 'would-move'],
  ['nothing is written twice', exact(40n), idle(40n), 'already-there', 40n],
  ['never backwards', exact(40n), idle(41n), 'target-further', 41n],
  ['what is copied so far is better than nothing', ahead(40n), idle(20n), 'would-move', 20n],
  [
    'never backwards, also to the end of what is copied',
    ahead(40n),
    idle(41n),
    'target-further',
    41n,
  ],
  ['never over records that were not copied', beforeMap, idle(3n), 'before-map', 3n],
  ['never over records that were not copied', beforeMap, none, 'before-map'],
  ['never to a guess', noMap, none, 'no-map'],
  ['never beyond the end of the target', truncated, idle(9n), 'target-truncated', 9n],
  ['never into other records', recreated, idle(9n), 'source-recreated', 9n],
  ['never unknown', unknown, idle(9n), 'failed', 9n],
  ['never under a live group', exact(40n), live, 'live'],
  ['a live group is live first of all', noMap, live, 'live'],
  ['never a group of another kind', exact(40n), otherType, 'other-type'],
  ['never blind', exact(40n), failed, 'failed'],
];

describe('the plan of a group sync', () => {
  for (const [why, downstream, target, outcome, targetOffset] of table) {
    it(`${why}: ${downstream.status} → ${outcome}`, () => {
      const { partitions } = planGroupSync(groupAt('readers', [downstream]), target);
      assert.equal(partitions[0]?.outcome, outcome);
      assert.equal(partitions[0].targetOffset, targetOffset);
      assert.equal(partitions.length, 1);
    });
  }

  it('decides for each partition by itself', () => {
    const positions = groupAt('readers', [exact(40n), exact(40n), noMap, exact(7n)]);
    const { partitions } = planGroupSync(positions, idle(40n, 41n, 3n));
    assert.deepEqual(
      partitions.map(({ outcome }) => outcome),
      ['already-there', 'target-further', 'no-map', 'would-move'],
    );
  });

  it('looks at the remote topic, not at one that is named as on the source', () => {
    const committed = [{ topic: 'orders', partition: 0, offset: 99n, metadata: '' }];
    const plan = planGroupSync(groupAt('readers', [exact(40n)]), { status: 'idle', committed });
    assert.equal(plan.partitions[0]?.outcome, 'would-move');
  });

  it('says why there is nothing of a group', () => {
    const groups = [groupAt('here', [noMap])];
    const listed = new Set(['here', 'filtered']);
    assert.deepEqual(absentGroups(['here', 'filtered', 'gone'], { groups, listed }), [
      { group: 'filtered', reason: 'not-translated' },
      { group: 'gone', reason: 'gone' },
    ]);
    assert.deepEqual(absentGroups(['hidden'], { groups }), [
      { group: 'hidden', reason: 'unknown' },
    ]);
  });

  it('hands on why something is not known', () => {
    const failure = new MirrorlessError('UNAUTHORIZED', 'The source refused.');
    const plan = planGroupSync(groupAt('readers', [truncated], { failure }), none);
    assert.equal(plan.failure, failure);
    assert.equal(plan.partitions[0]?.error, truncation);
    assert.equal(planGroupSync(groupAt('readers', [noMap]), failed).partitions[0]?.error, error);
  });
});
