import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckpointRun, type Duty, schedules } from '../../../lib/checkpoint/checkpoint.ts';
import type { Lag } from '../../../lib/checkpoint/positions.ts';
import { failuresOf, metricLines } from '../../../lib/checkpoint/report.ts';
import {
  failuresByPlace,
  furthestBehind,
  goneOf,
  refusalsOf,
  summarize,
} from '../../../lib/checkpoint/tell.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { metrics } from '../../../lib/telemetry/metrics.ts';
import { defaultFlowSettings } from '../../support/flow-settings.ts';
import { beforeMap, exact, flowAt, groupAt, noMap, truncated } from './positions.ts';

const every: ReadonlySet<Duty> = new Set(['lag', 'checkpoints', 'group-sync', 'offset-syncs']);

function withLags(group: ReturnType<typeof groupAt>, lags: readonly (Lag | undefined)[]) {
  const positions = group.positions.map((position, index) => {
    const lag = lags[index];
    return lag === undefined ? position : { ...position, lag };
  });
  return { ...group, positions };
}

function runOf(own: Partial<CheckpointRun> = {}): CheckpointRun {
  const readers = withLags(groupAt('readers', [exact(1n), beforeMap, noMap]), [
    { records: 10n, timeMs: 500 },
    { records: 20n },
    undefined,
  ]);
  const writers = groupAt('writers', [beforeMap, truncated]);
  const lagAt = (partition: number, lag: Lag) => ({ topic: 'orders', partition, lag });
  const positions = {
    ...flowAt(readers, writers),
    partitions: [lagAt(0, { records: 3n, timeMs: 70 }), lagAt(1, { records: 4n, timeMs: 90 })],
  };
  const published = {
    topic: 'A.checkpoints.internal',
    groups: [
      {
        group: 'readers',
        publishedCount: 1,
        repeatedCount: 0,
        refused: readers.positions.slice(1),
      },
      { group: 'writers', publishedCount: 0, repeatedCount: 0, refused: writers.positions },
    ],
    gone: ['leavers'],
    latenciesMs: [12, 34],
    failures: [],
  };
  return { positions, published, failures: [], ...own };
}

test('lag is sent by flow, by topic and by group, never by partition', () => {
  const lines = metricLines(runOf(), every);
  assert.deepEqual(lines.slice(1), [
    { values: { LagRecordCount: 7, LagTime: 90 }, dimensions: { Topic: 'orders' } },
    { values: { GroupLagRecordCount: 30 }, dimensions: { Group: 'readers' } },
    { values: { GroupLagRecordCount: 0 }, dimensions: { Group: 'writers' } },
    { values: { RefusedPositionCount: 2 }, dimensions: { Status: 'before-map' } },
    { values: { RefusedPositionCount: 1 }, dimensions: { Status: 'no-map' } },
    { values: { RefusedPositionCount: 1 }, dimensions: { Status: 'target-truncated' } },
  ]);
  assert.deepEqual(lines[0], {
    values: {
      CheckpointFailureCount: 0,
      CheckpointCount: 1,
      CheckpointLatency: [12, 34],
      FlowLagRecordCount: 7,
      FlowLagTime: 90,
    },
  });
});

test('the log names the partitions that are furthest behind, as many as fit', () => {
  assert.deepEqual(furthestBehind(runOf()), [
    { topic: 'orders', partition: 1, lagRecords: '4', lagMs: 90 },
    { topic: 'orders', partition: 0, lagRecords: '3', lagMs: 70 },
  ]);
  const lagAt = (partition: number) => {
    return { topic: 'many', partition, lag: { records: BigInt(partition) } };
  };
  const partitions = Array.from({ length: 30 }, (_, partition) => lagAt(partition));
  const many = furthestBehind(runOf({ positions: { ...flowAt(), partitions } }));
  assert.equal(many.length, 20);
  assert.deepEqual(many[0], { topic: 'many', partition: 29, lagRecords: '29' });
});

