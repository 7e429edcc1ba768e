import {
  type MessageToProduce,
  ProduceAcks,
  Producer,
  stringSerializer,
} from '@platformatic/kafka';
import type { EventRecord, KafkaEvent } from '../../../../lib/source/event.ts';
import type { OpenPath } from './path.ts';

type Message = MessageToProduce<Buffer, Buffer, string, Buffer>;

/** An event's records through @platformatic/kafka's producer, as its documentation shows it. */
export const openPath: OpenPath = async ({ bootstrapServers, remoteTopic }) => {
  const producer = new Producer<Buffer, Buffer, string, Buffer>({
    clientId: 'bench',
    bootstrapBrokers: bootstrapServers,
    acks: ProduceAcks.ALL,
    serializers: { headerKey: stringSerializer },
  });
  await producer.connectToBrokers();
  return {
    async handle(text) {
      const event = JSON.parse(text) as KafkaEvent;
      const messages = Object.values(event.records)
        .flat()
        .map((record) => messageOf(record, remoteTopic));
      await producer.send({ messages });
    },
  };
};

function messageOf(record: EventRecord, topic: string): Message {
  const { partition, timestamp, key, value } = record;
  return {
    topic,
    partition,
    timestamp: BigInt(timestamp),
    headers: headersOf(record),
    ...(key == null ? {} : { key: Buffer.from(key, 'base64') }),
    ...(value == null ? {} : { value: Buffer.from(value, 'base64') }),
  };
}

function headersOf(record: EventRecord): Map<string, Buffer> {
  const headers = new Map<string, Buffer>();
  for (const header of record.headers ?? []) {
    for (const [name, bytes] of Object.entries(header)) {
      if (bytes !== null) headers.set(name, Buffer.from(bytes));
    }
  }
  return headers;
}
