/** Topics that are begun anew by `mirrorless topics restart`, beside the local host. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { flowAccess } from '../../lib/cli/flow-access.ts';
import { discoveryOf } from '../../lib/cli/flows/discovery.ts';
import { main } from '../../lib/cli/main.ts';
import type { Configuration } from '../../lib/config/model.ts';
import { functionName } from '../../lib/deployment.ts';
import { lookAtRestart, type RestartDependencies } from '../../lib/restart/look.ts';
import { restartTopics } from '../../lib/restart/restart.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { dynamoKnownTopics } from '../../lib/state/known-topics.ts';
import type { KnownTopicStore } from '../../lib/state/ports.ts';
import { recordingIo } from '../unit/cli/screen.ts';
import { randomTopic } from './flow.ts';
import { configured, type HostedFlows, hostFlows } from './local-host.ts';
import { checkReplication } from './oracle/checker.ts';
import { assertFaithful } from './oracle/findings.ts';
import type { OracleCluster } from './oracle/oracle.ts';
import type { SharedParts } from './parts.ts';
import { oneByOne } from './translate.ts';
import { until } from './until.ts';

/** Of each topic. */
export const partitions = 2;

/** Before it does this for the nth time. */
export type Step = readonly [name: string, nth: number];

interface Sides {
  parts: SharedParts;
  source: OracleCluster;
  target: OracleCluster;
}

interface Place {
  host: HostedFlows;
  stored: { client: DynamoDBClient; table: string; flow: string };
  known: KnownTopicStore;
}

/** Of the result of a restart. */
export interface Begun {
  staysPaused: boolean;
  partitions: { partition: number; upstreamStart: string; downstreamStart: string }[];
}

