/** How the connections of the data plane are secured and let in. */
import { isIP } from 'node:net';
import { type ConnectionOptions, sasl as mechanisms, type SaslOptions } from '../protocol/wire.ts';
import type { Credentials } from './credentials.ts';

/** When a broker wants to see credentials again (KIP-368); 0 where it never does. */
export interface Session {
  lifetimeMs: number;
}

/** `session` is filled in when the broker has let the connection in. */
export function secured(
  { tls, sasl }: Credentials,
  host: string,
  session: Session,
): Pick<ConnectionOptions, 'tls' | 'tlsServerName' | 'sasl'> {
  return {
    ...(tls && { tls }),
    // A name for the broker to choose its certificate by; addresses are none (RFC 6066).
    ...(tls && isIP(host) === 0 && { tlsServerName: host }),
    ...(sasl && { sasl: saslOptions(sasl, session) }),
  };
}

/**
 * The library would authenticate again on the same connection, during which nothing may be sent and
 * nobody else may log in. It is told of no session's end: the connection is replaced in time instead.
 */
function saslOptions(login: NonNullable<Credentials['sasl']>, session: Session): SaslOptions {
  const { mechanism } = login;
  return {
    mechanism,
    authenticate(_mechanism, connection, send, _username, _password, _token, callback) {
      const done: typeof callback = (error, response) => {
        const refusal = error ?? refusedToken(login, response?.authBytes);
        if (refusal || !response) {
          callback(refusal ?? new Error('no answer to a login'));
          return;
        }
        session.lifetimeMs = Number(response.sessionLifetimeMs);
        callback(null, { ...response, sessionLifetimeMs: 0n });
      };
      if (login.mechanism === 'OAUTHBEARER') {
        const { token, extensions } = login;
        mechanisms.oauthBearer.authenticate(send, connection, token, extensions, done);
      } else if (login.mechanism === 'PLAIN') {
        mechanisms.plain.authenticate(send, connection, login.username, login.password, done);
      } else {
        const hash = login.mechanism === 'SCRAM-SHA-256' ? 'SHA-256' : 'SHA-512';
        const { defaultCrypto } = mechanisms.scram;
        mechanisms.scram.authenticate(
          send,
          connection,
          hash,
          login.username,
          login.password,
          defaultCrypto,
          done,
        );
      }
    },
  };
}

/** A broker answers a token that it refuses without an error, with why (RFC 7628, 3.2.2). */
function refusedToken(
  { mechanism }: NonNullable<Credentials['sasl']>,
  authBytes: Buffer | null | undefined,
): Error | undefined {
  if (mechanism !== 'OAUTHBEARER' || !authBytes || authBytes.length === 0) return undefined;
  const status = /"status"\s*:\s*"([\w -]{1,60})"/.exec(authBytes.toString('utf8'))?.[1];
  const error = new Error(`the broker refused the token: ${status ?? 'it does not say why'}`);
  return Object.assign(error, { code: 'PLT_KFK_AUTHENTICATION' });
}
