import type { Metrics } from '@aws-lambda-powertools/metrics';
import { isMirrorlessError, type MirrorlessError } from '../errors.ts';
import type { EventRecord } from '../source/event.ts';
import type { PartitionCopy } from '../target/partition-copy.ts';
import { emitLine } from './emit.ts';
import { type MetricName, metrics as registry } from './metrics.ts';

/** Emits the metrics of one invocation, one embedded metric line for each topic of the event. */
export function emitMetrics(
  metrics: Metrics,
  copies: readonly PartitionCopy[],
  receivedAtMs: number,
): void {
  const nowMs = Date.now();
  for (const [topic, ofTopic] of Map.groupBy(copies, (copy) => copy.source.topic)) {
    metrics.addDimension('Topic', topic);
    const add = (name: MetricName, value: number): void => {
      metrics.addMetric(name, registry[name].unit, value);
    };
    const copied = ofTopic.map(copiedRecords);
    add('RecordCount', sum(copied.map((records) => records.length)));
    add('ByteCount', sum(copied.map(valuesSizeBytes)));
    add('BatchCount', sum(ofTopic.map(({ counts }) => counts.batches)));
    add('RedeliveredCount', sum(ofTopic.map(({ counts }) => counts.redelivered)));
    add('LeftOutCount', sum(ofTopic.map(({ leftOut }) => leftOut.length)));
    add('LandedCount', sum(ofTopic.map(({ counts }) => counts.landed)));
    add('LostHeaderCount', sum(ofTopic.map(({ counts }) => counts.lostHeaders)));
    add('FailureCount', ofTopic.filter(({ failure }) => failure).length);
    for (const record of copied.flatMap(firstAndLast)) {
      add('ReplicationLatency', nowMs - record.timestamp);
      add('RecordAge', receivedAtMs - record.timestamp);
    }
    metrics.publishStoredMetrics();
  }
  // Of a flow without failures nothing is sent: a line costs time on the way of every event.
  const failureCount = copies.filter(({ failure }) => failure).length;
  if (failureCount > 0) emitLine(metrics, { FlowFailureCount: failureCount });
}

/**
 * What may be logged of an error: codes, names, positions and the chain of causes' messages. A line's
 * own `message` is the logger's, which would drop another one.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!isMirrorlessError(error)) return { reason: messageOf(error) };
  const { code, retriable, place, message } = error;
  return { code, retriable, place, reason: message, causes: causesOf(error) };
}

function causesOf(error: MirrorlessError): string[] {
  const causes: string[] = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 5; ) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
}

function copiedRecords({ source, position, counts }: PartitionCopy): readonly EventRecord[] {
  return source.records.slice(counts.redelivered, position.nextIndex);
}

/** From the lengths of the base64 texts: four characters for three bytes, less the padding. */
function valuesSizeBytes(records: readonly EventRecord[]): number {
  let sizeBytes = 0;
  for (const { value } of records) {
    if (!value) continue;
    const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
    sizeBytes += (value.length / 4) * 3 - padding;
  }
  return sizeBytes;
}

function firstAndLast(records: readonly EventRecord[]): EventRecord[] {
  return [records[0], records.length > 1 ? records.at(-1) : undefined].filter(
    (record) => record !== undefined,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
