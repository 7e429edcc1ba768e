import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aclsJson, renderAclCommands, renderAclTable } from '../../../../lib/cli/render/acls.ts';
import { loadFlow } from '../../discovery/mapped-flow.ts';

function flowAcls(...flow: string[]) {
  const { configuration } = loadFlow({ flow });
  assert.ok(configuration);
  const principals = { source: 'User:a', target: "User:CN=b,O=it's" };
  return { configuration, flow: configuration.flows[0]!, principals };
}

const one = flowAcls("topics: [orders, 'pay-[0-9]+']", 'groups: ["my app"]');

describe('ACLs as commands', () => {
  const script = renderAclCommands([one]).join('\n');

  it('are one for each resource, which a shell takes as they are', () => {
    assert.match(
      script,
      /^kafka-acls\.sh --bootstrap-server us-1:9092,us-2:9092 --command-config admin\.properties \\\n {2}--add --allow-principal User:a --operation Read --operation DescribeConfigs --topic orders$/m,
    );
    assert.match(script, /--operation Describe --group 'my app'$/m);
    assert.match(script, /--allow-principal 'User:CN=b,O=it'\\''s' --operation Alter --cluster$/m);
    assert.match(script, /--topic us\.pay- --resource-pattern-type prefixed$/m);
  });

  it('say what each is for, what covers too much, and what old brokers want', () => {
    assert.match(script, /^# source cluster us, topic orders\n# {3}Read – event source mapping: /m);
    assert.match(script, /^# {3}more than the flow takes: .*`pay-\[0-9\]\+`$/m);
    assert.match(script, /brokers before 2\.8 only.*\n# kafka-acls\.sh .*\n# .*IdempotentWrite/m);
  });
});

describe('ACLs as a table and as JSON', () => {
  it('have a row for each that needs one', () => {
    const lines = renderAclTable([one]);
    assert.match(
      lines[0]!,
      /^FLOW +CLUSTER +PRINCIPAL +RESOURCE +PATTERN +NAME +OPERATION +NEEDED BY$/,
    );
    const at = lines.findIndex((line) => / orders +Read /.test(line));
    assert.match(
      lines[at]!,
      /^us->eu +us +User:a +topic +literal +orders +Read +event source mapping: /,
    );
    assert.match(lines[at + 1]!, /^ +checkpoint: /);
  });

  it('leave nothing out', () => {
    const { flow, acls } = JSON.parse(JSON.stringify(aclsJson(one)));
    assert.equal(flow, 'us->eu');
    const idempotent = acls.find(
      (acl: { operation: string }) => acl.operation === 'IdempotentWrite',
    );
    assert.deepEqual(idempotent, {
      cluster: 'eu',
      side: 'target',
      principal: "User:CN=b,O=it's",
      resourceType: 'cluster',
      patternType: 'LITERAL',
      name: 'kafka-cluster',
      operation: 'IdempotentWrite',
      needs: [{ user: 'replicate', why: 'writes as an idempotent producer' }],
      note: null,
      brokersBefore: '2.8',
    });
  });
});
