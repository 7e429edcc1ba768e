import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MappingsApi } from '../../../lib/aws/mappings.ts';
import {
  type DiscoveryDependencies,
  type Duty,
  discover,
  dutiesOf,
  planDiscovery,
  schedules,
} from '../../../lib/discovery/discover.ts';
import { answerOf, failuresOf, metricLines } from '../../../lib/discovery/report.ts';
import type { DiscoverySettings } from '../../../lib/discovery/settings.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { KafkaDataPlane, TopicPartition } from '../../../lib/kafka/ports.ts';
import { emptySegment } from '../../../lib/state/offset-map.ts';
import type { KnownTopic, KnownTopicStore, PartitionState } from '../../../lib/state/ports.ts';
import { loadMappedFlow } from './mapped-flow.ts';
import { ModelledCluster } from './modelled-cluster.ts';
import { openRegistry, registryApi } from './registry-api.ts';

const on = { enabled: true, intervalSeconds: 600 };
const settings: DiscoverySettings = {
  functionName: 'replicate',
  mapped: loadMappedFlow(),
  remoteTopics: {
    replicationFactor: 1,
    configPropertiesExclude: [],
    useDefaultsFrom: 'target',
    heartbeatsReplicationEnabled: true,
  },
  refreshTopics: on,
  syncTopicConfigs: on,
  syncTopicAcls: { ...on, intervalSeconds: 60 },
};
const all = new Set<Duty>(['topics', 'configs', 'acls']);

interface Scene {
  source: ModelledCluster;
  target: ModelledCluster;
  api: MappingsApi;
  known: KnownTopic[];
  paused: Set<string>;
  /** Topics of which something was replicated. */
  replicated: Set<string>;
  dependencies: DiscoveryDependencies;
  /** When no mapping is on its way from one state to another. */
  settled(): Promise<void>;
}

async function open(t: TestContext): Promise<Scene> {
  const defaults = { 'retention.ms': '7' };
  const source = new ModelledCluster(defaults)
    .add('orders', 3, { 'retention.ms': '9' })
    .add('payments')
    .add('grown', 4);
  source.acls?.push({
    ...{ topic: 'orders', pattern: 'LITERAL', principal: 'User:app', host: '*' },
    ...{ operation: 'READ', permission: 'ALLOW' },
  });
  const target = new ModelledCluster(defaults).add('us.grown', 2);
  const api = registryApi(await openRegistry(t));
  const known: KnownTopic[] = [];
  const paused = new Set<string>();
  const replicated = new Set<string>();
  const dataPlane = { listOffsets, fetch: async () => [] } as unknown as KafkaDataPlane;
  const dependencies: DiscoveryDependencies = {
    source: { admin: source, dataPlane },
    target: { admin: target, dataPlane },
    state: { read: async (of) => of.map((one) => stateOf(replicated, one)) },
    clusterIds: { read: async () => undefined, write: async () => {} },
    knownTopics: knownTopicsIn(known),
    pauses: { read: async () => ({ flow: false, topics: paused }) },
    mappings: api,
    patterns: ['orders', 'absent'],
    mirrors: (topic) => !topic.startsWith('other'),
    formatRemoteTopic: (topic) => `us.${topic}`,
    settings,
  };
  const settled = async (): Promise<void> => {
    const states = (await api.list('replicate')).map(({ State }) => State);
    if (states.every((state) => state === 'Enabled' || state === 'Disabled')) return;
    await delay(1);
    await settled();
  };
  return { source, target, api, known, paused, replicated, dependencies, settled };
}

/** Every log is from 0 to 5. */
async function listOffsets(partitions: readonly TopicPartition[], which: unknown) {
  return partitions.map(() => ({ ok: true, value: which === 'earliest' ? 0n : 5n }) as const);
}

function stateOf(replicated: Set<string>, { topic }: TopicPartition): PartitionState | undefined {
  if (!replicated.has(topic)) return undefined;
  const identity = { producerId: 1n, producerEpoch: 0, generation: 0, nextSequence: 0 };
  return { ...identity, segment: emptySegment(5n, 5n) };
}

