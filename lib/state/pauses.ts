/** What of a flow is paused, in its state table: an item for the flow, and one for a topic. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { mapBounded } from '../bounded.ts';
import { TableCalls } from './calls.ts';
import { type Item, type Key, reading } from './items.ts';
import type { PauseStore } from './ports.ts';
import { itemsOfFlow, setAttributes } from './requests.ts';

interface PausesOptions {
  /** Left open. */
  client: DynamoDBClient;
  table: string;
  /** `source->target`: the aliases of the flow. */
  flow: string;
  /** Bounds each call with all its retries; one that takes longer fails with STATE_UNAVAILABLE. */
  timeoutMs?: number;
}

const writesAtOnce = 8;
const prefix = 'pause/';
/** No topic's name is empty. */
const wholeFlow = '';

export function dynamoPauses(options: PausesOptions): PauseStore {
  const { client, table, flow, timeoutMs = 5000 } = options;
  const calls = new TableCalls({ client, table, timeoutMs });
  return {
    async read() {
      const items = await calls.query(itemsOfFlow(table, flow, prefix));
      const paused = new Set(items.flatMap(pausedOf));
      const isFlowPaused = paused.delete(wholeFlow);
      return { flow: isFlowPaused, topics: paused };
    },
    async write(isPaused, topics = [wholeFlow]) {
      const attributes: Item = { paused: { BOOL: isPaused } };
      await mapBounded(topics, writesAtOnce, (topic) =>
        calls.update(setAttributes(table, pauseKey(flow, topic), attributes)),
      );
    },
  };
}

function pauseKey(flow: string, topic: string): Key {
  return { partition: { S: flow }, position: { S: prefix + topic } };
}

function pausedOf(item: Item): string[] {
  const topic = item['position']?.S?.slice(prefix.length) ?? '';
  const read = (): string[] => {
    const paused = item['paused']?.BOOL;
    if (paused === undefined) throw new TypeError('paused is neither true nor false.');
    return paused ? [topic] : [];
  };
  return reading(item, read, { topic });
}
