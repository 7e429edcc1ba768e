/** What is deployed names secrets and holds none, also where a configuration holds both. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { project, runCdk } from '../support/cdk.ts';
import { Evidence, testNoSecretIsSeen } from '../support/secured/evidence.ts';

const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
after(() => rm(directory, { recursive: true }));
const evidence = new Evidence();
const secrets = { PASSWORD: 's3cret-password-0815', KEY: 's3cret-key-4711', ID: 's3cret-id-1234' };

const reference = (name: keyof typeof secrets) => '$'.concat(`{env:${name}}`);
const password = `username="copier" password="${reference('PASSWORD')}";`;
const jaas = (module: string) => `sasl.jaas.config: '${module} required ${password}'`;
const saslSsl = (mechanism: string) => [
  'security.protocol: SASL_SSL',
  `sasl.mechanism: ${mechanism}`,
];

/** As this machine logs in. */
const logins = {
  plain: [...saslSsl('PLAIN'), jaas('PlainLoginModule')],
  scram256: [...saslSsl('SCRAM-SHA-256'), jaas('ScramLoginModule')],
  scram512: [...saslSsl('SCRAM-SHA-512'), jaas('ScramLoginModule')],
  oauth: [
    ...saslSsl('OAUTHBEARER'),
    'sasl.oauthbearer.token.endpoint.url: https://login.example.com/token',
    'sasl.oauthbearer.client.credentials.client.id: copier',
    `sasl.oauthbearer.client.credentials.client.secret: ${reference('ID')}`,
  ],
  mtls: [
    'security.protocol: SSL',
    'ssl.keystore: { type: PEM, location: client.pem }',
    `ssl.key.password: ${reference('KEY')}`,
  ],
};

function configurationOf(withArns: boolean): string {
  const aliases = Object.keys(logins);
  const clusters = Object.entries(logins).flatMap(([alias, lines]) => {
    const arn = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${alias}-a1b2c3`;
    const network = [
      'vpc.subnets: [subnet-0a1b2c3d]',
      'vpc.security.groups: [sg-0a1b2c3d]',
      'aws.region: eu-west-1',
      'aws.account.id: "111122223333"',
    ];
    const own = [`bootstrap.servers: ['${alias}.example.com:9093']`, ...lines, ...network];
    const all = withArns ? [...own, `credentials.secret.arn: ${arn}`] : own;
    return [`  ${alias}:`, ...all.map((line) => `    ${line}`)];
  });
  // Each kind is a source and a target.
  const flows = aliases.map((alias, index) => {
    return `  ${alias}->${aliases[(index + 1) % aliases.length]}: { topics: [orders] }`;
  });
  const rest = ['emit.heartbeats.enabled: false', 'flows:', ...flows];
  return ['clusters:', ...clusters, ...rest, ''].join('\n');
}

async function synthesise(name: string, text: string): Promise<string> {
  const file = join(directory, `${name}.yaml`);
  await writeFile(file, text);
  const output = join(directory, name);
  const args = ['synth', '--quiet', '--output', output, '--context', `config=${file}`];
  const options = { directory: project, home: directory, environment: secrets };
  const printed = await runCdk(args, options).catch(({ stdout, stderr }) => `${stdout}${stderr}`);
  evidence.add('printed', printed);
  return printed;
}

test('where ARNs are given they count, and what stands beside them is not deployed', async () => {
  const printed = await synthesise('arns', configurationOf(true));
  await evidence.addFiles(join(directory, 'arns'));
  const deployed = evidence.of('files');
  for (const alias of Object.keys(logins)) {
    assert.ok(deployed.includes(`secret:${alias}-a1b2c3`), `${alias}\n${printed}`);
  }
});

test('where they are not, every missing one is named, and nothing is synthesised', async () => {
  const printed = await synthesise('local', configurationOf(false));
  for (const alias of Object.keys(logins)) {
    assert.match(printed, new RegExp(`${alias}\\.credentials\\.secret\\.arn +found +nothing`));
  }
});

testNoSecretIsSeen(evidence, ['printed', 'files'], () => secrets);
