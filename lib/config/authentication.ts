/**
 * How the clients of a cluster connect and who they are: the one value from which the options of
 * both Kafka clients, the access of event source mappings and IAM statements are derived. What is
 * secret in it is named, or a `Secret` that shows itself to nobody.
 */
import type { Secret } from './secret.ts';

export interface Authentication {
  /** Absent where nothing is encrypted. */
  tls?: Tls;
  /** Absent where clients do not log in, or by their certificate alone. */
  sasl?: Sasl;
}

export interface Tls {
  /** Who signs the brokers' certificates; in Secrets Manager `{"certificate"}`. Public where absent. */
  authority?: StoredSecret | { certificates: LocalText };
  /**
   * The client's own, for mutual TLS; in Secrets Manager
   * `{"certificate", "privateKey", "privateKeyPassword"?}`.
   */
  certificate?: StoredSecret | PemKeyStore | Pkcs12KeyStore;
  /** False where the host is not looked for in the broker's certificate. */
  verifiesHostName: boolean;
}

/** In AWS Secrets Manager; read when a connection needs it. */
export interface StoredSecret {
  secretArn: string;
}

/** For this machine alone. A file is read when a connection needs it. */
export type LocalText = Secret | { file: string };

export interface PemKeyStore {
  /** The client's certificate first, then those that sign it. */
  certificateChain: LocalText;
  /** PKCS#8. */
  privateKey: LocalText;
  privateKeyPassword?: LocalText;
}

export interface Pkcs12KeyStore {
  pkcs12: { file: string };
  password?: LocalText;
}

export type Sasl = PasswordLogin | OAuthLogin | IamLogin;

export interface PasswordLogin {
  mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  /** In Secrets Manager `{"username", "password"}`. */
  credentials: StoredSecret | { username: string; password: LocalText };
}

/** A token from an authorization server, by the grant of client credentials. */
export interface OAuthLogin {
  mechanism: 'OAUTHBEARER';
  /** In Secrets Manager `{"oauthClientId", "oauthClientSecret", "oauthTokenEndpointUrl"}`. */
  credentials: StoredSecret | OAuthClient;
  scope?: string;
  /** Told to brokers beside the token; Confluent Cloud asks for `logicalCluster`. */
  extensions: Readonly<Record<string, string>>;
}

export interface OAuthClient {
  clientId: string;
  clientSecret: LocalText;
  tokenEndpointUrl: string;
}

/** A token signed with AWS credentials: those of the function's role, or of a role that it assumes. */
export interface IamLogin {
  mechanism: 'AWS_MSK_IAM';
  region: string;
  /** In the account of the cluster, where that is another one. */
  roleArn?: string;
  roleSessionName?: string;
}

export type LoginKind = 'PLAINTEXT' | 'TLS' | 'mTLS' | Sasl['mechanism'];

/** What brokers would call it: the SASL mechanism, or what TLS alone does. */
export function loginKind({ tls, sasl }: Authentication): LoginKind {
  if (sasl !== undefined) return sasl.mechanism;
  if (tls === undefined) return 'PLAINTEXT';
  return tls.certificate === undefined ? 'TLS' : 'mTLS';
}

export function isStored(credentials: object): credentials is StoredSecret {
  return 'secretArn' in credentials;
}

/** All secrets of Secrets Manager that the clients of a cluster read. */
export function secretArns({ tls, sasl }: Authentication): string[] {
  const credentials = sasl !== undefined && 'credentials' in sasl ? [sasl.credentials] : [];
  const parts = [tls?.authority ?? {}, tls?.certificate ?? {}, ...credentials];
  return [...new Set(parts.filter(isStored).map(({ secretArn }) => secretArn))];
}
