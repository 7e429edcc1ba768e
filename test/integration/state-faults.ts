/** An endpoint before a real DynamoDB that breaks requests, and answers, as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What happens to a request on its way to the table and back. */
export type Fault =
  | 'none'
  | 'reset'
  | 'silence'
  | 'answer lost'
  | 'answer cut'
  | { answer: number; type: string; reasons?: string[] }
  /** A BatchGetItem, or a BatchWriteItem, leaves this many of its keys or items unprocessed. */
  | { unprocessed: number };

export interface FaultyEndpoint {
  endpoint: string;
  /** The actions of the requests that came since the last break. */
  actions: string[];
  /** Breaks the next requests in this order, then none; with `staying`, all as the first. */
  breakWith(faults: readonly Fault[], options?: { staying: boolean }): void;
  close(): void;
}

export async function openFaultyEndpoint(real: string): Promise<FaultyEndpoint> {
  const actions: string[] = [];
  let next: Fault[] = [];
  let stays = false;
  const server = createServer(async (from, to) => {
    actions.push(String(from.headers['x-amz-target']).split('.')[1] as string);
    const fault = (stays ? next[0] : next.shift()) ?? 'none';
    await relay({ from, to, real }, fault);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    actions,
    breakWith(faults, { staying } = { staying: false }) {
      [next, stays] = [[...faults], staying];
      actions.length = 0;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Exchange {
  from: IncomingMessage;
  to: ServerResponse;
  real: string;
}

async function relay(exchange: Exchange, fault: Fault): Promise<void> {
  const { from, to } = exchange;
  const asked = await buffer(from);
  if (fault === 'silence') return;
  if (fault === 'reset') {
    from.socket.destroy();
  } else if (typeof fault === 'object' && 'answer' in fault) {
    const reasons = fault.reasons?.map((Code) => ({ Code }));
    to.writeHead(fault.answer, { 'content-type': 'application/x-amz-json-1.0' });
    to.end(JSON.stringify({ __type: `x#${fault.type}`, CancellationReasons: reasons }));
  } else {
    const leaves = typeof fault === 'object' ? fault.unprocessed : 0;
    const answer = await forward(exchange, leaves === 0 ? asked : withoutLast(asked, leaves));
    const whole = leaving(asked, answer.body, leaves);
    if (fault === 'answer lost') from.socket.destroy();
    else if (fault === 'answer cut') cut(to, answer, whole.length);
    else to.writeHead(answer.status, answer.headers).end(whole);
  }
}

/** The connection ends after the first byte of the answer's body. */
function cut(to: ServerResponse, answer: { status: number }, sizeBytes: number): void {
  to.writeHead(answer.status, { 'content-length': sizeBytes });
  to.write('{', () => to.socket?.destroy());
}

async function forward({ from, real }: Exchange, body: Buffer) {
  const headers = { ...from.headers, 'content-length': body.length };
  const forwarded = request(real, { method: 'POST', headers }).end(body);
  const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
  const { 'content-length': _, ...others } = answer.headers;
  return { status: answer.statusCode as number, headers: others, body: await buffer(answer) };
}

/** The body of either batch: keys that are read, or items that are put. */
interface Batch {
  RequestItems: Record<string, { Keys: unknown[] } | unknown[]>;
}

function withoutLast(asked: Buffer, count: number): Buffer {
  return Buffer.from(JSON.stringify({ RequestItems: sliced(asked, 0, -count) }));
}

function leaving(asked: Buffer, answer: Buffer, count: number): Buffer | string {
  if (count === 0) return answer;
  const left = sliced(asked, -count);
  const isWrite = Object.values(left).some(Array.isArray);
  const name = isWrite ? 'UnprocessedItems' : 'UnprocessedKeys';
  return JSON.stringify({ ...JSON.parse(answer.toString()), [name]: left });
}

function sliced(asked: Buffer, start: number, end?: number): Batch['RequestItems'] {
  const { RequestItems: tables } = JSON.parse(asked.toString()) as Batch;
  const entries = Object.entries(tables).map(([table, batch]) => [
    table,
    Array.isArray(batch)
      ? batch.slice(start, end)
      : { ...batch, Keys: batch.Keys.slice(start, end) },
  ]);
  return Object.fromEntries(entries);
}
