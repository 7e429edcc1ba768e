/** The state table's definition, once for the deployed stack and for a local or emulated DynamoDB. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { MirrorlessError } from '../errors.ts';
import { stateFailure } from './failures.ts';

/**
 * One table for any number of flows, paid by request, since a flow at rest must cost nothing.
 *
 * The index finds a closed segment by a downstream offset (failback, pruning) in one read. It holds
 * keys only and only of closed segments, so it costs one small write when a segment is closed and
 * nothing at an advance; a search over the table's own keys would cost a read for every halving.
 * Being local, it is read as consistently as the table itself.
 */
export const stateTable = {
  partitionKey: 'partition',
  sortKey: 'position',
  index: { name: 'by-downstream', sortKey: 'downstreamPosition' },
} as const;

const createdWithinSeconds = 60;

/** Returns when the table is there and ready; one that has another shape is an error. */
export async function createStateTable(client: DynamoDBClient, table: string): Promise<void> {
  try {
    await createUnlessThere(client, table);
    const waiting = { client, maxWaitTime: createdWithinSeconds, minDelay: 1, maxDelay: 2 };
    await waitUntilTableExists(waiting, { TableName: table });
    const { Table: description } = await client.send(
      new DescribeTableCommand({ TableName: table }),
    );
    checkShape(table, description);
  } catch (error) {
    throw stateFailure(error, { action: 'CreateTable', table });
  }
}

async function createUnlessThere(client: DynamoDBClient, table: string): Promise<void> {
  const { partitionKey, sortKey, index } = stateTable;
  const hash = { AttributeName: partitionKey, KeyType: 'HASH' } as const;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [partitionKey, sortKey, index.sortKey].map((name) => ({
          AttributeName: name,
          AttributeType: 'S',
        })),
        KeySchema: [hash, { AttributeName: sortKey, KeyType: 'RANGE' }],
        LocalSecondaryIndexes: [
          {
            IndexName: index.name,
            KeySchema: [hash, { AttributeName: index.sortKey, KeyType: 'RANGE' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
  } catch (error) {
    const isThere = error instanceof Error && error.name === 'ResourceInUseException';
    if (!isThere) throw error;
  }
}

function checkShape(table: string, description: TableDescription | undefined): void {
  const { partitionKey, sortKey, index } = stateTable;
  const expected = `${partitionKey}, ${sortKey}; ${index.name}: ${partitionKey}, ${index.sortKey}`;
  const indexes = description?.LocalSecondaryIndexes ?? [];
  const found = [
    keysOf(description),
    ...indexes.map((found) => `${found.IndexName}: ${keysOf(found)}`),
  ].join('; ');
  if (found === expected) return;
  const what = `Table ${table} is there, but is not a state table: it has the keys ${found}.`;
  throw new MirrorlessError('STATE_TABLE_MISSING', `${what} Expected: ${expected}.`);
}

function keysOf(keyed: Pick<TableDescription, 'KeySchema'> | undefined): string {
  const keys = keyed?.KeySchema ?? [];
  return keys.map((key) => key.AttributeName).join(', ');
}
