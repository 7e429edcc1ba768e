/** The requests of the state store: inputs of the SDK's commands, made of values and nothing else. */
import type {
  BatchGetItemInput,
  BatchStatementRequest,
  BatchWriteItemInput,
  PutItemInput,
  QueryInput,
  TransactWriteItemsInput,
  UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import {
  closedItem,
  closedPosition,
  downstreamPosition,
  type Item,
  type Key,
  newestItem,
  stateTable,
} from './items.ts';
import type { Direction } from './offset-map.ts';
import type { Step } from './steps.ts';

/** What a BatchGetItem takes. */
export const keysPerRead = 100;

export function readItems(table: string, keys: readonly Key[]): BatchGetItemInput {
  return { RequestItems: { [table]: { ConsistentRead: true, Keys: [...keys] } } };
}

/** The item that a condition did not hold of comes back with the failure, which saves reading it. */
const tellWhatIsThere = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/** Puts an item that nobody has put before. */
export function putNew(table: string, item: Item): PutItemInput {
  return {
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(producerId)',
    ...tellWhatIsThere,
  };
}

/** Every change of a partition moves one of these, so they say which state is stored. */
const progress = [
  'generation',
  'upstreamEnd',
  'downstreamEnd',
  'nextSequence',
  'producerId',
  'producerEpoch',
];

/** An item that is to take the place of another, only while that one is unchanged. */
export interface ConditionalWrite {
  table: string;
  item: Item;
  replaced: Item;
}

/** Replaces the newest item of a partition, only if nobody has changed it since it was read. */
export function replaceNewest(table: string, key: Key, { from, to }: Step): ConditionalWrite {
  return { table, item: newestItem(key, to), replaced: newestItem(key, from) };
}

/** The write as a request of its own. */
export function putOver({ table, item, replaced }: ConditionalWrite) {
  return {
    TableName: table,
    Item: item,
    ConditionExpression: progress.map((name) => `${name} = :${name}`).join(' AND '),
    ExpressionAttributeValues: Object.fromEntries(
      progress.map((name) => [`:${name}`, replaced[name] as Item[string]]),
    ),
    ...tellWhatIsThere,
  } satisfies PutItemInput;
}

/** What a BatchExecuteStatement takes. */
export const statementsPerBatch = 25;

/**
 * The same write as a PartiQL statement. It sets what changes alone: the rest stands in the old item,
 * which has the same attributes, and each clause is parsed anew at every call.
 */
export function updateStatement({ table, item, replaced }: ConditionalWrite) {
  const changed = Object.keys(item).filter(
    (name) => contentOf(item[name]) !== contentOf(replaced[name]),
  );
  const set = changed.map((name) => `SET "${name}" = ?`);
  const where = ['partition', 'position', ...progress];
  const unchanged = where.map((name) => `"${name}" = ?`);
  return {
    Statement: `UPDATE "${table}" ${set.join(' ')} WHERE ${unchanged.join(' AND ')}`,
    Parameters: [
      ...changed.map((name) => item[name]),
      ...where.map((name) => replaced[name]),
    ] as Item[string][],
  } satisfies BatchStatementRequest;
}

function contentOf(value: Item[string] | undefined): string | undefined {
  const { S, N, B } = value ?? {};
  return S ?? N ?? (B && Buffer.from(B).toString('latin1'));
}

/** The same, with the segments that the step closes, and those that nobody needs any more. */
export function replaceAndClose(
  table: string,
  key: Key,
  step: Step,
  pruned: readonly Key[],
): TransactWriteItemsInput {
  const { generation } = step.from;
  return {
    TransactItems: [
      { Put: putOver(replaceNewest(table, key, step)) },
      ...step.closed.map((segment) => ({
        Put: { TableName: table, Item: closedItem(key, generation, segment) },
      })),
      ...pruned.map((prunedKey) => ({ Delete: { TableName: table, Key: prunedKey } })),
    ],
  };
}

/** Closed segments of a generation that begin, upstream, in [first, last], ascending. */
export function closedBetween(
  table: string,
  key: Key,
  range: { generation: number; first: bigint; last: bigint },
): QueryInput {
  const { generation, first, last } = range;
  return query(table, key, {
    side: 'upstream',
    first: closedPosition(generation, first),
    last: closedPosition(generation, last),
  });
}

/** The closed segment that begins last at or before an offset: only it can hold the offset. */
export function lastClosedBefore(
  table: string,
  key: Key,
  sought: { side: Direction; generation: number; offset: bigint },
): QueryInput {
  const { side, generation, offset } = sought;
  const positionOf = side === 'upstream' ? closedPosition : downstreamPosition;
  const range = { side, first: positionOf(generation, 0n), last: positionOf(generation, offset) };
  return { ...query(table, key, range), ScanIndexForward: false, Limit: 1 };
}

/** The first of the closed segments that begin at or after an offset, ascending. */
export function closedFrom(
  table: string,
  key: Key,
  sought: { side: Direction; generation: number; offset: bigint; countMax: number },
): QueryInput {
  const { side, generation, offset, countMax } = sought;
  const positionOf = side === 'upstream' ? closedPosition : downstreamPosition;
  const first = positionOf(generation, offset);
  const last = positionOf(generation, 2n ** 63n - 1n);
  return { ...query(table, key, { side, first, last }), Limit: countMax };
}

/** Of all closed segments up to a downstream offset of a generation: keys and starts, oldest first. */
export function closedUpTo(
  table: string,
  key: Key,
  upTo: { generation: number; downstream: bigint },
): QueryInput {
  return query(table, key, {
    side: 'downstream',
    first: downstreamPosition(0, 0n),
    last: downstreamPosition(upTo.generation, upTo.downstream),
  });
}

/** Upstream, whole items; downstream, by the index, which has their keys and starts only. */
function query(
  table: string,
  key: Key,
  range: { side: Direction; first: string; last: string },
): QueryInput {
  const { partitionKey, sortKey, index } = stateTable;
  const onIndex = range.side === 'downstream';
  return {
    TableName: table,
    ...(onIndex && { IndexName: index.name }),
    ConsistentRead: true,
    KeyConditionExpression: '#partition = :partition AND #position BETWEEN :first AND :last',
    ExpressionAttributeNames: {
      '#partition': partitionKey,
      '#position': onIndex ? index.sortKey : sortKey,
    },
    ExpressionAttributeValues: {
      ':partition': key.partition,
      ':first': { S: range.first },
      ':last': { S: range.last },
    },
  };
}

/** All items of the flow's own whose position begins with a prefix. */
export function itemsOfFlow(table: string, flow: string, prefix: string): QueryInput {
  const { partitionKey, sortKey } = stateTable;
  return {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: '#partition = :flow AND begins_with(#position, :prefix)',
    ExpressionAttributeNames: { '#partition': partitionKey, '#position': sortKey },
    ExpressionAttributeValues: { ':flow': { S: flow }, ':prefix': { S: prefix } },
  };
}

/** What a BatchWriteItem takes. */
export const putsPerBatch = 25;

export function putItems(table: string, items: readonly Item[]): BatchWriteItemInput {
  return { RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) } };
}

/** An expression may have 4 KB, and takes some 16 characters for each attribute. */
export const attributesPerUpdate = 200;

/** Sets these attributes of an item, and leaves the others; creates it where it is not there. */
export function setAttributes(table: string, key: Key, attributes: Item): UpdateItemInput {
  const entries = Object.entries(attributes);
  return {
    TableName: table,
    Key: key,
    UpdateExpression: `SET ${entries.map((_, index) => `#${index} = :${index}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(
      entries.map(([name], index) => [`#${index}`, name]),
    ),
    ExpressionAttributeValues: Object.fromEntries(
      entries.map(([, value], index) => [`:${index}`, value]),
    ),
  };
}
