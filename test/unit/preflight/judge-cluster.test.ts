import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spokenApis } from '../../../lib/kafka/protocol/spoken.ts';
import {
  clusterIdCheck,
  iamIdentityCheck,
  sameClusterCheck,
  versionsCheck,
} from '../../../lib/preflight/judge-cluster.ts';

const newest = spokenApis.map(({ key, version }) => [key, { min: 0, max: version }] as const);

describe('what brokers understand', () => {
  test('is enough where each request is in their range', () => {
    const [check] = versionsCheck('us', spokenApis, [{ broker: 'a:1', ranges: new Map(newest) }]);
    assert.equal(check?.outcome, 'ok');
  });

  test('is not where one is too new, too old, or not known: each is named', () => {
    const ranges = new Map<number, { min: number; max: number }>(newest);
    ranges.set(3, { min: 0, max: 9 }); // Metadata of Kafka 2.7
    ranges.set(1, { min: 13, max: 17 });
    ranges.delete(60);
    const good = { broker: 'a:1', ranges: new Map(newest) };
    const checks = versionsCheck('us', spokenApis, [good, { broker: 'b:1', ranges }]);
    assert.deepEqual(checks, [
      {
        check: 'versions',
        cluster: 'us',
        broker: 'b:1',
        outcome: 'failed',
        found: 'does not understand Fetch 12, Metadata 11, DescribeCluster 0',
        remedy: 'Mirrorless needs brokers of Kafka 2.8 or newer, or all that they understand',
      },
    ]);
  });

  test('is not known where nobody could log in', () => {
    assert.equal(versionsCheck('us', spokenApis, [])[0]?.outcome, 'skipped');
  });
});

test('a cluster has an id, and two ends have two', () => {
  assert.equal(clusterIdCheck('us', 'x').found, 'x');
  assert.equal(clusterIdCheck('us', undefined).outcome, 'failed');
  const ends = (source?: string, target?: string) =>
    sameClusterCheck(
      'us->eu',
      { alias: 'us', clusterId: source },
      { alias: 'eu', clusterId: target },
    );
  assert.equal(ends('x', 'y'), undefined);
  assert.equal(ends(), undefined);
  assert.equal(ends('x', 'x')?.outcome, 'failed');
});

test('the identity of the command is said where it is not that of the functions', () => {
  const iam = { mechanism: 'AWS_MSK_IAM', region: 'us-east-1' } as const;
  assert.equal(iamIdentityCheck('us', { sasl: iam })[0]?.outcome, 'warning');
  assert.deepEqual(iamIdentityCheck('us', { sasl: { ...iam, roleArn: 'arn' } }), []);
  assert.deepEqual(iamIdentityCheck('us', undefined), []);
});
