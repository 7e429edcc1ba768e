import { createHash } from 'node:crypto';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import {
  type Authentication,
  isStored,
  type OAuthLogin,
  type PasswordLogin,
  type Sasl,
  type Tls,
} from '../../config/authentication.ts';
import { iamCredentials, mskIamToken } from './msk-iam-token.ts';
import { oauthTokens } from './oauth-token.ts';
import { normalizePem } from './pem.ts';
import { readBytes, readStoredSecret, readText, unreadable } from './secret-texts.ts';

/** What clients connect with now, in no client's words. */
export interface Credentials {
  tls?: Pick<ConnectionOptions, 'secureContext' | 'checkServerIdentity'>;
  sasl?: PasswordCredentials | TokenCredentials;
  /** Tells texts apart without showing any. */
  fingerprint: string;
  readAt: number;
}

export interface PasswordCredentials {
  mechanism: PasswordLogin['mechanism'];
  username: string;
  password: string;
}

/** IAM too goes over the wire as OAUTHBEARER. */
export interface TokenCredentials {
  mechanism: 'OAUTHBEARER';
  token(): Promise<string>;
  extensions: Readonly<Record<string, string>>;
}

/** However many connections are refused, what was read less long ago is not read again. */
const rereadMs = 1000;

/** What the clients of one cluster connect with: read once, and again when it is refused. */
export class ClusterCredentials {
  readonly authentication: Authentication;
  #reading: Promise<Credentials> | undefined;

  constructor(authentication: Authentication) {
    this.authentication = authentication;
  }

  /** Throws SECRET_UNREADABLE; the next call then tries again. */
  current(): Promise<Credentials> {
    if (this.#reading === undefined) {
      const reading = read(this.authentication);
      this.#reading = reading;
      reading.catch(() => {
        if (this.#reading === reading) this.#reading = undefined;
      });
    }
    return this.#reading;
  }

  /** After a refusal: others than those, where they were changed meanwhile. Throws as `current`. */
  async renewed(refused: Credentials): Promise<Credentials | undefined> {
    const isOld = Date.now() - refused.readAt > rereadMs;
    if (isOld && (await this.current()) === refused) this.#reading = undefined;
    const renewed = await this.current();
    if (renewed === refused) return undefined;
    // A token from another server may be refused though what it was asked for with is the same.
    const isOther = renewed.fingerprint !== refused.fingerprint;
    return isOther || this.authentication.sasl?.mechanism === 'OAUTHBEARER' ? renewed : undefined;
  }
}

/** Shared by all connections of the process to the cluster. */
export function credentialsOf(authentication: Authentication): ClusterCredentials {
  let credentials = shared.get(authentication);
  if (credentials === undefined) {
    credentials = new ClusterCredentials(authentication);
    shared.set(authentication, credentials);
  }
  return credentials;
}

const shared = new WeakMap<Authentication, ClusterCredentials>();

async function read({ tls, sasl }: Authentication): Promise<Credentials> {
  const [secured, login] = await Promise.all([tls && readTls(tls), sasl && readSasl(sasl)]);
  const hash = createHash('sha256').update(JSON.stringify([secured?.texts, login]));
  return {
    ...(secured && { tls: secured.options }),
    ...(login && { sasl: login }),
    fingerprint: hash.digest('hex'),
    readAt: Date.now(),
  };
}

async function readTls(tls: Tls) {
  const { authority, certificate } = tls;
  const [ca, own] = await Promise.all([
    authority && readAuthority(authority),
    certificate && readCertificate(certificate),
  ]);
  const texts = { ...(ca !== undefined && { ca }), ...own };
  const options: NonNullable<Credentials['tls']> = {
    secureContext: secureContext(texts),
    ...(!tls.verifiesHostName && { checkServerIdentity: () => undefined }),
  };
  return { options, texts };
}

async function readAuthority(authority: NonNullable<Tls['authority']>): Promise<string> {
  if (!isStored(authority)) return pemOf('authority', await readText(authority.certificates));
  const { certificate } = await readStoredSecret(authority.secretArn, ['certificate']);
  return pemOf('authority', certificate);
}

async function readCertificate(
  certificate: NonNullable<Tls['certificate']>,
): Promise<SecureContextOptions> {
  if (isStored(certificate)) {
    const required = ['certificate', 'privateKey'] as const;
    const stored = await readStoredSecret(certificate.secretArn, required);
    const passphrase = stored['privateKeyPassword'];
    return pemOptions(stored.certificate, stored.privateKey, passphrase);
  }
  if ('pkcs12' in certificate) {
    const { pkcs12, password } = certificate;
    const passphrase = password && (await readText(password));
    return { pfx: await readBytes(pkcs12), ...(passphrase !== undefined && { passphrase }) };
  }
  const { certificateChain, privateKey, privateKeyPassword } = certificate;
  const password = privateKeyPassword && (await readText(privateKeyPassword));
  return pemOptions(await readText(certificateChain), await readText(privateKey), password);
}

function pemOptions(cert: string, key: string, passphrase?: string): SecureContextOptions {
  return {
    cert: pemOf('certificate', cert),
    key: pemOf('private key', key),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** Nothing would be taken for the public authorities, or for no certificate at all. */
function pemOf(what: string, text: string): string {
  const pem = normalizePem(text);
  if (pem === '') throw unreadable(`the ${what}`, 'it holds nothing in PEM');
  return pem;
}

/** Made once, not for every connection; what is wrong with a text is said before anybody connects. */
function secureContext(texts: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(texts);
  } catch (cause) {
    const { message } = cause as Error;
    throw unreadable('a certificate, private key or its password', message, cause);
  }
}

async function readSasl(sasl: Sasl): Promise<NonNullable<Credentials['sasl']>> {
  if (sasl.mechanism === 'AWS_MSK_IAM') {
    const own = iamCredentials(sasl);
    const token = async () => mskIamToken(sasl.region, await own());
    return { mechanism: 'OAUTHBEARER', token, extensions: {} };
  }
  return sasl.mechanism === 'OAUTHBEARER' ? readOAuth(sasl) : readPassword(sasl);
}

async function readPassword({
  mechanism,
  credentials,
}: PasswordLogin): Promise<PasswordCredentials> {
  if (isStored(credentials)) {
    const required = ['username', 'password'] as const;
    const { username, password } = await readStoredSecret(credentials.secretArn, required);
    return { mechanism, username, password };
  }
  const { username, password } = credentials;
  return { mechanism, username, password: await readText(password) };
}

async function readOAuth({ credentials, scope, extensions }: OAuthLogin) {
  const client = isStored(credentials)
    ? await readStoredClient(credentials.secretArn)
    : { ...credentials, clientSecret: await readText(credentials.clientSecret) };
  const token = oauthTokens({ ...client, ...(scope !== undefined && { scope }) });
  return { mechanism: 'OAUTHBEARER' as const, token, extensions, client };
}

async function readStoredClient(secretArn: string) {
  const required = ['oauthClientId', 'oauthClientSecret', 'oauthTokenEndpointUrl'] as const;
  const stored = await readStoredSecret(secretArn, required);
  return {
    clientId: stored.oauthClientId,
    clientSecret: stored.oauthClientSecret,
    tokenEndpointUrl: stored.oauthTokenEndpointUrl,
  };
}
