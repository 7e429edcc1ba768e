/** What to change where a broker, or its certificate, was refused. */
import { type Authentication, isStored, loginKind } from '../../config/authentication.ts';
import { causesOf, type Peer } from '../kafka-errors.ts';

/** Undefined where the cause has nothing to do with certificates or logins. */
export function adviceFor(
  { alias }: Peer,
  authentication: Authentication | undefined,
  cause: unknown,
): string | undefined {
  const text = causesOf(cause).map(labelsOf).join(' ');
  const found = advices.find(([pattern]) => pattern.test(text))?.[1];
  return found?.(alias, authentication ?? {});
}

/** Their codes, and the sentences that have no code of their own. */
function labelsOf(error: Error): string {
  const { code, apiId } = error as { code?: unknown; apiId?: unknown };
  return [code, apiId, error.message].filter((label) => typeof label === 'string').join(' ');
}

type Advice = (alias: string, authentication: Authentication) => string;

const advices: readonly (readonly [RegExp, Advice])[] = [
  [/CERT_HAS_EXPIRED/, () => 'The broker’s certificate has expired: renew it there'],
  [/CERT_NOT_YET_VALID/, () => 'The broker’s certificate is not valid yet: compare the clocks'],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER|CERT_SIGNATURE_FAILURE/,
    (alias, { tls }) =>
      `The broker’s certificate is not signed by ${
        tls?.authority === undefined ? 'a public authority' : 'the authority of the configuration'
      }: set ${alias}.ssl.truststore.certificates or ${alias}.server.root.ca.secret.arn to its own`,
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    () =>
      'The broker’s certificate names other hosts: reach it by one of those names, in ' +
      'bootstrap.servers and in its advertised.listeners',
  ],
  [
    /ALERT_(HANDSHAKE_FAILURE|CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA)|alert number 4[0-8]/,
    refusedCertificate,
  ],
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|verify the broker supports TLS/,
    (alias) => `The port does not speak TLS: correct ${alias}.bootstrap.servers or the protocol`,
  ],
  [
    /Broker requires TLS|the broker expects TLS/,
    (alias) => `The port speaks TLS: set ${alias}.security.protocol to SSL or SASL_SSL`,
  ],
  [
    /UNSUPPORTED_SASL_MECHANISM/,
    (alias, authentication) =>
      `The listener does not offer ${loginKind(authentication)}: correct ${alias}.sasl.mechanism`,
  ],
  [
    /ILLEGAL_SASL_STATE/,
    (alias) => `The listener asks for no login: correct ${alias}.security.protocol or the port`,
  ],
  [/PLT_KFK_AUTHENTICATION|SASL_AUTHENTICATION_FAILED/, refusedLogin],
];

function refusedLogin(alias: string, authentication: Authentication): string {
  const { sasl } = authentication;
  if (sasl?.mechanism === 'AWS_MSK_IAM') {
    const who = sasl.roleArn ?? 'the role of the function';
    return `MSK does not let ${who} in: grant kafka-cluster:Connect on the cluster`;
  }
  if (sasl === undefined) return `Correct the credentials of ${alias}`;
  const { credentials } = sasl;
  if (isStored(credentials)) {
    return `The broker refuses what ${credentials.secretArn} holds: correct it there`;
  }
  const who = 'username' in credentials ? `user ${credentials.username}` : credentials.clientId;
  return `The broker refuses ${who}: correct ${alias}.sasl.jaas.config`;
}

function refusedCertificate(alias: string, { tls }: Authentication): string {
  const certificate = tls?.certificate;
  if (certificate === undefined) {
    const keys = `${alias}.ssl.keystore.certificate.chain and .key`;
    return `The broker asks for a client certificate: set ${keys}, or ${alias}.credentials.secret.arn`;
  }
  const place = isStored(certificate) ? certificate.secretArn : `${alias}.ssl.keystore.*`;
  const why = 'it has expired, or its authority is not one that the broker trusts';
  return `The broker refuses the client certificate of ${place}: ${why}`;
}
