/** A real state table of its own for each of the state tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startMinistack } from '../../lib/local/parts/ministack.ts';
import { stateClient } from '../../lib/state/client.ts';
import { emptySegment } from '../../lib/state/offset-map.ts';
import type { PartitionState } from '../../lib/state/ports.ts';
import { createStateTable } from '../../lib/state/table.ts';

export interface StateTable {
  endpoint: string;
  name: string;
  client: DynamoDBClient;
  close(): Promise<void>;
}

export async function openStateTable(): Promise<StateTable> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-state-'));
  const ministack = await startMinistack({ directory, notify: () => {} });
  const { endpoint } = ministack;
  const client = clientOf(endpoint);
  const name = 'state';
  await createStateTable(client, name);
  return {
    endpoint,
    name,
    client,
    close: async () => {
      client.destroy();
      await ministack.stop();
      await rm(directory, { recursive: true });
    },
  };
}

export function clientOf(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return stateClient({ endpoint, region: 'us-east-1', credentials });
}

/** A client of its own that counts its calls; the retries of a call are not counted. */
export function countingClient(endpoint: string) {
  const counted = { calls: 0, client: clientOf(endpoint) };
  counted.client.middlewareStack.add(
    (next) => (args) => {
      counted.calls += 1;
      return next(args);
    },
    { step: 'initialize' },
  );
  return counted;
}

/** What this process computed since `start`, whatever else the machine does. */
export function cpuMs(start?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return Math.round((user + system) / 1000);
}

export function initialState(upstream = 0n, downstream = 0n): PartitionState {
  return {
    producerId: 2n ** 62n,
    producerEpoch: 7,
    generation: 0,
    nextSequence: 0,
    segment: emptySegment(upstream, downstream),
  };
}
