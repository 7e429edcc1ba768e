import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  base64Length,
  decimalLength,
  signedByteLength,
  writeBase64,
  writeDecimal,
  writeSignedBytes,
} from '../../../../lib/local/mapping/event-text.ts';

const at = 3;

describe('the text of', () => {
  it('a number', () => {
    const numbers = fc.oneof(
      fc.maxSafeInteger(),
      fc.integer(),
      fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(Number),
      ...[0, -1, 1e8 - 1, 1e8, 1e16, 2 ** 53, -(2 ** 63)].map((value) => fc.constant(value)),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        const out = Buffer.alloc(40);
        const end = writeDecimal(out, at, value);
        assert.equal(out.toString('latin1', at, end), String(BigInt(value)));
        assert.equal(end - at, decimalLength(value));
      }),
    );
  });

  it('bytes as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.nat(9), (bytes, start) => {
        const from = Buffer.concat([Buffer.alloc(start), bytes]);
        const out = Buffer.alloc(500);
        const end = writeBase64(out, at, { from, start, end: from.length });
        assert.equal(out.toString('latin1', at, end), Buffer.from(bytes).toString('base64'));
        assert.equal(end - at, base64Length(bytes.length));
      }),
    );
  });

  it('bytes as signed numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const from = Buffer.from(bytes);
        const out = Buffer.alloc(2000);
        const end = writeSignedBytes(out, at, { from, start: 0, end: from.length });
        assert.equal(out.toString('latin1', at, end), new Int8Array(bytes).join(','));
        assert.equal(end - at, signedByteLength(from, 0, from.length));
      }),
    );
  });
});
