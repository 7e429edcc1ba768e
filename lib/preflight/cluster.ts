/** One cluster: the way to each of its brokers, what they understand, and which cluster it is. */
import { mapBounded } from '../bounded.ts';
import type { ClusterSettings } from '../config/flow-settings.ts';
import { type ClusterLook, openClusterLook } from '../kafka/cluster-look.ts';
import type { Peer } from '../kafka/kafka-errors.ts';
import { spokenApis } from '../kafka/protocol/spoken.ts';
import { settle } from '../state/settle.ts';
import { type Check, checkAt } from './check.ts';
import { clusterIdCheck, versionsCheck } from './judge-cluster.ts';
import { reachChecks } from './judge-reach.ts';
import { reachBroker } from './reach.ts';

export interface CheckedCluster {
  checks: Check[];
  /** Absent where nobody could log in: nothing more can be asked. */
  identity?: Awaited<ReturnType<ClusterLook['identity']>>;
}

export interface ClusterOptions {
  cluster: ClusterSettings;
  side: Peer['side'];
  timeoutMs: number;
}

const atOnce = 4;

/** Never rejects. */
export async function checkCluster(options: ClusterOptions): Promise<CheckedCluster> {
  const { cluster, side, timeoutMs } = options;
  const { alias, authentication, bootstrapServers } = cluster;
  const first = await mapBounded(bootstrapServers, atOnce, (server) =>
    reachBroker(server, true, options),
  );
  const open = first.filter(({ login }) => login?.ok === true).map(({ broker }) => broker);
  const asked = { ...cluster, bootstrapServers: open };
  const identity =
    open.length === 0
      ? undefined
      : await settle(() => identityOf({ cluster: asked, side, requestTimeoutMs: timeoutMs }));
  const named = identity?.ok ? identity.value.brokers : [];
  const others = named.filter((broker) => !bootstrapServers.includes(broker));
  const then = await mapBounded(others, atOnce, (broker) => reachBroker(broker, false, options));
  const brokers = [...first, ...then];
  const ranges = brokers.flatMap(({ broker, login }) =>
    login?.ok ? [{ broker, ranges: login.value }] : [],
  );
  const at = checkAt('cluster id', { cluster: alias });
  return {
    checks: [
      ...reachChecks({ cluster: alias, authentication, brokers, nowMs: Date.now() }),
      ...versionsCheck(alias, spokenApis, ranges),
      ...(identity === undefined ? [at.skipped('nobody could log in')] : []),
      ...(identity?.ok === true ? [clusterIdCheck(alias, identity.value.clusterId)] : []),
      ...(identity?.ok === false ? [at.failedBy(identity.error)] : []),
    ],
    ...(identity?.ok && { identity: identity.value }),
  };
}

async function identityOf(options: Parameters<typeof openClusterLook>[0]) {
  const look = openClusterLook(options);
  try {
    return await look.identity();
  } finally {
    await look.close();
  }
}
