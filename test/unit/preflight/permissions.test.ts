import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { Operations } from '../../../lib/kafka/cluster-look.ts';
import type { Settled } from '../../../lib/kafka/ports.ts';
import {
  neededPermissions,
  permissionChecks,
  type SeenNames,
} from '../../../lib/preflight/permissions.ts';
import { loadFlow } from '../discovery/mapped-flow.ts';

const nothing: SeenNames = { topics: [], groups: [], mappingGroups: [] };
const own = ['heartbeats.replication.enabled: false', 'emit.offset-syncs.enabled: false'];

function loaded(flow: string[], cluster: string[] = []) {
  const { configuration, problems } = loadFlow({ flow: [...own, ...flow], cluster });
  assert.ok(configuration, JSON.stringify(problems));
  return { configuration, flow: configuration.flows[0]! };
}

function needed(side: 'source' | 'target', flow: string[], seen: Partial<SeenNames>) {
  return neededPermissions(loaded(flow).flow, side, { ...nothing, ...seen }).map(
    ({ resource, name, isExample, acls }) => {
      const operations = [...new Set(acls.map(({ operation }) => operation))];
      return `${resource} ${name}${isExample ? ' (example)' : ''}: ${operations.join(' ')}`;
    },
  );
}

describe('what a flow needs', () => {
  test('is asked of each topic and group that is there, whatever the patterns', () => {
    const seen = {
      topics: ['pay-1', 'pay-2'],
      groups: ['app'],
      mappingGroups: ['mirrorless/us/eu/pay-1'],
    };
    assert.deepEqual(needed('source', ["topics: ['pay-.*']"], seen), [
      'cluster kafka-cluster: DescribeConfigs Describe',
      'topic __consumer_offsets: Describe',
      'topic pay-1: Read DescribeConfigs',
      'topic pay-2: Read DescribeConfigs',
      'group app: Describe',
      'group mirrorless/us/eu/pay-1: Read',
    ]);
  });

  test('is asked of names that the configuration has, though nobody sees them', () => {
    const found = needed('source', ['topics: [orders]', 'groups: [app]'], {});
    assert.ok(found.includes('topic orders: Read DescribeConfigs'), found.join('; '));
    assert.ok(found.includes('group app: Describe'));
    assert.ok(found.includes('group mirrorless/us/eu/orders: Read'));
  });

  test('does not widen to the flow’s own topics where a pattern happens to cover them', () => {
    const flow = ["topics: ['.*']", 'replication.policy.class: IdentityReplicationPolicy'];
    const found = needed('target', flow, { topics: ['orders'] });
    assert.ok(found.includes('topic heartbeats: Write Create'), found.join('; '));
    assert.ok(found.includes('topic us.checkpoints.internal: Write Read Create'));
  });

  test('of groups that nobody sees is asked by an example', () => {
    const found = needed('source', ['topics: [orders]', "groups: ['.*']"], {});
    assert.ok(found.includes('group mirrorless-preflight (example): Describe'), found.join('; '));
  });
});

const told = (...operations: string[]) =>
  ({ ok: true, value: new Set(operations) as Operations }) as const;
const unauthorized = {
  ok: false,
  error: new MirrorlessError('UNAUTHORIZED', 'It may not be seen.'),
} as const;

interface Asked {
  onCluster?: Settled<Operations>;
  isThere?: boolean;
  cluster?: string[];
}

/** Of remote topic us.orders alone. */
function judged(
  answer: Settled<Operations>,
  { onCluster = told(), isThere = false, cluster = [] }: Asked = {},
) {
  const { configuration, flow } = loaded(['topics: [orders]', 'groups: [app]'], cluster);
  const side = cluster.length > 0 ? 'source' : 'target';
  const name = side === 'source' ? 'orders' : 'us.orders';
  const all = neededPermissions(flow, side, nothing).filter((one) => one.name === name);
  return permissionChecks({
    flow,
    side,
    cluster: configuration.clusters.get(flow[side])!,
    place: { cluster: flow[side] },
    needed: all,
    told: all.map(() => answer),
    onCluster,
    isThere: () => isThere,
  });
}

const everything = ['READ', 'WRITE', 'CREATE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'];
const without = (operation: string) => told(...everything.filter((one) => one !== operation));

describe('what it has', () => {
  test('is all, in one row', () => {
    const [check, ...others] = judged(told(...everything));
    assert.deepEqual([check?.outcome, check?.found], ['ok', '1 topic: all that is needed']);
    assert.deepEqual(others, []);
  });

  test('lacks what is named as the ACL that gives it, with whom it is for', () => {
    const [check] = judged(without('WRITE'));
    assert.equal(check?.outcome, 'failed');
    assert.equal(check.topic, 'us.orders');
    assert.equal(check.found, 'lacks Write');
    assert.equal(check.remedy, 'grant Write on topic us.orders (replicate)');
    assert.deepEqual(check.missing, [
      { resourceType: 'topic', patternType: 'LITERAL', name: 'us.orders', operation: 'Write' },
    ]);
  });

  test('is everything that is needed where not even Describe is given', () => {
    const [check] = judged(unauthorized);
    const operations = check?.missing?.map(({ operation }) => operation);
    assert.deepEqual(operations, ['Write', 'Read', 'Create', 'Alter', 'AlterConfigs']);
  });

  test('may lack Create where the topic is there, or the cluster gives it', () => {
    const lacking = without('CREATE');
    assert.equal(judged(lacking)[0]?.outcome, 'failed');
    assert.equal(judged(lacking, { isThere: true })[0]?.outcome, 'warning');
    assert.equal(judged(lacking, { onCluster: told('CREATE') })[0]?.outcome, 'ok');
  });

  test('is not known where brokers do not tell, and is never taken for given', () => {
    const [check, ...others] = judged({ ok: true, value: undefined });
    assert.equal(check?.outcome, 'skipped');
    assert.match(check.found, /^1 topic: the brokers do not tell .* it takes Write, Read/);
    assert.deepEqual(others, []);
  });

  test('fails by what else went wrong', () => {
    const error = new MirrorlessError('TARGET_UNREACHABLE', 'It is away.');
    assert.equal(judged({ ok: false, error })[0]?.found, 'It is away');
  });

  test('is named as actions where a cluster authorizes with IAM', () => {
    const arn =
      'arn:aws:kafka:us-east-1:123456789012:cluster/name/0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e-5';
    const login = ['security.protocol: SASL_SSL', 'sasl.mechanism: AWS_MSK_IAM'];
    const [check] = judged(told('DESCRIBE_CONFIGS', 'DESCRIBE'), {
      cluster: [`msk.cluster.arn: ${arn}`, ...login],
    });
    const topic = `${arn.replace(':cluster/', ':topic/')}/orders`;
    assert.equal(
      check?.remedy,
      `grant kafka-cluster:ReadData, kafka-cluster:DescribeTopic on ${topic}`,
    );
    assert.equal(check.missing?.[0]?.iam?.resource, topic);
  });
});
