import { crc32c as wasmCrc32c } from '@platformatic/wasm-utils/bundled';

/** CRC-32C (Castagnoli), the checksum of record batches v2, as an unsigned 32-bit number. */
export function crc32c(bytes: Buffer): number {
  return wasmCrc32c(bytes);
}
