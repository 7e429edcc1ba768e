/** The ids of a flow's clusters, in its state table: one item. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TableCalls } from './calls.ts';
import { type Key, reading, text } from './items.ts';
import type { ClusterIdStore } from './ports.ts';
import { setAttributes } from './requests.ts';

interface ClusterIdsOptions {
  /** Left open. */
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

export function dynamoClusterIds(options: ClusterIdsOptions): ClusterIdStore {
  const { client, table, flow, timeoutMs = 5000 } = options;
  const calls = new TableCalls({ client, table, timeoutMs });
  const key: Key = { partition: { S: flow }, position: { S: 'cluster-ids' } };
  return {
    async read() {
      const [item] = await calls.read([key]);
      if (item === undefined) return undefined;
      return reading(item, () => ({ source: text(item, 'source'), target: text(item, 'target') }));
    },
    write: ({ source, target }) =>
      calls.update(setAttributes(table, key, { source: { S: source }, target: { S: target } })),
  };
}
