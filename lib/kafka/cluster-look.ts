/** What a cluster tells of itself, and of what this principal may do; nothing is changed by asking. */
import { mapBounded } from '../bounded.ts';
import { settle } from '../state/settle.ts';
import { offsetsTopic } from './groups.ts';
import { refusedByBroker } from './kafka-errors.ts';
import { nameOf } from './network/broker-connection.ts';
import { Connections, type ConnectionsOptions } from './network/connections.ts';
import { Coordinators } from './network/coordinators.ts';
import { askController, byTopic, inParts, refusal } from './network/topic-requests.ts';
import type { Settled } from './ports.ts';
import {
  type ApiRanges,
  apiVersions,
  clusterOperations,
  type GroupOperations,
  groupOperations,
  type Operations,
  topicOperations,
} from './protocol/authorized.ts';
import { metadata } from './protocol/cluster.ts';
import { createTopics } from './protocol/topics.ts';
import type { NewTopic } from './topic-admin.ts';

export type { ApiRanges, Operations } from './protocol/authorized.ts';

/** Outcomes are in the order of what was asked; methods that return outcomes never reject. */
export interface ClusterLook {
  apiVersions(): Promise<ApiRanges>;
  /** `brokers`: `host:port` as the cluster advertises them. */
  identity(): Promise<{ clusterId: string | undefined; brokers: string[] }>;
  clusterOperations(): Promise<Operations>;
  /** UNAUTHORIZED where the topic may not be described; one that is not there has operations too. */
  topicOperations(topics: readonly string[]): Promise<Settled<Operations>[]>;
  /** Not told of any group where the cluster keeps none yet. */
  groupOperations(groups: readonly string[]): Promise<Settled<Operations>[]>;
  /** Settings that each topic would have, or why it would be refused; creates nothing. */
  wouldCreate(topics: readonly NewTopic[]): Promise<Settled<Record<string, string | null>>[]>;
  close(): Promise<void>;
}

/** Opens nothing yet. */
export function openClusterLook(options: ConnectionsOptions): ClusterLook {
  const connections = new Connections(options);
  const coordinators = new Coordinators(connections);
  return {
    apiVersions: () => connections.askAny(apiVersions, undefined),
    async identity() {
      const { clusterId, brokers } = await connections.askAny(metadata, []);
      return { clusterId, brokers: [...brokers.values()].map(nameOf) };
    },
    async clusterOperations() {
      const answer = await connections.askAny(clusterOperations, undefined);
      if (answer.code === 0) return answer.operations;
      throw refusal(connections, clusterOperations, answer);
    },
    topicOperations: (topics) =>
      inParts(topics, topicsAtOnce, (part) => operationsOfTopics(connections, part)),
    groupOperations: (groups) => operationsOfGroups(connections, coordinators, groups),
    wouldCreate: (topics) =>
      inParts(topics, topicsAtOnce, (part) => wouldCreate(connections, part)),
    close: () => connections.close(),
  };
}

const topicsAtOnce = 100;
const topicUnknown = 3;

async function operationsOfTopics(
  connections: Connections,
  topics: readonly string[],
): Promise<Settled<Operations>[]> {
  const answers = await connections.askAny(topicOperations, topics);
  const told = answers.map((one) => (one.code === topicUnknown ? { ...one, code: 0 } : one));
  return byTopic(
    topics.map((topic) => ({ topic })),
    told,
    {
      read: ({ operations }) => operations,
      refusalOf: (answer) => refusal(connections, topicOperations, answer),
    },
  );
}

async function operationsOfGroups(
  connections: Connections,
  coordinators: Coordinators,
  groups: readonly string[],
): Promise<Settled<Operations>[]> {
  const requests = groups.map((group) => ({ group }));
  const { peer } = connections;
  const outcomes = await ask();
  return outcomes.map((outcome, index): Settled<Operations> => {
    if (!outcome.ok) return outcome;
    const { code, operations } = outcome.value;
    if (code === 0) return { ok: true, value: operations };
    if (code === notCoordinator) return { ok: true, value: undefined };
    const refused = { api: groupOperations.name, code, group: groups[index] };
    return { ok: false, error: refusedByBroker(peer, refused) };
  });

  /** To look for a coordinator lets brokers create the topic of groups, where there is none yet. */
  async function ask(): Promise<Settled<GroupOperations>[]> {
    const kept = await settle(() => connections.askAny(metadata, [offsetsTopic]));
    if (!kept.ok) return groups.map(() => kept);
    if (kept.value.topics[0]?.code === 0) return coordinators.ask(groupOperations, requests);
    return mapBounded(requests, requestsAtOnce, (request) =>
      settle(() => connections.askAny(groupOperations, request)),
    );
  }
}

/** Who is none tells only that the group may be described. */
const notCoordinator = 16;
const requestsAtOnce = 8;

async function wouldCreate(
  connections: Connections,
  topics: readonly NewTopic[],
): Promise<Settled<Record<string, string | null>>[]> {
  const { requestTimeoutMs: timeoutMs } = connections;
  const request = { topics, timeoutMs, validateOnly: true };
  const answers = await askController(connections, createTopics, request);
  return byTopic(topics, answers, {
    read: ({ configs }) => configs,
    refusalOf: (answer) => refusal(connections, createTopics, answer),
  });
}
