import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../../lib/local/mapping/batch-outcome.ts';
import {
  EventBuilder,
  type EventOrigin,
  lambdaPayloadBytes,
} from '../../../../lib/local/mapping/event-builder.ts';
import {
  anyRecord,
  anyTopic,
  eventObject,
  type PlainRecord,
  sourceRecord,
} from './source-records.ts';

const anyOrigin: fc.Arbitrary<EventOrigin> = fc.record(
  {
    eventSource: fc.constantFrom('aws:kafka', 'SelfManagedKafka'),
    eventSourceArn: fc.constant('arn:aws:kafka:eu-west-1:123456789012:cluster/vé/1'),
    bootstrapServers: fc.array(fc.stringMatching(/^[a-z0-9.]{1,20}:[0-9]{4}$/), { minLength: 1 }),
    topic: anyTopic,
  },
  { requiredKeys: ['eventSource', 'bootstrapServers', 'topic'] },
);

describe('an event', () => {
  it('is the JSON of its records, in ASCII, and exactly as long as it says', () => {
    fc.assert(
      fc.property(anyOrigin, fc.array(anyRecord, { maxLength: 30 }), (origin, records) => {
        const builder = new EventBuilder(origin, { maxRecords: 30, maxBytes: lambdaPayloadBytes });
        for (const record of records) {
          assert.equal(builder.append(sourceRecord(record)), 'added');
        }
        const event = builder.seal();
        const text = textOf(event);
        assert.equal(text.length, event.sizeBytes);
        assert.match(text, /^[\x20-\x7e]*$/);
        assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(plainEvent(origin, records)));
      }),
    );
  });

  it('takes as much as its limit allows, to the byte, and is the same after a reset', () => {
    fc.assert(
      fc.property(
        anyOrigin,
        fc.array(anyRecord, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        (origin, records, choice) => {
          const sizes = records.map((_, index) =>
            asciiLength(plainEvent(origin, records.slice(0, index + 1))),
          );
          const kept = choice % records.length;
          const builder = new EventBuilder(origin, { maxRecords: 100, maxBytes: sizes[kept]! });
          for (let round = 0; round < 2; round += 1) {
            builder.reset();
            for (const [index, record] of records.entries()) {
              const outcome = builder.append(sourceRecord(record));
              if (index <= kept) assert.equal(outcome, 'added');
              else assert.notEqual(outcome, 'added');
            }
            assert.equal(builder.seal().sizeBytes, sizes[kept]);
          }
        },
      ),
    );
  });
});

/** As JSON.parse gives it back: the keys of `records` in order of first arrival. */
function plainEvent(origin: EventOrigin, records: readonly PlainRecord[]): object {
  const groups: Record<string, object[]> = {};
  for (const record of records) {
    const key = `${origin.topic}-${record.partition}`;
    groups[key] = [...(groups[key] ?? []), eventObject(origin.topic, record)];
  }
  return {
    eventSource: origin.eventSource,
    ...(origin.eventSourceArn === undefined ? {} : { eventSourceArn: origin.eventSourceArn }),
    bootstrapServers: origin.bootstrapServers.join(','),
    records: groups,
  };
}

/** Every unit beyond printable ASCII takes the six characters of an escape. */
function asciiLength(value: object): number {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, '123456').length;
}
