/**
 * Snappy as record batches carry it: Java producers write the stream format of snappy-java, a
 * header and blocks with their lengths; other producers one raw block, which Java reads too.
 */
import { snappyCompress, snappyDecompress } from '@platformatic/wasm-utils/bundled';

/** snappy-java's magic, then its version 1 and the oldest version that can read it, 1. */
const streamHeader = Buffer.from([0x82, ...Buffer.from('SNAPPY\0'), 0, 0, 0, 1, 0, 0, 0, 1]);
const magicBytes = 8;
/** As snappy-java cuts it; small blocks also keep the memory of the codec small for ever. */
const blockBytes = 32 * 1024;

export function snappyCompressStream(bytes: Buffer): Buffer {
  const parts: Buffer[] = [streamHeader];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    const block = snappyCompress(bytes.subarray(start, start + blockBytes));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

export function snappyDecompressStream(bytes: Buffer): Buffer {
  const isStream = bytes.subarray(0, magicBytes).equals(streamHeader.subarray(0, magicBytes));
  if (!isStream) return snappyDecompress(bytes);
  const parts: Buffer[] = [];
  for (let start = streamHeader.length; start < bytes.length; ) {
    const end = start + 4 + bytes.readUInt32BE(start);
    if (end > bytes.length) throw new Error('the last block of the snappy stream is incomplete');
    parts.push(snappyDecompress(bytes.subarray(start + 4, end)));
    start = end;
  }
  return Buffer.concat(parts);
}
