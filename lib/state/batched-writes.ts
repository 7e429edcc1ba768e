import {
  BatchExecuteStatementCommand,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { type Bounds, inTime } from '../in-time.ts';
import type { Conflict } from './failures.ts';
import { type ConditionalWrite, statementsPerBatch, updateStatement } from './requests.ts';

interface Waiting {
  write: ConditionalWrite;
  settle: { resolve(conflict: Conflict | undefined): void; reject(error: unknown): void };
}

/**
 * Joins the conditional writes of one turn of the event loop, those of the partitions of an event,
 * into one call: the SDK and the way there and back cost more than the write itself. Each write is
 * applied or refused by itself, and is paid like a write alone.
 *
 * A batch is only ever the quick way to success. Whatever it does not report as written is written
 * alone, which tells what stands in its way and is retried by the SDK; one that the batch did apply
 * is then recognised by what is stored.
 */
export class BatchedWrites {
  readonly #client: DynamoDBClient;
  readonly #timeoutMs: number;
  readonly #alone: (write: ConditionalWrite) => Promise<Conflict | undefined>;
  #waiting: Waiting[] = [];

  constructor(options: {
    client: DynamoDBClient;
    timeoutMs: number;
    alone(write: ConditionalWrite): Promise<Conflict | undefined>;
  }) {
    this.#client = options.client;
    this.#timeoutMs = options.timeoutMs;
    this.#alone = options.alone;
  }

  /** @returns undefined where it was written, else what stood in the way of its condition */
  write(write: ConditionalWrite): Promise<Conflict | undefined> {
    const { promise, ...settle } = Promise.withResolvers<Conflict | undefined>();
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push({ write, settle });
    return promise;
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let first = 0; first < waiting.length; first += statementsPerBatch) {
      const batch = waiting.slice(first, first + statementsPerBatch);
      this.#writeBatch(batch).catch((error) => {
        for (const { settle } of batch) settle.reject(error);
      });
    }
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const answers = batch.length === 1 ? [] : await this.#send(batch);
    await Promise.all(
      batch.map(async ({ write, settle }, index) => {
        const answer = answers[index];
        if (answer && !answer.Error) settle.resolve(undefined);
        else await this.#alone(write).then(settle.resolve, settle.reject);
      }),
    );
  }

  async #send(batch: readonly Waiting[]): Promise<BatchStatementResponse[]> {
    const Statements = batch.map(({ write }) => updateStatement(write));
    const command = new BatchExecuteStatementCommand({ Statements });
    try {
      const sending = (bounds: Bounds) => this.#client.send(command, bounds);
      const { Responses = [] } = await inTime(this.#timeoutMs, sending);
      return Responses;
    } catch {
      // Refused as a whole, or not answered: each write finds out for itself.
      return [];
    }
  }
}
