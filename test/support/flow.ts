/** One flow on real clusters, driven event by event, so that a test can break it at any step. */
import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { deadlineAt } from '../../lib/deadline.ts';
import type { CompressionType } from '../../lib/kafka/compression.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import type { KafkaDataPlane } from '../../lib/kafka/ports.ts';
import { type ReplicationPolicy, replicationPolicy } from '../../lib/policy/replication-policy.ts';
import { Provenance } from '../../lib/provenance/provenance.ts';
import { type ReplicateDependencies, replicate } from '../../lib/replicate.ts';
import type { KafkaEvent } from '../../lib/source/event.ts';
import { stateClient } from '../../lib/state/client.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import type { StateStore } from '../../lib/state/ports.ts';
import { RememberedStates } from '../../lib/state/remembered.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { Arena } from '../../lib/target/arena.ts';
import type { PartitionCopy } from '../../lib/target/partition-copy.ts';
import { eventOf, type Slice } from './events.ts';

export interface FlowAddresses {
  targetBootstrapServers: string;
  dynamoEndpoint: string;
}

export interface Environment extends ReplicateDependencies {
  target: KafkaDataPlane;
  state: StateStore;
  /** Rejects when a fault kills the environment. */
  death?: Promise<never>;
}

/** Replaces what an environment works with, to break it. */
export type Fault = (environment: Environment) => Environment;

export interface Flow {
  /** A new execution environment: connections of its own, no memory of another. */
  environment(fault?: Fault, bootstrapServers?: string): Environment;
  /** Delivers the slices as one event to a new environment; its copies, one for each slice. */
  deliver(slices: readonly Slice[], fault?: Fault): Promise<PartitionCopy[]>;
  /** The same, and every partition is expected to be complete. */
  copy(slices: readonly Slice[], fault?: Fault): Promise<PartitionCopy[]>;
  /** The same in an environment that has had events before. */
  copyIn(environment: Environment, slices: readonly Slice[]): Promise<PartitionCopy[]>;
  targetBootstrapServers: string;
  /** Copied back too, under kept names. */
  bothWays: boolean;
  /** The name of the copy on the target. */
  remoteTopic(topic: string): string;
  state: StateStore;
  table: string;
  client: DynamoDBClient;
  close(): Promise<void>;
}

const source = 'source';
const target = 'target';
const invocationMs = 20_000;

export function remoteTopic(topic: string): string {
  return `${source}.${topic}`;
}

export function randomTopic(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

export interface FlowOptions {
  compressionType?: CompressionType;
  /** Names are kept, and a flow leads back: records tell where they were first written. */
  bothWays?: boolean;
}

/** What discovery would have found. */
export const clusterIds = { source: 'id-of-the-source', target: 'id-of-the-target' };

export async function openFlow(
  addresses: FlowAddresses,
  settings: FlowOptions = {},
): Promise<Flow> {
  const client = stateClient({
    endpoint: addresses.dynamoEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const table = `mirrorless-${randomBytes(6).toString('hex')}`;
  await createStateTable(client, table);
  const opened: Environment[] = [];
  const policy = replicationPolicy(
    {
      class: settings.bothWays ? 'IdentityReplicationPolicy' : 'DefaultReplicationPolicy',
      separator: '.',
      internalTopicSeparatorEnabled: true,
      separatorConfigured: false,
    },
    source,
  );
  const stateStore = () => dynamoStateStore({ client, table, flow: `${source}->${target}` });
  const environment = (
    fault: Fault = (same) => same,
    bootstrapServers = addresses.targetBootstrapServers,
  ): Environment => {
    const plain: Environment = {
      target: openDataPlane({
        cluster: { alias: target, bootstrapServers: bootstrapServers.split(',') },
        side: 'target',
        requestTimeoutMs: 5000,
      }),
      state: stateStore(),
      policy,
      ...(settings.bothWays && { provenance: provenanceOf(policy) }),
      sourceAlias: source,
      targetAlias: target,
      compressionType: settings.compressionType ?? 'none',
      arena: new Arena(),
      remembered: new RememberedStates(),
    };
    opened.push(plain);
    return fault(plain);
  };
  const deliver = (slices: readonly Slice[], fault?: Fault) =>
    invoke(eventOf(slices), environment(fault));
  return {
    environment,
    deliver,
    copy: async (slices, fault) => complete(await deliver(slices, fault)),
    copyIn: async (used, slices) => complete(await invoke(eventOf(slices), used)),
    targetBootstrapServers: addresses.targetBootstrapServers,
    bothWays: settings.bothWays ?? false,
    remoteTopic: (topic) => policy.formatRemoteTopic(source, topic),
    state: stateStore(),
    table,
    client,
    close: async () => {
      await Promise.all(opened.map((each) => each.target.close()));
      client.destroy();
    },
  };
}

function provenanceOf(policy: ReplicationPolicy): Provenance {
  const flows = [
    { source, target, stateTable: 'forth' },
    { source: target, target: source, stateTable: 'back' },
  ];
  return new Provenance({
    settings: {
      source: { alias: source, bootstrapServers: [] },
      target: { alias: target, bootstrapServers: [] },
      topics: { include: ['.*'], exclude: [] },
    },
    provenance: { addsHeader: true, flows },
    policy,
    clusterIdsOf: () => ({ read: async () => clusterIds }),
  });
}

/** One invocation as Lambda makes it: the event as text, a deadline. */
export function invoke(event: KafkaEvent, environment: Environment): Promise<PartitionCopy[]> {
  const received: unknown = JSON.parse(JSON.stringify(event));
  const invocation = replicate(received, environment, deadlineAt(Date.now() + invocationMs));
  return environment.death ? Promise.race([invocation, environment.death]) : invocation;
}

function complete(copies: PartitionCopy[]): PartitionCopy[] {
  for (const { failure } of copies) if (failure) throw failure;
  return copies;
}
