/** The calls to the state table: bounded in time, complete, and failing in the project's codes. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  type PutItemInput,
  QueryCommand,
  type QueryInput,
  TransactWriteItemsCommand,
  type TransactWriteItemsInput,
  UpdateItemCommand,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { type Bounds, inTime } from '../in-time.ts';
import { BatchedWrites } from './batched-writes.ts';
import { type Conflict, conflictOf, stateFailure } from './failures.ts';
import type { Item, Key } from './items.ts';
import { type ConditionalWrite, keysPerRead, putItems, putOver, readItems } from './requests.ts';

export class TableCalls {
  readonly table: string;
  readonly #client: DynamoDBClient;
  readonly #timeoutMs: number;
  readonly #batched: BatchedWrites;

  constructor(options: { client: DynamoDBClient; table: string; timeoutMs: number }) {
    this.table = options.table;
    this.#client = options.client;
    this.#timeoutMs = options.timeoutMs;
    this.#batched = new BatchedWrites({
      client: options.client,
      timeoutMs: options.timeoutMs / 2,
      alone: (write) => this.put(putOver(write)),
    });
  }

  /** The items that are there, in no order; strongly consistent. The keys differ from each other. */
  async read(keys: readonly Key[]): Promise<Item[]> {
    const chunks: Promise<Item[]>[] = [];
    for (let first = 0; first < keys.length; first += keysPerRead) {
      const chunk = keys.slice(first, first + keysPerRead);
      chunks.push(this.#call('BatchGetItem', (bounds) => this.#readChunk(chunk, bounds)));
    }
    return (await Promise.all(chunks)).flat();
  }

  /** What the service leaves unprocessed (it is busy, or an answer is full) is asked for again. */
  async #readChunk(keys: readonly Key[], bounds: Bounds): Promise<Item[]> {
    const items: Item[] = [];
    let request = readItems(this.table, keys);
    for (let delayMs = 10; ; delayMs *= 2) {
      const answer = await this.#client.send(new BatchGetItemCommand(request), bounds);
      items.push(...(answer.Responses?.[this.table] ?? []));
      const unprocessed = answer.UnprocessedKeys;
      if (unprocessed?.[this.table] === undefined) return items;
      request = { RequestItems: unprocessed };
      await backOff(delayMs, bounds);
    }
  }

  /**
   * Puts items of different keys, at most `putsPerBatch`, over whatever is there. Where it fails,
   * some of them may have been written.
   */
  putAll(items: readonly Item[]): Promise<void> {
    return this.#call('BatchWriteItem', async (bounds) => {
      let request = putItems(this.table, items);
      for (let delayMs = 10; ; delayMs *= 2) {
        const answer = await this.#client.send(new BatchWriteItemCommand(request), bounds);
        const unprocessed = answer.UnprocessedItems;
        if (unprocessed?.[this.table] === undefined) return;
        request = { RequestItems: unprocessed };
        await backOff(delayMs, bounds);
      }
    });
  }

  /** Without a condition. */
  update(input: UpdateItemInput): Promise<void> {
    return this.#call('UpdateItem', async (bounds) => {
      await this.#client.send(new UpdateItemCommand(input), bounds);
    });
  }

  /** All pages of a query, or the first items where it has a limit. */
  query(input: QueryInput): Promise<Item[]> {
    return this.#call('Query', async (bounds) => {
      const items: Item[] = [];
      let page = input;
      while (true) {
        const answer = await this.#client.send(new QueryCommand(page), bounds);
        items.push(...(answer.Items ?? []));
        const next = answer.LastEvaluatedKey;
        if (next === undefined || items.length >= (input.Limit ?? Infinity)) return items;
        page = { ...input, ExclusiveStartKey: next };
      }
    });
  }

  /** @returns undefined where it was written, else what stood in the way of its condition */
  put(input: PutItemInput): Promise<Conflict | undefined> {
    return this.#call('PutItem', (bounds) =>
      unlessConflict(this.#client.send(new PutItemCommand(input), bounds)),
    );
  }

  /** Together with the other writes of this turn of the event loop, each by its own condition. */
  replace(write: ConditionalWrite): Promise<Conflict | undefined> {
    return this.#batched.write(write);
  }

  /** All or nothing. The SDK gives each call a token, so its own retries are applied once. */
  transact(input: TransactWriteItemsInput): Promise<Conflict | undefined> {
    return this.#call('TransactWriteItems', (bounds) =>
      unlessConflict(this.#client.send(new TransactWriteItemsCommand(input), bounds)),
    );
  }

  close(): void {
    this.#client.destroy();
  }

  #call<T>(action: string, send: (bounds: Bounds) => Promise<T>): Promise<T> {
    return inTime(this.#timeoutMs, async (bounds) => {
      try {
        return await send(bounds);
      } catch (error) {
        const within = bounds.abortSignal.aborted ? ` within ${this.#timeoutMs} ms` : '';
        throw stateFailure(error, { action: `${action}${within}`, table: this.table });
      }
    });
  }
}

async function backOff(delayMs: number, { abortSignal }: Bounds): Promise<void> {
  const jitteredMs = delayMs * (0.5 + Math.random() / 2);
  await pause(jitteredMs, undefined, { signal: abortSignal });
}

async function unlessConflict(writing: Promise<unknown>): Promise<Conflict | undefined> {
  try {
    await writing;
    return undefined;
  } catch (error) {
    const conflict = conflictOf(error);
    if (conflict === undefined) throw error;
    return conflict;
  }
}
