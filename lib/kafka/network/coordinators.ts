/** Requests to the coordinators of consumer groups, hundreds of groups at a time. */
import { setTimeout as pause } from 'node:timers/promises';
import { mapBounded } from '../../bounded.ts';
import { type MirrorlessError, toMirrorlessError } from '../../errors.ts';
import { kafkaCodeOf, meansCoordinatorNotReady, refusedByBroker } from '../kafka-errors.ts';
import type { Settled } from '../ports.ts';
import type { BrokerAddress } from '../protocol/cluster.ts';
import { findCoordinator, type GroupAnswer } from '../protocol/group.ts';
import type { Api } from '../protocol/wire.ts';
import { isNoAnswer, nameOf } from './broker-connection.ts';
import type { Connections } from './connections.ts';

/** Requests on their way: a broker is never idle, and few answers are held unread. */
const concurrencyMax = 32;
const pauseMs = 100;

/** What the coordinator of a group answered. */
export type Coordinated<Answer> = Answer & { broker: string };

/** Who could not be reached in this round: nobody waits for the same broker twice. */
type Failures = Map<string, MirrorlessError>;
const anyBroker = 'any';

type Reach = Pick<Connections, 'peer' | 'requestTimeoutMs' | 'to' | 'ask' | 'askAny'>;

/** Which broker coordinates which group, as far as known. */
export class Coordinators {
  readonly #connections: Reach;
  readonly #known = new Map<string, BrokerAddress>();

  constructor(connections: Reach) {
    this.#connections = connections;
  }

  /** Spares the search: a group is listed by its coordinator alone. */
  learn(group: string, coordinator: BrokerAddress): void {
    this.#known.set(group, coordinator);
  }

  /**
   * Asks the coordinator of each request's group something that may be asked twice. Loading and
   * moving coordinators are waited for, all of them together within the time of one request. Never
   * rejects: a request has what its coordinator said, refusals too, or why nobody said anything.
   */
  async ask<Request extends { group: string }, Answer extends GroupAnswer>(
    api: Api<Request, Answer>,
    requests: readonly Request[],
  ): Promise<Settled<Coordinated<Answer>>[]> {
    const endsAt = performance.now() + this.#connections.requestTimeoutMs;
    const outcomes = new Array<Settled<Coordinated<Answer>>>(requests.length);
    let open = [...requests.keys()];
    for (;;) {
      const failures: Failures = new Map();
      await mapBounded(open, concurrencyMax, async (index) => {
        outcomes[index] = await this.#attempt(api, requests[index]!, failures);
      });
      open = open.filter((index) => mayPass(outcomes[index]!));
      if (open.length === 0 || performance.now() + pauseMs > endsAt) return outcomes;
      await pause(pauseMs);
    }
  }

  /** Where another broker coordinates the group by now, that one is asked. */
  async #attempt<Request extends { group: string }, Answer extends GroupAnswer>(
    api: Api<Request, Answer>,
    request: Request,
    failures: Failures,
  ): Promise<Settled<Coordinated<Answer>>> {
    const known = this.#known.get(request.group);
    const outcome = known && (await this.#askAt(known, api, request, failures));
    if (outcome && !mayHaveMoved(outcome)) return outcome;
    this.#known.delete(request.group);
    const found = await this.#find(request.group, failures);
    if (!found.ok) return found;
    if (outcome && nameOf(found.value) === nameOf(known)) return outcome;
    return this.#askAt(found.value, api, request, failures);
  }

  async #askAt<Request, Answer extends GroupAnswer>(
    coordinator: BrokerAddress,
    api: Api<Request, Answer>,
    request: Request,
    failures: Failures,
  ): Promise<Settled<Coordinated<Answer>>> {
    const connection = this.#connections.to(coordinator);
    const { broker } = connection;
    const failure = failures.get(broker);
    if (failure) return { ok: false, error: failure };
    try {
      const answer = await this.#connections.ask(connection, api, request);
      return { ok: true, value: { ...answer, broker } };
    } catch (thrown) {
      const error = toMirrorlessError(thrown);
      if (!connection.isAlive()) failures.set(broker, error);
      return { ok: false, error };
    }
  }

  async #find(group: string, failures: Failures): Promise<Settled<BrokerAddress>> {
    const failure = failures.get(anyBroker);
    if (failure) return { ok: false, error: failure };
    try {
      const { code, detail, coordinator } = await this.#connections.askAny(findCoordinator, group);
      if (code !== 0) {
        const refusal = { api: findCoordinator.name, code, detail, group };
        return { ok: false, error: refusedByBroker(this.#connections.peer, refusal) };
      }
      this.#known.set(group, coordinator);
      return { ok: true, value: coordinator };
    } catch (thrown) {
      const error = toMirrorlessError(thrown);
      failures.set(anyBroker, error);
      return { ok: false, error };
    }
  }
}

/** True where the coordinator cannot be reached, or says that it is not the one. */
function mayHaveMoved(outcome: Settled<GroupAnswer>): boolean {
  return outcome.ok ? codesOf(outcome.value).some(meansMoved) : !isNoAnswer(outcome.error);
}

function meansMoved(code: number): boolean {
  return code === coordinatorNotAvailable || code === notCoordinator;
}

const coordinatorNotAvailable = 15;
const notCoordinator = 16;

function mayPass(outcome: Settled<GroupAnswer>): boolean {
  if (outcome.ok) return codesOf(outcome.value).some(meansCoordinatorNotReady);
  const code = kafkaCodeOf(outcome.error);
  return code !== undefined && meansCoordinatorNotReady(code);
}

function codesOf({ code, refused }: GroupAnswer): number[] {
  return [code, ...refused.map((partition) => partition.code)];
}
