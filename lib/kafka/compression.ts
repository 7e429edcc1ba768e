/** The codecs of record batches, in the layouts that Kafka's Java clients and brokers read. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  lz4Compress,
  lz4Decompress,
  snappyCompress,
  snappyDecompress,
} from '@platformatic/wasm-utils/bundled';

/** In the order of their codes: the lowest three bits of a record batch's attributes. */
export const compressionTypes = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type CompressionType = (typeof compressionTypes)[number];

type Codec = (bytes: Buffer) => Buffer;

export function compress(type: CompressionType, bytes: Buffer): Buffer {
  return compressors[type](bytes);
}

/** Throws whatever the codec throws on bytes that it did not write. */
export function decompress(type: CompressionType, bytes: Buffer): Buffer {
  return decompressors[type](bytes);
}

const compressors: Record<CompressionType, Codec> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  snappy: snappyCompress,
  lz4: lz4Compress,
  zstd: (bytes) => zstdCompressSync(bytes),
};

const decompressors: Record<CompressionType, Codec> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes),
  snappy: snappyDecompress,
  lz4: lz4Decompress,
  zstd: (bytes) => zstdDecompressSync(bytes),
};
