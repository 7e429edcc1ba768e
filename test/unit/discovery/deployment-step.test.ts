import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DeploymentSteps,
  deploymentStep,
  type StepRequest,
} from '../../../lib/discovery/deployment-step.ts';
import type { DiscoveryRun } from '../../../lib/discovery/discover.ts';
import { MirrorlessError } from '../../../lib/errors.ts';

const down = new MirrorlessError('SOURCE_UNREACHABLE', 'No broker of cluster a answered.');
const create: StepRequest = {
  RequestType: 'Create',
  ResourceProperties: mappings({ orders: '1' }),
};
const update: StepRequest = {
  RequestType: 'Update',
  OldResourceProperties: mappings({ orders: '1', payments: '1', gone: '1' }),
  ResourceProperties: mappings({ orders: '2', payments: '1', added: '1' }),
};

function mappings(digests: Record<string, string>) {
  return { mappings: JSON.stringify(digests) };
}

/** A run with so many topics and failures; without `kept`, mappings could not be looked at. */
function run(topicCount: number, failures: MirrorlessError[] = [], hasKept = true): DiscoveryRun {
  return {
    topics: { mirrored: Array.from({ length: topicCount }) },
    applied: { done: [], refused: [] },
    ...(hasKept && { kept: { done: [], postponed: [], refused: [], existing: [] } }),
    failures,
  } as unknown as DiscoveryRun;
}

/** The steps that were taken, in order. */
function steps(found: DiscoveryRun | Error): DeploymentSteps & { taken: string[] } {
  const taken: string[] = [];
  return {
    taken,
    async discover() {
      taken.push('discover');
      if (found instanceof Error) throw found;
      return found;
    },
    async removeMappings(isRemoved) {
      const topics = ['orders', 'payments', 'gone', 'added'].filter(isRemoved);
      taken.push(`remove ${topics.join()}`);
    },
  };
}

describe('a step of the deployment', () => {
  it('discovers when the stack is created, and tells what was found', async () => {
    const own = steps(run(3));
    const outcome = await deploymentStep(create, own);
    assert.deepEqual(outcome, { ok: true, data: { Outcome: '3 topics' } });
    assert.deepEqual(own.taken, ['discover']);
  });

  it('fails the deployment where the first discovery fails, with its reason', async () => {
    for (const found of [down, run(3, [down], false)]) {
      const outcome = await deploymentStep(create, steps(found));
      assert.deepEqual(outcome, { ok: false, reason: down.message });
    }
  });

  it('does not fail it for one topic of many, which is told', async () => {
    const outcome = await deploymentStep(create, steps(run(3, [down, down])));
    const Outcome = `3 topics; failed: ${down.message} (and 1 more)`;
    assert.deepEqual(outcome, { ok: true, data: { Outcome } });
  });

  it('takes mappings out of the way that the stack replaces, before it discovers', async () => {
    const own = steps(run(3));
    await deploymentStep(update, own);
    assert.deepEqual(own.taken, ['remove orders', 'discover']);
  });

  it('fails no later deployment, so that the stack finds its way back', async () => {
    const outcome = await deploymentStep(update, steps(down));
    assert.deepEqual(outcome, { ok: true, data: { Outcome: `failed: ${down.message}` } });
  });

  it('fails where a mapping stays in the way', async () => {
    const own = { ...steps(run(3)), removeMappings: () => Promise.reject(down) };
    assert.deepEqual(await deploymentStep(update, own), { ok: false, reason: down.message });
  });

  it('takes all mappings away at the end, and discovers nothing', async () => {
    const own = steps(run(3));
    const outcome = await deploymentStep({ ...create, RequestType: 'Delete' }, own);
    assert.deepEqual(outcome, { ok: true, data: {} });
    assert.deepEqual(own.taken, ['remove orders,payments,gone,added']);
  });
});
