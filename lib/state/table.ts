/** Creates the state table where no stack does: in a local or emulated DynamoDB. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { MirrorlessError } from '../errors.ts';
import { stateFailure } from './failures.ts';
import { stateTable } from './items.ts';

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
        BillingMode: stateTable.billingMode,
        AttributeDefinitions: [partitionKey, sortKey, index.sortKey].map((name) => ({
          AttributeName: name,
          AttributeType: 'S',
        })),
        KeySchema: [hash, { AttributeName: sortKey, KeyType: 'RANGE' }],
        LocalSecondaryIndexes: [
          {
            IndexName: index.name,
            KeySchema: [hash, { AttributeName: index.sortKey, KeyType: 'RANGE' }],
            Projection: { ProjectionType: index.projection },
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
