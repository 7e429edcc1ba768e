import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../../lib/cli/command.ts';
import { mappingsAt } from '../../../lib/cli/lambda-client.ts';
import { statePlace } from '../../../lib/cli/state-client.ts';
import type { MirrorlessError } from '../../../lib/errors.ts';
import { serveLambda } from '../../support/lambda-api.ts';
import { recordingIo } from './screen.ts';

const ioWith = (environment: Record<string, string>) => ({ ...recordingIo().io, environment });

test('the mappings are those of the host that serves in the state folder', async (t) => {
  const { directory } = await serveLambda(t);
  await using mappings = mappingsAt({ state: directory }, ioWith({}));
  assert.deepEqual(await mappings.list('replicate'), []);
});

test('a host that was killed, or never ran, is said to be missing', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'lambda'));
  const open = async () => {
    await using mappings = mappingsAt({ state: directory }, ioWith({}));
    await mappings.list('replicate');
  };
  await assert.rejects(open, { code: 'LAMBDA_UNREACHABLE' });
  await writeFile(join(directory, 'lambda', 'endpoint'), 'http://127.0.0.1:1');
  await assert.rejects(open, { code: 'LAMBDA_UNREACHABLE' });
});

test('beside a DynamoDB of one’s own, no account is changed by accident', async () => {
  const dynamoDb = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1', AWS_REGION: 'eu-west-1' };
  await using alone = mappingsAt({}, ioWith(dynamoDb));
  await assert.rejects(alone.list('replicate'), { code: 'LAMBDA_UNREACHABLE' });
  const named = { ...dynamoDb, AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:2' };
  await using both = mappingsAt({}, ioWith(named));
  const reached = await both.list('replicate').catch((error: unknown) => error);
  assert.notEqual((reached as MirrorlessError).code, 'LAMBDA_UNREACHABLE');
});

test('a folder is a state folder by what a host keeps in it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  t.after(() => rm(directory, { recursive: true }));
  assert.throws(() => statePlace({ state: directory }, ioWith({})), UsageError);
  await mkdir(join(directory, 'aws'));
  assert.deepEqual(statePlace({ state: directory }, ioWith({})), { folder: directory });
  assert.equal(statePlace({}, ioWith({ AWS_PROFILE: 'some' })), 'aws');
});
