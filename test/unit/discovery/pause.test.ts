import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MappingsApi } from '../../../lib/aws/mappings.ts';
import { keepMappings } from '../../../lib/discovery/keep-mappings.ts';
import { isPaused, planTurn, type Turn, turn } from '../../../lib/discovery/pause.ts';
import type { PauseStore } from '../../../lib/state/ports.ts';
import { loadMappedFlow } from './mapped-flow.ts';
import { openRegistry, registryApi } from './registry-api.ts';

const flow = loadMappedFlow();
const functionName = 'replicate';
const waitForLambda = () => delay(1, true);

function pausesInMemory(): PauseStore {
  const paused = new Set<string>();
  return {
    read: async () => ({
      flow: paused.has(''),
      topics: new Set([...paused].filter((topic) => topic !== '')),
    }),
    write: async (isPaused, topics = ['']) => {
      for (const topic of topics) isPaused ? paused.add(topic) : paused.delete(topic);
    },
  };
}

interface Scene {
  api: MappingsApi;
  pauses: PauseStore;
  /** As discovery does. */
  keep(...mirrored: string[]): Promise<unknown>;
  turn(to: Turn): Promise<string[]>;
  /** Topics that are read. */
  reading(): Promise<string>;
}

async function open(t: TestContext): Promise<Scene> {
  const api = registryApi(await openRegistry(t));
  const pauses = pausesInMemory();
  const options = { api, pauses, flow, functionName };
  const settle = async () => {
    const all = await api.list(functionName);
    if (all.every(({ State }) => State === 'Enabled' || State === 'Disabled')) return all;
    await delay(1);
    return settle();
  };
  const keep = async (...mirrored: string[]) => {
    const all = await pauses.read();
    const wanted = {
      flow,
      functionName,
      mirrored,
      hasTopic: () => true,
      hasRemoteTopic: () => true,
      halted: new Map(),
      isPaused: (topic: string) => isPaused(all, topic),
    };
    await keepMappings({ api, wanted, comparesTags: false, waitForLambda });
    await settle();
  };
  return {
    api,
    pauses,
    keep,
    turn: async (to) => {
      const planned = await planTurn(to, options);
      const { done } = await turn(to, { ...options, waitForLambda });
      assert.deepEqual(done, planned);
      await settle();
      return done.map(({ kind, topic }) => `${kind} ${topic}`).sort();
    },
    reading: async () => {
      const enabled = (await settle()).filter(({ State }) => State === 'Enabled');
      return enabled
        .map(({ Topics }) => Topics?.[0])
        .sort()
        .join();
    },
  };
}

describe('a pause', () => {
  it('of a flow holds every topic, also one that is found later, until it is resumed', async (t) => {
    const { keep, turn, reading } = await open(t);
    await keep('t1', 't2');
    assert.deepEqual(await turn({ to: 'pause' }), ['disable t1', 'disable t2']);
    await keep('t1', 't2', 't3');
    assert.equal(await reading(), '');
    assert.deepEqual(await turn({ to: 'resume' }), ['enable t1', 'enable t2', 'enable t3']);
    assert.equal(await reading(), 't1,t2,t3');
  });

  it('of a topic holds that topic, whatever becomes of the flow', async (t) => {
    const { keep, turn, reading } = await open(t);
    await keep('t1', 't2');
    await turn({ to: 'pause', topics: ['t1'] });
    assert.equal(await reading(), 't2');
    await turn({ to: 'pause' });
    assert.deepEqual(await turn({ to: 'resume' }), ['enable t2']);
    assert.deepEqual(await turn({ to: 'resume', topics: ['t1'] }), ['enable t1']);
    assert.equal(await reading(), 't1,t2');
  });

  it('of a flow is not ended by resuming a topic', async (t) => {
    const { keep, turn, reading } = await open(t);
    await keep('t1');
    await turn({ to: 'pause' });
    assert.deepEqual(await turn({ to: 'resume', topics: ['t1'] }), []);
    assert.equal(await reading(), '');
  });

  it('that ended halfway is completed by discovery', async (t) => {
    const { keep, pauses, reading } = await open(t);
    await keep('t1', 't2');
    await pauses.write(true, ['t2']);
    await keep('t1', 't2');
    assert.equal(await reading(), 't1');
  });

  it('done twice is done once', async (t) => {
    const { keep, turn } = await open(t);
    await keep('t1');
    await turn({ to: 'pause' });
    assert.deepEqual(await turn({ to: 'pause' }), []);
    await turn({ to: 'resume' });
    assert.deepEqual(await turn({ to: 'resume' }), []);
  });
});
