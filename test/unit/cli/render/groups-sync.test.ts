import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finalVerdict, planFinal } from '../../../../lib/checkpoint/final-plan.ts';
import { planGroupSync } from '../../../../lib/checkpoint/group-sync-plan.ts';
import {
  explainGroupsSync,
  type GroupsSyncReport,
  groupsSyncJson,
  renderGroupsSync,
  summarizeGroupsSync,
} from '../../../../lib/cli/render/groups-sync.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';
import { ahead, beforeMap, committedAt, exact, groupAt } from '../../checkpoint/positions.ts';

const failure = new MirrorlessError('SOURCE_NOT_READY', 'The coordinator of bills moves.');
const report: GroupsSyncReport = {
  flow: 'source->target',
  mode: 'sync',
  dryRun: true,
  groups: [
    planGroupSync(groupAt('orders-app', [exact(40n), exact(1040n), ahead(7n), beforeMap]), {
      status: 'idle',
      committed: committedAt(40n, 11_041n, 3n),
    }),
    planGroupSync(groupAt('live-app', [exact(40n)]), { status: 'live' }),
    { group: 'bills', state: '', partitions: [], failure },
  ],
  absent: [{ group: 'misspelt', reason: 'gone' }],
  failures: [new MirrorlessError('TARGET_UNREACHABLE', 'broker-2 is silent.')],
};

describe('what a group sync shows', () => {
  it('has a row for each partition, and for each group without any', () => {
    assert.deepEqual(renderGroupsSync(report), [
      'GROUP       TOPIC   PARTITION  SOURCE-OFFSET   FROM    TO  OUTCOME',
      'orders-app  orders          0            500     40    40  already there',
      'orders-app  orders          1            500  11041  1040  target further: by 10,001',
      'orders-app  orders          2            500      3     7  would move: copied before 380, 120 missing',
      'orders-app  orders          3            500      -     -  before map',
      'live-app    orders          0            500      -    40  live',
      'bills       -               -              -      -     -  SOURCE_NOT_READY',
      'misspelt    -               -              -      -     -  gone',
    ]);
  });

  it('sums up in one line, and explains what needs attention', () => {
    assert.equal(
      summarizeGroupsSync(report),
      '3 groups, 5 partitions, 1 already there, 1 would move, 1 live, 1 target further, 1 before map, 1 group absent',
    );
    const lines = explainGroupsSync(report);
    assert.deepEqual(
      lines.map((line) => line.split(/[:.]/, 1)[0]),
      [
        'live',
        'target further',
        'before map',
        'misspelt is gone',
        'broker-2 is silent',
        'The coordinator of bills moves',
      ],
    );
  });

  it('says of the final mode whether it is done', () => {
    const group = planFinal(
      planGroupSync(groupAt('orders-app', [ahead(7n), exact(9n)]), {
        status: 'idle',
        committed: [],
      }),
    );
    const final: GroupsSyncReport = {
      ...report,
      mode: 'final',
      dryRun: false,
      isDone: false,
      groups: [{ ...group, verdict: finalVerdict(group) }],
      absent: [],
      failures: [],
    };
    assert.equal(
      summarizeGroupsSync(final),
      'not done: 0 of 1 group; 1 group, 2 partitions, 1 ahead, 1 held back',
    );
    assert.match(renderGroupsSync(final)[1]!, /- +7 {2}ahead: copied before 380, 120 missing$/);
    const { done, groups } = groupsSyncJson(final) as { done: boolean; groups: unknown[] };
    assert.equal(done, false);
    assert.equal((groups[0] as { verdict: string }).verdict, 'waiting');
  });

  it('says so where there is no group', () => {
    const nobody = { ...report, groups: [], absent: [] };
    assert.deepEqual(renderGroupsSync(nobody), []);
    const words = 'source->target takes no group that has committed an offset';
    assert.equal(summarizeGroupsSync(nobody), words);
  });

  it('is complete as JSON, with offsets as decimal strings', () => {
    const { groups, ...rest } = JSON.parse(JSON.stringify(groupsSyncJson(report)));
    assert.deepEqual(rest, {
      flow: 'source->target',
      mode: 'sync',
      dryRun: true,
      done: null,
      absent: [{ group: 'misspelt', reason: 'gone' }],
      failures: [{ code: 'TARGET_UNREACHABLE', message: report.failures[0]?.message }],
    });
    const [orders, , bills] = groups;
    assert.deepEqual(bills, {
      group: 'bills',
      sourceState: '',
      verdict: null,
      partitions: [],
      error: { code: 'SOURCE_NOT_READY', message: failure.message },
    });
    const { reason, ...third } = orders.partitions[2];
    assert.match(reason, /380/);
    assert.deepEqual(third, {
      topic: 'orders',
      partition: 2,
      remoteTopic: 'source.orders',
      upstreamOffset: '500',
      translatedOffset: '7',
      exactness: 'ahead',
      mapEnd: '380',
      targetOffset: '3',
      outcome: 'would-move',
      error: null,
    });
    assert.equal(orders.partitions[3].translatedOffset, null);
    assert.equal(orders.partitions[3].targetOffset, null);
  });
});
