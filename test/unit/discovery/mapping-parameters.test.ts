import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mappingParameters } from '../../../lib/discovery/mapping-parameters.ts';
import { createShape } from '../../../lib/local/lambda-api/shapes.ts';
import { loadFlow, loadMappedFlow } from './mapped-flow.ts';

const msk = 'arn:aws:kafka:us-east-1:111122223333:cluster/us/1a2b';
const secret = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:111122223333:secret:AmazonMSK_${name}`;
const provisioned = ['pollers.minimum: 1', 'pollers.maximum: 4'];

const parameters = (keys: Parameters<typeof loadMappedFlow>[0]) =>
  mappingParameters(loadMappedFlow(keys), 'orders', 'replicate');

describe('the parameters of a mapping', () => {
  it('are the shortest for a cluster of one’s own', () => {
    assert.deepEqual(parameters({}), {
      FunctionName: 'replicate',
      SelfManagedEventSource: {
        Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['us-1:9092', 'us-2:9092'] },
      },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mirrorless/us/eu/orders' },
      Topics: ['orders'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 0,
    });
  });

  it('name an MSK cluster by its ARN, and take its network from it', () => {
    const cluster = [`msk.cluster.arn: ${msk}`, 'vpc.subnets: [subnet-1]'];
    const { EventSourceArn, AmazonManagedKafkaEventSourceConfig, ...rest } = parameters({
      cluster,
    });
    assert.equal(EventSourceArn, msk);
    assert.deepEqual(AmazonManagedKafkaEventSourceConfig, {
      ConsumerGroupId: 'mirrorless/us/eu/orders',
    });
    assert.equal(rest.SelfManagedEventSource, undefined);
    assert.equal(rest.SelfManagedKafkaEventSourceConfig, undefined);
    assert.equal(rest.SourceAccessConfigurations, undefined);
  });

  it('hold every option of the configuration', () => {
    const flow = [
      'starting.position: timestamp',
      'starting.position.timestamp: 2030-01-31T12:00:00.250Z',
      'batch.size: 500',
      'maximum.batching.window.seconds: 3',
      ...provisioned,
      'pollers.group: mirrors',
      'failure.destination.arn: arn:aws:sqs:us-east-1:111122223333:given-up',
      'tags: [team=streams, "stage=a b"]',
    ];
    const { SelfManagedEventSource, SelfManagedKafkaEventSourceConfig, ...rest } = parameters({
      flow,
    });
    assert.deepEqual(rest, {
      FunctionName: 'replicate',
      Topics: ['orders'],
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: new Date('2030-01-31T12:00:00.250Z'),
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 3,
      ProvisionedPollerConfig: {
        MinimumPollers: 1,
        MaximumPollers: 4,
        PollerGroupName: 'mirrors',
      },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: {
        OnFailure: { Destination: 'arn:aws:sqs:us-east-1:111122223333:given-up' },
      },
      MaximumRetryAttempts: 10_000,
      Tags: { team: 'streams', stage: 'a b' },
    });
  });

  it('start at the end where the flow does', () => {
    const { StartingPosition } = parameters({ flow: ['starting.position: latest'] });
    assert.equal(StartingPosition, 'LATEST');
  });

  it('start elsewhere for the topics that the configuration names', () => {
    const names = 'starting.position.topics: [orders=latest, logs=2030-01-31T12:00:00Z]';
    const flow = loadMappedFlow({ flow: [names] });
    const startOf = (topic: string) => {
      const parameters = mappingParameters(flow, topic, 'replicate');
      return [parameters.StartingPosition, parameters.StartingPositionTimestamp?.getTime()];
    };
    assert.deepEqual(startOf('orders'), ['LATEST', undefined]);
    assert.deepEqual(startOf('logs'), ['AT_TIMESTAMP', Date.UTC(2030, 0, 31, 12)]);
    assert.deepEqual(startOf('constructor'), ['TRIM_HORIZON', undefined]);
    const [problem] = loadFlow({ flow: [names.replace('01-31', '13-31')] }).problems ?? [];
    assert.match(problem?.found ?? '', /logs/);
  });

  it('are what the Lambda API takes', () => {
    const cluster = ['vpc.subnets: [subnet-1]', `credentials.secret.arn: ${secret('a')}`];
    for (const keys of [{}, { cluster, flow: [...provisioned, 'tags: [a=b]'] }]) {
      assert.deepEqual(createShape.parse(parameters(keys)), parameters(keys));
    }
  });
});

describe('how a mapping logs in', () => {
  const types = (cluster: string[]) =>
    parameters({ cluster: [...cluster, `credentials.secret.arn: ${secret('login')}`] })
      .SourceAccessConfigurations?.map(({ Type, URI }) => `${Type} ${URI}`)
      .join();

  it('is what the cluster’s clients do, with the secret instead of a password', () => {
    const uri = secret('login');
    assert.equal(types([]), `SASL_SCRAM_512_AUTH ${uri}`);
    assert.equal(types(['sasl.mechanism: SCRAM-SHA-256']), `SASL_SCRAM_256_AUTH ${uri}`);
    assert.equal(types(['sasl.mechanism: PLAIN']), `BASIC_AUTH ${uri}`);
    assert.equal(types(['security.protocol: SSL']), `CLIENT_CERTIFICATE_TLS_AUTH ${uri}`);
    assert.equal(types([`msk.cluster.arn: ${msk}`]), `SASL_SCRAM_512_AUTH ${uri}`);
  });

  it('goes through the network of the configuration, and trusts its authority', () => {
    const cluster = [
      'vpc.subnets: [subnet-1, subnet-2]',
      'vpc.security.groups: [sg-1]',
      `server.root.ca.secret.arn: ${secret('ca')}`,
    ];
    assert.deepEqual(parameters({ cluster }).SourceAccessConfigurations, [
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-2' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: secret('ca') },
    ]);
  });
});

it('what only provisioned mode has is refused without it', () => {
  const flow = ['pollers.group: mirrors', 'failure.destination.arn: arn:aws:s3:::given-up'];
  const keys = loadFlow({ flow }).problems?.map(({ key }) => key);
  assert.deepEqual(keys, ['us->eu.pollers.group', 'us->eu.failure.destination.arn']);
  assert.equal(loadFlow({ flow: [...flow, 'pollers.minimum: 1'] }).problems, undefined);
});
