/**
 * LZ4 frames as record batches carry them. They are cut and joined here, so that the codec in
 * WebAssembly sees one block at a time: its memory never shrinks, and grows with its largest input.
 * Source of the format: the LZ4 frame format description, versions 1.5 and later.
 */
import { lz4Compress, lz4Decompress } from '@platformatic/wasm-utils/bundled';

/**
 * Headers of frames of independent blocks of 64 KiB to 4 MiB, without content size and checksums:
 * magic, flags, block size, header checksum. Kafka's Java client writes the first and reads all.
 */
const frameHeaders = ['60 40 82', '60 50 fb', '60 60 51', '60 70 73'].map((descriptor) =>
  Buffer.from(`04224d18${descriptor.replaceAll(' ', '')}`, 'hex'),
);
const blockBytes = 64 * 1024;
const headerBytes = 7;
const endMark = Buffer.alloc(4);

export function lz4CompressFrame(bytes: Buffer): Buffer {
  const parts: Buffer[] = [frameHeaders[0] as Buffer];
  for (let start = 0; start < bytes.length; start += blockBytes) {
    // A frame of its own, whose header and end mark are those of the whole.
    const frame = lz4Compress(bytes.subarray(start, start + blockBytes));
    parts.push(frame.subarray(headerBytes, -endMark.length));
  }
  parts.push(endMark);
  return Buffer.concat(parts);
}

const magic = 0x184d2204;
const independentBlocksFlag = 0x20;
const blockChecksumFlag = 0x10;
const contentSizeFlag = 0x08;
const storedFlag = 0x80000000;

/** Checksums within the frame are not looked at: that of the record batch covers them. */
export function lz4DecompressFrame(bytes: Buffer): Buffer {
  const flags = bytes.readUInt8(4);
  const header = frameHeaders[(bytes.readUInt8(5) >> 4) - 4];
  const isReadable = bytes.readUInt32LE(0) === magic && (flags & independentBlocksFlag) !== 0;
  if (header === undefined || !isReadable) {
    throw new Error('not an LZ4 frame of independent blocks');
  }
  const checksumBytes = flags & blockChecksumFlag ? 4 : 0;
  const parts: Buffer[] = [];
  let start = headerBytes + (flags & contentSizeFlag ? 8 : 0);
  for (let size = bytes.readUInt32LE(start); size !== 0; size = bytes.readUInt32LE(start)) {
    const end = start + 4 + (size & ~storedFlag);
    if (end > bytes.length) throw new Error('the last block of the LZ4 frame is incomplete');
    const block = bytes.subarray(start, end);
    parts.push(
      size & storedFlag
        ? block.subarray(4)
        : lz4Decompress(Buffer.concat([header, block, endMark])),
    );
    start = end + checksumBytes;
  }
  return Buffer.concat(parts);
}
