/** Keeps the offset syncs of the time before a flow was taken over, in its state table. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TableCalls } from './calls.ts';
import type { SampledSyncStore } from './ports.ts';
import { sampledItem, sampledKey } from './sampled-syncs.ts';

interface SampledSyncsOptions {
  /** Left open. */
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

export function dynamoSampledSyncs(options: SampledSyncsOptions): SampledSyncStore {
  const { client, table, flow, timeoutMs = 5000 } = options;
  const calls = new TableCalls({ client, table, timeoutMs });
  return {
    write: (partition, syncs) => calls.putAll([sampledItem(sampledKey(flow, partition), syncs)]),
  };
}
