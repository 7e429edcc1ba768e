import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfiguration } from '../../../../lib/config/load.ts';
import { problems, warnings } from '../loaded.ts';

const msk = 'arn:aws:kafka:eu-central-1:111122223333:cluster/orders/5a6b7c8d-7';
const secret = (name: string, region = 'eu-central-1') =>
  `arn:aws:secretsmanager:${region}:111122223333:secret:${name}-a1b2c3`;
const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234';
const network = { 'vpc.subnets': ['subnet-0a1b2c3d'], 'vpc.security.groups': ['sg-0a1b2c3d'] };
const plaintext = { 'bootstrap.servers': ['a:9092'], ...network };
const iam = {
  'bootstrap.servers': ['b:9098'],
  'security.protocol': 'SASL_SSL',
  'sasl.mechanism': 'AWS_MSK_IAM',
  'msk.cluster.arn': msk,
  ...network,
};

interface Document {
  a?: object;
  b?: object;
  flow?: object;
  forDeployment?: boolean;
}

function load({ a = plaintext, b = iam, flow = {}, forDeployment = true }: Document) {
  const document = { clusters: { a, b }, flows: { 'a->b': flow } };
  const text = JSON.stringify(document);
  return loadConfiguration({ text, file: 'mirrorless.yaml', environment: {}, forDeployment });
}

/** Without lines: the document is one. */
function found(document: Document): string[] {
  return problems(load(document)).map((text) => text.replace(/^\S+ /, ''));
}

test('what is complete has no problem', () => {
  assert.deepEqual(found({}), []);
  assert.deepEqual(found({ a: iam, b: plaintext }), []);
});

test('a pattern in place of an ARN is refused', () => {
  assert.deepEqual(found({ b: { ...iam, 'msk.cluster.arn': 'arn:aws:kafka:*:*:cluster/*' } }), [
    'b.msk.cluster.arn: "arn:aws:kafka:*:*:cluster/*" / ARN of an MSK cluster: arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID',
  ]);
});

test('security groups without subnets are refused, and a target in MSK that nothing reaches', () => {
  assert.deepEqual(found({ a: { 'bootstrap.servers': ['a:9092'] } }), [
    'a.vpc.subnets: nothing / the subnets from which mappings reach it, or `credentials.secret.arn`',
  ]);
  const { 'vpc.subnets': _, ...without } = iam;
  assert.deepEqual(found({ b: without }), [
    'b.vpc.subnets: nothing / subnets from which the functions of a->b reach its brokers',
    'b.vpc.subnets: nothing / a list, because `vpc.security.groups` is given: one needs the other',
  ]);
  const { 'vpc.security.groups': __, ...open } = without;
  assert.deepEqual(found({ b: { ...open, 'bootstrap.servers': ['b:9198'] } }), []);
});

test('MSK knows SCRAM with certain secrets only', () => {
  const scram = {
    ...iam,
    'sasl.mechanism': 'SCRAM-SHA-512',
    'credentials.secret.arn': secret('orders'),
  };
  assert.deepEqual(found({ a: scram, b: plaintext }), [
    'a.secrets.kms.key.arn: nothing / ARN of the customer managed key of the secret: MSK takes none without one',
    `a.credentials.secret.arn: "${secret('orders').slice(0, 60)}…" / a secret whose name begins with AmazonMSK_: MSK knows no others`,
  ]);
  const right = {
    ...scram,
    'credentials.secret.arn': secret('AmazonMSK_x'),
    'secrets.kms.key.arn': key,
  };
  assert.deepEqual(found({ a: right, b: plaintext }), []);
  assert.match(
    found({ a: { ...right, 'sasl.mechanism': 'PLAIN' }, b: plaintext }).join(),
    /a\.sasl\.mechanism: "PLAIN" \/ SCRAM-SHA-512 or AWS_MSK_IAM, which MSK has/,
  );
  const oauth = { ...right, 'sasl.mechanism': 'OAUTHBEARER' };
  assert.match(
    found({ a: oauth, b: plaintext }).join(),
    /a\.sasl\.mechanism: "OAUTHBEARER" \/ SCRAM/,
  );
});

test('what needs provisioned mode is refused without it', () => {
  assert.deepEqual(found({ flow: { 'failure.destination.type': 's3', 'pollers.group': 'x' } }), [
    'a->b.pollers.group: "x" / `pollers.minimum` or `pollers.maximum` too: it needs provisioned mode',
    'a->b.failure.destination.type: "s3" / `pollers.minimum` or `pollers.maximum` too: it needs provisioned mode',
  ]);
  const queue = { 'pollers.minimum': 1, 'failure.destination.type': 'sqs' };
  assert.deepEqual(found({ flow: queue }), []);
  assert.deepEqual(found({ flow: { ...queue, 'failure.destination.retention.days': 15 } }), [
    'a->b.failure.destination.retention.days: 15 / at most 14: a queue keeps nothing longer',
  ]);
  assert.match(
    warnings(load({ flow: { 'failure.destination.retention.days': 15 } })).join(),
    /retention\.days: no effect: `failure\.destination\.type` creates none/,
  );
});

test('a region or account that does not fit is refused', () => {
  assert.deepEqual(found({ b: { ...iam, 'aws.region': 'us-east-1' } }).slice(0, 1), [
    'b.aws.region: "us-east-1" / eu-central-1, as `msk.cluster.arn` says',
  ]);
  const other = msk.replace('eu-central-1', 'eu-west-1');
  assert.match(
    found({ a: { ...iam, 'msk.cluster.arn': other } }).join(),
    /a\.msk\.cluster\.arn: "eu-west-1", but a->b is deployed in eu-central-1 \/ no ARN of another/,
  );
  const account = msk.replace('111122223333', '444455556666');
  assert.match(
    found({ a: { ...iam, 'msk.cluster.arn': account } }).join(),
    /a\.msk\.cluster\.arn: account 444455556666, .* \/ `msk\.vpc\.connection\.arn` too/,
  );
  const connection = 'arn:aws:kafka:eu-central-1:111122223333:vpc-connection/444455556666/x/1';
  const connected = { ...iam, 'msk.cluster.arn': account, 'msk.vpc.connection.arn': connection };
  assert.deepEqual(found({ a: connected }), []);
  const far = {
    ...plaintext,
    'security.protocol': 'SASL_SSL',
    'credentials.secret.arn': secret('x', 'eu-west-1'),
  };
  assert.deepEqual(found({ a: far }), [
    'a.credentials.secret.arn: "eu-west-1" / a secret, or its replica, in eu-central-1',
  ]);
});

test('settings that do not fit into a function, and names that Lambda has not, are refused', () => {
  const topics = Array.from({ length: 300 }, (_, index) => `a-rather-long-name-${index}`);
  assert.match(found({ flow: { topics } }).join(), /a->b\.topics: \d+ bytes of settings, 3840 of/);
  assert.deepEqual(found({ flow: { topics: ['x'] } }), [
    'a->b.topics: "x" / a topic whose name Lambda takes: 2 characters',
  ]);
});