function knownTopicsIn(known: KnownTopic[]): KnownTopicStore {
  return {
    read: async () => ({ topics: [...known], failures: [] }),
    write: async (changes) =>
      changes.map(({ after }) => {
        const others = known.filter(({ topic }) => topic !== after.topic);
        known.splice(0, known.length, ...others, after);
        return { ok: true, value: undefined };
      }),
  };
}

const waitForLambda = () => delay(1, true);
const run = ({ dependencies }: Scene, duties: ReadonlySet<Duty> = all) =>
  discover(dependencies, duties, { nowMs: 1000, waitForLambda });

/** What a run leaves behind, however it came to it. */
async function endOf({ target, api, known, settled }: Scene): Promise<object> {
  await settled();
  const mappings = (await api.list('replicate')).map(({ Topics, State }) => [Topics?.[0], State]);
  const ids = known.map(({ topic }) => topic);
  return { target: target.state(), mappings: mappings.sort(), known: ids.sort() };
}

describe('a run of discovery', () => {
  it('creates, grows, permits and maps, and then there is nothing to do', async (t) => {
    const scene = await open(t);
    const before = await planDiscovery(scene.dependencies, all, 1000);
    const planned = [...before.plan.actions, ...before.mappings].map(({ kind }) => kind);
    assert.deepEqual(planned.toSorted(), [
      'add-partitions',
      ...['create', 'create', 'create'],
      'create-acl',
      ...['create-topic', 'create-topic'],
    ]);
    assert.deepEqual(scene.target.writes, []);

    const { applied, kept } = await run(scene);
    const done = [...applied.done, ...(kept?.done ?? [])].map(({ kind }) => kind);
    assert.deepEqual(done.sort(), planned.sort());
    await scene.settled();
    const after = await planDiscovery(scene.dependencies, all, 1000);
    assert.deepEqual(after.plan.actions, []);
    assert.deepEqual(
      after.mappings.map(({ kind }) => kind),
      ['leave', 'leave', 'leave'],
    );
  });

  it('killed at any write, before or after its effect, and run again ends the same', async (t) => {
    const whole = await open(t);
    await run(whole);
    const end = await endOf(whole);
    let at = 1;
    for (let isKilled = true; isKilled; at += 1) {
      for (const hasEffect of [false, true]) {
        const scene = await open(t);
        const kill = killing(at, hasEffect);
        await run({ ...scene, dependencies: kill.guarded(scene.dependencies) }).catch(() => {});
        isKilled = kill.isKilled();
        await scene.settled();
        await run(scene);
        assert.deepEqual(await endOf(scene), end, `killed at write ${at}`);
      }
    }
    assert.ok(at > 7, `only ${at} writes`);
  });

  it('maps no topic of which the remote topic is refused or lost, and does the rest', async (t) => {
    const scene = await open(t);
    scene.source.add('lost').add('refused');
    scene.replicated.add('lost');
    scene.target.forbidden.add('us.refused');
    const outcome = await run(scene);
    const mapped = (await scene.api.list('replicate')).map(({ Topics }) => Topics?.[0]);
    assert.deepEqual(mapped.sort(), ['grown', 'orders', 'payments']);
    const answer = answerOf(outcome);
    assert.deepEqual(
      answer.states.map(({ topic, state }) => `${topic} ${state}`),
      ['lost target-deleted'],
    );
    assert.deepEqual(
      answer.failures.map(({ topic, code }) => `${topic} ${code}`),
      ['refused UNAUTHORIZED'],
    );
  });

  it('reads a topic no more that was created again, whoever resumes it', async (t) => {
    const scene = await open(t);
    await run(scene);
    scene.replicated.add('orders');
    scene.source.add('orders', 3);
    await scene.settled();
    const outcome = await run(scene);
    assert.deepEqual(answerOf(outcome).unread, [
      { topic: 'orders', why: 'the topic is source-recreated' },
    ]);
    await scene.settled();
    const orders = (await scene.api.list('replicate')).find((one) => one.Topics?.[0] === 'orders');
    assert.equal(orders?.State, 'Disabled');
    await scene.api.update(orders.UUID, { Enabled: true });
    await scene.settled();
    assert.deepEqual(
      (await run(scene)).kept?.done.map(({ kind }) => kind),
      ['disable'],
    );
  });

  it('does what it is for and no more, and tells it by metrics', async (t) => {
    const scene = await open(t);
    const acls = new Set<Duty>(['acls']);
    const outcome = await run(scene, acls);
    assert.deepEqual(
      outcome.applied.done.map(({ kind }) => kind),
      ['create-acl'],
    );
    assert.deepEqual(metricLines(outcome, acls), [
      { values: { DiscoveryFailureCount: 0 }, dimensions: {} },
    ]);
    scene.replicated.add('payments');
    const [ofFlow, ...ofStates] = metricLines(await run(scene), all);
    assert.deepEqual(ofFlow?.values, {
      DiscoveryFailureCount: 0,
      MirroredTopicCount: 3,
      DetectedStateCount: 1,
      LossCount: 1,
      MappingCount: 0,
      StoppedMappingCount: 0,
    });
    assert.deepEqual(ofStates, [
      { values: { DetectedStateCount: 1 }, dimensions: { State: 'target-deleted' } },
    ]);
  });

  it('goes on with topics where Lambda or ACLs may not be looked at, and names it', async (t) => {
    const scene = await open(t);
    const refusal = new MirrorlessError('LAMBDA_REFUSED', 'Not for this role.');
    const list = async () => Promise.reject(refusal);
    scene.dependencies.mappings = { ...scene.api, list };
    const outcome = await run(scene);
    assert.deepEqual(failuresOf(outcome), [{ error: refusal }]);
    assert.equal(scene.target.topics.get('us.orders')?.partitionCount, 3);
    assert.equal(outcome.kept, undefined);
  });

  it('has a schedule for what is due together, and by hand does what is enabled', () => {
    assert.deepEqual(schedules(settings), [
      { intervalMs: 600_000, duties: new Set(['topics', 'configs']) },
      { intervalMs: 60_000, duties: new Set(['acls']) },
    ]);
    const off = { enabled: false, intervalSeconds: 1 };
    assert.deepEqual(
      dutiesOf({ ...settings, refreshTopics: off, syncTopicConfigs: off }),
      new Set(['topics', 'acls']),
    );
  });
});

