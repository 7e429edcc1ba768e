/**
 * The program of an execution environment: loads the handler once, then takes one event at a time
 * from descriptor 3 and answers there. Started only by environment.ts.
 *
 * It reads with blocking calls on purpose: between two invocations a Lambda environment is frozen,
 * so nothing of it may run then, and a blocking read is also the quickest way to six megabytes.
 */
import { fstatSync, readSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Answer, FunctionFault, InvocationHeader } from './frames.ts';
import { frameLengthBytes, jsonFrame } from './frames.ts';

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const channel = 3;

/** Room for any event that Lambda sends (6 MiB and 100 bytes); pages are resident once written. */
let frame = Buffer.allocUnsafeSlow(8 * 1024 * 1024);

process.on('SIGINT', () => {
  // Ctrl-C reaches the whole process group; the host drains what is in flight and ends us itself.
});
fstatSync(channel);
await serve(process.argv[2] ?? '', process.env['_HANDLER'] ?? '');

async function serve(entry: string, handlerName: string): Promise<void> {
  const handler = await load(entry, handlerName).catch((error: unknown) => {
    answer({ ok: false, fault: faultOf(error) });
    process.exit(1);
  });
  answer({ ok: true, value: 'ready' });
  for (;;) {
    const header = JSON.parse(readFrame('utf8')) as InvocationHeader;
    const outcome = await invoke(handler, header, readFrame('latin1'));
    await Promise.all([process.stdout, process.stderr].map(drained));
    answer(outcome);
  }
}

/** What it prints beyond what a pipe takes at once is still its own, and would freeze with it. */
async function drained(output: NodeJS.WriteStream): Promise<void> {
  if (output.writableLength === 0) return;
  await new Promise((resolve) => output.write('', resolve));
}

async function load(entry: string, handlerName: string): Promise<Handler> {
  const module = (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
  const exportName = handlerName.slice(handlerName.lastIndexOf('.') + 1);
  const exports = { ...(module['default'] as object | undefined), ...module };
  const handler = (exports as Record<string, unknown>)[exportName];
  if (typeof handler !== 'function') throw new Error(`${entry} exports no function ${exportName}`);
  return handler as Handler;
}

async function invoke(handler: Handler, header: InvocationHeader, text: string): Promise<Answer> {
  try {
    const value = await handler(JSON.parse(text), contextOf(header));
    return { ok: true, value: value ?? null };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

/** The context object as the Lambda runtime for Node makes it. */
function contextOf(header: InvocationHeader): object {
  const { env } = process;
  return {
    awsRequestId: header.requestId,
    functionName: env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: env['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: env['MIRRORLESS_FUNCTION_ARN'],
    memoryLimitInMB: env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, header.deadline - Date.now()),
  };
}

function faultOf(error: unknown): FunctionFault {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  const { code, retriable } = error as { code?: unknown; retriable?: unknown };
  return {
    errorType: error.name,
    errorMessage: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof retriable === 'boolean' ? { retriable } : {}),
  };
}

function readFrame(encoding: 'utf8' | 'latin1'): string {
  readFully(frameLengthBytes);
  const sizeBytes = frame.readUInt32LE(0);
  if (frame.length < sizeBytes) frame = Buffer.allocUnsafeSlow(sizeBytes);
  readFully(sizeBytes);
  return frame.toString(encoding, 0, sizeBytes);
}

/** Ends the process where the host is gone. */
function readFully(sizeBytes: number): void {
  for (let read = 0; read < sizeBytes; ) {
    const count = readSync(channel, frame, read, sizeBytes - read, null);
    if (count === 0) process.exit(0);
    read += count;
  }
}

function answer(value: Answer): void {
  const bytes = jsonFrame(value);
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(channel, bytes, written);
  }
}
