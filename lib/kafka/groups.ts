import { type MirrorlessError, toMirrorlessError } from '../errors.ts';
import { concernsGroup, networkException, type Refusal, refusedByBroker } from './kafka-errors.ts';
import { Connections, type ConnectionsOptions } from './network/connections.ts';
import { type Coordinated, Coordinators } from './network/coordinators.ts';
import { whileCoordinatorLoads } from './network/retry.ts';
import type {
  CommittedOffset,
  GroupListing,
  KafkaGroups,
  Settled,
  TopicPartition,
} from './ports.ts';
import { type BrokerAddress, metadata } from './protocol/cluster.ts';
import {
  listGroups,
  type OffsetFetchResponse,
  offsetCommit,
  offsetFetch,
} from './protocol/group.ts';

/** Opens nothing yet. Loading and moving coordinators are waited for within `requestTimeoutMs`. */
export function openGroups(options: ConnectionsOptions): KafkaGroups {
  const connections = new Connections(options);
  const cluster = { connections, coordinators: new Coordinators(connections) };
  return {
    listGroups: () => listed(cluster),
    committedOffsets: (groups) => committed(cluster, groups),
    commitOffsets: (group, positions) => commit(cluster, group, positions),
    close: () => connections.close(),
  };
}

interface Cluster {
  connections: Connections;
  coordinators: Coordinators;
}

async function listed(cluster: Cluster) {
  const { connections, coordinators } = cluster;
  const { brokers, topics } = await connections.askAny(metadata, [offsetsTopic]);
  const addresses = [...brokers.values()];
  const lists = await Promise.all(addresses.map((address) => listedBy(connections, address)));
  // A group that moves meanwhile is listed by both brokers, or by none until the next time.
  const groups = new Map<string, GroupListing>();
  const failures: MirrorlessError[] = [];
  for (const [index, list] of lists.entries()) {
    if (!list.ok) {
      failures.push(list.error);
      continue;
    }
    for (const listing of list.value) {
      groups.set(listing.group, listing);
      coordinators.learn(listing.group, addresses[index]!);
    }
  }
  const leaderless = topics.flatMap(({ partitions }) =>
    partitions.filter(({ leader }) => !brokers.has(leader)).map(({ partition }) => partition),
  );
  if (leaderless.length > 0) failures.push(unlisted(connections, leaderless));
  const code = topics[0]?.code ?? 0;
  if (code === topicAuthorizationFailed) failures.push(unseen(connections, code));
  return { groups: [...groups.values()], failures };
}

/** Where Kafka keeps groups; the leader of its partition coordinates the groups in it. */
export const offsetsTopic = '__consumer_offsets';

async function listedBy(
  connections: Connections,
  address: BrokerAddress,
): Promise<Settled<GroupListing[]>> {
  const connection = connections.to(address);
  const { broker } = connection;
  const attempt = async () => {
    const { code, groups } = await connections.ask(connection, listGroups, undefined);
    if (code === 0) return groups;
    throw refusedByBroker(connections.peer, { api: listGroups.name, code, broker });
  };
  try {
    const value = await whileCoordinatorLoads(attempt, connections.requestTimeoutMs);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error: toMirrorlessError(error) };
  }
}

function unlisted({ peer }: Connections, partitions: readonly number[]): MirrorlessError {
  return refusedByBroker(peer, {
    api: listGroups.name,
    code: coordinatorNotAvailable,
    topic: offsetsTopic,
    detail: `no leader of partition ${partitions.join(', ')}: groups kept there are not listed`,
  });
}

const coordinatorNotAvailable = 15;
const topicAuthorizationFailed = 29;

function unseen({ peer }: Connections, code: number): MirrorlessError {
  const detail = 'whether all brokers that keep groups have listed them is not known';
  return refusedByBroker(peer, { api: metadata.name, code, topic: offsetsTopic, detail });
}

async function committed(
  { connections: { peer }, coordinators }: Cluster,
  groups: readonly string[],
): Promise<Settled<CommittedOffset[]>[]> {
  const requests = groups.map((group) => ({ group }));
  const outcomes = await coordinators.ask(offsetFetch, requests);
  return outcomes.map((outcome, index): Settled<CommittedOffset[]> => {
    if (!outcome.ok) return outcome;
    const refusal = firstRefusal(outcome.value);
    if (refusal === undefined) return { ok: true, value: outcome.value.committed };
    const place = { api: offsetFetch.name, broker: outcome.value.broker, group: groups[index] };
    return { ok: false, error: refusedByBroker(peer, { ...place, ...refusal }) };
  });
}

function firstRefusal({
  code,
  refused,
}: Coordinated<OffsetFetchResponse>): Pick<Refusal, 'code' | 'topic' | 'partition'> | undefined {
  return code === 0 ? refused[0] : { code };
}

async function commit(
  { connections: { peer }, coordinators }: Cluster,
  group: string,
  positions: readonly CommittedOffset[],
): Promise<Settled<undefined>[]> {
  const requests = portionsOf(group, positions).map((portion) => ({ group, positions: portion }));
  const outcomes = await coordinators.ask(offsetCommit, requests);
  return outcomes.flatMap((outcome, index) => {
    const portion = requests[index]!.positions;
    if (!outcome.ok) return portion.map(() => outcome);
    const { broker, committed: accepted, refused } = outcome.value;
    const codes = new Map([...accepted, ...refused].map((answer) => [keyOf(answer), answer.code]));
    return portion.map((position): Settled<undefined> => {
      const code = codes.get(keyOf(position)) ?? networkException;
      if (code === 0) return { ok: true, value: undefined };
      const { topic, partition } = position;
      const place = concernsGroup(code) ? {} : { topic, partition };
      const detail = reasons[code];
      const refusal = { api: offsetCommit.name, code, broker, group, ...place, detail };
      return { ok: false, error: refusedByBroker(peer, refusal) };
    });
  });
}

/** What Kafka's names of these codes leave open. */
const reasons: Record<number, string> = {
  12: 'offset.metadata.max.bytes of the broker is less than what the group commits',
  69: 'a group of another kind has this name',
};

/**
 * A commit becomes one record batch of the offsets topic, which has the limit of any topic: 1 MiB
 * where nobody changed it. A partition takes its names, metadata and less than 100 bytes.
 */
function portionsOf(group: string, positions: readonly CommittedOffset[]): CommittedOffset[][] {
  const portions: CommittedOffset[][] = [];
  let leftBytes = 0;
  for (const position of positions) {
    const { topic, metadata: text } = position;
    const sizeBytes = 100 + Buffer.byteLength(group) + Buffer.byteLength(`${topic}${text}`);
    if (sizeBytes > leftBytes) {
      portions.push([]);
      leftBytes = portionBytes;
    }
    portions.at(-1)!.push(position);
    leftBytes -= sizeBytes;
  }
  return portions;
}

const portionBytes = 2 ** 19;

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}
