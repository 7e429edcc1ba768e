/** How clients connect, as a function reads it from its environment. */
import type {
  Authentication,
  LocalText,
  OAuthClient,
  Sasl,
  StoredSecret,
  Tls,
} from './authentication.ts';
import type { Field } from './field.ts';
import { Secret } from './secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws CONFIGURATION_INVALID naming the field that is missing or of another kind. */
export function readAuthentication(field: Field, environment: Environment): Authentication {
  const tls = field.maybe('tls', (own) => readTls(own, environment));
  const sasl = field.maybe('sasl', (own) => readSasl(own, environment));
  return { ...(tls && { tls }), ...(sasl && { sasl }) };
}

function readTls(field: Field, environment: Environment): Tls {
  const text = textReader(environment);
  const authority = field.maybe('authority', (own) => {
    return storedIn(own) ?? { certificates: text(own.at('certificates')) };
  });
  const certificate = field.maybe('certificate', (own) => {
    return storedIn(own) ?? readKeyStore(own, text);
  });
  return {
    ...(authority && { authority }),
    ...(certificate && { certificate }),
    verifiesHostName: field.at('verifiesHostName').flag(),
  };
}

function readKeyStore(field: Field, text: TextReader): NonNullable<Tls['certificate']> {
  const file = field.maybe('pkcs12', (own) => own.at('file').text());
  if (file !== undefined) {
    const password = field.maybe('password', text);
    return { pkcs12: { file }, ...(password && { password }) };
  }
  const password = field.maybe('privateKeyPassword', text);
  return {
    certificateChain: text(field.at('certificateChain')),
    privateKey: text(field.at('privateKey')),
    ...(password && { privateKeyPassword: password }),
  };
}

function readSasl(field: Field, environment: Environment): Sasl {
  const text = textReader(environment);
  const mechanism = field
    .at('mechanism')
    .oneOf(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER', 'AWS_MSK_IAM']);
  if (mechanism === 'AWS_MSK_IAM') {
    return { mechanism, region: field.at('region').text(), ...textsOf(field, iamNames) };
  }
  const credentials = field.at('credentials');
  if (mechanism === 'OAUTHBEARER') {
    return {
      mechanism,
      credentials: storedIn(credentials) ?? readOAuthClient(credentials, text),
      ...textsOf(field, ['scope']),
      extensions: field.at('extensions').entries((own) => own.text()),
    };
  }
  return {
    mechanism,
    credentials: storedIn(credentials) ?? {
      username: credentials.at('username').text(),
      password: text(credentials.at('password')),
    },
  };
}

const iamNames = ['roleArn', 'roleSessionName'] as const;

function readOAuthClient(field: Field, text: TextReader): OAuthClient {
  return {
    clientId: field.at('clientId').text(),
    clientSecret: text(field.at('clientSecret')),
    tokenEndpointUrl: field.at('tokenEndpointUrl').text(),
  };
}

function textsOf<Name extends string>(
  field: Field,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const present = names.flatMap((name) => {
    const value = field.maybe(name, (own) => own.text());
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(present) as Partial<Record<Name, string>>;
}

function storedIn(field: Field): StoredSecret | undefined {
  return field.maybe('secretArn', (own) => ({ secretArn: own.text() }));
}

type TextReader = (field: Field) => LocalText;

function textReader(environment: Environment): TextReader {
  return (field) => {
    const file = field.maybe('file', (own) => own.text());
    if (file !== undefined) return { file };
    const variable = field.at('variable').text();
    const value = environment[variable];
    if (value === undefined) throw field.at('variable').not(`${variable} set in the environment`);
    return new Secret(value);
  };
}
