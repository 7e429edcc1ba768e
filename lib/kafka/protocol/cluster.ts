/** Requests that any broker answers: who leads what. */
import type { Api, Reader, Writer } from './wire.ts';

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface MetadataResponse {
  brokers: Map<number, BrokerAddress>;
  clusterId: string | undefined;
  /** Who takes changes of topics; with KRaft any broker, since all of them pass such requests on. */
  controller: number;
  topics: TopicMetadata[];
}

export interface TopicMetadata {
  topic: string;
  code: number;
  /** Another one after the topic was deleted and created again; none where brokers are too old. */
  topicId: string | undefined;
  partitions: { partition: number; code: number; leader: number; replicaCount: number }[];
}

/** Asks for the named topics, or for all where there is no list; never lets the broker create one. */
export const metadata: Api<readonly string[] | undefined, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  version: 11,
  write: (writer, topics) => writeMetadata(writer, topics, false),
  read: (reader) => readMetadata(reader),
};

export function writeMetadata(
  writer: Writer,
  topics: readonly string[] | undefined,
  includesOperations: boolean,
): void {
  writer
    .appendArray(topics && [...topics], (w, topic) => w.appendUUID(null).appendString(topic))
    .appendBoolean(false) // allow auto topic creation
    .appendBoolean(includesOperations)
    .appendTaggedFields();
}

/** `onOperations` is told what may be done with each topic, as a mask, where that was asked for. */
export function readMetadata(
  reader: Reader,
  onOperations?: (topic: string, mask: number) => void,
): MetadataResponse {
  reader.readInt32(); // throttle time
  const brokers = reader.readMap((r) => {
    const broker: [number, BrokerAddress] = [
      r.readInt32(),
      { host: r.readString(), port: r.readInt32() },
    ];
    r.readNullableString(); // rack
    return broker;
  });
  const clusterId = reader.readNullableString() ?? undefined;
  const controller = reader.readInt32();
  const topics = reader.readArray((r) => {
    const code = r.readInt16();
    const topic = r.readString();
    const topicId = knownTopicId(r.readUUID());
    r.readBoolean(); // is internal
    const partitions = r.readArray((p) => {
      const state = { code: p.readInt16(), partition: p.readInt32(), leader: p.readInt32() };
      p.readInt32(); // leader epoch
      const replicas = p.readArray((id) => id.readInt32(), true, false);
      for (let list = 0; list < 2; list += 1) p.readArray((id) => id.readInt32(), true, false);
      return { ...state, replicaCount: replicas.length };
    });
    const mask = r.readInt32();
    onOperations?.(topic, mask);
    return { topic, code, topicId, partitions };
  });
  return { brokers, clusterId, controller, topics };
}

/** All zeros where the cluster gives none, as before Kafka 2.8. */
export function knownTopicId(uuid: string): string | undefined {
  return uuid === noTopicId ? undefined : uuid;
}

const noTopicId = '00000000-0000-0000-0000-000000000000';
