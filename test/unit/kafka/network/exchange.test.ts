import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, test } from 'node:test';
import { closed, Exchange } from '../../../../lib/kafka/network/exchange.ts';
import { FrameSplitter } from '../../../../lib/kafka/network/frame-splitter.ts';
import type { Api, Connection } from '../../../../lib/kafka/protocol/wire.ts';

/** Sends bytes, and is answered with a number. */
const echo: Api<Buffer, number> = {
  name: 'Echo',
  key: 77,
  version: 3,
  write: (writer, bytes) => writer.appendBytes(bytes).appendTaggedFields(),
  read: (reader) => reader.readInt32(),
};

/** An exchange, and the broker's end of its connection. */
function opened() {
  const [client, broker] = duplexPair() as [Duplex, Duplex];
  const library: Buffer[] = [];
  client.on('data', (bytes: Buffer) => library.push(bytes));
  client.on('error', () => {});
  const connection = { socket: client as unknown as Socket } as Connection;
  const exchange = new Exchange(connection, 'tester');
  const splitter = new FrameSplitter();
  const requests: Buffer[] = [];
  broker.on('data', (bytes: Buffer) => requests.push(...splitter.push(bytes)));
  return { client, broker, exchange, requests, library };
}

function answerTo(request: Buffer, content: Buffer): Buffer {
  const id = request.subarray(8, 12);
  const body = Buffer.concat([id, Buffer.from([0]), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Exchange', () => {
  test('writes the header of Kafka’s protocol and the content, whole', async () => {
    const { exchange, requests } = opened();
    const content = Buffer.alloc(100_000, 1);
    exchange.send(echo, content).catch(() => {});
    await turn();
    const [request] = requests;
    assert.deepEqual(request?.subarray(4, 8), Buffer.from([0, 77, 0, 3]));
    assert.deepEqual(request?.subarray(12, 21), Buffer.from('\0\x06tester\0'));
    assert.deepEqual(request?.subarray(24, -1), content);
  });

  test('does not copy what is large', () => {
    const { exchange, client } = opened();
    const written: Buffer[] = [];
    client.write = (piece: Buffer) => written.push(piece) > 0;
    const content = Buffer.alloc(100_000, 1);
    exchange.send(echo, content).catch(() => {});
    assert.ok(written.includes(content));
    assert.ok(written.length <= 3, 'and joins what is small');
  });

  test('gives each request its answer', async () => {
    const { exchange, broker, requests } = opened();
    const answers = [0, 1, 2].map((value) => exchange.send(echo, Buffer.from([value])));
    await turn();
    for (const index of [2, 0, 1]) broker.write(answerTo(requests[index]!, number(index * 10)));
    assert.deepEqual(await Promise.all(answers), [0, 10, 20]);
  });

  test('leaves to the library what it did not ask for', async () => {
    const { exchange, broker, requests, library } = opened();
    const answer = exchange.send(echo, Buffer.alloc(1));
    await turn();
    const reauthentication = answerTo(Buffer.alloc(12), Buffer.from('SASL'));
    broker.write(Buffer.concat([reauthentication, answerTo(requests[0]!, number(5))]));
    assert.equal(await answer, 5);
    assert.deepEqual(library, [reauthentication]);
  });

  test('an answer that cannot be read fails alone', async () => {
    const { exchange, broker, requests } = opened();
    const [short, whole] = [0, 1].map((value) => exchange.send(echo, Buffer.from([value])));
    await turn();
    broker.write(answerTo(requests[0]!, Buffer.from([1])));
    broker.write(answerTo(requests[1]!, number(7)));
    await assert.rejects(short!, /Out of bounds/);
    assert.equal(await whole, 7);
  });

  test('rejects what is on its way when the connection ends, or is none of Kafka’s', async () => {
    const ended = opened();
    const unanswered = ended.exchange.send(echo, Buffer.alloc(1));
    ended.client.destroy();
    await assert.rejects(unanswered, (error) => error === closed);
    const strange = opened();
    const answered = strange.exchange.send(echo, Buffer.alloc(1));
    strange.broker.write('HTTP/1.1 400 Bad Request');
    await assert.rejects(answered, (error) => error === closed);
    assert.ok(strange.client.destroyed);
  });
});
