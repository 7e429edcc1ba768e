import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Direction, sides } from '../../../lib/state/offset-map.ts';
import type { Segment, Translation } from '../../../lib/state/ports.ts';
import { type ClosedSegments, translateOffsets } from '../../../lib/state/translate.ts';
import {
  bruteForce,
  change,
  offsetsAt,
  places,
  replay,
  start,
} from '../../support/offset-map-model.ts';

const directions = ['downstream', 'upstream'] as const;

/** The closed segments of a table, which may lose its oldest between two reads. */
class Table implements ClosedSegments {
  readonly #startOf: (segment: Segment) => bigint;
  readonly #losses: number[];
  /** Those that are still there. */
  segments: Segment[];
  readCount = 0;
  calls = 0;

  constructor(segments: readonly Segment[], direction: Direction, losses: readonly number[] = []) {
    this.segments = [...segments];
    this.#startOf = (segment) => sides(segment, direction)[0].start;
    this.#losses = [...losses];
  }

  async covering(offset: bigint): Promise<Segment | undefined> {
    this.#lose();
    const found = this.segments.findLast((segment) => this.#startOf(segment) <= offset);
    if (found) this.readCount += 1;
    return found;
  }

  async from(offset: bigint, countMax: number): Promise<Segment[]> {
    assert.ok(countMax > 0, 'a table takes no limit of 0');
    this.#lose();
    const found = this.segments.filter((segment) => this.#startOf(segment) >= offset);
    this.readCount += Math.min(found.length, countMax);
    return found.slice(0, countMax);
  }

  #lose(): void {
    this.calls += 1;
    this.segments.splice(0, this.#losses.shift() ?? 0);
  }
}

const changes = fc.array(change, { maxLength: 8 });
const bytesMax = fc.nat(24);

test('any map, any offsets in any order: both directions equal brute force', async () => {
  await fc.assert(
    fc.asyncProperty(start, changes, bytesMax, places, async (begin, all, limit, at) => {
      const { model, segments } = replay(begin, all, limit);
      const newest = segments.at(-1) as Segment;
      for (const direction of directions) {
        const closed = new Table(segments.slice(0, -1), direction);
        const offsets = offsetsAt(model, direction, at);
        const found = await translateOffsets({ newest, closed, direction }, offsets);
        assert.deepEqual(found.translations, offsets.map(bruteForce(model, direction)));
        assert.deepEqual(found.end, { upstream: model.end[0], downstream: model.end[1] });
      }
    }),
    { numRuns: 500 },
  );
});

test('no segment is read twice, three at most for each that holds an offset', async () => {
  await fc.assert(
    fc.asyncProperty(start, changes, bytesMax, places, async (begin, all, limit, at) => {
      const { model, segments } = replay(begin, all, limit);
      const newest = segments.at(-1) as Segment;
      for (const direction of directions) {
        const table = new Table(segments.slice(0, -1), direction);
        const offsets = offsetsAt(model, direction, at);
        await translateOffsets({ newest, closed: table, direction }, offsets);
        const holding = table.segments.filter((segment) => {
          const [{ start, end }] = sides(segment, direction);
          return offsets.some((offset) => offset >= start && offset < end);
        });
        const [{ start: mapStart }] = sides(segments[0] as Segment, direction);
        const oldestCount = offsets.some((offset) => offset < mapStart) ? 1 : 0;
        assert.ok(table.readCount <= 3 * holding.length + oldestCount, `${table.readCount} reads`);
        assert.ok(table.readCount <= table.segments.length, `${table.readCount} reads`);
        assert.ok(table.calls <= 2 * (new Set(offsets).size + oldestCount), `${table.calls} calls`);
      }
    }),
    { numRuns: 500 },
  );
});

test('segments closed and pruned between the reads: still exact, or said to be before the map', async () => {
  const losses = fc.array(fc.nat(3), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(start, changes, changes, bytesMax, places, losses, async (...any) => {
      const [begin, before, meanwhile, limit, at, lost] = any;
      const { model, segments } = replay(begin, before, limit);
      const later = replay(begin, [...before, ...meanwhile], limit).segments;
      const newest = segments.at(-1) as Segment;
      for (const direction of directions) {
        const table = new Table(later.slice(0, -1), direction, lost);
        const offsets = offsetsAt(model, direction, at);
        const { translations } = await translateOffsets(
          { newest, closed: table, direction },
          offsets,
        );
        const expected = bruteForce(model, direction);
        const kept = table.segments[0] ?? later.at(-1);
        const [{ start: keptStart }] = sides(kept as Segment, direction);
        for (const [index, offset] of offsets.entries()) {
          const found = translations[index] as Translation;
          if (found.status !== 'before-map') assert.deepEqual(found, expected(offset));
          else assert.ok(offset < found.mapStart && offset < keptStart, `${offset}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});
