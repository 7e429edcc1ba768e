import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemoteTopicSettings } from '../../../lib/config/model.ts';
import { planConfigs } from '../../../lib/discovery/plan-configs.ts';
import type { TopicConfig } from '../../../lib/kafka/topic-admin.ts';
import { noSettings } from './modelled-cluster.ts';

const settings: RemoteTopicSettings = {
  replicationFactor: 2,
  configPropertiesExclude: ['min.insync.replicas'],
  useDefaultsFrom: 'target',
  heartbeatsReplicationEnabled: true,
};

const own = (name: string, value: string): TopicConfig => {
  return { name, value, origin: 'topic', ...noSettings };
};
const fallback = (name: string, value: string): TopicConfig => {
  return { ...own(name, value), origin: 'default' };
};

function planOf(
  source: readonly TopicConfig[],
  remote: readonly TopicConfig[],
  useDefaultsFrom: RemoteTopicSettings['useDefaultsFrom'] = 'target',
) {
  const names = { topic: 'orders', remoteTopic: 'us.orders' };
  const topics = [{ ...names, source, remote }];
  const { actions, unknown } = planConfigs(topics, { ...settings, useDefaultsFrom });
  const changes = actions.flatMap((action) => action.changes);
  return { actions, unknown, changes: changes.map(({ name, value }) => [name, value]) };
}

describe('the plan of settings', () => {
  it('writes what differs, with both values as the reason, and nothing for what is equal', () => {
    const source = [own('retention.ms', '1000'), own('cleanup.policy', 'compact')];
    const remote = [own('retention.ms', '2000'), own('cleanup.policy', 'compact')];
    assert.deepEqual(planOf(source, remote).actions, [
      {
        kind: 'alter-configs',
        topic: 'orders',
        remoteTopic: 'us.orders',
        changes: [
          {
            name: 'retention.ms',
            value: '1000',
            reason: 'the source has 1000, the target has 2000',
          },
        ],
      },
    ]);
    assert.deepEqual(planOf(source, source).actions, []);
  });

  it('makes it the topic’s own even where the target’s default is equal now', () => {
    const { changes, actions } = planOf(
      [own('retention.ms', '5')],
      [fallback('retention.ms', '5')],
    );
    assert.deepEqual(changes, [['retention.ms', '5']]);
    assert.match(actions[0]?.changes[0]?.reason ?? '', /the target’s default applies$/);
  });

  it('takes away what the source leaves at its default, where the remote topic sets it', () => {
    const source = [fallback('retention.ms', '7')];
    assert.deepEqual(planOf(source, [own('retention.ms', '7')]).changes, [['retention.ms', null]]);
    assert.deepEqual(planOf(source, [fallback('retention.ms', '9')]).changes, []);
  });

  it('with use.defaults.from=source, writes the source’s defaults', () => {
    const source = [fallback('retention.ms', '7')];
    const { changes } = planOf(source, [fallback('retention.ms', '9')], 'source');
    assert.deepEqual(changes, [['retention.ms', '7']]);
    assert.deepEqual(planOf(source, [own('retention.ms', '7')], 'source').changes, []);
  });

  it('never touches what is excluded, read only, a secret, or set by a broker’s own file', () => {
    const source = [
      own('min.insync.replicas', '3'),
      { ...own('a', '1'), isReadOnly: true },
      { ...own('b', '1'), isSensitive: true },
      { ...own('c', '1'), value: null },
      { ...own('d', '1'), origin: 'static-broker' as const },
    ];
    const remote = source.map(({ name }) => own(name, 'other'));
    assert.deepEqual(planOf(source, remote).actions, []);
  });

  it('writes what the source’s brokers set at run time', () => {
    const source = [{ ...own('a', '1'), origin: 'dynamic-broker' as const }];
    assert.deepEqual(planOf(source, [fallback('a', '2')]).changes, [['a', '1']]);
  });

  it('names what the target does not know, and tries nothing; a default is nothing to tell', () => {
    const { actions, unknown } = planOf([own('new', '1'), fallback('newer', '2')], []);
    assert.deepEqual(actions, []);
    assert.deepEqual(unknown, [
      { topic: 'orders', remoteTopic: 'us.orders', name: 'new', value: '1' },
    ]);
  });
});
