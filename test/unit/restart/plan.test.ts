import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DetectedStateName } from '../../../lib/discovery/detected-states.ts';
import {
  newStarts,
  type RestartRules,
  restartedPartitions,
  type SeenPartition,
  type SeenTopic,
  whyRefused,
} from '../../../lib/restart/plan.ts';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import type { PartitionState } from '../../../lib/state/ports.ts';

function seen(states: [DetectedStateName, number?][], rest: Partial<SeenTopic> = {}): SeenTopic {
  return {
    ...{ topic: 'orders', remoteTopic: 'us.orders', isMirrored: true, isOnSource: true },
    isRestarting: false,
    states: states.map(([state, partition]) => ({
      ...{ state, topic: 'orders', what: 'so it is', sinceMs: 1 },
      ...(partition !== undefined && { partition }),
    })),
    ...rest,
  };
}

const earliest: RestartRules = { from: 'earliest', force: false };
const progress: RestartRules = { from: 'progress', force: false };

describe('a topic', () => {
  it('is refused where a restart is no help, or nothing is the matter', () => {
    assert.match(whyRefused(seen([]), earliest)!, /nothing to restart$/);
    assert.match(
      whyRefused(seen([['source-truncated', 1]]), earliest)!,
      /against source-truncated/,
    );
    assert.match(whyRefused(seen([], { isMirrored: false }), earliest)!, /does not mirror/);
    const gone = seen([['source-deleted']], { isOnSource: false });
    assert.match(whyRefused(gone, { ...earliest, force: true })!, /does not list/);
  });

  it('is restarted for what it helps against, by force, and to complete a restart', () => {
    assert.equal(whyRefused(seen([['target-deleted']]), earliest), undefined);
    assert.equal(whyRefused(seen([['target-recreated']]), progress), undefined);
    assert.equal(whyRefused(seen([]), { ...earliest, force: true }), undefined);
    assert.equal(whyRefused(seen([], { isRestarting: true }), earliest), undefined);
  });

  it('does not go on from a progress that speaks of other records', () => {
    for (const state of ['source-recreated', 'source-rewound'] as const) {
      assert.match(whyRefused(seen([[state, 0]]), progress)!, /from earliest$/);
    }
  });

  it('begins anew in the partitions that are concerned', () => {
    const some = seen([
      ['target-truncated', 2],
      ['source-truncated', 1],
    ]);
    assert.deepEqual(restartedPartitions(some, earliest), new Set([2]));
    assert.equal(restartedPartitions(some, { force: true }), 'all');
    assert.equal(restartedPartitions(seen([['source-recreated']]), earliest), 'all');
  });
});

function state(upstream: bigint, downstream: bigint, rest: Partial<PartitionState> = {}) {
  const identity = { producerId: 7n, producerEpoch: 0, generation: 0, nextSequence: 5 };
  const segment = { ...emptySegment(0n, 0n), upstreamEnd: upstream, downstreamEnd: downstream };
  return { ...identity, segment: { ...segment, packed: new Uint8Array([1]) }, ...rest };
}

function partition(rest: Partial<SeenPartition> = {}): SeenPartition {
  return {
    partition: 0,
    state: state(100n, 90n),
    source: { start: 10n, end: 120n },
    target: { start: 0n, end: 95n },
    ...rest,
  };
}

describe('a partition', () => {
  it('begins at the start of the source’s log, behind what the target has', () => {
    const [start] = newStarts([partition()], 'earliest', 'all');
    assert.deepEqual(
      { ...start, ended: start?.ended !== undefined },
      {
        partition: 0,
        upstream: 10n,
        downstream: 95n,
        toCopyCount: 110n,
        ended: true,
        isRead: true,
      },
    );
  });

  it('goes on from progress, and not below what the source still has', () => {
    const upstreams = [100n, 5n].map(
      (upstream) => newStarts([partition({ state: state(upstream, 90n) })], 'progress', 'all')[0],
    );
    assert.deepEqual(
      upstreams.map((start) => start?.upstream),
      [100n, 10n],
    );
  });

  it('of which nothing was copied is begun with by its mapping alone', () => {
    const { state: _, ...fresh } = partition();
    const [start] = newStarts([fresh], 'earliest', 'all');
    assert.deepEqual([start?.upstream, start?.ended, start?.isRead], [10n, undefined, true]);
    assert.deepEqual(newStarts([fresh], 'progress', 'all'), []);
  });

  it('that the source does not have any more begins at 0, should it come again', () => {
    const { source: _, target: __, ...gone } = partition();
    const [start] = newStarts([gone], 'earliest', 'all');
    assert.deepEqual([start?.upstream, start?.downstream, start?.isRead], [0n, 0n, false]);
  });

  it('that has begun already is left alone', () => {
    const begun = state(10n, 95n, { generation: 1, segment: emptySegment(10n, 95n) });
    const [start] = newStarts([partition({ state: begun })], 'earliest', 'all');
    assert.equal(start?.ended, undefined);
  });

  it('that is not concerned is left alone', () => {
    assert.deepEqual(newStarts([partition()], 'earliest', new Set([1])), []);
  });
});
