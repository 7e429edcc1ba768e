/** Requests that change nothing: what brokers understand, and what a principal may do (KIP-430). */
import { type AclOperation, operationCodes } from './acls.ts';
import { metadata, readMetadata, writeMetadata } from './cluster.ts';
import type { GroupAnswer } from './group.ts';
import type { Api } from './wire.ts';

/** Undefined where the broker does not tell. */
export type Operations = ReadonlySet<AclOperation> | undefined;

export interface TopicOperations {
  topic: string;
  /** 3 for a topic that is not there: what may be done with its name is told all the same. */
  code: number;
  operations: Operations;
}

/** Metadata of the named topics with what may be done with each. */
export const topicOperations: Api<readonly string[], TopicOperations[]> = {
  name: metadata.name,
  key: metadata.key,
  version: metadata.version,
  write: (writer, topics) => writeMetadata(writer, topics, true),
  read(reader) {
    const masks = new Map<string, number>();
    const { topics } = readMetadata(reader, (topic, mask) => masks.set(topic, mask));
    return topics.map(({ topic, code }) => {
      return { topic, code, operations: operationsOf(masks.get(topic)) };
    });
  },
};

export interface ClusterOperations {
  code: number;
  detail: string | undefined;
  operations: Operations;
}

export const clusterOperations: Api<undefined, ClusterOperations> = {
  name: 'DescribeCluster',
  key: 60,
  version: 0,
  write(writer) {
    writer
      .appendBoolean(true) // include authorized operations
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const code = reader.readInt16();
    const detail = reader.readNullableString() ?? undefined;
    reader.readString(); // cluster id
    reader.readInt32(); // controller
    reader.readArray((r) => {
      r.readInt32();
      r.readString();
      r.readInt32();
      r.readNullableString();
    });
    return { code, detail, operations: operationsOf(reader.readInt32()) };
  },
};

export interface GroupOperations extends GroupAnswer {
  operations: Operations;
}

/** Answered by the group's coordinator, also for a group that is not there. */
export const groupOperations: Api<{ group: string }, GroupOperations> = {
  name: 'DescribeGroups',
  key: 15,
  version: 5,
  write(writer, { group }) {
    writer
      .appendArray([group], (w, name) => w.appendString(name), true, false)
      .appendBoolean(true) // include authorized operations
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const [answer] = reader.readArray((r) => {
      const code = r.readInt16();
      for (let text = 0; text < 4; text += 1) r.readString(); // group, state, protocol and its data
      r.readArray((member) => {
        member.readString();
        member.readNullableString(); // instance
        member.readString();
        member.readString();
        member.readBytes();
        member.readBytes();
      });
      return { code, refused: [], operations: operationsOf(r.readInt32()) };
    });
    return answer ?? { code: -1, refused: [], operations: undefined };
  },
};

/** What a broker understands, by the key of each request. */
export type ApiRanges = ReadonlyMap<number, { min: number; max: number }>;

export const apiVersions: Api<undefined, ApiRanges> = {
  name: 'ApiVersions',
  key: 18,
  version: 3,
  write(writer) {
    writer.appendString('mirrorless').appendString('1').appendTaggedFields();
  },
  read(reader) {
    // The one answer whose header has no tagged fields (KIP-511), so that any client can read it:
    // what was read as their number is the first byte of the code, which is below 256.
    const code = reader.readInt8();
    if (code !== 0) throw new Error(`the broker answers ApiVersions with ${code}`);
    const ranges = reader.readArray((r): [number, { min: number; max: number }] => {
      return [r.readInt16(), { min: r.readInt16(), max: r.readInt16() }];
    });
    return new Map(ranges);
  },
};

/** A bit for each operation's code; this number where nothing is told. */
const untold = -(2 ** 31);

function operationsOf(mask: number | undefined): Operations {
  if (mask === undefined || mask === untold) return undefined;
  const names = Object.keys(operationCodes) as AclOperation[];
  return new Set(names.filter((name) => (mask & (1 << operationCodes[name])) !== 0));
}
