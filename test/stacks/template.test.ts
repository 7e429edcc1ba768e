/** What the template of a flow holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import {
  appOf,
  type Flow,
  keyArn,
  msk,
  mskScram,
  onprem,
  resourcesOf,
  templateOf,
} from '../support/stacks.ts';

const plain: Flow = {
  source: onprem,
  target: msk,
  settings: { topics: ['orders', 'payments', 'inventory.*'], 'topics.exclude': ['payments'] },
};

test('functions are as the configuration has them', () => {
  const template = templateOf({
    ...plain,
    settings: {
      ...plain.settings,
      'memory.size.mb': 512,
      'reserved.concurrency': 7,
      'checkpoint.timeout.seconds': 300,
      'log.level': 'WARN',
      'log.retention.days': 7,
    },
  });
  const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
  const told = functions.map(({ Properties: p }) => [
    ...[p.FunctionName, p.MemorySize, p.Timeout, p.ReservedConcurrentExecutions],
  ]);
  assert.deepEqual(told, [
    ['mirrorless-onprem-msk-replicate', 512, 120, 7],
    ['mirrorless-onprem-msk-discover', 256, 600, 1],
    ['mirrorless-onprem-msk-checkpoint', 256, 300, 1],
    ['mirrorless-onprem-msk-heartbeat', 128, 60, 1],
  ]);
  for (const { Properties } of functions) {
    assert.equal(Properties.Runtime, 'nodejs24.x');
    assert.deepEqual(Properties.Architectures, ['arm64']);
    assert.equal(Properties.Environment.Variables.POWERTOOLS_LOG_LEVEL, 'WARN');
    assert.deepEqual(Properties.VpcConfig.SubnetIds, ['subnet-0a1b2c3d', 'subnet-1a2b3c4d']);
    assert.ok(!JSON.stringify(Properties.Environment).includes('password'));
  }
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Logs::LogGroup'))) {
    assert.equal(Properties.RetentionInDays, 7);
  }
});

test('topics that are named have their mapping, with the parameters that discovery would give', () => {
  const mappings = mappingsOf(templateOf(plain));
  assert.deepEqual(Object.keys(mappings).sort(), ['heartbeats', 'orders']);
  const { FunctionName, ...orders } = mappings['orders']!.properties;
  assert.match(JSON.stringify(FunctionName), /^\{"Ref":"FlowReplicateFunction/);
  assert.deepEqual(orders, {
    BatchSize: 10_000,
    MaximumBatchingWindowInSeconds: 0,
    SelfManagedEventSource: {
      Endpoints: { KafkaBootstrapServers: ['broker-1:9093', 'broker-2:9093'] },
    },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mirrorless/onprem/msk/orders' },
    SourceAccessConfigurations: [
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0a1b2c3d' },
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1a2b3c4d' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0a1b2c3d' },
      { Type: 'SASL_SCRAM_512_AUTH', URI: onprem['credentials.secret.arn'] },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: onprem['server.root.ca.secret.arn'] },
    ],
    StartingPosition: 'TRIM_HORIZON',
    Topics: ['orders'],
  });
});

test('what cannot be changed in a mapping makes it another one', () => {
  const before = mappingsOf(templateOf(plain));
  // CloudFormation takes another `Topics` and does nothing; in place of that, the id changes.
  const renamed = mappingsOf(templateOf({ ...plain, settings: { topics: ['orders2'] } }));
  assert.notEqual(renamed['orders2']?.id, before['orders']?.id);
  // Of these, CloudFormation makes another resource itself: https://docs.aws.amazon.com/
  // AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
  const moved = mappingsOf(
    templateOf({
      ...plain,
      source: { ...onprem, 'bootstrap.servers': ['broker-3:9093'] },
      settings: { ...plain.settings, 'starting.position': 'latest' },
    }),
  );
  assert.equal(moved['orders']?.id, before['orders']?.id);
  for (const property of ['SelfManagedEventSource', 'StartingPosition']) {
    assert.notDeepEqual(
      moved['orders']?.properties[property],
      before['orders']?.properties[property],
    );
  }
});

test('a source in MSK is read by its ARN, in provisioned mode with a destination for failures', () => {
  const template = templateOf({
    source: mskScram,
    target: onprem,
    settings: { topics: ['orders'], 'pollers.maximum': 4, 'failure.destination.type': 's3' },
  });
  const { properties } = mappingsOf(template)['orders']!;
  assert.equal(properties['EventSourceArn'], msk['msk.cluster.arn']);
  assert.deepEqual(properties['ProvisionedPollerConfig'], { MinimumPollers: 1, MaximumPollers: 4 });
  assert.deepEqual(properties['FunctionResponseTypes'], ['ReportBatchItemFailures']);
  const [bucketId] = Object.keys(resourcesOf(template, 'AWS::S3::Bucket'));
  assert.deepEqual(properties['DestinationConfig'], {
    OnFailure: { Destination: { 'Fn::GetAtt': [bucketId, 'Arn'] } },
  });
});

test('discovery runs before mappings are made and schedules begin, and after both are gone', () => {
  const template = templateOf(plain);
  const [[id, step] = []] = Object.entries(resourcesOf(template, 'Custom::MirrorlessDiscovery'));
  assert.deepEqual(Object.keys(JSON.parse(step?.Properties.mappings)), ['orders', 'heartbeats']);
  assert.ok(step?.DependsOn?.some((waited) => waited.startsWith('FlowReplicateFunction')));
  for (const type of ['AWS::Lambda::EventSourceMapping', 'AWS::Events::Rule']) {
    const waiting = Object.values(resourcesOf(template, type));
    assert.ok(waiting.length > 1);
    for (const { DependsOn } of waiting) assert.ok(DependsOn?.includes(id!), type);
  }
});

test('the state table is protected and stays, unless its removal is asked for', () => {
  const stays = onlyOne(templateOf(plain), 'AWS::DynamoDB::Table');
  assert.equal(stays['DeletionPolicy'], 'Retain');
  assert.equal(stays['Properties'].DeletionProtectionEnabled, true);
  assert.equal(stays['Properties'].BillingMode, 'PAY_PER_REQUEST');
  assert.deepEqual(stays['Properties'].PointInTimeRecoverySpecification, {
    PointInTimeRecoveryEnabled: true,
  });
  const settings = { ...plain.settings, 'kms.key.arn': keyArn };
  const goes = onlyOne(
    templateOf({ ...plain, settings, removeState: true }),
    'AWS::DynamoDB::Table',
  );
  assert.equal(goes['DeletionPolicy'], 'Delete');
  assert.equal(goes['Properties'].DeletionProtectionEnabled, false);
  assert.equal(goes['Properties'].SSESpecification.KMSMasterKeyId, keyArn);
});

test('a flow that exists for its heartbeats alone is one function', () => {
  const template = templateOf({ ...plain, settings: { enabled: false } });
  assert.equal(Object.keys(resourcesOf(template, 'AWS::Lambda::Function')).length, 1);
  assert.equal(Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table')).length, 0);
});

test('a wrong configuration ends synthesis with all of its problems', () => {
  const source = { ...onprem, 'sasl.mechanism': 'AWS_MSK_IAM', 'vpc.security.groups': [] };
  const settings = { 'batch.size': 0, 'failure.destination.type': 's3' } as const;
  assert.throws(
    () => templateOf({ source, target: msk, settings }),
    ({ message }: Error) => {
      for (const key of ['batch.size', 'failure.destination.type', 'onprem.vpc.security.groups']) {
        assert.ok(message.includes(key), `${key} in ${message}`);
      }
      return true;
    },
  );
  assert.throws(() => appOf({ ...plain, target: { ...msk, alias: 'no alias!' } }), /cluster alias/);
});

interface FoundMapping {
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  properties: Record<string, any>;
}

function mappingsOf(template: Template): Record<string, FoundMapping> {
  const found = Object.entries(resourcesOf(template, 'AWS::Lambda::EventSourceMapping'));
  return Object.fromEntries(
    found.map(([id, { Properties: properties }]) => [properties.Topics[0], { id, properties }]),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
function onlyOne(template: Template, type: string): Record<string, any> {
  const found = Object.values(resourcesOf(template, type));
  assert.equal(found.length, 1);
  return found[0]!;
}
