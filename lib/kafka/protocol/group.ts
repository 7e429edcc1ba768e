/** Requests about consumer groups: which there are, who coordinates them, and where they stand. */
import type { CommittedOffset, GroupListing } from '../ports.ts';
import type { BrokerAddress } from './cluster.ts';
import { type PartitionAnswer, readTopics, writeTopics } from './log.ts';
import type { Api } from './wire.ts';

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

export interface ListGroupsResponse {
  code: number;
  groups: GroupListing[];
}

/** The groups that the broker asked coordinates; the first version that tells their states. */
export const listGroups: Api<undefined, ListGroupsResponse> = {
  name: 'ListGroups',
  key: 16,
  version: 4,
  write(writer) {
    writer
      .appendArray([], () => {}) // in any state
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const code = reader.readInt16();
    const groups = reader.readArray((r) => ({
      group: r.readString(),
      protocolType: r.readString(),
      state: r.readString(),
    }));
    return { code, groups };
  },
};

/** What a coordinator refuses: a group as a whole, where the code is not zero, or partitions. */
export interface GroupAnswer {
  code: number;
  refused: PartitionAnswer[];
}

export interface OffsetCommitRequest {
  group: string;
  positions: readonly CommittedOffset[];
}

export interface OffsetCommitResponse extends GroupAnswer {
  committed: PartitionAnswer[];
}

/** Committed from outside the group, as tools do: the broker takes it only while it has no members. */
export const offsetCommit: Api<OffsetCommitRequest, OffsetCommitResponse> = {
  name: 'OffsetCommit',
  key: 8,
  version: 8,
  write(writer, { group, positions }) {
    writer.appendString(group).appendInt32(-1).appendString('').appendString(null);
    writeTopics(writer, positions, (w, { partition, offset, metadata }) => {
      w.appendInt32(partition).appendInt64(offset).appendInt32(-1).appendString(metadata);
    });
    writer.appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const partitions = readTopics(reader, (r, topic) => ({
      topic,
      partition: r.readInt32(),
      code: r.readInt16(),
    }));
    return {
      code: 0,
      refused: partitions.filter(({ code }) => code !== 0),
      committed: partitions.filter(({ code }) => code === 0),
    };
  },
};

export interface OffsetFetchResponse extends GroupAnswer {
  committed: CommittedOffset[];
}

/** All that the group has committed, in topics that the principal may describe. */
export const offsetFetch: Api<{ group: string }, OffsetFetchResponse> = {
  name: 'OffsetFetch',
  key: 9,
  version: 7,
  write(writer, { group }) {
    writer
      .appendString(group)
      .appendArray(null, () => {}) // all topics
      .appendBoolean(true) // refuse what an open transaction is about to change
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const refused: PartitionAnswer[] = [];
    const read = readTopics(reader, (r, topic): CommittedOffset => {
      const partition = r.readInt32();
      const offset = r.readInt64();
      r.readInt32(); // leader epoch
      const metadata = r.readString();
      const code = r.readInt16();
      if (code !== 0) refused.push({ topic, partition, code });
      return { topic, partition, offset, metadata };
    });
    // An offset below zero: nothing is committed.
    return { code: reader.readInt16(), refused, committed: read.filter((one) => one.offset >= 0n) };
  },
};
