import { type IHeaders, Kafka, logLevel, type Message } from 'kafkajs';
import type { EventRecord, KafkaEvent } from '../../../../lib/source/event.ts';
import type { OpenPath } from './path.ts';

/** An event's records through kafkajs, as its documentation leads a user to write it. */
export const openPath: OpenPath = async ({ bootstrapServers, remoteTopic }) => {
  const kafka = new Kafka({ brokers: bootstrapServers, logLevel: logLevel.ERROR });
  const producer = kafka.producer();
  await producer.connect();
  return {
    async handle(text) {
      const event = JSON.parse(text) as KafkaEvent;
      const messages = Object.values(event.records).flat().map(messageOf);
      await producer.sendBatch({ acks: -1, topicMessages: [{ topic: remoteTopic, messages }] });
    },
  };
};

function messageOf(record: EventRecord): Message {
  return {
    partition: record.partition,
    timestamp: String(record.timestamp),
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    headers: headersOf(record),
  };
}

function bytesOf(base64: string | null | undefined): Buffer | null {
  return base64 == null ? null : Buffer.from(base64, 'base64');
}

function headersOf(record: EventRecord): IHeaders {
  const headers: IHeaders = {};
  for (const header of record.headers ?? []) {
    for (const [name, bytes] of Object.entries(header)) {
      if (bytes !== null) headers[name] = Buffer.from(bytes);
    }
  }
  return headers;
}
