import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loginKind } from '../../../../lib/config/authentication.ts';
import { Secret } from '../../../../lib/config/secret.ts';
import { clusterOf, loadCluster, mskArn, secretArn } from '../authentications.ts';

const problems = (lines: string[], environment: Record<string, string> = {}) =>
  (loadCluster(lines, environment).problems ?? []).map(
    ({ key, expected }) => `${key}: ${expected}`,
  );
const warnings = (lines: string[]) =>
  loadCluster(lines).warnings.map(({ key, reason }) => `${key}: ${reason}`);
const authenticationOf = (lines: string[], environment: Record<string, string> = {}) =>
  clusterOf(lines, environment).authentication;
const environment = { WORD: 'hunter2' };
const word = '$'.concat('{env:WORD}');
const saslSsl = 'security.protocol: SASL_SSL';
const verified = { verifiesHostName: true };

describe('in Kafka’s terms clients connect', () => {
  it('without anything where nothing is said', () => {
    assert.deepEqual(authenticationOf([]), {});
  });

  it('by a password, of any mechanism that has one', () => {
    for (const [mechanism, module] of [
      ['PLAIN', 'org.apache.kafka.common.security.plain.PlainLoginModule'],
      ['SCRAM-SHA-256', 'org.apache.kafka.common.security.scram.ScramLoginModule'],
      ['SCRAM-SHA-512', 'ScramLoginModule'],
    ]) {
      const jaas = `sasl.jaas.config: ${module} required username="me" password="${word}";`;
      const lines = [saslSsl, `sasl.mechanism: ${mechanism}`, jaas];
      assert.deepEqual(authenticationOf(lines, environment), {
        tls: verified,
        sasl: { mechanism, credentials: { username: 'me', password: new Secret('hunter2') } },
      });
    }
  });

  it('by certificates in PEM, written here or in files', () => {
    const inline = [
      'security.protocol: ssl',
      'ssl.truststore.type: PEM',
      'ssl.truststore.certificates: authority',
      'ssl.keystore.type: PEM',
      'ssl.keystore.certificate.chain: chain',
      `ssl.keystore.key: ${word}`,
      `ssl.key.password: ${word}`,
    ];
    const secret = new Secret('hunter2');
    const { tls } = authenticationOf(inline, environment);
    assert.deepEqual(tls, {
      authority: { certificates: new Secret('authority') },
      certificate: {
        certificateChain: new Secret('chain'),
        privateKey: secret,
        privateKeyPassword: secret,
      },
      ...verified,
    });
    const files = [
      'security.protocol: SSL',
      'ssl.truststore: { type: PEM, location: ca.pem }',
      'ssl.keystore: { type: PEM, location: client.pem }',
    ];
    assert.deepEqual(authenticationOf(files).tls, {
      authority: { certificates: { file: 'ca.pem' } },
      certificate: { certificateChain: { file: 'client.pem' }, privateKey: { file: 'client.pem' } },
      ...verified,
    });
  });

  it('by a token of an authorization server', () => {
    const lines = [
      saslSsl,
      'sasl.mechanism: OAUTHBEARER',
      'sasl.login.callback.handler.class: org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler',
      'sasl.oauthbearer.token.endpoint.url: https://login.example/token',
      `sasl.jaas.config: OAuthBearerLoginModule required clientId="me" clientSecret="${word}" scope="kafka" extension_logicalCluster="lkc-1";`,
    ];
    assert.deepEqual(authenticationOf(lines, environment).sasl, {
      mechanism: 'OAUTHBEARER',
      credentials: {
        clientId: 'me',
        clientSecret: new Secret('hunter2'),
        tokenEndpointUrl: 'https://login.example/token',
      },
      scope: 'kafka',
      extensions: { logicalCluster: 'lkc-1' },
    });
  });

  it('by IAM, in the region of the cluster, or as another role', () => {
    const iam = ['sasl.mechanism: AWS_MSK_IAM'];
    const sasl = (lines: string[], variables = {}) => authenticationOf(lines, variables).sasl;
    const mechanism = 'AWS_MSK_IAM';
    assert.deepEqual(sasl([...iam, `msk.cluster.arn: ${mskArn}`]), {
      mechanism,
      region: 'eu-west-1',
    });
    assert.deepEqual(sasl(iam, { AWS_REGION: 'us-east-2' }), { mechanism, region: 'us-east-2' });
    const roleArn = 'arn:aws:iam::111122223333:role/copier';
    const handler = 'software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler';
    const other = [
      saslSsl,
      'sasl.mechanism: OAUTHBEARER',
      `sasl.login.callback.handler.class: ${handler}`,
      `sasl.jaas.config: OAuthBearerLoginModule required awsRoleArn="${roleArn}";`,
    ];
    const expected = { mechanism, region: 'us-east-2', roleArn };
    assert.deepEqual(sasl(other, { AWS_REGION: 'us-east-2' }), expected);
    assert.match(problems(iam)[0]!, /^a\.aws\.region: .*AWS_REGION/);
  });
});

