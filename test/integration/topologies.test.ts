/** Three real clusters and flows of every shape between them: every record once, none goes round. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { decodeHeartbeat } from '../../lib/mm2/formats.ts';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import { startMirrorClients } from '../support/oracle/mirror.ts';
import type { DumpedRecord } from '../support/oracle/records.ts';
import { nullHeaderCount, originIdOf } from '../support/origins.ts';
import {
  type Alias,
  assertMeshed,
  configurationOf,
  copying,
  hosting,
  partitionCount,
  randomName,
  remoteTopicOf,
  startThreeClusters,
  untilStill,
  Writers,
} from '../support/topology.ts';
import { until } from '../support/until.ts';

const clusters = await startThreeClusters({ after });
const mirror = await startMirrorClients({ after });

const dataOnly = { 'emit.heartbeats.enabled': false };
const identity = { ...dataOnly, 'replication.policy.class': 'IdentityReplicationPolicy' };

describe('the identity policy', () => {
  const shapes: [string, readonly Alias[], readonly string[]][] = [
    ['forth and back', ['A', 'B'], ['A->B', 'B->A']],
    ['a ring', ['A', 'B', 'C'], ['A->B', 'B->C', 'C->A']],
    ['a mesh', ['A', 'B', 'C'], ['A->B', 'B->A', 'A->C', 'C->A', 'B->C', 'C->B']],
  ];
  for (const [shape, on, names] of shapes) {
    test(`${shape}: every record is there once, and groups go on at the first unread`, async () => {
      const { topic, writers } = await written(on);
      const configuration = configurationOf(clusters, names, { ...identity, topics: topic });
      const flows = copying(configuration);
      const stillAfter = async (write: (alias: Alias) => Promise<void>) => {
        await Promise.all(on.map(write));
        await untilStill(clusters, flows, () => [topic]);
      };
      const committed = await hosting(clusters, { configuration, flows }, async (host) => {
        for (let round = 0; round < 3; round += 1)
          await stillAfter((alias) => writers.write(alias));
        await stillAfter((alias) => writers.end(alias));
        const groups = await commitFifths(topic);
        await host.publishPositions(AbortSignal.timeout(30_000));
        return groups;
      });
      await assertMeshed(clusters, topic, {
        ...{ on, writers },
        ...(shape === 'forth and back' && { flows }),
      });
      await assertFirstUnread(topic, committed);
    });
  }

  test('two configurations, of which the second knows nothing of C: nothing goes round', async () => {
    const { topic, writers } = await written(['A', 'B', 'C']);
    const telling = { ...identity, topics: topic, 'provenance.header.enabled': true };
    const hosted = (...names: string[]) => {
      const configuration = configurationOf(clusters, names, telling);
      return { configuration, flows: copying(configuration) };
    };
    const [forth, back] = [hosted('C->A', 'A->B'), hosted('B->A')];
    const flows = [...forth.flows, ...back.flows];
    await hosting(clusters, forth, () =>
      hosting(clusters, back, async () => {
        for (const alias of ['A', 'B', 'C'] as const) await writers.end(alias);
        await untilStill(clusters, flows, () => [topic]);
      }),
    );
    await assertMeshed(clusters, topic, { on: ['A', 'B'], writers, from: ['C'] });
  });

  /** How far a group of A has read, of each partition. */
  type Committed = Map<string, readonly bigint[]>;

  /** Groups that have read from nothing to everything. */
  async function commitFifths(topic: string): Promise<Committed> {
    const { partitions } = await clusters.oracleOf('A').describe(topic);
    const committed: Committed = new Map();
    for (let fifth = 0n; fifth <= 5n; fifth += 1n) {
      const group = `${topic}-${fifth}`;
      const offsets = partitions.map(({ end }) => (end * fifth) / 5n);
      const places = offsets.map((offset, partition) => ({
        topic,
        partition,
        offset,
        metadata: '',
      }));
      await clusters.oracleOf('A').commitOffsets(group, places);
      committed.set(group, offsets);
    }
    return committed;
  }

  /** What MM2's client says of the groups on B, against what the logs of both sides hold. */
  async function assertFirstUnread(topic: string, committed: Committed): Promise<void> {
    const [onA, onB] = await Promise.all([
      clusters.oracleOf('A').dump(topic),
      clusters.oracleOf('B').dump(topic),
    ]);
    const client = mirror.cluster(clusters.bootstrapServersOf('B'), {
      'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
    });
    for (const [group, offsets] of committed) {
      const expected = onA.map(({ partition, records }) => {
        const isRead = ({ offset }: DumpedRecord) => offset < offsets[partition]!;
        const read = new Set(namesOf('A', records.filter(isRead)));
        const copies = onB[partition]!;
        const first = namesOf('B', copies.records).findIndex((name) => !read.has(name));
        const offset = copies.records[first]?.offset ?? copies.end;
        return { group, topic, partition, offset, metadata: '' };
      });
      assert.deepEqual(await client.offsetsOf('A', group), expected);
    }
  }

  /** By where and when records were written; some shapes have all the same time, so by turn too. */
  function namesOf(alias: Alias, records: readonly DumpedRecord[]): string[] {
    const turns = new Map<string, number>();
    return records.map((record) => {
      const name = `${originIdOf(record) ?? clusters.idOf(alias)} ${record.timestamp}`;
      turns.set(name, (turns.get(name) ?? 0) + 1);
      return `${name} ${turns.get(name)}`;
    });
  }
});

