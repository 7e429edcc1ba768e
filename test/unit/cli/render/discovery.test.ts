import assert from 'node:assert/strict';
import { it } from 'node:test';
import { discoverExitCode, planExitCode } from '../../../../lib/cli/flows/discovery.ts';
import {
  discoveryJson,
  discoveryWarnings,
  planJson,
  planWarnings,
  renderDiscovery,
  renderPlan,
  summarizeDiscovery,
  summarizePlan,
} from '../../../../lib/cli/render/discovery.ts';
import type { DiscoveryPlan, DiscoveryRun } from '../../../../lib/discovery/discover.ts';
import type { MappingAction } from '../../../../lib/discovery/plan-mappings.ts';
import { MirrorlessError } from '../../../../lib/errors.ts';

const now = Date.UTC(2026, 10, 21, 12);
const refusal = new MirrorlessError('SETTING_REFUSED', 'The broker refuses it.');
const quota = new MirrorlessError('MAPPING_REFUSED', 'Quota reached.');

const parameters = {
  FunctionName: 'f',
  Topics: ['orders'],
  StartingPosition: 'AT_TIMESTAMP',
  StartingPositionTimestamp: new Date(now),
  BatchSize: 10_000,
  MaximumBatchingWindowInSeconds: 0,
  Enabled: false,
} as const;

const mappings: MappingAction[] = [
  {
    kind: 'create',
    topic: 'orders',
    reason: 'it has none',
    parameters: { ...parameters, Topics: ['orders'] },
  },
  { kind: 'update', topic: 'a', reason: 'another BatchSize', uuid: 'u1', update: { BatchSize: 5 } },
  { kind: 'disable', topic: 'b', reason: 'it is paused', uuid: 'u2', update: { Enabled: false } },
  { kind: 'tag', topic: 'c', reason: 'other tags', mappingArn: 'arn', tags: { team: 'x' } },
  { kind: 'delete', topic: 'd', reason: 'not mirrored', uuid: 'u4', isReplaced: false },
  { kind: 'delete', topic: 'e', reason: 'other servers', uuid: 'u5', isReplaced: true },
  { kind: 'wait', topic: 'f', reason: 'Lambda is at work', uuid: 'u6', state: 'Updating' },
  { kind: 'leave', topic: 'g', reason: 'it is disabled by hand', uuid: 'u7', isExpected: false },
  { kind: 'leave', topic: 'h', reason: 'it is as it should be', uuid: 'u8', isExpected: true },
  { kind: 'blocked', topic: 'i', reason: 'one character' },
];

const topics = { names: new Set(['orders']), mirrored: [], existing: new Map(), unmatched: [] };
const actions: DiscoveryPlan['plan']['actions'] = [
  {
    kind: 'create-topic',
    topic: 'orders',
    created: { topic: 'us.orders', partitionCount: 3, replicationFactor: -1, configs: { x: '1' } },
    reason: 'there is none',
  },
  {
    kind: 'add-partitions',
    topic: 'a',
    remoteTopic: 'us.a',
    partitionCount: 1200,
    existingCount: 2,
    reason: 'the source has more',
  },
  {
    kind: 'alter-configs',
    topic: 'a',
    remoteTopic: 'us.a',
    changes: [
      { name: 'x', value: '1', reason: 'the source has 1' },
      { name: 'y', value: null, reason: 'a default' },
    ],
  },
  {
    kind: 'create-acl',
    topic: 'a',
    acl: {
      ...{ topic: 'us.a', pattern: 'LITERAL', principal: 'User:app', host: '10.0.0.1' },
      ...{ operation: 'READ', permission: 'ALLOW' },
    },
    reason: 'the source allows it',
  },
];
const state = { state: 'source-deleted', topic: 'z', what: 'z is gone', sinceMs: now } as const;
const found: DiscoveryPlan = {
  topics,
  watched: { states: [state], changes: [], lost: new Set(), failures: [] },
  plan: { actions, unknownConfigs: [], failures: [] },
  pauses: { flow: false, topics: new Set() },
  mappings,
  failures: [],
};
const run: DiscoveryRun = {
  ...found,
  applied: {
    done: actions.slice(0, 1),
    refused: [{ topic: 'a', setting: 'x', error: refusal }],
  },
  kept: {
    done: mappings.slice(0, 1),
    postponed: [mappings[6]!],
    refused: [{ topic: 'b', error: quota }],
    existing: [],
  },
};

