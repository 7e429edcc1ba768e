import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leftOutBy, mustTellOrigins, type Way } from '../../../lib/provenance/ways.ts';

const clusters = ['A', 'B', 'C', 'D', 'E'];
const cluster = fc.constantFrom(...clusters);
const anyWays = fc
  .uniqueArray(fc.record({ source: cluster, target: cluster }), {
    maxLength: 12,
    selector: ({ source, target }) => `${source}${target}`,
  })
  .map((ways) => ways.filter(({ source, target }) => source !== target));

test('any flows between any clusters: each gets every record that can reach it once', () => {
  fc.assert(
    fc.property(anyWays, (ways) => {
      const logs = flow(ways);
      for (const origin of clusters) {
        for (const each of clusters) {
          const count = logs.get(each)!.filter((record) => record.of === origin).length;
          const expected = each === origin || reaches(origin, each, ways) ? 1 : 0;
          assert.equal(count, expected, `record of ${origin} on ${each}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

interface Copied {
  /** Where it was written, which no flow sees. */
  of: string;
  /** What its header tells. */
  origin?: string;
}

/** One record is written to each cluster, and goes as far as the flows bring it. */
function flow(ways: readonly Way[]): Map<string, Copied[]> {
  const logs = new Map(clusters.map((each): [string, Copied[]] => [each, [{ of: each }]]));
  const flows = ways.map((way) => {
    return { ...way, leftOut: leftOutBy(way, ways), tells: mustTellOrigins(way, ways), next: 0 };
  });
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    for (const each of flows) {
      const log = logs.get(each.source)!;
      for (; each.next < log.length; each.next += 1) {
        hasMoved = true;
        const record = log[each.next]!;
        if (record.origin !== undefined && each.leftOut.has(record.origin)) continue;
        const origin = record.origin ?? (each.tells ? each.source : undefined);
        logs.get(each.target)!.push({ of: record.of, ...(origin !== undefined && { origin }) });
        assert.ok(logs.get(each.target)!.length < 100, 'records go round');
      }
    }
  }
  return logs;
}

function reaches(from: string, to: string, ways: readonly Way[]): boolean {
  const reached = new Set([from]);
  for (const _ of clusters) {
    for (const { source, target } of ways) if (reached.has(source)) reached.add(target);
  }
  return reached.has(to);
}
