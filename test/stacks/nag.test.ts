/** cdk-nag and the CDK’s own check of templates find nothing that has no reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  appOf,
  cloud,
  type Flow,
  findings,
  keyArn,
  msk,
  mskScram,
  onprem,
} from '../support/stacks.ts';

const provisioned = { 'pollers.minimum': 1, 'pollers.maximum': 2 } as const;

const flows: Record<string, Flow> = {
  'from a data centre to MSK': {
    source: onprem,
    target: msk,
    settings: { topics: ['orders', 'p.*'] },
  },
  'from MSK with SCRAM, with a bucket for failures and a key of its own': {
    source: mskScram,
    target: cloud,
    settings: {
      ...provisioned,
      topics: ['orders'],
      'failure.destination.type': 's3',
      'kms.key.arn': keyArn,
      'tracing.enabled': true,
      tags: ['team=platform'],
    },
    removeState: true,
  },
  'from MSK with IAM, with a queue for failures': {
    source: msk,
    target: onprem,
    settings: { ...provisioned, 'failure.destination.type': 'sqs' },
  },
  'that exists for its heartbeats alone': {
    source: msk,
    target: onprem,
    settings: { enabled: false },
  },
};

for (const [name, flow] of Object.entries(flows)) {
  test(`a flow ${name} has no finding`, async () => {
    assert.deepEqual(await findings(appOf(flow).app), []);
  });
}

test('what breaks a rule is found', async () => {
  const { app, stack } = appOf(flows['from a data centre to MSK']!);
  new Queue(stack, 'Queue');
  assert.deepEqual(await findings(app), [
    'AwsSolutions-SQS3 at mirror/Queue/Resource',
    'AwsSolutions-SQS4 at mirror/Queue/Resource',
    'Serverless-SQSRedrivePolicy at mirror/Queue/Resource',
  ]);
});
