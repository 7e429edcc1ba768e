/** What our tests take for MirrorMaker 2's reader of offset syncs is held equal to its own class. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { OffsetSyncStore } from '../support/offset-sync-store.ts';
import { startMirrorClients } from '../support/oracle/mirror.ts';

const mirror = await startMirrorClients({ after });

test('our model of their reader of offset syncs is equal to it', async () => {
  const step = fc.record({
    upstream: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -500, max: 5000 })),
    downstream: fc.integer({ min: 0, max: 100 }),
  });
  const sequence = fc.array(step, { minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(sequence, async (steps) => {
      const model = new OffsetSyncStore();
      const syncs = positionsOf(steps);
      for (const sync of syncs) model.read(sync);
      const offsets = syncs.flatMap(({ upstreamOffset }) => [upstreamOffset, upstreamOffset + 1n]);
      const translated = await mirror.translateThrough(syncs, offsets);
      assert.deepEqual(
        translated,
        offsets.map((offset) => model.translate(offset)),
      );
    }),
  );
});

function positionsOf(steps: readonly { upstream: number; downstream: number }[]) {
  let [upstream, downstream] = [0, 0];
  return steps.map((step) => {
    upstream = Math.max(0, upstream + step.upstream);
    downstream += step.downstream;
    return { upstreamOffset: BigInt(upstream), downstreamOffset: BigInt(downstream) };
  });
}
