/** What MirrorMaker 2's own Java clients, of Kafka 4.3.1, make of a cluster. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installKafka } from '../../../lib/local/parts/kafka-distribution.ts';
import type { SyncPosition } from '../offset-sync-store.ts';
import { startJava } from './java-process.ts';
import type { TestContext } from './oracle.ts';

export interface MirrorClients {
  /** `properties` are MirrorClient's: of the replication policy. */
  cluster(bootstrapServers: string, properties: Record<string, string>): MirrorCluster;
  /** Where a reader of these syncs is sent from each offset; undefined for nowhere. */
  translateThrough(
    syncs: readonly SyncPosition[],
    offsets: readonly bigint[],
  ): Promise<(bigint | undefined)[]>;
}

export interface MirrorCluster {
  describe(aliases: readonly string[]): Promise<MirrorView>;
  /** `RemoteClusterUtils.translateOffsets`; held equal to `MirrorClient.remoteConsumerOffsets`. */
  offsetsOf(alias: string, group: string): Promise<GroupOffset[]>;
  /** The same of every group whose name matches. */
  offsetsMatching(alias: string, pattern: string): Promise<GroupOffset[]>;
  /** The topic of a flow through the reader of a checkpoint task that begins; -1 as undefined. */
  readOffsetSyncs(request: ReadSyncs): Promise<(bigint | undefined)[]>;
  /** The first lines of Kafka's console consumer, of the topic's start. */
  consoleLines(topic: string, formatter: string, count: number): Promise<string[]>;
}

/** Names in order. */
export interface MirrorView extends MirrorNames {
  remoteTopics: string[];
  remoteTopicsOf: Record<string, string[]>;
  hops: Record<string, number>;
  /** The same from RemoteClusterUtils. */
  utils: MirrorNames;
}

export interface MirrorNames {
  upstreamClusters: string[];
  heartbeatTopics: string[];
  checkpointTopics: string[];
}

export interface GroupOffset {
  group: string;
  topic: string;
  partition: number;
  offset: bigint;
  metadata: string;
}

export interface ReadSyncs {
  /** Of a checkpoint connector. */
  connector: Record<string, string>;
  topic: string;
  partition: number;
  offsets: readonly bigint[];
}

export async function startMirrorClients(context: TestContext): Promise<MirrorClients> {
  const classPath = await installKafka('4.3.1', () => {});
  const java = await startJava(classPath);
  context.after(() => java.close());
  const translations = async (command: string, request: object) => {
    const [translated] = await java.call<number[]>(command, request);
    return translated!.map((offset) => (offset === -1 ? undefined : BigInt(offset)));
  };
  const offsets = async (command: string, request: object): Promise<GroupOffset[]> => {
    type Row = [group: string, topic: string, partition: number, offset: number, metadata: string];
    const rows = await java.call<Row>(command, request);
    return rows
      .map(([group, topic, partition, offset, metadata]) => {
        return { group, topic, partition, offset: BigInt(offset), metadata };
      })
      .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
  };
  return {
    translateThrough: (syncs, asked) =>
      translations('translateThrough', {
        syncs: syncs.map((sync) => [Number(sync.upstreamOffset), Number(sync.downstreamOffset)]),
        offsets: asked.map(Number),
      }),
    cluster(bootstrapServers, properties) {
      const request = { bootstrapServers, properties };
      return {
        async describe(aliases) {
          const [view] = await java.call<MirrorView>('describeMirror', { ...request, aliases });
          return view!;
        },
        offsetsOf: (alias, group) => offsets('mirrorOffsetsOf', { ...request, alias, group }),
        offsetsMatching: (alias, pattern) =>
          offsets('mirrorOffsetsMatching', { ...request, alias, pattern }),
        readOffsetSyncs: ({ connector, topic, partition, offsets: asked }) =>
          translations('readOffsetSyncs', {
            bootstrapServers,
            properties: { ...properties, ...connector },
            topic,
            partition,
            offsets: asked.map(Number),
          }),
        consoleLines: (topic, formatter, count) =>
          consoleLines(classPath, { bootstrapServers, topic, formatter, count }),
      };
    },
  };
}

function nameOf({ group, topic, partition }: GroupOffset): string {
  return `${group} ${topic} ${partition}`;
}

/** As one types it: `kafka-console-consumer.sh --formatter …`. */
async function consoleLines(
  classPath: string,
  asked: { bootstrapServers: string; topic: string; formatter: string; count: number },
): Promise<string[]> {
  const formatter = `org.apache.kafka.connect.mirror.formatters.${asked.formatter}`;
  const { stdout } = await promisify(execFile)('java', [
    ...['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-cp', classPath],
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
    ...['--bootstrap-server', asked.bootstrapServers, '--topic', asked.topic],
    ...['--from-beginning', '--max-messages', `${asked.count}`, '--timeout-ms', '30000'],
    ...['--formatter', formatter],
  ]);
  return stdout.trimEnd().split('\n');
}
