/**
 * The program of one path: takes an event at a time from descriptor 3 and answers there with what
 * handling it cost. Started only by worker-process.ts.
 *
 * As in Lambda's runtime, nothing of the process runs between two events, and reading the event
 * is not the path's own cost.
 */
import { readSync, writeSync } from 'node:fs';
import { frameLengthBytes, jsonFrame } from '../../../lib/local/function/frames.ts';
import type { Cost } from './cost.ts';
import type { OpenPath, Path, PathTarget } from './paths/path.ts';

const channel = 3;
let frame = Buffer.allocUnsafeSlow(frameLengthBytes);

await answer(async () => {
  const [name, target] = process.argv.slice(2) as [string, string];
  const { openPath } = (await import(`./paths/${name}.ts`)) as { openPath: OpenPath };
  const path = await openPath(JSON.parse(target) as PathTarget);
  setImmediate(serve, path);
  return 'open';
});

async function serve(path: Path): Promise<void> {
  for (;;) {
    const text = readFrame();
    await answer(() => measure(path, text));
  }
}

async function measure(path: Path, text: string): Promise<Cost> {
  const startedAtMs = performance.now();
  const startedUsage = process.cpuUsage();
  await path.handle(text);
  const { user, system } = process.cpuUsage(startedUsage);
  return { cpuUs: user + system, wallUs: (performance.now() - startedAtMs) * 1000 };
}

async function answer(run: () => Promise<unknown>): Promise<void> {
  const bytes = await run().then(
    (value) => jsonFrame({ ok: true, value }),
    (error: Error) =>
      jsonFrame({ ok: false, fault: { errorType: error.name, errorMessage: error.message } }),
  );
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(channel, bytes, written);
  }
}

function readFrame(): string {
  readFully(frameLengthBytes);
  const sizeBytes = frame.readUInt32LE(0);
  if (frame.length < sizeBytes) frame = Buffer.allocUnsafeSlow(sizeBytes * 2);
  readFully(sizeBytes);
  return frame.toString('latin1', 0, sizeBytes);
}

/** Ends the process where the benchmark is gone. */
function readFully(sizeBytes: number): void {
  for (let read = 0; read < sizeBytes; ) {
    const count = readSync(channel, frame, read, sizeBytes - read, null);
    if (count === 0) process.exit(0);
    read += count;
  }
}
