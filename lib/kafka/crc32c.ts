import { crc32c as wasmCrc32c } from '@platformatic/wasm-utils/bundled';

/**
 * CRC-32C (Castagnoli) of at least one byte, the checksum of record batches v2, as an unsigned
 * 32-bit number.
 *
 * A table-driven checksum reads 2 GB/s, which would be more than half of the encoder's time. So all
 * but the last bytes of a long input are first folded away, at 17 GB/s, with the checksum unchanged.
 * A checksum is a remainder by the polynomial P = 0x11EDC6F41, and in units of bytes
 *
 *     x^5321 = x^3574 + x^2491 + 1  (mod P)
 *
 * so what stands at one position is worth the same when it is added (XOR) at 1747 = 5321 - 3574,
 * 2830 = 5321 - 2491 and 5321 bytes after it instead. Only the last 5321 bytes have no such place.
 */
export function crc32c(bytes: Uint8Array): number {
  return bytes.length < 2 * reach ? wasmCrc32c(bytes) : wasmCrc32c(foldAll(bytes));
}

/** How far folding carries a byte, hence what it leaves. */
const reach = 5321;

/** A few bytes that have the same checksum, valid until the next call. */
function foldAll(bytes: Uint8Array): Uint8Array {
  let heldBytes = 0;
  for (let position = 0; position < bytes.length; ) {
    const taken = bytes.subarray(position, position + room.length - heldBytes);
    room.set(taken, heldBytes);
    if (position === 0) invertStart();
    position += taken.length;
    const filledBytes = heldBytes + taken.length;
    const foldedBytes = Math.max(0, (filledBytes - reach) & -vectorBytes);
    if (foldedBytes > 0) fold(0, foldedBytes);
    room.copyWithin(0, foldedBytes, filledBytes);
    heldBytes = filledBytes - foldedBytes;
  }
  invertStart();
  return room.subarray(0, heldBytes);
}

/** CRC-32C starts by inverting four bytes: the input's before folding, undone on what is left. */
function invertStart(): void {
  for (let index = 0; index < 4; index += 1) room[index] = ~(room[index] as number);
}

const vectorBytes = 16;

/** The part of WebAssembly that is needed here; the types of Node.js leave it to those of browsers. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

/**
 * The fold as a WebAssembly module of 129 bytes, because JavaScript cannot XOR 16 bytes at once:
 * `fold(start, end)` carries every 16 bytes from `start` to `end` of its memory forward.
 */
const module = new WebAssembly.Module(
  Buffer.from(
    [
      '0061736d 01000000', // magic, version 1
      '01 06 01 60 02 7f 7f 00', // type 0: (i32, i32) -> ()
      '03 02 01 00', // function 0 has type 0
      '05 03 01 00 02', // memory 0: two pages of 64 KiB, fixed by never growing it
      '07 11 02 06 6d656d6f7279 02 00', // export "memory"
      '04 666f6c64 00 00', // export "fold"
      '0a 53 01 51 01 01 7b', // the one body: one local, a v128 `word`
      '03 40', // loop
      '20 00 fd 00 04 00 21 02', // word = [position]
      '20 00 20 02 20 00 fd 00 04 d3 0d fd 51 fd 0b 04 d3 0d', // [position + 1747] ^= word
      '20 00 20 02 20 00 fd 00 04 8e 16 fd 51 fd 0b 04 8e 16', // [position + 2830] ^= word
      '20 00 20 02 20 00 fd 00 04 c9 29 fd 51 fd 0b 04 c9 29', // [position + 5321] ^= word
      '20 00 41 10 6a 22 00 20 01 49 0d 00', // position += 16; again while position < end
      '0b 0b',
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  ),
);
const { memory, fold } = new WebAssembly.Instance(module).exports as {
  memory: { readonly buffer: ArrayBuffer };
  fold: (start: number, end: number) => void;
};
const room = new Uint8Array(memory.buffer);
