import { loginKind } from '../../config/authentication.ts';
import { isMirrorlessError, type MirrorlessError } from '../../errors.ts';
import { causesOf, connectionFailed, type Peer } from '../kafka-errors.ts';
import type { BrokerAddress } from '../protocol/cluster.ts';
import { type Api, Connection } from '../protocol/wire.ts';
import { adviceFor } from '../security/advice.ts';
import type { ClusterCredentials, Credentials } from '../security/credentials.ts';
import { secured } from '../security/login.ts';
import { afterAwake } from './awake-timer.ts';
import { BackOff } from './back-off.ts';
import { closed, Exchange } from './exchange.ts';

export interface ConnectionSettings {
  peer: Peer;
  /** Told to brokers, for their quotas and logs. */
  clientId: string;
  /** Running time that a broker has to answer a request; a freeze of the process does not count. */
  requestTimeoutMs: number;
  connectTimeoutMs: number;
  /** Absent where nothing is encrypted and nobody logs in. */
  credentials?: ClusterCredentials;
}

/** Unused for longer, the broker may have closed it: looked at before it is used. */
const freshMs = 1000;
/** Unused for longer it is replaced: NAT gateways and load balancers forget it after 350 seconds. */
const replaceAfterMs = 240_000;
/** Of the time until a broker wants to see credentials again, what is left to replace it in. */
const sessionShare = 0.8;
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
  /** What the connection was opened with, and what the broker has refused. */
  #used: Credentials | undefined;
  #refused: Credentials | undefined;
  /** When the broker would end it, less a margin. */
  #sessionEndsAt = Number.POSITIVE_INFINITY;
  readonly #backOff = new BackOff();

  constructor(address: BrokerAddress, settings: ConnectionSettings) {
    this.broker = nameOf(address);
    this.#address = address;
    this.#settings = settings;
  }

  /** True where a request may be sent at once. */
  isReady(): boolean {
    const now = Date.now();
    return this.isAlive() && now - this.#usedAt < freshMs && now < this.#sessionEndsAt;
  }

  /**
   * Makes it ready: connects where necessary, and finds out first whether a connection that was not
   * used for a while still stands. One whose session ends is replaced when everything that was sent
   * on it is answered. Rejects with a MirrorlessError.
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
    if (this.isAlive() && Date.now() >= this.#sessionEndsAt) await this.#exchange?.idle();
    else if (this.isAlive() && Date.now() - this.#usedAt < replaceAfterMs) {
      await endOfTurn();
      if (this.isAlive()) {
        this.#usedAt = Date.now();
        return;
      }
    }
    this.#connection?.socket?.destroy();
    await this.#backOff.wait();
    try {
      await this.#connect();
      this.#backOff.succeeded();
    } catch (error) {
      this.#backOff.failed();
      throw error;
    }
  }

  /** What was refused is read again, in case that it was changed, and tried once more. */
  async #connect(): Promise<void> {
    const { credentials } = this.#settings;
    const renewed = this.#refused && (await credentials?.renewed(this.#refused));
    try {
      await this.#connectWith(renewed ?? (await credentials?.current()));
    } catch (error) {
      const again = this.#refused && (await credentials?.renewed(this.#refused));
      if (again === undefined) throw error;
      await this.#connectWith(again);
    }
  }

  async #connectWith(credentials: Credentials | undefined): Promise<void> {
    const { clientId, connectTimeoutMs } = this.#settings;
    const { host, port } = this.#address;
    const session = { lifetimeMs: 0 };
    const connection = new Connection(clientId, {
      connectTimeout: never,
      requestTimeout: never,
      ...(credentials && secured(credentials, host, session)),
    });
    this.#connection = connection;
    this.#exchange = undefined;
    this.#hasAnswered = false;
    this.#brokenBy = undefined;
    this.#used = credentials;
    connection.on('error', (error) => {
      this.#brokenBy = error;
    });
    const cancel = afterAwake(connectTimeoutMs, () => {
      connection.socket.destroy(noAnswer(`no connection within ${connectTimeoutMs} ms`));
    });
    try {
      const connectedAt = Date.now();
      await connection.connect(host, port);
      this.#exchange = new Exchange(connection, clientId);
      this.#usedAt = Date.now();
      this.#refused = undefined;
      this.#sessionEndsAt =
        session.lifetimeMs > 0
          ? connectedAt + session.lifetimeMs * sessionShare
          : Number.POSITIVE_INFINITY;
    } catch (cause) {
      connection.socket?.destroy();
      throw this.#failed(`${this.#name()} cannot be reached${this.#byLogin()}`, cause);
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
    const cause = error === closed ? (this.#brokenBy ?? closed) : error;
    const isSilent = !this.#hasAnswered && !this.#advice(cause);
    const hint = isSilent ? ` (it has answered nothing${this.#expectation()})` : '';
    return this.#failed(`${api} failed on ${this.#name()}${this.#byLogin()}${hint}`, cause);
  }

  #failed(what: string, cause: unknown): MirrorlessError {
    const { peer } = this.#settings;
    // What is ours already says what to do: a secret that cannot be read.
    const own = causesOf(cause).find(isMirrorlessError);
    if (own !== undefined) return own;
    const advice = this.#advice(cause);
    const error = connectionFailed(peer, what, { broker: this.broker, cause, advice });
    if (error.code === 'AUTHENTICATION_FAILED') this.#refused = this.#used;
    return error;
  }

  #advice(cause: unknown): string | undefined {
    const { peer, credentials } = this.#settings;
    return adviceFor(peer, credentials?.authentication, cause);
  }

  #name(): string {
    const { alias, side } = this.#settings.peer;
    const { credentials } = this.#settings;
    return `${this.broker} of ${credentials === undefined ? '' : `${side} `}cluster ${alias}`;
  }

  #byLogin(): string {
    const { credentials } = this.#settings;
    return credentials === undefined ? '' : ` by ${loginKind(credentials.authentication)}`;
  }

  #expectation(): string {
    const kind = loginKind(this.#settings.credentials?.authentication ?? {});
    if (kind === 'PLAINTEXT') return ': does it expect TLS or SASL?';
    if (kind === 'TLS') return ': does it expect SASL or a client certificate?';
    return kind === 'mTLS' ? ': does it expect SASL?' : '';
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
