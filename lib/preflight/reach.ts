/** The way to one broker, step by step: its name, its port, its certificate, its login. */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { ClusterSettings } from '../config/flow-settings.ts';
import { isMirrorlessError, toMirrorlessError } from '../errors.ts';
import { type ApiRanges, openClusterLook } from '../kafka/cluster-look.ts';
import { causesOf, type Peer } from '../kafka/kafka-errors.ts';
import { addressOf } from '../kafka/network/connections.ts';
import type { BrokerAddress } from '../kafka/protocol/cluster.ts';
import { adviceFor } from '../kafka/security/advice.ts';
import { credentialsOf } from '../kafka/security/credentials.ts';
import { wordsOf } from './check.ts';

export type Attempt<T> = { ok: true; value: T } | { ok: false; reason: string; remedy?: string };

export interface Certificate {
  subject: string;
  issuer: string;
  /** Epoch milliseconds. */
  validUntil: number;
  /** Why it is not trusted, and what to do. */
  problem?: { reason: string; remedy?: string };
}

/** A step is absent where one before it failed, and TLS where there is none. */
export interface ReachedBroker {
  /** `host:port` */
  broker: string;
  /** True where the configuration names it, false where only the cluster does. */
  isBootstrap: boolean;
  dns: Attempt<readonly string[]>;
  tcp?: Attempt<undefined>;
  tls?: Attempt<Certificate>;
  login?: Attempt<ApiRanges>;
}

export interface Reaching {
  cluster: ClusterSettings;
  side: Peer['side'];
  timeoutMs: number;
}

/** Never rejects. */
export async function reachBroker(
  broker: string,
  isBootstrap: boolean,
  reaching: Reaching,
): Promise<ReachedBroker> {
  const { cluster } = reaching;
  const address = addressOf(cluster.alias, broker);
  const reached: ReachedBroker = { broker, isBootstrap, dns: await resolved(address.host) };
  if (!reached.dns.ok) return reached;
  reached.tcp = await opened(address, reaching);
  if (!reached.tcp.ok) return reached;
  if (cluster.authentication?.tls !== undefined) {
    reached.tls = await shaken(address, reaching);
    if (!reached.tls.ok || reached.tls.value.problem !== undefined) return reached;
  }
  reached.login = await loggedIn(broker, reaching);
  return reached;
}

async function resolved(host: string): Promise<Attempt<readonly string[]>> {
  if (isIP(host) !== 0) return { ok: true, value: [host] };
  return attempted(async () => {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  });
}

function opened(address: BrokerAddress, { timeoutMs }: Reaching): Promise<Attempt<undefined>> {
  return attempted(async () => {
    const socket = connectTcp(address);
    await until(socket, 'connect', timeoutMs);
    socket.destroy();
    return undefined;
  });
}

/**
 * Takes any certificate, to be able to show it; nothing is sent. What the clients would say of it is
 * asked of the same authority, and the login that follows trusts no other.
 */
async function shaken(address: BrokerAddress, reaching: Reaching): Promise<Attempt<Certificate>> {
  const { cluster, side, timeoutMs } = reaching;
  const advice = (error: unknown) =>
    adviceFor({ alias: cluster.alias, side }, cluster.authentication, error);
  const shake = async () => {
    const { tls } = await credentialsOf(cluster.authentication!).current();
    const servername = isIP(address.host) === 0 && { servername: address.host };
    const socket = connectTls({ ...address, ...tls, ...servername, rejectUnauthorized: false });
    await until(socket, 'secureConnect', timeoutMs);
    const certificate = certificateOf(socket, advice);
    socket.destroy();
    return certificate;
  };
  return attempted(shake, advice);
}

function certificateOf(
  socket: TLSSocket,
  advice: (error: unknown) => string | undefined,
): Certificate {
  const certificate = socket.getPeerCertificate();
  const shown = {
    subject: nameIn(certificate.subject),
    issuer: nameIn(certificate.issuer),
    validUntil: Date.parse(certificate.valid_to),
  };
  if (socket.authorized) return shown;
  const code = String(socket.authorizationError);
  const remedy = advice(Object.assign(new Error(code), { code }));
  return { ...shown, problem: { reason: code, ...(remedy !== undefined && { remedy }) } };
}

/** `CN=broker, O=shop` */
function nameIn(name: DetailedPeerCertificate['subject'] | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

async function loggedIn(broker: string, reaching: Reaching): Promise<Attempt<ApiRanges>> {
  const { cluster, side, timeoutMs: requestTimeoutMs } = reaching;
  const alone = { ...cluster, bootstrapServers: [broker] };
  const look = openClusterLook({ cluster: alone, side, requestTimeoutMs });
  const peer = { alias: cluster.alias, side };
  try {
    return await attempted(
      () => look.apiVersions(),
      (error) => adviceFor(peer, cluster.authentication, error),
    );
  } finally {
    await look.close();
  }
}

async function until(socket: Socket, event: string, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = new Error(`no answer within ${timeoutMs} ms`);
  const timer = setTimeout(() => socket.destroy(late), timeoutMs);
  socket.once(event, resolve).on('error', reject);
  socket.once('close', () => reject(new Error('the broker closed the connection')));
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function attempted<T>(
  work: () => Promise<T>,
  advice: (error: unknown) => string | undefined = () => undefined,
): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const secret = causesOf(error)
      .filter(isMirrorlessError)
      .find(({ code }) => code === 'SECRET_UNREADABLE');
    if (secret !== undefined) return { ok: false, ...wordsOf(secret) };
    const remedy = advice(error);
    return { ok: false, reason: reasonOf(error), ...(remedy !== undefined && { remedy }) };
  }
}

/** The innermost words: what is around them says where, which the check itself says. */
function reasonOf(error: unknown): string {
  const messages = causesOf(error).map(({ message }) => message);
  return messages.findLast((message) => message !== '') ?? toMirrorlessError(error).message;
}
