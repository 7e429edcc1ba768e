import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import {
  answerCustomResource,
  answerText,
  type CustomResourceRequest,
  customResourceRequest,
} from '../../../lib/aws/custom-resource.ts';

const request: CustomResourceRequest = {
  RequestType: 'Create',
  ResponseURL: '',
  StackId: 'arn:aws:cloudformation:eu-central-1:111122223333:stack/mirror/1',
  RequestId: 'r1',
  LogicalResourceId: 'Discovery',
  ResourceProperties: {},
};

test('an event is a request of CloudFormation, or it is not', () => {
  assert.equal(customResourceRequest({ time: '2030-01-31T12:00:00Z' }), undefined);
  assert.equal(customResourceRequest(null), undefined);
  assert.deepEqual(customResourceRequest(request), request);
});

test('an answer names its request, keeps the resource the same, and is short', () => {
  const created = JSON.parse(answerText(request, { ok: true, data: { Outcome: '3 topics' } }));
  assert.deepEqual(created, {
    StackId: request.StackId,
    RequestId: 'r1',
    LogicalResourceId: 'Discovery',
    PhysicalResourceId: 'Discovery-r1',
    Status: 'SUCCESS',
    Data: { Outcome: '3 topics' },
  });
  const later = { ...request, RequestId: 'r2', PhysicalResourceId: 'Discovery-r1' };
  const failed = answerText(later, { ok: false, reason: 'ü'.repeat(5000) });
  assert.equal(JSON.parse(failed).PhysicalResourceId, 'Discovery-r1');
  assert.equal(JSON.parse(failed).Status, 'FAILED');
  assert.ok(Buffer.byteLength(failed) < 4096);
});

test('it is put without a content type, and again until it is taken', async (t) => {
  const statuses = [503, 200];
  const { url, received } = await serve(t, () => statuses.shift()!);
  const answered = { ...request, ResponseURL: url };
  await answerCustomResource(answered, { ok: true, data: {} }, { pauseMs: 1 });
  assert.deepEqual(received, [
    ['PUT', '', answerText(request, { ok: true, data: {} })],
    ['PUT', '', answerText(request, { ok: true, data: {} })],
  ]);
});

test('where it is never taken, it fails', async (t) => {
  const { url, received } = await serve(t, () => 403);
  const answered = { ...request, ResponseURL: url };
  const answering = answerCustomResource(answered, { ok: true, data: {} }, { pauseMs: 1 });
  await assert.rejects(answering, { code: 'LAMBDA_UNAVAILABLE', message: /HTTP 403/ });
  assert.equal(received.length, 4);
});

async function serve(t: TestContext, status: () => number) {
  const received: unknown[] = [];
  const server = createServer(async (incoming, response) => {
    const { method, headers } = incoming;
    received.push([method, headers['content-type'], await text(incoming)]);
    response.writeHead(status()).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?Signature=x`,
    received,
  };
}