test('the default policy: forth, back and both into a third, and nothing comes back', async () => {
  const { topic, writers } = await written(['A', 'B']);
  const names = ['A->B', 'B->A', 'A->C', 'B->C'];
  const configuration = configurationOf(clusters, names, {
    ...dataOnly,
    topics: `(.*\\.)?${topic}`,
    'refresh.topics.interval.seconds': 1,
  });
  const flows = copying(configuration);
  await hosting(clusters, { configuration, flows }, async () => {
    for (const alias of ['A', 'B'] as const) {
      await writers.write(alias);
      await writers.end(alias);
    }
    await untilStill(clusters, flows, () => [topic]);
    // What was created meanwhile is discovered: remote topics go on to the third, and not back.
    for (const remote of [`A.B.${topic}`, `B.A.${topic}`]) {
      await until(() =>
        clusters
          .oracleOf('C')
          .describe(remote)
          .then(Boolean, () => false),
      );
    }
  });
  for (const flow of flows) {
    const { source, target } = flow as typeof flow & { source: Alias; target: Alias };
    await assertCopied([source, topic], [target, remoteTopicOf(flow, topic)]);
  }
  await assert.rejects(clusters.oracleOf('A').describe(`B.A.${topic}`));
  await assert.rejects(clusters.oracleOf('B').describe(`A.B.${topic}`));
});

/** A topic with records on each of the clusters. */
async function written(on: readonly Alias[]): Promise<{ topic: string; writers: Writers }> {
  const topic = randomName('orders');
  const writers = new Writers(clusters, topic);
  for (const alias of on) {
    await clusters.oracleOf(alias).createTopic(topic, { partitions: partitionCount });
    await writers.write(alias);
  }
  return { topic, writers };
}

/** Byte for byte, without a header of ours. */
async function assertCopied(
  [from, topic]: readonly [Alias, string],
  [to, remoteTopic]: readonly [Alias, string],
): Promise<void> {
  const source = await clusters.oracleOf(from).dump(topic);
  const target = await clusters.oracleOf(to).dump(remoteTopic);
  assert.ok(target.every(({ records }) => records.every((record) => !originIdOf(record))));
  const result = await checkReplication(source, target, { nullHeaders: 'countLost' });
  assertFaithful(result, { lostHeaders: nullHeaderCount(source) });
}

