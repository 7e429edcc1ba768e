/**
 * MirrorMaker 2's own Java clients, of Kafka 4.3.1, on clusters that our functions filled: they find
 * the flow, translate groups to exactly where they go on, and print what we wrote.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ReplicationPolicySettings } from '../../lib/config/flow-settings.ts';
import { decodeOffsetSync } from '../../lib/mm2/formats.ts';
import { replicationPolicy } from '../../lib/policy/replication-policy.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { eventOf, slice } from '../support/events.ts';
import { defaultFlowSettings } from '../support/flow-settings.ts';
import { bundleFunctions } from '../support/functions.ts';
import { OffsetSyncStore } from '../support/offset-sync-store.ts';
import { type MirrorCluster, startMirrorClients } from '../support/oracle/mirror.ts';
import { type OracleCluster, startOracle } from '../support/oracle/oracle.ts';
import type { PartitionDump } from '../support/oracle/records.ts';
import { ownCluster, sharedParts } from '../support/parts.ts';
import { writeTransactions } from '../support/writings.ts';
import { clientOf } from './state-table.ts';

const parts = await sharedParts();
const oracle = await startOracle({ after });
const mirror = await startMirrorClients({ after });
const functions = await bundleFunctions({ after });

/** Where each group stands on the source, by partition of `orders`. */
const groups: Record<string, (ends: bigint[]) => bigint[]> = {
  beginner: () => [0n, 0n],
  reader: () => [137n, 480n],
  'reader-in-a-transaction': () => [507n, 499n],
  'reader.of(all)': (ends) => ends,
};

interface Policy {
  title: string;
  settings: ReplicationPolicySettings;
  location: 'source' | 'target';
  remote(topic: string): string;
}

const defaults: ReplicationPolicySettings = {
  class: 'DefaultReplicationPolicy',
  separator: '.',
  internalTopicSeparatorEnabled: true,
  separatorConfigured: false,
};

const policies: Policy[] = [
  {
    title: 'the default policy',
    settings: defaults,
    location: 'source',
    remote: (topic) => `us.${topic}`,
  },
  {
    title: 'the identity policy',
    settings: { ...defaults, class: 'IdentityReplicationPolicy' },
    location: 'target',
    remote: (topic) => (topic === 'heartbeats' ? 'us.heartbeats' : topic),
  },
  {
    title: 'a separator of its own',
    settings: { ...defaults, separator: '__', separatorConfigured: true },
    location: 'target',
    remote: (topic) => `us__${topic}`,
  },
];

