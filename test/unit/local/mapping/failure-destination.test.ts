import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import { EventBuilder } from '../../../../lib/local/mapping/event-builder.ts';
import { fileDestination } from '../../../../lib/local/mapping/failure-destination.ts';
import { plainRecord, sourceRecord } from './source-records.ts';

it('a failure destination keeps the whole event, and why it is there', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'new', 'failed.jsonl');
  const origin = {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: ['a:1'],
    topic: 'orders',
  } as const;
  const builder = new EventBuilder(origin, { maxRecords: 9, maxBytes: 9999 });
  for (const offset of [5, 9]) builder.append(sourceRecord(plainRecord({ offset, timestamp: 0 })));
  const event = builder.seal();
  const failure = { code: 'FUNCTION_FAILED', message: 'it timed out', retriable: true } as const;

  const destination = fileDestination(file);
  await destination.write({ event, failure, invocations: 11 });
  await destination.write({ event, invocations: 0 });

  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const [exhausted, oversized] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(exhausted.requestContext, {
    condition: 'RetryAttemptsExhausted',
    approximateInvokeCount: 11,
  });
  assert.deepEqual(exhausted.responseContext, { functionError: 'it timed out' });
  assert.deepEqual(exhausted.KafkaBatchInfo.recordsInfo, {
    'orders-0': {
      firstRecordOffset: 5,
      lastRecordOffset: 9,
      firstRecordTimestamp: '1970-01-01T00:00:00.000Z',
      lastRecordTimestamp: '1970-01-01T00:00:00.000Z',
    },
  });
  assert.equal(exhausted.payload, textOf(event));
  assert.equal(oversized.requestContext.condition, 'MaximumPayloadSizeExceeded');
  assert.equal(oversized.responseContext, null);
});
