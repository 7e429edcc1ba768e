import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyTopics } from '../../../lib/discovery/apply-topics.ts';
import type { ConfigAction } from '../../../lib/discovery/plan-configs.ts';
import type { TopicAction } from '../../../lib/discovery/plan-topics.ts';
import { ModelledCluster } from './modelled-cluster.ts';

const defaults = { 'retention.ms': '7', 'segment.bytes': '1', 'index.interval.bytes': '1' };

function creation(topic: string, configs: Record<string, string> = {}): TopicAction {
  const created = { topic: `us.${topic}`, partitionCount: 2, replicationFactor: 1, configs };
  return { kind: 'create-topic', topic, created, reason: 'missing' };
}

function alteration(topic: string, ...names: string[]): ConfigAction {
  const changes = names.map((name) => ({ name, value: '3', reason: 'differs' }));
  return { kind: 'alter-configs', topic, remoteTopic: `us.${topic}`, changes };
}

function growth(topic: string): TopicAction {
  const counts = { partitionCount: 4, existingCount: 1 };
  return { kind: 'add-partitions', topic, remoteTopic: `us.${topic}`, ...counts, reason: 'fewer' };
}

const shown = ({
  topic,
  setting,
  error,
}: {
  topic: string;
  setting?: string;
  error: { code: string };
}) => [topic, setting, error.code].filter((part) => part !== undefined).join(' ');

describe('what was planned for topics', () => {
  it('is done for each by itself, and what is refused is named', async () => {
    const target = new ModelledCluster(defaults).add('us.small').add('us.closed');
    target.forbidden = new Set(['us.secret', 'us.closed']);
    const actions = [creation('secret'), creation('new'), growth('closed'), growth('small')];
    const { done, refused } = await applyTopics(target, actions);
    assert.deepEqual(done, [actions[1], actions[3]]);
    assert.deepEqual(refused.map(shown), ['secret UNAUTHORIZED', 'closed UNAUTHORIZED']);
  });

  it('that another run has done meanwhile is neither done nor refused', async () => {
    const target = new ModelledCluster(defaults).add('us.a', 9);
    const { done, refused } = await applyTopics(target, [creation('a'), growth('a')]);
    assert.deepEqual({ done, refused }, { done: [], refused: [] });
    assert.deepEqual(target.writes, []);
  });
});

describe('a setting that the target refuses', () => {
  it('keeps no other setting of its topic from being changed', async () => {
    const target = new ModelledCluster(defaults).add('us.a').add('us.b');
    target.refusedSettings.add('segment.bytes');
    const both = ['segment.bytes', 'retention.ms'];
    const actions = [alteration('a', ...both), alteration('b', 'retention.ms')];
    const { done, refused } = await applyTopics(target, actions);
    assert.deepEqual(refused.map(shown), ['a segment.bytes SETTING_REFUSED']);
    assert.deepEqual(done, [alteration('a', 'retention.ms'), alteration('b', 'retention.ms')]);
    assert.equal(target.topics.get('us.a')?.own.get('retention.ms'), '3');
  });

  it('keeps its topic from being created only where records could be deleted', async () => {
    const target = new ModelledCluster(defaults);
    target.refusedSettings = new Set(['segment.bytes', 'retention.ms']);
    const { done, refused } = await applyTopics(target, [
      creation('a', { 'segment.bytes': '2', 'index.interval.bytes': '2', unknown: '1' }),
      creation('b', { 'retention.ms': '-1', 'index.interval.bytes': '2' }),
    ]);
    assert.deepEqual(refused.map(shown), [
      'a segment.bytes SETTING_REFUSED',
      'a unknown SETTING_REFUSED',
      'b retention.ms SETTING_REFUSED',
      'b SETTING_REFUSED',
    ]);
    assert.deepEqual(done, [creation('a', { 'index.interval.bytes': '2' })]);
    assert.deepEqual([...target.topics.keys()], ['us.a']);
  });
});