const writing: Record<string, readonly string[]> = {
  admin: ['createTopics', 'createPartitions', 'alterConfigs', 'createAcls'],
  mappings: ['create', 'update', 'delete', 'tag'],
  knownTopics: ['write'],
};

/** Every write from the given one on fails, and every look after it; that one has its effect, or not. */
function killing(at: number, hasEffect: boolean) {
  let writes = 0;
  const failure = new MirrorlessError('INTERNAL', 'The process is gone.');
  const guard = <T extends object>(of: T, names: readonly string[]): T =>
    new Proxy(of, {
      get(target, name) {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (writes > at || (writes === at && !names.includes(String(name)))) throw failure;
          const isWrite = names.includes(String(name));
          if (isWrite) writes += 1;
          if (isWrite && writes >= at && !(writes === at && hasEffect)) throw failure;
          const result = await method.apply(target, args);
          if (isWrite && writes >= at) throw failure;
          return result;
        };
      },
    });
  return {
    isKilled: () => writes >= at,
    guarded: (dependencies: DiscoveryDependencies): DiscoveryDependencies => ({
      ...dependencies,
      target: {
        ...dependencies.target,
        admin: guard(dependencies.target.admin, writing['admin']!),
      },
      mappings: guard(dependencies.mappings, writing['mappings']!),
      knownTopics: guard(dependencies.knownTopics, writing['knownTopics']!),
    }),
  };
}