/** A host that runs the flow of topics of one prefix, and the command beside it. */
export async function openRestartScene(t: TestContext, { parts, source, target }: Sides) {
  const prefix = randomTopic('anew');
  const host = await hostFlows(t, hosted(parts, prefix), parts);
  const flow = host.configuration.flows[0]!;
  const file = await configurationFile(t, parts, { prefix, table: flow.stateTable });
  const stored = { client: host.aws.dynamoDb, table: flow.stateTable, flow: 'source->target' };
  Object.assign(process.env, parts.awsEnvironment);
  const known = dynamoKnownTopics(stored);
  const place: Place = { host, stored, known };
  const knownOf = (topic: string) => knownTopic(known, topic);
  const copied = (topic: string) => host.topic(topic)?.recordCount ?? 0;

  const load = (topic: string, producer: string, count: number) =>
    source.load(topic, { producer, count, valueBytes: 10, partitions });

  async function command(...args: string[]) {
    const { io, stdout, stderr } = recordingIo();
    const environment = { ...process.env };
    const place = ['-c', file, '--state', host.directory];
    const code = await main([...args, ...place], { ...io, environment });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  async function run(code: number, topic: string, ...args: string[]) {
    const ended = await command('topics', 'restart', '--topic', topic, ...args, '-o', 'json');
    assert.equal(ended.code, code, ended.stderr + ended.stdout);
    return JSON.parse(ended.stdout);
  }

  async function topicOf(name: string, count: number): Promise<string> {
    const topic = `${prefix}-${name}`;
    await source.createTopic(topic, { partitions });
    // In several events, so that the function remembers where it stands.
    for (const part of ['first', 'second', 'third']) {
      const before = copied(topic);
      await load(topic, part, part === 'first' ? count - 4 : 2);
      await until(() => copied(topic) > before);
    }
    await until(() => copied(topic) === count);
    await until(async () => (await knownOf(topic))?.remoteTopicId !== undefined);
    return topic;
  }

  return {
    host,
    stored,
    dyingAt: (topic: string, step: Step) => dyingAt(place, topic, step),
    topicOf,
    load,
    command,
    run,
    assertNewLife: (topic: string, begun: Begun, count: number) =>
      assertNewLife({ ...place, source, target }, topic, { begun, count }),
    async restart(topic: string, ...args: string[]): Promise<Begun> {
      const { topics } = await run(0, topic, ...args, '-y');
      assert.equal(topics[0].outcome, 'restarted');
      return topics[0];
    },
    detected: (topic: string, state: string) =>
      until(async () => {
        const states = (await knownOf(topic))?.states ?? [];
        return states.some((each) => each.state === state);
      }),
    async stateOf(topic: string) {
      const mappings = await (await host.mappings()).list(functionName(flow, 'replicate'));
      return mappings.find(({ Topics }) => Topics?.[0] === topic)?.State;
    },
  };
}

function hosted(parts: SharedParts, prefix: string): Configuration {
  return configured([
    'clusters = source, target',
    `source.bootstrap.servers = ${parts.sourceBootstrapServers}`,
    `target.bootstrap.servers = ${parts.targetBootstrapServers}`,
    'source->target.enabled = true',
    `source->target.topics = ${prefix}.*`,
    'replication.factor = 1',
    'refresh.topics.interval.seconds = 1',
    'emit.checkpoints.enabled = false',
    'emit.offset-syncs.enabled = false',
    'emit.heartbeats.enabled = false',
    'heartbeats.replication.enabled = false',
  ]);
}

/** The same flow for the command, with the table that the host has given it. */
async function configurationFile(
  t: TestContext,
  parts: SharedParts,
  { prefix, table }: { prefix: string; table: string },
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mirrorless.yaml');
  const settings = {
    ...{ topics: [`${prefix}.*`], 'replication.factor': 1, 'state.table': table },
    'heartbeats.replication.enabled': false,
  };
  const clusters = {
    source: { 'bootstrap.servers': parts.sourceBootstrapServers.split(',') },
    target: { 'bootstrap.servers': parts.targetBootstrapServers.split(',') },
  };
  await writeFile(file, JSON.stringify({ clusters, flows: { 'source->target': settings } }));
  return file;
}

/** What was copied since the restart: these many records of the source, each once, and the map. */
async function assertNewLife(
  { source, target, stored, known }: Place & Pick<Sides, 'source' | 'target'>,
  topic: string,
  { begun, count }: { begun: Begun; count: number },
): Promise<void> {
  const remote = `source.${topic}`;
  const state = dynamoStateStore(stored);
  const all = [0, 1].map((partition) => ({ topic, partition }));
  const ends = async () => (await source.describe(topic)).partitions.map(({ end }) => end);
  await until(async () => {
    const states = await state.read(all);
    const wanted = await ends();
    return states.every((each, index) => each?.segment.upstreamEnd === wanted[index]);
  });
  const [originals, copies] = await Promise.all([source.dump(topic), target.dump(remote)]);
  const starts = new Map(begun.partitions.map((each) => [each.partition, each]));
  const upstreams = originals.map((dump) =>
    from(dump, BigInt(starts.get(dump.partition)?.upstreamStart ?? 0)),
  );
  const downstreams = copies.map((dump) =>
    from(dump, BigInt(starts.get(dump.partition)?.downstreamStart ?? 0)),
  );
  const ask = oneByOne(state);
  const result = await checkReplication(upstreams, downstreams, {
    translate: (partition, offset, direction) => ask({ topic, partition }, offset, direction),
  });
  assertFaithful(result);
  assert.equal(result.records, count);
  await until(async () => (await knownTopic(known, topic))?.states.length === 0);
}

/** A restart that dies before it does a step: how it ended. */
async function dyingAt({ host, known }: Place, topic: string, [step, nth]: Step): Promise<string> {
  const flow = host.configuration.flows[0]!;
  const opened = flowAccess({ configuration: host.configuration, flow }, host.aws.dynamoDb);
  await using access = { ...opened, mappings: await host.mappings() };
  await using discovery = discoveryOf(access);
  let count = 0;
  const reach = async (name: string): Promise<void> => {
    count += name === step ? 1 : 0;
    if (name === step && count === nth) throw new Error(`died before ${name}`);
  };
  const {
    state,
    pauses,
    source: { groups },
  } = access;
  const dependencies: RestartDependencies = {
    ...discovery,
    state: {
      read: (all) => state.read(all),
      startGeneration: (...given) =>
        reach('startGeneration').then(() => state.startGeneration(...given)),
    },
    pauses: {
      read: () => pauses.read(),
      write: (isPaused, ...given) =>
        reach(isPaused ? 'pause' : 'resume').then(() => pauses.write(isPaused, ...given)),
    },
    groups: {
      listGroups: () => groups.listGroups(),
      commitOffsets: (...given) =>
        reach('commitOffsets').then(() => groups.commitOffsets(...given)),
    },
    knownTopics: {
      read: () => known.read(),
      write: (changes) => reach('knownTopics').then(() => known.write(changes)),
    },
  };
  const rules = { from: 'earliest', force: false, leavingMs: 30_000 } as const;
  const look = await lookAtRestart([topic], dependencies, { ...rules, nowMs: Date.now() });
  const { signal } = new AbortController();
  const options = { ...rules, signal, waitForLambda: async () => true };
  const ended = restartTopics(look, dependencies, options);
  return await ended.then(([restarted]) => String(restarted?.failure?.message), String);
}

async function knownTopic(known: KnownTopicStore, topic: string) {
  return (await known.read()).topics.find((each) => each.topic === topic);
}

/** What of a dump lies at or behind an offset. */
function from<Dump extends { start: bigint; records: { offset: bigint }[] }>(
  dump: Dump,
  start: bigint,
): Dump {
  return {
    ...dump,
    start: dump.start > start ? dump.start : start,
    records: dump.records.filter(({ offset }) => offset >= start),
  };
}
