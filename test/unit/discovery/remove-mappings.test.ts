import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mappingParameters } from '../../../lib/discovery/mapping-parameters.ts';
import { removeMappings } from '../../../lib/discovery/remove-mappings.ts';
import { loadMappedFlow } from './mapped-flow.ts';
import { openRegistry, registryApi } from './registry-api.ts';

const flow = loadMappedFlow();

async function open(t: TestContext) {
  const api = registryApi(await openRegistry(t));
  for (const topic of ['orders', 'payments']) {
    await api.create(mappingParameters(flow, topic, 'replicate'));
  }
  const foreign = mappingParameters({ ...flow, target: 'other' }, 'foreign', 'replicate');
  await api.create(foreign);
  const topics = async () => {
    const existing = await api.list('replicate');
    return existing.map(({ Topics }) => Topics?.[0]).sort();
  };
  return { api, topics };
}

describe('mappings of a flow', () => {
  it('are gone when they were removed, also while Lambda is at work on them; others stay', async (t) => {
    const { api, topics } = await open(t);
    await removeMappings({
      ...{ api, flow, functionName: 'replicate' },
      isRemoved: () => true,
      waitForLambda: () => delay(2, true),
    });
    assert.deepEqual(await topics(), ['foreign']);
  });

  it('are removed by topic', async (t) => {
    const { api, topics } = await open(t);
    await removeMappings({
      ...{ api, flow, functionName: 'replicate' },
      isRemoved: (topic) => topic === 'orders',
      waitForLambda: () => delay(2, true),
    });
    assert.deepEqual(await topics(), ['foreign', 'payments']);
  });

  it('that Lambda does not let go of in time are named', async (t) => {
    const { api } = await open(t);
    const removing = removeMappings({
      ...{ api, flow, functionName: 'replicate' },
      isRemoved: () => true,
      waitForLambda: async () => false,
    });
    await assert.rejects(removing, { code: 'MAPPING_BUSY', message: /orders, payments/ });
  });
});