test('a flow of which both ends are one cluster is refused, and the rest is done', async () => {
  const { topic } = await written(['A']);
  const another = clusters.bootstrapServersOf('A').replaceAll('127.0.0.1', 'localhost');
  assert.notEqual(another, clusters.bootstrapServersOf('A'));
  const names = ['A->B', 'A->D'];
  const more = { D: { 'bootstrap.servers': another } };
  const configuration = configurationOf(clusters, names, { ...dataOnly, topics: topic }, more);
  const flows = copying(configuration);
  const refusal = await hosting(clusters, { configuration, flows }, async (host) => {
    await untilStill(clusters, flows.slice(0, 1), () => [topic]);
    return host.statuses().find(({ flow }) => flow === 'A->D')?.topics[0]?.problems[0];
  });
  assert.match(refusal?.message ?? '', /^A and D are one cluster/);
  assert.equal(refusal?.isHalted, true);
  await assert.rejects(clusters.oracleOf('A').describe(`A.${topic}`), 'nothing was created');
});

describe('a chain', () => {
  const policies = ['DefaultReplicationPolicy', 'IdentityReplicationPolicy'] as const;
  for (const policy of policies) {
    test(`${policy}: records and heartbeats pass, and MM2’s clients count the hops`, async () => {
      const { topic, writers } = await written(['A']);
      const [onB, onC] = policy === 'DefaultReplicationPolicy' ? ['A.', 'B.A.'] : ['', ''];
      await clusters.oracleOf('B').createTopic(`${onB}${topic}`, { partitions: partitionCount });
      await createHeartbeats();
      const configuration = configurationOf(clusters, ['A->B', 'B->C'], {
        topics: `(A\\.)?${topic}`,
        'replication.policy.class': policy,
      });
      // Heartbeats of A come from whatever flow ends there.
      const flows = configuration.flows.filter(
        ({ enabled, source, target }) => enabled || (source === 'B' && target === 'A'),
      );
      const startedAt = Date.now();
      await hosting(clusters, { configuration, flows }, async () => {
        await writers.write('A');
        await writers.end('A');
        await untilStill(clusters, copying(configuration), ({ source }) => [
          source === 'A' ? topic : `${onB}${topic}`,
        ]);
        await until(async () => (await beatsOnC('B.A.heartbeats', 'B->A')) > startedAt);
        await until(async () => (await beatsOnC('B.heartbeats', 'A->B')) > startedAt);
      });

      await assertCopied(['A', topic], ['C', `${onC}${topic}`]);
      const properties = {
        'replication.policy.class': `org.apache.kafka.connect.mirror.${policy}`,
        'source.cluster.alias': 'B',
      };
      const client = mirror.cluster(clusters.bootstrapServersOf('C'), properties);
      const { upstreamClusters, hops, heartbeatTopics } = await client.describe(['A', 'B', 'C']);
      assert.deepEqual(upstreamClusters, ['A', 'B']);
      assert.deepEqual(hops, { A: 2, B: 1, C: -1 });
      assert.deepEqual(heartbeatTopics, ['B.A.heartbeats', 'B.heartbeats', 'heartbeats']);
    });
  }

  /** So that the second flow finds at its beginning what the first one fills. */
  async function createHeartbeats(): Promise<void> {
    const settings = { configs: { 'cleanup.policy': 'compact' } };
    await clusters.oracleOf('B').createTopic('A.heartbeats', settings).catch(ifThere);
  }

  function ifThere(error: Error): void {
    if (!/TopicExists|already exists/.test(error.message)) throw error;
  }

  /** When the newest heartbeat of a flow that a topic holds was emitted; 0 where it holds none. */
  async function beatsOnC(topic: string, flow: string): Promise<number> {
    const [dump] = await clusters.oracleOf('C').dump(topic);
    const beats = dump!.records.flatMap(({ key, value }) => {
      const beat = decodeHeartbeat({ key: Buffer.from(key!), value: Buffer.from(value!) });
      const { sourceClusterAlias: source, targetClusterAlias: target, timestampMs } = beat!;
      return `${source}->${target}` === flow ? [timestampMs] : [];
    });
    return Math.max(0, ...beats);
  }
});
