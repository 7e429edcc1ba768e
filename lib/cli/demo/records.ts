/** What the demo writes: topics of every kind, and records of every shape that an event carries. */
import { compressionTypes } from '../../kafka/compression.ts';
import type { EventRecord } from '../../source/event.ts';

export interface DemoTopic {
  topic: string;
  partitionCount: number;
  configs?: Record<string, string>;
}

/** Written to while it is copied. */
export const orders: DemoTopic = { topic: 'orders', partitionCount: 4 };
const awkward: DemoTopic = { topic: 'awkward', partitionCount: 3 };
/** A partition for each codec. */
const codecs: DemoTopic = { topic: 'codecs', partitionCount: compressionTypes.length };
const customers: DemoTopic = {
  topic: 'customers',
  partitionCount: 2,
  configs: { 'cleanup.policy': 'compact' },
};

/** Not there at the beginning: discovery finds it. */
export const invoices: DemoTopic = {
  topic: 'invoices',
  partitionCount: 2,
  configs: { 'retention.ms': '864000000' },
};

export const firstTopics: readonly DemoTopic[] = [orders, awkward, codecs, customers];
export const demoTopics: readonly DemoTopic[] = [...firstTopics, invoices];

type Content = Pick<EventRecord, 'key' | 'value' | 'headers'> & { timestamp?: number };

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const signedBytes = [...new Int8Array(everyByte)];

const shapes: readonly ((number: number) => Content)[] = [
  (number) => ({ key: base64(`key ${number}`), value: base64(`value ${number}`) }),
  () => ({ key: '', value: '' }),
  () => ({ value: base64('no key') }),
  (number) => ({ key: base64(`gone ${number}`) }),
  () => ({}),
  () => ({ key: everyByte.toString('base64'), value: everyByte.toString('base64') }),
  () => ({
    value: base64('headers in order, twice the same name, empty, of every byte'),
    headers: [{ same: [1] }, { other: [] }, { same: [2, -1] }, { 'naïve ☂': signedBytes }],
  }),
  (number) => ({ value: Buffer.alloc(50_000 + number * 1000, number).toString('base64') }),
  (number) => ({ value: base64(`from 1970: ${number}`), timestamp: number }),
];

interface TopicRecords {
  topic: DemoTopic;
  /** In their order. */
  partitions: EventRecord[][];
}

/** Records of the topics that are written once. */
export function initialRecords(): TopicRecords[] {
  return [
    fill(awkward, 20 * shapes.length, (number) => shapes[number % shapes.length]!(number)),
    fill(codecs, 2000, (number) => ({
      key: base64(String(number)),
      value: base64(`${number} is written compressed, and copied uncompressed`),
    })),
    fill(customers, 1000, (number) => ({
      key: base64(`customer ${number % 100}`),
      ...(number % 7 === 0 ? {} : { value: base64(`version ${number}`) }),
    })),
  ];
}

export function invoiceRecords(): TopicRecords {
  return fill(invoices, 500, (number) => ({
    key: base64(`invoice ${number}`),
    value: base64(`of order ${number}`),
  }));
}

function fill(topic: DemoTopic, count: number, content: (number: number) => Content): TopicRecords {
  const partitions = Array.from({ length: topic.partitionCount }, (_, partition) =>
    Array.from({ length: count }, (_, number) => record(topic, partition, content(number))),
  );
  return { topic, partitions };
}

/** One order of about 500 bytes. */
export function order(partition: number, number: number): EventRecord {
  return record(orders, partition, {
    key: base64(`order ${number}`),
    value: base64(JSON.stringify({ number, items: 'x'.repeat(450) })),
    headers: [{ trace: [...new Int8Array(Buffer.from(number.toString(16)))] }],
  });
}

function record({ topic }: DemoTopic, partition: number, content: Content): EventRecord {
  return {
    topic,
    partition,
    offset: 0,
    timestamp: Date.now(),
    timestampType: 'CREATE_TIME',
    ...content,
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
