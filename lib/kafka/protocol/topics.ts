/** Requests about topics: made, grown, and configured. Changes are for the controller. */
import { knownTopicId } from './cluster.ts';
import type { Api } from './wire.ts';

/** What is said of one topic. Zero is the code of no error. */
export interface TopicAnswer {
  topic: string;
  code: number;
  /** The broker's own words, where it has any. */
  detail: string | undefined;
}

export interface CreateTopicsRequest {
  topics: readonly {
    topic: string;
    partitionCount: number;
    /** -1 is the cluster's own default. */
    replicationFactor: number;
    configs: Readonly<Record<string, string>>;
  }[];
  /** How long the controller waits for the brokers. */
  timeoutMs: number;
  /** True to be told what would be refused, and change nothing. */
  validateOnly: boolean;
}

export interface CreatedTopic extends TopicAnswer {
  topicId: string | undefined;
  /** What is in force for the topic, by name; empty where the principal may not know. */
  configs: Record<string, string | null>;
}

export const createTopics: Api<CreateTopicsRequest, CreatedTopic[]> = {
  name: 'CreateTopics',
  key: 19,
  version: 7,
  write(writer, { topics, timeoutMs, validateOnly }) {
    writer
      .appendArray([...topics], (w, { topic, partitionCount, replicationFactor, configs }) => {
        w.appendString(topic).appendInt32(partitionCount).appendInt16(replicationFactor);
        w.appendArray([], () => {}); // the cluster assigns replicas
        w.appendArray(Object.entries(configs), (c, [name, value]) =>
          c.appendString(name).appendString(value),
        );
      })
      .appendInt32(timeoutMs)
      .appendBoolean(validateOnly)
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader.readArray((r) => {
      const topic = r.readString();
      const topicId = knownTopicId(r.readUUID());
      const answer = { code: r.readInt16(), detail: r.readNullableString() ?? undefined };
      r.skip(4 + 2); // partitions, replicas
      const configs = r.readNullableArray((config): [string, string | null] => {
        const named: [string, string | null] = [config.readString(), config.readNullableString()];
        config.skip(3); // read only, source, is sensitive
        return named;
      });
      return { topic, topicId, ...answer, configs: Object.fromEntries(configs ?? []) };
    });
  },
};

export interface CreatePartitionsRequest {
  topics: readonly { topic: string; partitionCount: number }[];
  timeoutMs: number;
}

export const createPartitions: Api<CreatePartitionsRequest, TopicAnswer[]> = {
  name: 'CreatePartitions',
  key: 37,
  version: 3,
  write(writer, { topics, timeoutMs }) {
    writer
      .appendArray([...topics], (w, { topic, partitionCount }) => {
        w.appendString(topic)
          .appendInt32(partitionCount)
          .appendArray(null, () => {});
      })
      .appendInt32(timeoutMs)
      .appendBoolean(false) // validate only
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader.readArray((r) => ({
      topic: r.readString(),
      code: r.readInt16(),
      detail: r.readNullableString() ?? undefined,
    }));
  },
};

const topicResource = 2;

export interface DescribeConfigsRequest {
  topics: readonly string[];
  /** All of a topic where it is left out. */
  names?: readonly string[];
}

export interface DescribedConfig {
  name: string;
  /** Null where it is a secret. */
  value: string | null;
  isReadOnly: boolean;
  /** `ConfigSource` of the protocol. */
  source: number;
  isSensitive: boolean;
}

export interface DescribedTopic extends TopicAnswer {
  configs: DescribedConfig[];
}

/** Configuration properties of topics, with the brokers' values where topics have none. */
export const describeConfigs: Api<DescribeConfigsRequest, DescribedTopic[]> = {
  name: 'DescribeConfigs',
  key: 32,
  version: 4,
  write(writer, { topics, names }) {
    writer
      .appendArray([...topics], (w, topic) => {
        w.appendInt8(topicResource).appendString(topic);
        w.appendArray(names && [...names], (key, name) => key.appendString(name), true, false);
      })
      .appendBoolean(false) // include synonyms
      .appendBoolean(false) // include documentation
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader.readArray((r) => {
      const answer = { code: r.readInt16(), detail: r.readNullableString() ?? undefined };
      r.readInt8();
      const topic = r.readString();
      const configs = r.readArray((config) => {
        const described = {
          name: config.readString(),
          value: config.readNullableString(),
          isReadOnly: config.readBoolean(),
          source: config.readInt8(),
          isSensitive: config.readBoolean(),
        };
        config.readArray((synonym) => {
          synonym.readString();
          synonym.readNullableString();
          synonym.readInt8();
        });
        config.readInt8(); // type
        config.readNullableString(); // documentation
        return described;
      });
      return { topic, ...answer, configs };
    });
  },
};

export interface AlterConfigsRequest {
  /** A value of null takes away what the topic itself sets. */
  topics: readonly { topic: string; changes: Readonly<Record<string, string | null>> }[];
}

const operations = { set: 0, delete: 1 };

/** Changes of a topic are made together or not at all. */
export const incrementalAlterConfigs: Api<AlterConfigsRequest, TopicAnswer[]> = {
  name: 'IncrementalAlterConfigs',
  key: 44,
  version: 1,
  write(writer, { topics }) {
    writer
      .appendArray([...topics], (w, { topic, changes }) => {
        w.appendInt8(topicResource).appendString(topic);
        w.appendArray(Object.entries(changes), (c, [name, value]) => {
          const operation = value === null ? operations.delete : operations.set;
          c.appendString(name).appendInt8(operation).appendString(value);
        });
      })
      .appendBoolean(false) // validate only
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader.readArray((r) => {
      const answer = { code: r.readInt16(), detail: r.readNullableString() ?? undefined };
      r.readInt8();
      return { topic: r.readString(), ...answer };
    });
  },
};
