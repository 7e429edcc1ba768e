/** Requests about who may do what with topics. */
import type { Api } from './wire.ts';

/** `AclOperation` of the protocol, by its codes: those that a topic can have and their neighbours. */
export const operationCodes = {
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const;

export type AclOperation = keyof typeof operationCodes;

const permissionCodes = { DENY: 2, ALLOW: 3 } as const;
const patternCodes = { LITERAL: 3, PREFIXED: 4 } as const;

export interface TopicAcl {
  /** A topic's name, the beginning of names where the pattern is PREFIXED, or `*` for all. */
  topic: string;
  pattern: keyof typeof patternCodes;
  /** `User:name`. */
  principal: string;
  /** `*` for any. */
  host: string;
  operation: AclOperation;
  permission: keyof typeof permissionCodes;
}

const topicResource = 2;
const any = 1;

export interface DescribeAclsResponse {
  code: number;
  detail: string | undefined;
  acls: TopicAcl[];
}

/** All ACLs of topics, of any pattern. */
export const describeTopicAcls: Api<undefined, DescribeAclsResponse> = {
  name: 'DescribeAcls',
  key: 29,
  version: 2,
  write(writer) {
    writer
      .appendInt8(topicResource)
      .appendString(null) // any topic
      .appendInt8(any) // pattern
      .appendString(null) // any principal
      .appendString(null) // any host
      .appendInt8(any) // operation
      .appendInt8(any) // permission
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    const code = reader.readInt16();
    const detail = reader.readNullableString() ?? undefined;
    const acls = reader.readArray((r) => {
      r.readInt8();
      const topic = r.readString();
      const pattern = nameOf(patternCodes, r.readInt8());
      return r.readArray((acl) => ({
        topic,
        pattern,
        principal: acl.readString(),
        host: acl.readString(),
        operation: nameOf(operationCodes, acl.readInt8()),
        permission: nameOf(permissionCodes, acl.readInt8()),
      }));
    });
    return { code, detail, acls: acls.flat() };
  },
};

export interface CreatedAcl {
  code: number;
  detail: string | undefined;
}

/** An answer for each, in their order. One that exists is left as it is. */
export const createTopicAcls: Api<readonly TopicAcl[], CreatedAcl[]> = {
  name: 'CreateAcls',
  key: 30,
  version: 2,
  write(writer, acls) {
    writer
      .appendArray([...acls], (w, { topic, pattern, principal, host, operation, permission }) => {
        w.appendInt8(topicResource)
          .appendString(topic)
          .appendInt8(patternCodes[pattern])
          .appendString(principal)
          .appendString(host)
          .appendInt8(operationCodes[operation])
          .appendInt8(permissionCodes[permission]);
      })
      .appendTaggedFields();
  },
  read(reader) {
    reader.readInt32(); // throttle time
    return reader.readArray((r) => ({
      code: r.readInt16(),
      detail: r.readNullableString() ?? undefined,
    }));
  },
};

function nameOf<Name extends string>(codes: Readonly<Record<Name, number>>, code: number): Name {
  const name = (Object.keys(codes) as Name[]).find((each) => codes[each] === code);
  if (name === undefined) throw new Error(`code ${code} of an ACL is not known`);
  return name;
}
