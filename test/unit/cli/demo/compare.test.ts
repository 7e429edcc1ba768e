import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comparePartition } from '../../../../lib/cli/demo/compare.ts';
import { SimulatedSource } from '../../local/mapping/simulated-source.ts';

const topic = 'orders';

function logOf(...batches: readonly string[][]): SimulatedSource {
  const cluster = new SimulatedSource(topic, 1);
  for (const values of batches) cluster.append(0, values, { timestamp: 7 });
  return cluster;
}

function compare(source: SimulatedSource, target: SimulatedSource) {
  const partition = { topic, partition: 0 };
  return comparePartition({ cluster: source, partition }, { cluster: target, partition });
}

describe('the comparison of two logs', () => {
  const source = logOf(['a', 'b'], ['c']);

  it('finds equal what is equal, batched in whatever way', async () => {
    const { equal, difference, samples } = await compare(source, logOf(['a'], ['b', 'c']));
    assert.equal(equal, 3);
    assert.equal(difference, undefined);
    assert.deepEqual(samples, [{ upstream: 0n, downstream: 0n }]);
  });

  it('does not look at markers', async () => {
    const target = logOf(['a']);
    target.append(0, ['marker'], { isControl: true });
    target.append(0, ['b', 'c'], { timestamp: 7 });
    assert.equal((await compare(source, target)).difference, undefined);
  });

  for (const [what, target, difference] of [
    ['lost', logOf(['a', 'b']), 'offset 2 is missing'],
    ['altered', logOf(['a', 'B', 'c']), 'offset 1 is another record'],
    ['out of order', logOf(['b', 'a', 'c']), 'offset 0 is another record'],
    ['doubled', logOf(['a', 'b', 'b', 'c']), 'offset 2 is another record'],
    ['added', logOf(['a', 'b', 'c', 'd']), 'the target has one more, at its offset 3'],
  ] as const) {
    it(`tells a record that is ${what}`, async () => {
      assert.equal((await compare(source, target)).difference, difference);
    });
  }

  it('tells another timestamp', async () => {
    const target = new SimulatedSource(topic, 1);
    target.append(0, ['a', 'b', 'c'], { timestamp: 8 });
    assert.equal((await compare(source, target)).difference, 'offset 0 is another record');
  });
});
