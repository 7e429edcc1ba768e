import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExistingMapping, MappingParameters } from '../../../lib/aws/mappings.ts';
import { mappingDifferences } from '../../../lib/discovery/mapping-differences.ts';
import { mappingParameters } from '../../../lib/discovery/mapping-parameters.ts';
import { loadMappedFlow } from './mapped-flow.ts';

const plain = mappingParameters(loadMappedFlow(), 'orders', 'replicate');
const full: MappingParameters = {
  ...plain,
  SourceAccessConfigurations: [{ Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' }],
  ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: 'mirrors' },
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::given-up' } },
  MaximumRetryAttempts: 10_000,
};

/** As Lambda describes a mapping that was created so. */
const existing = (parameters: MappingParameters): ExistingMapping => {
  const { FunctionName: _, Tags: __, ...described } = parameters;
  return { ...described, UUID: 'a', State: 'Enabled' };
};

describe('a mapping that exists', () => {
  it('does not differ from what it was created with', () => {
    for (const parameters of [plain, full]) {
      const none = { fixed: [], update: {} };
      assert.deepEqual(mappingDifferences(parameters, existing(parameters)), none);
    }
  });

  it('does not differ by what means the same', () => {
    const said: ExistingMapping = {
      ...existing(full),
      SelfManagedEventSource: {
        Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['us-2:9092', 'us-1:9092'] },
      },
      SourceAccessConfigurations: [{ Type: 'VPC_SUBNET', URI: 'subnet-1' }],
      StartingPosition: 'LATEST',
    };
    assert.deepEqual(mappingDifferences(full, said), { fixed: [], update: {} });
    const empty: ExistingMapping = {
      ...existing(plain),
      SourceAccessConfigurations: [],
      FunctionResponseTypes: [],
      DestinationConfig: { OnFailure: { Destination: '' } },
      MaximumRetryAttempts: -1,
      ProvisionedPollerConfig: {},
    };
    assert.deepEqual(mappingDifferences(plain, empty), { fixed: [], update: {} });
  });

  it('is changed in place to have everything', () => {
    const { update } = mappingDifferences({ ...full, BatchSize: 7 }, existing(plain));
    assert.deepEqual(update, {
      BatchSize: 7,
      SourceAccessConfigurations: full.SourceAccessConfigurations,
      ProvisionedPollerConfig: full.ProvisionedPollerConfig,
      FunctionResponseTypes: full.FunctionResponseTypes,
      DestinationConfig: full.DestinationConfig,
      MaximumRetryAttempts: 10_000,
    });
  });

  it('is changed in place to have nothing any more, which Lambda must be told', () => {
    const { update } = mappingDifferences(plain, existing(full));
    assert.deepEqual(update, {
      SourceAccessConfigurations: [],
      ProvisionedPollerConfig: {},
      DestinationConfig: { OnFailure: { Destination: '' } },
      MaximumRetryAttempts: -1,
      FunctionResponseTypes: [],
    });
  });

  it('leaves its poller group only when told so', () => {
    const alone = { ...full, ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 } };
    assert.deepEqual(mappingDifferences(alone, existing(full)).update, {
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: '' },
    });
  });

  it('cannot be changed to another cluster or group', () => {
    const servers = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['new:9092'] } };
    const moved = { ...plain, SelfManagedEventSource: servers };
    assert.deepEqual(mappingDifferences(moved, existing(plain)).fixed, ['SelfManagedEventSource']);
    const group = { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' } };
    const regrouped = { ...plain, ...group };
    assert.deepEqual(mappingDifferences(regrouped, existing(plain)).fixed, ['ConsumerGroupId']);
    const { SelfManagedEventSource: _, ...rest } = plain;
    const onMsk = { ...rest, EventSourceArn: 'arn:aws:kafka:x' };
    const { fixed } = mappingDifferences(onMsk, existing(plain));
    assert.deepEqual(fixed, ['EventSourceArn', 'SelfManagedEventSource']);
  });
});
