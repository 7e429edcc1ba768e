/** Mappings that discovery keeps, on real brokers: created, paused, replaced, restarted, no record lost. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MappingsApi } from '../../lib/aws/mappings.ts';
import { keepMappings, turnMappings } from '../../lib/discovery/keep-mappings.ts';
import type { MappedFlow } from '../../lib/discovery/mapping-parameters.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import type { MappingRegistry } from '../../lib/local/lambda-api/mapping-registry.ts';
import { MappingStore } from '../../lib/local/lambda-api/mapping-store.ts';
import { textOf } from '../../lib/local/mapping/batch-outcome.ts';
import { type MappedFunction, startMapping } from '../../lib/local/mapping-pollers.ts';
import { decodeEvent } from '../../lib/source/decode.ts';
import { randomTopic } from '../support/flow.ts';
import { startOracle } from '../support/oracle/oracle.ts';
import { sharedParts } from '../support/parts.ts';
import { until } from '../support/until.ts';
import { loadMappedFlow } from '../unit/discovery/mapped-flow.ts';
import { openRegistry, registryApi } from '../unit/discovery/registry-api.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const cluster = oracle.cluster(parts.sourceBootstrapServers);
const partitions = 3;

/** A flow of its own for each test, so that groups are too. */
function flowOf(t: TestContext): MappedFlow {
  const target = randomTopic(t.name.slice(0, 10).replaceAll(' ', '-'));
  return { ...loadMappedFlow(), target, bootstrapServers: parts.sourceBootstrapServers.split(',') };
}

interface Host {
  api: MappingsApi;
  /** Offsets that the function was given, by topic and partition, in order. */
  taken: Map<string, number[]>;
  keep(mirrored: string[], own?: Partial<MappedFlow>): Promise<void>;
  pause(isPaused: boolean): Promise<void>;
  /** Ends this host's pollers, and begins with those of another on the same file. */
  restart(): Promise<void>;
}

async function openHost(t: TestContext): Promise<Host> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-host-'));
  const flow = flowOf(t);
  const taken = new Map<string, number[]>();
  const host = mappedFunction(t, flow, taken);
  const open = async (): Promise<MappingRegistry> =>
    openRegistry(t, {
      store: await MappingStore.open(join(directory, 'mappings.json')),
      startPollers: (mapping) => startMapping(mapping, host),
      transitionMs: 20,
    });
  let registry = await open();
  let api = registryApi(registry);
  t.after(async () => {
    await registry.close(); // It may be writing its file.
    await rm(directory, { recursive: true, force: true });
  });
  const settle = () =>
    until(async () => {
      const all = await api.list('replicate');
      return all.every(({ State }) => State === 'Enabled' || State === 'Disabled');
    });
  const waitForLambda = () => delay(20, true);
  return {
    get api() {
      return api;
    },
    taken,
    async keep(mirrored, own = {}) {
      const isPaused = () => false;
      const always = () => true;
      const there = { hasTopic: always, hasRemoteTopic: always, halted: new Map() };
      const wanted = { functionName: 'replicate', mirrored, isPaused, ...there };
      const options = { api, comparesTags: false, waitForLambda };
      const { refused } = await keepMappings({
        ...options,
        wanted: { ...wanted, flow: { ...flow, ...own } },
      });
      assert.deepEqual(refused, []);
      await settle();
    },
    async pause(isPaused) {
      const wanted = { flow, functionName: 'replicate', isPaused: () => isPaused };
      await turnMappings({ api, wanted: { ...wanted, isResumed: () => true }, waitForLambda });
      await settle();
    },
    async restart() {
      await registry.close();
      registry = await open();
      api = registryApi(registry);
    },
  };
}

function mappedFunction(
  t: TestContext,
  { bootstrapServers }: MappedFlow,
  taken: Map<string, number[]>,
): MappedFunction {
  const client = {
    cluster: { alias: 'us', bootstrapServers: [...bootstrapServers] },
    side: 'source' as const,
    requestTimeoutMs: 10_000,
  };
  const source = openDataPlane(client);
  const groups = openGroups(client);
  t.after(() => Promise.all([source.close(), groups.close()]));
  return {
    bootstrapServers,
    source,
    groups,
    openSource: () => openDataPlane(client),
    topicCount: () => 2,
    async invoke(event) {
      for (const { topic, partition, records } of decodeEvent(JSON.parse(textOf(event)))) {
        const key = `${topic} ${partition}`;
        const offsets = taken.get(key) ?? [];
        taken.set(key, [...offsets, ...records.map(({ offset }) => offset)]);
      }
      return { ok: true, value: null };
    },
    failureDestination: { write: async () => assert.fail('nothing is given up') },
    notify: () => {},
    retryMs: 100,
  };
}

const countOf = ({ taken }: Host) =>
  [...taken.values()].reduce((sum, { length }) => sum + length, 0);

/** Of every partition each record, in order and once. */
function assertWhole({ taken }: Host, topics: string[], countEach: number): void {
  assert.equal(taken.size, topics.length * partitions);
  for (const [where, offsets] of taken) {
    assert.deepEqual(offsets, [...Array(countEach).keys()], where);
  }
}

const load = (topic: string, count: number, firstSequence = 0) =>
  cluster.load(topic, { producer: topic, count, valueBytes: 100, partitions, firstSequence });

async function createTopics(count: number): Promise<string[]> {
  const topics = Array.from({ length: count }, () => randomTopic('mapped'));
  for (const topic of topics) await cluster.createTopic(topic, { partitions });
  return topics;
}

test('a created mapping reads from the first record, and a pause loses none', async (t) => {
  const topics = await createTopics(2);
  for (const topic of topics) await load(topic, 300);
  const host = await openHost(t);
  await host.keep(topics);
  await until(() => countOf(host) === 600);
  await host.pause(true);
  for (const topic of topics) await load(topic, 300, 300);
  await host.keep(topics);
  await host.pause(false);
  await until(() => countOf(host) === 1200);
  assertWhole(host, topics, 200);
  for (const { LastProcessingResult } of await host.api.list('replicate')) {
    assert.equal(LastProcessingResult, 'OK');
  }
});

test('a mapping that is replaced, changed and restarted goes on where it stood', async (t) => {
  const topics = await createTopics(1);
  const [topic] = topics as [string];
  const host = await openHost(t);
  await load(topic, 300);
  await host.keep(topics);
  await until(() => countOf(host) === 300);
  const [before] = await host.api.list('replicate');
  const servers = [...parts.sourceBootstrapServers.split(','), 'localhost:1'];
  await load(topic, 300, 300);
  await host.keep(topics, { bootstrapServers: servers });
  const [replaced] = await host.api.list('replicate');
  assert.notEqual(replaced?.UUID, before?.UUID);
  await until(() => countOf(host) === 600);
  await host.restart();
  await load(topic, 300, 600);
  await until(() => countOf(host) === 900);
  await host.keep([]);
  assert.deepEqual(await host.api.list('replicate'), []);
  await load(topic, 300, 900);
  await host.keep(topics);
  await until(() => countOf(host) === 1200);
  assertWhole(host, topics, 400);
});

test('a mapping of a topic that is not there says so, and reads when it is', async (t) => {
  const topic = randomTopic('later');
  const host = await openHost(t);
  await host.keep([topic]);
  await until(async () => {
    const [mapping] = await host.api.list('replicate');
    return mapping?.LastProcessingResult?.startsWith('PROBLEM: ') === true;
  });
  await cluster.createTopic(topic, { partitions });
  await load(topic, 30);
  await until(() => countOf(host) === 30);
  assertWhole(host, [topic], 10);
});
