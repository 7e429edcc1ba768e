/** Byte for byte: every awkward shape, every codec on either side, sources with gaps. */
import { after, test } from 'node:test';
import { openCopyBench } from '../support/copy-bench.ts';

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

const bench = await openCopyBench();
after(() => bench.close());

for (const compression of codecs) {
  test(`a source written with ${compression}, in events of any size`, async () => {
    const copy = await bench.awkwardTopic({ partitions: 3, large: true, compression });
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 33],
      [33, undefined],
    ] as const) {
      await copy.flow.copy(copy.part(from, to));
    }
    await copy.assertFaithful();
  });

  test(`a target written with ${compression}`, async () => {
    const copy = await bench.awkwardTopic({ partitions: 1, large: true }, compression);
    await copy.flow.copy(copy.all());
    await copy.assertFaithful();
  });
}

test('a transactional source: its committed records, across markers and aborted ones', async () => {
  const copy = await bench.transactionalTopic();
  await copy.flow.copy(copy.part(0, 7));
  await copy.flow.copy(copy.part(7));
  await copy.assertFaithful();
});

test('a compacted source: what is left, across the gaps', async () => {
  const copy = await bench.compactedTopic();
  await copy.flow.copy(copy.part(0, 5));
  await copy.flow.copy(copy.part(5));
  await copy.assertFaithful();
});

test('a target that stamps records with its own time keeps everything else', async () => {
  const copy = await bench.awkwardTopic({
    partitions: 1,
    targetConfigs: { 'message.timestamp.type': 'LogAppendTime' },
  });
  await copy.flow.copy(copy.part(0, 20));
  await copy.flow.copy(copy.part(0));
  await copy.assertFaithful({ logAppendTime: true });
});
