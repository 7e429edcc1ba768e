import type { ClusterSettings } from '../../config/flow-settings.ts';
import { MirrorlessError, toMirrorlessError } from '../../errors.ts';
import { connectionFailed, type Peer } from '../kafka-errors.ts';
import type { BrokerAddress } from '../protocol/cluster.ts';
import type { Api } from '../protocol/wire.ts';
import { credentialsOf } from '../security/credentials.ts';
import {
  BrokerConnection,
  type ConnectionSettings,
  isNoAnswer,
  nameOf,
} from './broker-connection.ts';

export interface ConnectionsOptions {
  cluster: ClusterSettings;
  side: Peer['side'];
  requestTimeoutMs: number;
  /** Told to brokers, for their quotas and logs; `mirrorless` where it is not given. */
  clientId?: string;
}

const largestConnectMs = 5000;
/** However many bootstrap servers share the time of a request, each gets a chance. */
const smallestShareMs = 1000;

/** The connections to a cluster, one per broker, kept across calls. */
export class Connections {
  readonly peer: Peer;
  readonly requestTimeoutMs: number;
  readonly #settings: ConnectionSettings;
  readonly #bootstrap: BrokerAddress[];
  readonly #connections = new Map<string, BrokerConnection>();
  #isClosed = false;

  constructor({ cluster, side, requestTimeoutMs, clientId = 'mirrorless' }: ConnectionsOptions) {
    this.peer = { alias: cluster.alias, side };
    this.requestTimeoutMs = requestTimeoutMs;
    const { authentication } = cluster;
    const servers = cluster.bootstrapServers.map((server) => addressOf(cluster.alias, server));
    // Many functions begin at the same time: not all of them with the first server.
    const first = Math.floor(Math.random() * servers.length);
    this.#bootstrap = [...servers.slice(first), ...servers.slice(0, first)];
    this.#settings = {
      peer: this.peer,
      clientId,
      requestTimeoutMs,
      connectTimeoutMs: Math.min(largestConnectMs, share(requestTimeoutMs, servers.length)),
      ...(authentication && { credentials: credentialsOf(authentication) }),
    };
  }

  to(address: BrokerAddress): BrokerConnection {
    const name = nameOf(address);
    let connection = this.#connections.get(name);
    if (!connection) {
      connection = new BrokerConnection(address, this.#settings);
      this.#connections.set(name, connection);
    }
    return connection;
  }

  /**
   * Asks one broker something that may be asked twice: where the connection breaks before the
   * answer, once more on a new one. Never for Produce.
   */
  async ask<Request, Response>(
    connection: BrokerConnection,
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number = this.requestTimeoutMs,
  ): Promise<Response> {
    if (this.#isClosed) throw connectionFailed(this.peer, `${api.name} after the end`);
    await connection.open();
    try {
      return await connection.send(api, request, timeoutMs);
    } catch (error) {
      if (this.#isClosed || connection.isAlive() || isNoAnswer(toMirrorlessError(error)))
        throw error;
      await connection.open();
      return connection.send(api, request, timeoutMs);
    }
  }

  /** Asks whoever answers first of the brokers connected to, then of the bootstrap servers. */
  async askAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const alive = [...this.#connections.values()].filter((connection) => connection.isAlive());
    const candidates = new Set([...alive, ...this.#bootstrap.map((address) => this.to(address))]);
    const shareMs = share(this.requestTimeoutMs, candidates.size);
    const errors: MirrorlessError[] = [];
    for (const connection of candidates) {
      try {
        return await this.ask(connection, api, request, shareMs);
      } catch (error) {
        errors.push(toMirrorlessError(error));
      }
    }
    throw nobodyAnswered(this.peer, errors);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }
}

function share(timeoutMs: number, servers: number): number {
  return Math.min(timeoutMs, Math.max(smallestShareMs, Math.ceil(timeoutMs / servers)));
}

/** `host:port`, `[v6]:port`; the port is never implied, as in Kafka's own clients. */
export function addressOf(alias: string, server: string): BrokerAddress {
  const match = /^(?:[A-Z_0-9]+:\/\/)?(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(server.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new MirrorlessError(
    'CONFIGURATION_INVALID',
    `${alias}.bootstrap.servers has “${server}”, expected host:port.`,
    { place: { cluster: alias } },
  );
}

function nobodyAnswered(peer: Peer, errors: MirrorlessError[]): MirrorlessError {
  const worst = errors.find(({ code }) => code === 'AUTHENTICATION_FAILED') ?? errors[0];
  const reasons = errors.map(withoutRemedy).join('; ');
  const what = `No broker of cluster ${peer.alias} answered: ${reasons}.`;
  return new MirrorlessError(worst?.code ?? 'INTERNAL', what, {
    cause: new AggregateError(errors, 'every bootstrap server failed'),
    place: { cluster: peer.alias },
  });
}

function withoutRemedy({ message, code }: MirrorlessError): string {
  return message.slice(0, message.lastIndexOf(` [${code}]`)).replace(/\.$/, '');
}
