import type { MirrorlessError } from '../../errors.ts';
import { connectionFailed, type Peer } from '../kafka-errors.ts';
import type { BrokerAddress } from '../protocol/cluster.ts';
import { type Api, Connection } from '../protocol/wire.ts';
import { afterAwake } from './awake-timer.ts';
import { closed, Exchange } from './exchange.ts';

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

/** The connection to one broker; replaced when it turns out dead, kept while it lives. */
export class BrokerConnection {
  readonly broker: string;
  readonly #address: BrokerAddress;
  readonly #settings: ConnectionSettings;
  #connection: Connection | undefined;
  #exchange: Exchange | undefined;
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
    return this.isAlive() && Date.now() - this.#usedAt < freshMs;
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
   * Sends a request on the open connection; requests are answered in the order of the calls. Their
   * bytes must not change before the answer. Rejects with a MirrorlessError; whether the broker
   * carried the request out is then unknown.
   */
  async send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number = this.#settings.requestTimeoutMs,
  ): Promise<Response> {
    const exchange = this.#exchange;
    if (!exchange || !this.isAlive()) throw this.#failure(api.name);
    let silence: Error | undefined;
    const cancel = afterAwake(timeoutMs, () => {
      silence = noAnswer(`no answer to ${api.name} within ${timeoutMs} ms`);
      exchange.socket.destroy(silence);
    });
    this.#usedAt = Date.now();
    try {
      const answer = await exchange.send(api, request);
      this.#hasAnswered = true;
      return answer;
    } catch (error) {
      throw this.#failure(api.name, silence ?? error);
    } finally {
      cancel();
      this.#usedAt = Date.now();
    }
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  async #open(): Promise<void> {
    if (this.isAlive() && Date.now() - this.#usedAt < replaceAfterMs) {
      await endOfTurn();
      if (this.isAlive()) {
        this.#usedAt = Date.now();
        return;
      }
    }
    this.#connection?.socket?.destroy();
    await this.#connect();
  }

  async #connect(): Promise<void> {
    const { clientId, connectTimeoutMs, peer } = this.#settings;
    const options = { connectTimeout: never, requestTimeout: never };
    const connection = new Connection(clientId, options);
    this.#connection = connection;
    this.#exchange = undefined;
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
      this.#exchange = new Exchange(connection, clientId);
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

  /** True while it stands, as far as seen: an end that has arrived counts at once. */
  isAlive(): boolean {
    const connection = this.#connection;
    if (!connection?.isConnected()) return false;
    const { destroyed, writable, readableEnded } = connection.socket;
    return !destroyed && writable && !readableEnded;
  }

  #failure(api: string, error: unknown = closed): MirrorlessError {
    const { broker } = this;
    const { alias } = this.#settings.peer;
    const hint = this.#hasAnswered ? '' : ' (it has answered nothing: does it expect TLS or SASL?)';
    return connectionFailed(
      this.#settings.peer,
      `${api} failed on ${broker} of cluster ${alias}${hint}`,
      {
        broker,
        cause: error === closed ? (this.#brokenBy ?? closed) : error,
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
