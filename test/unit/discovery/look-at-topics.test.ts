import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  lookAtTopics,
  type PlanOptions,
  planRemoteTopics,
} from '../../../lib/discovery/look-at-topics.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { ModelledCluster } from './modelled-cluster.ts';

const settings = {
  replicationFactor: 1,
  configPropertiesExclude: [],
  useDefaultsFrom: 'target',
  heartbeatsReplicationEnabled: true,
} as const;

function scene() {
  const source = new ModelledCluster({ a: '0' }).add('orders', 2, { a: '1' }).add('other');
  const target = new ModelledCluster({ a: '0' });
  const mirrors = (topic: string) => topic !== 'other';
  const clusters = { source, target, mirrors, formatRemoteTopic: (topic: string) => `us.${topic}` };
  const plan = async (own: Partial<PlanOptions['sync']> = {}) => {
    const sync = { topics: true, configs: true, acls: true, ...own };
    const topics = await lookAtTopics(clusters, []);
    return planRemoteTopics(topics, { ...clusters, settings, sync, lost: new Set() });
  };
  return { ...clusters, clusters, plan };
}

describe('looking at topics', () => {
  it('tells which patterns take nothing, and which name what may not be seen', async () => {
    const { clusters, source } = scene();
    source.forbidden.add('secret');
    const patterns = ['ord.*', 'secret', 'missing', 'x.*', '('];
    const { mirrored, unmatched } = await lookAtTopics(clusters, patterns);
    assert.deepEqual(
      mirrored.map(({ topic }) => topic),
      ['orders'],
    );
    assert.deepEqual(
      unmatched.map(({ pattern, error }) => [pattern, error?.code]),
      [
        ['secret', 'UNAUTHORIZED'],
        ['missing', undefined],
        ['x.*', undefined],
      ],
    );
  });

  it('reads the settings of new topics only, unless those of all are to follow', async () => {
    const { target, source, plan } = scene();
    target.add('us.orders', 2);
    source.add('new');
    const kinds = async (...args: Parameters<typeof plan>) =>
      (await plan(...args)).actions.map(({ kind, topic }) => `${kind} ${topic}`);
    assert.deepEqual(await kinds({ configs: false, acls: false }), ['create-topic new']);
    assert.deepEqual(await kinds(), ['create-topic new', 'alter-configs orders']);
  });

  it('plans the rest where settings of a topic may not be read, and names it', async () => {
    const { source, plan } = scene();
    source.add('secret').forbidden.add('secret');
    const { actions, failures } = await plan();
    assert.deepEqual(
      actions.map(({ topic }) => topic),
      ['orders'],
    );
    assert.deepEqual(
      failures.map(({ code, place }) => [code, place.topic]),
      [['UNAUTHORIZED', 'secret']],
    );
  });

  it('says which cluster authorizes nobody, and plans no ACLs then', async () => {
    for (const side of ['source', 'target'] as const) {
      const { plan, ...clusters } = scene();
      clusters[side].acls = undefined;
      assert.equal((await plan()).withoutAcls, side);
    }
  });

  it('names what forbids to read ACLs, and plans the rest', async () => {
    const { source, plan } = scene();
    const error = new MirrorlessError('UNAUTHORIZED', 'no');
    source.topicAcls = () => Promise.reject(error);
    const { actions, failures, withoutAcls } = await plan();
    assert.deepEqual(failures, [error]);
    assert.deepEqual(
      actions.map(({ kind }) => kind),
      ['create-topic'],
    );
    assert.equal(withoutAcls, undefined);
  });
});
