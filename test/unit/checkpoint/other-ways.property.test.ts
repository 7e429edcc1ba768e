import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { otherWays, takeBack } from '../../../lib/checkpoint/other-ways.ts';
import type { PartitionView } from '../../../lib/checkpoint/partitions.ts';
import type { GroupPosition } from '../../../lib/checkpoint/positions.ts';
import { leftOutBy, type Way } from '../../../lib/provenance/ways.ts';
import { append, emptySegment } from '../../../lib/state/offset-map.ts';
import type { Run, Segment } from '../../../lib/state/ports.ts';
import { mapOver } from './maps.ts';

const clusters = ['A', 'B', 'C', 'D'] as const;
const exactShapes = ['AB BA', 'AB BA BC CB AC CA', 'AB BA BC CB'];
/** A flow of a ring brings records of several clusters: a position may be earlier than it need be. */
const rings = ['AB BC CA', 'AB BC CD DA CA'];
const place = { topic: 'orders', partition: 0 };

const history = fc.record({
  shape: fc.constantFrom(...exactShapes, ...rings),
  /** A record is written to a cluster, or a flow has an event of so many records. */
  steps: fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 4 })), { maxLength: 60 }),
  committed: fc.nat(1000),
  isStill: fc.boolean(),
});

test('any history of any flows: no record before the position is unread, and when still the first one is', async () => {
  let movedCount = 0;
  await fc.assert(
    fc.asyncProperty(history, async ({ shape, steps, committed, isStill }) => {
      const model = new Model(shape);
      for (const [what, count] of steps) model.step(what, count);
      if (isStill) model.finish();
      const offset = BigInt(committed % (model.log('A').length + 1));
      const { before, after } = await model.translate(offset);
      if (after === undefined) return;
      if (after < before!) movedCount += 1;
      const read = new Set(model.log('A').slice(0, Number(offset)));
      const target = model.log('B').filter(({ of }) => model.comesToA(of));
      const unread = target.find((record) => !read.has(record));
      const first = unread === undefined ? model.log('B').length : model.log('B').indexOf(unread);
      assert.ok(after <= first, `${shape}: ${after} is behind ${first}`);
      const isExact = isStill && exactShapes.includes(shape) && unread !== undefined;
      if (isExact) assert.equal(after, BigInt(first), shape);
    }),
    { numRuns: 1000 },
  );
  assert.ok(movedCount > 100, `${movedCount}`);
});

test('where the flow back has not begun, nothing is said; where its map is broken, that', async () => {
  const model = new Model('AB BA');
  for (const what of [0, 0, 10]) model.step(what, 2);
  assert.equal((await model.translate(1n)).status, 'no-map');
  model.finish();
  assert.equal((await model.translate(1n)).status, 'exact');
  const { status, failures } = await model.translate(1n, { broken: true });
  assert.deepEqual([status, failures], ['unknown', 1]);
});

/** The same object on every cluster; what its header tells is what is true. */
interface Written {
  of: string;
}

interface ModelledFlow extends Way {
  leftOut: ReadonlySet<string>;
  progress: number;
  segments: Segment[];
}

class Model {
  readonly #ways: Way[];
  readonly #flows: ModelledFlow[];
  readonly #logs = new Map<string, Written[]>(clusters.map((cluster) => [cluster, []]));

  constructor(shape: string) {
    this.#ways = shape.split(' ').map((each) => ({ source: each[0]!, target: each[1]! }));
    this.#flows = this.#ways.map((way) => {
      return { ...way, leftOut: leftOutBy(way, this.#ways), progress: 0, segments: [] };
    });
  }

  log(cluster: string): Written[] {
    return this.#logs.get(cluster)!;
  }

  comesToA(of: string): boolean {
    return of === 'A' || this.#ways.some(({ target }) => target === 'A');
  }

  step(what: number, count: number): void {
    const used = [...new Set(this.#ways.map(({ source }) => source))];
    if (what < 10) {
      const cluster = used[what % used.length]!;
      this.log(cluster).push({ of: cluster });
    } else {
      this.#event(this.#flows[(what - 10) % this.#flows.length]!, count);
    }
  }

  finish(): void {
    const hasWork = ({ source, progress }: ModelledFlow) => progress < this.log(source).length;
    for (let flow = this.#flows.find(hasWork); flow; flow = this.#flows.find(hasWork)) {
      this.#event(flow, 3);
    }
  }

  #event(flow: ModelledFlow, count: number): void {
    const target = this.log(flow.target);
    const records = this.log(flow.source).slice(flow.progress, flow.progress + count);
    if (records.length === 0) return;
    const newest =
      flow.segments.pop() ?? emptySegment(BigInt(flow.progress), BigInt(target.length));
    const runs: Run[] = [];
    for (const [index, record] of records.entries()) {
      // What its source has written itself tells nothing; what comes back is told by its header.
      if (record.of !== flow.source && flow.leftOut.has(record.of)) continue;
      const upstream = BigInt(flow.progress + index);
      runs.push({ upstream, downstream: BigInt(target.length), length: 1 });
      target.push(record);
    }
    flow.progress += records.length;
    const ends = { upstreamEnd: BigInt(flow.progress), downstreamEnd: BigInt(target.length) };
    const { closed, open } = append(newest, { runs, ...ends }, 8);
    flow.segments.push(...closed, open);
  }

  /** Of the flow from A to B: by its own map, and then with those of the others. */
  async translate(offset: bigint, { broken = false } = {}) {
    const own = this.#flows.find(({ source, target }) => source === 'A' && target === 'B')!;
    const mapOf = ({ segments }: ModelledFlow, isBroken = false) =>
      mapOver({ 'orders-0': isBroken ? 'corrupt' : segments });
    const [answer] = await mapOf(own).translate(
      [{ partition: place, offsets: [offset] }],
      'downstream',
    );
    if (!answer?.ok) throw answer?.error;
    const translation = answer.value.translations[0]!;
    const position: GroupPosition = {
      ...place,
      remoteTopic: 'orders',
      upstreamOffset: offset,
      metadata: '',
      downstream:
        translation.status === 'ahead'
          ? { ...translation, offset: answer.value.end!.downstream }
          : translation,
    };
    const before = 'offset' in position.downstream ? position.downstream.offset : undefined;
    const view: PartitionView = {
      ...place,
      remoteTopic: 'orders',
      positions: [position],
      known: [],
    };
    const flows = this.#ways.map((way) => ({ ...way, stateTable: 'unused' }));
    const cluster = (alias: string) => ({ alias, bootstrapServers: [] });
    const settings = {
      source: cluster('A'),
      target: cluster('B'),
      topics: { include: ['.*'], exclude: [] },
      provenance: { addsHeader: true, flows },
    };
    const ways = otherWays(settings, ({ source, target }) => {
      const flow = this.#flows.find((each) => each.source === source && each.target === target)!;
      return mapOf(flow, broken);
    })!;
    const failures = (await takeBack([view], ways)).length;
    const { downstream } = position;
    const after = 'offset' in downstream ? downstream.offset : undefined;
    return { before, after, status: downstream.status, failures };
  }
}
