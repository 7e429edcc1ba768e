/** `sasl.*`: who clients are, by which mechanism. */
import type { OAuthLogin, PasswordLogin, Sasl } from '../authentication.ts';
import type { AwsTerms } from './authentication.ts';
import { type Jaas, parseJaas } from './jaas.ts';
import type { SecurityReader } from './security-reader.ts';

const jaasKey = 'sasl.jaas.config';
const mechanismKey = 'sasl.mechanism';
const loginHandlerKey = 'sasl.login.callback.handler.class';

const passwordMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const mechanisms: readonly Sasl['mechanism'][] = [
  ...passwordMechanisms,
  'OAUTHBEARER',
  'AWS_MSK_IAM',
];

/** Undefined where it is a problem, which is reported. */
export function readSasl(reader: SecurityReader, aws: AwsTerms, hasTls: boolean): Sasl | undefined {
  // Kafka's own default is GSSAPI.
  const fallback = aws.credentialsSecretArn === undefined ? 'GSSAPI' : 'SCRAM-SHA-512';
  const written = reader.text(mechanismKey) ?? fallback;
  const mechanism = mechanisms.find((known) => known === written);
  if (mechanism === undefined) {
    reader.problem(mechanismKey, `one of ${mechanisms.join(', ')}`, written);
    return undefined;
  }
  const jaas = readJaas(reader);
  const isIam = mechanism === 'AWS_MSK_IAM' || isIamHandler(reader);
  if (isIam) return iam(reader, aws, jaas, hasTls);
  if (mechanism === 'OAUTHBEARER') return oauth(reader, aws, jaas);
  if (mechanism === 'PLAIN' && !hasTls) {
    reader.warn(mechanismKey, 'the password crosses the network readable; use SASL_SSL');
  }
  return password(reader, aws, { mechanism: mechanism as PasswordLogin['mechanism'], jaas });
}

/** Undefined where it is absent, or no such text. */
function readJaas(reader: SecurityReader): Jaas | undefined {
  const written = reader.written(jaasKey);
  if (written === undefined) return undefined;
  const jaas = parseJaas(written);
  if (jaas === undefined) reader.problem(jaasKey, 'LoginModule required name="value" … ;');
  return jaas;
}

function password(
  reader: SecurityReader,
  aws: AwsTerms,
  { mechanism, jaas }: { mechanism: PasswordLogin['mechanism']; jaas: Jaas | undefined },
): PasswordLogin | undefined {
  const secretArn = aws.credentialsSecretArn;
  if (secretArn !== undefined) {
    if (jaas !== undefined) reader.warn(jaasKey, 'no effect: `credentials.secret.arn` counts');
    return { mechanism, credentials: { secretArn } };
  }
  const module = mechanism === 'PLAIN' ? 'PlainLoginModule' : 'ScramLoginModule';
  const { username, password: word } = jaas?.options ?? {};
  if (jaas?.module !== module || username === undefined || word === undefined) {
    const expected = `${module} required username="…" password="…"; or \`credentials.secret.arn\``;
    if (jaas !== undefined || !reader.has(jaasKey)) reader.problem(jaasKey, expected);
    return undefined;
  }
  return {
    mechanism,
    credentials: {
      username: reader.resolve(jaasKey, username),
      password: reader.resolvedSecret(jaasKey, word),
    },
  };
}

