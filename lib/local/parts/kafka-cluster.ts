/** Real Apache Kafka clusters on loopback: combined KRaft nodes, one or three. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { MirrorlessError } from '../../errors.ts';
import { openTopicAdmin } from '../../kafka/topic-admin.ts';
import type { Notify } from './cache.ts';
import { installKafka, type KafkaVersion } from './kafka-distribution.ts';
import { freePort } from './ports.ts';
import { type PartProcess, startPart, untilReady } from './process.ts';

export interface KafkaClusterOptions {
  version: KafkaVersion;
  brokers?: 1 | 3;
  /** Logs and data; a directory used before is taken up again, with its records. */
  directory: string;
  /** Added to, and winning over, the broker's properties. */
  properties?: Record<string, string>;
  /** Beside the plain one, by names in capitals; each on a port of its own of `localhost`. */
  listeners?: Readonly<Record<string, KafkaListener>>;
  /** More classes for brokers. */
  classPath?: string;
  /** The port of the first broker; the others take free ones. */
  port?: number;
  /** `start` compiles lightly and starts sooner; `throughput` lets the JVM optimise fully. */
  tuning?: 'start' | 'throughput';
  notify: Notify;
}

export interface KafkaListener {
  protocol: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Without `listener.name.NAME.` before them. */
  properties: Readonly<Record<string, string>>;
}

export interface KafkaBroker {
  readonly id: number;
  readonly port: number;
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
  /** Starts it again with its log directory and port, and waits until it has joined. */
  start(): Promise<void>;
}

export interface KafkaCluster {
  readonly bootstrapServers: string;
  /** The addresses of another listener. */
  serversOf(listener: string): string;
  readonly brokers: KafkaBroker[];
  /** In order, so that the directory can be taken up again. */
  stop(): Promise<void>;
  /** At once, for what nobody will look at again. */
  kill(): Promise<void>;
}

interface Node {
  id: number;
  port: number;
  controllerPort: number;
  /** Of the other listeners, by their names. */
  ports: Readonly<Record<string, number>>;
  propertiesFile: string;
  logFile: string;
  process?: PartProcess;
}

interface Cluster {
  options: KafkaClusterOptions;
  classPath: string;
  nodes: Node[];
}

const startTimeoutMs = 90_000;

/** Ready when it returns: every broker has joined and a topic with a replica on each can be made. */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const installed = await installKafka(options.version, options.notify);
  const own = options.classPath === undefined ? [] : [options.classPath];
  const classPath = [...own, installed].join(delimiter);
  const cluster = { options, classPath, nodes: await planNodes(options) };
  await prepareNodes(cluster);
  const brokers = cluster.nodes.map((node) => brokerOf(cluster, node));
  const all = async (work: (broker: KafkaBroker) => Promise<void>) => {
    await Promise.all(brokers.map(work));
  };
  const kill = () => all((broker) => broker.kill('SIGKILL'));
  try {
    await all((broker) => broker.start());
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    bootstrapServers: addresses(cluster).join(','),
    serversOf: (listener) =>
      cluster.nodes.map(({ ports }) => `localhost:${ports[listener]}`).join(','),
    brokers,
    stop: () => all((broker) => broker.stop()),
    kill,
  };
}

async function planNodes(options: KafkaClusterOptions): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let id = 1; id <= (options.brokers ?? 1); id++) {
    const names = Object.keys(options.listeners ?? {});
    const ports = await Promise.all(names.map(async (name) => [name, await freePort()] as const));
    nodes.push({
      id,
      ports: Object.fromEntries(ports),
      port: (id === 1 ? options.port : undefined) ?? (await freePort()),
      controllerPort: await freePort(),
      propertiesFile: join(options.directory, `broker-${id}.properties`),
      logFile: join(options.directory, `broker-${id}.log`),
    });
  }
  return nodes;
}

function addresses(cluster: Cluster): string[] {
  return cluster.nodes.map((node) => `127.0.0.1:${node.port}`);
}

async function prepareNodes(cluster: Cluster): Promise<void> {
  const clusterId = randomBytes(16).toString('base64url');
  await mkdir(cluster.options.directory, { recursive: true });
  await Promise.all(
    cluster.nodes.map(async (node) => {
      const properties = { ...nodeProperties(cluster, node), ...cluster.options.properties };
      const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
      await writeFile(node.propertiesFile, lines.join(''));
      if (!existsSync(join(dataDirectory(cluster, node), 'meta.properties'))) {
        await format(cluster, node, clusterId);
      }
    }),
  );
}

function dataDirectory(cluster: Cluster, node: Node): string {
  return join(cluster.options.directory, `broker-${node.id}`);
}

