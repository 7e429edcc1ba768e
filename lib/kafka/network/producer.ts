import { toMirrorlessError } from '../../errors.ts';
import { kafkaCodeOf, meansStaleLeader, networkException } from '../kafka-errors.ts';
import type { ProduceAnswer, ProduceBatch } from '../ports.ts';
import { produce } from '../protocol/log.ts';
import { BrokerConnection } from './broker-connection.ts';
import { type Cluster, type Route, routesOf, toEachLeader } from './leaders.ts';

/** The broker gives up on its replicas before we give up on the broker, so that it can say why. */
const brokerShare = 0.9;

/**
 * Sends batches to the leaders of their partitions, in the order of the calls. Nothing is ever sent
 * twice: where an answer does not come, the caller finds out in the target's log what landed.
 */
export class Producer {
  readonly #cluster: Cluster;
  /** The last call that waits for a leader or a connection: later calls wait behind it. */
  #waiting: Promise<unknown> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Never rejects. The bytes of the batches must not change before the answer. */
  produce(batches: readonly ProduceBatch[]): Promise<ProduceAnswer[]> {
    const routes = this.#waiting ? undefined : this.#openRoutes(batches);
    if (routes) return this.#send(routes);
    const sent = (this.#waiting ?? Promise.resolve())
      .then(() => routesOf(this.#cluster, batches))
      .then((closed) => Promise.all(closed.map(openRoute)))
      .then((open) => ({ answers: this.#send(open) }));
    this.#waiting = sent;
    return sent.then(({ answers }) => {
      if (this.#waiting === sent) this.#waiting = undefined;
      return answers;
    });
  }

  /** The routes of all batches where each can be sent this instant. */
  #openRoutes(batches: readonly ProduceBatch[]): Route<ProduceBatch>[] | undefined {
    const { connections, metadata } = this.#cluster;
    const routes: Route<ProduceBatch>[] = [];
    for (const part of batches) {
      const address = metadata.knownLeader(part);
      const leader = address && connections.to(address);
      if (!leader?.isReady()) return undefined;
      routes.push({ part, leader });
    }
    return routes;
  }

  /** Hands everything to the connections before it returns. */
  async #send(routes: readonly Route<ProduceBatch>[]): Promise<ProduceAnswer[]> {
    const { connections, metadata } = this.#cluster;
    const timeoutMs = Math.ceil(connections.requestTimeoutMs * brokerShare);
    const answers = await toEachLeader(connections, routes, {
      api: produce,
      request: (parts: ProduceBatch[]) => ({ batches: parts, timeoutMs }),
      send: (leader, request) => leader.send(produce, request),
    });
    return answers.map((answer, index): ProduceAnswer => {
      if (answer.ok) {
        const { baseOffset, logStartOffset } = answer.value;
        return { ok: true, baseOffset, logStartOffset };
      }
      const kafkaCode = kafkaCodeOf(answer.error) ?? networkException;
      if (meansStaleLeader(kafkaCode)) metadata.forget(routes[index]!.part.topic);
      return { ok: false, error: answer.error, kafkaCode };
    });
  }
}

async function openRoute(route: Route<ProduceBatch>): Promise<Route<ProduceBatch>> {
  if (!(route.leader instanceof BrokerConnection)) return route;
  try {
    await route.leader.open();
    return route;
  } catch (error) {
    return { ...route, leader: toMirrorlessError(error) };
  }
}
