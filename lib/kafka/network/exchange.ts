import type { Socket } from 'node:net';
import { type Api, type Connection, Reader, Writer } from '../protocol/wire.ts';
import { FrameSplitter } from './frame-splitter.ts';

/** The library counts its own requests from 1; up here neither takes the other's answers. */
const firstCorrelationId = 2 ** 30;
const lastCorrelationId = 2 ** 31 - 1;
const lengthBytes = 4;
/** Pieces of a request below this size are joined, so that one write does not carry dozens. */
const joinedBytes = 4096;

/** What a request is rejected with where the connection ended before its answer came. */
export const closed = Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });

interface Waiting {
  take(frame: Buffer): void;
  reject(error: unknown): void;
}

/**
 * Requests and answers on a connection that the library has opened, secured and authenticated. From
 * then on everything is sent from here, because the library's own `send` copies each request once
 * more, and a produce request is megabytes of records. What nobody here waits for is left to it.
 *
 * The bytes of a request must not change before its answer: they go to the socket as they are.
 */
export class Exchange {
  readonly socket: Socket;
  readonly #clientId: string;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = firstCorrelationId;
  #onIdle: (() => void) | undefined;

  constructor(connection: Connection, clientId: string) {
    this.socket = connection.socket;
    this.#clientId = clientId;
    const [library] = this.socket.listeners('data') as ((bytes: Buffer) => void)[];
    const splitter = new FrameSplitter();
    this.socket.removeAllListeners('data');
    this.socket.on('data', (bytes: Buffer) => {
      try {
        for (const frame of splitter.push(bytes)) this.#take(frame) || library?.(frame);
      } catch (error) {
        this.socket.destroy(error as Error);
      }
    });
    this.socket.once('close', () => this.#close());
  }

  /** Rejects with `closed` or with what is wrong with the answer. */
  send<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const id = this.#nextId;
    this.#nextId = id === lastCorrelationId ? firstCorrelationId : id + 1;
    this.#waiting.set(id, { take: (frame) => resolve(readAnswer(api, frame)), reject });
    this.socket.cork();
    for (const piece of piecesOf(this.#clientId, id, api, request)) this.socket.write(piece);
    this.socket.uncork();
    return promise;
  }

  /** Resolves when nothing that was sent waits for its answer any more. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** True where the answer was waited for here. */
  #take(frame: Buffer): boolean {
    const id = frame.readInt32BE(lengthBytes);
    const waiting = this.#waiting.get(id);
    if (!waiting) return false;
    this.#waiting.delete(id);
    try {
      waiting.take(frame);
    } catch (error) {
      waiting.reject(error);
    }
    if (this.#waiting.size === 0) this.#onIdle?.();
    return true;
  }

  #close(): void {
    for (const { reject } of this.#waiting.values()) reject(closed);
    this.#waiting.clear();
    this.#onIdle?.();
  }
}

function readAnswer<Response>(api: Api<never, Response>, frame: Buffer): Response {
  const reader = Reader.from(frame);
  reader.skip(2 * lengthBytes); // length, correlation id
  reader.readTaggedFields();
  return api.read(reader);
}

/** The whole request as the pieces to be written, the records among them as they are. */
function piecesOf<Request>(
  clientId: string,
  correlationId: number,
  api: Api<Request, unknown>,
  request: Request,
): Buffer[] {
  const writer = Writer.create()
    .appendInt16(api.key)
    .appendInt16(api.version)
    .appendInt32(correlationId)
    .appendString(clientId, false)
    .appendTaggedFields();
  api.write(writer, request);
  return joinSmall(writer.prependLength().buffers);
}

function joinSmall(pieces: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const flush = () => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length < joinedBytes) small.push(piece);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}
