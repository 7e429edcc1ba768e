import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkClusterIds, keepClusterIds } from '../../../lib/discovery/cluster-ids.ts';
import { isMirrorlessError } from '../../../lib/errors.ts';
import type { ClusterIds } from '../../../lib/state/ports.ts';
import { ModelledCluster } from './modelled-cluster.ts';

function open() {
  const kept: ClusterIds[] = [];
  const source = new ModelledCluster();
  const target = new ModelledCluster();
  const ends = {
    source: { alias: 'us', admin: source },
    target: { alias: 'eu', admin: target },
    store: {
      read: async () => kept.at(-1),
      async write(ids: ClusterIds) {
        kept.push(ids);
      },
    },
  };
  return { source, target, ends, kept, ids: { source: source.id, target: target.id } };
}

test('ids are kept once, and a check keeps nothing', async () => {
  const { ends, ids, kept } = open();
  assert.deepEqual(await checkClusterIds(ends), { ids, isKept: false });
  assert.deepEqual(kept, []);
  await keepClusterIds(ends);
  await keepClusterIds(ends);
  assert.deepEqual(kept, [ids]);
  assert.deepEqual(await checkClusterIds(ends), { ids, isKept: true });
});

test('one cluster at both ends is refused, by its id', async () => {
  const { source, target, ends, kept } = open();
  target.id = source.id;
  const message = new RegExp(`^us and eu are one cluster, ${source.id}: nothing is mirrored`);
  await assert.rejects(keepClusterIds(ends), { code: 'SAME_CLUSTER', retriable: false, message });
  assert.deepEqual(kept, []);
});

test('another cluster behind an alias is refused, whichever end it is', async () => {
  for (const side of ['source', 'target'] as const) {
    const { ends, kept, ids, ...clusters } = open();
    await keepClusterIds(ends);
    clusters[side].id = 'another';
    await assert.rejects(keepClusterIds(ends), (error) => {
      assert.ok(isMirrorlessError(error) && error.code === 'CLUSTER_REPLACED' && !error.retriable);
      const { alias } = ends[side];
      assert.match(error.message, new RegExp(`^${alias} was the cluster ${ids[side]} and is now`));
      return true;
    });
    assert.deepEqual(kept, [ids]);
  }
});

test('a cluster that tells no id is asked again by the next run', async () => {
  const { source, ends } = open();
  source.id = undefined;
  await assert.rejects(keepClusterIds(ends), { code: 'CLUSTER_IDS_MISSING', retriable: true });
});
