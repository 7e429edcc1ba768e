/** A topic that MirrorMaker 2 and Mirrorless mirror in turn, from one properties file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stateClient } from '../../lib/state/client.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { mirrorMaker } from '../bench/mm2/mirror-maker.ts';
import { flowProperties, propertiesText } from '../bench/mm2/properties.ts';
import type { RunningSystem } from '../bench/mm2/system.ts';
import { type Ended, ended } from './command-line.ts';
import { checkReplication } from './oracle/checker.ts';
import type { Fidelity } from './oracle/findings.ts';
import type { Oracle, OracleCluster } from './oracle/oracle.ts';
import type { SharedParts } from './parts.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('../../bin/mirrorless.ts', import.meta.url));
const partitions = 2;

export interface Takeover {
  alias: string;
  topic: string;
  remote: string;
  source: OracleCluster;
  target: OracleCluster;
  /** Writes on and on, until it is stopped. */
  startWriting(): { stop(): Promise<void> };
  startMirrorMaker(): Promise<RunningSystem>;
  /** `mirrorless local` of the flow; `stop` is Ctrl-C. */
  startLocal(): { stop(): Promise<void> };
  /** A command, with `-c` and its state; of JSON. */
  run(...args: string[]): Promise<Ended>;
  /** Until as many records were copied since as `count` says. */
  untilCopied(count: number): Promise<void>;
  untilAllCopied(): Promise<void>;
  check(): Promise<Fidelity>;
}

interface TestContext {
  after(close: () => Promise<void>): void;
}

/** @param own settings of MirrorMaker 2 */
export async function openTakeover(
  context: TestContext,
  { parts, oracle }: { parts: SharedParts; oracle: Oracle },
  own: Readonly<Record<string, string>> = {},
): Promise<Takeover> {
  const name = randomBytes(4).toString('hex');
  const [alias, topic] = [`s${name}`, `orders-${name}`];
  const remote = `${alias}.${topic}`;
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  context.after(() => rm(directory, { recursive: true, force: true }));
  const source = oracle.cluster(parts.sourceBootstrapServers);
  const target = oracle.cluster(parts.targetBootstrapServers);
  await source.createTopic(topic, { partitions });
  const flow = {
    sourceAlias: alias,
    topics: [topic],
    sourceServers: parts.sourceBootstrapServers,
    targetServers: parts.targetBootstrapServers,
    directory,
  };
  const settings = {
    ...smallest,
    [`${alias}->target.groups`]: `readers-${name}.*`,
    // Others emit heartbeats on the clusters that tests share.
    'heartbeats.replication.enabled': 'false',
    ...own,
  };
  const file = join(directory, 'flow.properties');
  await writeFile(file, propertiesText({ ...flowProperties(flow), ...settings }));
  const { endpoint, ...client } = clientOptions(parts);
  const dynamoDb = stateClient({ endpoint, ...client });
  await createStateTable(dynamoDb, `mirrorless-${alias}-target`);
  dynamoDb.destroy();
  const start = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...args, '-c', file], {
      cwd: directory,
      env: { ...process.env, ...parts.awsEnvironment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    context.after(async () => void child.kill('SIGKILL'));
    return child;
  };
  const copied = async (): Promise<number> => countOf(target, remote);
  const writer = new Writer(source, topic);
  return {
    ...{ alias, topic, remote, source, target },
    startWriting: () => writer.start(),
    async startMirrorMaker() {
      const system = await mirrorMaker('default', settings, quickStart).start(flow);
      context.after(() => system.stop());
      return system;
    },
    startLocal() {
      const child = start('local');
      const end = ended(child);
      return {
        async stop() {
          child.kill('SIGINT');
          const { code, stderr } = await end;
          if (code !== 130) throw new Error(`mirrorless local ended with ${code}: ${stderr}`);
        },
      };
    },
    run: (...args) => ended(start(...args)),
    async untilCopied(count) {
      const before = await copied();
      await until(async () => (await copied()) >= before + count, 60_000);
    },
    async untilAllCopied() {
      const wanted = await countOf(source, topic);
      await until(async () => (await copied()) >= wanted, 60_000);
    },
    async check() {
      return checkReplication(await source.dump(topic), await target.dump(remote));
    },
  };
}

/** It is not its speed that is tested. */
const quickStart = ['-Xmx512M', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

/** One broker on each side. */
const smallest = {
  'target.config.storage.replication.factor': '1',
  'target.offset.storage.replication.factor': '1',
  'target.status.storage.replication.factor': '1',
};

function clientOptions({ awsEnvironment, dynamoEndpoint }: SharedParts) {
  return {
    endpoint: dynamoEndpoint,
    region: awsEnvironment['AWS_REGION'] ?? 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}

/** Of both partitions; before the topic is there, none. */
async function countOf(cluster: OracleCluster, topic: string): Promise<number> {
  try {
    const { partitions: all } = await cluster.describe(topic);
    return all.reduce((sum, { end }) => sum + Number(end), 0);
  } catch (error) {
    if (/UnknownTopicOrPartition/.test(String(error))) return 0;
    throw error;
  }
}

const burst = 20;
const pauseMs = 100;

class Writer {
  readonly #source: OracleCluster;
  readonly #topic: string;
  #written = 0;

  constructor(source: OracleCluster, topic: string) {
    this.#source = source;
    this.#topic = topic;
  }

  start(): { stop(): Promise<void> } {
    const ending = new AbortController();
    const writing = this.#write(ending.signal);
    return {
      stop: async () => {
        ending.abort();
        await writing;
      },
    };
  }

  async #write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#source.load(this.#topic, {
        producer: 'orders',
        count: burst * partitions,
        valueBytes: 100,
        partitions,
        firstSequence: this.#written,
      });
      this.#written += burst;
      await delay(pauseMs);
    }
  }
}
