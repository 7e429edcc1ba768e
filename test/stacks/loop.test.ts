/** A loop of flows that keep names, in two regions: each reads what the others keep. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { readEnvironment } from '../../lib/config/environment.ts';
import { ReplicationFlow } from '../../lib/index.ts';
import { account, keyArn, resourcesOf, statementsIn, textOf } from '../support/stacks.ts';

const regions = { a: 'us-east-1', b: 'eu-central-1', c: 'us-east-1' } as const;
const tableArn = (flow: string, region: string) =>
  `arn:aws:dynamodb:${region}:${account}:table/mirrorless-${flow}`;

test('functions may read the state of the other flows, and know in which region it is', async (t) => {
  const template = await templateOf(t, ['a->b', 'b->c', 'c->a']);
  const [us, eu] = ['us-east-1', 'eu-central-1'];
  const [toC, toA] = [tableArn('b-c', us), tableArn('c-a', us)];
  const statements = statementsOf(template);
  const id = 'KnowOrigins';
  const actions = ['dynamodb:BatchGetItem'];
  assert.deepEqual(statements.get(id), [{ id, actions, resources: [toA] }]);
  const index = '/index/by-downstream';
  assert.deepEqual(statements.get('TranslateByOtherFlows'), [
    {
      id: 'TranslateByOtherFlows',
      actions: ['dynamodb:BatchGetItem', 'dynamodb:Query'],
      resources: [toC, `${toC}${index}`, toA, `${toA}${index}`],
    },
  ]);
  const keys = statements.get('UseOtherStateKeys');
  assert.deepEqual(
    keys?.map(({ resources }) => resources),
    [[keyArn], [keyArn]],
  );
  const flows = provenanceOf(template);
  assert.deepEqual(
    flows.map(({ stateTable, region = eu }) => [stateTable, region]),
    [
      ['mirrorless-a-b', eu],
      ['mirrorless-b-c', us],
      ['mirrorless-c-a', us],
    ],
  );
});

test('forth and back, no cluster’s id is known to the other flow alone', async (t) => {
  const statements = statementsOf(await templateOf(t, ['a->b', 'b->a']));
  assert.equal(statements.get('KnowOrigins'), undefined);
  const back = tableArn('b-a', 'us-east-1');
  const [translating] = statements.get('TranslateByOtherFlows') ?? [];
  assert.deepEqual(translating?.resources, [back, `${back}/index/by-downstream`]);
});

test('where nothing comes round, nothing of others is read', async (t) => {
  const statements = statementsOf(await templateOf(t, ['a->b', 'a->c']));
  const of = ['KnowOrigins', 'TranslateByOtherFlows', 'UseOtherStateKeys'];
  assert.deepEqual(
    of.map((id) => statements.get(id)),
    [undefined, undefined, undefined],
  );
});

/** Of the stack of a->b. */
async function templateOf(t: TestContext, names: readonly string[]): Promise<Template> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mirrorless.yaml');
  const settings = {
    'replication.policy.class': 'IdentityReplicationPolicy',
    'kms.key.arn': keyArn,
  };
  const clusters = Object.entries(regions).map(([alias, region]) => [
    alias,
    {
      'bootstrap.servers': [`${alias}:9092`],
      'aws.region': region,
      'aws.account.id': account,
      'vpc.subnets': ['subnet-0a1b2c3d'],
      'vpc.security.groups': ['sg-0a1b2c3d'],
    },
  ]);
  const flows = names.map((name) => [name, settings]);
  const document = { clusters: Object.fromEntries(clusters), flows: Object.fromEntries(flows) };
  await writeFile(file, JSON.stringify(document));
  const app = new App({ analyticsReporting: false, context: { 'aws:cdk:bundling-stacks': [] } });
  const stack = new Stack(app, 'loop', { env: { account, region: regions.b } });
  ReplicationFlow.fromConfig(stack, 'Flow', file, { flow: 'a->b' });
  return Template.fromStack(stack);
}

/** By name. */
function statementsOf(template: Template) {
  const statements = statementsIn(template).map(({ Sid, Action, Resource }) => ({
    ...{ id: Sid, actions: [Action].flat() },
    resources: [Resource]
      .flat()
      .map((resource) => textOf(resource).replace('<AWS::Partition>', 'aws')),
  }));
  return Map.groupBy(statements, ({ id }) => id);
}

/** What the checkpoint function is told. */
function provenanceOf(template: Template) {
  const functions = Object.values(resourcesOf(template, 'AWS::Lambda::Function'));
  const checkpoint = functions.find(({ Properties }) =>
    /checkpoint$/.test(Properties.FunctionName),
  );
  const { Variables } = checkpoint!.Properties.Environment;
  assert.ok(Buffer.byteLength(Object.entries(Variables).flat().join('')) < 4096);
  return readEnvironment(Variables).provenance!.flows;
}