function nodeProperties(cluster: Cluster, node: Node): Record<string, string> {
  const replicas = String(cluster.nodes.length);
  const inSync = cluster.nodes.length === 1 ? '1' : '2';
  const voters = cluster.nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`);
  return {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    ...listenerProperties(cluster, node),
    'log.dirs': dataDirectory(cluster, node),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    // A killed broker may come back only when its old session has ended (9 s by default).
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // Records keep the age that they were given: none may vanish for being old.
    'log.retention.ms': '-1',
  };
}

function listenerProperties(cluster: Cluster, node: Node): Record<string, string> {
  const listeners = Object.entries(cluster.options.listeners ?? {});
  const addressesOf = (host: string) => [
    `PLAINTEXT://127.0.0.1:${node.port}`,
    ...listeners.map(([name]) => `${name}://${host}:${node.ports[name]}`),
  ];
  const protocols = listeners.map(([name, { protocol }]) => `${name}:${protocol}`);
  const own = listeners.flatMap(([name, { properties }]) =>
    Object.entries(properties).map(([key, value]) => [
      `listener.name.${name.toLowerCase()}.${key}`,
      value,
    ]),
  );
  return {
    listeners: [...addressesOf('127.0.0.1'), `CONTROLLER://127.0.0.1:${node.controllerPort}`].join(
      ',',
    ),
    'advertised.listeners': addressesOf('localhost').join(','),
    ...(listeners.length > 0 && {
      'listener.security.protocol.map': [
        'PLAINTEXT:PLAINTEXT',
        'CONTROLLER:PLAINTEXT',
        ...protocols,
      ].join(','),
    }),
    ...(Object.fromEntries(own) as Record<string, string>),
  };
}

async function format(cluster: Cluster, node: Node, clusterId: string): Promise<void> {
  // As one word, since an id may begin with a hyphen.
  const args = ['format', `--cluster-id=${clusterId}`, `--config=${node.propertiesFile}`];
  const tool = ['-cp', cluster.classPath, ...quickStart, 'kafka.tools.StorageTool', ...args];
  try {
    await promisify(execFile)('java', tool);
  } catch (error) {
    await appendFile(node.logFile, (error as { stderr?: string }).stderr ?? String(error));
    const what = `the log directory of Kafka broker ${node.id} could not be made`;
    throw new MirrorlessError('PART_FAILED', `${what}; see ${node.logFile}`, { cause: error });
  }
}

const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

function brokerOf(cluster: Cluster, node: Node): KafkaBroker {
  const part = () => {
    if (!node.process) throw new MirrorlessError('INTERNAL', `broker ${node.id} was never started`);
    return node.process;
  };
  return {
    id: node.id,
    port: node.port,
    get pid() {
      return part().pid;
    },
    kill: async (signal) => node.process?.kill(signal),
    stop: async () => node.process?.stop(),
    start: () => startNode(cluster, node),
  };
}

async function startNode(cluster: Cluster, node: Node): Promise<void> {
  const name = `Kafka broker ${node.id} (${cluster.options.version})`;
  const flags = cluster.options.tuning === 'throughput' ? [] : quickStart;
  node.process = await startPart({
    name,
    command: [
      'java',
      '-Xms256m',
      '-Xmx512m',
      ...flags,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-cp',
      cluster.classPath,
      'kafka.Kafka',
      node.propertiesFile,
    ],
    logFile: node.logFile,
  });
  const probe = () => hasJoined(node);
  await untilReady(node.process, { name, logFile: node.logFile, timeoutMs: startTimeoutMs, probe });
}

/**
 * Asked through this broker alone: it lists itself, so it is registered and not fenced, and the
 * controller would now accept a topic with a replica on every broker that it lists.
 */
async function hasJoined(node: Node): Promise<boolean> {
  const cluster = { alias: 'starting', bootstrapServers: [`127.0.0.1:${node.port}`] };
  const admin = openTopicAdmin({ cluster, side: 'source', requestTimeoutMs: 5000 });
  try {
    const brokers = await admin.brokerIds();
    if (!brokers.includes(node.id)) return false;
    const replicationFactor = brokers.length;
    const topic = { topic: 'ready', partitionCount: 1, replicationFactor, configs: {} };
    const [accepted] = await admin.checkTopics([topic]);
    // Where the controller authorizes, it has answered all the same.
    return accepted?.ok === true || accepted?.error.code === 'UNAUTHORIZED';
  } catch {
    return false; // Not yet: the reason is in the broker's log if it stays.
  } finally {
    await admin.close();
  }
}
