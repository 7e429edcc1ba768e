/** Every way to log in, on brokers of both generations; and what is said where it is refused. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loginKind } from '../../lib/config/authentication.ts';
import { toMirrorlessError } from '../../lib/errors.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { openTopicAdmin } from '../../lib/kafka/topic-admin.ts';
import { topicCreation } from '../../lib/kafka/topic-creation.ts';
import { describeError } from '../../lib/telemetry/report.ts';
import { send } from '../support/data-plane.ts';
import { createAuthority } from '../support/secured/certificates.ts';
import { startSecuredClusters, wrongSecret } from '../support/secured/clusters.ts';
import { testNoSecretIsSeen } from '../support/secured/evidence.ts';
import {
  clusterLines,
  clusterSettings,
  loginEnvironment,
  type SecuredKind,
  securedKinds,
  withWrongSecret,
} from '../support/secured/kinds.ts';

const secured = await startSecuredClusters({ after });
const { files, target } = secured;
Object.assign(process.env, loginEnvironment(secured));

const lines = (kind: SecuredKind, listener?: string) =>
  clusterLines(secured, 'target', kind, listener);
const trusting = (file: string) => (line: string) => line.replace(files.authority, file);
const other = await createAuthority('Another authority');
const stranger = await other.issue({ commonName: 'copier' });
const strangerFile = join(secured.directory, 'stranger.pem');
await writeFile(strangerFile, stranger.privateKey + stranger.certificate);
const expired = await secured.authority.issue({ commonName: 'copier', expired: true });
const expiredFile = join(secured.directory, 'expired-client.pem');
await writeFile(expiredFile, expired.privateKey + expired.certificate);
const withClient = (file: string) => [
  ...lines('TLS', 'MTLS'),
  `ssl.keystore: { type: PEM, location: ${file} }`,
];

const cases: [string, string[], string, RegExp][] = [
  [
    'a wrong password of PLAIN',
    lines('PLAIN').map(withWrongSecret),
    'AUTHENTICATION_FAILED',
    /of target cluster target .*by PLAIN.*refuses user copier: correct target\.sasl\.jaas\.config/,
  ],
  [
    'a wrong password of SCRAM',
    lines('SCRAM-SHA-512').map(withWrongSecret),
    'AUTHENTICATION_FAILED',
    /by SCRAM-SHA-512.*refuses user copier/,
  ],
  [
    'a wrong client secret',
    lines('OAUTHBEARER').map(withWrongSecret),
    'SECRET_UNREADABLE',
    /token endpoint http:\S+ cannot be used: it answered 401, invalid_client to client copier/,
  ],
  [
    'a mechanism that the listener does not offer',
    lines('SCRAM-SHA-256', 'BRIEF'),
    'AUTHENTICATION_FAILED',
    /by SCRAM-SHA-256.*does not offer SCRAM-SHA-256: correct target\.sasl\.mechanism/,
  ],
  [
    'a certificate that has expired',
    lines('TLS', 'EXPIRED'),
    'AUTHENTICATION_FAILED',
    /by TLS.*certificate has expired: renew it there/,
  ],
  [
    'an authority that is not known',
    lines('TLS').map(trusting(files.otherAuthority)),
    'AUTHENTICATION_FAILED',
    /not signed by the authority of the configuration: set target\.ssl\.truststore/,
  ],
  [
    'a private authority where public ones are trusted',
    lines('TLS').filter((line) => !line.includes('truststore')),
    'AUTHENTICATION_FAILED',
    /not signed by a public authority/,
  ],
  [
    'a certificate of another host',
    lines('TLS', 'ELSEWHERE'),
    'AUTHENTICATION_FAILED',
    /broker\.example.*names other hosts/,
  ],
  [
    'no client certificate',
    lines('TLS', 'MTLS'),
    'AUTHENTICATION_FAILED',
    /by TLS.*asks for a client certificate: set target\.ssl\.keystore/,
  ],
  [
    'a client certificate of another authority',
    withClient(strangerFile),
    'AUTHENTICATION_FAILED',
    /by mTLS.*refuses the client certificate of target\.ssl\.keystore/,
  ],
  [
    'a client certificate that has expired',
    withClient(expiredFile),
    'AUTHENTICATION_FAILED',
    /by mTLS.*has expired/,
  ],
  [
    'a wrong password of the private key',
    lines('mTLS').map(withWrongSecret),
    'SECRET_UNREADABLE',
    /private key or its password/,
  ],
  [
    'TLS on a plain listener',
    [...lines('TLS').slice(1), `bootstrap.servers: ['${target.bootstrapServers}']`],
    'AUTHENTICATION_FAILED',
    /does not speak TLS/,
  ],
  [
    'nothing on a listener that wants TLS',
    [lines('TLS')[0]!],
    'AUTHENTICATION_FAILED',
    /speaks TLS: set target\.security\.protocol/,
  ],
  [
    'no login where there is one',
    lines('TLS', 'SASL'),
    'TARGET_UNREACHABLE',
    /answered nothing: does it expect SASL/,
  ],
];

for (const side of ['source', 'target'] as const) {
  describe(`clients of the ${side} (Kafka ${side === 'source' ? '3.9' : '4.3'})`, () => {
    for (const kind of securedKinds) {
      test(`log in by ${kind}`, async () => {
        const cluster = clusterSettings(secured, clusterLines(secured, side, kind), side);
        assert.equal(loginKind(cluster.authentication ?? {}), kind);
        const options = { cluster, side, requestTimeoutMs: 10_000 };
        const topic = `login-${randomBytes(4).toString('hex')}`;
        const [dataPlane, groups, topicAdmin] = [
          openDataPlane(options),
          openGroups(options),
          openTopicAdmin(options),
        ];
        try {
          const creation = topicCreation(dataPlane, options);
          await creation.createTopics([{ topic, partitionCount: 1, replicationFactor: 1 }]);
          const identity = await dataPlane.allocateProducer();
          assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 3 }), 'offset 0');
          const position = { topic, partition: 0, offset: 3n, metadata: '' };
          assert.deepEqual(await groups.commitOffsets(topic, [position]), [
            { ok: true, value: undefined },
          ]);
          const [described] = await topicAdmin.describeTopics([topic]);
          assert.ok(described?.ok);
        } finally {
          const opened = [dataPlane, groups, topicAdmin];
          await Promise.all(opened.map((each) => each.close()));
        }
      });
    }
  });
}

test('an IAM signature by another key is refused, with the action that is missing', async () => {
  const cluster = clusterSettings(secured, lines('AWS_MSK_IAM'));
  process.env['AWS_SECRET_ACCESS_KEY'] = wrongSecret;
  const dataPlane = openDataPlane({ cluster, side: 'target', requestTimeoutMs: 5000 });
  await assert.rejects(dataPlane.listTopics(), {
    code: 'AUTHENTICATION_FAILED',
    message: /by AWS_MSK_IAM.*grant kafka-cluster:Connect/,
  });
  await dataPlane.close();
  process.env['AWS_SECRET_ACCESS_KEY'] = secured.secrets.secretAccessKey;
});

test('a keystore in PKCS12, as Java makes it, is as good as PEM', async () => {
  const keystore = `ssl.keystore: { type: PKCS12, location: ${files.pkcs12Client} }`;
  const password = `ssl.keystore.password: ${'$'.concat('{env:KEY_PASSWORD}')}`;
  const cluster = clusterSettings(secured, [...lines('TLS', 'MTLS'), keystore, password]);
  const dataPlane = openDataPlane({ cluster, side: 'target', requestTimeoutMs: 10_000 });
  assert.ok((await dataPlane.listTopics()).length >= 0);
  await dataPlane.close();
});

describe('a connection that is refused says why:', () => {
  for (const [what, cluster, code, message] of cases) {
    test(what, async () => {
      const options = {
        cluster: clusterSettings(secured, cluster),
        side: 'target' as const,
        requestTimeoutMs: 5000,
      };
      const dataPlane = openDataPlane(options);
      const admin = openTopicAdmin(options);
      try {
        for (const ask of [() => dataPlane.listTopics(), () => admin.listTopics()]) {
          const error = toMirrorlessError(
            await ask().then(
              () => undefined,
              (thrown: unknown) => thrown,
            ),
          );
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          secured.evidence.addError(error);
          secured.evidence.add('logs', JSON.stringify(describeError(error)));
        }
      } finally {
        await Promise.all([dataPlane.close(), admin.close()]);
      }
    });
  }
});

testNoSecretIsSeen(secured.evidence, ['errors', 'logs'], () => secured.hidden);
