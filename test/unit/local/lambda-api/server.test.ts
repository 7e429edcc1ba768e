import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LocalMapping } from '../../../../lib/local/lambda-api/mapping-store.ts';
import { openLambdaApi, servedLambdaEndpoint } from '../../../../lib/local/lambda-api/server.ts';
import { replicateArn, type ServedLambda, serveLambda } from '../../../support/lambda-api.ts';
import { until } from '../../../support/until.ts';

const mappings = '/2015-03-31/event-source-mappings';
const authorization = 'AWS4-HMAC-SHA256 Credential=local';

/** Of every kind of answer, what the tests look at. */
interface Body extends LocalMapping {
  LastProcessingResult: string;
  Enabled?: boolean;
  Tags?: Record<string, string>;
  EventSourceMappings: LocalMapping[];
  NextMarker?: string;
  Message: string;
}

interface Reply {
  status: number;
  errorType: string | null;
  body: Body;
}

async function send(api: ServedLambda, method: string, path: string, body?: unknown) {
  const response = await fetch(api.endpoint + path, {
    method,
    headers: { authorization },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const errorType = response.headers.get('x-amzn-errortype');
  const reply: Reply = { status: response.status, errorType, body: text && JSON.parse(text) };
  return reply;
}

const parameters = (topic: string, own: object = {}) => ({
  FunctionName: 'replicate',
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['localhost:9092'] } },
  SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: `group-${topic}` },
  Topics: [topic],
  StartingPosition: 'TRIM_HORIZON',
  ...own,
});

const create = async (api: ServedLambda, topic: string, own: object = {}) =>
  send(api, 'POST', mappings, parameters(topic, own));

async function stateOf(api: ServedLambda, uuid: string): Promise<string> {
  const { status, body } = await send(api, 'GET', `${mappings}/${uuid}`);
  return status === 404 ? 'gone' : body.State;
}

/** Requests pass for as long as the limit lets them: one each time that `until` looks. */
const becomes = (api: ServedLambda, uuid: string, state: string) =>
  until(async () => (await stateOf(api, uuid)) === state);

