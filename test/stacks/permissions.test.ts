/** Every statement of every policy names its resources, and the documentation names every statement. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  account,
  type Flow,
  keyArn,
  msk,
  mskArn,
  mskScram,
  onprem,
  region,
  type Statement,
  statementsByRole,
  statementsIn,
  templateOf,
  textOf,
} from '../support/stacks.ts';

const provisioned = { 'pollers.minimum': 1, tags: ['team=platform'] } as const;

/** Together these have every statement that there is. */
const flows: readonly Flow[] = [
  { source: onprem, target: msk, settings: { topics: ['orders', 'p.*'], 'tracing.enabled': true } },
  {
    source: mskScram,
    target: onprem,
    settings: { ...provisioned, 'failure.destination.type': 's3', 'kms.key.arn': keyArn },
  },
  { source: msk, target: onprem, settings: { ...provisioned, 'failure.destination.type': 'sqs' } },
];

/** Where AWS knows no resource for an action, and no others. */
const withoutResource = new Set([
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'lambda:CreateEventSourceMapping',
  'lambda:ListEventSourceMappings',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]);

test('a resource is `*` only for actions that have none', () => {
  const found = new Set<string>();
  for (const { Action, Resource } of flows.flatMap(statementsOf)) {
    if ([Resource].flat().includes('*')) for (const action of [Action].flat()) found.add(action);
    for (const action of [Action].flat()) assert.doesNotMatch(action, /\*/);
  }
  const unexpected = [...found].filter((action) => !withoutResource.has(action));
  assert.deepEqual(unexpected, []);
});

test('a `*` inside of a resource is the rest of a name that a pattern leaves open', () => {
  const patterns = [
    /^arn:aws:kafka:[^*]*:(topic|group)\/orders\/5a6b7c8d-1111-7\/[^*]*\*$/,
    /^arn:.*:logs:[^*]*:log-group:\/aws\/lambda\/mirrorless-\w+-\w+-\w+:\*$/,
    /^arn:.*:lambda:[^*]*:event-source-mapping:\*$/,
    /^<FlowFailuresBucket\w+>\/\*$/,
  ];
  for (const { Sid, Resource } of flows.flatMap(statementsOf)) {
    for (const resource of [Resource].flat().map(textOf)) {
      if (resource === '*' || !resource.includes('*')) continue;
      assert.ok(
        patterns.some((pattern) => pattern.test(resource)),
        `${Sid}: ${resource}`,
      );
    }
  }
});

test('a role of another account is assumed, no other, and has what is to be done on the cluster', () => {
  const roleArn = 'arn:aws:iam::444455556666:role/orders';
  const jaas = `software.amazon.msk.auth.iam.IAMLoginModule required awsRoleArn="${roleArn}";`;
  const target = { ...msk, 'sasl.jaas.config': jaas };
  const statements = statementsOf({ source: onprem, target });
  const assuming = statements.filter(({ Action }) => [Action].flat().includes('sts:AssumeRole'));
  assert.equal(assuming.length, 4);
  for (const { Resource } of assuming) assert.deepEqual([Resource].flat(), [roleArn]);
  assert.deepEqual(statements.filter(allowsOnKafka), []);
});

test('a function that has nothing to do on a cluster may not connect to it', () => {
  const connecting = (flow: Flow) =>
    statementsByRole(templateOf(flow))
      .filter(([, statements]) => statements.some(allowsOnKafka))
      .map(([id]) => /Replicate|Checkpoint|Discover|Heartbeat/.exec(id)?.[0]);
  const all = ['Replicate', 'Discover', 'Checkpoint', 'Heartbeat'];
  assert.deepEqual(connecting({ source: onprem, target: msk }).sort(), all.toSorted());
  const onSource = all.filter((name) => name !== 'Heartbeat');
  assert.deepEqual(connecting({ source: msk, target: onprem }).sort(), onSource.toSorted());
});

test('on clusters with IAM each function may do what it does there, by names', () => {
  const statements = statementsOf({ source: onprem, target: msk, settings: { topics: ['o.*'] } });
  const replicate = statements.filter(({ Sid }) => Sid.startsWith('TargetKafka')).slice(0, 2);
  assert.deepEqual(
    replicate.map(({ Action, Resource }) => [Action, Resource]),
    [
      [['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], mskArn],
      [
        [
          'kafka-cluster:DescribeTopic',
          'kafka-cluster:DescribeTopicDynamicConfiguration',
          'kafka-cluster:ReadData',
          'kafka-cluster:WriteData',
        ],
        ['onprem.o*', 'onprem.heartbeats'].map(
          (name) => `arn:aws:kafka:${region}:${account}:topic/orders/5a6b7c8d-1111-7/${name}`,
        ),
      ],
    ],
  );
});

function allowsOnKafka({ Action }: Statement): boolean {
  return [Action].flat().some((action) => action.startsWith('kafka-cluster:'));
}

function statementsOf(flow: Flow): Statement[] {
  return statementsIn(templateOf(flow));
}
