import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crc32c } from '../../../lib/kafka/crc32c.ts';

const mebibyte = 1024 * 1024;

test('the examples of RFC 3720 B.4 and the check value of the polynomial', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(ascending), 0x46dd794e);
  assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
});

test('the identity that folding rests on: x^5321 = x^3574 + x^2491 + 1', () => {
  const power = (bytes: number) => {
    let remainder = 1;
    for (let bit = 0; bit < bytes * 8; bit += 1) {
      remainder = (remainder << 1) ^ (remainder >>> 31 ? 0x1edc6f41 : 0);
    }
    return remainder;
  };
  assert.equal(power(5321), power(3574) ^ power(2491) ^ 1);
});

test('equals the checksum bit by bit at every length around a border of the folding', () => {
  const [reach, roomBytes] = [5321, 128 * 1024];
  const borders = [2 * reach, roomBytes, 2 * roomBytes - reach, 3 * roomBytes];
  for (const border of borders) {
    const bytes = randomBytes(border + 20);
    const expected = crc32cOfPrefixes(bytes);
    for (let length = border - 20; length <= border + 20; length += 1) {
      assert.equal(crc32c(bytes.subarray(0, length)), expected[length], `${length} bytes`);
    }
  }
});

test('leaves its input as it was', () => {
  const bytes = randomBytes(mebibyte);
  const copy = Buffer.from(bytes);
  assert.equal(crc32c(bytes), crc32c(copy));
  assert.ok(bytes.equals(copy));
});

/** Expected checksum of every prefix: the definition, a bit at a time. */
function crc32cOfPrefixes(bytes: Uint8Array): Uint32Array {
  const checksums = new Uint32Array(bytes.length + 1);
  let remainder = 0xffffffff;
  for (const [index, byte] of bytes.entries()) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
    }
    checksums[index + 1] = ~remainder;
  }
  return checksums;
}
