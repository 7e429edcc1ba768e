/** Discovery, the API and the pollers together, over a simulated source: what a pause does to records. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MappingsApi } from '../../../lib/aws/mappings.ts';
import { keepMappings, turnMappings } from '../../../lib/discovery/keep-mappings.ts';
import type { KafkaDataPlane } from '../../../lib/kafka/ports.ts';
import { startMapping } from '../../../lib/local/mapping-pollers.ts';
import { loadMappedFlow } from '../discovery/mapped-flow.ts';
import { openRegistry, registryApi } from '../discovery/registry-api.ts';
import { range, succeeded, topic, until, valuesOf } from './mapping/scene.ts';
import { SimulatedGroups, SimulatedSource } from './mapping/simulated-source.ts';

const flow = loadMappedFlow();

interface Host {
  api: MappingsApi;
  /** What the function was given, in order. */
  taken: string[];
  state(): Promise<string | undefined>;
}

async function openHost(t: TestContext, source: SimulatedSource): Promise<Host> {
  const taken: string[] = [];
  const groups = new SimulatedGroups();
  const registry = await openRegistry(t, {
    startPollers: (mapping) =>
      startMapping(mapping, {
        bootstrapServers: flow.bootstrapServers,
        topicCount: () => 1,
        openSource: () => connectionsTo(source),
        source,
        groups,
        invoke: async (event) => {
          taken.push(...valuesOf(event));
          return succeeded;
        },
        failureDestination: { write: async () => assert.fail('nothing is given up') },
        notify: () => {},
        retryMs: 1,
      }),
  });
  const api = registryApi(registry);
  return { api, taken, state: async () => (await api.list('replicate'))[0]?.State };
}

/** A poller closes its own connections; the source itself stays, for the next that begin. */
function connectionsTo(source: SimulatedSource): KafkaDataPlane {
  return new Proxy<KafkaDataPlane>(source, {
    get(_, name: keyof KafkaDataPlane) {
      return name === 'close' ? async () => {} : source[name].bind(source);
    },
  });
}

const waitForLambda = () => delay(1, true);

const keep = (api: MappingsApi, mirrored: string[]) =>
  keepMappings({
    api,
    wanted: {
      flow,
      functionName: 'replicate',
      mirrored,
      hasTopic: () => true,
      hasRemoteTopic: () => true,
      halted: new Map(),
      isPaused: () => false,
    },
    comparesTags: false,
    waitForLambda,
  });

const turn = (api: MappingsApi, isPaused: boolean) =>
  turnMappings({
    api,
    wanted: {
      flow,
      functionName: 'replicate',
      isPaused: () => isPaused,
      isResumed: () => true,
    },
    waitForLambda,
  });

async function settles({ state }: Host, expected: string | undefined): Promise<void> {
  while ((await state()) !== expected) await delay(1);
}

describe('a mapping that was created here', { timeout: 30_000 }, () => {
  it('reads from the first record, holds in a pause, goes on without loss, and ends', async (t) => {
    const source = new SimulatedSource(topic, 1);
    source.append(0, range(0, 5));
    const host = await openHost(t, source);
    const { api, taken } = host;
    await keep(api, [topic]);
    await until(() => taken.length === 5);
    await turn(api, true);
    await settles(host, 'Disabled');
    source.append(0, range(5, 5));
    await keep(api, [topic]);
    assert.equal(await host.state(), 'Disabled');
    assert.equal(taken.length, 5);
    await turn(api, false);
    await until(() => taken.length === 10);
    assert.deepEqual(taken, range(0, 10));
    await settles(host, 'Enabled');
    const [described] = await api.list('replicate');
    assert.equal(described?.LastProcessingResult, 'OK');
    await keep(api, []);
    await settles(host, undefined);
    source.append(0, range(10, 5));
    await keep(api, [topic]);
    await until(() => taken.length === 15);
    assert.deepEqual(taken, range(0, 15));
  });
});