it('shows a row for every single thing that would be done, and what was detected', () => {
  assert.deepEqual(renderPlan(found, { now }).slice(0, 16), [
    'ACTION   KIND        TOPIC   WHAT                                                                         REASON',
    'create   topic       orders  us.orders: 3 partitions, the target’s replication factor, 1 setting          there is none',
    'add      partitions  a       us.a: 2 → 1,200                                                              the source has more',
    'set      setting     a       us.a: x=1                                                                    the source has 1',
    'unset    setting     a       us.a: y                                                                      a default',
    'create   acl         a       us.a: ALLOW User:app READ from 10.0.0.1                                      the source allows it',
    'create   mapping     orders  from AT_TIMESTAMP 2026-11-21T12:00:00Z, batches of 10,000 records, disabled  it has none',
    'update   mapping     a       BatchSize=5                                                                  another BatchSize',
    'disable  mapping     b       Enabled=false                                                                it is paused',
    'tag      mapping     c       team=x                                                                       other tags',
    'delete   mapping     d       mapping u4                                                                   not mirrored',
    'delete   mapping     e       mapping u5, and create another                                               other servers',
    'wait     mapping     f       mapping u6: Updating                                                         Lambda is at work',
    'leave    mapping     g       mapping u7                                                                   it is disabled by hand',
    'blocked  mapping     i       -                                                                            one character',
    '',
  ]);
  const [title] = renderPlan(found, { now }).slice(16);
  assert.equal(title, 'source-deleted: the source topic is gone, or may not be seen any more');
  assert.match(
    summarizePlan(found, 'us->eu'),
    /^us->eu mirrors 0 topics; to be done: 1 create topic, 1 add partitions, .* 1 blocked mapping$/,
  );
});

it('shows what was done, what waits and what was refused', () => {
  const lines = renderDiscovery(run, { now }).map((line) => line.replaceAll(/ {2,}/g, '  '));
  assert.deepEqual(lines.slice(3, 6), [
    'wait  mapping  f  mapping u6: Updating  Lambda is at work  waits',
    '-  setting  a  x  SETTING_REFUSED  refused',
    '-  mapping  b  -  MAPPING_REFUSED  refused',
  ]);
  assert.match(lines[1]!, /^create {2}topic {2}orders {2}.* {2}there is none {2}done$/);
  assert.equal(
    summarizeDiscovery(run, 'us->eu'),
    'us->eu mirrors 0 topics; done: 1 create topic, 1 create mapping, 1 waiting for Lambda, 2 refused',
  );
  assert.deepEqual(discoveryWarnings(run), [refusal.message, quota.message]);
});

it('names patterns that take nothing, settings that cannot follow, and clusters without ACLs', () => {
  const odd: DiscoveryPlan = {
    ...found,
    topics: { ...topics, unmatched: [{ pattern: 'x.+' }, { pattern: 'y', error: quota }] },
    plan: {
      ...found.plan,
      unknownConfigs: [{ topic: 'a', remoteTopic: 'us.a', name: 'n', value: '1' }],
      withoutAcls: 'target',
    },
    failures: [refusal],
  };
  assert.deepEqual(planWarnings(odd), [
    refusal.message,
    'no topic of the source matches x.+ of topics',
    `no topic of the source matches y of topics: ${quota.message}`,
    'the target does not know the setting n, which us.a cannot follow',
  ]);
  assert.match(summarizePlan(odd, 'us->eu'), /; no ACLs, since the target authorizes nobody$/);
  assert.equal(planExitCode(odd), 4);
});

it('gives machines every detail of every action', () => {
  const json = JSON.parse(JSON.stringify(planJson(found, 'us->eu')));
  assert.equal(json.actions.length, 14);
  assert.deepEqual(json.actions[0], {
    action: 'create',
    kind: 'topic',
    topic: 'orders',
    reason: 'there is none',
    remoteTopic: 'us.orders',
    partitions: 3,
    replicationFactor: -1,
    settings: { x: '1' },
  });
  assert.deepEqual(json.actions[3].value, null);
  assert.equal(json.actions[5].parameters.StartingPositionTimestamp, '2026-11-21T12:00:00.000Z');
  assert.deepEqual(json.detectedStates[0].since, '2026-11-21T12:00:00.000Z');
  const ran = JSON.parse(JSON.stringify(discoveryJson(run, 'us->eu')));
  assert.deepEqual([ran.done.length, ran.waiting.length], [2, 1]);
  assert.deepEqual(ran.refused[0], {
    kind: 'setting',
    topic: 'a',
    setting: 'x',
    error: { code: refusal.code, message: refusal.message },
  });
});

it('ends with what is to be done, and with what was not', () => {
  const nothing = {
    ...found,
    plan: { ...found.plan, actions: [] },
    mappings: mappings.slice(7, 9),
  };
  assert.equal(planExitCode(nothing), 0);
  assert.equal(planExitCode(found), 3);
  assert.equal(planExitCode({ ...nothing, failures: [quota] }), 4);
  const none = { done: [], refused: [] };
  const kept = { ...run.kept!, done: [], postponed: [], refused: [] };
  const well: DiscoveryRun = { ...run, applied: none, kept };
  const table: [DiscoveryRun, number][] = [
    [well, 0],
    [run, 4],
    [{ ...well, kept: { ...kept, postponed: [mappings[6]!] } }, 4],
    [{ ...well, failures: [quota] }, 4],
    [{ ...well, kept: { ...kept, refused: [{ topic: 'b', error: quota }] } }, 1],
    [{ ...well, topics: { ...topics, unmatched: [{ pattern: 'x' }] } }, 4],
  ];
  for (const [one, expected] of table) assert.equal(discoverExitCode(one), expected);
});
