/** Which kind of login works where: the mappings, the checks before a deployment and the README. */
import type { SourceAccessType } from '../aws/mappings.ts';
import type { LoginKind } from './authentication.ts';

/** What a mapping is given beside the authority: nothing, a type of access, or why it cannot be. */
export type MappingLogin = 'nothing' | SourceAccessType | { refused: string };

interface Kind {
  /** How it is configured, in Kafka's words. */
  settings: string;
  /** Of an MSK cluster. */
  msk: MappingLogin;
  selfManaged: MappingLogin;
}

const notOnMsk = { refused: 'MSK knows it not' };

export const loginKinds: Readonly<Record<LoginKind, Kind>> = {
  PLAINTEXT: { settings: '`PLAINTEXT`', msk: 'nothing', selfManaged: 'nothing' },
  TLS: { settings: '`SSL`', msk: 'nothing', selfManaged: 'nothing' },
  mTLS: {
    settings: '`SSL`, `ssl.keystore.*`',
    msk: 'CLIENT_CERTIFICATE_TLS_AUTH',
    selfManaged: 'CLIENT_CERTIFICATE_TLS_AUTH',
  },
  PLAIN: { settings: '`SASL_SSL`, `PLAIN`', msk: notOnMsk, selfManaged: 'BASIC_AUTH' },
  'SCRAM-SHA-256': {
    settings: '`SASL_SSL`, `SCRAM-SHA-256`',
    msk: notOnMsk,
    selfManaged: 'SASL_SCRAM_256_AUTH',
  },
  'SCRAM-SHA-512': {
    settings: '`SASL_SSL`, `SCRAM-SHA-512`',
    msk: 'SASL_SCRAM_512_AUTH',
    selfManaged: 'SASL_SCRAM_512_AUTH',
  },
  OAUTHBEARER: {
    settings: '`SASL_SSL`, `OAUTHBEARER`',
    msk: notOnMsk,
    selfManaged: 'OAUTHBEARER_AUTH',
  },
  AWS_MSK_IAM: {
    settings: '`SASL_SSL`, `AWS_MSK_IAM`',
    msk: 'nothing',
    selfManaged: { refused: 'its permissions name an MSK cluster' },
  },
};

/** For the README. */
export function renderLoginKinds(): string {
  const cell = (login: MappingLogin) => {
    if (login === 'nothing') return 'yes';
    return typeof login === 'string' ? `\`${login}\`` : `no: ${login.refused}`;
  };
  return [
    '| Kind | `security.protocol`, `sasl.mechanism` | Client | Mapping of MSK | Mapping of any Kafka |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(loginKinds).map(
      ([kind, { settings, msk, selfManaged }]) =>
        `| ${kind} | ${settings} | yes | ${cell(msk)} | ${cell(selfManaged)} |`,
    ),
  ].join('\n');
}
