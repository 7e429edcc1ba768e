/** A token by the grant of client credentials (RFC 6749, 4.4), kept until shortly before it expires. */
import { unreadable } from './secret-texts.ts';

export interface OAuthCredentials {
  clientId: string;
  clientSecret: string;
  tokenEndpointUrl: string;
  scope?: string;
}

const timeoutMs = 5000;
/** Kafka's `sasl.login.refresh.window.factor`. */
const usedShare = 0.8;

export function oauthTokens(credentials: OAuthCredentials): () => Promise<string> {
  let kept: { token: string; until: number } | undefined;
  return async () => {
    if (kept === undefined || Date.now() > kept.until) {
      const { token, expiresInSeconds } = await request(credentials);
      kept = { token, until: Date.now() + expiresInSeconds * 1000 * usedShare };
    }
    return kept.token;
  };
}

/** Nothing of the request or the answer is shown: both hold secrets. */
async function request({ clientId, clientSecret, tokenEndpointUrl, scope }: OAuthCredentials) {
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) body.set('scope', scope);
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  let answer: Response;
  try {
    answer = await fetch(tokenEndpointUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, accept: 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : new Error(String(cause));
    throw unreadable(`the token endpoint ${tokenEndpointUrl}`, message, cause);
  }
  const fields = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const { access_token: token, expires_in: seconds = 300 } = fields;
  if (answer.ok && typeof token === 'string') return { token, expiresInSeconds: Number(seconds) };
  const why = typeof fields['error'] === 'string' ? `, ${fields['error']}` : '';
  const reason = `it answered ${answer.status}${why} to client ${clientId}`;
  throw unreadable(`the token endpoint ${tokenEndpointUrl}`, reason);
}
