import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MappingsApi } from '../../../lib/aws/mappings.ts';
import {
  keepMappings,
  lookAtMappings,
  turnMappings,
  type WantedMappings,
} from '../../../lib/discovery/keep-mappings.ts';
import type { MappedFlow } from '../../../lib/discovery/mapping-parameters.ts';
import { planMappings } from '../../../lib/discovery/plan-mappings.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import { loadMappedFlow } from './mapped-flow.ts';
import { openRegistry, registryApi } from './registry-api.ts';

const flow = loadMappedFlow({ flow: ['tags: [team=streams]'] });

function wanted(own: Partial<WantedMappings> = {}): WantedMappings {
  return {
    flow,
    functionName: 'replicate',
    mirrored: ['t1', 't2', 't3', 't4', 't5'],
    hasTopic: () => true,
    hasRemoteTopic: () => true,
    halted: new Map(),
    isPaused: () => false,
    ...own,
  };
}

const keep = (api: MappingsApi, own: Partial<WantedMappings> = {}) =>
  keepMappings({
    api,
    wanted: wanted(own),
    comparesTags: true,
    waitForLambda: () => delay(1, true),
  });

/** What matters of every mapping when Lambda is at work on none. */
async function endState(api: MappingsApi): Promise<object[]> {
  while (true) {
    const all = await api.list('replicate');
    if (all.every(({ State }) => State === 'Enabled' || State === 'Disabled')) {
      const told = all.map(
        async ({ Topics, State, BatchSize, EventSourceMappingArn, ...rest }) => ({
          topic: Topics?.[0],
          State,
          BatchSize,
          servers: rest.SelfManagedEventSource?.Endpoints.KAFKA_BOOTSTRAP_SERVERS.join(),
          tags: await api.tags(EventSourceMappingArn!),
        }),
      );
      return (await Promise.all(told)).sort((a, b) => (a.topic! < b.topic! ? -1 : 1));
    }
    await delay(1);
  }
}

/** A mapping of each fate: as it is, changed, replaced, not mirrored any more; t5 is new. */
async function prepare(t: TestContext): Promise<MappingsApi> {
  const api = registryApi(await openRegistry(t));
  const create = (mirrored: string[], own: Partial<MappedFlow>) =>
    keepMappings({
      api: { ...api, list: async () => [] },
      wanted: wanted({ mirrored, flow: { ...flow, ...own } }),
      comparesTags: false,
      waitForLambda: async () => false,
    });
  await create(['t1'], {});
  await create(['t2', 't4'], { mapping: { ...flow.mapping, batchSize: 7, tags: {} } });
  await create(['t3', 't6'], { bootstrapServers: ['old:9092'] });
  await endState(api);
  return api;
}

const target = { isPaused: (topic: string) => topic === 't4' };

interface Killed {
  api: MappingsApi;
  isKilled(): boolean;
}

/** Every call from the given one on fails; that one has its effect, or not. */
function killed(api: MappingsApi, at: number, hasEffect: boolean): Killed {
  let calls = 0;
  const failure = new MirrorlessError('LAMBDA_UNAVAILABLE', 'The process is gone.');
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1;
      const place = calls;
      if (place > at || (place === at && !hasEffect)) throw failure;
      const result = await call(...args);
      if (place === at) throw failure;
      return result;
    };
  return {
    api: {
      list: guard(api.list),
      create: guard(api.create),
      update: guard(api.update),
      delete: guard(api.delete),
      tags: guard(api.tags),
      tag: guard(api.tag),
    },
    isKilled: () => calls >= at,
  };
}