for (const { title, settings, location, remote } of policies) {
  describe(title, () => {
    const closers: (() => Promise<void>)[] = [];
    const context = { after: (close: () => Promise<void>) => void closers.push(close) };
    after(async () => {
      for (const close of closers.reverse()) await close();
    });
    const policy = replicationPolicy(settings, 'us');
    const syncsTopic = policy.offsetSyncsTopic(location === 'source' ? 'eu' : 'us');
    let [source, target]: OracleCluster[] = [];
    let [us, eu]: MirrorCluster[] = [];
    let [sourceDumps, targetDumps]: PartitionDump[][] = [];
    let bootstrap: { us: string; eu: string };

    before(async () => {
      const [usKafka, euKafka] = await Promise.all([
        ownCluster(context, { version: '3.9.2' }),
        ownCluster(context, { version: '4.3.1' }),
      ]);
      bootstrap = { us: usKafka.bootstrapServers, eu: euKafka.bootstrapServers };
      source = oracle.cluster(bootstrap.us);
      target = oracle.cluster(bootstrap.eu);
      const properties = clientProperties(settings);
      us = mirror.cluster(bootstrap.us, properties);
      eu = mirror.cluster(bootstrap.eu, properties);
      await fill();
      sourceDumps = await source.dump('orders', { isolation: 'read_uncommitted' });
      targetDumps = await target.dump(remote('orders'), { isolation: 'read_uncommitted' });
    });

    async function fill(): Promise<void> {
      const forth = await deploy('us', 'eu', true);
      const back = await deploy('eu', 'us', false);
      await source!.createTopic('orders', { partitions: 2 });
      await target!.createTopic(remote('orders'), { partitions: 2 });
      await target!.createTopic(remote('heartbeats'));
      await source!.load('orders', { producer: 'p', count: 1000, valueBytes: 20, partitions: 2 });

      await back.invoke('heartbeat');
      await forth.invoke('heartbeat');
      await forth.invoke('replicate', await eventFrom('heartbeats'));
      await forth.invoke('replicate', await eventFrom('orders'));
      await forth.invoke('checkpoint');
      const copied = await source!.describe('orders');
      await writeTransactions(source!, 'orders');
      await forth.invoke('replicate', await eventFrom('orders', copied.partitions[0]!.end));
      const { partitions } = await source!.describe('orders');
      for (const [group, standing] of Object.entries(groups)) {
        const offsets = standing(partitions.map(({ end }) => end));
        const positions = offsets.map((offset, partition) => {
          return { topic: 'orders', partition, offset, metadata: `of ${group}` };
        });
        await source!.commitOffsets(group, positions);
      }
      await forth.invoke('checkpoint');
    }

    async function deploy(from: 'us' | 'eu', to: 'us' | 'eu', enabled: boolean) {
      const stateTable = `mirrorless-${from}-${to}-${Date.now()}`;
      const client = clientOf(parts.dynamoEndpoint);
      await createStateTable(client, stateTable);
      client.destroy();
      const flow = defaultFlowSettings({
        source: { alias: from, bootstrapServers: [bootstrap[from]] },
        target: { alias: to, bootstrapServers: [bootstrap[to]] },
        stateTable,
        enabled,
        replicationPolicy: settings,
        offsetSyncs: { enabled: true, location, lagMax: 100, topicReplicationFactor: 1 },
      });
      return functions.deploy(context, flow, parts.awsEnvironment);
    }

    /** What an event source mapping delivers: markers are not there, aborted records are. */
    async function eventFrom(topic: string, first = 0n): Promise<object> {
      const dumps = await source!.dump(topic, { from: first, isolation: 'read_uncommitted' });
      return eventOf(dumps.map((dump) => slice(topic, dump)).filter(({ records }) => records[0]));
    }

    test('they find the flow, its topics and its distance', async () => {
      const names = {
        upstreamClusters: ['us'],
        heartbeatTopics: ['heartbeats', remote('heartbeats')],
        checkpointTopics: [policy.checkpointsTopic('us')],
      };
      const remoteTopics = [remote('heartbeats'), remote('orders')].sort();
      assert.deepEqual(await eu!.describe(['us', 'eu', 'nowhere']), {
        ...names,
        utils: names,
        remoteTopics,
        remoteTopicsOf: { us: remoteTopics, eu: [], nowhere: [] },
        hops: { us: 1, eu: -1, nowhere: -1 },
      });
      const { upstreamClusters, hops } = await us!.describe(['eu']);
      assert.deepEqual([upstreamClusters, hops], [[], { eu: -1 }], 'nothing comes back');
    });

    for (const group of Object.keys(groups)) {
      test(`${group} is translated to exactly where it goes on`, async () => {
        assert.deepEqual(await eu!.offsetsOf('us', group), expectedOf(group));
      });
    }

    test('groups are translated by a pattern of their names', async () => {
      const all = Object.keys(groups).sort();
      assert.deepEqual(await eu!.offsetsMatching('us', '.*'), all.flatMap(expectedOf));
      assert.deepEqual(await eu!.offsetsMatching('us', 'reader'), expectedOf('reader'));
      assert.deepEqual(await eu!.offsetsOf('us', 'unknown'), []);
    });

    test('their reader of offset syncs is never sent past an unread record', async (t) => {
      const syncs = await told();
      for (const [partition, dump] of sourceDumps!.entries()) {
        const offsets = Array.from({ length: Number(dump.end) + 1 }, (_, offset) => BigInt(offset));
        const translated = await host().readOffsetSyncs({
          connector: connectorProperties(),
          topic: 'orders',
          partition,
          offsets,
        });
        const model = new OffsetSyncStore();
        for (const sync of syncs) {
          if (sync.topic === 'orders' && sync.partition === partition) model.read(sync);
        }
        let again = 0n;
        for (const [index, offset] of offsets.entries()) {
          const found = translated[index];
          assert.equal(found, model.translate(offset), `at ${offset}`);
          assert.ok(found !== undefined && found <= truth(partition, offset), `at ${offset}`);
          again += truth(partition, offset) - found;
        }
        assert.equal(translated.at(-1), targetDumps![partition]!.end, 'it reaches the tip');
        t.diagnostic(
          `partition ${partition}: ${again / BigInt(offsets.length)} re-read on average`,
        );
      }
    });

    test('their console formatters print what we wrote', async () => {
      const checkpoints = Object.keys(groups)
        .flatMap(expectedOf)
        .map((expected) => {
          const upstream = committed(expected.group)[expected.partition];
          return (
            `Checkpoint{consumerGroupId=${expected.group}, ` +
            `topicPartition=${expected.topic}-${expected.partition}, upstreamOffset=${upstream}, ` +
            `downstreamOffset=${expected.offset}, metadata=${expected.metadata}}`
          );
        });
      const topic = policy.checkpointsTopic('us');
      const printed = await eu!.consoleLines(topic, 'CheckpointFormatter', checkpoints.length);
      assert.deepEqual(printed.sort(), checkpoints.sort());

      const heartbeat = await eu!.consoleLines('heartbeats', 'HeartbeatFormatter', 1);
      assert.match(heartbeat[0]!, beat('us', 'eu'));
      const remoteBeat = await eu!.consoleLines(remote('heartbeats'), 'HeartbeatFormatter', 1);
      assert.match(remoteBeat[0]!, beat('eu', 'us'));

      const syncs = await told();
      const lines = await host().consoleLines(syncsTopic, 'OffsetSyncFormatter', syncs.length);
      const expected = syncs.map(
        (sync) =>
          `OffsetSync{topicPartition=${sync.topic}-${sync.partition}, ` +
          `upstreamOffset=${sync.upstreamOffset}, downstreamOffset=${sync.downstreamOffset}}`,
      );
      assert.deepEqual(lines, expected);
    });

    function connectorProperties(): Record<string, string> {
      return {
        name: 'MirrorCheckpointConnector',
        'connector.class': 'org.apache.kafka.connect.mirror.MirrorCheckpointConnector',
        'source.cluster.alias': 'us',
        'target.cluster.alias': 'eu',
        'source.cluster.bootstrap.servers': bootstrap.us,
        'target.cluster.bootstrap.servers': bootstrap.eu,
        'offset-syncs.topic.location': location,
      };
    }

    function host(): MirrorCluster {
      return location === 'source' ? us! : eu!;
    }

    /** Every offset sync, as our own code reads it. */
    async function told() {
      const [dump] = await (location === 'source' ? source! : target!).dump(syncsTopic);
      return dump!.records.map(
        ({ key, value }) =>
          decodeOffsetSync({ key: Buffer.from(key!), value: Buffer.from(value!) })!,
      );
    }

    function committed(group: string): bigint[] {
      return groups[group]!(sourceDumps!.map(({ end }) => end));
    }

    function expectedOf(group: string) {
      return committed(group).map((offset, partition) => ({
        group,
        topic: remote('orders'),
        partition,
        offset: truth(partition, offset),
        metadata: `of ${group}`,
      }));
    }

    /** By brute force: the copy of the first record that is not below the offset. */
    function truth(partition: number, offset: bigint): bigint {
      const index = sourceDumps![partition]!.records.findIndex((record) => record.offset >= offset);
      const dump = targetDumps![partition]!;
      return dump.records[index]?.offset ?? dump.end;
    }
  });
}

function clientProperties(settings: ReplicationPolicySettings): Record<string, string> {
  return {
    'replication.policy.class': `org.apache.kafka.connect.mirror.${settings.class}`,
    'source.cluster.alias': 'us',
    ...(settings.separatorConfigured && { 'replication.policy.separator': settings.separator }),
  };
}

function beat(source: string, target: string): RegExp {
  return new RegExp(
    `^Heartbeat\\{sourceClusterAlias=${source}, targetClusterAlias=${target}, timestamp=\\d{13}\\}$`,
  );
}
