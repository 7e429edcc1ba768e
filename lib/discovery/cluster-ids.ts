/** Are the two ends of a flow the clusters that they should be? Asked before anything is created. */
import { MirrorlessError } from '../errors.ts';
import type { TopicAdmin } from '../kafka/topic-admin.ts';
import type { ClusterIdStore, ClusterIds } from '../state/ports.ts';

interface End {
  alias: string;
  admin: Pick<TopicAdmin, 'clusterId'>;
}

export interface Ends {
  source: End;
  target: End;
  store: ClusterIdStore;
}

/**
 * Asks both clusters for their ids. Throws SAME_CLUSTER where the ends are one cluster, whatever its
 * names and addresses are; CLUSTER_REPLACED where an alias names another cluster than before, whose
 * records the flow's offset map does not speak of; and what the clusters and the store answer.
 */
export async function checkClusterIds(ends: Ends): Promise<{ ids: ClusterIds; isKept: boolean }> {
  const { source, target, store } = ends;
  const [sourceId, targetId, stored] = await Promise.all([
    clusterIdOf(source),
    clusterIdOf(target),
    store.read(),
  ]);
  if (sourceId === targetId) throw sameCluster(source, target, sourceId);
  const ids = { source: sourceId, target: targetId };
  for (const side of ['source', 'target'] as const) {
    if (stored === undefined || stored[side] === ids[side]) continue;
    throw replaced(ends[side].alias, stored[side], ids[side]);
  }
  return { ids, isKept: stored !== undefined };
}

/** The same, and keeps them for the functions. */
export async function keepClusterIds(ends: Ends): Promise<void> {
  const { ids, isKept } = await checkClusterIds(ends);
  if (!isKept) await ends.store.write(ids);
}

async function clusterIdOf({ alias, admin }: End): Promise<string> {
  const id = await admin.clusterId();
  if (id !== undefined) return id;
  throw new MirrorlessError('CLUSTER_IDS_MISSING', `The brokers of ${alias} tell no cluster id.`);
}

function sameCluster(source: End, target: End, id: string): MirrorlessError {
  const what = `${source.alias} and ${target.alias} are one cluster, ${id}: nothing is mirrored.`;
  return new MirrorlessError('SAME_CLUSTER', what);
}

function replaced(alias: string, before: string, now: string): MirrorlessError {
  const what = `${alias} was the cluster ${before} and is now ${now}: nothing is mirrored.`;
  return new MirrorlessError('CLUSTER_REPLACED', what);
}
