/** Requests to the leaders of partitions: one per broker, answered for each partition. */
import { MirrorlessError, toMirrorlessError } from '../../errors.ts';
import {
  kafkaCodeOf,
  meansStaleLeader,
  networkException,
  refusedByBroker,
} from '../kafka-errors.ts';
import type { Settled, TopicPartition } from '../ports.ts';
import type { PartitionAnswer } from '../protocol/log.ts';
import type { Api } from '../protocol/wire.ts';
import { type BrokerConnection, isNoAnswer } from './broker-connection.ts';
import type { Connections } from './connections.ts';
import type { Metadata } from './metadata.ts';

export interface Cluster {
  connections: Connections;
  metadata: Metadata;
}

/** Something about one partition and the connection to its leader, or why there is none. */
export interface Route<Part> {
  part: Part;
  leader: BrokerConnection | MirrorlessError;
}

/** A request for all partitions that the same broker leads. */
export interface Question<Part, Request, Answer> {
  api: Api<Request, Answer[]>;
  request(parts: Part[]): Request;
}

/**
 * Asks something that may be asked twice: where leadership moved or the leader cannot be reached,
 * and another broker leads by now, that one is asked, once. Never rejects.
 */
export async function askLeaders<
  Part extends TopicPartition,
  Request,
  Answer extends PartitionAnswer,
>(
  cluster: Cluster,
  parts: readonly Part[],
  question: Question<Part, Request, Answer>,
): Promise<Settled<Answer>[]> {
  const ask = (routes: readonly Route<Part>[]) =>
    toEachLeader(cluster.connections, routes, {
      ...question,
      send: (leader, request) => cluster.connections.ask(leader, question.api, request),
    });
  const routes = await routesOf(cluster, parts);
  const answers = await ask(routes);
  const stale = routes.filter((route, index) => isStale(route, answers[index]!));
  if (stale.length === 0) return answers;
  for (const { part } of stale) cluster.metadata.forget(part.topic);
  const fresh = await routesOf(
    cluster,
    stale.map(({ part }) => part),
  );
  const moved = fresh.filter(({ leader }, index) => leader !== stale[index]!.leader);
  const later = await ask(moved);
  const better = new Map(moved.map(({ part }, index) => [part, later[index]!]));
  return routes.map(({ part }, index) => better.get(part) ?? answers[index]!);
}

/** The leaders as they are known, or asked for. Never rejects. */
export async function routesOf<Part extends TopicPartition>(
  { connections, metadata }: Cluster,
  parts: readonly Part[],
): Promise<Route<Part>[]> {
  const leaders = await metadata.leaders(parts);
  return parts.map((part, index) => {
    const leader = leaders[index]!;
    return { part, leader: leader.ok ? connections.to(leader.value) : leader.error };
  });
}

/**
 * Sends one request to every leader, all before it returns, and sorts the answers out again. Never
 * rejects: a partition has its value, what its broker said instead, or why nobody said anything.
 */
export function toEachLeader<Part extends TopicPartition, Request, Answer extends PartitionAnswer>(
  { peer }: Connections,
  routes: readonly Route<Part>[],
  {
    api,
    request,
    send,
  }: Question<Part, Request, Answer> & {
    send(leader: BrokerConnection, request: Request): Promise<Answer[]>;
  },
): Promise<Settled<Answer>[]> {
  const responses = new Map<Route<Part>['leader'], Promise<Map<string, Answer>>>();
  for (const [leader, group] of Map.groupBy(routes, (route) => route.leader)) {
    if (leader instanceof MirrorlessError) continue;
    responses.set(leader, send(leader, request(group.map(({ part }) => part))).then(byPartition));
  }
  const settle = async ({ part, leader }: Route<Part>): Promise<Settled<Answer>> => {
    if (leader instanceof MirrorlessError) return { ok: false, error: leader };
    const { topic, partition } = part;
    try {
      const answer = (await responses.get(leader)!).get(keyOf(part));
      if (answer?.code === 0) return { ok: true, value: answer };
      const { code, detail } = answer ?? leftOut;
      const refusal = { api: api.name, code, broker: leader.broker, topic, partition, detail };
      return { ok: false, error: refusedByBroker(peer, refusal) };
    } catch (error) {
      return { ok: false, error: toMirrorlessError(error) };
    }
  };
  return Promise.all(routes.map(settle));
}

const leftOut = { code: networkException, detail: 'the answer leaves this partition out' };

function byPartition<Answer extends PartitionAnswer>(answers: Answer[]): Map<string, Answer> {
  return new Map(answers.map((answer) => [keyOf(answer), answer]));
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${partition} ${topic}`;
}

/** False where nobody was found to lead, or where the time was used up waiting for the leader. */
function isStale({ leader }: Route<unknown>, answer: Settled<unknown>): boolean {
  if (answer.ok || leader instanceof MirrorlessError || isNoAnswer(answer.error)) return false;
  return meansStaleLeader(kafkaCodeOf(answer.error) ?? networkException);
}
