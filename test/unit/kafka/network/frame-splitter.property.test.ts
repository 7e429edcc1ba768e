import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FrameSplitter } from '../../../../lib/kafka/network/frame-splitter.ts';

function framed(content: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + content.length);
  frame.writeUInt32BE(content.length);
  frame.set(content, 4);
  return frame;
}

const contents = fc.array(fc.uint8Array({ minLength: 4, maxLength: 300 }), { maxLength: 8 });
const cuts = fc.array(fc.nat(2500), { maxLength: 20 });

describe('FrameSplitter', () => {
  test('finds the same frames however the bytes are cut', () => {
    fc.assert(
      fc.property(contents, cuts, (list, positions) => {
        const frames = list.map(framed);
        const bytes = Buffer.concat(frames);
        const splitter = new FrameSplitter();
        const sorted = [...positions, 0, bytes.length].sort((a, b) => a - b);
        const found = sorted.flatMap((from, index) =>
          splitter.push(Buffer.from(bytes.subarray(from, sorted[index + 1] ?? bytes.length))),
        );
        assert.deepEqual(found, frames);
      }),
    );
  });

  test('does not copy a frame that comes in one piece', () => {
    const bytes = framed(Buffer.alloc(1000, 7));
    const [frame] = new FrameSplitter().push(bytes);
    assert.equal(frame?.buffer, bytes.buffer);
    assert.equal(frame?.byteOffset, bytes.byteOffset);
  });

  test('tells TLS and other protocols from frames at the first bytes', () => {
    const alert = Buffer.from('15030300020246', 'hex');
    assert.throws(() => new FrameSplitter().push(alert), { code: 'ERR_TLS_EXPECTED' });
    const handshake = Buffer.from('16030100', 'hex');
    assert.throws(() => new FrameSplitter().push(handshake), { code: 'ERR_TLS_EXPECTED' });
    assert.throws(() => new FrameSplitter().push(Buffer.from('HTTP/1.1')), { code: 'NOT_KAFKA' });
    assert.throws(() => new FrameSplitter().push(Buffer.alloc(4)), { code: 'NOT_KAFKA' });
  });
});
