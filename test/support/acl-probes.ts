/** For each ACL the request that needs it, made by the code that makes it in a flow. */
import type { ClusterSettings } from '../../lib/config/flow-settings.ts';
import { deadlineAt } from '../../lib/deadline.ts';
import type { RequiredAcl } from '../../lib/discovery/required-acls.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import type { Settled } from '../../lib/kafka/ports.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { appendRecords, readToEnd } from '../../lib/mm2/topics.ts';

export interface ProbedAcl extends Pick<RequiredAcl, 'resource' | 'operation'> {
  /** One of the names that the ACL covers. */
  name: string;
}

/** Rejects with what the cluster refuses. */
export type Probe = (acl: ProbedAcl) => Promise<void>;

export interface AclProbes {
  /** Undefined where nothing in a flow needs the operation on such a resource. */
  of(acl: Pick<RequiredAcl, 'resource' | 'operation'>): Probe | undefined;
  close(): Promise<void>;
}

/** `topic` is one that groups may commit offsets of. */
export function openAclProbes(
  side: 'source' | 'target',
  cluster: ClusterSettings,
  topic: string,
): AclProbes {
  const options = { cluster, side, requestTimeoutMs: 20_000 };
  const [plane, groups, admin] = [
    openDataPlane(options),
    openGroups(options),
    openTopicAdmin(options),
  ];
  const one = { partitionCount: 1, replicationFactor: 1, configs: {} };
  const acl = { topic: 'probed', pattern: 'LITERAL', principal: 'User:reader', host: '*' } as const;
  const record = {
    key: Buffer.from('probe'),
    value: Buffer.from('probe'),
    timestampMs: Date.now(),
  };
  const position = { topic, partition: 0, offset: 0n, metadata: '' };
  const probes: Readonly<Record<string, Probe>> = {
    'topic Read': ({ name }) => drain(readToEnd(plane, name, deadlineAt(Date.now() + 20_000))),
    'topic Write': ({ name }) => appendRecords(plane, name, [record]),
    'topic Create': async ({ name }) =>
      settled(await admin.createTopics([{ topic: name, ...one }])),
    'topic Alter': async ({ name }) =>
      settled(await admin.createPartitions([{ topic: name, partitionCount: 1 }])),
    'topic AlterConfigs': async ({ name }) =>
      settled(await admin.alterConfigs([{ topic: name, changes: { 'segment.ms': '60000' } }])),
    'topic DescribeConfigs': async ({ name }) => settled(await admin.topicConfigs([name])),
    'topic Describe': async () => thrown((await groups.listGroups()).failures[0]),
    'group Describe': async ({ name }) => settled(await groups.committedOffsets([name])),
    'group Read': async ({ name }) => settled(await groups.commitOffsets(name, [position])),
    'cluster Describe': async () => void (await admin.topicAcls()),
    'cluster Alter': async () =>
      settled(await admin.createAcls([{ ...acl, operation: 'READ', permission: 'ALLOW' }])),
  };
  return {
    of: ({ resource, operation }) => probes[`${resource} ${operation}`],
    async close() {
      await Promise.all([plane.close(), groups.close(), admin.close()]);
    },
  };
}

async function drain(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}

function settled(outcomes: readonly Settled<unknown>[]): void {
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
}

function thrown(error: Error | undefined): void {
  if (error !== undefined) throw error;
}