describe('in AWS’s terms', () => {
  it('a secret is a login by SCRAM-SHA-512, or a certificate where the protocol is SSL', () => {
    const credentials = { secretArn: secretArn('login') };
    const line = `credentials.secret.arn: ${credentials.secretArn}`;
    assert.deepEqual(authenticationOf([line]), {
      tls: verified,
      sasl: { mechanism: 'SCRAM-SHA-512', credentials },
    });
    assert.deepEqual(authenticationOf([line, 'security.protocol: SSL']), {
      tls: { certificate: credentials, ...verified },
    });
  });

  it('an authority means TLS, and counts before a truststore', () => {
    const line = `server.root.ca.secret.arn: ${secretArn('ca')}`;
    const authority = { secretArn: secretArn('ca') };
    assert.deepEqual(authenticationOf([line]), { tls: { authority, ...verified } });
    const both = [line, 'ssl.truststore: { type: PEM, location: ca.pem }'];
    assert.deepEqual(warnings(both), [
      'a.ssl.truststore.type: no effect: `server.root.ca.secret.arn` counts',
      'a.ssl.truststore.location: no effect: `server.root.ca.secret.arn` counts',
    ]);
  });
});

describe('a problem that says what to change', () => {
  const onMsk = `msk.cluster.arn: ${mskArn}`;
  const cases: [string, string[], RegExp][] = [
    ['another protocol', ['security.protocol: TLS'], /security\.protocol: one of PLAINTEXT, SSL/],
    ['no mechanism', [saslSsl], /sasl\.mechanism: one of PLAIN, SCRAM/],
    ['Kerberos', [saslSsl, 'sasl.mechanism: GSSAPI'], /one of PLAIN/],
    [
      'no login',
      [saslSsl, 'sasl.mechanism: PLAIN'],
      /jaas\.config: PlainLoginModule required .*credentials\.secret\.arn/,
    ],
    [
      'the module of another mechanism',
      [
        saslSsl,
        'sasl.mechanism: PLAIN',
        'sasl.jaas.config: ScramLoginModule required username=a password=b;',
      ],
      /PlainLoginModule/,
    ],
    [
      'a Java keystore',
      ['security.protocol: SSL', 'ssl.keystore.location: client.jks'],
      /ssl\.keystore\.type: .*keytool -importkeystore -srckeystore client\.jks/,
    ],
    [
      'a Java truststore',
      ['security.protocol: SSL', 'ssl.truststore.location: ca.jks'],
      /ssl\.truststore\.type: PEM; .*keytool -list -rfc -keystore ca\.jks/,
    ],
    [
      'a certificate without its key',
      ['security.protocol: SSL', 'ssl.keystore: { type: PEM, certificate.chain: x }'],
      /ssl\.keystore\.key: the private key/,
    ],
    [
      'IAM without TLS',
      [onMsk, 'security.protocol: SASL_PLAINTEXT', 'sasl.mechanism: AWS_MSK_IAM'],
      /SASL_SSL/,
    ],
    [
      'a class of one’s own',
      [
        saslSsl,
        'sasl.mechanism: OAUTHBEARER',
        'sasl.login.callback.handler.class: com.example.Login',
      ],
      /Java classes cannot run here/,
    ],
    [
      'a profile',
      [
        onMsk,
        saslSsl,
        'sasl.mechanism: AWS_MSK_IAM',
        'sasl.jaas.config: IAMLoginModule required awsProfileName=x;',
      ],
      /AWS_PROFILE/,
    ],
    [
      'no JAAS at all',
      [saslSsl, 'sasl.mechanism: PLAIN', 'sasl.jaas.config: hunter2'],
      /LoginModule required/,
    ],
    [
      'a variable that is missing',
      [
        saslSsl,
        'sasl.mechanism: PLAIN',
        `sasl.jaas.config: PlainLoginModule required username=a password="${word}";`,
      ],
      /environment variable WORD/,
    ],
  ];
  for (const [what, lines, expected] of cases) {
    it(`is made of ${what}`, () => {
      const found = problems(lines);
      assert.match(found.join('\n'), expected);
      assert.doesNotMatch(JSON.stringify(loadCluster(lines)), /hunter2/);
    });
  }
});

