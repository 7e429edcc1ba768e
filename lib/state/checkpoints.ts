/** What the scheduled functions keep of a flow between two runs, in its state table. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mapBounded } from '../bounded.ts';
import type { MirrorlessError } from '../errors.ts';
import type { Settled } from '../kafka/ports.ts';
import { TableCalls } from './calls.ts';
import {
  checkpointItem,
  checkpointPrefix,
  readCheckpoints,
  readSyncs,
  syncAttributes,
  syncKey,
  syncPrefix,
} from './checkpoint-items.ts';
import type { Item } from './items.ts';
import type { CheckpointStore, EmittedSync, GroupCheckpoints } from './ports.ts';
import { attributesPerUpdate, itemsOfFlow, putsPerBatch, setAttributes } from './requests.ts';
import { settle } from './settle.ts';

interface CheckpointStoreOptions {
  /** Left open. */
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

export function dynamoCheckpointStore(options: CheckpointStoreOptions): CheckpointStore {
  return new DynamoCheckpointStore(options);
}

const callsAtOnce = 8;

class DynamoCheckpointStore implements CheckpointStore {
  readonly #calls: TableCalls;
  readonly #flow: string;

  constructor({ client, table, flow, timeoutMs = 5000 }: CheckpointStoreOptions) {
    this.#calls = new TableCalls({ client, table, timeoutMs });
    this.#flow = flow;
  }

  async read(): Promise<{ groups: GroupCheckpoints[]; failures: MirrorlessError[] }> {
    const { values, failures } = await this.#readAll(checkpointPrefix, readCheckpoints);
    return { groups: values, failures };
  }

  async readSyncs(): Promise<{ syncs: EmittedSync[]; failures: MirrorlessError[] }> {
    const { values, failures } = await this.#readAll(syncPrefix, readSyncs);
    return { syncs: values.flat(), failures };
  }

  async #readAll<T>(prefix: string, read: (item: Item) => T) {
    const items = await this.#calls.query(itemsOfFlow(this.#calls.table, this.#flow, prefix));
    const values: T[] = [];
    const failures: MirrorlessError[] = [];
    for (const item of items) {
      const outcome = await settle(() => read(item));
      if (outcome.ok) values.push(outcome.value);
      else failures.push(outcome.error);
    }
    return { values, failures };
  }

  async write(groups: readonly GroupCheckpoints[]): Promise<Settled<undefined>[]> {
    const batches = chunksOf(groups, putsPerBatch);
    const written = await mapBounded(batches, callsAtOnce, (batch) => this.#writeBatch(batch));
    return written.flat();
  }

  async #writeBatch(groups: readonly GroupCheckpoints[]): Promise<Settled<undefined>[]> {
    const items = await Promise.all(
      groups.map((group) => settle(() => checkpointItem(this.#flow, group))),
    );
    const puts = items.flatMap((item) => (item.ok ? [item.value] : []));
    const written = await settle(async () => {
      if (puts.length > 0) await this.#calls.putAll(puts);
      return undefined;
    });
    return items.map((item) => (item.ok ? written : item));
  }

  /** Each topic's item in updates of its own, of which none undoes another. */
  async writeSyncs(syncs: readonly EmittedSync[]): Promise<void> {
    const updates = [...Map.groupBy(syncs, ({ topic }) => topic)].flatMap(([topic, ofTopic]) =>
      chunksOf(ofTopic, attributesPerUpdate).map((chunk) =>
        setAttributes(this.#calls.table, syncKey(this.#flow, topic), syncAttributes(chunk)),
      ),
    );
    const written = await mapBounded(updates, callsAtOnce, (update) =>
      settle(() => this.#calls.update(update)),
    );
    const failed = written.find((outcome) => !outcome.ok);
    if (failed) throw failed.error;
  }
}

function chunksOf<T>(values: readonly T[], sizeMax: number): T[][] {
  const count = Math.ceil(values.length / sizeMax);
  return Array.from({ length: count }, (_, i) => values.slice(i * sizeMax, (i + 1) * sizeMax));
}
