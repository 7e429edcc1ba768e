import type { Bench } from '../bench.ts';
import { describeRecords, recordShape } from '../record-pool.ts';
import { measurePaths, type PathPlan } from './measure.ts';
import { startParts } from './parts.ts';

const plans = {
  full: { valueSizes: [100, 1024, 10_240], warmUpEvents: 12, rounds: 9, eventsPerRound: 8 },
  quick: { valueSizes: [100, 1024, 10_240], warmUpEvents: 4, rounds: 3, eventsPerRound: 3 },
} satisfies Record<string, PathPlan & { valueSizes: number[] }>;

/**
 * What a record costs on its way from an event's JSON text to the acknowledgement of a real broker:
 * the deployed handler with its state in an emulated DynamoDB, two other clients as users would call
 * them, and JSON.parse alone.
 */
export const replicateBench: Bench = {
  async run({ quick, notify }) {
    const plan = quick ? plans.quick : plans.full;
    notify(conditions(plan));
    await using parts = await startParts(notify);
    const rows = [];
    for (const valueBytes of plan.valueSizes) {
      rows.push(...(await measurePaths(parts, valueBytes, plan)));
    }
    return rows;
  },
};

function conditions({ warmUpEvents, rounds, eventsPerRound }: PathPlan): string {
  return [
    `records: recordBytes is the size of the value; ${describeRecords()}`,
    `events: as full as 10,000 records and Lambda's payload limit allow, of ${recordShape.partitionCount} partitions`,
    'target: one Kafka 4.3.1 broker, acks=all, max.message.bytes 8 MiB (kafkajs cannot split batches)',
    'mirrorless: functions/replicate.ts as deployed, its state in an emulated DynamoDB',
    `each path in its own process; the same event to each in turn, ${warmUpEvents} events to warm up,`,
    `then the median of ${rounds} rounds of ${eventsPerRound} events`,
  ].join('\n');
}
