/** What the discover function keeps of a flow's topics between two runs, in its state table. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mapBounded } from '../bounded.ts';
import type { MirrorlessError } from '../errors.ts';
import { TableCalls } from './calls.ts';
import type { KnownTopic, KnownTopicStore } from './ports.ts';
import { itemsOfFlow, setAttributes } from './requests.ts';
import { settle } from './settle.ts';
import { changedAttributes, readKnownTopic, topicKey, topicPrefix } from './topic-items.ts';

interface KnownTopicsOptions {
  /** Left open. */
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

const writesAtOnce = 8;

export function dynamoKnownTopics(options: KnownTopicsOptions): KnownTopicStore {
  const { client, table, flow, timeoutMs = 5000 } = options;
  const calls = new TableCalls({ client, table, timeoutMs });
  return {
    async read() {
      const items = await calls.query(itemsOfFlow(table, flow, topicPrefix));
      const topics: KnownTopic[] = [];
      const failures: MirrorlessError[] = [];
      for (const item of items) {
        const outcome = await settle(() => readKnownTopic(item));
        if (outcome.ok) topics.push(outcome.value);
        else failures.push(outcome.error);
      }
      return { topics, failures };
    },
    write: (changes) =>
      mapBounded(changes, writesAtOnce, ({ before, after }) =>
        settle(async () => {
          const changed = changedAttributes(before, after);
          if (Object.keys(changed).length === 0) return undefined;
          await calls.update(setAttributes(table, topicKey(flow, after.topic), changed));
          return undefined;
        }),
      ),
  };
}
