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
      const noted = items.map(notedOf).filter(({ isPaused }) => isPaused);
      const paused = new Set(noted.map(({ topic }) => topic));
      const isFlowPaused = paused.delete(wholeFlow);
      const restarting = noted.flatMap((each) => (each.isRestart ? [each.topic] : []));
      return {
        flow: isFlowPaused,
        topics: paused,
        ...(restarting.length > 0 && { restarting: new Set(restarting) }),
      };
    },
    async write(isPaused, topics = [wholeFlow], by) {
      const attributes: Item = {
        paused: { BOOL: isPaused },
        restarting: { BOOL: by === 'restart' },
      };
      await mapBounded(topics, writesAtOnce, (topic) =>
        calls.update(setAttributes(table, pauseKey(flow, topic), attributes)),
      );
    },
  };
}

function pauseKey(flow: string, topic: string): Key {
  return { partition: { S: flow }, position: { S: prefix + topic } };
}

function notedOf(item: Item): { topic: string; isPaused: boolean; isRestart: boolean } {
  const topic = item['position']?.S?.slice(prefix.length) ?? '';
  const read = () => {
    const isPaused = item['paused']?.BOOL;
    if (isPaused === undefined) throw new TypeError('paused is neither true nor false.');
    return { topic, isPaused, isRestart: item['restarting']?.BOOL === true };
  };
  return reading(item, read, { topic });
}
