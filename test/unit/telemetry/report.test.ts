import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { PartitionCopy } from '../../../lib/target/partition-copy.ts';
import { flowMetrics } from '../../../lib/telemetry/emit.ts';
import { emitMetrics } from '../../../lib/telemetry/report.ts';

/** What metrics read of a copy. */
function copyOf(topic: string, failure?: MirrorlessError): PartitionCopy {
  const counts = { batches: 0, redelivered: 0, landed: 0, lostHeaders: 0 };
  const source = { topic, partition: 0, records: [] };
  const known = { source, leftOut: [], counts, position: { nextIndex: 0 } };
  const copy = { ...known, ...(failure && { failure }) };
  return copy as unknown as PartitionCopy;
}

/** The dimensions and values of `FailureCount` and `FlowFailureCount`, line by line. */
function failureLines(copies: PartitionCopy[]): unknown[] {
  const metrics = flowMetrics('us->eu');
  const lines: Record<string, unknown>[] = [];
  mock.method(metrics, 'publishStoredMetrics', () => {
    const stored = metrics.serializeMetrics();
    lines.push({ ...stored });
    metrics.clearMetrics();
    metrics.clearDimensions();
  });
  emitMetrics(metrics, copies, Date.now());
  return lines.map(({ Topic, FailureCount, FlowFailureCount }) => [
    Topic,
    FailureCount,
    FlowFailureCount,
  ]);
}

it('counts failures of all topics together, and sends nothing where there are none', () => {
  const failure = new MirrorlessError('RECORD_TOO_LARGE', 'Too large.');
  assert.deepEqual(failureLines([copyOf('orders')]), [['orders', 0, undefined]]);
  assert.deepEqual(failureLines([copyOf('orders', failure), copyOf('payments', failure)]), [
    ['orders', 1, undefined],
    ['payments', 1, undefined],
    [undefined, undefined, 2],
  ]);
});