describe('the Lambda API of the local host', () => {
  it('creates a mapping that takes a while, and then reads', async (t) => {
    const api = await serveLambda(t);
    const { status, body } = await create(api, 'orders', { BatchSize: 7, Tags: { a: 'b' } });
    assert.equal(status, 202);
    assert.equal(body.State, 'Creating');
    assert.equal(body.FunctionArn, replicateArn);
    const arn = `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${body.UUID}`;
    assert.equal(body.EventSourceMappingArn, arn);
    assert.equal(typeof body.LastModified, 'number');
    assert.equal(body.Tags, undefined);
    assert.equal(body.Enabled, undefined);
    await becomes(api, body.UUID, 'Enabled');
    assert.deepEqual(api.reading, [body.UUID]);
    const { body: described } = await send(api, 'GET', `${mappings}/${body.UUID}`);
    assert.equal(described.BatchSize, 7);
    assert.equal(described.LastProcessingResult, 'OK');
  });

  it('changes, disables and enables it, and reads accordingly', async (t) => {
    const api = await serveLambda(t);
    const { body } = await create(api, 'orders', { MaximumRetryAttempts: 3 });
    const path = `${mappings}/${body.UUID}`;
    await becomes(api, body.UUID, 'Enabled');
    const updating = await send(api, 'PUT', path, { BatchSize: 5, MaximumRetryAttempts: -1 });
    assert.equal(updating.status, 202);
    assert.deepEqual([updating.body.State, updating.body.BatchSize], ['Updating', 5]);
    await becomes(api, body.UUID, 'Enabled');
    assert.equal((await send(api, 'PUT', path, { Enabled: false })).body.State, 'Disabling');
    await becomes(api, body.UUID, 'Disabled');
    assert.deepEqual(api.reading, []);
    assert.equal((await send(api, 'PUT', path, { Enabled: true })).body.State, 'Enabling');
    await becomes(api, body.UUID, 'Enabled');
    assert.deepEqual(api.reading, [body.UUID]);
  });

  it('takes away what is set to nothing', async (t) => {
    const api = await serveLambda(t);
    const { body } = await create(api, 'orders', {
      ProvisionedPollerConfig: { MinimumPollers: 1, PollerGroupName: 'g' },
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::x' } },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    await becomes(api, body.UUID, 'Enabled');
    const path = `${mappings}/${body.UUID}`;
    const left = await send(api, 'PUT', path, {
      ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: '' },
    });
    assert.deepEqual(left.body.ProvisionedPollerConfig, { MinimumPollers: 2 });
    await becomes(api, body.UUID, 'Enabled');
    const { body: bare } = await send(api, 'PUT', path, {
      ProvisionedPollerConfig: {},
      DestinationConfig: { OnFailure: { Destination: '' } },
      FunctionResponseTypes: [],
    });
    assert.equal(bare.ProvisionedPollerConfig, undefined);
    assert.equal(bare.DestinationConfig, undefined);
    assert.equal(bare.FunctionResponseTypes, undefined);
    assert.deepEqual(bare.Topics, ['orders']);
  });

  it('deletes it after a while, and takes no change while it is at work', async (t) => {
    const api = await serveLambda(t, { transitionMs: 200 });
    const { body } = await create(api, 'orders');
    const path = `${mappings}/${body.UUID}`;
    const early = await send(api, 'PUT', path, { BatchSize: 1 });
    assert.equal(early.errorType, 'ResourceInUseException');
    assert.equal((await send(api, 'DELETE', path)).errorType, 'ResourceInUseException');
    await becomes(api, body.UUID, 'Enabled');
    const deleting = await send(api, 'DELETE', path);
    assert.deepEqual([deleting.status, deleting.body.State], [202, 'Deleting']);
    await becomes(api, body.UUID, 'gone');
    assert.deepEqual(api.reading, []);
    const gone = await send(api, 'DELETE', path);
    assert.deepEqual([gone.status, gone.errorType], [404, 'ResourceNotFoundException']);
  });

  it('refuses a second reader of a topic and a second owner of a group', async (t) => {
    const api = await serveLambda(t);
    const { body } = await create(api, 'orders');
    const group = { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'another' } };
    const second = await create(api, 'orders', group);
    assert.deepEqual([second.status, second.errorType], [409, 'ResourceConflictException']);
    assert.ok(second.body.Message.includes(body.UUID));
    const shared = { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group-orders' } };
    assert.equal((await create(api, 'others', shared)).status, 409);
    const elsewhere = { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['other:9092'] } };
    const other = await create(api, 'orders', { ...group, SelfManagedEventSource: elsewhere });
    assert.equal(other.status, 202);
  });

  it('lists by pages and by function and source', async (t) => {
    const api = await serveLambda(t);
    for (const topic of ['t1', 't2', 't3']) await create(api, topic);
    const first = await send(api, 'GET', `${mappings}?FunctionName=replicate&MaxItems=2`);
    assert.equal(first.body.EventSourceMappings.length, 2);
    const marker = encodeURIComponent(first.body.NextMarker!);
    const second = await send(api, 'GET', `${mappings}/?MaxItems=2&Marker=${marker}`);
    assert.equal(second.body.NextMarker, undefined);
    const all = [first, second].flatMap(({ body }) => body.EventSourceMappings);
    assert.deepEqual(all.map(({ Topics }) => Topics[0]).sort(), ['t1', 't2', 't3']);
    const onMsk = await send(api, 'GET', `${mappings}?EventSourceArn=arn%3Aaws%3Akafka`);
    assert.deepEqual(onMsk.body.EventSourceMappings, []);
    const unknown = await send(api, 'GET', `${mappings}?FunctionName=other`);
    assert.equal(unknown.errorType, 'ResourceNotFoundException');
  });

  it('keeps tags', async (t) => {
    const api = await serveLambda(t);
    const { body } = await create(api, 'orders', { Tags: { a: '1', b: '2' } });
    const path = `/2017-03-31/tags/${encodeURIComponent(body.EventSourceMappingArn)}`;
    assert.equal((await send(api, 'POST', path, { Tags: { b: '3', c: '4' } })).status, 204);
    assert.equal((await send(api, 'DELETE', `${path}?tagKeys=a&tagKeys=x`)).status, 204);
    assert.deepEqual((await send(api, 'GET', path)).body, { Tags: { b: '3', c: '4' } });
    const nowhere = '/2017-03-31/tags/arn%3Aaws%3Alambda%3A%3A%3Aevent-source-mapping%3Ax';
    assert.equal((await send(api, 'GET', nowhere)).status, 404);
  });

  it('refuses what Lambda refuses, with every reason', async (t) => {
    const api = await serveLambda(t);
    const refused = async (own: object, type: string) => {
      const { status, errorType, body } = await create(api, 'orders', own);
      assert.deepEqual([status, errorType], [400, type]);
      return body.Message;
    };
    const message = await refused({ BatchSize: 0, Topics: ['x'] }, 'ValidationException');
    assert.match(message, /^2 validation errors.*BatchSize.*Topics/);
    const invalid = 'InvalidParameterValueException';
    await refused({ StartingPosition: undefined }, invalid);
    await refused({ StartingPosition: 'AT_TIMESTAMP' }, invalid);
    const future = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1e11 };
    await refused(future, invalid);
    await refused({ EventSourceArn: 'arn:aws:kafka:us-east-1:111122223333:cluster/a/b' }, invalid);
    const other = { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'x' } };
    await refused(other, invalid);
    const malformed = await send(api, 'POST', mappings, '{');
    assert.equal(malformed.errorType, 'SerializationException');
    const nobody = await create(api, 'orders', { FunctionName: 'other' });
    assert.equal(nobody.errorType, 'ResourceNotFoundException');
    assert.equal((await send(api, 'GET', '/2015-03-31/functions')).status, 404);
    const unsigned = await fetch(api.endpoint + mappings);
    assert.equal(unsigned.status, 403);
  });

  it('refuses who is too fast', async (t) => {
    const api = await serveLambda(t);
    const many = Array.from({ length: 30 }, () => send(api, 'GET', mappings));
    const replies = await Promise.all(many);
    const refused = replies.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 10 && refused.length <= 15, `${refused.length} refused`);
    assert.ok(refused.every(({ errorType }) => errorType === 'TooManyRequestsException'));
  });

  it('goes on after a restart with the mappings as they were', async (t) => {
    const api = await serveLambda(t);
    const { body: reading } = await create(api, 'orders', { Tags: { a: 'b' } });
    const { body: disabled } = await create(api, 'paused', { Enabled: false });
    await becomes(api, reading.UUID, 'Enabled');
    await becomes(api, disabled.UUID, 'Disabled');
    await api.restart();
    assert.deepEqual(api.reading, [reading.UUID]);
    assert.equal(await stateOf(api, disabled.UUID), 'Disabled');
    const path = `/2017-03-31/tags/${encodeURIComponent(reading.EventSourceMappingArn)}`;
    assert.deepEqual((await send(api, 'GET', path)).body, { Tags: { a: 'b' } });
  });

  it('is found through its folder, and only while it is open', async (t) => {
    const api = await serveLambda(t);
    assert.equal(await servedLambdaEndpoint(api.directory), api.endpoint);
    assert.equal(await servedLambdaEndpoint(`${api.directory}-other`), undefined);
    const second = openLambdaApi({
      directory: api.directory,
      transitionMs: 1,
      startPollers: () => assert.fail('another host has the folder'),
      functionArn: () => undefined,
      notify: () => {},
    });
    await assert.rejects(second, { code: 'STATE_FOLDER_IN_USE' });
    await api.close();
    assert.equal(await servedLambdaEndpoint(api.directory), undefined);
  });

  it('settles after a restart what a host that ended left half done', async (t) => {
    const api = await serveLambda(t, { transitionMs: 60_000 });
    const { body } = await create(api, 'orders');
    await api.restart();
    assert.equal(await stateOf(api, body.UUID), 'Enabled');
    await send(api, 'DELETE', `${mappings}/${body.UUID}`);
    await api.restart();
    assert.equal(await stateOf(api, body.UUID), 'gone');
  });
});
