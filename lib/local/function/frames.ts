/**
 * What the host and an execution environment say to each other over one socket: frames of a
 * little-endian length and that many bytes. An invocation is two frames, its context (JSON) and the
 * event (JSON text of ASCII only, so that bytes and characters are the same); an answer is one.
 */
export interface InvocationHeader {
  requestId: string;
  /** Epoch milliseconds at which the environment is killed. */
  deadline: number;
}

/** What the handler threw, or what stopped it from being loaded. */
export interface FunctionFault {
  errorType: string;
  errorMessage: string;
  stack?: string;
  /** Where the handler threw an error of the project. */
  code?: string;
  retriable?: boolean;
}

export type Answer = { ok: true; value: unknown } | { ok: false; fault: FunctionFault };

export const frameLengthBytes = 4;

/** The length prefix of a frame. */
export function frameLength(sizeBytes: number): Buffer {
  const prefix = Buffer.allocUnsafe(frameLengthBytes);
  prefix.writeUInt32LE(sizeBytes);
  return prefix;
}

/** A frame of JSON text, ready to be written. */
export function jsonFrame(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([frameLength(text.length), text]);
}

/** Puts together the answers that arrive in pieces. */
export class AnswerReader {
  #pieces: Buffer[] = [];
  #sizeBytes = 0;

  /** Returns the answer once its last piece is there. */
  push(piece: Buffer): Answer | undefined {
    this.#pieces.push(piece);
    this.#sizeBytes += piece.length;
    if (this.#sizeBytes < frameLengthBytes) return undefined;
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces);
    const end = frameLengthBytes + bytes.readUInt32LE(0);
    if (bytes.length < end) {
      this.#pieces = [bytes];
      return undefined;
    }
    this.#pieces = [];
    this.#sizeBytes = 0;
    return JSON.parse(bytes.toString('utf8', frameLengthBytes, end)) as Answer;
  }
}
