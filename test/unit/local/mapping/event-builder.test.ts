import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import { EventBuilder, lambdaPayloadBytes } from '../../../../lib/local/mapping/event-builder.ts';
import { decodeEvent } from '../../../../lib/source/decode.ts';
import { eventObject, plainRecord, sourceRecord } from './source-records.ts';

const origin = {
  eventSource: 'SelfManagedKafka',
  bootstrapServers: ['a:9092', 'b:9092'],
  topic: 'a-topic',
} as const;
const limits = { maxRecords: 10_000, maxBytes: lambdaPayloadBytes };

describe('an event', () => {
  it('has the very text that Lambda sends', () => {
    const builder = new EventBuilder(
      { ...origin, eventSource: 'aws:kafka', eventSourceArn: 'arn:aws:kafka:x' },
      limits,
    );
    const headers: [string, Buffer | null][] = [
      ['ë', Buffer.from('ë')],
      ['same', Buffer.from([0, 127, 128, 255])],
      ['same', Buffer.alloc(0)],
      ['lost', null],
    ];
    builder.append(sourceRecord(plainRecord({ offset: 15, key: Buffer.from('k'), headers })));
    builder.append(
      sourceRecord(
        plainRecord({ offset: 16, value: Buffer.alloc(0), timestampType: 'LogAppendTime' }),
      ),
    );
    assert.equal(
      textOf(builder.seal()),
      '{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:x",' +
        '"bootstrapServers":"a:9092,b:9092","records":{"a-topic-0":[' +
        '{"topic":"a-topic","partition":0,"offset":15,"timestamp":1700000000000,' +
        '"timestampType":"CREATE_TIME","key":"aw==",' +
        '"headers":[{"\\u00eb":[-61,-85]},{"same":[0,127,-128,-1]},{"same":[]},{}]},' +
        '{"topic":"a-topic","partition":0,"offset":16,"timestamp":1700000000000,' +
        '"timestampType":"LOG_APPEND_TIME","value":"","headers":[]}]}}',
    );
  });

  it('keeps partitions together however their records arrive, and the function reads them', () => {
    const builder = new EventBuilder(origin, limits);
    const records = [0, 1, 0, 0, 2, 1].map((partition, offset) =>
      plainRecord({ partition, offset, value: Buffer.from(`v${offset}`) }),
    );
    for (const record of records) builder.append(sourceRecord(record));
    const event = builder.seal();
    const decoded = decodeEvent(JSON.parse(textOf(event)));
    assert.deepEqual(
      decoded,
      [0, 1, 2].map((partition) => ({
        topic: origin.topic,
        partition,
        records: records
          .filter((record) => record.partition === partition)
          .map((record) => eventObject(origin.topic, record)),
      })),
    );
    assert.deepEqual(
      event.partitions.map(({ recordCount, firstOffset, lastOffset }) => [
        recordCount,
        firstOffset,
        lastOffset,
      ]),
      [
        [3, 0, 3],
        [2, 1, 5],
        [1, 4, 4],
      ],
    );
  });

  it('closes at its number of records', () => {
    const builder = new EventBuilder(origin, { ...limits, maxRecords: 2 });
    const outcomes = [0, 1, 2].map((offset) =>
      builder.append(sourceRecord(plainRecord({ offset }))),
    );
    assert.deepEqual(outcomes, ['added', 'added', 'full']);
    assert.equal(builder.seal().recordCount, 2);
  });

  it('closes at its target, unless a single record is larger', () => {
    const builder = new EventBuilder(origin, { ...limits, targetBytes: 2000 });
    const small = plainRecord({ value: Buffer.alloc(1000) });
    const large = plainRecord({ value: Buffer.alloc(100_000) });
    const sent = [small, large, small].map((record) => {
      const outcomes = [record, small].map((each) => builder.append(sourceRecord(each)));
      builder.reset();
      return outcomes;
    });
    assert.deepEqual(sent, Array(3).fill(['added', 'full']));
  });

  it('closes before six megabytes, and says which record fits no event at all', () => {
    const builder = new EventBuilder(origin, limits);
    const rawBytes = 4_718_000;
    const largest = plainRecord({ value: Buffer.alloc(rawBytes, 1) });
    assert.equal(builder.append(sourceRecord(largest)), 'added');
    assert.equal(builder.append(sourceRecord(plainRecord({ offset: 1 }))), 'added');
    assert.equal(builder.append(sourceRecord({ ...largest, offset: 2 })), 'full');
    const tooLarge = plainRecord({ offset: 2, value: Buffer.alloc(rawBytes + 1000, 1) });
    assert.equal(builder.append(sourceRecord(tooLarge)), 'oversized');
    const event = builder.seal();
    assert.equal(event.recordCount, 2);
    assert.ok(event.sizeBytes <= lambdaPayloadBytes);
  });
});
