import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ModelledWays, type Step } from './modelled-ways.ts';

const shapes = [
  ...['AB BA', 'AB BA BC CB', 'AB BA BC CB AC CA', 'AB BA CA CB', 'AB BA CA CB DC DA'],
  ...['AB BC CA', 'AB BC CD DA CA'],
];
const others = ['BA', 'AC', 'CA', 'BC', 'CB', 'AD', 'DA', 'BD', 'DB', 'CD', 'DC'];
const anyShape = fc
  .subarray(others)
  .chain((some) => fc.shuffledSubarray(['AB', ...some], { minLength: some.length + 1 }))
  .map((ways) => ways.join(' '));

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('write', 'write', 'event', 'event', 'event', 'deadEvent', 'retention'),
  at: fc.nat(100),
  count: fc.integer({ min: 1, max: 4 }),
});
const steps = fc.array(step, { maxLength: 80, size: 'max' });
const committed = fc.nat(1000);

test('when flows are still, a group goes on at the first record that it has not read', async () => {
  const moved = { back: 0, on: 0, exactly: 0 };
  const history = fc.record({
    shape: fc.constantFrom(...shapes),
    steps,
    order: fc.nat(10),
    committed,
    pages: fc.constantFrom(undefined, { offsets: 3n, countMax: 100 }),
  });
  await fc.assert(
    fc.asyncProperty(history, async (drawn) => {
      const model = new ModelledWays(drawn.shape);
      const isSkipped = ({ what, at }: Step) =>
        what === 'retention' && !['A', 'B'].includes(model.clusterAt(at));
      for (const each of drawn.steps) if (!isSkipped(each)) model.take(each);
      model.finish(drawn.order);
      const offset = model.offsetOnA(drawn.committed);
      const { before, after } = await model.translate(offset, { pages: drawn.pages });
      if (before === undefined || after === undefined) return;
      if (after < before) moved.back += 1;
      if (after > before) moved.on += 1;
      const first = model.firstUnread(offset);
      const isThere = first === model.firstUnread(offset, 0);
      assert.ok(isThere ? after === first : after <= first, `${drawn.shape}: ${after}, ${first}`);
      if (isThere) moved.exactly += 1;
    }),
    { numRuns: 3000 },
  );

  assert.ok(moved.back > 100 && moved.on > 0 && moved.exactly > 1000, JSON.stringify(moved));
});

test('when flows of any shape go on while their maps are read, never at a later one', async () => {
  const moved = { back: 0, on: 0 };
  const history = fc.record({ shape: anyShape, steps, committed, meanwhile: steps });
  await fc.assert(
    fc.asyncProperty(history, async (drawn) => {
      const model = new ModelledWays(drawn.shape);
      for (const each of drawn.steps) model.take(each);
      const offset = model.offsetOnA(drawn.committed);
      const rest = [...drawn.meanwhile];
      const meanwhile = () => {
        for (const each of rest.splice(0, 3)) model.take(each);
      };
      const { before, after } = await model.translate(offset, { meanwhile });
      if (before === undefined || after === undefined) return;
      if (after < before) moved.back += 1;
      if (after > before) moved.on += 1;
      const first = model.firstUnread(offset);
      assert.ok(after <= first, `${drawn.shape}: ${after} is behind ${first}`);
    }),
    { numRuns: 5000 },
  );
  assert.ok(moved.back > 100 && moved.on > 0, JSON.stringify(moved));
});

const write = (at: number): Step => ({ what: 'write', at, count: 1 });
const event = (at: number): Step => ({ what: 'event', at, count: 9 });

test('beyond the end of a map, records are passed of which another tells that they are read', async () => {
  const model = new ModelledWays('AB BA BC CB AC CA');
  // A and C write two records each. Those of C come to A, and those of A to B.
  for (const step of [write(0), write(0), write(5), write(5), event(5)]) model.take(step);
  for (const step of [event(0), event(1)]) model.take(step);
  assert.equal((await model.translate(3n)).after, 2n, 'nothing else is on B yet');
  model.take(event(3));
  const { before, after } = await model.translate(3n);
  assert.deepEqual([before, after], [2n, 3n]);
  assert.equal((await model.translate(4n)).after, 4n, 'all is read');
});

test('no farther is read on than is allowed at once', async () => {
  const model = new ModelledWays('AB BA');
  for (const step of [write(0), event(0)]) model.take(step);
  for (let count = 0; count < 20; count += 1) model.take(write(1));
  for (let count = 0; count < 3; count += 1) model.take(event(1));
  // All that was written to B has come to A and is read; A has brought nothing since its first.
  const after = async (offsets: bigint, countMax: number) => {
    const answer = await model.translate(21n, { pages: { offsets, countMax } });
    return [answer.after, answer.runReadCount];
  };
  assert.deepEqual(await after(4n, 2), [9n, 3]);
  assert.deepEqual(await after(4n, 9), [21n, 6]);
  assert.deepEqual(await after(100n, 1), [21n, 2]);
});

test('what another topic of the same name held is not what it holds now', async () => {
  const model = new ModelledWays('AB BA CA CB AC BC');
  for (let count = 0; count < 5; count += 1) model.take(write(2));
  model.finish(0);
  const unread = model.firstUnread(2n);
  assert.deepEqual([unread, (await model.translate(2n)).after], [2n, 2n]);
  model.recreate('C');
  model.take(write(2));
  model.finish(0);
  assert.ok((await model.translate(2n)).after! <= unread);
});

test('records of a map are read only where a position lies at the end of one', async () => {
  const model = new ModelledWays('AB BA');
  for (const step of [write(0), write(1), event(0), event(1), write(0), write(1)]) model.take(step);
  model.finish(0);
  const readCounts: number[] = [];
  for (let offset = 0n; offset <= 4n; offset += 1n) {
    readCounts.push((await model.translate(offset)).runReadCount);
  }
  assert.deepEqual(readCounts, [0, 0, 0, 0, 0]);
});

test('what a flow brings from several clusters is passed only where it is known of all of them', async () => {
  // C→B brings what is written to C and to D; to A the former comes by X, the latter at once.
  const model = new ModelledWays('DC DX DA CX XA CB AB');
  for (const step of [write(3), event(3), event(4), event(6)]) model.take(step);
  let lookCount = 0;
  const meanwhile = () => {
    lookCount += 1;
    // Nothing had come from D to C; then a record does, goes on to B, and C→X leaves it out.
    if (lookCount !== 4) return;
    for (const step of [write(0), event(0), event(3), event(5)]) model.take(step);
  };
  const { after } = await model.translate(1n, { meanwhile });
  assert.equal(model.firstUnread(1n), 1n);
  assert.equal(after, 0n);
});

test('where the flow back has not begun, nothing is said; where its map is broken, that', async () => {
  const model = new ModelledWays('AB BA');
  for (const what of ['write', 'write', 'event'] as const) model.take({ what, at: 0, count: 2 });
  assert.equal((await model.translate(1n)).status, 'no-map');
  model.finish(0);
  assert.equal((await model.translate(1n)).status, 'exact');
  const { status, failureCount } = await model.translate(1n, { broken: 'BA' });
  assert.deepEqual([status, failureCount], ['unknown', 1]);
});
