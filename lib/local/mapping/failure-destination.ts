import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InvocationFailure } from '../function/environment.ts';
import { textOf } from './batch-outcome.ts';
import type { KafkaEventText } from './event-builder.ts';

export interface GivenUpEvent {
  event: KafkaEventText;
  /** Absent for a record that no event can hold: it was never sent. */
  failure?: InvocationFailure;
  invocations: number;
}

/** Where an event goes that the mapping has given up. */
export interface FailureDestination {
  write(given: GivenUpEvent): Promise<void>;
}

/**
 * Appends one JSON object a line, in the shape that Lambda gives the objects of an S3 destination:
 * metadata, and the whole event as text in `payload`, from which it can be sent again.
 */
export function fileDestination(file: string): FailureDestination {
  return {
    async write({ event, failure, invocations }) {
      const oversized = failure === undefined;
      const invocation = {
        requestContext: {
          condition: oversized ? 'MaximumPayloadSizeExceeded' : 'RetryAttemptsExhausted',
          approximateInvokeCount: invocations,
        },
        responseContext: oversized ? null : { functionError: failure.message },
        version: '1.0',
        timestamp: new Date().toISOString(),
        KafkaBatchInfo: batchInfo(event),
        payload: textOf(event),
      };
      await mkdir(dirname(file), { recursive: true });
      await appendFile(file, `${JSON.stringify(invocation)}\n`, { flush: true });
    },
  };
}

function batchInfo({ topic, recordCount, sizeBytes, partitions }: KafkaEventText): object {
  return {
    batchSize: recordCount,
    payloadSize: sizeBytes,
    recordsInfo: Object.fromEntries(
      partitions.map((part) => [
        `${topic}-${part.partition}`,
        {
          firstRecordOffset: part.firstOffset,
          lastRecordOffset: part.lastOffset,
          firstRecordTimestamp: new Date(part.firstTimestamp).toISOString(),
          lastRecordTimestamp: new Date(part.lastTimestamp).toISOString(),
        },
      ]),
    ),
  };
}