/** OAUTHBEARER as Kafka’s own callback handler does it, by its option names before and since 4.1. */
function oauth(reader: SecurityReader, aws: AwsTerms, jaas?: Jaas): OAuthLogin | undefined {
  const handler = reader.text(loginHandlerKey);
  if (handler !== undefined && !/\.OAuthBearerLoginCallbackHandler$/.test(handler)) {
    const expected = 'OAuthBearerLoginCallbackHandler or IAMOAuthBearerLoginCallbackHandler';
    reader.problem(loginHandlerKey, `${expected}: other Java classes cannot run here`);
    return undefined;
  }
  const prefix = 'sasl.oauthbearer.client.credentials.client';
  const option = (name: string) => {
    const written = jaas?.options[name];
    return written === undefined ? undefined : reader.resolve(jaasKey, written);
  };
  const scope = reader.text('sasl.oauthbearer.scope') ?? option('scope');
  const extensions = Object.keys(jaas?.options ?? {}).flatMap((name) => {
    const key = /^extension_(.+)$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, option(name) ?? '']];
  });
  const rest = {
    ...(scope !== undefined && { scope }),
    extensions: Object.fromEntries(extensions) as Record<string, string>,
  };
  const mechanism = 'OAUTHBEARER';
  if (aws.credentialsSecretArn !== undefined) {
    return { mechanism, credentials: { secretArn: aws.credentialsSecretArn }, ...rest };
  }
  const clientId = reader.text(`${prefix}.id`) ?? option('clientId');
  const written = jaas?.options['clientSecret'];
  const clientSecret =
    reader.secret(`${prefix}.secret`) ??
    (written === undefined ? undefined : reader.resolvedSecret(jaasKey, written));
  const endpointKey = 'sasl.oauthbearer.token.endpoint.url';
  const tokenEndpointUrl = reader.text(endpointKey);
  if (tokenEndpointUrl === undefined) reader.problem(endpointKey, 'the URL that gives tokens');
  if (clientId === undefined || clientSecret === undefined) {
    const expected = `\`${prefix}.id\` and \`.secret\`, or \`credentials.secret.arn\``;
    reader.problem(
      jaasKey,
      `OAuthBearerLoginModule required clientId="…" clientSecret="…"; ${expected}`,
    );
  }
  if (!clientId || !clientSecret || tokenEndpointUrl === undefined) return undefined;
  return { mechanism, credentials: { clientId, clientSecret, tokenEndpointUrl }, ...rest };
}

function isIamHandler(reader: SecurityReader): boolean {
  return reader.has(loginHandlerKey)
    ? /\.IAMOAuthBearerLoginCallbackHandler$/.test(reader.text(loginHandlerKey) ?? '')
    : false;
}

/** aws-msk-iam-auth's options; credentials and profile are found where the AWS SDK looks. */
function iam(
  reader: SecurityReader,
  aws: AwsTerms,
  jaas: Jaas | undefined,
  hasTls: boolean,
): Sasl | undefined {
  reader.text(loginHandlerKey);
  reader.text('sasl.client.callback.handler.class');
  if (!hasTls) reader.problem('security.protocol', 'SASL_SSL: IAM needs TLS');
  const option = (name: string) => {
    const written = jaas?.options[name];
    return written === undefined ? undefined : reader.resolve(jaasKey, written);
  };
  if (option('awsProfileName') !== undefined) {
    reader.problem(jaasKey, 'no awsProfileName: set AWS_PROFILE in the environment');
  }
  if (aws.credentialsSecretArn !== undefined) {
    reader.warn('credentials.secret.arn', 'no effect: IAM logs in with the role of the function');
  }
  const region = regionOf(reader, aws) ?? option('awsStsRegion');
  // A wrong ARN is a problem already.
  if (region === undefined && !reader.has('msk.cluster.arn')) {
    const expected =
      'the region of the cluster, its `msk.cluster.arn`, or AWS_REGION set: IAM needs it';
    reader.problem('aws.region', expected, 'nothing');
  }
  const [roleArn, roleSessionName] = [option('awsRoleArn'), option('awsRoleSessionName')];
  if (roleArn !== undefined && !/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    reader.problem(jaasKey, 'awsRoleArn with the ARN of an IAM role');
  }
  return {
    mechanism: 'AWS_MSK_IAM',
    region: region ?? '',
    ...(roleArn !== undefined && { roleArn }),
    ...(roleSessionName !== undefined && { roleSessionName }),
  };
}

/** Of the cluster: a token that is signed for another region is refused. */
function regionOf(reader: SecurityReader, { region, bootstrapServers }: AwsTerms) {
  const ofHost = /\.(?:kafka|kafka-serverless)\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?:/;
  const [server] = bootstrapServers.flatMap((each) => ofHost.exec(each)?.[1] ?? []);
  return region ?? server ?? reader.variable('AWS_REGION') ?? reader.variable('AWS_DEFAULT_REGION');
}
