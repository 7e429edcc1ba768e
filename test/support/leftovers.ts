/** What MirrorMaker 2 leaves behind, made record by record, so that it can have ended anywhere. */
import { randomBytes } from 'node:crypto';
import { type FlowAccess, flowAccess } from '../../lib/cli/flow-access.ts';
import { encodeOffsetSync } from '../../lib/mm2/formats.ts';
import { appendRecords } from '../../lib/mm2/topics.ts';
import { writeConnectOffsets } from '../../lib/takeover/connect-log.ts';
import { type Flow, openFlow, randomTopic, remoteTopic } from './flow.ts';
import { configured } from './local-host.ts';
import type { Oracle, OracleCluster, ProduceOptions } from './oracle/oracle.ts';
import type { DumpedRecord } from './oracle/records.ts';
import type { SharedParts } from './parts.ts';

export interface Leftovers {
  topic: string;
  remote: string;
  offsetsTopic: string;
  source: OracleCluster;
  target: OracleCluster;
  /** Of the same state as `access`. */
  flow: Flow;
  access: FlowAccess;
  /** What the source holds, uncommitted records too. */
  originals(): Promise<DumpedRecord[]>;
  /** Copies these to the target; returns where. */
  mirror(records: readonly DumpedRecord[], options?: ProduceOptions): Promise<bigint[]>;
  /** The last record that was mirrored. */
  store(offset: bigint, connector?: string): Promise<void>;
  sync(upstreamOffset: bigint, downstreamOffset: bigint): Promise<void>;
}

interface TestContext {
  after(close: () => Promise<void>): void;
}

/** One partition. */
export async function openLeftovers(
  context: TestContext,
  { parts, oracle }: { parts: SharedParts; oracle: Oracle },
): Promise<Leftovers> {
  const topic = randomTopic('left');
  const remote = remoteTopic(topic);
  const offsetsTopic = `mm2-offsets-${randomBytes(4).toString('hex')}`;
  const source = oracle.cluster(parts.sourceBootstrapServers);
  const target = oracle.cluster(parts.targetBootstrapServers);
  await source.createTopic(topic);
  await target.createTopic(remote);
  const flow = await openFlow(parts);
  const configuration = configured([
    'clusters = source, target',
    `source.bootstrap.servers = ${parts.sourceBootstrapServers}`,
    `target.bootstrap.servers = ${parts.targetBootstrapServers}`,
    'source->target.enabled = true',
    `source->target.topics = ${topic}`,
    'heartbeats.replication.enabled = false',
    'offset-syncs.topic.replication.factor = 1',
  ]);
  const own = { ...configuration.flows[0]!, stateTable: flow.table };
  const access = flowAccess({ configuration, flow: own }, flow.client);
  context.after(async () => {
    await access[Symbol.asyncDispose]();
    await flow.close();
  });
  return {
    ...{ topic, remote, offsetsTopic, source, target, flow, access },
    async originals() {
      const [dump] = await source.dump(topic, { isolation: 'read_uncommitted' });
      return dump!.records;
    },
    mirror: (records, options) =>
      target.produce(
        remote,
        records.map((record) => ({ ...record, partition: 0 })),
        options,
      ),
    async store(offset, connector = 'MirrorSourceConnector') {
      const plane = access.target.dataPlane;
      if ((await plane.partitionCount(offsetsTopic)) === undefined) {
        await target.createTopic(offsetsTopic, { partitions: 5 });
      }
      const place = { connector, cluster: 'source', topic, partition: 0 };
      await writeConnectOffsets(plane, offsetsTopic, [{ ...place, offset }]);
    },
    async sync(upstreamOffset, downstreamOffset) {
      const name = 'mm2-offset-syncs.target.internal';
      const { admin, dataPlane } = access.source;
      if ((await dataPlane.partitionCount(name)) === undefined) {
        const configs = { 'cleanup.policy': 'compact' };
        await admin.createTopics([
          { topic: name, partitionCount: 1, replicationFactor: 1, configs },
        ]);
      }
      const sync = { topic, partition: 0, upstreamOffset, downstreamOffset };
      const record = { ...encodeOffsetSync(sync), timestampMs: Date.now() };
      await appendRecords(dataPlane, name, [record]);
    },
  };
}
