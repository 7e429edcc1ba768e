/** A frame is its length in four bytes, then as many bytes, which begin with the correlation id. */
const lengthBytes = 4;
const smallestFrameBytes = lengthBytes + 4;
/** More than a broker answers, less than the first bytes of a TLS record read as a length. */
const largestFrameBytes = 0x14000000;

/** Puts the incoming bytes of a connection together to frames, copying each byte at most once. */
export class FrameSplitter {
  #pieces: Buffer[] = [];
  #heldBytes = 0;
  /** What must be held before there is anything to do. */
  #wantedBytes = lengthBytes;

  /** The frames that are whole now, their lengths in front. Throws where the bytes are no frames. */
  push(bytes: Buffer): Buffer[] {
    this.#pieces.push(bytes);
    this.#heldBytes += bytes.length;
    const frames: Buffer[] = [];
    while (this.#heldBytes >= this.#wantedBytes) {
      const held = this.#join();
      const frameBytes = lengthBytes + held.readUInt32BE(0);
      if (frameBytes < smallestFrameBytes || frameBytes > largestFrameBytes) throw notKafka(held);
      this.#wantedBytes = frameBytes;
      if (held.length >= frameBytes) {
        frames.push(held.subarray(0, frameBytes));
        this.#hold(held.subarray(frameBytes));
      }
    }
    return frames;
  }

  #join(): Buffer {
    const [only, ...more] = this.#pieces;
    if (only && more.length === 0) return only;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  #hold(rest: Buffer): void {
    this.#pieces = rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    this.#wantedBytes = lengthBytes;
  }
}

/** A TLS record begins with its kind, 20 to 23, and the major version 3. */
function notKafka(bytes: Buffer): Error {
  const isTls = bytes[0]! >= 20 && bytes[0]! <= 23 && bytes[1] === 3;
  return isTls
    ? Object.assign(new Error('the broker expects TLS'), { code: 'ERR_TLS_EXPECTED' })
    : Object.assign(new Error('the answer is not Kafka’s protocol'), { code: 'NOT_KAFKA' });
}
