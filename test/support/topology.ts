/** Flows between three real clusters, hosted as on Lambda, and records that tell who wrote them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '../../lib/config/load.ts';
import { type Configuration, type Flow, flowName } from '../../lib/config/model.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import type { LocalAws } from '../../lib/local/aws.ts';
import { LocalHost } from '../../lib/local/host.ts';
import { replicationPolicy } from '../../lib/policy/replication-policy.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import type { StateStore, Translation } from '../../lib/state/ports.ts';
import { localAws } from './local-host.ts';
import { type AwkwardWriter, awkwardWriter } from './oracle/awkward.ts';
import { checkReplication } from './oracle/checker.ts';
import { assertFaithful } from './oracle/findings.ts';
import type { Translate } from './oracle/offset-map-check.ts';
import { type OracleCluster, startOracle, type TestContext } from './oracle/oracle.ts';
import type { OracleRecord, PartitionDump } from './oracle/records.ts';
import { nullHeaderCount, withoutOrigins, writtenOn } from './origins.ts';
import { ownCluster, sharedParts } from './parts.ts';
import { until } from './until.ts';

export type Alias = 'A' | 'B' | 'C';
const aliases: readonly Alias[] = ['A', 'B', 'C'];
export const partitionCount = 2;

export interface ThreeClusters {
  oracleOf(alias: Alias): OracleCluster;
  bootstrapServersOf(alias: Alias): string;
  idOf(alias: Alias): string;
  aws: LocalAws;
}

export async function startThreeClusters(context: TestContext): Promise<ThreeClusters> {
  const oracle = await startOracle(context);
  const parts = await sharedParts();
  const [a, b, c] = await Promise.all(
    (['3.9.2', '4.3.1', '4.3.1'] as const).map((version) => ownCluster(context, { version })),
  );
  const servers = { A: a!, B: b!, C: c! };
  const ids = new Map<Alias, string>();
  for (const alias of aliases) {
    const bootstrapServers = servers[alias].bootstrapServers.split(',');
    const cluster = { alias, bootstrapServers };
    const admin = openTopicAdmin({ cluster, side: 'source', requestTimeoutMs: 20_000 });
    ids.set(alias, (await admin.clusterId())!);
    await admin.close();
  }
  const aws = localAws(parts.awsEnvironment);
  context.after(async () => aws[Symbol.asyncDispose]());
  return {
    oracleOf: (alias) => oracle.cluster(servers[alias].bootstrapServers),
    bootstrapServersOf: (alias) => servers[alias].bootstrapServers,
    idOf: (alias) => ids.get(alias)!,
    aws,
  };
}

export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

/** Of `A->B`, `B->A` and so on, all of the same keys, with the state in tables of their own. */
export function configurationOf(
  clusters: ThreeClusters,
  flows: readonly string[],
  keys: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Configuration {
  const suffix = randomBytes(4).toString('hex');
  const result = loadConfiguration({
    text: JSON.stringify({
      clusters: {
        ...Object.fromEntries(
          aliases.map((alias) => [
            alias,
            { 'bootstrap.servers': clusters.bootstrapServersOf(alias) },
          ]),
        ),
        ...more,
      },
      flows: Object.fromEntries(
        flows.map((flow) => [
          flow,
          { 'state.table': `mirrorless-${flow.replace('->', '-')}-${suffix}` },
        ]),
      ),
      'replication.factor': 1,
      'emit.offset-syncs.enabled': false,
      'checkpoints.topic.replication.factor': 1,
      'heartbeats.topic.replication.factor': 1,
      ...keys,
    }),
    file: 'mirrorless.yaml',
    environment: {},
  });
  assert.deepEqual(result.problems, undefined);
  return result.configuration!;
}

/** Hosts the flows that copy until the test has what it waits for. */
export async function hosting<T>(
  clusters: ThreeClusters,
  { configuration, flows }: { configuration: Configuration; flows: readonly Flow[] },
  work: (host: LocalHost) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const said: string[] = [];
  try {
    const notify = (text: string): void => void said.push(text);
    const { aws } = clusters;
    const host = await LocalHost.open({ configuration, flows, aws, directory, notify });
    const running = host.run();
    try {
      return await work(host);
    } catch (error) {
      throw new Error(said.join('\n'), { cause: error });
    } finally {
      host.stop();
      await running;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export function copying({ flows }: Configuration): Flow[] {
  return flows.filter(({ enabled }) => enabled);
}

function storeOf({ aws }: ThreeClusters, flow: Flow): StateStore {
  return dynamoStateStore({ client: aws.dynamoDb, table: flow.stateTable, flow: flowName(flow) });
}

/** Waits until every flow has recorded all that its source holds, and nothing came meanwhile. */
export async function untilStill(
  clusters: ThreeClusters,
  flows: readonly Flow[],
  topicsOf: (flow: Flow) => readonly string[],
): Promise<void> {
  const progress = async (): Promise<boolean> => {
    for (const flow of flows) {
      for (const topic of topicsOf(flow)) {
        const { partitions } = await clusters.oracleOf(flow.source as Alias).describe(topic);
        const places = partitions.map((_, partition) => ({ topic, partition }));
        const states = await storeOf(clusters, flow).read(places);
        const isDone = partitions.every(({ start, end }, partition) => {
          return start === end || states[partition]?.segment.upstreamEnd === end;
        });
        if (!isDone) return false;
      }
    }
    return true;
  };
  // What one flow writes is the work of another: twice in a row means that none had any.
  await until(async () => (await progress()) && progress(), 60_000);
}

/** What was written to each cluster, by a producer that has its alias as its name. */
export class Writers {
  readonly sentinels: OracleRecord[] = [];
  readonly #clusters: ThreeClusters;
  readonly #topic: string;
  readonly #writers = new Map<Alias, AwkwardWriter>();

  constructor(clusters: ThreeClusters, topic: string) {
    this.#clusters = clusters;
    this.#topic = topic;
  }

  async write(alias: Alias, topic = this.#topic): Promise<void> {
    const writer = this.#writers.get(alias) ?? awkwardWriter(alias);
    this.#writers.set(alias, writer);
    const records = [0, 1].flatMap((partition) => writer.records(partition));
    await this.#clusters.oracleOf(alias).produce(topic, records, { batchSizes: [1, 9] });
  }

  async end(alias: Alias, topic = this.#topic): Promise<void> {
    const records = this.#writers.get(alias)!.end();
    this.sentinels.push(...records);
    await this.#clusters.oracleOf(alias).produce(topic, records);
  }
}

/**
 * A topic of the same name on several clusters: each holds what was written to it and, once and in
 * order, what was written to every other one and to those `from` which it came too, byte for byte
 * but for the headers, which tell where.
 */
export async function assertMeshed(
  clusters: ThreeClusters,
  topic: string,
  expected: {
    on: readonly Alias[];
    from?: readonly Alias[];
    writers: Writers;
    flows?: readonly Flow[];
  },
): Promise<void> {
  const isolation = 'read_uncommitted';
  const origins = [...expected.on, ...(expected.from ?? [])];
  const dumps = new Map<Alias, PartitionDump[]>();
  for (const alias of origins) {
    dumps.set(alias, await clusters.oracleOf(alias).dump(topic, { isolation }));
  }
  const writtenTo = (alias: Alias) => writtenOn(dumps.get(alias)!, undefined);
  const count = (parts: readonly PartitionDump[]) =>
    parts.reduce((sum, { records }) => sum + records.length, 0);
  const total = origins.reduce((sum, alias) => sum + count(writtenTo(alias)), 0);
  for (const target of expected.on) {
    assert.equal(count(dumps.get(target)!), total, `${target} holds all records once`);
    for (const origin of origins) {
      if (origin === target) continue;
      const flow = expected.flows?.find((each) => each.source === origin && each.target === target);
      const copies = writtenOn(dumps.get(target)!, clusters.idOf(origin));
      const sentinels = expected.writers.sentinels.filter(({ key }) => isOf(origin, key));
      const result = await checkReplication(writtenTo(origin), withoutOrigins(copies, topic), {
        nullHeaders: 'countLost',
        sentinels,
        ...(flow && { translate: askedAtOnce(storeOf(clusters, flow), topic, dumps, flow) }),
      });
      assertFaithful(result, { lostHeaders: nullHeaderCount(writtenTo(origin)) });
    }
  }
}

/** Every offset of a partition in one question. */
function askedAtOnce(
  store: StateStore,
  topic: string,
  dumps: ReadonlyMap<Alias, readonly PartitionDump[]>,
  { source, target }: Flow,
): Translate {
  const asked = new Map<string, Promise<readonly Translation[]>>();
  const ask = async (partition: number, direction: Parameters<Translate>[2]) => {
    const alias = direction === 'downstream' ? source : target;
    const { end } = dumps.get(alias as Alias)!.find((dump) => dump.partition === partition)!;
    const offsets = Array.from({ length: Number(end) + 2 }, (_, offset) => BigInt(offset));
    const request = { partition: { topic, partition }, offsets };
    const [answer] = await store.translate([request], direction);
    assert.ok(answer?.ok);
    return answer.value.translations;
  };
  return async (partition, offset, direction) => {
    const key = `${partition} ${direction}`;
    const answers = asked.get(key) ?? ask(partition, direction);
    asked.set(key, answers);
    return (await answers)[Number(offset)]!;
  };
}

function isOf(origin: Alias, key: Uint8Array | null): boolean {
  return Buffer.from(key ?? []).toString() === `end of ${origin}`;
}

/** The remote topic of a flow. */
export function remoteTopicOf(flow: Flow, topic: string): string {
  const policy = replicationPolicy(flow.replicationPolicy, flow.source);
  return policy.formatRemoteTopic(flow.source, topic);
}
