/** Looking, planning and applying together, on modelled clusters of every shape. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { RemoteTopicSettings } from '../../../lib/config/model.ts';
import { applyTopics } from '../../../lib/discovery/apply-topics.ts';
import { lookAtTopics, planRemoteTopics } from '../../../lib/discovery/look-at-topics.ts';
import type { TopicAcl } from '../../../lib/kafka/topic-admin.ts';
import { ModelledCluster } from './modelled-cluster.ts';

const settingNames = ['retention.ms', 'cleanup.policy', 'segment.bytes', 'min.insync.replicas'];
const defaults = Object.fromEntries(settingNames.map((name) => [name, 'default']));

interface Shape {
  topics: Record<string, { partitionCount: number; own: Record<string, string> }>;
  acls: TopicAcl[];
}

const own = fc.dictionary(fc.constantFrom(...settingNames), fc.constantFrom('1', '2'), {
  noNullPrototype: true,
});
const topic = fc.record(
  { partitionCount: fc.integer({ min: 1, max: 4 }), own },
  { noNullPrototype: true },
);
const names = ['a', 'b', 'c', 'internal'];
const acl: fc.Arbitrary<TopicAcl> = fc.record(
  {
    topic: fc.constantFrom(...names, 'us.a', '*'),
    pattern: fc.constantFrom('LITERAL', 'PREFIXED'),
    principal: fc.constantFrom('User:x', 'User:y'),
    host: fc.constant('*'),
    operation: fc.constantFrom('ALL', 'READ', 'WRITE', 'DESCRIBE'),
    permission: fc.constantFrom('ALLOW', 'DENY'),
  },
  { noNullPrototype: true },
);
const shapeOf = (of: string[]): fc.Arbitrary<Shape> =>
  fc.record({
    topics: fc.dictionary(fc.constantFrom(...of), topic, { noNullPrototype: true }),
    acls: fc.array(acl, { maxLength: 8 }),
  });
const scene = fc.record({
  source: shapeOf(names),
  target: shapeOf(['us.a', 'us.b', 'a']),
  useDefaultsFrom: fc.constantFrom('source' as const, 'target' as const),
});

function clusterOf({ topics, acls }: Shape): ModelledCluster {
  const cluster = new ModelledCluster({ ...defaults });
  for (const [name, { partitionCount, own: set }] of Object.entries(topics)) {
    cluster.add(name, partitionCount, set);
  }
  cluster.acls = [...acls];
  return cluster;
}

function open({
  source,
  target,
  useDefaultsFrom,
}: typeof scene extends fc.Arbitrary<infer T> ? T : never) {
  const clusters = {
    source: clusterOf(source),
    target: clusterOf(target),
    mirrors: (name: string) => name !== 'internal',
    formatRemoteTopic: (name: string) => `us.${name}`,
  };
  const settings: RemoteTopicSettings = {
    replicationFactor: 1,
    configPropertiesExclude: ['min.insync.replicas'],
    useDefaultsFrom,
    heartbeatsReplicationEnabled: true,
  };
  const plan = async () => {
    const options = { ...clusters, settings, sync: { topics: true, configs: true, acls: true } };
    const topics = await lookAtTopics(clusters, []);
    return planRemoteTopics(topics, { ...options, lost: new Set<string>() });
  };
  const apply = async ({ actions }: Awaited<ReturnType<typeof plan>>) =>
    applyTopics(clusters.target, actions);
  return { ...clusters, plan, apply };
}

describe('a sweep over topics', () => {
  it('leaves nothing to do, and then writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (given) => {
        const flow = open(given);
        const { refused } = await flow.apply(await flow.plan());
        assert.deepEqual(refused, []);
        const { actions } = await flow.plan();
        assert.deepEqual(actions, []);
      }),
    );
  });

  it('leaves the settings, partitions and ACLs that MM2’s rules say', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (given) => {
        const flow = open(given);
        await flow.apply(await flow.plan());
        for (const [name, { partitionCount, own: set }] of Object.entries(given.source.topics)) {
          if (name === 'internal') continue;
          const before = given.target.topics[`us.${name}`];
          const remote = flow.target.topics.get(`us.${name}`)!;
          assert.equal(
            remote.partitionCount,
            Math.max(partitionCount, before?.partitionCount ?? 0),
          );
          const fallback = given.useDefaultsFrom === 'source' ? 'default' : undefined;
          for (const setting of settingNames) {
            const isExcluded = setting === 'min.insync.replicas';
            const expected = isExcluded ? before?.own[setting] : (set[setting] ?? fallback);
            assert.equal(remote.own.get(setting), expected, setting);
          }
        }
      }),
    );
  });

  it('killed at any write and run again, or run twice at once, ends the same', async () => {
    await fc.assert(
      fc.asyncProperty(scene, fc.nat({ max: 12 }), async (given, killedAfter) => {
        const whole = open(given);
        await whole.apply(await whole.plan());

        const killed = open(given);
        killed.target.writesUntilKilled = killedAfter;
        await killed.apply(await killed.plan()).catch(() => {});
        killed.target.writesUntilKilled = Number.POSITIVE_INFINITY;
        await killed.apply(await killed.plan());
        assert.deepEqual(killed.target.state(), whole.target.state());

        const twice = open(given);
        const plans = [await twice.plan(), await twice.plan()];
        const applied = await Promise.all(plans.map(twice.apply));
        assert.deepEqual(
          applied.flatMap(({ refused }) => refused),
          [],
        );
        assert.deepEqual(twice.target.state(), whole.target.state());
      }),
    );
  });
});
