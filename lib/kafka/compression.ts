/** The codecs of record batches, in the layouts that Kafka's Java clients and brokers read. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { lz4CompressFrame, lz4DecompressFrame } from './lz4.ts';
import { snappyCompressStream, snappyDecompressStream } from './snappy.ts';

/** In the order of their codes, the lowest three bits of a record batch's attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CompressionType = (typeof compressionTypes)[number];

/** Compresses the records of a batch, which are never without a byte. */
export function compress(type: CompressionType, bytes: Buffer): Buffer {
  return codecs[type].compress(bytes);
}

/** Throws the codec's own error on bytes that it cannot read. */
export function decompress(type: CompressionType, bytes: Buffer): Buffer {
  return codecs[type].decompress(bytes);
}

interface Codec {
  compress: (bytes: Buffer) => Buffer;
  decompress: (bytes: Buffer) => Buffer;
}

/** The default of 16 KiB takes twice as long to decompress a batch of 1 MiB. */
const chunked = { chunkSize: 64 * 1024 };

/** Levels are the codecs' defaults, which are those of Kafka's Java producer too. */
const codecs: Record<CompressionType, Codec> = {
  none: {
    compress: (bytes) => bytes,
    decompress: (bytes) => bytes,
  },
  gzip: {
    compress: (bytes) => gzipSync(bytes, chunked),
    decompress: (bytes) => gunzipSync(bytes, chunked),
  },
  snappy: {
    compress: snappyCompressStream,
    decompress: snappyDecompressStream,
  },
  lz4: {
    compress: lz4CompressFrame,
    decompress: lz4DecompressFrame,
  },
  zstd: {
    compress: (bytes) => zstdCompressSync(bytes, chunked),
    decompress: (bytes) => zstdDecompressSync(bytes, chunked),
  },
};
