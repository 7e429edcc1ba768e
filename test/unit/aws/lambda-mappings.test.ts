import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { lambdaClient, lambdaMappings } from '../../../lib/aws/lambda-mappings.ts';
import type { MappingParameters, MappingsApi } from '../../../lib/aws/mappings.ts';
import { type ServedLambda, serveLambda } from '../../support/lambda-api.ts';
import { until } from '../../support/until.ts';

const parameters: MappingParameters = {
  FunctionName: 'replicate',
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['localhost:9092'] } },
  SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'mirrorless/a/b/orders' },
  Topics: ['orders'],
  StartingPosition: 'AT_TIMESTAMP',
  StartingPositionTimestamp: new Date(1_500),
  BatchSize: 7,
  MaximumBatchingWindowInSeconds: 0,
  Tags: { team: 'streams' },
};

function apiAt(t: TestContext, endpoint: string): MappingsApi {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = lambdaClient({ endpoint, region: 'us-east-1', credentials });
  t.after(() => client.destroy());
  return lambdaMappings(client, { timeoutMs: 1000 });
}

async function served(
  t: TestContext,
  transitionMs = 2,
): Promise<{ lambda: ServedLambda; api: MappingsApi }> {
  const lambda = await serveLambda(t, { transitionMs });
  return { lambda, api: apiAt(t, lambda.endpoint) };
}

const stateIs = (api: MappingsApi, state: string | undefined) =>
  until(async () => (await api.list('replicate'))[0]?.State === state);

describe('mappings through the AWS SDK', () => {
  it('are created, found, changed, tagged and deleted', async (t) => {
    const { api } = await served(t);
    const { UUID, State } = await api.create(parameters);
    assert.equal(State, 'Creating');
    await stateIs(api, 'Enabled');
    const [found] = await api.list('replicate');
    const { FunctionName: _, Tags, ...described } = parameters;
    assert.deepEqual({ ...found, ...described }, found);
    await api.update(UUID, { Enabled: false, BatchSize: 9 });
    await stateIs(api, 'Disabled');
    const [changed] = await api.list('replicate');
    assert.equal(changed?.BatchSize, 9);
    const arn = changed.EventSourceMappingArn!;
    assert.deepEqual(await api.tags(arn), Tags);
    await api.tag(arn, { stage: 'test' });
    assert.deepEqual(await api.tags(arn), { team: 'streams', stage: 'test' });
    await api.delete(UUID);
    await stateIs(api, undefined);
  });

  it('are refused with the codes of the project', async (t) => {
    const { api } = await served(t, 60_000);
    const { UUID } = await api.create(parameters);
    await assert.rejects(api.update(UUID, { BatchSize: 1 }), { code: 'MAPPING_BUSY' });
    await assert.rejects(api.create(parameters), { code: 'MAPPING_CONFLICT' });
    await assert.rejects(api.delete('unknown'), { code: 'MAPPING_MISSING' });
    await assert.rejects(api.list('unknown'), { code: 'MAPPING_MISSING' });
    const others = { ...parameters, Topics: ['x'] };
    await assert.rejects(api.create(others), { code: 'MAPPING_REFUSED', message: /Topics/ });
  });

  it('wait for their turn where others use up what the account may call', async (t) => {
    const { lambda, api } = await served(t);
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=another' };
    const url = `${lambda.endpoint}/2015-03-31/event-source-mappings`;
    const others = await Promise.all(Array.from({ length: 30 }, () => fetch(url, { headers })));
    assert.ok(others.some(({ status }) => status === 429));
    assert.deepEqual(await api.list('replicate'), []);
  });

  it('are refused no call for their own haste', async (t) => {
    const { api } = await served(t);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 31 }, () => api.list('replicate')));
    const tookMs = performance.now() - startedAt;
    assert.ok(tookMs > 1900, `${tookMs} ms for 31 calls at 15 a second`);
  });

  it('come in pages, all of which are read', async (t) => {
    const pages: Record<string, object> = {
      '': { EventSourceMappings: [{ UUID: 'a' }, { UUID: 'b' }], NextMarker: 'b/=' },
      'b/=': { EventSourceMappings: [{ UUID: 'c' }] },
    };
    const endpoint = await answering(t, (url) => pages[url.searchParams.get('Marker') ?? '']);
    const all = await apiAt(t, endpoint).list('replicate');
    assert.deepEqual(
      all.map(({ UUID }) => UUID),
      ['a', 'b', 'c'],
    );
  });

  it('are asked for again where a connection broke, and not a third time', async (t) => {
    let requests = 0;
    const brokenOnce = await answering(t, () => {
      requests += 1;
      return requests === 1 ? 'break' : { EventSourceMappings: [] };
    });
    assert.deepEqual(await apiAt(t, brokenOnce).list('replicate'), []);
    const broken = await answering(t, () => {
      requests += 1;
      return 'break';
    });
    await assert.rejects(apiAt(t, broken).list('replicate'), { code: 'LAMBDA_UNAVAILABLE' });
    assert.equal(requests, 4);
  });

  it('are unavailable where nobody answers, in time or at all', async (t) => {
    const silent = await answering(t, () => undefined);
    await assert.rejects(apiAt(t, silent).list('replicate'), { code: 'LAMBDA_UNAVAILABLE' });
    const nobody = apiAt(t, 'http://127.0.0.1:1');
    await assert.rejects(nobody.create(parameters), {
      code: 'LAMBDA_UNAVAILABLE',
      message: /CreateEventSourceMapping for orders/,
    });
  });
});

/** A server that answers with what it is given, and not at all to what it is given nothing for. */
async function answering(t: TestContext, bodyFor: (url: URL) => object | 'break' | undefined) {
  const server = createServer(({ url = '' }, response) => {
    const body = bodyFor(new URL(url, 'http://localhost'));
    if (body === 'break') response.destroy();
    else if (body !== undefined) response.end(JSON.stringify(body));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
