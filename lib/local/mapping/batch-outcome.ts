/** What an event source mapping does after an invocation; pure. */
import type { EventRecord, KafkaEvent } from '../../source/event.ts';
import type { InvocationFailure, InvocationOutcome } from '../function/environment.ts';
import type { KafkaEventText } from './event-builder.ts';
import { ascii, escapeNonAscii } from './event-text.ts';
import type { EventPartition } from './partition-text.ts';

export interface RetrySettings {
  /** Not counting the first attempt; -1 is without limit. */
  maximumRetryAttempts: number;
  bisectBatchOnFunctionError: boolean;
  reportBatchItemFailures: boolean;
  hasFailureDestination: boolean;
}

export type Verdict =
  | { kind: 'done' }
  /** `event` is the whole batch, or the records that were reported as failed. */
  | { kind: 'retry'; event: KafkaEventText; failure: InvocationFailure }
  | { kind: 'split'; halves: [KafkaEventText, KafkaEventText]; failure: InvocationFailure }
  | { kind: 'exhausted'; failure: InvocationFailure };

/** Lambda's own limit where a failure destination is set and no limit is. */
const attemptsWithDestination = 10;

/** @param retries how often this event was already sent again */
export function judge(
  event: KafkaEventText,
  outcome: InvocationOutcome,
  { retries, settings }: { retries: number; settings: RetrySettings },
): Verdict {
  const failed = outcome.ok ? failedRecords(event, outcome.value, settings) : event;
  if (failed === undefined) return { kind: 'done' };
  const failure = outcome.ok ? reported(failed) : outcome.failure;
  if (!outcome.ok && settings.bisectBatchOnFunctionError && event.recordCount > 1) {
    return { kind: 'split', halves: splitEvent(event), failure };
  }
  if (retries >= retryLimit(settings)) return { kind: 'exhausted', failure };
  return { kind: 'retry', event: failed, failure };
}

function retryLimit({ maximumRetryAttempts, hasFailureDestination }: RetrySettings): number {
  if (maximumRetryAttempts >= 0) return maximumRetryAttempts;
  return hasFailureDestination ? attemptsWithDestination : Number.POSITIVE_INFINITY;
}

/**
 * The records of a partial batch response. An empty answer is a success; an answer that names what
 * is not in the batch, or is not readable, makes the whole batch fail.
 */
function failedRecords(
  event: KafkaEventText,
  answer: unknown,
  settings: RetrySettings,
): KafkaEventText | undefined {
  if (!settings.reportBatchItemFailures) return undefined;
  const items = (answer as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (items === undefined || items === null) return undefined;
  if (!Array.isArray(items)) return event;
  if (items.length === 0) return undefined;
  const identifiers = new Set(items.map(identifierOf));
  const picked = pickRecords(event, (record) => identifiers.has(identifierOfRecord(record)));
  return picked.recordCount === identifiers.size ? picked : event;
}

function identifierOf(item: unknown): string {
  const identifier = (item as { itemIdentifier?: { partition?: unknown; offset?: unknown } } | null)
    ?.itemIdentifier;
  return `${identifier?.partition}@${identifier?.offset}`;
}

function identifierOfRecord({ topic, partition, offset }: EventRecord): string {
  return `${topic}-${partition}@${offset}`;
}

function reported(failed: KafkaEventText): InvocationFailure {
  const message = `The function reported ${failed.recordCount} records as failed`;
  return { code: 'FUNCTION_FAILED', message, retriable: true };
}

/** Two events of half the records each, in order, so that each partition keeps its order. */
export function splitEvent(event: KafkaEventText): [KafkaEventText, KafkaEventText] {
  const middle = Math.ceil(event.recordCount / 2);
  let index = 0;
  const isFirstHalf = (): boolean => index++ < middle;
  const first = pickRecords(event, isFirstHalf);
  index = 0;
  const second = pickRecords(event, () => !isFirstHalf());
  return [first, second];
}

/** Rare, hence through objects: the text of an event with some of its records. */
function pickRecords(
  event: KafkaEventText,
  keep: (record: EventRecord) => boolean,
): KafkaEventText {
  const whole = JSON.parse(textOf(event)) as KafkaEvent;
  const kept = Object.entries(whole.records)
    .map(([key, records]) => [key, records.filter(keep)] as const)
    .filter(([, records]) => records.length > 0);
  const part = { ...whole, records: Object.fromEntries(kept) };
  const bytes = ascii(escapeNonAscii(JSON.stringify(part)));
  return {
    topic: event.topic,
    pieces: [bytes],
    sizeBytes: bytes.length,
    recordCount: kept.reduce((count, [, records]) => count + records.length, 0),
    partitions: kept.map(([, records]) => summarize(records)),
  };
}

/** The event as one text of ASCII. */
export function textOf(event: KafkaEventText): string {
  return Buffer.concat(event.pieces, event.sizeBytes).toString('latin1');
}

function summarize(records: readonly EventRecord[]): EventPartition {
  const first = records[0]!;
  const last = records.at(-1)!;
  return {
    partition: first.partition,
    recordCount: records.length,
    firstOffset: first.offset,
    lastOffset: last.offset,
    firstTimestamp: first.timestamp,
    lastTimestamp: last.timestamp,
  };
}
