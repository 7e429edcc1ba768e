/** The committed offsets of consumer groups that have no members: those of event source mappings. */
import { toMirrorlessError } from '../errors.ts';
import { type Refusal, refusedByBroker } from './kafka-errors.ts';
import { Connections, type ConnectionsOptions } from './network/connections.ts';
import { whileCoordinatorLoads } from './network/retry.ts';
import type { FetchPosition, TopicPartition } from './ports.ts';
import type { BrokerAddress } from './protocol/cluster.ts';
import { findCoordinator, offsetCommit, offsetFetch } from './protocol/group.ts';
import type { PartitionAnswer } from './protocol/log.ts';
import type { Api } from './protocol/wire.ts';

export interface GroupOffsets {
  /** Throws where any of them is not committed, as while the group has members. */
  commitOffsets(group: string, positions: readonly FetchPosition[]): Promise<void>;
  /** For each partition the next offset to be read, or undefined where none was committed. */
  committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<(bigint | undefined)[]>;
  close(): Promise<void>;
}

/** Opens nothing yet. Loading and moving coordinators are waited for within `requestTimeoutMs`. */
export function openGroupOffsets(options: ConnectionsOptions): GroupOffsets {
  const connections = new Connections(options);
  const coordinators = new Coordinators(connections);
  return {
    async commitOffsets(group, positions) {
      if (positions.length > 0) await coordinators.ask(group, offsetCommit, { group, positions });
    },
    async committedOffsets(group, partitions) {
      if (partitions.length === 0) return [];
      const answers = await coordinators.ask(group, offsetFetch, { group, partitions });
      return partitions.map(({ topic, partition }) => {
        const found = answers.find((one) => one.topic === topic && one.partition === partition);
        return found === undefined || found.offset < 0n ? undefined : found.offset;
      });
    },
    close: () => connections.close(),
  };
}

/** Which broker keeps the offsets of which group. */
class Coordinators {
  readonly #connections: Connections;
  readonly #known = new Map<string, BrokerAddress>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Every answer is without an error, or it throws the first one. */
  ask<Request, Answer extends PartitionAnswer>(
    group: string,
    api: Api<Request, Answer[]>,
    request: Request,
  ): Promise<Answer[]> {
    const attempt = async () => {
      const coordinator = this.#connections.to(await this.#coordinator(group));
      try {
        const answers = await this.#connections.ask(coordinator, api, request);
        for (const answer of answers)
          this.#check({ api: api.name, ...answer, broker: coordinator.broker });
        return answers;
      } catch (error) {
        this.#known.delete(group);
        throw toMirrorlessError(error);
      }
    };
    return whileCoordinatorLoads(attempt, this.#connections.requestTimeoutMs);
  }

  async #coordinator(group: string): Promise<BrokerAddress> {
    const known = this.#known.get(group);
    if (known) return known;
    const { code, detail, coordinator } = await this.#connections.askAny(findCoordinator, group);
    this.#check({ api: findCoordinator.name, code, detail });
    this.#known.set(group, coordinator);
    return coordinator;
  }

  #check(refusal: Refusal): void {
    if (refusal.code !== 0) throw refusedByBroker(this.#connections.peer, refusal);
  }
}
