import assert from 'node:assert/strict';
import { it } from 'node:test';
import { renderPartitionLags, renderTopicLags } from '../../../../lib/cli/render/lag.ts';
import { renderStatus, statusJson } from '../../../../lib/cli/render/status.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { behind, mapping, surveyed, surveyOf, unmapped } from '../flows/surveyed.ts';

const now = Date.UTC(2026, 10, 21, 12);
const failure = new MirrorlessError('SOURCE_NOT_READY', 'The leader moves.');
const truncated = (partition: number) =>
  ({
    state: 'source-truncated',
    topic: 'orders',
    partition,
    what: `orders-${partition} begins at 9`,
    sinceMs: now - 75_000,
  }) as const;

const survey = surveyOf(
  [
    surveyed('bills', {
      isPaused: true,
      mapping: mapping('bills', { State: 'Disabled' }),
      partitions: [behind(0, 1200n, 61_000), behind(1, 34n, 5)],
    }),
    surveyed('orders', {
      states: [truncated(0), truncated(2)],
      mapping: mapping('orders', {
        State: 'Disabled',
        StateTransitionReason: 'ESM_CONFIG_NOT_VALID',
      }),
      partitions: [behind(0, 1n), behind(1)],
    }),
    unmapped('old', { isOnSource: false, isMirrored: true, partitions: [] }),
    surveyed('odd', { isMirrored: false }),
    unmapped('new', { partitions: [{ partition: 0 }] }),
  ],
  {
    pauses: { flow: false, topics: new Set(['bills']), restarting: new Set(['bills']) },
    failures: [failure],
  },
);

it('shows the flow in a line, each topic in a row, and explains what was detected once', () => {
  assert.deepEqual(renderStatus([survey], { now }), [
    'us->eu   2 detected states   lag ≥1,235 records   5 topics, 6 partitions   mappings: 2 Disabled, 2 none, 1 Enabled',
    'TOPIC   REMOTE-TOPIC  PARTITIONS  MAPPING             LAG   LAG-TIME  STATE',
    'bills   us.bills               2  Disabled, paused  1,234  1 min 1 s  restart not ended',
    'orders  us.orders              2  Disabled             ≥1          ?  source-truncated; stopped: ESM_CONFIG_NOT_VALID',
    'old     us.old                 ?  none                  -          -  not on the source',
    'odd     us.odd                 1  Enabled               0       0 ms  not mirrored any more',
    'new     us.new                 1  none                  ?          ?  waits for discovery',
    '',
    'source-truncated: the source deleted records before they were replicated: they are lost',
    '  orders-0 begins at 9; since 2026-11-21T11:58:45Z, 1 min 15 s ago',
    '  orders-2 begins at 9; since 2026-11-21T11:58:45Z, 1 min 15 s ago',
    '  what to do: read the lost range elsewhere; raise the source’s retention above the flow’s lag',
  ]);
});

it('leaves remote topics out where the terminal is too narrow for them', () => {
  const [, titles] = renderStatus([surveyOf([surveyed('orders')])], { now, width: 60 });
  assert.equal(titles, 'TOPIC   PARTITIONS  MAPPING  LAG  LAG-TIME  STATE');
});

it('says of a paused flow, of one without topics, and of what did not answer', () => {
  const paused = surveyOf([surveyed('orders', { isPaused: true })], {
    pauses: { flow: true, topics: new Set() },
  });
  const { mapping: _, ...topic } = surveyed('orders', { isOnSource: undefined, partitions: [] });
  const blind = surveyOf([topic], { areMappingsListed: false, flow: 'us->asia' });
  assert.deepEqual(renderStatus([paused, surveyOf([], { flow: 'us->sea' }), blind], { now }), [
    'us->eu   paused   lag 0 records   1 topic, 1 partition   mappings: 1 Enabled',
    'TOPIC   REMOTE-TOPIC  PARTITIONS  MAPPING          LAG  LAG-TIME  STATE',
    'orders  us.orders              1  Enabled, paused    0      0 ms  ok',
    '',
    'us->sea   0 topics, 0 partitions   mappings: none',
    '',
    'us->asia   lag unknown   1 topic, 0 partitions   mappings: ?',
    'TOPIC   REMOTE-TOPIC  PARTITIONS  MAPPING  LAG  LAG-TIME  STATE',
    'orders  us.orders              ?  ?          ?         ?  ?',
  ]);
});

it('shows partitions, with the offsets of both sides', () => {
  assert.deepEqual(renderPartitionLags([survey]).slice(0, 4), [
    'TOPIC   PARTITION  UPSTREAM  DOWNSTREAM  SOURCE-END    LAG   LAG-TIME',
    'bills           0       100          90        1300  1,200  1 min 1 s',
    'bills           1       100          90         134     34       5 ms',
    'orders          0       100          90         101      1      2.0 s',
  ]);
  const all = renderStatus([survey], { now, showsPartitions: true });
  assert.ok(all.some((line) => /^TOPIC +PARTITION +UPSTREAM/.test(line)));
});

it('shows each of several flows under its name', () => {
  const other = surveyOf([surveyed('bills')], { flow: 'us->asia' });
  const lines = renderTopicLags([surveyOf([surveyed('orders')]), other]);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('TOPIC')),
    [
      'us->eu',
      'orders  us.orders              1    0      0 ms',
      '',
      'us->asia',
      'bills  us.bills               1    0      0 ms',
    ],
  );
});

it('gives machines every field of every topic and partition', () => {
  const json = JSON.parse(JSON.stringify(statusJson([survey], ['misspelt'])));
  assert.deepEqual(json.absent, ['misspelt']);
  const [flow] = json.flows;
  assert.deepEqual(flow.failures, [{ code: failure.code, message: failure.message }]);
  assert.deepEqual(
    [flow.flow, flow.paused, flow.lagRecords, flow.lagMs, flow.lagUnknownPartitions],
    ['us->eu', false, '1235', null, 2],
  );
  const [bills, orders, old] = flow.topics;
  assert.deepEqual(bills, {
    topic: 'bills',
    remoteTopic: 'us.bills',
    lagRecords: '1234',
    lagMs: 61_000,
    lagUnknownPartitions: 0,
    partitions: [
      {
        partition: 0,
        upstreamOffset: '100',
        downstreamOffset: '90',
        sourceEnd: '1300',
        lagRecords: '1200',
        lagMs: 61_000,
      },
      {
        partition: 1,
        upstreamOffset: '100',
        downstreamOffset: '90',
        sourceEnd: '134',
        lagRecords: '34',
        lagMs: 5,
      },
    ],
    mirrored: true,
    onSource: true,
    paused: true,
    mapping: {
      uuid: 'of-bills',
      state: 'Disabled',
      stateTransitionReason: null,
      lastProcessingResult: null,
    },
    troubles: ['restarting'],
    detectedStates: [],
  });
  assert.deepEqual(orders.troubles, ['detected', 'stopped']);
  const { what, since, remedy } = orders.detectedStates[1];
  assert.deepEqual([what, since], ['orders-2 begins at 9', '2026-11-21T11:58:45.000Z']);
  assert.match(remedy, /read the lost range/);
  assert.deepEqual([old.mapping, old.lagRecords, old.onSource], [null, null, false]);
});
