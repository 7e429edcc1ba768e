import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Authentication } from '../../../lib/config/authentication.ts';
import { type ReachView, reachChecks } from '../../../lib/preflight/judge-reach.ts';
import type { ReachedBroker } from '../../../lib/preflight/reach.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const tls: Authentication = { tls: { verifiesHostName: true } };

function certificate(days: number) {
  return { subject: 'CN=b', issuer: 'CN=ca', validUntil: nowMs + days * dayMs };
}

function well(broker: string, days = 90): ReachedBroker {
  return {
    broker,
    isBootstrap: true,
    dns: { ok: true, value: ['10.0.0.1'] },
    tcp: { ok: true, value: undefined },
    tls: { ok: true, value: certificate(days) },
    login: { ok: true, value: new Map() },
  };
}

const unresolved = (broker: string, isBootstrap = true): ReachedBroker => ({
  broker,
  isBootstrap,
  dns: { ok: false, reason: 'ENOTFOUND' },
});

function judged(view: Partial<ReachView>): string[] {
  const all = { cluster: 'us', authentication: tls, brokers: [], nowMs, ...view };
  return reachChecks(all).map(({ check, broker, outcome, found }) =>
    [check, broker ?? '', outcome, found].join('|'),
  );
}

describe('the ways to the brokers of a cluster', () => {
  test('are one row for each step where all are well, however many brokers there are', () => {
    assert.deepEqual(judged({ brokers: ['a:1', 'b:1', 'c:1', 'd:1'].map((one) => well(one)) }), [
      'dns||ok|a:1, b:1, c:1 and 1 more → 10.0.0.1',
      'tcp||ok|a:1, b:1, c:1 and 1 more',
      'tls||ok|CN=b, issued by CN=ca, valid until 2026-04-01',
      'authentication||ok|TLS: a:1, b:1, c:1 and 1 more',
    ]);
  });

  test('where nobody is reached, fail at the first step, and the others are skipped', () => {
    assert.deepEqual(judged({ brokers: [unresolved('a:1')] }), [
      'dns|a:1|failed|ENOTFOUND',
      'tcp||skipped|no broker was reached so far',
      'tls||skipped|no broker was reached so far',
      'authentication||skipped|no broker was reached so far',
    ]);
  });

  test('may lack one of several bootstrap servers, but no broker that the cluster names', () => {
    const outcomeOf = (brokers: ReachedBroker[]) => judged({ brokers })[1];
    assert.equal(outcomeOf([well('a:1'), unresolved('b:1')]), 'dns|b:1|warning|ENOTFOUND');
    assert.equal(outcomeOf([well('a:1'), unresolved('b:1', false)]), 'dns|b:1|failed|ENOTFOUND');
  });
});

describe('certificates', () => {
  const rows = (days: number) => judged({ brokers: [well('a:1', days)] })[2];

  test('are warned of from 30 days before their end', () => {
    assert.match(rows(30)!, /^tls\|\|ok/);
    assert.match(rows(29)!, /^tls\|\|warning\|.*valid until 2026-01-30: 29 days left$/);
    assert.match(rows(1)!, /: 1 day left$/);
  });

  test('that differ have rows of their own', () => {
    const found = judged({ brokers: [well('a:1', 90), well('b:1', 10)] });
    assert.match(found[2]!, /^tls\|a:1\|ok/);
    assert.match(found[3]!, /^tls\|b:1\|warning/);
  });

  test('that nobody trusts fail', () => {
    const problem = { reason: 'CERT_HAS_EXPIRED' };
    const broker = {
      ...well('a:1'),
      tls: { ok: true as const, value: { ...certificate(-1), problem } },
    };
    assert.match(judged({ brokers: [broker] })[2]!, /^tls\|\|failed\|.*: CERT_HAS_EXPIRED$/);
  });
});

test('a login in clear is warned of, nothing encrypted without one is only said', () => {
  const { tls: _, ...open } = well('a:1');
  const credentials = { secretArn: 'arn' };
  const sasl = { mechanism: 'PLAIN', credentials } as const;
  assert.match(
    judged({ authentication: { sasl }, brokers: [open] })[2]!,
    /^tls\|\|warning\|.*login by PLAIN$/,
  );
  const plain = judged({ authentication: undefined, brokers: [open] });
  assert.match(plain[2]!, /^tls\|\|skipped\|nothing is encrypted/);
  assert.equal(plain[3], 'authentication||ok|no login: a:1');
});
