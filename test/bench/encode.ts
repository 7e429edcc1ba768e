/**
 * CPU per record of the encoder and of the record batch reader alone, by hand:
 *   node test/bench/encode.ts
 * Each round parses a fresh event first, so that strings are as cold as in an invocation. The
 * median of the rounds is shown; `parse` is JSON.parse of the same event, for comparison.
 */
import { randomBytes } from 'node:crypto';
import { forEachRecord, readBatches } from '../../lib/kafka/record-batch.ts';
import type { EventRecord } from '../../lib/source/event.ts';
import { Arena } from '../../lib/target/arena.ts';
import { encodeBatches, sealBatch } from '../../lib/target/encode.ts';

const shapes = [
  { name: '100 B', valueBytes: 100, recordCount: 10_000, headerCount: 0 },
  { name: '1 KiB', valueBytes: 1024, recordCount: 4_000, headerCount: 0 },
  { name: '10 KiB', valueBytes: 10_240, recordCount: 400, headerCount: 0 },
  { name: '100 B, 3 headers', valueBytes: 100, recordCount: 10_000, headerCount: 3 },
];
const roundCount = Number(process.argv[2] ?? 60);
const arena = new Arena();

const rows = shapes.map((shape) => {
  const text = JSON.stringify(eventRecords(shape));
  const rounds = Array.from({ length: roundCount }, () => measureRound(text));
  // Nothing is compiled yet in the first rounds.
  const warm = rounds.slice(roundCount >> 2);
  const median = (phase: keyof Round) =>
    (warm.map((round) => round[phase]).sort((a, b) => a - b)[warm.length >> 1] as number) /
    shape.recordCount;
  return {
    record: shape.name,
    parse: median('parse').toFixed(3),
    encode: median('encode').toFixed(3),
    seal: median('seal').toFixed(3),
    'encode + seal': (median('encode') + median('seal')).toFixed(3),
    read: median('read').toFixed(3),
  };
});
console.log('µs of CPU per record');
console.table(rows);

interface Round {
  parse: number;
  encode: number;
  seal: number;
  read: number;
}

function measureRound(text: string): Round {
  const [parse, records] = timed(() => JSON.parse(text) as EventRecord[]);
  arena.reset();
  const options = { from: 0, maxBatchBytes: 1_048_588, compressionType: 'none', arena } as const;
  const [encode, { batches }] = timed(() => encodeBatches(records, options));
  const identity = { producerId: 4711n, producerEpoch: 0 };
  const [seal, sealed] = timed(() =>
    batches.map((batch) => sealBatch(batch, identity, batch.firstIndex)),
  );
  const log = Buffer.concat(sealed);
  const [read, visited] = timed(() => {
    let count = 0;
    for (const batch of readBatches(log)) {
      forEachRecord(batch, (record) => {
        count += record.valueEnd > record.valueStart ? 1 : 0;
      });
    }
    return count;
  });
  if (visited !== records.length) throw new Error(`read ${visited} of ${records.length} records`);
  return { parse, encode, seal, read };
}

function timed<T>(run: () => T): [microseconds: number, result: T] {
  const start = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(start);
  return [user + system, result];
}

function eventRecords(shape: (typeof shapes)[number]): EventRecord[] {
  return Array.from({ length: shape.recordCount }, (_, index) => ({
    topic: 'orders',
    partition: 0,
    offset: 1_000_000 + index,
    timestamp: 1_790_000_000_000 + index,
    timestampType: 'CREATE_TIME',
    key: Buffer.from(`customer-${index % 1000}`).toString('base64'),
    value: randomBytes(shape.valueBytes).toString('base64'),
    headers: Array.from({ length: shape.headerCount }, (_unused, header) => ({
      [`header-${header}`]: [...Buffer.from(`value ${index}`)],
    })),
  }));
}
