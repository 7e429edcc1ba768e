/** Requests about the offsets of a consumer group without members. */
import type { FetchPosition, TopicPartition } from '../ports.ts';
import type { BrokerAddress } from './cluster.ts';
import type { PartitionAnswer } from './log.ts';
import { type Api, byTopic } from './wire.ts';

const groupKey = 0;

export interface FindCoordinatorResponse {
  code: number;
  detail: string | undefined;
  coordinator: BrokerAddress;
}

export const findCoordinator: Api<string, FindCoordinatorResponse> = {
  name: 'FindCoordinator',
  key: 10,
  version: 3,
  write(writer, group) {
    writer.appendString(group).appendInt8(groupKey).appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const code = reader.readInt16();
    const detail = reader.readNullableString() ?? undefined;
    reader.readInt32(); // node id
    return { code, detail, coordinator: { host: reader.readString(), port: reader.readInt32() } };
  },
};

export interface OffsetCommitRequest {
  group: string;
  positions: readonly FetchPosition[];
}

/** Committed from outside the group, as tools do: the broker takes it only while it has no members. */
export const offsetCommit: Api<OffsetCommitRequest, PartitionAnswer[]> = {
  name: 'OffsetCommit',
  key: 8,
  version: 8,
  write(writer, { group, positions }) {
    writer.appendString(group).appendInt32(-1).appendString('').appendString(null);
    writer
      .appendArray(byTopic(positions), (w, [topic, partitions]) => {
        w.appendString(topic).appendArray(partitions, (p, { partition, offset }) => {
          p.appendInt32(partition).appendInt64(offset).appendInt32(-1).appendString('');
        });
      })
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader
      .readArray((r) => {
        const topic = r.readString();
        return r.readArray((p) => ({ topic, partition: p.readInt32(), code: p.readInt16() }));
      })
      .flat();
  },
};

export interface OffsetFetchRequest {
  group: string;
  partitions: readonly TopicPartition[];
}

export interface CommittedOffset extends PartitionAnswer {
  /** −1 where the group has committed nothing. */
  offset: bigint;
}

export const offsetFetch: Api<OffsetFetchRequest, CommittedOffset[]> = {
  name: 'OffsetFetch',
  key: 9,
  version: 7,
  write(writer, { group, partitions }) {
    writer
      .appendString(group)
      .appendArray(byTopic(partitions), (w, [topic, items]) => {
        w.appendString(topic);
        w.appendArray(items, (p, { partition }) => p.appendInt32(partition), true, false);
      })
      .appendBoolean(true) // wait for the end of transactions that commit offsets
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const partitions = reader.readArray((r) => {
      const topic = r.readString();
      return r.readArray((p) => {
        const partition = p.readInt32();
        const offset = p.readInt64();
        p.readInt32(); // leader epoch
        p.readNullableString(); // metadata
        return { topic, partition, code: p.readInt16(), offset };
      });
    });
    const groupCode = reader.readInt16();
    return partitions.flat().map((p) => ({ ...p, code: p.code === 0 ? groupCode : p.code }));
  },
};
