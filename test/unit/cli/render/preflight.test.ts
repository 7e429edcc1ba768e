import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  preflightJson,
  renderChecks,
  summarizeChecks,
} from '../../../../lib/cli/render/preflight.ts';
import type { Check } from '../../../../lib/preflight/check.ts';

const failed = (topic: string): Check => ({
  check: 'message size',
  cluster: 'eu',
  flow: 'us->eu',
  topic,
  outcome: 'failed',
  found: 'takes less',
  remedy: 'raise it',
});
const checks: Check[] = [
  { check: 'dns', cluster: 'us', outcome: 'ok', found: 'a:1 → 10.0.0.1' },
  {
    check: 'tls',
    cluster: 'us',
    broker: 'a:1',
    outcome: 'warning',
    found: 'ends',
    remedy: 'renew',
  },
  ...['us.a', 'us.b', 'us.c', 'us.d'].map(failed),
  { check: 'permissions', cluster: 'us', group: 'app', outcome: 'skipped', found: 'no' },
];

test('checks are a row each; what to do comes below, failures first, once for what is alike', () => {
  assert.deepEqual(renderChecks(checks), [
    'CHECK         CLUSTER  OF         RESULT   FOUND',
    'dns           us                  ok       a:1 → 10.0.0.1',
    'tls           us       a:1        warning  ends',
    'message size  eu       us.a       failed   takes less',
    'message size  eu       us.b       failed   takes less',
    'message size  eu       us.c       failed   takes less',
    'message size  eu       us.d       failed   takes less',
    'permissions   us       group app  skipped  no',
    '',
    'What to do:',
    '  message size, eu us.a, us.b, us.c and 1 more: raise it',
    '  tls, us a:1: renew',
  ]);
  assert.equal(summarizeChecks(checks), '7 checks: 4 failed, 1 warning, 1 skipped');
});

test('where all is well nothing is to be done', () => {
  assert.equal(renderChecks(checks.slice(0, 1)).length, 2);
  assert.equal(summarizeChecks(checks.slice(0, 1)), '1 check: all well');
});

test('JSON has every field of every check', () => {
  const missing = [
    { resourceType: 'topic', patternType: 'LITERAL', name: 'a', operation: 'Read' },
  ] as const;
  assert.deepEqual(preflightJson([{ ...checks[1]!, missing }]), {
    checks: [
      {
        check: 'tls',
        outcome: 'warning',
        cluster: 'us',
        flow: null,
        broker: 'a:1',
        topic: null,
        group: null,
        found: 'ends',
        remedy: 'renew',
        missing: [{ ...missing[0], iam: null }],
      },
    ],
  });
});
