import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planAcls } from '../../../lib/discovery/plan-acls.ts';
import type { TopicAcl } from '../../../lib/kafka/topic-admin.ts';

function acl(overrides: Partial<TopicAcl> = {}): TopicAcl {
  return {
    topic: 'orders',
    pattern: 'LITERAL',
    principal: 'User:reader',
    host: '*',
    operation: 'READ',
    permission: 'ALLOW',
    ...overrides,
  };
}

function plan(source: TopicAcl[], target: TopicAcl[] = [], separator = 'us.') {
  return planAcls({
    source,
    target,
    mirrors: (topic) => topic !== 'internal',
    formatRemoteTopic: (topic) => `${separator}${topic}`,
  });
}

const acls = (...args: Parameters<typeof plan>) => plan(...args).map((action) => action.acl);

describe('the plan of ACLs', () => {
  it('copies what is allowed and denied to the remote topic, with the reason', () => {
    assert.deepEqual(plan([acl(), acl({ permission: 'DENY', host: '10.0.0.1' })]), [
      {
        kind: 'create-acl',
        topic: 'orders',
        acl: acl({ topic: 'us.orders' }),
        reason: 'the source allows User:reader READ',
      },
      {
        kind: 'create-acl',
        topic: 'orders',
        acl: acl({ topic: 'us.orders', permission: 'DENY', host: '10.0.0.1' }),
        reason: 'the source denies User:reader READ from 10.0.0.1',
      },
    ]);
  });

  it('lets nobody write: leaves WRITE out, makes READ of ALL, and keeps what denies either', () => {
    const found = acls([
      acl({ operation: 'WRITE' }),
      acl({ operation: 'ALL' }),
      acl({ operation: 'WRITE', permission: 'DENY' }),
      acl({ operation: 'ALL', permission: 'DENY' }),
      acl({ operation: 'ALTER' }),
    ]);
    const remote = (overrides: Partial<TopicAcl>) => acl({ topic: 'us.orders', ...overrides });
    assert.deepEqual(found, [
      remote({ operation: 'READ' }),
      remote({ operation: 'WRITE', permission: 'DENY' }),
      remote({ operation: 'ALL', permission: 'DENY' }),
      remote({ operation: 'ALTER' }),
    ]);
  });

  it('takes literal ones of mirrored topics only, and `*` as the literal that it is', () => {
    const source = [acl({ pattern: 'PREFIXED' }), acl({ topic: 'internal' }), acl({ topic: '*' })];
    assert.deepEqual(acls(source), [acl({ topic: 'us.*' })]);
    assert.deepEqual(acls(source, [], ''), [acl({ topic: '*' })]);
  });

  it('leaves what the target has, creates each only once, and takes nothing away', () => {
    const source = [acl(), acl({ operation: 'ALL' }), acl({ host: 'other' })];
    const target = [acl({ topic: 'us.orders' }), acl({ topic: 'us.orders', operation: 'DELETE' })];
    assert.deepEqual(acls(source, target), [acl({ topic: 'us.orders', host: 'other' })]);
    assert.equal(acls([acl(), acl({ operation: 'ALL' })]).length, 1);
  });
});
