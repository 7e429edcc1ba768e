import type { MirrorlessError } from '../../errors.ts';
import { connectionFailed, type Peer } from '../kafka-errors.ts';
import type { BrokerAddress } from '../protocol/cluster.ts';
import { type Api, Connection, Writer } from '../protocol/wire.ts';
import { afterAwake } from './awake-timer.ts';

export interface ConnectionSettings {
  peer: Peer;
  /** Told to brokers, for their quotas and logs. */
  clientId: string;
  /** Running time that a broker has to answer a request; a freeze of the process does not count. */
  requestTimeoutMs: number;
  connectTimeoutMs: number;
}

/** Unused for longer, the broker may have closed it: looked at before it is used. */
const freshMs = 1000;
/** Unused for longer it is replaced: NAT gateways and load balancers forget it after 350 seconds. */
const replaceAfterMs = 240_000;
/** The largest delay of a Node timer: the library's own timers, which a freeze would trip, never fire. */
const never = 2 ** 31 - 1;
/** A broker keeps the last five batches of a producer and partition to recognise duplicates. */
const maxInflights = 5;

/** The connection to one broker; replaced when it turns out dead, kept while it lives. */
export class BrokerConnection {
  readonly broker: string;
  readonly #address: BrokerAddress;
  readonly #settings: ConnectionSettings;
  #connection: Connection | undefined;
  #opening: { startedAt: number; done: Promise<void> } | undefined;
  #usedAt = 0;
  #hasAnswered = false;
  #brokenBy: unknown;

  constructor(address: BrokerAddress, settings: ConnectionSettings) {
    this.broker = nameOf(address);
    this.#address = address;
    this.#settings = settings;
  }

  /** True where a request may be sent at once. */
  isReady(): boolean {
    return this.#isAlive() && Date.now() - this.#usedAt < freshMs;
  }

  /**
   * Makes it ready: connects where necessary, and finds out first whether a connection that was not
   * used for a while still stands. Rejects with a MirrorlessError.
   */
  open(): Promise<void> {
    if (this.isReady()) return Promise.resolve();
    const { connectTimeoutMs } = this.#settings;
    // An attempt older than any attempt can be was frozen half-way: it is not worth waiting for.
    if (!this.#opening || Date.now() - this.#opening.startedAt > 2 * connectTimeoutMs) {
      const opening = { startedAt: Date.now(), done: this.#open() };
      this.#opening = opening;
      const ended = () => {
        if (this.#opening === opening) this.#opening = undefined;
      };
      opening.done.then(ended, ended);
    }
    return this.#opening.done;
  }

  /**
   * Sends a request on the open connection; requests are answered in the order of the calls. The
   * bytes are taken before it returns. Rejects with a MirrorlessError; whether the broker carried the
   * request out is then unknown.
   */
  send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number = this.#settings.requestTimeoutMs,
  ): Promise<Response> {
    const connection = this.#connection;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    if (!connection || !this.#isAlive()) return Promise.reject(this.#failure(api.name));
    const cancel = afterAwake(timeoutMs, () => {
      const silence = noAnswer(`no answer to ${api.name} within ${timeoutMs} ms`);
      reject(this.#failure(api.name, silence));
      connection.socket.destroy(silence);
    });
    const onAnswer = (error: Error | null, response?: Response) => {
      cancel();
      this.#usedAt = Date.now();
      if (error) reject(this.#failure(api.name, error));
      else {
        this.#hasAnswered = true;
        resolve(response as Response);
      }
    };
    this.#usedAt = Date.now();
    connection.send(
      api.key,
      api.version,
      () => {
        const writer = Writer.create();
        api.write(writer, request);
        return writer;
      },
      (_correlationId, _key, _version, reader) => api.read(reader),
      true,
      true,
      onAnswer,
    );
    return promise;
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  async #open(): Promise<void> {
    if (this.#isAlive() && Date.now() - this.#usedAt < replaceAfterMs) {
      await endOfTurn();
      if (this.#isAlive()) {
        this.#usedAt = Date.now();
        return;
      }
    }
    this.#connection?.socket?.destroy();
    await this.#connect();
  }

  async #connect(): Promise<void> {
    const { clientId, connectTimeoutMs, peer } = this.#settings;
    const options = { connectTimeout: never, requestTimeout: never, maxInflights };
    const connection = new Connection(clientId, options);
    this.#connection = connection;
    this.#hasAnswered = false;
    this.#brokenBy = undefined;
    connection.on('error', (error) => {
      this.#brokenBy = error;
    });
    const cancel = afterAwake(connectTimeoutMs, () => {
      connection.socket.destroy(noAnswer(`no connection within ${connectTimeoutMs} ms`));
    });
    try {
      await connection.connect(this.#address.host, this.#address.port);
      this.#usedAt = Date.now();
    } catch (cause) {
      const { broker } = this;
      throw connectionFailed(peer, `${broker} of cluster ${peer.alias} cannot be reached`, {
        broker,
        cause,
      });
    } finally {
      cancel();
    }
  }

  /** An end that has arrived counts before the library has carried it through. */
  #isAlive(): boolean {
    const connection = this.#connection;
    if (!connection?.isConnected()) return false;
    const { destroyed, writable, readableEnded } = connection.socket;
    return !destroyed && writable && !readableEnded;
  }

  #failure(api: string, error?: Error): MirrorlessError {
    const { broker } = this;
    const { alias } = this.#settings.peer;
    const hint = this.#hasAnswered ? '' : ' (it has answered nothing: does it expect TLS or SASL?)';
    return connectionFailed(
      this.#settings.peer,
      `${api} failed on ${broker} of cluster ${alias}${hint}`,
      {
        broker,
        cause: this.#brokenBy ?? error ?? noAnswer('the connection is closed'),
      },
    );
  }
}

export function nameOf({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True where the time was used up waiting: trying again would take as long once more. */
export function isNoAnswer(error: MirrorlessError): boolean {
  return error.cause instanceof Error && 'code' in error.cause && error.cause.code === noAnswerCode;
}

const noAnswerCode = 'NO_ANSWER';

function noAnswer(message: string): Error {
  return Object.assign(new Error(message), { code: noAnswerCode });
}

/** Lets the event loop read its sockets once: the end of a connection that waits there is seen. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
