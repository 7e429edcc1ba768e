/** Flows between clusters that ask for different logins: every function, the pollers, the commands. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import { openGroups } from '../../lib/kafka/groups.ts';
import { topicCreation } from '../../lib/kafka/topic-creation.ts';
import { send } from '../support/data-plane.ts';
import { sharedParts } from '../support/parts.ts';
import { startSecuredClusters } from '../support/secured/clusters.ts';
import { testNoSecretIsSeen } from '../support/secured/evidence.ts';
import {
  clusterLines,
  configurationText,
  loginEnvironment,
  type SecuredKind,
  securedKinds,
} from '../support/secured/kinds.ts';
import { securedWorkspace } from '../support/secured/local-run.ts';

const { awsEnvironment } = await sharedParts();
const secured = await startSecuredClusters({ after });
const environment = { ...awsEnvironment, ...loginEnvironment(secured) };
const plainSource = openDataPlane(plain('source'));
const plainTarget = openDataPlane(plain('target'));
const plainGroups = openGroups(plain('source'));
after(() => Promise.all([plainSource, plainTarget, plainGroups].map((each) => each.close())));

const recordCount = 300;

/**
 * Those that log in, or show a configuration: of all flows, or of one. 3 is the end of those for
 * which a flow without its host is not as it should be.
 */
const commands = { 'config show': 0, 'preflight -o json': 0, status: 3, 'lag -o json': 0 };
const commandsOfFlow = {
  plan: 3,
  'discover --dry-run': 0,
  'acls required': 0,
  'groups list -o json': 0,
};

/** Each kind once on either side, never the same on both. */
const pairs = securedKinds.map((kind, index): [SecuredKind, SecuredKind] => {
  return [kind, securedKinds[(index + 1) % securedKinds.length]!];
});

before(async () => {
  const identity = await plainSource.allocateProducer();
  const creation = topicCreation(plainSource, plain('source'));
  for (const [kind] of pairs) {
    const topic = topicOf(kind);
    await creation.createTopics([{ topic, partitionCount: 1, replicationFactor: 1 }]);
    assert.equal(
      await send(plainSource, identity, { topic, from: 0, to: recordCount }),
      'offset 0',
    );
    const position = { topic, partition: 0, offset: 100n, metadata: '' };
    await plainGroups.commitOffsets(`${topic}-app`, [position]);
  }
});

for (const some of [pairs.slice(0, 4), pairs.slice(4)]) {
  describe(`from ${some.map(([from, to]) => `${from} to ${to}`).join(', ')}`, () => {
    test('everything is copied and translated, and commands see it', async (t) => {
      const text = configurationOf(some);
      const workspace = await securedWorkspace(t, secured, { text, environment });
      const { code, stdout, stderr } = await workspace.run('local', '--once', '-o', 'json');
      assert.equal(code, 0, stderr);
      for (const flow of JSON.parse(stdout).flows) assert.equal(flow.caughtUp, true, flow.flow);
      for (const [kind] of some) {
        const topic = topicOf(kind);
        const remote = { topic: `${aliasOf('source', kind)}.${topic}`, partition: 0 };
        const [end] = await plainTarget.listOffsets([remote], 'latest');
        assert.deepEqual(end, { ok: true, value: BigInt(recordCount) }, topic);
      }
      assert.equal(await plainTarget.partitionCount('heartbeats'), 1);
      const run = async (command: string, expectedCode: number, ...more: string[]) => {
        const { code, stdout, stderr } = await workspace.run(...command.split(' '), ...more);
        assert.equal(code, expectedCode, `${command}: ${stdout}${stderr}`);
        return stdout;
      };
      for (const [command, expected] of Object.entries(commands)) await run(command, expected);
      for (const [from, to] of some) {
        const flow = `${aliasOf('source', from)}->${aliasOf('target', to)}`;
        for (const [command, expected] of Object.entries(commandsOfFlow)) {
          await run(command, expected, '--flow', flow);
        }
        const group = `${topicOf(from)}-app`;
        const described = await run('groups describe -o json', 0, '--flow', flow, '--group', group);
        assert.match(described, /"exact"/);
      }
    });
  });
}

test('beside the emulated DynamoDB of the host functions have the credentials that IAM asks for', async (t) => {
  const text = configurationOf([['AWS_MSK_IAM', 'mTLS']]);
  const workspace = await securedWorkspace(t, secured, {
    text,
    environment: loginEnvironment(secured),
  });
  const { code, stdout, stderr } = await workspace.run('local', '--once', '-o', 'json');
  assert.equal(code, 0, stderr);
  const [flow] = JSON.parse(stdout).flows;
  assert.equal(flow.caughtUp, true);
  const described = await workspace.run(
    ...['groups', 'describe', '--group', `${topicOf('AWS_MSK_IAM')}-app`],
    ...['-o', 'json', '--state', '.mirrorless'],
  );
  assert.equal(described.code, 0, described.stderr);
  assert.match(described.stdout, /"exact"/);
});

test('what functions logged and were started with was seen', () => {
  assert.match(secured.evidence.of('arguments'), /runtime\.ts/);
  assert.match(secured.evidence.of('files'), /mirrorless-replicate/);
});

const kinds = ['printed', 'files', 'arguments', 'tables'];
testNoSecretIsSeen(secured.evidence, kinds, () => secured.hidden);

function configurationOf(some: readonly [SecuredKind, SecuredKind][]): string {
  const clusters = some.flatMap(([from, to]) => [
    [aliasOf('source', from), clusterLines(secured, 'source', from)] as const,
    [aliasOf('target', to), clusterLines(secured, 'target', to)] as const,
  ]);
  const flows = some.map(([from, to]) => {
    const settings = `topics: [${topicOf(from)}], emit.heartbeats.enabled: true`;
    return `${aliasOf('source', from)}->${aliasOf('target', to)}: { ${settings} }`;
  });
  const text = configurationText(Object.fromEntries(clusters), flows);
  return `${text}emit.heartbeats.enabled: false\n`;
}

function aliasOf(side: 'source' | 'target', kind: SecuredKind): string {
  return `${side}-${kind.toLowerCase().replaceAll('_', '-')}`;
}

function topicOf(kind: SecuredKind): string {
  return `orders-${kind.toLowerCase().replaceAll('_', '-')}`;
}

function plain(side: 'source' | 'target') {
  const cluster = { alias: side, bootstrapServers: [secured[side].bootstrapServers] };
  return { cluster, side, requestTimeoutMs: 10_000 };
}
