import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { replicationPolicy } from '../../../lib/policy/replication-policy.ts';
import { Provenance } from '../../../lib/provenance/provenance.ts';
import { connectedWith, mustTellOrigins, type Way } from '../../../lib/provenance/ways.ts';
import type { EventRecord } from '../../../lib/source/event.ts';

const clusters = ['A', 'B', 'C', 'D', 'E'];
const cluster = fc.constantFrom(...clusters);
const anyWays = fc
  .uniqueArray(fc.record({ source: cluster, target: cluster }), {
    maxLength: 12,
    selector: ({ source, target }) => `${source}${target}`,
  })
  .map((ways) => ways.filter(({ source, target }) => source !== target));
/** Topics of these put their own time in place of that of a record. */
const stamping = fc.subarray(clusters);

test('any flows of a configuration: each cluster gets every record that can reach it once', async () => {
  await fc.assert(
    fc.asyncProperty(anyWays, stamping, async (ways, stamps) => {
      const tells = (way: Way) => mustTellOrigins(way, ways);
      const logs = await flow([ways], { tells, stamps });
      for (const origin of clusters) {
        for (const each of clusters) {
          const count = logs.get(each)!.filter(({ way }) => way[0] === origin).length;
          const expected = reaches(origin, each, ways) ? 1 : 0;
          assert.equal(count, expected, `record of ${origin} on ${each}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('any flows of several: no record comes to a cluster again, and each wherever it can', async () => {
  const installed = fc.tuple(anyWays, fc.array(fc.nat(2), { minLength: 12, maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(installed, stamping, async ([ways, of], stamps) => {
      const configurations = [0, 1, 2].map((number) =>
        ways.filter((_, index) => of[index] === number),
      );
      const logs = await flow(configurations, { tells: () => true, stamps });
      for (const each of clusters) {
        const log = logs.get(each)!;
        for (const { way } of log) assert.equal(new Set(way).size, way.length, way.join('→'));
        for (const origin of clusters) {
          const isThere = log.some(({ way }) => way[0] === origin);
          assert.equal(isThere, reaches(origin, each, ways), `record of ${origin} on ${each}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

interface Travelled {
  /** Where it truly has been, and is. */
  way: readonly string[];
  record: EventRecord;
}

/** One record is written to each cluster, and goes as far as the flows of all configurations bring it. */
async function flow(
  configurations: readonly (readonly Way[])[],
  { tells, stamps }: { tells(way: Way): boolean; stamps: readonly string[] },
): Promise<Map<string, Travelled[]>> {
  let timestamp = 1000;
  const arrived = (record: Pick<EventRecord, 'headers'>, way: readonly string[]): Travelled => {
    timestamp += 1;
    const here = way.at(-1)!;
    const time = stamps.includes(here)
      ? { timestamp, timestampType: 'LOG_APPEND_TIME' }
      : { timestamp, ...record, timestampType: 'CREATE_TIME' };
    const place = { topic: 'orders', partition: 0, offset: 0 };
    return { way, record: { ...place, ...record, ...time } };
  };
  const logs = new Map(clusters.map((each) => [each, [arrived({}, [each])]]));
  const flows = configurations.flatMap((ways) =>
    ways.map((way) => ({ ...way, provenance: provenanceOf(way, ways, tells(way)), next: 0 })),
  );
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const each of flows) {
      const log = logs.get(each.source)!;
      for (; each.next < log.length; each.next += 1) {
        hasMoved = true;
        const { way, record } = log[each.next]!;
        const [selected] = await each.provenance.select([
          { topic: record.topic, partition: 0, records: [record] },
        ]);
        for (const copy of selected!.source.records) {
          logs.get(each.target)!.push(arrived(copy, [...way, each.target]));
        }
        assert.ok(logs.get(each.target)!.length < 500, 'records go round');
      }
    }
  }
  return logs;
}

function provenanceOf(way: Way, ways: readonly Way[], addsHeader: boolean): Provenance {
  const topics = { include: ['.*'], exclude: [] };
  const named = (alias: string) => ({ alias, bootstrapServers: [] });
  const naming = {
    ...{ class: 'IdentityReplicationPolicy' as const, separator: '.' },
    ...{ internalTopicSeparatorEnabled: true, separatorConfigured: false },
  };
  return new Provenance({
    settings: { source: named(way.source), target: named(way.target), topics },
    provenance: {
      addsHeader,
      flows: connectedWith(way, ways).map((each) => ({ ...each, stateTable: 'unused' })),
    },
    policy: replicationPolicy(naming, way.source),
    clusterIdsOf: ({ source, target }) => ({
      read: async () => ({ source: `id-${source}`, target: `id-${target}` }),
    }),
  });
}

function reaches(from: string, to: string, ways: readonly Way[]): boolean {
  const reached = new Set([from]);
  for (const _ of clusters) {
    for (const { source, target } of ways) if (reached.has(source)) reached.add(target);
  }
  return reached.has(to);
}