test('the age of a group’s lag is that of its oldest record, where each partition was looked into', () => {
  const lags = [{ records: 10n, timeMs: 500 }, { records: 5n, timeMs: 900 }, undefined];
  const readers = withLags(groupAt('readers', [exact(1n), exact(2n), noMap]), lags);
  const lines = metricLines(runOf({ positions: flowAt(readers) }), new Set(['lag']));
  const ofGroup = lines.find(({ dimensions }) => dimensions?.Group === 'readers');
  assert.deepEqual(ofGroup?.values, { GroupLagRecordCount: 15, GroupLagTime: 900 });
});

test('a line has the dimensions that the registry says of each of its metrics', () => {
  for (const { values, dimensions = {} } of metricLines(runOf(), every)) {
    for (const name of Object.keys(values) as (keyof typeof metrics)[]) {
      assert.deepEqual(['Flow', ...Object.keys(dimensions)], [...metrics[name].dimensions], name);
    }
  }
});

test('without the duty to tell it, lag is not sent', () => {
  assert.equal(metricLines(runOf(), new Set(['checkpoints'])).length, 1);
});

test('the log says counts, each refusal by reason and topic, and each failure by its place', () => {
  const away = (partition: number) =>
    new MirrorlessError('SOURCE_NOT_READY', `orders-${partition} has no leader.`, {
      place: { cluster: 'A', topic: 'orders', partition },
    });
  const failures = Array.from({ length: 100 }, (_, partition) => away(partition));
  const positions = { ...runOf().positions, failures: [...failures, failures[0]!] };
  const run = runOf({ positions });
  assert.deepEqual(
    failuresByPlace(failuresOf(run)).map(({ first, count }) => [first, count]),
    [[failures[0], 100]],
  );
  assert.deepEqual(summarize(run, 5), {
    ...{ groups: 2, published: 1, repeated: 0, refused: 4, failures: 100, tookMs: 5 },
  });
  const refusals = refusalsOf(run);
  assert.deepEqual(
    refusals.map(({ status, topic, positions: count, groups }) => [status, topic, count, groups]),
    [
      ['before-map', 'orders', 2, 2],
      ['no-map', 'orders', 1, 1],
      ['target-truncated', 'orders', 1, 1],
    ],
  );
  assert.deepEqual(refusals[0]?.example, { group: 'readers', partition: 1, upstreamOffset: '500' });
  assert.match(refusals[2]?.example.reason ?? '', /The target ends at 3/);
  assert.deepEqual(goneOf(run), { count: 1, groups: ['leavers'] });
});

test('a thousand topics and failures are twenty lines each', () => {
  const many = Array.from({ length: 1000 }, (_, index) => index);
  const [position] = groupAt('readers', [beforeMap]).positions;
  const group = groupAt('readers', [], {
    positions: many.map((index) => ({ ...position!, topic: `topic-${index}` })),
  });
  const failures = many.map(
    (index) => new MirrorlessError('TOPIC_MISSING', `${index}`, { place: { topic: `t-${index}` } }),
  );
  const run = runOf({ positions: flowAt(group), failures });
  assert.equal(refusalsOf(run).length, 20);
  assert.equal(failuresByPlace(failuresOf(run)).length, 20);
  assert.equal(summarize(run, 1).failures, 1000);
});

test('what has the same interval is done in one run', () => {
  const cluster = { alias: 'A', bootstrapServers: ['unused:1'] };
  const settings = defaultFlowSettings({ source: cluster, target: cluster, stateTable: 'unused' });
  const said = (own: Partial<typeof settings>) =>
    schedules({ ...settings, ...own }).map(({ intervalMs, duties }) => [intervalMs, [...duties]]);
  assert.deepEqual(said({}), [[60_000, ['lag', 'checkpoints', 'offset-syncs']]]);
  assert.deepEqual(
    said({
      checkpoints: { ...settings.checkpoints, intervalSeconds: 5 },
      syncGroupOffsets: { enabled: true, intervalSeconds: 5 },
      offsetSyncs: { ...settings.offsetSyncs, enabled: false },
    }),
    [
      [60_000, ['lag']],
      [5000, ['checkpoints', 'group-sync']],
    ],
  );
});