describe('keeping mappings', () => {
  it('comes to what is wanted, and then writes nothing', async (t) => {
    const api = await prepare(t);
    const { done, refused, postponed } = await keep(api, target);
    assert.deepEqual(refused, []);
    assert.deepEqual(postponed, []);
    assert.deepEqual(done.map(({ kind, topic }) => `${kind} ${topic}`).toSorted(), [
      'create t3',
      'create t5',
      'delete t3',
      'delete t6',
      'disable t4',
      'tag t2',
      'tag t4',
      'update t2',
    ]);
    const state = await endState(api);
    assert.deepEqual(
      state,
      ['t1', 't2', 't3', 't4', 't5'].map((topic) => ({
        topic,
        State: topic === 't4' ? 'Disabled' : 'Enabled',
        BatchSize: 10_000,
        servers: 'us-1:9092,us-2:9092',
        tags: { team: 'streams' },
      })),
    );
    assert.deepEqual((await keep(api, target)).done, []);
    const view = await lookAtMappings(api, { wanted: wanted(target), comparesTags: true });
    assert.ok(planMappings(view).every(({ kind }) => kind === 'leave'));
  });

  it('comes to the same after a run was killed at any call, before or after its effect', async (t) => {
    const first = await prepare(t);
    await keep(first, target);
    const expected = await endState(first);
    let isKilled = true;
    let at = 1;
    for (; isKilled; at += 1) {
      for (const hasEffect of [false, true]) {
        const api = await prepare(t);
        const dying = killed(api, at, hasEffect);
        await keep(dying.api, target).catch((error: MirrorlessError) => {
          assert.equal(error.code, 'LAMBDA_UNAVAILABLE');
        });
        isKilled = dying.isKilled();
        await keep(api, target);
        assert.deepEqual(await endState(api), expected, `killed at call ${at}, ${hasEffect}`);
      }
    }
    assert.ok(at > 15, `only ${at} calls`);
  });

  it('comes to the same by two runs at once', async (t) => {
    const api = await prepare(t);
    const runs = await Promise.all([keep(api, target), keep(api, target)]);
    assert.deepEqual(
      runs.flatMap(({ refused }) => refused),
      [],
    );
    const alone = await prepare(t);
    await keep(alone, target);
    assert.deepEqual(await endState(api), await endState(alone));
  });

  it('adopts a mapping whose creation seemed to have failed', async (t) => {
    const api = registryApi(await openRegistry(t));
    await keep(api, { mirrored: ['t1'] });
    let looks = 0;
    const list = async (name: string) => {
      looks += 1;
      return looks === 1 ? [] : api.list(name);
    };
    const blind = { ...api, list };
    const { done, refused } = await keep(blind, { mirrored: ['t1'] });
    assert.deepEqual([done, refused], [[], []]);
  });

  it('names each mapping that is refused, and does the rest', async (t) => {
    const api = registryApi(await openRegistry(t));
    const broken = { ...api, create: refuseOne(api) };
    const { done, refused } = await keep(broken, { mirrored: ['t1', 'x', 't2'] });
    assert.deepEqual(
      done.map(({ topic }) => topic),
      ['t2'],
    );
    assert.deepEqual(
      refused.map(({ topic, error }) => `${topic} ${error.code}`),
      ['t1 LAMBDA_REFUSED', 'x MAPPING_REFUSED'],
    );
  });

  it('gives up waiting when there is no time left, and tells what it left', async (t) => {
    const api = registryApi(await openRegistry(t, { transitionMs: 60_000 }));
    await keep(api, { mirrored: ['t1'] });
    const { postponed, refused } = await keepMappings({
      api,
      wanted: wanted({ mirrored: ['t1'], isPaused: () => true }),
      comparesTags: false,
      waitForLambda: async () => false,
    });
    assert.deepEqual(refused, []);
    assert.match(postponed[0]?.reason ?? '', /paused.*Creating/);
  });

  it('pauses and resumes what it is told to, and touches nothing else', async (t) => {
    const api = await prepare(t);
    const turn = (isPaused: (topic: string) => boolean, isResumed: (topic: string) => boolean) =>
      turnMappings({
        api,
        wanted: { flow, functionName: 'replicate', isPaused, isResumed },
        waitForLambda: () => delay(1, true),
      });
    const before = await endState(api);
    const { done } = await turn(
      () => true,
      () => false,
    );
    assert.equal(done.length, before.length);
    const paused = await endState(api);
    assert.deepEqual(
      paused,
      before.map((one) => ({ ...one, State: 'Disabled' })),
    );
    await turn(
      () => false,
      () => true,
    );
    assert.deepEqual(await endState(api), before);
  });
});

function refuseOne(api: MappingsApi): MappingsApi['create'] {
  return async (parameters) => {
    if (parameters.Topics[0] !== 't1') return api.create(parameters);
    throw new MirrorlessError('LAMBDA_REFUSED', 'no lambda:CreateEventSourceMapping');
  };
}
