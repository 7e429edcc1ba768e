import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { InvocationOutcome } from '../../../../lib/local/function/environment.ts';
import {
  judge,
  type RetrySettings,
  splitEvent,
  textOf,
} from '../../../../lib/local/mapping/batch-outcome.ts';
import { EventBuilder, type KafkaEventText } from '../../../../lib/local/mapping/event-builder.ts';
import type { EventRecord, KafkaEvent } from '../../../../lib/source/event.ts';
import { anyRecord, plainRecord, sourceRecord } from './source-records.ts';

const origin = {
  eventSource: 'SelfManagedKafka',
  bootstrapServers: ['a:9092'],
  topic: 'a-topic',
} as const;
const settings: RetrySettings = {
  maximumRetryAttempts: -1,
  bisectBatchOnFunctionError: false,
  reportBatchItemFailures: true,
  hasFailureDestination: false,
};
const failure = { code: 'FUNCTION_FAILED', message: 'failed', retriable: true } as const;
const failed: InvocationOutcome = { ok: false, failure };

/** Records of distinct offsets in each partition. */
const anyEvent = fc
  .uniqueArray(anyRecord, {
    minLength: 1,
    maxLength: 20,
    selector: ({ partition, offset }) => `${partition}@${offset}`,
  })
  .map((records) => {
    const builder = new EventBuilder(origin, { maxRecords: 20, maxBytes: 10_000_000 });
    for (const record of records) builder.append(sourceRecord(record));
    return builder.seal();
  });

function recordsOf(event: KafkaEventText): EventRecord[] {
  const text = textOf(event);
  assert.equal(text.length, event.sizeBytes);
  assert.match(text, /^[\x20-\x7e]*$/);
  return Object.values((JSON.parse(text) as KafkaEvent).records).flat();
}

function identifier({ topic, partition, offset }: EventRecord): object {
  return { itemIdentifier: { partition: `${topic}-${partition}`, offset } };
}

describe('after an invocation', () => {
  it('a split event is the same records in the same order, in two halves', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const halves = splitEvent(event);
        assert.deepEqual(halves.flatMap(recordsOf), recordsOf(event));
        const [first, second] = halves.map(({ recordCount }) => recordCount);
        assert.equal(first! - second! === 0 || first! - second! === 1, true);
      }),
    );
  });

  it('exactly the records that the function names are sent again', () => {
    fc.assert(
      fc.property(anyEvent, fc.infiniteStream(fc.boolean()), (event, choices) => {
        const named = recordsOf(event).filter(() => choices.next().value);
        const value = { batchItemFailures: named.map(identifier) };
        const verdict = judge(event, { ok: true, value }, { retries: 0, settings });
        if (named.length === 0) assert.equal(verdict.kind, 'done');
        else {
          assert.ok(verdict.kind === 'retry');
          assert.deepEqual(recordsOf(verdict.event), named);
          assert.equal(verdict.event.recordCount, named.length);
        }
      }),
    );
  });

  const event = ((): KafkaEventText => {
    const builder = new EventBuilder(origin, { maxRecords: 20, maxBytes: 10_000 });
    for (const offset of [3, 4]) builder.append(sourceRecord(plainRecord({ offset })));
    return builder.seal();
  })();

  it('everything is sent again where the answer names what it was not given', () => {
    for (const batchItemFailures of [
      'text',
      [null],
      [{}],
      [{ itemIdentifier: '3' }],
      [{ itemIdentifier: { partition: 'a-topic-0', offset: 5 } }],
      [{ itemIdentifier: { partition: 'a-topic-1', offset: 3 } }],
    ]) {
      const outcome = { ok: true, value: { batchItemFailures } } as const;
      const verdict = judge(event, outcome, { retries: 0, settings });
      assert.ok(verdict.kind === 'retry');
      assert.equal(verdict.event, event);
    }
  });

  it('an empty answer is a success, and any answer where partial answers are not agreed on', () => {
    for (const value of [null, undefined, {}, { batchItemFailures: null }]) {
      assert.equal(judge(event, { ok: true, value }, { retries: 0, settings }).kind, 'done');
    }
    const value = { batchItemFailures: recordsOf(event).map(identifier) };
    const silent = { ...settings, reportBatchItemFailures: false };
    assert.equal(judge(event, { ok: true, value }, { retries: 0, settings: silent }).kind, 'done');
  });

  it('a failure is tried again without end, or as often as is set', () => {
    const kind = (retries: number, own: Partial<RetrySettings>): string =>
      judge(event, failed, { retries, settings: { ...settings, ...own } }).kind;
    assert.equal(kind(1_000_000, {}), 'retry');
    assert.equal(kind(1, { maximumRetryAttempts: 2 }), 'retry');
    assert.equal(kind(2, { maximumRetryAttempts: 2 }), 'exhausted');
    assert.equal(kind(9, { hasFailureDestination: true }), 'retry');
    assert.equal(kind(10, { hasFailureDestination: true }), 'exhausted');
  });

  it('a batch is halved where that is set, a single record is not', () => {
    const own = { ...settings, bisectBatchOnFunctionError: true };
    const verdict = judge(event, failed, { retries: 0, settings: own });
    assert.ok(verdict.kind === 'split');
    assert.equal(judge(verdict.halves[0], failed, { retries: 0, settings: own }).kind, 'retry');
  });
});
