/** Connections die in every way; the data plane notices, says so, and never sends a batch twice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { MirrorlessError } from '../../lib/errors.ts';
import { openDataPlane } from '../../lib/kafka/data-plane.ts';
import type { ProducerIdentity } from '../../lib/kafka/ports.ts';
import { freePort } from '../../lib/local/parts/ports.ts';
import { ClientProcess } from '../support/client-process.ts';
import { batchOf, said, send, useCluster } from '../support/data-plane.ts';
import { ownCluster } from '../support/parts.ts';
import { TcpProxy } from '../support/proxy.ts';

const proxy = await TcpProxy.start();
after(() => proxy.close());
await startBrokerBehind(proxy);
const throughProxy = `127.0.0.1:${proxy.port}`;
const cluster = useCluster(throughProxy);
after(() => cluster.close());

describe('a connection that the broker closed because it was idle', () => {
  test('is replaced, and the batch is acknowledged', async () => {
    const dataPlane = cluster.connect();
    const identity = await dataPlane.allocateProducer();
    const topic = await cluster.createTopic();
    assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 1 }), 'offset 0');
    await allConnectionsClosed();
    const before = proxy.connectionCount;
    assert.equal(await send(dataPlane, identity, { topic, from: 1, to: 2 }), 'offset 1');
    assert.equal(proxy.connectionCount, before + 1);
  });

  test('is replaced also where that happened while the process was frozen', async (context) => {
    const { client, producerId } = await startClient(context, 10_000);
    const topic = await cluster.createTopic();
    const asked = (from: number) =>
      client.ask({ kind: 'produce', producerId, topic, from, to: from + 1 });
    assert.equal(await asked(0), 'offset 0');
    for (let round = 1; round <= 3; round += 1) {
      client.freeze();
      await allConnectionsClosed();
      // The request is there at the same instant as the end of the connection.
      const answer = asked(round);
      client.thaw();
      assert.equal(await answer, `offset ${round}`);
    }
  });
});

test('an answer that waits in the socket of a frozen process is taken after the thaw', async (context) => {
  const requestTimeoutMs = 1200;
  const { client, producerId } = await startClient(context, requestTimeoutMs);
  const topic = await cluster.createTopic();
  await client.ask({ kind: 'produce', producerId, topic, from: 0, to: 1 });
  const request = once(proxy.events, 'request');
  const fetched = client.ask({ kind: 'fetch', topic, maxWaitMs: 600 });
  await request;
  const sentAt = performance.now();
  const answered = once(proxy.events, 'answer');
  client.freeze();
  await answered;
  // Frozen for longer than the whole time-out: a timer that counts this is overdue at the thaw.
  await pause(2 * requestTimeoutMs - (performance.now() - sentAt));
  client.thaw();
  assert.equal(await fetched, 'end 1');
});

describe('a path that is lost in the middle', () => {
  test('fails the batch as unknown within the time-out, and is replaced', async () => {
    const { dataPlane, identity, topic } = await prepared(1000);
    proxy.hold();
    const startedAt = performance.now();
    const [answer] = await dataPlane.produce([batchOf(identity, { topic, from: 1, to: 2 })]);
    const elapsedMs = performance.now() - startedAt;
    proxy.release();
    assert.ok(elapsedMs > 900 && elapsedMs < 2000, `${elapsedMs} ms`);
    assert.ok(answer && !answer.ok);
    assert.equal(answer.error.code, 'TARGET_UNREACHABLE');
    assert.equal(answer.error.place.broker, throughProxy);
    assert.match(answer.error.message, /no answer to Produce within 1000 ms/);
    assert.equal(answer.kafkaCode, 13);
    assert.deepEqual(await logEnd(dataPlane, topic), 1n, 'it was not sent again');
    assert.equal(await send(dataPlane, identity, { topic, from: 1, to: 2 }), 'offset 1');
  });

  test('fails every batch behind it too', async () => {
    const { dataPlane, identity, topic } = await prepared(1000);
    proxy.hold();
    const calls = [1, 2, 3, 4, 5, 6, 7].map((from) =>
      send(dataPlane, identity, { topic, from, to: from + 1 }),
    );
    const answers = await Promise.all(calls);
    proxy.release();
    assert.deepEqual(new Set(answers), new Set(['error 13']));
    assert.deepEqual(await logEnd(dataPlane, topic), 1n);
  });
});

describe('a connection that is cut', () => {
  test('with a batch on its way: the batch is not sent again', async () => {
    const { dataPlane, identity, topic } = await prepared(10_000);
    proxy.hold();
    const request = once(proxy.events, 'request');
    const produced = dataPlane.produce([batchOf(identity, { topic, from: 1, to: 2 })]);
    await request;
    proxy.release();
    proxy.cut();
    const [answer] = await produced;
    assert.equal(said(answer), 'error 13');
    assert.equal(answer?.ok === false && answer.error.code, 'TARGET_UNREACHABLE');
    assert.deepEqual(await logEnd(dataPlane, topic), 1n);
  });

  for (const end of ['cut', 'hangUp'] as const) {
    test(`with a question on its way (${end}): it is asked again on a new one`, async () => {
      const { dataPlane, topic } = await prepared(10_000);
      proxy.hold();
      const request = once(proxy.events, 'request');
      const logged = logEnd(dataPlane, topic);
      await request;
      proxy.release();
      proxy[end]();
      assert.equal(await logged, 1n);
    });
  }

  test('by closing the data plane: what was on its way fails, and nothing is opened again', async () => {
    const { dataPlane, identity, topic } = await prepared(10_000);
    proxy.hold();
    const request = once(proxy.events, 'request');
    const produced = dataPlane.produce([batchOf(identity, { topic, from: 1, to: 2 })]);
    const end = dataPlane.listOffsets([{ topic, partition: 0 }], 'latest');
    await request;
    const before = proxy.connectionCount;
    await dataPlane.close();
    proxy.release();
    assert.equal(said((await produced)[0]), 'error 13');
    assert.equal((await end)[0]?.ok, false);
    assert.equal(proxy.connectionCount, before);
  });
});

test('calls that do not wait for one another arrive in their order', async () => {
  const topic = await cluster.createTopic();
  const other = await cluster.createTopic();
  const identity = await cluster.connect().allocateProducer();
  const dataPlane = cluster.connect();
  const calls = Array.from({ length: 12 }, (_, from) =>
    dataPlane.produce([
      // A topic of its own in each call, so that some calls have leaders to ask for.
      ...(from % 4 === 1 ? [batchOf(identity, { topic: other, from, to: from + 1 })] : []),
      batchOf(identity, { topic, from, to: from + 1 }),
    ]),
  );
  const answers = (await Promise.all(calls)).map((list) => said(list.at(-1)));
  assert.deepEqual(
    answers,
    Array.from({ length: 12 }, (_, from) => `offset ${from}`),
  );
});

describe('a cluster that cannot be reached', () => {
  test('is told at once, with every server that was tried', async () => {
    const servers = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const startedAt = performance.now();
    const error = await failureOf(servers, 10_000);
    assert.ok(performance.now() - startedAt < 1000);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
    for (const server of servers)
      assert.match(error.message, new RegExp(`${server}.*ECONNREFUSED`));
    assert.deepEqual(error.place, { cluster: 'backup' });
  });

  test('one server that answers is enough', async () => {
    const servers = [
      `127.0.0.1:${await freePort()}`,
      throughProxy,
      `127.0.0.1:${await freePort()}`,
    ];
    const dataPlane = dataPlaneTo(servers, 10_000);
    assert.ok(await dataPlane.allocateProducer());
    await dataPlane.close();
  });

  test('a host that does not exist is named', async () => {
    const error = await failureOf(['broker.invalid:9092'], 5000);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
    assert.match(error.message, /broker\.invalid/);
  });

  test('a server that accepts and never answers is given up within the time-out', async (context) => {
    const silent = await listen(context, () => {});
    const startedAt = performance.now();
    const error = await failureOf([silent], 800);
    const elapsedMs = performance.now() - startedAt;
    assert.ok(elapsedMs >= 750 && elapsedMs < 1600, `${elapsedMs} ms`);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
    assert.match(error.message, new RegExp(`${silent} .*no answer to Metadata within 800 ms`));
  });

  test('a listener that wants TLS is told apart', async (context) => {
    const alert = Buffer.from('15030300020246', 'hex');
    const tls = await listen(context, (socket) => socket.once('data', () => socket.end(alert)));
    const error = await failureOf([tls], 5000);
    assert.equal(error.code, 'AUTHENTICATION_FAILED');
    assert.match(error.message, /TLS/);
  });

  test('a listener that closes at the first request is told with a hint', async (context) => {
    const closing = await listen(context, (socket) => socket.once('data', () => socket.end()));
    const error = await failureOf([closing], 5000);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
    assert.match(error.message, /does it expect TLS or SASL\?/);
  });

  test('a server that speaks another protocol does not crash anything', async (context) => {
    const other = await listen(context, (socket) =>
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const error = await failureOf([other], 1000);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
  });
});

async function startBrokerBehind(front: TcpProxy): Promise<void> {
  const port = await freePort();
  front.forwardTo(port);
  const properties = {
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${front.port}`,
    'connections.max.idle.ms': '2000',
  };
  await ownCluster({ after }, { version: '4.3.1', port, properties });
}

/** Waits until the broker has closed every connection through the proxy for being idle. */
async function allConnectionsClosed(): Promise<void> {
  while (proxy.openCount > 0) await once(proxy.events, 'closed');
}

