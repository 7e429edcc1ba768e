/** Three real clusters and flows of every shape between them: every record once, none goes round. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { checkReplication } from '../support/oracle/checker.ts';
import { assertFaithful } from '../support/oracle/findings.ts';
import {
  type Alias,
  assertMeshed,
  configurationOf,
  copying,
  hosting,
  nullHeaders,
  originIdOf,
  partitionCount,
  randomName,
  remoteTopicOf,
  startThreeClusters,
  untilStill,
  Writers,
} from '../support/topology.ts';

const clusters = await startThreeClusters({ after });

const dataOnly = { 'emit.heartbeats.enabled': false };
const identity = { ...dataOnly, 'replication.policy.class': 'IdentityReplicationPolicy' };

describe('the identity policy', () => {
  const shapes: [string, readonly Alias[], readonly string[]][] = [
    ['forth and back', ['A', 'B'], ['A->B', 'B->A']],
    ['a ring', ['A', 'B', 'C'], ['A->B', 'B->C', 'C->A']],
    ['a mesh', ['A', 'B', 'C'], ['A->B', 'B->A', 'A->C', 'C->A', 'B->C', 'C->B']],
  ];
  for (const [shape, on, names] of shapes) {
    test(`${shape}: every record is on every cluster once`, async () => {
      const topic = randomName('orders');
      const writers = new Writers(clusters, topic);
      for (const alias of on) {
        await clusters.oracleOf(alias).createTopic(topic, { partitions: partitionCount });
        await writers.write(alias);
      }
      const configuration = configurationOf(clusters, names, { ...identity, topics: topic });
      const flows = copying(configuration);
      await hosting(clusters, { configuration, flows }, async () => {
        for (const alias of on) await writers.write(alias);
        for (const alias of on) await writers.end(alias);
        await untilStill(clusters, flows, () => [topic]);
      });
      // In a ring a flow brings records of two clusters: the maps are asked where each has one.
      await assertMeshed(clusters, topic, { on, writers, ...(on.length === 2 && { flows }) });
    });
  }

  test('one way: nothing is added to a record', async () => {
    const topic = randomName('orders');
    const writers = new Writers(clusters, topic);
    await clusters.oracleOf('A').createTopic(topic, { partitions: partitionCount });
    await writers.write('A');
    const configuration = configurationOf(clusters, ['A->B'], { ...identity, topics: topic });
    const flows = copying(configuration);
    await hosting(clusters, { configuration, flows }, () =>
      untilStill(clusters, flows, () => [topic]),
    );
    const source = await clusters.oracleOf('A').dump(topic);
    const target = await clusters.oracleOf('B').dump(topic);
    const result = await checkReplication(source, target, { nullHeaders: 'countLost' });
    assertFaithful(result, { lostHeaders: nullHeaders(source) });
  });
});

describe('the default policy', () => {
  const shapes: [string, readonly string[]][] = [
    ['forth and back', ['A->B', 'B->A']],
    ['aggregation', ['A->C', 'B->C']],
  ];
  for (const [shape, names] of shapes) {
    test(`${shape}: each remote topic is its source, and nothing comes back`, async () => {
      const topic = randomName('orders');
      const writers = new Writers(clusters, topic);
      for (const alias of ['A', 'B'] as const) {
        await clusters.oracleOf(alias).createTopic(topic, { partitions: partitionCount });
        await writers.write(alias);
      }
      const topics = `(.*\\.)?${topic}`;
      const configuration = configurationOf(clusters, names, { ...dataOnly, topics });
      const flows = copying(configuration);
      await hosting(clusters, { configuration, flows }, async () => {
        for (const alias of ['A', 'B'] as const) {
          await writers.write(alias);
          await writers.end(alias);
        }
        await untilStill(clusters, flows, () => [topic]);
      });
      for (const flow of flows) {
        const source = await clusters.oracleOf(flow.source as Alias).dump(topic);
        const target = await clusters
          .oracleOf(flow.target as Alias)
          .dump(remoteTopicOf(flow, topic));
        assert.ok(target.every(({ records }) => records.every((each) => !originIdOf(each))));
        const result = await checkReplication(source, target, { nullHeaders: 'countLost' });
        assertFaithful(result, { lostHeaders: nullHeaders(source) });
      }
    });
  }
});
