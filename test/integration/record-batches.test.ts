/** Kafka's own decoder reads what the encoder wrote, in every codec, checksums verified. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compressionTypes } from '../../lib/kafka/compression.ts';
import { installKafka } from '../../lib/local/parts/kafka-distribution.ts';
import { Arena } from '../../lib/target/arena.ts';
import { encodeBatches, sealBatch } from '../../lib/target/encode.ts';
import {
  type DescribedBatch,
  type DescribedRecord,
  described,
  toEventRecord,
} from '../unit/kafka/record-batch-fixtures.ts';

const program = fileURLToPath(
  new URL('../fixtures/record-batches/RecordBatches.java', import.meta.url),
);
const mebibyte = 1024 * 1024;

test('awkward records and one of 4 MiB, as Kafka reads them', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  context.after(() => rm(directory, { recursive: true, force: true }));
  const classPath = await installKafka('4.3.1', (text) => context.diagnostic(text));

  const records = [...(described('codec-none')[0]?.records ?? []), largeRecord()];
  const files: string[] = [];
  for (const compressionType of compressionTypes) {
    const file = join(directory, compressionType);
    await writeFile(file, encoded(records, compressionType));
    files.push(file);
  }
  const java = ['-cp', classPath, program, 'read', ...files];
  const { stdout } = await promisify(execFile)('java', java, { maxBuffer: 100 * mebibyte });

  const read = stdout.trim().split(/\n(?=\[)/);
  assert.equal(read.length, files.length);
  for (const [index, text] of read.entries()) {
    const [batch, ...others] = JSON.parse(text) as DescribedBatch[];
    assert.deepEqual(others, []);
    assert.equal(batch?.compression, compressionTypes[index]);
    assert.equal(batch?.producerId, '4711');
    assert.equal(batch?.baseSequence, 2 ** 31 - 1);
    const expected = records.map((record, offset) => ({ ...record, offset: String(offset) }));
    assert.deepEqual(batch?.records, expected);
  }
});

function encoded(
  records: readonly DescribedRecord[],
  compressionType: (typeof compressionTypes)[number],
): Buffer {
  const { batches } = encodeBatches(records.map(toEventRecord), {
    from: 0,
    maxBatchBytes: 16 * mebibyte,
    compressionType,
    arena: new Arena(),
  });
  const identity = { producerId: 4711n, producerEpoch: 3 };
  return Buffer.concat(batches.map((batch) => sealBatch(batch, identity, 2 ** 31 - 1)));
}

/** Half of it repeats, half of it cannot be compressed. */
function largeRecord(): DescribedRecord {
  const repeated = Buffer.alloc(2 * mebibyte, 'replicated once, not twice; ');
  const value = Buffer.concat([repeated, randomBytes(2 * mebibyte)]).toString('base64');
  return { offset: '0', timestamp: -1, key: null, value, headers: [] };
}