async function startClient(context: { after(stop: () => unknown): void }, timeoutMs: number) {
  const client = new ClientProcess(throughProxy, timeoutMs);
  context.after(() => client.stop());
  const { producerId } = await cluster.connect().allocateProducer();
  return { client, producerId: String(producerId) };
}

/** A data plane that has produced one record on a topic of its own. */
async function prepared(requestTimeoutMs: number) {
  const topic = await cluster.createTopic();
  const dataPlane = cluster.connect(requestTimeoutMs);
  const identity: ProducerIdentity = await dataPlane.allocateProducer();
  assert.equal(await send(dataPlane, identity, { topic, from: 0, to: 1 }), 'offset 0');
  return { dataPlane, identity, topic };
}

async function logEnd(dataPlane: ReturnType<typeof openDataPlane>, topic: string) {
  const [end] = await dataPlane.listOffsets([{ topic, partition: 0 }], 'latest');
  return end?.ok ? end.value : end?.error;
}

function dataPlaneTo(bootstrapServers: string[], requestTimeoutMs: number) {
  return openDataPlane({
    cluster: { alias: 'backup', bootstrapServers },
    side: 'target',
    requestTimeoutMs,
  });
}

async function failureOf(servers: string[], requestTimeoutMs: number): Promise<MirrorlessError> {
  const dataPlane = dataPlaneTo(servers, requestTimeoutMs);
  const [answer] = await dataPlane.listOffsets([{ topic: 'any', partition: 0 }], 'latest');
  await dataPlane.close();
  assert.ok(answer && !answer.ok);
  return answer.error;
}

async function listen(
  context: { after(stop: () => unknown): void },
  onConnection: (socket: Socket) => void,
): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
