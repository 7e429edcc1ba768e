import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readEnvironment } from '../../../lib/config/environment.ts';
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Configuration, Flow } from '../../../lib/config/model.ts';
import { mappedFlow, mappingParameters } from '../../../lib/discovery/mapping-parameters.ts';
import { deployedFunction, pollerSettings } from '../../../lib/local/settings.ts';

function flowOf(yaml: string): { configuration: Configuration; flow: Flow } {
  const { configuration, problems } = loadConfiguration({
    text: yaml,
    file: 'mirrorless.yaml',
    environment: {},
  });
  assert.deepEqual(problems, undefined);
  return { configuration: configuration!, flow: configuration!.flows[0]! };
}

const plain = `
clusters:
  us: { bootstrap.servers: [us-1:9092, us-2:9092] }
  eu: { bootstrap.servers: [eu:9092] }
flows:
  us->eu: { enabled: true }
`;

/** Of one of so many mappings, as discovery creates it. */
function pollersOf(topic: string, topicCount: number) {
  const { configuration, flow } = flowOf(plain);
  const mapped = mappedFlow(configuration, flow);
  const parameters = mappingParameters(mapped, topic, 'replicate');
  return pollerSettings(parameters, mapped.bootstrapServers, topicCount);
}

describe('what a configuration means to the local host', () => {
  it('is a function that knows its flow, its limits and its DynamoDB', () => {
    const deployed = (name: Parameters<typeof deployedFunction>[0]) =>
      deployedFunction(name, {
        ...flowOf(plain),
        aws: { environment: { AWS_REGION: 'x' } },
        entryOf: (of) => `/${of}.mjs`,
      });
    const settings = deployed('replicate');
    assert.equal(settings.name, 'mirrorless-us-eu-replicate');
    assert.equal(settings.entry, '/replicate.mjs');
    assert.equal(settings.handler, 'replicate.handler');
    assert.equal(settings.memorySizeMb, 1024);
    assert.equal(settings.timeoutMs, 120_000);
    assert.equal(settings.environment['AWS_REGION'], 'x');
    assert.equal(readEnvironment(settings.environment).source.alias, 'us');
    assert.equal(deployed('heartbeat').handler, 'heartbeat.handler');
    assert.equal(deployed('heartbeat').timeoutMs, 60_000);
  });

  it('is pollers for the mapping of each topic', () => {
    assert.deepEqual(pollersOf('orders', 3), {
      origin: {
        eventSource: 'SelfManagedKafka',
        bootstrapServers: ['us-1:9092', 'us-2:9092'],
        topic: 'orders',
      },
      consumerGroupId: 'mirrorless/us/eu/orders',
      batchSize: 10_000,
      maximumBatchingWindowMs: 0,
      startingPosition: { at: 'earliest' },
      eventBytes: 6 * 1024 * 1024 + 100,
      pollers: { minimum: 1, maximum: 2, calmMs: 5000 },
      watchIntervalMs: 5000,
      retry: {
        maximumRetryAttempts: -1,
        bisectBatchOnFunctionError: false,
        reportBatchItemFailures: false,
      },
    });
  });

  it('is of a mapping on Lambda what its pollers need to know', () => {
    const { retry, pollers, startingPosition, origin } = pollerSettings(
      {
        FunctionName: 'replicate',
        EventSourceArn: 'arn:aws:kafka:us-east-1:111122223333:cluster/us/1',
        Topics: ['orders'],
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: new Date(1500),
        BatchSize: 5,
        MaximumBatchingWindowInSeconds: 0,
        ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRetryAttempts: 7,
      },
      ['us:9092'],
      1,
    );
    assert.deepEqual(pollers, { minimum: 1, maximum: 3, calmMs: 5000 });
    assert.deepEqual(startingPosition, { at: 'timestamp', timestampMs: 1500 });
    assert.equal(origin.eventSource, 'aws:kafka');
    assert.deepEqual(retry, {
      maximumRetryAttempts: 7,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: true,
    });
  });

  it('is smaller events and one poller where topics are many, so that memory is enough', () => {
    const { pollers, eventBytes } = pollersOf('orders', 200);
    assert.equal(pollers.maximum, 1);
    assert.ok(200 * 4 * eventBytes <= 512 * 1024 * 1024);
    assert.equal(pollersOf('orders', 100_000).eventBytes, 256 * 1024);
  });
});
