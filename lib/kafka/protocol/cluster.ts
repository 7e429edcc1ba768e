/** Requests that any broker answers: who leads what, and how a topic is configured. */
import type { Api } from './wire.ts';

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface MetadataResponse {
  brokers: Map<number, BrokerAddress>;
  topics: TopicMetadata[];
}

export interface TopicMetadata {
  topic: string;
  code: number;
  partitions: { partition: number; code: number; leader: number }[];
}

/** Asks for the named topics, or for all where there is no list; never lets the broker create one. */
export const metadata: Api<readonly string[] | undefined, MetadataResponse> = {
  name: 'Metadata',
  key: 3,
  version: 11,
  write(writer, topics) {
    writer
      .appendArray(topics && [...topics], (w, topic) => w.appendUUID(null).appendString(topic))
      .appendBoolean(false) // allow auto topic creation
      .appendBoolean(false) // include authorized operations
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const brokers = reader.readMap((r) => {
      const broker: [number, BrokerAddress] = [
        r.readInt32(),
        { host: r.readString(), port: r.readInt32() },
      ];
      r.readNullableString(); // rack
      return broker;
    });
    reader.readNullableString(); // cluster id
    reader.readInt32(); // controller
    const topics = reader.readArray((r) => {
      const code = r.readInt16();
      const topic = r.readString();
      r.readUUID();
      r.readBoolean(); // is internal
      const partitions = r.readArray((p) => {
        const state = { code: p.readInt16(), partition: p.readInt32(), leader: p.readInt32() };
        p.readInt32(); // leader epoch
        for (let list = 0; list < 3; list += 1) p.readArray((id) => id.readInt32(), true, false);
        return state;
      });
      r.readInt32(); // authorized operations
      return { topic, code, partitions };
    });
    return { brokers, topics };
  },
};

const topicResource = 2;

export interface DescribeConfigRequest {
  topic: string;
  name: string;
}

export interface DescribeConfigResponse {
  code: number;
  detail: string | undefined;
  value: string | undefined;
}

/** One configuration property of one topic, with the broker's default where it is not set. */
export const describeConfig: Api<DescribeConfigRequest, DescribeConfigResponse> = {
  name: 'DescribeConfigs',
  key: 32,
  version: 4,
  write(writer, { topic, name }) {
    writer
      .appendArray([topic], (w) => {
        w.appendInt8(topicResource).appendString(topic);
        w.appendArray([name], (key) => key.appendString(name), true, false);
      })
      .appendBoolean(false) // include synonyms
      .appendBoolean(false) // include documentation
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const [result] = reader.readArray((r) => {
      const code = r.readInt16();
      const detail = r.readNullableString() ?? undefined;
      r.readInt8();
      r.readString();
      const [value] = r.readArray((config) => {
        config.readString();
        const text = config.readNullableString() ?? undefined;
        config.skip(3); // read only, source, is sensitive
        config.readArray((synonym) => {
          synonym.readString();
          synonym.readNullableString();
          synonym.readInt8();
        });
        config.readInt8(); // type
        config.readNullableString(); // documentation
        return text;
      });
      return { code, detail, value };
    });
    return result ?? { code: -1, detail: 'the answer is empty', value: undefined };
  },
};
