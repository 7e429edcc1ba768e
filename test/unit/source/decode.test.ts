import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMirrorlessError } from '../../../lib/errors.ts';
import { decodeEvent } from '../../../lib/source/decode.ts';

const record = (over: object = {}) => ({
  topic: 'orders-eu-1',
  partition: 3,
  offset: 7,
  timestamp: 1700000000000,
  timestampType: 'CREATE_TIME',
  ...over,
});

const event = (records: unknown) => ({ eventSource: 'SelfManagedKafka', records });

function pathOfFault(broken: unknown): string | undefined {
  try {
    decodeEvent(broken);
  } catch (error) {
    assert.ok(isMirrorlessError(error));
    assert.equal(error.code, 'EVENT_MALFORMED');
    return error.place.path;
  }
  return undefined;
}

test('both kinds of event decode to their partitions, which are told by the records alone', () => {
  for (const eventSource of ['aws:kafka', 'SelfManagedKafka']) {
    const records = {
      'anything-9': [record(), record({ offset: 9, key: null, value: '' })],
      'orders-eu-1-4': [record({ partition: 4 })],
    };
    const partitions = decodeEvent({ eventSource, records });
    assert.deepEqual(
      partitions.map(({ topic, partition, records: held }) => [topic, partition, held.length]),
      [
        ['orders-eu-1', 3, 2],
        ['orders-eu-1', 4, 1],
      ],
    );
    assert.equal(partitions[0]?.records[0], records['anything-9'][0], 'records are not copied');
  }
});

test('an event without records, or with an empty partition, has nothing to do', () => {
  assert.deepEqual(decodeEvent(event({})), []);
  assert.deepEqual(decodeEvent(event({ 'orders-0': [] })), []);
});

test('a malformed event is one error that names the path', () => {
  const cases: [unknown, string][] = [
    [null, 'the event'],
    [[], 'the event'],
    [{ records: {} }, 'eventSource'],
    [{ eventSource: 'aws:sqs', records: {} }, 'eventSource'],
    [{ eventSource: 'aws:kafka' }, 'records'],
    [event([]), 'records'],
    [event({ 'o-0': {} }), 'records["o-0"]'],
    [event({ 'o-0': [null] }), 'records["o-0"][0].topic'],
    [event({ 'o-0': [record({ topic: '' })] }), 'records["o-0"][0].topic'],
    [event({ 'o-0': [record({ partition: '0' })] }), 'records["o-0"][0].partition'],
    [event({ 'o-0': [record({ partition: -1 })] }), 'records["o-0"][0].partition'],
    [event({ 'o-0': [record(), null] }), 'records["o-0"][1]'],
    [event({ 'o-0': [record(), record({ topic: 'b', offset: 8 })] }), 'records["o-0"][1].topic'],
    [event({ 'o-0': [record(), record({ partition: 1 })] }), 'records["o-0"][1].partition'],
    [event({ 'o-0': [record(), record()] }), 'records["o-0"][1].offset'],
    [event({ 'o-0': [record({ offset: -1 })] }), 'records["o-0"][0].offset'],
    [event({ 'o-0': [record({ offset: 2 ** 53 })] }), 'records["o-0"][0].offset'],
    [event({ 'o-0': [record({ timestamp: 'x' })] }), 'records["o-0"][0].timestamp'],
    [event({ 'o-0': [record({ key: 1 })] }), 'records["o-0"][0].key'],
    [event({ 'o-0': [record({ value: [] })] }), 'records["o-0"][0].value'],
    [event({ 'o-0': [record({ headers: {} })] }), 'records["o-0"][0].headers'],
    [event({ a: [record()], b: [record()] }), 'records["b"]'],
  ];
  for (const [broken, path] of cases) assert.equal(pathOfFault(broken), path);
});

test('the message of a malformed event never quotes a value', () => {
  assert.throws(
    () => decodeEvent(event({ 'o-0': [record({ value: 4242424242 })] })),
    (error: Error) => !error.message.includes('4242424242'),
  );
});
