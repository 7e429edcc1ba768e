import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requiredAcls } from '../../../lib/discovery/required-acls.ts';
import { loadFlow } from './mapped-flow.ts';

function required(...flow: string[]): string[] {
  const { configuration, problems } = loadFlow({ flow });
  assert.ok(configuration, JSON.stringify(problems));
  const found = configuration.flows.find(({ source }) => source === 'us');
  return requiredAcls(found!).map(({ side, resource, pattern, name, operation }) =>
    [side, resource, pattern === 'LITERAL' ? name : `${name}…`, operation].join(' '),
  );
}

const orders = ['topics: [orders]', 'groups: [app]', 'heartbeats.replication.enabled: false'];

describe('the ACLs that a flow needs', () => {
  it('name its topics, its groups and MM2’s own topics, and nothing else', () => {
    assert.deepEqual(required(...orders), [
      'source cluster kafka-cluster DescribeConfigs',
      'source cluster kafka-cluster Describe',
      'source topic orders Read',
      'source topic orders DescribeConfigs',
      'source group mirrorless/us/eu/orders Read',
      'source group app Describe',
      'source topic __consumer_offsets Describe',
      'source topic mm2-offset-syncs.eu.internal Write',
      'source topic mm2-offset-syncs.eu.internal Read',
      'source topic mm2-offset-syncs.eu.internal Create',
      'target cluster kafka-cluster Alter',
      'target cluster kafka-cluster IdempotentWrite',
      'target topic us.orders Write',
      'target topic us.orders Read',
      'target topic us.orders Create',
      'target topic us.orders Alter',
      'target topic us.orders AlterConfigs',
      'target topic us.checkpoints.internal Write',
      'target topic us.checkpoints.internal Read',
      'target topic us.checkpoints.internal Create',
      'target group app Read',
      'target topic __consumer_offsets Describe',
      'target topic heartbeats Write',
      'target topic heartbeats Create',
    ]);
  });

  it('leave out what the configuration turns off', () => {
    const off = ['sync.topic.acls', 'sync.topic.configs', 'emit.checkpoints', 'emit.heartbeats'];
    const all = required(
      ...orders,
      ...[...off, 'emit.offset-syncs'].map((key) => `${key}.enabled: false`),
    );
    assert.deepEqual(
      all.filter((acl) => /internal|heartbeats|Alter(Configs)?$|cluster Describe$/.test(acl)),
      ['target topic us.orders Alter'],
    );
    assert.ok(all.includes('target topic us.orders DescribeConfigs'));
  });

  it('are of heartbeats alone where nothing is mirrored', () => {
    assert.deepEqual(required('enabled: false'), [
      'target topic heartbeats Write',
      'target topic heartbeats Create',
    ]);
  });

  it('follow the replication policy', () => {
    const remote = (...flow: string[]) =>
      required(...flow).filter((acl) => /^target topic .* Write$/.test(acl));
    assert.deepEqual(remote('topics: [pay.*, orders]', 'replication.policy.separator: _'), [
      'target topic us_pay… Write',
      'target topic us_orders Write',
      'target topic us_heartbeats Write',
      'target topic us_checkpoints_internal Write',
      'target topic heartbeats Write',
    ]);
    assert.deepEqual(remote('topics: [.*]'), [
      'target topic us.… Write',
      'target topic heartbeats Write',
    ]);
    const identity = 'replication.policy.class: IdentityReplicationPolicy';
    assert.deepEqual(remote('topics: [.*]', identity), ['target topic * Write']);
  });

  it('cover the groups of all mappings, and leave out topics that are never mirrored', () => {
    const all = required("topics: [pay.*, __x, 'eu\\.orders', us]", 'topics.exclude: [us]');
    const groups = all.filter((acl) => acl.startsWith('source group mirrorless'));
    assert.deepEqual(groups, [
      'source group mirrorless/us/eu/pay… Read',
      'source group mirrorless/us/eu/heartbeats Read',
    ]);
  });
});
