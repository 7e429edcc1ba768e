/** A mapping over a simulated source, with a function that the test is. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import {
  type KafkaEventText,
  lambdaPayloadBytes,
} from '../../../../lib/local/mapping/event-builder.ts';
import {
  EventSourceMapping,
  type EventSourceMappingDependencies,
  type EventSourceMappingSettings,
} from '../../../../lib/local/mapping/event-source-mapping.ts';
import type { KafkaEvent } from '../../../../lib/source/event.ts';
import { SimulatedGroups, type SimulatedSource } from './simulated-source.ts';

export const topic = 'orders';
export const group = 'mirrorless.a->b.orders';
export const succeeded: InvocationOutcome = { ok: true, value: null };
export const failed: InvocationOutcome = {
  ok: false,
  failure: { code: 'FUNCTION_FAILED', message: 'as the test wants it', retriable: true },
};

export const settings: EventSourceMappingSettings = {
  origin: { eventSource: 'SelfManagedKafka', bootstrapServers: ['a:9092'], topic },
  consumerGroupId: group,
  batchSize: 100,
  maximumBatchingWindowMs: 0,
  startingPosition: { at: 'earliest' },
  eventBytes: lambdaPayloadBytes,
  pollers: { minimum: 1, maximum: 1, calmMs: 5000 },
  watchIntervalMs: 50,
  retry: {
    maximumRetryAttempts: -1,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
  },
};

export interface Scene {
  source: SimulatedSource;
  groups: SimulatedGroups;
  mapping: EventSourceMapping;
  /** The values of each event that was sent, in order of partitions. */
  events: string[][];
  notices: string[];
  stop(): Promise<void>;
}

interface SceneOptions {
  source: SimulatedSource;
  groups?: SimulatedGroups;
  settings?: Partial<EventSourceMappingSettings>;
  failureDestination?: EventSourceMappingDependencies['failureDestination'];
  handle?: (
    values: string[],
    event: KafkaEventText,
    poller: string,
  ) => InvocationOutcome | Promise<InvocationOutcome>;
}

export async function open(t: TestContext, options: SceneOptions): Promise<Scene> {
  const { source, groups = new SimulatedGroups(), handle = () => succeeded } = options;
  const events: string[][] = [];
  const notices: string[] = [];
  const mapping = await EventSourceMapping.open(
    { ...settings, ...options.settings },
    {
      openSource: () => source,
      source,
      groups,
      invoke: async (event, poller) => {
        const values = valuesOf(event);
        events.push(values);
        return handle(values, event, poller);
      },
      notify: (text) => notices.push(text),
      ...(options.failureDestination && { failureDestination: options.failureDestination }),
    },
  );
  const running = mapping.run();
  const stop = async (): Promise<void> => {
    mapping.stop();
    await running;
  };
  t.after(stop);
  return { source, groups, mapping, events, notices, stop };
}

export function valuesOf(event: KafkaEventText): string[] {
  const { records } = JSON.parse(textOf(event)) as KafkaEvent;
  return Object.values(records)
    .flat()
    .map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited in vain for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function range(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}