describe('what has no effect is named', () => {
  it('under a protocol that does not look at it', () => {
    const lines = [
      'sasl.mechanism: PLAIN',
      'ssl.cipher.suites: x',
      `credentials.secret.arn: ${secretArn('a')}`,
    ];
    assert.deepEqual(warnings(['security.protocol: PLAINTEXT', ...lines]), [
      'a.sasl.mechanism: no effect while `security.protocol` is PLAINTEXT',
      'a.ssl.cipher.suites: no effect while `security.protocol` is PLAINTEXT',
      'a.credentials.secret.arn: no effect while `security.protocol` is PLAINTEXT',
    ]);
  });

  it('under the default protocol too', () => {
    assert.match(warnings(['sasl.mechanism: PLAIN']).join(), /no effect while .* is PLAINTEXT/);
  });

  it('where it is Java’s, or a broker’s', () => {
    const lines = [
      'security.protocol: SSL',
      'ssl.provider: BC',
      'ssl.protocol: TLSv1.3',
      'ssl.truststore.password: x',
      'sasl.login.class: X',
    ];
    const reasons = warnings(lines).map((line) => line.replace(/:.*/, ''));
    assert.deepEqual(reasons, [
      'a.ssl.provider',
      'a.ssl.protocol',
      'a.ssl.truststore.password',
      'a.sasl.login.class',
    ]);
  });

  it('and what is dangerous too', () => {
    const jaas = 'sasl.jaas.config: PlainLoginModule required username=a password=b;';
    assert.match(
      warnings(['security.protocol: SASL_PLAINTEXT', 'sasl.mechanism: PLAIN', jaas]).join('\n'),
      /crosses the network readable.*\n.*plain text/,
    );
    const careless = ['security.protocol: SSL', 'ssl.endpoint.identification.algorithm: ""'];
    assert.match(warnings(careless)[0]!, /pose as a broker/);
    assert.equal(authenticationOf(careless).tls?.verifiesHostName, false);
  });
});

describe('what is said of one kind of client', () => {
  it('counts for all where the cluster itself does not say it', () => {
    const lines = ['consumer.security.protocol: SSL', 'admin.security.protocol: PLAINTEXT'];
    assert.equal(loginKind(authenticationOf(lines)), 'TLS');
    assert.deepEqual(warnings(lines), [
      'a.consumer.security.protocol: all clients of a cluster connect alike: taken as `A.security.protocol`',
      'a.admin.security.protocol: all clients of a cluster connect alike: no effect beside `a.consumer.security.protocol`',
    ]);
  });

  it('has no effect beside what the cluster says, and is named where it differs', () => {
    const lines = ['security.protocol: SSL', 'producer.security.protocol: SSL'];
    assert.deepEqual(warnings(lines), []);
    const other = [lines[0]!, 'producer.security.protocol: PLAINTEXT'];
    assert.match(warnings(other).join(), /no effect beside `a\.security\.protocol`/);
    assert.equal(loginKind(authenticationOf(other)), 'TLS');
  });
});
