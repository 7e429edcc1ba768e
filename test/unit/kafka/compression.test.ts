import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { compress, compressionTypes, decompress } from '../../../lib/kafka/compression.ts';

const mebibyte = 1024 * 1024;
const repetitive = (bytes: number) => Buffer.alloc(bytes, 'replicated once, not twice; ');
const codecs = compressionTypes.slice(1);

suite('there and back', () => {
  for (const type of compressionTypes) {
    test(`${type}: one byte, around a block, some MiB that shrink or do not`, () => {
      const lengths = [1, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 131_073];
      const inputs = [
        ...lengths.map(repetitive),
        repetitive(2 * mebibyte),
        randomBytes(2 * mebibyte),
      ];
      for (const bytes of inputs) {
        assert.ok(decompress(type, compress(type, bytes)).equals(bytes), `${bytes.length} bytes`);
      }
    });
  }

  for (const type of codecs) {
    test(`${type} shrinks what repeats`, () => {
      assert.ok(compress(type, repetitive(mebibyte)).length < mebibyte / 15);
    });
  }
});

suite('what other producers write', () => {
  const text = 'hello hello hello hello';

  test('snappy as one raw block', () => {
    const literal = '14 68656c6c6f20';
    const copy = '42 0600';
    assert.equal(decompress('snappy', hex(`17 ${literal} ${copy}`)).toString(), text);
  });

  test('LZ4 with content size, checksums, blocks of up to 4 MiB and a stored one', () => {
    const header = '04224d18 7c 70 2e00000000000000 00';
    const compressed = '0f000000 68 68656c6c6f20 0600 50 68656c6c6f';
    const stored = `17000080 ${Buffer.from(text).toString('hex')}`;
    const frame = `${header} ${compressed} eeeeeeee ${stored} eeeeeeee 00000000 eeeeeeee`;
    assert.equal(decompress('lz4', hex(frame)).toString(), text + text);
  });
});

suite('damage', () => {
  for (const type of codecs) {
    test(`${type}: cut anywhere, an error`, () => {
      const whole = compress(type, repetitive(100_000));
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 50)) {
        // A snappy stream may end after any block: the batch's record count tells what is missing.
        if (type === 'snappy' && endsAfterBlock(whole, length)) continue;
        assert.throws(() => decompress(type, whole.subarray(0, length)), Error, `${length} bytes`);
      }
      assert.ok(decompress(type, whole).equals(repetitive(100_000)), 'the codec still works');
    });

    test(`${type}: bytes of another kind, an error`, () => {
      assert.throws(() => decompress(type, Buffer.alloc(100, 0xff)), Error);
    });
  }

  for (const type of ['snappy', 'lz4'] as const) {
    test(`${type}: a block that is cut never reaches the codec`, () => {
      const cut = compress(type, randomBytes(1000)).subarray(0, 500);
      assert.throws(() => decompress(type, cut), /block .* is incomplete/);
    });
  }

  test('LZ4 blocks that depend on each other are refused, as by Kafka', () => {
    assert.throws(() => decompress('lz4', hex('04224d18 40 40 c0 00000000')), /independent/);
  });
});

function endsAfterBlock(stream: Buffer, length: number): boolean {
  let end = 16;
  while (end < length) end += 4 + stream.readUInt32BE(end);
  return end === length;
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}
