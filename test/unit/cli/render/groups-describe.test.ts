import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  type DescribedGroup,
  explainDownstream,
  groupJson,
  renderGroup,
} from '../../../../lib/cli/render/groups-describe.ts';
import {
  ahead,
  beforeMap,
  exact,
  groupAt,
  noMap,
  truncated,
  truncation,
} from '../../checkpoint/positions.ts';

const now = Date.UTC(2026, 10, 21);
const { positions } = groupAt('readers', [exact(480n), ahead(380n), beforeMap]);
const group: DescribedGroup = {
  ...groupAt('readers', []),
  positions: [
    { ...positions[0]!, lag: { records: 1234n, timeMs: 75_000 } },
    { ...positions[1]!, lag: { records: 0n } },
    positions[2]!,
  ],
  flow: 'source->target',
  isTargetListed: true,
  sourceEnds: [1734n, 500n, undefined],
  published: {
    group: 'readers',
    publishedAtMs: now - 5000,
    checkpoints: [
      {
        topic: 'orders',
        partition: 0,
        upstreamOffset: 490n,
        downstreamOffset: 470n,
        metadata: '',
        exactness: 'exact',
      },
    ],
  },
};

it('shows a group partition by partition', () => {
  assert.deepEqual(renderGroup(group, now), [
    'readers   source: Empty   target: not there   checkpoints published: 5.0 s ago',
    'TOPIC   PARTITION  CURRENT-OFFSET  LOG-END-OFFSET    LAG    LAG-TIME  TARGET-OFFSET  EXACTNESS   CHECKPOINT',
    'orders          0             500            1734  1,234  1 min 15 s            480  exact        490 → 470',
    'orders          1             500             500      0           ?            380  ahead                -',
    'orders          2             500               ?      ?           ?              -  before-map           -',
  ]);
  assert.match(renderGroup({ ...group, isTargetListed: false }, now)[0]!, /target: \? /);
  assert.match(renderGroup({ ...group, targetState: 'Stable' }, now)[0]!, /target: Stable /);
});

it('gives machines every field of every partition', () => {
  const json = JSON.parse(JSON.stringify(groupJson(group)));
  assert.deepEqual(json.partitions[0], {
    topic: 'orders',
    partition: 0,
    remoteTopic: 'source.orders',
    upstreamOffset: '500',
    upstreamEnd: '1734',
    lagRecords: '1234',
    lagMs: 75_000,
    translatedOffset: '480',
    exactness: 'exact',
    reason: null,
    checkpoint: { upstreamOffset: '490', downstreamOffset: '470', exactness: 'exact' },
  });
  const { upstreamEnd, lagRecords, lagMs, translatedOffset, checkpoint } = json.partitions[2];
  assert.deepEqual(
    [upstreamEnd, lagRecords, lagMs, translatedOffset, checkpoint],
    [null, null, null, null, null],
  );
  assert.equal(json.publishedAt, '2026-11-20T23:59:55.000Z');
});

it('says why a position is not exact', () => {
  assert.equal(explainDownstream(exact(1n)), undefined);
  assert.match(explainDownstream(ahead(1n))!, /ends before offset 380/);
  assert.match(explainDownstream(beforeMap)!, /before offset 600/);
  assert.match(explainDownstream(noMap)!, /nothing of the partition was copied yet/);
  assert.equal(explainDownstream(truncated), truncation.message);
});
